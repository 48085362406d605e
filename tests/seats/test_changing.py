"""Changes of a few people, which are decided before anything is written, are what changes of many are."""

import random
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

import pytest

from app import db
from app.domain.actor import Permission, Role
from app.domain.errors import DomainError, ErrorCode
from app.domain.period import Month
from app.domain.seat_change import JoinsPolicy
from app.domain.seating import SEAT_LIMIT
from app.memberships.departments import create_department
from app.memberships.invitations import invite_members
from app.memberships.invitees import Invitee
from app.memberships.members import deactivate_member
from app.memberships.teams import TeamUpdate, create_team, update_team
from app.organizations.service import lock_organization, record
from app.seats.changing import MOST, change_seats
from app.seats.limits import set_contract
from app.seats.service import RequestedChange, SeatsChanged, change_locked_seats
from app.seats.subjects import SubjectReference
from tests.factories import NOVEMBER, OPERATOR, POLICIES, Company, change, change_groups, found_at, jump

pytestmark = pytest.mark.usefixtures("clean_database")

Outcome = tuple[Any, ...]
LEDGER = (
    """
    SELECT seat.member_id::text, coalesce(own.member_id, own.team_id, own.department_id, own.organization_id)::text,
           own.created_at, seat.during, granted.at AS granted_at, revoked.at AS revoked_at
    FROM seat_grants AS seat JOIN seat_subscriptions AS own ON own.id = seat.subscription_id
    JOIN seat_changes AS granted ON granted.id = seat.granted_by_id
    LEFT JOIN seat_changes AS revoked ON revoked.id = seat.revoked_by_id
    ORDER BY 1, 2, 3, lower(during)
    """,
    """
    SELECT coalesce(own.member_id, own.team_id, own.department_id, own.organization_id)::text, own.joins,
           own.created_at, own.created_by, own.ended_at, own.ended_by, begun.at AS begun_at, over.at AS over_at
    FROM seat_subscriptions AS own LEFT JOIN seat_changes AS begun ON begun.id = own.started_by_id
    LEFT JOIN seat_changes AS over ON over.id = own.ended_by_change_id ORDER BY 1, 3
    """,
    "SELECT organization_id, at, actor, description, is_explicit FROM seat_changes ORDER BY at",
    "SELECT subscription_id, member_id, since, reason FROM seat_waits ORDER BY 1, 2",
    """
    SELECT sequence, at, type, payload - 'startedSubscriptionIds' - 'endedSubscriptionIds' - 'changeId' AS payload,
           jsonb_array_length(payload -> 'startedSubscriptionIds') AS started,
           jsonb_array_length(payload -> 'endedSubscriptionIds') AS ended
    FROM events WHERE type LIKE 'seats.%' ORDER BY sequence
    """,
)


async def change_as_many(company: Company, requested: RequestedChange) -> SeatsChanged:
    """As a change is made that cannot be foreseen."""
    organization = await lock_organization(OPERATOR, company.id, Permission.SEAT_MANAGE)
    changed, changes = await change_locked_seats(OPERATOR, organization, requested, POLICIES)
    await record(OPERATOR, organization, *changes)
    return changed


async def outcome_of(make: Callable[[], Awaitable[SeatsChanged]]) -> Outcome:
    """What is answered, and what the ledger and the events are after it; or why it is refused."""
    try:
        done = await make()
    except DomainError as error:
        return error.code, error.message, tuple(error.problems)
    ledger = [await db.fetch(sql) for sql in LEDGER]
    return done.at, done.seated, done.unseated, done.waiting, done.is_something, ledger


async def tried(company: Company, requested: RequestedChange) -> Outcome:
    found: list[Outcome] = []
    async with db.in_dry_run():
        found.append(await outcome_of(partial(change_as_many, company, requested)))
    return found[0]


async def company_of_all_kinds() -> tuple[Company, list[UUID], list[UUID]]:
    """People who are covered by nothing, by teams, by a department that seats nobody and by both; a robot, someone
    invited and someone deactivated."""
    company = await found_at(NOVEMBER, 3)
    department = await create_department(OPERATOR, company.id, "Sales", None)
    others = [
        Invitee("in@x.example", "In", None, Role.MEMBER, True, department_id=department),
        Invitee("both@x.example", "Both", None, Role.MEMBER, True, department_id=department),
        Invitee("robot@x.example", "Robot", None, Role.MEMBER, True, is_robot=True),
        Invitee("invited@x.example", "Invited", None, Role.MEMBER, False),
        Invitee("gone@x.example", "Gone", None, Role.MEMBER, True),
    ]
    more = (await invite_members(OPERATOR, company.id, others, POLICIES)).member_ids
    await deactivate_member(OPERATOR, more[-1], POLICIES)
    first = await create_team(OPERATOR, company.id, "First", [company.members[1], more[1]], POLICIES)
    second = await create_team(OPERATOR, company.id, "Second", [company.members[1]], POLICIES)
    await change_groups(company, teams=[first, second])
    await change_groups(company, departments=[department], joins=JoinsPolicy.NEVER)
    return company, [*company.members, *more], [first, second]


