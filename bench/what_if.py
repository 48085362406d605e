"""Asking what a team of 500 in an organization of 10 000 would cost, against really subscribing it.

Both go through the same code; a what-if takes two pictures more, and is taken back. It holds the organization's lock
all the while, so this is also how long a change may have to wait for it.
"""

import asyncio
import statistics
import time
from collections.abc import Awaitable
from uuid import UUID

from app import db
from app.billing.what_if import ProposedChange, ask_what_if
from app.clocks.service import create_test_clock
from app.domain.period import Month
from app.domain.seat_change import JoinsPolicy
from app.domain.unset import UNSET
from app.memberships.teams import create_team
from app.seats.limits import OrganizationUpdate, set_contract
from app.seats.service import RequestedChange, change_seats
from app.seats.subjects import SubjectReference
from bench.server import run
from tests.factories import NOVEMBER, OPERATOR, POLICIES, Company, change_groups, found

PEOPLE, SEATED, TEAM = 10_000, 5_000, 500
ROUNDS = 7


async def _measure() -> None:
    asked: list[float] = []
    made: list[float] = []
    for _ in range(ROUNDS):
        company, team_id = await _company()
        requested = RequestedChange(
            [SubjectReference(("input", "subscribe", "0"), team_id=team_id)], [], JoinsPolicy.ALWAYS, False, None
        )
        limits = OrganizationUpdate(UNSET, UNSET, UNSET, UNSET)
        change = ProposedChange(requested, (), (), (), (), (), limits)
        asked.append(await _timed(ask_what_if(OPERATOR, company.id, change, POLICIES)))
        made.append(await _timed(change_seats(OPERATOR, company.id, requested, POLICIES)))
    ratios = sorted(one / other for one, other in zip(asked, made, strict=True))
    print(f"what {TEAM} of {PEOPLE} would cost: median {statistics.median(asked):.3f} s, at most {max(asked):.3f} s")
    print(f"subscribing them:                  median {statistics.median(made):.3f} s")
    print(f"ratio: median {statistics.median(ratios):.2f}, from {ratios[0]:.2f} to {ratios[-1]:.2f} (at most 4)")


async def _company() -> tuple[Company, UUID]:
    """Half of its people are seated by a team, and others are in a team that is not subscribed."""
    company = await found(await create_test_clock(OPERATOR, NOVEMBER))
    await set_contract(OPERATOR, company.id, 2 * PEOPLE, Month(2020, 10), None, POLICIES)
    rows = await db.fetch(
        """
        INSERT INTO members (id, organization_id, email, name, role, status, is_robot, created_at)
        SELECT gen_random_uuid(), $1, number || '@bench.example', 'Bench', 'MEMBER', 'ACTIVE', false, now()
        FROM generate_series(1, $2::int) AS number RETURNING id
        """,
        company.id,
        PEOPLE,
    )
    people = [row["id"] for row in rows]
    crew = await create_team(OPERATOR, company.id, "Crew", [], POLICIES)
    await _fill(company, crew, people[:SEATED])
    await change_groups(company, teams=[crew])
    team = await create_team(OPERATOR, company.id, "Team", people[-TEAM:], POLICIES)
    return company, team


async def _fill(company: Company, team_id: UUID, member_ids: list[UUID]) -> None:
    await db.fetch(
        """
        INSERT INTO team_memberships (id, organization_id, team_id, member_id, joined_at)
        SELECT gen_random_uuid(), $1, $2, id, now() FROM unnest($3::uuid[]) AS id
        """,
        company.id,
        team_id,
        member_ids,
    )


async def _timed(work: Awaitable[object]) -> float:
    started = time.perf_counter()
    await work
    return time.perf_counter() - started


if __name__ == "__main__":
    asyncio.run(run(_measure))
