"""The tracker over GraphQL: who reaches what, what absent and null mean, and how many statements a list takes."""

from typing import Any

import pytest
from graphql import parse

from app import db
from app.domain.policies import Policies
from app.graphql.context import Context
from app.graphql.execution import execute
from app.graphql.ids import global_id
from tests.client import Client, Company, start, unknown
from tests.tracker.people import Team, gather_team

NOW = "2020-11-10T09:00:00+03:00"


@pytest.fixture
async def company(client: Client) -> Company:
    return await start(client, NOW)


@pytest.fixture
async def member(client: Client, company: Company) -> Client:
    return await client.as_member((await company.invite(1))[0])


async def create_queue(member: Client, company: Company, key: str = "OPS") -> str:
    payload = await member.change("queueCreate", "queue { id }", organizationId=company.id, key=key, name="Operations")
    queue_id: str = payload["queue"]["id"]
    return queue_id


async def create_issue(member: Client, queue_id: str, wanted: str = "id", **given: Any) -> Any:
    payload = await member.change(
        "issueCreate", f"issue {{ {wanted} }}", queueId=queue_id, **{"summary": "Fire"} | given
    )
    return payload["issue"]


async def test_an_update_tells_absent_from_null(member: Client, company: Company) -> None:
    wanted = "id summary description priority tags dueOn assignee { id }"
    queue = await create_queue(member, company)
    issue = await create_issue(member, queue, wanted, description="Hot", tags=["a"], dueOn="2020-12-01")

    kept = (await member.change("issueUpdate", f"issue {{ {wanted} }}", issueId=issue["id"], priority="MINOR"))["issue"]
    assert kept == issue | {"priority": "MINOR"}
    emptied = (
        await member.change(
            "issueUpdate", f"issue {{ {wanted} }}", issueId=issue["id"], description=None, tags=None, dueOn=None
        )
    )["issue"]
    assert emptied == kept | {"description": "", "tags": [], "dueOn": None}
    refusal = await member.refuse("issueUpdate", issueId=issue["id"], summary=None, type=None, priority=None)
    assert [one.path[-1] for one in refusal.problems] == ["summary", "type", "priority"]


async def test_the_history_names_an_assignee_by_id(member: Client, company: Company) -> None:
    (colleague,) = await company.invite(1)
    issue = await create_issue(member, await create_queue(member, company))
    await member.change("issueUpdate", "issue { id }", issueId=issue["id"], assigneeId=colleague)
    wanted = "query($id: ID!) { node(id: $id) { ... on Issue { history { nodes { id field from to } totalCount } } } }"

    history = (await member.ask(wanted, id=issue["id"]))["node"]["history"]

    (entry,) = history["nodes"]
    assert (entry["field"], entry["from"], entry["to"], history["totalCount"]) == ("ASSIGNEE", None, colleague, 1)
    found = await member.ask("query($id: ID!) { node(id: $id) { __typename id } }", id=entry["id"])
    assert found["node"] == {"__typename": "HistoryEntry", "id": entry["id"]}


async def one_of_each(member: Client, company: Company) -> dict[str, str]:
    queue = await create_queue(member, company)
    issue = (await create_issue(member, queue))["id"]
    comment = await member.change("issueComment", "comment { id }", issueId=issue, text="Hello")
    await member.change("issueUpdate", "issue { id }", issueId=issue, summary="Other")
    wanted = "query($id: ID!) { node(id: $id) { ... on Issue { history { nodes { id } } } } }"
    history = (await member.ask(wanted, id=issue))["node"]["history"]["nodes"]
    board = await member.change("boardCreate", "board { id }", organizationId=company.id, name="All")
    given = {"issueId": issue, "fileName": "a.txt", "contentType": "text/plain", "size": 1}
    attachment = await member.change("attachmentCreate", "attachment { id }", **given)
    return {
        "Queue": queue,
        "Issue": issue,
        "Comment": comment["comment"]["id"],
        "HistoryEntry": history[0]["id"],
        "Board": board["board"]["id"],
        "Attachment": attachment["attachment"]["id"],
    }


async def test_nodes_are_found_within_reach_and_with_leave_to_look(
    client: Client, member: Client, company: Company
) -> None:
    ids = await one_of_each(member, company)
    other = await start(client, NOW)
    stranger = await client.as_member((await other.invite(1))[0])
    document = "query($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }"
    found = [{"__typename": name, "id": one} for name, one in ids.items()]

    assert (await member.ask(document, ids=list(ids.values())))["nodes"] == found
    assert (await client.ask(document, ids=list(ids.values())))["nodes"] == found  # an operator
    assert (await stranger.ask(document, ids=list(ids.values())))["nodes"] == [None] * 6
    assert (await member.ask(document, ids=[unknown(name) for name in ids]))["nodes"] == [None] * 6

    await db.fetch("UPDATE organizations SET purge_decided_at = now() WHERE slug = $1", company.slug)
    assert (await member.ask(document, ids=list(ids.values())))["nodes"] == [None] * 6
    assert (await client.ask(document, ids=list(ids.values())))["nodes"] == [None] * 6


