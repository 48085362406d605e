"""Credit notes by themselves: 2, that they are what they print, and the document's part of 4."""

import hashlib
from collections.abc import AsyncIterator
from datetime import datetime
from decimal import Decimal
from typing import Any

import asyncpg
import orjson

from app import db
from app.checks.check import Check, Look, Row

_CREDIT_NOTES = """
    SELECT note.organization_id, note.id, note.number, note.issued_at, note.currency, note.amount, note.vat_net,
           note.vat_amount, note.reason, note.document, note.digest, invoice.id AS invoice_id,
           invoice.number AS invoice_number, invoice.digest AS invoice_digest, invoice.document AS invoice_document
    FROM credit_notes AS note JOIN invoices AS invoice ON invoice.id = note.invoice_id
    WHERE $1::uuid[] IS NULL OR note.organization_id = ANY($1)
    ORDER BY note.organization_id, note.issued_at
"""


async def find_misprints(look: Look) -> AsyncIterator[Row]:
    """Credit notes whose document is not what is stored of them and of their invoice, with every reason."""
    async for note in look.connection.cursor(_CREDIT_NOTES, look.organization_ids):
        try:
            reasons = _flaws(note, orjson.loads(note["document"]), orjson.loads(note["invoice_document"]))
        except (LookupError, TypeError, ValueError, AttributeError, ArithmeticError):
            reasons = ["the document is none of a credit note"]
        if reasons:
            yield _broken(note) | {"reasons": reasons}


async def find_other_documents(look: Look) -> AsyncIterator[Row]:
    """Credit notes whose document is not the one that was hashed."""
    async for note in look.connection.cursor(_CREDIT_NOTES, look.organization_ids):
        document = db.to_json(orjson.loads(note["document"]))
        if hashlib.sha256(document.encode()).hexdigest() != note["digest"]:
            yield _broken(note)


def _flaws(note: asyncpg.Record, document: dict[str, Any], invoice: dict[str, Any]) -> list[str]:
    vat = document["vat"]
    amount, net, tax = Decimal(document["amount"]), Decimal(vat["net"]), Decimal(vat["amount"])
    facts = {
        "the columns are not the document's": (
            (note["number"], note["currency"], note["amount"], note["vat_net"], note["vat_amount"], note["reason"])
            == (document["number"], document["currency"], amount, net, tax, document["reason"])
        ),
        "the instant is not the document's": note["issued_at"] == datetime.fromisoformat(document["issuedAt"]),
        "the organization is not the document's": str(note["organization_id"]) == document["organizationId"],
        "net and VAT are not the amount": net + tax == amount,
        "the VAT is below zero or above the amount": 0 <= tax <= amount,
        "the invoice is not the one that it names": (
            {"id": str(note["invoice_id"]), "number": note["invoice_number"], "digest": note["invoice_digest"]}
            == document["invoice"]
        ),
        "the month or the payer is not the invoice's": all(
            document[name] == invoice[name] for name in ("month", "payer")
        ),
        "the rate is not the invoice's": all(vat[name] == invoice["vat"][name] for name in ("rate", "included")),
    }
    return [reason for reason, is_true in facts.items() if not is_true]


def _broken(note: asyncpg.Record) -> Row:
    return {"organization_id": note["organization_id"], "credit_note_id": note["id"], "number": note["number"]}


CREDIT_NOTES = (
    Check(2, "a credit note is what its document says, of the invoice that it names", find=find_misprints),
    Check(4, "the document of a credit note gives its stored digest", find=find_other_documents),
)
