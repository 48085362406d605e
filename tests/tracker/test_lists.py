"""Filters, orders, search, boards, statistics and CSV (R2.2, R7.1)."""

import csv
import io
from datetime import date
from typing import Any
from uuid import uuid4

import pytest

from app import db
from app.domain.errors import ErrorCode
from app.domain.issue_filter import EVERY_ISSUE, IssueFilter, IssueOrder, Range
from app.domain.paging import EVERYTHING, PageRequest
from app.domain.tracker import IssueStatus, IssueType, Priority, Resolution
from app.tracker import export
from app.tracker.boards import create_board, delete_board, list_boards, update_board
from app.tracker.export import export_issues
from app.tracker.lists import QueueStatistics, count_issues, list_issues, list_queue_statistics, ordering_of
from app.tracker.queries import IssueRow
from app.tracker.service import comment_issue, create_issue, create_queue, transition_issue, update_issue, watch_issue
from tests.factories import DAY, NOVEMBER, jump, refused
from tests.tracker.people import FIELDS, Team, gather_team

pytestmark = pytest.mark.usefixtures("clean_database")


async def keys(team: Team, wanted: IssueFilter = EVERY_ISSUE, order: IssueOrder = IssueOrder.KEY_ASC) -> list[str]:
    facts = await team.company.facts()
    found = await list_issues(facts, wanted, order, EVERYTHING)
    assert await count_issues(facts, wanted) == len(found)
    return [issue.key for issue in found]


async def searched(team: Team, text: str) -> list[str]:
    return await keys(team, IssueFilter(text=text))


async def test_each_field_of_a_filter_lets_through_what_it_says() -> None:
    team = await gather_team(3)
    author, other, third = team.company.members
    dev = await create_queue(team.actor(), team.company.id, "DEV", "Development")
    await team.issue(type=IssueType.BUG, tags=["fire"], due_on=date(2020, 11, 9))
    await jump(team.company.clock_id, NOVEMBER + DAY)
    second = await team.issue(1, priority=Priority.BLOCKER, assignee_id=author, due_on=date(2020, 11, 20))
    await create_issue(team.actor(), dev, FIELDS)
    await transition_issue(team.actor(), second.id, IssueStatus.RESOLVED, Resolution.FIXED)
    await watch_issue(team.actor(2), second.id, watch=True)

    wanted = {
        "queue": IssueFilter(queue_ids=(dev,)),
        "status": IssueFilter(statuses=(IssueStatus.RESOLVED, IssueStatus.CLOSED)),
        "type": IssueFilter(types=(IssueType.BUG,)),
        "priority": IssueFilter(priorities=(Priority.BLOCKER,)),
        "resolution": IssueFilter(resolutions=(Resolution.FIXED,)),
        "assignee": IssueFilter(assignee_ids=(author,)),
        "author": IssueFilter(author_ids=(other,)),
        "watched": IssueFilter(watcher_ids=(third,)),
        "tag": IssueFilter(tags=("fire", "water")),
        "assigned": IssueFilter(is_assigned=True),
        "unassigned": IssueFilter(is_assigned=False),
        "overdue": IssueFilter(is_overdue=True),
        "not overdue": IssueFilter(is_overdue=False),
        "created": IssueFilter(created=Range(None, NOVEMBER + DAY)),
        "updated": IssueFilter(updated=Range(NOVEMBER + DAY, None)),
        "due": IssueFilter(due=Range(date(2020, 11, 9), date(2020, 11, 20))),
        "both": IssueFilter(author_ids=(author,), queue_ids=(team.queue_id,)),
        "nobody": IssueFilter(author_ids=(third,)),
    }
    assert {name: await keys(team, one) for name, one in wanted.items()} == {
        "queue": ["DEV-1"],
        "status": ["OPS-2"],
        "type": ["OPS-1"],
        "priority": ["OPS-2"],
        "resolution": ["OPS-2"],
        "assignee": ["OPS-2"],
        "author": ["OPS-2"],
        "watched": ["OPS-2"],
        "tag": ["OPS-1"],
        "assigned": ["OPS-2"],
        "unassigned": ["DEV-1", "OPS-1"],
        "overdue": ["OPS-1"],
        "not overdue": ["DEV-1", "OPS-2"],
        "created": ["OPS-1"],
        "updated": ["DEV-1", "OPS-2"],
        "due": ["OPS-1"],
        "both": ["OPS-1"],
        "nobody": [],
    }


