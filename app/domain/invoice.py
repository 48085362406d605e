"""The one function that drafts an invoice, for preview, close, verification and simulation alike (R5.1)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from operator import attrgetter
from zoneinfo import ZoneInfo

from app.domain.discounts import DiscountKind, InvoiceDiscount, Promo, promo_amount
from app.domain.errors import DomainError
from app.domain.instants import TICK
from app.domain.money import Money, total_of
from app.domain.period import BillingPeriod
from app.domain.pricing import InvoiceLine, PriceList, price_seats

PAYMENT_TERM = timedelta(days=15)
"""How long after its issue an invoice is due (R6.3)."""


@dataclass(frozen=True, slots=True)
class VatRate:
    """A rate in percent, in force from a day on in the issuer's zone."""

    since: date
    percent: Decimal


@dataclass(frozen=True, slots=True)
class Terms:
    """Everything beside the peak that an amount depends on.

    `charged_share` is what of each line is charged, as (time charged, time of the period): (1, 1) is all of
    it (R4.6). `alternatives` are lists agreed after the period began: whichever of them and `prices` costs least
    prices it (R4.9). `baselines` are lists that a legacy organization pays no more than, the cheapest of them (R4.7).
    """

    prices: PriceList
    vat_percent: Decimal
    charged_share: tuple[int, int] = (1, 1)
    alternatives: tuple[PriceList, ...] = ()
    baselines: tuple[PriceList, ...] = ()
    promo: Promo | None = None

    @property
    def free_threshold(self) -> int:
        """The most seats that one of the lists charges nothing for (R4.3)."""
        return max(prices.free_threshold for prices in (self.prices, *self.alternatives))


@dataclass(frozen=True, slots=True)
class Vat:
    """`rate` in percent; net + amount is the total."""

    rate: Decimal
    included: bool
    net: Money
    amount: Money


@dataclass(frozen=True, slots=True)
class InvoiceDraft:
    """What a peak costs: every line and discount rounded, total = Σ lines − Σ discounts (+ VAT on top) (R4.10).

    `prices` is the list that the lines are of.
    """

    seats: int
    prices: PriceList
    lines: tuple[InvoiceLine, ...]
    subtotal: Money
    discounts: tuple[InvoiceDiscount, ...]
    total: Money
    vat: Vat

    @property
    def due_before_promo(self) -> Money:
        """What the promo code is taken off: the subtotal less the legacy discount. With nothing due, no period of
        a promo code is used up (R4.8)."""
        kept = [discount.amount for discount in self.discounts if discount.kind is DiscountKind.LEGACY]
        return self.subtotal - total_of(kept, self.subtotal.currency)


class Outcome(Enum):
    """How a closed period ended (R5.4)."""

    BILLED = "BILLED"
    FREE = "FREE"
    TRIAL = "TRIAL"
    PARKED = "PARKED"


class InvoiceState(Enum):
    """Where an issued invoice stands; derived, never stored (R5.5)."""

    ISSUED = "ISSUED"
    PAID = "PAID"
    OVERDUE = "OVERDUE"
    VOID = "VOID"


def draft_invoice(seats: int, terms: Terms) -> InvoiceDraft:
    """Price the peak under the terms, in the order list or contract → legacy → promo → VAT (R4.10).

    Of several lists the one with the lowest total prices it; among equals one under which nothing is due without
    the promo code, then the first (R4.9).

    Source: 270 seats under the list of 2020-10 at 20 %: 62 800.00 RUB, VAT 10 466.67 inside.
    """
    drafts = [_draft_under(seats, prices, terms) for prices in (terms.prices, *terms.alternatives)]
    return min(drafts, key=lambda draft: (draft.total.amount, draft.due_before_promo.amount > 0))


def outcome_of(draft: InvoiceDraft, period: BillingPeriod, trial_ends_at: datetime) -> Outcome:
    """TRIAL if the trial covers the period to its end, FREE if nothing is to pay, else BILLED (R5.4)."""
    if trial_ends_at >= period.ends_at:
        return Outcome.TRIAL
    return Outcome.BILLED if draft.total.amount > 0 else Outcome.FREE


def decide_outcome(
    draft: InvoiceDraft | DomainError, period: BillingPeriod, trial_ends_at: datetime, *, has_payer: bool
) -> tuple[Outcome, str | None]:
    """How a period ends, and why it is PARKED: it could not be priced, or there is nobody to bill (R5.4)."""
    if isinstance(draft, DomainError):
        return Outcome.PARKED, draft.message
    outcome = outcome_of(draft, period, trial_ends_at)
    if outcome is Outcome.BILLED and not has_payer:
        return Outcome.PARKED, "There is no billing profile to bill."
    return outcome, None


