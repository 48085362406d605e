"""Several workers with one thing to do: one effect (F4, F5, F12)."""

import asyncio
import signal
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path
from uuid import uuid4

import pytest
from arq import ArqRedis

from app import db
from app.clocks.service import create_test_clock
from app.domain.actor import operator
from app.domain.jobs import MOST_TRIES
from app.jobs.kinds import Length
from app.jobs.overview import survey
from app.jobs.tries import list_parked
from tests import servers
from tests.factories import (
    NOVEMBER,
    OPERATOR,
    POLICIES,
    Company,
    advance,
    as_superuser,
    change,
    count_of,
    found,
    jump,
    moscow,
)
from tests.faults.conftest import Inject
from tests.faults.harness.closing import check_all
from tests.faults.harness.processes import a_minute_passes, run_worker, until
from tests.faults.test_kill import january_over
from workers.billing import close_due_periods
from workers.closings import Closings
from workers.ringing import queue_of
from workers.running import connect_redis

pytestmark = pytest.mark.usefixtures("clean_database")


async def test_the_same_close_triggered_fifty_times_at_once_is_one_close(injected: Inject) -> None:
    companies = await january_over()
    injected("F12", "one close triggered at once in one process", 50, "one statement and one invoice each")
    ids = [str(company.id) for company in companies]
    processes = [{"policies": POLICIES, "closings": Closings()} for _ in range(50)]
    await asyncio.gather(*(close_due_periods(ctx, ids) for ctx in processes))
    await closed_once(companies)


@pytest.mark.slow
async def test_the_same_close_rung_fifty_times_for_several_workers_is_one_close(
    database: str, redis_url: str, tmp_path: Path, injected: Inject
) -> None:
    companies = await january_over()
    injected("F12", "one close rung for three workers", 50, "one statement and one invoice each")
    await servers.empty_redis(redis_url)
    redis = connect_redis(redis_url)
    for _ in range(50):
        names = [str(company.id) for company in companies]
        await redis.enqueue_job("close_due_periods", names, _job_id=uuid4().hex, _queue_name=queue_of(Length.PROMPT))
    async with AsyncExitStack() as stack:
        workers = [
            await stack.enter_async_context(run_worker(database, redis_url, tmp_path / f"{number}.log"))
            for number in range(3)
        ]
        await until(partial(are_closed, companies), "January is closed", process=workers[0])
        await until(partial(is_empty, redis), "nothing is rung any more", process=workers[0])
    await redis.aclose()
    await closed_once(companies)
    await check_all(database)


@pytest.mark.faults
async def test_a_worker_that_stands_still_in_a_close_and_goes_on_later_has_no_second_effect(
    database: str, redis_url: str, tmp_path: Path, injected: Inject
) -> None:
    companies = await january_over()
    injected("F4", "SIGSTOP in the middle of a close for two minutes, with a second worker", 1, "closed once")
    await servers.empty_redis(redis_url)
    still = {"SEATMARK_FAULT_POINT": "close.invoices:hang"}
    async with (
        run_worker(database, redis_url, tmp_path / "first.log", **still) as first,
        run_worker(database, redis_url, tmp_path / "second.log", "--only", "long") as helper,
    ):
        await until(partial(is_stopped, first.pid), "the first worker stands still", process=first)
        async with run_worker(database, redis_url, tmp_path / "third.log") as second:
            # The database ends the session of who stands still within a transaction for a minute.
            await until(partial(are_closed, companies), "the second worker has closed January", 150, second)
            lost = {run.job for state in await survey(OPERATOR, POLICIES, 5) for run in state.runs if run.is_lost}
            assert "close_due_periods" in lost
            first.send(signal.SIGCONT)
            await asyncio.sleep(5)  # for it to find out
            assert first.is_alive
            assert helper.is_alive
            assert second.is_alive
    await closed_once(companies)
    await check_all(database)


