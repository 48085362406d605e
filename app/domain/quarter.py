"""Calendar quarters, by which accounts are stated."""

import re
from dataclasses import dataclass
from datetime import datetime

from app.domain.errors import invalid
from app.domain.period import Month, first_instant, parse_month

_QUARTER = re.compile(r"(\d{4})-Q([1-4])", re.ASCII)


@dataclass(frozen=True, slots=True)
class Quarter:
    """Three calendar months, written "2021-Q1"."""

    year: int
    number: int

    def __str__(self) -> str:
        return f"{self.year:04d}-Q{self.number}"

    def bounds(self, time_zone: str) -> tuple[datetime, datetime]:
        """The first instant of the quarter, and of the one after, as calendars in the zone have them."""
        first = Month(self.year, 3 * self.number - 2)
        return first_instant(first, time_zone), first_instant(first.next().next().next(), time_zone)


def parse_quarter(text: str, *path: str) -> Quarter:
    """Raises: DomainError INVALID_INPUT unless it is a quarter like "2021-Q1", from 2000 to 2199."""
    match = _QUARTER.fullmatch(text)
    if match is None:
        raise invalid(f"{text!r} is not a quarter such as 2021-Q1.", *path)
    parse_month(f"{match[1]}-01")
    return Quarter(int(match[1]), int(match[2]))
