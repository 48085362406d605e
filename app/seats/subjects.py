"""From what callers call a subject to the subject and its subscription in force (R3.1)."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from app import db
from app.directory.queries import find_member_ids
from app.domain.access import MemberStatus
from app.domain.errors import ErrorCode, Problem
from app.domain.seat_change import Path, Subject, SubjectKey, SubjectKind


@dataclass(frozen=True, slots=True)
class SubjectReference:
    """A subject by exactly one of these, and the input it came from."""

    path: Path
    member_id: UUID | None = None
    login: str | None = None
    email: str | None = None
    team_id: UUID | None = None
    department_id: UUID | None = None
    is_everyone: bool = False

    @property
    def member_key(self) -> str:
        """How `find_member_ids` calls a member."""
        if self.member_id is not None:
            return f"id:{self.member_id}"
        return f"login:{self.login.lower()}" if self.login is not None else f"email:{(self.email or '').lower()}"


Named = list[tuple[SubjectKey, Path]]


@dataclass(frozen=True, slots=True)
class Resolved:
    """The subjects meant that are there, each with the input it came from, and a problem for each that is not: people
    first."""

    subscribe: Named
    unsubscribe: Named
    subjects: dict[SubjectKey, Subject]
    problems: list[Problem]


async def resolve(
    organization_id: UUID, subscribe: Sequence[SubjectReference], unsubscribe: Sequence[SubjectReference]
) -> Resolved:
    """What is meant by the references: one statement, and one more if people are named otherwise than by id."""
    references = [*subscribe, *unsubscribe]
    known = await find_member_ids(
        organization_id,
        [],
        [one.login for one in references if one.login is not None],
        [one.email for one in references if one.email is not None],
    )
    named = {one: _key(organization_id, one, known) for one in references}
    subjects = await load_subjects(organization_id, [key for key in named.values() if key is not None])
    return resolve_from(subscribe, unsubscribe, named, subjects)


def resolve_from(
    subscribe: Sequence[SubjectReference],
    unsubscribe: Sequence[SubjectReference],
    named: Mapping[SubjectReference, SubjectKey | None],
    subjects: dict[SubjectKey, Subject],
) -> Resolved:
    """The same, where it is known whom each reference names and which of them are there."""
    problems = _missing([(named[one], one.path) for one in (*subscribe, *unsubscribe)], subjects)
    return Resolved(_there(subscribe, named, subjects), _there(unsubscribe, named, subjects), subjects, problems)


async def load_subjects(organization_id: UUID, keys: Iterable[SubjectKey]) -> dict[SubjectKey, Subject]:
    """Those of the subjects that are there: a group that was deleted is not."""
    ids: dict[SubjectKind, list[UUID]] = defaultdict(list)
    for key in keys:
        ids[key.kind].append(key.id)
    rows = await db.fetch(
        """
        SELECT 'member' AS kind, id, name AS label, status, (
            SELECT own.id FROM seat_subscriptions AS own WHERE own.member_id = member.id AND own.ended_at IS NULL
        ) AS subscription_id
        FROM members AS member WHERE organization_id = $1 AND id = ANY($2) AND erased_at IS NULL
        UNION ALL
        SELECT 'team', id, name, NULL, (
            SELECT own.id FROM seat_subscriptions AS own WHERE own.team_id = team.id AND own.ended_at IS NULL
        )
        FROM teams AS team WHERE organization_id = $1 AND id = ANY($3) AND deleted_at IS NULL
        UNION ALL
        SELECT 'department', id, name, NULL, (
            SELECT own.id FROM seat_subscriptions AS own
            WHERE own.department_id = department.id AND own.ended_at IS NULL
        )
        FROM departments AS department WHERE organization_id = $1 AND id = ANY($4) AND deleted_at IS NULL
        UNION ALL
        SELECT 'everyone', $1, 'Everyone', NULL, (
            SELECT own.id FROM seat_subscriptions AS own
            WHERE own.organization_id = $1 AND own.ended_at IS NULL
              AND own.member_id IS NULL AND own.team_id IS NULL AND own.department_id IS NULL
        )
        WHERE $5
        """,
        organization_id,
        ids[SubjectKind.MEMBER],
        ids[SubjectKind.TEAM],
        ids[SubjectKind.DEPARTMENT],
        bool(ids[SubjectKind.EVERYONE]),
    )
    found = [_subject(row) for row in rows]
    return {one.key: one for one in found}


def _key(organization_id: UUID, reference: SubjectReference, known: dict[str, UUID]) -> SubjectKey | None:
    if reference.team_id is not None:
        return SubjectKey(SubjectKind.TEAM, reference.team_id)
    if reference.department_id is not None:
        return SubjectKey(SubjectKind.DEPARTMENT, reference.department_id)
    if reference.is_everyone:
        return SubjectKey(SubjectKind.EVERYONE, organization_id)
    member_id = reference.member_id or known.get(reference.member_key)
    return SubjectKey(SubjectKind.MEMBER, member_id) if member_id is not None else None


def _missing(named: Sequence[tuple[SubjectKey | None, Path]], subjects: dict[SubjectKey, Subject]) -> list[Problem]:
    kinds = [(key.kind if key is not None else SubjectKind.MEMBER, path) for key, path in named if key not in subjects]
    people_first = sorted(kinds, key=lambda one: one[0] is not SubjectKind.MEMBER)
    return [Problem(ErrorCode.NOT_FOUND, f"There is no such {kind.value}.", path) for kind, path in people_first]


def _there(
    references: Sequence[SubjectReference],
    named: Mapping[SubjectReference, SubjectKey | None],
    subjects: dict[SubjectKey, Subject],
) -> Named:
    return [(key, one.path) for one in references if (key := named[one]) is not None and key in subjects]


def _subject(row: db.Row) -> Subject:
    return Subject(
        key=SubjectKey(SubjectKind(row["kind"]), row["id"]),
        label=row["label"],
        status=MemberStatus(row["status"]) if row["status"] is not None else None,
        subscription_id=row["subscription_id"],
    )


async def find_covered_by_teams(team_ids: Sequence[UUID], subscription_ids: Sequence[UUID]) -> set[UUID]:
    """Those who are in one of the teams now, or whom one of the subscriptions seats or lets wait."""
    rows = await db.fetch(
        """
        SELECT member_id FROM team_memberships WHERE team_id = ANY($1)
        UNION SELECT member_id FROM seat_grants WHERE subscription_id = ANY($2) AND upper_inf(during)
        UNION SELECT member_id FROM seat_waits WHERE subscription_id = ANY($2)
        """,
        list(team_ids),
        list(subscription_ids),
    )
    return {row["member_id"] for row in rows}
