"""Years under every discount: lists to come, contracts, legacy months, promo codes, other currencies, a new VAT rate.

Public lists are made for months to come alone, so the clocks of those stories stand in 2040.
"""

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from tests.client import PAYER, Client, Company, create_clock, start

pytestmark = pytest.mark.usefixtures("clean_afterwards")


async def make_list(client: Client, tiers: list[dict[str, Any]], **other: Any) -> str:
    given: dict[str, Any] = {
        "name": "A list",
        "currency": "RUB",
        "isPublic": False,
        "effectiveFrom": "2020-01",
        "tiers": tiers,
        "vatIncluded": True,
    }
    payload = await client.change("priceListCreate", "priceList { id }", **(given | other))
    made: str = payload["priceList"]["id"]
    return made


async def redeem(company: Company, **given: Any) -> None:
    code = f"C-{uuid4().hex[:12]}"
    await company.client.change("promoCodeCreate", "promoCode { id }", code=code, **given)
    payer = {**PAYER, "taxNumber": uuid4().hex}
    await company.client.change("billingProfileSet", "organization { id }", organizationId=company.id, **payer)
    await company.client.change("promoCodeRedeem", "organization { id }", organizationId=company.id, code=code)


async def seat(company: Company, seats: int) -> list[str]:
    people = await company.invite(seats)
    await company.subscribe(people)
    return people


async def found_in(client: Client, currency: str, now: str) -> Company:
    """Like `start`, in another currency."""
    before = datetime.fromisoformat(now) - timedelta(seconds=1)
    clock_id, slug = await create_clock(client, before.isoformat()), f"abroad-{uuid4().hex}"
    payload = await client.change(
        "organizationCreate", "organization { id }", name="Abroad", slug=slug, timeZone="Europe/Moscow",
        currency=currency, owner={"email": f"owner@{slug}.example", "name": "Olga"}, testClockId=clock_id,
    )  # fmt: skip
    company = Company(client, clock_id, payload["organization"]["id"], slug)
    await company.advance(now)
    await company.activate()
    await company.set_payer()
    return company


async def amounts(company: Company) -> dict[str, str]:
    """What each month was billed."""
    return {one["month"]: one["total"]["amount"] for one in await company.invoices("month total { amount }")}


async def test_a_list_that_starts_next_month_leaves_older_organizations_their_price_for_six_months(
    client: Client,
) -> None:
    (today,) = [
        one["id"] for one in (await client.ask("{ priceLists { id isPublic } }"))["priceLists"] if one["isPublic"]
    ]
    company = await start(client, "2039-11-01T09:00:00+03:00")  # the trial ends on 1 December
    await seat(company, 6)
    await company.advance("2040-01-15T09:00:00+03:00")
    await make_list(
        client, [{"unitPrice": "300"}], isPublic=True, effectiveFrom="2040-02", legacyPeriods=6, baselineId=today
    )
    assert await company.preview("total { amount } nextMonth { amount }") == {
        "total": {"amount": "1548.00"}, "nextMonth": {"amount": "1548.00"},
    }  # fmt: skip
    newcomer = await start(client, "2040-02-01T09:00:00+03:00")
    await seat(newcomer, 6)
    await company.advance("2040-09-02T09:00:00+03:00")
    await newcomer.advance("2040-04-02T09:00:00+03:00")

    billed = await amounts(company)
    assert list(billed.items()) == [
        ("2039-12", "1548.00"),
        ("2040-01", "1548.00"),
        # 6 × 300 = 1 800, no more than 6 × 258 from February to July
        *((f"2040-{number:02}", "1548.00") for number in range(2, 8)),
        ("2040-08", "1800.00"),
    ]
    wanted = "month subtotal { amount } discounts { kind amount { amount } }"
    february = next(one for one in await company.invoices(wanted) if one["month"] == "2040-02")
    assert february["subtotal"] == {"amount": "1800.00"}
    assert february["discounts"] == [{"kind": "LEGACY", "amount": {"amount": "252.00"}}]
    assert await amounts(newcomer) == {"2040-03": "1800.00"}


