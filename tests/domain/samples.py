"""Values that examples are told with: people by number, instants as text, the price list of R4.2."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from app.domain.invoice import Terms
from app.domain.period import Month
from app.domain.pricing import PriceList, Tier
from app.domain.seats import Grant, Span

GRACE = timedelta(minutes=30)

DEFAULT_LIST = PriceList(
    id=UUID(int=2020_10),
    name="October 2020",
    currency="RUB",
    is_public=True,
    effective_from=Month(2020, 10),
    free_threshold=5,
    tiers=(Tier(100, Decimal(258)), Tier(250, Decimal(222)), Tier(None, Decimal(185))),
    vat_included=True,
    legacy_periods=6,
)
"""R4.2, from source S2."""

DEFAULT_TERMS = Terms(DEFAULT_LIST, Decimal(20))


def person(number: int) -> UUID:
    return UUID(int=number)


def utc(text: str) -> datetime:
    """An instant such as "2021-01-31 20:50", in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def grant(number: int, since: str, until: str | None = None, source: int = 0) -> Grant:
    """Person `number` is granted a seat by subscription `source`."""
    return Grant(UUID(int=source), person(number), utc(since), utc(until) if until is not None else None)


def span(number: int, since: str, until: str | None = None) -> Span:
    return Span(person(number), utc(since), utc(until) if until is not None else None)
