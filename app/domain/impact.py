"""What a change does to seats and money: how things stand before and after it, compared (R5.3)."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.domain.errors import ErrorCode, Problem
from app.domain.forecast import Forecast
from app.domain.invoice import draft_invoice
from app.domain.money import Money
from app.domain.seating import SeatLimits


@dataclass(frozen=True, slots=True)
class Picture:
    """An organization's seats and money at an instant.

    `sources` has everyone who holds a seat, with the subscriptions that it comes from; `waiting` has the reason;
    `in_grace` are those whose seat would be forgiven if it ended now. `peak_so_far` and `total` are of the current
    month up to the instant, that included; `counts` is false where a seat held now is not charged: in the trial, or
    while suspended, when it costs nothing more for as long as the suspension lasts.
    """

    at: datetime
    trial_ends_at: datetime | None
    sources: Mapping[UUID, frozenset[UUID]]
    waiting: Mapping[UUID, ErrorCode]
    in_grace: frozenset[UUID]
    limits: SeatLimits
    peak_so_far: int
    total: Money
    this_month: Forecast
    next_month: Forecast
    counts: bool
    is_suspended: bool

    @property
    def seated(self) -> Collection[UUID]:
        return self.sources.keys()

    @property
    def seats(self) -> int:
        return len(self.sources)


@dataclass(frozen=True, slots=True)
class GrantFirst:
    """What the month would have come to had the seats been granted before others were revoked (R3.5)."""

    peak: int
    total: Money
    saved: Money


@dataclass(frozen=True, slots=True)
class Impact:
    """A change by what it does. Someone who loses one source of a seat and gains another is both seated already and
    still seated. `refusals` say why the change would not be made; the rest is as if it were."""

    before: Picture
    after: Picture
    newly_seated: frozenset[UUID]
    already_seated: frozenset[UUID]
    losing_seat: frozenset[UUID]
    still_seated: frozenset[UUID]
    would_wait: Mapping[UUID, ErrorCode]
    invited: Sequence[str]
    refusals: Sequence[Problem]
    grant_first: GrantFirst | None
    promo_code: str | None

    @property
    def losing_in_grace(self) -> frozenset[UUID]:
        """Those who lose a seat that then never counted."""
        return self.losing_seat & self.before.in_grace


def compare(
    before: Picture,
    after: Picture,
    *,
    invited: Sequence[str] = (),
    refusals: Sequence[Problem] = (),
    promo_code: str | None = None,
) -> Impact:
    """What lies between two pictures taken at one instant; `promo_code` was redeemed between them."""
    both = before.sources.keys() & after.sources.keys()
    return Impact(
        before=before,
        after=after,
        newly_seated=frozenset(after.sources.keys() - before.sources.keys()),
        already_seated=frozenset(one for one in both if after.sources[one] - before.sources[one]),
        losing_seat=frozenset(before.sources.keys() - after.sources.keys()),
        still_seated=frozenset(one for one in both if before.sources[one] - after.sources[one]),
        would_wait={one: reason for one, reason in after.waiting.items() if one not in before.waiting},
        invited=tuple(invited),
        refusals=tuple(refusals),
        grant_first=_grant_first(before, after),
        promo_code=promo_code,
    )


def _grant_first(before: Picture, after: Picture) -> GrantFirst | None:
    """None unless seats both begin and end. Seats that end in grace never counted, in no order."""
    newly, losing = after.sources.keys() - before.sources.keys(), before.sources.keys() - after.sources.keys()
    if not newly or not losing:
        return None
    month = after.this_month
    together = len(after.sources.keys() | (losing - before.in_grace)) if after.counts else 0
    peak = max(month.peak, together)
    total = draft_invoice(peak, month.terms).total
    return GrantFirst(peak, total, total - month.total)
