"""Prices, quotes and billing profiles."""

from typing import Any

import pytest

from tests.client import PAYER, Client, Problem, create_clock, found, start, unknown

pytestmark = pytest.mark.usefixtures("clean_afterwards")

NOW = "2021-01-05T09:00:00+03:00"
QUOTE = """query($seats: Int!, $month: Month = "2021-01", $currency: String, $priceListId: ID) {
    priceQuote(seats: $seats, month: $month, currency: $currency, priceListId: $priceListId) {
        seats total { amount currency } lines { quantity unitPrice amount { amount } }
        vat { rate included net { amount } amount { amount } } priceList { name }
    }
}"""
PROFILE = "legalName kind taxNumber address bankDetails contactEmail agreementVersion acceptedBy acceptedAt"


async def test_the_public_list_of_october_2020_is_there_with_its_tiers(client: Client) -> None:
    wanted = """{ priceLists {
        name currency isPublic effectiveFrom freeThreshold vatIncluded legacyPeriods
        tiers { upTo unitPrice flatAmount }
    } }"""

    assert (await client.ask(wanted))["priceLists"] == [
        {
            "name": "Public list of October 2020",
            "currency": "RUB",
            "isPublic": True,
            "effectiveFrom": "2020-10",
            "freeThreshold": 5,
            "vatIncluded": True,
            "legacyPeriods": 6,
            "tiers": [
                {"upTo": 100, "unitPrice": "258", "flatAmount": "0"},
                {"upTo": 250, "unitPrice": "222", "flatAmount": "0"},
                {"upTo": None, "unitPrice": "185", "flatAmount": "0"},
            ],
        }
    ]


@pytest.mark.parametrize(
    ("seats", "total", "quantities"),
    [
        (0, "0.00", []),
        (1, "0.00", []),
        (5, "0.00", []),
        (6, "1548.00", [6]),  # 6 × 258
        (7, "1806.00", [7]),  # 7 × 258
        (99, "25542.00", [99]),  # 99 × 258
        (100, "25800.00", [100]),  # 100 × 258
        (101, "26022.00", [100, 1]),  # 25 800 + 222
        (249, "58878.00", [100, 149]),  # 25 800 + 149 × 222 = 25 800 + 33 078
        (250, "59100.00", [100, 150]),  # 25 800 + 150 × 222 = 25 800 + 33 300
        (251, "59285.00", [100, 150, 1]),  # 59 100 + 185
        (270, "62800.00", [100, 150, 20]),  # 59 100 + 20 × 185 = 59 100 + 3 700
        (500, "105350.00", [100, 150, 250]),  # 59 100 + 250 × 185 = 59 100 + 46 250
        (501, "105535.00", [100, 150, 251]),  # 105 350 + 185
        (10_000_000, "1850012850.00", [100, 150, 9_999_750]),  # 59 100 + 9 999 750 × 185 = 59 100 + 1 849 953 750
    ],
)
async def test_so_many_seats_cost_so_much(client: Client, seats: int, total: str, quantities: list[int]) -> None:
    quote = (await client.ask(QUOTE, seats=seats))["priceQuote"]

    assert (quote["seats"], quote["total"]) == (seats, {"amount": total, "currency": "RUB"})
    assert [line["quantity"] for line in quote["lines"]] == quantities
    assert quote["priceList"] == {"name": "Public list of October 2020"}


@pytest.mark.parametrize(
    ("month", "rate", "net", "amount"),
    [
        ("2020-10", "20", "52333.33", "10466.67"),  # 62 800 × 20 / 120 = 10 466.666…
        ("2025-12", "20", "52333.33", "10466.67"),
        ("2026-01", "22", "51475.41", "11324.59"),  # 62 800 × 22 / 122 = 11 324.590…
        ("2199-12", "22", "51475.41", "11324.59"),
    ],
)
async def test_vat_is_inside_at_the_rate_of_the_month(
    client: Client, month: str, rate: str, net: str, amount: str
) -> None:
    quote = (await client.ask(QUOTE, seats=270, month=month))["priceQuote"]

    assert quote["vat"] == {"rate": rate, "included": True, "net": {"amount": net}, "amount": {"amount": amount}}
    assert quote["total"]["amount"] == "62800.00"


async def test_a_quote_without_a_month_is_for_the_current_one(client: Client) -> None:
    quote = (await client.ask("{ priceQuote(seats: 6) { total { amount } } }"))["priceQuote"]

    assert quote == {"total": {"amount": "1548.00"}}


async def test_a_list_can_be_named(client: Client) -> None:
    (prices,) = (await client.ask("{ priceLists { id } }"))["priceLists"]
    quote = (await client.ask(QUOTE, seats=6, priceListId=prices["id"]))["priceQuote"]

    assert quote["total"]["amount"] == "1548.00"


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        pytest.param({"seats": -1}, "INVALID_INPUT", id="fewer than none"),
        pytest.param({"seats": 10_000_001}, "INVALID_INPUT", id="more than 10 million"),
        pytest.param({"seats": 6, "month": "2020-09"}, "NOT_FOUND", id="before the first list"),
        pytest.param({"seats": 6, "currency": "EUR"}, "NOT_FOUND", id="a currency without a list"),
        pytest.param({"seats": 6, "currency": "\ud800"}, "INVALID_INPUT", id="half a character"),
        pytest.param({"seats": 6, "currency": ""}, "INVALID_INPUT", id="no currency at all"),
        pytest.param({"seats": 6, "currency": "ROUBLES"}, "INVALID_INPUT", id="a currency that nobody has"),
        pytest.param({"seats": 6, "priceListId": unknown("PriceList")}, "NOT_FOUND", id="an unknown list"),
        pytest.param({"seats": 6, "priceListId": unknown("Member")}, "INVALID_INPUT", id="the id of something else"),
        pytest.param({"seats": 6, "month": "2021-13"}, "INVALID_INPUT", id="a month that is none"),
        pytest.param({"seats": 6, "month": "2021-1"}, "INVALID_INPUT", id="a month without its zero"),
        pytest.param({"seats": 6, "month": 202101}, "INVALID_INPUT", id="a month that is a number"),
        pytest.param({"seats": 2**31}, "INVALID_INPUT", id="more than an Int"),
        pytest.param({"seats": "6"}, "INVALID_INPUT", id="a string"),
        pytest.param({"seats": 6.5}, "INVALID_INPUT", id="half a seat"),
    ],
)
async def test_what_cannot_be_priced_is_refused(client: Client, asked: dict[str, Any], code: str | None) -> None:
    failure = await client.fail(QUOTE, **asked)

    assert (failure.code, failure.data) == (code, None)


