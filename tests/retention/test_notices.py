"""What owners are told, each notice once (R1.7, R1.9)."""

import asyncio
from datetime import datetime

import orjson
import pytest

from app import db
from app.domain.actor import system
from app.retention.notices import list_due_notices, write_notices
from tests.factories import DAY, TICK, Company, advance, change, found_at, jump, snapshot, utc

pytestmark = pytest.mark.usefixtures("clean_database")

ACTIVATED = utc("2020-11-01 10:00")
TRIAL_ENDS = utc("2020-12-01 10:00") + TICK  # the activation was the second change at its clock's one reading


async def write(*companies: Company) -> int:
    return await write_notices(system("notices"), [one.id for one in companies], during_advance=False)


async def notices(company: Company) -> list[tuple[str, datetime]]:
    rows = await db.fetch(
        "SELECT kind, written_at FROM notices WHERE organization_id = $1 ORDER BY written_at, due_at", company.id
    )
    return [(row["kind"], row["written_at"]) for row in rows]


async def test_each_notice_is_written_once_at_its_time_on_the_way_to_the_purge() -> None:
    company = await found_at(ACTIVATED)
    await advance(company.clock_id, utc("2020-12-31 09:00"))
    assert await notices(company) == [
        ("TRIAL_ENDS_IN_7_DAYS", TRIAL_ENDS - 7 * DAY),
        ("TRIAL_ENDS_IN_1_DAY", TRIAL_ENDS - 1 * DAY),
        ("TRIAL_ENDED", TRIAL_ENDS),
        ("PURGE_IN_14_DAYS", TRIAL_ENDS + 16 * DAY),
        ("PURGE_IN_7_DAYS", TRIAL_ENDS + 23 * DAY),
        ("PURGE_IN_1_DAY", TRIAL_ENDS + 29 * DAY),
    ]
    rows = await db.fetch(
        "SELECT type, payload FROM events WHERE organization_id = $1 AND payload ? 'notice' ORDER BY sequence",
        company.id,
    )
    assert [(row["type"], orjson.loads(row["payload"])["notice"]) for row in rows] == [
        ("trial.ending", "TRIAL_ENDS_IN_7_DAYS"),
        ("trial.ending", "TRIAL_ENDS_IN_1_DAY"),
        ("trial.ended", "TRIAL_ENDED"),
        ("purge.approaching", "PURGE_IN_14_DAYS"),
        ("purge.approaching", "PURGE_IN_7_DAYS"),
        ("purge.approaching", "PURGE_IN_1_DAY"),
    ]


async def test_a_notice_is_due_at_its_instant_and_not_a_microsecond_before() -> None:
    company = await found_at(ACTIVATED)
    await jump(company.clock_id, TRIAL_ENDS - 7 * DAY - TICK)
    assert await list_due_notices(10, None) == []
    assert await write(company) == 0
    await jump(company.clock_id, TRIAL_ENDS - 7 * DAY)
    assert await list_due_notices(10, None) == [company.id]
    assert await write(company) == 1
    assert await list_due_notices(10, None) == []
    assert await write(company) == 0


async def test_of_several_overdue_warnings_only_the_last_is_written_and_the_end_of_the_trial_is_never_skipped() -> None:
    company = await found_at(ACTIVATED)
    late = TRIAL_ENDS + 25 * DAY
    await jump(company.clock_id, late)
    assert await write(company) == 2
    assert sorted(await notices(company)) == [("PURGE_IN_7_DAYS", late), ("TRIAL_ENDED", late)]
    assert await list_due_notices(10, None) == []


async def test_fifty_workers_at_once_write_each_notice_once() -> None:
    company = await found_at(ACTIVATED)
    await jump(company.clock_id, TRIAL_ENDS + 25 * DAY)
    written = await asyncio.gather(*(write(company) for _ in range(50)))
    assert sum(written) == 2
    assert len(await notices(company)) == 2


async def test_an_organization_that_subscribed_is_told_that_its_trial_ended_and_nothing_of_a_purge() -> None:
    company = await found_at(ACTIVATED, 1)
    await change(company, subscribe=company.members)
    await advance(company.clock_id, utc("2021-02-15 00:00"))
    assert [kind for kind, _ in await notices(company)] == [
        "TRIAL_ENDS_IN_7_DAYS",
        "TRIAL_ENDS_IN_1_DAY",
        "TRIAL_ENDED",
    ]


async def test_an_organization_that_was_purged_is_told_nothing_even_by_a_job_that_comes_late() -> None:
    company = await found_at(ACTIVATED)
    await advance(company.clock_id, utc("2021-01-10 00:00"))
    before = await snapshot()
    assert await write(company) == 0
    assert await snapshot() == before
