"""A worker that is told to end does so within 30 s, and nothing counts as a failure (F3)."""

import signal
import time
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import cast
from uuid import UUID

import pytest

from app import db
from tests import servers
from tests.factories import moscow
from tests.faults.conftest import Inject
from tests.faults.harness.closing import check_all
from tests.faults.harness.processes import run_worker, until
from tests.faults.test_kill import on_its_way

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


async def showing(clock: UUID) -> datetime:
    (row,) = await db.fetch("SELECT now FROM test_clocks WHERE id = $1", clock)
    return cast(datetime, row["now"])


async def is_past(clock: UUID, instant: datetime) -> bool:
    return await showing(clock) > instant