@pytest.mark.parametrize(("currency", "told"), [("XXX", "'XXX'"), ("", "''"), ("A" * 1000, "'AAAAAAAAAA'")])
async def test_a_currency_that_is_none_is_told_in_short(client: Client, currency: str, told: str) -> None:
    failure = await client.fail(QUOTE, seats=6, currency=currency)

    assert failure.message == f"{told} is not a currency that can be billed."


@pytest.mark.parametrize("month", ["1999-01", "9999-12"])
async def test_a_month_out_of_our_time_is_told_the_limits(client: Client, month: str) -> None:
    failure = await client.fail(QUOTE, seats=6, month=month)

    assert f"{month} is not a month from 2000-01 to 2199-12." in failure.message


async def test_the_issuer_is_set_and_read_by_operators_alone(client: Client) -> None:
    given = {"taxNumber": "7700000000", "address": "1 Tverskaya, Moscow", "bankDetails": "40702"}
    wanted = "name taxNumber address bankDetails timeZone"
    expected = {"name": "Seatmark", **given, "timeZone": "Europe/Moscow"}

    assert (await client.change("issuerUpdate", f"issuer {{ {wanted} }}", **given))["issuer"] == expected
    assert (await client.ask(f"{{ issuer {{ {wanted} }} }}"))["issuer"] == expected
    refusal = await client.refuse("issuerUpdate", name=None, taxNumber=".", bankDetails="a" * 501)
    assert refusal.problems == [
        Problem("INVALID_INPUT", ["input", field]) for field in ("name", "taxNumber", "bankDetails")
    ]
    company = await start(client, NOW)
    owner = await client.as_member(
        (await company.read("members(first: 1) { nodes { id } }"))["members"]["nodes"][0]["id"]
    )
    assert (await owner.refuse("issuerUpdate", **given)).code == "FORBIDDEN"
    failure = await owner.fail("{ issuer { name } }")
    assert (failure.code, failure.data) == ("FORBIDDEN", {"issuer": None})


async def test_a_billing_profile_says_who_pays_and_who_accepted_the_agreement(client: Client) -> None:
    company = await found(client, await create_clock(client, "2021-01-05T08:59:59+03:00"))
    await company.advance(NOW)
    wanted = f"billingProfile {{ {PROFILE} }} organization {{ billing {{ profile {{ legalName }} }} }}"
    payload = await client.change("billingProfileSet", wanted, organizationId=company.id, **PAYER)

    assert payload["organization"] == {"billing": {"profile": {"legalName": "OOO Romashka"}}}
    profile = payload["billingProfile"]
    assert profile.pop("acceptedBy").startswith("operator:")
    assert profile == {
        "legalName": "OOO Romashka",
        "kind": "LEGAL_ENTITY",
        "taxNumber": "7701234567",
        "address": "Moscow, Tverskaya 1",
        "bankDetails": "BIK 044525225",
        "contactEmail": "billing@romashka.example",
        "agreementVersion": "2020-10",
        "acceptedAt": "2021-01-05T06:00:00Z",
    }


async def test_a_new_billing_profile_replaces_the_old_one(client: Client) -> None:
    company = await start(client, NOW)
    given = PAYER | {"legalName": "IP Ivanova", "kind": "SOLE_TRADER"}
    await client.change("billingProfileSet", "organization { id }", organizationId=company.id, **given)

    found = await company.read("billing { profile { legalName kind } }")
    assert found["billing"]["profile"] == {"legalName": "IP Ivanova", "kind": "SOLE_TRADER"}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("acceptAgreement", False),
        ("legalName", " "),
        ("taxNumber", ""),
        ("taxNumber", "---"),
        ("legalName", "a\u2066b"),
        ("address", "a" * 501),
        ("bankDetails", "a\x00b"),
        ("contactEmail", "billing"),
    ],
)
async def test_a_billing_profile_that_lacks_something_is_refused(client: Client, field: str, value: Any) -> None:
    company = await found(client, await create_clock(client, NOW))

    refusal = await client.refuse("billingProfileSet", organizationId=company.id, **(PAYER | {field: value}))

    assert refusal.problems == [Problem("INVALID_INPUT", ["input", field])]


async def test_an_unknown_organization_has_no_billing_profile(client: Client) -> None:
    refusal = await client.refuse("billingProfileSet", organizationId=unknown("Organization"), **PAYER)

    assert refusal.code == "NOT_FOUND"


async def test_the_id_of_something_else_is_refused(client: Client) -> None:
    refusal = await client.refuse("billingProfileSet", organizationId=unknown("Invoice"), **PAYER)

    assert refusal.problems == [Problem("INVALID_INPUT", ["input", "organizationId"])]
