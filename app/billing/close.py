"""Closing periods: one statement for each, and an invoice where there is something to pay (R5.4, R5.7)."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID, uuid4

from app import db
from app.billing.accounts import find_accounts
from app.billing.issuing import (
    Bill,
    IssuedInvoice,
    invoice_rows,
    issue_invoices,
    issued_change,
    store_invoice_rows,
)
from app.billing.payments import paid
from app.domain.actor import Actor
from app.domain.errors import DomainError
from app.domain.invoice import Outcome, closes_at, decide_outcome
from app.domain.period import BillingPeriod
from app.domain.policies import Policies
from app.events.service import Change, write_chained
from app.faultpoints import fault_point
from app.organizations.queries import list_periods
from app.organizations.service import LockedOrganization, chain_all, insert_periods, lock_organizations
from app.seats.month import PricedMonth, month_from, price_first_months
from app.terms.queries import BillingProfile, Tariff, find_billing_profiles, load_tariff

SEATS = 8_000
"""So many of one step, about: all who hold one are in memory, with where they belong."""
NO_TURN = nullcontext()
"""Of whoever closes alone."""


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

    def bill(self) -> Bill | None:
        """What is charged; None unless it is BILLED."""
        if self.outcome is not Outcome.BILLED or self.priced is None or self.payer is None:
            return None
        return Bill(self.statement_id, self.organization, self.priced, self.payer)


Closed = tuple[Sequence[Closing], Mapping[UUID, IssuedInvoice]]
"""Closings, and the invoices of those that are BILLED, by statement id."""


async def close_periods(
    actor: Actor,
    organization_ids: Sequence[UUID],
    policies: Policies,
    *,
    during_advance: bool,
    turn: AbstractAsyncContextManager[None] = NO_TURN,
) -> int:
    """Close the period of each of the organizations whose period is over; of one organization one period.

    A few statements, however many organizations, in one transaction: a crash leaves nothing, and an organization that
    another worker has in hand is left to it (R5.7). The `turn` is over when what is left is to be told: others whose
    turn is next read meanwhile. Returns how many were closed; with very many seats others are due still.
    """
    async with db.in_transaction():
        async with turn:
            closings, invoices = await _bill(organization_ids, policies, during_advance=during_advance)
        if closings:
            await _record(actor, closings, invoices, policies)
    return len(closings)


async def _bill(organization_ids: Sequence[UUID], policies: Policies, *, during_advance: bool) -> Closed:
    organizations = await lock_organizations(organization_ids, during_advance=during_advance)
    tariff = await load_tariff()
    closings = await _decide_closings(organizations, tariff, policies)
    if not closings:
        return [], {}
    invoices = await issue_closings(closings, tariff, policies)
    closings = _at_issue(closings, invoices)
    async with db.meanwhile(_store_statements(closings)):
        rows = invoice_rows(list(invoices.values()))
    fault_point("close.statements")
    await store_invoice_rows(rows)
    fault_point("close.invoices")
    return closings, invoices


async def _record(
    actor: Actor, closings: Sequence[Closing], invoices: Mapping[UUID, IssuedInvoice], policies: Policies
) -> None:
    """Begin the next periods, and tell of it all."""
    prepaid = await find_prepaid(invoices)
    async with db.meanwhile(_turn_periods(closings, policies)):
        happened = chain_all(actor, [(one.organization, _happened(one, invoices, prepaid)) for one in closings])
    fault_point("close.periods")
    await write_chained(happened)
    fault_point("close.recorded")


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
    priced = await price_first_months(months, SEATS, tariff, policies)
    due = due[: len(priced)]
    payers = await find_billing_profiles([organization.id for organization in due])
    return [
        decide_closing(uuid4(), organization, opened[organization.id], outcome, payers.get(organization.id))
        for organization, outcome in zip(due, priced, strict=True)
    ]


def decide_closing(
    statement_id: UUID,
    organization: LockedOrganization,
    period: BillingPeriod,
    priced: PricedMonth | DomainError,
    payer: BillingProfile | None,
) -> Closing:
    """PARKED when it cannot be priced, or when there is nobody to bill (R5.4)."""
    trial_ends_at = organization.facts.lifecycle.trial_ends_at
    assert trial_ends_at is not None, "a period is opened by the activation"
    draft = priced if isinstance(priced, DomainError) else priced.draft
    outcome, reason = decide_outcome(draft, period, trial_ends_at, has_payer=payer is not None)
    if outcome is Outcome.PARKED or isinstance(priced, DomainError):
        return Closing(statement_id, organization, period, Outcome.PARKED, None, None, reason)
    return Closing(statement_id, organization, period, outcome, priced, payer, None)


async def issue_closings(closings: Sequence[Closing], tariff: Tariff, policies: Policies) -> dict[UUID, IssuedInvoice]:
    """An invoice for each BILLED closing, by statement id."""
    bills = [bill for closing in closings if (bill := closing.bill()) is not None]
    invoices = await issue_invoices(bills, tariff.issuer, policies)
    return {invoice.bill.statement_id: invoice for invoice in invoices}


def _at_issue(closings: Sequence[Closing], invoices: dict[UUID, IssuedInvoice]) -> list[Closing]:
    """A close and its invoice have one instant: the invoice's, which was taken last (R5.5)."""
    return [
        replace(closing, organization=invoices[closing.statement_id].organization)
        if closing.statement_id in invoices
        else closing
        for closing in closings
    ]


