"""Keys and sessions that end while a request is under way: nothing is changed by them any more, and nothing read."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from app import db
from app.graphql.ids import parse_global_id
from tests.client import Client, Company, contents, mutation, start
from tests.http.test_graphql_api_keys import make, owner_of
from tests.http.test_graphql_partners import make as make_partner
from tests.servers import Api

WAITING = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
OTHERS = {
    "api_keys",
    "audit_entries",
    "events",
    "organizations",
    "partner_key_organizations",
    "partner_key_secrets",
    "partner_keys",
    "platform_chain",
}
"""What ending a key changes, and the record of it."""


@pytest.fixture
async def company(client: Client) -> Company:
    return await start(client, "2026-01-01T00:00:00+00:00")


@pytest.fixture
async def owner(company: Company) -> Client:
    return await company.client.as_member(await owner_of(company))


@pytest.fixture
async def watcher(database: str) -> AsyncIterator[asyncpg.Connection]:
    """Sees what every connection waits for."""
    connection = await asyncpg.connect(database)
    yield connection
    await connection.close()


@asynccontextmanager
async def locked(database: str, company: Company) -> AsyncIterator[None]:
    """Its row is held by somebody else."""
    connection = await asyncpg.connect(database)
    try:
        async with connection.transaction():
            await connection.execute("SELECT FROM organizations WHERE slug = $1 FOR UPDATE", company.slug)
            yield
    finally:
        await connection.close()


async def are_waiting(watcher: asyncpg.Connection, count: int) -> None:
    while await watcher.fetchval(WAITING) != count:
        await asyncio.sleep(0.01)


async def invite(client: Client, company: Company) -> Any:
    members = [{"email": f"{uuid4().hex}@romashka.example", "name": "Nobody Yet"}]
    given = {"organizationId": company.id, "members": members}
    return (await client.ask(mutation("memberInvite", "members { name }"), input=given))["memberInvite"]


async def refused_after(task: asyncio.Task[Any], code: str, before: dict[str, tuple[int, str]]) -> None:
    """It was refused, and changed nothing beside what ended its key."""
    answer = await task
    assert (answer["__typename"], answer["code"]) == ("UserError", code)
    after = await contents()
    assert {table for table in after if after[table] != before[table]} <= OTHERS
    rows = await db.fetch("SELECT count(*) FROM members WHERE name = 'Nobody Yet'")
    assert rows == [{"count": 0}]


@pytest.mark.parametrize(
    ("ended", "code"),
    [
        (("partnerKeyRevoke", {}), "FORBIDDEN"),
        (("partnerKeyRotate", {"overlapHours": 0}), "FORBIDDEN"),
        (("partnerKeyUpdate", {"removeOrganizationIds": True}), "FORBIDDEN"),
        (("partnerKeyUpdate", {"permissions": ["MEMBER_MANAGE", "MEMBER_VIEW"]}), "CONFLICT"),
    ],
    ids=["revoked", "rotated", "another organization", "other permissions"],
)
async def test_a_partner_who_waits_for_a_lock_may_do_what_their_key_allows_once_they_have_it(
    client: Client,
    company: Company,
    database: str,
    watcher: asyncpg.Connection,
    ended: tuple[str, dict[str, Any]],
    code: str,
) -> None:
    made = await make_partner(client, company.id, permissions=("MEMBER_MANAGE",))
    partner = Client(client.http, made["secret"])
    field, given = ended
    if "removeOrganizationIds" in given:
        given = {"removeOrganizationIds": [company.id]}
    before = await contents()
    async with locked(database, company):
        asked = asyncio.create_task(invite(partner, company))
        await are_waiting(watcher, 1)
        await client.change(field, "partnerKey { id }", partnerKeyId=made["partnerKey"]["id"], **given)
    await refused_after(asked, code, before)


async def test_an_api_key_whose_end_waits_before_it_does_nothing_more(
    owner: Client, company: Company, database: str, watcher: asyncpg.Connection
) -> None:
    made = await make(owner, company, "MEMBER_MANAGE")
    key = Client(owner.http, made["secret"])
    before = await contents()
    async with locked(database, company):
        ended = asyncio.create_task(owner.change("apiKeyRevoke", "apiKey { id }", apiKeyId=made["apiKey"]["id"]))
        await are_waiting(watcher, 1)
        asked = asyncio.create_task(invite(key, company))
        await are_waiting(watcher, 2)
    await ended
    await refused_after(asked, "FORBIDDEN", before)


async def test_every_mutation_of_a_request_asks_anew(owner: Client, company: Company) -> None:
    made = await make(owner, company, "MEMBER_MANAGE", "API_KEY_MANAGE")
    key = Client(owner.http, made["secret"])
    members = [{"email": f"{uuid4().hex}@romashka.example", "name": "Nobody Yet"}]
    source = """
        mutation($end: ApiKeyRevokeInput!, $invite: MemberInviteInput!) {
            first: apiKeyRevoke(input: $end) { __typename }
            then: memberInvite(input: $invite) { __typename ... on UserError { code } }
        }
    """
    variables = {
        "end": {"apiKeyId": made["apiKey"]["id"]},
        "invite": {"organizationId": company.id, "members": members},
    }
    before = await contents()
    assert await key.ask(source, **variables) == {
        "first": {"__typename": "ApiKeyRevokePayload"},
        "then": {"__typename": "UserError", "code": "FORBIDDEN"},
    }
    after = await contents()
    assert {table for table in after if after[table] != before[table]} <= OTHERS


async def test_a_session_that_ended_does_nothing_more(
    owner: Client, company: Company, database: str, watcher: asyncpg.Connection
) -> None:
    organization_id: UUID = parse_global_id(company.id)[1]
    before = await contents()
    async with locked(database, company):
        asked = asyncio.create_task(invite(owner, company))
        await are_waiting(watcher, 1)
        await db.fetch("DELETE FROM sessions WHERE organization_id = $1", organization_id)
    await refused_after(asked, "FORBIDDEN", {**before, "sessions": (await contents())["sessions"]})


async def test_a_request_whose_body_came_late_is_of_who_its_key_is_of_by_then(
    api: Api, client: Client, owner: Client, company: Company
) -> None:
    made = await make(owner, company, "MEMBER_MANAGE", "MEMBER_VIEW")
    given = {"organizationId": company.id, "members": [{"email": "late@romashka.example", "name": "Nobody Yet"}]}
    change = json.dumps({"query": mutation("memberInvite", "members { name }"), "variables": {"input": given}})
    asking = json.dumps({"query": f'{{ node(id: "{company.id}") {{ id }} }}'})
    async with asyncio.TaskGroup() as tasks:
        ready = [asyncio.Event(), asyncio.Event()]
        ended = asyncio.Event()
        sent = [
            tasks.create_task(send_late(api, made, body.encode(), one, ended))
            for body, one in zip((change, asking), ready, strict=True)
        ]
        await asyncio.gather(*(one.wait() for one in ready))
        await owner.change("apiKeyRevoke", "apiKey { id }", apiKeyId=made["apiKey"]["id"])
        before = await contents()
        await asyncio.sleep(1.2)  # longer than a moment
        ended.set()
    assert [one.result().split(b"\r\n")[0] for one in sent] == [b"HTTP/1.1 401 Unauthorized"] * 2
    assert await contents() == before


async def send_late(api: Api, made: Any, body: bytes, has_begun: asyncio.Event, may_end: asyncio.Event) -> bytes:
    """The answer to a request of which all but ten bytes of the body come when they may."""
    host, _, port = api.url.removeprefix("http://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    head = [
        "POST /graphql HTTP/1.1",
        f"Host: {host}",
        f"Authorization: Bearer {made['secret']}",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
        "Connection: close",
    ]
    writer.write("\r\n".join([*head, "", ""]).encode() + body[:10])
    await writer.drain()
    used = "SELECT id FROM api_keys WHERE id = $1 AND last_used_at IS NOT NULL"
    while not await db.fetch(used, parse_global_id(made["apiKey"]["id"])[1]):
        await asyncio.sleep(0.01)
    has_begun.set()
    await may_end.wait()
    writer.write(body[10:])
    answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    return answer