@pytest.mark.slow
async def test_one_organization_that_always_fails_is_parked_and_shown_and_all_others_are_closed_on_time(
    database: str, redis_url: str, tmp_path: Path, injected: Inject
) -> None:
    failing, other = await january_over()
    injected("F5", "an organization whose close always fails", MOST_TRIES, "parked and shown; the other closed at once")
    await db.fetch(
        """
        INSERT INTO events (id, organization_id, sequence, at, type, payload)
        SELECT gen_random_uuid(), id, sequence + 1, clock_timestamp(), 'planted', '{}' FROM organizations WHERE id = $1
        """,
        failing.id,
    )
    await servers.empty_redis(redis_url)
    for tries in range(1, MOST_TRIES + 1):
        async with run_worker(database, redis_url, tmp_path / "worker.log") as worker:
            await until(partial(has_failed, tries), f"it has failed {tries} times", process=worker)
            await until(partial(are_closed, [other]), "the other one is closed", process=worker)
        await db.fetch("UPDATE job_tries SET next_try_at = clock_timestamp()")  # hours pass
    (parked,) = await list_parked(10)
    assert (parked.subject_id, parked.tries) == (failing.id, MOST_TRIES)
    assert await count_of("statements", failing.id) == 2
    (state,) = [one for one in await survey(operator("command", "jobs"), POLICIES, 1) if one.job == "close_due_periods"]
    assert (state.due, state.parked, state.is_late) == (0, 1, False)
    async with as_superuser():
        await db.fetch("DELETE FROM events WHERE type = 'planted'")
    await check_all(database, but=frozenset({1}))  # its January is not closed: that is what is shown


@pytest.mark.faults
async def test_an_organization_that_kills_every_worker_is_parked_and_all_others_are_closed(
    database: str, redis_url: str, tmp_path: Path, injected: Inject
) -> None:
    clock = await create_test_clock(OPERATOR, NOVEMBER)
    killer, *others = [await found(clock, seats) for seats in (6, 1, 1)]  # one seat is free, and gets no invoice
    for company in (killer, *others):
        await change(company, subscribe=company.members)
    await advance(clock, moscow("2021-01-20 12:00"))
    await jump(clock, moscow("2021-02-01 01:00"))
    injected("F5", "an organization whose close kills its worker", MOST_TRIES, "parked and shown; the others closed")
    await servers.empty_redis(redis_url)
    kill = {"SEATMARK_FAULT_POINT": "close.numbers:kill"}
    for tries in range(1, MOST_TRIES + 1):
        async with run_worker(database, redis_url, tmp_path / f"{tries}.log", **kill) as worker:
            assert await worker.ended(90) == -signal.SIGKILL
        assert await tries_of(killer) == tries
        await a_minute_passes()
    assert await count_of("statements", killer.id) == 2
    async with run_worker(database, redis_url, tmp_path / "last.log", **kill) as worker:
        await until(is_any_parked, "it is parked", 90, worker)
        await until(partial(are_closed, others), "the others are closed", process=worker)
        assert worker.is_alive
    (parked,) = await list_parked(10)
    assert (parked.job, parked.subject_id, parked.tries, parked.error) == (
        "close_due_periods",
        killer.id,
        MOST_TRIES,
        "the worker that tried it came to an end",
    )
    assert await db.count("SELECT 1 FROM job_tries") == 1
    await check_all(database, but=frozenset({1}))  # its January is not closed: that is what is shown


async def tries_of(company: Company) -> int:
    rows = await db.fetch("SELECT tries FROM job_tries WHERE subject_id = $1", company.id)
    return sum(row["tries"] for row in rows)


async def is_any_parked() -> bool:
    return bool(await list_parked(1))


async def has_failed(times: int) -> bool:
    return await db.count("SELECT 1 FROM job_tries WHERE tries = $1 AND error IS NOT NULL", times) == 1


async def is_empty(redis: ArqRedis) -> bool:
    return bool(await redis.zcard(queue_of(Length.PROMPT)) == 0)


async def are_closed(companies: list[Company]) -> bool:
    return {await count_of("statements", company.id) for company in companies} == {3}


async def closed_once(companies: list[Company]) -> None:
    for company in companies:
        assert [await count_of(table, company.id) for table in ("statements", "invoices")] == [3, 2]
    rows = await db.fetch("SELECT number_in_year FROM invoices ORDER BY 1")
    assert [row["number_in_year"] for row in rows] == [1, 2, 3, 4]


def is_stopped(pid: int) -> bool:
    """Whether a process was stopped by a signal, as the kernel says."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "T"
