"""The lists of the tracker that can be paged through."""

from datetime import datetime
from uuid import UUID

from app.domain.issue_filter import IssueFilter, IssueOrder
from app.graphql.connections import Listing
from app.organizations.queries import OrganizationFacts
from app.tracker.lists import count_issues, list_issues, ordering_of
from app.tracker.notifications import NotificationRow, count_notifications, list_notifications
from app.tracker.queries import (
    CommentRow,
    HistoryRow,
    IssueRow,
    QueueRow,
    count_history,
    count_queues,
    list_comments,
    list_history,
    list_queues,
)


def queues_of(organization_id: UUID) -> Listing[QueueRow]:
    return Listing(
        "queues",
        organization_id,
        lambda row: (row.key, row.id),
        (str, UUID),
        lambda page: list_queues(organization_id, page),
        lambda: count_queues(organization_id),
    )


def issues_of(organization: OrganizationFacts, wanted: IssueFilter, order: IssueOrder) -> Listing[IssueRow]:
    """A cursor is a place in an order, so it holds for every filter."""
    ordering = ordering_of(order)
    return Listing(
        f"issues:{order.value}",
        organization.id,
        ordering.key,
        ordering.kinds,
        lambda page: list_issues(organization, wanted, order, page),
        lambda: count_issues(organization, wanted),
    )


def comments_of(issue: IssueRow) -> Listing[CommentRow]:
    async def count() -> int:
        return issue.comment_count

    return Listing(
        "comments",
        issue.id,
        lambda row: (row.created_at, row.id),
        (datetime, UUID),
        lambda page: list_comments(issue.id, page),
        count,
    )


def history_of(issue_id: UUID) -> Listing[HistoryRow]:
    return Listing(
        "history",
        issue_id,
        lambda row: (row.at, row.place),
        (datetime, int),
        lambda page: list_history(issue_id, page),
        lambda: count_history(issue_id),
    )


def notifications_of(member_id: UUID) -> Listing[NotificationRow]:
    return Listing(
        "notifications",
        member_id,
        lambda row: (row.at, row.id),
        (datetime, UUID),
        lambda page: list_notifications(member_id, page),
        lambda: count_notifications(member_id),
    )
