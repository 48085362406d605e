"""People join and leave what is subscribed, and their seats follow, at the same instant (R3.2, R3.3, R3.11)."""

from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import pytest

from app import db
from app.domain.errors import ErrorCode
from app.domain.period import Month
from app.domain.seat_change import JoinsPolicy
from app.domain.unset import UNSET
from app.memberships.departments import DepartmentUpdate, create_department, update_department
from app.memberships.members import deactivate_member, reactivate_member
from app.memberships.teams import TeamUpdate, create_team, delete_team, update_team
from app.seats.limits import OrganizationUpdate, set_contract, update_organization
from app.seats.waiting import seat_waiting
from tests.factories import (
    NOVEMBER,
    OPERATOR,
    POLICIES,
    Company,
    advance,
    change_groups,
    found_at,
    hire,
    jump,
    moscow,
    refused,
    refused_by_limit,
)

pytestmark = pytest.mark.usefixtures("clean_database")


async def team(company: Company, members: list[UUID], name: str = "Team") -> UUID:
    return await create_team(OPERATOR, company.id, name, members, POLICIES)


async def join(team_id: UUID, *members: UUID, leave: tuple[UUID, ...] = ()) -> None:
    await update_team(OPERATOR, team_id, TeamUpdate(add=members, remove=leave), POLICIES)


async def seated(company: Company) -> set[UUID]:
    rows = await db.fetch(
        "SELECT DISTINCT member_id FROM seat_grants WHERE organization_id = $1 AND upper_inf(during)", company.id
    )
    return {row["member_id"] for row in rows}


async def waiting(company: Company) -> list[tuple[UUID, str]]:
    rows = await db.fetch(
        "SELECT member_id, reason FROM seat_waits WHERE organization_id = $1 ORDER BY since, member_id", company.id
    )
    return [(row["member_id"], row["reason"]) for row in rows]


async def cap(company: Company, seats: int | None) -> None:
    await update_organization(OPERATOR, company.id, OrganizationUpdate(UNSET, UNSET, seats, UNSET), POLICIES)


async def budget(company: Company, amount: str | None) -> None:
    wanted = Decimal(amount) if amount is not None else None
    await update_organization(OPERATOR, company.id, OrganizationUpdate(UNSET, UNSET, UNSET, wanted), POLICIES)


async def test_who_joins_a_subscribed_team_is_seated_at_once_and_loses_the_seat_on_leaving() -> None:
    company = await found_at(NOVEMBER, 3)
    first, second, third = company.members
    crew = await team(company, [first])
    done = await change_groups(company, teams=[crew])
    assert (done.seated, await seated(company)) == (1, {first})

    await join(crew, second, third)
    assert await seated(company) == {first, second, third}
    await join(crew, leave=(first, third))
    assert await seated(company) == {second}


async def test_a_person_covered_twice_is_one_seat_until_the_last_source_ends() -> None:
    company = await found_at(NOVEMBER, 1)
    one, other = await team(company, company.members, "One"), await team(company, company.members, "Other")
    done = await change_groups(company, teams=[one, other])
    assert (done.seated, await seated(company)) == (1, set(company.members))
    await delete_team(OPERATOR, one, POLICIES)
    assert await seated(company) == set(company.members)
    await delete_team(OPERATOR, other, POLICIES)
    assert await seated(company) == set()
    spans = await db.fetch(
        "SELECT unnest(range_agg(during)) FROM seat_grants WHERE organization_id = $1 GROUP BY member_id", company.id
    )
    assert len(spans) == 1


async def test_deleting_a_team_ends_its_subscription() -> None:
    company = await found_at(NOVEMBER, 2)
    crew = await team(company, company.members)
    await change_groups(company, teams=[crew])
    await delete_team(OPERATOR, crew, POLICIES)
    assert await seated(company) == set()
    row = await db.fetch_one("SELECT ended_at, ended_by FROM seat_subscriptions WHERE team_id = $1", crew)
    assert row is not None
    assert row["ended_at"] is not None
    assert row["ended_by"] == OPERATOR.name
    async with refused(ErrorCode.NOT_FOUND):
        await change_groups(company, teams=[crew])


