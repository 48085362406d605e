"""What a month costs, by rules.md alone: naive and slow. Half of the model; the other half is in `model.py`."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

GRACE = timedelta(minutes=30)
FREE = 5
TIERS = ((100, 258), (250, 222), (10**9, 185))
"""R4.2: up to so many seats at so many rubles each."""

Span = tuple[UUID, datetime, datetime | None]
"""A member, from, and until."""
Interval = tuple[datetime, datetime | None]
"""Half-open; None: it lasts."""


@dataclass(frozen=True, slots=True)
class Calendar:
    """Months in a zone whose midnights each happen once (R0.2)."""

    zone: str

    def key(self, at: datetime) -> tuple[int, int]:
        local = at.astimezone(ZoneInfo(self.zone))
        return local.year, local.month

    def start(self, at: datetime) -> datetime:
        year, month = self.key(at)
        return datetime(year, month, 1, tzinfo=ZoneInfo(self.zone)).astimezone(UTC)

    def end(self, at: datetime) -> datetime:
        year, month = self.key(at)
        first = datetime(year + month // 12, month % 12 + 1, 1, tzinfo=ZoneInfo(self.zone))
        return first.astimezone(UTC)


def price(seats: int) -> Decimal:
    """R4.3, R4.4: nothing up to the free threshold, from the next seat on every seat by its tier."""
    if seats <= FREE:
        return Decimal(0)
    return Decimal(sum(next(rate for most, rate in TIERS if seat <= most) for seat in range(1, seats + 1)))


def merge(grants: Iterable[Span]) -> list[Span]:
    """R3.3: spans of a member that touch or overlap are one."""
    by_member: dict[UUID, list[tuple[datetime, datetime | None]]] = defaultdict(list)
    for member, since, until in sorted(grants, key=lambda grant: grant[1]):
        spans = by_member[member]
        if spans and (spans[-1][1] is None or since <= spans[-1][1]):
            ends = (spans[-1][1], until)
            spans[-1] = (spans[-1][0], None if None in ends else max(end for end in ends if end is not None))
        else:
            spans.append((since, until))
    return [(member, since, until) for member, spans in by_member.items() for since, until in spans]


def counted(spans: Iterable[Span], calendar: Calendar) -> list[Span]:
    """R3.6: all but a member's first short span that begins in a month."""
    forgiven: set[tuple[UUID, tuple[int, int]]] = set()
    kept = []
    for member, since, until in sorted(spans, key=lambda span: span[1]):
        key = (member, calendar.key(since))
        if until is not None and until - since <= GRACE and key not in forgiven:
            forgiven.add(key)
        else:
            kept.append((member, since, until))
    return kept


def peak(
    spans: Iterable[Span], since: datetime, until: datetime, suspended: Collection[Interval]
) -> tuple[int, datetime | None]:
    """R4.5: the most who held a seat at one instant of [since, until), suspended ones left out, and the first such
    instant."""
    kept = list(spans)
    instants = {since, *(begin for _, begin, _ in kept), *(end for _, end in suspended if end is not None)}
    charged = [at for at in instants if since <= at < until and not any(_within(at, one) for one in suspended)]
    most, first = 0, None
    for at in sorted(charged):
        held = sum(_within(at, (begin, end)) for _, begin, end in kept)
        if held > most:
            most, first = held, at
    return most, first


def _within(at: datetime, interval: Interval) -> bool:
    since, until = interval
    return since <= at and (until is None or at < until)
