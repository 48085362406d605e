"""Amounts of money: exact decimals with a currency, rounded half up to its minor unit."""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal, localcontext

from app.domain.errors import invalid

MINOR_UNIT_DIGITS = {"RUB": 2, "USD": 2, "EUR": 2, "KZT": 2, "BYN": 2, "JPY": 0}
"""The currencies that can be billed, each with its number of decimals (ISO 4217)."""

DEFAULT_CURRENCY = "RUB"
"""Where none is named."""

_EXACT = Context(prec=60, rounding=ROUND_HALF_UP)


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in a currency (ISO 4217 code). Not rounded by itself: round where a rule says so (R4.10)."""

    amount: Decimal
    currency: str

    def __post_init__(self) -> None:
        if not self.amount.is_finite():
            raise ValueError(f"money must be finite, not {self.amount}")

    def __add__(self, other: "Money") -> "Money":
        self._same(other)
        return Money(_EXACT.add(self.amount, other.amount), self.currency)

    def __sub__(self, other: "Money") -> "Money":
        self._same(other)
        return Money(_EXACT.subtract(self.amount, other.amount), self.currency)

    def times(self, numerator: Decimal | int, denominator: Decimal | int = 1) -> "Money":
        """The amount × numerator ÷ denominator, to 60 digits; round the result before it is shown."""
        with localcontext(_EXACT):
            return Money(self.amount * numerator / denominator, self.currency)

    def rounded(self) -> "Money":
        """Half up to the currency's minor unit: 0.005 RUB is 0.01 RUB (R4.10)."""
        return Money(_round(self.amount, self.currency), self.currency)

    def _same(self, other: "Money") -> None:
        if self.currency != other.currency:
            raise ValueError(f"{self.currency} and {other.currency} do not add up")


def check_currency(currency: str, *path: str) -> str:
    """Raises: DomainError INVALID_INPUT unless it can be billed."""
    if currency not in MINOR_UNIT_DIGITS:
        raise invalid(f"{currency[:10]!r} is not a currency that can be billed.", *path)
    return currency


def check_decimals(amount: Decimal, currency: str, *path: str) -> Decimal:
    """Raises: DomainError INVALID_INPUT for an amount with more decimals than the currency has."""
    digits = MINOR_UNIT_DIGITS[currency]
    if amount != round(amount, digits):
        raise invalid(f"An amount in {currency} has {f'at most {digits}' if digits else 'no'} decimals.", *path)
    return amount


def zero(currency: str) -> Money:
    """Nothing, written with the currency's decimals."""
    return Money(Decimal(0), currency).rounded()


def total_of(amounts: list[Money], currency: str) -> Money:
    """The exact sum; `zero(currency)` of none."""
    result = zero(currency)
    for amount in amounts:
        result = result + amount
    return result


def shortest(number: Decimal) -> Decimal:
    """Without the zeros that a column's scale adds: 258.000000 is 258, and 200 stays 200."""
    short = number.normalize()
    return short.quantize(Decimal(1)) if short == short.to_integral_value() else short


def _round(amount: Decimal, currency: str) -> Decimal:
    return amount.quantize(Decimal(1).scaleb(-MINOR_UNIT_DIGITS[currency]), context=_EXACT)
