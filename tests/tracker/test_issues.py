"""Issues through their services: numbers, fields, history, watchers (R7.1, R7.2)."""

import asyncio
from datetime import date, timedelta

import orjson
import pytest

from app import db
from app.domain.actor import system
from app.domain.errors import ErrorCode
from app.domain.paging import EVERYTHING
from app.domain.tracker import IssueField, IssueStatus, IssueType, Priority, Resolution
from app.tracker.notifications import list_notifications, update_settings
from app.tracker.queries import IssueRow, list_history, list_watchers
from app.tracker.service import (
    comment_issue,
    create_issue,
    create_queue,
    transition_issue,
    update_issue,
    watch_issue,
)
from tests.factories import NOVEMBER, OPERATOR, as_owner, found_at, refused
from tests.tracker.people import FIELDS, acting, gather_team, read

pytestmark = pytest.mark.usefixtures("clean_database")


async def history(issue: IssueRow) -> list[tuple[IssueField, str | None, str | None]]:
    return [(one.field, one.before, one.after) for one in await list_history(issue.id, EVERYTHING)]


async def test_twenty_at_once_get_the_numbers_1_to_20() -> None:
    team = await gather_team(4)

    ids = await asyncio.gather(*(create_issue(team.actor(n % 4), team.queue_id, FIELDS) for n in range(20)))

    assert sorted([(await read(one)).number for one in ids]) == list(range(1, 21))


async def test_a_refused_issue_leaves_no_gap() -> None:
    team = await gather_team()
    await team.issue()
    async with refused(ErrorCode.INVALID_INPUT):
        await team.issue(summary=" ")
    assert (await team.issue()).key == "OPS-2"


async def test_each_queue_counts_for_itself() -> None:
    team = await gather_team()
    other = await create_queue(team.actor(), team.company.id, "DEV", "Development")
    await team.issue()

    assert (await read(await create_issue(team.actor(), other, FIELDS))).key == "DEV-1"


async def test_an_issue_has_what_it_was_given() -> None:
    team = await gather_team()
    issue = await team.issue(
        summary=" Printer ",
        description="It burns.",
        type=IssueType.BUG,
        priority=Priority.BLOCKER,
        assignee_id=team.company.members[1],
        tags=["fire", "Office", "FIRE"],
        due_on=date(2020, 12, 1),
    )

    fields = issue.fields
    assert (issue.key, issue.status, issue.resolution) == ("OPS-1", IssueStatus.OPEN, None)
    assert (fields.summary, fields.description, fields.tags) == ("Printer", "It burns.", ("fire", "Office"))
    assert (fields.type, fields.priority, fields.due_on) == (IssueType.BUG, Priority.BLOCKER, date(2020, 12, 1))
    assert (issue.author_id, fields.assignee_id) == tuple(team.company.members)
    assert issue.created_at == issue.updated_at


async def test_every_changed_field_is_one_entry_of_the_history() -> None:
    team = await gather_team()
    issue = await team.issue(tags=["fire"])
    colleague = team.company.members[1]

    given = {
        "summary": "The printer was on fire",
        "assignee_id": colleague,
        "tags": ["fire", "ash"],
        "type": IssueType.TASK,
    }
    await update_issue(team.actor(1), issue.id, given)

    assert await history(issue) == [
        (IssueField.SUMMARY, "The printer is on fire", "The printer was on fire"),
        (IssueField.ASSIGNEE, None, str(colleague)),
        (IssueField.TAGS, "fire", "fire, ash"),
    ]
    entries = await list_history(issue.id, EVERYTHING)
    changed = await read(issue.id)
    assert {(one.author_id, one.at) for one in entries} == {(colleague, changed.updated_at)}


async def test_what_is_not_given_stays_and_none_empties() -> None:
    team = await gather_team()
    issue = await team.issue(description="It burns.", due_on=date(2020, 12, 1), tags=["fire"])

    await update_issue(team.actor(), issue.id, {"description": None, "due_on": None})

    fields = (await read(issue.id)).fields
    assert (fields.description, fields.due_on, fields.tags) == ("", None, ("fire",))


async def test_an_update_that_changes_nothing_writes_nothing() -> None:
    team = await gather_team()
    issue = await team.issue()
    events = await db.count("SELECT 1 FROM events")

    await update_issue(team.actor(), issue.id, {"summary": issue.fields.summary, "tags": []})

    assert await history(issue) == []
    assert await db.count("SELECT 1 FROM events") == events
    assert (await read(issue.id)).updated_at == issue.updated_at


