"""Credit notes: an invoice, or a part of it, taken back (R5.5)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import orjson

from app import db
from app.billing.accounts import list_accounts
from app.billing.document import issuer_in
from app.billing.numbering import DocumentKind, DocumentNumber, take_numbers
from app.billing.payments import settle_account
from app.billing.queries import InvoiceRow, find_invoices
from app.domain.actor import Actor, Permission
from app.domain.credits import Credit, split_credit
from app.domain.documents import canonical_json, sha256
from app.domain.errors import ErrorCode, refuse
from app.domain.money import Money
from app.domain.policies import Policies
from app.domain.text import check_text
from app.events.service import Change
from app.faultpoints import fault_point
from app.organizations.service import LockedOrganization, lock_organization, record
from app.terms.queries import Issuer, load_tariff

MOST_REASON = 500
"""Characters."""


@dataclass(frozen=True, slots=True)
class CreditNoteRow:
    """A credit note as issued: `amount` is positive, VAT included; `document` is what is printed."""

    id: UUID
    organization_id: UUID
    invoice_id: UUID
    number: str
    issued_at: datetime
    issued_by: str
    currency: str
    amount: Decimal
    vat_net: Decimal
    vat_amount: Decimal
    reason: str
    document: dict[str, Any]
    digest: str


@dataclass(frozen=True, slots=True)
class IssuedCredit:
    id: UUID
    number: DocumentNumber
    invoice: InvoiceRow
    credit: Credit
    reason: str

    def change(self) -> Change:
        issued = {
            "creditNoteId": self.id,
            "invoiceId": self.invoice.id,
            "number": str(self.number),
            "amount": self.credit.amount.amount,
            "currency": self.credit.amount.currency,
        }
        return Change("credit_note.issued", issued)


async def issue_credit_note(
    actor: Actor, invoice_id: UUID, amount: Decimal | None, reason: str, policies: Policies
) -> UUID:
    """Take back an amount of an invoice, or (None) all that is left of it; also of a closed organization.

    Raises: DomainError FORBIDDEN for all but operators, NOT_FOUND, INVALID_INPUT for the amount or the reason, CONFLICT
    when nothing is left, and what `lock_organization` raises.
    """
    async with db.in_transaction():
        organization, invoice = await lock_invoice(actor, invoice_id)
        checked = check_text(reason, "The reason", MOST_REASON, "input", "reason")
        credit = split_credit(
            amount, _whole(invoice), await find_left(invoice), _vat_percent(invoice), "input", "amount"
        )
        issuer = (await load_tariff()).issuer
        before = await list_accounts([organization.id])
        note = await store_credit(actor, organization, invoice, credit, checked, issuer)
        organization = replace(organization, at=note.number.issued_at)
        await record(actor, organization, note.change(), *await settle_account(organization, before, policies))
    return note.id


async def lock_invoice(actor: Actor, invoice_id: UUID) -> tuple[LockedOrganization, InvoiceRow]:
    """An invoice to be corrected, and its organization under the lock.

    Raises: DomainError FORBIDDEN for all but operators, NOT_FOUND, and what `lock_organization` raises.
    """
    actor.require_operator()
    found = await find_invoices([invoice_id])
    if not found:
        raise refuse(ErrorCode.NOT_FOUND, "There is no such invoice.", "input", "invoiceId")
    organization = await lock_organization(actor, found[0].organization_id, Permission.PAYMENT_RECORD, even_closed=True)
    (invoice,) = await find_invoices([invoice_id])
    return organization, invoice


async def find_left(invoice: InvoiceRow) -> Credit:
    """What of an invoice was not credited yet."""
    row = await db.fetch_one(
        "SELECT coalesce(sum(amount), 0) AS amount, coalesce(sum(vat_amount), 0) AS vat FROM credit_notes "
        "WHERE organization_id = $1 AND invoice_id = $2",
        invoice.organization_id,
        invoice.id,
    )
    assert row is not None, "an aggregate answers"
    return _whole(invoice).less(_credit(row["amount"], row["vat"], invoice.currency))


async def store_credit(
    actor: Actor, organization: LockedOrganization, invoice: InvoiceRow, credit: Credit, reason: str, issuer: Issuer
) -> IssuedCredit:
    """Number and write a credit note; from here on others wait for the series of numbers."""
    (number,) = await take_numbers([organization], issuer, DocumentKind.CREDIT_NOTE)
    note = IssuedCredit(uuid4(), number, invoice, credit, reason)
    document = orjson.loads(db.to_json(_document(note, issuer)))
    row = {
        "id": note.id,
        "organization_id": invoice.organization_id,
        "invoice_id": invoice.id,
        "series_id": number.series_id,
        "year": number.year,
        "number_in_year": number.number_in_year,
        "number": str(number),
        "issued_at": number.issued_at,
        "issued_by": actor.name_in(invoice.organization_id),
        "currency": invoice.currency,
        "amount": credit.amount.amount,
        "vat_net": credit.net.amount,
        "vat_amount": credit.vat.amount,
        "reason": reason,
        "document": document,
        "digest": sha256(canonical_json(document)),
    }
    await db.fetch(
        "INSERT INTO credit_notes SELECT * FROM jsonb_populate_record(NULL::credit_notes, $1::jsonb)", db.to_json(row)
    )
    fault_point("credit_note.stored")
    return note


async def find_credit_notes(credit_note_ids: Sequence[UUID]) -> list[CreditNoteRow]:
    rows = await db.fetch(f"{_CREDIT_NOTES} WHERE id = ANY($1)", list(credit_note_ids))
    return [_credit_note(row) for row in rows]


async def list_credit_notes(invoice_ids: Sequence[UUID]) -> list[CreditNoteRow]:
    """Those of the invoices, in order of issue: one statement."""
    rows = await db.fetch(
        f"{_CREDIT_NOTES} WHERE invoice_id = ANY($1) ORDER BY issued_at, year, number_in_year", list(invoice_ids)
    )
    return [_credit_note(row) for row in rows]


_CREDIT_NOTES = """
    SELECT id, organization_id, invoice_id, number, issued_at, issued_by, currency, amount, vat_net, vat_amount, reason,
           document, digest
    FROM credit_notes
"""


def _document(note: IssuedCredit, issuer: Issuer) -> dict[str, Any]:
    """What is printed on a credit note, and hashed; amounts as text, the payer as on the invoice, the issuer as now."""
    invoice, credit = note.invoice, note.credit
    return {
        "version": 1,
        "organizationId": invoice.organization_id,
        "number": str(note.number),
        "issuedAt": note.number.issued_at,
        "invoice": {"id": invoice.id, "number": invoice.number, "digest": invoice.digest},
        "month": invoice.document["month"],
        "currency": invoice.currency,
        "amount": credit.amount.amount,
        "vat": {
            "rate": invoice.document["vat"]["rate"],
            "included": invoice.document["vat"]["included"],
            "net": credit.net.amount,
            "amount": credit.vat.amount,
        },
        "reason": note.reason,
        "payer": invoice.document["payer"],
        "issuer": issuer_in(issuer),
    }


def _vat_percent(invoice: InvoiceRow) -> Decimal:
    return Decimal(invoice.document["vat"]["rate"])


def _whole(invoice: InvoiceRow) -> Credit:
    return _credit(invoice.total, invoice.vat_amount, invoice.currency)


def _credit(amount: Decimal, vat: Decimal, currency: str) -> Credit:
    return Credit(Money(amount, currency).rounded(), Money(vat, currency).rounded())


def _credit_note(row: db.Row) -> CreditNoteRow:
    return CreditNoteRow(**{**row, "document": orjson.loads(row["document"])})
