"""Issuing invoices: number, document, digest and row, for a close, a retry and a replacement alike (R5.5, R5.6)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import orjson

from app import db
from app.billing.document import invoice_document
from app.billing.numbering import DocumentKind, DocumentNumber, take_numbers
from app.directory.queries import find_holder_groups
from app.domain import documents
from app.domain.costs import HolderGroups
from app.domain.documents import suspensions_of
from app.domain.invoice import PAYMENT_TERM
from app.domain.policies import Policies
from app.domain.seats import Interval
from app.events.service import Change
from app.faultpoints import fault_point
from app.organizations.service import LockedOrganization
from app.seats.evidence import digest_ledgers, list_suspensions
from app.seats.month import PricedMonth
from app.terms.queries import BillingProfile, Issuer


@dataclass(frozen=True, slots=True)
class Predecessor:
    """The invoice of the same statement that a new one replaces."""

    id: UUID
    number: str


@dataclass(frozen=True, slots=True)
class Bill:
    """A priced month to be charged to a payer, under the organization's lock."""

    statement_id: UUID
    organization: LockedOrganization
    priced: PricedMonth
    payer: BillingProfile
    replaces: Predecessor | None = None


@dataclass(frozen=True, slots=True)
class IssuedInvoice:
    id: UUID
    bill: Bill
    number: DocumentNumber
    draft: "Draft"
    ledger_digest: str

    @property
    def organization(self) -> LockedOrganization:
        """At the instant of issue, which was taken last (R5.5)."""
        return replace(self.bill.organization, at=self.number.issued_at)

    @property
    def due_at(self) -> datetime:
        return self.number.issued_at + PAYMENT_TERM

    def document_json(self) -> str:
        """As it is hashed, and stored."""
        numbered = {"number": str(self.number), "issuedAt": self.number.issued_at, "dueAt": self.due_at}
        return db.to_json(self.draft.parts | numbered)


@dataclass(frozen=True, slots=True)
class Draft:
    """A document without its number and instant, and what is in it as JSON, by key: others wait for the series of
    numbers while the rest is written."""

    document: dict[str, Any]
    parts: dict[str, Any]


async def issue_invoices(bills: Sequence[Bill], issuer: Issuer, policies: Policies) -> list[IssuedInvoice]:
    """Make an invoice of each bill, in order; not stored yet. Of one organization there is one bill at most.

    `policies` are those of the bills' periods. From here on others wait for the series of numbers.
    """
    if not bills:
        return []
    questions = [bill.priced.month.question() for bill in bills]
    suspended = await list_suspensions(questions)
    groups = await find_holder_groups([holder for bill in bills for holder in bill.priced.peak.holders])
    async with db.meanwhile(digest_ledgers(questions, policies.grace)) as digested:
        drafts = [_draft(bill, issuer, policies, gaps, groups) for bill, gaps in zip(bills, suspended, strict=True)]
    numbers = await take_numbers([bill.organization for bill in bills], issuer, DocumentKind.INVOICE)
    fault_point("close.numbers")
    return [
        IssuedInvoice(uuid4(), bill, number, draft, ledger_digest)
        for bill, number, draft, ledger_digest in zip(bills, numbers, drafts, digested.result(), strict=True)
    ]


async def store_invoices(invoices: Sequence[IssuedInvoice]) -> None:
    await store_invoice_rows(invoice_rows(invoices))


async def store_invoice_rows(rows: str) -> None:
    """Rows as `invoice_rows` gives them."""
    await db.fetch("INSERT INTO invoices SELECT * FROM jsonb_populate_recordset(NULL::invoices, $1::jsonb)", rows)


def invoice_rows(invoices: Sequence[IssuedInvoice]) -> str:
    """As JSON."""
    rows = [
        {
            "id": invoice.id,
            "organization_id": invoice.bill.organization.id,
            "statement_id": invoice.bill.statement_id,
            "series_id": invoice.number.series_id,
            "replaces_id": invoice.bill.replaces.id if invoice.bill.replaces else None,
            "year": invoice.number.year,
            "number_in_year": invoice.number.number_in_year,
            "number": str(invoice.number),
            "issued_at": invoice.number.issued_at,
            "due_at": invoice.due_at,
            "currency": invoice.draft.document["currency"],
            "subtotal": invoice.draft.document["subtotal"],
            "total": invoice.draft.document["total"],
            "vat_net": invoice.draft.document["vat"]["net"],
            "vat_amount": invoice.draft.document["vat"]["amount"],
            "document": orjson.Fragment(document),
            "ledger_digest": invoice.ledger_digest,
            "digest": documents.sha256(document + invoice.ledger_digest),
        }
        for invoice, document in ((invoice, invoice.document_json()) for invoice in invoices)
    ]
    return db.to_json(rows)


def issued_change(invoice: IssuedInvoice) -> Change:
    issued = {
        "invoiceId": invoice.id,
        "statementId": invoice.bill.statement_id,
        "number": str(invoice.number),
        "total": invoice.draft.document["total"],
        "currency": invoice.draft.document["currency"],
    }
    if invoice.bill.replaces is not None:
        issued["replacesId"] = invoice.bill.replaces.id
    return Change("invoice.issued", issued)


def _draft(
    bill: Bill, issuer: Issuer, policies: Policies, suspended: Sequence[Interval], groups: Mapping[UUID, HolderGroups]
) -> Draft:
    """Everything that the digest is over, but the ledger, the number and the instant."""
    replaced = bill.replaces
    document = {
        **invoice_document(bill.priced, policies, bill.payer, issuer, groups),
        "replaces": {"id": replaced.id, "number": replaced.number} if replaced is not None else None,
        "suspensions": suspensions_of(suspended, bill.priced.month.period),
    }
    return Draft(document, {key: orjson.Fragment(db.to_json(value)) for key, value in document.items()})
