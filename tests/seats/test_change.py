"""Changing seats: all or nothing, at one instant, never past a limit, whatever happens at once (R3.5–R3.10)."""

import asyncio
from decimal import Decimal
from uuid import UUID, uuid4

import pytest

from app import db
from app.domain.actor import Role
from app.domain.errors import DomainError, ErrorCode
from app.domain.paging import EVERYTHING
from app.domain.seat_change import JoinsPolicy
from app.domain.unset import UNSET
from app.memberships.invitations import invite_members
from app.memberships.invitees import Invitee
from app.seats.changing import change_seats
from app.seats.limits import OrganizationUpdate, update_organization
from app.seats.queries import SeatSpanRow, count_seats, list_spans
from app.seats.service import RequestedChange
from app.seats.subjects import SubjectReference
from tests.factories import (
    GRACE,
    NOVEMBER,
    OPERATOR,
    POLICIES,
    TICK,
    Company,
    change,
    found,
    found_at,
    jump,
    moscow,
    refused,
    refused_by_limit,
    someone_in,
)

pytestmark = pytest.mark.usefixtures("clean_database")


async def spans(company: Company) -> list[SeatSpanRow]:
    return await list_spans(company.id, [], GRACE, EVERYTHING, within=None, member_ids=None)


async def seat(company: Company, number: int) -> None:
    await change(company, subscribe=company.members[:number])


async def test_subscribing_and_unsubscribing_happen_at_one_instant_and_do_not_overlap() -> None:
    company = await found_at(NOVEMBER, 3)
    first, second, third = company.members
    begun = await change(company, subscribe=[first, second])
    swapped = await change(company, unsubscribe=[first], subscribe=[third])

    assert (begun.seated, begun.unseated, swapped.seated, swapped.unseated) == (2, 0, 1, 1)
    assert sorted(await spans(company), key=lambda one: one.member_id) == sorted(
        [
            SeatSpanRow(first, begun.at, swapped.at, False),
            SeatSpanRow(second, begun.at, None, True),
            SeatSpanRow(third, swapped.at, None, True),
        ],
        key=lambda one: one.member_id,
    )
    assert begun.at < swapped.at


async def test_someone_unsubscribed_and_subscribed_in_one_change_keeps_one_unbroken_span() -> None:
    company = await found_at(NOVEMBER, 1)
    begun = await change(company, subscribe=company.members)
    again = await change(company, unsubscribe=company.members, subscribe=company.members)
    assert (again.seated, again.unseated) == (0, 0)
    assert await spans(company) == [SeatSpanRow(company.members[0], begun.at, None, True)]
    assert await db.count("SELECT 1 FROM seat_grants") == 2


async def test_every_subject_that_cannot_be_subscribed_is_reported_and_nothing_is_changed() -> None:
    company = await found_at(NOVEMBER, 3)
    first, second, third = company.members
    await change(company, subscribe=[first])
    async with refused(ErrorCode.NOT_SUBSCRIBED) as refusal:
        await change(company, subscribe=[first, second, second], unsubscribe=[third])
    assert [(one.code.value, one.path) for one in refusal.value.problems] == [
        ("NOT_SUBSCRIBED", ("input", "unsubscribe", "0")),
        ("ALREADY_SUBSCRIBED", ("input", "subscribe", "0")),
        ("INVALID_INPUT", ("input", "subscribe", "2")),
    ]


async def test_an_unknown_member_and_one_of_another_organization_are_the_same_not_found() -> None:
    company, other = await found_at(NOVEMBER, 1), await found_at(NOVEMBER, 1)
    async with refused(ErrorCode.NOT_FOUND) as refusal:
        await change(company, subscribe=[company.members[0], other.members[0], uuid4()])
    assert [one.path[-1] for one in refusal.value.problems] == ["1", "2"]
    assert len({one.message for one in refusal.value.problems}) == 1


