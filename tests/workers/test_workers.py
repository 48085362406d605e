"""The real schedules and jobs on a real arq worker: they ring, the database says what is due (design.md §1)."""

import asyncio
from uuid import UUID

import pytest
from redis.asyncio import Redis

from app import db
from app.clocks.service import create_test_clock
from app.domain.jobs import MOST_TRIES
from app.domain.lifecycle import OrganizationState
from app.jobs.kinds import Length
from app.jobs.tries import list_parked, release
from tests import servers
from tests.factories import (
    NOVEMBER,
    OPERATOR,
    Company,
    advance,
    as_owner,
    change,
    count_of,
    found,
    jump,
    moscow,
    snapshot,
    utc,
)
from tests.workers.burst import run_burst
from workers.ringing import queue_of, ring
from workers.running import connect_redis

pytestmark = [
    pytest.mark.usefixtures("clean_database"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),  # arq calls what redis-py has deprecated
]


@pytest.fixture(autouse=True)
async def no_jobs(redis_url: str) -> None:
    await servers.empty_redis(redis_url)


async def paying(clock: UUID, seats: int = 6) -> Company:
    company = await found(clock, seats)
    await change(company, subscribe=company.members)
    return company


async def test_one_pass_does_what_is_due_and_a_second_one_nothing(database: str, redis_url: str) -> None:
    clock = await create_test_clock(OPERATOR, NOVEMBER)
    company = await paying(clock)
    fresh = await found(await create_test_clock(OPERATOR, utc("2020-11-03 10:00")), 1)
    await advance(clock, moscow("2021-01-20 12:00"))
    await jump(clock, moscow("2021-02-01 01:00"))
    await jump(fresh.clock_id, utc("2020-11-27 00:00"))

    await run_burst(database, redis_url)

    assert await count_of("statements", company.id) == 3
    assert await count_of("invoices", company.id) == 2
    assert [row["kind"] for row in await db.fetch("SELECT kind FROM notices WHERE organization_id = $1", fresh.id)] == [
        "TRIAL_ENDS_IN_7_DAYS"
    ]
    before = await snapshot()
    await run_burst(database, redis_url)
    assert await snapshot() == before


async def test_every_missed_month_is_closed_in_one_pass_in_order(database: str, redis_url: str) -> None:
    clock = await create_test_clock(OPERATOR, NOVEMBER)
    company = await paying(clock)
    await advance(clock, moscow("2020-12-20 12:00"))
    await jump(clock, moscow("2021-03-10 12:00"))
    await run_burst(database, redis_url)
    rows = await db.fetch(
        "SELECT month, closed_at FROM statements WHERE organization_id = $1 ORDER BY closed_at", company.id
    )
    assert [row["month"] for row in rows] == ["2020-11", "2020-12", "2021-01", "2021-02"]
    numbers = await db.fetch("SELECT document ->> 'month' AS month, number FROM invoices ORDER BY number_in_year")
    assert [(row["month"], row["number"]) for row in numbers] == [
        ("2020-12", "2021-000001"),
        ("2021-01", "2021-000002"),
        ("2021-02", "2021-000003"),
    ]


async def test_losing_every_redis_key_between_the_bell_and_the_job_loses_nothing(database: str, redis_url: str) -> None:
    clock = await create_test_clock(OPERATOR, NOVEMBER)
    company = await paying(clock)
    await advance(clock, moscow("2021-01-20 12:00"))
    await jump(clock, moscow("2021-02-01 01:00"))
    pool = connect_redis(redis_url)
    await ring({"redis": pool, "job_id": "a sweep"}, "close_due_periods", [company.id])
    assert len(await pool.queued_jobs(queue_name=queue_of(Length.PROMPT))) == 1
    await pool.flushdb()
    await pool.aclose()
    assert await count_of("statements", company.id) == 2

    await run_burst(database, redis_url)
    assert await count_of("statements", company.id) == 3


async def test_keys_flushed_while_the_worker_is_at_it_lose_nothing_and_double_nothing(
    database: str, redis_url: str
) -> None:
    clock = await create_test_clock(OPERATOR, NOVEMBER)
    companies = [await paying(clock) for _ in range(5)]
    await advance(clock, moscow("2021-01-20 12:00"))
    await jump(clock, moscow("2021-02-01 01:00"))

    async def flush() -> None:
        async with Redis.from_url(redis_url) as client:
            for _ in range(20):
                await client.flushdb()
                await asyncio.sleep(0.02)

    flushing = asyncio.create_task(flush())
    working = asyncio.create_task(run_burst(database, redis_url))
    await flushing
    await working
    await run_burst(database, redis_url)  # a sweep whose key was flushed never ran: missed ticks are not made up

    for company in companies:
        assert [await count_of(table, company.id) for table in ("statements", "invoices")] == [3, 2]
    rows = await db.fetch("SELECT number_in_year FROM invoices ORDER BY 1")
    assert [row["number_in_year"] for row in rows] == list(range(1, 11))


