"""F9: the network between the processes and their servers delays, is cut, resets, and goes silent: whoever asks is
answered with a code, nothing hangs for longer than its limit, and everything goes on without a restart."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.client import Client, Company, mutation, start
from tests.faults.conftest import Inject
from tests.faults.harness.processes import until
from tests.faults.installation import Installation, Serving, client_of, run_installation
from tests.faults.proxy import Proxy, Way
from tests.http.live import stream, take

PATIENCE = 40.0
"""Seconds after which an answer that has not come never will."""
LIMITS = {"SEATMARK_OPERATION_SECONDS": "2", "SEATMARK_STATEMENT_SECONDS": "2"}
TYPED = {"UNAVAILABLE", "TIMEOUT"}

Fault = Callable[[Proxy], Awaitable[None]]


async def cut(network: Proxy) -> None:
    await network.cut()


async def silence(network: Proxy) -> None:
    network.silence()


async def deafen(network: Proxy) -> None:
    network.silence(Way.TO_SERVER)


async def mute(network: Proxy) -> None:
    network.silence(Way.TO_CLIENT)


async def forget(network: Proxy) -> None:
    network.forget()


SILENT = [silence, deafen, mute, forget]
FAULTS = [cut, *(pytest.param(one, marks=pytest.mark.slow) for one in SILENT)]


@pytest.fixture(scope="module")
async def installation() -> AsyncIterator[Installation]:
    async with run_installation() as running:
        yield running


@pytest.fixture(scope="module")
async def api(installation: Installation) -> Serving:
    return await installation.start_api(**LIMITS, SEATMARK_RATE_CAPACITY="100000")


@pytest.fixture(scope="module")
async def client(installation: Installation, api: Serving) -> AsyncIterator[Client]:
    async with client_of(installation, api, PATIENCE) as connected:
        yield connected


@pytest.fixture(scope="module")
async def company(client: Client) -> Company:
    return await start(client, "2026-01-01T00:00:00+00:00")


@pytest.fixture(autouse=True)
async def healed(installation: Installation) -> AsyncIterator[None]:
    yield
    await installation.heal()


async def count_members(company: Company) -> httpx.Response:
    document = "query($id: ID!) { organization(id: $id) { members { totalCount } } }"
    asked = {"query": document, "variables": {"id": company.id}}
    return await company.client.http.post("/graphql", json=asked)


async def make_team(company: Company, name: str) -> httpx.Response:
    """Under a key, so that it may be sent again."""
    given = {"input": {"organizationId": company.id, "name": name}}
    asked = {"query": mutation("teamCreate", "team { name }"), "variables": given}
    return await company.client.http.post("/graphql", json=asked, headers={"Idempotency-Key": name})


def code_of(response: httpx.Response) -> str | None:
    """The code of the error; None for an answer without one."""
    body: Any = response.json()
    return body["errors"][0]["extensions"]["code"] if "errors" in body else None


async def until_done(ask: Callable[[], Awaitable[httpx.Response]]) -> httpx.Response:
    """Ask again as long as the answer is to try again."""
    while True:
        response = await ask()
        if code_of(response) not in TYPED:
            return response
        await asyncio.sleep(0.1)


async def teams(installation: Installation, name: str) -> int:
    (row,) = await installation.fetch("SELECT count(*) FROM teams WHERE name = $1", name)
    return int(row["count"])


@pytest.mark.parametrize("fault", FAULTS)
async def test_without_the_database_everyone_is_told_so_and_then_everything_is_done_once(
    installation: Installation, api: Serving, company: Company, fault: Fault, injected: Inject
) -> None:
    injected("F9", f"network to PostgreSQL: {fault.__name__}, API", 1, "UNAVAILABLE or TIMEOUT, then each change once")
    network, names = installation.to_database, [f"team-{uuid4().hex}" for _ in range(4)]
    assert code_of(await count_members(company)) is None

    await fault(network)
    answers = await asyncio.gather(count_members(company), *(make_team(company, name) for name in names))

    # A connection that was forgotten is replaced, and whoever comes to a new one is answered.
    assert {code_of(one) for one in answers} <= ({*TYPED, None} if fault is forget else TYPED)
    assert code_of(answers[0]) in TYPED
    assert all(one.headers.get("Retry-After") == "5" for one in answers if code_of(one) == "UNAVAILABLE")
    await installation.heal()
    for name in names:
        done = await until_done(lambda name=name: make_team(company, name))  # type: ignore[misc]
        assert done.json()["data"]["teamCreate"]["team"] == {"name": name}
        assert await teams(installation, name) == 1
    assert (await until_done(lambda: count_members(company))).json()["data"] == {
        "organization": {"members": {"totalCount": 1}}
    }
    assert api.is_alive


async def test_resets_in_the_middle_of_many_changes_lose_none_and_double_none(
    installation: Installation, company: Company, injected: Inject
) -> None:
    injected("F9", "network to PostgreSQL: reset under 30 changes", 5, "UNAVAILABLE, then each change once")
    names = [f"team-{uuid4().hex}" for _ in range(30)]
    codes: set[str] = set()

    async def make(name: str) -> None:
        while (code := code_of(await make_team(company, name))) is not None:
            codes.add(code)
            await asyncio.sleep(0.05)

    async with asyncio.TaskGroup() as tasks:
        for name in names:
            tasks.create_task(make(name))
        for _ in range(5):
            await asyncio.sleep(0.05)
            installation.to_database.reset()

    assert codes <= TYPED
    assert [await teams(installation, name) for name in names] == [1] * len(names)


async def test_a_slow_network_is_slow_and_no_more(
    installation: Installation, company: Company, injected: Inject
) -> None:
    injected("F9", "network to PostgreSQL: 20 ms and 200 kB/s", 1, "slower")
    installation.to_database.delay = 0.02
    installation.to_database.bytes_per_second = 200_000
    name = f"team-{uuid4().hex}"
    assert code_of(await until_done(lambda: make_team(company, name))) is None
    assert await teams(installation, name) == 1


@pytest.mark.parametrize("fault", FAULTS)
async def test_without_redis_nobody_is_told_anything(
    installation: Installation, company: Company, fault: Fault, injected: Inject
) -> None:
    injected("F9", f"network to Valkey: {fault.__name__}, API", 1, "unaffected; rate limits are local")
    before = await count_members(company)
    await fault(installation.to_valkey)
    answers = [await count_members(company) for _ in range(5)]
    assert [(one.status_code, one.json()["data"]) for one in answers] == [(200, before.json()["data"])] * 5
    assert "RateLimit" in answers[-1].headers


@pytest.mark.slow
@pytest.mark.parametrize("fault", [cut, silence, forget])
async def test_a_live_stream_goes_on_with_what_happened_afterwards(
    installation: Installation, company: Company, fault: Fault, injected: Inject
) -> None:
    injected("F9", f"network to PostgreSQL: {fault.__name__}, live stream", 1, "goes on with the next event")
    async with stream(company.client.http, company.id, None) as events:
        name = f"team-{uuid4().hex}"
        await until_done(lambda: make_team(company, name))
        (first,) = await take(events, 1)
        await fault(installation.to_database)
        await count_members(company)
        await installation.heal()
        await until_done(lambda: make_team(company, f"{name}-again"))
        (second,) = await take(events, 1)
    sequences = [one.data["data"]["organizationEvents"] for one in (first, second)]
    assert [one["type"] for one in sequences] == ["team.created", "team.created"]
    assert sequences[1]["sequence"] == sequences[0]["sequence"] + 1


@pytest.mark.slow
@pytest.mark.parametrize("fault", [cut, silence, forget])
async def test_a_worker_goes_on_by_itself_when_its_networks_come_back(
    installation: Installation, company: Company, fault: Fault, injected: Inject
) -> None:
    injected("F9", f"network to PostgreSQL and Valkey: {fault.__name__}, worker", 1, "goes on without a restart")
    worker = await installation.start("worker", **LIMITS)
    try:
        await worker.says("worker_started")
        for network in (installation.to_database, installation.to_valkey):
            await fault(network)
        await asyncio.sleep(12)  # longer than a statement may take
        await installation.heal()
        await until_done(lambda: count_members(company))
        await company.client.change("organizationExport", "export { id }", organizationId=company.id)

        async def is_exported() -> bool:
            rows = await installation.fetch("SELECT FROM organization_exports WHERE finished_at IS NULL")
            return not rows

        await until(is_exported, "the export is made", 90.0, worker)
        assert worker.is_alive
    finally:
        await installation.end(worker)
