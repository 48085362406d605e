"""Invariant 2, and the document's part of 4: every invoice by itself, one after the other.

Lines and sums by arithmetic of its own, and everything once more by the domain's draft (R5.1, R5.6), which knows the
discounts too.
"""

import hashlib
from collections.abc import AsyncIterator
from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal, localcontext
from typing import Any

import asyncpg
import orjson

from app import db
from app.checks.check import Check, Look, Row
from app.domain.documents import amounts_of, read_document
from app.domain.invoice import draft_invoice, share_charged
from app.domain.money import MINOR_UNIT_DIGITS

_INVOICES = """
    SELECT invoice.organization_id, invoice.id, invoice.number, invoice.currency, invoice.subtotal, invoice.total,
           invoice.vat_net, invoice.vat_amount, invoice.document, invoice.ledger_digest, invoice.digest,
           period.grace_seconds, period.is_first_month_prorated,
           CASE WHEN organization.purge_decided_at IS NULL THEN organization.trial_ends_at END AS trial_ends_at
    FROM invoices AS invoice JOIN organizations AS organization ON organization.id = invoice.organization_id
    LEFT JOIN billing_periods AS period
      ON period.organization_id = organization.id AND period.month = invoice.document ->> 'month'
    WHERE $1::uuid[] IS NULL OR invoice.organization_id = ANY($1)
    ORDER BY invoice.organization_id, invoice.issued_at
"""
"""What the month was closed by is null once the organization's data are deleted, or about to be."""


async def find_wrong_sums(look: Look) -> AsyncIterator[Row]:
    """Invoices that do not add up, with every reason."""
    async for invoice in look.connection.cursor(_INVOICES, look.organization_ids):
        with localcontext(prec=60):
            reasons = _flaws(invoice, orjson.loads(invoice["document"]))
        if reasons:
            yield _broken(invoice) | {"reasons": reasons}


async def find_other_documents(look: Look) -> AsyncIterator[Row]:
    """Invoices whose document is not the one that was hashed."""
    async for invoice in look.connection.cursor(_INVOICES, look.organization_ids):
        document = db.to_json(orjson.loads(invoice["document"]))
        if hashlib.sha256((document + invoice["ledger_digest"]).encode()).hexdigest() != invoice["digest"]:
            yield _broken(invoice)


def _flaws(invoice: asyncpg.Record, document: dict[str, Any]) -> list[str]:
    reasons: list[str] = []
    for find in (_wrong_sums, _other_draft):
        try:
            reasons += find(invoice, document)
        except (LookupError, TypeError, ValueError, AttributeError, ArithmeticError):
            reasons.append("the document is none of an invoice")
    return list(dict.fromkeys(reasons))


