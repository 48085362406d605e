"""The tracker of an organization: the fields of Organization that show it."""

from typing import Annotated
from uuid import UUID

import strawberry

from app.directory.queries import find_contacts
from app.domain.issue_filter import EVERY_ISSUE, IssueOrder
from app.domain.tracker import parse_issue_key
from app.graphql.boards import Board, board_from
from app.graphql.connections import After, Before, Connection, First, Last, Paging, connect
from app.graphql.context import Info
from app.graphql.issue_filter import IssueFilter
from app.graphql.issues import Issue, issue_from
from app.graphql.member import Member, member_from
from app.graphql.notifications import (
    Notification,
    NotificationSettings,
    notification_from,
    settings_from,
)
from app.graphql.queues import Queue, queue_from
from app.graphql.tracker_listings import issues_of, notifications_of, queues_of
from app.organizations.queries import OrganizationFacts
from app.tracker.boards import list_boards
from app.tracker.notifications import find_settings
from app.tracker.queries import find_issue_by_key


@strawberry.type
class TrackerOfOrganization:
    facts: strawberry.Private[OrganizationFacts]

    @strawberry.field(description="Whom a read-only member can ask: active owners, then admins, by name; at most 20.")
    async def contacts(self) -> list[Member]:
        return [member_from(row) for row in await find_contacts(self.facts.id)]

    @strawberry.field(description="Its queues, by key.")
    async def queues(
        self, first: First = None, after: After = None, last: Last = None, before: Before = None
    ) -> Connection[Queue] | None:
        return await connect(queues_of(self.facts.id), Paging(first, after, last, before), queue_from)

    @strawberry.field(description="An issue by its key; null when there is none.")
    async def issue(
        self, key: Annotated[str, strawberry.argument(description='The key, as in "OPS-7".')]
    ) -> Issue | None:
        parsed = parse_issue_key(key)
        row = await find_issue_by_key(self.facts.id, *parsed) if parsed is not None else None
        return issue_from(row) if row is not None else None

    @strawberry.field(
        description="Its issues. The same list as CSV is at `/organizations/<id>/issues.csv?filter=<the filter as "
        "JSON>&orderBy=<the order>`, with the same bearer token."
    )
    async def issues(
        self,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        filter: Annotated[IssueFilter | None, strawberry.argument(description="Only these.")] = None,
        order_by: Annotated[IssueOrder, strawberry.argument(description="In this order.")] = IssueOrder.CREATED_DESC,
    ) -> Connection[Issue] | None:
        wanted = filter.wanted("filter") if filter is not None else EVERY_ISSUE
        return await connect(issues_of(self.facts, wanted, order_by), Paging(first, after, last, before), issue_from)

    @strawberry.field(description="Its boards, by name; at most 200.")
    async def boards(self) -> list[Board] | None:
        return [board_from(row) for row in await list_boards(self.facts.id)]

    @strawberry.field(description="What the member who asks wants to be told; null for who is no member.")
    async def notification_settings(self, info: Info) -> NotificationSettings | None:
        member_id = await self._own(info)
        return settings_from(await find_settings(member_id)) if member_id is not None else None

    @strawberry.field(description="What the member who asks was told, oldest first; null for who is no member.")
    async def notifications(
        self, info: Info, first: First = None, after: After = None, last: Last = None, before: Before = None
    ) -> Connection[Notification] | None:
        member_id = await self._own(info)
        if member_id is None:
            return None
        return await connect(notifications_of(member_id), Paging(first, after, last, before), notification_from)

    async def _own(self, info: Info) -> UUID | None:
        return info.context.actor.member_in(self.facts.id)
