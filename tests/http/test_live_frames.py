"""What strangers send over WebSockets: each is closed with its code, and the server answers others afterwards."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, suppress
from typing import Any

import asyncpg
import pytest
from websockets.exceptions import ConnectionClosed

from app import db
from tests import servers
from tests.client import Client, Company, create_clock, found
from tests.http.conftest import with_key
from tests.http.live import EVENTS, live, stream, take
from tests.servers import Api, run_api

SUBSCRIBE = {"id": "1", "type": "subscribe", "payload": {"query": "subscription { organizationEvents }"}}


@pytest.fixture(scope="module")
async def impatient(
    api: Api, database: str, redis_url: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Api]:
    """Another API on the same database, with little patience."""
    own = {f"SEATMARK_LIVE_{name}_SECONDS": "0.5" for name in ("INIT", "IDLE", "PING")}
    variables = await servers.variables(database, REDIS_URL=redis_url, **own)
    async with run_api(variables, api.operator_key, tmp_path_factory.mktemp("impatient") / "log") as running:
        yield running


@pytest.fixture
async def company(client: Client) -> Company:
    return await found(client, await create_clock(client, "2021-01-04T09:00:00Z"))


async def is_well(api: Api) -> bool:
    async with with_key(api) as http:
        return (await http.post("/graphql", json={"query": "{ __typename }"})).is_success


@pytest.mark.parametrize(
    "frame",
    [
        "[]",
        "1",
        "null",
        '"ping"',
        "true",
        "",
        "{",
        "NaN",
        "{}",
        '{"type": null}',
        '{"type": []}',
        '{"type": "start", "id": "1"}',
        '{"type": "next", "id": "1", "payload": {}}',
        '{"type": "connection_ack"}',
        '{"type": "ping", "payload": []}',
        '{"type": "ping", "type": "pong"}',
        '{"type": "complete"}',
        '{"type": "complete", "id": 1}',
        '{"type": "connection_init", "payload": 1}',
        "[" * 30_000,
        "1" * 5_000,
        b"{}",
        b'{"type": "ping"}',
        b"\xff",
        json.dumps(SUBSCRIBE | {"id": ["1"]}),
        json.dumps(SUBSCRIBE | {"id": ""}),
        json.dumps(SUBSCRIBE | {"id": None}),
        json.dumps(SUBSCRIBE | {"id": "1" * 129}),
        json.dumps(SUBSCRIBE | {"payload": []}),
        json.dumps(SUBSCRIBE | {"payload": None}),
        json.dumps(SUBSCRIBE | {"payload": {"query": 1}}),
        json.dumps(SUBSCRIBE | {"payload": {"query": "{ a }", "variables": []}}),
        json.dumps(SUBSCRIBE | {"payload": {"query": "{ a }", "operationName": {}}}),
        json.dumps(SUBSCRIBE | {"payload": {"query": "{ a }", "documentId": "a"}}),
    ],
)
@pytest.mark.parametrize("has_begun", [True, False])
async def test_a_message_that_means_nothing_closes_the_connection(
    api: Api, frame: str | bytes, has_begun: bool
) -> None:
    async with live(api) as one:
        if has_begun:
            await one.begin(api.operator_key)
        await one.send(frame)
        assert await one.closed() == 4400
    assert await is_well(api)


async def test_a_frame_that_is_too_long_closes_the_connection(api: Api) -> None:
    async with live(api) as one:
        await one.send("x" * 65_537)
        assert await one.closed() == 1009
    assert await is_well(api)


@pytest.mark.parametrize("protocol", ["graphql-ws", "soap", None])
async def test_other_protocols_are_not_spoken(api: Api, protocol: str | None) -> None:
    async with live(api, protocol) as one:
        assert one.socket.subprotocol is None
        assert await one.closed() == 4406


@pytest.mark.parametrize("payload", [None, {}, {"authorization": "Bearer nobody"}, {"authorization": "Basic eA=="}])
async def test_strangers_are_turned_away(api: Api, payload: Any) -> None:
    async with live(api) as one:
        await one.send({"type": "connection_init", "payload": payload})
        assert await one.closed() == 4403


async def test_a_token_that_is_no_string_means_nothing(api: Api) -> None:
    async with live(api) as one:
        await one.send({"type": "connection_init", "payload": {"authorization": ["Bearer x"]}})
        assert await one.closed() == 4400


async def test_who_comes_with_the_header_of_http_is_known(api: Api) -> None:
    async with live(api, Authorization=f"Bearer {api.operator_key}") as one:
        await one.send({"type": "connection_init"})
        assert await one.receive() == {"type": "connection_ack"}


async def test_subscribing_before_the_beginning_is_unauthorized(api: Api) -> None:
    async with live(api, Authorization=f"Bearer {api.operator_key}") as one:
        await one.send(SUBSCRIBE)
        assert await one.closed() == 4401


async def test_one_begins_once(api: Api) -> None:
    async with live(api) as one:
        await one.begin(api.operator_key)
        await one.send({"type": "connection_init", "payload": {"authorization": f"Bearer {api.operator_key}"}})
        assert await one.closed() == 4429


async def test_an_id_is_of_one_operation_until_it_is_complete(api: Api, company: Company) -> None:
    async with live(api) as one:
        await one.begin(api.operator_key)
        await one.subscribe(company.id, 0)
        await one.events(1)
        await one.send({"type": "complete", "id": "1"})
        await one.send({"type": "complete", "id": "never"})
        await one.subscribe(company.id, 0)
        await one.events(1)
        await one.subscribe(company.id, 0)
        assert await one.closed() == 4409


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("{ viewer { kind } }", "METHOD_NOT_ALLOWED"),
        ('mutation { testClockCreate(input: {now: "2021-01-04T09:00:00Z"}) { __typename } }', "METHOD_NOT_ALLOWED"),
        ("subscription {", "GRAPHQL_PARSE_FAILED"),
        ("subscription { nothing }", "GRAPHQL_VALIDATION_FAILED"),
        ("{" * 10_000, "GRAPHQL_PARSE_FAILED"),
        ('subscription { organizationEvents(organizationId: "junk") { type } }', "INVALID_INPUT"),
        ("query A { __typename } query B { __typename }", "OPERATION_RESOLUTION_FAILURE"),
    ],
)
async def test_what_is_no_subscription_of_ours_is_an_error_and_the_connection_goes_on(
    api: Api, company: Company, query: str, code: str
) -> None:
    clocks = await db.fetch("SELECT count(*) FROM test_clocks")
    async with live(api) as one:
        await one.begin(api.operator_key)
        await one.subscribe(company.id, 0, query=query)
        message = await one.receive()
        assert (message["type"], message["id"]) == ("error", "1")
        assert message["payload"][0]["extensions"]["code"] == code
        await one.send({"type": "ping", "payload": {"at": 1}})
        assert await one.receive() == {"type": "pong"}
        await one.subscribe(company.id, 0)
        await one.events(1)
    assert await db.fetch("SELECT count(*) FROM test_clocks") == clocks


async def test_a_flood_of_messages_closes_the_connection(api: Api) -> None:
    async with live(api) as one:
        await one.begin(api.operator_key)
        async with asyncio.TaskGroup() as tasks:
            closed = tasks.create_task(one.closed())
            for _ in range(500):
                if closed.done():
                    break
                await one.send({"type": "pong"})
        assert closed.result() == 1008
    assert await is_well(api)


@pytest.mark.parametrize("has_begun", [True, False])
@pytest.mark.parametrize("kind", ["pings", "pongs", "pieces"])
async def test_a_flood_of_frames_that_are_no_messages_closes_the_connection(
    api: Api, kind: str, has_begun: bool
) -> None:
    async with live(api) as one:
        if has_begun:
            await one.begin(api.operator_key)
        with suppress(ConnectionClosed):
            if kind == "pieces":
                await one.socket.send(["{", *[""] * 3_000])
            for _ in range(3_000):
                await (one.socket.ping() if kind == "pings" else one.socket.pong())
        assert await one.closed() in (1008, None)  # the reason is lost with what is not read any more
    assert await is_well(api)


async def test_a_flood_of_operations_closes_the_connection(api: Api, company: Company) -> None:
    async with live(api) as one:
        await one.begin(api.operator_key)
        variables = {"organizationId": company.id}
        for number in range(21):
            payload = {"query": EVENTS, "variables": variables}
            await one.send({"id": str(number), "type": "subscribe", "payload": payload})
        assert await one.closed() == 1008
    assert await is_well(api)


async def test_silence_before_and_after_the_beginning_closes_the_connection(impatient: Api, company: Company) -> None:
    async with live(impatient) as one:
        assert await one.closed() == 4408
    async with live(impatient) as one:
        await one.begin(impatient.operator_key)
        assert await one.closed() == 1000
    async with live(impatient) as one:
        await one.begin(impatient.operator_key)
        await one.subscribe(company.id, 1)
        await asyncio.sleep(1.5)
        await company.invite(1)
        assert await one.events(1) == [{"sequence": 2, "type": "members.invited"}]


async def test_who_does_not_answer_pings_is_let_go(impatient: Api, company: Company) -> None:
    async with live(impatient) as one:
        await one.begin(impatient.operator_key)
        await one.subscribe(company.id, 0)
        await one.events(1)
        one.socket.transport.pause_reading()
        await asyncio.sleep(2)
        one.socket.transport.resume_reading()
        assert await one.closed() == 1011


async def test_two_hundred_who_wait_hold_no_connection_to_the_database(
    api: Api, company: Company, database: str
) -> None:
    superuser = await asyncpg.connect(database)  # to all others the state of connections is null

    async def busy() -> int:
        """Connections of the API that are in a transaction or at work."""
        return int(
            await superuser.fetchval("""
                SELECT count(*) FROM pg_stat_activity
                WHERE datname = current_database() AND pid <> pg_backend_pid() AND state <> 'idle'
                  AND usename LIKE 'seatmark%'
            """)
        )

    payload = {"query": EVENTS, "variables": {"organizationId": company.id}}
    async with AsyncExitStack() as stack:
        sockets = [await stack.enter_async_context(live(api)) for _ in range(10)]
        for one in sockets:
            await one.begin(api.operator_key)
            for number in range(20):
                await one.send({"id": str(number), "type": "subscribe", "payload": payload})
        await asyncio.sleep(2)
        counts = sorted([await busy() for _ in range(100)])
        await superuser.close()
        await company.invite(1)
        heard = [[await one.receive() for _ in range(20)] for one in sockets]
    assert counts[50] == 0, counts
    assert [sorted(int(message["id"]) for message in messages) for messages in heard] == [list(range(20))] * 10
    assert {
        message["payload"]["data"]["organizationEvents"]["sequence"] for messages in heard for message in messages
    } == {2}


async def test_sigterm_ends_what_is_open(
    api: Api, company: Company, database: str, redis_url: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    variables = await servers.variables(database, REDIS_URL=redis_url)
    port = servers.free_port()
    log = tmp_path_factory.mktemp("ending") / "log"
    async with servers.run_command("api", {**variables, "SEATMARK_PORT": str(port)}, log) as process:
        running = Api(f"http://127.0.0.1:{port}", api.operator_key)
        await servers.answering(running.url, process, log)
        async with live(running) as one, with_key(running) as http, stream(http, company.id, 0) as told:
            await one.begin(running.operator_key)
            await one.subscribe(company.id, 0)
            await one.events(1)
            await take(told, 1)
            process.terminate()
            assert await one.closed() == 1012
            assert [piece async for piece in told] == []
        await asyncio.to_thread(process.wait, 15)
    assert process.returncode in (0, -15, 143), log.read_text()
    assert "Cancel" not in log.read_text()
    assert "Traceback" not in log.read_text()
