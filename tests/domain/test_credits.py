"""Splitting credits: every note adds up, none takes more than is left, and the last takes exactly what is left."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.credits import Credit, split_credit
from app.domain.errors import DomainError, ErrorCode, Problem
from app.domain.invoice import draft_invoice
from app.domain.money import MINOR_UNIT_DIGITS, Money
from tests.domain.strategies import terms


def rub(amount: str) -> Money:
    return Money(Decimal(amount), "RUB")


def test_of_a_hundred_kopecks_one_by_one_every_sixth_is_vat() -> None:
    whole = left = Credit(rub("1.00"), rub("0.17"))
    vats = []
    for _ in range(100):
        credit = split_credit(Decimal("0.01"), whole, left, Decimal(20))
        vats.append(credit.vat.amount)
        left = left.less(credit)
    # A sixth of three kopecks is half a kopeck, which rounds up; so does every sixth kopeck after.
    assert vats == [Decimal("0.01") if place % 6 == 3 else 0 for place in range(1, 101)]
    assert left == Credit(rub("0.00"), rub("0.00"))


def test_after_credits_that_were_rounded_one_by_one_the_next_keeps_between_none_and_all() -> None:
    whole = Credit(rub("1.20"), rub("0.20"))
    # Of thirty credits of 0.03 each had a kopeck of VAT, 0.30 together; twenty of them take all of the 0.20.
    all_taken = Credit(rub("0.60"), rub("0.00"))
    assert split_credit(Decimal("0.30"), whole, all_taken, Decimal(20)) == Credit(rub("0.30"), rub("0.00"))
    # Of sixty credits of 0.02 none had any: what is left has 0.20 for the last 0.25.
    none_taken = Credit(rub("0.25"), rub("0.20"))
    assert split_credit(Decimal("0.10"), whole, none_taken, Decimal(20)) == Credit(rub("0.10"), rub("0.10"))


def test_nothing_left_is_a_conflict() -> None:
    with pytest.raises(DomainError) as refusal:
        split_credit(None, Credit(rub("1.00"), rub("0.17")), Credit(rub("0.00"), rub("0.00")), Decimal(20))
    assert refusal.value.code is ErrorCode.CONFLICT


@pytest.mark.parametrize(
    ("wanted", "currency", "message"),
    [
        ("1.001", "RUB", "An amount in RUB has at most 2 decimals."),
        ("1.5", "JPY", "An amount in JPY has no decimals."),
    ],
)
def test_an_amount_has_no_more_decimals_than_its_currency(wanted: str, currency: str, message: str) -> None:
    whole = Credit(Money(Decimal(9), currency), Money(Decimal(1), currency))
    with pytest.raises(DomainError) as refusal:
        split_credit(Decimal(wanted), whole, whole, Decimal(20), "a")
    assert refusal.value.problems == (Problem(ErrorCode.INVALID_INPUT, message, ("a",)),)


@given(terms(), st.integers(0, 60), st.lists(st.integers(1, 100), max_size=8))
def test_the_credits_of_any_invoice_sum_to_it(drawn: object, seats: int, parts: list[int]) -> None:
    draft = draft_invoice(seats, drawn)  # type: ignore[arg-type]
    whole = left = Credit(draft.total, draft.vat.amount)
    issued = []
    for part in parts:
        amount = left.amount.times(part, 100).rounded()
        if amount.amount > 0:
            issued.append(split_credit(amount.amount, whole, left, draft.vat.rate))
            left = left.less(issued[-1])
    if left.amount.amount > 0:
        issued.append(split_credit(None, whole, left, draft.vat.rate))
        left = left.less(issued[-1])

    assert left.amount.amount == left.vat.amount == 0
    credited, taxed, rate = Fraction(0), Fraction(0), Fraction(draft.vat.rate)
    for credit in issued:
        credited, taxed = credited + Fraction(credit.amount.amount), taxed + Fraction(credit.vat.amount)
        minor_unit = Fraction(1, 10 ** MINOR_UNIT_DIGITS[credit.amount.currency])
        assert abs(taxed - credited * rate / (100 + rate)) <= minor_unit / 2
        assert credit.amount.amount > 0
        assert 0 <= credit.vat.amount <= credit.amount.amount
        assert credit.net + credit.vat == credit.amount
