"""A client that is not sure whether its request was done sends it again with its key: one effect (F15)."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import pytest

from app import db
from app.clocks.service import finish_advance, list_advancing_clocks
from app.domain.actor import system
from tests import servers
from tests.client import Client, Company, connect, contents, mutation, start
from tests.conftest import OPERATOR_KEY
from tests.factories import POLICIES
from tests.servers import Api

pytestmark = pytest.mark.usefixtures("database")

KEY_POINTS = ("key.stored", "key.committed")
"""Named in the code: before the commit of a key with its effect and its answer, and after it."""

INVITE = mutation("memberInvite", "members { id name email }")
ADVANCE = mutation("testClockAdvance", "testClock { now advancingTo }")
IN_USE = """
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type LIKE 'client%'
      AND xact_start IS NOT NULL
"""
"""Connections in a transaction, but for the one that asks."""

StartApi = Callable[..., Awaitable[Client]]


@pytest.fixture
async def client(api: Api) -> AsyncIterator[Client]:
    async with connect(api) as connected:
        yield connected


@pytest.fixture
async def start_api(database: str, redis_url: str, own_data_dir: Path, tmp_path: Path) -> AsyncIterator[StartApi]:
    """Starts another API on the same database."""
    # As for `api`: an answer that told what is left of a limit would not be the same twice.
    own = {"SEATMARK_DATA_DIR": str(own_data_dir), "SEATMARK_RATE_CAPACITY": "0"}
    variables = await servers.variables(database, REDIS_URL=redis_url, **own)
    async with AsyncExitStack() as stack:

        async def start_one(**more: str) -> Client:
            log = tmp_path / f"{uuid4()}.log"
            running = await stack.enter_async_context(servers.run_api({**variables, **more}, OPERATOR_KEY, log))
            return await stack.enter_async_context(connect(running))

        yield start_one


@pytest.fixture
async def company(client: Client) -> Company:
    return await start(client, "2020-11-10T09:00:00Z")


def invitation(company: Company) -> Any:
    person = {"email": f"new@{company.slug}.example", "name": "Nora New", "active": True}
    return {"input": {"organizationId": company.id, "members": [person]}}


async def send(client: Client, key: str, document: str, variables: Any, patience: float = 60.0) -> httpx.Response:
    headers = client.headers | {"Idempotency-Key": key}
    content = {"query": document, "variables": variables}
    return await client.http.post("/graphql", json=content, headers=headers, timeout=patience)


async def invited(company: Company) -> int:
    return await db.count("SELECT 1 FROM members WHERE email LIKE 'new@%' || $1 || '%'", company.slug)


@asynccontextmanager
async def locked(database: str, company: Company) -> AsyncIterator[asyncpg.Connection]:
    """Somebody holds the organization's lock."""
    connection = await asyncpg.connect(database)
    try:
        async with connection.transaction():
            await connection.execute("SELECT id FROM organizations WHERE slug = $1 FOR UPDATE", company.slug)
            yield connection
    finally:
        await connection.close()


@pytest.mark.fault("F15", "one key, in parallel, in two processes", 20, "one effect")
async def test_the_same_request_twenty_times_at_once_in_two_processes_is_done_once(
    client: Client, start_api: StartApi, company: Company
) -> None:
    clients, key = [client, await start_api()], str(uuid4())
    sending = [send(clients[number % 2], key, INVITE, invitation(company)) for number in range(20)]
    answers = await asyncio.gather(*sending)
    codes = {one.json()["data"]["memberInvite"].get("code") for one in answers}
    assert codes <= {None, "CONFLICT"}
    done = {one.content for one in answers if "CONFLICT" not in one.text}
    assert len(done) == 1
    assert [one for one in answers if "idempotency-replayed" not in one.headers and one.content in done] != []
    assert await invited(company) == 1
    before = await contents()
    for one in clients:
        again = await send(one, key, INVITE, invitation(company))
        assert again.headers["idempotency-replayed"] == "true"
        assert {again.content} == done
    assert await contents() == before


@pytest.mark.fault(
    "F15", "a client that times out, the change committed later", 1, "one effect; the same key gives the answer"
)
async def test_a_client_that_timed_out_is_given_the_answer_that_it_missed(
    client: Client, company: Company, database: str
) -> None:
    key = str(uuid4())
    async with locked(database, company):
        with pytest.raises(httpx.ReadTimeout):
            await send(client, key, INVITE, invitation(company), patience=0.5)
    answer = await send(client, key, INVITE, invitation(company))
    assert answer.json()["data"]["memberInvite"]["members"][0]["name"] == "Nora New"
    assert await invited(company) == 1
    again = await send(client, key, INVITE, invitation(company))
    assert (again.content, again.headers["idempotency-replayed"]) == (answer.content, "true")
    assert await invited(company) == 1


