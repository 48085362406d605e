"""A team works in the trial, loses its access with it, reads and exports everything, gets a seat and writes again."""

import csv
import io
from typing import Any

import httpx
import pytest

from tests.client import Client, Company, start

NOW = "2020-11-10T09:00:00+03:00"
LIST = "issues(orderBy: KEY_ASC) { totalCount nodes { key status resolution assignee { name } commentCount } }"


async def export(member: Client, company: Company, **parameters: str) -> httpx.Response:
    return await member.http.get(f"/organizations/{company.id}/issues.csv", params=parameters, headers=member.headers)


async def put(member: Client, url: str, content: bytes) -> httpx.Response:
    """To an upload's address, with nothing but the address."""
    async with httpx.AsyncClient(base_url=member.http.base_url, trust_env=False) as stranger:
        return await stranger.put(url, content=content)


async def test_a_team_works_loses_its_access_reads_on_and_writes_again_with_a_seat(client: Client) -> None:
    company = await start(client, NOW)
    anna_id, boris_id = await company.invite(2)
    anna, boris = await client.as_member(anna_id), await client.as_member(boris_id)

    # The trial: everyone writes.
    queue = (await anna.change("queueCreate", "queue { id key }", organizationId=company.id, key="OPS", name="Ops"))[
        "queue"
    ]
    issue = (
        await anna.change(
            "issueCreate", "issue { id key }", queueId=queue["id"], summary="Принтеры горят", assigneeId=boris_id
        )
    )["issue"]
    assert issue["key"] == "OPS-1"
    second = (
        await boris.change("issueCreate", "issue { id }", queueId=queue["id"], summary="Buy water", tags=["fire"])
    )["issue"]
    await boris.change("issueComment", "comment { text }", issueId=issue["id"], text="Scanners are burning, too")
    await boris.change(
        "issueTransition", "issue { status }", issueId=issue["id"], status="RESOLVED", resolution="FIXED"
    )
    await boris.change("boardCreate", "board { id }", organizationId=company.id, name="Fire", filter={"tag": ["fire"]})
    given = {"issueId": issue["id"], "fileName": "fire.txt", "contentType": "text/plain", "size": 5}
    upload = await anna.change("attachmentCreate", "uploadUrl attachment { id url }", **given)
    assert upload["attachment"]["url"] is None
    assert (await put(anna, upload["uploadUrl"], b"smoke")).status_code == 201

    # Its end: everyone is read-only, by the clock alone.
    await company.advance("2020-12-11T09:00:00+03:00")
    for member in (anna, boris):
        refusal = await member.refuse("issueComment", issueId=second["id"], text="Hello?")
        assert refusal.code == "READ_ONLY"
        assert refusal.message == (
            "The trial is over and there is no seat: everything can be seen and nothing changed. Ask Olga Owner."
        )
    await reads_everything(anna, company, issue["id"])

    # A seat for one of them.
    await company.subscribe([boris_id])
    comment = await boris.change("issueComment", "comment { text author { id } }", issueId=second["id"], text="Done.")
    assert comment["comment"] == {"text": "Done.", "author": {"id": boris_id}}
    assert (await anna.refuse("issueComment", issueId=second["id"], text="And I?")).code == "READ_ONLY"