async def test_moving_a_department_moves_the_coverage_of_everyone_in_it() -> None:
    company = await found_at(NOVEMBER, 2)
    sales = await create_department(OPERATOR, company.id, "Sales", None)
    north = await create_department(OPERATOR, company.id, "North", None)
    city = await create_department(OPERATOR, company.id, "City", north)
    await db.fetch("UPDATE members SET department_id = $2 WHERE id = ANY($1)", company.members, city)
    await change_groups(company, departments=[sales])
    assert await seated(company) == set()

    await update_department(OPERATOR, north, DepartmentUpdate(parent_id=sales), POLICIES)
    assert await seated(company) == set(company.members)
    await update_department(OPERATOR, north, DepartmentUpdate(parent_id=None), POLICIES)
    assert await seated(company) == set()


async def test_everyone_is_every_active_member_and_who_comes_later() -> None:
    company = await found_at(NOVEMBER, 2)
    done = await change_groups(company, everyone=True)
    assert done.seated == 3  # the owner too
    (late,) = await hire(company, 1)
    assert late in await seated(company)
    await deactivate_member(OPERATOR, late, POLICIES)
    assert late not in await seated(company)
    await reactivate_member(OPERATOR, late, POLICIES)
    assert late in await seated(company)


async def test_deactivating_ends_the_own_subscription_for_good() -> None:
    company = await found_at(NOVEMBER, 1)
    (member,) = company.members
    await change_groups(company, members=[member])
    await deactivate_member(OPERATOR, member, POLICIES)
    await reactivate_member(OPERATOR, member, POLICIES)
    assert await seated(company) == set()


async def test_moving_between_two_subscribed_teams_keeps_the_seat_unbroken_also_past_a_lowered_limit() -> None:
    company = await found_at(NOVEMBER, 3)
    one, other = await team(company, company.members[:2], "One"), await team(company, company.members[2:], "Other")
    await change_groups(company, teams=[one, other])
    await cap(company, 1)  # revokes nobody
    assert len(await seated(company)) == 3
    mover = company.members[0]
    await join(other, mover)
    await join(one, leave=(mover,))
    assert len(await seated(company)) == 3
    spans = await db.fetch("SELECT unnest(range_agg(during)) FROM seat_grants WHERE member_id = $1", mover)
    assert len(spans) == 1


async def test_who_joins_past_the_cap_waits_and_is_seated_by_themselves_when_that_costs_nothing() -> None:
    company = await found_at(NOVEMBER, 4)
    crew = await team(company, company.members[:2])
    await change_groups(company, teams=[crew])
    await cap(company, 2)
    third, fourth = company.members[2:]
    await join(crew, third)
    await join(crew, fourth)
    assert await waiting(company) == [(third, "SEAT_LIMIT_REACHED"), (fourth, "SEAT_LIMIT_REACHED")]
    await join(crew, leave=(company.members[0],))
    assert await seated(company) == {company.members[1], third}  # the longest waiting first
    assert await waiting(company) == [(fourth, "SEAT_LIMIT_REACHED")]
    await cap(company, None)
    assert await waiting(company) == []
    assert await seated(company) == {company.members[1], third, fourth}


async def after_the_trial(members: int) -> Company:
    """A company in January 2021, the trial over since December."""
    company = await found_at(NOVEMBER, members)
    await advance(company.clock_id, moscow("2021-01-04 12:00"))
    return company


async def test_who_waits_is_not_seated_by_themselves_where_the_amount_would_rise() -> None:
    company = await after_the_trial(8)
    crew = await team(company, company.members[:6])
    await change_groups(company, teams=[crew])
    await cap(company, 6)
    late = company.members[6]
    await join(crew, late)
    await cap(company, 20)
    assert await waiting(company) == [(late, "PEAK_WOULD_RISE")]
    await jump(company.clock_id, moscow("2021-01-04 13:00"))  # the first six are out of grace, and their peak stands
    await join(crew, leave=(company.members[0],))  # room under the peak of six
    assert await waiting(company) == []
    assert late in await seated(company)


async def test_joins_within_the_peak_wait_and_never_stay_out() -> None:
    company = await after_the_trial(9)
    careful = await team(company, company.members[:6], "Careful")
    closed = await team(company, [], "Closed")
    await change_groups(company, teams=[careful], joins=JoinsPolicy.WITHIN_PEAK)
    await change_groups(company, teams=[closed], joins=JoinsPolicy.NEVER)
    late, out = company.members[6:8]
    await join(careful, late)
    await join(closed, out)
    assert await waiting(company) == [(late, "PEAK_WOULD_RISE")]
    assert await seated(company) == set(company.members[:6])
    await jump(company.clock_id, moscow("2021-01-04 13:00"))  # out of grace
    await join(careful, leave=(company.members[0],))
    assert await seated(company) == {*company.members[1:6], late}


