"""The purge: decided once under the lock, lost to any subscription before, complete and counted (R1.5–R1.8)."""

import asyncio
import hashlib
from collections.abc import Awaitable
from datetime import timedelta
from typing import Any
from uuid import UUID

import orjson
import pytest

from app import db
from app.billing.profile import BillingProfileInput, PayerKind, set_billing_profile
from app.domain.actor import Role, system
from app.domain.errors import DomainError, ErrorCode
from app.domain.lifecycle import OrganizationState
from app.memberships.founding import create_organization
from app.memberships.invitations import invite_members
from app.memberships.invitees import Invitee
from app.organizations.service import activate_tracker
from app.retention.notices import write_notices
from app.retention.purge import (
    PURGED_TABLES,
    decide_purges,
    list_due_purges,
    list_unfinished_purges,
    purge_batch,
)
from tests.factories import (
    DAY,
    NOVEMBER,
    OPERATOR,
    POLICIES,
    TICK,
    Company,
    advance,
    change,
    count_of,
    found,
    found_at,
    founding,
    jump,
    refused,
    snapshot,
    utc,
)

pytestmark = pytest.mark.usefixtures("clean_database")

PURGER = system("purge")
ACTIVATED = utc("2020-11-03 10:00")
DUE = utc("2021-01-02 10:00") + TICK


async def decide(*companies: Company) -> int:
    return await decide_purges(PURGER, [one.id for one in companies], during_advance=False)


async def purge(company: Company, batch: int = 5000) -> int:
    """Delete it to its end; gives how many transactions that took."""
    batches = 1
    while await purge_batch(PURGER, company.id, batch, during_advance=False):
        batches += 1
    return batches


async def unsubscribed(members: int = 1) -> Company:
    """Warned a day ago, due in an hour."""
    company = await found_at(ACTIVATED, members)
    await advance(company.clock_id, utc("2021-01-02 09:00"))
    return company


async def test_an_organization_that_never_subscribed_is_gone_at_day_60_and_not_a_microsecond_before() -> None:
    company = await unsubscribed()
    await jump(company.clock_id, DUE - TICK)
    assert await list_due_purges(10, None) == []
    assert await decide(company) == 0
    assert (await company.facts()).state is OrganizationState.RETENTION
    await jump(company.clock_id, DUE)
    assert await list_due_purges(10, None) == [company.id]
    assert await decide(company) == 1
    assert (await company.facts()).state is OrganizationState.PURGING
    assert await list_unfinished_purges(10, None) == [company.id]
    assert await decide(company) == 0
    await purge(company)
    assert (await company.facts()).state is OrganizationState.PURGED
    assert await list_unfinished_purges(10, None) == []


async def test_no_purge_is_decided_within_a_day_of_a_warning_that_came_late() -> None:
    company = await found_at(ACTIVATED, 1)
    await advance(company.clock_id, utc("2021-01-01 09:00"))
    late = DUE + 5 * DAY
    await jump(company.clock_id, late)
    assert await decide(company) == 0
    assert await list_due_purges(10, None) == []
    assert await write_notices(system("notices"), [company.id], during_advance=False) == 1

    await jump(company.clock_id, late + DAY - TICK)
    assert await list_due_purges(10, None) == []
    assert await decide(company) == 0
    await jump(company.clock_id, late + DAY)
    assert await list_due_purges(10, None) == [company.id]
    assert await decide(company) == 1


@pytest.mark.parametrize("after", [timedelta(0), 10 * DAY])
async def test_a_subscription_before_the_decision_saves_everything_also_after_the_due_date(after: timedelta) -> None:
    company = await unsubscribed()
    await jump(company.clock_id, DUE + after)
    assert await list_due_purges(10, None) == [company.id]
    await change(company, subscribe=company.members)
    before = await snapshot()
    assert await list_due_purges(10, None) == []
    assert await decide(company) == 0
    assert await snapshot() == before
    assert (await company.facts()).state is OrganizationState.SUBSCRIBED
    # It is subscribed for good, also when nobody is any more (R1.6).
    await change(company, unsubscribe=company.members)
    assert await decide(company) == 0
    assert (await company.facts()).state is OrganizationState.SUBSCRIBED


