"""The tree of departments: no cycle, no name twice beside itself, gone only when empty."""

import asyncio
import random
from typing import Any
from uuid import UUID, uuid4

import pytest

from app import db
from app.directory.departments import find_departments, list_above, list_below
from app.domain.actor import Role
from app.domain.errors import DomainError, ErrorCode
from app.domain.roles import member
from app.memberships.departments import (
    DEEPEST,
    DepartmentUpdate,
    create_department,
    delete_department,
    update_department,
)
from app.memberships.members import MemberUpdate, deactivate_member, erase_member, update_member
from tests.factories import NOVEMBER, OPERATOR, POLICIES, Company, found, found_at, refused, snapshot

pytestmark = pytest.mark.usefixtures("clean_database")


async def create(company: Company, name: str, parent_id: UUID | None = None) -> UUID:
    return await create_department(OPERATOR, company.id, name, parent_id)


async def update(department_id: UUID, **given: Any) -> UUID:
    return await update_department(OPERATOR, department_id, DepartmentUpdate(**given), POLICIES)


async def chain(company: Company, levels: int) -> list[UUID]:
    """A branch of departments, the top first."""
    made: list[UUID] = []
    for level in range(levels):
        made.append(await create(company, f"Level {level}", made[-1] if made else None))
    return made


async def settle_in(member_id: UUID, department_id: UUID | None) -> None:
    await update_member(OPERATOR, member_id, MemberUpdate(department_id=department_id), POLICIES)


async def test_a_department_stands_where_it_is_put_and_moves_with_everything_below_it() -> None:
    company = await found_at(NOVEMBER)
    top, middle, bottom = await chain(company, 3)
    other = await create(company, "Other")
    assert await list_above(company.id, bottom) == [bottom, middle, top]
    await update(middle, parent_id=other)
    assert await list_above(company.id, bottom) == [bottom, middle, other]
    await update(middle, parent_id=None, name="Free")
    assert await list_above(company.id, bottom) == [bottom, middle]
    assert await list_below(middle) == {middle: 1, bottom: 2}
    assert [one.name for one in await find_departments([middle])] == ["Free"]


async def test_a_name_is_taken_once_among_siblings_whatever_its_case() -> None:
    company, other = await found_at(NOVEMBER), await found_at(NOVEMBER)
    sales, support = await create(company, "Sales"), await create(company, "Support")
    for name, parent_id in (("sales", None), (" SALES ", None)):
        async with refused(ErrorCode.ALREADY_EXISTS) as refusal:
            await create(company, name, parent_id)
        assert [one.path for one in refusal.value.problems] == [("input", "name")]
    below = await create(company, "Sales", sales)
    await create(company, "Sales", support)
    await create(other, "Sales")
    async with refused(ErrorCode.ALREADY_EXISTS):
        await update(below, parent_id=None)
    async with refused(ErrorCode.ALREADY_EXISTS):
        await update(support, name="SALES")
    await update(sales, name="SALES")


async def test_a_department_cannot_stand_below_itself() -> None:
    company = await found_at(NOVEMBER)
    departments = await chain(company, 3)
    for parent_id in departments:
        async with refused(ErrorCode.INVALID_INPUT) as refusal:
            await update(departments[0], parent_id=parent_id)
        assert [one.path for one in refusal.value.problems] == [("input", "parentId")]


async def test_two_moves_at_once_make_no_cycle() -> None:
    company = await found(None)
    for number in range(20):
        one, other = await create(company, f"One {number}"), await create(company, f"Other {number}")
        answers = await asyncio.gather(
            update(one, parent_id=other), update(other, parent_id=one), return_exceptions=True
        )
        (refusal,) = [answer for answer in answers if isinstance(answer, BaseException)]
        assert isinstance(refusal, DomainError)
        assert refusal.code is ErrorCode.INVALID_INPUT


async def test_many_moves_at_once_leave_a_tree() -> None:
    company, chance = await found(None), random.Random(1)  # noqa: S311 - the same moves every time
    departments = [await create(company, f"D{number}") for number in range(8)]
    moves = [(chance.choice(departments), chance.choice([None, *departments])) for _ in range(60)]
    await asyncio.gather(*(update(one, parent_id=parent) for one, parent in moves), return_exceptions=True)
    for one in departments:
        above = await list_above(company.id, one)
        assert len(above) == len(set(above)) <= 8


