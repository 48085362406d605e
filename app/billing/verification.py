"""Verifying and explaining issued invoices, many at once (R5.6)."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from app import db
from app.billing.queries import InvoiceRow
from app.domain.documents import ClosedMonth, UnreadableError, read_document
from app.domain.explanation import Rise, explain_invoice
from app.domain.instants import TICK, instant_text
from app.domain.money import Money
from app.domain.seats import Interval, charged_interval
from app.domain.verification import LedgerFinding, Verification, verify_invoice
from app.seats.evidence import digest_ledgers, list_suspensions
from app.seats.peak import PeakQuestion, find_peaks
from app.seats.queries import find_peak_causes

LEDGER_GONE = (
    "The organization was purged, and its ledger with it: neither the peak nor the ledger's digest can be recomputed."
)


@dataclass(frozen=True, slots=True)
class RecordedMonth:
    """What the database says beside an invoice of its month and organization."""

    month: str
    starts_at: datetime
    ends_at: datetime
    time_zone: str
    peak_seats: int | None
    peak_reached_at: datetime | None
    trial_ends_at: datetime | None
    is_ledger_kept: bool


async def verify_invoices(invoices: Sequence[InvoiceRow]) -> dict[UUID, Verification]:
    """By id: what differs when each is recomputed from its document and the ledger. Few statements, however many."""
    months = {one.id: month for one in invoices if (month := _month_of(one)) is not None}
    recorded = await _find_recorded(invoices)
    kept = {one.id: months[one.id] for one in invoices if one.id in months and recorded[one.id].is_ledger_kept}
    ledgers = await _find_in_ledger(kept)
    return {
        one.id: Verification(
            (
                *verify_invoice(invoice_facts(one), ledgers.get(one.id)),
                *(_recorded_differences(months[one.id], recorded[one.id]) if one.id in months else ()),
            ),
            () if recorded[one.id].is_ledger_kept else (LEDGER_GONE,),
        )
        for one in invoices
    }


async def explain_invoices(invoices: Sequence[InvoiceRow]) -> dict[UUID, list[str]]:
    """By id, sentences for people on every line and on the peak, and on who raised it as far as the ledger is kept."""
    months = {one.id: month for one in invoices if (month := _month_of(one)) is not None}
    causes = await find_peak_causes(
        [(month.organization_id, month.peak.reached_at) for month in months.values() if month.peak.reached_at]
    )
    raised = {
        invoice_id: cause
        for invoice_id, month in months.items()
        if month.peak.reached_at and (cause := causes.get((month.organization_id, month.peak.reached_at)))
    }
    before = await _find_seats_before({invoice_id: months[invoice_id] for invoice_id in raised})
    rises = {
        invoice_id: Rise(cause.actor, cause.description, before[invoice_id]) for invoice_id, cause in raised.items()
    }
    return {one.id: explain_invoice(one.document, rises.get(one.id)) if one.id in months else [] for one in invoices}


def invoice_facts(invoice: InvoiceRow) -> dict[str, Any]:
    """An invoice in JSON's own types, as docs/evidence.md describes it; amounts exactly as stored."""
    replaces = {"id": str(invoice.replaces_id), "number": invoice.replaces_number} if invoice.replaces_id else None
    amounts = {
        "subtotal": invoice.subtotal,
        "total": invoice.total,
        "vatNet": invoice.vat_net,
        "vatAmount": invoice.vat_amount,
    }
    return {
        "id": str(invoice.id),
        "number": invoice.number,
        "issuedAt": instant_text(invoice.issued_at),
        "dueAt": instant_text(invoice.due_at),
        "currency": invoice.currency,
        **{name: _exact(Money(amount, invoice.currency)) for name, amount in amounts.items()},
        "replaces": replaces,
        "document": invoice.document,
        "ledgerDigest": invoice.ledger_digest,
        "digest": invoice.digest,
    }


def question_of(month: ClosedMonth) -> PeakQuestion:
    """The month's peak, by the bounds that its document says."""
    period = month.period
    charged = charged_interval(period.starts_at, period.ends_at, month.trial_ends_at)
    return PeakQuestion(month.organization_id, month.previous_start, period.starts_at, period.ends_at, charged)


