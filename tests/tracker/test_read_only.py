"""What people without a seat may and may not (R2.1, R2.2): every write, every read."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, replace
from uuid import UUID

import pytest

from app import db
from app.access.service import require_reading
from app.domain.actor import Actor, Permission, Role
from app.domain.errors import DomainError, ErrorCode
from app.domain.issue_filter import EVERY_ISSUE, IssueOrder
from app.domain.tracker import IssueStatus
from app.tracker.attachments import create_attachment, delete_attachment, upload
from app.tracker.boards import create_board, delete_board, update_board
from app.tracker.notifications import UNLESS_TOLD, find_settings, update_settings
from app.tracker.queries import list_watchers
from app.tracker.service import (
    comment_issue,
    create_issue,
    create_queue,
    transition_issue,
    update_issue,
    watch_issue,
)
from tests.factories import DAY, NOVEMBER, TICK, Company, appoint, change, jump, refused
from tests.tracker.people import FIELDS, Team, gather_team

pytestmark = pytest.mark.usefixtures("clean_database")

ENDS = NOVEMBER + 30 * DAY + TICK


@dataclass(frozen=True, slots=True)
class Tracker:
    """A team with one of everything."""

    team: Team
    issue_id: UUID
    attachment_id: UUID
    board_id: UUID

    @property
    def company(self) -> Company:
        return self.team.company


async def fill() -> Tracker:
    team = await gather_team(3)
    actor = team.actor()
    issue = await team.issue(assignee_id=team.company.members[1])
    attachment = await create_attachment(actor, issue.id, "a.txt", "text/plain", 1)
    board_id = await create_board(actor, team.company.id, "All", EVERY_ISSUE, IssueOrder.KEY_ASC)
    return Tracker(team, issue.id, attachment.attachment_id, board_id)


WRITES: dict[str, Callable[[Actor, Tracker], Awaitable[object]]] = {
    "queueCreate": lambda actor, one: create_queue(actor, one.company.id, "DEV", "Development"),
    "issueCreate": lambda actor, one: create_issue(actor, one.team.queue_id, FIELDS),
    "issueUpdate": lambda actor, one: update_issue(actor, one.issue_id, {"summary": "Other"}),
    "issueTransition": lambda actor, one: transition_issue(actor, one.issue_id, IssueStatus.NEED_INFO, None),
    "issueComment": lambda actor, one: comment_issue(actor, one.issue_id, "Hello"),
    "issueWatch": lambda actor, one: watch_issue(actor, one.issue_id, watch=True),
    "attachmentCreate": lambda actor, one: create_attachment(actor, one.issue_id, "b.txt", "text/plain", 1),
    "attachmentDelete": lambda actor, one: delete_attachment(actor, one.attachment_id),
    "boardCreate": lambda actor, one: create_board(actor, one.company.id, "New", EVERY_ISSUE, IssueOrder.KEY_ASC),
    "boardUpdate": lambda actor, one: update_board(actor, one.board_id, {"name": "Other"}),
    "boardDelete": lambda actor, one: delete_board(actor, one.board_id),
}


async def end_trial(one: Tracker) -> None:
    await jump(one.company.clock_id, ENDS)


async def suspend(one: Tracker) -> None:
    await db.fetch(
        "INSERT INTO suspensions (id, organization_id, since) VALUES (gen_random_uuid(), $1, $2)",
        one.company.id,
        NOVEMBER,
    )


async def close(one: Tracker) -> None:
    await db.fetch("UPDATE organizations SET closed_at = $2 WHERE id = $1", one.company.id, NOVEMBER)


REASONS = {
    "no seat": (end_trial, "The trial is over and there is no seat"),
    "suspended": (suspend, "The organization is suspended"),
    "closed": (close, "The organization is closed"),
}


@pytest.mark.parametrize("write", WRITES)
async def test_a_write_is_done_with_full_access(write: str) -> None:
    one = await fill()
    before = await db.count("SELECT 1 FROM audit_entries")
    await WRITES[write](one.team.actor(2), one)
    assert await db.count("SELECT 1 FROM audit_entries") == before + 1


@pytest.mark.parametrize("reason", REASONS)
@pytest.mark.parametrize("write", WRITES)
async def test_a_write_is_refused_to_the_read_only_with_the_reason_and_whom_to_ask(write: str, reason: str) -> None:
    one = await fill()
    arrange, sentence = REASONS[reason]
    await arrange(one)

    async with refused(ErrorCode.READ_ONLY) as refusal:
        await WRITES[write](one.team.actor(2), one)

    assert refusal.value.message.startswith(sentence)
    assert refusal.value.message.endswith("Ask Olga Owner.")


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("write", WRITES)
async def test_no_role_writes_without_a_seat(write: str, role: Role) -> None:
    one = await fill()
    actor = await appoint(one.company, role)
    await end_trial(one)
    async with refused(ErrorCode.READ_ONLY):
        await WRITES[write](actor, one)


@pytest.mark.parametrize("write", WRITES)
async def test_a_write_is_refused_to_who_was_deactivated(write: str) -> None:
    one = await fill()
    await db.fetch("UPDATE members SET status = 'DEACTIVATED' WHERE id = $1", one.company.members[2])
    async with refused(ErrorCode.FORBIDDEN):
        await WRITES[write](one.team.actor(2), one)


@pytest.mark.parametrize("write", WRITES)
async def test_a_write_is_refused_once_the_purge_is_decided(write: str) -> None:
    one = await fill()
    await db.fetch("UPDATE organizations SET purge_decided_at = $2 WHERE id = $1", one.company.id, NOVEMBER)
    async with refused(ErrorCode.ORGANIZATION_PURGED):
        await WRITES[write](one.team.actor(2), one)


@pytest.mark.parametrize("write", WRITES)
async def test_strangers_find_nothing_to_write_to(write: str) -> None:
    one = await fill()
    stranger = (await gather_team()).actor()
    async with refused(ErrorCode.NOT_FOUND):
        await WRITES[write](stranger, one)


@pytest.mark.parametrize("reason", REASONS)
async def test_the_read_only_stop_watching_and_keep_their_settings(reason: str) -> None:
    one = await fill()
    arrange, _ = REASONS[reason]
    await arrange(one)

    await watch_issue(one.team.actor(1), one.issue_id, watch=False)
    await update_settings(one.team.actor(1), one.company.id, {"watched_issues": False})

    assert await list_watchers([one.issue_id]) == {one.issue_id: [one.company.members[0]]}
    assert await find_settings(one.company.members[1]) == replace(UNLESS_TOLD, watched_issues=False)


@pytest.mark.parametrize("reason", REASONS)
async def test_the_read_only_may_read_and_export(reason: str) -> None:
    one = await fill()
    arrange, _ = REASONS[reason]
    await arrange(one)
    for permission in (Permission.ISSUE_VIEW, Permission.QUEUE_VIEW, Permission.DATA_EXPORT):
        await require_reading(one.team.actor(2), await one.company.facts(), permission)


async def test_who_has_no_access_may_not_even_read() -> None:
    one = await fill()
    await db.fetch("UPDATE members SET status = 'DEACTIVATED' WHERE id = $1", one.company.members[2])
    with pytest.raises(DomainError) as refusal:
        await require_reading(one.team.actor(2), await one.company.facts(), Permission.ISSUE_VIEW)
    assert refusal.value.code is ErrorCode.FORBIDDEN


async def test_a_seat_is_all_it_takes_to_write_again() -> None:
    one = await fill()
    await end_trial(one)
    await change(one.company, subscribe=one.company.members[2:])
    await WRITES["issueComment"](one.team.actor(2), one)
    await change(one.company, unsubscribe=one.company.members[2:])
    async with refused(ErrorCode.READ_ONLY):
        await WRITES["issueComment"](one.team.actor(2), one)


async def test_who_loses_access_between_announcing_and_uploading_uploads_nothing() -> None:
    one = await fill()
    announced = await create_attachment(one.team.actor(2), one.issue_id, "b.txt", "text/plain", 1)
    await end_trial(one)

    async def chunks() -> AsyncIterator[bytes]:
        yield b"x"

    async with refused(ErrorCode.READ_ONLY):
        await upload(announced.attachment_id, announced.token, chunks(), "request-of-a-test")