async def _find_open_periods(organization_ids: Sequence[UUID]) -> dict[UUID, BillingPeriod]:
    periods = await list_periods(organization_ids, only_open=True)
    return {organization_id: own[0] for organization_id, own in periods.items() if own}


async def _store_statements(closings: Sequence[Closing]) -> None:
    await db.fetch(
        """
        INSERT INTO statements
        SELECT * FROM jsonb_populate_recordset(NULL::statements, $1::jsonb)
        """,
        db.to_json([statement_row(closing) for closing in closings]),
    )


def statement_row(closing: Closing) -> dict[str, Any]:
    """The row of the closing's statement, by column."""
    return {
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


async def _turn_periods(closings: Sequence[Closing], policies: Policies) -> None:
    await _close_periods(closings, policies)
    await open_next_periods(closings)


async def _close_periods(closings: Sequence[Closing], policies: Policies) -> None:
    """Mark the periods closed, with the policies that they were closed by."""
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


async def open_next_periods(closings: Sequence[Closing]) -> None:
    """What follows the closed periods, except behind a parked one, which it waits for."""
    await insert_periods(
        {
            closing.organization.id: closing.organization.facts.period_after(closing.period)
            for closing in closings
            if closing.outcome is not Outcome.PARKED
        }
    )


async def find_prepaid(invoices: Mapping[UUID, IssuedInvoice]) -> dict[UUID, list[Change]]:
    """That an invoice is paid as it is issued, where a balance covers it, by statement id."""
    asked = {one: it for one, it in invoices.items() if not it.bill.organization.facts.lifecycle.is_balanced}
    if not asked:
        return {}
    accounts = await find_accounts([(one.bill.organization.id, one.id) for one in asked.values()])
    covered = {statement: accounts[one.id] for statement, one in asked.items()}
    return {statement: [paid(one)] for statement, one in covered.items() if one.outstanding <= 0}


def _happened(
    closing: Closing, invoices: Mapping[UUID, IssuedInvoice], prepaid: Mapping[UUID, list[Change]]
) -> list[Change]:
    statement = closing.statement_id
    return [*closed_changes(closing, invoices.get(statement)), *prepaid.get(statement, [])]


def closed_changes(closing: Closing, invoice: IssuedInvoice | None) -> list[Change]:
    closed = {"statementId": closing.statement_id, "month": str(closing.period.month), "outcome": closing.outcome.value}
    changes = [Change("period.closed", closed)]
    return changes if invoice is None else [*changes, issued_change(invoice)]
