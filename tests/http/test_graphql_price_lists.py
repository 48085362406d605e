"""Price lists, VAT rates, contracts, baselines and promo codes over HTTP."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from tests.client import Client, Company, Problem, start, unknown

pytestmark = pytest.mark.usefixtures("clean_afterwards")

TIERS = ["input", "tiers"]
NOW = "2021-01-05T09:00:00+03:00"
_YEARS = iter(range(2150, 2199))


def far_month() -> str:
    """A month that no other test makes a public list for."""
    return f"{next(_YEARS)}-01"


def priced(**other: Any) -> dict[str, Any]:
    """A private list at 100 a seat."""
    plain = {
        "name": "Private",
        "currency": "RUB",
        "isPublic": False,
        "effectiveFrom": "2020-01",
        "tiers": [{"unitPrice": "100"}],
        "vatIncluded": True,
    }
    return plain | other


async def make_list(client: Client, **other: Any) -> str:
    payload = await client.change("priceListCreate", "priceList { id }", **priced(**other))
    made: str = payload["priceList"]["id"]
    return made


async def make_code(client: Client, **other: Any) -> dict[str, Any]:
    given = {"code": f"C-{uuid4().hex[:12]}", "percent": "10", "periods": 3} | other
    payload = await client.change("promoCodeCreate", "promoCode { id code }", **given)
    made: dict[str, Any] = payload["promoCode"]
    return made


async def person(client: Client, company: Company, role: str) -> Client:
    people = [{"email": f"{role}-{uuid4().hex}@{company.slug}.example", "name": role, "role": role, "active": True}]
    payload = await client.change("memberInvite", "members { id }", organizationId=company.id, members=people)
    return await client.as_member(payload["members"][0]["id"])


# Price lists


async def test_a_list_is_made_seen_quoted_and_removed(client: Client) -> None:
    baseline = await make_list(client)
    wanted = """priceList {
        name currency isPublic effectiveFrom freeThreshold vatIncluded legacyPeriods baseline { id }
        tiers { upTo unitPrice flatAmount } id isDeletable
    }"""
    payload = await client.change(
        "priceListCreate",
        wanted,
        **priced(
            name="Tiered",
            isPublic=True,
            effectiveFrom=far_month(),
            currency="RUB",
            freeThreshold=3,
            legacyPeriods=6,
            baselineId=baseline,
            vatIncluded=False,
            tiers=[{"upTo": 10, "unitPrice": "1.123456", "flatAmount": "50"}, {"unitPrice": "0.5"}],
        ),
    )
    made = payload["priceList"]
    assert {key: made[key] for key in ("name", "isPublic", "freeThreshold", "legacyPeriods", "vatIncluded")} == {
        "name": "Tiered", "isPublic": True, "freeThreshold": 3, "legacyPeriods": 6, "vatIncluded": False,
    }  # fmt: skip
    assert made["baseline"] == {"id": baseline}
    assert made["tiers"] == [
        {"upTo": 10, "unitPrice": "1.123456", "flatAmount": "50"},
        {"upTo": None, "unitPrice": "0.5", "flatAmount": "0"},
    ]
    quote = """query($id: ID!) { priceQuote(seats: 12, priceListId: $id, month: "2021-01") { total { amount } } }"""
    # 10 × 1.123456 + 50 = 61.23456 → 61.23; 2 × 0.5 = 1.00; 20 percent of 62.23 are 12.446 → 12.45
    assert (await client.ask(quote, id=made["id"]))["priceQuote"] == {"total": {"amount": "74.68"}}
    assert made["isDeletable"] is True
    owner = await person(client, await start(client, NOW), "OWNER")
    shown = "{ priceLists { id name isPublic isDeletable } }"
    told = {one["id"]: one for one in (await client.ask(shown))["priceLists"]}
    assert (told[baseline]["isDeletable"], told[made["id"]]["isDeletable"]) == (False, True)  # the other one names it
    assert [one["isDeletable"] for one in told.values() if one["name"] == "Public list of October 2020"] == [False]
    assert not any(one["isDeletable"] for one in (await owner.ask(shown))["priceLists"])
    refusal = await client.refuse("priceListDelete", priceListId=baseline)
    assert refusal.problems == [Problem("PRICE_LIST_IN_USE", ["input", "priceListId"])]
    gone = await client.change("priceListDelete", "priceListId", priceListId=made["id"])
    assert gone["priceListId"] == made["id"]
    assert (await client.ask("query($id: ID!) { node(id: $id) { id } }", id=made["id"]))["node"] is None


@pytest.mark.parametrize(
    ("other", "paths"),
    [
        ({"tiers": []}, [TIERS]),
        ({"tiers": [{"upTo": 10, "unitPrice": "1"}]}, [TIERS]),
        ({"tiers": [{"upTo": 9, "unitPrice": "1"}, {"upTo": 5, "unitPrice": "1"}]}, [TIERS, [*TIERS, "1"]]),
        ({"tiers": [{"unitPrice": "1"}, {"unitPrice": "1"}]}, [[*TIERS, "0"]]),
        ({"tiers": [{"upTo": 0, "unitPrice": "1"}, {"unitPrice": "1"}]}, [[*TIERS, "0"]]),
        ({"tiers": [{"unitPrice": "-1"}]}, [[*TIERS, "0"]]),
        ({"currency": "XAU", "name": ""}, [["input", "name"], ["input", "currency"]]),
        ({"isPublic": True}, [["input", "effectiveFrom"]]),
        ({"baselineId": unknown("Member")}, [["input", "baselineId"]]),
    ],
)  # fmt: skip
async def test_a_list_that_cannot_be_is_refused(client: Client, other: dict[str, Any], paths: list[list[str]]) -> None:
    refusal = await client.refuse("priceListCreate", **priced(**other))
    assert (refusal.code, [one.path for one in refusal.problems]) == ("INVALID_INPUT", paths)


async def test_lists_that_are_there_or_not_there_are_told_apart(client: Client) -> None:
    month = far_month()
    await make_list(client, isPublic=True, effectiveFrom=month)
    twice = await client.refuse("priceListCreate", **priced(isPublic=True, effectiveFrom=month))
    assert twice.problems == [Problem("ALREADY_EXISTS", ["input", "effectiveFrom"])]
    assert (await client.refuse("priceListCreate", **priced(baselineId=unknown("PriceList")))).code == "NOT_FOUND"
    assert (await client.refuse("priceListDelete", priceListId=unknown("PriceList"))).code == "NOT_FOUND"
    assert (await client.refuse("priceListDelete", priceListId=unknown("Invoice"))).code == "INVALID_INPUT"


async def test_a_private_list_is_there_for_whom_it_serves_alone(client: Client) -> None:
    company, other = await start(client, NOW), await start(client, NOW)
    served = await make_list(client)
    await client.change(
        "contractSet",
        "organization { billing { contract { seatLimit priceList { id } } contracts { fromMonth recordedAt } } }",
        organizationId=company.id, seatLimit=900, fromMonth="2021-01", priceListId=served,
    )  # fmt: skip
    owner, plain, foreign = [
        await person(client, *whose) for whose in ((company, "OWNER"), (company, "MEMBER"), (other, "OWNER"))
    ]
    node = "query($id: ID!) { node(id: $id) { id } priceLists { id } }"
    quote = "query($id: ID!) { priceQuote(seats: 6, priceListId: $id) { total { amount } } }"
    seen = await owner.ask(node, id=served)
    assert seen["node"] == {"id": served}
    assert served in [one["id"] for one in seen["priceLists"]]
    assert (await owner.ask(quote, id=served))["priceQuote"]["total"]["amount"] == "600.00"
    for blind in (plain, foreign):
        seen = await blind.ask(node, id=served)
        assert seen["node"] is None
        assert served not in [one["id"] for one in seen["priceLists"]]
        assert (await blind.fail(quote, id=served)).code == "NOT_FOUND"


# VAT rates


async def test_a_rate_is_recorded_for_a_day_to_come_alone(client: Client) -> None:
    since = f"{next(_YEARS)}-07-01"
    payload = await client.change("vatRateCreate", "vatRate { since percent }", since=since, percent="23.5")
    assert payload["vatRate"] == {"since": since, "percent": "23.5"}
    rates = (await client.ask("{ vatRates { since percent } }"))["vatRates"]
    assert rates[:2] == [{"since": "2019-01-01", "percent": "20"}, {"since": "2026-01-01", "percent": "22"}]
    assert {"since": since, "percent": "23.5"} in rates
    assert (await client.refuse("vatRateCreate", since=since, percent="20")).code == "ALREADY_EXISTS"
    assert (await client.change("vatRateDelete", "since", since=since))["since"] == since
    assert (await client.ask("{ vatRates { since } }"))["vatRates"] == [
        {"since": "2019-01-01"},
        {"since": "2026-01-01"},
    ]
    gone = await client.refuse("vatRateDelete", since=since)
    assert gone.problems == [Problem("NOT_FOUND", ["input", "since"])]
    in_force = await client.refuse("vatRateDelete", since="2026-01-01")
    assert in_force.problems == [Problem("CONFLICT", ["input", "since"])]
    yesterday = (datetime.now(UTC) - timedelta(days=1)).date().isoformat()
    refusal = await client.refuse("vatRateCreate", since=yesterday, percent="100.5")
    assert [one.path for one in refusal.problems] == [["input", "since"], ["input", "percent"]]


# Contracts and baselines


async def test_a_contract_prices_by_its_list_and_its_history_is_kept(client: Client) -> None:
    company = await start(client, "2020-11-01T09:00:00+03:00")
    people = await company.invite(10)
    await company.subscribe(people[:1])
    await company.advance("2021-01-05T12:00:00+03:00")
    await company.subscribe(people[1:])
    for price in ("200", "300"):
        await client.change(
            "contractSet", "organization { id }", organizationId=company.id, seatLimit=900, fromMonth="2021-01",
            priceListId=await make_list(client, name=f"At {price}", tiers=[{"unitPrice": price}]),
        )  # fmt: skip
    wanted = "total { amount } nextMonth { amount } priceList { name }"
    assert await company.preview(wanted) == {
        "total": {"amount": "2000.00"}, "nextMonth": {"amount": "3000.00"}, "priceList": {"name": "At 200"},
    }  # fmt: skip
    account = await company.read("billing { contract { priceList { name } } contracts { toMonth priceList { name } } }")
    assert account["billing"] == {
        "contract": {"priceList": {"name": "At 300"}},
        "contracts": [
            {"toMonth": None, "priceList": {"name": "At 200"}},
            {"toMonth": None, "priceList": {"name": "At 300"}},
        ],
    }
    closed = await client.refuse("contractSet", organizationId=company.id, seatLimit=9, fromMonth="2020-12")
    assert closed.problems == [Problem("PERIOD_CLOSED", ["input", "fromMonth"])]


@pytest.mark.parametrize(
    ("prices", "code"),
    [
        ({"currency": "USD"}, "INVALID_INPUT"),
        ({"effectiveFrom": "2021-02"}, "INVALID_INPUT"),
        ({"isPublic": True, "effectiveFrom": "2149-01"}, "INVALID_INPUT"),
    ],
)
async def test_a_contract_s_list_fits(client: Client, prices: dict[str, Any], code: str) -> None:
    company = await start(client, NOW)
    made = await make_list(client, **prices)
    given = {"organizationId": company.id, "seatLimit": 9, "fromMonth": "2021-01"}
    refusal = await client.refuse("contractSet", **given, priceListId=made)
    assert refusal.problems == [Problem(code, ["input", "priceListId"])]
    assert (await client.refuse("contractSet", **given, priceListId=unknown("PriceList"))).code == "NOT_FOUND"


async def test_operators_alone_make_terms(client: Client) -> None:
    company = await start(client, NOW)
    owner = await person(client, company, "OWNER")
    prices, code = await make_list(client), await make_code(client)
    verbs: list[tuple[str, dict[str, Any]]] = [
        ("priceListCreate", priced()),
        ("priceListDelete", {"priceListId": prices}),
        ("vatRateCreate", {"since": "2199-01-01", "percent": "1"}),
        ("vatRateDelete", {"since": "2199-01-01"}),
        ("contractSet", {"organizationId": company.id, "seatLimit": 9, "fromMonth": "2021-01"}),
        ("legacyBaselineSet", {"organizationId": company.id, "priceListId": prices}),
        ("promoCodeCreate", {"code": "OWN", "percent": "100", "periods": 1}),
        ("promoCodeDisable", {"promoCodeId": code["id"]}),
    ]
    for verb, given in verbs:
        assert (await owner.refuse(verb, **given)).code == "FORBIDDEN", verb
    failure = await owner.fail("{ promoCodes { nodes { code } } }")
    assert (failure.code, failure.data) == ("FORBIDDEN", {"promoCodes": None})
    assert (await owner.ask("query($id: ID!) { node(id: $id) { id } }", id=code["id"]))["node"] is None


async def test_a_baseline_is_set_for_a_list_of_the_currency(client: Client) -> None:
    company = await start(client, NOW)
    given = {"organizationId": company.id}
    told = "billing { legacyBaselines { recordedAt priceList { id } } }"
    assert await company.read(told) == {"billing": {"legacyBaselines": []}}
    lists = [await make_list(client), await make_list(client)]
    for one in lists:
        await client.change("legacyBaselineSet", "organization { id }", **given, priceListId=one)
    manager = await person(client, company, "BILLING_MANAGER")
    for reader in (client, manager):
        found = await reader.ask(f"query($id: ID!) {{ organization(id: $id) {{ {told} }} }}", id=company.id)
        recorded = found["organization"]["billing"]["legacyBaselines"]
        assert [one["priceList"]["id"] for one in recorded] == lists
        assert recorded[0]["recordedAt"] < recorded[1]["recordedAt"]
    dollars = await make_list(client, currency="USD")
    assert (await client.refuse("legacyBaselineSet", **given, priceListId=dollars)).code == "INVALID_INPUT"
    assert (await client.refuse("legacyBaselineSet", **given, priceListId=unknown("PriceList"))).code == "NOT_FOUND"
    assert (await client.refuse("legacyBaselineSet", **given, priceListId=company.id)).code == "INVALID_INPUT"
    assert len((await company.read(told))["billing"]["legacyBaselines"]) == 2


# Promo codes


async def test_a_code_is_made_redeemed_read_and_disabled(client: Client) -> None:
    company = await start(client, NOW)
    await client.change("billingProfileSet", "organization { id }", **payer(company))
    manager = await person(client, company, "BILLING_MANAGER")
    made = await make_code(client, mostUses=5, redeemBy="2021-01-31T00:00:00Z")
    wanted = """organization { billing { promoCode {
        code percent periods monthsLeft fromMonth redeemedAt priceList { id }
    } } }"""
    payload = await manager.change("promoCodeRedeem", wanted, organizationId=company.id, code=made["code"].lower())
    promo = payload["organization"]["billing"]["promoCode"]
    assert {key: value for key, value in promo.items() if key != "redeemedAt"} == {
        "code": made["code"], "percent": "10", "periods": 3, "monthsLeft": 3,
        "fromMonth": "2021-02",  # the trial ends on 4 February
        "priceList": None,
    }  # fmt: skip
    await client.change("promoCodeDisable", "promoCode { disabledAt }", promoCodeId=made["id"])
    wanted = "query($id: ID!) { node(id: $id) { ... on PromoCode { code percent uses mostUses redeemBy disabledAt } } }"
    node = (await client.ask(wanted, id=made["id"]))["node"]
    assert (node["uses"], node["mostUses"], node["redeemBy"]) == (1, 5, "2021-01-31T00:00:00Z")
    assert node["disabledAt"] is not None
    page = await client.ask("{ promoCodes(last: 1) { totalCount nodes { code createdAt periods priceList { id } } } }")
    assert page["promoCodes"]["nodes"][0]["code"] == made["code"]


def payer(company: Company) -> dict[str, Any]:
    """One that no other organization has."""
    return {
        "organizationId": company.id, "legalName": "LLC", "kind": "LEGAL_ENTITY", "taxNumber": uuid4().hex,
        "address": "Moscow", "bankDetails": "40702", "contactEmail": "a@b.example", "acceptAgreement": True,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("other", "fields"),
    [
        ({"code": "no blanks"}, ["code"]),
        ({"percent": "0"}, ["percent"]),
        ({"percent": "100.01"}, ["percent"]),
        ({"percent": "1.001"}, ["percent"]),
        ({"percent": None}, ["percent"]),
        ({"priceListId": unknown("PriceList")}, ["percent"]),
        ({"periods": 0, "mostUses": -1}, ["periods", "mostUses"]),
        ({"periods": 121}, ["periods"]),
        ({"priceListId": unknown("Member")}, ["priceListId"]),
    ],
)
async def test_a_code_that_cannot_be_is_refused(client: Client, other: dict[str, Any], fields: list[str]) -> None:
    refusal = await client.refuse("promoCodeCreate", **({"code": "CODE", "percent": "10", "periods": 3} | other))
    assert (refusal.code, [one.path[-1] for one in refusal.problems]) == ("INVALID_INPUT", fields)


async def test_codes_are_refused_with_their_reason(client: Client) -> None:
    company = await start(client, NOW)
    await client.change("billingProfileSet", "organization { id }", **payer(company))

    async def refusal_of(code: str) -> str:
        return (await client.refuse("promoCodeRedeem", organizationId=company.id, code=code)).code

    made = await make_code(client)
    twice = await client.refuse("promoCodeCreate", code=made["code"].lower(), percent="5", periods=1)
    assert twice.problems == [Problem("ALREADY_EXISTS", ["input", "code"])]
    dollars = await make_code(client, percent=None, priceListId=await make_list(client, currency="USD"))
    late = await make_code(client, redeemBy="2021-01-05T05:59:59Z")
    assert await refusal_of("nothing") == "PROMO_CODE_INVALID"
    assert await refusal_of(dollars["code"]) == "PROMO_CODE_INVALID"
    assert await refusal_of(late["code"]) == "PROMO_CODE_EXPIRED"
    await client.change("promoCodeRedeem", "organization { id }", organizationId=company.id, code=made["code"])
    assert await refusal_of(made["code"]) == "PROMO_CODE_USED"
    assert await refusal_of((await make_code(client))["code"]) == "PROMO_CODE_USED"
    admin = await person(client, company, "ADMIN")
    refusal = await admin.refuse("promoCodeRedeem", organizationId=company.id, code="nothing")
    assert refusal.code == "FORBIDDEN"
    gone = await client.refuse("promoCodeRedeem", organizationId=unknown("Organization"), code="nothing")
    assert gone.problems == [Problem("NOT_FOUND", ["input", "organizationId"])]
    assert (await client.refuse("promoCodeDisable", promoCodeId=unknown("PromoCode"))).code == "NOT_FOUND"


# Asking for a contract


async def test_an_admin_asks_for_a_contract_and_a_member_does_not(client: Client) -> None:
    company = await start(client, NOW)
    admin, plain = await person(client, company, "ADMIN"), await person(client, company, "MEMBER")
    wanted = "organization { seatRequests { nodes { seats code } } }"
    given = {"organizationId": company.id, "seats": 900, "message": "We grow."}
    payload = await admin.change("contractRequest", wanted, **given)
    assert payload["organization"]["seatRequests"]["nodes"] == [{"seats": 900, "code": "CONTRACT_REQUIRED"}]
    refusal = await plain.refuse("contractRequest", **given)
    assert (refusal.code, refusal.message) == ("FORBIDDEN", "This needs the permission BILLING_MANAGE or SEAT_MANAGE.")
    manager = await person(client, company, "BILLING_MANAGER")
    await manager.change("contractRequest", "organization { id }", **given)
    refusal = await admin.refuse("contractRequest", organizationId=company.id, seats=0, message="a" * 1001)
    assert [one.path for one in refusal.problems] == [["input", "seats"], ["input", "message"]]
