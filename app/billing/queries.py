"""Reading statements and invoices, always of one organization."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import orjson

from app import db
from app.domain.invoice import InvoiceState, Outcome
from app.domain.paging import PageRequest
from app.domain.period import BillingPeriod, Month
from app.organizations.queries import period_from


@dataclass(frozen=True, slots=True)
class StatementRow:
    id: UUID
    organization_id: UUID
    month: str
    starts_at: datetime
    ends_at: datetime
    outcome: Outcome
    peak_seats: int | None
    peak_reached_at: datetime | None
    parked_reason: str | None
    closed_at: datetime
    invoice_id: UUID | None


@dataclass(frozen=True, slots=True)
class InvoiceRow:
    """An invoice as issued; `document` as in `billing/document.py`, from JSON."""

    id: UUID
    organization_id: UUID
    statement_id: UUID
    number: str
    issued_at: datetime
    due_at: datetime
    currency: str
    subtotal: Decimal
    total: Decimal
    vat_net: Decimal
    vat_amount: Decimal
    document: dict[str, Any]
    ledger_digest: str
    digest: str
    replaces_id: UUID | None
    replaces_number: str | None
    replaced_by_id: UUID | None


@dataclass(frozen=True, slots=True)
class InvoiceFilter:
    """Which invoices: those in one of the states (None: in any), that charge a month of the range, ends included."""

    states: Sequence[InvoiceState] | None = None
    from_month: Month | None = None
    to_month: Month | None = None


ALL_INVOICES = InvoiceFilter()
_STATEMENTS = """
    SELECT statement.id, statement.organization_id, statement.month, statement.starts_at, statement.ends_at,
           statement.outcome, statement.peak_seats, statement.peak_reached_at, statement.parked_reason,
           statement.closed_at, invoice.id AS invoice_id
    FROM statements AS statement
    LEFT JOIN invoices AS invoice ON invoice.statement_id = statement.id
        AND NOT EXISTS (SELECT FROM invoices AS successor WHERE successor.replaces_id = invoice.id)
"""
_INVOICES = """
    SELECT id, organization_id, statement_id, number, issued_at, due_at, currency, subtotal, total, vat_net, vat_amount,
           document, ledger_digest, digest, replaces_id,
           (SELECT replaced.number FROM invoices AS replaced WHERE replaced.id = invoices.replaces_id)
               AS replaces_number,
           (SELECT successor.id FROM invoices AS successor WHERE successor.replaces_id = invoices.id) AS replaced_by_id
    FROM invoices
"""
_WANTED = """
    WHERE organization_id = $1
      AND ($3::text IS NULL OR document ->> 'month' >= $3) AND ($4::text IS NULL OR document ->> 'month' <= $4)
      AND ($2::text[] IS NULL OR id IN (
          SELECT account.id FROM invoice_accounts AS account
          WHERE account.organization_id = $1 AND $2 @> ARRAY[
              CASE WHEN account.due <= 0 THEN 'VOID' WHEN account.paid >= account.due THEN 'PAID'
                   WHEN account.due_at <= (SELECT now FROM organization_facts WHERE organization_facts.id = $1)
                   THEN 'OVERDUE' ELSE 'ISSUED' END]))
