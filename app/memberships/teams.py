"""Changing teams and who is in them."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID, uuid4

from app import db
from app.directory.teams import TeamRow, find_teams, is_name_taken, list_member_ids
from app.domain.actor import Actor, Permission
from app.domain.errors import DomainError, ErrorCode, Problem, refuse_for
from app.domain.policies import Policies
from app.domain.text import check_text
from app.domain.unset import UNSET, Unset
from app.events.service import Change
from app.memberships.changes import lock_home, settle_and_record, unknown
from app.memberships.placements import (
    Placement,
    delete_memberships,
    find_joining_problems,
    find_leaving_problems,
    insert_memberships,
)
from app.organizations.service import LockedOrganization, lock_organization
from app.seats.subscriptions import end_subscriptions


@dataclass(frozen=True, slots=True)
class TeamUpdate:
    """What is to be different; who leaves does so first, at the same instant."""

    name: str | Unset | None = UNSET
    add: Sequence[UUID] = ()
    remove: Sequence[UUID] = ()


async def create_team(
    actor: Actor, organization_id: UUID, name: str, member_ids: Sequence[UUID], policies: Policies
) -> UUID:
    """Add a team with its first people, if any.

    Raises: DomainError INVALID_INPUT, ALREADY_EXISTS (the name), NOT_FOUND with every problem, and what
    `lock_organization` raises.
    """
    async with db.in_transaction():
        organization = await lock_organization(actor, organization_id, Permission.MEMBER_MANAGE)
        team = TeamRow(uuid4(), organization_id, "", organization.at, None)
        checked, problems = await _check_name(team, name)
        problems += await find_joining_problems(organization_id, _placements(team, member_ids, "memberIds"), ())
        if problems:
            raise refuse_for(problems)
        await db.fetch(
            "INSERT INTO teams (id, organization_id, name, created_at) VALUES ($1, $2, $3, $4)",
            team.id,
            organization_id,
            checked,
            organization.at,
        )
        await insert_memberships(organization, [(team.id, one) for one in member_ids])
        change = Change("team.created", {"teamId": team.id, "memberIds": member_ids})
        await settle_and_record(actor, organization, policies, change, cause="joined a team", member_ids=member_ids)
    return team.id


async def update_team(actor: Actor, team_id: UUID, update: TeamUpdate, policies: Policies) -> UUID:
    """Rename a team, let people leave and join, all or nothing, at one instant, leaves first.

    Raises: DomainError NOT_FOUND (also for someone to remove who is not in it), ALREADY_EXISTS (the name, or
    someone to add who is in it), INVALID_INPUT with every problem, and what `lock_organization` raises.
    """
    async with db.in_transaction():
        organization = await lock_home(actor, "team", team_id)
        before = await _load(team_id)
        name, problems = await _check_name(before, update.name)
        leaving = _placements(before, update.remove, "removeMemberIds")
        joining = _placements(before, update.add, "addMemberIds")
        problems += await find_leaving_problems(organization.id, leaving)
        problems += await find_joining_problems(organization.id, joining, leaving)
        if problems:
            raise refuse_for(problems)
        if name != before.name or update.add or update.remove:
            await _store(organization, before, name, update)
            change, cause = _describe(before, name, update), _cause(update)
            touched = [*update.remove, *update.add]
            await settle_and_record(actor, organization, policies, change, cause=cause, member_ids=touched)
    return team_id


async def delete_team(actor: Actor, team_id: UUID, policies: Policies) -> UUID:
    """Delete a team: its subscription ends and everyone leaves it (R3.2).

    Raises: DomainError NOT_FOUND, and what `lock_organization` raises.
    """
    async with db.in_transaction():
        organization = await lock_home(actor, "team", team_id)
        await _load(team_id)
        member_ids = await list_member_ids(team_id)
        await end_subscriptions(actor, organization, team_ids=[team_id])
        await db.fetch("DELETE FROM team_memberships WHERE team_id = $1", team_id)
        await db.fetch("UPDATE teams SET deleted_at = $2 WHERE id = $1", team_id, organization.at)
        change = Change("team.deleted", {"teamId": team_id}, {"memberIds": member_ids})
        await settle_and_record(actor, organization, policies, change, cause="team was deleted", member_ids=member_ids)
    return team_id


async def _load(team_id: UUID) -> TeamRow:
    """A team that is there, its organization's lock being held. Raises: DomainError NOT_FOUND."""
    found = await find_teams([team_id])
    if not found or found[0].deleted_at is not None:
        raise unknown("team")
    return found[0]


async def _check_name(team: TeamRow, name: str | Unset | None) -> tuple[str, list[Problem]]:
    """The name that the team is to have, trimmed, and what is wrong with it."""
    if name is UNSET:
        return team.name, []
    try:
        checked = check_text(name or "", "The name", 200, "input", "name")
    except DomainError as error:
        return team.name, list(error.problems)
    if await is_name_taken(team, checked):
        return checked, [Problem(ErrorCode.ALREADY_EXISTS, "There is a team of that name.", ("input", "name"))]
    return checked, []


def _placements(team: TeamRow, member_ids: Sequence[UUID], field: str) -> list[Placement]:
    return [Placement(team.id, one, ("input", field, str(place))) for place, one in enumerate(member_ids)]


async def _store(organization: LockedOrganization, team: TeamRow, name: str, update: TeamUpdate) -> None:
    await db.fetch("UPDATE teams SET name = $2 WHERE id = $1", team.id, name)
    await delete_memberships([(team.id, one) for one in update.remove])
    await insert_memberships(organization, [(team.id, one) for one in update.add])


def _describe(before: TeamRow, name: str, update: TeamUpdate) -> Change:
    changed = [
        field
        for field, is_new in (("name", name != before.name), ("members", bool(update.add or update.remove)))
        if is_new
    ]
    facts = {
        "teamId": before.id,
        "changed": changed,
        "joinedMemberIds": update.add,
        "leftMemberIds": update.remove,
    }
    return Change("team.updated", facts)


def _cause(update: TeamUpdate) -> str:
    if update.add and update.remove:
        return "left and joined a team"
    return "joined a team" if update.add else "left a team"