async def test_a_tree_has_at_most_50_levels() -> None:
    company = await found_at(NOVEMBER)
    deepest = await chain(company, DEEPEST)
    async with refused(ErrorCode.INVALID_INPUT) as refusal:
        await create(company, "One more", deepest[-1])
    assert [one.path for one in refusal.value.problems] == [("input", "parentId")]
    top = await create(company, "Top")
    await create(company, "Below", top)
    async with refused(ErrorCode.INVALID_INPUT):
        await update(top, parent_id=deepest[-2])
    await update(top, parent_id=deepest[-3])


async def test_everything_that_is_wrong_is_reported_at_once() -> None:
    company, other = await found_at(NOVEMBER), await found_at(NOVEMBER)
    theirs, gone = await create(other, "Theirs"), await create(company, "Gone")
    await delete_department(OPERATOR, gone)
    sales = await create(company, "Sales")
    for parent_id in (theirs, gone, uuid4()):
        for attempt in (create(company, "", parent_id), update(sales, name="n" * 201, parent_id=parent_id)):
            async with refused(ErrorCode.INVALID_INPUT) as refusal:
                await attempt
            assert [(one.code.value, one.path) for one in refusal.value.problems] == [
                ("INVALID_INPUT", ("input", "name")),
                ("NOT_FOUND", ("input", "parentId")),
            ]
    for name in (None, "a\x00b"):
        async with refused(ErrorCode.INVALID_INPUT):
            await update(sales, name=name)


async def test_what_changes_nothing_is_no_change() -> None:
    company = await found_at(NOVEMBER)
    sales = await create(company, "Sales")
    before = await snapshot()
    await update(sales, name="Sales", parent_id=None)
    await update(sales)
    assert await snapshot() == before


async def test_only_an_empty_department_is_deleted_and_then_its_name_is_free() -> None:
    company = await found_at(NOVEMBER, 1)
    (ann,) = company.members
    top, bottom = await chain(company, 2)
    await settle_in(ann, bottom)
    await deactivate_member(OPERATOR, ann, POLICIES)  # who comes back comes back to it
    for department_id in (top, bottom):
        async with refused(ErrorCode.INVALID_INPUT) as refusal:
            await delete_department(OPERATOR, department_id)
        assert [one.path for one in refusal.value.problems] == [("input", "departmentId")]
    await erase_member(OPERATOR, ann, POLICIES)
    await delete_department(OPERATOR, bottom)
    await delete_department(OPERATOR, top)
    await create(company, "Level 0")
    for attempt in (delete_department(OPERATOR, top), update(top, name="Back")):
        async with refused(ErrorCode.NOT_FOUND):
            await attempt


async def test_the_subscription_of_a_deleted_department_ends() -> None:
    company = await found_at(NOVEMBER)
    sales = await create(company, "Sales")
    await subscribe_department(company, sales)
    await delete_department(OPERATOR, sales)
    (row,) = await db.fetch("SELECT ended_at, ended_by FROM seat_subscriptions")
    assert (row["ended_at"], row["ended_by"]) == ((await company.facts()).now, OPERATOR.name)


async def test_a_department_is_not_filled_while_it_is_deleted() -> None:
    for number in range(10):
        company = await found(None, 1)
        sales = await create(company, f"Sales {number}")
        answers = await asyncio.gather(
            delete_department(OPERATOR, sales), settle_in(company.members[0], sales), return_exceptions=True
        )
        assert sum(isinstance(one, DomainError) for one in answers) == 1


async def test_another_organizations_departments_are_not_there() -> None:
    ours, theirs = await found_at(NOVEMBER, 1), await found_at(NOVEMBER)
    stranger = member(ours.members[0], ours.id, Role.OWNER, "r")
    for department_id in (await create(theirs, "Theirs"), uuid4()):
        async with refused(ErrorCode.NOT_FOUND) as refusal:
            await delete_department(stranger, department_id)
        assert refusal.value.message == "There is no such department."
        async with refused(ErrorCode.NOT_FOUND):
            await update_department(stranger, department_id, DepartmentUpdate(name="Ours"), POLICIES)


async def subscribe_department(company: Company, department_id: UUID) -> None:
    """As a change of seats does it."""
    await db.fetch(
        """
        INSERT INTO seat_subscriptions (id, organization_id, department_id, joins, created_at, created_by)
        SELECT gen_random_uuid(), id, $2, 'ALWAYS', last_change_at, 'operator:test' FROM organizations WHERE id = $1
        """,
        company.id,
        department_id,
    )
