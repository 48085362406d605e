"""What is recorded of an organization, in the shape in which the model says what should be."""

import dataclasses
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from app import db
from app.clocks.service import advance_test_clock
from app.domain.invoice import draft_invoice
from app.domain.policies import Policies
from app.organizations.queries import find_organization
from app.seats.month import load_outlook
from app.seats.peak import find_peaks
from tests.factories import OPERATOR, Company
from tests.machine.state import TICK, State, Statement, Subject

_SUBJECT = """
    CASE WHEN subscription.member_id IS NOT NULL THEN 'member' WHEN subscription.team_id IS NOT NULL THEN 'team'
         WHEN subscription.department_id IS NOT NULL THEN 'department' ELSE 'everyone' END AS kind,
    coalesce(subscription.member_id, subscription.team_id, subscription.department_id, subscription.organization_id)
        AS subject_id
"""
_SUBSCRIPTIONS = f"""
    SELECT {_SUBJECT}, joins, created_at, ended_at FROM seat_subscriptions AS subscription WHERE organization_id = $1
"""
_GRANTS = f"""
    SELECT {_SUBJECT}, subscription.created_at, seat.member_id, lower(seat.during) AS since, upper(seat.during) AS until
    FROM seat_grants AS seat JOIN seat_subscriptions AS subscription ON subscription.id = seat.subscription_id
    WHERE seat.organization_id = $1
"""
_WAITS = f"""
    SELECT {_SUBJECT}, subscription.created_at, wait.member_id, wait.since, wait.reason
    FROM seat_waits AS wait JOIN seat_subscriptions AS subscription ON subscription.id = wait.subscription_id
    WHERE wait.organization_id = $1
"""

Source = tuple[Subject, datetime]
"""A subscription: its subject, and when it began."""


@dataclass(frozen=True)
class Ledger:
    """`due` is what the month costs if nothing changes, `so_far` what it costs by now."""

    subscriptions: set[tuple[Source, str, datetime | None]]
    grants: set[tuple[Source, UUID, datetime, datetime | None]]
    waits: set[tuple[Source, UUID, datetime, str]]
    requests: list[tuple[int, str]]
    due: Decimal
    so_far: Decimal


async def look(organization_id: UUID, policies: Policies) -> Ledger:
    facts = await find_organization(OPERATOR, organization_id)
    assert facts is not None
    requests = await db.fetch(
        "SELECT seats, code FROM seat_requests WHERE organization_id = $1 ORDER BY at", organization_id
    )
    subscriptions = await db.fetch(_SUBSCRIPTIONS, organization_id)
    grants = await db.fetch(_GRANTS, organization_id)
    waits = await db.fetch(_WAITS, organization_id)
    outlook = await load_outlook(facts, facts.now, policies)
    (passed,) = await find_peaks([outlook.month.question(facts.now)], policies.grace, with_holders=False)
    return Ledger(
        {(_source(row), row["joins"], row["ended_at"]) for row in subscriptions},
        {(_source(row), row["member_id"], row["since"], row["until"]) for row in grants},
        {(_source(row), row["member_id"], row["since"], row["reason"]) for row in waits},
        [(row["seats"], row["code"]) for row in requests],
        outlook.amount(0).amount,
        draft_invoice(passed.seats, outlook.terms).total.amount,
    )


def expect(model: State, at: datetime) -> Ledger:
    sources = [(one.subject, one.since) for one in model.subscriptions]
    return Ledger(
        {(sources[one.number], one.joins, one.until) for one in model.subscriptions},
        {(sources[one.subscription], one.member, one.since, one.until) for one in model.grants},
        {(sources[number], member, wait.since, wait.reason) for (number, member), wait in model.waits.items()},
        model.requests,
        model.amount(model.standing_peak(at), at),
        model.amount(model.standing_peak(at, at + TICK), at),
    )


def compare(product: Ledger, model: Ledger) -> dict[str, tuple[object, object]]:
    """What only the one says, and what only the other."""
    fields = [
        (field.name, getattr(product, field.name), getattr(model, field.name)) for field in dataclasses.fields(Ledger)
    ]
    return {
        name: (one - other, other - one) if isinstance(one, set) else (one, other)
        for name, one, other in fields
        if one != other
    }


async def list_members(organization_id: UUID) -> list[db.Row]:
    return await db.fetch(
        "SELECT id, status, role FROM members WHERE organization_id = $1 ORDER BY created_at, email", organization_id
    )


async def place(homes: dict[UUID, UUID]) -> None:
    """Put members into departments."""
    await db.fetch(
        """
        UPDATE members SET department_id = home.department_id
        FROM unnest($1::uuid[], $2::uuid[]) AS home (member_id, department_id) WHERE members.id = home.member_id
        """,
        list(homes),
        list(homes.values()),
    )


async def last_change_at(organization_id: UUID) -> datetime:
    row = await db.fetch_one("SELECT last_change_at FROM organizations WHERE id = $1", organization_id)
    assert row is not None
    at: datetime = row["last_change_at"]
    return at


async def advance(company: Company, to: datetime, policies: Policies) -> None:
    assert company.clock_id is not None
    await advance_test_clock(OPERATOR, company.clock_id, to, policies)


@dataclass(frozen=True)
class Done:
    """What time has done; `swept` is when waiting people were looked at again and somebody was seated."""

    closings: list[db.Row]
    swept: list[datetime]
    purge_decided_at: datetime | None


async def list_done(organization_id: UUID) -> Done:
    swept = await db.fetch(
        "SELECT at FROM seat_changes WHERE organization_id = $1 AND description = 'a new month began' ORDER BY at",
        organization_id,
    )
    (life,) = await db.fetch("SELECT purge_decided_at FROM organizations WHERE id = $1", organization_id)
    closings = await _list_closings(organization_id)
    return Done(closings, [row["at"] for row in swept], life["purge_decided_at"])


async def _list_closings(organization_id: UUID) -> list[db.Row]:
    return await db.fetch(
        """
        SELECT statement.month, statement.outcome, statement.peak_seats, statement.peak_reached_at, statement.closed_at,
               coalesce(invoice.total, 0) AS total
        FROM statements AS statement LEFT JOIN invoices AS invoice ON invoice.statement_id = statement.id
        WHERE statement.organization_id = $1 ORDER BY statement.starts_at
        """,
        organization_id,
    )


def statement_of(row: db.Row) -> Statement:
    year, _, month = row["month"].partition("-")
    return Statement((int(year), int(month)), row["outcome"], row["peak_seats"], row["peak_reached_at"], row["total"])


def _source(row: db.Row) -> Source:
    return (row["kind"], row["subject_id"]), row["created_at"]
