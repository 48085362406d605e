"""A purge takes everything of the tracker with it (R1.8)."""

import pytest

from app import db
from app.domain.actor import system
from app.domain.errors import ErrorCode
from app.domain.issue_filter import EVERY_ISSUE, IssueOrder
from app.retention.purge import purge_batch
from app.tracker.attachments import create_attachment
from app.tracker.boards import create_board
from app.tracker.notifications import update_settings
from app.tracker.service import comment_issue, update_issue
from tests.factories import count_of, refused
from tests.tracker.people import Team, gather_team

pytestmark = pytest.mark.usefixtures("clean_database")

TABLES = (
    "queues", "issues", "issue_comments", "issue_changes", "issue_watchers", "attachments", "boards",
    "notification_settings", "notifications",
)  # fmt: skip


async def fill() -> Team:
    """A team with rows in every table of the tracker."""
    team = await gather_team()
    actor = team.actor()
    issue = await team.issue(assignee_id=team.company.members[1])
    await comment_issue(actor, issue.id, "Hello")
    await update_issue(actor, issue.id, {"summary": "Other"})
    await create_attachment(actor, issue.id, "a.txt", "text/plain", 1)
    await create_board(actor, team.company.id, "All", EVERY_ISSUE, IssueOrder.KEY_ASC)
    await update_settings(actor, team.company.id, {"own_changes": True})
    return team


async def rows_of(team: Team) -> list[int]:
    return [await count_of(table, team.company.id) for table in TABLES]


async def test_no_row_is_left_and_none_of_another_organization_is_touched() -> None:
    team, other = await fill(), await fill()
    before = await rows_of(other)
    assert min(before) >= 1
    async with db.in_transaction():
        await db.fetch("UPDATE organizations SET purge_decided_at = now() WHERE id = $1", team.company.id)
        await db.fetch(
            """
            INSERT INTO tombstones (id, organization_id, reason, decided_at, rows_deleted)
            VALUES (gen_random_uuid(), $1, 'a test', now(), '{}')
            """,
            team.company.id,
        )

    while await purge_batch(system("purge"), team.company.id, 1, during_advance=False):
        pass

    assert await rows_of(team) == [0] * len(TABLES)
    assert await rows_of(other) == before
    async with refused(ErrorCode.ORGANIZATION_PURGED):
        await update_settings(team.actor(), team.company.id, {"own_changes": True})