def invoice_state(
    total: Decimal, credited: Decimal, paid: Decimal, due_at: datetime, instant: datetime
) -> InvoiceState:
    """VOID once it is credited in full, PAID once the rest is paid, else OVERDUE when the payment term is over
    (R5.5, R6.3). Amounts in the invoice's currency; its total is above zero."""
    if credited >= total:
        return InvoiceState.VOID
    if credited + paid >= total:
        return InvoiceState.PAID
    return InvoiceState.OVERDUE if instant >= due_at else InvoiceState.ISSUED


def closes_at(period: BillingPeriod, grace: timedelta) -> datetime:
    """When a period closes: late enough that no grant in it can still be forgiven (R5.4)."""
    return period.ends_at + grace


def share_charged(period: BillingPeriod, trial_ends_at: datetime, is_prorated: bool) -> tuple[int, int]:
    """(microseconds charged, microseconds of the period) of a first, partial month; (1, 1) when all of it is
    charged, which is the policy's default (R4.6)."""
    if not is_prorated or trial_ends_at <= period.starts_at:
        return (1, 1)
    charged = max(period.ends_at - trial_ends_at, timedelta(0))
    return (charged // TICK, (period.ends_at - period.starts_at) // TICK)


def vat_percent_at(rates: Sequence[VatRate], period_ends_at: datetime, issuer_zone: str) -> Decimal | None:
    """The rate of the period's last instant, by the issuer's calendar (R4.1); None before the first rate.

    The period is half-open: December 2025 ends as 2026 begins and still has December's rate.
    """
    day = (period_ends_at - TICK).astimezone(ZoneInfo(issuer_zone)).date()
    in_force = [rate for rate in rates if rate.since <= day]
    return max(in_force, key=attrgetter("since")).percent if in_force else None


def headroom(seats: int, amount_of: Callable[[int], Money], most: int) -> int:
    """How many more seats than `seats` cost no more than they do now, at most `most` (R5.2)."""
    return room_within(seats, amount_of, amount_of(seats), most)


def room_within(seats: int, amount_of: Callable[[int], Money], ceiling: Money, most: int) -> int:
    """How many more seats than `seats` cost no more than the ceiling, at most `most`.

    `amount_of` does not fall as seats rise.
    """
    low, high = 0, max(most, 0)
    while low < high:
        middle = (low + high + 1) // 2
        if amount_of(seats + middle).amount <= ceiling.amount:
            low = middle
        else:
            high = middle - 1
    return low


def _draft_under(seats: int, prices: PriceList, terms: Terms) -> InvoiceDraft:
    """The draft under one list."""
    lines = _lines(seats, prices, terms.charged_share)
    subtotal = _sum(lines, prices.currency)
    discounts = _discounts(seats, subtotal, prices, terms)
    due = subtotal - total_of([discount.amount for discount in discounts], subtotal.currency)
    vat = _vat(due, prices, terms.vat_percent)
    return InvoiceDraft(seats, prices, tuple(lines), subtotal, tuple(discounts), vat.net + vat.amount, vat)


def _lines(seats: int, prices: PriceList, share: tuple[int, int]) -> list[InvoiceLine]:
    return [replace(line, amount=line.amount.times(*share).rounded()) for line in price_seats(seats, prices)]


def _sum(lines: Sequence[InvoiceLine], currency: str) -> Money:
    return total_of([line.amount for line in lines], currency)


def _amount_under(other: PriceList, seats: int, prices: PriceList, terms: Terms) -> Money:
    """What the peak would cost under another list, with the same share, and with VAT inside or on top as in the
    list that prices it: what has to be converted for that is rounded."""
    amount = _sum(_lines(seats, other, terms.charged_share), other.currency)
    if other.vat_included == prices.vat_included:
        return amount
    gross_and_net = (100 + terms.vat_percent, Decimal(100))
    return amount.times(*(gross_and_net if prices.vat_included else gross_and_net[::-1])).rounded()


def _discounts(seats: int, subtotal: Money, prices: PriceList, terms: Terms) -> list[InvoiceDiscount]:
    discounts: list[InvoiceDiscount] = []
    due = subtotal
    if terms.baselines:
        amounts = [(_amount_under(baseline, seats, prices, terms), baseline) for baseline in terms.baselines]
        under, baseline = min(amounts, key=lambda one: one[0].amount)
        kept = min(due, under, key=attrgetter("amount"))
        discounts.append(InvoiceDiscount(DiscountKind.LEGACY, f"Price kept: {baseline.name}", due - kept))
        due = kept
    if terms.promo is not None:
        other = terms.promo.prices
        under_list = _amount_under(other, seats, prices, terms) if other is not None else None
        saved = (due - promo_amount(due, terms.promo, under_list)).rounded()
        discounts.append(InvoiceDiscount(DiscountKind.PROMO, f"Promo code {terms.promo.code}", saved))
    return [discount for discount in discounts if discount.amount.amount > 0]


def _vat(due: Money, prices: PriceList, rate: Decimal) -> Vat:
    if prices.vat_included:
        inside = due.times(rate, 100 + rate).rounded()
        return Vat(rate, True, due - inside, inside)
    return Vat(rate, False, due, due.times(rate, 100).rounded())
