"""A roster of 10 000 people, against a bare INSERT … SELECT of the same members and memberships of teams.

Applied to an empty organization; then with everyone changed, a hundred replaced, and nothing at all.
"""

import asyncio
import time
from collections.abc import Awaitable, Sequence

from app import db
from app.clocks.service import create_test_clock
from app.domain.period import Month
from app.domain.roster import RosterLine
from app.domain.seat_change import JoinsPolicy
from app.memberships.roster import Roster, RosterReport, apply_roster
from app.seats.limits import set_contract
from app.seats.service import RequestedChange, change_seats
from app.seats.subjects import SubjectReference
from bench.server import run
from tests.factories import NOVEMBER, OPERATOR, POLICIES, Company, found

PEOPLE = 10_000


async def _measure() -> None:
    bare = await _timed("bare INSERT … SELECT of 10 000 members in two teams each", _insert(await _company()))
    company = await _company()
    ours = await _timed("a roster of 10 000 new people", _apply(company, _roster(0, "first")))
    print(f"ratio: {ours / bare:.2f}")
    subscribed = RequestedChange([SubjectReference((), is_everyone=True)], [], JoinsPolicy.ALWAYS, False, None)
    await _timed("subscribing everyone", change_seats(OPERATOR, company.id, subscribed, POLICIES))
    await db.fetch("ANALYZE")
    await _timed("a hundred replaced", _apply(company, _roster(100, "first")))
    await _timed(
        "a dry run of everyone renamed and in another department and team",
        _apply(company, _roster(100, "x"), is_dry=True),
    )
    await _timed("the same applied", _apply(company, _roster(100, "x")))
    await _timed("and nothing at all", _apply(company, _roster(100, "x")))


def _roster(first: int, version: str) -> list[RosterLine]:
    people = range(first, first + PEOPLE)
    return [
        RosterLine(
            ("input", "members", str(place)),
            f"p{number}@bench.example",
            f"Person {number} {version}",
            f"p{number}",
            department=f"Division {number % 50} {version}/Unit {number % 7}",
            teams=("Everybody", f"Team {number % 40} {version}"),
        )
        for place, number in enumerate(people)
    ]


async def _apply(company: Company, lines: Sequence[RosterLine], *, is_dry: bool = False) -> RosterReport:
    return await apply_roster(OPERATOR, company.id, Roster(lines, is_dry, 100, None), POLICIES)


async def _insert(company: Company) -> None:
    async with db.in_transaction():
        await db.fetch(
            """
            WITH team AS (
                INSERT INTO teams (id, organization_id, name, created_at)
                SELECT gen_random_uuid(), $1, name, now() FROM unnest(ARRAY['one', 'other']) AS name RETURNING id
            ), person AS (
                INSERT INTO members (id, organization_id, email, login, name, role, status, is_robot, created_at)
                SELECT gen_random_uuid(), $1, number || '@bench.example', 'p' || number, 'Bench', 'MEMBER', 'ACTIVE',
                       false, now()
                FROM generate_series(1, $2::int) AS number RETURNING id
            )
            INSERT INTO team_memberships (id, organization_id, team_id, member_id, joined_at)
            SELECT gen_random_uuid(), $1, team.id, person.id, now() FROM person CROSS JOIN team
            """,
            company.id,
            PEOPLE,
        )


async def _company() -> Company:
    """An organization with a contract for more people than these."""
    company = await found(await create_test_clock(OPERATOR, NOVEMBER))
    await set_contract(OPERATOR, company.id, 2 * PEOPLE, Month(2020, 10), None, POLICIES)
    return company


async def _timed(label: str, work: Awaitable[object]) -> float:
    began, busy = time.perf_counter(), time.process_time()
    await work
    taken = time.perf_counter() - began
    print(f"{label}: {taken:.2f} s, {time.process_time() - busy:.2f} s of them in Python", flush=True)
    return taken


if __name__ == "__main__":
    asyncio.run(run(_measure))
