"""API keys over HTTP: shown once, and what each of them opens."""

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest

from app.graphql.ids import global_id
from tests.client import Client, Company, Problem, start, unknown

NOW = "2020-11-10T12:00:00+03:00"
NODE = "query($id: ID!) { node(id: $id) { __typename id } }"
KEY = """
    apiKey {
        id name prefix permissions createdBy expiresAt lastUsedAt revokedAt secrets { expiresAt }
        member { id } organization { id }
    } secret
"""


@pytest.fixture
async def company(client: Client) -> Company:
    return await start(client, NOW)


@pytest.fixture
async def owner(company: Company) -> Client:
    return await company.client.as_member(await owner_of(company))


async def owner_of(company: Company) -> str:
    """The id of the first owner."""
    members = (await company.read("members { nodes { id role } }"))["members"]["nodes"]
    (owner,) = [one["id"] for one in members if one["role"] == "OWNER"]
    return str(owner)


async def make(owner: Client, company: Company, *permissions: str, **given: Any) -> Any:
    """The payload of `apiKeyCreate`."""
    return await owner.change(
        "apiKeyCreate", KEY, organizationId=company.id, name="Export", permissions=permissions, **given
    )


async def with_key(owner: Client, company: Company, *permissions: str, **given: Any) -> Client:
    """A client that holds a new key."""
    return Client(owner.http, (await make(owner, company, *permissions, **given))["secret"])


async def status_of(client: Client) -> int:
    """How anything is answered with the client's token."""
    response = await client.http.post("/graphql", json={"query": "{ viewer { kind } }"}, headers=client.headers)
    return response.status_code


async def test_a_key_is_shown_once_and_listed_without_its_secret(company: Company, owner: Client) -> None:
    payload = await make(owner, company, "SEAT_VIEW", "MEMBER_VIEW", expiresAt="2199-01-01T00:00:00Z")
    key, secret = payload["apiKey"], payload["secret"]
    owner_id = await owner_of(company)
    assert key | {"id": "", "prefix": "", "createdBy": ""} == {
        "id": "",
        "name": "Export",
        "prefix": "",
        "permissions": ["MEMBER_VIEW", "SEAT_VIEW"],
        "createdBy": "",
        "expiresAt": "2199-01-01T00:00:00Z",
        "lastUsedAt": None,
        "revokedAt": None,
        "secrets": [{"expiresAt": None}],
        "member": {"id": owner_id},
        "organization": {"id": company.id},
    }
    assert (len(secret), secret.startswith(key["prefix"].removesuffix("…"))) == (75, True)
    listed = await owner.post("query($id: ID!) { organization(id: $id) { apiKeys { id prefix } } }", id=company.id)
    assert listed["data"]["organization"]["apiKeys"] == [{"id": key["id"], "prefix": key["prefix"]}]


async def test_whoever_asks_with_a_key_is_its_member_with_its_permissions(company: Company, owner: Client) -> None:
    key = await with_key(owner, company, "SEAT_VIEW", "MEMBER_VIEW")
    viewer = (await key.ask("{ viewer { kind permissions member { id } organizations { nodes { id } } } }"))["viewer"]
    assert viewer == {
        "kind": "API_KEY",
        "permissions": ["MEMBER_VIEW", "SEAT_VIEW"],
        "member": {"id": await owner_of(company)},
        "organizations": {"nodes": [{"id": company.id}]},
    }


async def test_a_key_does_what_it_was_allowed_and_nothing_else(company: Company, owner: Client) -> None:
    key = await with_key(owner, company, "MEMBER_VIEW", "MEMBER_MANAGE")
    invited = await key.change(
        "memberInvite", "members { status }", organizationId=company.id, members=[{"email": "a@a.example", "name": "A"}]
    )
    assert invited == {"__typename": "MemberInvitePayload", "members": [{"status": "INVITED"}]}
    refusals = [
        await key.refuse(
            "memberInvite",
            organizationId=company.id,
            members=[{"email": "b@a.example", "name": "B", "active": True}],
        ),
        await key.refuse(
            "memberInvite",
            organizationId=company.id,
            members=[{"email": "c@a.example", "name": "C", "role": "ADMIN"}],
        ),
        await key.refuse("seatsChange", organizationId=company.id, subscribe=[{"everyone": True}]),
        await key.refuse("apiKeyCreate", organizationId=company.id, name="More", permissions=["MEMBER_VIEW"]),
        await key.refuse("sessionCreate", memberId=await owner_of(company)),
        await key.refuse("testClockCreate", now=NOW),
    ]
    assert [one.code for one in refusals] == ["FORBIDDEN"] * 6
    failure = await key.fail("query($id: ID!) { organization(id: $id) { apiKeys { id } } }", id=company.id)
    assert (failure.code, failure.data) == ("FORBIDDEN", {"organization": {"apiKeys": None}})


async def test_a_robot_writes_with_its_key_once_it_has_a_seat_of_its_own(company: Company, owner: Client) -> None:
    robot = (
        await company.client.change(
            "memberInvite",
            "members { id }",
            organizationId=company.id,
            members=[{"email": "robot@r.example", "name": "Importer", "robot": True, "active": True}],
        )
    )["members"][0]["id"]
    queue = await owner.change("queueCreate", "queue { id }", organizationId=company.id, key="OPS", name="Operations")
    key = await with_key(owner, company, "ISSUE_VIEW", "ISSUE_CREATE", robot=robot)
    issue = {"queueId": queue["queue"]["id"], "summary": "From elsewhere"}
    await company.advance("2020-12-11T12:00:00+03:00")  # the trial is over
    assert (await key.refuse("issueCreate", **issue)).code == "READ_ONLY"
    await company.subscribe([robot])
    created = await key.change("issueCreate", "issue { author { id } }", **issue)
    assert created["issue"]["author"]["id"] == robot
    await company.unsubscribe([robot])
    assert (await key.refuse("issueCreate", **issue)).code == "READ_ONLY"


