"""A whole change taken back within the grace, as one change (R3.12)."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from app import db
from app.domain.errors import ErrorCode
from app.domain.paging import EVERYTHING
from app.domain.policies import Policies
from app.domain.seat_change import JoinsPolicy
from app.domain.unset import UNSET
from app.memberships.teams import TeamUpdate, create_team, update_team
from app.seats.changing import change_seats
from app.seats.limits import OrganizationUpdate, update_organization
from app.seats.month import price_current_month
from app.seats.queries import list_spans
from app.seats.service import RequestedChange
from app.seats.subjects import SubjectReference
from app.seats.undo import undo_change
from app.seats.waiting import seat_waiting
from tests.factories import (
    GRACE,
    NOVEMBER,
    OPERATOR,
    POLICIES,
    Company,
    advance,
    change,
    change_groups,
    found_at,
    jump,
    moscow,
    refused,
    refused_by_limit,
    someone_in,
)

pytestmark = pytest.mark.usefixtures("clean_database")


async def seated(company: Company) -> set[UUID]:
    rows = await db.fetch(
        "SELECT DISTINCT member_id FROM seat_grants WHERE organization_id = $1 AND upper_inf(during)", company.id
    )
    return {row["member_id"] for row in rows}


async def test_what_it_began_ends_and_what_it_ended_begins_anew() -> None:
    company = await found_at(NOVEMBER, 3)
    first, second, third = company.members
    await change(company, subscribe=[first])
    done = await change(company, unsubscribe=[first], subscribe=[second, third])
    back = await undo_change(OPERATOR, done.change_id, POLICIES)
    assert (back.seated, back.unseated) == (1, 2)
    assert await seated(company) == {first}

    again = await undo_change(OPERATOR, back.change_id, POLICIES)  # an undo is a change like any other
    assert (again.seated, again.unseated) == (2, 1)
    assert await seated(company) == {second, third}


async def test_an_undone_grant_is_forgiven() -> None:
    company = await found_at(NOVEMBER, 1)
    await advance(company.clock_id, moscow("2021-01-04 12:00"))
    done = await change(company, subscribe=company.members)
    await undo_change(OPERATOR, done.change_id, POLICIES)
    (span,) = await list_spans(company.id, [], GRACE, EVERYTHING, within=None, member_ids=None)
    assert not span.is_counted


async def test_a_group_comes_back_with_its_joins_policy_and_whoever_is_in_it_by_then() -> None:
    company = await found_at(NOVEMBER, 2)
    crew = await create_team(OPERATOR, company.id, "Crew", company.members[:1], POLICIES)
    await change_groups(company, teams=[crew])
    row = await db.fetch_one("SELECT id FROM seat_subscriptions WHERE team_id = $1", crew)
    assert row is not None
    everyone = await change_groups(company, everyone=True)
    await update_team(OPERATOR, crew, TeamUpdate(add=company.members[1:]), POLICIES)
    await undo_change(OPERATOR, everyone.change_id, POLICIES)
    assert await seated(company) == set(company.members)


async def test_it_can_be_undone_until_the_grace_is_over_that_instant_included() -> None:
    company = await found_at(NOVEMBER, 2)
    done = await change(company, subscribe=company.members)
    await jump(company.clock_id, done.at + GRACE + timedelta(microseconds=1))
    async with refused(ErrorCode.UNDO_EXPIRED):
        await undo_change(OPERATOR, done.change_id, POLICIES)
    await jump(company.clock_id, done.at + GRACE)
    await undo_change(OPERATOR, done.change_id, POLICIES)
    assert await seated(company) == set()


async def test_what_others_changed_since_is_left_as_it_is() -> None:
    company = await found_at(NOVEMBER, 3)
    first, second, third = company.members
    await change(company, subscribe=[third])
    done = await change(company, subscribe=[first, second], unsubscribe=[third])
    await change(company, unsubscribe=[first], subscribe=[third])
    await undo_change(OPERATOR, done.change_id, POLICIES)
    assert await seated(company) == {third}


async def test_a_change_is_undone_once_and_not_at_all_without_a_grace() -> None:
    company = await found_at(NOVEMBER, 1)
    done = await change(company, subscribe=company.members)
    async with refused(ErrorCode.UNDO_EXPIRED):
        await undo_change(OPERATOR, done.change_id, Policies(grace=timedelta(0)))
    await undo_change(OPERATOR, done.change_id, POLICIES)
    async with refused(ErrorCode.UNDO_EXPIRED):
        await undo_change(OPERATOR, done.change_id, POLICIES)


async def test_a_change_of_which_nothing_is_left_cannot_be_undone() -> None:
    company = await found_at(NOVEMBER, 1)
    done = await change(company, subscribe=company.members)
    await change(company, unsubscribe=company.members)
    async with refused(ErrorCode.UNDO_EXPIRED):
        await undo_change(OPERATOR, done.change_id, POLICIES)


async def test_a_change_of_another_organization_is_not_there() -> None:
    company, other = await found_at(NOVEMBER, 1), await found_at(NOVEMBER, 1)
    done = await change(company, subscribe=company.members)
    stranger = someone_in([other.id])
    async with refused(ErrorCode.NOT_FOUND):
        await undo_change(stranger, done.change_id, POLICIES)
    async with refused(ErrorCode.NOT_FOUND):
        await undo_change(OPERATOR, uuid4(), POLICIES)


async def six_and_one_who_joined(joins: JoinsPolicy) -> tuple[Company, UUID, UUID]:
    """In January: a team of six that is subscribed, out of grace, its id, and a seventh who joined later."""
    company = await found_at(NOVEMBER, 7)
    await advance(company.clock_id, moscow("2021-01-04 12:00"))
    crew = await create_team(OPERATOR, company.id, "Crew", company.members[:6], POLICIES)
    await change_groups(company, teams=[crew], joins=joins)
    await jump(company.clock_id, moscow("2021-01-04 13:00"))
    await update_team(OPERATOR, crew, TeamUpdate(add=company.members[6:]), POLICIES)
    return company, crew, company.members[6]


async def end(company: Company, team_id: UUID) -> UUID:
    reference = SubjectReference(("input", "unsubscribe", "0"), team_id=team_id)
    requested = RequestedChange([], [reference], JoinsPolicy.ALWAYS, skip_already_subscribed=False, expected_total=None)
    return (await change_seats(OPERATOR, company.id, requested, POLICIES)).change_id


async def waiting(company: Company) -> list[tuple[UUID, str]]:
    rows = await db.fetch("SELECT member_id, reason FROM seat_waits WHERE organization_id = $1", company.id)
    return [(row["member_id"], row["reason"]) for row in rows]


async def test_who_never_sat_is_not_seated_by_an_undo() -> None:
    company, crew, outsider = await six_and_one_who_joined(JoinsPolicy.NEVER)
    back = await undo_change(OPERATOR, await end(company, crew), POLICIES)
    assert (back.seated, outsider in await seated(company), await waiting(company)) == (6, False, [])


async def test_who_waited_waits_again_after_an_undo() -> None:
    company, crew, late = await six_and_one_who_joined(JoinsPolicy.WITHIN_PEAK)
    assert await waiting(company) == [(late, "PEAK_WOULD_RISE")]
    back = await undo_change(OPERATOR, await end(company, crew), POLICIES)
    assert (back.seated, len(await seated(company)), await waiting(company)) == (6, 6, [(late, "PEAK_WOULD_RISE")])


async def test_seating_people_who_waited_can_be_undone_and_costs_nothing() -> None:
    company, _, late = await six_and_one_who_joined(JoinsPolicy.WITHIN_PEAK)
    done = await seat_waiting(OPERATOR, company.id, [late], POLICIES, expected_total=None)
    assert late in await seated(company)
    back = await undo_change(OPERATOR, done.change_id, POLICIES)
    assert (back.unseated, await waiting(company)) == (1, [(late, "PEAK_WOULD_RISE")])
    total = (await price_current_month((await company.facts()), back.at, POLICIES)).draft.total
    assert str(total.amount) == "1548.00"


async def test_whoever_got_the_freed_seat_gives_it_back() -> None:
    company, crew, late = await six_and_one_who_joined(JoinsPolicy.WITHIN_PEAK)
    owner = (await db.fetch("SELECT id FROM members WHERE role = 'OWNER'"))[0]["id"]
    await change(company, subscribe=[owner])
    await jump(company.clock_id, moscow("2021-01-04 14:00"))
    freed = await change(company, unsubscribe=[owner])  # the one who waits takes the seat, under the peak of seven
    assert late in await seated(company)
    await undo_change(OPERATOR, freed.change_id, POLICIES)
    assert await seated(company) == {*company.members[:6], owner}
    assert await waiting(company) == [(late, "PEAK_WOULD_RISE")]
    assert crew is not None


async def test_an_undo_that_passes_a_limit_by_now_is_refused() -> None:
    company, crew, _ = await six_and_one_who_joined(JoinsPolicy.NEVER)
    ended = await end(company, crew)
    await update_organization(OPERATOR, company.id, OrganizationUpdate(UNSET, UNSET, 5, UNSET), POLICIES)
    async with refused_by_limit(ErrorCode.SEAT_LIMIT_REACHED, 6):
        await undo_change(OPERATOR, ended, POLICIES)


async def test_what_follows_from_a_change_of_people_is_no_change_to_be_undone() -> None:
    company = await found_at(NOVEMBER, 2)
    crew = await create_team(OPERATOR, company.id, "Crew", company.members[:1], POLICIES)
    await change_groups(company, teams=[crew])
    await update_team(OPERATOR, crew, TeamUpdate(add=company.members[1:]), POLICIES)
    row = await db.fetch_one("SELECT id FROM seat_changes WHERE description = 'joined a team'")
    assert row is not None
    async with refused(ErrorCode.NOT_FOUND):
        await undo_change(OPERATOR, row["id"], POLICIES)