@pytest.mark.fault("F15", "the key with another body, in two processes", 1, "refused; nothing changed")
async def test_the_key_with_another_body_is_refused_also_by_another_process(
    client: Client, start_api: StartApi, company: Company
) -> None:
    key = str(uuid4())
    await send(client, key, INVITE, invitation(company))
    other = invitation(company)
    other["input"]["members"][0]["email"] = f"other@{company.slug}.example"
    before = await contents()
    for one in (client, await start_api()):
        refused = (await send(one, key, INVITE, other)).json()["data"]["memberInvite"]
        assert (refused["__typename"], refused["code"]) == ("UserError", "IDEMPOTENCY_KEY_REUSED")
    assert await contents() == before


async def test_those_who_wait_hold_no_connection(
    client: Client, start_api: StartApi, company: Company, database: str
) -> None:
    clients, key = [client, await start_api()], str(uuid4())
    async with locked(database, company) as held:
        waiting = [
            asyncio.create_task(send(clients[number % 2], key, INVITE, invitation(company))) for number in range(20)
        ]
        await asyncio.sleep(0.5)
        most = max([await held.fetchval(IN_USE) for _ in range(100)])
        assert not any(one.done() for one in waiting)
        assert 1 <= most <= 3  # the first, and one of each process that looks again
    answers = await asyncio.gather(*waiting)
    assert len({one.content for one in answers}) == 1
    assert sum("idempotency-replayed" in one.headers for one in answers) == 19
    assert await invited(company) == 1


async def test_those_who_wait_for_too_long_are_told_of_the_conflict_and_may_try_again(
    client: Client, company: Company, database: str
) -> None:
    key = str(uuid4())
    async with locked(database, company):
        before = await contents()
        answers = await asyncio.gather(*(send(client, key, INVITE, invitation(company)) for _ in range(4)))
        assert [one.json()["data"]["memberInvite"]["code"] for one in answers] == 4 * ["CONFLICT"]
        assert await contents() == before
    assert "idempotency-replayed" not in (await send(client, key, INVITE, invitation(company))).headers
    assert await invited(company) == 1


@pytest.mark.fault("F15", "an API killed before the commit", 1, "the same key does it, once")
async def test_killed_before_the_commit_nothing_was_done_and_the_key_does_it(
    client: Client, start_api: StartApi, company: Company
) -> None:
    dying, key = await start_api(SEATMARK_FAULT_POINT="key.stored"), str(uuid4())
    before = await contents()
    with pytest.raises(httpx.TransportError):
        await send(dying, key, INVITE, invitation(company))
    answer = await send(client, key, INVITE, invitation(company))
    assert "idempotency-replayed" not in answer.headers
    assert await invited(company) == 1
    after = await contents()
    assert after["idempotency_keys"][0] == before["idempotency_keys"][0] + 1


@pytest.mark.fault("F15", "an API killed after the commit", 1, "one effect; the same key gives the answer")
async def test_killed_after_the_commit_it_was_done_and_the_key_gives_the_answer(
    client: Client, start_api: StartApi, company: Company
) -> None:
    dying, key = await start_api(SEATMARK_FAULT_POINT="key.committed"), str(uuid4())
    with pytest.raises(httpx.TransportError):
        await send(dying, key, INVITE, invitation(company))
    before = await contents()
    assert await invited(company) == 1
    answer = await send(client, key, INVITE, invitation(company))
    assert answer.headers["idempotency-replayed"] == "true"
    assert answer.json()["data"]["memberInvite"]["members"][0]["name"] == "Nora New"
    assert await contents() == before


@pytest.mark.parametrize("is_swept", [False, True])
@pytest.mark.parametrize("point", ["key.committed", "advance.step"])
async def test_an_advance_whose_process_was_killed_is_gone_on_with_under_its_key(
    client: Client, start_api: StartApi, company: Company, point: str, is_swept: bool
) -> None:
    dying, key = await start_api(SEATMARK_FAULT_POINT=point), str(uuid4())
    to = {"input": {"testClockId": company.clock_id, "to": "2021-02-10T09:00:00Z"}}
    with pytest.raises(httpx.TransportError):
        await send(dying, key, ADVANCE, to)
    (clock_id,) = await list_advancing_clocks()
    if is_swept:
        await finish_advance(system("test-clock"), clock_id, POLICIES, is_patient=True)
    answer = await send(client, key, ADVANCE, to)
    arrived = {"now": "2021-02-10T09:00:00Z", "advancingTo": None}
    assert answer.json()["data"]["testClockAdvance"]["testClock"] == arrived
    started = """
        SELECT 1 FROM events WHERE type = 'test_clock.advanced' AND payload ->> 'testClockId' = $1
          AND payload ->> 'to' LIKE '2021-02-10%'
    """
    assert await db.count(started, str(clock_id)) == 1
    again = await send(client, key, ADVANCE, to)
    assert (again.content, again.headers["idempotency-replayed"]) == (answer.content, "true")
    other = {"input": {"testClockId": company.clock_id, "to": "2021-02-11T09:00:00Z"}}
    assert (await send(client, key, ADVANCE, other)).json()["data"]["testClockAdvance"][
        "code"
    ] == "IDEMPOTENCY_KEY_REUSED"
