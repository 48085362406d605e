"""A company that leaves: warned, exported, purged; and one that closes, thinks better of it, and closes again."""

import asyncio
import io
import json
import subprocess
from pathlib import Path
from typing import Any
from zipfile import ZipFile

from app import db
from app.graphql.ids import parse_global_id
from tests.client import Client, Company, start

ACTIVATION = "2021-03-01T09:00:00+03:00"
TOMBSTONE = "tombstone { reason decidedAt purgedAt tables { table rows } files receiptHash auditHash accountingUntil }"


async def owner_of(company: Company) -> Client:
    owners = (await company.read("members(first: 100) { nodes { id role } }"))["members"]["nodes"]
    return await company.client.as_member(next(one["id"] for one in owners if one["role"] == "OWNER"))


async def told(company: Company) -> list[str]:
    """The events about its life, in order; there is no other way to them before there are webhooks."""
    rows = await db.fetch(
        """
        SELECT type, payload ->> 'notice' AS notice FROM events
        WHERE organization_id = $1 AND type ~ '^(trial|purge|organization|legal_hold|tracker)' ORDER BY sequence
        """,
        parse_global_id(company.id)[1],
    )
    return [row["notice"] or row["type"] for row in rows]


async def download(owner: Client, export_id: str) -> bytes:
    """The file of an export, once the worker has made it."""
    document = "query($id: ID!) { node(id: $id) { ... on OrganizationExport { state downloadUrl } } }"
    for _ in range(400):
        export = (await owner.ask(document, id=export_id))["node"]
        if export["state"] == "READY":
            return (await owner.http.get(export["downloadUrl"], headers=owner.headers)).content
        await asyncio.sleep(0.1)
    raise AssertionError(export)


def lines(content: bytes, table: str) -> list[dict[str, Any]]:
    with ZipFile(io.BytesIO(content)) as archive:
        return [json.loads(line) for line in archive.read(f"tables/{table}.jsonl").splitlines()]


async def test_a_company_that_never_subscribed_takes_its_data_along_and_is_gone(
    client: Client, worker: subprocess.Popen[bytes], own_data_dir: Path
) -> None:
    company = await start(client, ACTIVATION)
    (person, *_) = await company.invite(3)
    await company.advance("2021-04-29T09:00:00+03:00")  # day 59
    assert await told(company) == [
        "organization.created",
        "tracker.activated",
        "TRIAL_ENDS_IN_7_DAYS",
        "TRIAL_ENDS_IN_1_DAY",
        "TRIAL_ENDED",
        "PURGE_IN_14_DAYS",
        "PURGE_IN_7_DAYS",
        "PURGE_IN_1_DAY",
    ]
    owner = await owner_of(company)
    export = (await owner.change("organizationExport", "export { id }", organizationId=company.id))["export"]
    content = await download(owner, export["id"])
    assert [one["name"] for one in lines(content, "organizations")] == ["Romashka"]
    assert sorted(one["name"] for one in lines(content, "members")) == [
        "Olga Owner",
        "Person 0001",
        "Person 0002",
        "Person 0003",
    ]
    assert [one["outcome"] for one in lines(content, "statements")] == ["FREE"]

    await company.advance("2021-04-30T09:00:01+03:00")

    gone = await company.read(f"state name slug purgeAt members(first: 9) {{ totalCount }} {TOMBSTONE}")
    assert (gone["state"], gone["name"], gone["slug"], gone["members"]["totalCount"]) == ("PURGED", "", "", 0)
    stone = gone["tombstone"]
    assert stone["reason"] == "no subscription within 30 days of the trial"
    assert stone["files"] == 1  # the export
    assert {"table": "members", "rows": 4} in stone["tables"]
    assert stone["accountingUntil"].startswith("2026-04-30")
    receipt = json.loads(own_data_dir.joinpath("receipts", f"{parse_global_id(company.id)[1]}.json").read_text())
    assert receipt["rowsDeleted"] == {one["table"]: one["rows"] for one in stone["tables"]}
    # The accounting documents are kept, and nothing opens any more.
    statements = (await company.read("statements(first: 9) { nodes { month outcome } }"))["statements"]["nodes"]
    assert [one["outcome"] for one in statements] == ["FREE"]
    assert (await owner.http.get(f"/exports/{export['id']}", headers=owner.headers)).status_code == 401
    assert (await client.ask("query($id: ID!) { node(id: $id) { id } }", id=export["id"])) == {"node": None}
    assert (await client.ask("query($id: ID!) { node(id: $id) { id } }", id=person)) == {"node": None}
    for field in ("organizationReopen", "organizationExport", "trackerActivate"):
        assert (await client.refuse(field, organizationId=company.id)).code == "ORGANIZATION_PURGED"


async def test_a_company_closes_reopens_closes_again_and_is_gone_thirty_days_later(client: Client) -> None:
    company = await start(client, ACTIVATION)
    people = await company.invite(5)
    await company.subscribe(people)
    await company.advance("2021-05-10T12:00:00+03:00")
    owner = await owner_of(company)

    await owner.change("organizationClose", "organization { state }", organizationId=company.id)
    assert [await company.access(one) for one in people[:2]] == ["READ_ONLY", "READ_ONLY"]
    assert (await company.refuse_seats(unsubscribe=[{"memberId": people[0]}])).code == "ORGANIZATION_CLOSED"
    await company.advance("2021-06-08T12:00:00+03:00")  # a day and a little before the purge

    # An hour's session is long over by the clock, but sessions live by real time.
    await owner.change("organizationReopen", "organization { state }", organizationId=company.id)
    assert (await company.read("state purgeAt seats { used }")) == {
        "state": "SUBSCRIBED",
        "purgeAt": None,
        "seats": {"used": 5},
    }
    assert await company.access(people[0]) == "FULL"

    await company.advance("2021-07-01T12:00:00+03:00")
    closed = await owner.change("organizationClose", "organization { purgeAt }", organizationId=company.id)
    assert closed["organization"]["purgeAt"] == "2021-07-31T09:00:00Z"
    await company.advance("2021-08-01T00:29:00+03:00")
    # July was still to be billed: there were seats until the closing.
    assert (await company.read("state"))["state"] == "CLOSED"
    await company.advance("2021-08-01T00:31:00+03:00")

    gone = await company.read(f"state {TOMBSTONE}")
    assert (gone["state"], gone["tombstone"]["reason"]) == ("PURGED", "closed and not reopened within 30 days")
    assert [(month, outcome, peak) for month, outcome, peak, _ in await company.bills()] == [
        ("2021-03", "FREE", 5),
        ("2021-04", "FREE", 5),
        ("2021-05", "FREE", 5),
        ("2021-06", "FREE", 5),
        ("2021-07", "FREE", 5),
    ]
