"""Two years under every discount there is, with a new list, a contract and a new VAT rate on the way (R4.5–R4.10)."""

from typing import Any

import pytest

from tests.client import Client, Company, start
from tests.stories.months import BILL, are_identical, insert_public_list_of_april_2026, live_through, told
from tests.stories.test_terms import make_list, redeem

pytestmark = pytest.mark.usefixtures("clean_afterwards")

FULL = [
    "50 × 310 = 15500.00",
    "10 × 290.505 = 2905.05",
    # 18 405.05 × 22 / 122 = 3 318.9434…
    "VAT 22 % inside: 15086.11 + 3318.94",
    "18405.05",
]


async def pay(company: Company, amount: str, reference: str) -> list[tuple[str, str]]:
    """Record a payment; gives what it settled, by invoice."""
    query = "query($id: ID!) { node(id: $id) { ... on TestClock { now } } }"
    now = (await company.client.ask(query, id=company.clock_id))["node"]["now"]
    payload = await company.client.change(
        "paymentRecord", "payment { id }", organizationId=company.id, amount=amount, externalReference=reference,
        receivedAt=now,
    )  # fmt: skip
    return await settled(company, payload["payment"]["id"])


async def settled(company: Company, payment_id: str) -> list[tuple[str, str]]:
    wanted = "settled { invoice { number } amount { amount } }"
    payments = await company.read(f"billing {{ payments(first: 50) {{ nodes {{ id {wanted} }} }} }}")
    (found,) = [one for one in payments["billing"]["payments"]["nodes"] if one["id"] == payment_id]
    return [(one["invoice"]["number"], one["amount"]["amount"]) for one in found["settled"]]


async def balance(company: Company) -> str:
    amount: str = (await company.read("billing { balance { amount } }"))["billing"]["balance"]["amount"]
    return amount


async def next_month(company: Company) -> str:
    amount: str = (await company.preview("nextMonth { amount }"))["nextMonth"]["amount"]
    return amount


async def invoice_of(company: Company, month: str) -> str:
    """The id of the month's first invoice."""
    found = [one["id"] for one in await company.invoices("id month") if one["month"] == month]
    return str(found[0])


async def live_until_march_2026(company: Company) -> list[str]:
    """From the trial to a March of 104 seats; gives its people."""
    people = await company.invite(104)
    await company.subscribe(people[:14])
    await company.advance("2025-11-20T12:00:00+03:00")
    assert await live_through(company, "2025-11") == []  # all of it in the trial
    await company.advance("2025-12-04T12:00:00+03:00")
    await company.unsubscribe(people[12:14])  # the 14 were the trial's, which ends the next day
    # The first, partial month is charged in full: 3 096 × 20 / 120 = 516
    assert await live_through(company, "2025-12") == [
        "12 × 258 = 3096.00", "VAT 20 % inside: 2580.00 + 516.00", "3096.00",
    ]  # fmt: skip

    await company.advance("2026-01-10T12:00:00+03:00")
    await redeem(company, percent="15", periods=3)
    await company.advance("2026-01-20T12:00:00+03:00")
    await company.subscribe(people[12:13])
    await company.advance("2026-01-25T12:00:00+03:00")
    await company.unsubscribe(people[5:13])
    # 3 354 × 15 % = 503.10; 2 850.90 × 22 / 122 = 514.0967…
    assert await live_through(company, "2026-01") == [
        "13 × 258 = 3354.00", "PROMO 503.10", "VAT 22 % inside: 2336.80 + 514.10", "2850.90",
    ]  # fmt: skip

    await company.advance("2026-02-10T12:00:00+03:00")
    # December's 3 096.00 first; the rest is part of January's 2 850.90
    assert await pay(company, "5000", "bank-1") == [("2026-000001", "3096.00"), ("2026-000002", "1904.00")]
    assert await live_through(company, "2026-02") == []  # 5 seats: free, and no period of the code is used up

    await company.advance("2026-03-05T12:00:00+03:00")
    await company.subscribe(people[5:])
    await company.advance("2026-03-31T12:00:00+03:00")
    await company.unsubscribe(people[60:])
    # As April below: its list, the price kept, the code's third month
    assert await next_month(company) == "13158.00"
    # 25 800 + 888 = 26 688, × 15 % = 4 003.20; 22 684.80 × 22 / 122 = 4 090.7016…
    assert await live_through(company, "2026-03") == [
        "100 × 258 = 25800.00", "4 × 222 = 888.00", "PROMO 4003.20", "VAT 22 % inside: 18594.10 + 4090.70",
        "22684.80",
    ]  # fmt: skip
    return people


