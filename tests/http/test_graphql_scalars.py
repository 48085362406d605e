"""Scalars take only what they mean, as variables and as literals; whatever else is refused before anything is done."""

from typing import Any

import pytest

from tests.client import Client, contents
from tests.http.places import Place, places
from tests.http.world import fill

INSTANTS = [
    "2021-01-05",
    "2021-01-05T09:00:00",
    "2021-01-05T09:00Z",
    "2021-01-05 09:00:00Z",
    "2021-01-05T09:00:00+24:00",
    "2021-01-05T09:00:00+03",
    "2021-01-05T09:00:00+0300",
    "2021-01-05T09:00:00.Z",
    "2021-01-05T09:00:00.1234567Z",
    "2021-01-05T09:00:00,5Z",
    "2016-12-31T23:59:60Z",
    "2021-01-05T24:00:00Z",
    "2021-02-29T00:00:00Z",
    "2021-W01-2T09:00:00Z",
    "2021-005T09:00:00Z",
    "20210105T090000Z",
    "0000-01-01T00:00:00Z",
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-14:00",
    "+2021-01-05T09:00:00Z",
    " 2021-01-05T09:00:00Z",
    "2021-01-05T09:00:00Z\n",
    "２０２１-01-05T09:00:00Z",
    "٢٠٢١-01-05T09:00:00Z",
    "1609837200",
    "now",
    "NaN",
    "infinity",
    "a\x00b",
    "\ud800",
    "",
]
DAYS = [
    "2021-1-5",
    "2021-02-29",
    "2021-00-01",
    "2021-W01-2",
    "2021W012",
    "2021-005",
    "20210105",
    "2021-01-05T00:00:00Z",
    "0000-01-01",
    " 2021-01-05",
    "2021-01-05\n",
    "２０２１-01-05",
    "infinity",
    "epoch",
    "\ud800",
    "",
]
NUMBERS = [
    "NaN",
    "sNaN",
    "Infinity",
    "-Infinity",
    "inf",
    "1e5",
    "1E5",
    "1e-400",
    "9e999999999",
    "٣",
    "１",
    "¹",
    " 1",
    "1 ",
    "1\n",
    "1_000",
    "1,000",
    "1,5",
    "+1",
    "--1",
    "−1",
    ".5",
    "5.",
    "1.2.3",
    "0x10",
    "1.0000000",
    "1" * 19,
    "1" * 5000,
    "a\x00b",
    "\ud800",
    "",
]
MONTHS = [
    "2021-1",
    "2021-13",
    "2021-00",
    "1999-12",
    "2200-01",
    "2021-01-01",
    "202101",
    "2021/01",
    " 2021-01",
    "2021-01\n",
    "２０２１-01",
    "2021-W01",
    "\ud800",
    "x" * 1_000_000,
    "",
]
WRONG = {"DateTime": INSTANTS, "Date": DAYS, "Decimal": NUMBERS, "Month": MONTHS}
NO_STRINGS: list[Any] = [1, 2021, 1.5, True, [], ["2021-01"], {}]
LITERALS = ["1", "2021", "1.5", "true", "NaN", "{}", '["1"]']
TAKING = {
    "DateTime": "testClockCreate(input: {now: %s}) { __typename }",
    "Date": "vatRateDelete(input: {since: %s}) { __typename }",
    "Decimal": 'vatRateCreate(input: {since: "2030-01-01", percent: %s}) { __typename }',
    "Month": 'contractSet(input: {organizationId: "a", seatLimit: 1, fromMonth: %s}) { __typename }',
}


def place_of(scalar: str) -> Place:
    """Some place of an input that takes the scalar."""
    return next(place for place in places(scalar) if place.is_mutation)


@pytest.mark.parametrize("scalar", WRONG)
async def test_what_a_scalar_does_not_mean_is_refused_with_its_place(client: Client, scalar: str) -> None:
    place = place_of(scalar)
    before = await contents()
    for value in (*WRONG[scalar], *NO_STRINGS):
        body = await client.post(place.document(), **place.variables(value, {}))

        (error,) = body["errors"]
        assert error["extensions"]["code"] == "INVALID_INPUT", value
        assert f" at .{'.'.join(place.path[1:])}: " in error["message"], error["message"]
        assert len(error["message"]) < 1000, value
    assert await contents() == before


