"""Listing members: who is wanted, in which order, page by page."""

from typing import Any
from uuid import UUID

import pytest

from app.directory.queries import MemberFilter, MemberOrder, count_members, list_members
from app.domain.access import MemberStatus
from app.domain.actor import Role
from app.domain.paging import EVERYTHING, PageRequest
from app.memberships.departments import create_department
from app.memberships.invitations import invite_members
from app.memberships.invitees import Invitee
from app.memberships.members import deactivate_member, erase_member
from app.memberships.teams import create_team
from tests.factories import NOVEMBER, OPERATOR, POLICIES, Company, change, found_at

pytestmark = pytest.mark.usefixtures("clean_database")


async def names(company: Company, order: MemberOrder = MemberOrder.NAME_ASC, **wanted: Any) -> list[str]:
    """Of those who are listed, and counted alike."""
    only = MemberFilter(**wanted)
    found = await list_members(company.id, only, order, EVERYTHING)
    assert await count_members(company.id, only) == len(found)
    return [one.name for one in found]


async def add(company: Company, name: str, **other: Any) -> UUID:
    values: dict[str, Any] = {
        "email": f"{name.lower()}@people.example", "name": name, "login": None, "role": Role.MEMBER, "is_active": True,
    }  # fmt: skip
    invitee = Invitee(**values | other)
    return (await invite_members(OPERATOR, company.id, [invitee], POLICIES)).member_ids[0]


async def test_each_filter_asks_one_thing_and_together_they_ask_all_of_it() -> None:
    company, other = await found_at(NOVEMBER), await found_at(NOVEMBER)
    sales = await create_department(OPERATOR, company.id, "Sales", None)
    north = await create_department(OPERATOR, company.id, "North", sales)
    ann = await add(company, "Ann", department_id=sales, login="ann.login")
    bob = await add(company, "Bob", department_id=north, role=Role.ADMIN)
    await add(company, "Cat", is_active=False)
    await add(company, "Robot", is_robot=True)
    await deactivate_member(OPERATOR, await add(company, "Dan"), POLICIES)
    await erase_member(OPERATOR, await add(company, "Eve"), POLICIES)
    team = await create_team(OPERATOR, company.id, "Team", [ann, bob], POLICIES)
    await change(company, subscribe=[bob])
    await add(other, "Ann")

    assert await names(company) == ["Ann", "Bob", "Cat", "Dan", "Olga Owner", "Robot"]
    assert await names(company, is_erased=True) == ["Erased person"]
    assert await names(company, text="AN") == ["Ann", "Dan"]
    assert await names(company, text="ann.log") == ["Ann"]
    assert await names(company, text="BOB@people", by_address=True) == ["Bob"]
    assert await names(company, text="BOB@people") == []
    assert await names(company, text="annann") == []
    assert await names(company, text="%") == await names(company, text="a\x00") == []
    assert await names(company, status=MemberStatus.INVITED) == ["Cat"]
    assert await names(company, status=MemberStatus.DEACTIVATED) == ["Dan"]
    assert await names(company, role=Role.ADMIN) == ["Bob"]
    assert await names(company, department_id=sales) == ["Ann"]
    assert await names(company, department_id=sales, with_those_below=True) == ["Ann", "Bob"]
    assert await names(company, department_id=north, with_those_below=True) == ["Bob"]
    assert await names(company, team_id=team) == ["Ann", "Bob"]
    assert await names(company, has_seat=True) == ["Bob"]
    assert await names(company, has_seat=False, is_robot=False) == ["Ann", "Cat", "Dan", "Olga Owner"]
    assert await names(company, is_robot=True) == ["Robot"]
    assert await names(company, team_id=team, role=Role.MEMBER, text="a", status=MemberStatus.ACTIVE) == ["Ann"]
    assert await names(other, department_id=sales, with_those_below=True) == await names(other, team_id=team) == []


async def test_members_are_listed_by_name_or_by_when_they_came_either_way() -> None:
    company = await found_at(NOVEMBER)
    for name in ("Cat", "Ann", "Bob"):
        await add(company, name)
    assert await names(company, MemberOrder.NAME_ASC) == ["Ann", "Bob", "Cat", "Olga Owner"]
    assert await names(company, MemberOrder.NAME_DESC) == ["Olga Owner", "Cat", "Bob", "Ann"]
    assert await names(company, MemberOrder.CREATED_AT_ASC) == ["Olga Owner", "Cat", "Ann", "Bob"]
    assert await names(company, MemberOrder.CREATED_AT_DESC) == ["Bob", "Ann", "Cat", "Olga Owner"]


async def test_a_page_of_a_descending_list_begins_after_its_position() -> None:
    company = await found_at(NOVEMBER)
    for name in ("Ann", "Bob", "Cat"):
        await add(company, name)
    everyone = await list_members(company.id, MemberFilter(), MemberOrder.NAME_DESC, EVERYTHING)
    position = (everyone[1].name, everyone[1].id)
    after = PageRequest(1, after=position)
    before = PageRequest(1, before=position, is_backward=True)
    assert [
        [one.name for one in await list_members(company.id, MemberFilter(), MemberOrder.NAME_DESC, page)]
        for page in (after, before)
    ] == [["Bob", "Ann"], ["Olga Owner"]]
