"""Issues, and what belongs to one."""

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import strawberry

from app.domain.paging import page_request
from app.domain.tracker import IssueField, IssueStatus, IssueType, Priority, Resolution
from app.graphql import tracker_enums as _enums  # noqa: F401 - describes the enums used here
from app.graphql.connections import After, Before, Connection, First, Last, Paging, connect
from app.graphql.context import Info
from app.graphql.ids import global_id
from app.graphql.member import Member, load_members
from app.graphql.node import Node
from app.graphql.queues import Queue, load_queue
from app.graphql.tracker_listings import comments_of, history_of
from app.tracker.queries import CommentRow, HistoryRow, IssueRow

if TYPE_CHECKING:
    from app.graphql.attachments import Attachment


@strawberry.type(description="What someone said about an issue.")
class Comment(Node):
    text: str = strawberry.field(description="What they said.")
    created_at: datetime = strawberry.field(description="When.")
    row: strawberry.Private[CommentRow]

    @strawberry.field(description="Who said it.")
    async def author(self, info: Info) -> Member:
        return (await load_members(info, [self.row.author_id]))[0]

    @strawberry.field(description="The issue it is about.")
    async def issue(self, info: Info) -> Annotated["Issue", strawberry.lazy("app.graphql.issues")]:
        return await load_issue(info, self.row.issue_id)


@strawberry.type(description="One field of an issue that someone changed. It stays as it is for ever.")
class HistoryEntry(Node):
    field: IssueField = strawberry.field(description="What changed.")
    from_: str | None = strawberry.field(name="from", description="What it was; null when it was empty.")
    to: str | None = strawberry.field(description="What it became; null when it was emptied.")
    at: datetime = strawberry.field(description="When.")
    row: strawberry.Private[HistoryRow]

    @strawberry.field(description="Who changed it.")
    async def author(self, info: Info) -> Member:
        return (await load_members(info, [self.row.author_id]))[0]


@strawberry.type(description="Something to do, to mend or to answer.")
class Issue(Node):
    key: str = strawberry.field(description='The key: the queue\'s and a number, as in "OPS-7".')
    summary: str = strawberry.field(description="What it is about, in a line.")
    description: str = strawberry.field(description="What it is about, at length; may be empty.")
    type: IssueType = strawberry.field(description="What it is.")
    priority: Priority = strawberry.field(description="How pressing it is.")
    status: IssueStatus = strawberry.field(description="Where the work on it stands.")
    resolution: Resolution | None = strawberry.field(description="How it ended; null while it is open.")
    tags: list[str] = strawberry.field(description="Words it is marked with.")
    due_on: date | None = strawberry.field(description="The day by which it is to be done.")
    created_at: datetime = strawberry.field(description="When it was created.")
    updated_at: datetime = strawberry.field(description="When it was last changed or commented.")
    comment_count: int = strawberry.field(description="How many comments it has.")
    row: strawberry.Private[IssueRow]

    @strawberry.field(description="The queue it is in.")
    async def queue(self, info: Info) -> Queue:
        return await load_queue(info, self.row.queue_id)

    @strawberry.field(description="Who created it.")
    async def author(self, info: Info) -> Member:
        return (await load_members(info, [self.row.author_id]))[0]

    @strawberry.field(description="Who is to do it; null when nobody is.")
    async def assignee(self, info: Info) -> Member | None:
        assignee_id = self.row.fields.assignee_id
        return (await load_members(info, [assignee_id]))[0] if assignee_id is not None else None

    @strawberry.field(description="Who is told what happens to it, longest first.")
    async def watchers(
        self, info: Info, first: Annotated[int, strawberry.argument(description="At most so many, up to 100.")] = 50
    ) -> list[Member]:
        limit = page_request(first, None, None, None).limit
        return await load_members(info, (await info.context.loaders.tracker.watchers.load(self.row.id))[:limit])

    @strawberry.field(description="How many watch it.")
    async def watcher_count(self, info: Info) -> int:
        return await info.context.loaders.tracker.watcher_counts.load(self.row.id)

    @strawberry.field(description="Whether the member who asks watches it.")
    async def is_watched(self, info: Info) -> bool:
        return await info.context.loaders.tracker.watched.load(self.row.id)

    @strawberry.field(description="What was said about it, oldest first.")
    async def comments(
        self, first: First = None, after: After = None, last: Last = None, before: Before = None
    ) -> Connection[Comment]:
        return await connect(comments_of(self.row), Paging(first, after, last, before), comment_from)

    @strawberry.field(description="Every change of a field, oldest first.")
    async def history(
        self, first: First = None, after: After = None, last: Last = None, before: Before = None
    ) -> Connection[HistoryEntry]:
        return await connect(history_of(self.row.id), Paging(first, after, last, before), history_from)

    @strawberry.field(description="The files beside it, oldest first; at most 100.")
    async def attachments(
        self, info: Info
    ) -> list[Annotated["Attachment", strawberry.lazy("app.graphql.attachments")]]:
        from app.graphql.attachments import attachment_from

        return [attachment_from(row) for row in await info.context.loaders.tracker.files.load(self.row.id)]


async def load_issue(info: Info, issue_id: UUID) -> Issue:
    row = await info.context.loaders.tracker.issues.load(issue_id)
    assert row is not None, "its id comes from a row that may be seen"
    return issue_from(row)


def issue_from(row: IssueRow) -> Issue:
    return Issue(
        id=global_id("Issue", row.id),
        key=row.key,
        summary=row.fields.summary,
        description=row.fields.description,
        type=row.fields.type,
        priority=row.fields.priority,
        status=row.status,
        resolution=row.resolution,
        tags=list(row.fields.tags),
        due_on=row.fields.due_on,
        created_at=row.created_at,
        updated_at=row.updated_at,
        comment_count=row.comment_count,
        row=row,
    )


def comment_from(row: CommentRow) -> Comment:
    return Comment(id=global_id("Comment", row.id), text=row.text, created_at=row.created_at, row=row)


def history_from(row: HistoryRow) -> HistoryEntry:
    return HistoryEntry(
        id=global_id("HistoryEntry", row.id),
        field=row.field,
        from_=_shown(row.field, row.before),
        to=_shown(row.field, row.after),
        at=row.at,
        row=row,
    )


def _shown(field: IssueField, value: str | None) -> str | None:
    """A value as clients know it: members by their global id."""
    return global_id("Member", UUID(value)) if field is IssueField.ASSIGNEE and value is not None else value