@pytest.mark.parametrize("scalar", WRONG)
async def test_a_literal_that_is_no_string_is_refused(client: Client, scalar: str) -> None:
    for literal in LITERALS:
        document = f"mutation {{ {TAKING[scalar] % literal} }}"
        (error,) = (await client.post(document))["errors"]
        assert error["extensions"]["code"] in ("INVALID_INPUT", "GRAPHQL_VALIDATION_FAILED"), (scalar, literal)


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("2021-01-05T09:00:00Z", "2021-01-05T09:00:00Z"),
        ("2021-01-05t09:00:00z", "2021-01-05T09:00:00Z"),
        ("2021-01-05T12:00:00+03:00", "2021-01-05T09:00:00Z"),
        ("2021-01-05T09:00:00-00:00", "2021-01-05T09:00:00Z"),
        ("2021-01-04T09:01:00-23:59", "2021-01-05T09:00:00Z"),
        ("2021-01-05T09:00:00.000001Z", "2021-01-05T09:00:00.000001Z"),
        ("2021-01-05T09:00:00.5Z", "2021-01-05T09:00:00.500000Z"),
    ],
)
async def test_an_instant_with_an_offset_is_answered_in_utc(client: Client, given: str, shown: str) -> None:
    clock = await client.change("testClockCreate", "testClock { now }", now=given)

    assert clock["testClock"]["now"] == shown


@pytest.mark.parametrize("number", [2**31, -(2**31) - 1, 2**63, 10**400, 1.5, "1", True, [1]])
async def test_what_is_no_number_of_32_bits_is_refused_with_its_place(client: Client, number: Any) -> None:
    place = place_of("Int")

    failure = await client.fail(place.document(), **place.variables(number, {}))

    assert failure.code == "INVALID_INPUT"
    assert f" at .{'.'.join(place.path[1:])}: " in failure.message


@pytest.mark.parametrize("number", ["2147483648", "-2147483649", "1" * 100, "1e10", '"1"', "1.5"])
async def test_a_literal_that_is_no_number_of_32_bits_is_refused(client: Client, number: str) -> None:
    failure = await client.fail(f"{{ viewer {{ organizations(first: {number}) {{ totalCount }} }} }}")

    assert failure.code == "GRAPHQL_VALIDATION_FAILED"


@pytest.mark.parametrize("scalar", ["Email", "TimeZone"])
async def test_an_address_or_a_zone_that_is_none_is_a_problem_with_its_path(client: Client, scalar: str) -> None:
    _, ids = await fill(client)
    taken = [place for place in places(scalar) if place.is_mutation]
    before = await contents()
    for place in taken:
        for value in ("", " ", "nonsense", "a@b", "a b@c.example", "Europe/москва", "../etc/passwd", "x" * 255):
            body = await client.post(place.document(), **place.variables(value, ids))
            result = body["data"][place.field]
            codes = {one["code"] for one in result["problems"]}
            expected = "NOT_FOUND" if place.path[1] == "unsubscribe" else "INVALID_INPUT"
            assert (result["__typename"], codes) == ("UserError", {expected}), (place.name, value, result)
        for other in NO_STRINGS:
            (error,) = (await client.post(place.document(), **place.variables(other, ids)))["errors"]
            assert error["extensions"]["code"] == "INVALID_INPUT"
    assert await contents() == before


async def test_an_address_or_a_zone_is_a_string_also_as_a_literal(client: Client) -> None:
    new = 'name: "A", slug: "aa", owner: {email: %s, name: "B"}, timeZone: %s'
    for email, zone in (("olga", '"UTC"'), ('"olga@romashka.example"', "UTC"), ("1", '"UTC"')):
        document = f"mutation {{ organizationCreate(input: {{{new % (email, zone)}}}) {{ __typename }} }}"
        assert (await client.fail(document)).code == "INVALID_INPUT"


async def test_zero_has_no_sign(client: Client) -> None:
    company, _ = await fill(client)
    wanted = "organization { seats { budget { amount } } }"

    changed = await client.change("organizationUpdate", wanted, organizationId=company.id, budget="-0.00")

    assert changed["organization"]["seats"]["budget"] == {"amount": "0.00"}