async def test_a_change_of_nobody_and_one_of_1001_are_refused() -> None:
    company = await found_at(NOVEMBER, 1)
    async with refused(ErrorCode.INVALID_INPUT):
        await change(company)
    async with refused(ErrorCode.INVALID_INPUT):
        await change(company, subscribe=[uuid4() for _ in range(1001)])


async def test_seats_before_the_tracker_is_activated_are_refused() -> None:
    clock = (await found_at(NOVEMBER)).clock_id
    company = await found(clock, 1, is_active=False)
    async with refused(ErrorCode.TRACKER_NOT_ACTIVATED):
        await change(company, subscribe=company.members)


async def test_an_actor_without_the_permission_or_from_elsewhere_is_refused() -> None:
    company = await found_at(NOVEMBER, 1)
    requested = RequestedChange(
        [SubjectReference(("input",), member_id=company.members[0])], [], JoinsPolicy.ALWAYS, False, None
    )
    here = someone_in([company.id], [])
    elsewhere = someone_in([])
    async with refused(ErrorCode.FORBIDDEN):
        await change_seats(here, company.id, requested, POLICIES)
    async with refused(ErrorCode.NOT_FOUND):
        await change_seats(elsewhere, company.id, requested, POLICIES)


async def test_an_invited_person_is_subscribed_and_takes_no_seat() -> None:
    company = await found_at(NOVEMBER)
    ann = Invitee("a@b.example", "A", None, Role.MEMBER, False)
    invited = await invite_members(OPERATOR, company.id, [ann], POLICIES)
    done = await change(company, subscribe=invited.member_ids)
    assert done.seated == 0
    assert await spans(company) == []
    assert await db.count("SELECT 1 FROM seat_subscriptions WHERE ended_at IS NULL") == 1


async def test_members_are_named_by_id_login_or_email_in_any_case() -> None:
    company = await found_at(NOVEMBER)
    people = [
        Invitee("Anna@People.example", "A", "anna", Role.MEMBER, True),
        Invitee("b@b.example", "B", "Bob", Role.MEMBER, True),
    ]
    await invite_members(OPERATOR, company.id, people, POLICIES)
    references = [SubjectReference(("a",), email="anna@PEOPLE.example"), SubjectReference(("b",), login="bOB")]
    await change_seats(OPERATOR, company.id, RequestedChange(references, [], JoinsPolicy.ALWAYS, False, None), POLICIES)
    assert await count_seats(company.id) == 2
    async with refused(ErrorCode.INVALID_INPUT):
        twice = [SubjectReference(("a",), email="anna@people.example"), SubjectReference(("b",), login="ANNA")]
        await change_seats(OPERATOR, company.id, RequestedChange([], twice, JoinsPolicy.ALWAYS, False, None), POLICIES)


async def test_the_sixth_seat_needs_a_billing_profile() -> None:
    company = await found_at(NOVEMBER, 6, has_profile=False)
    await seat(company, 5)
    async with refused(ErrorCode.BILLING_PROFILE_REQUIRED):
        await change(company, subscribe=company.members[5:])
    await change(company, subscribe=company.members[5:], unsubscribe=company.members[:1])
    assert await count_seats(company.id) == 5


async def test_the_501st_seat_needs_a_contract_and_500_do_not() -> None:
    company = await found_at(NOVEMBER, 501)
    async with refused_by_limit(ErrorCode.CONTRACT_REQUIRED, 501):
        await seat(company, 501)
    await seat(company, 500)
    async with refused_by_limit(ErrorCode.CONTRACT_REQUIRED, 501):
        await change(company, subscribe=company.members[500:])
    await change(company, subscribe=company.members[500:], unsubscribe=company.members[:1])
    assert await count_seats(company.id) == 500


