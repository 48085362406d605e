"""What is due, running, late and parked, as operators see it."""

import re
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from app import db
from app.domain.actor import Role
from app.domain.errors import ErrorCode
from app.domain.roles import member
from app.jobs.kinds import KINDS, Length
from app.jobs.overview import JobState, survey
from app.jobs.report import as_lines
from app.jobs.runs import begin_run, end_run, forget_old_runs, note_look, note_progress
from app.jobs.tries import count_try, list_parked, note_failure
from tests.delivery.hooks import hook, partner_of
from tests.factories import NOVEMBER, OPERATOR, POLICIES, change, found_at, jump, moscow, refused
from workers.chores import do_chore
from workers.main import JOBS
from workers.ringing import work_through

pytestmark = pytest.mark.usefixtures("clean_database")

CLOSE = "close_due_periods"


async def state_of(job: str) -> JobState:
    (state,) = [one for one in await survey(OPERATOR, POLICIES, 5) if one.job == job]
    return state


def test_every_job_is_of_a_kind_and_the_other_way_round() -> None:
    rung = {job.__name__ for job in JOBS}
    assert rung == {name for name, kind in KINDS.items() if kind.length is not Length.SWEEP}


def test_every_chore_of_a_sweep_is_of_a_kind_and_the_other_way_round() -> None:
    folder = Path(__file__).parents[2] / "workers"
    done = {name for file in folder.glob("*.py") for name in re.findall(r'do_chore\(\s*"(\w+)"', file.read_text())}
    assert done == {name for name, kind in KINDS.items() if kind.length is Length.SWEEP}


async def test_with_nothing_due_nothing_is_late() -> None:
    states = await survey(OPERATOR, POLICIES, 5)
    assert [state.job for state in states] == sorted(KINDS)
    assert {(one.due, one.waiting, one.parked, one.is_late, len(one.runs)) for one in states} == {(0, 0, 0, False, 0)}


async def test_what_is_due_and_nobody_is_at_is_late_and_what_ran_just_now_is_not() -> None:
    company = await found_at(NOVEMBER, 6)
    await change(company, subscribe=company.members)
    await jump(company.clock_id, moscow("2020-12-01 12:00"))
    state = await state_of(CLOSE)
    assert (state.due, state.has_more_due, state.is_late) == (1, False, True)
    run = await begin_run(CLOSE, 1)
    assert (await state_of(CLOSE)).is_late is False
    await db.fetch("UPDATE job_runs SET seen_at = seen_at - $1::interval", KINDS[CLOSE].promised + timedelta(seconds=1))
    assert (await state_of(CLOSE)).is_late is True
    await note_progress(run, 3, 0)
    state = await state_of(CLOSE)
    assert state.is_late is False
    (row,) = state.runs
    assert (row.is_running, row.subjects, row.done, row.failed, row.ended_at) == (True, 1, 3, 0, None)


async def test_what_is_parked_or_waits_is_counted_and_not_due() -> None:
    company = await found_at(NOVEMBER, 6)
    await change(company, subscribe=company.members)
    await jump(company.clock_id, moscow("2020-12-01 12:00"))
    await count_try(CLOSE, [company.id])
    await note_failure(CLOSE, company.id, "ValueError")
    state = await state_of(CLOSE)
    assert (state.due, state.waiting, state.parked, state.is_late) == (0, 1, 0, False)
    await db.fetch("UPDATE job_tries SET parked_at = clock_timestamp()")
    state = await state_of(CLOSE)
    assert (state.due, state.waiting, state.parked, state.is_late) == (0, 0, 1, False)
    (parked,) = await list_parked(10)
    assert (parked.organization_id, parked.error) == (company.id, "ValueError")


async def test_what_a_dead_worker_left_counted_waits_for_nothing() -> None:
    company = await found_at(NOVEMBER, 6)
    await count_try(CLOSE, [company.id])
    state = await state_of(CLOSE)
    assert (state.due, state.waiting, state.parked) == (0, 0, 0)
    await change(company, subscribe=company.members)
    await jump(company.clock_id, moscow("2020-12-01 12:00"))
    state = await state_of(CLOSE)
    assert (state.due, state.waiting, state.parked) == (1, 0, 0)


async def test_what_is_parked_names_the_organization_also_of_a_webhook_and_a_mail() -> None:
    company = await found_at(NOVEMBER)
    own = await hook(company.id, "https://hooks.example/", "team.*")
    (mail,) = await db.fetch(
        """
        INSERT INTO mails (id, organization_id, kind, event_id, created_at, give_up_at, next_attempt_at)
        SELECT gen_random_uuid(), organization_id, 'BILL_RAISED', id, at, at, at FROM events WHERE organization_id = $1
        LIMIT 1 RETURNING id
        """,
        company.id,
    )
    parted = await hook(None, "https://hooks.example/", "team.*", actor=await partner_of([company.id]))
    subjects = {"send_webhooks": own.webhook_id, "send_mails": mail["id"], "fan_out_events": parted.webhook_id}
    for job, subject in subjects.items():
        await count_try(job, [subject])
    await db.fetch("UPDATE job_tries SET parked_at = clock_timestamp()")
    found = {one.job: one.organization_id for one in await list_parked(10)}
    assert found == {"send_webhooks": company.id, "send_mails": company.id, "fan_out_events": None}


