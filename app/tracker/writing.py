"""What every write of the tracker has in common: the lock, the leave, the record, and telling watchers (R7.2)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from app import db
from app.access.service import require_access
from app.domain.actor import Actor, Permission
from app.domain.errors import DomainError, ErrorCode, refuse
from app.domain.tracker import FieldChange
from app.events.service import Change
from app.organizations.service import LockedOrganization, lock_organization, record
from app.tracker.queries import IssueRow, find_issues


@dataclass(frozen=True, slots=True)
class Write:
    """A member's write under the organization's lock, allowed at its instant."""

    actor: Actor
    member_id: UUID
    organization: LockedOrganization

    @property
    def at(self) -> datetime:
        return self.organization.at

    @property
    def organization_id(self) -> UUID:
        return self.organization.id

    async def record(self, type: str, **facts: Any) -> None:  # noqa: A002 - what events call it
        """The event and the audit entry, by ids only; last, for it moves the organization's clock on."""
        await record(self.actor, self.organization, Change(type, facts))


async def begin_write(actor: Actor, organization_id: UUID, permission: Permission) -> Write:
    """Lock the organization and ask for leave at its instant; within a transaction.

    Raises: DomainError READ_ONLY, FORBIDDEN, TRACKER_NOT_ACTIVATED, and what `lock_organization` raises but for
    ORGANIZATION_CLOSED: a closed organization is read-only, and READ_ONLY says why.
    """
    organization = await lock_organization(actor, organization_id, permission, even_closed=True)
    member_id = await require_access(actor, organization.facts, organization.at, permission)
    return Write(actor, member_id, organization)


async def begin_issue_write(actor: Actor, issue_id: UUID, permission: Permission) -> tuple[Write, IssueRow]:
    """`begin_write` where the issue is, and the issue as it stands under the lock.

    Raises: DomainError NOT_FOUND for an issue that does not exist, or not for the actor; what `begin_write` raises.
    """
    write = await begin_write(actor, await organization_of(actor, "issues", issue_id, "issueId"), permission)
    found = await find_issues([issue_id])
    if not found:
        raise not_found("issue", "issueId")
    return write, found[0]


async def organization_of(actor: Actor, table: str, row_id: UUID, field: str) -> UUID:
    """Where a row is; `table` is one of ours, never input.

    Raises: DomainError NOT_FOUND for a row that does not exist, or not for the actor: the same answer (R2.6).
    """
    row = await db.fetch_one(f"SELECT organization_id FROM {table} WHERE id = $1", row_id)
    if row is None or not actor.can_reach(row["organization_id"]):
        raise not_found(table.removesuffix("s"), field)
    found: UUID = row["organization_id"]
    return found


def not_found(what: str, field: str) -> DomainError:
    return refuse(ErrorCode.NOT_FOUND, f"There is no such {what}.", "input", field)


async def write_history(write: Write, issue_id: UUID, changes: Sequence[FieldChange]) -> None:
    """One entry for each change of a field: one statement, however many."""
    await db.fetch(
        """
        INSERT INTO issue_changes (id, organization_id, issue_id, at, place, author_id, field, before, after)
        SELECT change.id, $1, $2, $3, change.place, $4, change.field, change.before, change.after
        FROM unnest($5::uuid[], $6::text[], $7::text[], $8::text[]) WITH ORDINALITY
            AS change (id, field, before, after, place)
        """,
        write.organization_id,
        issue_id,
        write.at,
        write.member_id,
        [uuid4() for _ in changes],
        [change.field.value for change in changes],
        [change.before for change in changes],
        [change.after for change in changes],
    )


async def add_watchers(write: Write, issue_id: UUID, member_ids: Sequence[UUID]) -> None:
    """Make them watch the issue; those who do already go on."""
    await db.fetch(
        """
        INSERT INTO issue_watchers (id, organization_id, issue_id, member_id, since)
        SELECT gen_random_uuid(), $1, $2, member_id, $4 FROM unnest($3::uuid[]) AS member_id
        ON CONFLICT (issue_id, member_id) DO NOTHING
        """,
        write.organization_id,
        issue_id,
        list(member_ids),
        write.at,
    )


async def tell_watchers(write: Write, issue_id: UUID, event: str) -> list[UUID]:
    """A notification for each active watcher who wants it; gives their ids, for the event."""
    rows = await db.fetch(
        """
        INSERT INTO notifications (id, organization_id, member_id, issue_id, author_id, event, at)
        SELECT gen_random_uuid(), $1, watcher.member_id, $2, $3, $4, $5
        FROM issue_watchers AS watcher
        JOIN members AS member ON member.id = watcher.member_id AND member.status = 'ACTIVE'
        LEFT JOIN notification_settings AS wish ON wish.member_id = watcher.member_id
        WHERE watcher.issue_id = $2 AND coalesce(wish.watched_issues, true)
          AND (watcher.member_id <> $3 OR coalesce(wish.own_changes, false))
        RETURNING member_id
        """,
        write.organization_id,
        issue_id,
        write.member_id,
        event,
        write.at,
    )
    return sorted(row["member_id"] for row in rows)
