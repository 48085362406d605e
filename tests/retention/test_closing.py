"""Closing an organization, reopening it, and its purge (R1.10)."""

from datetime import datetime
from decimal import Decimal

import orjson
import pytest

from app import db
from app.access.queries import list_access
from app.billing.preview import preview_invoice
from app.billing.profile import set_billing_profile
from app.directory.queries import find_members
from app.domain.actor import Actor, Role
from app.domain.errors import ErrorCode
from app.domain.lifecycle import OrganizationState, purge_at
from app.domain.policy import Access
from app.domain.roles import member
from app.organizations.service import activate_tracker
from app.retention.life import close_organization, extend_trial, reopen_organization
from tests.factories import (
    DAY,
    NOVEMBER,
    OPERATOR,
    POLICIES,
    PROFILE,
    TICK,
    Company,
    advance,
    change,
    count_of,
    found_at,
    hire,
    jump,
    moscow,
    refused,
    utc,
)

pytestmark = pytest.mark.usefixtures("clean_database")

BEGAN = utc("2020-11-10 09:00")


async def owner_of(company: Company, role: Role = Role.OWNER) -> Actor:
    rows = await db.fetch("SELECT id FROM members WHERE organization_id = $1 AND role = 'OWNER'", company.id)
    return member(rows[0]["id"], company.id, role, "request-of-a-test")


async def outcomes(company: Company) -> list[tuple[str, str, int]]:
    rows = await db.fetch(
        "SELECT month, outcome, peak_seats FROM statements WHERE organization_id = $1 ORDER BY month", company.id
    )
    return [(row["month"], row["outcome"], row["peak_seats"]) for row in rows]


async def warnings(company: Company) -> list[tuple[str, datetime]]:
    rows = await db.fetch(
        "SELECT kind, written_at FROM notices WHERE organization_id = $1 AND kind LIKE 'PURGE%' ORDER BY written_at",
        company.id,
    )
    return [(row["kind"], row["written_at"]) for row in rows]


async def in_january(seats: int) -> Company:
    """Subscribed, on 20 January."""
    company = await found_at(BEGAN, seats)
    await change(company, subscribe=company.members)
    await advance(company.clock_id, moscow("2021-01-20 12:00"))
    return company


async def test_what_is_closed_can_be_read_and_not_changed() -> None:
    company = await in_january(2)
    await close_organization(await owner_of(company), company.id)
    facts = await company.facts()
    assert (facts.state, facts.is_suspended) == (OrganizationState.CLOSED, False)
    assert purge_at(facts.lifecycle) == moscow("2021-01-20 12:00") + 30 * DAY
    people = await find_members(company.members)
    assert set((await list_access(facts, people)).values()) == {Access.READ_ONLY}
    for doing in (
        lambda: change(company, unsubscribe=company.members),
        lambda: hire(company, 1),
        lambda: set_billing_profile(OPERATOR, company.id, PROFILE, POLICIES),
        lambda: close_organization(OPERATOR, company.id),
        lambda: extend_trial(OPERATOR, company.id, BEGAN + 40 * DAY, POLICIES),
        lambda: activate_tracker(OPERATOR, company.id),
    ):
        async with refused(ErrorCode.ORGANIZATION_CLOSED):
            await doing()


@pytest.mark.parametrize("role", [Role.ADMIN, Role.BILLING_MANAGER, Role.MEMBER])
async def test_only_owners_and_operators_close_and_reopen(role: Role) -> None:
    company = await found_at(BEGAN)
    async with refused(ErrorCode.FORBIDDEN):
        await close_organization(await owner_of(company, role), company.id)
    await close_organization(OPERATOR, company.id)
    async with refused(ErrorCode.FORBIDDEN):
        await reopen_organization(await owner_of(company, role), company.id, POLICIES)


async def test_what_is_not_closed_is_not_reopened() -> None:
    company = await found_at(BEGAN)
    async with refused(ErrorCode.INVALID_INPUT):
        await reopen_organization(OPERATOR, company.id, POLICIES)


