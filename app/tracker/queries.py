"""Reading the tracker: rows by id, and what belongs to an issue. Ids come from rows that the actor reaches."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app import db
from app.domain.paging import PageRequest
from app.domain.tracker import IssueField, IssueFields, IssueStatus, IssueType, Priority, Resolution

MOST_WATCHERS_SHOWN = 100


@dataclass(frozen=True, slots=True)
class QueueRow:
    id: UUID
    organization_id: UUID
    key: str
    name: str
    author_id: UUID
    created_at: datetime


@dataclass(frozen=True, slots=True)
class IssueRow:
    """An issue; `queue_key` and `number` are its key."""

    id: UUID
    organization_id: UUID
    queue_id: UUID
    queue_key: str
    number: int
    fields: IssueFields
    status: IssueStatus
    resolution: Resolution | None
    author_id: UUID
    created_at: datetime
    updated_at: datetime
    comment_count: int

    @property
    def key(self) -> str:
        return f"{self.queue_key}-{self.number}"


@dataclass(frozen=True, slots=True)
class CommentRow:
    id: UUID
    organization_id: UUID
    issue_id: UUID
    author_id: UUID
    text: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class HistoryRow:
    """One change of one field; see `FieldChange`."""

    id: UUID
    organization_id: UUID
    issue_id: UUID
    at: datetime
    place: int
    author_id: UUID
    field: IssueField
    before: str | None
    after: str | None


QUEUE_COLUMNS = "id, organization_id, key, name, author_id, created_at"
COMMENT_COLUMNS = "id, organization_id, issue_id, author_id, text, created_at"
HISTORY_COLUMNS = "id, organization_id, issue_id, at, place, author_id, field, before, after"
ISSUES = """
    SELECT issue.id, issue.organization_id, issue.queue_id, queue.key AS queue_key, issue.number, issue.summary,
           issue.description, issue.type, issue.priority, issue.assignee_id, issue.tags, issue.due_on, issue.status,
           issue.resolution, issue.author_id, issue.created_at, issue.updated_at, issue.comment_count
    FROM issues AS issue JOIN queues AS queue ON queue.id = issue.queue_id
"""


def issue_from(row: db.Row) -> IssueRow:
    resolution = row["resolution"]
    return IssueRow(
        id=row["id"],
        organization_id=row["organization_id"],
        queue_id=row["queue_id"],
        queue_key=row["queue_key"],
        number=row["number"],
        fields=IssueFields(
            summary=row["summary"],
            description=row["description"],
            type=IssueType(row["type"]),
            priority=Priority(row["priority"]),
            assignee_id=row["assignee_id"],
            tags=tuple(row["tags"]),
            due_on=row["due_on"],
        ),
        status=IssueStatus(row["status"]),
        resolution=Resolution(resolution) if resolution is not None else None,
        author_id=row["author_id"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        comment_count=row["comment_count"],
    )


async def find_queues(queue_ids: Sequence[UUID]) -> list[QueueRow]:
    """By id, in no order."""
    rows = await db.fetch(f"SELECT {QUEUE_COLUMNS} FROM queues WHERE id = ANY($1)", list(queue_ids))
    return [QueueRow(**row) for row in rows]


async def list_queues(organization_id: UUID, page: PageRequest) -> list[QueueRow]:
    """By key."""
    sql = f"SELECT {QUEUE_COLUMNS} FROM queues WHERE organization_id = $1"
    return [QueueRow(**row) for row in await db.fetch_page(sql, "true", ("key", "id"), page, organization_id)]


async def count_queues(organization_id: UUID) -> int:
    return await db.count("SELECT 1 FROM queues WHERE organization_id = $1", organization_id)


async def find_issues(issue_ids: Sequence[UUID]) -> list[IssueRow]:
    """By id, in no order."""
    return [issue_from(row) for row in await db.fetch(f"{ISSUES} WHERE issue.id = ANY($1)", list(issue_ids))]


async def find_issue_by_key(organization_id: UUID, queue_key: str, number: int) -> IssueRow | None:
    row = await db.fetch_one(
        f"{ISSUES} WHERE issue.organization_id = $1 AND queue.key = $2 AND issue.number = $3",
        organization_id,
        queue_key,
        number,
    )
    return issue_from(row) if row is not None else None


async def find_comments(comment_ids: Sequence[UUID]) -> list[CommentRow]:
    """By id, in no order."""
    rows = await db.fetch(f"SELECT {COMMENT_COLUMNS} FROM issue_comments WHERE id = ANY($1)", list(comment_ids))
    return [CommentRow(**row) for row in rows]


async def list_comments(issue_id: UUID, page: PageRequest) -> list[CommentRow]:
    """Oldest first."""
    sql = f"SELECT {COMMENT_COLUMNS} FROM issue_comments WHERE issue_id = $1"
    return [CommentRow(**row) for row in await db.fetch_page(sql, "true", ("created_at", "id"), page, issue_id)]


async def find_history(entry_ids: Sequence[UUID]) -> list[HistoryRow]:
    """By id, in no order."""
    rows = await db.fetch(f"SELECT {HISTORY_COLUMNS} FROM issue_changes WHERE id = ANY($1)", list(entry_ids))
    return [_history_from(row) for row in rows]


async def list_history(issue_id: UUID, page: PageRequest) -> list[HistoryRow]:
    """Oldest first, the fields of one change in the order of `IssueField`."""
    sql = f"SELECT {HISTORY_COLUMNS} FROM issue_changes WHERE issue_id = $1"
    return [_history_from(row) for row in await db.fetch_page(sql, "true", ("at", "place"), page, issue_id)]


async def count_history(issue_id: UUID) -> int:
    return await db.count("SELECT 1 FROM issue_changes WHERE issue_id = $1", issue_id)


async def list_watchers(issue_ids: Sequence[UUID]) -> dict[UUID, list[UUID]]:
    """The members who watch each issue, longest first, at most MOST_WATCHERS_SHOWN each: one statement for all."""
    rows = await db.fetch(
        """
        SELECT issue.id AS issue_id, watcher.member_id FROM unnest($1::uuid[]) AS issue (id)
        CROSS JOIN LATERAL (
            SELECT member_id, since FROM issue_watchers WHERE issue_id = issue.id ORDER BY since, member_id LIMIT $2
        ) AS watcher ORDER BY watcher.since, watcher.member_id
        """,
        list(issue_ids),
        MOST_WATCHERS_SHOWN,
    )
    watchers: dict[UUID, list[UUID]] = defaultdict(list)
    for row in rows:
        watchers[row["issue_id"]].append(row["member_id"])
    return watchers


async def count_watchers(issue_ids: Sequence[UUID]) -> dict[UUID, int]:
    """How many watch each issue; those that nobody watches are left out."""
    rows = await db.fetch(
        """
        SELECT issue_id, count(*)::int AS watchers FROM issue_watchers WHERE issue_id = ANY($1) GROUP BY issue_id
        """,
        list(issue_ids),
    )
    return {row["issue_id"]: row["watchers"] for row in rows}


async def find_watched(member_ids: Sequence[UUID], issue_ids: Sequence[UUID]) -> set[UUID]:
    """Those of the issues that any of the members watches."""
    rows = await db.fetch(
        "SELECT issue_id FROM issue_watchers WHERE member_id = ANY($1) AND issue_id = ANY($2)",
        list(member_ids),
        list(issue_ids),
    )
    return {row["issue_id"] for row in rows}


def _history_from(row: db.Row) -> HistoryRow:
    return HistoryRow(**{**row, "field": IssueField(row["field"])})
