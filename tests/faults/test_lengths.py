"""What takes long never delays what is prompt, and a worker of one length does nothing of another."""

from functools import partial
from pathlib import Path

import pytest

from app import db
from app.clocks.service import create_test_clock
from app.jobs.kinds import Length
from tests import servers
from tests.factories import NOVEMBER, OPERATOR, Company, change, found, moscow
from tests.faults.harness.closing import check_all
from tests.faults.harness.processes import run_worker, until
from tests.faults.test_kill import january_over
from tests.faults.test_many_workers import are_closed
from workers.main import CLASSES
from workers.ringing import queue_of
from workers.running import connect_redis

pytestmark = [pytest.mark.usefixtures("clean_database"), pytest.mark.faults]

LATER = moscow("2121-01-10 12:00")
"""So far that whoever goes there is at it for minutes."""


async def on_a_long_way(count: int) -> list[Company]:
    """Organizations with seats, each on a clock of its own that was told to go on for a century."""
    companies = [await found(await create_test_clock(OPERATOR, NOVEMBER), 6) for _ in range(count)]
    for company in companies:
        await change(company, subscribe=company.members)
    await db.fetch(
        "UPDATE test_clocks SET advancing_to = $1 WHERE id = ANY($2)", LATER, [one.clock_id for one in companies]
    )
    return companies


async def moved(companies: list[Company]) -> int:
    """How many of their clocks are on their way, and have gone some of it."""
    asked = "SELECT 1 FROM test_clocks WHERE id = ANY($1) AND now > $2 AND advancing_to = $3"
    return await db.count(asked, [one.clock_id for one in companies], NOVEMBER, LATER)


async def ring(redis_url: str, companies: list[Company]) -> None:
    """As the sweep does, which comes once a minute."""
    redis = connect_redis(redis_url)
    names = [str(company.id) for company in companies]
    await redis.enqueue_job("close_due_periods", names, _queue_name=queue_of(Length.PROMPT))
    await redis.aclose()


async def test_a_close_does_not_wait_for_more_long_jobs_than_a_worker_takes_at_once(
    database: str, redis_url: str, tmp_path: Path
) -> None:
    most = CLASSES[Length.LONG].most
    travelers = await on_a_long_way(most + 2)
    await servers.empty_redis(redis_url)
    async with run_worker(database, redis_url, tmp_path / "worker.log") as worker:
        await until(partial(are_moving, travelers, most), "as many as may are at it", process=worker)
        companies = await january_over()
        await until(partial(are_closed, companies), "January is closed", patience=100, process=worker)
        assert await moved(travelers) == most
    assert await db.count("SELECT 1 FROM test_clocks WHERE advancing_to = $1", LATER) == most + 2
    await check_all(database)


async def test_a_worker_of_what_is_prompt_leaves_what_is_long_to_others(
    database: str, redis_url: str, tmp_path: Path
) -> None:
    travelers, companies = await on_a_long_way(1), await january_over()
    await servers.empty_redis(redis_url)
    async with run_worker(database, redis_url, tmp_path / "prompt.log", "--only", "prompt") as prompt:
        await until(partial(are_closed, companies), "January is closed", process=prompt)
        assert await moved(travelers) == 0
        async with run_worker(database, redis_url, tmp_path / "long.log", "--only", "long") as long:
            await until(partial(are_moving, travelers, 1), "the clock goes on", process=long)
    await check_all(database)


async def are_moving(companies: list[Company], count: int) -> bool:
    return await moved(companies) == count
