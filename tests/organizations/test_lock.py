"""The lock and the instant of an organization (R0.1), and its periods (R0.2)."""

import asyncio
from contextvars import Context
from datetime import UTC, timedelta
from uuid import uuid4

import pytest

from app import db
from app.billing.profile import set_billing_profile
from app.domain.actor import Permission
from app.domain.errors import DomainError, ErrorCode
from app.domain.lifecycle import OrganizationState
from app.domain.period import Month, period_of
from app.organizations.queries import choose_period, find_organization_by_slug, find_organizations, list_timeline
from app.organizations.service import activate_tracker, lock_organization, lock_organizations
from tests.factories import (
    NOVEMBER,
    OPERATOR,
    POLICIES,
    PROFILE,
    TICK,
    change,
    count_of,
    found,
    found_at,
    hire,
    jump,
    moscow,
    refused,
    utc,
)

pytestmark = pytest.mark.usefixtures("clean_database")


async def test_instants_rise_by_a_microsecond_on_a_clock_that_stands_still() -> None:
    company = await found_at(NOVEMBER, 4)
    instants = [(await change(company, subscribe=[one])).at for one in company.members]
    # Founding, activating, hiring and the profile come first: the founding at the clock's reading itself.
    assert instants == [NOVEMBER + number * TICK for number in (4, 5, 6, 7)]
    assert (await company.facts()).now == instants[-1]


async def test_instants_are_the_databases_clock_where_there_is_no_test_clock() -> None:
    company = await found(None, 2)
    (before,) = await db.fetch("SELECT clock_timestamp() AS now")
    done = await change(company, subscribe=company.members)
    (after,) = await db.fetch("SELECT clock_timestamp() AS now")
    assert before["now"] <= done.at <= after["now"]
    assert done.at.tzinfo is UTC or done.at.utcoffset() == timedelta(0)


@pytest.mark.parametrize("is_on_clock", [True, False])
async def test_twenty_changes_at_once_never_share_an_instant(is_on_clock: bool) -> None:
    company = await found_at(NOVEMBER, 20) if is_on_clock else await found(None, 20)
    done = await asyncio.gather(*(change(company, subscribe=[one]) for one in company.members))
    assert len({one.at for one in done}) == 20
    rows = await db.fetch("SELECT sequence, at FROM events WHERE organization_id = $1 ORDER BY sequence", company.id)
    assert [row["sequence"] for row in rows] == list(range(1, 25))
    instants = [row["at"] for row in rows]
    assert instants == sorted(set(instants))


async def test_a_change_waits_for_the_one_before_it_and_takes_its_instant_after_that() -> None:
    company = await found(None, 1)
    async with db.in_transaction():
        held = await lock_organization(OPERATOR, company.id, Permission.SEAT_MANAGE)
        waiting = asyncio.get_running_loop().create_task(change(company, subscribe=company.members), context=Context())
        await asyncio.sleep(0.2)
        assert not waiting.done()
        (now,) = await db.fetch("SELECT clock_timestamp() AS now")
    assert held.at < now["now"] < (await waiting).at


async def test_a_clock_on_its_way_answers_conflict_to_changes_and_is_left_out_of_the_work_that_is_due() -> None:
    company = await found_at(NOVEMBER, 1)
    await db.fetch("UPDATE test_clocks SET advancing_to = now + interval '1 day'")
    async with refused(ErrorCode.CONFLICT):
        await change(company, subscribe=company.members)
    async with refused(ErrorCode.CONFLICT):
        await hire(company, 1)
    async with refused(ErrorCode.CONFLICT):
        await set_billing_profile(OPERATOR, company.id, PROFILE, POLICIES)
    async with refused(ErrorCode.CONFLICT):
        await found(company.clock_id)
    async with db.in_transaction():
        assert await lock_organizations([company.id], during_advance=False) == []
        assert [one.id for one in await lock_organizations([company.id], during_advance=True)] == [company.id]


