"""What a month will cost, and how far it is to where it costs more or a limit refuses (R5.2)."""

from collections.abc import Callable
from dataclasses import dataclass, field

from app.domain.errors import ErrorCode
from app.domain.invoice import Terms, room_within
from app.domain.money import Money
from app.domain.period import Month
from app.domain.seating import SeatLimits

AmountFor = Callable[[int], Money]
"""What a month costs if so many seats are held from now on, on top of the peak that stands; does not fall."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """A month if nothing changes any more: its peak, what prices it. `is_charged` is false where the trial covers all
    of it, and then its peak is 0."""

    month: Month
    peak: int
    terms: Terms
    is_charged: bool
    amount_of: AmountFor = field(compare=False)

    @property
    def total(self) -> Money:
        return self.amount_of(self.peak)


@dataclass(frozen=True, slots=True)
class Cliff:
    """So many more seats, and the month is charged for every seat: `amount` more (R4.3)."""

    month: Month
    seats: int
    amount: Money


@dataclass(frozen=True, slots=True)
class LimitDistance:
    """How many more seats fit under a limit; passing it is refused with `code`. `limit` is its height in seats, or
    `budget` in money, and then `left` is what the month leaves of it."""

    code: ErrorCode
    seats: int
    limit: int | None
    budget: Money | None
    left: Money | None


def find_cliff(seats: int, forecasts: tuple[Forecast, ...]) -> Cliff | None:
    """The cliff in the first of the months that is charged; None when it is passed already, by seats or the peak."""
    forecast = next((one for one in forecasts if one.is_charged), None)
    if forecast is None or max(seats, forecast.peak) > forecast.terms.free_threshold:
        return None
    beyond = forecast.terms.free_threshold + 1
    return Cliff(forecast.month, beyond - seats, forecast.amount_of(beyond) - forecast.amount_of(seats))


def list_distances(seats: int, limits: SeatLimits, forecast: Forecast) -> list[LimitDistance]:
    """The distance to every limit that there is, in the order in which they refuse (R3.7, R3.8)."""
    found: list[LimitDistance] = []
    if limits.seat_cap is not None:
        found.append(_in_seats(ErrorCode.SEAT_LIMIT_REACHED, limits.seat_cap, seats))
    if limits.budget is not None:
        found.append(_to_budget(seats, limits, forecast))
    found.append(_in_seats(ErrorCode.CONTRACT_REQUIRED, limits.most, seats))
    if not limits.has_billing_profile:
        found.append(_in_seats(ErrorCode.BILLING_PROFILE_REQUIRED, limits.free_threshold, seats))
    return found


def _in_seats(code: ErrorCode, limit: int, seats: int) -> LimitDistance:
    return LimitDistance(code, max(limit - seats, 0), limit, None, None)


def _to_budget(seats: int, limits: SeatLimits, forecast: Forecast) -> LimitDistance:
    """What does not raise the amount passes no budget."""
    assert limits.budget is not None
    now = forecast.amount_of(seats)
    budget = Money(limits.budget, now.currency).rounded()
    left = max(budget - now, now - now, key=lambda money: money.amount)
    ceiling = max(budget, now, key=lambda money: money.amount)
    room = room_within(seats, forecast.amount_of, ceiling, max(limits.most - seats, 0))
    return LimitDistance(ErrorCode.BUDGET_REACHED, room, None, budget, left)
