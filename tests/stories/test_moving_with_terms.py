"""A company moves in mid-month, with a contract of that month, a peak since the last and a list for the next.

The month that runs ends by the old zone, and what is agreed is for periods, not for what a calendar shows (R0.2, R4.9).

Public lists are made for months to come alone, so the clocks stand in 2040. Its January ends in Moscow on the 31st at
21:00 UTC.
"""

from typing import Any

import pytest

from tests.client import Client, Company, start
from tests.stories.months import BILL, are_identical, told
from tests.stories.test_terms import make_list, redeem


@pytest.fixture(scope="module", autouse=True)
async def list_of_february(client: Client, clean_afterwards: None) -> None:
    """From February on 300, which organizations older than that need not pay for one month."""
    lists = (await client.ask("{ priceLists { id isPublic } }"))["priceLists"]
    (today,) = [one["id"] for one in lists if one["isPublic"]]
    await make_list(
        client, [{"unitPrice": "300"}], isPublic=True, effectiveFrom="2040-02", legacyPeriods=1, baselineId=today
    )


async def start_with_ten(client: Client) -> tuple[Company, list[str]]:
    """Ten seats since December 2039, six of them kept on 5 January 2040; gives the people too."""
    company = await start(client, "2039-11-01T09:00:00+03:00")  # the trial ends on 1 December
    people = await company.invite(15)
    await company.subscribe(people[:10])
    await company.advance("2040-01-05T12:00:00Z")
    await company.unsubscribe(people[6:10])
    return company, people


async def agree_and_move(company: Company, time_zone: str) -> None:
    """On 10 January a contract at 199.99 from January to February, on the 15th another zone."""
    await company.advance("2040-01-10T12:00:00Z")
    prices = await make_list(company.client, [{"unitPrice": "199.99"}])
    await company.client.change(
        "contractSet", "organization { id }", organizationId=company.id, seatLimit=700, fromMonth="2040-01",
        toMonth="2040-02", priceListId=prices,
    )  # fmt: skip
    await company.advance("2040-01-15T12:00:00Z")
    await company.client.change(
        "organizationUpdate", "organization { id }", organizationId=company.id, timeZone=time_zone
    )


async def bounds(company: Company) -> list[tuple[str, str, str]]:
    """Of January 2040 and what was closed after it."""
    wanted = "statements(first: 100) { nodes { month periodStart periodEnd } }"
    found: list[Any] = (await company.read(wanted))["statements"]["nodes"]
    return [(one["month"], one["periodStart"], one["periodEnd"]) for one in found if one["month"] >= "2040"]


async def foreseen(company: Company) -> tuple[str, str, list[str]]:
    """The month that runs, until when, and what it costs so far."""
    preview = await company.preview(f"{BILL} periodEnd")
    return preview["month"], preview["periodEnd"], told(preview)


async def billed(company: Company) -> dict[str, list[str]]:
    """What every month of 2040 was billed."""
    return {one["month"]: told(one) for one in await company.invoices(BILL) if one["month"] >= "2040"}


# 10 × 199.99 = 1 999.90, × 22 / 122 = 360.6377…
JANUARY = ["10 × 199.99 = 1999.90", "VAT 22 % inside: 1639.26 + 360.64", "1999.90"]


async def test_west_to_los_angeles_january_ends_by_moscow_and_february_is_eleven_hours_longer(client: Client) -> None:
    company, people = await start_with_ten(client)
    await agree_and_move(company, "America/Los_Angeles")
    # The contract lowers the month that runs, whose peak are the ten that were carried in.
    assert await foreseen(company) == ("2040-01", "2040-01-31T21:00:00Z", JANUARY)
    await company.advance("2040-01-31T22:00:00Z")  # 14:00 of the 31st in Los Angeles, and February's first hour
    await redeem(company, percent="10", periods=1)
    await company.subscribe(people[6:8])
    # 8 × 199.99 = 1 599.92, × 10 % = 159.992; 1 439.93 × 22 / 122 = 259.6595…
    february = [
        "8 × 199.99 = 1599.92", "PROMO 159.99", "VAT 22 % inside: 1180.27 + 259.66", "1439.93",
    ]  # fmt: skip
    assert await foreseen(company) == ("2040-02", "2040-03-01T08:00:00Z", february)
    await company.advance("2040-02-10T12:00:00Z")
    await company.unsubscribe(people[6:8])
    await company.advance("2040-03-01T07:00:00Z")  # 23:00 of the 29th; in Moscow it is March
    await company.subscribe(people[6:9])
    # 9 × 199.99 = 1 799.91, × 10 % = 179.991; 1 619.92 × 22 / 122 = 292.1167…
    february = ["9 × 199.99 = 1799.91", "PROMO 179.99", "VAT 22 % inside: 1327.80 + 292.12", "1619.92"]
    assert await foreseen(company) == ("2040-02", "2040-03-01T08:00:00Z", february)
    await company.advance("2040-03-20T12:00:00Z")
    # The contract, the code and the list's legacy month are over: 9 × 300 = 2 700, × 22 / 122 = 486.8852…
    march = ["9 × 300 = 2700.00", "VAT 22 % inside: 2213.11 + 486.89", "2700.00"]
    assert await foreseen(company) == ("2040-03", "2040-04-01T07:00:00Z", march)  # by summer time
    await company.advance("2040-04-02T12:00:00Z")

    assert await billed(company) == {"2040-01": JANUARY, "2040-02": february, "2040-03": march}
    assert await bounds(company) == [
        ("2040-01", "2039-12-31T21:00:00Z", "2040-01-31T21:00:00Z"),
        ("2040-02", "2040-01-31T21:00:00Z", "2040-03-01T08:00:00Z"),
        ("2040-03", "2040-03-01T08:00:00Z", "2040-04-01T07:00:00Z"),
    ]
    assert (await company.bills())[1:] == [
        ("2039-12", "BILLED", 10, "2580.00"),
        ("2040-01", "BILLED", 10, "1999.90"),
        ("2040-02", "BILLED", 9, "1619.92"),
        ("2040-03", "BILLED", 9, "2700.00"),
    ]
    assert await are_identical(company) == 4


