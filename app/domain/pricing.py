"""Price lists and graduated prices (R4.1–R4.4)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from app.domain.errors import DomainError, ErrorCode, Problem, check_all, invalid, refuse_for
from app.domain.money import Money, check_currency
from app.domain.period import Month, month_at
from app.domain.text import check_text

MAX_SEATS = 10_000_000
"""The most seats a price can be asked for."""
MAX_PRICE = Decimal(10) ** 9
"""No unit price or flat amount reaches this, so that every sum of them stays exact and can be stored."""
FIRST_ZONE = "Pacific/Kiritimati"
"""Where every month begins first."""
MOST_TIERS = 100
_ONE_SEAT = re.compile(r"\ASeats ([0-9]+)–\1\Z")
MOST_PERIODS = 120
"""No discount lasts longer: ten years."""


@dataclass(frozen=True, slots=True)
class Tier:
    """Seats up to and including `up_to` (None: all further ones): a unit price per seat, and a flat amount
    charged once when the tier is reached."""

    up_to: int | None
    unit_price: Decimal
    flat_amount: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class PriceList:
    """What seats cost per month from a month on (R4.1). Prices are in `currency`, at most 6 decimals."""

    id: UUID
    name: str
    currency: str
    is_public: bool
    effective_from: Month
    free_threshold: int
    tiers: tuple[Tier, ...]
    vat_included: bool
    legacy_periods: int
    baseline_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class InvoiceLine:
    """So many seats of one tier. `amount` is exact until the invoice rounds it (R4.10)."""

    description: str
    quantity: int
    unit_price: Decimal
    flat_amount: Decimal
    amount: Money


def price_seats(seats: int, prices: PriceList) -> list[InvoiceLine]:
    """Price a month's peak: one line per graduated tier reached.

    Units: whole seats; `Tier.unit_price` in the list's currency per seat and month, at most 6 decimals.
    Nothing is rounded here. Free: up to `prices.free_threshold` there are no lines; from the next seat on
    every seat is charged (R4.3).

    Raises:
        ValueError: `seats` is negative (a bug, never a user's mistake).

    Source: R4.4; 270 seats = 100 × 258 + 150 × 222 + 20 × 185 = 62 800 RUB.
    """
    if seats < 0:
        raise ValueError(f"{seats} seats cannot be priced")
    lines: list[InvoiceLine] = []
    below = 0
    for tier in prices.tiers if seats > prices.free_threshold else ():
        quantity = min(seats, tier.up_to if tier.up_to is not None else seats) - below
        if quantity <= 0:
            break
        lines.append(_line(below, quantity, tier, prices.currency))
        below += quantity
    return lines


def list_in_force(lists: Sequence[PriceList], currency: str, month: Month) -> PriceList | None:
    """The public list that prices a whole period beginning in the month (R4.1); None when there is none yet."""
    public = [one for one in lists if one.is_public and one.currency == currency and one.effective_from <= month]
    return max(public, key=lambda one: one.effective_from, default=None)


def check_price_list(prices: PriceList) -> PriceList:
    """Refuse a list that cannot price every number of seats exactly once (R4.1).

    Raises: DomainError INVALID_INPUT with every problem found.
    """
    problems = [Problem(ErrorCode.INVALID_INPUT, message, path) for message, path in _flaws(prices)]
    if problems:
        raise refuse_for(problems)
    return prices


def check_public_month(prices: PriceList, now: datetime) -> None:
    """Public lists are made only for months that have begun nowhere on Earth yet (R4.1).

    Raises: DomainError INVALID_INPUT.
    """
    begun = month_at(now, FIRST_ZONE)
    if prices.is_public and prices.effective_from <= begun:
        raise invalid(f"A public list takes effect in a month after {begun}.", "input", "effectiveFrom")


def check_seats(seats: int) -> int:
    """Raises: DomainError INVALID_INPUT unless it is a number of seats that can be priced."""
    if not 0 <= seats <= MAX_SEATS:
        raise DomainError(ErrorCode.INVALID_INPUT, f"Seats must be between 0 and {MAX_SEATS}, not {seats}.")
    return seats


def line_name(description: str) -> str:
    """A line's description as it is written now: of a tier of one seat "Seat 29", which was "Seats 29–29" once and
    stands so in documents of then."""
    return _ONE_SEAT.sub(r"Seat \1", description)


def _line(below: int, quantity: int, tier: Tier, currency: str) -> InvoiceLine:
    first = below + 1
    named = line_name(f"Seats {first}–{tier.up_to}" if tier.up_to is not None else f"Seats {first} and more")
    amount = Money(tier.unit_price, currency).times(quantity) + Money(tier.flat_amount, currency)
    return InvoiceLine(named, quantity, tier.unit_price, tier.flat_amount, amount)


def _flaws(prices: PriceList) -> list[tuple[str, tuple[str, ...]]]:
    flaws: list[tuple[str, tuple[str, ...]]] = []
    try:
        check_all(
            lambda: check_text(prices.name, "The name", 200, "input", "name"),
            lambda: check_currency(prices.currency, "input", "currency"),
        )
    except DomainError as error:
        flaws += [(problem.message, problem.path) for problem in error.problems]
    if not 0 <= prices.free_threshold <= MAX_SEATS:
        flaws.append((f"The free threshold is between 0 and {MAX_SEATS} seats.", ("input", "freeThreshold")))
    if not 0 <= prices.legacy_periods <= MOST_PERIODS:
        flaws.append((f"Legacy periods are between 0 and {MOST_PERIODS}.", ("input", "legacyPeriods")))
    if len(prices.tiers) > MOST_TIERS:
        return [*flaws, (f"A list has at most {MOST_TIERS} tiers.", ("input", "tiers"))]
    if not prices.tiers or prices.tiers[-1].up_to is not None:
        flaws.append(("The last tier must be without an upper end.", ("input", "tiers")))
    below = 0
    for position, tier in enumerate(prices.tiers):
        path = ("input", "tiers", str(position))
        flaws += [(message, path) for message in _tier_flaws(tier, below, position == len(prices.tiers) - 1)]
        below = tier.up_to if tier.up_to is not None else below
    return flaws


def _tier_flaws(tier: Tier, below: int, is_last: bool) -> list[str]:
    flaws = []
    if tier.up_to is None and not is_last:
        flaws.append("Only the last tier may be without an upper end.")
    if tier.up_to is not None and tier.up_to < 1:
        flaws.append("A tier has at least one seat.")
    elif tier.up_to is not None and tier.up_to <= below:
        flaws.append(f"A tier up to {tier.up_to} overlaps the one below, which ends at {below}.")
    elif tier.up_to is not None and tier.up_to > MAX_SEATS:
        flaws.append(f"A tier ends at {MAX_SEATS} seats at most.")
    if not all(_is_price(amount) for amount in (tier.unit_price, tier.flat_amount)):
        flaws.append(f"Prices are from 0 to less than {MAX_PRICE}, with at most 6 decimals.")
    return flaws


def _is_price(amount: Decimal) -> bool:
    return amount.is_finite() and 0 <= amount < MAX_PRICE and amount == round(amount, 6)
