"""A worker that is told to end does so within 30 s, and nothing counts as a failure (F3)."""

import signal
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import cast
from uuid import UUID

import pytest

from app import db
from tests import servers
from tests.factories import as_superuser, moscow
from tests.faults.conftest import Inject
from tests.faults.harness.closing import check_all
from tests.faults.harness.processes import run_worker, until
from tests.faults.test_kill import january_over, on_its_way
from tests.faults.test_many_workers import are_closed
from workers.running import PATIENCE

pytestmark = [pytest.mark.usefixtures("clean_database"), pytest.mark.slow]


async def test_told_to_end_ten_times_in_one_long_job_it_ends_each_time_and_the_next_worker_goes_on(
    database: str, redis_url: str, tmp_path: Path, injected: Inject
) -> None:
    companies = await on_its_way()
    clock, to = companies[0].clock_id, moscow("2021-12-10 12:00")
    assert clock is not None, "it lives by one"
    await db.fetch("UPDATE test_clocks SET advancing_to = $2 WHERE id = $1", clock, to)
    await servers.empty_redis(redis_url)
    injected("F3", "SIGTERM to a worker in an advance of eleven months", 10, "ended in time, counted nothing, done")
    log = tmp_path / "worker.log"
    for _ in range(5):
        shown = await showing(clock)
        async with run_worker(database, redis_url, log, SEATMARK_FAULT_POINT="advance.step:slow") as worker:
            await until(partial(is_past, clock, shown), "the advance goes on", process=worker)
            told = time.monotonic()
            worker.send(signal.SIGTERM)
            worker.send(signal.SIGTERM)
            assert await worker.ended() == 0, log.read_text()
            assert time.monotonic() - told < 30
        assert await db.count("SELECT 1 FROM job_tries") == 0
        assert await db.count("SELECT 1 FROM job_runs WHERE ended_at IS NULL OR error IS NOT NULL") == 0
        assert await showing(clock) < to
    async with run_worker(database, redis_url, log) as worker:
        await until(lambda: is_past(clock, to - timedelta(seconds=1)), "the clock has arrived", process=worker)
    for company in companies:
        assert await db.count("SELECT 1 FROM statements WHERE organization_id = $1", company.id) == 13
    await check_all(database)


@pytest.mark.faults
async def test_what_does_not_end_in_time_is_cut_off_and_counts_for_nothing(
    database: str, redis_url: str, tmp_path: Path, injected: Inject
) -> None:
    companies = await january_over()
    before = await db.count("SELECT 1 FROM statements")
    await servers.empty_redis(redis_url)
    injected("F3", "SIGTERM to a worker in a statement of a minute", 1, "cut off in time, rolled back, not counted")
    log = tmp_path / "worker.log"
    async with statements_of_a_minute(), run_worker(database, redis_url, log) as worker:
        await until(is_sleeping, "the close has begun", process=worker)
        told = time.monotonic()
        worker.send(signal.SIGTERM)
        assert await worker.ended() == 0, log.read_text()
        assert PATIENCE <= time.monotonic() - told < 30
    assert await db.count("SELECT 1 FROM job_tries") == 0
    (run,) = await db.fetch("SELECT error, failed FROM job_runs WHERE job = 'close_due_periods'")
    assert run == {"error": "CancelledError", "failed": 0}
    assert await db.count("SELECT 1 FROM statements") == before
    async with run_worker(database, redis_url, log) as worker:
        await until(partial(are_closed, companies), "January is closed", process=worker)
    await check_all(database)


@asynccontextmanager
async def statements_of_a_minute() -> AsyncIterator[None]:
    """Whoever writes statements of months takes a minute for it."""
    async with as_superuser():
        await db.fetch(
            """
            CREATE FUNCTION take_a_minute() RETURNS trigger LANGUAGE plpgsql
            AS $$ BEGIN PERFORM pg_sleep(60); RETURN NULL; END $$
            """
        )
        await db.fetch("CREATE TRIGGER slow BEFORE INSERT ON statements EXECUTE FUNCTION take_a_minute()")
    try:
        yield
    finally:
        async with as_superuser():
            await db.fetch("DROP FUNCTION take_a_minute CASCADE")


async def is_sleeping() -> bool:
    async with as_superuser():
        return await db.count("SELECT 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep'") > 0


async def showing(clock: UUID) -> datetime:
    (row,) = await db.fetch("SELECT now FROM test_clocks WHERE id = $1", clock)
    return cast(datetime, row["now"])


async def is_past(clock: UUID, instant: datetime) -> bool:
    return await showing(clock) > instant
