"""Closing periods: one statement for each, and an invoice where there is something to pay (R5.4, R5.7)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID, uuid4

from app import db
from app.billing.document import digest_of, invoice_document
from app.billing.numbering import InvoiceNumber, take_numbers
from app.domain.actor import Actor
from app.domain.errors import DomainError
from app.domain.invoice import PAYMENT_TERM, Outcome, closes_at, outcome_of
from app.domain.period import BillingPeriod, next_period
from app.domain.policies import Policies
from app.events.service import Change
from app.faultpoints import fault_point
from app.organizations.queries import list_periods
from app.organizations.service import LockedOrganization, insert_periods, lock_organizations, record_all
from app.seats.evidence import digest_ledgers
from app.seats.month import PricedMonth, month_from, price_months
from app.terms.queries import BillingProfile, Issuer, Tariff, find_billing_profiles, load_tariff


@dataclass(frozen=True, slots=True)
class Closing:
    """A period about to be closed, and how it ends."""

    statement_id: UUID
    organization: LockedOrganization
    period: BillingPeriod
    outcome: Outcome
    priced: PricedMonth | None
    payer: BillingProfile | None
    parked_reason: str | None


@dataclass(frozen=True, slots=True)
class IssuedInvoice:
    id: UUID
    closing: Closing
    number: InvoiceNumber
    document: dict[str, Any]
    ledger_digest: str


async def close_periods(
    actor: Actor, organization_ids: Sequence[UUID], policies: Policies, *, during_advance: bool
) -> int:
    """Close the period of each of the organizations whose period is over; of one organization one period.

    A fixed number of statements, however many organizations, in one transaction: a crash leaves nothing, and
    an organization that another worker has in hand is left to it (R5.7). Returns how many were closed.
    """
    async with db.in_transaction():
        organizations = await lock_organizations(organization_ids, during_advance=during_advance)
        tariff = await load_tariff()
        closings = await _decide_closings(organizations, tariff, policies)
        if not closings:
            return 0
        invoices = await _issue_invoices(closings, tariff.issuer, policies)
        closings = _at_issue(closings, invoices)
        await _store_statements(closings)
        fault_point("close.statements")
        await _store_invoices(invoices)
        fault_point("close.invoices")
        await _open_next_periods(closings, policies)
        fault_point("close.periods")
        await record_all(actor, [(one.organization, _changes(one, invoices.get(one.statement_id))) for one in closings])
        fault_point("close.recorded")
    return len(closings)


async def _decide_closings(
    organizations: Sequence[LockedOrganization], tariff: Tariff, policies: Policies
) -> list[Closing]:
    """What is due under the lock; asked again there, for it may have been done meanwhile."""
    opened = await _find_open_periods([organization.id for organization in organizations])
    due = [
        organization
        for organization in organizations
        if organization.facts.lifecycle.purge_decided_at is None
        and organization.id in opened
        and closes_at(opened[organization.id], policies.grace) <= organization.at
    ]
    if not due:
        return []
    recorded = await list_periods([organization.id for organization in due])
    months = [month_from(one.facts, opened[one.id], recorded[one.id]) for one in due]
    priced = await price_months(months, tariff, policies)
    payers = await find_billing_profiles([organization.id for organization in due])
    return [
        _closing(organization, opened[organization.id], outcome, payers.get(organization.id))
        for organization, outcome in zip(due, priced, strict=True)
    ]


def _closing(
    organization: LockedOrganization,
    period: BillingPeriod,
    priced: PricedMonth | DomainError,
    payer: BillingProfile | None,
) -> Closing:
    """PARKED when it cannot be priced, or when there is nobody to bill (R5.4)."""
    trial_ends_at = organization.facts.lifecycle.trial_ends_at
    assert trial_ends_at is not None, "a period is opened by the activation"
    if isinstance(priced, DomainError):
        return Closing(uuid4(), organization, period, Outcome.PARKED, None, None, priced.message)
    outcome = outcome_of(priced.draft, period, trial_ends_at)
    if outcome is Outcome.BILLED and payer is None:
        return Closing(
            uuid4(), organization, period, Outcome.PARKED, None, None, "There is no billing profile to bill."
        )
    return Closing(uuid4(), organization, period, outcome, priced, payer, None)


async def _issue_invoices(closings: Sequence[Closing], issuer: Issuer, policies: Policies) -> dict[UUID, IssuedInvoice]:
    """An invoice for each BILLED closing, by statement id."""
    billed = [closing for closing in closings if closing.outcome is Outcome.BILLED]
    if not billed:
        return {}
    months = [closing.priced.month for closing in billed if closing.priced]
    ledger_digests = await digest_ledgers([month.question() for month in months], policies.grace)
    numbers = await take_numbers([closing.organization for closing in billed], issuer)
    fault_point("close.numbers")
    return {
        closing.statement_id: IssuedInvoice(
            uuid4(),
            closing,
            number,
            invoice_document(closing.priced, policies, closing.payer, issuer),
            ledger_digest,
        )
        for closing, number, ledger_digest in zip(billed, numbers, ledger_digests, strict=True)
        if closing.priced and closing.payer
    }


def _at_issue(closings: Sequence[Closing], invoices: dict[UUID, IssuedInvoice]) -> list[Closing]:
    """A close and its invoice have one instant: the invoice's, which was taken last (R5.5)."""
    return [
        replace(
            closing,
            organization=replace(closing.organization, at=invoices[closing.statement_id].number.issued_at),
        )
        if closing.statement_id in invoices
        else closing
        for closing in closings
    ]


