"""Members who want more than they were given: themselves as admins, others above themselves, nobody above them.

Every refusal is checked to have changed nothing (R2.3, R2.4).
"""

from uuid import UUID

import pytest

from app import db
from app.domain.actor import Actor, ActorKind, Permission, Role, Standing
from app.domain.errors import ErrorCode
from app.domain.policy import PERMISSIONS_OF_ROLE
from app.domain.roles import person
from app.domain.roster import RosterLine
from app.memberships.invitations import invite_members
from app.memberships.invitees import Invitee
from app.memberships.members import (
    MemberUpdate,
    deactivate_member,
    erase_member,
    update_member,
)
from app.memberships.roster import Roster, apply_roster
from tests.factories import NOVEMBER, POLICIES, Company, appoint, found_at, refused, someone_in

pytestmark = pytest.mark.usefixtures("clean_database")

BELOW_OWNER = [Role.ADMIN, Role.BILLING_MANAGER, Role.MEMBER]


def roster(email: str, role: Role) -> Roster:
    return Roster([RosterLine(("input", "members", "0"), email, "A Person", role=role)], False, 100, None)


@pytest.mark.parametrize(
    ("role", "wanted"),
    [(role, wanted) for role in BELOW_OWNER for wanted in (Role.OWNER, Role.ADMIN) if role is not wanted],
)
async def test_nobody_makes_more_of_themselves(role: Role, wanted: Role) -> None:
    company = await found_at(NOVEMBER)
    actor = await appoint(company, role)
    member_id = actor.member_in(company.id)
    assert member_id is not None
    async with refused(ErrorCode.FORBIDDEN):
        await update_member(actor, member_id, MemberUpdate(role=wanted), POLICIES)


@pytest.mark.parametrize("is_active", [True, False])
@pytest.mark.parametrize(("role", "wanted"), [(Role.ADMIN, Role.OWNER), (Role.MEMBER, Role.MEMBER)])
async def test_nobody_invites_above_their_role_nor_at_all_without_the_permission(
    role: Role, wanted: Role, is_active: bool
) -> None:
    company = await found_at(NOVEMBER)
    actor = await appoint(company, role)
    invitee = Invitee("friend@x.example", "A Friend", None, wanted, is_active)
    async with refused(ErrorCode.FORBIDDEN):
        await invite_members(actor, company.id, [invitee], POLICIES)


async def test_a_roster_gives_no_role_above_that_of_whoever_brings_it() -> None:
    company = await found_at(NOVEMBER)
    actor = await appoint(company, Role.ADMIN)
    async with refused(ErrorCode.FORBIDDEN):
        await apply_roster(actor, company.id, roster("friend@x.example", Role.OWNER), POLICIES)


async def test_a_key_gives_no_role_with_a_permission_that_it_lacks_itself() -> None:
    company = await found_at(NOVEMBER)
    owner = await appoint(company, Role.OWNER)
    admins = PERMISSIONS_OF_ROLE[Role.ADMIN] - {Permission.SEAT_MANAGE}
    key = Actor(
        ActorKind.API_KEY, "key", "request", None,
        {company.id: Standing(owner.member_in(company.id), Role.OWNER, admins)},
    )  # fmt: skip
    invitee = Invitee("friend@x.example", "A Friend", None, Role.ADMIN, is_active=True)
    partner = someone_in([company.id], {Permission.MEMBER_MANAGE, Permission.MEMBER_PROVISION})
    for actor in (key, partner):
        async with refused(ErrorCode.FORBIDDEN):
            await invite_members(actor, company.id, [invitee], POLICIES)


async def test_the_last_owner_cannot_be_removed_by_any_verb_not_even_by_themselves() -> None:
    company = await found_at(NOVEMBER)
    second = await appoint(company, Role.OWNER)
    await appoint(company, Role.OWNER)
    # All owners but one go; what is left is tried with the one who stays.
    last = second.member_in(company.id)
    assert last is not None
    for one in await owners(company):
        if one != last:
            await deactivate_member(second, one, POLICIES)
    async with refused(ErrorCode.LAST_OWNER):
        await update_member(second, last, MemberUpdate(role=Role.ADMIN), POLICIES)
    async with refused(ErrorCode.LAST_OWNER):
        await deactivate_member(second, last, POLICIES)
    async with refused(ErrorCode.LAST_OWNER):
        await erase_member(second, last, POLICIES)
    async with refused(ErrorCode.LAST_OWNER):
        await apply_roster(second, company.id, roster(await address_of(last), Role.MEMBER), POLICIES)


async def address_of(member_id: UUID) -> str:
    (row,) = await db.fetch("SELECT email FROM members WHERE id = $1", member_id)
    email: str = row["email"]
    return email


async def owners(company: Company) -> list[UUID]:
    rows = await db.fetch(
        "SELECT id FROM members WHERE organization_id = $1 AND role = 'OWNER' AND status = 'ACTIVE'", company.id
    )
    return [row["id"] for row in rows]


async def test_an_owner_elsewhere_is_here_what_they_are_here() -> None:
    here, there = await found_at(NOVEMBER, 1), await found_at(NOVEMBER, 1)
    actor = person(
        "sign-in", "request", {here.id: (here.members[0], Role.MEMBER), there.id: (there.members[0], Role.OWNER)}, None
    )
    async with refused(ErrorCode.FORBIDDEN):
        await update_member(actor, here.members[0], MemberUpdate(role=Role.ADMIN), POLICIES)
    third = await found_at(NOVEMBER, 1)
    async with refused(ErrorCode.NOT_FOUND):
        await update_member(actor, third.members[0], MemberUpdate(role=Role.ADMIN), POLICIES)