async def test_an_unknown_organization_is_not_found() -> None:
    with pytest.raises(DomainError) as refusal:
        async with db.in_transaction():
            await lock_organization(OPERATOR, uuid4(), Permission.SEAT_MANAGE)
    assert refusal.value.code is ErrorCode.NOT_FOUND
    assert await find_organizations(OPERATOR, [uuid4()]) == []
    assert await find_organization_by_slug(OPERATOR, "nobody") is None


async def test_an_organization_being_purged_answers_so_to_every_change() -> None:
    company = await found_at(NOVEMBER, 1)
    await db.fetch("UPDATE organizations SET purge_decided_at = last_change_at")
    async with refused(ErrorCode.ORGANIZATION_PURGED):
        await change(company, subscribe=company.members)
    async with refused(ErrorCode.ORGANIZATION_PURGED):
        await hire(company, 1)


async def test_activation_starts_the_trial_and_opens_the_first_period() -> None:
    clock = (await found_at(NOVEMBER)).clock_id
    company = await found(clock, is_active=False, has_profile=False)
    assert (await company.facts()).state is OrganizationState.NOT_ACTIVATED
    assert await count_of("billing_periods", company.id) == 0

    await activate_tracker(OPERATOR, company.id)

    facts = await company.facts()
    assert facts.state is OrganizationState.TRIAL
    assert facts.lifecycle.activated_at == NOVEMBER + TICK
    assert facts.lifecycle.trial_ends_at == NOVEMBER + TICK + timedelta(days=30)
    rows = await db.fetch("SELECT * FROM billing_periods WHERE organization_id = $1", company.id)
    assert [(row["month"], row["starts_at"], row["ends_at"], row["closed_at"]) for row in rows] == [
        ("2020-11", moscow("2020-11-01 00:00"), moscow("2020-12-01 00:00"), None)
    ]
    async with refused(ErrorCode.TRACKER_ALREADY_ACTIVATED):
        await activate_tracker(OPERATOR, company.id)


async def test_twenty_activations_at_once_start_one_trial() -> None:
    company = await found(None, is_active=False)
    answers = await asyncio.gather(*(activate_tracker(OPERATOR, company.id) for _ in range(20)), return_exceptions=True)
    assert sum(one == company.id for one in answers) == 1
    assert await count_of("billing_periods", company.id) == 1


async def test_the_timeline_counts_on_past_what_is_recorded_and_ends_with_the_period_after_the_clocks() -> None:
    company = await found_at(NOVEMBER)
    await jump(company.clock_id, utc("2021-02-14 12:00"))
    facts = await company.facts()
    timeline = await list_timeline(facts)
    assert timeline == [
        period_of(Month(2020, 11), "Europe/Moscow"),
        period_of(Month(2020, 12), "Europe/Moscow"),
        period_of(Month(2021, 1), "Europe/Moscow"),
        period_of(Month(2021, 2), "Europe/Moscow"),
        period_of(Month(2021, 3), "Europe/Moscow"),
    ]
    assert choose_period(timeline, None, facts.now).month == Month(2021, 2)
    assert choose_period(timeline, Month(2021, 3), facts.now).starts_at == moscow("2021-03-01 00:00")
    for month in (Month(2020, 10), Month(2021, 4)):
        with pytest.raises(DomainError) as refusal:
            choose_period(timeline, month, facts.now)
        assert refusal.value.code is ErrorCode.NOT_FOUND


async def test_an_organization_not_activated_has_the_current_period_and_the_next() -> None:
    clock = (await found_at(NOVEMBER)).clock_id
    company = await found(clock, is_active=False, time_zone="America/Havana")
    timeline = await list_timeline(await company.facts())
    assert timeline == [period_of(Month(2020, 11), "America/Havana"), period_of(Month(2020, 12), "America/Havana")]


async def test_whatever_waits_for_what_others_hold_too_long_is_a_conflict() -> None:
    company = await found_at(NOVEMBER, 1)
    rename = "UPDATE members SET name = 'Anna' WHERE id = $1"
    async with db.in_dry_run():
        await db.fetch(rename, company.members[0])
        with db.acting_apart():
            async with refused(ErrorCode.CONFLICT), db.in_transaction():
                await db.fetch("SET LOCAL lock_timeout = '100ms'")
                await db.fetch(rename, company.members[0])