async def test_after_a_rotation_both_secrets_work_and_without_overlap_the_new_one(
    company: Company, owner: Client
) -> None:
    payload = await make(owner, company, "MEMBER_VIEW")
    first = Client(owner.http, payload["secret"])
    rotated = await owner.change("apiKeyRotate", KEY, apiKeyId=payload["apiKey"]["id"])
    second = Client(owner.http, rotated["secret"])
    assert [await status_of(one) for one in (first, second)] == [200, 200]
    old, new = rotated["apiKey"]["secrets"]
    assert new == {"expiresAt": None}
    left = datetime.fromisoformat(old["expiresAt"]) - datetime.now(UTC)
    assert 23 * 3600 < left.total_seconds() <= 24 * 3600
    again = await owner.change("apiKeyRotate", KEY, apiKeyId=payload["apiKey"]["id"], overlapHours=0)
    third = Client(owner.http, again["secret"])
    assert [await status_of(one) for one in (first, second, third)] == [401, 401, 200]  # it ends all others


async def test_a_revoked_key_answers_401_from_then_on(company: Company, owner: Client) -> None:
    payload = await make(owner, company, "MEMBER_VIEW")
    key = Client(owner.http, payload["secret"])
    assert await status_of(key) == 200
    revoked = await owner.change(
        "apiKeyRevoke", "apiKey { revokedAt secrets { expiresAt } }", apiKeyId=payload["apiKey"]["id"]
    )
    assert revoked["apiKey"]["revokedAt"] is not None
    assert await status_of(key) == 401
    listed = await owner.ask("query($id: ID!) { organization(id: $id) { apiKeys { id } } }", id=company.id)
    assert listed["organization"]["apiKeys"] == []
    node = await owner.ask(NODE, id=payload["apiKey"]["id"])
    assert node["node"] == {"__typename": "ApiKey", "id": payload["apiKey"]["id"]}


async def test_a_mistyped_key_answers_401(company: Company, owner: Client) -> None:
    secret = (await make(owner, company, "MEMBER_VIEW"))["secret"]
    for token in (secret[:-1], secret + "0", secret[:40] + ("a" if secret[40] != "a" else "b") + secret[41:], "sm__"):
        assert await status_of(Client(owner.http, token)) == 401


async def test_a_key_loses_at_once_what_its_maker_loses(company: Company, owner: Client) -> None:
    (person,) = await company.invite(1)
    await company.client.change("memberUpdate", "member { role }", memberId=person, role="OWNER")
    key = await with_key(await company.client.as_member(person), company, "MEMBER_VIEW", "SEAT_VIEW", "AUDIT_VIEW")
    await company.client.change("memberUpdate", "member { role }", memberId=person, role="BILLING_MANAGER")
    assert (await key.ask("{ viewer { permissions } }"))["viewer"]["permissions"] == ["MEMBER_VIEW", "SEAT_VIEW"]
    await company.client.change("memberDeactivate", "member { status }", memberId=person)
    assert await status_of(key) == 401


async def test_a_key_finds_nothing_of_another_organization(client: Client, company: Company, owner: Client) -> None:
    other = await start(client, NOW)
    everything = ["MEMBER_VIEW", "MEMBER_MANAGE", "SEAT_VIEW", "BILLING_VIEW", "API_KEY_MANAGE", "ORGANIZATION_MANAGE"]
    key = await with_key(owner, company, *everything)
    their_owner = await owner_of(other)
    theirs = await make(await client.as_member(their_owner), other, "MEMBER_VIEW")
    for node in (other.id, their_owner, theirs["apiKey"]["id"], other.clock_id, unknown("ApiKey")):
        assert (await key.ask(NODE, id=node))["node"] is None
    found = await key.ask("query($id: ID!) { organization(id: $id) { id } }", id=other.id)
    assert found["organization"] is None
    refusals = [
        await key.refuse("apiKeyRevoke", apiKeyId=theirs["apiKey"]["id"]),
        await key.refuse("apiKeyRotate", apiKeyId=theirs["apiKey"]["id"]),
        await key.refuse("apiKeyRotate", apiKeyId=unknown("ApiKey")),
        await key.refuse("memberDeactivate", memberId=their_owner),
        await key.refuse("trackerActivate", organizationId=other.id),
    ]
    assert [one.code for one in refusals] == ["NOT_FOUND"] * 5


async def test_what_a_key_cannot_be_is_refused_with_its_place(company: Company, owner: Client) -> None:
    good: dict[str, Any] = {"organizationId": company.id, "name": "Export", "permissions": ["MEMBER_VIEW"]}
    wrong: list[tuple[dict[str, Any], Problem]] = [
        ({"name": " "}, Problem("INVALID_INPUT", ["input", "name"])),
        ({"permissions": []}, Problem("INVALID_INPUT", ["input", "permissions"])),
        ({"permissions": ["MEMBER_VIEW", "PAYMENT_RECORD"]}, Problem("INVALID_INPUT", ["input", "permissions", "1"])),
        ({"expiresAt": "2020-01-01T00:00:00Z"}, Problem("INVALID_INPUT", ["input", "expiresAt"])),
        ({"robot": await owner_of(company)}, Problem("INVALID_INPUT", ["input", "robot"])),
        ({"robot": global_id("Member", uuid4())}, Problem("NOT_FOUND", ["input", "robot"])),
        ({"robot": company.id}, Problem("INVALID_INPUT", ["input", "robot"])),
    ]
    for given, problem in wrong:
        assert (await owner.refuse("apiKeyCreate", **{**good, **given})).problems == [problem]