FIELDS = [
    "queues { totalCount }",
    'issue(key: "OPS-1") { id }',
    "issues { totalCount }",
    "boards { id }",
    "notificationSettings { ownChanges }",
    "notifications { totalCount }",
]


@pytest.mark.parametrize("field", FIELDS)
async def test_before_the_activation_a_member_sees_no_tracker(client: Client, field: str) -> None:
    company = await start(client, NOW)
    member = await client.as_member((await company.invite(1))[0])
    await db.fetch("UPDATE organizations SET activated_at = NULL, trial_ends_at = NULL WHERE slug = $1", company.slug)
    failure = await Company(member, company.clock_id, company.id, company.slug).fail(f"id {field}")
    assert failure.code == "TRACKER_NOT_ACTIVATED"
    assert failure.data["organization"]["id"] == company.id


async def test_an_operator_looks_and_does_not_touch(client: Client, member: Client, company: Company) -> None:
    ids = await one_of_each(member, company)
    assert (await company.read("issues { totalCount } boards { name }"))["issues"] == {"totalCount": 1}
    refusal = await client.refuse("issueComment", issueId=ids["Issue"], text="Hello")
    assert (refusal.code, refusal.message) == (
        "FORBIDDEN",
        "Only members change things in the tracker: act as a member.",
    )


async def test_issues_are_paged_and_their_cursors_are_bound_to_the_order(member: Client, company: Company) -> None:
    queue = await create_queue(member, company)
    for _ in range(5):
        await create_issue(member, queue)
    reader = Company(member, company.clock_id, company.id, company.slug)
    page = "nodes { key } pageInfo { hasNextPage endCursor }"

    first = (await reader.read(f"issues(first: 2, orderBy: KEY_DESC) {{ {page} }}"))["issues"]
    after = first["pageInfo"]["endCursor"]
    second = (await reader.read(f'issues(first: 3, orderBy: KEY_DESC, after: "{after}") {{ {page} }}'))["issues"]

    assert [one["key"] for one in first["nodes"] + second["nodes"]] == ["OPS-5", "OPS-4", "OPS-3", "OPS-2", "OPS-1"]
    assert (first["pageInfo"]["hasNextPage"], second["pageInfo"]["hasNextPage"]) == (True, False)
    failure = await reader.fail(f'issues(orderBy: DUE_ASC, after: "{after}") {{ totalCount }}')
    assert failure.code == "INVALID_INPUT"


@pytest.mark.parametrize("wrong", ['tag: [""]', 'queueId: ["nonsense"]', 'text: "%s"' % ("x" * 501)])
async def test_a_filter_that_means_nothing_is_refused_or_finds_nothing(
    member: Client, company: Company, wrong: str
) -> None:
    reader = Company(member, company.clock_id, company.id, company.slug)
    if wrong.startswith("tag"):
        assert (await reader.read(f"issues(filter: {{ {wrong} }}) {{ totalCount }}"))["issues"] == {"totalCount": 0}
    else:
        failure = await reader.fail(f"issues(filter: {{ {wrong} }}) {{ totalCount }}")
        assert failure.code == "INVALID_INPUT"


async def test_a_board_answers_the_filter_it_was_given(member: Client, company: Company) -> None:
    queue = await create_queue(member, company)
    wanted = (
        "board { filter { queueId status tag overdue due { from before } created { from before } author: authorId } }"
    )
    given = {"queueId": [queue], "status": ["OPEN"], "tag": ["fire"], "overdue": False, "due": {"from": "2021-01-01"}}
    board = await member.change("boardCreate", wanted, organizationId=company.id, name="Fire", filter=given)
    assert board["board"]["filter"] == given | {
        "due": {"from": "2021-01-01", "before": None},
        "created": None,
        "author": None,
    }


LIST = """query($id: ID!, $first: Int!) { organization(id: $id) { issues(first: $first) { totalCount nodes {
    key summary tags commentCount dueOn isWatched watcherCount
    queue { key } author { name } assignee { name } watchers { name } attachments { fileName }
} } } }"""


async def statements_of(team: Team, first: int) -> tuple[int, int]:
    """How many issues a list answers, and with how many statements."""
    with db.counted_statements() as statements:
        result = await execute(
            parse(LIST),
            Context(team.actor(), Policies()),
            {"id": global_id("Organization", team.company.id), "first": first},
        )
    assert not result.errors, result.errors
    assert result.data is not None
    return len(result.data["organization"]["issues"]["nodes"]), len(statements)


@pytest.mark.usefixtures("clean_database")
async def test_a_list_of_issues_takes_as_many_statements_however_long_it_is() -> None:
    team = await gather_team(10)
    for number in range(30):
        await team.issue(number % 10, assignee_id=team.company.members[(number + 1) % 10])

    # The organization, leave to look, the issues, their number; queues, members, watchers, counts, own, files.
    assert await statements_of(team, 1) == (1, 10)
    assert await statements_of(team, 30) == (30, 10)
