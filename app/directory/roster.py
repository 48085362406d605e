"""Reading a whole directory, to bring it in line with a roster."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from uuid import UUID

from app import db
from app.domain.access import MemberStatus
from app.domain.actor import Role
from app.domain.roster import DepartmentKey, Directory, Person
from app.domain.text import is_storable


@dataclass(frozen=True, slots=True)
class LoadedDirectory:
    """A directory, with the ids and the spelling of its groups."""

    directory: Directory
    department_names: Mapping[DepartmentKey, str]
    team_ids: Mapping[str, UUID]
    team_names: Mapping[str, str]


async def load_directory(organization_id: UUID) -> LoadedDirectory:
    """Everyone with their department and teams, those deactivated too: three statements, however many."""
    keys: dict[UUID, DepartmentKey] = {}
    names: dict[DepartmentKey, str] = {}
    for row in await db.fetch(_DEPARTMENTS, organization_id):
        keys[row["id"]] = tuple(row["keys"])
        names[keys[row["id"]]] = row["name"]
    teams = await db.fetch(
        "SELECT id, name, lower(name) AS key FROM teams WHERE organization_id = $1 AND deleted_at IS NULL",
        organization_id,
    )
    key_of_team = {row["id"]: row["key"] for row in teams}
    people = [_person(row, keys, key_of_team) for row in await db.fetch(_PEOPLE, organization_id)]
    team_ids = {key: team_id for team_id, key in key_of_team.items()}
    directory = Directory(people, {key: one for one, key in keys.items()}, team_ids)
    return LoadedDirectory(directory, names, team_ids, {row["key"]: row["name"] for row in teams})


async def fold_names(names: Collection[str]) -> dict[str, str]:
    """Names of groups as the database compares them; what it could not even store is folded to itself."""
    rows = await db.fetch(
        "SELECT name, lower(name) AS key FROM unnest($1::text[]) AS name", [one for one in names if is_storable(one)]
    )
    return {one: one for one in names} | {row["name"]: row["key"] for row in rows}


_DEPARTMENTS = """
    WITH RECURSIVE node AS (
        SELECT id, name, ARRAY[lower(name)]::text[] AS keys FROM departments
        WHERE organization_id = $1 AND deleted_at IS NULL AND parent_id IS NULL
        UNION ALL
        SELECT child.id, child.name, node.keys || lower(child.name)::text
        FROM node JOIN departments AS child ON child.parent_id = node.id AND child.deleted_at IS NULL
    )
    SELECT id, name, keys FROM node
"""
_PEOPLE = """
    SELECT member.id, member.email, member.login, member.name, member.role, member.status, member.department_id,
           member.is_robot, member.erased_at IS NOT NULL AS is_erased, member.external_id, membership.team_ids
    FROM members AS member
    LEFT JOIN (
        SELECT member_id, array_agg(team_id) AS team_ids FROM team_memberships
        WHERE organization_id = $1 GROUP BY member_id
    ) AS membership ON membership.member_id = member.id
    WHERE member.organization_id = $1 ORDER BY member.name, member.id
"""


def _person(row: db.Row, departments: Mapping[UUID, DepartmentKey], teams: Mapping[UUID, str]) -> Person:
    return Person(
        row["id"],
        row["email"],
        row["login"],
        row["name"],
        Role(row["role"]),
        MemberStatus(row["status"]),
        departments.get(row["department_id"], ()),
        frozenset(teams[one] for one in row["team_ids"] or () if one in teams),
        row["is_robot"],
        row["is_erased"],
        row["external_id"],
    )