async def test_a_stale_total_takes_the_whole_change_back() -> None:
    company = await found_at(NOVEMBER, 8)
    await jump(company.clock_id, moscow("2021-01-05 12:00"))
    await seat(company, 6)
    async with refused(ErrorCode.PREVIEW_STALE) as refusal:
        await change(company, subscribe=company.members[6:7], expected_total="1548")
    assert "1806.00 RUB" in refusal.value.message
    await change(company, subscribe=company.members[6:7], expected_total="1806")
    # Replacing as many by as many does not raise the peak (R3.5).
    await change(company, subscribe=company.members[7:], unsubscribe=company.members[:1], expected_total="1806.00")
    assert await count_seats(company.id) == 7


async def test_skipping_those_already_subscribed_changes_only_the_others() -> None:
    company = await found_at(NOVEMBER, 3)
    begun = await change(company, subscribe=company.members[:2])
    done = await change(company, subscribe=company.members, skip_already_subscribed=True)
    assert done.seated == 1
    assert [one.granted_at for one in await spans(company)] == [begun.at, begun.at, done.at]


@pytest.mark.parametrize(("limit", "has_profile"), [(500, True), (5, False)])
async def test_twenty_changes_at_once_never_pass_a_limit(limit: int, has_profile: bool) -> None:
    company = await found_at(NOVEMBER, limit + 15, has_profile=has_profile)
    await seat(company, limit - 4)
    rest = company.members[limit - 4 :]

    answers = await asyncio.gather(
        *(change(company, subscribe=[one]) for one in [*rest, uuid4()]), return_exceptions=True
    )

    code = ErrorCode.CONTRACT_REQUIRED if has_profile else ErrorCode.BILLING_PROFILE_REQUIRED
    refusals = [one.code for one in answers if isinstance(one, DomainError)]
    assert len(answers) == 20
    assert sorted(refusals, key=str) == sorted([code] * 15 + [ErrorCode.NOT_FOUND], key=str)
    assert await count_seats(company.id) == limit


async def test_twenty_changes_of_one_member_at_once_give_one_seat() -> None:
    company = await found_at(NOVEMBER, 1)
    answers = await asyncio.gather(
        *(change(company, subscribe=company.members) for _ in range(20)), return_exceptions=True
    )
    assert sum(not isinstance(one, BaseException) for one in answers) == 1
    assert {one.code for one in answers if isinstance(one, DomainError)} == {ErrorCode.ALREADY_SUBSCRIBED}
    assert await db.count("SELECT 1 FROM seat_grants") == 1


async def statements_of(company: Company, subscribe: list[UUID]) -> int:
    with db.counted_statements() as statements:
        await change(company, subscribe=subscribe)
    return len(statements)


async def test_a_change_of_few_is_three_statements_and_one_of_however_many_eight() -> None:
    company = await found_at(NOVEMBER, 500)
    assert await statements_of(company, company.members[:1]) == 3
    assert await statements_of(company, company.members[1:101]) == 3
    assert await statements_of(company, company.members[101:202]) == 8
    assert await statements_of(company, company.members[202:500]) == 8


async def test_a_change_of_few_that_cannot_be_foreseen_is_made_all_the_same() -> None:
    """Under a budget it depends on what the month would cost."""
    company = await found_at(NOVEMBER, 2)
    await update_organization(OPERATOR, company.id, OrganizationUpdate(UNSET, UNSET, UNSET, Decimal(0)), POLICIES)
    assert (await change(company, subscribe=company.members)).seated == 2
    assert await count_seats(company.id) == 2


async def test_a_change_is_recorded_with_its_ids_and_the_seats_after_it() -> None:
    company = await found_at(NOVEMBER, 2)
    done = await change(company, subscribe=company.members)
    row = await db.fetch_one(
        "SELECT type, at, payload::text FROM events WHERE organization_id = $1 ORDER BY sequence DESC LIMIT 1",
        company.id,
    )
    assert row is not None
    assert (row["type"], row["at"]) == ("seats.changed", done.at)
    assert str(done.change_id) in row["payload"]
    assert '"seats": 2' in row["payload"]
    assert (await company.facts()).now == done.at
    assert done.at - NOVEMBER < 10 * TICK
