"""What members hear of their own access among events that they may not see, and nobody else hears (R2.3, R8.1)."""

from contextlib import aclosing
from uuid import UUID, uuid4

import pytest

from app import db
from app.billing.overdue import suspend_overdue
from app.delivery.live import BATCH, EventRow, Listener, listen
from app.domain.actor import Actor, Permission, Role, system
from app.domain.event_types import ACCESS_CHANGED
from app.domain.roles import api_key, member, partner
from app.domain.seat_change import JoinsPolicy
from app.domain.unset import UNSET
from app.memberships.departments import create_department
from app.memberships.invitations import invite_members
from app.memberships.invitees import Invitee
from app.memberships.members import MemberUpdate, update_member
from app.memberships.teams import TeamUpdate, create_team, update_team
from app.retention.life import close_organization, reopen_organization
from app.seats.limits import OrganizationUpdate, update_organization
from app.seats.undo import undo_change
from app.seats.waiting import seat_waiting
from tests.billing.paying import DECEMBER_DUE, owing, pay
from tests.factories import (
    NOVEMBER,
    OPERATOR,
    POLICIES,
    Company,
    change,
    change_groups,
    found_at,
    hire,
    jump,
    someone_in,
)

pytestmark = pytest.mark.usefixtures("clean_database")


def a_member(company: Company, place: int = 0) -> Actor:
    return member(company.members[place], company.id, Role.MEMBER, "request-of-a-test")


async def heard(company: Company, actor: Actor, after: int = 0) -> list[EventRow]:
    """Everything that an actor is told after a number, up to a team that everyone hears of."""

    async def who() -> Actor:
        return actor

    await create_team(OPERATOR, company.id, f"Team {uuid4()}", [], POLICIES)
    last = await head(company)
    told = []
    async with aclosing(await listen(Listener(who, 60), actor, company.id, after)) as stream:
        async for one in stream:
            told.append(one.event)
            if one.event.sequence == last:
                break
    return told[:-1]


async def head(company: Company) -> int:
    row = await db.fetch_one("SELECT sequence FROM organizations WHERE id = $1", company.id)
    assert row is not None
    sequence: int = row["sequence"]
    return sequence


async def own(company: Company, actor: Actor, after: int = 0) -> list[str]:
    """The types of the events instead of which the actor is told that their access changed, by number and instant."""
    rows = await db.fetch("SELECT sequence, at, type FROM events WHERE organization_id = $1", company.id)
    types = {(row["sequence"], row["at"]): row["type"] for row in rows}
    told = [one for one in await heard(company, actor, after) if one.type == ACCESS_CHANGED]
    assert [one.payload for one in told] == [{} for _ in told]
    return [types[one.sequence, one.at] for one in told]


async def cap(company: Company, seats: int | None) -> None:
    await update_organization(OPERATOR, company.id, OrganizationUpdate(UNSET, UNSET, seats, UNSET), POLICIES)


async def join(team_id: UUID, *members: UUID, leave: tuple[UUID, ...] = ()) -> None:
    await update_team(OPERATOR, team_id, TeamUpdate(add=members, remove=leave), POLICIES)


async def test_a_member_hears_of_their_own_seat_given_and_taken_and_of_nobody_elses() -> None:
    company = await found_at(NOVEMBER, 3)
    one, another, third = company.members
    await change(company, subscribe=[one, another])
    await change(company, unsubscribe=[another])
    await change(company, unsubscribe=[one], subscribe=[third])

    assert await own(company, a_member(company, 0)) == ["seats.changed", "seats.changed"]
    assert await own(company, a_member(company, 1)) == ["seats.changed", "seats.changed"]
    assert await own(company, a_member(company, 2)) == ["seats.changed"]
    everything = [one.type for one in await heard(company, a_member(company, 2)) if one.type != "team.created"]
    assert everything == ["organization.created", "tracker.activated", "members.invited", "access.changed"]


async def test_of_events_at_one_instant_those_are_told_that_were_about_them() -> None:
    company = await found_at(NOVEMBER, 2)
    one, another = company.members
    crew = await create_team(OPERATOR, company.id, "Crew", [another], POLICIES)
    await change_groups(company, teams=[crew])
    before = await head(company)
    await join(crew, one)
    rows = await db.fetch(
        "SELECT type, at FROM events WHERE organization_id = $1 AND sequence > $2 ORDER BY sequence", company.id, before
    )
    assert [row["type"] for row in rows] == ["team.updated", "seats.settled"]
    assert len({row["at"] for row in rows}) == 1

    assert [told.type for told in await heard(company, a_member(company), before)] == ["team.updated", "access.changed"]
    told = await heard(company, a_member(company, 1), before)
    assert [one.type for one in told if one.type != "team.created"] == ["team.updated"]