async def test_an_admin_seats_who_waits_after_seeing_the_price() -> None:
    company = await after_the_trial(8)
    crew = await team(company, company.members[:6])
    await change_groups(company, teams=[crew], joins=JoinsPolicy.WITHIN_PEAK)
    late = company.members[6]
    await join(crew, late)
    async with refused(ErrorCode.PREVIEW_STALE):
        await seat_waiting(OPERATOR, company.id, [late], POLICIES, expected_total=Decimal("1548.00"))
    async with refused(ErrorCode.INVALID_INPUT) as refusal:
        await seat_waiting(OPERATOR, company.id, [company.members[7], late, late], POLICIES, expected_total=None)
    assert [problem.path for problem in refusal.value.problems] == [
        ("input", "memberIds", "0"),
        ("input", "memberIds", "2"),
    ]
    done = await seat_waiting(OPERATOR, company.id, [late], POLICIES, expected_total=Decimal("1806.00"))
    assert (done.seated, done.waiting, await waiting(company)) == (1, 0, [])
    assert late in await seated(company)


async def test_the_budget_refuses_what_would_raise_the_amount_past_it() -> None:
    company = await after_the_trial(9)
    await change_groups(company, members=company.members[:6])
    await budget(company, "1548.00")
    async with refused_by_limit(ErrorCode.BUDGET_REACHED, 7):
        await change_groups(company, members=[company.members[6]])
    await change_groups(company, unsubscribe=[company.members[0]], members=[company.members[6]])
    crew = await team(company, [])
    await change_groups(company, teams=[crew])
    await join(crew, company.members[7])
    assert await waiting(company) == [(company.members[7], "BUDGET_REACHED")]
    await budget(company, "99999.00")
    assert await waiting(company) == [(company.members[7], "PEAK_WOULD_RISE")]


async def test_the_own_cap_refuses_the_whole_change_and_a_replacement_within_it_passes() -> None:
    company = await found_at(NOVEMBER, 4)
    await cap(company, 2)
    async with refused_by_limit(ErrorCode.SEAT_LIMIT_REACHED, 3):
        await change_groups(company, members=company.members[:3])
    await change_groups(company, members=company.members[:2])
    await change_groups(company, unsubscribe=company.members[:1], members=company.members[2:3])
    assert await seated(company) == set(company.members[1:3])


async def test_a_contract_says_otherwise_than_500() -> None:
    company = await found_at(NOVEMBER, 502)
    await change_groups(company, members=company.members[:500])
    async with refused_by_limit(ErrorCode.CONTRACT_REQUIRED, 501):
        await change_groups(company, members=company.members[500:501])
    await set_contract(OPERATOR, company.id, 501, Month(2020, 11), Month(2020, 11), POLICIES)
    await change_groups(company, members=company.members[500:501])
    async with refused_by_limit(ErrorCode.CONTRACT_REQUIRED, 502):
        await change_groups(company, members=company.members[501:])
    await jump(company.clock_id, moscow("2020-12-01 00:00"))
    async with refused_by_limit(ErrorCode.CONTRACT_REQUIRED, 502):
        await change_groups(company, members=company.members[501:])


async def test_the_eleventh_grant_of_a_month_is_churn_and_the_next_month_forgets_it() -> None:
    company = await after_the_trial(2)
    (member, other) = company.members
    for _ in range(10):
        await change_groups(company, members=[member])
        await change_groups(company, unsubscribe=[member])
    async with refused(ErrorCode.SEAT_CHURN) as refusal:
        await change_groups(company, members=[other, member])
    assert [problem.path for problem in refusal.value.problems] == [("input", "subscribe", "1")]
    crew = await team(company, [other])
    await change_groups(company, teams=[crew])
    await join(crew, member)
    assert await waiting(company) == [(member, "SEAT_CHURN")]

    await advance(company.clock_id, moscow("2021-02-01 00:00") + timedelta(minutes=31))
    assert await waiting(company) == []
    assert await seated(company) == {member, other}


async def test_a_seat_carried_into_the_month_is_not_granted_in_it_however_its_sources_change() -> None:
    company = await after_the_trial(1)
    (member,) = company.members
    crew = await team(company, [member])
    await change_groups(company, teams=[crew])
    await advance(company.clock_id, moscow("2021-02-02 12:00"))
    for _ in range(10):  # a second source of the one seat, which goes on all the while
        await change_groups(company, members=[member])
        await change_groups(company, unsubscribe=[member])
    await join(crew, leave=(member,))
    await change_groups(company, members=[member])
    assert await seated(company) == {member}