async def reads_everything(member: Client, company: Company, issue_id: str) -> None:
    reader = Company(member, company.clock_id, company.id, company.slug)
    assert (await reader.read(LIST))["issues"] == {
        "totalCount": 2,
        "nodes": [
            {
                "key": "OPS-1",
                "status": "RESOLVED",
                "resolution": "FIXED",
                "assignee": {"name": "Person 0002"},
                "commentCount": 1,
            },
            {"key": "OPS-2", "status": "OPEN", "resolution": None, "assignee": None, "commentCount": 0},
        ],
    }
    wanted = """
        contacts { name }
        queues { nodes { key statistics {
            total open byStatus { status count } byAssignee { count assignee { name } }
        } } }
        boards { name issues { nodes { key } } }
        issue(key: "OPS-1") {
            isWatched watcherCount comments { nodes { text } }
            history { nodes { field from to author { name } } } attachments { fileName size url }
        }
        found: issues(filter: { text: "принтером scanner" }) { nodes { key } }
        notificationSettings { watchedIssues ownChanges }
        notifications { nodes { event issue { key } } }
    """
    found = await reader.read(wanted)
    (attachment,) = found["issue"].pop("attachments")
    assert found == {
        "contacts": [{"name": "Olga Owner"}],
        "queues": {"nodes": [{"key": "OPS", "statistics": STATISTICS}]},
        "boards": [{"name": "Fire", "issues": {"nodes": [{"key": "OPS-2"}]}}],
        "issue": {
            "isWatched": True,
            "watcherCount": 2,
            "comments": {"nodes": [{"text": "Scanners are burning, too"}]},
            "history": {
                "nodes": [
                    {"field": "STATUS", "from": "OPEN", "to": "RESOLVED", "author": {"name": "Person 0002"}},
                    {"field": "RESOLUTION", "from": None, "to": "FIXED", "author": {"name": "Person 0002"}},
                    {"field": "ATTACHMENT", "from": None, "to": "fire.txt", "author": {"name": "Person 0001"}},
                ]
            },
        },
        "found": {"nodes": [{"key": "OPS-1"}]},
        "notificationSettings": {"watchedIssues": True, "ownChanges": False},
        "notifications": {
            "nodes": [
                {"event": "issue.commented", "issue": {"key": "OPS-1"}},
                {"event": "issue.transitioned", "issue": {"key": "OPS-1"}},
            ]
        },
    }
    file = await member.http.get(attachment["url"], headers=member.headers)
    assert (file.status_code, file.content) == (200, b"smoke")
    answer = await export(member, company, filter='{"tag": "fire"}', orderBy="KEY_ASC")
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [row[:3] for row in rows[1:]] == [["OPS-2", "OPS", "Buy water"]]
    assert answer.headers["Content-Disposition"] == 'attachment; filename="issues.csv"'

    await member.change("issueWatch", "issue { isWatched }", issueId=issue_id, watch=False)
    await member.change(
        "notificationSettingsUpdate", "notificationSettings { ownChanges }", organizationId=company.id, ownChanges=True
    )


STATISTICS: dict[str, Any] = {
    "total": 2,
    "open": 1,
    "byStatus": [
        {"status": "OPEN", "count": 1},
        {"status": "IN_PROGRESS", "count": 0},
        {"status": "NEED_INFO", "count": 0},
        {"status": "RESOLVED", "count": 1},
        {"status": "CLOSED", "count": 0},
    ],
    "byAssignee": [{"count": 1, "assignee": {"name": "Person 0002"}}, {"count": 1, "assignee": None}],
}


async def test_an_export_needs_a_bearer_token_and_the_organization(client: Client) -> None:
    company, other = await start(client, NOW), await start(client, NOW)
    (stranger_id,) = await other.invite(1)
    stranger = await client.as_member(stranger_id)

    async with httpx.AsyncClient(base_url=client.http.base_url, trust_env=False) as nobody:
        assert (await nobody.get(f"/organizations/{company.id}/issues.csv")).status_code == 401
    answer = await export(stranger, company)
    assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (404, "NOT_FOUND")


@pytest.mark.parametrize(
    "parameters",
    [
        {"filter": "{"},
        {"filter": "[]"},
        {"filter": '{"unknown": 1}'},
        {"filter": '{"status": "NEW"}'},
        {"filter": '{"queueId": "nonsense"}'},
        {"filter": '{"created": {"from": "yesterday"}}'},
        {"orderBy": "NAME"},
    ],
)
async def test_an_export_of_a_filter_that_is_none_is_refused(client: Client, parameters: dict[str, str]) -> None:
    company = await start(client, NOW)
    answer = await export(await client.as_member((await company.invite(1))[0]), company, **parameters)
    assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (400, "INVALID_INPUT")