"""
"""An `InvoiceFilter`, with the state of `invoice_state`: see `_values`."""


async def list_statements(organization_id: UUID, page: PageRequest) -> list[StatementRow]:
    """Oldest period first."""
    rows = await db.fetch_page(
        _STATEMENTS + "WHERE statement.organization_id = $1", "true", ("starts_at", "id"), page, organization_id
    )
    return [_statement(row) for row in rows]


async def count_statements(organization_id: UUID) -> int:
    return await db.count("SELECT 1 FROM statements WHERE organization_id = $1", organization_id)


async def list_parked_statements(limit: int) -> list[StatementRow]:
    """Of every organization the months that could not be closed (R5.4): those of real life first, then those on test
    clocks, each the longest parked first."""
    rows = await db.fetch(
        f"""
        {_STATEMENTS} JOIN organizations AS organization ON organization.id = statement.organization_id
        WHERE statement.outcome = 'PARKED'
        ORDER BY organization.test_clock_id IS NOT NULL, statement.closed_at, statement.id LIMIT $1
        """,
        limit,
    )
    return [_statement(row) for row in rows]


async def count_parked_statements() -> int:
    return await db.count("SELECT 1 FROM statements WHERE outcome = 'PARKED'")


async def count_invoices(organization_id: UUID, wanted: InvoiceFilter) -> int:
    return await db.count(f"SELECT 1 FROM invoices {_WANTED}", organization_id, *_values(wanted))


async def find_statements(statement_ids: Sequence[UUID]) -> list[StatementRow]:
    rows = await db.fetch(_STATEMENTS + "WHERE statement.id = ANY($1)", list(statement_ids))
    return [_statement(row) for row in rows]


async def find_statement(organization_id: UUID, month: Month) -> StatementRow | None:
    """How the month ended; None while it has not."""
    row = await db.fetch_one(
        _STATEMENTS + "WHERE statement.organization_id = $1 AND statement.month = $2", organization_id, str(month)
    )
    return _statement(row) if row is not None else None


async def list_invoices(
    organization_id: UUID, page: PageRequest, wanted: InvoiceFilter = ALL_INVOICES
) -> list[InvoiceRow]:
    """Oldest first."""
    rows = await db.fetch_page(
        _INVOICES + _WANTED, "true", ("issued_at", "id"), page, organization_id, *_values(wanted)
    )
    return [_invoice(row) for row in rows]


async def find_invoices(invoice_ids: Sequence[UUID]) -> list[InvoiceRow]:
    rows = await db.fetch(_INVOICES + "WHERE id = ANY($1)", list(invoice_ids))
    return [_invoice(row) for row in rows]


async def list_due_closings(grace: timedelta, limit: int, test_clock_id: UUID | None) -> list[UUID]:
    """Organizations whose open period is over by their clock, longest overdue first (R5.4).

    With a test clock only its organizations, which is for its advance; without, all whose clock stands.
    """
    rows = await db.fetch(
        """
        SELECT period.organization_id
        FROM billing_periods AS period
        JOIN organizations AS organization ON organization.id = period.organization_id
        LEFT JOIN test_clocks AS clock ON clock.id = organization.test_clock_id
        WHERE period.closed_at IS NULL AND organization.purge_decided_at IS NULL
          AND period.ends_at <= coalesce(clock.now, clock_timestamp()) - $1::interval
          AND CASE WHEN $3::uuid IS NULL THEN clock.advancing_to IS NULL ELSE clock.id = $3 END
        ORDER BY period.ends_at, period.organization_id LIMIT $2
        """,
        grace,
        limit,
        test_clock_id,
    )
    return [row["organization_id"] for row in rows]


async def list_behind(organization_ids: Sequence[UUID], grace: timedelta) -> list[UUID]:
    """Those of them whose open period is over by their clock, in no order."""
    rows = await db.fetch(
        """
        SELECT period.organization_id
        FROM billing_periods AS period
        JOIN organizations AS organization ON organization.id = period.organization_id
        LEFT JOIN test_clocks AS clock ON clock.id = organization.test_clock_id
        WHERE period.organization_id = ANY($1) AND period.closed_at IS NULL
          AND period.ends_at <= coalesce(clock.now, clock_timestamp()) - $2::interval
        """,
        list(organization_ids),
        grace,
    )
    return [row["organization_id"] for row in rows]


async def find_next_closing(grace: timedelta, test_clock_id: UUID, after: datetime) -> datetime | None:
    """When the next period on the clock falls due to be closed, later than `after`."""
    row = await db.fetch_one(
        """
        SELECT min(period.ends_at + $1::interval) AS due_at
        FROM billing_periods AS period JOIN organizations AS organization ON organization.id = period.organization_id
        WHERE organization.test_clock_id = $2 AND period.closed_at IS NULL AND organization.purge_decided_at IS NULL
          AND period.ends_at + $1::interval > $3
        """,
        grace,
        test_clock_id,
        after,
    )
    return row["due_at"] if row else None


async def list_unbilled_periods(organization_ids: Sequence[UUID]) -> dict[UUID, list[BillingPeriod]]:
    """The periods of each organization that are not closed yet, or could not be: those that ended PARKED."""
    rows = await db.fetch(
        """
        SELECT organization_id, month, period.starts_at, period.ends_at, period.time_zone
        FROM billing_periods AS period LEFT JOIN statements AS statement USING (organization_id, month)
        WHERE organization_id = ANY($1) AND (period.closed_at IS NULL OR statement.outcome = 'PARKED')
        """,
        list(organization_ids),
    )
    periods: dict[UUID, list[BillingPeriod]] = {one: [] for one in organization_ids}
    for row in rows:
        periods[row["organization_id"]].append(period_from(row))
    return periods


def _values(wanted: InvoiceFilter) -> tuple[list[str] | None, str | None, str | None]:
    states = [state.value for state in wanted.states] if wanted.states is not None else None
    from_month, to_month = (str(one) if one is not None else None for one in (wanted.from_month, wanted.to_month))
    return states, from_month, to_month


def _statement(row: db.Row) -> StatementRow:
    return StatementRow(**{**row, "outcome": Outcome(row["outcome"])})


def _invoice(row: db.Row) -> InvoiceRow:
    return InvoiceRow(**{**row, "document": orjson.loads(row["document"])})
