"""Extending a trial, closing and reopening, legal holds, purge previews and exports, over HTTP."""

import asyncio
import io
import json
import subprocess
from typing import Any
from uuid import uuid4
from zipfile import ZipFile

import pytest

from app.graphql.ids import parse_global_id
from tests.client import Client, Company, start, unknown

pytestmark = pytest.mark.usefixtures("clean_database")

ACTIVATION = "2021-03-01T09:00:00+03:00"
EXPORT = "export { id state progress rows bytes sha256 downloadUrl expiresAt organization { id } }"


async def owner_of(company: Company) -> Client:
    owner = (await company.read("members(first: 1) { nodes { id name role } }"))["members"]["nodes"][0]
    assert owner["role"] == "OWNER"
    return await company.client.as_member(owner["id"])


async def test_an_owner_closes_and_reopens(client: Client) -> None:
    company = await start(client, ACTIVATION)
    owner = await owner_of(company)
    wanted = "organization { state closedAt purgeAt trial { isOver } }"
    closed = await owner.change("organizationClose", wanted, organizationId=company.id)
    assert closed["organization"] == {
        "state": "CLOSED",
        "closedAt": "2021-03-01T06:00:00.000002Z",
        "purgeAt": "2021-03-31T06:00:00.000002Z",
        "trial": {"isOver": False},
    }
    refusal = await owner.refuse("organizationClose", organizationId=company.id)
    assert refusal.code == "ORGANIZATION_CLOSED"
    opened = await owner.change("organizationReopen", wanted, organizationId=company.id)
    assert (opened["organization"]["state"], opened["organization"]["closedAt"]) == ("TRIAL", None)
    assert (await owner.refuse("organizationReopen", organizationId=company.id)).code == "INVALID_INPUT"


async def test_members_close_nothing_and_other_organizations_are_not_there(client: Client) -> None:
    company, other = await start(client, ACTIVATION), await start(client, ACTIVATION)
    (member,) = await company.invite(1)
    person = await client.as_member(member)
    owner = await owner_of(company)
    for field in ("organizationClose", "organizationExport"):
        assert (await person.refuse(field, organizationId=company.id)).code == "FORBIDDEN"
        assert (await owner.refuse(field, organizationId=other.id)).code == "NOT_FOUND"
        assert (await owner.refuse(field, organizationId=unknown("Organization"))).code == "NOT_FOUND"


async def test_an_operator_extends_a_trial_and_an_owner_does_not(client: Client) -> None:
    company = await start(client, ACTIVATION)
    extended = {"organizationId": company.id, "endsAt": "2021-04-15T12:00:00+03:00"}
    assert (await (await owner_of(company)).refuse("trialExtend", **extended)).code == "FORBIDDEN"
    answer = await client.change("trialExtend", "organization { trial { startedAt endsAt } purgeAt }", **extended)
    assert answer["organization"] == {
        "trial": {"startedAt": "2021-03-01T06:00:00Z", "endsAt": "2021-04-15T09:00:00Z"},
        "purgeAt": "2021-05-15T09:00:00Z",
    }
    refusal = await client.refuse("trialExtend", **extended | {"endsAt": "2021-04-15T12:00:00+03:00"})
    assert [(one.code, one.path) for one in refusal.problems] == [("INVALID_INPUT", ["input", "endsAt"])]


async def test_a_second_trial_is_for_operators_to_give(client: Client) -> None:
    company = await start(client, ACTIVATION)
    payload = await client.change(
        "organizationCreate",
        "organization { id }",
        name="Second",
        slug=f"second-{uuid4().hex[:8]}",
        owner={"email": f"OWNER@{company.slug}.example", "name": "Olga Owner"},
        testClockId=company.clock_id,
    )
    second = Company(client, company.clock_id, payload["organization"]["id"], "second")
    refusal = await (await owner_of(second)).refuse("trackerActivate", organizationId=second.id)
    assert refusal.code == "TRIAL_ALREADY_USED"
    await second.activate()
    assert (await second.read("state"))["state"] == "TRIAL"


async def test_a_legal_hold_is_an_operators_and_seen_by_all(client: Client) -> None:
    company = await start(client, ACTIVATION)
    owner = await owner_of(company)
    assert (await owner.refuse("legalHoldSet", organizationId=company.id, reason="mine")).code == "FORBIDDEN"
    answer = await client.change(
        "legalHoldSet", "organization { legalHold purgeAt }", organizationId=company.id, reason="case 17/2021"
    )
    assert answer["organization"] == {"legalHold": "case 17/2021", "purgeAt": None}
    seen = await owner.ask("query($id: ID!) { organization(id: $id) { legalHold } }", id=company.id)
    assert seen["organization"]["legalHold"] == "case 17/2021"
    answer = await client.change(
        "legalHoldSet", "organization { legalHold purgeAt }", organizationId=company.id, reason=None
    )
    assert answer["organization"] == {"legalHold": None, "purgeAt": "2021-04-30T06:00:00Z"}


