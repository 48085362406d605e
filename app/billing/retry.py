"""Trying again a month that could not be closed (R5.4)."""

from dataclasses import replace
from uuid import UUID

from app import db
from app.billing.close import (
    Closing,
    closed_changes,
    decide_closing,
    find_prepaid,
    issue_closings,
    open_next_periods,
    statement_row,
)
from app.billing.issuing import store_invoices
from app.billing.queries import StatementRow, find_statements
from app.domain.actor import Actor, Permission
from app.domain.errors import ErrorCode, refuse
from app.domain.invoice import Outcome
from app.domain.period import parse_month
from app.domain.policies import Policies
from app.faultpoints import fault_point
from app.organizations.queries import find_policies, list_periods
from app.organizations.service import LockedOrganization, lock_organization, record
from app.seats.month import month_from, price_months
from app.terms.queries import Tariff, find_billing_profiles, load_tariff

PATH = ("input", "statementId")


async def retry_statement(actor: Actor, statement_id: UUID, policies: Policies) -> UUID:
    """Close a PARKED month after all, once, by the policies that it was parked with; the next month opens, and the
    sweep closes it when it is due. Also of a closed organization.

    Raises: DomainError FORBIDDEN for all but operators, NOT_FOUND, CONFLICT when the month is not parked or still
    cannot be computed, and what `lock_organization` raises.
    """
    actor.require_operator()
    organization_id = (await _find_statement(statement_id)).organization_id
    async with db.in_transaction():
        organization = await lock_organization(actor, organization_id, Permission.PAYMENT_RECORD, even_closed=True)
        statement = await _find_statement(statement_id)
        if statement.outcome is not Outcome.PARKED:
            raise refuse(ErrorCode.CONFLICT, f"This month is not parked, but {statement.outcome.value}.", *PATH)
        tariff = await load_tariff()
        of_month = await find_policies(organization.id, parse_month(statement.month), policies)
        closing = await _decide_again(organization, statement, tariff, of_month)
        invoices = await issue_closings([closing], tariff, of_month)
        invoice = invoices.get(statement_id)
        closing = replace(closing, organization=invoice.organization) if invoice else closing
        await _update_statement(closing)
        fault_point("retry.statement")
        await store_invoices(list(invoices.values()))
        await open_next_periods([closing])
        prepaid = (await find_prepaid(invoices)).get(statement_id, [])
        await record(actor, closing.organization, *closed_changes(closing, invoice), *prepaid)
    return statement_id


async def _find_statement(statement_id: UUID) -> StatementRow:
    found = await find_statements([statement_id])
    if not found:
        raise refuse(ErrorCode.NOT_FOUND, "There is no such statement.", *PATH)
    return found[0]


async def _decide_again(
    organization: LockedOrganization, statement: StatementRow, tariff: Tariff, policies: Policies
) -> Closing:
    """Raises: DomainError CONFLICT with the reason when it would be parked again."""
    recorded = (await list_periods([organization.id]))[organization.id]
    (period,) = [one for one in recorded if str(one.month) == statement.month]
    (priced,) = await price_months([month_from(organization.facts, period, recorded)], tariff, policies)
    payer = (await find_billing_profiles([organization.id])).get(organization.id)
    closing = decide_closing(statement.id, organization, period, priced, payer)
    if closing.outcome is Outcome.PARKED:
        raise refuse(ErrorCode.CONFLICT, f"The month still cannot be closed: {closing.parked_reason}", *PATH)
    return closing


async def _update_statement(closing: Closing) -> None:
    """The database lets a PARKED statement change, and no other."""
    await db.fetch(
        """
        UPDATE statements AS statement
        SET outcome = retried.outcome, peak_seats = retried.peak_seats, peak_reached_at = retried.peak_reached_at,
            promo_redemption_id = retried.promo_redemption_id, parked_reason = NULL, closed_at = retried.closed_at
        FROM jsonb_populate_record(NULL::statements, $1::jsonb) AS retried WHERE statement.id = retried.id
        """,
        db.to_json(statement_row(closing)),
    )