def _other_draft(invoice: asyncpg.Record, document: dict[str, Any]) -> list[str]:
    """Everything that the domain's own draft has otherwise, discounts and the choice of the list among it.

    Raises: UnreadableError, ValueError.
    """
    month = read_document(document)
    draft = draft_invoice(month.peak.seats, month.terms)
    share = share_charged(
        month.period, month.trial_ends_at or month.period.starts_at, month.policies.prorate_first_month
    )
    drafted = orjson.loads(db.to_json(amounts_of(draft)))
    facts = {f"{name}: not what the terms make of the peak": document[name] == drafted[name] for name in drafted}
    policies = (month.policies.grace // timedelta(seconds=1), month.policies.prorate_first_month)
    facts["the list is not the cheapest of the terms"] = month.priced_by == draft.prices.id
    facts["the share charged is not that of the policies and the trial"] = month.terms.charged_share == share
    facts["the policies are not those of the close"] = policies == (
        policies[0] if invoice["grace_seconds"] is None else invoice["grace_seconds"],
        policies[1] if invoice["is_first_month_prorated"] is None else invoice["is_first_month_prorated"],
    )
    facts["the trial is not the organization's"] = invoice["trial_ends_at"] in (None, month.trial_ends_at)
    return [reason for reason, is_true in facts.items() if not is_true]


def _wrong_sums(invoice: asyncpg.Record, document: dict[str, Any]) -> list[str]:
    currency, vat = document["currency"], document["vat"]
    subtotal, total = Decimal(document["subtotal"]), Decimal(document["total"])
    net, tax, rate = Decimal(vat["net"]), Decimal(vat["amount"]), Decimal(vat["rate"])
    lines = [Decimal(line["amount"]) for line in document["lines"]]
    discounts = [Decimal(discount["amount"]) for discount in document["discounts"]]
    due = subtotal - sum(discounts)
    taxed = due * rate / (100 + rate) if vat["included"] else due * rate / 100
    facts = {
        "the columns are not the document's": (
            (invoice["currency"], invoice["subtotal"], invoice["total"], invoice["vat_net"], invoice["vat_amount"])
            == (currency, subtotal, total, net, tax)
        ),
        "the lines are not the terms applied to the peak": _lines(document) == _priced(document),
        "the subtotal is not the sum of the lines": subtotal == sum(lines),
        "a discount is not above zero": all(discount > 0 for discount in discounts),
        "the discounts are more than the lines": due >= 0,
        "the total is not lines less discounts, with the VAT that is on top": (
            total == (due if vat["included"] else due + tax)
        ),
        "the VAT is not its rate": tax == _rounded(taxed, currency),
        "net and VAT are not the total": net + tax == total,
        "the rate is not that of the terms": rate == Decimal(document["terms"]["vatPercent"]),
        "the holders are not as many as the peak": len(document["peak"]["holders"]) == document["peak"]["seats"],
    }
    return [reason for reason, is_true in facts.items() if not is_true]


def _lines(document: dict[str, Any]) -> list[tuple[int, Decimal, Decimal, Decimal]]:
    return [
        (line["quantity"], Decimal(line["unitPrice"]), Decimal(line["flatAmount"]), Decimal(line["amount"]))
        for line in document["lines"]
    ]


def _priced(document: dict[str, Any]) -> list[tuple[int, Decimal, Decimal, Decimal]]:
    """How many seats fall in each tier, at its price, each tier rounded (R4.3, R4.4, R4.6)."""
    seats, prices = document["peak"]["seats"], _pricing_list(document)
    numerator, denominator = document["terms"]["chargedShare"]
    if prices is None or seats <= prices["freeThreshold"]:
        return []
    lines, begins = [], 0
    for tier in prices["tiers"]:
        ends = min(seats, tier["upTo"]) if tier["upTo"] is not None else seats
        unit, flat = Decimal(tier["unitPrice"]), Decimal(tier["flatAmount"])
        amount = (unit * (ends - begins) + flat) * numerator / denominator
        if ends > begins:
            lines.append((ends - begins, unit, flat, _rounded(amount, document["currency"])))
            begins = ends
    return lines


def _pricing_list(document: dict[str, Any]) -> dict[str, Any] | None:
    """Which of the lists of the terms the lines are of; documents without a version know one."""
    terms = document["terms"]
    priced_by = document.get("pricedBy", terms["priceList"]["id"])
    lists = [terms["priceList"], *terms.get("alternatives", [])]
    return next((prices for prices in lists if prices["id"] == priced_by), None)


def _rounded(amount: Decimal, currency: str) -> Decimal:
    return amount.quantize(Decimal(1).scaleb(-MINOR_UNIT_DIGITS[currency]), rounding=ROUND_HALF_UP)


def _broken(invoice: asyncpg.Record) -> Row:
    return {"organization_id": invoice["organization_id"], "invoice_id": invoice["id"], "number": invoice["number"]}


INVOICES = (
    Check(
        2,
        "lines and discounts are the terms applied to the peak, and with VAT they are the total",
        find=find_wrong_sums,
    ),
    Check(4, "the document of an invoice gives its stored digest", find=find_other_documents),
)
