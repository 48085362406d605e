"""Queues of issues."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import strawberry

from app.domain.paging import page_request
from app.domain.tracker import IssueStatus
from app.graphql import tracker_enums as _enums  # noqa: F401 - describes the enums used here
from app.graphql.context import FreshLoaders, Info
from app.graphql.errors import UserError
from app.graphql.ids import global_id, row_id
from app.graphql.member import Member, load_members
from app.graphql.node import Node
from app.tracker import lists
from app.tracker.queries import QueueRow
from app.tracker.service import create_queue


@strawberry.type(description="How many issues have a status.")
class StatusCount:
    status: IssueStatus = strawberry.field(description="The status.")
    count: int = strawberry.field(description="How many issues.")


@strawberry.type(description="How many issues someone is to do.")
class AssigneeCount:
    count: int = strawberry.field(description="How many issues.")
    member_id: strawberry.Private[UUID | None]

    @strawberry.field(description="Who is to do them; null when nobody is.")
    async def assignee(self, info: Info) -> Member | None:
        return (await load_members(info, [self.member_id]))[0] if self.member_id is not None else None


@strawberry.type(description="What a queue's issues come to now.")
class QueueStatistics:
    total: int = strawberry.field(description="How many issues there are.")
    open: int = strawberry.field(description="How many are neither resolved nor closed.")
    overdue: int = strawberry.field(description="How many of these were due before today, where months are counted.")
    by_status: list[StatusCount] = strawberry.field(description="By status; all of them, in order.")
    row: strawberry.Private[lists.QueueStatistics]

    @strawberry.field(description="By who is to do them, most issues first.")
    def by_assignee(
        self, first: Annotated[int, strawberry.argument(description="At most so many, up to 100.")] = 50
    ) -> list[AssigneeCount]:
        most = sorted(self.row.by_assignee.items(), key=lambda one: (-one[1], one[0] is None, str(one[0])))
        limit = page_request(first, None, None, None).limit
        return [AssigneeCount(count=count, member_id=member_id) for member_id, count in most[:limit]]


@strawberry.type(description="A queue of issues.")
class Queue(Node):
    key: str = strawberry.field(description="What its issues' keys begin with.")
    name: str = strawberry.field(description="The name.")
    created_at: datetime = strawberry.field(description="When it was created.")
    row: strawberry.Private[QueueRow]

    @strawberry.field(description="Who created it.")
    async def author(self, info: Info) -> Member:
        return (await load_members(info, [self.row.author_id]))[0]

    @strawberry.field(description="What its issues come to now.")
    async def statistics(self, info: Info) -> QueueStatistics:
        return statistics_from(await info.context.loaders.tracker.statistics.load(self.row))


@strawberry.input(description="What `queueCreate` takes.")
class QueueCreateInput:
    organization_id: strawberry.ID = strawberry.field(description="The organization.")
    key: str = strawberry.field(description="What its issues' keys begin with: A–Z and 0–9, a letter first, up to 15.")
    name: str = strawberry.field(description="The name, at most 200 characters.")


@strawberry.type(description="What `queueCreate` answers.")
class QueueCreatePayload:
    queue: Queue = strawberry.field(description="The new queue.")


QueueCreateResult = Annotated[
    QueueCreatePayload | UserError,
    strawberry.union("QueueCreateResult", description="The queue, or why there is none."),
]


@strawberry.type
class QueueMutation:
    @strawberry.mutation(extensions=[FreshLoaders()], description="Create a queue of issues.")
    async def queue_create(
        self, info: Info, input: Annotated[QueueCreateInput, strawberry.argument(description="What it is.")]
    ) -> QueueCreateResult:
        organization_id = row_id("Organization", input.organization_id, "input", "organizationId")
        queue_id = await create_queue(info.context.actor, organization_id, input.key, input.name)
        return QueueCreatePayload(queue=await load_queue(info, queue_id))


async def load_queue(info: Info, queue_id: UUID) -> Queue:
    row = await info.context.loaders.tracker.queues.load(queue_id)
    assert row is not None, "its id comes from a row that may be seen"
    return queue_from(row)


def queue_from(row: QueueRow) -> Queue:
    return Queue(id=global_id("Queue", row.id), key=row.key, name=row.name, created_at=row.created_at, row=row)


def statistics_from(row: lists.QueueStatistics) -> QueueStatistics:
    return QueueStatistics(
        total=row.total,
        open=row.open,
        overdue=row.overdue,
        by_status=[StatusCount(status=status, count=row.by_status.get(status, 0)) for status in IssueStatus],
        row=row,
    )
