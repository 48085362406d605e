"""F6 and F7: PostgreSQL is killed in the middle of everything, stays away, and has no room; whoever asks is told so by
a code, nobody ends, and everything goes on by itself."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any
from uuid import uuid4

import httpx
import psutil
import pytest

from app.connections import MOST_CONNECTIONS
from tests.client import Client, Company, start
from tests.faults.conftest import Inject
from tests.faults.harness.closing import check_all
from tests.faults.harness.journal import Journal, Outcome
from tests.faults.harness.processes import until
from tests.faults.installation import Installation, Serving, client_of, run_installation
from tests.http.live import Live, Piece, live, stream
from tests.servers import Api

pytestmark = pytest.mark.faults

CALLERS = 6
LIMITS = {"SEATMARK_OPERATION_SECONDS": "5", "SEATMARK_STATEMENT_SECONDS": "10"}
BACK = 30.0
"""Seconds after which what has not come back by itself never will. How long it took is told, and asserted nowhere."""


@pytest.fixture(scope="module")
async def installation() -> AsyncIterator[Installation]:
    async with run_installation() as running:
        yield running


@pytest.fixture(scope="module")
async def api(installation: Installation) -> Serving:
    return await installation.start_api(**LIMITS)


@pytest.fixture(scope="module")
async def client(installation: Installation, api: Serving) -> AsyncIterator[Client]:
    async with client_of(installation, api) as connected:
        yield connected


@pytest.fixture
async def company(client: Client) -> Company:
    return await start(client, "2026-01-01T00:00:00+00:00")


@pytest.fixture(autouse=True)
async def healed(installation: Installation) -> AsyncIterator[None]:
    yield
    await installation.heal()


@asynccontextmanager
async def load(installation: Installation, company: Company, journal: Journal) -> AsyncIterator[None]:
    """Callers who make teams, one after the other, as long as the block lasts."""
    is_over = asyncio.Event()

    async def call() -> None:
        while not is_over.is_set():
            name = f"team-{uuid4().hex}"

            async def made(name: str = name) -> int:
                return len(await installation.fetch("SELECT FROM teams WHERE name = $1", name))

            wanted = "team { name }"
            await journal.change(company.client, "teamCreate", wanted, made, organizationId=company.id, name=name)
            await asyncio.sleep(0.05)

    async with asyncio.TaskGroup() as tasks:
        for _ in range(CALLERS):
            tasks.create_task(call())
        yield
        is_over.set()


@asynccontextmanager
async def collected(events: AsyncIterator[Piece], socket: Live) -> AsyncIterator[tuple[list[int], list[int]]]:
    """The numbers of the events that came by a stream and by a socket. They are taken as they come: a client that takes
    none does not answer to a ping either."""
    told: list[int] = []
    heard: list[int] = []

    async def tell() -> None:
        async for piece in events:
            told.append(piece.data["data"]["organizationEvents"]["sequence"])  # noqa: PERF401 - as it comes

    async def hear() -> None:
        async for message in socket.socket:
            event = json.loads(message)["payload"]["data"]["organizationEvents"]
            heard.append(event["sequence"])

    tasks = [asyncio.create_task(tell()), asyncio.create_task(hear())]
    try:
        yield told, heard
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def is_ready(api: Serving) -> bool:
    async with httpx.AsyncClient(trust_env=False, timeout=5.0) as http:
        return (await http.get(f"{api.url}/readyz")).is_success


async def is_done(client: Client) -> bool:
    return "errors" not in await client.post("{ viewer { __typename } }")


def typed(journal: Journal) -> set[Any]:
    """What was said of what was not done."""
    return {entry.answer for entry in journal.of(Outcome.UNKNOWN)}


async def since(began: float, is_so: Any, what: str, process: Serving) -> float:
    """Seconds until it is so."""
    await until(is_so, what, BACK, process)
    return time.monotonic() - began


async def a_close_begins(installation: Installation, company: Company, worker: Serving) -> AsyncExitStack:
    """The close of its January stops in its middle, for as long as the table of invoices is held."""
    stack = AsyncExitStack()
    holder = await installation.asking()
    stack.push_async_callback(holder.close)
    await holder.execute("BEGIN; LOCK TABLE invoices IN SHARE ROW EXCLUSIVE MODE")
    await installation.fetch(
        "UPDATE test_clocks SET now = '2026-04-01T12:00:00Z' WHERE id = "
        "(SELECT test_clock_id FROM organizations WHERE slug = $1)",
        company.slug,
    )

    async def waits() -> bool:
        waiting = "SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query ILIKE '%invoices%'"
        return bool(await installation.fetch(waiting))

    await until(waits, "a close is in its middle", 90.0, worker)
    return stack


async def outcomes(installation: Installation, company: Company) -> list[tuple[str, str, int]]:
    """Every statement, and how many invoices it has."""
    rows = await installation.fetch(
        """
        SELECT month, outcome, (SELECT count(*) FROM invoices WHERE statement_id = statements.id) AS invoices
        FROM statements WHERE organization_id = (SELECT id FROM organizations WHERE slug = $1) ORDER BY month
        """,
        company.slug,
    )
    return [(row["month"], row["outcome"], row["invoices"]) for row in rows]


async def test_a_database_killed_in_the_middle_of_a_close_and_under_load_comes_back_to_everyone(
    installation: Installation, api: Serving, client: Client, company: Company, journal: Journal, injected: Inject
) -> None:
    await company.subscribe(await company.invite(6))
    other = await start(client, "2026-01-01T00:00:00+00:00")
    worker = await installation.start("worker", **LIMITS)
    await worker.says("worker_started")
    async with AsyncExitStack() as stack:
        events = await stack.enter_async_context(stream(client.http, other.id, None))
        socket: Live = await stack.enter_async_context(live(Api(api.url, installation.operator_key)))
        await socket.begin(installation.operator_key)
        await socket.subscribe(other.id, None)
        told, heard = await stack.enter_async_context(collected(events, socket))
        await asyncio.sleep(1)  # both begin with what happens from now on
        async with load(installation, other, journal):
            held = await a_close_begins(installation, company, worker)
            await installation.kill_database()
            await held.aclose()
            await until(lambda: bool(journal.of(Outcome.UNKNOWN)), "callers are told", BACK, api)
            assert not await is_ready(api)
            await installation.database.start()
            began = time.monotonic()
            ready = await since(began, lambda: is_ready(api), "the API is ready", api)
            done = await since(began, lambda: is_done(client), "the API answers", api)
        assert typed(journal) <= {503, 504}
        await journal.settle(client)
        made = len(journal.of(Outcome.OK))
        await until(lambda: min(len(told), len(heard)) >= made, f"{made} events have come", BACK, api)
        assert told == heard
        assert told == list(range(told[0], told[0] + made))

    async def is_closed() -> bool:
        return len(await outcomes(installation, company)) == 3

    await until(is_closed, "the missed periods are closed", 150.0, worker)
    assert await outcomes(installation, company) == [
        ("2026-01", "BILLED", 1),
        ("2026-02", "BILLED", 1),
        ("2026-03", "BILLED", 1),
    ]
    assert (api.is_alive, worker.is_alive) == (True, True)
    what = f"typed errors; ready after {ready:.1f} s, answering after {done:.1f} s; streams went on"
    injected("F6", "PostgreSQL killed in the middle of a close and under load", 1, what)
    await installation.end(worker)
    await check_all(installation.database.address, journal, client)


async def test_a_database_that_is_away_for_a_minute_ends_nobody(
    installation: Installation, api: Serving, client: Client, company: Company, journal: Journal, injected: Inject
) -> None:
    workers = [await installation.start("worker", **LIMITS) for _ in range(2)]
    for worker in workers:
        await worker.says("worker_started")
    async with load(installation, company, journal):
        await asyncio.sleep(2)
        await installation.kill_database()
        await asyncio.sleep(60)
        assert not await is_ready(api)
        assert all(one.is_alive for one in (api, *workers))
        await installation.database.start()
        began = time.monotonic()
        done = await since(began, lambda: is_done(client), "the API answers", api)
    assert typed(journal) <= {503, 504}
    for worker in workers:
        assert worker.is_alive
        await installation.end(worker)
    injected("F7", "PostgreSQL away for 60 s", 1, f"nobody ended; typed errors; answering after {done:.1f} s")
    await check_all(installation.database.address, journal, client)


async def test_a_database_without_room_for_connections_is_told_and_then_taken(
    installation: Installation, api: Serving, client: Client, company: Company, injected: Inject
) -> None:
    injected("F7", "connection limit reached", 1, "UNAVAILABLE with Retry-After, then served again")
    logins = "SELECT rolname FROM pg_roles WHERE rolname ~ '^seatmark_(api|app)_'"
    names = [row["rolname"] for row in await installation.fetch(logins)]
    for name in names:
        await installation.fetch(f'ALTER ROLE "{name}" CONNECTION LIMIT 0')
    await installation.fetch("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = ANY($1)", names)
    asked = {"query": "{ viewer { __typename } }"}
    answers = await asyncio.gather(*(client.http.post("/graphql", json=asked) for _ in range(10)))
    codes = {(one.status_code, one.json()["errors"][0]["extensions"]["code"]) for one in answers}
    assert codes == {(503, "UNAVAILABLE")}
    assert {one.headers["Retry-After"] for one in answers} == {"5"}
    for name in names:
        await installation.fetch(f'ALTER ROLE "{name}" CONNECTION LIMIT -1')
    await until(lambda: is_done(client), "the API answers", BACK, api)
    assert api.is_alive


async def test_after_a_storm_of_outages_no_connection_and_no_file_more_is_open(
    installation: Installation, api: Serving, client: Client, company: Company, injected: Inject
) -> None:
    process = psutil.Process(api.pid)

    async def storm() -> None:
        """Callers, and listeners that come and go."""
        for _ in range(3):
            async with stream(client.http, company.id, None) as _events:
                await asyncio.gather(*(client.post("{ viewer { __typename } }") for _ in range(40)))

    await storm()
    files, connections = _files(process, api), await _connections(installation)
    for _ in range(4):
        await asyncio.gather(*(client.post("{ viewer { __typename } }") for _ in range(40)))
        installation.to_database.reset()
        await asyncio.gather(*(client.post("{ viewer { __typename } }") for _ in range(40)))
        await installation.kill_database()
        await client.post("{ viewer { __typename } }")
        await installation.database.start()
        await until(lambda: is_done(client), "the API answers", BACK, api)
    await storm()

    injected("F6", "PostgreSQL reset and killed, in turn", 8, "no connection and no file is left over (invariant 20)")

    async def is_as_before() -> bool:
        """But for connections that the pools keep, which are known to PostgreSQL too."""
        open_now = await _connections(installation)
        is_known = open_now == len(installation.to_database.links)
        return _files(process, api) - open_now <= files - connections and is_known

    await until(is_as_before, f"{_files(process, api)} files are {files} again", BACK, api)
    assert await _connections(installation) <= 2 * MOST_CONNECTIONS


def _files(process: psutil.Process, api: Serving) -> int:
    """What is open but for its callers' connections, which it keeps for as long as they do."""
    callers = [one for one in process.net_connections() if one.laddr.port == api.port and one.raddr]
    return process.num_fds() - len(callers)


async def _connections(installation: Installation) -> int:
    asked = "SELECT FROM pg_stat_activity WHERE usename ~ '^seatmark_(api|app)_'"
    return len(await installation.fetch(asked))
