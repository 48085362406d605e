"""The checks of jobs, mails and requests find what is late, missed, told wrongly, tried without end, or kept twice."""

import pytest

from app import db
from app.checks.catalog import find_violations
from app.jobs.kinds import KINDS, Length
from tests.factories import advance, as_owner, found_at, utc

pytestmark = pytest.mark.usefixtures("clean_database")

BREAKING = {
    "13: nothing that every look found is left lying while a worker is up": """
        INSERT INTO job_looks (job, looked_at, due_since)
        SELECT 'close_due_periods', clock_timestamp(), clock_timestamp() - interval '16 minutes'
    """,
    "13: each warning was written once, with one event": "DELETE FROM notices WHERE kind = 'TRIAL_ENDED'",
    "14: a mail is about an event that is told so": """
        UPDATE mails SET kind = 'BILL_RAISED' WHERE kind = 'TRIAL_ENDED'
    """,
    "14: an event that is told by mail has a mail, while these are kept": """
        WITH real AS (UPDATE organizations SET test_clock_id = NULL), gone AS (DELETE FROM mails)
        UPDATE events SET at = clock_timestamp() WHERE type = 'trial.ended'
    """,
    "15: no work is tried more often than it may be": """
        INSERT INTO job_tries (id, job, subject_id, tries, first_tried_at, last_tried_at, next_try_at)
        SELECT gen_random_uuid(), 'purge', gen_random_uuid(), 7, now, now, now FROM clock_timestamp() AS now
    """,
    "15: no mail is tried more often than it may be, and what is dead says why": """
        UPDATE mails SET dead_at = clock_timestamp() WHERE kind = 'TRIAL_ENDED'
    """,
    "16: a key was kept once by whoever sent it, and answered after it came": """
        INSERT INTO idempotency_keys (id, actor, key_hash, request_hash, created_at, answered_at)
        SELECT gen_random_uuid(), 'a', decode(repeat('00', 32), 'hex'), decode(repeat('00', 32), 'hex'), now,
               now - interval '1 second'
        FROM clock_timestamp() AS now
    """,
}


@pytest.mark.parametrize("name", BREAKING)
async def test_each_check_finds_what_breaks_it(name: str) -> None:
    company = await found_at(utc("2020-11-03 10:00"))
    await advance(company.clock_id, utc("2020-12-20 00:00"))
    numbers = [13, 14, 15, 16]
    assert await find_violations(numbers) == []
    async with as_owner():
        await db.fetch(BREAKING[name])
    assert [row["invariant"] for row in await find_violations(numbers)] == [name]


def test_no_job_that_is_rung_promises_to_begin_later_than_in_15_minutes() -> None:
    promised = {kind.promised.total_seconds() for kind in KINDS.values() if kind.length is not Length.SWEEP}
    assert max(promised) == 15 * 60
