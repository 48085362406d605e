"""Global ids: the type's name and the row's id, base64. There is exactly one spelling for each."""

import base64
import binascii
from collections.abc import Sequence
from functools import lru_cache
from uuid import UUID

import strawberry
from asyncpg.pgproto import pgproto

from app.domain import payloads
from app.domain.errors import DomainError, Problem, invalid, refuse_for

_KEPT = 10_000
"""Ids of which it is kept what they say: 3 MB."""
_LONGEST_KEPT = 100
"""Characters; ids of ours are shorter."""


def global_id(type_name: str, row_id: UUID) -> strawberry.ID:
    return strawberry.ID(payloads.global_id(type_name, row_id))


def parse_global_id(value: str) -> tuple[str, UUID]:
    """The type's name and the row's id.

    Raises: DomainError INVALID_INPUT for anything that `global_id` does not write.
    """
    return _parsed(value) if len(value) <= _LONGEST_KEPT else _parse(value)


def _parse(value: str) -> tuple[str, UUID]:
    try:
        type_name, _, row_id = base64.urlsafe_b64decode(value.encode("ascii")).decode("ascii").partition(":")
        parsed = UUID(row_id)
    except (ValueError, binascii.Error):
        raise invalid("That is not an id of ours.") from None
    if global_id(type_name, parsed) != value:
        raise invalid("That is not an id of ours.")
    return type_name, pgproto.UUID(row_id)  # as rows have them: hashed and sent in a tenth of the time


_parsed = lru_cache(_KEPT)(_parse)
"""What an id says it says for ever, and partners ask about the same people all day."""


def row_id(type_name: str, value: str, *path: str) -> UUID:
    """The row's id behind an id that must be of the type.

    Raises: DomainError INVALID_INPUT.
    """
    try:
        found, parsed = parse_global_id(value)
    except DomainError as error:
        raise invalid(error.message, *path) from None
    if found != type_name:
        raise invalid(f"This takes the id of type {type_name}, and that is one of type {found[:100]}.", *path)
    return parsed


def row_id_or_flaw(type_name: str, value: str, *path: str) -> UUID | Problem:
    """For what is refused later, with everything else that is wrong."""
    try:
        return row_id(type_name, value, *path)
    except DomainError as error:
        return error.problems[0]


def row_ids(type_name: str, values: Sequence[str], *path: str) -> list[UUID]:
    """The rows' ids behind a list of ids that must be of the type.

    Raises: DomainError INVALID_INPUT with a problem for each that is not.
    """
    return _row_ids_at_once(type_name, values) or _row_ids_one_by_one(type_name, values, *path)


def _row_ids_at_once(type_name: str, values: Sequence[str]) -> list[UUID] | None:
    """None where one of them is wrong."""
    try:
        parsed = list(map(_parsed if max(map(len, values), default=0) <= _LONGEST_KEPT else _parse, values))
    except DomainError:
        return None
    return [one for _, one in parsed] if {name for name, _ in parsed} == {type_name} else None


def _row_ids_one_by_one(type_name: str, values: Sequence[str], *path: str) -> list[UUID]:
    """Raises: DomainError INVALID_INPUT."""
    found: list[UUID] = []
    problems: list[Problem] = []
    for place, value in enumerate(values):
        try:
            found.append(row_id(type_name, value, *path, str(place)))
        except DomainError as error:
            problems += error.problems
    if problems:
        raise refuse_for(problems)
    return found
