"""A month that becomes dearer by anything but an explicit change of seats is told with both amounts (R5.3, R8.1)."""

from typing import Any

import orjson
import pytest

from app import db
from app.domain.seat_change import JoinsPolicy
from app.domain.unset import UNSET
from app.memberships.members import deactivate_member
from app.memberships.teams import TeamUpdate, create_team, update_team
from app.seats.limits import OrganizationUpdate, update_organization
from tests.factories import (
    DAY,
    NOVEMBER,
    OPERATOR,
    POLICIES,
    Company,
    advance,
    as_superuser,
    change,
    change_groups,
    found_at,
    hire,
    moscow,
)

pytestmark = pytest.mark.usefixtures("clean_database")

JANUARY = moscow("2021-01-10 12:00")


async def told(company: Company) -> list[dict[str, Any]]:
    """What `bill.raised` said, in order."""
    rows = await db.fetch(
        "SELECT payload FROM events WHERE organization_id = $1 AND type = 'bill.raised' ORDER BY sequence", company.id
    )
    return [orjson.loads(row["payload"]) for row in rows]


async def everyone_subscribed(members: int, joins: JoinsPolicy = JoinsPolicy.ALWAYS) -> Company:
    """In January: its owner and so many members seated through everyone."""
    company = await found_at(NOVEMBER, members)
    await change_groups(company, everyone=True, joins=joins)
    await advance(company.clock_id, JANUARY)
    return company


async def test_the_sixth_seat_by_joining_is_told_with_both_amounts_and_its_cause() -> None:
    company = await everyone_subscribed(4)
    await hire(company, 1)
    (event,) = await told(company)
    (row,) = await db.fetch("SELECT id FROM seat_changes ORDER BY at DESC LIMIT 1")
    assert event == {
        "month": "2021-01",
        "currency": "RUB",
        "totalBefore": "0.00",
        "totalAfter": "1548.00",
        "peakBefore": 5,
        "peakAfter": 6,
        "cause": event["cause"],
        "changeId": str(row["id"]),
    }
    assert event["cause"]


async def test_joining_under_the_free_threshold_and_replacing_somebody_are_not_told() -> None:
    company = await everyone_subscribed(3)
    await hire(company, 1)
    team = await create_team(OPERATOR, company.id, "Team", company.members[:1], POLICIES)
    await update_team(OPERATOR, team, TeamUpdate(add=company.members[1:2], remove=company.members[:1]), POLICIES)
    assert await told(company) == []


async def test_an_explicit_change_is_not_told_for_whoever_made_it_saw_the_price() -> None:
    company = await found_at(NOVEMBER, 7)
    await change(company, subscribe=company.members[:1])
    await advance(company.clock_id, JANUARY)
    await change(company, subscribe=company.members[1:])
    assert await told(company) == []


async def test_within_a_peak_that_stands_nothing_is_told_and_above_it_it_is() -> None:
    company = await everyone_subscribed(6)
    await deactivate_member(OPERATOR, company.members[0], POLICIES)
    await hire(company, 1)
    assert await told(company) == []
    await hire(company, 1)
    assert [(one["peakBefore"], one["peakAfter"], one["totalAfter"]) for one in await told(company)] == [
        (7, 8, "2064.00")
    ]


async def test_in_the_trial_only_what_remains_after_its_end_is_told() -> None:
    company = await found_at(NOVEMBER, 5)
    await change_groups(company, everyone=True)
    await hire(company, 1)  # November is covered by the trial whole
    assert await told(company) == []
    await advance(company.clock_id, moscow("2020-12-02 12:00"))
    await hire(company, 1)
    assert [(one["month"], one["totalBefore"], one["totalAfter"]) for one in await told(company)] == [
        ("2020-12", "1806.00", "2064.00")
    ]


async def test_who_waits_is_seated_by_a_new_month_only_without_raising_it() -> None:
    company = await everyone_subscribed(5, JoinsPolicy.WITHIN_PEAK)
    await hire(company, 1)
    await advance(company.clock_id, JANUARY + 40 * DAY)
    assert await told(company) == []


async def test_a_cap_that_is_lifted_seats_nobody_at_a_price_unseen() -> None:
    company = await everyone_subscribed(5)
    await update_organization(OPERATOR, company.id, OrganizationUpdate(UNSET, UNSET, 6, UNSET), POLICIES)
    await hire(company, 2)
    await update_organization(OPERATOR, company.id, OrganizationUpdate(UNSET, UNSET, None, UNSET), POLICIES)
    assert await told(company) == []


async def test_a_month_that_cannot_be_priced_keeps_nobody_from_leaving() -> None:
    company = await found_at(NOVEMBER, 2)
    team = await create_team(OPERATOR, company.id, "Team", company.members, POLICIES)
    await change_groups(company, teams=[team])
    async with as_superuser():
        await db.fetch("UPDATE price_lists SET effective_from = '2031-01'")
    await update_team(OPERATOR, team, TeamUpdate(add=[], remove=company.members), POLICIES)
    assert await db.count("SELECT 1 FROM seat_grants WHERE upper_inf(during)") == 0
