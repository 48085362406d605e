"""What somebody who is about to make a change should be told beside its amounts (R5.3)."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum

from app.domain.discounts import DiscountKind
from app.domain.errors import ErrorCode
from app.domain.forecast import Forecast, LimitDistance, list_distances
from app.domain.impact import Impact
from app.domain.instants import instant_text
from app.domain.invoice import draft_invoice
from app.domain.money import Money
from app.domain.pricing import PriceList

NEAR_SEATS, NEAR_SHARE = 5, 10
"""Within so many seats of a limit, or a tenth of it, one is near."""


class WarningCode(Enum):
    """What the warning is of; each value says what `amount` is."""

    FREE_THRESHOLD_CROSSED = "Every seat of a month is charged that cost nothing; amount: how much more it costs."
    TIER_CROSSED = "The peak reaches another tier of the price list; amount: how much more the month costs."
    REVOKE_FIRST_SAVES = "Seats end before others begin; amount: what the other order would have cost more."
    PEAK_STANDS = "Seats end, and the month costs what its peak does; amount: what the next month costs less."
    IN_GRACE = "Seats end that are still in grace, and are not counted; amount: how much less the month costs, or null."
    IN_TRIAL = "Nothing is charged before the trial ends; amount: what the first month after it costs more."
    SUSPENDED = "No seat is charged while suspended; amount: what the month costs more once the suspension ends."
    STILL_SEATED = "People keep a seat through something else; amount: null."
    WOULD_WAIT = "People are not seated but wait; amount: what seating them all would add to the month."
    LIMIT_NEAR = "Few seats are left to a limit; amount: what is left of the budget, where it is one."
    LIMIT_REACHED = "No seat is left to a limit; amount: what is left of the budget, where it is one."
    PROMO_NOT_WORTH = "The promo code takes nothing off this month nor the next; amount: null."


@dataclass(frozen=True, slots=True)
class ImpactWarning:
    """The sentence is for people, the code for programs."""

    code: WarningCode
    message: str
    amount: Money | None


def list_warnings(impact: Impact) -> list[ImpactWarning]:
    """In the order of `WarningCode`."""
    return [warning for find in _FINDERS for warning in find(impact)]


def _threshold(impact: Impact) -> Iterator[ImpactWarning]:
    for before, after in _months(impact):
        if before.peak <= before.terms.free_threshold and after.peak > after.terms.free_threshold:
            more = after.total - before.total
            message = (
                f"{after.peak} seats pass the {after.terms.free_threshold} that cost nothing: every seat of "
                f"{after.month} is charged, {_text(more)} more."
            )
            yield ImpactWarning(WarningCode.FREE_THRESHOLD_CROSSED, message, more)
            return


def _tier(impact: Impact) -> Iterator[ImpactWarning]:
    for before, after in _months(impact):
        prices = draft_invoice(after.peak, after.terms).prices
        place = _tier_of(after.peak, prices)
        if after.peak > before.peak and place > _tier_of(before.peak, prices):
            tier, first = prices.tiers[place], (prices.tiers[place - 1].up_to or 0) + 1
            flat = f" and {tier.flat_amount} {prices.currency} at once" if tier.flat_amount else ""
            message = (
                f"{after.peak} seats reach the tier from seat {first} on in {after.month}: each costs "
                f"{tier.unit_price} {prices.currency} there{flat}."
            )
            yield ImpactWarning(WarningCode.TIER_CROSSED, message, after.total - before.total)
            return


def _revoke_first(impact: Impact) -> Iterator[ImpactWarning]:
    other = impact.grant_first
    if other is not None and other.saved.amount > 0:
        message = (
            f"Revoking before granting saves {_text(other.saved)}: the other way round the peak would be {other.peak}."
        )
        yield ImpactWarning(WarningCode.REVOKE_FIRST_SAVES, message, other.saved)


def _peak_stands(impact: Impact) -> Iterator[ImpactWarning]:
    before, after = impact.before, impact.after
    saved = before.next_month.total - after.next_month.total
    is_same = after.this_month.total == before.this_month.total
    if after.seats < before.seats and is_same and before.this_month.total.amount > 0 and saved.amount > 0:
        month, peak = after.this_month.month, after.this_month.peak
        message = f"{month} is charged by its peak of {peak} all the same; the next month costs {_text(saved)} less."
        yield ImpactWarning(WarningCode.PEAK_STANDS, message, saved)


def _in_grace(impact: Impact) -> Iterator[ImpactWarning]:
    forgiven = len(impact.losing_in_grace)
    if forgiven:
        saved = impact.before.this_month.total - impact.after.this_month.total
        seats = "1 seat that ends is" if forgiven == 1 else f"{forgiven} seats that end are"
        yield ImpactWarning(
            WarningCode.IN_GRACE, f"{seats} in grace and not counted.", saved if saved.amount > 0 else None
        )


def _in_trial(impact: Impact) -> Iterator[ImpactWarning]:
    after = impact.after
    if after.trial_ends_at is None or after.at >= after.trial_ends_at or not impact.is_of_seats:
        return
    months = [(one, other) for one, other in _months(impact) if other.is_charged]
    more = months[0][1].total - months[0][0].total if months else None
    message = f"Nothing is charged before the trial ends at {instant_text(after.trial_ends_at)}."
    yield ImpactWarning(WarningCode.IN_TRIAL, message, more)


def _suspended(impact: Impact) -> Iterator[ImpactWarning]:
    before, after = impact.before, impact.after
    if not after.is_suspended or not impact.is_of_seats:
        return
    month = after.this_month
    total, more = month.amount_of(after.seats), month.amount_of(after.seats) - month.amount_of(before.seats)
    message = f"No seat is charged while suspended; once that ends {month.month} comes to {_text(total)}."
    yield ImpactWarning(WarningCode.SUSPENDED, message, more)


def _still_seated(impact: Impact) -> Iterator[ImpactWarning]:
    kept = len(impact.still_seated)
    if kept:
        people = "1 person keeps a seat" if kept == 1 else f"{kept} people keep their seats"
        yield ImpactWarning(WarningCode.STILL_SEATED, f"{people} through something else.", None)


def _would_wait(impact: Impact) -> Iterator[ImpactWarning]:
    waiting = len(impact.would_wait)
    if waiting:
        after = impact.after
        month = after.this_month
        more = month.amount_of(after.seats + waiting) - month.amount_of(after.seats)
        people = "1 person would wait" if waiting == 1 else f"{waiting} people would wait"
        reasons = ", ".join(sorted({reason.value for reason in impact.would_wait.values()}))
        yield ImpactWarning(WarningCode.WOULD_WAIT, f"{people} for a seat ({reasons}).", more)


def _limits(impact: Impact) -> Iterator[ImpactWarning]:
    """Where the change takes more seats, or brings a limit nearer by lowering it."""
    before, after = impact.before, impact.after
    known = {one.code: one for one in list_distances(before.seats, before.limits, before.this_month)}
    for one in list_distances(after.seats, after.limits, after.this_month):
        earlier = known.get(one.code)
        is_lower = earlier is None or one.seats < earlier.seats or _left(one) < _left(earlier)
        is_nearer = is_lower or after.seats > before.seats
        refused = {problem.code for problem in impact.refusals}
        if is_nearer and one.code not in refused and _is_near(one):
            code = WarningCode.LIMIT_NEAR if one.seats else WarningCode.LIMIT_REACHED
            yield ImpactWarning(code, _limit_message(one), one.left)


def _promo(impact: Impact) -> Iterator[ImpactWarning]:
    months = [impact.after.this_month, impact.after.next_month]
    taken = [discount for month in months for discount in draft_invoice(month.peak, month.terms).discounts]
    if impact.promo_code is not None and not any(one.kind is DiscountKind.PROMO for one in taken):
        message = f"The promo code takes nothing off {months[0].month} nor {months[1].month}."
        yield ImpactWarning(WarningCode.PROMO_NOT_WORTH, message, None)


def _is_near(one: LimitDistance) -> bool:
    if one.code is ErrorCode.BILLING_PROFILE_REQUIRED:
        return one.seats == 0  # a small limit by itself: within five seats of it is everyone
    if one.budget is not None and one.left is not None:
        return one.seats <= NEAR_SEATS or one.left.amount * NEAR_SHARE <= one.budget.amount
    return one.seats <= NEAR_SEATS or one.seats * NEAR_SHARE <= (one.limit or 0)


def _limit_message(one: LimitDistance) -> str:
    names = {
        ErrorCode.SEAT_LIMIT_REACHED: "the organization's own cap",
        ErrorCode.BUDGET_REACHED: "the organization's own budget",
        ErrorCode.CONTRACT_REQUIRED: "the seats that a contract or none allows",
        ErrorCode.BILLING_PROFILE_REQUIRED: "the seats that need no billing profile",
    }
    height = _text(one.budget) if one.budget is not None else f"{one.limit}"
    seats = "No seat is" if one.seats == 0 else "1 seat is" if one.seats == 1 else f"{one.seats} seats are"
    return f"{seats} left to {names[one.code]}, {height}."


def _left(one: LimitDistance) -> Decimal:
    return one.left.amount if one.left is not None else Decimal(0)


def _months(impact: Impact) -> list[tuple[Forecast, Forecast]]:
    before, after = impact.before, impact.after
    return [(before.this_month, after.this_month), (before.next_month, after.next_month)]


def _tier_of(seats: int, prices: PriceList) -> int:
    """The place of the tier that the last of the seats falls in."""
    ends = [tier.up_to for tier in prices.tiers]
    return next(place for place, up_to in enumerate(ends) if up_to is None or seats <= up_to)


def _text(money: Money) -> str:
    return f"{money.rounded().amount} {money.currency}"


_FINDERS: tuple[Callable[[Impact], Iterator[ImpactWarning]], ...] = (
    _threshold,
    _tier,
    _revoke_first,
    _peak_stands,
    _in_grace,
    _in_trial,
    _suspended,
    _still_seated,
    _would_wait,
    _limits,
    _promo,
)