async def test_a_subscription_that_covers_nobody_yet_counts_and_one_within_the_trial_alone_does_not() -> None:
    covering_nobody, in_trial = await found_at(ACTIVATED), await found_at(ACTIVATED, 1)
    later = Invitee("later@people.example", "Later", None, Role.MEMBER, False)
    invited = await invite_members(OPERATOR, covering_nobody.id, [later], POLICIES)
    await advance(covering_nobody.clock_id, utc("2020-12-30 00:00"))
    await change(covering_nobody, subscribe=invited.member_ids)
    await change(in_trial, subscribe=in_trial.members)
    await change(in_trial, unsubscribe=in_trial.members)
    for company in (covering_nobody, in_trial):
        await advance(company.clock_id, utc("2021-01-20 00:00"))
    assert (await covering_nobody.facts()).state is OrganizationState.SUBSCRIBED
    assert (await in_trial.facts()).state is OrganizationState.PURGED


async def test_after_the_decision_every_change_answers_that_the_organization_is_purged() -> None:
    company = await unsubscribed()
    await jump(company.clock_id, DUE)
    await decide(company)
    async with refused(ErrorCode.ORGANIZATION_PURGED):
        await change(company, subscribe=company.members)
    await purge(company)
    async with refused(ErrorCode.ORGANIZATION_PURGED):
        await change(company, subscribe=company.members)
    async with refused(ErrorCode.ORGANIZATION_PURGED):
        await activate_tracker(OPERATOR, company.id)


async def after(seconds: float, act: Awaitable[Any]) -> Any:
    await asyncio.sleep(seconds)
    return await act


