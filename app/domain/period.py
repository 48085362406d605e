"""Billing periods: calendar months in a time zone, as half-open ranges of UTC instants (R0.2)."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from app.domain.errors import invalid
from app.domain.instants import TICK

_MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])", re.ASCII)
_FIRST_YEAR, _LAST_YEAR = 2000, 2199


@dataclass(frozen=True, slots=True, order=True)
class Month:
    """A calendar month, written "2021-01"."""

    year: int
    number: int

    def __str__(self) -> str:
        return f"{self.year:04d}-{self.number:02d}"

    def next(self) -> "Month":
        return Month(self.year + self.number // 12, self.number % 12 + 1)

    def previous(self) -> "Month":
        return Month(self.year - (self.number == 1), (self.number - 2) % 12 + 1)

    def months_since(self, other: "Month") -> int:
        """How many months after the other it is; below zero before it."""
        return (self.year - other.year) * 12 + self.number - other.number


@dataclass(frozen=True, slots=True)
class BillingPeriod:
    """One month of one organization: [starts_at, ends_at) in UTC, and the zone it ends by."""

    month: Month
    starts_at: datetime
    ends_at: datetime
    time_zone: str

    def contains(self, instant: datetime) -> bool:
        return self.starts_at <= instant < self.ends_at


def parse_month(text: str) -> Month:
    """Raises: DomainError INVALID_INPUT unless it is a month like "2021-01", from 2000 to 2199."""
    match = _MONTH.fullmatch(text)
    if match is None:
        raise invalid(f"{text!r} is not a month such as 2021-01.")
    if not _FIRST_YEAR <= int(match[1]) <= _LAST_YEAR:
        raise invalid(f"{text} is not a month from {_FIRST_YEAR}-01 to {_LAST_YEAR}-12.")
    return Month(int(match[1]), int(match[2]))


def month_at(instant: datetime, time_zone: str) -> Month:
    """The month that calendars in that zone show at the instant."""
    local = instant.astimezone(ZoneInfo(time_zone))
    return Month(local.year, local.month)


def first_instant(month: Month, time_zone: str) -> datetime:
    """When the month begins in the zone, in UTC.

    A midnight that happens twice begins the month the first time; one that does not exist (clocks jump over
    it) begins it at the jump.
    """
    zone = ZoneInfo(time_zone)
    midnight = datetime(month.year, month.number, 1, tzinfo=zone)
    instant = midnight.astimezone(UTC)
    if instant.astimezone(zone).replace(tzinfo=None) == midnight.replace(tzinfo=None):
        return instant
    return _jump_before(instant, month, time_zone)


def period_of(month: Month, time_zone: str) -> BillingPeriod:
    """The month from midnight to midnight, in a zone that does not change."""
    return BillingPeriod(month, first_instant(month, time_zone), first_instant(month.next(), time_zone), time_zone)


def period_at(instant: datetime, time_zone: str) -> BillingPeriod:
    """The period that contains the instant, in a zone that does not change."""
    month = month_at(instant, time_zone)
    for candidate in (month.previous(), month, month.next()):
        period = period_of(candidate, time_zone)
        if period.contains(instant):
            return period
    raise AssertionError(f"no period of {time_zone} contains {instant}")


def next_period(period: BillingPeriod, time_zone: str) -> BillingPeriod:
    """The period that follows: it begins where the last one ended and ends by the zone now in force (R0.2)."""
    month = period.month.next()
    return BillingPeriod(month, period.ends_at, first_instant(month.next(), time_zone), time_zone)


def check_time_zone(name: str, *path: str) -> str:
    """Raises: DomainError INVALID_INPUT unless it is an IANA zone such as Europe/Moscow."""
    if name not in _time_zones():
        raise invalid(f"{name!r} is not a time zone such as Europe/Moscow.", *path)
    return name


@cache
def _time_zones() -> frozenset[str]:
    return frozenset(available_timezones() - {"Factory", "localtime"})


def _jump_before(upper: datetime, month: Month, time_zone: str) -> datetime:
    """The instant at which the zone's calendar jumps into the month, at most a day and a bit before `upper`."""
    lower = upper - timedelta(hours=26)
    while upper - lower > TICK:
        middle = lower + (upper - lower) // 2
        if month_at(middle, time_zone) < month:
            lower = middle
        else:
            upper = middle
    return upper
