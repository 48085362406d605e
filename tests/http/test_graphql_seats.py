"""Changing who holds a seat: what happens, and what the answer says."""

from typing import Any

import pytest

from tests.client import Client, by_id, contents, create_clock, found, start, unknown

NOW = "2021-01-05T09:00:00+03:00"
LATER = "2021-01-05T12:00:00+03:00"


async def names(client: Client, organization_id: str) -> list[str]:
    """Three people with logins; gives their ids."""
    people = [
        {"email": f"{name}@romashka.example", "name": name, "login": name, "active": True}
        for name in ("ann", "bob", "cid")
    ]
    payload = await client.change("memberInvite", "members { id }", organizationId=organization_id, members=people)
    return [member["id"] for member in payload["members"]]


async def test_a_change_answers_its_instant_and_how_many_were_seated(client: Client) -> None:
    company = await start(client, NOW)
    people = await company.invite(3)
    await company.advance(LATER)

    changed = await company.subscribe(people)

    change = changed.pop("change")
    assert change["at"] == "2021-01-05T09:00:00Z"
    assert change["id"]
    assert changed == {
        "__typename": "SeatsChangePayload",
        "seatedCount": 3,
        "unseatedCount": 0,
        "organization": {"state": "TRIAL", "seats": {"used": 3}},
    }


async def test_subjects_are_named_by_id_login_or_address_whatever_the_case(client: Client) -> None:
    company = await start(client, NOW)
    ann, _, _ = await names(client, company.id)

    changed = await company.change_seats(
        subscribe=[{"memberId": ann}, {"login": "BOB"}, {"email": "Cid@Romashka.Example"}]
    )

    assert changed["seatedCount"] == 3


async def test_some_leave_and_others_come_at_one_instant(client: Client) -> None:
    company = await start(client, NOW)
    people = await company.invite(4)
    await company.subscribe(people[:2])
    await company.advance(LATER)

    changed = await company.replace(leaving=people[:1], coming=people[2:])

    assert (changed["seatedCount"], changed["unseatedCount"]) == (2, 1)
    assert changed["organization"]["seats"] == {"used": 3}
    wanted = "seatSpans { nodes { grantedAt revokedAt endReason } }"
    spans = (await company.read(wanted))["seatSpans"]["nodes"]
    assert {span["revokedAt"] for span in spans[:2]} == {None, "2021-01-05T09:00:00Z"}
    assert {span["endReason"] for span in spans[:2]} == {None, "1 unsubscribed, 2 subscribed"}
    assert [span["grantedAt"] for span in spans[2:]] == ["2021-01-05T09:00:00Z"] * 2


async def test_someone_unsubscribed_and_subscribed_at_one_instant_keeps_their_seat_without_a_gap(
    client: Client,
) -> None:
    company = await start(client, NOW)
    (member,) = await company.invite(1)
    first = await company.subscribe([member])
    await company.advance(LATER)

    changed = await company.replace(leaving=[member], coming=[member])

    assert (changed["seatedCount"], changed["unseatedCount"]) == (0, 0)
    (span,) = (await company.read("seatSpans { nodes { grantedAt revokedAt sources { endedAt } } }"))["seatSpans"][
        "nodes"
    ]
    assert (span["grantedAt"], span["revokedAt"]) == (first["change"]["at"], None)
    assert [source["endedAt"] for source in span["sources"]] == ["2021-01-05T09:00:00Z", None]


async def test_those_subscribed_already_can_be_passed_over(client: Client) -> None:
    company = await start(client, NOW)
    people = await company.invite(3)
    await company.subscribe(people[:2])

    changed = await company.change_seats(subscribe=by_id(people), skipAlreadySubscribed=True)

    assert (changed["seatedCount"], changed["organization"]["seats"]) == (1, {"used": 3})


async def test_someone_invited_takes_no_seat_until_they_accept(client: Client) -> None:
    company = await start(client, NOW)
    (invited,) = await company.invite(1, active=False)

    changed = await company.subscribe([invited])

    assert (changed["seatedCount"], changed["organization"]["seats"]) == (0, {"used": 0})


async def test_a_thousand_subjects_are_changed_at_once(client: Client) -> None:
    company = await start(client, NOW)
    people = await company.invite(1000)
    await company.subscribe(people[:500])

    changed = await company.replace(leaving=people[:500], coming=people[500:])

    assert (changed["seatedCount"], changed["unseatedCount"]) == (500, 500)
    assert changed["organization"]["seats"] == {"used": 500}


async def test_a_change_that_costs_what_is_expected_is_made(client: Client) -> None:
    company = await start(client, "2020-11-10T09:00:00+03:00")
    people = await company.invite(7)
    await company.advance(NOW)

    await company.change_seats(subscribe=by_id(people[:5]), expectedTotal="0.00")
    await company.change_seats(subscribe=by_id(people[5:6]), expectedTotal="1548")  # 6 × 258
    changed = await company.change_seats(
        unsubscribe=by_id(people[:1]), subscribe=by_id(people[6:]), expectedTotal="1548.00"
    )

    assert changed["organization"]["seats"] == {"used": 6}


async def test_in_the_trial_any_number_of_seats_is_expected_to_cost_nothing(client: Client) -> None:
    company = await start(client, NOW)
    people = await company.invite(50)

    changed = await company.change_seats(subscribe=by_id(people), expectedTotal="0")

    assert changed["seatedCount"] == 50


async def test_five_seats_need_no_billing_profile(client: Client) -> None:
    company = await found(client, await create_clock(client, NOW))
    await company.activate()

    assert (await company.subscribe(await company.invite(5)))["seatedCount"] == 5


ONE_KEY = "exactly one field must be specified, and the value for that field must be non-null."


@pytest.mark.parametrize(
    ("subject", "message"),
    [
        pytest.param({}, ONE_KEY, id="nothing"),
        pytest.param({"login": "ann", "email": "ann@romashka.example"}, ONE_KEY, id="two at once"),
        pytest.param({"memberId": None, "login": "ann"}, ONE_KEY, id="one, and null"),
        pytest.param({"login": None}, ONE_KEY, id="null"),
        pytest.param({"groupId": "VGVhbTox"}, "unknown field 'groupId'", id="something unknown"),
    ],
)
async def test_a_subject_is_named_by_exactly_one_thing(client: Client, subject: dict[str, Any], message: str) -> None:
    document = "mutation($input: SeatsChangeInput!) { seatsChange(input: $input) { __typename } }"
    before = await contents()

    given = {"organizationId": unknown("Organization"), "subscribe": [subject]}
    answer = await client.post(document, input=given)

    assert message in answer["errors"][0]["message"]
    assert {error["extensions"]["code"] for error in answer["errors"]} == {"INVALID_INPUT"}
    assert "data" not in answer
    assert await contents() == before


@pytest.mark.parametrize("subject", ["{}", "{ login: null }", "{ memberId: null, everyone: false, login: null }"])
async def test_a_subject_that_is_written_out_is_named_by_exactly_one_thing_too(client: Client, subject: str) -> None:
    given = f'organizationId: "{unknown("Organization")}", subscribe: [{subject}]'

    failure = await client.fail(f"mutation {{ seatsChange(input: {{ {given} }}) {{ __typename }} }}")

    assert ONE_KEY in failure.message
    assert failure.code == "GRAPHQL_VALIDATION_FAILED"