async def test_a_subscription_racing_with_the_decision_exactly_one_wins() -> None:
    """Either has a start of up to ten milliseconds, so that each wins some, however long they take to the lock."""
    clock = (await found_at(ACTIVATED)).clock_id
    companies = [await found(clock, 1, has_profile=False) for _ in range(60)]
    await advance(clock, utc("2021-01-02 09:00"))
    await jump(clock, DUE + DAY)
    subscriptions_won = 0
    for number, company in enumerate(companies):
        start = (number // 2 - 15) / 1500
        subscribing = after(max(0, start), change(company, subscribe=company.members))
        racers: list[Any] = [subscribing, after(max(0, -start), decide(company))]
        if number % 2:
            racers.reverse()
        answers = await asyncio.gather(*racers, return_exceptions=True)
        subscribed, decided = reversed(answers) if number % 2 else answers
        state = (await company.facts()).state
        if isinstance(subscribed, DomainError):
            assert subscribed.code is ErrorCode.ORGANIZATION_PURGED
            assert (decided, state) == (1, OrganizationState.PURGING)
            assert await count_of("seat_grants", company.id) == 0
        else:
            assert not isinstance(subscribed, BaseException)
            assert (decided, state) == (0, OrganizationState.SUBSCRIBED)
            assert (await count_of("seat_grants", company.id), await count_of("members", company.id)) == (1, 2)
            assert await count_of("tombstones", company.id) == 0
            assert not await purge_batch(PURGER, company.id, 10, during_advance=False)
            assert await count_of("members", company.id) == 2
            subscriptions_won += 1
    # Which of them wins is open; a race that one side always wins would be none.
    assert 0 < subscriptions_won < 60


async def rows_of(company_id: UUID) -> dict[str, int]:
    return {table: await count_of(table, company_id) for table in PURGED_TABLES}


async def test_batches_go_on_where_they_stopped_and_the_tombstone_counts_every_row_that_was_there() -> None:
    company = await found_at(ACTIVATED, 7)
    await change(company, subscribe=company.members[:4])
    await change(company, unsubscribe=company.members[:4])
    await db.fetch(
        "INSERT INTO suspensions (id, organization_id, since) VALUES (gen_random_uuid(), $1, '2020-11-20')", company.id
    )
    bystander = await found(company.clock_id, 2)
    await change(bystander, subscribe=bystander.members)
    await advance(company.clock_id, utc("2021-01-02 09:00"))
    await jump(company.clock_id, DUE)
    await decide(company)
    there, beside = await rows_of(company.id), await rows_of(bystander.id)
    filled = {table: count for table, count in there.items() if count}
    assert len(filled) >= 10
    chain = (await db.fetch("SELECT audit_hash FROM organizations WHERE id = $1", company.id))[0]["audit_hash"]

    batches = 0
    while await purge_batch(PURGER, company.id, 3, during_advance=False):
        batches += 1
        left = await rows_of(company.id)
        (row,) = await db.fetch("SELECT rows_deleted FROM tombstones WHERE organization_id = $1", company.id)
        deleted = orjson.loads(row["rows_deleted"])
        assert {table: left[table] + deleted.get(table, 0) for table in PURGED_TABLES} == there

    assert batches == sum(-(-count // 3) for count in there.values()) + 1  # the last counts the files
    assert await rows_of(company.id) == dict.fromkeys(PURGED_TABLES, 0)
    assert await rows_of(bystander.id) == beside
    (stone,) = await db.fetch("SELECT * FROM tombstones WHERE organization_id = $1", company.id)
    assert orjson.loads(stone["rows_deleted"]) == filled
    assert stone["audit_hash"] == chain
    assert stone["reason"] == "no subscription within 30 days of the trial"
    assert DUE <= stone["decided_at"] < stone["purged_at"] < DUE + DAY

    # The receipt's hash can be recomputed from what was told to the platform's chain.
    (event,) = await db.fetch("SELECT payload FROM events WHERE type = 'organization.purged'")
    receipt = orjson.loads(event["payload"])
    assert stone["receipt_hash"] == hashlib.sha256(db.to_json(receipt).encode()).hexdigest()
    assert receipt["rowsDeleted"] == filled
    assert not await purge_batch(PURGER, company.id, 3, during_advance=False)


async def test_no_name_nor_address_is_left_anywhere_and_what_accounting_law_keeps_is() -> None:
    clock = (await found_at(ACTIVATED)).clock_id
    marked = founding(
        "marker-slug", clock, name="MarkerName", owner_email="marker.owner@x.example", owner_name="MarkerOwner"
    )
    organization_id = await create_organization(OPERATOR, marked)
    company = Company(organization_id, clock)
    await activate_tracker(OPERATOR, organization_id)
    people = [Invitee("marker.person@x.example", "MarkerPerson", "markerlogin", Role.MEMBER, True)]
    company.members.extend((await invite_members(OPERATOR, organization_id, people, POLICIES)).member_ids)
    profile = BillingProfileInput(
        "MarkerPayer", PayerKind.INDIVIDUAL, "markertax", "MarkerAddress", "MarkerBank", "marker.bill@x.example", True
    )
    await set_billing_profile(OPERATOR, organization_id, profile, POLICIES)
    await change(company, subscribe=company.members)
    await change(company, unsubscribe=company.members)
    planted = [row for rows in (await snapshot()).values() for row in rows if "marker" in row.lower()]
    assert len(planted) == 4  # the organization, its owner, the person, the payer

    await advance(clock, utc("2021-02-15 00:00"))

    left = [row for rows in (await snapshot()).values() for row in rows if "marker" in row.lower()]
    assert left == []
    traces = {name for name, rows in (await snapshot()).items() if any(str(organization_id) in row for row in rows)}
    # The events and audit entries are the platform's own, about the purge; they hold its id. So does, for a week, what
    # says that no answer about it is given again.
    assert traces == {"answers_forgotten", "audit_entries", "events", "organizations", "statements", "tombstones"}
    rows = await db.fetch(
        "SELECT month, outcome FROM statements WHERE organization_id = $1 ORDER BY 1", organization_id
    )
    assert [(row["month"], row["outcome"]) for row in rows] == [("2020-11", "TRIAL"), ("2020-12", "FREE")]
    assert (await company.facts()).name == ""
    assert (await company.facts()).slug is None


async def test_a_slug_is_free_again_after_the_purge_and_the_purged_are_not_found_by_it() -> None:
    company = await unsubscribed()
    slug = (await company.facts()).slug
    assert slug is not None
    await jump(company.clock_id, DUE)
    await decide(company)
    await purge(company)
    await create_organization(OPERATOR, founding(slug, None))


async def test_a_purge_waits_for_a_month_that_is_over_and_not_closed() -> None:
    # Due on 30 November at 21:10 UTC: November is over in Moscow since 21:00, and closes at 21:30.
    company = await found_at(utc("2020-10-01 21:10"), 1)
    due = utc("2020-11-30 21:10") + TICK
    await advance(company.clock_id, utc("2020-11-30 20:00"))
    await jump(company.clock_id, due)
    assert await list_due_purges(10, None) == []
    assert await decide(company) == 0
    await jump(company.clock_id, utc("2020-11-30 20:00"))
    await advance(company.clock_id, utc("2020-11-30 22:00"))
    assert (await company.facts()).state is OrganizationState.PURGED
    rows = await db.fetch(
        "SELECT month, outcome, closed_at FROM statements WHERE organization_id = $1 ORDER BY 1", company.id
    )
    assert [(row["month"], row["outcome"]) for row in rows] == [("2020-10", "TRIAL"), ("2020-11", "FREE")]
    assert rows[-1]["closed_at"] == utc("2020-11-30 21:30")


async def test_an_organization_that_was_never_activated_is_left_alone() -> None:
    company = await found_at(NOVEMBER, is_active=False, has_profile=False)
    await advance(company.clock_id, NOVEMBER + 390 * DAY)
    assert (await company.facts()).state is OrganizationState.NOT_ACTIVATED
    assert await count_of("notices", company.id) == 0
