"""What a change does to seats and money: how things stand before and after it, compared (R5.3)."""

from collections.abc import Mapping, Sequence
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

    `waiting` has the reason. `peak_so_far` and `total` are of the current month up to the instant, that included;
    `counts` is false where a seat held now is not charged: in the trial, or while suspended, when it costs nothing more
    for as long as the suspension lasts.
    """

    at: datetime
    trial_ends_at: datetime | None
    seats: int
    waiting: Mapping[UUID, ErrorCode]
    limits: SeatLimits
    peak_so_far: int
    total: Money
    this_month: Forecast
    next_month: Forecast
    counts: bool
    is_suspended: bool


@dataclass(frozen=True, slots=True)
class Sources:
    """The subscriptions that someone's seat came from until an instant, and those that it comes from since; without
    any there is none."""

    before: frozenset[UUID]
    after: frozenset[UUID]


@dataclass(frozen=True, slots=True)
class GrantFirst:
    """What the month would have come to had the seats been granted before others were revoked (R3.5)."""

    peak: int
    total: Money
    saved: Money


@dataclass(frozen=True, slots=True)
class Impact:
    """A change by what it does. Someone who loses one source of a seat and gains another is both seated already and
    still seated; those losing it in grace lose one that then never counted. `refusals` say why the change would not be
    made; the rest is as if it were."""

    before: Picture
    after: Picture
    newly_seated: frozenset[UUID]
    already_seated: frozenset[UUID]
    losing_seat: frozenset[UUID]
    losing_in_grace: frozenset[UUID]
    still_seated: frozenset[UUID]
    would_wait: Mapping[UUID, ErrorCode]
    invited: Sequence[str]
    refusals: Sequence[Problem]
    grant_first: GrantFirst | None
    promo_code: str | None

    @property
    def is_of_seats(self) -> bool:
        """Whether anything that gives someone a seat begins or ends."""
        return bool(self.newly_seated or self.already_seated or self.losing_seat or self.still_seated)


def compare(
    before: Picture,
    after: Picture,
    moved: Mapping[UUID, Sources],
    in_grace: frozenset[UUID],
    *,
    invited: Sequence[str] = (),
    refusals: Sequence[Problem] = (),
    promo_code: str | None = None,
) -> Impact:
    """What lies between two pictures taken at one instant, at which others than the `moved` gain and lose nothing.

    `in_grace` are those whose seat would have been forgiven had it ended then; `promo_code` was redeemed.
    """
    newly = frozenset(one for one, sources in moved.items() if sources.after and not sources.before)
    losing = frozenset(one for one, sources in moved.items() if sources.before and not sources.after)
    both = moved.keys() - newly - losing
    return Impact(
        before=before,
        after=after,
        newly_seated=newly,
        already_seated=frozenset(one for one in both if moved[one].after - moved[one].before),
        losing_seat=losing,
        losing_in_grace=losing & in_grace,
        still_seated=frozenset(one for one in both if moved[one].before - moved[one].after),
        would_wait={one: reason for one, reason in after.waiting.items() if one not in before.waiting},
        invited=tuple(invited),
        refusals=tuple(refusals),
        grant_first=_grant_first(after, len(losing - in_grace)) if newly and losing else None,
        promo_code=promo_code,
    )


def _grant_first(after: Picture, losing: int) -> GrantFirst:
    """With so many who would have held their seat for a moment longer: one that ends in grace never counted, in no
    order."""
    month = after.this_month
    peak = max(month.peak, after.seats + losing if after.counts else 0)
    total = draft_invoice(peak, month.terms).total
    return GrantFirst(peak, total, total - month.total)
