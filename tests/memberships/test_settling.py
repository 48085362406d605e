"""Whoever joins what is subscribed has a seat at once, and whoever leaves it loses it at once (R3.2, R3.3, R3.9)."""

from typing import Any
from uuid import UUID

import pytest

from app import db
from app.domain.actor import Role
from app.domain.seat_change import JoinsPolicy
from app.memberships.departments import DepartmentUpdate, create_department, update_department
from app.memberships.invitations import accept_invitation, invite_members, revoke_invitation
from app.memberships.invitees import Invitee
from app.memberships.members import (
    MemberUpdate,
    deactivate_member,
    erase_member,
    reactivate_member,
    update_member,
)
from app.memberships.teams import TeamUpdate, create_team, delete_team, update_team
from app.seats.changing import change_seats
from app.seats.service import RequestedChange
from app.seats.subjects import SubjectReference
from tests.factories import NOVEMBER, OPERATOR, POLICIES, Company, change, found_at

pytestmark = pytest.mark.usefixtures("clean_database")


async def subscribe(company: Company, **subject: Any) -> None:
    requested = RequestedChange(
        [SubjectReference(("input", "subscribe", "0"), **subject)], [], JoinsPolicy.ALWAYS, False, None
    )
    await change_seats(OPERATOR, company.id, requested, POLICIES)


async def seated(company: Company) -> set[UUID]:
    rows = await db.fetch(
        "SELECT member_id FROM seat_grants WHERE organization_id = $1 AND upper_inf(during)", company.id
    )
    return {row["member_id"] for row in rows}


async def last_change(company: Company) -> tuple[Any, ...]:
    """Who made the last change of the ledger, and why."""
    (row,) = await db.fetch(
        "SELECT at, actor, description FROM seat_changes WHERE organization_id = $1 ORDER BY at DESC LIMIT 1",
        company.id,
    )
    assert row["at"] == (await company.facts()).now
    return row["actor"], row["description"]


async def invite(company: Company, name: str, **other: Any) -> tuple[UUID, str | None]:
    """Someone more, and their token if they have to accept."""
    values: dict[str, Any] = {
        "email": f"{name}@x.example", "name": name, "login": None, "role": Role.MEMBER, "is_active": True,
    }  # fmt: skip
    invited = await invite_members(OPERATOR, company.id, [Invitee(**values | other)], POLICIES)
    return invited.member_ids[0], invited.invitations[0].token if invited.invitations else None


async def move(member_id: UUID, department_id: UUID | None) -> None:
    await update_member(OPERATOR, member_id, MemberUpdate(department_id=department_id), POLICIES)


async def test_joining_a_subscribed_team_gives_a_seat_and_leaving_it_takes_it_at_one_instant() -> None:
    company = await found_at(NOVEMBER, 3)
    ann, bob, cat = company.members
    team = await create_team(OPERATOR, company.id, "Team", [ann], POLICIES)
    await subscribe(company, team_id=team)
    assert await seated(company) == {ann}
    await update_team(OPERATOR, team, TeamUpdate(add=[bob, cat], remove=[ann]), POLICIES)
    assert await seated(company) == {bob, cat}
    assert await last_change(company) == (OPERATOR.name, "left and joined a team")
    rows = await db.fetch(
        "SELECT lower(during) AS began, upper(during) AS ended FROM seat_grants ORDER BY lower(during)"
    )
    assert rows[0]["ended"] == rows[1]["began"] == rows[2]["began"]


async def test_a_seat_of_two_teams_lasts_until_both_are_left() -> None:
    company = await found_at(NOVEMBER, 1)
    teams = [await create_team(OPERATOR, company.id, name, company.members, POLICIES) for name in ("One", "Two")]
    for team in teams:
        await subscribe(company, team_id=team)
    await update_team(OPERATOR, teams[0], TeamUpdate(remove=company.members), POLICIES)
    assert await seated(company) == set(company.members)
    await delete_team(OPERATOR, teams[1], POLICIES)
    assert await seated(company) == set()
    assert await last_change(company) == (OPERATOR.name, "team was deleted")


async def test_an_invited_person_takes_the_seat_of_their_groups_when_they_accept() -> None:
    company = await found_at(NOVEMBER)
    team = await create_team(OPERATOR, company.id, "Team", [], POLICIES)
    await subscribe(company, team_id=team)
    active, _ = await invite(company, "active", team_ids=[team])
    assert await seated(company) == {active}
    invited, token = await invite(company, "invited", team_ids=[team], is_active=False)
    assert await seated(company) == {active}
    assert token is not None
    await accept_invitation(None, token, POLICIES)
    assert await seated(company) == {active, invited}
    assert await last_change(company) == (f"member:{invited}", "accepted an invitation")


async def test_everyone_is_everyone_but_robots() -> None:
    company = await found_at(NOVEMBER, 1)
    await subscribe(company, is_everyone=True)
    people = await seated(company)
    robot, _ = await invite(company, "robot", is_robot=True)
    late, _ = await invite(company, "late")
    assert await seated(company) == people | {late}
    await change(company, subscribe=[robot])
    assert await seated(company) == people | {late, robot}


async def test_a_department_takes_the_coverage_of_where_it_stands_to_everyone_below_it() -> None:
    company = await found_at(NOVEMBER, 2)
    ann, bob = company.members
    covered, other = [await create_department(OPERATOR, company.id, name, None) for name in ("Covered", "Other")]
    middle = await create_department(OPERATOR, company.id, "Middle", other)
    bottom = await create_department(OPERATOR, company.id, "Bottom", middle)
    await move(ann, middle)
    await move(bob, bottom)
    await subscribe(company, department_id=covered)
    assert await seated(company) == set()
    await update_department(OPERATOR, middle, DepartmentUpdate(parent_id=covered), POLICIES)
    assert await seated(company) == {ann, bob}
    assert await last_change(company) == (OPERATOR.name, "department was moved")
    await move(ann, other)
    assert await seated(company) == {bob}
    assert await last_change(company) == (OPERATOR.name, "moved to another department")
    await update_department(OPERATOR, bottom, DepartmentUpdate(parent_id=None), POLICIES)
    assert await seated(company) == set()


async def test_coverage_by_groups_comes_back_with_a_person_and_their_own_subscription_does_not() -> None:
    company = await found_at(NOVEMBER, 2)
    ann, bob = company.members
    team = await create_team(OPERATOR, company.id, "Team", [ann], POLICIES)
    await subscribe(company, team_id=team)
    await change(company, subscribe=[ann, bob])
    for one in (ann, bob):
        await deactivate_member(OPERATOR, one, POLICIES)
    assert await seated(company) == set()
    assert await last_change(company) == (OPERATOR.name, "was deactivated")
    for one in (ann, bob):
        await reactivate_member(OPERATOR, one, POLICIES)
    assert await seated(company) == {ann}


async def test_who_is_forgotten_holds_no_seat_and_does_not_wait() -> None:
    company = await found_at(NOVEMBER, 1)
    (ann,) = company.members
    team = await create_team(OPERATOR, company.id, "Team", [ann], POLICIES)
    bob, _ = await invite(company, "bob", is_active=False)
    await subscribe(company, team_id=team)
    await change(company, subscribe=[ann, bob])
    await erase_member(OPERATOR, ann, POLICIES)
    await revoke_invitation(OPERATOR, bob, POLICIES)
    assert await seated(company) == set()
    assert await db.count("SELECT 1 FROM seat_waits") == 0
    assert await db.count("SELECT 1 FROM seat_subscriptions WHERE ended_at IS NULL AND member_id IS NOT NULL") == 0
