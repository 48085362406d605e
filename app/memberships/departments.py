"""Changing the tree of departments."""

from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID, uuid4

from app import db
from app.directory.departments import (
    DepartmentRow,
    find_departments,
    is_name_taken,
    list_above,
    list_below,
    list_people_in,
)
from app.domain.actor import Actor, Permission
from app.domain.errors import DomainError, ErrorCode, Problem, invalid, refuse_for
from app.domain.policies import Policies
from app.domain.text import check_text
from app.domain.unset import UNSET, Unset
from app.events.service import Change
from app.memberships.changes import lock_home, settle_and_record, unknown
from app.organizations.service import lock_organization, record
from app.seats.subscriptions import end_subscriptions

DEEPEST = 50
"""The most levels of a tree."""


@dataclass(frozen=True, slots=True)
class DepartmentUpdate:
    """What is to be different; a top department has the parent None."""

    name: str | Unset | None = UNSET
    parent_id: UUID | Unset | None = UNSET


async def create_department(actor: Actor, organization_id: UUID, name: str, parent_id: UUID | None) -> UUID:
    """Add an empty department, below another one or at the top.

    Raises: DomainError INVALID_INPUT, NOT_FOUND (the parent), ALREADY_EXISTS (the name, beside it) with every
    problem, and what `lock_organization` raises.
    """
    async with db.in_transaction():
        organization = await lock_organization(actor, organization_id, Permission.MEMBER_MANAGE)
        nameless = DepartmentRow(uuid4(), organization_id, parent_id, "", organization.at, None)
        made, problems = _with_name(nameless, name)
        problems += await _find_place_problems(made, height=1)
        if problems:
            raise refuse_for(problems)
        await _insert(made)
        facts = {"departmentId": made.id, "parentId": parent_id}
        await record(actor, organization, Change("department.created", facts))
    return made.id


async def update_department(actor: Actor, department_id: UUID, update: DepartmentUpdate, policies: Policies) -> UUID:
    """Rename a department, or move it with everything below it, which settles the seats of everyone there.

    Raises: DomainError NOT_FOUND, INVALID_INPUT (also for a place below itself, or too deep), ALREADY_EXISTS with
    every problem, and what `lock_organization` raises.
    """
    async with db.in_transaction():
        organization = await lock_home(actor, "department", department_id)
        before = await _load(department_id)
        below = await list_below(department_id)
        after, problems = _with_name(before, update.name)
        if update.parent_id is not UNSET:
            after = replace(after, parent_id=update.parent_id)
        problems += await _find_place_problems(after, height=max(below.values()))
        if problems:
            raise refuse_for(problems)
        if after != before:
            await _store(after)
            is_moved = after.parent_id != before.parent_id
            touched = await list_people_in(list(below)) if is_moved else []
            change, cause = _describe(before, after), "department was moved"
            await settle_and_record(actor, organization, policies, change, cause=cause, member_ids=touched)
    return department_id


async def delete_department(actor: Actor, department_id: UUID) -> UUID:
    """Delete a department that nobody and nothing is in; its subscription ends (R3.2). It covered nobody, so no
    seat is to be settled.

    Raises: DomainError NOT_FOUND, INVALID_INPUT when it is not empty, and what `lock_organization` raises.
    """
    async with db.in_transaction():
        organization = await lock_home(actor, "department", department_id)
        found = await _load(department_id)
        people, children = len(await list_people_in([department_id])), len(await list_below(department_id)) - 1
        if people or children:
            message = f"It is not empty: {people} people, also deactivated ones, and {children} departments are in it."
            raise invalid(message, "input", "departmentId")
        await end_subscriptions(actor, organization, department_ids=[department_id])
        await db.fetch("UPDATE departments SET deleted_at = $2 WHERE id = $1", department_id, organization.at)
        facts = {"departmentId": department_id}
        await record(actor, organization, Change("department.deleted", facts, {"parentId": found.parent_id}))
    return department_id


async def _load(department_id: UUID) -> DepartmentRow:
    """A department that is there, its organization's lock being held. Raises: DomainError NOT_FOUND."""
    found = await find_departments([department_id])
    if not found or found[0].deleted_at is not None:
        raise unknown("department")
    return found[0]


def _with_name(department: DepartmentRow, name: str | Unset | None) -> tuple[DepartmentRow, list[Problem]]:
    if name is UNSET:
        return department, []
    try:
        return replace(department, name=check_text(name or "", "The name", 200, "input", "name")), []
    except DomainError as error:
        return department, list(error.problems)


async def _find_place_problems(department: DepartmentRow, height: int) -> list[Problem]:
    """Why it cannot stand where it says; `height` are the levels of what moves with it, its own included."""
    above: list[UUID] = []
    path = ("input", "parentId")
    if department.parent_id is not None:
        above = await list_above(department.organization_id, department.parent_id)
        if not above:
            return [Problem(ErrorCode.NOT_FOUND, "There is no such department.", path)]
    if department.id in above:
        return [Problem(ErrorCode.INVALID_INPUT, "A department cannot stand below itself.", path)]
    problems = []
    if len(above) + height > DEEPEST:
        message = f"A tree of departments has at most {DEEPEST} levels."
        problems.append(Problem(ErrorCode.INVALID_INPUT, message, path))
    if await is_name_taken(department):
        message = "There is a department of that name beside it."
        problems.append(Problem(ErrorCode.ALREADY_EXISTS, message, ("input", "name")))
    return problems


async def _insert(department: DepartmentRow) -> None:
    await db.fetch(
        "INSERT INTO departments (id, organization_id, parent_id, name, created_at) VALUES ($1, $2, $3, $4, $5)",
        department.id,
        department.organization_id,
        department.parent_id,
        department.name,
        department.created_at,
    )


async def _store(department: DepartmentRow) -> None:
    await db.fetch(
        "UPDATE departments SET name = $2, parent_id = $3 WHERE id = $1",
        department.id,
        department.name,
        department.parent_id,
    )


def _describe(before: DepartmentRow, after: DepartmentRow) -> Change:
    is_moved = before.parent_id != after.parent_id
    changed = [field for field, is_new in (("name", before.name != after.name), ("parentId", is_moved)) if is_new]
    old: dict[str, Any] = {"parentId": before.parent_id} if is_moved else {}
    new: dict[str, Any] = {"parentId": after.parent_id} if is_moved else {}
    return Change("department.updated", {"departmentId": after.id, "changed": changed, **new}, old)
