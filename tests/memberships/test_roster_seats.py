"""What a roster does to seats and money: a night of joins and leaves, leaves first, at one instant (R3.2, R3.5)."""

from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from app import db
from app.domain.errors import ErrorCode
from app.domain.roster import Person, RosterLine
from app.domain.seat_change import JoinsPolicy
from app.memberships.roster import Roster, RosterReport, apply_roster
from app.seats.changing import change_seats
from app.seats.queries import count_seats
from app.seats.service import RequestedChange
from app.seats.subjects import SubjectReference
from tests.factories import (
    NOVEMBER,
    OPERATOR,
    POLICIES,
    Company,
    advance,
    count_of,
    found_at,
    moscow,
    refused,
    snapshot,
)

pytestmark = pytest.mark.usefixtures("clean_database")

JANUARY = moscow("2021-01-05 09:00")
SIX = [f"old{number}" for number in range(6)]


async def apply(
    company: Company, *names: str, dry: bool = False, expected: str | None = None, **other: Any
) -> RosterReport:
    """These people, all of them in the team Core and the department Sales unless told."""
    groups = {"teams": ("Core",), "department": "Sales", **other}
    lines = [
        RosterLine(("input", "members", str(place)), f"{name}@x.example", name, **groups)
        for place, name in enumerate(names)
    ]
    roster = Roster(lines, dry, 1000, Decimal(expected) if expected is not None else None)
    return await apply_roster(OPERATOR, company.id, roster, POLICIES)


async def subscribe(company: Company, joins: JoinsPolicy, **subject: Any) -> None:
    requested = RequestedChange([SubjectReference(("input",), **subject)], [], joins, False, None)
    await change_seats(OPERATOR, company.id, requested, POLICIES)


async def id_of(table: str, name: str) -> UUID:
    row = await db.fetch_one(f"SELECT id FROM {table} WHERE name = $1", name)
    assert row is not None
    found: UUID = row["id"]
    return found


async def six_in_january(joins: JoinsPolicy) -> Company:
    """Six people in the subscribed team Core since the trial: the month costs 1 548 so far."""
    company = await found_at(NOVEMBER)
    await apply(company, *SIX)
    await subscribe(company, joins, team_id=await id_of("teams", "Core"))
    await advance(company.clock_id, JANUARY)
    return company


def names(people: list[Person]) -> list[str]:
    return [one.name for one in people]


def seats(report: RosterReport) -> tuple[list[str], list[str], list[str]]:
    """Who newly holds a seat, who lost theirs, who began to wait."""
    impact = report.impact
    return (
        names(report.people_of(impact.newly_seated)),
        names(report.people_of(impact.losing_seat)),
        names(report.people_of(impact.would_wait)),
    )


def money(report: RosterReport) -> tuple[str, str, str, str]:
    """The month so far and in the end, before and after."""
    before, after = report.impact.before, report.impact.after
    amounts = (before.total, after.total, before.this_month.total, after.this_month.total)
    return tuple(str(one.amount) for one in amounts)  # type: ignore[return-value]


@pytest.mark.parametrize(
    ("joins", "seated", "waiting", "total"),
    [
        (JoinsPolicy.ALWAYS, ["new0", "new1", "new2"], [], "1806.00"),
        (JoinsPolicy.WITHIN_PEAK, ["new0", "new1"], ["new2"], "1548.00"),
        (JoinsPolicy.NEVER, [], [], "1548.00"),
    ],
)
async def test_a_night_of_joins_and_leaves_under_each_policy(
    joins: JoinsPolicy, seated: list[str], waiting: list[str], total: str
) -> None:
    company = await six_in_january(joins)
    night = [*SIX[2:], "new0", "new1", "new2"]
    dry = await apply(company, *night, dry=True)
    report = await apply(company, *night, expected=total)

    for one in (dry, report):
        assert seats(one) == (seated, ["old0", "old1"], waiting)
        assert money(one) == ("1548.00", total, "1548.00", total)
    assert await count_seats(company.id) == 4 + len(seated)
    assert await db.count("SELECT DISTINCT during FROM seat_grants WHERE upper(during) = $1", report.applied_at) == 1
    began = await db.count("SELECT 1 FROM seat_grants WHERE lower(during) = $1", report.applied_at)
    assert began == len(seated)


