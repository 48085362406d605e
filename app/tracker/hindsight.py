"""Looking back at a closed month: who held a seat at its peak and did nothing, and what it cost (R5.8)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from operator import attrgetter
from uuid import UUID

from app import db
from app.billing.credit_notes import find_left
from app.billing.queries import StatementRow, find_invoices, find_statement
from app.domain.documents import read_terms
from app.domain.errors import DomainError, ErrorCode
from app.domain.invoice import draft_invoice
from app.domain.money import Money, zero
from app.domain.period import BillingPeriod, Month
from app.domain.policies import Policies
from app.organizations.queries import OrganizationFacts, choose_period, find_policies, list_timeline
from app.seats.month import month_from
from app.seats.peak import PeakQuestion, find_peaks

WRITES = ("queue.%", "issue.%", "board.%", "attachment.%")
"""Entries of the audit log about something that someone changed in the tracker."""
NO_WRITES = ("issue.unwatched",)
"""What a read-only member may do too (R2.2)."""


@dataclass(frozen=True, slots=True)
class Hindsight:
    """`idle` held a seat at the peak and changed nothing in the whole period, by id. `seats` and `total` are what was
    charged and still stands, the others what would have been without them, never more."""

    month: Month
    idle: Sequence[UUID]
    seats: int
    total: Money
    seats_without: int
    total_without: Money


async def look_back(organization: OrganizationFacts, month: Month, policies: Policies) -> Hindsight:
    """A month that is closed, from the ledger and the terms of its invoice.

    Raises: DomainError NOT_FOUND for a month that the organization has no period of, PERIOD_NOT_CLOSED, also for one
    that is parked, ORGANIZATION_PURGED when the ledger is gone or going.
    """
    if organization.lifecycle.purge_decided_at is not None:
        raise DomainError(ErrorCode.ORGANIZATION_PURGED, "What was done in this organization is deleted.")
    timeline = await list_timeline(organization)
    period = choose_period(timeline, month, organization.now)
    statement = await find_statement(organization.id, month)
    if statement is None or statement.peak_seats is None:
        raise DomainError(ErrorCode.PERIOD_NOT_CLOSED, f"{month} is not closed yet.")
    held = await find_policies(organization.id, month, policies)
    question = month_from(organization, period, timeline).question()
    (peak,) = await find_peaks([question], held.grace, with_holders=True)
    active = await find_active(organization.id, period, peak.holders)
    idle = tuple(holder for holder in peak.holders if holder not in active)
    without = await _find_seats(replace(question, without=idle), held)
    total, total_without = await _price(organization, statement, without)
    return Hindsight(month, idle, peak.seats, total, without, total_without)


async def find_active(organization_id: UUID, period: BillingPeriod, member_ids: Sequence[UUID]) -> set[UUID]:
    """Those of the members who changed something in the tracker within the period, by the audit log: it alone has
    what was deleted since, and who did it."""
    rows = await db.fetch(
        """
        SELECT DISTINCT entry.actor FROM audit_entries AS entry
        WHERE entry.organization_id = $1 AND entry.at >= $2 AND entry.at < $3
          AND entry.action LIKE ANY($4) AND entry.action <> ALL($5) AND entry.actor = ANY($6)
        """,
        organization_id,
        period.starts_at,
        period.ends_at,
        list(WRITES),
        list(NO_WRITES),
        [f"member:{member_id}" for member_id in member_ids],
    )
    return {UUID(row["actor"].removeprefix("member:")) for row in rows}


async def _find_seats(question: PeakQuestion, policies: Policies) -> int:
    (peak,) = await find_peaks([question], policies.grace, with_holders=False)
    return peak.seats


async def _price(organization: OrganizationFacts, statement: StatementRow, seats: int) -> tuple[Money, Money]:
    """What stands of the month's last invoice after its credits, and what so many seats would have cost by the same
    terms, which is no more than that; a free month cost nothing."""
    if statement.invoice_id is None:
        return zero(organization.currency), zero(organization.currency)
    (invoice,) = await find_invoices([statement.invoice_id])
    draft = draft_invoice(seats, read_terms(invoice.document["terms"], invoice.document["currency"]))
    stands = (await find_left(invoice)).amount
    return stands, min(draft.total, stands, key=attrgetter("amount"))
