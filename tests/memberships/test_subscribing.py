"""Subscribing someone whom nobody knows yet invites them in the same step (R3.9)."""

import pytest

from app import db
from app.domain.actor import Role
from app.domain.errors import ErrorCode
from app.domain.roles import member
from app.domain.seat_change import JoinsPolicy
from app.memberships.invitations import accept_invitation
from app.memberships.subscribing import Subscribed, change_seats_and_invite
from app.seats.queries import count_seats
from app.seats.service import RequestedChange
from app.seats.subjects import SubjectReference
from tests.factories import NOVEMBER, OPERATOR, POLICIES, Company, found_at, refused

pytestmark = pytest.mark.usefixtures("clean_database")


async def subscribe(company: Company, *emails: str) -> Subscribed:
    references = [SubjectReference(("input", "subscribe", str(place)), email=one) for place, one in enumerate(emails)]
    requested = RequestedChange(references, [], JoinsPolicy.ALWAYS, skip_already_subscribed=False, expected_total=None)
    return await change_seats_and_invite(OPERATOR, company.id, requested, POLICIES)


async def test_they_are_invited_and_subscribed_and_take_a_seat_once_they_accept() -> None:
    company = await found_at(NOVEMBER)
    done = await subscribe(company, "new@people.example", "owner@romashka.example")
    assert (done.changed.seated, len(done.invitations)) == (1, 1)
    row = await db.fetch_one("SELECT id, name, status FROM members WHERE email = 'new@people.example'")
    assert row is not None
    assert (row["id"], row["status"]) == (done.invitations[0].member_id, "INVITED")

    await accept_invitation(None, done.invitations[0].token, POLICIES)
    assert await count_seats(company.id) == 2


async def test_one_instant_and_one_record_of_each() -> None:
    company = await found_at(NOVEMBER)
    await subscribe(company, "new@people.example")
    rows = await db.fetch(
        "SELECT type, at FROM events WHERE organization_id = $1 ORDER BY sequence DESC LIMIT 2", company.id
    )
    assert [row["type"] for row in rows] == ["seats.changed", "members.invited"]
    assert rows[0]["at"] == rows[1]["at"]


async def test_what_is_no_address_is_a_problem_and_nobody_is_invited() -> None:
    company = await found_at(NOVEMBER)
    async with refused(ErrorCode.INVALID_INPUT) as refusal:
        await subscribe(company, "new@people.example", "nonsense", "also nonsense")
    assert [problem.path[-1] for problem in refusal.value.problems] == ["1", "2"]


async def test_the_same_address_twice_in_any_case_is_one_invitation_too_many() -> None:
    company = await found_at(NOVEMBER)
    async with refused(ErrorCode.INVALID_INPUT):
        await subscribe(company, "new@people.example", "NEW@people.example")


async def test_unsubscribing_an_unknown_address_is_not_found() -> None:
    company = await found_at(NOVEMBER)
    reference = SubjectReference(("input", "unsubscribe", "0"), email="new@people.example")
    requested = RequestedChange([], [reference], JoinsPolicy.ALWAYS, skip_already_subscribed=False, expected_total=None)
    async with refused(ErrorCode.NOT_FOUND):
        await change_seats_and_invite(OPERATOR, company.id, requested, POLICIES)


async def test_a_billing_manager_neither_subscribes_nor_invites() -> None:
    company = await found_at(NOVEMBER, 1)
    actor = member(company.members[0], company.id, Role.BILLING_MANAGER, "request")
    reference = SubjectReference(("input", "subscribe", "0"), email="new@people.example")
    requested = RequestedChange([reference], [], JoinsPolicy.ALWAYS, skip_already_subscribed=False, expected_total=None)
    async with refused(ErrorCode.FORBIDDEN):
        await change_seats_and_invite(actor, company.id, requested, POLICIES)
