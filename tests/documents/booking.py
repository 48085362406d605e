"""What is booked beside invoices, straight into the tables."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID, uuid4

from app import db


async def pay(organization_id: UUID, reference: str, amount: str, at: datetime) -> UUID:
    """A payment that was received and recorded at the instant."""
    payment_id = uuid4()
    await db.fetch(
        """
        INSERT INTO payments (id, organization_id, amount, currency, received_at, external_reference, recorded_at,
                              recorded_by)
        VALUES ($1, $2, $3, 'RUB', $4, $5, $4, 'operator:bank')
        """,
        payment_id,
        organization_id,
        Decimal(amount),
        at,
        reference,
    )
    return payment_id


async def reverse(organization_id: UUID, payment_id: UUID, reason: str, at: datetime) -> None:
    await db.fetch(
        """
        INSERT INTO payment_reversals (id, organization_id, payment_id, reason, reversed_at, reversed_by)
        VALUES (gen_random_uuid(), $1, $2, $3, $4, 'operator:bank')
        """,
        organization_id,
        payment_id,
        reason,
        at,
    )


async def credit(invoice_id: UUID, number: int, amount: str, reason: str, at: datetime) -> UUID:
    """A credit note of the year 2021 with VAT of 20 % inside, in the series of the invoice's clock."""
    note_id, whole = uuid4(), Decimal(amount)
    vat = round(whole * 20 / 120, 2)
    await db.fetch(
        """
        WITH series AS (
            INSERT INTO invoice_series (id, issuer_id, test_clock_id, kind)
            SELECT gen_random_uuid(), issuer_id, test_clock_id, 'CREDIT_NOTE'
            FROM invoice_series WHERE id = (SELECT series_id FROM invoices WHERE id = $2)
            ON CONFLICT (issuer_id, test_clock_id, kind) DO UPDATE SET kind = 'CREDIT_NOTE' RETURNING id
        )
        INSERT INTO credit_notes (id, organization_id, invoice_id, series_id, year, number_in_year, number, issued_at,
                                  issued_by, currency, amount, vat_net, vat_amount, reason, document, digest)
        SELECT $1, invoice.organization_id, $2, series.id, 2021, $3::int, 'CN-2021-' || lpad($3::text, 6, '0'),
               $4::timestamptz, 'operator:bank', invoice.currency, $5, $5 - $6::numeric, $6, $7, invoice.document,
               repeat('cd', 32)
        FROM invoices AS invoice, series WHERE invoice.id = $2
        """,
        note_id,
        invoice_id,
        number,
        at,
        whole,
        vat,
        reason,
    )
    return note_id