async def test_overdue_is_by_the_day_where_the_organization_counts_its_months() -> None:
    team = await gather_team()
    await team.issue(due_on=date(2020, 11, 10))
    midnight = NOVEMBER.replace(hour=21)  # in Moscow
    found = []
    for at in (midnight.replace(hour=20, minute=59), midnight):
        await jump(team.company.clock_id, at)
        found.append(await keys(team, IssueFilter(is_overdue=True)))
    assert found == [[], ["OPS-1"]]


@pytest.mark.parametrize("order", IssueOrder)
async def test_every_order_pages_forward_and_backward_through_the_same_list(order: IssueOrder) -> None:
    team = await gather_team()
    days: list[Any] = [date(2020, 12, 3), None, date(2020, 12, 1), None, date(2020, 12, 2)]
    priorities = [Priority.MINOR, Priority.BLOCKER, Priority.MINOR, Priority.TRIVIAL, Priority.NORMAL]
    for day, priority in zip(days, priorities, strict=True):
        await team.issue(due_on=day, priority=priority)
    facts = await team.company.facts()
    whole = await list_issues(facts, EVERY_ISSUE, order, EVERYTHING)
    key = ordering_of(order).key

    forward: list[IssueRow] = []
    backward: list[IssueRow] = []
    for _ in range(3):
        after, before = (key(listed[-1]) if listed else None for listed in (forward, backward))
        forward += (await list_issues(facts, EVERY_ISSUE, order, PageRequest(2, after)))[:2]
        page = PageRequest(2, None, before, is_backward=True)
        backward += (await list_issues(facts, EVERY_ISSUE, order, page))[:2]

    assert [one.key for one in forward] == [one.key for one in whole]
    assert [one.key for one in backward] == [one.key for one in whole][::-1]


async def test_orders_order() -> None:
    team = await gather_team()
    await team.issue(due_on=date(2020, 12, 3), priority=Priority.MINOR)
    await team.issue(priority=Priority.BLOCKER)
    first = await team.issue(due_on=date(2020, 12, 1), priority=Priority.TRIVIAL)
    await comment_issue(team.actor(), (await team.issue()).id, "Last.")
    await comment_issue(team.actor(), first.id, "Later.")

    found = {order.value: await keys(team, order=order) for order in IssueOrder}
    assert found["DUE_ASC"][:2] == ["OPS-3", "OPS-1"]
    assert found["PRIORITY_DESC"] == ["OPS-2", "OPS-4", "OPS-1", "OPS-3"]
    assert found["UPDATED_DESC"] == ["OPS-3", "OPS-4", "OPS-2", "OPS-1"]
    assert found["KEY_DESC"] == found["CREATED_DESC"] == ["OPS-4", "OPS-3", "OPS-2", "OPS-1"]
    assert all(found[f"{name}_DESC"] == found[f"{name}_ASC"][::-1] for name in ("DUE", "PRIORITY", "UPDATED"))