async def test_a_purge_is_previewed_by_operators_with_what_keeps_it(client: Client) -> None:
    company = await start(client, ACTIVATION)
    await company.invite(3)
    document = """query($id: ID!) { purgePreview(organizationId: $id) {
        purgeAt obstacles rows rowsDeleted files bytes tables { table rows } } }"""
    preview = (await client.ask(document, id=company.id))["purgePreview"]
    assert (preview["purgeAt"], preview["obstacles"]) == ("2021-04-30T06:00:00Z", ["NOT_DUE", "NOT_WARNED"])
    assert {"table": "members", "rows": 4} in preview["tables"]
    assert preview["rows"] == sum(one["rows"] for one in preview["tables"])
    assert (preview["rowsDeleted"], preview["files"], preview["bytes"]) == (0, 0, 0)
    failure = await (await owner_of(company)).fail(document, id=company.id)
    assert (failure.code, failure.data) == ("FORBIDDEN", {"purgePreview": None})
    failure = await client.fail(document, id=unknown("Organization"))
    assert (failure.code, failure.data) == ("NOT_FOUND", {"purgePreview": None})


async def ready(client: Client, export_id: str) -> Any:
    """The export, once the worker has made it."""
    for _ in range(400):
        found = await client.ask(
            "query($id: ID!) { node(id: $id) { ... on OrganizationExport { "
            "state progress rows bytes sha256 downloadUrl expiresAt } } }",
            id=export_id,
        )
        if found["node"]["state"] == "READY":
            return found["node"]
        await asyncio.sleep(0.1)
    raise AssertionError(found)


async def test_an_owner_gets_everything_as_a_file(client: Client, worker: subprocess.Popen[bytes]) -> None:
    company, other = await start(client, ACTIVATION), await start(client, ACTIVATION)
    people = await company.invite(3)
    owner = await owner_of(company)
    export = (await owner.change("organizationExport", EXPORT, organizationId=company.id))["export"]
    assert export["organization"] == {"id": company.id}
    assert export["downloadUrl"] is None or export["state"] == "READY"
    made = await ready(owner, export["id"])
    assert (made["progress"], made["bytes"] > 1000) == (100, True)

    answer = await owner.http.get(made["downloadUrl"], headers=owner.headers)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/zip"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-disposition"].startswith('attachment; filename="export-')
    assert len(answer.content) == made["bytes"]
    with ZipFile(io.BytesIO(answer.content)) as archive:
        manifest = json.loads(archive.read("manifest.json"))
        members = [json.loads(line) for line in archive.read("tables/members.jsonl").splitlines()]
    assert made["rows"] == sum(part["rows"] for part in manifest["parts"] if "rows" in part)
    assert {str(parse_global_id(one)[1]) for one in people} < {one["id"] for one in members}

    for stranger in (await client.as_member(people[0]), await owner_of(other)):
        refused = await stranger.http.get(made["downloadUrl"], headers=stranger.headers)
        assert (refused.status_code, refused.json()["errors"][0]["extensions"]["code"]) == (404, "NOT_FOUND")
        found = await stranger.ask("query($id: ID!) { node(id: $id) { id } }", id=export["id"])
        assert found == {"node": None}
    nobody = await owner.http.get(made["downloadUrl"], headers={"Authorization": "Bearer nobody"})
    assert nobody.status_code == 401
    none = await owner.http.get(f"/exports/{unknown('OrganizationExport')}", headers=owner.headers)
    assert none.status_code == 404
    for odd in ("nobody", company.id, str(uuid4())):
        assert (await owner.http.get(f"/exports/{odd}", headers=owner.headers)).status_code == 400


async def test_a_hold_without_a_reason_named_is_a_mistake_and_not_a_lift(client: Client) -> None:
    company = await start(client, ACTIVATION)
    await client.change("legalHoldSet", "organization { id }", organizationId=company.id, reason="case 17/2021")
    refusal = await client.refuse("legalHoldSet", organizationId=company.id)
    assert [(one.code, one.path) for one in refusal.problems] == [("INVALID_INPUT", ["input", "reason"])]
    assert (await company.read("legalHold"))["legalHold"] == "case 17/2021"