async def test_a_chunk_that_waits_is_not_rung_twice_and_one_that_was_begun_is_rung_again(redis_url: str) -> None:
    pool = connect_redis(redis_url)
    ids = [UUID(int=number) for number in range(1200)]
    for sweep in ("first", "second"):
        await ring({"redis": pool, "job_id": sweep}, "close_due_periods", ids)
    waiting = await pool.queued_jobs(queue_name=queue_of(Length.PROMPT))
    assert sorted(len(job.args[0]) for job in waiting) == [200, 500, 500]
    await pool.set(f"arq:in-progress:{waiting[0].job_id}", b"1")
    for _ in range(2):
        await ring({"redis": pool, "job_id": "third"}, "close_due_periods", ids)
    assert len(await pool.queued_jobs(queue_name=queue_of(Length.PROMPT))) == 4
    await pool.aclose()


async def test_one_organization_that_always_fails_is_parked_and_keeps_nobody_else(
    database: str, redis_url: str
) -> None:
    clock = await create_test_clock(OPERATOR, NOVEMBER)
    companies = [await paying(clock) for _ in range(4)]
    await advance(clock, moscow("2021-01-20 12:00"))
    await jump(clock, moscow("2021-02-01 01:00"))
    failing, *others = companies
    # An event with its next sequence number is there already: recording its close breaks, always.
    await db.fetch(
        """
        INSERT INTO events (id, organization_id, sequence, at, type, payload)
        SELECT gen_random_uuid(), id, sequence + 1, clock_timestamp(), 'planted', '{}' FROM organizations WHERE id = $1
        """,
        failing.id,
    )
    for tries in range(1, MOST_TRIES + 1):
        assert await list_parked(10) == []
        await run_burst(database, redis_url)
        assert [row["tries"] for row in await db.fetch("SELECT tries FROM job_tries")] == [tries]
        await run_burst(database, redis_url)  # not yet to be tried again
        await db.fetch("UPDATE job_tries SET next_try_at = clock_timestamp()")
    assert await count_of("statements", failing.id) == 2
    for company in others:
        assert [await count_of(table, company.id) for table in ("statements", "invoices")] == [3, 2]
    (parked,) = await list_parked(10)
    assert (parked.job, parked.subject_id, parked.tries) == ("close_due_periods", failing.id, MOST_TRIES)
    assert parked.error.startswith("UniqueViolationError 23505 events_sequence at ")

    # It is left alone also once it could be done, until an operator says so: then the next sweep does it.
    async with as_owner():
        await db.fetch("DELETE FROM events WHERE type = 'planted'")
    await run_burst(database, redis_url)
    assert await count_of("statements", failing.id) == 2
    await release(OPERATOR, parked.id)
    await run_burst(database, redis_url)
    assert await count_of("statements", failing.id) == 3
    assert await db.count("SELECT 1 FROM job_tries") == 0
    rows = await db.fetch("SELECT number_in_year FROM invoices ORDER BY 1")
    assert [row["number_in_year"] for row in rows] == list(range(1, 9))


async def test_an_advance_that_was_begun_and_not_finished_is_finished_by_the_sweep(
    database: str, redis_url: str
) -> None:
    clock = await create_test_clock(OPERATOR, NOVEMBER)
    company = await paying(clock)
    idle = await found(clock, 1)
    to = moscow("2021-02-03 12:00")
    await db.fetch("UPDATE test_clocks SET advancing_to = $2 WHERE id = $1", clock, to)

    await run_burst(database, redis_url)

    (row,) = await db.fetch("SELECT now, advancing_to FROM test_clocks WHERE id = $1", clock)
    assert (row["now"], row["advancing_to"]) == (to, None)
    assert [await count_of(table, company.id) for table in ("statements", "invoices", "notices")] == [3, 2, 3]
    assert (await idle.facts()).state is OrganizationState.PURGED


async def test_a_purge_is_decided_in_one_pass_and_done_in_the_next(database: str, redis_url: str) -> None:
    clock = await create_test_clock(OPERATOR, utc("2020-11-03 10:00"))
    idle = await found(clock, 3)
    await advance(clock, utc("2021-01-02 09:00"))
    await jump(clock, utc("2021-01-02 11:00"))
    await run_burst(database, redis_url)
    await run_burst(database, redis_url)
    assert (await idle.facts()).state is OrganizationState.PURGED
    assert await count_of("members", idle.id) == 0


async def test_two_workers_at_once_do_everything_once(database: str, redis_url: str) -> None:
    clock = await create_test_clock(OPERATOR, NOVEMBER)
    companies = [await paying(clock) for _ in range(4)]
    await advance(clock, moscow("2021-01-20 12:00"))
    await jump(clock, moscow("2021-02-01 01:00"))
    await asyncio.gather(run_burst(database, redis_url), run_burst(database, redis_url))
    for company in companies:
        assert [await count_of(table, company.id) for table in ("statements", "invoices")] == [3, 2]


async def test_whoever_does_not_pay_is_told_and_by_policy_suspended_in_one_pass(
    database: str, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = await create_test_clock(OPERATOR, NOVEMBER)
    company = await paying(clock)
    await advance(clock, moscow("2021-01-05 12:00"))
    await jump(clock, moscow("2021-01-16 01:00"))  # half an hour after December's invoice was to be paid
    await run_burst(database, redis_url)
    assert await count_of("invoice_notices", company.id) == 1
    assert not (await company.facts()).is_suspended  # without the policy

    monkeypatch.setenv("SEATMARK_SUSPEND_OVERDUE", "true")
    await run_burst(database, redis_url)
    assert (await company.facts()).is_suspended
    before = await snapshot()
    await run_burst(database, redis_url)
    assert await snapshot() == before
