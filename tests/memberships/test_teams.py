"""Teams: who leaves does so first, all at one instant; all of it or nothing."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import pytest

from app import db
from app.directory.teams import find_teams, list_member_ids
from app.domain.actor import Role
from app.domain.errors import DomainError, ErrorCode
from app.domain.roles import member
from app.memberships.invitations import invite_members
from app.memberships.invitees import Invitee
from app.memberships.members import erase_member
from app.memberships.teams import TeamUpdate, create_team, delete_team, update_team
from tests.factories import NOVEMBER, OPERATOR, POLICIES, Company, found, found_at, hire, refused, snapshot

pytestmark = pytest.mark.usefixtures("clean_database")


async def create(company: Company, name: str, *members: UUID) -> UUID:
    return await create_team(OPERATOR, company.id, name, members, POLICIES)


async def update(team_id: UUID, **given: Any) -> UUID:
    return await update_team(OPERATOR, team_id, TeamUpdate(**given), POLICIES)


async def robot_of(company: Company) -> UUID:
    robot = Invitee("robot@x.example", "Robot", None, Role.MEMBER, is_active=True, is_robot=True)
    return (await invite_members(OPERATOR, company.id, [robot], POLICIES)).member_ids[0]


async def test_people_join_and_leave_at_one_instant_with_one_record() -> None:
    company = await found_at(NOVEMBER, 4)
    one, two, three, four = company.members
    team = await create(company, "Team", one, two)
    await update(team, name="Tigers", add=[three, four], remove=[one])
    assert await list_member_ids(team) == sorted([two, three, four])
    assert [row.name for row in await find_teams([team])] == ["Tigers"]
    (row,) = await db.fetch("SELECT payload FROM events WHERE type = 'team.updated'")
    assert row["payload"] == (
        f'{{"teamId": "{team}", "changed": ["name", "members"], "leftMemberIds": ["{one}"], '
        f'"joinedMemberIds": ["{three}", "{four}"]}}'
    )
    (joined,) = {
        row["joined_at"] for row in await db.fetch("SELECT joined_at FROM team_memberships WHERE member_id <> $1", two)
    }
    assert joined == (await company.facts()).now


async def test_1000_people_join_by_as_many_statements_as_one() -> None:
    company = await found_at(NOVEMBER, 999)
    company.members.extend(await hire(company, 2))
    team = await create(company, "Team")
    counts = []
    for people in (company.members[:1], company.members[1:]):
        with db.counted_statements() as statements:
            await update(team, add=people)
        counts.append(len(statements))
    assert counts[0] == counts[1]
    assert len(await list_member_ids(team)) == 1001


async def test_everyone_who_cannot_join_or_leave_is_reported_and_nobody_does() -> None:
    company, other = await found_at(NOVEMBER, 4), await found_at(NOVEMBER, 1)
    one, two, three, erased = company.members
    robot = await robot_of(company)
    await erase_member(OPERATOR, erased, POLICIES)
    team = await create(company, "Team", one, two)
    await create(company, "Taken")
    async with refused(ErrorCode.ALREADY_EXISTS) as refusal:
        await update(
            team,
            name="TAKEN",
            remove=[one, three, other.members[0], uuid4()],
            add=[one, two, three, three, robot, erased, other.members[0]],
        )
    assert [(one.code.value, one.path[1:]) for one in refusal.value.problems] == [
        ("ALREADY_EXISTS", ("name",)),
        ("NOT_FOUND", ("removeMemberIds", "1")),
        ("NOT_FOUND", ("removeMemberIds", "2")),
        ("NOT_FOUND", ("removeMemberIds", "3")),
        ("INVALID_INPUT", ("addMemberIds", "3")),
        ("INVALID_INPUT", ("addMemberIds", "0")),
        ("ALREADY_EXISTS", ("addMemberIds", "1")),
        ("INVALID_INPUT", ("addMemberIds", "2")),
        ("INVALID_INPUT", ("addMemberIds", "3")),
        ("INVALID_INPUT", ("addMemberIds", "4")),
        ("NOT_FOUND", ("addMemberIds", "5")),
        ("NOT_FOUND", ("addMemberIds", "6")),
    ]


async def test_a_team_begins_with_people_who_can_be_in_it() -> None:
    company = await found_at(NOVEMBER, 1)
    robot = await robot_of(company)
    async with refused(ErrorCode.INVALID_INPUT) as refusal:
        await create(company, " ", company.members[0], robot, uuid4())
    assert [one.path[1:] for one in refusal.value.problems] == [("name",), ("memberIds", "1"), ("memberIds", "2")]
    async with refused(ErrorCode.INVALID_INPUT) as refusal:
        await create(company, "Team", *(uuid4() for _ in range(1001)))
    assert refusal.value.problems[0].path == ("input", "memberIds")


async def test_a_name_is_taken_once_in_an_organization_and_free_again_after_the_team() -> None:
    company, other = await found_at(NOVEMBER), await found_at(NOVEMBER)
    team = await create(company, "Team")
    await create(other, "Team")
    async with refused(ErrorCode.ALREADY_EXISTS) as refusal:
        await create(company, "TEAM")
    assert [one.path for one in refusal.value.problems] == [("input", "name")]
    await update(team, name="TEAM")
    await delete_team(OPERATOR, team, POLICIES)
    again = await create(company, "Team")
    async with refused(ErrorCode.INVALID_INPUT):
        await update(again, name=None)


async def test_what_changes_nothing_is_no_change() -> None:
    company = await found_at(NOVEMBER)
    team = await create(company, "Team")
    before = await snapshot()
    await update(team, name="Team")
    await update(team)
    assert await snapshot() == before


async def test_a_deleted_team_has_nobody_and_no_subscription_and_takes_no_change() -> None:
    company = await found_at(NOVEMBER, 2)
    team = await create(company, "Team", *company.members)
    await db.fetch(
        """
        INSERT INTO seat_subscriptions (id, organization_id, team_id, joins, created_at, created_by)
        SELECT gen_random_uuid(), id, $2, 'ALWAYS', last_change_at, 'operator:test' FROM organizations WHERE id = $1
        """,
        company.id,
        team,
    )
    await delete_team(OPERATOR, team, POLICIES)
    now = (await company.facts()).now
    assert await list_member_ids(team) == []
    assert [row["ended_at"] for row in await db.fetch("SELECT ended_at FROM seat_subscriptions")] == [now]
    assert [row.deleted_at for row in await find_teams([team])] == [now]
    for attempt in (delete_team(OPERATOR, team, POLICIES), update(team, add=company.members)):
        async with refused(ErrorCode.NOT_FOUND):
            await attempt


async def test_twenty_joins_of_one_person_at_once_are_one() -> None:
    company = await found(None, 1)
    team = await create(company, "Team")
    answers = await asyncio.gather(*(update(team, add=company.members) for _ in range(20)), return_exceptions=True)
    refusals = [one for one in answers if isinstance(one, DomainError)]
    assert [one.code for one in refusals] == [ErrorCode.ALREADY_EXISTS] * 19
    assert await list_member_ids(team) == company.members


async def test_another_organizations_teams_are_not_there() -> None:
    ours, theirs = await found_at(NOVEMBER, 1), await found_at(NOVEMBER)
    stranger = member(ours.members[0], ours.id, Role.OWNER, "r")
    for team_id in (await create(theirs, "Theirs"), uuid4()):
        async with refused(ErrorCode.NOT_FOUND) as refusal:
            await delete_team(stranger, team_id, POLICIES)
        assert refusal.value.message == "There is no such team."
        async with refused(ErrorCode.NOT_FOUND):
            await update_team(stranger, team_id, TeamUpdate(name="Ours"), POLICIES)