async def test_reopened_it_is_as_it_was_and_was_not_charged_meanwhile() -> None:
    company = await in_january(7)
    await close_organization(await owner_of(company), company.id)
    await advance(company.clock_id, moscow("2021-02-10 12:00"))
    preview = await preview_invoice(await company.facts(), None, POLICIES)
    assert [preview.draft.total.amount, preview.if_nothing_changes.amount] == [Decimal(0), Decimal(0)]
    await reopen_organization(await owner_of(company), company.id, POLICIES)
    facts = await company.facts()
    assert facts.state is OrganizationState.SUBSCRIBED
    assert purge_at(facts.lifecycle) is None
    people = await find_members(company.members)
    assert set((await list_access(facts, people)).values()) == {Access.FULL}

    await close_organization(OPERATOR, company.id)
    await advance(company.clock_id, moscow("2021-02-28 12:00"))
    await reopen_organization(OPERATOR, company.id, POLICIES)
    await advance(company.clock_id, moscow("2021-04-02 12:00"))
    # January's peak was before the closing; February's within the moment it was open; all of March was.
    assert await outcomes(company) == [
        ("2020-11", "TRIAL", 0),
        ("2020-12", "BILLED", 7),
        ("2021-01", "BILLED", 7),
        ("2021-02", "BILLED", 7),
        ("2021-03", "BILLED", 7),
    ]
    assert await count_of("suspensions", company.id) == 2


async def test_a_month_in_which_it_was_closed_throughout_is_free() -> None:
    company = await in_january(7)
    await close_organization(OPERATOR, company.id)
    await advance(company.clock_id, moscow("2021-03-05 12:00"))
    assert (await outcomes(company))[-2:] == [("2021-01", "BILLED", 7), ("2021-02", "FREE", 0)]


async def test_it_is_warned_fourteen_seven_and_one_days_before_and_purged_after_thirty() -> None:
    company = await in_january(3)
    await close_organization(OPERATOR, company.id)
    closed_at = (await company.facts()).lifecycle.closed_at
    assert closed_at is not None
    due = closed_at + 30 * DAY
    await advance(company.clock_id, due - TICK)
    assert (await company.facts()).state is OrganizationState.CLOSED
    assert await warnings(company) == [
        ("PURGE_IN_14_DAYS", due - 14 * DAY),
        ("PURGE_IN_7_DAYS", due - 7 * DAY),
        ("PURGE_IN_1_DAY", due - DAY),
    ]
    await advance(company.clock_id, due)
    assert (await company.facts()).state is OrganizationState.PURGED
    (stone,) = await db.fetch("SELECT reason FROM tombstones WHERE organization_id = $1", company.id)
    assert stone["reason"] == "closed and not reopened within 30 days"
    assert await outcomes(company) == [("2020-11", "TRIAL", 0), ("2020-12", "FREE", 3), ("2021-01", "FREE", 3)]


async def test_it_is_warned_anew_after_it_was_reopened_and_closed_again() -> None:
    company = await in_january(1)
    await close_organization(OPERATOR, company.id)
    await advance(company.clock_id, moscow("2021-02-15 12:00"))
    await reopen_organization(OPERATOR, company.id, POLICIES)
    await advance(company.clock_id, moscow("2021-02-15 18:00"))
    await close_organization(OPERATOR, company.id)
    await advance(company.clock_id, moscow("2021-03-17 12:00"))
    assert [kind for kind, _ in await warnings(company)].count("PURGE_IN_14_DAYS") == 2
    assert [kind for kind, _ in await warnings(company)][-1] == "PURGE_IN_1_DAY"


async def test_what_was_never_activated_is_purged_too_once_it_is_closed() -> None:
    company = await found_at(BEGAN, is_active=False, has_profile=False)
    await close_organization(OPERATOR, company.id)
    await advance(company.clock_id, BEGAN + 29 * DAY)
    assert (await company.facts()).state is OrganizationState.CLOSED
    await reopen_organization(OPERATOR, company.id, POLICIES)
    await advance(company.clock_id, BEGAN + 390 * DAY)
    assert (await company.facts()).state is OrganizationState.NOT_ACTIVATED
    await close_organization(OPERATOR, company.id)
    await advance(company.clock_id, BEGAN + 421 * DAY)
    assert (await company.facts()).state is OrganizationState.PURGED


