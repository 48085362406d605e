"""Finding what stands on a document: the stored invoice, what became of it, and the ledger while it is there."""

from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any
from uuid import UUID

from app import db
from app.billing.queries import InvoiceRow
from app.documents.content import (
    Credit,
    InvoicePaper,
    Issuer,
    PaperDiscount,
    PaperLine,
    PaperPeak,
    PaperVat,
    Payer,
    PeakCause,
    SeatChart,
)
from app.domain.documents import interval_from
from app.domain.errors import DomainError
from app.domain.lifecycle import OrganizationState
from app.domain.period import parse_month
from app.domain.policies import Policies
from app.domain.seats import Interval, pause_steps, suspended_stretches
from app.organizations.queries import OrganizationFacts
from app.seats.queries import find_peak_cause
from app.seats.timeline import load_timeline
from app.terms.queries import find_issuer

_LEDGER_GONE = frozenset({OrganizationState.PURGING, OrganizationState.PURGED})


async def load_invoice(organization: OrganizationFacts, invoice: InvoiceRow) -> InvoicePaper:
    """The invoice as issued, with the credit notes and the replacement there are by now."""
    document = invoice.document
    period, vat, prices = document["period"], document["vat"], priced_by(document)
    chain = await _find_chain(invoice.id)
    return InvoicePaper(
        number=invoice.number,
        issued_at=invoice.issued_at,
        due_at=invoice.due_at,
        month=document["month"],
        starts_at=datetime.fromisoformat(period["startsAt"]),
        ends_at=datetime.fromisoformat(period["endsAt"]),
        time_zone=period["timeZone"],
        currency=invoice.currency,
        issuer=await issuer_of(document),
        payer=payer_of(document),
        price_list=prices["name"],
        free_threshold=prices["freeThreshold"],
        charged_share=Fraction(*document["terms"]["chargedShare"]),
        lines=tuple(_line(one) for one in document["lines"]),
        subtotal=invoice.subtotal,
        discounts=tuple(PaperDiscount(one["description"], Decimal(one["amount"])) for one in document["discounts"]),
        vat=PaperVat(Decimal(vat["rate"]), vat["included"], Decimal(vat["net"]), Decimal(vat["amount"])),
        total=invoice.total,
        peak=await _load_peak(organization, document),
        suspended=_suspended(document),
        chart=await _load_chart(organization, document),
        digest=invoice.digest,
        replaces=chain["replaces"],
        replaced_by=chain["replaced_by"],
        credits=await _list_credits(invoice.id),
    )


def payer_of(document: dict[str, Any]) -> Payer:
    """Who pays, as printed on an invoice."""
    payer = document["payer"]
    return Payer(payer["legalName"], payer["kind"], payer["taxNumber"], payer["address"], payer["bankDetails"])


async def issuer_of(document: dict[str, Any]) -> Issuer:
    """Who a document is from, as printed on it; one of before the issuer's zone was written down has that of now."""
    issuer = document["issuer"]
    zone = issuer["timeZone"] if "timeZone" in issuer else (await find_issuer()).time_zone
    return Issuer(issuer["name"], issuer["taxNumber"], issuer["address"], issuer.get("bankDetails", ""), zone)


def priced_by(document: dict[str, Any]) -> dict[str, Any]:
    """The price list that the lines are of: of those that were compared the one named, or the only one."""
    terms = document["terms"]
    lists: list[dict[str, Any]] = [terms["priceList"], *terms.get("alternatives", [])]
    return next((one for one in lists if one["id"] == document.get("pricedBy")), lists[0])


def _suspended(document: dict[str, Any]) -> tuple[Interval, ...]:
    """None in documents of before version 2, which do not say."""
    return tuple(interval_from(one) for one in document.get("suspensions", ()))


def _line(line: dict[str, Any]) -> PaperLine:
    return PaperLine(
        line["description"],
        line["quantity"],
        Decimal(line["unitPrice"]),
        Decimal(line["flatAmount"]),
        Decimal(line["amount"]),
    )


async def _find_chain(invoice_id: UUID) -> db.Row:
    """The numbers of the invoice that it replaces, and of the one that replaces it."""
    row = await db.fetch_one(
        """
        SELECT replaced.number AS replaces, replacing.number AS replaced_by
        FROM invoices AS invoice
        LEFT JOIN invoices AS replaced ON replaced.id = invoice.replaces_id
        LEFT JOIN invoices AS replacing ON replacing.replaces_id = invoice.id
        WHERE invoice.id = $1
        """,
        invoice_id,
    )
    assert row is not None, "the invoice was found just now, and none is deleted but after years"
    return row


async def _list_credits(invoice_id: UUID) -> tuple[Credit, ...]:
    """Oldest first."""
    rows = await db.fetch(
        "SELECT number, issued_at, amount FROM credit_notes WHERE invoice_id = $1 ORDER BY issued_at, number_in_year",
        invoice_id,
    )
    return tuple(Credit(row["number"], row["issued_at"], row["amount"]) for row in rows)


async def _load_peak(organization: OrganizationFacts, document: dict[str, Any]) -> PaperPeak:
    reached_at = datetime.fromisoformat(document["peak"]["reachedAt"])
    row = await find_peak_cause(organization.id, reached_at)
    cause = None
    if row is not None:
        cause = PeakCause(row.actor, row.description, tuple(str(one) for one in row.member_ids))
    is_carried = cause is None and organization.state not in _LEDGER_GONE
    return PaperPeak(document["peak"]["seats"], reached_at, cause, is_carried)


async def _load_chart(organization: OrganizationFacts, document: dict[str, Any]) -> SeatChart | None:
    """None once the ledger is gone, in whole or in part (R1.8)."""
    if organization.state in _LEDGER_GONE:
        return None
    kept = document["policies"]
    policies = Policies(timedelta(seconds=kept["graceSeconds"]), kept["prorateFirstMonth"])
    try:
        timeline = await load_timeline(organization, parse_month(document["month"]), policies)
    except DomainError:  # its periods were deleted meanwhile
        return None
    period, peak = timeline.period, document["peak"]
    stretches = suspended_stretches(_suspended(document), Interval(period.starts_at, period.ends_at))
    steps = pause_steps(timeline.steps, stretches, period.ends_at)
    if max((seats for _, seats in steps), default=0) < peak["seats"]:
        return None
    return SeatChart(
        period.starts_at,
        period.ends_at,
        period.time_zone,
        tuple(steps),
        peak["seats"],
        datetime.fromisoformat(peak["reachedAt"]),
        priced_by(document)["freeThreshold"],
        tuple(stretches),
    )
