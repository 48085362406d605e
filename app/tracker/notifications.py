"""What members are told, and what they want to be told (R2.2, R7.2)."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from app import db
from app.domain.actor import Actor, Permission
from app.domain.paging import PageRequest
from app.tracker.writing import begin_write


@dataclass(frozen=True, slots=True)
class NotificationSettings:
    """`watched_issues`: what happens to issues they watch; `own_changes`: also what they did themselves.
    `billing_mails`: mails that have no deadline in them; `language`: en or ru, of their mails, None for the usual."""

    watched_issues: bool
    own_changes: bool
    billing_mails: bool
    language: str | None


UNLESS_TOLD = NotificationSettings(watched_issues=True, own_changes=False, billing_mails=True, language=None)
"""What holds for who never said."""

_TOLD = {
    "watched_issues": "watchedIssues",
    "own_changes": "ownChanges",
    "billing_mails": "billingMails",
    "language": "language",
}


@dataclass(frozen=True, slots=True)
class NotificationRow:
    """`event` is the type of the event that it tells of."""

    id: UUID
    issue_id: UUID
    author_id: UUID
    event: str
    at: datetime


async def find_settings(member_id: UUID) -> NotificationSettings:
    row = await db.fetch_one(
        "SELECT watched_issues, own_changes, billing_mails, language FROM notification_settings WHERE member_id = $1",
        member_id,
    )
    return NotificationSettings(**row) if row is not None else UNLESS_TOLD


async def list_notifications(member_id: UUID, page: PageRequest) -> list[NotificationRow]:
    """Oldest first."""
    sql = "SELECT id, issue_id, author_id, event, at FROM notifications WHERE member_id = $1"
    return [NotificationRow(**row) for row in await db.fetch_page(sql, "true", ("at", "id"), page, member_id)]


async def count_notifications(member_id: UUID) -> int:
    return await db.count("SELECT 1 FROM notifications WHERE member_id = $1", member_id)


async def update_settings(actor: Actor, organization_id: UUID, given: Mapping[str, Any]) -> UUID:
    """Change one's own settings as far as given; allowed with read-only access too (R2.2).

    Raises: DomainError what `begin_write` raises.
    """
    async with db.in_transaction():
        write = await begin_write(actor, organization_id, Permission.ISSUE_VIEW)
        wanted = replace(await find_settings(write.member_id), **given)
        await db.fetch(
            """
            INSERT INTO notification_settings
                (id, organization_id, member_id, watched_issues, own_changes, billing_mails, language)
            VALUES (gen_random_uuid(), $1, $2, $3, $4, $5, $6)
            ON CONFLICT (member_id) DO UPDATE
            SET watched_issues = $3, own_changes = $4, billing_mails = $5, language = $6
            """,
            organization_id,
            write.member_id,
            wanted.watched_issues,
            wanted.own_changes,
            wanted.billing_mails,
            wanted.language,
        )
        told = {_TOLD[field]: value for field, value in given.items()}
        await write.record("notification_settings.updated", memberId=write.member_id, **told)
    return write.member_id
