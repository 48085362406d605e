"""Changing who someone is, and whether they take part."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from app import db
from app.directory.groups import find_groups
from app.directory.queries import MemberRow, find_members
from app.domain.access import MemberStatus
from app.domain.actor import Actor, Role
from app.domain.errors import DomainError, ErrorCode, Problem, invalid, refuse, refuse_for
from app.domain.policies import Policies
from app.domain.roles import can_give
from app.domain.seat_change import NamedMember, Path
from app.domain.text import check_login, check_text
from app.domain.unset import UNSET, Unset
from app.events.service import Change
from app.memberships.changes import lock_home, settle_and_record
from app.memberships.erasures import write_erasure
from app.memberships.forgetting import forget_person
from app.organizations.service import LockedOrganization
from app.seats.subscriptions import end_subscriptions


@dataclass(frozen=True, slots=True)
class MemberUpdate:
    """What is to be different; no login and no department are None."""

    name: str | Unset | None = UNSET
    login: str | Unset | None = UNSET
    role: Role | Unset | None = UNSET
    department_id: UUID | Unset | None = UNSET


@dataclass(frozen=True, slots=True)
class Move:
    """Someone as they are and as they are to be, and the input that names their department."""

    before: MemberRow
    after: MemberRow
    path: Path


HERE: Path = ("input", "memberId")


async def update_member(actor: Actor, member_id: UUID, update: MemberUpdate, policies: Policies) -> UUID:
    """Change someone's name, login, role and department, all or nothing.

    Raises: DomainError NOT_FOUND, FORBIDDEN (someone or a role above the actor's own), INVALID_INPUT,
    ALREADY_EXISTS, LAST_OWNER with every problem, and what `lock_organization` raises.
    """
    wanted, problems = _check(update)
    async with db.in_transaction():
        organization = await lock_home(actor, "member", member_id)
        before = await load_for_change(actor, member_id)
        after = replace(before, **wanted)
        problems += await _find_problems(actor, before, after)
        if problems:
            raise refuse_for(problems)
        if after != before:
            await store_members([after])
            touched = [member_id] if after.department_id != before.department_id else []
            change = _describe(before, after)
            cause = "moved to another department"
            await settle_and_record(actor, organization, policies, change, cause=cause, member_ids=touched)
    return member_id


async def deactivate_member(actor: Actor, member_id: UUID, policies: Policies) -> UUID:
    """Let someone take part no more: their own subscription and their sessions end. They stay in their groups, so
    that what these cover comes back with them (R3.2).

    Raises: DomainError NOT_FOUND, FORBIDDEN, INVALID_INPUT for someone who is not active, LAST_OWNER, and what
    `lock_organization` raises.
    """
    async with db.in_transaction():
        organization = await lock_home(actor, "member", member_id)
        problems = await find_deactivation_problems(actor, organization.id, [(member_id, HERE)])
        if problems:
            raise refuse_for(problems)
        await deactivate_rows(actor, organization, [member_id])
        change = Change("member.deactivated", {"memberId": member_id, "status": "DEACTIVATED"}, {"status": "ACTIVE"})
        await settle_and_record(actor, organization, policies, change, cause="was deactivated", member_ids=[member_id])
    return member_id


async def reactivate_member(actor: Actor, member_id: UUID, policies: Policies) -> UUID:
    """Let someone take part again, covered by the groups that they are in; their own subscription stays ended.

    Raises: DomainError NOT_FOUND, FORBIDDEN, INVALID_INPUT for someone who is not deactivated or was erased, and
    what `lock_organization` raises.
    """
    async with db.in_transaction():
        organization = await lock_home(actor, "member", member_id)
        found = await load_for_change(actor, member_id)
        if found.status is not MemberStatus.DEACTIVATED:
            raise invalid("This person is not deactivated.", "input", "memberId")
        await _set_status([member_id], MemberStatus.ACTIVE)
        change = Change("member.reactivated", {"memberId": member_id, "status": "ACTIVE"}, {"status": "DEACTIVATED"})
        await settle_and_record(actor, organization, policies, change, cause="came back", member_ids=[member_id])
    return member_id


async def erase_member(actor: Actor, member_id: UUID, policies: Policies) -> UUID:
    """Replace name, login and e-mail address for good; only what refers to them by id is left (R1.10).

    Raises: DomainError NOT_FOUND, FORBIDDEN, INVALID_INPUT for someone who was erased, LAST_OWNER, and what
    `lock_organization` raises.
    """
    async with db.in_transaction():
        organization = await lock_home(actor, "member", member_id)
        found = await load_for_change(actor, member_id)
        await _require_other_owner(found)
        await forget_person(actor, organization, member_id)
        before = {"status": found.status.value, "departmentId": found.department_id}
        after = {"memberId": member_id, "status": "DEACTIVATED", "departmentId": None}
        change = Change("member.erased", after, before)
        await settle_and_record(actor, organization, policies, change, cause="was erased", member_ids=[member_id])
        await write_erasure(organization, member_id)
    return member_id


async def load_for_change(actor: Actor, member_id: UUID) -> MemberRow:
    """Someone whom the actor may change, their organization's lock being held.

    Raises: DomainError NOT_FOUND, FORBIDDEN for someone whose role is above the actor's own (R2.3), INVALID_INPUT
    for someone who was erased.
    """
    found = await find_members([member_id])
    problem = find_problem_with(actor, found[0] if found else None, HERE)
    if problem is not None:
        raise refuse_for([problem])
    return found[0]


def find_problem_with(actor: Actor, member: MemberRow | None, path: Path) -> Problem | None:
    """Why the actor may not change someone; None when they may."""
    if member is None:
        return Problem(ErrorCode.NOT_FOUND, "There is no such member.", path)
    if not can_give(actor.standing_in(member.organization_id), member.role):
        message = "Nobody changes someone whose role is above their own."
        return Problem(ErrorCode.FORBIDDEN, message, path)
    if member.erased_at is not None:
        return Problem(ErrorCode.INVALID_INPUT, "This person was erased for good.", path)
    return None


async def find_deactivation_problems(
    actor: Actor, organization_id: UUID, named: Sequence[NamedMember]
) -> list[Problem]:
    """Why these cannot be deactivated, all of them at one instant: two statements at most, and none for nobody."""
    found = await find_members_of(organization_id, [member_id for member_id, _ in named])
    problems: list[Problem] = []
    leaving: dict[UUID, Path] = {}
    for member_id, path in named:
        problem = find_problem_with(actor, found.get(member_id), path)
        if problem is not None:
            problems.append(problem)
        elif member_id in leaving:
            problems.append(Problem(ErrorCode.INVALID_INPUT, "This person is named twice.", path))
        elif found[member_id].status is not MemberStatus.ACTIVE:
            problems.append(Problem(ErrorCode.INVALID_INPUT, "This person is not active.", path))
        else:
            leaving[member_id] = path
    owners = [one for one in leaving if _is_active_owner(found[one])]
    if owners and not await _has_other_owner(organization_id, owners):
        problems.append(Problem(ErrorCode.LAST_OWNER, _LAST_OWNER, leaving[owners[-1]]))
    return problems


async def find_members_of(organization_id: UUID, member_ids: Sequence[UUID]) -> dict[UUID, MemberRow]:
    """Those of the ids who are members of the organization."""
    if not member_ids:
        return {}
    return {one.id: one for one in await find_members(member_ids) if one.organization_id == organization_id}


async def deactivate_rows(actor: Actor, organization: LockedOrganization, member_ids: Sequence[UUID]) -> None:
    """Deactivate people who were checked, to be settled and recorded by the caller: three statements."""
    await end_subscriptions(actor, organization, member_ids=member_ids)
    await db.fetch("DELETE FROM sessions WHERE member_id = ANY($1)", list(member_ids))
    await _set_status(member_ids, MemberStatus.DEACTIVATED)


async def store_members(members: Sequence[MemberRow]) -> None:
    """Name, login, role and department of each: one statement."""
    await db.fetch(
        """
        UPDATE members AS member
        SET name = one.name, login = one.login, role = one.role, department_id = one.department_id
        FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::uuid[])
            AS one (id, name, login, role, department_id)
        WHERE member.id = one.id
        """,
        [one.id for one in members],
        [one.name for one in members],
        [one.login for one in members],
        [one.role.value for one in members],
        [one.department_id for one in members],
    )


def _check(update: MemberUpdate) -> tuple[dict[str, Any], list[Problem]]:
    """What is given and can be, and what is wrong with the rest."""
    wanted: dict[str, Any] = {}
    problems: list[Problem] = []
    try:
        if update.name is not UNSET:
            wanted["name"] = check_text(update.name or "", "A person's name", 200, "input", "name")
    except DomainError as error:
        problems += error.problems
    try:
        if update.login is not UNSET:
            wanted["login"] = check_login(update.login, "input", "login") if update.login is not None else None
    except DomainError as error:
        problems += error.problems
    if update.role is None:
        problems.append(Problem(ErrorCode.INVALID_INPUT, "Everyone has a role.", ("input", "role")))
    elif update.role is not UNSET:
        wanted["role"] = update.role
    if update.department_id is not UNSET:
        wanted["department_id"] = update.department_id
    return wanted, problems


async def _find_problems(actor: Actor, before: MemberRow, after: MemberRow) -> list[Problem]:
    """Why someone cannot become what is wanted."""
    problems = await _find_login_problems(before, after)
    if not can_give(actor.standing_in(before.organization_id), after.role):
        message = "Nobody gives a role above their own."
        problems.append(Problem(ErrorCode.FORBIDDEN, message, ("input", "role")))
    if after.is_robot and after.role is Role.OWNER:
        problems.append(Problem(ErrorCode.INVALID_INPUT, "A robot is no owner.", ("input", "role")))
    if after.role is not Role.OWNER and await _is_last_owner(before):
        problems.append(Problem(ErrorCode.LAST_OWNER, _LAST_OWNER, ("input", "role")))
    move = Move(before, after, ("input", "departmentId"))
    return [*problems, *await find_moving_problems(after.organization_id, [move])]


async def _find_login_problems(before: MemberRow, after: MemberRow) -> list[Problem]:
    if after.login is None or after.login == before.login:
        return []
    taken = await db.fetch(
        "SELECT 1 FROM members WHERE organization_id = $1 AND lower(login) = lower($2) AND id <> $3",
        after.organization_id,
        after.login,
        after.id,
    )
    return [Problem(ErrorCode.ALREADY_EXISTS, "This login is taken.", ("input", "login"))] if taken else []


async def find_moving_problems(organization_id: UUID, moves: Sequence[Move]) -> list[Problem]:
    """A problem for each who cannot be in the department that they move to: one statement."""
    wanted = [
        (move, department_id)
        for move in moves
        if (department_id := move.after.department_id) is not None and department_id != move.before.department_id
    ]
    if not wanted:
        return []
    known = await find_groups(organization_id, {department_id for _, department_id in wanted}, [])
    problems = []
    for move, department_id in wanted:
        if move.after.is_robot:
            problems.append(Problem(ErrorCode.INVALID_INPUT, "A robot is in no department.", move.path))
        elif department_id not in known:
            problems.append(Problem(ErrorCode.NOT_FOUND, "There is no such department.", move.path))
    return problems


_LAST_OWNER = "An organization keeps at least one active owner; make somebody else one first."


async def _require_other_owner(member: MemberRow) -> None:
    """Raises: DomainError LAST_OWNER for the only active owner, who cannot go."""
    if await _is_last_owner(member):
        raise refuse(ErrorCode.LAST_OWNER, _LAST_OWNER, *HERE)


async def _is_last_owner(member: MemberRow) -> bool:
    return _is_active_owner(member) and not await _has_other_owner(member.organization_id, [member.id])


def _is_active_owner(member: MemberRow) -> bool:
    return member.role is Role.OWNER and member.status is MemberStatus.ACTIVE


async def _has_other_owner(organization_id: UUID, member_ids: Sequence[UUID]) -> bool:
    """Whether somebody else is an active owner."""
    others = await db.fetch(
        """
        SELECT 1 FROM members
        WHERE organization_id = $1 AND role = 'OWNER' AND status = 'ACTIVE' AND id <> ALL($2) LIMIT 1
        """,
        organization_id,
        list(member_ids),
    )
    return bool(others)


async def _set_status(member_ids: Sequence[UUID], status: MemberStatus) -> None:
    await db.fetch("UPDATE members SET status = $2 WHERE id = ANY($1)", list(member_ids), status.value)


def _describe(before: MemberRow, after: MemberRow) -> Change:
    """By ids; of a name and a login only that they changed."""
    changed = [field for field in ("name", "login", "role", "department_id") if _differs(before, after, field)]
    names = {"role": "role", "department_id": "departmentId"}
    old: dict[str, Any] = {names[field]: _plain(before, field) for field in changed if field in names}
    new: dict[str, Any] = {names[field]: _plain(after, field) for field in changed if field in names}
    fields = [names.get(field, field) for field in changed]
    return Change("member.updated", {"memberId": after.id, "changed": fields, **new}, old)


def _differs(before: MemberRow, after: MemberRow, field: str) -> bool:
    return bool(getattr(before, field) != getattr(after, field))


def _plain(member: MemberRow, field: str) -> Any:
    return member.role.value if field == "role" else member.department_id
