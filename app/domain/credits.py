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


def split_credit(wanted: Decimal | None, whole: Credit, left: Credit, vat_percent: Decimal, *path: str) -> Credit:
    """The credit of an amount (None: all that is left) out of what is left of a whole invoice, with its share of VAT.

    The VAT is that of everything credited by then, this included, at the invoice's rate and rounded half up, less the
    VAT of the credits before. So their sum is never off by more than half a minor unit, no single one by more than a
    whole one, and the last takes exactly what is left.

    Source: of 62 800 at 20 %, 10 466.67 VAT: 20 000 have 3 333.33, again 20 000 have 3 333.34, the last 22 800 have
    3 800.00.

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
    credited = whole.less(left)
    vat = (credited.amount + amount).times(vat_percent, 100 + vat_percent).rounded() - credited.vat
    # Where every credit was rounded by itself, as they were at first, the sum so far may be further off.
    least = max(Decimal(0), left.vat.amount - (left.amount - amount).amount)
    most = min(left.vat.amount, amount.amount)
    return Credit(amount, Money(min(max(vat.amount, least), most), currency))