async def test_contract_and_promo_code_in_mid_month_over_a_year_in_which_vat_rises(client: Client) -> None:
    company = await start(client, "2025-08-20T09:00:00+03:00")  # the trial ends on 19 September
    people = await seat(company, 10)
    await company.advance("2025-10-15T09:00:00+03:00")
    await redeem(company, percent="20", periods=3)
    await company.advance("2025-11-02T09:00:00+03:00")
    await company.unsubscribe(people[5:])  # ten were carried in, so that November is billed still
    await company.advance("2026-01-10T09:00:00+03:00")  # December was free: 5 seats
    await company.subscribe(people[5:])
    prices = await make_list(client, [{"unitPrice": "240"}])
    await client.change(
        "contractSet", "organization { id }", organizationId=company.id, seatLimit=900, fromMonth="2026-01",
        toMonth="2026-02", priceListId=prices,
    )  # fmt: skip
    await company.advance("2026-04-02T09:00:00+03:00")

    wanted = (
        "month subtotal { amount } discounts { kind amount { amount } } total { amount } vat { rate amount { amount } }"
    )
    told = [
        (
            one["month"],
            one["subtotal"]["amount"],
            [discount["amount"]["amount"] for discount in one["discounts"]],
            one["total"]["amount"],
            (one["vat"]["rate"], one["vat"]["amount"]["amount"]),
        )
        for one in await company.invoices(wanted)
    ]
    assert told == [
        # 10 × 258 = 2 580, × 20 / 120 = 430
        ("2025-09", "2580.00", [], "2580.00", ("20", "430.00")),
        # less 20 percent, 516: 2 064, × 20 / 120 = 344
        ("2025-10", "2580.00", ["516.00"], "2064.00", ("20", "344.00")),
        ("2025-11", "2580.00", ["516.00"], "2064.00", ("20", "344.00")),
        # The free December used up nothing. 10 × 240 = 2 400 less 480 = 1 920, × 22 / 122 = 346.229…
        ("2026-01", "2400.00", ["480.00"], "1920.00", ("22", "346.23")),
        # 2 400 × 22 / 122 = 432.786…
        ("2026-02", "2400.00", [], "2400.00", ("22", "432.79")),
        # 2 580 × 22 / 122 = 465.245…
        ("2026-03", "2580.00", [], "2580.00", ("22", "465.25")),
    ]
    assert [(month, outcome) for month, outcome, _, _ in await company.bills()][4] == ("2025-12", "FREE")


async def test_dollars_to_six_decimals_and_yen_without_any(client: Client) -> None:
    dollars: list[dict[str, Any]] = [
        {"upTo": 7, "unitPrice": "2.345678", "flatAmount": "9.99"},
        {"unitPrice": "0.000049"},
    ]
    await make_list(client, dollars, currency="USD", isPublic=True, effectiveFrom="2040-01", vatIncluded=False)
    await make_list(client, [{"unitPrice": "370.5"}], currency="JPY", isPublic=True, effectiveFrom="2040-01")
    american = await found_in(client, "USD", "2040-01-02T09:00:00+03:00")  # the trial ends on 1 February
    japanese = await found_in(client, "JPY", "2040-01-02T09:00:00+03:00")
    for company in (american, japanese):
        await seat(company, 9)
    await japanese.advance("2040-02-10T09:00:00+03:00")
    await redeem(japanese, percent="33.33", periods=1)
    for company in (american, japanese):
        await company.advance("2040-04-02T09:00:00+03:00")

    wanted = "month lines { amount { amount } } total { amount currency } vat { rate included amount { amount } }"
    february, march = await american.invoices(wanted)
    # 7 × 2.345678 + 9.99 = 26.409746 → 26.41; 2 × 0.000049 = 0.000098 → 0; 26.41 × 22 % = 5.8102 → 5.81
    assert [line["amount"]["amount"] for line in february["lines"]] == ["26.41", "0.00"]
    assert february["total"] == {"amount": "32.22", "currency": "USD"} == march["total"]
    assert february["vat"] == {"rate": "22", "included": False, "amount": {"amount": "5.81"}}
    february, march = await japanese.invoices(wanted)
    # 9 × 370.5 = 3 334.5 → 3 335; 33.33 % are 1 111.5555 → 1 112: 2 223; × 22 / 122 = 400.868… → 401
    assert (february["total"], february["vat"]["amount"]) == ({"amount": "2223", "currency": "JPY"}, {"amount": "401"})
    # 3 335 × 22 / 122 = 601.393…
    assert (march["total"]["amount"], march["vat"]["amount"]["amount"]) == ("3335", "601")