async def test_a_trial_goes_on_while_it_is_closed() -> None:
    company = await found_at(BEGAN, 1)
    await close_organization(OPERATOR, company.id)
    await advance(company.clock_id, BEGAN + 10 * DAY)
    await reopen_organization(OPERATOR, company.id, POLICIES)
    assert (await company.facts()).state is OrganizationState.TRIAL
    await close_organization(OPERATOR, company.id)
    await advance(company.clock_id, BEGAN + 35 * DAY)
    await reopen_organization(OPERATOR, company.id, POLICIES)
    assert (await company.facts()).state is OrganizationState.RETENTION


async def test_reopened_long_after_its_trial_it_is_warned_a_day_before_it_goes() -> None:
    company = await found_at(BEGAN, 1)
    await advance(company.clock_id, BEGAN + 59 * DAY + 30 * TICK)  # the last warning is written
    assert [kind for kind, _ in await warnings(company)][-1] == "PURGE_IN_1_DAY"
    await close_organization(OPERATOR, company.id)
    await advance(company.clock_id, BEGAN + 80 * DAY)
    await reopen_organization(OPERATOR, company.id, POLICIES)
    reopened_at = (await company.facts()).lifecycle.spared_until
    assert reopened_at is not None
    assert purge_at((await company.facts()).lifecycle) == reopened_at + DAY
    await advance(company.clock_id, reopened_at + DAY - TICK)
    assert (await company.facts()).state is OrganizationState.RETENTION
    assert (await warnings(company))[-1] == ("PURGE_IN_1_DAY", reopened_at + TICK)  # the next change on that clock
    await change(company, subscribe=company.members)  # there is time to
    await advance(company.clock_id, reopened_at + 9 * DAY)
    assert (await company.facts()).state is OrganizationState.SUBSCRIBED


async def test_the_purge_waits_for_the_bill_of_the_month_it_was_closed_in() -> None:
    # Closed on 1 March at 00:10 in Moscow, with seats until then: due on the 31st, billed on 1 April at 00:30.
    company = await found_at(BEGAN, 5)
    await change(company, subscribe=company.members)
    await advance(company.clock_id, moscow("2021-03-01 00:10"))
    await advance(company.clock_id, moscow("2021-03-01 00:35"))
    await jump(company.clock_id, moscow("2021-03-01 00:36"))
    await close_organization(OPERATOR, company.id)
    await advance(company.clock_id, moscow("2021-04-01 00:29"))
    assert (await company.facts()).state is OrganizationState.CLOSED
    await advance(company.clock_id, moscow("2021-04-01 00:30"))
    assert (await company.facts()).state is OrganizationState.PURGED
    assert (await outcomes(company))[-1] == ("2021-03", "FREE", 5)


async def test_what_owes_money_is_kept_until_it_is_paid() -> None:
    company = await in_january(6)
    await close_organization(OPERATOR, company.id)
    await advance(company.clock_id, moscow("2021-05-01 12:00"))
    assert (await company.facts()).state is OrganizationState.CLOSED
    assert [kind for kind, _ in await warnings(company)] == ["PURGE_IN_14_DAYS", "PURGE_IN_7_DAYS", "PURGE_IN_1_DAY"]


async def test_reopening_tells_that_the_month_is_charged_again() -> None:
    company = await found_at(NOVEMBER, 10)
    await change(company, subscribe=company.members)
    await advance(company.clock_id, moscow("2021-01-20 12:00"))
    await close_organization(OPERATOR, company.id)
    await advance(company.clock_id, moscow("2021-02-05 12:00"))

    await reopen_organization(OPERATOR, company.id, POLICIES)

    rows = await db.fetch("SELECT payload FROM events WHERE organization_id = $1 AND type = 'bill.raised'", company.id)
    (told,) = [orjson.loads(row["payload"]) for row in rows]
    assert (told["month"], told["totalBefore"], told["totalAfter"]) == ("2021-02", "0.00", "2580.00")
