"""What lowers an amount: the legacy discount and promo codes (R4.7, R4.8)."""

from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from uuid import UUID

from app.domain.money import Money
from app.domain.pricing import PriceList

WHOLE = Decimal(100)
"""All of an amount, in percent."""


class DiscountKind(Enum):
    LEGACY = "LEGACY"
    PROMO = "PROMO"


@dataclass(frozen=True, slots=True)
class InvoiceDiscount:
    """An amount taken off the subtotal; positive, rounded."""

    kind: DiscountKind
    description: str
    amount: Money


@dataclass(frozen=True, slots=True)
class Promo:
    """A promo code in force: a percentage off, or a private list; exactly one of the two.

    `redemption_id` is whose period it uses up; None while it is only proposed.
    """

    code: str
    percent: Decimal | None
    prices: PriceList | None
    redemption_id: UUID | None = None

    def __post_init__(self) -> None:
        if (self.percent is None) == (self.prices is None):
            raise ValueError("a promo code is either a percentage or a price list")
        if self.percent is not None and not 0 <= self.percent <= WHOLE:
            raise ValueError(f"{self.percent} percent cannot be taken off")


def promo_amount(due: Money, promo: Promo, under_list: Money | None) -> Money:
    """What is due under the promo code, never more than without it (R4.10). Not rounded."""
    if promo.percent is not None:
        return due.times(WHOLE - promo.percent, WHOLE)
    if under_list is None:
        raise ValueError("a promo code with a list needs the amount under that list")
    return min(due, under_list, key=lambda money: money.amount)
