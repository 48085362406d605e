"""What a payload's fields may hold: how that is told to those who read them, and what fits it."""

import base64
import binascii
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum
from typing import Any, TypeAlias


@dataclass(frozen=True, slots=True)
class Shape:
    """`told` says what a field holds, and what it means. `id_of` is the type of an id, or of each in a list."""

    told: str
    fits: Callable[[Any], bool]
    id_of: str | None = None
    may_be_missing: bool = False

    def meaning(self, words: str) -> "Shape":
        return replace(self, told=f"{self.told}: {words}")


Payload: TypeAlias = Mapping[str, Shape]


def _fits_pattern(pattern: str) -> Callable[[Any], bool]:
    compiled = re.compile(pattern)
    return lambda value: isinstance(value, str) and compiled.fullmatch(value) is not None


def _is_instant(value: Any) -> bool:
    if not isinstance(value, str) or not value.endswith("Z"):
        return False
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return False
    return True


INSTANT = Shape("instant", _is_instant)
MONTH = Shape("month, `2026-01`", _fits_pattern(r"\d{4}-(0[1-9]|1[0-2])"))
COUNT = Shape("whole number", lambda value: isinstance(value, int) and not isinstance(value, bool))
AMOUNT = Shape("amount", _fits_pattern(r"-?\d+(\.\d+)?"))
CURRENCY = Shape("currency, `RUB`", _fits_pattern(r"[A-Z]{3}"))
FLAG = Shape("boolean", lambda value: isinstance(value, bool))
TEXT = Shape("text", lambda value: isinstance(value, str))


UUID_TEXT = Shape("UUID", _fits_pattern(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"))


def one_of(words: Iterable[Enum] | Iterable[str]) -> Shape:
    """One of the words, or of the values of an enum."""
    known = [str(one.value) if isinstance(one, Enum) else one for one in words]
    return Shape(", ".join(f"`{word}`" for word in known), lambda value: value in known)


def id_of(type_name: str) -> Shape:
    """A global id, as the API writes it: the type's name and the row's id, base64."""

    def fits(value: Any) -> bool:
        try:
            return base64.urlsafe_b64decode(str(value)).startswith(f"{type_name}:".encode())
        except binascii.Error:
            return False

    return Shape(f"id of {_article(type_name)} {type_name}", fits, id_of=type_name)


def many(shape: Shape) -> Shape:
    told = shape.told.replace("id of", "ids, each of", 1) if shape.id_of else f"list of {shape.told}"
    return Shape(told, lambda value: isinstance(value, list) and all(map(shape.fits, value)), id_of=shape.id_of)


def or_null(shape: Shape) -> Shape:
    return replace(shape, told=f"{shape.told}, or null", fits=lambda value: value is None or shape.fits(value))


def maybe(shape: Shape) -> Shape:
    """A field that is there only where it says something."""
    return replace(shape, may_be_missing=True)


def record_of(fields: Payload) -> Shape:
    """An object with fields of its own."""
    told = "; ".join(f"`{name}`: {shape.told}" for name, shape in fields.items())
    return Shape(f"object ({told})", lambda value: isinstance(value, Mapping) and not misfits(fields, value))


@dataclass(frozen=True, slots=True)
class EventType:
    """`told` says when it happens; `payload` has the fields by name."""

    name: str
    told: str
    payload: Payload


def event(name: str, told: str, **payload: Shape) -> EventType:
    return EventType(name, told, payload)


def misfits(expected: Payload, payload: Mapping[str, Any]) -> list[str]:
    """What of a payload is not as expected: fields that are missing, that nobody expects, or do not fit."""
    missing = [name for name, shape in expected.items() if name not in payload and not shape.may_be_missing]
    strange = [name for name in payload if name not in expected]
    wrong = [name for name, shape in expected.items() if name in payload and not shape.fits(payload[name])]
    return [
        *(f"{name} is missing" for name in missing),
        *(f"{name} is not expected" for name in strange),
        *(f"{name} is not {expected[name].told}" for name in wrong),
    ]


def _article(word: str) -> str:
    return "an" if word[0] in "AEIOU" else "a"