def _month_of(invoice: InvoiceRow) -> ClosedMonth | None:
    try:
        return read_document(invoice.document)
    except UnreadableError:
        return None


def _exact(amount: Money) -> str:
    """With the currency's decimals, unless there are more."""
    rounded = amount.rounded()
    return str(rounded.amount if rounded == amount else amount.amount)


async def _find_recorded(invoices: Sequence[InvoiceRow]) -> dict[UUID, RecordedMonth]:
    rows = await db.fetch(
        """
        SELECT invoice.id, statement.month, statement.starts_at, statement.ends_at, statement.time_zone,
               statement.peak_seats, statement.peak_reached_at, organization.trial_ends_at,
               organization.purge_decided_at IS NULL AS is_ledger_kept
        FROM invoices AS invoice
        JOIN statements AS statement ON statement.id = invoice.statement_id
        JOIN organizations AS organization ON organization.id = invoice.organization_id
        WHERE invoice.id = ANY($1)
        """,
        [one.id for one in invoices],
    )
    return {row.pop("id"): RecordedMonth(**row) for row in rows}


async def _find_in_ledger(months: dict[UUID, ClosedMonth]) -> dict[UUID, LedgerFinding]:
    """What the ledger says now, by the one SQL definition of the peak; for each length of grace by itself."""
    found: dict[UUID, LedgerFinding] = {}
    for grace, ids in _by_grace(months).items():
        questions = [question_of(months[one]) for one in ids]
        peaks = await find_peaks(questions, grace, with_holders=True)
        digests = await digest_ledgers(questions, grace)
        suspended = await list_suspensions(questions)
        for one, digest, gaps, peak in zip(ids, digests, suspended, peaks, strict=True):
            found[one] = LedgerFinding(digest, tuple(gaps), peak)
    return found


async def _find_seats_before(months: dict[UUID, ClosedMonth]) -> dict[UUID, int]:
    """How many seats counted the instant before each peak: the peak of that one microsecond."""
    found: dict[UUID, int] = {}
    for grace, ids in _by_grace(months).items():
        peaks = await find_peaks([_just_before(months[one]) for one in ids], grace, with_holders=False)
        found |= {one: peak.seats for one, peak in zip(ids, peaks, strict=True)}
    return found


def _just_before(month: ClosedMonth) -> PeakQuestion:
    reached_at, asked = month.peak.reached_at, question_of(month)
    assert reached_at is not None, "it was raised at an instant"
    charged = Interval(reached_at - TICK, reached_at)
    return PeakQuestion(asked.organization_id, asked.previous_start, asked.starts_at, asked.ends_at, charged)


def _by_grace(months: dict[UUID, ClosedMonth]) -> dict[timedelta, list[UUID]]:
    grouped: dict[timedelta, list[UUID]] = defaultdict(list)
    for invoice_id, month in months.items():
        grouped[month.policies.grace].append(invoice_id)
    return grouped


def _recorded_differences(month: ClosedMonth, recorded: RecordedMonth) -> list[str]:
    """The statement, and the trial as far as the organization is there, must say what the document does."""
    period, peak = month.period, month.peak
    pairs = [
        ("month", str(period.month), recorded.month),
        ("period", _bounds(period.starts_at, period.ends_at), _bounds(recorded.starts_at, recorded.ends_at)),
        ("time zone", period.time_zone, recorded.time_zone),
        ("peak", _peak(peak.seats, peak.reached_at), _peak(recorded.peak_seats, recorded.peak_reached_at)),
    ]
    differences = [
        f"The document's {name} is {said}; its statement's is {found}." for name, said, found in pairs if said != found
    ]
    if recorded.is_ledger_kept and month.trial_ends_at != recorded.trial_ends_at:
        said, found = (str(one and instant_text(one)) for one in (month.trial_ends_at, recorded.trial_ends_at))
        differences.append(f"By the document the trial ended at {said}; by the organization at {found}.")
    return differences


def _bounds(starts_at: datetime, ends_at: datetime) -> str:
    return f"{instant_text(starts_at)} to {instant_text(ends_at)}"


def _peak(seats: int | None, reached_at: datetime | None) -> str:
    return f"{seats} at {instant_text(reached_at)}" if reached_at is not None else str(seats)
