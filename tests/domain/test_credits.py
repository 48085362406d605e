"""Splitting credits: every note adds up, none takes more than is left, and the last takes exactly what is left."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.credits import Credit, split_credit
from app.domain.errors import DomainError, ErrorCode, Problem
from app.domain.invoice import draft_invoice
from app.domain.money import Money
from tests.domain.strategies import terms


def rub(amount: str) -> Money:
    return Money(Decimal(amount), "RUB")


def test_a_hundred_kopecks_one_by_one_leave_no_more_vat_than_amount() -> None:
    left = Credit(rub("1.00"), rub("0.17"))
    vats = []
    for _ in range(100):
        credit = split_credit(Decimal("0.01"), left, Decimal(20))
        vats.append(credit.vat.amount)
        left = left.less(credit)
    # The VAT of a kopeck rounds to none, until only as much is left as VAT: from then on each kopeck is VAT.
    assert vats == [0] * 83 + [Decimal("0.01")] * 17
    assert left == Credit(rub("0.00"), rub("0.00"))


def test_nothing_left_is_a_conflict() -> None:
    with pytest.raises(DomainError) as refusal:
        split_credit(None, Credit(rub("0.00"), rub("0.00")), Decimal(20))
    assert refusal.value.code is ErrorCode.CONFLICT


@pytest.mark.parametrize(
    ("wanted", "currency", "message"),
    [
        ("1.001", "RUB", "An amount in RUB has at most 2 decimals."),
        ("1.5", "JPY", "An amount in JPY has no decimals."),
    ],
)
def test_an_amount_has_no_more_decimals_than_its_currency(wanted: str, currency: str, message: str) -> None:
    with pytest.raises(DomainError) as refusal:
        split_credit(
            Decimal(wanted), Credit(Money(Decimal(9), currency), Money(Decimal(1), currency)), Decimal(20), "a"
        )
    assert refusal.value.problems == (Problem(ErrorCode.INVALID_INPUT, message, ("a",)),)


@given(terms(), st.integers(0, 60), st.lists(st.integers(1, 100), max_size=8))
def test_the_credits_of_any_invoice_sum_to_it(drawn: object, seats: int, parts: list[int]) -> None:
    draft = draft_invoice(seats, drawn)  # type: ignore[arg-type]
    left = Credit(draft.total, draft.vat.amount)
    issued = []
    for part in parts:
        amount = left.amount.times(part, 100).rounded()
        if amount.amount > 0:
            issued.append(split_credit(amount.amount, left, draft.vat.rate))
            left = left.less(issued[-1])
    if left.amount.amount > 0:
        issued.append(split_credit(None, left, draft.vat.rate))
        left = left.less(issued[-1])

    assert left.amount.amount == left.vat.amount == 0
    for credit in issued:
        assert credit.amount.amount > 0
        assert 0 <= credit.vat.amount <= credit.amount.amount
        assert credit.net + credit.vat == credit.amount
