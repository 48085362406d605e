"""Tries are counted before the work, and whoever has had too many is left alone."""

import asyncio
from collections.abc import Sequence
from uuid import UUID, uuid4

import pytest

from app import db
from app.domain.actor import Role
from app.domain.errors import ErrorCode
from app.domain.jobs import MOST_TRIES
from app.domain.roles import member
from app.jobs.runs import begin_run
from app.jobs.tries import (
    DIED,
    count_try,
    list_free,
    list_parked,
    list_ready,
    list_tried,
    note_failure,
    note_interruption,
    note_success,
    release,
)
from tests.factories import NOVEMBER, OPERATOR, change, found_at, jump, moscow, refused
from workers import ending
from workers.ringing import work_through

pytestmark = pytest.mark.usefixtures("clean_database")

JOB = "close_due_periods"


async def tries_of(subject: UUID) -> int | None:
    row = await db.fetch_one("SELECT tries FROM job_tries WHERE job = $1 AND subject_id = $2", JOB, subject)
    return row["tries"] if row is not None else None


async def test_whoever_kills_its_worker_every_time_is_parked() -> None:
    killer, other = uuid4(), uuid4()
    for tries in range(1, MOST_TRIES + 1):
        assert await count_try(JOB, [killer]) == [killer]  # and here the worker dies
        assert await tries_of(killer) == tries
    assert await count_try(JOB, [killer, other]) == [other]
    (parked,) = await list_parked(10)
    assert (parked.subject_id, parked.tries, parked.error) == (killer, MOST_TRIES, DIED)
    assert await count_try(JOB, [killer]) == []
    assert await list_ready(JOB, [killer, other]) == [other]


async def test_who_failed_waits_before_the_next_try() -> None:
    subject = uuid4()
    await count_try(JOB, [subject])
    assert await list_ready(JOB, [subject]) == [subject]
    assert await note_failure(JOB, subject, "ValueError") is False
    assert await list_ready(JOB, [subject]) == []
    assert await list_ready("purge", [subject]) == [subject]
    (row,) = await db.fetch("SELECT next_try_at - last_tried_at AS pause FROM job_tries")
    assert 30 <= row["pause"].total_seconds() < 90


async def test_the_last_failure_parks() -> None:
    subject = uuid4()
    for tries in range(1, MOST_TRIES + 1):
        await count_try(JOB, [subject])
        assert await note_failure(JOB, subject, "ValueError") is (tries == MOST_TRIES)
    assert [one.error for one in await list_parked(10)] == ["ValueError"]


async def test_success_and_interruption_leave_nothing_behind() -> None:
    first, second = uuid4(), uuid4()
    await count_try(JOB, [first, second])
    await count_try(JOB, [second])
    await note_interruption(JOB, [first, second])
    assert [await tries_of(one) for one in (first, second)] == [None, 1]
    await note_success(JOB, [second])
    assert await list_tried(JOB, [first, second]) == []


async def test_parked_work_is_released_by_operators() -> None:
    subject = uuid4()
    await count_try(JOB, [subject])
    (row,) = await db.fetch("SELECT id FROM job_tries")
    async with refused(ErrorCode.CONFLICT):
        await release(OPERATOR, row["id"])
    async with refused(ErrorCode.NOT_FOUND):
        await release(OPERATOR, uuid4())
    async with refused(ErrorCode.FORBIDDEN):
        await release(member(uuid4(), uuid4(), Role.OWNER, "request"), row["id"])
    await db.fetch("UPDATE job_tries SET parked_at = clock_timestamp()")
    await release(OPERATOR, row["id"])
    assert await list_ready(JOB, [subject]) == [subject]


async def test_a_chunk_that_fails_is_worked_through_one_by_one() -> None:
    subjects = sorted(uuid4() for _ in range(5))
    asked: list[list[UUID]] = []

    async def work(ids: list[UUID]) -> int:
        asked.append(sorted(ids))
        if subjects[2] in ids:
            raise ValueError("a message that is not stored")
        return len(ids)

    assert await work_through(JOB, work, [str(one) for one in subjects]) == 4  # type: ignore[arg-type]
    assert asked == [subjects, *([one] for one in subjects)]
    assert [await tries_of(one) for one in subjects] == [None, None, 1, None, None]
    (run,) = await db.fetch("SELECT subjects, done, failed, error, ended_at IS NOT NULL AS is_over FROM job_runs")
    assert (run["subjects"], run["done"], run["failed"], run["is_over"]) == (5, 4, 1, True)
    assert run["error"].startswith("ValueError at ")
    assert "message" not in run["error"]

    asked.clear()
    assert await work_through(JOB, work, [str(one) for one in subjects]) == 4  # type: ignore[arg-type]
    assert asked == [[*subjects[:2], *subjects[3:]], [subjects[2]]]


