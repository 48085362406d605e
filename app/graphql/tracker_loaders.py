"""Loaders of the tracker's rows. Whether they may be seen is asked once per organization and request."""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

from strawberry.dataloader import DataLoader

from app.access.service import require_reading
from app.domain.actor import Actor, Permission
from app.domain.errors import DomainError, ErrorCode
from app.organizations.queries import OrganizationFacts
from app.tracker.attachments import AttachmentRow, find_attachments, list_attachments
from app.tracker.boards import BoardRow, find_boards
from app.tracker.lists import QueueStatistics, list_queue_statistics
from app.tracker.queries import (
    CommentRow,
    HistoryRow,
    IssueRow,
    QueueRow,
    count_watchers,
    find_comments,
    find_history,
    find_issues,
    find_queues,
    find_watched,
    list_watchers,
)

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Leave:
    """Whether the actor may look at an organization's tracker; a loader would raise a bare exception."""

    refusal: DomainError | None


class TrackerLoaders:
    """Rows by id, None where the actor may not look at the tracker; and what belongs to an issue by the issue's id.

    Which permission what takes is in `reads`: an issue's queue is told with the issue.
    """

    def __init__(self, actor: Actor, organizations: DataLoader[UUID, OrganizationFacts | None]) -> None:
        self.actor = actor
        self.organizations = organizations
        self.leave: DataLoader[UUID, Leave] = DataLoader(self._leave)
        self.queues: DataLoader[UUID, QueueRow | None] = DataLoader(self._by_id(find_queues))
        self.issues: DataLoader[UUID, IssueRow | None] = DataLoader(self._by_id(find_issues))
        self.comments: DataLoader[UUID, CommentRow | None] = DataLoader(self._by_id(find_comments))
        self.history: DataLoader[UUID, HistoryRow | None] = DataLoader(self._by_id(find_history))
        self.attachments: DataLoader[UUID, AttachmentRow | None] = DataLoader(self._by_id(find_attachments))
        self.boards: DataLoader[UUID, BoardRow | None] = DataLoader(self._by_id(find_boards))
        self.watchers: DataLoader[UUID, list[UUID]] = DataLoader(self._watchers)
        self.watcher_counts: DataLoader[UUID, int] = DataLoader(self._watcher_counts)
        self.watched: DataLoader[UUID, bool] = DataLoader(self._watched)
        self.files: DataLoader[UUID, list[AttachmentRow]] = DataLoader(self._files)
        self.statistics: DataLoader[QueueRow, QueueStatistics] = DataLoader(self._statistics)

    async def require_access(self, organization_id: UUID) -> None:
        """For fields that need leave to look. Raises: DomainError, and the field is null."""
        leave = await self.leave.load(organization_id)
        if leave.refusal is not None:
            raise leave.refusal

    def _by_id(
        self, find: Callable[[Sequence[UUID]], Awaitable[Iterable[Row]]]
    ) -> Callable[[list[UUID]], Awaitable[list[Row | None]]]:
        async def load(ids: list[UUID]) -> list[Row | None]:
            rows: dict[UUID, Any] = {row.id: row for row in await find(ids)}  # type: ignore[attr-defined]
            reached = list({row.organization_id for row in rows.values() if self.actor.can_reach(row.organization_id)})
            leaves = zip(reached, await self.leave.load_many(reached), strict=True)
            open_to = {organization_id for organization_id, leave in leaves if leave.refusal is None}
            seen = {one: row for one, row in rows.items() if row.organization_id in open_to}
            return [seen.get(one) for one in ids]

        return load

    async def _leave(self, organization_ids: list[UUID]) -> list[Leave]:
        return [Leave(await self._refusal(one)) for one in organization_ids]

    async def _refusal(self, organization_id: UUID) -> DomainError | None:
        organization = await self.organizations.load(organization_id)
        if organization is None:
            return DomainError(ErrorCode.NOT_FOUND, "There is no such organization.")
        try:
            await require_reading(self.actor, organization, Permission.ISSUE_VIEW, Permission.QUEUE_VIEW)
        except DomainError as refusal:
            return refusal
        return None

    async def _watchers(self, issue_ids: list[UUID]) -> list[list[UUID]]:
        found = await list_watchers(issue_ids)
        return [found.get(one, []) for one in issue_ids]

    async def _watcher_counts(self, issue_ids: list[UUID]) -> list[int]:
        found = await count_watchers(issue_ids)
        return [found.get(one, 0) for one in issue_ids]

    async def _watched(self, issue_ids: list[UUID]) -> list[bool]:
        found = await find_watched(self.actor.member_ids, issue_ids)
        return [one in found for one in issue_ids]

    async def _files(self, issue_ids: list[UUID]) -> list[list[AttachmentRow]]:
        found: dict[UUID, list[AttachmentRow]] = defaultdict(list)
        for attachment in await list_attachments(issue_ids):
            found[attachment.issue_id].append(attachment)
        return [found[one] for one in issue_ids]

    async def _statistics(self, queues: list[QueueRow]) -> list[QueueStatistics]:
        found: dict[UUID, QueueStatistics] = {}
        for organization_id in {queue.organization_id for queue in queues}:
            organization = await self.organizations.load(organization_id)
            assert organization is not None, "a queue that was reached has an organization that is"
            own = [queue.id for queue in queues if queue.organization_id == organization_id]
            found |= await list_queue_statistics(organization, own)
        return [found[queue.id] for queue in queues]
