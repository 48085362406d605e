"""Test clocks over HTTP."""

from typing import Any

import pytest

from app import db
from app.graphql.ids import parse_global_id
from tests.client import PAYER, Client, Problem, by_id, create_clock, found, start, unknown

NOW = "2021-01-05T09:00:00+03:00"
CREATE = "mutation($input: TestClockCreateInput!) { testClockCreate(input: $input) { __typename } }"
ADVANCE = "mutation($input: TestClockAdvanceInput!) { testClockAdvance(input: $input) { __typename } }"
CLOCK = "query($id: ID!) { node(id: $id) { ... on TestClock { now advancingTo } } }"

NO_INSTANTS = [
    pytest.param("NaN", id="NaN"),
    pytest.param("infinity", id="infinity"),
    pytest.param("now", id="now"),
    pytest.param("", id="nothing"),
    pytest.param(0, id="a number"),
    pytest.param(True, id="a boolean"),
    pytest.param("2021-01-05", id="a day"),
    pytest.param("2021-01-05T09:00:00", id="without an offset"),
    pytest.param("2021-01-05 09:00:00Z", id="without the T"),
    pytest.param("2021-02-29T09:00:00Z", id="a day that is none"),
    pytest.param("2021-01-05T24:00:00Z", id="an hour that is none"),
    pytest.param("2021-01-05T09:00:60Z", id="a leap second"),
    pytest.param("2021-01-05T09:00:00.0000001Z", id="a tenth of a microsecond"),
    pytest.param("2021-01-05T09:00:00+25:00", id="an offset that is none"),
    pytest.param("0000-01-01T00:00:00Z", id="the year 0"),
    pytest.param("0001-01-01T00:00:00+14:00", id="before the calendar"),
    pytest.param("9999-12-31T23:59:59-14:00", id="after the calendar"),
    pytest.param("２０２１-01-05T09:00:00Z", id="other digits"),
]


async def test_a_clock_shows_what_it_is_told_and_stands_still(client: Client) -> None:
    payload = await client.change("testClockCreate", "testClock { id now advancingTo }", now=NOW)
    clock = payload["testClock"]
    assert (clock["now"], clock["advancingTo"]) == ("2021-01-05T06:00:00Z", None)

    assert await client.ask(CLOCK, id=clock["id"]) == {"node": {"now": "2021-01-05T06:00:00Z", "advancingTo": None}}


@pytest.mark.parametrize("now", ["2000-01-01T00:00:00Z", "2099-12-31T23:59:59.999999Z", "2021-01-05t09:00:00z"])
async def test_a_clock_can_show_any_instant_from_2000_to_2099(client: Client, now: str) -> None:
    assert (await client.change("testClockCreate", "testClock { now }", now=now))["testClock"]["now"] == now.upper()


@pytest.mark.parametrize("now", ["1999-12-31T23:59:59Z", "2100-01-01T00:00:00Z", "2099-12-31T23:00:00-01:00"])
async def test_a_clock_cannot_show_other_instants(client: Client, now: str) -> None:
    refusal = await client.refuse("testClockCreate", now=now)

    assert refusal.message == "A test clock shows an instant from 2000 to 2099."
    assert refusal.problems == [Problem("INVALID_INPUT", ["input", "now"])]


@pytest.mark.parametrize("now", NO_INSTANTS)
async def test_what_is_no_instant_makes_no_clock(client: Client, now: Any) -> None:
    failure = await client.fail(CREATE, input={"now": now})

    assert (failure.code, failure.data) == ("INVALID_INPUT", None)


@pytest.mark.parametrize("to", NO_INSTANTS)
async def test_a_clock_is_not_advanced_to_what_is_no_instant(client: Client, to: Any) -> None:
    clock_id = await create_clock(client, NOW)

    failure = await client.fail(ADVANCE, input={"testClockId": clock_id, "to": to})

    assert (failure.code, failure.data) == ("INVALID_INPUT", None)


async def test_a_clock_advances_by_400_days_at_most(client: Client) -> None:
    clock_id = await create_clock(client, "2021-01-05T06:00:00Z")

    refusal = await client.refuse("testClockAdvance", testClockId=clock_id, to="2022-02-09T06:00:00.000001Z")
    assert refusal.problems == [Problem("INVALID_INPUT", ["input", "to"])]

    wanted = "testClock { now advancingTo }"
    payload = await client.change("testClockAdvance", wanted, testClockId=clock_id, to="2022-02-09T06:00:00Z")
    assert payload["testClock"] == {"now": "2022-02-09T06:00:00Z", "advancingTo": None}