async def _find_open_periods(organization_ids: Sequence[UUID]) -> dict[UUID, BillingPeriod]:
    periods = await list_periods(organization_ids, only_open=True)
    return {organization_id: own[0] for organization_id, own in periods.items() if own}


async def _store_statements(closings: Sequence[Closing]) -> None:
    rows = [
        {
            "id": closing.statement_id,
            "organization_id": closing.organization.id,
            "month": str(closing.period.month),
            "starts_at": closing.period.starts_at,
            "ends_at": closing.period.ends_at,
            "time_zone": closing.period.time_zone,
            "outcome": closing.outcome.value,
            "peak_seats": closing.priced.peak.seats if closing.priced else None,
            "peak_reached_at": closing.priced.peak.reached_at if closing.priced else None,
            "promo_redemption_id": closing.priced.promo_used if closing.priced else None,
            "parked_reason": closing.parked_reason,
            "closed_at": closing.organization.at,
        }
        for closing in closings
    ]
    await db.fetch(
        """
        INSERT INTO statements
        SELECT * FROM jsonb_populate_recordset(NULL::statements, $1::jsonb)
        """,
        db.to_json(rows),
    )


async def _store_invoices(invoices: dict[UUID, IssuedInvoice]) -> None:
    rows = [
        {
            "id": invoice.id,
            "organization_id": invoice.closing.organization.id,
            "statement_id": invoice.closing.statement_id,
            "series_id": invoice.number.series_id,
            "year": invoice.number.year,
            "number_in_year": invoice.number.number_in_year,
            "number": str(invoice.number),
            "issued_at": invoice.number.issued_at,
            "due_at": invoice.number.issued_at + PAYMENT_TERM,
            "currency": invoice.document["currency"],
            "subtotal": invoice.document["subtotal"],
            "total": invoice.document["total"],
            "vat_net": invoice.document["vat"]["net"],
            "vat_amount": invoice.document["vat"]["amount"],
            "document": invoice.document,
            "ledger_digest": invoice.ledger_digest,
            "digest": digest_of(invoice.document, invoice.ledger_digest),
        }
        for invoice in invoices.values()
    ]
    if rows:
        await db.fetch(
            "INSERT INTO invoices SELECT * FROM jsonb_populate_recordset(NULL::invoices, $1::jsonb)", db.to_json(rows)
        )


async def _open_next_periods(closings: Sequence[Closing], policies: Policies) -> None:
    """The closed periods are marked so; what follows is opened, except behind a parked one, which it waits for."""
    await db.fetch(
        """
        UPDATE billing_periods AS period
        SET closed_at = closed.at, grace_seconds = $3, is_first_month_prorated = $4
        FROM unnest($1::uuid[], $2::timestamptz[]) AS closed (organization_id, at)
        WHERE period.organization_id = closed.organization_id AND period.closed_at IS NULL
        """,
        [closing.organization.id for closing in closings],
        [closing.organization.at for closing in closings],
        int(policies.grace.total_seconds()),
        policies.prorate_first_month,
    )
    await insert_periods(
        {
            closing.organization.id: next_period(closing.period, closing.organization.facts.time_zone)
            for closing in closings
            if closing.outcome is not Outcome.PARKED
        }
    )


def _changes(closing: Closing, invoice: IssuedInvoice | None) -> list[Change]:
    closed = {"statementId": closing.statement_id, "month": str(closing.period.month), "outcome": closing.outcome.value}
    changes = [Change("period.closed", closed)]
    if invoice is not None:
        issued = {
            "invoiceId": invoice.id,
            "statementId": closing.statement_id,
            "number": str(invoice.number),
            "total": invoice.document["total"],
            "currency": invoice.document["currency"],
        }
        changes.append(Change("invoice.issued", issued))
    return changes
