"""The views of what invoices still lack, against the domain's own allocation (R6.2)."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app import db
from app.billing.accounts import AllocationRow, find_accounts, list_accounts, list_allocations_of, list_allocations_to
from app.billing.queries import InvoiceFilter, list_invoices
from app.domain import account as domain
from app.domain.account import Receipt, Receivable, allocate
from app.domain.invoice import InvoiceState, invoice_state
from app.domain.paging import EVERYTHING
from app.organizations.queries import find_balance
from tests.domain.strategies import thorough
from tests.factories import as_superuser

pytestmark = pytest.mark.usefixtures("database")

BEGAN = datetime(2021, 1, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
FAR = datetime(2999, 1, 1, tzinfo=UTC)
cents = st.integers(1, 400_000).map(lambda count: Decimal(count) / 100)


@dataclass(frozen=True)
class Billed:
    """An invoice; `issued` in hours, `credits` in cents."""

    id: UUID
    issued: int
    total: Decimal
    credits: tuple[Decimal, ...]
    due_at: datetime


@dataclass(frozen=True)
class Paid:
    """A payment; `received` in hours."""

    id: UUID
    received: int
    recorded: int
    amount: Decimal
    is_reversed: bool


@dataclass(frozen=True)
class Books:
    """What one organization was billed and paid."""

    id: UUID
    invoices: list[Billed]
    payments: list[Paid]

    def receivables(self) -> list[Receivable]:
        """Numbers rise in the order in which invoices are drawn."""
        ordered = sorted(self.invoices, key=lambda one: one.issued)
        return [Receivable(one.id, one.total, sum(one.credits, Decimal(0))) for one in ordered]

    def receipts(self) -> list[Receipt]:
        ordered = sorted(self.payments, key=lambda one: (one.received, one.recorded, one.id))
        return [Receipt(one.id, one.amount) for one in ordered if not one.is_reversed]


@st.composite
def billed(draw: st.DrawFn) -> Billed:
    """Credited not at all, in part, in parts, or in full."""
    total = draw(cents)
    half = (total / 2).quantize(Decimal("0.01"))
    notes = draw(st.sampled_from([(), (), (half,), (total,), (half, total - half)]))
    issued, due_at = draw(st.integers(0, 5)), draw(st.sampled_from([BEGAN, FAR]))
    return Billed(draw(st.uuids(version=4)), issued, total, tuple(one for one in notes if one > 0), due_at)


paid = st.builds(Paid, st.uuids(version=4), st.integers(0, 5), st.integers(0, 1), cents, st.booleans())
books = st.builds(Books, st.uuids(version=4), st.lists(billed(), max_size=6), st.lists(paid, max_size=6))


class _EnoughError(Exception):
    """Ends a transaction whose rows are not to stay."""


@asynccontextmanager
async def kept(ledgers: Sequence[Books]) -> AsyncIterator[None]:
    """The books as rows for as long as the block lasts, and of everything else only what the views read."""
    with suppress(_EnoughError):
        async with as_superuser():
            for one in ledgers:
                await _insert(one)
            yield
            raise _EnoughError


async def _insert(one: Books) -> None:
    await db.fetch(
        """
        INSERT INTO organizations (id, slug, name, time_zone, currency, created_at, last_change_at, sequence)
        VALUES ($1, $2, 'Books', 'UTC', 'RUB', $3, $3, 0)
        """,
        one.id,
        f"books-{one.id}",
        BEGAN,
    )
    await db.fetch(
        """
        INSERT INTO invoices (id, organization_id, statement_id, series_id, year, number_in_year, number, issued_at,
                              due_at, currency, subtotal, total, vat_net, vat_amount, document, ledger_digest, digest)
        SELECT billed.id, $1, gen_random_uuid(), $1, 2021, place, place::text, issued_at, due_at, 'RUB', total, total,
               total, 0, jsonb_build_object('month', '2021-' || lpad(place::text, 2, '0')), '', ''
        FROM unnest($2::uuid[], $3::timestamptz[], $4::timestamptz[], $5::numeric[])
            WITH ORDINALITY AS billed (id, issued_at, due_at, total, place)
        """,
        one.id,
        [invoice.id for invoice in one.invoices],
        [BEGAN + invoice.issued * HOUR for invoice in one.invoices],
        [invoice.due_at for invoice in one.invoices],
        [invoice.total for invoice in one.invoices],
    )
    notes = [(invoice.id, amount) for invoice in one.invoices for amount in invoice.credits]
    await db.fetch(
        """
        INSERT INTO credit_notes (id, organization_id, invoice_id, series_id, year, number_in_year, number, issued_at,
                                  issued_by, currency, amount, vat_net, vat_amount, reason, document, digest)
        SELECT gen_random_uuid(), $1, note.invoice_id, $1, 2022, place, place::text, $2, 'test', 'RUB', amount, amount,
               0, 'a test', '{}', ''
        FROM unnest($3::uuid[], $4::numeric[]) WITH ORDINALITY AS note (invoice_id, amount, place)
        """,
        one.id,
        BEGAN,
        [invoice_id for invoice_id, _ in notes],
        [amount for _, amount in notes],
    )
    await db.fetch(
        """
        INSERT INTO payments (id, organization_id, amount, currency, received_at, external_reference, recorded_at,
                              recorded_by)
        SELECT id, $1, amount, 'RUB', received_at, id::text, recorded_at, 'test'
        FROM unnest($2::uuid[], $3::numeric[], $4::timestamptz[], $5::timestamptz[])
            AS paid (id, amount, received_at, recorded_at)
        """,
        one.id,
        [payment.id for payment in one.payments],
        [payment.amount for payment in one.payments],
        [BEGAN + payment.received * HOUR for payment in one.payments],
        [BEGAN + payment.recorded * HOUR for payment in one.payments],
    )
    await db.fetch(
        """
        INSERT INTO payment_reversals (id, organization_id, payment_id, reason, reversed_at, reversed_by)
        SELECT gen_random_uuid(), $1, id, 'a test', $2, 'test' FROM unnest($3::uuid[]) AS id
        """,
        one.id,
        BEGAN,
        [payment.id for payment in one.payments if payment.is_reversed],
    )


def _by_amount(rows: Sequence[AllocationRow]) -> list[domain.Allocation]:
    return [domain.Allocation(row.payment_id, row.invoice_id, row.amount) for row in rows]


@thorough
@given(st.lists(books, min_size=1, max_size=3, unique_by=lambda one: one.id))
async def test_the_views_settle_what_the_domain_settles(ledgers: list[Books]) -> None:
    async with kept(ledgers):
        accounts = await list_accounts([one.id for one in ledgers])
        for one in ledgers:
            allocations = allocate(one.receipts(), one.receivables())
            paid = {invoice.id: Decimal(0) for invoice in one.invoices}
            for each in allocations:
                paid[each.invoice_id] += each.amount
            own = [account for account in accounts if account.organization_id == one.id]
            assert [(row.id, row.total, row.credited, row.due, row.paid) for row in own] == [
                (row.invoice_id, row.total, row.credited, row.due, paid[row.invoice_id]) for row in one.receivables()
            ]
            to_invoices = await list_allocations_to([(one.id, invoice.id) for invoice in one.invoices])
            settled = [to_invoices.get(row.invoice_id, []) for row in one.receivables()]
            assert _by_amount([each for rows in settled for each in rows]) == allocations
            of_payments = await list_allocations_of([(one.id, payment.id) for payment in one.payments])
            settled = [of_payments.get(row.payment_id, []) for row in one.receipts()]
            assert _by_amount([each for rows in settled for each in rows]) == allocations
            assert await find_balance(one.id) == domain.balance(one.receipts(), one.receivables())


@thorough
@given(books, st.sets(st.sampled_from(InvoiceState)))
async def test_invoices_are_filtered_by_the_state_that_the_domain_gives_them(
    one: Books, states: set[InvoiceState]
) -> None:
    async with kept([one]):
        accounts = await find_accounts([(one.id, invoice.id) for invoice in one.invoices])
        dues = {invoice.id: invoice.due_at for invoice in one.invoices}
        for account in accounts.values():
            expected = invoice_state(account.total, account.credited, account.paid, dues[account.id], account.now)
            assert account.state is expected
        rows = await list_invoices(one.id, EVERYTHING, InvoiceFilter(states=tuple(states)))
        assert {row.id for row in rows} == {row.id for row in accounts.values() if row.state in states}
        rows = await list_invoices(one.id, EVERYTHING, InvoiceFilter())
        assert {row.id for row in rows} == set(accounts)