async def test_a_member_hears_of_a_seat_through_a_team_and_a_department_and_of_each_that_ends() -> None:
    company = await found_at(NOVEMBER, 2)
    one, _ = company.members
    crew = await create_team(OPERATOR, company.id, "Crew", [], POLICIES)
    office = await create_department(OPERATOR, company.id, "Office", None)
    below = await create_department(OPERATOR, company.id, "Below", office)
    await change_groups(company, teams=[crew], departments=[office])
    await join(crew, one)
    await update_member(OPERATOR, one, MemberUpdate(UNSET, UNSET, UNSET, below), POLICIES)
    await join(crew, leave=(one,))
    await update_member(OPERATOR, one, MemberUpdate(UNSET, UNSET, UNSET, None), POLICIES)

    # Who is seated already gets a second source, and who keeps a source keeps the seat: of that there is no event.
    assert await own(company, a_member(company)) == ["seats.settled", "seats.settled"]
    assert await own(company, a_member(company, 1)) == []


async def test_a_member_hears_that_their_source_is_another_though_the_seat_goes_on() -> None:
    company = await found_at(NOVEMBER, 1)
    await change(company, subscribe=company.members)
    await change_groups(company, everyone=True, unsubscribe=company.members)
    assert await own(company, a_member(company)) == ["seats.changed", "seats.changed"]


async def test_a_member_hears_when_they_begin_to_wait_and_when_there_is_room() -> None:
    company = await found_at(NOVEMBER, 1)
    await cap(company, 2)
    await change_groups(company, everyone=True)
    for _ in range(2):  # one after another, so that the first waits the longest
        company.members.extend(await hire(company, 1))
    assert await own(company, a_member(company, 1)) == ["seats.settled"]  # began to wait
    before = await head(company)

    await cap(company, 3)
    assert await own(company, a_member(company, 1), before) == ["seats.settled"]
    assert await own(company, a_member(company, 2), before) == []

    await cap(company, 4)
    assert await own(company, a_member(company, 1), before) == ["seats.settled"]
    assert await own(company, a_member(company, 2), before) == ["seats.settled"]


async def test_a_member_whom_an_admin_seats_out_of_the_line_hears_it_alone() -> None:
    company = await found_at(NOVEMBER, 0)
    await jump(company.clock_id, NOVEMBER.replace(month=12, day=20))
    await change_groups(company, everyone=True, joins=JoinsPolicy.WITHIN_PEAK)
    company.members.extend(await hire(company, 7))
    before = await head(company)
    waiting = await db.fetch("SELECT member_id FROM seat_waits ORDER BY member_id")
    chosen, other = (company.members.index(row["member_id"]) for row in waiting[:2])

    await seat_waiting(OPERATOR, company.id, [company.members[chosen]], POLICIES, expected_total=None)

    assert await own(company, a_member(company, chosen), before) == ["seats.waiting_seated"]
    assert await own(company, a_member(company, other), before) == []


async def test_a_member_hears_that_they_wait_no_more_though_they_never_had_a_seat() -> None:
    company = await found_at(NOVEMBER, 2)
    await cap(company, 1)
    crew = await create_team(OPERATOR, company.id, "Crew", [], POLICIES)
    done = await change_groups(company, teams=[crew])
    company.members.extend(await hire(company, 1))
    await change(company, subscribe=[company.members[2]])
    before = await head(company)
    await join(crew, company.members[0])
    assert await own(company, a_member(company), before) == ["seats.settled"]
    before = await head(company)

    await undo_change(OPERATOR, done.change_id, POLICIES)

    assert await db.count("SELECT 1 FROM seat_waits") == 0
    assert await own(company, a_member(company), before) == ["seats.change_undone"]
    assert await own(company, a_member(company, 1), before) == []
    assert await own(company, a_member(company, 2), before) == []


async def test_an_undone_change_is_heard_by_whom_it_was_about() -> None:
    company = await found_at(NOVEMBER, 2)
    done = await change(company, subscribe=company.members[:1])
    await undo_change(OPERATOR, done.change_id, POLICIES)
    assert await own(company, a_member(company)) == ["seats.changed", "seats.change_undone"]
    assert await own(company, a_member(company, 1)) == []


