"""People to become members: what must be right about them, and their rows."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from app import db
from app.directory.groups import find_groups
from app.domain.access import MemberStatus
from app.domain.actor import Role, Standing
from app.domain.errors import DomainError, ErrorCode, Problem
from app.domain.roles import can_give
from app.domain.text import check_email, check_login, check_text

Placed = tuple[int, "Invitee"]
"""An invitee and their place in the list that was given."""


@dataclass(frozen=True, slots=True)
class Invitee:
    """Someone to become a member; `is_active` makes them one at once, without their acceptance. A robot is active
    at once, never an owner, and in no group: groups are of people (R2.4)."""

    email: str
    name: str
    login: str | None
    role: Role
    is_active: bool
    department_id: UUID | None = None
    team_ids: Sequence[UUID] = ()
    is_robot: bool = False
    flaws: Sequence[Problem] = ()
    """What was wrong with them before, and was left out."""

    @property
    def status(self) -> MemberStatus:
        return MemberStatus.ACTIVE if self.is_active or self.is_robot else MemberStatus.INVITED


def check_invitees(invitees: Sequence[Invitee]) -> tuple[list[Placed], list[Problem]]:
    """The invitees that can be added as they stand, with their places, and what is wrong with the others."""
    good: list[Placed] = []
    problems: list[Problem] = []
    taken: set[str] = set()
    for place, invitee in enumerate(invitees):
        checked, flaws = check_invitee(invitee, _path(place))
        names = set(_names(checked))
        if not flaws and names & taken:
            flaws = [Problem(ErrorCode.INVALID_INPUT, f"{checked.email} is in the list twice.", _path(place))]
        taken |= names
        problems += flaws
        good += [] if flaws else [(place, checked)]
    return good, problems


def check_invitee(invitee: Invitee, path: tuple[str, ...]) -> tuple[Invitee, list[Problem]]:
    """The invitee with trimmed texts, and everything that is wrong with them."""
    checks: dict[str, Callable[[], str | None]] = {
        "email": lambda: check_email(invitee.email, *path, "email"),
        "name": lambda: check_text(invitee.name, "A person's name", 200, *path, "name"),
        "login": lambda: check_login(invitee.login, *path, "login") if invitee.login is not None else None,
    }
    texts: dict[str, Any] = {}
    problems = [*invitee.flaws, *_robot_flaws(invitee, path), *_repeated_teams(invitee, path)]
    for field, check in checks.items():
        try:
            texts[field] = check()
        except DomainError as error:
            problems += error.problems
    return replace(invitee, **texts), problems


def find_too_high(inviter: Standing, invitees: Sequence[Invitee]) -> list[Problem]:
    """A problem for each invitee whose role is above the inviter's own (R2.3)."""
    message = "Nobody gives a role above their own."
    return [
        Problem(ErrorCode.FORBIDDEN, message, (*_path(place), "role"))
        for place, invitee in enumerate(invitees)
        if not can_give(inviter, invitee.role)
    ]


async def find_taken(organization_id: UUID, invitees: Sequence[Placed]) -> list[Problem]:
    """A problem for each invitee whose e-mail address or login somebody has already."""
    rows = await db.fetch(
        """
        SELECT lower(email) AS email, lower(login) AS login FROM members
        WHERE organization_id = $1 AND (lower(email) = ANY($2) OR lower(login) = ANY($3))
        """,
        organization_id,
        [invitee.email.lower() for _, invitee in invitees],
        [invitee.login.lower() for _, invitee in invitees if invitee.login is not None],
    )
    taken = {f"email:{row['email']}" for row in rows} | {f"login:{row['login']}" for row in rows if row["login"]}
    return [
        Problem(ErrorCode.ALREADY_EXISTS, f"{invitee.email} or their login is taken.", _path(place))
        for place, invitee in invitees
        if taken.intersection(_names(invitee))
    ]


async def find_unknown_groups(organization_id: UUID, invitees: Sequence[Placed]) -> list[Problem]:
    """A problem for each department and team that the organization has not: one statement."""
    departments = {invitee.department_id for _, invitee in invitees if invitee.department_id is not None}
    teams = {team_id for _, invitee in invitees for team_id in invitee.team_ids}
    known = await find_groups(organization_id, departments, teams)
    problems = []
    for place, invitee in invitees:
        if invitee.department_id is not None and invitee.department_id not in known:
            path = (*_path(place), "departmentId")
            problems.append(Problem(ErrorCode.NOT_FOUND, "There is no such department.", path))
        problems += [
            Problem(ErrorCode.NOT_FOUND, "There is no such team.", (*_path(place), "teamIds", str(number)))
            for number, team_id in enumerate(invitee.team_ids)
            if team_id not in known
        ]
    return problems


async def insert_members(organization_id: UUID, invitees: Sequence[Invitee], at: datetime) -> list[UUID]:
    """Their ids in the order given: one statement."""
    rows = await db.fetch(
        """
        WITH invitee AS (
            SELECT gen_random_uuid() AS id, given.*
            FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::bool[], $8::uuid[])
                WITH ORDINALITY AS given (email, login, name, role, status, is_robot, department_id, place)
        ), inserted AS (
            INSERT INTO members
                (id, organization_id, email, login, name, role, status, is_robot, department_id, created_at)
            SELECT id, $1, email, login, name, role, status, is_robot, department_id, $9 FROM invitee
        )
        SELECT id FROM invitee ORDER BY place
        """,
        organization_id,
        [invitee.email for invitee in invitees],
        [invitee.login for invitee in invitees],
        [invitee.name for invitee in invitees],
        [invitee.role.value for invitee in invitees],
        [invitee.status.value for invitee in invitees],
        [invitee.is_robot for invitee in invitees],
        [invitee.department_id for invitee in invitees],
        at,
    )
    return [row["id"] for row in rows]


def _robot_flaws(invitee: Invitee, path: tuple[str, ...]) -> list[Problem]:
    flaws = {
        "role": invitee.role is Role.OWNER,
        "departmentId": invitee.department_id is not None,
        "teamIds": bool(invitee.team_ids),
    }
    message = "A robot is no owner, and in no department and no team."
    return [
        Problem(ErrorCode.INVALID_INPUT, message, (*path, field))
        for field, is_flawed in flaws.items()
        if invitee.is_robot and is_flawed
    ]


def _repeated_teams(invitee: Invitee, path: tuple[str, ...]) -> list[Problem]:
    repeated = any(number > 1 for number in Counter(invitee.team_ids).values())
    message = "A team is in the list twice."
    return [Problem(ErrorCode.INVALID_INPUT, message, (*path, "teamIds"))] if repeated else []


def _names(invitee: Invitee) -> Iterator[str]:
    """What nobody else in the organization may have."""
    yield f"email:{invitee.email.strip().lower()}"
    if invitee.login is not None:
        yield f"login:{invitee.login.lower()}"


def _path(place: int) -> tuple[str, ...]:
    return ("input", "members", str(place))