async def test_a_worker_that_is_asked_to_end_counts_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    subject, begun = uuid4(), asyncio.Event()

    async def work(_: object) -> int:
        begun.set()
        await asyncio.sleep(60)
        return 1

    monkeypatch.setattr(ending, "_asked", [True])
    for _ in range(10):
        begun.clear()
        task = asyncio.create_task(work_through(JOB, work, [str(subject)]))
        await begun.wait()
        assert await tries_of(subject) == 1
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await tries_of(subject) is None


async def test_who_is_tried_by_a_run_that_is_alive_is_left_to_it_and_no_try_is_forgotten() -> None:
    killer, other = uuid4(), uuid4()
    begun, go_on = asyncio.Event(), asyncio.Event()
    asked: list[Sequence[UUID]] = []

    async def work(ids: Sequence[UUID]) -> int:
        asked.append(ids)
        if killer in ids:
            begun.set()
            await go_on.wait()
        return len(ids)

    for _ in range(3):
        await count_try(JOB, [killer])  # and here the worker dies
    first = asyncio.create_task(work_through(JOB, work, [str(killer)]))
    await begun.wait()
    assert await list_free(JOB, [killer, other]) == [other]
    assert await work_through(JOB, work, [str(killer), str(other)]) == 1
    assert asked == [[killer], [other]]
    assert [await tries_of(one) for one in (killer, other)] == [4, None]
    go_on.set()
    assert await first == 1
    assert await tries_of(killer) is None


async def test_a_run_that_was_taken_for_lost_says_nothing_of_the_try_of_another() -> None:
    subject = uuid4()
    lost, other = await begin_run(JOB, 1), await begin_run(JOB, 1)
    assert await count_try(JOB, [subject], lost) == [subject]
    assert await count_try(JOB, [subject], other) == []
    await db.fetch("UPDATE job_runs SET seen_at = seen_at - interval '61 seconds' WHERE id = $1", lost)
    assert await count_try(JOB, [subject], other) == [subject]
    await note_success(JOB, [subject], lost)
    await note_interruption(JOB, [subject], lost)
    assert await note_failure(JOB, subject, "ValueError", lost) is False
    assert (await tries_of(subject), await list_ready(JOB, [subject])) == (2, [subject])
    await note_success(JOB, [subject], other)
    assert await tries_of(subject) is None


async def test_who_was_left_out_as_others_held_it_keeps_the_tries_that_were_counted_before() -> None:
    company, done = await found_at(NOVEMBER, 6), uuid4()
    await change(company, subscribe=company.members)
    await jump(company.clock_id, moscow("2020-12-01 12:00"))

    async def leave_out(_: Sequence[UUID]) -> int:
        return 0

    for _ in range(3):
        await count_try(JOB, [company.id, done])
    assert await work_through(JOB, leave_out, [str(company.id), str(done)]) == 0
    assert [await tries_of(one) for one in (company.id, done)] == [3, None]  # only the first is due still


async def test_who_was_tried_least_goes_first() -> None:
    first, second = sorted([uuid4(), uuid4()])
    asked: list[Sequence[UUID]] = []

    async def work(ids: Sequence[UUID]) -> int:
        asked.append(ids)
        return 1

    await count_try(JOB, [first, second])  # and here the worker dies
    await count_try(JOB, [first])  # and here, too
    await work_through(JOB, work, [str(first), str(second)])
    assert asked == [[second], [first]]


async def test_what_takes_longer_than_a_job_may_is_counted_and_parked_in_the_end() -> None:
    slow, other, begun = uuid4(), uuid4(), asyncio.Event()

    async def work(ids: Sequence[UUID]) -> int:
        begun.set()
        if slow in ids:
            await asyncio.sleep(60)
        return len(ids)

    async def cut_off(*subjects: UUID) -> None:
        begun.clear()
        task = asyncio.create_task(work_through(JOB, work, [str(one) for one in subjects]))
        await begun.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    await cut_off(slow, other)  # nobody knows which of them it was
    assert [await tries_of(one) for one in (slow, other)] == [1, 1]
    assert await work_through(JOB, work, [str(other)]) == 1
    for tries in range(2, MOST_TRIES + 1):
        await cut_off(slow)
        assert await tries_of(slow) == tries
    (parked,) = await list_parked(10)
    assert (parked.subject_id, parked.error) == (slow, "TimeoutError: it took longer than a job may")


async def test_a_database_that_is_away_is_nobodys_failure() -> None:
    subject = uuid4()

    async def work(_: object) -> int:
        assert await tries_of(subject) == 1
        raise ConnectionRefusedError

    for _ in range(MOST_TRIES + 1):
        with pytest.raises(ConnectionRefusedError):
            await work_through(JOB, work, [str(subject)])
        assert await tries_of(subject) is None
    assert await list_ready(JOB, [subject]) == [subject]


async def test_a_wrong_number_of_tries_is_refused_by_the_database() -> None:
    with pytest.raises(Exception, match="job_tries_counted"):
        await db.fetch(
            """
            INSERT INTO job_tries (id, job, subject_id, tries, first_tried_at, last_tried_at, next_try_at)
            VALUES (gen_random_uuid(), 'x', gen_random_uuid(), 0, now(), now(), now())
            """
        )