async def test_everything_wrong_with_an_update_is_told_at_once_and_nothing_is_changed() -> None:
    team = await gather_team()
    issue = await team.issue()
    stranger = (await gather_team()).company.members[0]
    given = {
        "summary": "",
        "type": None,
        "tags": ["a,b"],
        "due_on": date(1999, 12, 31),
        "description": "x" * 50_001,
        "assignee_id": stranger,
    }

    async with refused(ErrorCode.INVALID_INPUT) as refusal:
        await update_issue(team.actor(), issue.id, given)

    assert [(one.code, one.path[-1]) for one in refusal.value.problems] == [
        (ErrorCode.INVALID_INPUT, "summary"),
        (ErrorCode.INVALID_INPUT, "type"),
        (ErrorCode.INVALID_INPUT, "tags"),
        (ErrorCode.INVALID_INPUT, "dueOn"),
        (ErrorCode.INVALID_INPUT, "description"),
        (ErrorCode.NOT_FOUND, "assigneeId"),
    ]


async def test_resolving_needs_a_resolution_and_reopening_takes_it_away() -> None:
    team = await gather_team()
    issue = await team.issue()
    async with refused(ErrorCode.INVALID_INPUT) as refusal:
        await transition_issue(team.actor(), issue.id, IssueStatus.RESOLVED, None)
    assert refusal.value.problems[0].path == ("input", "resolution")

    states = []
    for status, resolution in (
        (IssueStatus.RESOLVED, Resolution.FIXED),
        (IssueStatus.CLOSED, None),
        (IssueStatus.IN_PROGRESS, None),
    ):
        await transition_issue(team.actor(), issue.id, status, resolution)
        found = await read(issue.id)
        states.append((found.status, found.resolution))

    assert states == [
        (IssueStatus.RESOLVED, Resolution.FIXED),
        (IssueStatus.CLOSED, Resolution.FIXED),
        (IssueStatus.IN_PROGRESS, None),
    ]
    assert await history(issue) == [
        (IssueField.STATUS, "OPEN", "RESOLVED"),
        (IssueField.RESOLUTION, None, "FIXED"),
        (IssueField.STATUS, "RESOLVED", "CLOSED"),
        (IssueField.STATUS, "CLOSED", "IN_PROGRESS"),
        (IssueField.RESOLUTION, "FIXED", None),
    ]


async def test_a_status_that_is_so_already_is_refused() -> None:
    team = await gather_team()
    issue = await team.issue()
    async with refused(ErrorCode.INVALID_INPUT):
        await transition_issue(team.actor(), issue.id, IssueStatus.OPEN, None)


async def test_the_history_cannot_be_edited_or_deleted() -> None:
    team = await gather_team()
    issue = await team.issue()
    await update_issue(team.actor(), issue.id, {"summary": "Other"})

    for statement in ("UPDATE issue_changes SET after = 'x'", "DELETE FROM issue_changes", "TRUNCATE issue_changes"):
        with pytest.raises(Exception, match=r"it only grows|for a purge alone"):
            async with as_owner():
                await db.fetch(statement)
    assert len(await history(issue)) == 1


async def test_the_database_ties_a_resolution_to_the_status() -> None:
    team = await gather_team()
    await team.issue()
    for change in ("status = 'RESOLVED'", "resolution = 'FIXED'", "status = 'NEW'"):
        with pytest.raises(Exception, match=r"issues_(resolved|status)"):
            await db.fetch(f"UPDATE issues SET {change}")


async def test_author_and_assignee_watch_by_themselves_and_each_once() -> None:
    team = await gather_team(3)
    author, assignee, third = team.company.members
    issue = await team.issue(assignee_id=assignee)
    own = await team.issue(assignee_id=author)
    await update_issue(team.actor(), own.id, {"assignee_id": third})

    assert await list_watchers([issue.id, own.id]) == {
        issue.id: sorted([author, assignee]),
        own.id: [author, third],
    }


async def test_watching_twice_is_watching_once_and_so_is_stopping() -> None:
    team = await gather_team()
    issue = await team.issue()
    for watch in (True, True, False, False):
        await watch_issue(team.actor(1), issue.id, watch=watch)

    assert await list_watchers([issue.id]) == {issue.id: [team.company.members[0]]}
    assert await db.count("SELECT 1 FROM events WHERE type IN ('issue.watched', 'issue.unwatched')") == 2


