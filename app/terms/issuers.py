"""Changing what documents say about who they are from (R5.6)."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from app import db
from app.domain.actor import Actor
from app.domain.errors import DomainError, Problem, refuse_for
from app.domain.text import check_tax_number, check_text
from app.domain.unset import UNSET, Unset
from app.events.service import Change, record_platform_change
from app.organizations.service import wait_for_lock
from app.terms.queries import Issuer, find_issuer

_KEYS = {"name": "name", "tax_number": "taxNumber", "address": "address", "bank_details": "bankDetails"}
"""Of the record, by column."""


@dataclass(frozen=True, slots=True)
class IssuerUpdate:
    """What is to be changed; UNSET leaves a thing as it is, and None is as good as empty: refused."""

    name: str | Unset | None = UNSET
    tax_number: str | Unset | None = UNSET
    address: str | Unset | None = UNSET
    bank_details: str | Unset | None = UNSET


async def get_issuer(actor: Actor) -> Issuer:
    """Who documents are from as of now. For operators. Raises: DomainError FORBIDDEN."""
    actor.require_operator()
    return await find_issuer()


async def update_issuer(actor: Actor, update: IssuerUpdate) -> Issuer:
    """Change the issuer's details, for documents issued from now on; its time zone stays, for it decides the year of
    every number. For operators.

    Raises: DomainError FORBIDDEN, INVALID_INPUT with every problem, CONFLICT.
    """
    actor.require_operator()
    wanted = _check(update)
    async with db.in_transaction():
        await wait_for_lock("SELECT id FROM issuers ORDER BY id LIMIT 1 FOR NO KEY UPDATE")
        issuer = await find_issuer()
        before = {field: getattr(issuer, field) for field in wanted}
        changed = {field: value for field, value in wanted.items() if value != before[field]}
        if changed:
            await _store(asdict(issuer) | changed)
            told = [{_KEYS[field]: values[field] for field in changed} for values in (changed, before)]
            # Nobody's secrets: every invoice says them.
            await record_platform_change(actor, Change("issuer.updated", told[0], told[1]))
        return await find_issuer()


async def _store(issuer: dict[str, Any]) -> None:
    await db.fetch(
        "UPDATE issuers SET name = $2, tax_number = $3, address = $4, bank_details = $5 WHERE id = $1",
        *(issuer[field] for field in ("id", *_KEYS)),
    )


def _check(update: IssuerUpdate) -> dict[str, str]:
    """What is to be changed, by column. Raises: DomainError INVALID_INPUT with every problem."""
    checks: dict[str, Callable[[str], str]] = {
        "name": lambda text: check_text(text, "The name", 200, "input", "name"),
        "tax_number": lambda text: check_tax_number(text, "input", "taxNumber"),
        "address": lambda text: check_text(text, "The address", 500, "input", "address"),
        "bank_details": lambda text: check_text(text, "The bank details", 500, "input", "bankDetails"),
    }
    wanted: dict[str, str] = {}
    problems: list[Problem] = []
    for field, check in checks.items():
        value = getattr(update, field)
        if value is UNSET:
            continue
        try:
            wanted[field] = check(value or "")
        except DomainError as error:
            problems += error.problems
    if problems:
        raise refuse_for(problems)
    return wanted
