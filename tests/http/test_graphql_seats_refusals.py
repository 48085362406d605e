"""Changes of seats that are refused: nothing is changed, and every reason is told with the input it is about."""

from typing import Any
from uuid import UUID

import pytest

from app.graphql.ids import global_id
from tests.client import Client, Company, Problem, by_id, create_clock, found, start, unknown

NOW = "2021-01-05T09:00:00+03:00"


@pytest.fixture(scope="module")
async def seatless(client: Client) -> Company:
    """An organization with 6 people, its trial over: what is refused leaves it as it is."""
    company = await start(client, "2020-11-10T09:00:00+03:00")
    await company.invite(6)
    await company.advance(NOW)
    return company


def at(verb: str, place: int) -> list[str]:
    return ["input", verb, str(place)]


async def test_every_subject_that_cannot_be_subscribed_is_a_problem_and_nobody_is(client: Client) -> None:
    company = await start(client, NOW)
    people = await company.invite(4)
    await company.subscribe(people[:2])

    refusal = await company.refuse_seats(subscribe=by_id([people[0], people[2], people[1], people[3]]))

    assert refusal.code == "ALREADY_SUBSCRIBED"
    assert refusal.message == "Person 0001 is subscribed already. (and 1 more)"
    assert refusal.problems == [
        Problem("ALREADY_SUBSCRIBED", at("subscribe", 0)),
        Problem("ALREADY_SUBSCRIBED", at("subscribe", 2)),
    ]


async def test_every_subject_without_a_subscription_is_a_problem(client: Client) -> None:
    company = await start(client, NOW)
    people = await company.invite(4)
    await company.subscribe(people[:1])

    refusal = await company.refuse_seats(unsubscribe=by_id(people[:3]), subscribe=by_id(people[3:]))

    assert refusal.problems == [
        Problem("NOT_SUBSCRIBED", at("unsubscribe", 1)),
        Problem("NOT_SUBSCRIBED", at("unsubscribe", 2)),
    ]


async def test_problems_of_both_kinds_are_told_together(client: Client) -> None:
    company = await start(client, NOW)
    people = await company.invite(2)
    await company.subscribe(people[:1])

    refusal = await company.refuse_seats(unsubscribe=by_id(people[1:]), subscribe=by_id(people[:1]))

    assert refusal.problems == [
        Problem("NOT_SUBSCRIBED", at("unsubscribe", 0)),
        Problem("ALREADY_SUBSCRIBED", at("subscribe", 0)),
    ]


async def test_subjects_that_are_not_there_are_not_found_each(client: Client) -> None:
    company = await start(client, NOW)
    (member,) = await company.invite(1)
    subjects = [
        {"memberId": member},
        {"memberId": unknown("Member")},
        {"login": "nobody"},
        {"teamId": unknown("Team")},
        {"login": ""},
        {"email": "a\x00b"},
        {"login": "\ud800"},
    ]

    refusal = await company.refuse_seats(subscribe=subjects, unsubscribe=[{"login": "nobody either"}])

    assert refusal.problems == [
        Problem("INVALID_INPUT", at("subscribe", 5)),  # no address to invite
        *(Problem("NOT_FOUND", at("subscribe", place)) for place in (1, 2, 4, 6)),
        Problem("NOT_FOUND", at("unsubscribe", 0)),
        Problem("NOT_FOUND", at("subscribe", 3)),
    ]


async def test_members_of_another_organization_are_not_found(client: Client) -> None:
    company, other = await start(client, NOW), await start(client, NOW)
    (stranger,) = await other.invite(1)

    refusal = await company.refuse_seats(
        subscribe=[{"memberId": stranger}], unsubscribe=[{"email": f"p0001@{other.slug}.example"}]
    )

    assert refusal.problems == [
        Problem("NOT_FOUND", at("subscribe", 0)),
        Problem("NOT_FOUND", at("unsubscribe", 0)),
    ]
    assert await other.read("seats { used }") == {"seats": {"used": 0}}


@pytest.mark.parametrize("wrong", [unknown("Organization"), "nonsense", "TWVtYmVyOg==", "\ud800"])
async def test_an_id_that_is_not_a_members_is_refused(seatless: Company, wrong: str) -> None:
    refusal = await seatless.refuse_seats(subscribe=[{"memberId": wrong}])

    assert refusal.problems == [Problem("INVALID_INPUT", at("subscribe", 0))]


async def test_an_id_in_another_spelling_is_refused(client: Client) -> None:
    company = await start(client, NOW)
    (member,) = await company.invite(1)

    refusal = await company.refuse_seats(subscribe=[{"memberId": f"{member}===="}])

    assert refusal.problems == [Problem("INVALID_INPUT", at("subscribe", 0))]


async def test_someone_named_twice_is_refused_also_by_two_names(client: Client) -> None:
    company = await start(client, NOW)
    people = await company.invite(2)
    await company.subscribe(people[1:])

    refusal = await company.refuse_seats(
        subscribe=[{"memberId": people[0]}, {"email": f"P0001@{company.slug}.example"}],
        unsubscribe=by_id([people[1], people[1]]),
    )

    assert refusal.problems == [
        Problem("INVALID_INPUT", at("unsubscribe", 1)),
        Problem("INVALID_INPUT", at("subscribe", 1)),
    ]


