"""Taking back an invoice, or a part of it (R5.5)."""

from dataclasses import dataclass
from decimal import Decimal

from app.domain.errors import ErrorCode, invalid, refuse
from app.domain.money import Money, check_decimals


@dataclass(frozen=True, slots=True)
class Credit:
    """An amount, VAT included; net + VAT is the amount. Positive, in the invoice's currency."""

    amount: Money
    vat: Money

    @property
    def net(self) -> Money:
        return self.amount - self.vat

    def less(self, other: "Credit") -> "Credit":
        return Credit(self.amount - other.amount, self.vat - other.vat)


def split_credit(wanted: Decimal | None, left: Credit, vat_percent: Decimal, *path: str) -> Credit:
    """The credit of an amount (None: all that is left) out of what is left of an invoice, with its share of VAT.

    The VAT is that of the amount at the invoice's rate, rounded half up, but never so much or so little that more VAT
    than amount, or less than none, would be left; the last credit takes exactly what is left, so that sums meet.

    Source: of 62 800 at 20 %, 10 466.67 VAT: 20 000 have 3 333.33, again 3 333.33, and the last 22 800 have 3 800.01.

    Raises: DomainError CONFLICT when nothing is left, INVALID_INPUT for an amount that cannot be credited.
    """
    currency = left.amount.currency
    if left.amount.amount <= 0:
        raise refuse(ErrorCode.CONFLICT, "This invoice has been credited in full already.", "input", "invoiceId")
    if wanted is None:
        return left
    if not wanted.is_finite() or wanted <= 0:
        raise invalid("The amount must be above zero.", *path)
    if wanted > left.amount.amount:
        raise invalid(f"Only {left.amount.amount} {currency} of this invoice are left.", *path)
    amount = Money(check_decimals(wanted, currency, *path), currency).rounded()
    if amount == left.amount:
        return left
    fair = amount.times(vat_percent, 100 + vat_percent).rounded().amount
    least = left.vat.amount - (left.amount - amount).amount
    most = min(left.vat.amount, amount.amount)
    return Credit(amount, Money(min(max(fair, least), most), currency))
