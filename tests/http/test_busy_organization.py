"""F7: one organization's lock is held, and many wait for it; others go on."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import pytest

from app import db
from tests.client import Client, Company, contents, mutation, start

WAITING = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
OPEN = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in%'"
WHAT_IF = """
    query($id: ID!) { organization(id: $id) {
        invoicePreview(change: {subscribe: [{everyone: true}]}) { impact { newlySeatedCount } } members { totalCount }
    } }
"""


@pytest.fixture(scope="module")
async def company(client: Client) -> Company:
    return await start(client, "2026-01-01T00:00:00+00:00")


@pytest.fixture(scope="module")
async def other(client: Client) -> Company:
    return await start(client, "2026-01-01T00:00:00+00:00")


@pytest.fixture
async def watcher(database: str) -> AsyncIterator[asyncpg.Connection]:
    """Sees what every connection waits for, as only a superuser does, and anew each time, as no transaction does."""
    connection = await asyncpg.connect(database)
    yield connection
    await connection.close()


async def owner_of(company: Company) -> Client:
    members = (await company.read("members(first: 1) { nodes { id } }"))["members"]["nodes"]
    return await company.client.as_member(members[0]["id"])


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


async def make_team(owner: Client, company: Company, **headers: str) -> Any:
    given = {"organizationId": company.id, "name": f"Team {uuid4().hex}"}
    content = {"query": mutation("teamCreate", "team { name }"), "variables": {"input": given}}
    response = await owner.http.post("/graphql", json=content, headers=owner.headers | headers)
    return response.json()["data"]["teamCreate"]


async def ask_what_if(owner: Client, company: Company) -> Any:
    return await owner.post(WHAT_IF, id=company.id)


async def are_waiting(watcher: asyncpg.Connection) -> None:
    while await watcher.fetchval(WAITING) < 2:
        await asyncio.sleep(0.01)


@pytest.mark.fault(
    "F7", "a lock held on one organization, under 60 changes of it", 1, "CONFLICT, nothing changed; others are answered"
)
async def test_many_who_wait_for_one_organization_leave_the_connections_to_the_others(
    database: str, watcher: asyncpg.Connection, company: Company, other: Company
) -> None:
    owner, reader = await owner_of(company), await owner_of(other)
    async with locked(database, company):
        before = await contents()
        async with asyncio.TaskGroup() as tasks:
            asked = [
                *(tasks.create_task(make_team(owner, company)) for _ in range(30)),
                *(tasks.create_task(make_team(owner, company, **{"Idempotency-Key": uuid4().hex})) for _ in range(30)),
            ]
            await are_waiting(watcher)
            for _ in range(20):
                members = (await Company(reader, "", other.id, "").read("members { totalCount }"))["members"]
                assert members == {"totalCount": 1}
                assert await watcher.fetchval(WAITING) <= 2
        assert {(one.result()["__typename"], one.result()["code"]) for one in asked} == {("UserError", "CONFLICT")}
        assert await contents() == before
    assert await watcher.fetchval(OPEN) == 0
    assert (await make_team(owner, company))["__typename"] == "TeamCreatePayload"


@pytest.mark.fault(
    "F7", "a lock held on one organization, under 30 what-ifs", 1, "answered in the end; others are answered"
)
async def test_what_ifs_wait_without_a_connection_too_and_are_answered_in_the_end(
    database: str, watcher: asyncpg.Connection, company: Company, other: Company
) -> None:
    owner, reader = await owner_of(company), await owner_of(other)
    async with asyncio.TaskGroup() as tasks, locked(database, company):
        asked = [tasks.create_task(ask_what_if(owner, company)) for _ in range(30)]
        await are_waiting(watcher)
        for _ in range(20):
            members = (await Company(reader, "", other.id, "").read("members { totalCount }"))["members"]
            assert members == {"totalCount": 1}
            assert await watcher.fetchval(WAITING) <= 2
    answers = [one.result() for one in asked]
    expected = {"invoicePreview": {"impact": {"newlySeatedCount": 1}}, "members": {"totalCount": 1}}
    codes = [one["errors"][0]["extensions"]["code"] if "errors" in one else one["data"] for one in answers]
    assert {"organization": expected} in codes
    assert all(one in ("CONFLICT", {"organization": expected}) for one in codes)
    assert await watcher.fetchval(OPEN) == 0


async def test_a_request_that_waited_is_done_once_under_its_key(
    database: str, watcher: asyncpg.Connection, company: Company
) -> None:
    owner = await owner_of(company)
    key = {"Idempotency-Key": uuid4().hex}
    async with httpx.AsyncClient(base_url=owner.http.base_url, trust_env=False, timeout=60.0) as http:
        waiting = Client(http)
        waiting.headers = owner.headers
        async with asyncio.TaskGroup() as tasks, locked(database, company):
            others = [tasks.create_task(make_team(owner, company)) for _ in range(2)]
            await are_waiting(watcher)
            asked = tasks.create_task(make_team(waiting, company, **key))
            await asyncio.sleep(0.5)
    assert [one.result()["__typename"] for one in (*others, asked)] == ["TeamCreatePayload"] * 3
    name = asked.result()["team"]["name"]
    rows = await db.fetch("SELECT count(*) FROM teams WHERE name = $1", name)
    assert rows == [{"count": 1}]