async def test_a_run_whose_worker_died_runs_no_more() -> None:
    await begin_run(CLOSE, 1)
    (row,) = (await state_of(CLOSE)).runs
    assert (row.is_running, row.is_lost, row.ended_at) == (True, False, None)
    await db.fetch("UPDATE job_runs SET seen_at = seen_at - interval '61 seconds'")
    state = await state_of(CLOSE)
    (row,) = state.runs
    assert (row.is_running, row.is_lost, row.ended_at) == (False, True, None)
    (line,) = [line for line in as_lines([state], []) if line.startswith(CLOSE)]
    assert " lost, " in line


async def test_what_was_just_found_is_not_late_and_what_every_look_finds_is_in_the_end() -> None:
    company = await found_at(NOVEMBER, 6)
    await change(company, subscribe=company.members)
    await jump(company.clock_id, moscow("2020-12-01 12:00"))
    await note_look(CLOSE, 0)
    state = await state_of(CLOSE)
    assert (state.due, state.is_late, state.due_since) == (1, False, None)  # it fell due since
    await note_look(CLOSE, 1)
    since = (await state_of(CLOSE)).due_since
    assert since is not None
    await note_look(CLOSE, 1)
    state = await state_of(CLOSE)
    assert (state.is_late, state.due_since) == (False, since)
    await db.fetch("UPDATE job_looks SET due_since = due_since - $1::interval", KINDS[CLOSE].promised)
    assert (await state_of(CLOSE)).is_late is True  # it is looked for, and nobody does it
    await note_look(CLOSE, 0)
    await db.fetch("UPDATE job_looks SET looked_at = looked_at - $1::interval", KINDS[CLOSE].promised)
    assert (await state_of(CLOSE)).is_late is True  # nobody looks


async def test_chores_are_due_late_and_recorded_as_other_work_is() -> None:
    await end_run(await begin_run(CLOSE, 1), 1, 0, None)
    await db.fetch("UPDATE job_runs SET started_at = started_at - interval '15 days'")
    state = await state_of("forget_runs")
    assert (state.due, state.is_late, state.looked_at) == (1, True, None)
    await do_chore("forget_runs", forget_old_runs)
    state = await state_of("forget_runs")
    assert (state.due, state.is_late, [run.done for run in state.runs]) == (0, False, [1])
    assert state.looked_at is not None

    async def fail() -> int:
        raise ValueError("a message that is not stored")

    await do_chore("forget_runs", fail)
    after = await state_of("forget_runs")
    assert (after.runs[0].failed, after.looked_at) == (1, state.looked_at)
    assert (after.runs[0].error or "").startswith("ValueError at ")
    await do_chore("forget_runs", forget_old_runs)  # of what did nothing no run is kept
    assert len((await state_of("forget_runs")).runs) == 2


async def test_the_last_runs_are_kept_for_two_weeks() -> None:
    for _ in range(3):
        await end_run(await begin_run(CLOSE, 1), 1, 0, None)
    await db.fetch("UPDATE job_runs SET started_at = started_at - interval '15 days' WHERE id IN "
                   "(SELECT id FROM job_runs ORDER BY id LIMIT 2)")  # fmt: skip
    await count_try(CLOSE, [uuid4()])
    await db.fetch("UPDATE job_tries SET last_tried_at = last_tried_at - interval '8 days'")
    await forget_old_runs()
    assert await db.count("SELECT 1 FROM job_runs") == 1
    assert await db.count("SELECT 1 FROM job_tries") == 0


async def test_of_runs_that_only_hand_over_the_last_one_is_kept_and_those_that_failed() -> None:
    subject = str(uuid4())

    async def hand_over(_: Sequence[UUID]) -> int:
        return 1

    await end_run(await begin_run("send_webhooks", 1), 0, 1, "ValueError")
    for job in ("send_webhooks", CLOSE):
        for _ in range(3):
            await work_through(job, hand_over, [subject])
    assert [run.error for run in (await state_of("send_webhooks")).runs] == [None, "ValueError"]
    assert len((await state_of(CLOSE)).runs) == 3


async def test_the_last_runs_of_a_job_and_who_is_at_work_are_found_by_an_index() -> None:
    async with db.in_transaction():
        await db.fetch("SET LOCAL enable_seqscan = off")
        await db.fetch("SET LOCAL enable_sort = off")
        last = await db.fetch("EXPLAIN SELECT 1 FROM job_runs WHERE job = 'x' ORDER BY started_at DESC, id LIMIT 1")
        at_work = await db.fetch(
            "EXPLAIN SELECT 1 FROM job_runs WHERE job = 'x' AND chunk = 'y' AND ended_at IS NULL AND seen_at > now()"
        )
    assert "job_runs_last" in str(last)
    assert "job_runs_at_work" in str(at_work)


async def test_only_operators_look() -> None:
    async with refused(ErrorCode.FORBIDDEN):
        await survey(member(uuid4(), uuid4(), Role.OWNER, "request"), POLICIES, 1)


async def test_the_lines_say_what_is_late_and_what_is_parked() -> None:
    company = await found_at(NOVEMBER, 6)
    await change(company, subscribe=company.members)
    await jump(company.clock_id, moscow("2020-12-01 12:00"))
    await count_try("purge", [company.id])
    await db.fetch("UPDATE job_tries SET parked_at = clock_timestamp(), error = 'ValueError at f:1'")
    lines = as_lines(await survey(OPERATOR, POLICIES, 1), await list_parked(10))
    by_job = {line.split()[0]: line.split()[1:] for line in lines}
    assert by_job[CLOSE] == ["1", "0", "0", "LATE", "never"]
    assert by_job["purge"] == ["0", "0", "1", "never"]
    assert lines[-1].endswith(f"  purge  organization {company.id}  ValueError at f:1")