async def test_east_to_kathmandu_what_is_redeemed_in_its_february_before_moscows_is_for_january(client: Client) -> None:
    company, people = await start_with_ten(client)
    await agree_and_move(company, "Asia/Kathmandu")
    await company.advance("2040-01-31T19:00:00Z")  # 00:45 of 1 February in Kathmandu, and January's last two hours
    await redeem(company, percent="10", periods=1)
    await company.subscribe(people[6:12])
    # 12 × 199.99 = 2 399.88, × 10 % = 239.988; 2 159.89 × 22 / 122 = 389.4883…
    january = ["12 × 199.99 = 2399.88", "PROMO 239.99", "VAT 22 % inside: 1770.40 + 389.49", "2159.89"]
    assert await foreseen(company) == ("2040-01", "2040-01-31T21:00:00Z", january)
    await company.advance("2040-01-31T20:00:00Z")
    await company.unsubscribe(people[6:12])
    # In February by the contract, 6 × 199.99 = 1 199.94; it is ended while it runs, from which nothing rises.
    await company.advance("2040-02-10T12:00:00Z")
    await company.client.change(
        "contractSet", "organization { id }", organizationId=company.id, seatLimit=700, fromMonth="2040-02"
    )
    # 1 199.94 × 22 / 122 = 216.3826…
    february = ["6 × 199.99 = 1199.94", "VAT 22 % inside: 983.56 + 216.38", "1199.94"]
    assert await foreseen(company) == ("2040-02", "2040-02-29T18:15:00Z", february)
    await company.advance("2040-02-29T18:30:00Z")  # 00:15 of 1 March there, while in Moscow it is February
    await company.subscribe(people[6:7])
    # 7 × 300 = 2 100, × 22 / 122 = 378.6885…
    march = ["7 × 300 = 2100.00", "VAT 22 % inside: 1721.31 + 378.69", "2100.00"]
    assert await foreseen(company) == ("2040-03", "2040-03-31T18:15:00Z", march)
    await company.advance("2040-04-02T12:00:00Z")

    assert await billed(company) == {"2040-01": january, "2040-02": february, "2040-03": march}
    assert await bounds(company) == [
        ("2040-01", "2039-12-31T21:00:00Z", "2040-01-31T21:00:00Z"),
        ("2040-02", "2040-01-31T21:00:00Z", "2040-02-29T18:15:00Z"),
        ("2040-03", "2040-02-29T18:15:00Z", "2040-03-31T18:15:00Z"),
    ]
    assert await are_identical(company) == 4


async def test_without_a_contract_the_list_of_february_prices_it_from_the_instant_at_which_moscows_january_ends(
    client: Client,
) -> None:
    company, people = await start_with_ten(client)
    await company.advance("2040-01-15T12:00:00Z")
    await company.client.change(
        "organizationUpdate", "organization { id }", organizationId=company.id, timeZone="America/Los_Angeles"
    )
    assert (await company.preview("nextMonth { amount }"))["nextMonth"]["amount"] == "1548.00"  # 6 × 258, kept
    await company.advance("2040-01-31T21:30:00Z")  # in Los Angeles the 31st
    await company.subscribe(people[6:8])
    await company.advance("2040-04-02T12:00:00Z")
    assert await billed(company) == {
        # 2 580 × 22 / 122 = 465.2459…
        "2040-01": ["10 × 258 = 2580.00", "VAT 22 % inside: 2114.75 + 465.25", "2580.00"],
        # 8 × 300 = 2 400, no more than 8 × 258 = 2 064 in the list's one legacy month; × 22 / 122 = 372.1967…
        "2040-02": ["8 × 300 = 2400.00", "LEGACY 336.00", "VAT 22 % inside: 1691.80 + 372.20", "2064.00"],
        # 2 400 × 22 / 122 = 432.7868…
        "2040-03": ["8 × 300 = 2400.00", "VAT 22 % inside: 1967.21 + 432.79", "2400.00"],
    }
    assert await are_identical(company) == 4
