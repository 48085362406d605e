"""Founding organizations and inviting people, all or none (R2.7, R3.9, R4.1)."""

import asyncio
from typing import Any
from uuid import UUID

import pytest

from app import db
from app.clocks.service import create_test_clock
from app.directory.queries import count_members, find_members
from app.domain.access import MemberStatus
from app.domain.actor import Actor, ActorKind, Permission
from app.domain.errors import ErrorCode
from app.domain.roles import Role
from app.memberships.service import Invitee, create_organization, invite_members
from tests.factories import NOVEMBER, OPERATOR, found_at, founding, refused, utc

pytestmark = pytest.mark.usefixtures("clean_database")


async def create(**other: Any) -> UUID:
    values: dict[str, Any] = {"slug": "romashka", "clock_id": None, "owner_email": "olga@romashka.example"}
    return await create_organization(OPERATOR, founding(**values | other))


def person(number: int, **other: Any) -> Invitee:
    values: dict[str, Any] = {
        "email": f"p{number}@x.example", "name": "P", "login": f"p{number}", "role": Role.MEMBER, "is_active": True,
    }  # fmt: skip
    return Invitee(**values | other)


async def test_a_new_organization_has_one_active_owner() -> None:
    organization_id = await create()
    (owner,) = await find_members([row["id"] for row in await db.fetch("SELECT id FROM members")])
    assert (owner.organization_id, owner.email, owner.role, owner.status) == (
        organization_id, "olga@romashka.example", Role.OWNER, MemberStatus.ACTIVE,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("other", "code"),
    [
        ({"slug": "No Slug"}, ErrorCode.INVALID_INPUT),
        ({"slug": ""}, ErrorCode.INVALID_INPUT),
        ({"name": "  "}, ErrorCode.INVALID_INPUT),
        ({"name": "n" * 201}, ErrorCode.INVALID_INPUT),
        ({"time_zone": "Mars/Olympus"}, ErrorCode.INVALID_INPUT),
        ({"currency": "XXX"}, ErrorCode.INVALID_INPUT),
        ({"currency": "USD"}, ErrorCode.INVALID_INPUT),
        ({"owner_email": "nobody"}, ErrorCode.INVALID_INPUT),
        ({"owner_name": ""}, ErrorCode.INVALID_INPUT),
        ({"clock_id": "5ea70000-0000-4000-8000-00000000dead"}, ErrorCode.NOT_FOUND),
    ],
)
async def test_an_organization_that_cannot_be_is_refused(other: dict[str, Any], code: ErrorCode) -> None:
    async with refused(code):
        await create(**other)


async def test_an_organization_before_the_first_price_list_is_refused() -> None:
    clock = await create_test_clock(OPERATOR, utc("2020-09-15 12:00"))
    async with refused(ErrorCode.INVALID_INPUT):
        await create(clock_id=clock)


async def test_a_slug_is_taken_once_also_by_twenty_at_once() -> None:
    answers = await asyncio.gather(*(create() for _ in range(20)), return_exceptions=True)
    assert sum(not isinstance(one, BaseException) for one in answers) == 1
    assert await db.count("SELECT 1 FROM organizations") == 1
    async with refused(ErrorCode.ALREADY_EXISTS):
        await create(owner_email="other@x.example")


async def test_1000_people_are_invited_at_once_by_as_many_statements_as_one() -> None:
    company = await found_at(NOVEMBER)
    counts = []
    for people in ([person(0)], [person(number) for number in range(1, 1001)]):
        with db.counted_statements() as statements:
            ids = await invite_members(OPERATOR, company.id, people)
        counts.append(len(statements))
        found = {one.id: one for one in await find_members(ids)}
        assert [found[one].email for one in ids] == [one.email for one in people]
    assert counts[0] == counts[1]
    assert await count_members(company.id) == 1002


async def test_every_person_that_cannot_be_invited_is_reported_and_none_is() -> None:
    company = await found_at(NOVEMBER)
    await invite_members(OPERATOR, company.id, [person(1)])
    async with refused(ErrorCode.ALREADY_EXISTS) as refusal:
        people = [person(2), person(3, email="P1@X.example"), person(4, login="P1")]
        await invite_members(OPERATOR, company.id, people)
    assert [one.path for one in refusal.value.problems] == [("input", "members", "1"), ("input", "members", "2")]
    async with refused(ErrorCode.INVALID_INPUT) as refusal:
        people = [person(2), person(3, email="no"), person(4, email="P2@x.example"), person(5, name="")]
        await invite_members(OPERATOR, company.id, people)
    assert [one.path[2] for one in refusal.value.problems] == ["1", "2", "3"]
    for people in ([], [person(number) for number in range(1001)]):
        async with refused(ErrorCode.INVALID_INPUT):
            await invite_members(OPERATOR, company.id, people)


async def test_twenty_invitations_of_one_person_at_once_make_one_member() -> None:
    company = await found_at(NOVEMBER)
    answers = await asyncio.gather(
        *(invite_members(OPERATOR, company.id, [person(1)]) for _ in range(20)), return_exceptions=True
    )
    assert sum(isinstance(one, list) for one in answers) == 1
    assert await count_members(company.id) == 2


async def test_the_same_person_in_two_organizations_is_two_members() -> None:
    one, other = await found_at(NOVEMBER), await found_at(NOVEMBER)
    assert await invite_members(OPERATOR, one.id, [person(1)]) != await invite_members(OPERATOR, other.id, [person(1)])


async def test_making_someone_active_without_their_acceptance_is_a_right_of_its_own() -> None:
    company = await found_at(NOVEMBER)
    admin = Actor(ActorKind.OPERATOR, "admin", "r", frozenset([company.id]), frozenset([Permission.MEMBER_MANAGE]))
    async with refused(ErrorCode.FORBIDDEN):
        await invite_members(admin, company.id, [person(1)])
    (invited,) = await invite_members(admin, company.id, [person(1, is_active=False)])
    assert [one.status for one in await find_members([invited])] == [MemberStatus.INVITED]
