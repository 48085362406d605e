"""Subscribing everyone in an organization of 10 000, against a bare INSERT … SELECT of the same rows.

Both write the same ledger rows into the same tables with the same constraints, each in one transaction, alternating.
"""

import os
from collections.abc import Awaitable, Callable
from uuid import UUID, uuid4

from app import db
from app.clocks.service import create_test_clock
from app.domain.period import Month
from app.domain.seat_change import JoinsPolicy
from app.seats.changing import change_seats
from app.seats.limits import set_contract
from app.seats.service import RequestedChange
from app.seats.subjects import SubjectReference
from bench.figures import Figure, alternate, timed
from tests.factories import NOVEMBER, OPERATOR, POLICIES, Company, found

SCALE = float(os.environ.get("SCALE", "1"))
PEOPLE = int(10_000 * SCALE)


async def measure() -> list[Figure]:
    ours, limit = await alternate(lambda: _round(_subscribe), lambda: _round(_insert))
    name = f"subscribing everyone of {PEOPLE:,}".replace(",", " ")
    return [Figure(name, "INSERT … SELECT of the same rows", 0.33, ours, limit)]


async def _round(work: Callable[[UUID], Awaitable[None]]) -> float:
    """In an organization of its own."""
    company = await _company()
    seconds = await timed(work(company.id))
    seated = await db.count("SELECT 1 FROM seat_grants WHERE organization_id = $1", company.id)
    assert seated == PEOPLE + 1, seated
    return seconds


async def _company() -> Company:
    """An organization with so many active members and a contract for them."""
    company = await found(await create_test_clock(OPERATOR, NOVEMBER))
    await set_contract(OPERATOR, company.id, 2 * PEOPLE, Month(2020, 10), None, POLICIES)
    await db.fetch(
        """
        INSERT INTO members (id, organization_id, email, name, role, status, is_robot, created_at)
        SELECT gen_random_uuid(), $1, number || '@bench.example', 'Bench', 'MEMBER', 'ACTIVE', false, now()
        FROM generate_series(1, $2::int) AS number
        """,
        company.id,
        PEOPLE,
    )
    return company


async def _subscribe(organization_id: UUID) -> None:
    everyone = SubjectReference(("input", "subscribe", "0"), is_everyone=True)
    requested = RequestedChange([everyone], [], JoinsPolicy.ALWAYS, skip_already_subscribed=False, expected_total=None)
    await change_seats(OPERATOR, organization_id, requested, POLICIES)


async def _insert(organization_id: UUID) -> None:
    async with db.in_transaction():
        await db.fetch(
            """
            WITH change AS (
                INSERT INTO seat_changes (id, organization_id, at, actor, description)
                VALUES ($2, $1, now(), 'bench', 'bench') RETURNING id
            ), subscription AS (
                INSERT INTO seat_subscriptions (id, organization_id, joins, created_at, created_by)
                VALUES ($3, $1, 'ALWAYS', now(), 'bench') RETURNING id
            )
            INSERT INTO seat_grants (id, organization_id, subscription_id, member_id, granted_by_id, during)
            SELECT gen_random_uuid(), $1, subscription.id, member.id, change.id, tstzrange(now(), NULL)
            FROM members AS member, change, subscription
            WHERE member.organization_id = $1 AND member.status = 'ACTIVE'
            """,
            organization_id,
            uuid4(),
            uuid4(),
        )
