"""Changing teams and who is in them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID, uuid4

from app import db
from app.directory.teams import TeamRow, find_candidates, find_teams, is_name_taken, list_member_ids
from app.domain.actor import Actor, Permission
from app.domain.errors import DomainError, ErrorCode, Problem, refuse_for
from app.domain.policies import Policies
from app.domain.text import check_text
from app.domain.unset import UNSET, Unset
from app.events.service import Change
from app.memberships.changes import MOST_AT_ONCE, lock_home, settle_and_record, unknown
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
        problems += await _find_joining_problems(team, member_ids, (), "memberIds")
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
        problems += await _find_leaving_problems(before, update.remove)
        problems += await _find_joining_problems(before, update.add, update.remove, "addMemberIds")
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


async def insert_memberships(organization: LockedOrganization, pairs: Sequence[tuple[UUID, UUID]]) -> None:
    """Put people into teams, as pairs of team and member: one statement."""
    if not pairs:
        return
    await db.fetch(
        """
        INSERT INTO team_memberships (id, organization_id, team_id, member_id, joined_at)
        SELECT gen_random_uuid(), $1, team_id, member_id, $4
        FROM unnest($2::uuid[], $3::uuid[]) AS pair (team_id, member_id)
        """,
        organization.id,
        [team_id for team_id, _ in pairs],
        [member_id for _, member_id in pairs],
        organization.at,
    )


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


async def _find_leaving_problems(team: TeamRow, member_ids: Sequence[UUID]) -> list[Problem]:
    problems = _check_list(member_ids, "removeMemberIds")
    candidates = await find_candidates(team, member_ids)
    message = "This person is not in the team."
    return problems + [
        Problem(ErrorCode.NOT_FOUND, message, ("input", "removeMemberIds", str(place)))
        for place, one in enumerate(member_ids)
        if one not in candidates or not candidates[one].is_in_team
    ]


async def _find_joining_problems(
    team: TeamRow, member_ids: Sequence[UUID], leaving: Collection[UUID], field: str
) -> list[Problem]:
    problems = _check_list(member_ids, field)
    candidates = await find_candidates(team, member_ids)
    for place, one in enumerate(member_ids):
        path = ("input", field, str(place))
        if one not in candidates:
            problems.append(Problem(ErrorCode.NOT_FOUND, "There is no such member.", path))
        elif candidates[one].is_robot:
            problems.append(Problem(ErrorCode.INVALID_INPUT, "Teams are of people, and this is a robot.", path))
        elif one in leaving:
            problems.append(Problem(ErrorCode.INVALID_INPUT, "Nobody leaves and joins at once.", path))
        elif candidates[one].is_in_team:
            problems.append(Problem(ErrorCode.ALREADY_EXISTS, "This person is in the team already.", path))
    return problems


def _check_list(member_ids: Sequence[UUID], field: str) -> list[Problem]:
    """What is wrong with a list by itself."""
    if len(member_ids) > MOST_AT_ONCE:
        message = f"Name at most {MOST_AT_ONCE} people at once."
        return [Problem(ErrorCode.INVALID_INPUT, message, ("input", field))]
    seen: set[UUID] = set()
    problems = []
    for place, one in enumerate(member_ids):
        if one in seen:
            path = ("input", field, str(place))
            problems.append(Problem(ErrorCode.INVALID_INPUT, "This person is in the list twice.", path))
        seen.add(one)
    return problems


async def _store(organization: LockedOrganization, team: TeamRow, name: str, update: TeamUpdate) -> None:
    await db.fetch("UPDATE teams SET name = $2 WHERE id = $1", team.id, name)
    await db.fetch(
        "DELETE FROM team_memberships WHERE team_id = $1 AND member_id = ANY($2)", team.id, list(update.remove)
    )
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
