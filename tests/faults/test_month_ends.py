"""F11: months that end where clocks are odd: periods tile, and each instant belongs to one, in closes that are real."""

from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from app import db
from app.checks.catalog import find_violations
from app.clocks.service import create_test_clock
from app.domain.unset import UNSET
from app.seats.limits import OrganizationUpdate, update_organization
from tests.factories import OPERATOR, POLICIES, TICK, Company, advance, change, found, jump, utc
from tests.faults.conftest import Inject

pytestmark = pytest.mark.usefixtures("clean_database")

# By the zones that are pinned, Havana keeps its summer in 2026: the last 1 November that began twice there was in 2020.
ENDS = {
    "Moscow": ("Europe/Moscow", "2026-10", "2026-09-30 21:00", "2026-10-31 21:00"),
    "a leap February": ("Europe/Moscow", "2024-02", "2024-01-31 21:00", "2024-02-29 21:00"),
    "no leap February": ("Europe/Moscow", "2026-02", "2026-01-31 21:00", "2026-02-28 21:00"),
    "Kathmandu": ("Asia/Kathmandu", "2026-10", "2026-09-30 18:15", "2026-10-31 18:15"),
    "Chatham, whose clocks go back": ("Pacific/Chatham", "2026-04", "2026-03-31 10:15", "2026-04-30 11:15"),
    "Chatham, whose clocks go on": ("Pacific/Chatham", "2026-09", "2026-08-31 11:15", "2026-09-30 10:15"),
    "Havana, where November begins twice": ("America/Havana", "2020-11", "2020-11-01 04:00", "2020-12-01 05:00"),
    "Havana, the month before": ("America/Havana", "2026-10", "2026-10-01 04:00", "2026-11-01 04:00"),
    "Asunción, without a midnight": ("America/Asuncion", "2023-10", "2023-10-01 04:00", "2023-11-01 03:00"),
    "Asunción, the month before": ("America/Asuncion", "2023-09", "2023-09-01 04:00", "2023-10-01 04:00"),
}


async def months(company: Company) -> list[tuple[str, datetime, datetime, int]]:
    """Every statement: its month, its bounds, and its peak."""
    rows = await db.fetch(
        "SELECT month, starts_at, ends_at, peak_seats FROM statements WHERE organization_id = $1 ORDER BY starts_at",
        company.id,
    )
    return [(row["month"], row["starts_at"], row["ends_at"], row["peak_seats"]) for row in rows]


async def in_zone(zone: str, starts_at: datetime) -> Company:
    """With 6 seats, whose trial ended long before."""
    clock = await create_test_clock(OPERATOR, max(starts_at - timedelta(days=75), utc("2020-10-01 05:00")))
    company = await found(clock, 8, time_zone=zone)
    await change(company, subscribe=company.members[:6])
    await advance(clock, starts_at + timedelta(days=1))
    return company


@pytest.mark.parametrize("name", ENDS)
async def test_the_last_instant_of_a_month_and_the_first_of_the_next_are_billed_in_their_own(
    name: str, injected: Inject
) -> None:
    zone, month, first, last = ENDS[name]
    starts_at, ends_at = utc(first), utc(last)
    injected("F11", f"the end of {month} in {name}", 1, "periods tile; each instant belongs to one")
    company = await in_zone(zone, starts_at)
    await jump(company.clock_id, ends_at - TICK)
    assert (await change(company, subscribe=company.members[6:7])).at == ends_at - TICK
    await jump(company.clock_id, ends_at)
    assert (await change(company, subscribe=company.members[7:])).at == ends_at

    await advance(company.clock_id, ends_at + timedelta(days=32))

    found_months = await months(company)
    place = [one[0] for one in found_months].index(month)
    assert found_months[place] == (month, starts_at, ends_at, 7)
    assert found_months[place + 1][1] == ends_at
    assert found_months[place + 1][3] == 8
    assert all(one[2] == other[1] for one, other in pairwise(found_months))
    assert await find_violations() == []


async def test_a_zone_that_changes_in_mid_month_moves_the_end_of_the_next_one(injected: Inject) -> None:
    injected(
        "F11", "a zone changed in mid-month, from Moscow to Havana", 1, "periods tile; the running one keeps its end"
    )
    company = await in_zone("Europe/Moscow", utc("2026-09-30 21:00"))
    await update_organization(OPERATOR, company.id, OrganizationUpdate(UNSET, "America/Havana", UNSET, UNSET), POLICIES)
    await jump(company.clock_id, utc("2026-11-01 04:30"))  # October in Moscow is over; midnight in Havana, the first
    await change(company, subscribe=company.members[6:])
    await advance(company.clock_id, utc("2027-01-02 12:00"))
    assert (await months(company))[-3:] == [
        ("2026-10", utc("2026-09-30 21:00"), utc("2026-10-31 21:00"), 6),
        ("2026-11", utc("2026-10-31 21:00"), utc("2026-12-01 04:00"), 8),
        ("2026-12", utc("2026-12-01 04:00"), utc("2027-01-01 04:00"), 8),
    ]
    assert await find_violations() == []
