from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.money import MINOR_UNIT_DIGITS, Money, total_of, zero
from tests.domain import model
from tests.domain.strategies import prices, thorough


def rub(text: str) -> Money:
    return Money(Decimal(text), "RUB")


def test_half_a_kopeck_is_rounded_up() -> None:
    assert str(rub("0.005").rounded().amount) == "0.01"


def test_less_than_half_a_kopeck_is_rounded_down() -> None:
    assert str(rub("0.004999").rounded().amount) == "0.00"


def test_half_an_even_kopeck_is_rounded_up_too() -> None:
    assert str(rub("10466.665").rounded().amount) == "10466.67"


def test_a_whole_amount_is_written_with_the_decimals_of_its_currency() -> None:
    assert str(rub("62800").rounded().amount) == "62800.00"


def test_the_yen_has_no_decimals() -> None:
    assert str(Money(Decimal("0.5"), "JPY").rounded().amount) == "1"


def test_the_tenge_has_two_decimals() -> None:
    assert str(Money(Decimal("1.125"), "KZT").rounded().amount) == "1.13"


@pytest.mark.parametrize(
    ("currency", "written"),
    [("RUB", "0.00"), ("USD", "0.00"), ("EUR", "0.00"), ("KZT", "0.00"), ("BYN", "0.00"), ("JPY", "0")],
)
def test_nothing_is_written_with_the_decimals_of_its_currency(currency: str, written: str) -> None:
    assert str(zero(currency).amount) == written


def test_exactly_these_currencies_can_be_billed() -> None:
    assert MINOR_UNIT_DIGITS == {"RUB": 2, "USD": 2, "EUR": 2, "KZT": 2, "BYN": 2, "JPY": 0}


def test_amounts_add_up_exactly() -> None:
    assert rub("0.1") + rub("0.2") == rub("0.3")


def test_amounts_are_subtracted_exactly() -> None:
    assert rub("62800") - rub("10466.67") == rub("52333.33")


def test_large_amounts_lose_no_digit() -> None:
    large = rub("12345678901234567890123456789012.123456")
    assert (large + rub("0.000001")).amount == Decimal("12345678901234567890123456789012.123457")


def test_a_product_of_many_digits_is_exact() -> None:
    assert rub("123456789012345.678901").times(9_999_999).amount == Decimal("1234567766666667776664.321099")


def test_a_third_is_not_rounded_by_itself() -> None:
    assert rub("1").times(1, 3).amount == Decimal("0." + "3" * 60)


def test_roubles_and_dollars_do_not_add_up() -> None:
    with pytest.raises(ValueError, match="RUB and USD do not add up"):
        rub("1") + Money(Decimal(1), "USD")


def test_dollars_cannot_be_taken_from_roubles() -> None:
    with pytest.raises(ValueError, match="RUB and USD do not add up"):
        rub("1") - Money(Decimal(1), "USD")


@pytest.mark.parametrize("text", ["NaN", "sNaN", "Infinity", "-Infinity"])
def test_money_is_a_finite_number(text: str) -> None:
    with pytest.raises(ValueError, match="money must be finite"):
        rub(text)


def test_the_total_of_no_amounts_is_nothing() -> None:
    assert total_of([], "JPY") == Money(Decimal(0), "JPY")


def test_the_total_of_amounts_is_their_sum() -> None:
    assert total_of([rub("25800.00"), rub("33300.00"), rub("3700.00")], "RUB") == rub("62800.00")


def test_a_total_is_in_one_currency() -> None:
    with pytest.raises(ValueError, match="USD and RUB do not add up"):
        total_of([rub("1")], "USD")


@thorough
@given(prices(1_000_000), st.sampled_from(["RUB", "USD", "KZT", "JPY"]))
def test_rounding_is_half_up_to_the_minor_unit(amount: Decimal, currency: str) -> None:
    assert Fraction(Money(amount, currency).rounded().amount) == model.half_up(Fraction(amount), currency)


@thorough
@given(st.lists(prices(1_000_000), max_size=8))
def test_no_sum_is_ever_rounded(amounts: list[Decimal]) -> None:
    assert Fraction(total_of([Money(one, "RUB") for one in amounts], "RUB").amount) == sum(map(Fraction, amounts))