async def test_as_many_joining_as_leaving_never_raise_the_month() -> None:
    company = await six_in_january(JoinsPolicy.ALWAYS)
    report = await apply(company, *(f"new{number}" for number in range(6)), expected="1548.00")
    assert [len(some) for some in seats(report)] == [6, 6, 0]
    assert (report.impact.before.this_month.peak, report.impact.after.this_month.peak) == (6, 6)


async def test_the_same_roster_twice_writes_no_row_of_the_ledger_the_second_time() -> None:
    company = await six_in_january(JoinsPolicy.WITHIN_PEAK)
    night = [*SIX, "new0", "new1"]
    await apply(company, *night)
    before = await snapshot()
    report = await apply(company, *night)
    assert (report.applied_at, seats(report)) == (None, ([], [], []))
    assert await snapshot() == before


async def test_whoever_is_deactivated_loses_their_own_subscription_and_has_the_group_s_on_return() -> None:
    company = await six_in_january(JoinsPolicy.ALWAYS)
    await subscribe(company, JoinsPolicy.ALWAYS, email="old0@x.example")
    gone = await apply(company, *SIX[1:])
    assert seats(gone) == ([], ["old0"], [])
    assert await db.count("SELECT 1 FROM seat_subscriptions WHERE ended_at = $1", gone.applied_at) == 1

    back = await apply(company, *SIX)
    assert seats(back) == (["old0"], [], [])
    assert await db.count("SELECT 1 FROM seat_grants WHERE lower(during) = $1", back.applied_at) == 1


async def test_moving_between_departments_and_teams_moves_the_coverage() -> None:
    company = await found_at(NOVEMBER)
    await apply(company, *SIX[:3])
    await subscribe(company, JoinsPolicy.ALWAYS, department_id=await id_of("departments", "Sales"))
    moved = await apply(company, *SIX[:3], department="Sales/North/Far")
    assert seats(moved) == ([], [], [])
    out = await apply(company, *SIX[:3], department="Support")
    assert seats(out) == ([], SIX[:3], [])
    back = await apply(company, *SIX[:3], department="sales/north")
    assert seats(back) == (SIX[:3], [], [])


async def test_a_robot_or_an_invited_person_gets_no_seat_by_a_roster_without_them() -> None:
    company = await found_at(NOVEMBER)
    await apply(company, *SIX[:2])
    await subscribe(company, JoinsPolicy.ALWAYS, is_everyone=True)
    report = await apply(company, *SIX[:3])
    assert seats(report) == (["old2"], [], [])
    assert await count_seats(company.id) == 4  # the owner too


async def test_whom_the_budget_holds_back_waits_and_is_listed() -> None:
    company = await six_in_january(JoinsPolicy.ALWAYS)
    await db.fetch("UPDATE organizations SET budget = 1600 WHERE id = $1", company.id)
    report = await apply(company, *SIX, "new0")
    assert seats(report) == ([], [], ["new0"])
    assert money(report) == ("1548.00", "1548.00", "1548.00", "1548.00")
    reasons = await db.fetch("SELECT reason FROM seat_waits WHERE organization_id = $1", company.id)
    assert [row["reason"] for row in reasons] == ["BUDGET_REACHED"]


async def test_a_total_other_than_expected_changes_neither_people_nor_seats() -> None:
    company = await six_in_january(JoinsPolicy.ALWAYS)
    async with refused(ErrorCode.PREVIEW_STALE):
        await apply(company, *SIX, "new0", expected="1548.00")
    assert await count_of("seat_grants", company.id) == 6


async def test_one_event_tells_of_the_seats() -> None:
    company = await six_in_january(JoinsPolicy.ALWAYS)
    await apply(company, *SIX[1:], "new0")
    rows = await db.fetch(
        "SELECT type FROM events WHERE organization_id = $1 ORDER BY sequence DESC LIMIT 3", company.id
    )
    assert [row["type"] for row in rows] == ["seats.settled", "members.changed", "directory.applied"]


async def test_with_seats_too_the_number_of_statements_does_not_depend_on_the_number_of_people() -> None:
    counts = []
    for many in (3, 300):
        company = await found_at(NOVEMBER)
        await apply(company, *(f"p{number}" for number in range(many)))
        await subscribe(company, JoinsPolicy.WITHIN_PEAK, is_everyone=True)
        with db.counted_statements() as statements:
            await apply(company, *(f"q{number}" for number in range(many + 1)))
        counts.append(len(statements))
        assert await count_seats(company.id) > many
    assert counts[0] == counts[1]