async def test_an_organization_that_is_not_activated_has_no_seats_yet(client: Client) -> None:
    company = await found(client, await create_clock(client, NOW))
    people = await company.invite(1)

    assert (await company.refuse_seats(subscribe=by_id(people))).code == "TRACKER_NOT_ACTIVATED"


async def test_the_sixth_seat_needs_a_billing_profile(client: Client) -> None:
    company = await found(client, await create_clock(client, NOW))
    await company.activate()
    people = await company.invite(6)
    at_once = await company.refuse_seats(subscribe=by_id(people))
    await company.subscribe(people[:5])

    one_more = await company.refuse_seats(subscribe=by_id(people[5:]))

    for refusal in (at_once, one_more):
        assert refusal.problems == [Problem("BILLING_PROFILE_REQUIRED", ["input", "subscribe"])]
    await company.set_payer()
    assert (await company.subscribe(people[5:]))["seatedCount"] == 1


async def test_more_than_500_seats_need_a_contract(client: Client) -> None:
    company = await start(client, NOW)
    people = await company.invite(501)
    at_once = await company.refuse_seats_by_limit(subscribe=by_id(people))
    await company.subscribe(people[:500])
    assert await company.preview("seatsNow seatsToLimit") == {"seatsNow": 500, "seatsToLimit": 0}

    one_more = await company.refuse_seats_by_limit(subscribe=by_id(people[500:]))

    for refusal in (at_once, one_more):
        assert refusal.message == "501 seats pass the limit of 500; write to us about a contract."
        assert refusal.problems == [Problem("CONTRACT_REQUIRED", ["input", "subscribe"])]
    changed = await company.replace(leaving=people[:1], coming=people[500:])  # as many as before need no room
    assert changed["organization"]["seats"] == {"used": 500}


@pytest.mark.parametrize("expected", ["0", "1547.99", "1548.01", "-1548", "1806"])
async def test_a_total_that_is_not_the_expected_one_is_stale(seatless: Company, expected: str) -> None:
    people = [{"email": f"p{number:04}@{seatless.slug}.example"} for number in range(1, 7)]

    refusal = await seatless.refuse_seats(subscribe=people, expectedTotal=expected)

    assert refusal.message == "The month would cost 1548.00 RUB, not what you expect."
    assert refusal.problems == [Problem("PREVIEW_STALE", ["input", "expectedTotal"])]


async def test_a_total_counts_the_peak_before_and_grants_that_are_not_yet_forgiven(client: Client) -> None:
    company = await start(client, "2020-11-10T09:00:00+03:00")
    people = await company.invite(8)
    await company.advance(NOW)
    await company.subscribe(people[:7])
    await company.advance("2021-01-06T09:00:00+03:00")

    # The peak of 7 stands: revoking one does not lower 7 × 258 = 1 806.
    refusal = await company.refuse_seats(unsubscribe=by_id(people[:1]), expectedTotal="1548")

    assert refusal.message == "The month would cost 1806.00 RUB, not what you expect."


@pytest.mark.parametrize("expected", ["NaN", "Infinity", "1e3", "", "1548,00", "0.0000001", 1548, 1548.0, "1" * 19])
async def test_an_expected_total_that_is_no_decimal_is_refused(
    client: Client, seatless: Company, expected: Any
) -> None:
    document = "mutation($input: SeatsChangeInput!) { seatsChange(input: $input) { __typename } }"
    person = {"email": f"p0001@{seatless.slug}.example"}
    given = {"organizationId": seatless.id, "subscribe": [person], "expectedTotal": expected}

    failure = await client.fail(document, input=given)

    assert (failure.code, failure.data) == ("INVALID_INPUT", None)


@pytest.mark.parametrize("count", [0, 1001])
async def test_a_change_names_between_1_and_1000_subjects(seatless: Company, count: int) -> None:
    subjects = [{"memberId": global_id("Member", UUID(int=number))} for number in range(count)]

    refusal = await seatless.refuse_seats(subscribe=subjects[: count // 2], unsubscribe=subjects[count // 2 :])

    assert refusal.code == "INVALID_INPUT"
    assert refusal.message == f"A change names between 1 and 1000 subjects, not {count}."


async def test_an_unknown_organization_is_not_found(client: Client) -> None:
    refusal = await client.refuse(
        "seatsChange", organizationId=unknown("Organization"), subscribe=[{"login": "somebody"}]
    )

    assert refusal.code == "NOT_FOUND"


async def test_the_id_of_something_else_is_refused(client: Client) -> None:
    refusal = await client.refuse("seatsChange", organizationId=unknown("Team"), subscribe=[{"login": "somebody"}])

    assert (refusal.code, refusal.message) == (
        "INVALID_INPUT",
        "This takes the id of type Organization, and that is one of type Team.",
    )
    assert refusal.problems == [Problem("INVALID_INPUT", ["input", "organizationId"])]
