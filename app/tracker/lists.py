"""Issues by a filter, in an order: for lists, boards and exports; and what a queue's issues come to."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from app import db
from app.domain.issue_filter import IssueFilter, IssueOrder, Range
from app.domain.paging import PageRequest
from app.domain.tracker import IssueStatus, Priority
from app.organizations.queries import OrganizationFacts
from app.tracker.queries import ISSUES, IssueRow, issue_from

NEVER = date(9999, 1, 1)
"""Where an issue without a due date stands among those with one; the driver takes the last day of all for infinity."""
_OVER = "('RESOLVED', 'CLOSED')"
_RANKS = ", ".join(f"'{priority.value}'" for priority in Priority)
_ORDERED = f"""
    SELECT listed.*, coalesce(listed.due_on, '9999-01-01'::date) AS due_key,
           array_position(ARRAY[{_RANKS}], listed.priority::text)::bigint AS priority_rank,
           listed.number::bigint AS number_key
    FROM ({ISSUES} WHERE %s) AS listed
"""


@dataclass(frozen=True, slots=True)
class Ordering:
    """How an order pages: the columns, which together are unique, and their values in a row."""

    columns: tuple[str, ...]
    kinds: tuple[type, ...]

    def key(self, row: IssueRow) -> tuple[Any, ...]:
        values = {
            "created_at": row.created_at,
            "updated_at": row.updated_at,
            "due_key": row.fields.due_on or NEVER,
            "priority_rank": list(Priority).index(row.fields.priority) + 1,
            "queue_key": row.queue_key,
            "number_key": row.number,
            "id": row.id,
        }
        return tuple(values[column] for column in self.columns)


@dataclass(frozen=True, slots=True)
class QueueStatistics:
    """What a queue's issues come to now; by status and by assignee (None: nobody) only what there is."""

    total: int
    open: int
    overdue: int
    by_status: dict[IssueStatus, int]
    by_assignee: dict[UUID | None, int]


async def list_issues(
    organization: OrganizationFacts, wanted: IssueFilter, order: IssueOrder, page: PageRequest
) -> list[IssueRow]:
    """Those that the filter lets through; one more than the page asks for, as `db.fetch_page` has it."""
    where, values = _condition(organization, wanted)
    if order.is_descending:  # the same list from its other end
        page = replace(page, after=page.before, before=page.after, is_backward=not page.is_backward)
    rows = await db.fetch_page(_ORDERED % where, "true", ordering_of(order).columns, page, *values)
    return [issue_from(row) for row in rows]


async def count_issues(organization: OrganizationFacts, wanted: IssueFilter) -> int:
    where, values = _condition(organization, wanted)
    return await db.count(f"SELECT 1 FROM issues AS issue WHERE {where}", *values)


def ordering_of(order: IssueOrder) -> Ordering:
    return {
        "CREATED": Ordering(("created_at", "id"), (datetime, UUID)),
        "UPDATED": Ordering(("updated_at", "id"), (datetime, UUID)),
        "DUE": Ordering(("due_key", "id"), (date, UUID)),
        "PRIORITY": Ordering(("priority_rank", "id"), (int, UUID)),
        "KEY": Ordering(("queue_key", "number_key"), (str, int)),
    }[order.value.split("_", maxsplit=1)[0]]


async def list_queue_statistics(
    organization: OrganizationFacts, queue_ids: Sequence[UUID]
) -> dict[UUID, QueueStatistics]:
    """By queue: one statement for all."""
    rows = await db.fetch(
        f"""
        SELECT queue_id, status, assignee_id, count(*)::int AS issues,
               (count(*) FILTER (WHERE due_on < $2 AND status NOT IN {_OVER}))::int AS overdue
        FROM issues WHERE queue_id = ANY($1) GROUP BY queue_id, status, assignee_id
        """,
        list(queue_ids),
        today_of(organization),
    )
    return {one: _statistics([row for row in rows if row["queue_id"] == one]) for one in queue_ids}


def today_of(organization: OrganizationFacts) -> date:
    """The day it is where the organization counts its months."""
    return organization.now.astimezone(ZoneInfo(organization.time_zone)).date()


def _statistics(rows: Sequence[db.Row]) -> QueueStatistics:
    by_status: dict[IssueStatus, int] = {}
    by_assignee: dict[UUID | None, int] = {}
    for row in rows:
        status, assignee = IssueStatus(row["status"]), row["assignee_id"]
        by_status[status] = by_status.get(status, 0) + row["issues"]
        by_assignee[assignee] = by_assignee.get(assignee, 0) + row["issues"]
    return QueueStatistics(
        total=sum(by_status.values()),
        open=sum(issues for status, issues in by_status.items() if not status.is_over),
        overdue=sum(row["overdue"] for row in rows),
        by_status=by_status,
        by_assignee=by_assignee,
    )


class _Condition:
    """SQL over `issue`, put together with its parameters from $1 on."""

    def __init__(self, organization_id: UUID) -> None:
        self.values: list[Any] = [organization_id]
        self.parts = ["issue.organization_id = $1"]

    def add(self, sql: str, value: Any) -> None:
        """`sql` has $? where the value goes; a value that is not said adds nothing."""
        if value is None or value == []:
            return
        self.values.append(value)
        self.parts.append(sql.replace("$?", f"${len(self.values)}"))


def _condition(organization: OrganizationFacts, wanted: IssueFilter) -> tuple[str, list[Any]]:
    """The filter as SQL over `issue`, with its parameters from $1 on."""
    condition = _Condition(organization.id)
    condition.add("issue.queue_id = ANY($?::uuid[])", list(wanted.queue_ids))
    condition.add("issue.assignee_id = ANY($?::uuid[])", list(wanted.assignee_ids))
    condition.add("issue.author_id = ANY($?::uuid[])", list(wanted.author_ids))
    condition.add(
        "EXISTS (SELECT FROM issue_watchers AS watcher"
        " WHERE watcher.issue_id = issue.id AND watcher.member_id = ANY($?::uuid[]))",
        list(wanted.watcher_ids),
    )
    condition.add("issue.status = ANY($?::text[])", [one.value for one in wanted.statuses])
    condition.add("issue.type = ANY($?::text[])", [one.value for one in wanted.types])
    condition.add("issue.priority = ANY($?::text[])", [one.value for one in wanted.priorities])
    condition.add("issue.resolution = ANY($?::text[])", [one.value for one in wanted.resolutions])
    condition.add("issue.tags && $?::text[]", list(wanted.tags))
    condition.add("issue.search @@ websearch_to_tsquery('pg_catalog.russian', $?)", (wanted.text or "").strip() or None)
    condition.add("(issue.assignee_id IS NOT NULL) = $?::boolean", wanted.is_assigned)
    if wanted.is_overdue is not None:
        overdue = f"(coalesce(issue.due_on < $?::date, false) AND issue.status NOT IN {_OVER})"
        condition.add(overdue if wanted.is_overdue else f"NOT {overdue}", today_of(organization))
    _add_ranges(condition, wanted)
    return " AND ".join(condition.parts), condition.values


def _add_ranges(condition: _Condition, wanted: IssueFilter) -> None:
    ranges: tuple[tuple[str, Range[Any]], ...] = (
        ("issue.created_at {} $?::timestamptz", wanted.created),
        ("issue.updated_at {} $?::timestamptz", wanted.updated),
        ("issue.due_on {} $?::date", wanted.due),
    )
    for sql, within in ranges:
        condition.add(sql.format(">="), within.start)
        condition.add(sql.format("<"), within.end)
