"""Changing who someone is and whether they take part; at least one owner stays, nobody reaches above themselves."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID, uuid4

import pytest

from app import db
from app.directory.queries import MemberRow, count_members, find_members
from app.directory.teams import list_teams_of
from app.domain.access import MemberStatus
from app.domain.actor import Actor, Role
from app.domain.errors import DomainError, ErrorCode
from app.domain.roles import member
from app.identity.sessions import create_session, find_member_actor
from app.memberships.departments import create_department, delete_department
from app.memberships.invitations import invite_members
from app.memberships.invitees import Invitee
from app.memberships.members import (
    MemberUpdate,
    deactivate_member,
    erase_member,
    reactivate_member,
    update_member,
)
from app.memberships.teams import create_team
from tests.factories import NOVEMBER, OPERATOR, POLICIES, Company, change, found, found_at, refused, snapshot

pytestmark = pytest.mark.usefixtures("clean_database")

Verb = Callable[[UUID], Awaitable[UUID]]


async def add(company: Company, **other: Any) -> UUID:
    """One more member; gives their id."""
    name = f"n{await count_members(company.id)}"
    values: dict[str, Any] = {
        "email": f"{name}@x.example", "name": name, "login": name, "role": Role.MEMBER, "is_active": True,
    }  # fmt: skip
    (member_id,) = (await invite_members(OPERATOR, company.id, [Invitee(**values | other)], POLICIES)).member_ids
    return member_id


async def look(member_id: UUID) -> MemberRow:
    (found,) = await find_members([member_id])
    return found


async def owner_of(company: Company) -> UUID:
    (row,) = await db.fetch(
        "SELECT id FROM members WHERE organization_id = $1 AND role = 'OWNER' AND status = 'ACTIVE'", company.id
    )
    owner_id: UUID = row["id"]
    return owner_id


async def update(member_id: UUID, actor: Actor = OPERATOR, **given: Any) -> UUID:
    return await update_member(actor, member_id, MemberUpdate(**given), POLICIES)


async def deactivate(member_id: UUID, actor: Actor = OPERATOR) -> UUID:
    return await deactivate_member(actor, member_id, POLICIES)


async def reactivate(member_id: UUID, actor: Actor = OPERATOR) -> UUID:
    return await reactivate_member(actor, member_id, POLICIES)


async def erase(member_id: UUID, actor: Actor = OPERATOR) -> UUID:
    return await erase_member(actor, member_id, POLICIES)


async def demote(member_id: UUID) -> UUID:
    return await update(member_id, role=Role.MEMBER)


async def last_entry(company: Company) -> tuple[Any, ...]:
    (row,) = await db.fetch(
        """
        SELECT action, before, after FROM audit_entries WHERE organization_id = $1 ORDER BY sequence DESC LIMIT 1
        """,
        company.id,
    )
    return tuple(row.values())


async def subscriptions_in_force(company: Company) -> int:
    return await db.count(
        "SELECT 1 FROM seat_subscriptions WHERE organization_id = $1 AND ended_at IS NULL", company.id
    )


async def test_what_is_left_out_stays_and_null_takes_away() -> None:
    company = await found_at(NOVEMBER)
    sales = await create_department(OPERATOR, company.id, "Sales", None)
    ann = await add(company, name="Ann", login="ann")
    await update(ann, department_id=sales, role=Role.ADMIN)
    moved = await look(ann)
    assert (moved.name, moved.login, moved.role, moved.department_id) == ("Ann", "ann", Role.ADMIN, sales)
    await update(ann, name=" Anna ")
    assert (await look(ann)).name == "Anna"
    await update(ann, login=None, department_id=None)
    left = await look(ann)
    assert (left.name, left.login, left.role, left.department_id) == ("Anna", None, Role.ADMIN, None)


async def test_the_record_holds_ids_and_roles_and_no_name() -> None:
    company = await found_at(NOVEMBER)
    sales = await create_department(OPERATOR, company.id, "Sales", None)
    ann = await add(company)
    await update(ann, name="Marker", login="marker", role=Role.ADMIN, department_id=sales)
    action, before, after = await last_entry(company)
    assert action == "member.updated"
    assert before == '{"role": "MEMBER", "departmentId": null}'
    assert after == (
        f'{{"role": "ADMIN", "changed": ["name", "login", "role", "departmentId"], '
        f'"memberId": "{ann}", "departmentId": "{sales}"}}'
    )
    assert "arker" not in str((await snapshot())["events"])


async def test_what_changes_nothing_is_no_change() -> None:
    company = await found_at(NOVEMBER)
    ann = await add(company, name="Ann")
    before = await snapshot()
    await update(ann, name="Ann", role=Role.MEMBER, department_id=None)
    await update(ann)
    assert await snapshot() == before


async def test_everything_that_is_wrong_with_an_update_is_reported_at_once() -> None:
    company, other = await found_at(NOVEMBER), await found_at(NOVEMBER)
    theirs = await create_department(OPERATOR, other.id, "Sales", None)
    await add(company, login="taken")
    ann = await add(company)
    async with refused(ErrorCode.INVALID_INPUT) as refusal:
        await update(ann, name=" ", login="TAKEN", role=None, department_id=theirs)
    assert [(one.code.value, one.path) for one in refusal.value.problems] == [
        ("INVALID_INPUT", ("input", "name")),
        ("INVALID_INPUT", ("input", "role")),
        ("ALREADY_EXISTS", ("input", "login")),
        ("NOT_FOUND", ("input", "departmentId")),
    ]
    for given in ({"name": None}, {"login": "-no-"}, {"name": "a\x00b"}):
        async with refused(ErrorCode.INVALID_INPUT):
            await update(ann, **given)


async def test_a_deleted_department_takes_nobody() -> None:
    company = await found_at(NOVEMBER)
    gone = await create_department(OPERATOR, company.id, "Gone", None)
    await delete_department(OPERATOR, gone)
    ann = await add(company)
    async with refused(ErrorCode.NOT_FOUND):
        await update(ann, department_id=gone)


async def test_a_robot_becomes_no_owner_and_enters_no_department() -> None:
    company = await found_at(NOVEMBER)
    sales = await create_department(OPERATOR, company.id, "Sales", None)
    robot = await add(company, is_robot=True)
    async with refused(ErrorCode.INVALID_INPUT) as refusal:
        await update(robot, role=Role.OWNER, department_id=sales)
    assert [one.path for one in refusal.value.problems] == [("input", "role"), ("input", "departmentId")]


@pytest.mark.parametrize("verb", [demote, deactivate, erase])
async def test_the_only_active_owner_cannot_go(verb: Verb) -> None:
    company = await found_at(NOVEMBER)
    await add(company, role=Role.OWNER, is_active=False)  # who has not accepted yet does not count
    await deactivate(await add(company, role=Role.OWNER))  # nor does who has left
    owner = await owner_of(company)
    async with refused(ErrorCode.LAST_OWNER):
        await verb(owner)
    other = await add(company, role=Role.OWNER)
    await verb(owner)
    async with refused(ErrorCode.LAST_OWNER):
        await verb(other)


@pytest.mark.parametrize("verb", [demote, deactivate, erase])
async def test_two_owners_who_go_at_once_do_not_both_go(verb: Verb) -> None:
    for _ in range(10):
        company = await found(None)
        owners = [await owner_of(company), await add(company, role=Role.OWNER)]
        answers = await asyncio.gather(*(verb(one) for one in owners), return_exceptions=True)
        (refusal,) = [one for one in answers if isinstance(one, BaseException)]
        assert isinstance(refusal, DomainError)
        assert refusal.code is ErrorCode.LAST_OWNER
        await owner_of(company)


async def test_an_owner_may_leave_by_themselves_once_there_is_another() -> None:
    company = await found_at(NOVEMBER)
    owner = await owner_of(company)
    themselves = member(owner, company.id, Role.OWNER, "r")
    async with refused(ErrorCode.LAST_OWNER):
        await update(owner, themselves, role=Role.ADMIN)
    await add(company, role=Role.OWNER)
    await update(owner, themselves, role=Role.ADMIN)
    assert (await look(owner)).role is Role.ADMIN


async def test_nobody_raises_themselves() -> None:
    company = await found_at(NOVEMBER)
    admin = await add(company, role=Role.ADMIN)
    themselves = member(admin, company.id, Role.ADMIN, "r")
    for role in (Role.OWNER, Role.BILLING_MANAGER):
        async with refused(ErrorCode.FORBIDDEN) as refusal:
            await update(admin, themselves, role=role)
        assert [one.path for one in refusal.value.problems] == [("input", "role")]
    await update(admin, themselves, role=Role.MEMBER)
    assert (await look(admin)).role is Role.MEMBER


async def test_who_is_deactivated_keeps_their_groups_and_loses_their_own_subscription_and_sessions() -> None:
    company = await found_at(NOVEMBER)
    sales = await create_department(OPERATOR, company.id, "Sales", None)
    ann = await add(company, department_id=sales)
    team = await create_team(OPERATOR, company.id, "Team", [ann], POLICIES)
    await change(company, subscribe=[ann])
    session = await create_session(OPERATOR, ann)
    actor = await find_member_actor(session.token, "r")
    assert actor is not None
    assert actor.expires_at == session.expires_at

    await deactivate(ann)

    assert await find_member_actor(session.token, "r") is None
    assert await subscriptions_in_force(company) == 0
    gone = await look(ann)
    assert (gone.status, gone.department_id, gone.erased_at) == (MemberStatus.DEACTIVATED, sales, None)
    assert [one.id for one in (await list_teams_of([ann]))[ann]] == [team]

    await reactivate(ann)

    assert (await look(ann)).status is MemberStatus.ACTIVE
    assert await subscriptions_in_force(company) == 0
    assert await find_member_actor(session.token, "r") is None


async def test_only_who_is_active_can_leave_and_only_who_left_can_return() -> None:
    company = await found_at(NOVEMBER, 1)
    invited, (active,) = await add(company, is_active=False), company.members
    gone, erased = await add(company), await add(company)
    await deactivate(gone)
    await erase(erased)
    for member_id in (invited, gone, erased):
        async with refused(ErrorCode.INVALID_INPUT):
            await deactivate(member_id)
    for member_id in (invited, active, erased):
        async with refused(ErrorCode.INVALID_INPUT):
            await reactivate(member_id)
    async with refused(ErrorCode.INVALID_INPUT):
        await erase(erased)
    async with refused(ErrorCode.INVALID_INPUT):
        await update(erased, name="Back")


@pytest.mark.parametrize("is_active", [True, False])
async def test_nothing_of_a_person_is_left_in_the_database_once_they_are_erased(is_active: bool) -> None:
    company = await found_at(NOVEMBER)
    sales = await create_department(OPERATOR, company.id, "Sales", None)
    ann = await add(
        company, email="marker.ann@x.example", name="Marker Ann", login="markerann",
        is_active=is_active, department_id=sales,
    )  # fmt: skip
    await create_team(OPERATOR, company.id, "Team", [ann], POLICIES)
    await change(company, subscribe=[ann])
    await update(ann, name="Marker Anna", login="marker.anna", role=Role.ADMIN)
    if is_active:
        await create_session(OPERATOR, ann)

    await erase(ann)

    rows = [row for rows in (await snapshot()).values() for row in rows]
    assert [row for row in rows if "marker" in row.lower()] == []
    left = await look(ann)
    assert (left.name, left.login, left.email) == ("Erased person", None, f"erased-{ann}@erased.invalid")
    assert (left.status, left.department_id) == (MemberStatus.DEACTIVATED, None)
    for table in ("sessions", "invitations", "team_memberships"):
        assert await db.count(f"SELECT 1 FROM {table} WHERE member_id = $1", ann) == 0
    assert await subscriptions_in_force(company) == 0
    assert await count_members(company.id) == 1
    await add(company, email="marker.ann@x.example", login="markerann")


@pytest.mark.parametrize("verb", [update, deactivate, reactivate, erase])
async def test_another_organizations_people_are_not_there(verb: Callable[..., Awaitable[UUID]]) -> None:
    ours, theirs = await found_at(NOVEMBER), await found_at(NOVEMBER, 1)
    stranger = member(await owner_of(ours), ours.id, Role.OWNER, "r")
    messages = set()
    for member_id in (theirs.members[0], uuid4()):
        async with refused(ErrorCode.NOT_FOUND) as refusal:
            await verb(member_id, stranger)
        messages.add(refusal.value.message)
    assert messages == {"There is no such member."}