async def test_words_are_found_in_any_form_in_both_languages() -> None:
    team = await gather_team()
    await team.issue(summary="Принтеры горят", description="The printers were burning all night")
    quiet = await team.issue(summary="Всё тихо")

    assert await searched(team, "принтер") == ["OPS-1"]
    assert await searched(team, "ПРИНТЕРАМИ горит") == ["OPS-1"]
    assert await searched(team, "printer burned") == ["OPS-1"]
    assert await searched(team, "принтер nights") == ["OPS-1"]
    assert await searched(team, "scanner") == []

    await comment_issue(team.actor(), quiet.id, "Теперь горят и сканеры. Scanners as well!")
    assert await searched(team, "сканером") == ["OPS-2"]
    assert await searched(team, "тихий scanner") == ["OPS-2"]  # one word in the summary, one in a comment
    assert await searched(team, "горит -сканер") == ["OPS-1"]
    assert await searched(team, "горит or тихо") == ["OPS-1", "OPS-2"]
    assert await searched(team, '"burning all night"') == ["OPS-1"]
    assert await searched(team, '"night burning"') == []


async def test_a_changed_summary_is_found_by_its_new_words_alone() -> None:
    team = await gather_team()
    issue = await team.issue(summary="Принтер")
    await comment_issue(team.actor(), issue.id, "вода")
    await update_issue(team.actor(), issue.id, {"summary": "Сканер"})

    assert [await searched(team, word) for word in ("принтер", "сканеры", "воды")] == [[], ["OPS-1"], ["OPS-1"]]


@pytest.mark.parametrize("text", ["", "   ", '"', "-", "& | ! ( )", "a:*", "'; DROP TABLE issues; --", "\\", "и в на"])
async def test_whatever_is_searched_for_is_no_error(text: str) -> None:
    team = await gather_team()
    await team.issue()
    assert await searched(team, text) in ([], ["OPS-1"])


async def test_search_stays_in_the_organization() -> None:
    team, other = await gather_team(), await gather_team()
    await team.issue(summary="Принтер")
    assert await searched(other, "принтер") == []


async def test_the_search_can_be_served_by_its_index() -> None:
    team = await gather_team()
    await db.fetch(
        """
        INSERT INTO issues (id, organization_id, queue_id, number, summary, description, type, priority, status,
                            author_id, created_at, updated_at, comment_count)
        SELECT gen_random_uuid(), $1, $2, number, 'Issue ' || number || md5(number::text), '', 'TASK', 'NORMAL',
               'OPEN', $3, $4, $4, 0 FROM generate_series(1, 5000) AS number
        """,
        team.company.id,
        team.queue_id,
        team.company.members[0],
        NOVEMBER,
    )
    async with db.in_transaction():
        await db.fetch("SET LOCAL enable_seqscan = off")  # whether it pays is the planner's choice; that it can is ours
        plan = await db.fetch(
            "EXPLAIN SELECT 1 FROM issues WHERE search @@ websearch_to_tsquery('pg_catalog.russian', 'accident')"
        )
    assert any("issues_search" in row["QUERY PLAN"] for row in plan)


async def test_the_statistics_of_a_queue_count_its_issues() -> None:
    team = await gather_team()
    first, second = team.company.members
    await team.issue(assignee_id=first, due_on=date(2020, 11, 9))
    await team.issue(assignee_id=second)
    done = await team.issue(assignee_id=first, due_on=date(2020, 11, 9))
    await team.issue()
    await transition_issue(team.actor(), done.id, IssueStatus.CLOSED, Resolution.WONT_FIX)
    empty = await create_queue(team.actor(), team.company.id, "DEV", "Development")

    found = await list_queue_statistics(await team.company.facts(), [team.queue_id, empty])

    assert found[team.queue_id] == QueueStatistics(
        total=4,
        open=3,
        overdue=1,
        by_status={IssueStatus.OPEN: 3, IssueStatus.CLOSED: 1},
        by_assignee={first: 2, second: 1, None: 1},
    )
    assert found[empty] == QueueStatistics(0, 0, 0, {}, {})