async def test_watchers_are_told_what_others_do_and_the_event_names_them() -> None:
    team = await gather_team(3)
    author, assignee, _ = team.company.members
    issue = await team.issue(assignee_id=assignee)
    await comment_issue(team.actor(2), issue.id, "Did you try water?")
    await transition_issue(team.actor(1), issue.id, IssueStatus.IN_PROGRESS, None)

    told = {
        member_id: [(one.event, one.author_id) for one in await list_notifications(member_id, EVERYTHING)]
        for member_id in team.company.members
    }
    third = team.company.members[2]
    assert told == {
        author: [("issue.commented", third), ("issue.transitioned", assignee)],
        assignee: [("issue.created", author), ("issue.commented", third)],
        third: [],
    }
    row = await db.fetch_one("SELECT payload -> 'watcherIds' AS ids FROM events WHERE type = 'issue.commented'")
    assert row is not None
    assert sorted(str(one) for one in (author, assignee)) == sorted(orjson.loads(row["ids"]))


async def test_who_wants_to_be_told_of_nothing_or_of_everything_is_heard() -> None:
    team = await gather_team()
    await update_settings(team.actor(), team.company.id, {"own_changes": True})
    await update_settings(team.actor(1), team.company.id, {"watched_issues": False})
    issue = await team.issue(assignee_id=team.company.members[1])
    await comment_issue(team.actor(), issue.id, "It burns.")

    found = [[one.event for one in await list_notifications(member, EVERYTHING)] for member in team.company.members]
    assert found == [["issue.created", "issue.commented"], []]


async def test_events_and_audit_hold_no_text() -> None:
    team = await gather_team()
    issue = await team.issue(summary="SECRET-SUMMARY", description="SECRET-DESCRIPTION", tags=["SECRET-TAG"])
    await comment_issue(team.actor(), issue.id, "SECRET-COMMENT")
    await update_issue(team.actor(), issue.id, {"summary": "SECRET-OTHER"})

    for table in ("events", "audit_entries"):
        assert await db.count(f"SELECT 1 FROM {table} AS one WHERE one::text LIKE '%SECRET%'") == 0


async def test_a_queue_key_is_taken_once_in_an_organization() -> None:
    team = await gather_team()
    other = await gather_team()
    async with refused(ErrorCode.ALREADY_EXISTS):
        await create_queue(team.actor(), team.company.id, "OPS", "Other")
    assert other.queue_id != team.queue_id


async def test_everything_wrong_with_a_queue_is_told_at_once() -> None:
    team = await gather_team()
    async with refused(ErrorCode.INVALID_INPUT) as refusal:
        await create_queue(team.actor(), team.company.id, "ops-1", " ")
    assert [one.path for one in refusal.value.problems] == [("input", "key"), ("input", "name")]


async def test_operators_and_jobs_are_no_members() -> None:
    team = await gather_team()
    issue = await team.issue()
    for actor in (OPERATOR, system("close")):
        async with refused(ErrorCode.FORBIDDEN) as refusal:
            await comment_issue(actor, issue.id, "Hello")
        assert "act as a member" in refusal.value.message


async def test_an_issue_of_another_organization_does_not_exist() -> None:
    team, other = await gather_team(), await gather_team()
    issue = await team.issue()
    async with refused(ErrorCode.NOT_FOUND) as refusal:
        await comment_issue(other.actor(), issue.id, "Hello")
    assert refusal.value.problems[0].path == ("input", "issueId")
    async with refused(ErrorCode.NOT_FOUND):
        await create_issue(other.actor(), team.queue_id, FIELDS)


async def test_before_the_activation_nothing_is_written() -> None:
    company = await found_at(NOVEMBER, 1, is_active=False)
    async with refused(ErrorCode.TRACKER_NOT_ACTIVATED):
        await create_queue(acting(company, company.members[0]), company.id, "OPS", "Operations")


async def test_an_hour_of_comments_past_what_is_searched_is_no_refusal() -> None:
    team = await gather_team()
    issue = await team.issue()
    words = " ".join(f"слово{number}" for number in range(2_000))
    for _ in range(16):
        await comment_issue(team.actor(), issue.id, words)
    assert (await read(issue.id)).comment_count == 16
    assert timedelta(0) < (await read(issue.id)).updated_at - issue.updated_at
