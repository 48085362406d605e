"""The account of a stretch of time: balances and what is unpaid."""

from datetime import timedelta
from decimal import Decimal

from app.domain.bookkeeping import AccountStatement, Entry, EntryKind, Unpaid, state_account
from tests.factories import utc

SINCE, UNTIL = utc("2021-01-01 00:00"), utc("2021-04-01 00:00")
TERM = timedelta(days=15)


def invoice(number: str, day: str, amount: str) -> Entry:
    at = utc(f"{day} 00:00")
    return Entry(EntryKind.INVOICE, at, number, Decimal(amount), at + TERM)


def payment(reference: str, day: str, amount: str) -> Entry:
    return Entry(EntryKind.PAYMENT, utc(f"{day} 00:00"), reference, Decimal(amount))


def reversal(reference: str, day: str, amount: str) -> Entry:
    return Entry(EntryKind.REVERSAL, utc(f"{day} 00:00"), reference, Decimal(amount))


def credit(number: str, of: str, day: str, amount: str) -> Entry:
    return Entry(EntryKind.CREDIT_NOTE, utc(f"{day} 00:00"), number, Decimal(amount), about=of)


def stated(*entries: Entry) -> AccountStatement:
    return state_account(entries, SINCE, UNTIL)


def balances(account: AccountStatement) -> list[tuple[str, str]]:
    return [(entry.reference, str(balance)) for entry, balance in account.lines]


def test_an_account_without_entries_is_nothing() -> None:
    assert stated() == AccountStatement(Decimal(0), (), Decimal(0), ())


def test_every_entry_has_the_balance_after_it() -> None:
    account = stated(
        payment("a", "2021-02-10", "1000"),
        invoice("1", "2020-12-01", "1548"),
        invoice("2", "2021-02-01", "1806"),
        credit("CN-1", "2", "2021-02-03", "258"),
        reversal("a", "2021-03-01", "1000"),
    )

    assert account.opening == -1548
    assert balances(account) == [("2", "-3354"), ("CN-1", "-3096"), ("a", "-2096"), ("a", "-3096")]
    assert account.closing == -3096


def test_the_stretch_has_its_first_instant_and_not_its_end() -> None:
    account = stated(invoice("1", "2021-01-01", "10"), invoice("2", "2021-04-01", "20"))

    assert (account.opening, account.closing) == (Decimal(0), Decimal(-10))
    assert balances(account) == [("1", "-10")]
    assert account.unpaid == (Unpaid("1", SINCE + TERM, Decimal(10)),)


def test_payments_cover_the_oldest_invoice_first() -> None:
    account = stated(
        invoice("2", "2021-02-01", "200"),
        invoice("1", "2020-12-01", "100"),
        invoice("3", "2021-03-01", "300"),
        payment("a", "2021-03-10", "150"),
    )

    assert account.unpaid == (
        Unpaid("2", utc("2021-02-16 00:00"), Decimal(150)),
        Unpaid("3", utc("2021-03-16 00:00"), Decimal(300)),
    )


def test_what_is_credited_is_not_unpaid_and_leaves_the_payment_to_the_next() -> None:
    account = stated(
        invoice("1", "2021-01-01", "100"),
        invoice("2", "2021-02-01", "100"),
        credit("CN-1", "1", "2021-01-05", "100"),
        payment("a", "2021-01-10", "30"),
    )

    assert account.unpaid == (Unpaid("2", utc("2021-02-16 00:00"), Decimal(70)),)
    assert account.closing == -70


def test_a_payment_stands_until_it_is_reversed() -> None:
    entries = (
        invoice("1", "2021-01-01", "100"),
        payment("a", "2021-01-10", "100"),
        reversal("a", "2021-05-01", "100"),
    )

    assert stated(*entries).unpaid == ()
    assert state_account(entries, SINCE, utc("2021-07-01 00:00")).unpaid == (
        Unpaid("1", utc("2021-01-16 00:00"), Decimal(100)),
    )


def test_what_was_paid_too_much_is_balance() -> None:
    account = stated(invoice("1", "2021-01-01", "100"), payment("a", "2021-01-10", "130"))

    assert (account.closing, account.unpaid) == (Decimal(30), ())


def test_an_invoice_comes_before_what_settles_it_at_the_same_instant() -> None:
    account = stated(payment("a", "2021-02-01", "100"), invoice("1", "2021-02-01", "100"))

    assert balances(account) == [("1", "-100"), ("a", "0")]