async def test_whoever_comes_back_hears_from_each_number_what_they_heard_at_first() -> None:
    company = await found_at(NOVEMBER, 2)
    await change(company, subscribe=company.members[:1])
    for _ in range(2):
        await change(company, unsubscribe=company.members[:1])
        await change(company, subscribe=company.members[:1])
    last = await head(company)
    actor = a_member(company)
    at_first = [told for told in await heard(company, actor) if told.sequence <= last]
    assert [told.type for told in at_first].count(ACCESS_CHANGED) == 5
    for after in range(last + 1):
        again = [told for told in await heard(company, actor, after) if told.sequence <= last]
        assert again == [told for told in at_first if told.sequence > after]


async def test_everyone_hears_that_their_data_are_kept_as_the_organization_first_subscribes() -> None:
    company = await found_at(NOVEMBER, 3)
    await jump(company.clock_id, NOVEMBER.replace(month=12, day=20))
    before = await head(company)
    await change(company, subscribe=company.members[:1])
    await change(company, subscribe=company.members[1:2])
    assert await own(company, a_member(company, 2), before) == ["seats.changed"]
    assert await own(company, a_member(company, 1), before) == ["seats.changed", "seats.changed"]


async def test_a_subscription_of_the_trial_that_goes_on_is_no_news_to_others_after_it() -> None:
    company = await found_at(NOVEMBER, 3)
    await change(company, subscribe=company.members[:1])
    await jump(company.clock_id, NOVEMBER.replace(month=12, day=20))
    await change(company, subscribe=company.members[1:2])
    assert await own(company, a_member(company, 2)) == []


async def test_a_suspension_is_heard_by_every_member_as_it_begins_and_ends() -> None:
    company = await owing(seats=6)
    company.members.extend(await hire(company, 1))  # without a seat: of them too their reason is another
    await jump(company.clock_id, DECEMBER_DUE)
    before = await head(company)
    assert await suspend_overdue(system("overdue"), [company.id], during_advance=False) == 1
    await pay(company, "1548.00")
    for place in (0, 6):
        told = await own(company, a_member(company, place), before)
        assert told == ["organization.suspended", "organization.resumed"]


async def test_a_closing_and_a_reopening_are_seen_by_everyone_as_they_are() -> None:
    company = await found_at(NOVEMBER, 1)
    before = await head(company)
    await close_organization(OPERATOR, company.id)
    await reopen_organization(OPERATOR, company.id, POLICIES)
    told = await heard(company, a_member(company), before)
    assert [one.type for one in told] == ["organization.closed", "organization.reopened"]


async def test_operators_partners_robots_and_who_sees_seats_hear_what_they_heard_before() -> None:
    company = await found_at(NOVEMBER, 1)
    invitee = Invitee("robot@people.example", "Robot", None, Role.MEMBER, True, is_robot=True)
    (robot,) = (await invite_members(OPERATOR, company.id, [invitee], POLICIES)).member_ids
    before = await head(company)
    await change(company, subscribe=[*company.members, robot])
    seeing = frozenset({Permission.MEMBER_VIEW, Permission.SEAT_VIEW})
    blind = frozenset({Permission.MEMBER_VIEW})
    key = uuid4()

    async def told_to(actor: Actor) -> list[str]:
        return [one.type for one in await heard(company, actor, before) if one.type != "team.created"]

    assert await told_to(OPERATOR) == ["seats.changed"]
    assert await told_to(member(company.members[0], company.id, Role.ADMIN, "request")) == ["seats.changed"]
    assert await told_to(someone_in([company.id], seeing)) == ["seats.changed"]
    assert await told_to(partner(key, [company.id], blind, "request", None)) == []
    assert await told_to(api_key(key, company.id, (robot, Role.MEMBER), blind, "request", None)) == []
    own_key = api_key(key, company.id, (company.members[0], Role.MEMBER), blind, "request", None)
    assert await told_to(own_key) == ["access.changed"]  # a key acts as who made it (R2.4)


async def test_what_is_their_own_is_one_statement_for_a_batch_and_none_for_who_sees_it_all() -> None:
    company = await found_at(NOVEMBER, 2)
    for _ in range(4):
        await change(company, subscribe=company.members[:1])
        await change(company, unsubscribe=company.members[:1])
    await heard(company, OPERATOR)
    assert await head(company) < BATCH
    statements = {}
    for name, actor in {
        "operator": OPERATOR,
        "admin": member(company.members[0], company.id, Role.ADMIN, "request"),
        "member": a_member(company),
        "other": a_member(company, 1),
    }.items():
        with db.counted_statements() as run:
            await heard(company, actor)
        statements[name] = [sql for sql in run if "wait_member_ids" in sql]
    counts = {name: len(found) for name, found in statements.items()}
    assert counts == {"operator": 0, "admin": 0, "member": 1, "other": 1}
