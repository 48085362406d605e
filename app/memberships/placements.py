"""Joining and leaving teams, in one or in many: what must be right about it, and the rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from app import db
from app.directory.teams import find_candidates
from app.domain.errors import ErrorCode, Problem
from app.domain.seat_change import Path
from app.memberships.changes import MOST_AT_ONCE
from app.organizations.service import LockedOrganization


@dataclass(frozen=True, slots=True)
class Placement:
    """A team and someone who joins or leaves it, and the input that says so."""

    team_id: UUID
    member_id: UUID
    path: Path

    @property
    def pair(self) -> tuple[UUID, UUID]:
        return self.team_id, self.member_id


async def find_leaving_problems(organization_id: UUID, leaving: Sequence[Placement]) -> list[Problem]:
    """NOT_FOUND for each who is not in the team, and what is wrong with the list by itself: one statement."""
    problems = _check_list(leaving)
    candidates = await find_candidates(organization_id, [one.pair for one in leaving])
    message = "This person is not in the team."
    return problems + [
        Problem(ErrorCode.NOT_FOUND, message, one.path)
        for one in leaving
        if one.pair not in candidates or not candidates[one.pair].is_in_team
    ]


async def find_joining_problems(
    organization_id: UUID, joining: Sequence[Placement], leaving: Sequence[Placement]
) -> list[Problem]:
    """NOT_FOUND, ALREADY_EXISTS and INVALID_INPUT for each who cannot join: one statement."""
    problems = _check_list(joining)
    candidates = await find_candidates(organization_id, [one.pair for one in joining])
    left = {one.pair for one in leaving}
    for one in joining:
        if one.pair not in candidates:
            problems.append(Problem(ErrorCode.NOT_FOUND, "There is no such member.", one.path))
        elif candidates[one.pair].is_robot:
            problems.append(Problem(ErrorCode.INVALID_INPUT, "Teams are of people, and this is a robot.", one.path))
        elif one.pair in left:
            problems.append(Problem(ErrorCode.INVALID_INPUT, "Nobody leaves and joins at once.", one.path))
        elif candidates[one.pair].is_in_team:
            problems.append(Problem(ErrorCode.ALREADY_EXISTS, "This person is in the team already.", one.path))
    return problems


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


async def delete_memberships(pairs: Sequence[tuple[UUID, UUID]]) -> None:
    """Take people out of teams, as pairs of team and member: one statement."""
    if not pairs:
        return
    await db.fetch(
        """
        DELETE FROM team_memberships AS membership USING unnest($1::uuid[], $2::uuid[]) AS gone (team_id, member_id)
        WHERE membership.team_id = gone.team_id AND membership.member_id = gone.member_id
        """,
        [team_id for team_id, _ in pairs],
        [member_id for _, member_id in pairs],
    )


def _check_list(placements: Sequence[Placement]) -> list[Problem]:
    """What is wrong with a list by itself."""
    if len(placements) > MOST_AT_ONCE:
        message = f"Name at most {MOST_AT_ONCE} people at once."
        return [Problem(ErrorCode.INVALID_INPUT, message, placements[0].path[:-1])]
    seen: set[tuple[UUID, UUID]] = set()
    problems = []
    for one in placements:
        if one.pair in seen:
            problems.append(Problem(ErrorCode.INVALID_INPUT, "This person is in the list twice.", one.path))
        seen.add(one.pair)
    return problems