@pytest.mark.parametrize("to", ["2021-01-05T06:00:00Z", NOW, "2021-01-05T05:59:59.999999Z", "2020-01-01T00:00:00Z"])
async def test_a_clock_only_goes_forward(client: Client, to: str) -> None:
    company = await start(client, NOW)

    refusal = await client.refuse("testClockAdvance", testClockId=company.clock_id, to=to)

    assert refusal.message == "A test clock only goes forward; it shows 2021-01-05T06:00:00Z."
    assert refusal.problems == [Problem("INVALID_INPUT", ["input", "to"])]


async def test_a_clock_does_not_advance_past_2099(client: Client) -> None:
    clock_id = await create_clock(client, "2099-12-31T00:00:00Z")

    refusal = await client.refuse("testClockAdvance", testClockId=clock_id, to="2100-01-01T00:00:00Z")

    assert refusal.problems == [Problem("INVALID_INPUT", ["input", "to"])]


async def test_an_unknown_clock_is_not_found(client: Client) -> None:
    assert (await client.refuse("testClockAdvance", testClockId=unknown("TestClock"), to=NOW)).code == "NOT_FOUND"


async def test_the_id_of_something_else_is_refused(client: Client) -> None:
    company = await start(client, NOW)

    refusal = await client.refuse("testClockAdvance", testClockId=company.id, to="2021-01-06T09:00:00Z")

    assert refusal.problems == [Problem("INVALID_INPUT", ["input", "testClockId"])]


async def test_advancing_one_clock_moves_no_other(client: Client) -> None:
    company, other = await start(client, NOW), await start(client, NOW)
    await company.advance("2021-03-05T09:00:00+03:00")

    assert (await company.read("state"))["state"] == "RETENTION"
    assert await other.read("state testClock { now }") == {
        "state": "TRIAL",
        "testClock": {"now": "2021-01-05T06:00:00Z"},
    }


async def test_a_clock_knows_its_organizations_oldest_first(client: Client) -> None:
    clock_id = await create_clock(client, NOW)
    first = await found(client, clock_id)
    await first.advance("2021-01-06T09:00:00+03:00")
    second = await found(client, clock_id)

    wanted = "query($id: ID!) { node(id: $id) { ... on TestClock { organizations { totalCount nodes { id } } } } }"
    organizations = (await client.ask(wanted, id=clock_id))["node"]["organizations"]

    assert organizations == {"totalCount": 2, "nodes": [{"id": first.id}, {"id": second.id}]}


async def test_while_a_clock_is_on_its_way_its_organizations_wait_and_asking_again_finishes_it(client: Client) -> None:
    company = await start(client, NOW)
    people = await company.invite(1)
    # An advance that another process began and did not end:
    _, clock_id = parse_global_id(company.clock_id)
    await db.fetch("UPDATE test_clocks SET advancing_to = '2021-02-10T06:00:00Z' WHERE id = $1", clock_id)

    new = {"name": "New", "slug": f"{company.slug}-2", "owner": {"email": "a@r.example", "name": "A"}}
    refusals = [
        await company.refuse_seats(subscribe=by_id(people)),
        await client.refuse("memberInvite", organizationId=company.id, members=[{"email": "a@r.example", "name": "A"}]),
        await client.refuse("billingProfileSet", organizationId=company.id, **PAYER),
        await client.refuse("trackerActivate", organizationId=company.id),
        await client.refuse("organizationCreate", testClockId=company.clock_id, **new),
        await client.refuse("testClockAdvance", testClockId=company.clock_id, to="2021-02-11T06:00:00Z"),
    ]
    assert [refusal.code for refusal in refusals] == ["CONFLICT"] * 6
    assert (await client.ask(CLOCK, id=company.clock_id))["node"]["advancingTo"] == "2021-02-10T06:00:00Z"

    await company.advance("2021-02-10T06:00:00Z")

    assert await company.read("state statements { totalCount }") == {
        "state": "RETENTION",  # the trial ended on 4 February
        "statements": {"totalCount": 1},
    }
