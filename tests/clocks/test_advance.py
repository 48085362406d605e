"""Advancing a test clock: everything due on the way, in order, once, and resumable (R9.1)."""

import asyncio
from contextvars import Context
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest

from app import db
from app.clocks.service import advance_test_clock, create_test_clock, finish_advance, list_advancing_clocks
from app.domain.actor import system
from app.domain.errors import DomainError, ErrorCode
from app.domain.lifecycle import OrganizationState
from tests.factories import (
    DAY,
    NOVEMBER,
    OPERATOR,
    POLICIES,
    TICK,
    advance,
    as_owner,
    change,
    count_of,
    found,
    jump,
    moscow,
    refused,
    utc,
)

pytestmark = pytest.mark.usefixtures("clean_database")


async def reading(clock_id: UUID) -> tuple[datetime, datetime | None]:
    (row,) = await db.fetch("SELECT now, advancing_to FROM test_clocks WHERE id = $1", clock_id)
    return row["now"], row["advancing_to"]


async def log_of(organization_id: UUID) -> list[tuple[datetime, str]]:
    rows = await db.fetch("SELECT at, type FROM events WHERE organization_id = $1 ORDER BY sequence", organization_id)
    return [(row["at"], row["type"]) for row in rows]


async def test_what_falls_due_on_the_way_is_done_in_order_of_its_due_time() -> None:
    clock = await create_test_clock(OPERATOR, NOVEMBER)
    paying, idle = await found(clock, 6), await found(clock, 1)
    await change(paying, subscribe=paying.members)
    begun = len(await log_of(paying.id))

    await advance(clock, utc("2021-02-15 00:00"))

    ends = NOVEMBER + 30 * DAY + TICK
    assert (await log_of(paying.id))[begun:] == [
        (moscow("2020-12-01 00:30"), "period.closed"),
        (ends - 7 * DAY, "trial.ending"),
        (ends - 1 * DAY, "trial.ending"),
        (ends, "trial.ended"),
        (moscow("2021-01-01 00:30"), "period.closed"),
        (moscow("2021-01-01 00:30"), "invoice.issued"),
        (moscow("2021-01-09 00:30"), "invoice.due_soon"),
        (moscow("2021-01-15 00:30"), "invoice.due_soon"),
        (moscow("2021-01-16 00:30"), "invoice.overdue"),
        (moscow("2021-02-01 00:30"), "period.closed"),
        (moscow("2021-02-01 00:30"), "invoice.issued"),
        (moscow("2021-02-09 00:30"), "invoice.due_soon"),
        (moscow("2021-02-15 00:30"), "invoice.due_soon"),
    ]
    assert (await idle.facts()).state is OrganizationState.PURGED
    (stone,) = await db.fetch("SELECT decided_at, purged_at FROM tombstones WHERE organization_id = $1", idle.id)
    assert (stone["decided_at"], stone["purged_at"]) == (ends + 30 * DAY, ends + 30 * DAY + TICK)
    assert await reading(clock) == (utc("2021-02-15 00:00"), None)


async def test_one_long_advance_comes_to_the_same_as_many_short_ones() -> None:
    logs = []
    for step in (timedelta(days=100), timedelta(days=9, hours=5), timedelta(hours=31)):
        clock = await create_test_clock(OPERATOR, NOVEMBER)
        company = await found(clock, 6)
        await change(company, subscribe=company.members)
        now = NOVEMBER
        while now < NOVEMBER + 100 * DAY:
            now = min(now + step, NOVEMBER + 100 * DAY)
            await advance(clock, now)
        logs.append(await log_of(company.id))
    assert logs[0] == logs[1] == logs[2]


async def test_two_advances_to_the_same_instant_at_once_both_answer_and_everything_is_done_once() -> None:
    clock = await create_test_clock(OPERATOR, NOVEMBER)
    companies = [await found(clock, 6) for _ in range(3)]
    for company in companies:
        await change(company, subscribe=company.members)
    to = moscow("2021-02-03 12:00")

    answers = await asyncio.gather(*(advance_test_clock(OPERATOR, clock, to, POLICIES) for _ in range(2)))

    assert answers == [clock, clock]
    assert await reading(clock) == (to, None)
    for company in companies:
        counts = [await count_of(table, company.id) for table in ("statements", "invoices", "notices")]
        assert counts == [3, 2, 3]
    assert await db.count("SELECT 1 FROM events WHERE type = 'test_clock.advanced'") == 1


async def test_an_advance_that_was_begun_is_finished_from_where_it_stands() -> None:
    clock = await create_test_clock(OPERATOR, NOVEMBER)
    company = await found(clock, 6)
    await change(company, subscribe=company.members)
    to = moscow("2021-02-03 12:00")
    await jump(clock, utc("2020-12-20 00:00"))
    await db.fetch("UPDATE test_clocks SET advancing_to = $2 WHERE id = $1", clock, to)
    assert await list_advancing_clocks() == [clock]

    await finish_advance(system("test-clock"), clock, POLICIES, is_patient=False)

    assert await reading(clock) == (to, None)
    assert await list_advancing_clocks() == []
    assert [await count_of(table, company.id) for table in ("statements", "invoices")] == [3, 2]


