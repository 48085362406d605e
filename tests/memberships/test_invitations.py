"""Inviting people, all or none, and what becomes of an invitation (R2.7, R3.9)."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from app import db
from app.directory.invitations import find_open_invitations
from app.directory.queries import MemberRow, count_members, find_members
from app.directory.teams import list_teams_of
from app.domain.access import MemberStatus
from app.domain.actor import Actor, Permission, Role
from app.domain.errors import ErrorCode
from app.domain.roles import member
from app.domain.seat_change import JoinsPolicy
from app.memberships import invitations
from app.memberships.departments import create_department
from app.memberships.invitations import (
    Invited,
    IssuedInvitation,
    accept_invitation,
    invite_members,
    resend_invitation,
    revoke_invitation,
)
from app.memberships.invitees import Invitee
from app.memberships.members import deactivate_member
from app.memberships.teams import create_team, delete_team
from app.seats.changing import change_seats
from app.seats.queries import count_seats
from app.seats.service import RequestedChange
from app.seats.subjects import SubjectReference
from tests.factories import (
    NOVEMBER,
    OPERATOR,
    POLICIES,
    TICK,
    Company,
    appoint,
    change,
    found,
    found_at,
    hire,
    jump,
    refused,
    snapshot,
    someone_in,
)

pytestmark = pytest.mark.usefixtures("clean_database")

FORTNIGHT = timedelta(days=14)


def person(number: int, **other: Any) -> Invitee:
    values: dict[str, Any] = {
        "email": f"p{number}@x.example", "name": "P", "login": f"p{number}", "role": Role.MEMBER, "is_active": True,
    }  # fmt: skip
    return Invitee(**values | other)


async def invite(company: Company, *people: Invitee, actor: Actor = OPERATOR) -> Invited:
    return await invite_members(actor, company.id, people, POLICIES)


async def invite_one(company: Company, number: int = 1) -> IssuedInvitation:
    (invitation,) = (await invite(company, person(number, is_active=False))).invitations
    return invitation


async def accept(token: str, presenter: Actor | None = OPERATOR) -> UUID:
    return await accept_invitation(presenter, token, POLICIES)


def subscribing(team_id: UUID) -> RequestedChange:
    subject = SubjectReference(("input", "subscribe", "0"), team_id=team_id)
    return RequestedChange([subject], [], JoinsPolicy.ALWAYS, False, None)


async def look(member_id: UUID) -> MemberRow:
    (found,) = await find_members([member_id])
    return found


async def last_entry(company: Company) -> dict[str, Any]:
    (row,) = await db.fetch(
        "SELECT actor, action FROM audit_entries WHERE organization_id = $1 ORDER BY sequence DESC LIMIT 1",
        company.id,
    )
    return row


@pytest.mark.parametrize(("is_active", "statements"), [(True, 9), (False, 9)])
async def test_1000_people_with_departments_and_teams_are_invited_by_as_many_statements_as_one(
    is_active: bool, statements: int
) -> None:
    company = await found_at(NOVEMBER)
    department = await create_department(OPERATOR, company.id, "Sales", None)
    teams = [await create_team(OPERATOR, company.id, f"Team {number}", [], POLICIES) for number in range(3)]
    for numbers in (range(1), range(1, 1001)):
        people = [
            person(number, is_active=is_active, department_id=department, team_ids=teams[: 1 + number % 3])
            for number in numbers
        ]
        with db.counted_statements() as counted:
            ids = (await invite(company, *people)).member_ids
        assert len(counted) == statements
        found = {one.id: one for one in await find_members(ids)}
        assert [found[one].email for one in ids] == [one.email for one in people]
        assert {one.department_id for one in found.values()} == {department}
        in_teams = await list_teams_of(ids)
        assert [[one.id for one in in_teams[member_id]] for member_id in ids] == [one.team_ids for one in people]
    assert await count_members(company.id) == 1002


async def test_400_people_are_seated_through_their_team_by_as_many_statements_as_one() -> None:
    company = await found_at(NOVEMBER)
    team = await create_team(OPERATOR, company.id, "Team", [], POLICIES)
    await change_seats(OPERATOR, company.id, subscribing(team), POLICIES)
    counts = []
    for numbers in (range(1), range(1, 401)):
        with db.counted_statements() as counted:
            await invite(company, *(person(number, team_ids=[team]) for number in numbers))
        counts.append(len(counted))
    assert await count_seats(company.id) == 401
    assert counts[0] == counts[1]


async def test_every_person_that_cannot_be_invited_is_reported_and_none_is() -> None:
    company = await found_at(NOVEMBER)
    await invite(company, person(1))
    async with refused(ErrorCode.ALREADY_EXISTS) as refusal:
        await invite(company, person(2), person(3, email="P1@X.example"), person(4, login="P1"))
    assert [one.path for one in refusal.value.problems] == [("input", "members", "1"), ("input", "members", "2")]
    async with refused(ErrorCode.INVALID_INPUT) as refusal:
        people = [person(2), person(3, email="no"), person(4, email="P2@x.example"), person(5, name="")]
        await invite(company, *people)
    assert [one.path[2] for one in refusal.value.problems] == ["1", "2", "3"]
    for people in ([], [person(number) for number in range(1001)]):
        async with refused(ErrorCode.INVALID_INPUT):
            await invite(company, *people)


async def test_groups_that_the_organization_has_not_are_reported_for_each_person() -> None:
    company, other = await found_at(NOVEMBER), await found_at(NOVEMBER)
    theirs = await create_department(OPERATOR, other.id, "Sales", None)
    team = await create_team(OPERATOR, company.id, "Team", [], POLICIES)
    gone = await create_team(OPERATOR, company.id, "Gone", [], POLICIES)
    await delete_team(OPERATOR, gone, POLICIES)
    people = [
        person(1, department_id=theirs),
        person(2, team_ids=[team, gone]),
        person(3, department_id=uuid4(), team_ids=[uuid4()]),
        person(4, team_ids=[team]),
    ]
    async with refused(ErrorCode.NOT_FOUND) as refusal:
        await invite(company, *people)
    assert [one.path[2:] for one in refusal.value.problems] == [
        ("0", "departmentId"),
        ("1", "teamIds", "1"),
        ("2", "departmentId"),
        ("2", "teamIds", "0"),
    ]
    async with refused(ErrorCode.INVALID_INPUT) as refusal:
        await invite(company, person(1, team_ids=[team, team]))
    assert [one.path for one in refusal.value.problems] == [("input", "members", "0", "teamIds")]


async def test_twenty_invitations_of_one_person_at_once_make_one_member() -> None:
    company = await found_at(NOVEMBER)
    answers = await asyncio.gather(*(invite(company, person(1)) for _ in range(20)), return_exceptions=True)
    assert sum(isinstance(one, Invited) for one in answers) == 1
    assert await count_members(company.id) == 2


async def test_the_same_person_in_two_organizations_is_two_members() -> None:
    one, other = await found_at(NOVEMBER), await found_at(NOVEMBER)
    assert (await invite(one, person(1))).member_ids != (await invite(other, person(1))).member_ids


async def test_making_someone_active_without_their_acceptance_is_a_right_of_its_own() -> None:
    company = await found_at(NOVEMBER)
    manager = someone_in([company.id], [Permission.MEMBER_MANAGE])
    async with refused(ErrorCode.FORBIDDEN):
        await invite(company, person(1), actor=manager)
    async with refused(ErrorCode.FORBIDDEN):
        await invite(company, person(1, is_active=False, is_robot=True), actor=manager)
    invited = await invite(company, person(1, is_active=False), actor=manager)
    assert (await look(invited.member_ids[0])).status is MemberStatus.INVITED


async def test_a_role_above_the_inviters_own_is_refused_for_each_who_would_get_it() -> None:
    company = await found_at(NOVEMBER, 1)
    admin = await appoint(company, Role.ADMIN)
    roles = [Role.MEMBER, Role.OWNER, Role.ADMIN, Role.BILLING_MANAGER]
    async with refused(ErrorCode.FORBIDDEN) as refusal:
        await invite(company, *(person(number, role=role) for number, role in enumerate(roles)), actor=admin)
    assert [one.path for one in refusal.value.problems] == [
        ("input", "members", "1", "role"),
        ("input", "members", "3", "role"),
    ]


async def test_a_robot_is_active_at_once_and_neither_an_owner_nor_in_a_group() -> None:
    company = await found_at(NOVEMBER)
    department = await create_department(OPERATOR, company.id, "Sales", None)
    team = await create_team(OPERATOR, company.id, "Team", [], POLICIES)
    invited = await invite(company, person(1, is_robot=True, is_active=False, role=Role.ADMIN))
    robot = await look(invited.member_ids[0])
    assert (robot.is_robot, robot.status, robot.role) == (True, MemberStatus.ACTIVE, Role.ADMIN)
    assert invited.invitations == []
    async with refused(ErrorCode.INVALID_INPUT) as refusal:
        await invite(company, person(2, is_robot=True, role=Role.OWNER, department_id=department, team_ids=[team]))
    assert [one.path[3] for one in refusal.value.problems] == ["role", "departmentId", "teamIds"]


async def test_only_those_who_have_to_accept_get_a_token_of_which_the_hash_alone_is_kept() -> None:
    company = await found_at(NOVEMBER)
    invited = await invite(company, person(1), person(2, is_active=False), person(3, is_active=False))
    assert [one.member_id for one in invited.invitations] == invited.member_ids[1:]
    assert len({one.token for one in invited.invitations}) == 2
    at = (await company.facts()).now
    assert {one.expires_at for one in invited.invitations} == {at + FORTNIGHT}
    kept = [row["content"] for row in await db.fetch("SELECT t::text AS content FROM invitations AS t")]
    assert len(kept) == 2
    assert not any(one.token in text for one in invited.invitations for text in kept)


async def test_who_accepts_takes_part_and_the_token_is_used_up() -> None:
    company = await found_at(NOVEMBER)
    invitation = await invite_one(company)
    assert await accept(invitation.token) == invitation.member_id
    assert (await look(invitation.member_id)).status is MemberStatus.ACTIVE
    assert await find_open_invitations([invitation.member_id]) == {}
    entry = await last_entry(company)
    assert (entry["actor"], entry["action"]) == (f"member:{invitation.member_id}", "invitation.accepted")
    async with refused(ErrorCode.NOT_FOUND):
        await accept(invitation.token)


async def test_the_token_alone_opens_whoever_presents_it() -> None:
    company, other = await found_at(NOVEMBER), await found_at(NOVEMBER, 1)
    stranger = member(other.members[0], other.id, Role.MEMBER, "r")
    for number, presenter in enumerate([None, stranger]):
        invitation = await invite_one(company, number)
        assert await accept(invitation.token, presenter) == invitation.member_id


async def test_wrong_used_revoked_and_expired_tokens_have_one_answer() -> None:
    company = await found_at(NOVEMBER)
    used, resent, revoked, expired = [await invite_one(company, number) for number in range(4)]
    await accept(used.token)
    await resend_invitation(OPERATOR, resent.member_id)
    await revoke_invitation(OPERATOR, revoked.member_id, POLICIES)
    await jump(company.clock_id, expired.expires_at)
    answers = set()
    for token in ("", "smin_wrong", "\ud800", used.token, resent.token, revoked.token, expired.token):
        async with refused(ErrorCode.NOT_FOUND) as refusal:
            await accept(token)
        answers.add((refusal.value.message, refusal.value.problems))
    assert len(answers) == 1


async def test_an_invitation_lives_for_14_days_and_one_sent_again_for_14_more() -> None:
    company = await found_at(NOVEMBER)
    early, late = await invite_one(company, 1), await invite_one(company, 2)
    await jump(company.clock_id, early.expires_at - 2 * TICK)
    await accept(early.token)
    await jump(company.clock_id, late.expires_at)
    async with refused(ErrorCode.NOT_FOUND):
        await accept(late.token)
    assert (await look(late.member_id)).status is MemberStatus.INVITED
    again = await resend_invitation(OPERATOR, late.member_id)
    assert again.expires_at == late.expires_at + FORTNIGHT
    assert (await find_open_invitations([late.member_id]))[late.member_id].expires_at == again.expires_at
    await jump(company.clock_id, again.expires_at - 2 * TICK)
    await accept(again.token)
    assert (await look(late.member_id)).status is MemberStatus.ACTIVE


async def test_twenty_acceptances_at_once_are_one() -> None:
    company = await found(None)
    invitation = await invite_one(company)
    answers = await asyncio.gather(*(accept(invitation.token) for _ in range(20)), return_exceptions=True)
    assert sum(not isinstance(one, BaseException) for one in answers) == 1
    assert await db.count("SELECT 1 FROM events WHERE type = 'invitation.accepted'") == 1


async def test_an_acceptance_and_a_revocation_at_once_have_one_winner() -> None:
    for _ in range(10):
        company = await found(None)
        invitation = await invite_one(company)
        answers = await asyncio.gather(
            accept(invitation.token),
            revoke_invitation(OPERATOR, invitation.member_id, POLICIES),
            return_exceptions=True,
        )
        assert sum(not isinstance(one, BaseException) for one in answers) == 1


async def test_who_is_revoked_is_forgotten_and_can_be_invited_again() -> None:
    company = await found_at(NOVEMBER)
    team = await create_team(OPERATOR, company.id, "Team", [], POLICIES)
    department = await create_department(OPERATOR, company.id, "Sales", None)
    ann = person(1, is_active=False, team_ids=[team], department_id=department)
    (invitation,) = (await invite(company, ann)).invitations
    await change(company, subscribe=[invitation.member_id])

    await revoke_invitation(OPERATOR, invitation.member_id, POLICIES)

    left = await look(invitation.member_id)
    assert (left.name, left.login, left.status, left.department_id) == (
        "Erased person", None, MemberStatus.DEACTIVATED, None,
    )  # fmt: skip
    assert left.email == f"erased-{left.id}@erased.invalid"
    assert left.erased_at == (await company.facts()).now
    assert await db.count("SELECT 1 FROM seat_subscriptions WHERE ended_at IS NULL") == 0
    for table in ("invitations", "team_memberships"):
        assert await db.count(f"SELECT 1 FROM {table}") == 0
    again = await invite(company, ann)
    assert again.member_ids != [invitation.member_id]


async def test_nobody_is_sent_more_than_five_invitations_in_24_hours() -> None:
    company = await found_at(NOVEMBER)
    invitation = await invite_one(company)
    for _ in range(4):
        last = await resend_invitation(OPERATOR, invitation.member_id)
    before = await snapshot()
    async with refused(ErrorCode.CONFLICT) as refusal:
        await resend_invitation(OPERATOR, invitation.member_id)
    assert refusal.value.message.startswith("This person was sent 5 invitations in 24 hours; the last one is good.")
    assert await snapshot() == before
    await jump(company.clock_id, NOVEMBER + timedelta(hours=24, minutes=1))
    again = await resend_invitation(OPERATOR, invitation.member_id)
    async with refused(ErrorCode.NOT_FOUND):
        await accept(last.token)
    await accept(again.token)


async def test_an_organization_sends_so_many_invitations_again_in_24_hours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(invitations, "MOST_RESENT", 2)
    company, other = await found_at(NOVEMBER), await found_at(NOVEMBER)
    invited = [await invite_one(company, number) for number in range(3)]
    for one in invited[:2]:
        await resend_invitation(OPERATOR, one.member_id)
    before = await snapshot()
    async with refused(ErrorCode.CONFLICT):
        await resend_invitation(OPERATOR, invited[2].member_id)
    assert await snapshot() == before
    await resend_invitation(OPERATOR, (await invite_one(other, 9)).member_id)


async def test_only_who_is_invited_can_be_invited_anew_or_revoked() -> None:
    company = await found_at(NOVEMBER, 2)
    active, gone = company.members
    await deactivate_member(OPERATOR, gone, POLICIES)
    forgotten = await invite_one(company)
    await revoke_invitation(OPERATOR, forgotten.member_id, POLICIES)
    for member_id in (active, gone, forgotten.member_id):
        async with refused(ErrorCode.INVALID_INPUT):
            await resend_invitation(OPERATOR, member_id)
        async with refused(ErrorCode.INVALID_INPUT):
            await revoke_invitation(OPERATOR, member_id, POLICIES)
    for member_id in (uuid4(), (await hire(await found_at(NOVEMBER), 1))[0]):
        stranger = member(active, company.id, Role.OWNER, "r")
        async with refused(ErrorCode.NOT_FOUND):
            await resend_invitation(stranger, member_id)
        async with refused(ErrorCode.NOT_FOUND):
            await revoke_invitation(stranger, member_id, POLICIES)


async def test_an_invitation_to_an_organization_that_is_being_purged_opens_nothing() -> None:
    company = await found_at(NOVEMBER)
    invitation = await invite_one(company)
    await db.fetch("UPDATE organizations SET purge_decided_at = last_change_at")
    async with refused(ErrorCode.ORGANIZATION_PURGED):
        await accept(invitation.token)
