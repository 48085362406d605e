"""Statements, invoices and payments as CSV, page by page: however many there are, one page is in memory."""

import csv
import io
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

import orjson

from app import db
from app.domain.instants import instant_text
from app.domain.invoice import invoice_state
from app.domain.money import Money
from app.domain.paging import PageRequest
from app.domain.spreadsheet import safe_cell
from app.organizations.queries import OrganizationFacts

PAGE = 500
"""Rows read at once."""
BYTE_ORDER_MARK = "\ufeff"
"""Without it Excel reads UTF-8 as the code page of its country."""

Cell = str | int | Decimal | datetime | None


@dataclass(frozen=True, slots=True)
class List:
    """What is listed: the rows of `sql` for the organization $1, in `order`, as cells under column names.

    Cells are made of a row and the organization's now.
    """

    name: str
    columns: tuple[str, ...]
    sql: str
    order: tuple[str, str]
    cells: Callable[[db.Row, datetime], Sequence[Cell]]


async def export_list(organization: OrganizationFacts, listed: List) -> AsyncIterator[bytes]:
    """UTF-8 with a byte order mark, lines ended by CRLF (RFC 4180), a line of column names first.

    Amounts are plain decimals beside their currency, instants RFC 3339 in UTC, and what a spreadsheet would take
    for a formula begins with an apostrophe. Oldest first.
    """
    yield (BYTE_ORDER_MARK + _lines([listed.columns])).encode()
    page = PageRequest(PAGE)
    while True:
        rows = await db.fetch_page(listed.sql, "true", listed.order, page, organization.id)
        found = rows[:PAGE]
        if found:
            yield _lines([[_text(cell) for cell in listed.cells(row, organization.now)] for row in found]).encode()
        if len(rows) <= PAGE:
            return
        page = replace(page, after=tuple(found[-1][key] for key in listed.order))


def _statement(row: db.Row, _: datetime) -> list[Cell]:
    return [
        row["month"],
        row["starts_at"],
        row["ends_at"],
        row["time_zone"],
        row["outcome"],
        row["peak_seats"],
        row["peak_reached_at"],
        row["closed_at"],
        row["invoice"],
        row["parked_reason"],
    ]


def _invoice(row: db.Row, now: datetime) -> list[Cell]:
    document, currency = orjson.loads(row["document"]), row["currency"]
    vat, payer = document["vat"], document["payer"]
    return [
        row["number"],
        document["month"],
        row["issued_at"],
        row["due_at"],
        invoice_state(row["total"], row["credited"], row["paid"], row["due_at"], now).value,
        currency,
        *(_plain(row[name], currency) for name in ("subtotal", "discount", "total", "vat_net", "vat_amount")),
        Decimal(vat["rate"]),
        "yes" if vat["included"] else "no",
        *(_plain(row[name], currency) for name in ("credited", "paid")),
        _plain(row["due"] - row["paid"], currency),
        document["peak"]["seats"],
        datetime.fromisoformat(document["peak"]["reachedAt"]),
        payer["legalName"],
        payer["taxNumber"],
        row["replaces"],
        row["digest"],
    ]


def _payment(row: db.Row, _: datetime) -> list[Cell]:
    return [
        row["external_reference"],
        row["received_at"],
        row["currency"],
        _plain(row["amount"], row["currency"]),
        row["recorded_at"],
        row["recorded_by"],
        row["settled"],
        row["reversed_at"],
        row["reason"],
    ]


STATEMENTS = List(
    "statements",
    (
        "month", "period_start", "period_end", "time_zone", "outcome", "peak_seats", "peak_reached_at", "closed_at",
        "invoice", "parked_reason",
    ),
    """
    SELECT statement.id, statement.month, statement.starts_at, statement.ends_at, statement.time_zone,
           statement.outcome, statement.peak_seats, statement.peak_reached_at, statement.closed_at,
           statement.parked_reason, invoice.number AS invoice
    FROM statements AS statement
    LEFT JOIN invoices AS invoice ON invoice.statement_id = statement.id
         AND NOT EXISTS (SELECT FROM invoices AS later WHERE later.replaces_id = invoice.id)
    WHERE statement.organization_id = $1
    """,
    ("starts_at", "id"),
    _statement,
)  # fmt: skip
INVOICES = List(
    "invoices",
    (
        "number", "month", "issued_at", "due_at", "state", "currency", "subtotal", "discount", "total", "vat_net",
        "vat_amount", "vat_rate", "vat_included", "credited", "paid", "unpaid", "peak_seats", "peak_reached_at",
        "payer", "payer_tax_number", "replaces", "digest",
    ),
    """
    SELECT invoice.id, invoice.number, invoice.issued_at, invoice.due_at, invoice.currency, invoice.subtotal,
           (SELECT coalesce(sum((taken ->> 'amount')::numeric), 0)
            FROM jsonb_array_elements(invoice.document -> 'discounts') AS taken) AS discount,
           invoice.total, invoice.vat_net, invoice.vat_amount, account.credited, account.paid, account.due,
           invoice.document, replaced.number AS replaces, invoice.digest
    FROM invoices AS invoice
    JOIN invoice_accounts AS account ON account.id = invoice.id AND account.organization_id = $1
    LEFT JOIN invoices AS replaced ON replaced.id = invoice.replaces_id
    WHERE invoice.organization_id = $1
    """,
    ("issued_at", "id"),
    _invoice,
)  # fmt: skip
PAYMENTS = List(
    "payments",
    (
        "external_reference", "received_at", "currency", "amount", "recorded_at", "recorded_by", "settled_invoices",
        "reversed_at", "reversal_reason",
    ),
    """
    SELECT payment.id, payment.external_reference, payment.received_at, payment.currency, payment.amount,
           payment.recorded_at, payment.recorded_by, settled.numbers AS settled, reversal.reversed_at, reversal.reason
    FROM payments AS payment
    LEFT JOIN payment_reversals AS reversal ON reversal.payment_id = payment.id
    LEFT JOIN (
        SELECT allocation.payment_id,
               string_agg(invoice.number, ' ' ORDER BY invoice.issued_at, invoice.number) AS numbers
        FROM payment_allocations AS allocation JOIN invoices AS invoice ON invoice.id = allocation.invoice_id
        WHERE allocation.organization_id = $1 GROUP BY allocation.payment_id
    ) AS settled ON settled.payment_id = payment.id
    WHERE payment.organization_id = $1
    """,
    ("received_at", "id"),
    _payment,
)  # fmt: skip


def _plain(amount: Decimal, currency: str) -> Decimal:
    """With the currency's decimals."""
    return Money(amount, currency).rounded().amount


def _text(cell: Cell) -> str:
    """A number is one, whatever its sign; text is made safe."""
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return instant_text(cell)
    return safe_cell(cell) if isinstance(cell, str) else f"{cell:f}" if isinstance(cell, Decimal) else str(cell)


def _lines(rows: Sequence[Sequence[Any]]) -> str:
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue()
