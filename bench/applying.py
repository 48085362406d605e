"""A roster of 10 000 people, against a bare INSERT … SELECT of the same members and memberships of teams.

Applied to an empty organization; then with everyone changed, a hundred replaced, and nothing at all.
"""

import os
from collections.abc import Sequence

from app import db
from app.clocks.service import create_test_clock
from app.domain.period import Month
from app.domain.roster import RosterLine
from app.domain.seat_change import JoinsPolicy
from app.memberships.roster import Roster, RosterReport, apply_roster
from app.seats.changing import change_seats
from app.seats.limits import set_contract
from app.seats.service import RequestedChange
from app.seats.subjects import SubjectReference
from bench.figures import Figure, alternate, timed
from tests.factories import NOVEMBER, OPERATOR, POLICIES, Company, found

SCALE = float(os.environ.get("SCALE", "1"))
PEOPLE = int(10_000 * SCALE)
AT_LEAST = 0.33
"""Nothing was promised; it is no more than subscribing the same people is held to."""


async def measure() -> list[Figure]:
    ours, limit = await alternate(_apply_anew, _insert_anew)
    others = await _apply_others()
    name = f"a roster of {PEOPLE:,} new people".replace(",", " ")
    return [Figure(name, "INSERT … SELECT of the members and memberships", AT_LEAST, ours, limit, others)]


async def _apply_anew() -> float:
    return await timed(_apply(await _company(), _roster(0, "first")))


async def _insert_anew() -> float:
    return await timed(_insert(await _company()))


async def _apply_others() -> dict[str, float]:
    """Seconds that later rosters of the same organization take, once everyone has a seat."""
    company = await _company()
    await _apply(company, _roster(0, "first"))
    subscribed = RequestedChange([SubjectReference((), is_everyone=True)], [], JoinsPolicy.ALWAYS, False, None)
    await change_seats(OPERATOR, company.id, subscribed, POLICIES)
    changed = _roster(100, "x")
    return {
        "a hundred replaced": await timed(_apply(company, _roster(100, "first"))),
        "a dry run of everyone changed": await timed(_apply(company, changed, is_dry=True)),
        "everyone changed": await timed(_apply(company, changed)),
        "nothing at all": await timed(_apply(company, changed)),
    }


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
