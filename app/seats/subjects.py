"""From what callers call a subject to the subject and its subscription in force (R3.1)."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
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


async def resolve(
    organization_id: UUID, subscribe: Sequence[SubjectReference], unsubscribe: Sequence[SubjectReference]
) -> tuple[Named, Named, list[Problem]]:
    """What is meant by the references, and a problem for each that nothing answers to."""
    references = [*subscribe, *unsubscribe]
    known = await find_member_ids(
        organization_id,
        [one.member_id for one in references if one.member_id is not None],
        [one.login for one in references if one.login is not None],
        [one.email for one in references if one.email is not None],
    )
    named: dict[SubjectReference, SubjectKey | None] = {one: _key(organization_id, one, known) for one in references}
    unknown = [
        Problem(ErrorCode.NOT_FOUND, "There is no such member.", one.path) for one in references if named[one] is None
    ]
    return _known(subscribe, named), _known(unsubscribe, named), unknown


async def load_subjects(organization_id: UUID, keys: Iterable[SubjectKey]) -> dict[SubjectKey, Subject]:
    """Those of the subjects that are there: a group that was deleted is not."""
    ids: dict[SubjectKind, list[UUID]] = defaultdict(list)
    for key in keys:
        ids[key.kind].append(key.id)
    rows = await db.fetch(
        """
        WITH subject AS (
            SELECT 'member' AS kind, id, name AS label, status
            FROM members WHERE organization_id = $1 AND id = ANY($2) AND erased_at IS NULL
            UNION ALL
            SELECT 'team', id, name, NULL
            FROM teams WHERE organization_id = $1 AND id = ANY($3) AND deleted_at IS NULL
            UNION ALL
            SELECT 'department', id, name, NULL
            FROM departments WHERE organization_id = $1 AND id = ANY($4) AND deleted_at IS NULL
            UNION ALL
            SELECT 'everyone', $1, 'Everyone', NULL WHERE $5
        )
        SELECT subject.kind, subject.id, subject.label, subject.status, own.id AS subscription_id
        FROM subject
        LEFT JOIN seat_subscriptions AS own
          ON own.organization_id = $1 AND own.ended_at IS NULL
         AND coalesce(own.member_id, own.team_id, own.department_id, own.organization_id) = subject.id
        """,
        organization_id,
        ids[SubjectKind.MEMBER],
        ids[SubjectKind.TEAM],
        ids[SubjectKind.DEPARTMENT],
        bool(ids[SubjectKind.EVERYONE]),
    )
    found = [_subject(row) for row in rows]
    return {one.key: one for one in found}


def not_there(named: Named, subjects: dict[SubjectKey, Subject]) -> list[Problem]:
    """A problem for each subject that is not there (any more)."""
    return [
        Problem(ErrorCode.NOT_FOUND, f"There is no such {key.kind.value}.", path)
        for key, path in named
        if key not in subjects
    ]


def _key(organization_id: UUID, reference: SubjectReference, known: dict[str, UUID]) -> SubjectKey | None:
    if reference.team_id is not None:
        return SubjectKey(SubjectKind.TEAM, reference.team_id)
    if reference.department_id is not None:
        return SubjectKey(SubjectKind.DEPARTMENT, reference.department_id)
    if reference.is_everyone:
        return SubjectKey(SubjectKind.EVERYONE, organization_id)
    member_id = known.get(reference.member_key)
    return SubjectKey(SubjectKind.MEMBER, member_id) if member_id is not None else None


def _known(references: Sequence[SubjectReference], named: dict[SubjectReference, SubjectKey | None]) -> Named:
    return [(key, one.path) for one in references if (key := named[one]) is not None]


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