async def test_while_it_is_on_its_way_another_instant_is_a_conflict_and_the_same_one_goes_on() -> None:
    clock = await create_test_clock(OPERATOR, NOVEMBER)
    await db.fetch("UPDATE test_clocks SET advancing_to = $2 WHERE id = $1", clock, NOVEMBER + 9 * DAY)
    async with refused(ErrorCode.CONFLICT):
        await advance(clock, NOVEMBER + 8 * DAY)
    await advance(clock, NOVEMBER + 9 * DAY)
    assert await reading(clock) == (NOVEMBER + 9 * DAY, None)


async def test_a_sweep_leaves_a_clock_that_someone_has_in_hand() -> None:
    clock = await create_test_clock(OPERATOR, NOVEMBER)
    await db.fetch("UPDATE test_clocks SET advancing_to = $2 WHERE id = $1", clock, NOVEMBER + DAY)
    async with db.in_transaction():
        await db.fetch("SELECT id FROM test_clocks WHERE id = $1 FOR NO KEY UPDATE", clock)
        sweeping = finish_advance(system("test-clock"), clock, POLICIES, is_patient=False)
        await asyncio.wait_for(asyncio.get_running_loop().create_task(sweeping, context=Context()), 5)
    assert await reading(clock) == (NOVEMBER, NOVEMBER + DAY)


@pytest.mark.parametrize("to", [NOVEMBER, NOVEMBER - TICK, NOVEMBER - DAY, NOVEMBER + 400 * DAY + TICK])
async def test_a_clock_goes_forward_only_and_by_400_days_at_most(to: datetime) -> None:
    clock = await create_test_clock(OPERATOR, NOVEMBER)
    async with refused(ErrorCode.INVALID_INPUT):
        await advance(clock, to)


async def test_a_clock_can_be_advanced_by_400_days_and_by_a_microsecond() -> None:
    clock = await create_test_clock(OPERATOR, NOVEMBER)
    await advance(clock, NOVEMBER + 400 * DAY)
    await advance(clock, NOVEMBER + 400 * DAY + TICK)
    assert await reading(clock) == (NOVEMBER + 400 * DAY + TICK, None)


async def test_an_unknown_clock_is_not_found_and_one_outside_the_centuries_is_not_made() -> None:
    async with refused(ErrorCode.NOT_FOUND):
        await advance(uuid4(), NOVEMBER)
    for now in (utc("1999-12-31 23:59"), utc("2100-01-01 00:00")):
        async with refused(ErrorCode.INVALID_INPUT):
            await create_test_clock(OPERATOR, now)


async def test_the_clocks_of_others_stand_still() -> None:
    first, second = await create_test_clock(OPERATOR, NOVEMBER), await create_test_clock(OPERATOR, NOVEMBER)
    other = await found(second, 1)
    await advance(first, NOVEMBER + 90 * DAY)
    assert await reading(second) == (NOVEMBER, None)
    assert await count_of("notices", other.id) == 0


async def test_a_change_during_an_advance_waits_and_is_told_of_the_conflict_or_lands_between() -> None:
    clock = await create_test_clock(OPERATOR, NOVEMBER)
    company = await found(clock, 20)
    to = moscow("2021-02-03 12:00")
    advancing = asyncio.create_task(advance(clock, to))
    codes = []
    for member in company.members:
        try:
            await change(company, subscribe=[member])
        except DomainError as error:
            codes.append(error.code)
    await advancing
    assert set(codes) <= {ErrorCode.CONFLICT, ErrorCode.ORGANIZATION_PURGED}
    assert await count_of("seat_grants", company.id) in (20 - len(codes), 0)


async def test_an_organization_that_always_fails_is_left_out_and_keeps_no_other() -> None:
    clock = await create_test_clock(OPERATOR, NOVEMBER)
    failing, paying, idle = await found(clock, 6), await found(clock, 6), await found(clock, 1)
    for company in (failing, paying):
        await change(company, subscribe=company.members)
    # An event with its next sequence number is there already: recording anything breaks, always.
    await db.fetch(
        """
        INSERT INTO events (id, organization_id, sequence, at, type, payload)
        SELECT gen_random_uuid(), id, sequence + 1, clock_timestamp(), 'planted', '{}' FROM organizations WHERE id = $1
        """,
        failing.id,
    )
    before = await contents_of(failing.id)

    await advance(clock, moscow("2021-02-03 12:00"))

    assert await reading(clock) == (moscow("2021-02-03 12:00"), None)
    assert await left_out(clock) == [failing.id]
    assert await contents_of(failing.id) == before
    assert [await count_of(table, paying.id) for table in ("statements", "invoices", "notices")] == [3, 2, 3]
    assert (await idle.facts()).state is OrganizationState.PURGED

    # Once it can be done, the next advance does it, every month with its own bounds.
    async with as_owner():
        await db.fetch("DELETE FROM events WHERE type = 'planted'")
    await advance(clock, moscow("2021-02-04 12:00"))
    assert await left_out(clock) == []
    rows = await db.fetch("SELECT month FROM statements WHERE organization_id = $1 ORDER BY closed_at", failing.id)
    assert [row["month"] for row in rows] == ["2020-11", "2020-12", "2021-01"]


async def left_out(clock_id: UUID) -> list[UUID]:
    (row,) = await db.fetch("SELECT left_out FROM test_clocks WHERE id = $1", clock_id)
    return list(row["left_out"])


async def contents_of(organization_id: UUID) -> list[int]:
    return [await count_of(table, organization_id) for table in ("statements", "invoices", "notices", "events")]
