"""Whom the subscriptions in force cover: one definition, read in two directions (R3.1)."""

from collections.abc import Sequence
from uuid import UUID

import pytest

from app import db
from app.domain.seat_change import JoinsPolicy
from app.memberships.departments import create_department
from app.memberships.members import deactivate_member
from app.memberships.teams import create_team
from tests.factories import NOVEMBER, OPERATOR, POLICIES, Company, change_groups, found_at, hire

pytestmark = pytest.mark.usefixtures("clean_database")


async def coverage(company: Company, members: Sequence[UUID] | None) -> set[tuple[UUID, UUID, str, UUID | None]]:
    rows = await db.fetch("SELECT * FROM seat_coverage($1, $2::uuid[])", company.id, members)
    found = {(row["member_id"], row["subscription_id"], row["joins"], row["started_by_id"]) for row in rows}
    assert len(found) == len(rows)
    return found


@pytest.mark.parametrize("has_everyone", [True, False])
async def test_one_member_after_another_is_covered_by_what_covers_all_together(has_everyone: bool) -> None:
    company = await found_at(NOVEMBER, 8)
    own, gone, robot, *others = company.members
    above = await create_department(OPERATOR, company.id, "Above", None)
    middle = await create_department(OPERATOR, company.id, "Middle", above)
    below = await create_department(OPERATOR, company.id, "Below", middle)
    teams = [await create_team(OPERATOR, company.id, name, others[:3], POLICIES) for name in ("One", "Two", "Three")]
    await db.fetch("UPDATE members SET department_id = $1 WHERE id = ANY($2)", below, [own, robot, others[3]])
    await db.fetch("UPDATE members SET department_id = $1 WHERE id = $2", above, others[0])
    await db.fetch("UPDATE members SET is_robot = true WHERE id = $1", robot)
    await change_groups(
        company,
        members=[own, gone, robot],
        teams=teams[:2],
        departments=[above, below],
        everyone=has_everyone,
        joins=JoinsPolicy.WITHIN_PEAK,
    )
    await deactivate_member(OPERATOR, gone, POLICIES)
    await hire(company, 100)

    one_by_one = [await coverage(company, [one]) for one in company.members]

    # Of their own and through two departments; gone; a robot's own; two teams and a department; two teams, twice; a
    # department and one above; nothing.
    groups = [3, 0, 1, 3, 2, 2, 2, 0]
    assert [len(found) for found in one_by_one] == [
        number + (has_everyone and place not in (1, 2)) for place, number in enumerate(groups)
    ]
    together = {one for one in await coverage(company, None) if one[0] in company.members}
    assert set().union(*one_by_one) == together == await coverage(company, company.members)
    assert together == {one for one in await coverage(company, company.members * 20) if one[0] in company.members}
