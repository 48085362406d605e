"""Scalars that take only what they mean.

Date, DateTime, Decimal and Month are refused before anything is executed. An Email and a TimeZone are any string here:
people mistype them, so what is none is a problem of the mutation, with its path and beside all others (app/domain).
"""

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, NewType

import strawberry
from graphql import GraphQLError, StringValueNode, ValueNode
from strawberry.types.scalar import ScalarDefinition

from app.domain.errors import DomainError, ErrorCode
from app.domain.instants import instant_text
from app.domain.period import Month, parse_month

JSON = NewType("JSON", dict[str, Any])
Email = NewType("Email", str)
TimeZone = NewType("TimeZone", str)

_INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(?:\.\d{1,6})?(?:[Zz]|[+-]\d{2}:\d{2})", re.ASCII)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_DECIMAL = re.compile(r"-?\d{1,18}(?:\.\d{1,6})?", re.ASCII)


def _refuse(message: str) -> GraphQLError:
    return GraphQLError(message, extensions={"code": ErrorCode.INVALID_INPUT.value})


def _parse_instant(value: Any) -> datetime:
    if not isinstance(value, str) or _INSTANT.fullmatch(value) is None:
        raise _refuse("A DateTime is an RFC 3339 string with an offset, such as 2021-01-31T21:00:00Z.")
    try:
        return datetime.fromisoformat(value.upper()).astimezone(UTC)
    except (ValueError, OverflowError):
        raise _refuse(f"{value} is not an instant of the calendar.") from None


def _parse_day(value: Any) -> date:
    if not isinstance(value, str) or _DAY.fullmatch(value) is None:
        raise _refuse('A Date is a day of the calendar as a string, such as "2021-01-31".')
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise _refuse(f"{value} is not a day of the calendar.") from None


def _parse_decimal(value: Any) -> Decimal:
    if not isinstance(value, str) or _DECIMAL.fullmatch(value) is None:
        raise _refuse('A Decimal is a string of digits with at most 6 decimals, such as "62800.00".')
    number = Decimal(value)
    return number or number.copy_abs()  # zero has no sign


def _parse_month(value: Any) -> Month:
    try:
        return parse_month((value if isinstance(value, str) else repr(value))[:20])
    except DomainError as error:
        raise _refuse(error.message) from None


def _parse_text(value: Any) -> str:
    if not isinstance(value, str):
        raise _refuse("This takes a string.")
    return value


def _parse_text_literal(node: ValueNode, _variables: dict[str, Any] | None = None) -> str:
    return _parse_text(node.value if isinstance(node, StringValueNode) else None)


SCALARS: dict[object, ScalarDefinition] = {
    datetime: strawberry.scalar(
        name="DateTime",
        description='An instant, RFC 3339, answered in UTC: "2021-01-31T21:00:00Z". Input needs an offset, and '
        "takes at most 6 decimals of a second and no leap second.",
        serialize=instant_text,
        parse_value=_parse_instant,
        specified_by_url="https://scalars.graphql.org/andimarek/date-time.html",
    ),
    date: strawberry.scalar(
        name="Date",
        description='A day of the calendar: "2021-01-31".',
        serialize=date.isoformat,
        parse_value=_parse_day,
    ),
    Decimal: strawberry.scalar(
        name="Decimal",
        description='An exact decimal number as a string: "62800.00". Input takes a minus sign, 1 to 18 digits and '
        "at most 6 decimals, and no exponent.",
        serialize=lambda value: format(value, "f"),
        parse_value=_parse_decimal,
    ),
    Email: strawberry.scalar(
        name="Email",
        description='An e-mail address of at most 254 characters, in ASCII: "olga@romashka.example". Blanks around '
        "it are dropped. What is none is refused with INVALID_INPUT and its path.",
        serialize=str,
        parse_value=_parse_text,
        parse_literal=_parse_text_literal,
    ),
    TimeZone: strawberry.scalar(
        name="TimeZone",
        description='The name of a time zone in the IANA database: "Europe/Moscow". What is none is refused with '
        "INVALID_INPUT and its path.",
        serialize=str,
        parse_value=_parse_text,
        parse_literal=_parse_text_literal,
        specified_by_url="https://www.iana.org/time-zones",
    ),
    Month: strawberry.scalar(
        name="Month",
        description='A calendar month from 2000-01 to 2199-12: "2021-01".',
        serialize=str,
        parse_value=_parse_month,
    ),
    JSON: strawberry.scalar(
        name="JSON",
        description="A JSON object whose members depend on what it tells of; only answered, never taken.",
        serialize=lambda value: value,
        specified_by_url="https://www.rfc-editor.org/rfc/rfc8259",
    ),
}
