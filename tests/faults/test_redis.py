"""Whatever becomes of Redis costs a delay and nothing else (F8)."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from pathlib import Path

import pytest
from redis.asyncio import Redis

from app import db
from app.jobs.kinds import Length
from tests import servers
from tests.client import connect, start
from tests.conftest import OPERATOR_KEY
from tests.factories import Company, count_of
from tests.faults.conftest import Inject
from tests.faults.harness.closing import check_all
from tests.faults.harness.journal import Journal, Outcome
from tests.faults.harness.processes import run_worker, until
from tests.faults.harness.valkey import Valkey, own_valkey
from tests.faults.test_kill import january_over
from workers.ringing import digest_of, queue_of

pytestmark = [pytest.mark.usefixtures("clean_database"), pytest.mark.slow]

PROMPT = queue_of(Length.PROMPT)


@pytest.fixture
async def valkey(tmp_path: Path) -> AsyncIterator[Valkey]:
    async with own_valkey(tmp_path / "valkey") as running:
        yield running


async def killed_and_restarted_empty(valkey: Valkey) -> None:
    for _ in range(3):
        await valkey.kill()
        await valkey.start()
        await asyncio.sleep(1)


async def flushed(valkey: Valkey) -> None:
    async with Redis.from_url(valkey.url) as client:
        for _ in range(50):
            await client.flushall()
            await asyncio.sleep(0.05)


async def down_for_a_while(valkey: Valkey) -> None:
    await valkey.kill()
    await asyncio.sleep(20)
    await valkey.start()


async def full(valkey: Valkey) -> None:
    async with Redis.from_url(valkey.url) as client:
        await client.config_set("maxmemory", "1")
        await asyncio.sleep(10)
        await client.config_set("maxmemory", "0")


async def of_another_kind(valkey: Valkey) -> None:
    async with Redis.from_url(valkey.url) as client:
        for length in Length:
            await client.delete(queue_of(length))
            await client.set(queue_of(length), "planted")


FAULTS: dict[str, tuple[str, int, Callable[[Valkey], Awaitable[None]]]] = {
    "killed": ("Valkey killed and restarted empty", 3, killed_and_restarted_empty),
    "flushed": ("FLUSHALL under a worker", 50, flushed),
    "down": ("Valkey down for 20 s", 1, down_for_a_while),
    "full": ("maxmemory reached for 10 s", 1, full),
    "kind": ("queues replaced by keys of another kind", 3, of_another_kind),
}


@pytest.mark.parametrize("fault", FAULTS)
async def test_a_worker_outlives_it_and_what_fell_due_meanwhile_is_done_once(
    fault: str, valkey: Valkey, database: str, tmp_path: Path, injected: Inject
) -> None:
    what, times, inject = FAULTS[fault]
    injected("F8", what, times, "the worker lives; what fell due meanwhile is closed, once")
    async with run_worker(database, valkey.url, tmp_path / "worker.log") as worker:
        await until(has_looked, "the worker has looked for the first time", process=worker)
        companies = await january_over()
        await inject(valkey)
        await until(partial(are_closed, companies), "January is closed", 120, worker)
        assert worker.is_alive
    await closed_once(companies)
    await check_all(database)


async def test_stale_keys_of_another_day_keep_nobody(
    valkey: Valkey, database: str, tmp_path: Path, injected: Inject
) -> None:
    companies = await january_over()
    injected("F8", "stale arq keys of the very job planted, each kind", 4, "closed within two sweeps")
    due = sorted(str(company.id) for company in companies)
    ids = [f"close_due_periods:{digest_of(order)}" for order in (due, due[::-1])]
    async with Redis.from_url(valkey.url) as client:
        for one in ids:
            await client.set(f"arq:job:{one}", b"not what arq wrote")
            await client.set(f"arq:in-progress:{one}", b"1")
            await client.set(f"arq:result:{one}", b"1")
            await client.set(f"arq:retry:{one}", 10_000_000)
        await client.zadd(PROMPT, {ids[0]: (time.time() + 86_400) * 1000, "close_due_periods:gone": 1})
    async with run_worker(database, valkey.url, tmp_path / "worker.log") as worker:
        await until(partial(are_closed, companies), "January is closed", 120, worker)
    await closed_once(companies)


async def test_the_api_does_not_need_it(valkey: Valkey, database: str, tmp_path: Path, injected: Inject) -> None:
    injected("F8", "Valkey killed under an API", 1, "every request answered, none lost")
    journal = Journal(tmp_path / "journal")
    variables = await servers.variables(database, REDIS_URL=valkey.url, SEATMARK_RATE_CAPACITY="0")
    async with servers.run_api(variables, OPERATOR_KEY, tmp_path / "api.log") as api, connect(api) as client:
        company = await start(client, "2020-11-10T09:00:00Z")
        for number in range(20):
            if number == 5:
                await valkey.kill()
            person = {"email": f"new{number}@{company.slug}.example", "name": "Nora New", "active": True}
            await journal.change(
                client,
                "memberInvite",
                "members { id name }",
                partial(db.count, "SELECT 1 FROM members WHERE email = $1", person["email"]),
                organizationId=company.id,
                members=[person],
            )
        assert len(journal.of(Outcome.OK)) == 20
        await check_all(database, journal, client)


async def has_looked() -> bool:
    return await db.count("SELECT 1 FROM job_looks WHERE job = 'close_due_periods'") > 0


async def are_closed(companies: list[Company]) -> bool:
    return [await count_of("statements", company.id) for company in companies] == [3, 3]


async def closed_once(companies: list[Company]) -> None:
    for company in companies:
        assert [await count_of(table, company.id) for table in ("statements", "invoices")] == [3, 2]
    rows = await db.fetch("SELECT number_in_year FROM invoices ORDER BY 1")
    assert [row["number_in_year"] for row in rows] == [1, 2, 3, 4]
