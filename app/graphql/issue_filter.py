"""Which issues: as input of lists and boards, and as what a board answers."""

from collections.abc import Sequence
from datetime import date, datetime
from functools import partial
from uuid import UUID

import strawberry

from app.domain import issue_filter as domain
from app.domain.errors import check_all
from app.domain.tracker import IssueStatus, IssueType, Priority, Resolution
from app.graphql import tracker_enums as _enums  # noqa: F401 - describes the enums used here
from app.graphql.ids import global_id, row_id


@strawberry.input(description="A stretch of time; either end may be left open.")
class TimeRange:
    from_: datetime | None = strawberry.field(default=None, name="from", description="Its first instant.")
    before: datetime | None = strawberry.field(default=None, description="The first instant after it.")


@strawberry.input(description="A stretch of days; either end may be left open.")
class DayRange:
    from_: date | None = strawberry.field(default=None, name="from", description="Its first day.")
    before: date | None = strawberry.field(default=None, description="The first day after it.")


@strawberry.input(description="Which issues: everything named must hold; of several values of one field, any.")
class IssueFilter:
    queue_id: list[strawberry.ID] | None = strawberry.field(default=None, description="In these queues.")
    status: list[IssueStatus] | None = strawberry.field(default=None, description="With these statuses.")
    type: list[IssueType] | None = strawberry.field(default=None, description="Of these types.")
    priority: list[Priority] | None = strawberry.field(default=None, description="Of these priorities.")
    resolution: list[Resolution] | None = strawberry.field(default=None, description="With these resolutions.")
    assignee_id: list[strawberry.ID] | None = strawberry.field(default=None, description="To be done by them.")
    author_id: list[strawberry.ID] | None = strawberry.field(default=None, description="Created by them.")
    watched_by: list[strawberry.ID] | None = strawberry.field(default=None, description="Watched by them.")
    tag: list[str] | None = strawberry.field(default=None, description="With these tags, as they are written.")
    text: str | None = strawberry.field(
        default=None,
        description="Up to 500 characters: with these words, in any form, in summary, description or comments; "
        '"quoted" as a phrase, -without. Russian and English.',
    )
    assigned: bool | None = strawberry.field(default=None, description="Whether somebody is to do it.")
    overdue: bool | None = strawberry.field(default=None, description="Whether it is open and was due before today.")
    created: TimeRange | None = strawberry.field(default=None, description="Created then.")
    updated: TimeRange | None = strawberry.field(default=None, description="Last changed then.")
    due: DayRange | None = strawberry.field(default=None, description="Due then.")

    def wanted(self, *path: str) -> domain.IssueFilter:
        """Raises: DomainError INVALID_INPUT with every problem found."""
        queues, assignees, authors, watchers = check_all(
            *(
                partial(_row_ids, type_name, ids or (), *path, field)
                for type_name, ids, field in (
                    ("Queue", self.queue_id, "queueId"),
                    ("Member", self.assignee_id, "assigneeId"),
                    ("Member", self.author_id, "authorId"),
                    ("Member", self.watched_by, "watchedBy"),
                )
            )
        )
        wanted = domain.IssueFilter(
            queue_ids=queues,
            statuses=tuple(self.status or ()),
            types=tuple(self.type or ()),
            priorities=tuple(self.priority or ()),
            resolutions=tuple(self.resolution or ()),
            assignee_ids=assignees,
            author_ids=authors,
            watcher_ids=watchers,
            tags=tuple(self.tag or ()),
            text=self.text,
            is_assigned=self.assigned,
            is_overdue=self.overdue,
            created=domain.Range(self.created.from_, self.created.before) if self.created else domain.Range(),
            updated=domain.Range(self.updated.from_, self.updated.before) if self.updated else domain.Range(),
            due=domain.Range(self.due.from_, self.due.before) if self.due else domain.Range(),
        )
        return domain.check_filter(wanted, *path)


@strawberry.type(description="A stretch of time; either end may be open.")
class BoardTimeRange:
    from_: datetime | None = strawberry.field(name="from", description="Its first instant.")
    before: datetime | None = strawberry.field(description="The first instant after it.")


@strawberry.type(description="A stretch of days; either end may be open.")
class BoardDayRange:
    from_: date | None = strawberry.field(name="from", description="Its first day.")
    before: date | None = strawberry.field(description="The first day after it.")


@strawberry.type(description="Which issues a board shows; the fields are those of IssueFilter, null where not said.")
class BoardFilter:
    queue_id: list[strawberry.ID] | None = strawberry.field(description="In these queues.")
    status: list[IssueStatus] | None = strawberry.field(description="With these statuses.")
    type: list[IssueType] | None = strawberry.field(description="Of these types.")
    priority: list[Priority] | None = strawberry.field(description="Of these priorities.")
    resolution: list[Resolution] | None = strawberry.field(description="With these resolutions.")
    assignee_id: list[strawberry.ID] | None = strawberry.field(description="To be done by them.")
    author_id: list[strawberry.ID] | None = strawberry.field(description="Created by them.")
    watched_by: list[strawberry.ID] | None = strawberry.field(description="Watched by them.")
    tag: list[str] | None = strawberry.field(description="With these tags.")
    text: str | None = strawberry.field(description="With these words.")
    assigned: bool | None = strawberry.field(description="Whether somebody is to do it.")
    overdue: bool | None = strawberry.field(description="Whether it is open and was due before today.")
    created: BoardTimeRange | None = strawberry.field(description="Created then.")
    updated: BoardTimeRange | None = strawberry.field(description="Last changed then.")
    due: BoardDayRange | None = strawberry.field(description="Due then.")


def board_filter_from(wanted: domain.IssueFilter) -> BoardFilter:
    return BoardFilter(
        queue_id=_global_ids("Queue", wanted.queue_ids),
        status=list(wanted.statuses) or None,
        type=list(wanted.types) or None,
        priority=list(wanted.priorities) or None,
        resolution=list(wanted.resolutions) or None,
        assignee_id=_global_ids("Member", wanted.assignee_ids),
        author_id=_global_ids("Member", wanted.author_ids),
        watched_by=_global_ids("Member", wanted.watcher_ids),
        tag=list(wanted.tags) or None,
        text=wanted.text,
        assigned=wanted.is_assigned,
        overdue=wanted.is_overdue,
        created=_time_range(wanted.created),
        updated=_time_range(wanted.updated),
        due=BoardDayRange(from_=wanted.due.start, before=wanted.due.end) if wanted.due != domain.Range() else None,
    )


def _time_range(within: domain.Range[datetime]) -> BoardTimeRange | None:
    return BoardTimeRange(from_=within.start, before=within.end) if within != domain.Range() else None


def _global_ids(type_name: str, ids: Sequence[UUID]) -> list[strawberry.ID] | None:
    return [global_id(type_name, one) for one in ids] or None


def _row_ids(type_name: str, ids: Sequence[str], *path: str) -> tuple[UUID, ...]:
    return check_all(*(partial(row_id, type_name, one, *path, str(place)) for place, one in enumerate(ids)))
