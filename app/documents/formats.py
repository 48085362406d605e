"""Amounts, numbers and dates as a language writes them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date
from babel.numbers import format_decimal

from app.documents.content import Language
from app.domain.instants import clock_text
from app.domain.money import MINOR_UNIT_DIGITS
from app.domain.period import Month

NARROW = "\u202f"
"""Narrow no-break space: what groups digits in Russian."""
_SIGNS = {"RUB": "₽", "USD": "$", "EUR": "€", "KZT": "₸", "BYN": "Br", "JPY": "¥"}
"""Of every currency that can be billed; after the amount, as Russian writes them."""
_LOCALES = {Language.EN: "en_GB", Language.RU: "ru"}
_LONG_DATES = {Language.EN: "d MMMM y", Language.RU: "d MMMM y 'г'."}
_PRICE_DIGITS = 6


@dataclass(frozen=True, slots=True)
class Formats:
    """How one language writes. Negative numbers have a minus sign, not a hyphen."""

    language: Language

    def amount(self, amount: Decimal, currency: str) -> str:
        """With the currency's decimals: "62,800.00"."""
        digits = MINOR_UNIT_DIGITS[currency]
        return self._number(amount, "#,##0" + ("." + "0" * digits if digits else ""))

    def money(self, amount: Decimal, currency: str) -> str:
        """ "RUB 62,800.00" in English, "62 800,00 ₽" in Russian; its blanks break no line."""
        if self.language is Language.EN:
            written = f"{currency}\u00a0{self.amount(abs(amount), currency)}"
        else:
            written = f"{self.amount(abs(amount), currency)}\u00a0{_SIGNS[currency]}"
        return f"−{written}" if amount < 0 else written

    def price(self, price: Decimal, currency: str) -> str:
        """At least the currency's decimals, at most six: "0.123456"."""
        digits = MINOR_UNIT_DIGITS[currency]
        return self._number(price, "#,##0." + "0" * digits + "#" * (_PRICE_DIGITS - digits))

    def count(self, number: int) -> str:
        return self._number(Decimal(number), "#,##0")

    def counted(self, number: int, forms: Mapping[str, str]) -> str:
        """The number with its noun, in the form that it asks for: "1 seat", "5 seats"."""
        form = Locale.parse(_LOCALES[self.language]).plural_form(number)
        return forms.get(form, forms["other"]).format(number=self.count(number))

    def percent(self, rate: Decimal) -> str:
        """ "20%" in English, "20 %" in Russian; no zeros at the end."""
        gap = "\u00a0" if self.language is Language.RU else ""
        return f"{self._number(rate, '#,##0.######')}{gap}%"

    def day(self, instant: datetime, time_zone: str) -> str:
        """The day that calendars in the zone show: "1 February 2021"."""
        return self._written(instant.astimezone(ZoneInfo(time_zone)).date())

    def _written(self, day: date) -> str:
        return _unbroken(format_date(day, _LONG_DATES[self.language], locale=_LOCALES[self.language]))

    def short_day(self, day: date) -> str:
        """For an axis: "12 Jan"."""
        return _unbroken(format_date(day, "d MMM", locale=_LOCALES[self.language]))

    def moment(self, instant: datetime, time_zone: str) -> str:
        """Day and time of clocks in the zone, with seconds when there are any."""
        local = instant.astimezone(ZoneInfo(time_zone))
        return f"{self._written(local.date())}, {clock_text(local)}"

    def month(self, month: Month) -> str:
        """By itself: "January 2021"."""
        day = date(month.year, month.number, 1)
        return _unbroken(format_date(day, "LLLL y", locale=_LOCALES[self.language]))

    def _number(self, number: Decimal, pattern: str) -> str:
        written = format_decimal(
            number, format=pattern, locale=_LOCALES[self.language], decimal_quantization=False
        ).replace("-", "−")
        return written.replace("\u00a0", NARROW)


def _unbroken(written: str) -> str:
    return written.replace(" ", "\u00a0")
