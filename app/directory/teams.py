"""Reading teams, always of one organization."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app import db
from app.domain.paging import PageRequest


@dataclass(frozen=True, slots=True)
class TeamRow:
    """A team; one that was deleted is still found by its id."""

    id: UUID
    organization_id: UUID
    name: str
    created_at: datetime
    deleted_at: datetime | None


@dataclass(frozen=True, slots=True)
class Candidate:
    """Someone of the organization as a team sees them."""

    is_robot: bool
    is_in_team: bool


_COLUMNS = "id, organization_id, name, created_at, deleted_at"


async def find_teams(team_ids: Sequence[UUID]) -> list[TeamRow]:
    """By id, in no order, deleted ones too. The ids come from rows of an organization that the actor reaches."""
    rows = await db.fetch(f"SELECT {_COLUMNS} FROM teams WHERE id = ANY($1)", list(team_ids))
    return [TeamRow(**row) for row in rows]


async def list_teams(organization_id: UUID, page: PageRequest) -> list[TeamRow]:
    """By name."""
    rows = await db.fetch_page(
        f"SELECT {_COLUMNS} FROM teams WHERE organization_id = $1 AND deleted_at IS NULL",
        "true",
        ("name", "id"),
        page,
        organization_id,
    )
    return [TeamRow(**row) for row in rows]


async def count_teams(organization_id: UUID) -> int:
    return await db.count("SELECT 1 FROM teams WHERE organization_id = $1 AND deleted_at IS NULL", organization_id)


async def list_teams_of(member_ids: Sequence[UUID]) -> dict[UUID, list[TeamRow]]:
    """The teams that each is in, by name: one statement."""
    rows = await db.fetch(
        """
        SELECT membership.member_id, team.id, team.organization_id, team.name, team.created_at, team.deleted_at
        FROM team_memberships AS membership JOIN teams AS team ON team.id = membership.team_id
        WHERE membership.member_id = ANY($1) ORDER BY team.name, team.id
        """,
        list(member_ids),
    )
    known: dict[UUID, TeamRow] = {}
    teams: dict[UUID, list[TeamRow]] = defaultdict(list)
    for row in rows:
        member_id = row.pop("member_id")
        if row["id"] not in known:
            known[row["id"]] = TeamRow(**row)
        teams[member_id].append(known[row["id"]])
    return teams


async def count_people(team_ids: Sequence[UUID]) -> dict[UUID, int]:
    """How many people are in each that has any."""
    rows = await db.fetch(
        "SELECT team_id, count(*) AS number FROM team_memberships WHERE team_id = ANY($1) GROUP BY team_id",
        list(team_ids),
    )
    return {row["team_id"]: row["number"] for row in rows}


async def list_member_ids(team_id: UUID) -> list[UUID]:
    """Everyone in the team, whatever their status."""
    rows = await db.fetch("SELECT member_id FROM team_memberships WHERE team_id = $1 ORDER BY member_id", team_id)
    return [row["member_id"] for row in rows]


async def find_candidates(
    organization_id: UUID, pairs: Collection[tuple[UUID, UUID]]
) -> dict[tuple[UUID, UUID], Candidate]:
    """Those of the pairs of team and member in which the member is somebody in the organization: one statement."""
    if not pairs:
        return {}
    rows = await db.fetch(
        """
        SELECT pair.team_id, member.id, member.is_robot, membership.id IS NOT NULL AS is_in_team
        FROM unnest($2::uuid[], $3::uuid[]) AS pair (team_id, member_id)
        JOIN members AS member
          ON member.id = pair.member_id AND member.organization_id = $1 AND member.erased_at IS NULL
        LEFT JOIN team_memberships AS membership
          ON membership.member_id = pair.member_id AND membership.team_id = pair.team_id
        """,
        organization_id,
        [team_id for team_id, _ in pairs],
        [member_id for _, member_id in pairs],
    )
    return {(row["team_id"], row["id"]): Candidate(row["is_robot"], row["is_in_team"]) for row in rows}


async def is_name_taken(team: TeamRow, name: str) -> bool:
    """Whether another team of the organization has the name, whatever the case."""
    rows = await db.fetch(
        """
        SELECT 1 FROM teams
        WHERE organization_id = $1 AND lower(name) = lower($2) AND id <> $3 AND deleted_at IS NULL
        """,
        team.organization_id,
        name,
        team.id,
    )
    return bool(rows)
