"""Storing what a roster changes: a statement for each kind of change, however many people."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from app import db
from app.directory.roster import LoadedDirectory
from app.domain.roster import DepartmentKey, Difference, Person, RosterPlan
from app.events.service import Change
from app.memberships.placements import delete_memberships, insert_memberships
from app.organizations.service import LockedOrganization

MOST_IN_AN_EVENT = 500
"""So many people are told of in one event; the next go into another."""


@dataclass(frozen=True, slots=True)
class GroupIds:
    """The id of every department and team, those just made included."""

    departments: Mapping[DepartmentKey, UUID]
    teams: Mapping[str, UUID]

    def of_teams(self, keys: Iterable[str]) -> list[UUID]:
        return sorted(self.teams[key] for key in keys)


async def store_roster(organization: LockedOrganization, loaded: LoadedDirectory, plan: RosterPlan) -> GroupIds:
    """Store a plan in which everyone who is new has an id."""
    differences = plan.differences
    groups = await _store_groups(organization, loaded, plan)
    await _free_names(differences)
    await _store_people(organization, differences, groups)
    await delete_memberships([(team, one.after.id) for one in differences for team in groups.of_teams(one.left)])
    joined = [(team, one.after.id) for one in differences for team in groups.of_teams(one.joined)]
    await insert_memberships(organization, joined)
    await _close_invitations(organization, differences)
    await _end_sessions(differences)
    return groups


def tell(plan: RosterPlan, groups: GroupIds) -> Iterator[Change]:
    """What happened, by ids: one account of the whole, then everyone's role, status and groups before and after."""
    yield Change("directory.applied", _account(plan, groups))
    differences = plan.differences
    for start in range(0, len(differences), MOST_IN_AN_EVENT):
        some = differences[start : start + MOST_IN_AN_EVENT]
        before = [_state(one.before, one, groups) for one in some if one.before is not None]
        after = [_state(one.after, one, groups) for one in some]
        yield Change("members.changed", {"members": after}, {"members": before})


async def _store_groups(organization: LockedOrganization, loaded: LoadedDirectory, plan: RosterPlan) -> GroupIds:
    departments = {**loaded.directory.departments, **{key: uuid4() for key in plan.new_departments}}
    teams = {**loaded.team_ids, **{key: uuid4() for key in plan.new_teams}}
    if plan.new_departments:
        rows = [
            {"id": departments[key], "parent_id": departments.get(key[:-1]), "name": name}
            for key, name in plan.new_departments.items()
        ]
        await db.fetch(
            """
            INSERT INTO departments (id, organization_id, parent_id, name, created_at)
            SELECT id, $1, parent_id, name, $2
            FROM jsonb_to_recordset($3::jsonb) AS made (id uuid, parent_id uuid, name text)
            """,
            organization.id,
            organization.at,
            db.to_json(rows),
        )
    if plan.new_teams:
        await db.fetch(
            """
            INSERT INTO teams (id, organization_id, name, created_at)
            SELECT id, $1, name, $2 FROM unnest($3::uuid[], $4::text[]) AS made (id, name)
            """,
            organization.id,
            organization.at,
            [teams[key] for key in plan.new_teams],
            list(plan.new_teams.values()),
        )
    return GroupIds(departments, teams)


async def _free_names(differences: Sequence[Difference]) -> None:
    """Addresses, logins and external ids may go round in a circle, and the database looks at one row after another."""
    freed = [one.before.id for one in differences if one.before is not None and one.before.keys != one.after.keys]
    if freed:
        await db.fetch(
            "UPDATE members SET email = id::text, login = NULL, external_id = NULL WHERE id = ANY($1)", freed
        )


async def _store_people(organization: LockedOrganization, differences: Sequence[Difference], groups: GroupIds) -> None:
    added = [_row(one.after, groups) for one in differences if one.is_added]
    changed = [_row(one.after, groups) for one in differences if one.before is not None]
    columns = "id uuid, email text, login text, name text, role text, status text, department_id uuid, external_id text"
    if changed:
        await db.fetch(
            f"""
            UPDATE members AS member
            SET email = one.email, login = one.login, name = one.name, role = one.role, status = one.status,
                department_id = one.department_id, external_id = one.external_id
            FROM jsonb_to_recordset($2::jsonb) AS one ({columns})
            WHERE member.organization_id = $1 AND member.id = one.id
            """,
            organization.id,
            db.to_json(changed),
        )
    if added:
        await db.fetch(
            f"""
            INSERT INTO members (id, organization_id, email, login, name, role, status, department_id, external_id,
                                 is_robot, created_at)
            SELECT id, $1, email, login, name, role, status, department_id, external_id, false, $3
            FROM jsonb_to_recordset($2::jsonb) AS one ({columns})
            """,
            organization.id,
            db.to_json(added),
            organization.at,
        )


async def _close_invitations(organization: LockedOrganization, differences: Sequence[Difference]) -> None:
    """Who takes part already needs no way in."""
    admitted = [one.after.id for one in differences if one.is_admitted]
    if admitted:
        await db.fetch(
            """
            UPDATE invitations SET revoked_at = $2
            WHERE member_id = ANY($1) AND accepted_at IS NULL AND revoked_at IS NULL
            """,
            admitted,
            organization.at,
        )


async def _end_sessions(differences: Sequence[Difference]) -> None:
    left = [one.after.id for one in differences if one.is_deactivated]
    if left:
        await db.fetch("DELETE FROM sessions WHERE member_id = ANY($1)", left)


def _row(person: Person, groups: GroupIds) -> dict[str, Any]:
    return {
        "id": person.id,
        "email": person.email,
        "login": person.login,
        "name": person.name,
        "role": person.role.value,
        "status": person.status.value,
        "department_id": groups.departments.get(person.department),
        "external_id": person.external_id,
    }


def _account(plan: RosterPlan, groups: GroupIds) -> dict[str, Any]:
    differences = plan.differences
    return {
        "added": sum(one.is_added for one in differences),
        "admitted": sum(one.is_admitted for one in differences),
        "returned": sum(one.is_returned for one in differences),
        "deactivated": sum(one.is_deactivated for one in differences),
        "renamed": sum(one.is_renamed for one in differences),
        "roleChanged": sum(one.has_another_role for one in differences),
        "moved": sum(one.is_moved for one in differences),
        "joined": sum(len(one.joined) for one in differences),
        "left": sum(len(one.left) for one in differences),
        "departmentIds": [groups.departments[key] for key in plan.new_departments],
        "teamIds": [groups.teams[key] for key in plan.new_teams],
    }


def _state(person: Person, difference: Difference, groups: GroupIds) -> dict[str, Any]:
    """Without names and addresses, which the audit log never holds (R8.2); it tells that they changed."""
    return {
        "memberId": person.id,
        "role": person.role.value,
        "status": person.status.value,
        "departmentId": groups.departments.get(person.department),
        "teamIds": groups.of_teams(person.teams),
        "isRenamed": difference.is_renamed,
    }