async def live_until_october_2026(company: Company) -> None:
    """60 seats: the new list, a contract, two baselines, a second code, and corrections."""
    client = company.client
    # 15 500 + 2 905.05 = 18 405.05, no more than 60 × 258 = 15 480: less 2 925.05; × 15 % = 2 322;
    # 13 158 × 22 / 122 = 2 372.7540…
    assert await live_through(company, "2026-04") == [
        "50 × 310 = 15500.00", "10 × 290.505 = 2905.05", "LEGACY 2925.05", "PROMO 2322.00",
        "VAT 22 % inside: 10785.25 + 2372.75", "13158.00",
    ]  # fmt: skip

    await company.advance("2026-05-12T12:00:00+03:00")
    (kept,) = [
        one["id"]
        for one in (await client.ask("{ priceLists { id name } }"))["priceLists"]
        if one["name"] == "Public list of October 2020"
    ]
    agreed = await make_list(
        client, [{"unitPrice": "199.99", "flatAmount": "500"}], effectiveFrom="2026-05", vatIncluded=False,
        legacyPeriods=2, baselineId=kept,
    )  # fmt: skip
    assert (await company.preview("total { amount }"))["total"]["amount"] == "15480.00"  # the code is used up
    await client.change(
        "contractSet", "organization { id }", organizationId=company.id, seatLimit=700, fromMonth="2026-05",
        toMonth="2026-07", priceListId=agreed,
    )  # fmt: skip
    # It lowers the month that runs. 60 × 199.99 + 500 = 12 499.40; the price kept is 15 480 / 1.22 = 12 688.52, which
    # takes nothing off; 12 499.40 × 22 % = 2 749.868
    may = ["60 × 199.99 + 500 = 12499.40", "VAT 22 % on top: 12499.40 + 2749.87", "15249.27"]
    await company.advance("2026-05-20T12:00:00+03:00")
    assert await pay(company, "30000", "bank-2") == [
        ("2026-000002", "946.90"), ("2026-000003", "22684.80"), ("2026-000004", "6368.30"),
    ]  # fmt: skip
    assert await live_through(company, "2026-05") == may

    await company.advance("2026-06-10T12:00:00+03:00")
    own = await make_list(client, [{"unitPrice": "200"}])
    await client.change("legacyBaselineSet", "organization { id }", organizationId=company.id, priceListId=own)
    await company.advance("2026-06-20T12:00:00+03:00")
    await replace_march(company)
    # In the second and last legacy month of the contract's list 60 × 200 = 12 000 are kept, without VAT
    # 12 000 / 1.22 = 9 836.0655… → 9 836.07: less 2 663.33; × 22 % = 2 163.9354
    assert await live_through(company, "2026-06") == [
        "60 × 199.99 + 500 = 12499.40", "LEGACY 2663.33", "VAT 22 % on top: 9836.07 + 2163.94", "12000.01",
    ]  # fmt: skip

    await company.advance("2026-07-03T12:00:00+03:00")
    cheap = await make_list(client, [{"upTo": 40, "unitPrice": "150.125"}, {"unitPrice": "160"}])
    await redeem(company, priceListId=cheap, periods=2)
    # 40 × 150.125 + 20 × 160 = 6 005 + 3 200 = 9 205 under the code's list, without VAT 9 205 / 1.22 = 7 545.0819…:
    # less 12 499.40 − 7 545.08; × 22 % = 1 659.9176
    assert await live_through(company, "2026-07") == [
        "60 × 199.99 + 500 = 12499.40", "PROMO 4954.32", "VAT 22 % on top: 7545.08 + 1659.92", "9205.00",
    ]  # fmt: skip
    # The contract is over. The public list's fifth legacy month: 12 000 are kept, and 9 205 under the code's list;
    # 9 205 × 22 / 122 = 1 659.9180…
    assert await live_through(company, "2026-08") == [
        "50 × 310 = 15500.00", "10 × 290.505 = 2905.05", "LEGACY 6405.05", "PROMO 2795.00",
        "VAT 22 % inside: 7545.08 + 1659.92", "9205.00",
    ]  # fmt: skip
    assert await live_through(company, "2026-09") == FULL


async def replace_march(company: Company) -> None:
    """March anew under a private list: 104 × 250 = 26 000 less 15 percent, 3 900; 22 100 × 22 / 122 = 3 985.2459…"""
    client = company.client
    march = await invoice_of(company, "2026-03")
    prices = await make_list(client, [{"unitPrice": "250"}])
    payload = await client.change(
        "invoiceReplace",
        f"replaced {{ number state }} invoice {{ number replaces {{ number }} {BILL} }} "
        "creditNote { number amount { amount } vat { amount { amount } } }",
        invoiceId=march,
        priceListId=prices,
        reason="A price promised by phone",
    )
    assert payload["replaced"] == {"number": "2026-000003", "state": "VOID"}
    assert payload["creditNote"] == {
        "number": "CN-2026-000001", "amount": {"amount": "22684.80"}, "vat": {"amount": {"amount": "4090.70"}},
    }  # fmt: skip
    new = payload["invoice"]
    assert (new["number"], new["replaces"]["number"]) == ("2026-000006", "2026-000003")
    assert told(new) == ["104 × 250 = 26000.00", "PROMO 3900.00", "VAT 22 % inside: 18114.75 + 3985.25", "22100.00"]
    # 30 000 = 946.90 + 13 158 + 15 249.27 + 645.83, oldest first, the void one left out
    assert await second_payment(company) == [
        ("2026-000002", "946.90"), ("2026-000004", "13158.00"), ("2026-000005", "15249.27"), ("2026-000006", "645.83"),
    ]  # fmt: skip


