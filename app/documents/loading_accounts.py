"""Finding what stands on a credit note and on the account of a quarter."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import orjson

from app import db
from app.documents.content import AccountPaper, CreditNotePaper, Issuer, PaperVat, Payer
from app.documents.loading import issuer_of, payer_of
from app.domain.bookkeeping import Entry, EntryKind, state_account
from app.domain.errors import DomainError, ErrorCode
from app.domain.quarter import Quarter
from app.organizations.queries import OrganizationFacts
from app.terms.queries import find_billing_profiles, find_issuer


@dataclass(frozen=True, slots=True)
class CreditNoteRow:
    """A credit note with what is printed of its invoice; `document` is its own."""

    organization_id: UUID
    number: str
    issued_at: datetime
    currency: str
    amount: Decimal
    vat_net: Decimal
    vat_amount: Decimal
    reason: str
    digest: str
    invoice_number: str
    invoice_issued_at: datetime
    document: dict[str, Any]


async def find_credit_note(credit_note_id: UUID) -> CreditNoteRow | None:
    row = await db.fetch_one(
        """
        SELECT note.organization_id, note.number, note.issued_at, note.currency, note.amount, note.vat_net,
               note.vat_amount, note.reason, note.digest, invoice.number AS invoice_number,
               invoice.issued_at AS invoice_issued_at, note.document
        FROM credit_notes AS note JOIN invoices AS invoice ON invoice.id = note.invoice_id WHERE note.id = $1
        """,
        credit_note_id,
    )
    return CreditNoteRow(**{**row, "document": orjson.loads(row["document"])}) if row is not None else None


async def load_credit_note(note: CreditNoteRow) -> CreditNotePaper:
    """As issued: to whom and at which rate its invoice was."""
    vat = note.document["vat"]
    return CreditNotePaper(
        number=note.number,
        issued_at=note.issued_at,
        invoice_number=note.invoice_number,
        invoice_issued_at=note.invoice_issued_at,
        month=note.document["month"],
        currency=note.currency,
        issuer=await issuer_of(note.document),
        payer=payer_of(note.document),
        reason=note.reason,
        amount=note.amount,
        vat=PaperVat(Decimal(vat["rate"]), vat["included"], note.vat_net, note.vat_amount),
        digest=note.digest,
    )


async def load_account(organization: OrganizationFacts, quarter: Quarter) -> AccountPaper:
    """The account of the quarter, up to the organization's now while it lasts.

    Raises: DomainError NOT_FOUND for a quarter that has not begun, or was over before the organization was there.
    """
    since, ends_at = quarter.bounds(organization.time_zone)
    if organization.now < since or ends_at <= organization.created_at:
        raise DomainError(ErrorCode.NOT_FOUND, f"This organization has no account of {quarter}.")
    until = min(ends_at, organization.now)
    issuer = await find_issuer()
    return AccountPaper(
        quarter=quarter,
        since=since,
        until=until,
        is_running=organization.now < ends_at,
        time_zone=organization.time_zone,
        currency=organization.currency,
        issuer=Issuer(issuer.name, issuer.tax_number, issuer.address, issuer.bank_details, issuer.time_zone),
        payer=await _find_payer(organization.id),
        organization=organization.name,
        account=state_account(await _list_entries(organization.id), since, until),
    )


async def _find_payer(organization_id: UUID) -> Payer | None:
    """As the billing profile says; after a purge as the last invoice was made out to."""
    profile = (await find_billing_profiles([organization_id])).get(organization_id)
    if profile is not None:
        return Payer(profile.legal_name, profile.kind, profile.tax_number, profile.address, profile.bank_details)
    row = await db.fetch_one(
        "SELECT document FROM invoices WHERE organization_id = $1 ORDER BY issued_at DESC, id LIMIT 1", organization_id
    )
    return payer_of(orjson.loads(row["document"])) if row is not None else None


async def _list_entries(organization_id: UUID) -> list[Entry]:
    """Everything that was ever booked. A payment is booked when it was received, a reversal when it was made."""
    rows = await db.fetch(
        """
        SELECT 'INVOICE' AS kind, issued_at AS at, number AS reference, total AS amount, due_at, NULL AS about
        FROM invoices WHERE organization_id = $1
        UNION ALL
        SELECT 'CREDIT_NOTE', note.issued_at, note.number, note.amount, NULL, invoice.number
        FROM credit_notes AS note JOIN invoices AS invoice ON invoice.id = note.invoice_id
        WHERE note.organization_id = $1
        UNION ALL
        SELECT 'PAYMENT', received_at, external_reference, amount, NULL, NULL
        FROM payments WHERE organization_id = $1
        UNION ALL
        SELECT 'REVERSAL', reversal.reversed_at, payment.external_reference, payment.amount, NULL, NULL
        FROM payment_reversals AS reversal JOIN payments AS payment ON payment.id = reversal.payment_id
        WHERE reversal.organization_id = $1
        """,
        organization_id,
    )
    return [Entry(**{**row, "kind": EntryKind(row["kind"])}) for row in rows]