async def test_a_board_keeps_a_filter_under_a_name() -> None:
    team = await gather_team()
    actor, company = team.actor(), team.company
    bugs = IssueFilter(types=(IssueType.BUG,), queue_ids=(team.queue_id,))
    board_id = await create_board(actor, company.id, " Bugs ", bugs, IssueOrder.KEY_ASC)
    await create_board(actor, company.id, "All", EVERY_ISSUE, IssueOrder.KEY_ASC)

    boards = [(one.name, one.filter, one.order) for one in await list_boards(company.id)]
    assert boards == [("All", EVERY_ISSUE, IssueOrder.KEY_ASC), ("Bugs", bugs, IssueOrder.KEY_ASC)]

    await update_board(team.actor(1), board_id, {"name": "Tasks", "order": IssueOrder.DUE_ASC})
    (board,) = [one for one in await list_boards(company.id) if one.id == board_id]
    assert (board.name, board.filter, board.order) == ("Tasks", bugs, IssueOrder.DUE_ASC)

    await delete_board(actor, board_id)
    assert [one.name for one in await list_boards(company.id)] == ["All"]


async def test_a_board_that_cannot_be_is_refused() -> None:
    team, other = await gather_team(), await gather_team()
    actor, company = team.actor(), team.company
    await create_board(actor, company.id, "Bugs", EVERY_ISSUE, IssueOrder.KEY_ASC)

    async with refused(ErrorCode.ALREADY_EXISTS):
        await create_board(actor, company.id, "BUGS", EVERY_ISSUE, IssueOrder.KEY_ASC)
    async with refused(ErrorCode.INVALID_INPUT) as refusal:
        await create_board(actor, company.id, " ", IssueFilter(text="x" * 501), IssueOrder.KEY_ASC)
    assert [one.path for one in refusal.value.problems] == [("input", "name"), ("input", "filter", "text")]
    strangers = IssueFilter(queue_ids=(other.queue_id,), assignee_ids=(other.company.members[0],))
    async with refused(ErrorCode.NOT_FOUND) as refusal:
        await create_board(actor, company.id, "Strangers", strangers, IssueOrder.KEY_ASC)
    assert [one.path[-1] for one in refusal.value.problems] == ["queueId", "assigneeId"]
    async with refused(ErrorCode.NOT_FOUND):
        await delete_board(other.actor(), (await list_boards(company.id))[0].id)
    async with refused(ErrorCode.NOT_FOUND):
        await update_board(actor, uuid4(), {"name": "None"})


async def exported(team: Team, wanted: IssueFilter = EVERY_ISSUE) -> list[list[str]]:
    content = b"".join([part async for part in export_issues(await team.company.facts(), wanted, IssueOrder.KEY_ASC)])
    assert content.startswith(b"\xef\xbb\xbf")
    assert b"\n" not in content.replace(b"\r\n", b"") or b'"' in content
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


async def test_an_export_has_the_filtered_issues_and_runs_nothing() -> None:
    team = await gather_team()
    colleague = team.company.members[1]
    await team.issue(
        summary='=HYPERLINK("http://x")',
        description='a,\n"b"',
        assignee_id=colleague,
        tags=["fire", "ash"],
        due_on=date(2020, 12, 1),
    )
    await team.issue(type=IssueType.BUG)

    header, first, second = await exported(team)
    assert header == list(export.COLUMNS)
    assert first[:12] == [
        "OPS-1", "OPS", "'=HYPERLINK(\"http://x\")", 'a,\n"b"', "TASK", "NORMAL", "OPEN", "", "A Person", "A Person",
        "fire, ash", "2020-12-01",
    ]  # fmt: skip
    assert second[4] == "BUG"
    assert [row[0] for row in await exported(team, IssueFilter(types=(IssueType.BUG,)))] == ["key", "OPS-2"]


async def test_a_long_export_is_read_page_by_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export, "PAGE", 2)
    team = await gather_team()
    for _ in range(5):
        await team.issue()

    with db.counted_statements() as statements:
        rows = await exported(team)

    assert [row[0] for row in rows] == ["key", *(f"OPS-{number}" for number in range(1, 6))]
    assert len(statements) == 1 + 3 * 2  # the organization; three pages, each with its people