async def second_payment(company: Company) -> list[tuple[str, str]]:
    payments = (await company.read("billing { payments { nodes { id externalReference } } }"))["billing"]["payments"]
    (payment_id,) = [one["id"] for one in payments["nodes"] if one["externalReference"] == "bank-2"]
    return await settled(company, payment_id)


async def live_until_march_2027(company: Company, people: list[str]) -> None:
    """As many for as many, a forgiven quarter of an hour, a free month, and six seats in the next year."""
    await company.advance("2026-10-02T12:00:00+03:00")
    payload = await company.client.change(
        "creditNoteIssue", "creditNote { number vat { net { amount } amount { amount } } }",
        invoiceId=await invoice_of(company, "2026-08"), amount="1000", reason="An outage",
    )  # fmt: skip
    # 1 000 × 22 / 122 = 180.3278…
    assert payload["creditNote"] == {
        "number": "CN-2026-000002", "vat": {"net": {"amount": "819.67"}, "amount": {"amount": "180.33"}},
    }  # fmt: skip
    await company.advance("2026-10-05T12:00:00+03:00")
    await company.replace(people[50:60], people[60:70])
    await company.advance("2026-10-10T12:00:00+03:00")
    await company.subscribe(people[70:75])
    await company.advance("2026-10-10T12:15:00+03:00")
    await company.unsubscribe(people[70:75])
    await company.advance("2026-10-28T12:00:00+03:00")
    await company.unsubscribe([*people[5:50], *people[60:70]])
    assert await live_through(company, "2026-10") == FULL

    await company.advance("2026-11-10T12:00:00+03:00")
    # 21 454.17 of March anew, June, July, August less 1 000, September and October: 87 674.28; 2 325.72 are left
    assert await pay(company, "90000", "bank-3") == [
        ("2026-000006", "21454.17"), ("2026-000007", "12000.01"), ("2026-000008", "9205.00"),
        ("2026-000009", "8205.00"), ("2026-000010", "18405.05"), ("2026-000011", "18405.05"),
    ]  # fmt: skip
    assert await balance(company) == "2325.72"
    assert await live_through(company, "2026-11") == []
    await company.advance("2026-12-03T12:00:00+03:00")
    await company.subscribe(people[5:6])
    # 1 860 × 22 / 122 = 335.4098…
    six = ["6 × 310 = 1860.00", "VAT 22 % inside: 1524.59 + 335.41", "1860.00"]
    for month in ("2026-12", "2027-01", "2027-02"):
        assert await live_through(company, month) == six


async def test_every_month_of_two_years_is_billed_to_the_kopeck_as_it_was_foreseen(client: Client) -> None:
    await insert_public_list_of_april_2026()
    company = await start(client, "2025-11-05T09:00:00+03:00")  # the trial ends on 5 December
    people = await live_until_march_2026(company)
    await live_until_october_2026(company)
    await live_until_march_2027(company, people)

    assert await company.bills() == [
        ("2025-11", "TRIAL", 0, None),
        ("2025-12", "BILLED", 12, "3096.00"),
        ("2026-01", "BILLED", 13, "2850.90"),
        ("2026-02", "FREE", 5, None),
        ("2026-03", "BILLED", 104, "22100.00"),
        ("2026-04", "BILLED", 60, "13158.00"),
        ("2026-05", "BILLED", 60, "15249.27"),
        ("2026-06", "BILLED", 60, "12000.01"),
        ("2026-07", "BILLED", 60, "9205.00"),
        ("2026-08", "BILLED", 60, "9205.00"),
        ("2026-09", "BILLED", 60, "18405.05"),
        ("2026-10", "BILLED", 60, "18405.05"),
        ("2026-11", "FREE", 5, None),
        ("2026-12", "BILLED", 6, "1860.00"),
        ("2027-01", "BILLED", 6, "1860.00"),
        ("2027-02", "BILLED", 6, "1860.00"),
    ]
    # 2 325.72 less three times 1 860; January, due on 16 February, is paid but for 2 × 1 860 − 2 325.72 = 1 394.28
    assert await balance(company) == "-3254.28"
    assert await standing(company) == [
        *((f"2026-{number:06}", "VOID" if number == 3 else "PAID", "0.00") for number in range(1, 12)),
        ("2027-000001", "PAID", "0.00"),
        ("2027-000002", "OVERDUE", "1394.28"),
        ("2027-000003", "ISSUED", "1860.00"),
    ]
    assert await pay(company, "2000", "bank-4") == [("2027-000002", "1394.28"), ("2027-000003", "605.72")]
    assert (await standing(company))[-2:] == [("2027-000002", "PAID", "0.00"), ("2027-000003", "ISSUED", "1254.28")]
    assert await balance(company) == "-1254.28"
    assert await are_identical(company) == 14


async def standing(company: Company) -> list[tuple[str, str, str]]:
    """Of every invoice, by number: its state, and what is still to be paid."""
    found: list[Any] = await company.invoices("number state outstanding { amount }")
    return sorted((one["number"], one["state"], one["outstanding"]["amount"]) for one in found)
