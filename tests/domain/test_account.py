from collections import defaultdict
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.account import (
    Allocation,
    InvoiceNotice,
    Receipt,
    Receivable,
    allocate,
    balance,
    check_amount,
    due_invoice_notice,
)
from app.domain.errors import DomainError, ErrorCode
from tests.domain.samples import utc
from tests.domain.strategies import TICK, thorough

DUE_AT = utc("2021-02-15 21:30")
DAY = timedelta(days=1)
IN_7_DAYS, IN_1_DAY, OVERDUE = InvoiceNotice


def invoice(number: int, total: str, credited: str = "0") -> Receivable:
    return Receivable(UUID(int=number), Decimal(total), Decimal(credited))


def payment(number: int, amount: str) -> Receipt:
    return Receipt(UUID(int=number), Decimal(amount))


def allocated(*rows: tuple[int, int, str]) -> list[Allocation]:
    return [Allocation(UUID(int=paying), UUID(int=paid), Decimal(amount)) for paying, paid, amount in rows]


# Oldest first (R6.2)


def test_a_payment_settles_the_oldest_invoice_first_and_the_rest_of_it_the_next() -> None:
    invoices = [invoice(1, "1548"), invoice(2, "2000"), invoice(3, "1000")]
    assert allocate([payment(7, "2548")], invoices) == allocated((7, 1, "1548"), (7, 2, "1000"))
    assert balance([payment(7, "2548")], invoices) == Decimal(-2000)


def test_two_payments_share_an_invoice_and_what_is_left_is_balance() -> None:
    invoices = [invoice(1, "1548")]
    payments = [payment(7, "1000"), payment(8, "600.50"), payment(9, "10")]
    assert allocate(payments, invoices) == allocated((7, 1, "1000"), (8, 1, "548"))
    assert balance(payments, invoices) == Decimal("62.50")


def test_what_was_credited_is_not_paid_and_what_was_paid_of_it_goes_on_to_the_next_invoice() -> None:
    invoices = [invoice(1, "1548", "1548"), invoice(2, "2000", "500"), invoice(3, "1000")]
    assert allocate([payment(7, "1548")], invoices) == allocated((7, 2, "1500"), (7, 3, "48"))


def test_without_invoices_all_of_it_is_balance_and_without_payments_nothing_is_settled() -> None:
    assert (allocate([payment(7, "5")], []), balance([payment(7, "5")], [])) == ([], Decimal(5))
    assert (allocate([], [invoice(1, "5")]), balance([], [invoice(1, "5")])) == ([], Decimal(-5))
    assert (allocate([], []), balance([], [])) == ([], Decimal(0))


amounts = st.decimals(0, 100, places=2).filter(lambda amount: amount > 0)


@st.composite
def accounts(draw: st.DrawFn) -> tuple[list[Receipt], list[Receivable]]:
    receipts = [Receipt(UUID(int=100 + place), amount) for place, amount in enumerate(draw(st.lists(amounts)))]
    receivables = []
    for place, total in enumerate(draw(st.lists(amounts))):
        credited = draw(st.sampled_from([Decimal(0), total, total / 2]))
        receivables.append(Receivable(UUID(int=place), total, credited))
    return receipts, receivables


@thorough
@given(accounts())
def test_as_much_is_settled_as_can_be_each_invoice_after_those_before_it(
    account: tuple[list[Receipt], list[Receivable]],
) -> None:
    receipts, receivables = account
    paid: dict[UUID, Decimal] = defaultdict(Decimal)
    spent: dict[UUID, Decimal] = defaultdict(Decimal)
    for one in allocate(receipts, receivables):
        assert one.amount > 0
        paid[one.invoice_id] += one.amount
        spent[one.payment_id] += one.amount
    received, due = sum(one.amount for one in receipts), sum(one.due for one in receivables)
    assert sum(paid.values()) == min(received, due)
    left = received
    for receivable in receivables:
        assert paid[receivable.invoice_id] == min(left, receivable.due)
        left -= paid[receivable.invoice_id]
    owed = due
    for receipt in receipts:
        assert spent[receipt.payment_id] == min(owed, receipt.amount)
        owed -= spent[receipt.payment_id]
    assert balance(receipts, receivables) == received - due
    # Something is unpaid exactly when the balance is below zero.
    assert (balance(receipts, receivables) < 0) == any(paid[one.invoice_id] < one.due for one in receivables)


# What is told of an unpaid invoice (R6.3)


@pytest.mark.parametrize(
    ("instant", "told"),
    [
        (DUE_AT - 7 * DAY - TICK, None),
        (DUE_AT - 7 * DAY, IN_7_DAYS),
        (DUE_AT - 1 * DAY - TICK, IN_7_DAYS),
        (DUE_AT - 1 * DAY, IN_1_DAY),
        (DUE_AT - TICK, IN_1_DAY),
        (DUE_AT, OVERDUE),
        (DUE_AT + 400 * DAY, OVERDUE),
    ],
)
def test_of_several_overdue_notices_only_the_last_is_told_and_that_once(
    instant: datetime, told: InvoiceNotice | None
) -> None:
    assert due_invoice_notice(DUE_AT, instant, ()) is told
    assert due_invoice_notice(DUE_AT, instant, {told} if told else ()) is None


def test_what_was_told_before_does_not_keep_the_next_notice_back() -> None:
    assert due_invoice_notice(DUE_AT, DUE_AT, {IN_7_DAYS, IN_1_DAY}) is OVERDUE
    assert due_invoice_notice(DUE_AT, DUE_AT - DAY, {IN_7_DAYS}) is IN_1_DAY


# Amounts


@pytest.mark.parametrize(
    ("amount", "currency"),
    [("0.01", "RUB"), ("1548", "RUB"), ("10.10", "USD"), ("1", "JPY"), ("999999999999999", "JPY")],
)
def test_an_amount_with_the_decimals_of_its_currency_can_be_paid(amount: str, currency: str) -> None:
    assert check_amount(Decimal(amount), currency, "input", "amount") == Decimal(amount)


@pytest.mark.parametrize(
    ("amount", "currency"),
    [("0", "RUB"), ("-1", "RUB"), ("0.001", "RUB"), ("1.5", "JPY"), ("1000000000000000", "RUB"), ("NaN", "RUB")],
)
def test_no_other_amount_can_be_paid(amount: str, currency: str) -> None:
    with pytest.raises(DomainError) as refusal:
        check_amount(Decimal(amount), currency, "input", "amount")
    assert refusal.value.code is ErrorCode.INVALID_INPUT
    assert [one.path for one in refusal.value.problems] == [("input", "amount")]
