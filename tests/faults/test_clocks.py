"""Workers whose clock is wrong: the database's clock decides, nothing is early, nothing twice (F10)."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from pathlib import Path

import pytest

from app import db
from tests import servers
from tests.factories import Company, as_superuser, change, count_of, found, jump, moscow
from tests.faults.conftest import Inject
from tests.faults.harness.clocks import wrong_by
from tests.faults.harness.closing import check_all
from tests.faults.harness.processes import run_worker, until
from tests.faults.test_kill import january_over

pytestmark = [pytest.mark.usefixtures("clean_database"), pytest.mark.slow]

OFFSETS = ("-70s", "+1h", "-1d", "+1d")


@asynccontextmanager
async def not_due_yet() -> AsyncIterator[Company]:
    """An organization in real time, to be warned of the end of its trial in ten hours: meanwhile its trial is shorter
    than a trial may be."""
    company = await found(None, 6)
    await change(company, subscribe=company.members)
    await _end_trial(company, "clock_timestamp() + interval '7 days 10 hours'")
    try:
        yield company
    finally:
        await _end_trial(company, "activated_at + interval '720 hours'")


async def _end_trial(company: Company, at: str) -> None:
    async with as_superuser():
        await db.fetch(f"UPDATE organizations SET trial_ends_at = {at} WHERE id = $1", company.id)


@pytest.mark.parametrize("offset", OFFSETS)
async def test_a_worker_whose_clock_is_wrong_does_what_is_due_and_nothing_else(
    offset: str, database: str, redis_url: str, tmp_path: Path, injected: Inject
) -> None:
    injected("F10", f"a worker's clock {offset}", 1, "what is due is done once; what is not, not")
    wrong = wrong_by(offset)
    async with not_due_yet() as early:
        companies = await january_over()
        await servers.empty_redis(redis_url)
        async with run_worker(database, redis_url, tmp_path / "worker.log", **wrong) as worker:
            await until(partial(are_closed, companies, 3), "January is closed", process=worker)
        assert [await count_of(table, early.id) for table in ("notices", "statements")] == [0, 0]
    await check_all(database)


async def test_workers_that_disagree_by_two_days_do_everything_once(
    database: str, redis_url: str, tmp_path: Path, injected: Inject
) -> None:
    injected("F10", "four workers at once, each with another clock", 4, "two months closed, each once, none early")
    wrong = [wrong_by(offset) for offset in OFFSETS]
    async with AsyncExitStack() as stack:
        early, companies = await stack.enter_async_context(not_due_yet()), await january_over()
        await servers.empty_redis(redis_url)
        workers = [
            await stack.enter_async_context(run_worker(database, redis_url, tmp_path / f"{number}.log", **one))
            for number, one in enumerate(wrong)
        ]
        await until(partial(are_closed, companies, 3), "January is closed", 120, workers[0])
        await jump(companies[0].clock_id, moscow("2021-03-01 01:00"))
        await until(partial(are_closed, companies, 4), "February is closed", 120, workers[0])
        assert all(worker.is_alive for worker in workers)
        assert [await count_of(table, early.id) for table in ("notices", "statements")] == [0, 0]
    for company in companies:
        assert [await count_of(table, company.id) for table in ("statements", "invoices")] == [4, 3]
    await check_all(database)


async def are_closed(companies: list[Company], months: int) -> bool:
    return [await count_of("statements", company.id) for company in companies] == [months] * len(companies)
