"""The record of an organization, as its owner reads it (R8.2)."""

from typing import Any

import pytest

from app import db
from tests.client import Client, Company, start
from tests.factories import as_superuser

ENTRIES = """edges { cursor } pageInfo { hasNextPage endCursor }
    nodes { sequence at actor requestId action before after previousHash hash member { id } }"""
VERIFICATION = "auditVerification { isIntact entryCount hash brokenAt { sequence flaw } verifiedAt }"


@pytest.fixture
async def company(client: Client) -> Company:
    company = await start(client, "2021-01-04T09:00:00+03:00")
    await company.invite(2)
    return company


async def log(company: Company, arguments: str = "(first: 100)") -> Any:
    return (await company.read(f"auditLog{arguments} {{ totalCount {ENTRIES} }}"))["auditLog"]


async def test_the_newest_comes_first_and_each_is_linked_to_the_one_before(company: Company) -> None:
    found = await log(company)
    assert [one["action"] for one in found["nodes"]] == [
        "members.invited",
        "billing_profile.set",
        "tracker.activated",
        "organization.created",
    ]
    assert [one["sequence"] for one in found["nodes"]] == [4, 3, 2, 1]
    assert [one["previousHash"] for one in found["nodes"]] == [
        *(one["hash"] for one in found["nodes"][1:]), None,
    ]  # fmt: skip
    assert found["totalCount"] == 4
    assert {one["actor"].partition(":")[0] for one in found["nodes"]} == {"operator"}


async def test_pages_go_on_where_the_one_before_ended(company: Company) -> None:
    first = await log(company, "(first: 2)")
    assert ([one["sequence"] for one in first["nodes"]], first["pageInfo"]["hasNextPage"]) == ([4, 3], True)
    second = await log(company, f'(first: 2, after: "{first["pageInfo"]["endCursor"]}")')
    assert ([one["sequence"] for one in second["nodes"]], second["pageInfo"]["hasNextPage"]) == ([2, 1], False)


async def test_what_a_member_did_is_found_by_the_member_action_request_and_time(company: Company) -> None:
    (member,) = await company.invite(1)
    await company.client.change("memberUpdate", "member { id }", memberId=member, role="OWNER")
    owner = await company.client.as_member(member)
    team = (await owner.change("teamCreate", "team { id }", organizationId=company.id, name="Core"))["team"]["id"]
    (entry,) = (await log(company, f'(filter: {{memberId: "{member}"}})'))["nodes"]
    assert (entry["action"], entry["member"]["id"], entry["after"]["teamId"]) == ("team.created", member, team)
    for wanted in (f'requestId: "{entry["requestId"]}"', 'actions: ["team.created"]'):
        assert [one["hash"] for one in (await log(company, f"(filter: {{{wanted}}})"))["nodes"]] == [entry["hash"]]
    assert (await log(company, '(filter: {until: "2021-01-04T00:00:00Z"})'))["totalCount"] == 0
    assert (await log(company, '(filter: {since: "2021-01-04T00:00:00Z"})'))["totalCount"] == 7


@pytest.mark.parametrize(
    "wanted",
    [
        "{memberId: \"x\"}",
        '{since: "2021-01-05T00:00:00Z", until: "2021-01-05T00:00:00Z"}',
        '{requestId: "\\u0000"}',
        "{actions: [" + '"a", ' * 51 + "]}",
    ],
)  # fmt: skip
async def test_a_filter_that_nothing_can_meet_is_refused(company: Company, wanted: str) -> None:
    body = await company.client.post(
        f"query($id: ID!) {{ organization(id: $id) {{ auditLog(filter: {wanted}) {{ totalCount }} }} }}", id=company.id
    )
    assert [error["extensions"]["code"] for error in body["errors"]] == ["INVALID_INPUT"]


async def test_a_whole_chain_is_intact_and_one_that_was_edited_is_broken_there(company: Company) -> None:
    found = (await company.read(VERIFICATION))["auditVerification"]
    newest = (await log(company))["nodes"][0]
    assert (found["isIntact"], found["entryCount"], found["brokenAt"]) == (True, 4, None)
    assert found["hash"] == newest["hash"]
    async with as_superuser():
        await db.fetch("UPDATE audit_entries SET actor = 'operator:x' WHERE sequence = 3 AND hash = $1",
                       bytes.fromhex((await log(company))["nodes"][1]["hash"]))  # fmt: skip
    found = (await company.read(VERIFICATION))["auditVerification"]
    assert (found["isIntact"], found["entryCount"]) == (False, 2)
    assert found["brokenAt"] == {"sequence": 3, "flaw": "CHANGED"}


@pytest.mark.parametrize(
    ("role", "sees"), [("OWNER", True), ("ADMIN", True), ("BILLING_MANAGER", False), ("MEMBER", False)]
)
async def test_owners_and_admins_see_it(company: Company, role: str, *, sees: bool) -> None:
    (member,) = await company.invite(1)
    await company.client.change("memberUpdate", "member { id }", memberId=member, role=role)
    reader = await company.client.as_member(member)
    for field in ("auditLog { totalCount }", "auditVerification { isIntact }"):
        body = await reader.post(f"query($id: ID!) {{ organization(id: $id) {{ {field} }} }}", id=company.id)
        assert [error["extensions"]["code"] for error in body.get("errors", ())] == ([] if sees else ["FORBIDDEN"])
