"""How many seats an organization may have, and who of those that a subscription covers gets one (R3.7–R3.13)."""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from enum import Enum
from uuid import UUID

from app.domain.errors import ErrorCode

SEAT_LIMIT = 500
"""The most seats without a contract (R3.7)."""
MOST_SEATS = 10_000_000
"""More than this no limit can say."""


@dataclass(frozen=True, slots=True)
class SeatLimits:
    """What bounds an organization's seats: its own cap and its own budget for the month, both optional, and
    `most`, which is 500 unless a contract says otherwise (R3.7); and what the 6th seat needs (R3.8)."""

    seat_cap: int | None
    budget: Decimal | None
    most: int
    free_threshold: int
    has_billing_profile: bool

    @property
    def seats(self) -> int:
        """The smaller of the cap and the contract's limit."""
        return min(self.most, self.seat_cap) if self.seat_cap is not None else self.most


@dataclass(frozen=True, slots=True)
class Refusal:
    """Which limit a number of seats passes."""

    code: ErrorCode
    message: str


class Claim(Enum):
    """On what ground someone covered asks for a seat."""

    WAITED = "waited"
    """Waits already: is seated only if the month's amount does not rise (R3.11)."""
    JOINED = "joined"
    """Joined a subject with `joins: ALWAYS`: is seated if there is room (R3.2)."""
    JOINED_WITHIN_PEAK = "joined within peak"
    """Joined one with `joins: WITHIN_PEAK`: is seated if there is room and the amount does not rise."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """Someone covered who has no seat and had none just before; `since` is when they began to wait."""

    member_id: UUID
    claim: Claim
    since: datetime | None


@dataclass(frozen=True, slots=True)
class Seating:
    """Who gets a seat, and who waits for what."""

    seated: tuple[UUID, ...]
    waiting: tuple[tuple[UUID, ErrorCode], ...]


_NEVER = datetime.max.replace(tzinfo=UTC)

AmountOf = Callable[[int], Decimal]
"""What the month costs if so many seats are held from now on, on top of the peak that stands; does not fall."""


def find_refusal(seats: int, limits: SeatLimits, amount_of: AmountOf, standing: int) -> Refusal | None:
    """Why somebody new may not make it `seats` seats, held up from `standing` ones; None when they may."""
    return next(list_refusals(seats, limits, amount_of, standing), None)


def list_refusals(seats: int, limits: SeatLimits, amount_of: AmountOf, standing: int) -> Iterator[Refusal]:
    """Every limit that `seats` seats pass, its own cap first. What does not raise the month's amount passes no
    budget (R3.7)."""
    if limits.seat_cap is not None and seats > limits.seat_cap:
        message = f"{seats} seats pass the organization's own cap of {limits.seat_cap}."
        yield Refusal(ErrorCode.SEAT_LIMIT_REACHED, message)
    if limits.budget is not None:
        amount = amount_of(seats)
        if amount > limits.budget and amount > amount_of(standing):
            message = (
                f"{seats} seats would make the month cost {amount}; the organization's own budget is {limits.budget}."
            )
            yield Refusal(ErrorCode.BUDGET_REACHED, message)
    if seats > limits.most:
        message = f"{seats} seats pass the limit of {limits.most}; write to us about a contract."
        yield Refusal(ErrorCode.CONTRACT_REQUIRED, message)
    if seats > limits.free_threshold and not limits.has_billing_profile:
        message = f"More than {limits.free_threshold} seats need a billing profile with the agreement accepted."
        yield Refusal(ErrorCode.BILLING_PROFILE_REQUIRED, message)


def decide_seating(
    candidates: Sequence[Candidate],
    seats: int,
    limits: SeatLimits,
    churned: Collection[UUID],
    amount_of: AmountOf,
) -> Seating:
    """Seat those who can be, the longest waiting first, then those who join now, in order of id (R3.11).

    `seats` are held already; `churned` were granted one too often in this period (R3.13); `amount_of` is asked
    only where an amount decides.
    """
    seated: list[UUID] = []
    waiting: list[tuple[UUID, ErrorCode]] = []
    for candidate in sorted(candidates, key=_order):
        has_churned = candidate.member_id in churned
        reason = (
            ErrorCode.SEAT_CHURN if has_churned else _reason_to_wait(candidate, seats + len(seated), limits, amount_of)
        )
        if reason is None:
            seated.append(candidate.member_id)
        else:
            waiting.append((candidate.member_id, reason))
    return Seating(tuple(seated), tuple(waiting))


def _order(candidate: Candidate) -> tuple[bool, datetime, UUID]:
    return (candidate.since is None, candidate.since or _NEVER, candidate.member_id)


def _reason_to_wait(candidate: Candidate, standing: int, limits: SeatLimits, amount_of: AmountOf) -> ErrorCode | None:
    refusal = find_refusal(standing + 1, limits, amount_of, standing)
    if refusal is not None:
        return refusal.code
    if candidate.claim is not Claim.JOINED and amount_of(standing + 1) > amount_of(standing):
        return ErrorCode.PEAK_WOULD_RISE
    return None
