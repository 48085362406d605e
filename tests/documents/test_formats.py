"""Amounts, numbers and dates in two languages."""

from decimal import Decimal

import pytest

from app.documents.content import Language
from app.documents.formats import Formats
from app.domain.money import MINOR_UNIT_DIGITS
from app.domain.period import Month
from tests.factories import moscow

ENGLISH, RUSSIAN = Formats(Language.EN), Formats(Language.RU)


@pytest.mark.parametrize(
    ("amount", "currency", "english", "russian"),
    [
        ("62800", "RUB", "RUB\u00a062,800.00", "62\u202f800,00\u00a0₽"),
        ("0", "RUB", "RUB\u00a00.00", "0,00\u00a0₽"),
        ("-258.5", "RUB", "−RUB\u00a0258.50", "−258,50\u00a0₽"),
        ("19800", "JPY", "JPY\u00a019,800", "19\u202f800\u00a0¥"),
        ("1234567.890000", "USD", "USD\u00a01,234,567.89", "1\u202f234\u202f567,89\u00a0$"),
        ("9999999999991234560.01", "KZT", "KZT\u00a09,999,999,999,991,234,560.01", None),
        ("1000", "EUR", "EUR\u00a01,000.00", "1\u202f000,00\u00a0€"),
        ("1", "BYN", "BYN\u00a01.00", "1,00\u00a0Br"),
    ],
)
def test_money_is_written_as_the_language_does(amount: str, currency: str, english: str, russian: str | None) -> None:
    assert ENGLISH.money(Decimal(amount), currency) == english
    if russian is not None:
        assert RUSSIAN.money(Decimal(amount), currency) == russian


@pytest.mark.parametrize("currency", MINOR_UNIT_DIGITS)
def test_every_currency_that_can_be_billed_can_be_printed(currency: str) -> None:
    assert RUSSIAN.money(Decimal(5), currency)
    assert ENGLISH.money(Decimal(5), currency)


@pytest.mark.parametrize(
    ("price", "currency", "english", "russian"),
    [
        ("258", "RUB", "258.00", "258,00"),
        ("0.123456", "USD", "0.123456", "0,123456"),
        ("12.5", "JPY", "12.5", "12,5"),
        ("3000", "JPY", "3,000", "3\u202f000"),
        ("999999999999.999999", "RUB", "999,999,999,999.999999", "999\u202f999\u202f999\u202f999,999999"),
    ],
)
def test_prices_keep_up_to_six_decimals(price: str, currency: str, english: str, russian: str) -> None:
    assert ENGLISH.price(Decimal(price), currency) == english
    assert RUSSIAN.price(Decimal(price), currency) == russian


def test_rates_have_no_zeros_at_the_end() -> None:
    assert [ENGLISH.percent(Decimal(one)) for one in ("20", "12.50", "0")] == ["20%", "12.5%", "0%"]
    assert RUSSIAN.percent(Decimal("12.50")) == "12,5\u00a0%"


def test_dates_are_those_of_the_zone() -> None:
    instant = moscow("2021-02-01 00:30")
    assert ENGLISH.day(instant, "Europe/Moscow") == "1\u00a0February\u00a02021"
    assert RUSSIAN.day(instant, "Europe/Moscow") == "1\u00a0февраля\u00a02021\u00a0г."
    assert ENGLISH.day(instant, "UTC") == "31\u00a0January\u00a02021"


def test_times_have_seconds_when_there_are_any() -> None:
    assert ENGLISH.moment(moscow("2021-01-12 14:03:22"), "Europe/Moscow") == "12\u00a0January\u00a02021, 14:03:22"
    assert RUSSIAN.moment(moscow("2021-01-12 14:03"), "Europe/Moscow") == "12\u00a0января\u00a02021\u00a0г., 14:03"


def test_times_never_have_microseconds() -> None:
    assert ENGLISH.moment(moscow("2021-01-12 00:00:00.000001"), "Europe/Moscow") == "12\u00a0January\u00a02021, 00:00"
    last = moscow("2021-01-31 23:59:59.999999")
    assert ENGLISH.moment(last, "Europe/Moscow") == "31\u00a0January\u00a02021, 23:59:59"


def test_nouns_follow_their_numbers() -> None:
    forms = {"one": "{number} место", "few": "{number} места", "other": "{number} мест"}
    assert [RUSSIAN.counted(one, forms) for one in (1, 2, 5, 11, 21, 1000)] == [
        "1 место",
        "2 места",
        "5 мест",
        "11 мест",
        "21 место",
        "1\u202f000 мест",
    ]


def test_a_month_stands_by_itself() -> None:
    assert (ENGLISH.month(Month(2021, 1)), RUSSIAN.month(Month(2021, 1))) == (
        "January\u00a02021",
        "январь\u00a02021",
    )