async def request(chance: random.Random, company: Company, people: list[UUID]) -> RequestedChange:
    """Mostly one that can be made."""
    rows = await db.fetch(
        "SELECT member_id FROM seat_subscriptions WHERE organization_id = $1 AND ended_at IS NULL", company.id
    )
    own = sorted({row["member_id"] for row in rows if row["member_id"] is not None})

    def some(where: str, among: list[UUID]) -> list[SubjectReference]:
        among = among if among and chance.random() < 0.8 else people
        named = chance.sample(among, k=min(len(among), chance.choice([0, 1, 1, 2, 3])))
        named += named[:1] if chance.random() < 0.1 else []
        return [SubjectReference(("input", where, str(place)), member_id=one) for place, one in enumerate(named)]

    subscribe = some("subscribe", [one for one in people[:-1] if one not in own])
    return RequestedChange(
        subscribe, some("unsubscribe", own), chance.choice(list(JoinsPolicy)), chance.random() < 0.7, None
    )


async def move_someone(chance: random.Random, people: list[UUID], teams: list[UUID]) -> None:
    one, team = chance.choice(people[:5]), chance.choice(teams)
    update = TeamUpdate(add=[one]) if chance.random() < 0.5 else TeamUpdate(remove=[one])
    with suppress(DomainError):  # who is in it, or not
        await update_team(OPERATOR, team, update, POLICIES)


@pytest.mark.parametrize("seed", range(4))
async def test_a_foreseen_change_leaves_what_one_that_is_not_foreseen_leaves(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - chosen alike in every run
    company, people, teams = await company_of_all_kinds()
    made = 0
    for number in range(40):
        requested = await request(chance, company, people)
        expected = await tried(company, requested)
        assert await outcome_of(partial(change_seats, OPERATOR, company.id, requested, POLICIES)) == expected
        made += len(expected) > 3
        if number % 4 == 0:
            await move_someone(chance, people, teams)
        if number % 5 == 0:
            await jump(company.clock_id, (await company.facts()).now + timedelta(minutes=7))
    assert made >= 10


async def no_contract(_: Company) -> int:
    return SEAT_LIMIT


async def contract(company: Company) -> int:
    """The one for this month that was recorded last."""
    await set_contract(OPERATOR, company.id, 7, Month(2020, 11), None, POLICIES)
    await set_contract(OPERATOR, company.id, 8, Month(2020, 11), None, POLICIES)
    await set_contract(OPERATOR, company.id, 9, Month(2020, 12), None, POLICIES)
    return 8


async def no_payer(company: Company) -> int:
    await db.fetch("DELETE FROM billing_profiles WHERE organization_id = $1", company.id)
    return 5


@pytest.mark.parametrize(
    ("bound", "code", "recorded"),
    [
        (no_contract, ErrorCode.CONTRACT_REQUIRED, ["seats.requested"]),
        (contract, ErrorCode.CONTRACT_REQUIRED, ["seats.requested"]),
        (no_payer, ErrorCode.BILLING_PROFILE_REQUIRED, []),
    ],
)
async def test_a_limit_refuses_a_foreseen_change_as_any_other(
    bound: Callable[[Company], Awaitable[int]], code: ErrorCode, recorded: list[str]
) -> None:
    company = await found_at(NOVEMBER, 501)
    most = await bound(company)
    for first in range(0, most, MOST):
        await change(company, subscribe=company.members[first : min(first + MOST, most)])
    requested = RequestedChange(
        [SubjectReference(("input", "subscribe", "0"), member_id=company.members[most])],
        [],
        JoinsPolicy.ALWAYS,
        False,
        None,
    )
    expected = await tried(company, requested)
    before = [await db.fetch(sql) for sql in LEDGER]
    assert expected[0] is code
    assert await outcome_of(partial(change_seats, OPERATOR, company.id, requested, POLICIES)) == expected
    after = [await db.fetch(sql) for sql in LEDGER]
    assert after[:4] == before[:4]
    assert [one["type"] for one in after[4][len(before[4]) :]] == recorded
