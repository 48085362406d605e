"""The source's own example: a January with 245, then 270, then 260 seats."""

from typing import Any

import pytest

from tests.client import Client, Company, start

INVOICE = """
    number month state issuedAt dueAt
    subtotal { amount currency } total { amount currency } discounts { kind }
    lines { description quantity unitPrice flatAmount amount { amount currency } }
    vat { rate included net { amount currency } amount { amount currency } }
    peak {
        seats reachedAt
        raisedBy { at actor description spans(first: 100) { grantedAt member { id } } }
        holders(first: 100) { totalCount nodes { id } pageInfo { hasNextPage endCursor } }
    }
"""


async def january(client: Client) -> tuple[Company, list[str]]:
    """An organization activated in November 2020, on 22 January 2021 with 270 seats; and its 290 people."""
    company = await start(client, "2020-11-10T09:00:00+03:00")
    people = await company.invite(290)
    await company.advance("2021-01-01T00:00:00+03:00")  # the trial ended on 10 December
    await company.subscribe(people[:245])
    await company.advance("2021-01-15T00:00:00+03:00")  # after 14 days
    await company.subscribe(people[245:270])
    await company.advance("2021-01-22T00:00:00+03:00")  # after 7 more
    return company, people


async def invoice_of_january(company: Company) -> Any:
    """The one invoice, after January has closed."""
    await company.advance("2021-02-01T09:00:00+03:00")
    (invoice,) = await company.invoices(INVOICE)
    return invoice


@pytest.fixture(scope="module")
async def past_january(client: Client) -> tuple[Company, list[str]]:
    """The source's January to its end, with 260 seats for the last 10 days: to be read, not changed."""
    company, people = await january(client)
    await company.unsubscribe(people[260:270])
    await company.advance("2021-03-01T09:00:00+03:00")
    return company, people


async def first_invoice(company: Company) -> Any:
    return (await company.invoices(INVOICE))[0]


async def test_245_seats_for_14_days_270_for_7_and_260_for_10_cost_62_800(
    past_january: tuple[Company, list[str]],
) -> None:
    company, _ = past_january
    invoice = await first_invoice(company)

    # 100 × 258 + 150 × 222 + 20 × 185 = 25 800 + 33 300 + 3 700 = 62 800
    assert invoice["total"] == {"amount": "62800.00", "currency": "RUB"}
    assert invoice["subtotal"] == {"amount": "62800.00", "currency": "RUB"}
    assert invoice["discounts"] == []
    assert [
        (line["description"], line["quantity"], line["unitPrice"], line["flatAmount"], line["amount"])
        for line in invoice["lines"]
    ] == [
        ("Seats 1–100", 100, "258", "0", {"amount": "25800.00", "currency": "RUB"}),
        ("Seats 101–250", 150, "222", "0", {"amount": "33300.00", "currency": "RUB"}),
        ("Seats 251 and more", 20, "185", "0", {"amount": "3700.00", "currency": "RUB"}),
    ]
    # 62 800 × 20 / 120 = 10 466.666…; 62 800 − 10 466.67 = 52 333.33
    assert invoice["vat"] == {
        "rate": "20",
        "included": True,
        "net": {"amount": "52333.33", "currency": "RUB"},
        "amount": {"amount": "10466.67", "currency": "RUB"},
    }
    assert (invoice["number"], invoice["month"]) == ("2021-000001", "2021-01")
    # A period closes 30 minutes after its end, and is due 15 days later.
    assert (invoice["issuedAt"], invoice["dueAt"]) == ("2021-01-31T21:30:00Z", "2021-02-15T21:30:00Z")


async def test_the_invoice_names_the_first_instant_of_the_peak_and_the_change_that_raised_it(
    past_january: tuple[Company, list[str]],
) -> None:
    company, people = past_january
    peak = (await first_invoice(company))["peak"]

    assert (peak["seats"], peak["reachedAt"]) == (270, "2021-01-14T21:00:00Z")  # midnight of the 15th in Moscow
    cause = peak["raisedBy"]
    assert (cause["at"], cause["description"]) == ("2021-01-14T21:00:00Z", "25 subscribed")
    assert cause["actor"].startswith("operator:")
    assert {span["member"]["id"] for span in cause["spans"]} == set(people[245:270])
    assert {span["grantedAt"] for span in cause["spans"]} == {"2021-01-14T21:00:00Z"}


async def test_the_invoice_says_who_held_the_270_seats_of_the_peak(past_january: tuple[Company, list[str]]) -> None:
    company, people = past_january
    holders = (await first_invoice(company))["peak"]["holders"]

    assert holders["totalCount"] == 270
    held = [member["id"] for member in holders["nodes"]]
    while holders["pageInfo"]["hasNextPage"]:
        page = f'first: 100, after: "{holders["pageInfo"]["endCursor"]}"'
        wanted = f"peak {{ holders({page}) {{ nodes {{ id }} pageInfo {{ hasNextPage endCursor }} }} }}"
        holders = (await company.invoices(wanted))[0]["peak"]["holders"]
        held += [member["id"] for member in holders["nodes"]]
    assert len(held) == 270
    assert set(held) == set(people[:270])


async def test_the_timeline_of_january_has_its_three_steps(past_january: tuple[Company, list[str]]) -> None:
    company, _ = past_january
    wanted = (
        'seatTimeline(month: "2021-01") { month periodStart periodEnd steps { at seats } peak { seats reachedAt } }'
    )
    timeline = (await company.read(wanted))["seatTimeline"]

    assert timeline == {
        "month": "2021-01",
        "periodStart": "2020-12-31T21:00:00Z",
        "periodEnd": "2021-01-31T21:00:00Z",
        "steps": [
            {"at": "2020-12-31T21:00:00Z", "seats": 245},
            {"at": "2021-01-14T21:00:00Z", "seats": 270},
            {"at": "2021-01-21T21:00:00Z", "seats": 260},
        ],
        "peak": {"seats": 270, "reachedAt": "2021-01-14T21:00:00Z"},
    }


async def test_every_month_from_that_of_the_activation_on_has_a_statement(
    past_january: tuple[Company, list[str]],
) -> None:
    company, _ = past_january

    assert await company.bills() == [
        ("2020-11", "TRIAL", 0, None),  # the trial covers it to its end
        ("2020-12", "FREE", 0, None),  # the trial ended on the 10th, and nobody had a seat
        ("2021-01", "BILLED", 270, "62800.00"),
        ("2021-02", "BILLED", 260, "60950.00"),  # 25 800 + 33 300 + 10 × 185 = 60 950
    ]


async def test_ten_people_replaced_by_ten_at_one_instant_cost_nothing_more(client: Client) -> None:
    company, people = await january(client)
    changed = await company.replace(leaving=people[260:270], coming=people[270:280])
    assert (changed["seatedCount"], changed["unseatedCount"]) == (10, 10)
    assert changed["organization"]["seats"]["used"] == 270

    invoice = await invoice_of_january(company)

    assert (invoice["peak"]["seats"], invoice["total"]["amount"]) == (270, "62800.00")
    assert invoice["peak"]["reachedAt"] == "2021-01-14T21:00:00Z"  # still that of the 15th


async def test_ten_people_revoked_first_and_ten_granted_after_cost_nothing_more(client: Client) -> None:
    company, people = await january(client)
    await company.unsubscribe(people[260:270])
    await company.subscribe(people[270:280])

    invoice = await invoice_of_january(company)

    assert (invoice["peak"]["seats"], invoice["total"]["amount"]) == (270, "62800.00")


async def test_ten_people_granted_first_and_ten_revoked_after_cost_1850_more(client: Client) -> None:
    company, people = await january(client)
    await company.subscribe(people[270:280])
    await company.unsubscribe(people[260:270])

    invoice = await invoice_of_january(company)

    # 270 + 10 seats for a microsecond: 100 × 258 + 150 × 222 + 30 × 185 = 64 650 = 62 800 + 10 × 185
    assert (invoice["peak"]["seats"], invoice["total"]["amount"]) == (280, "64650.00")
    assert invoice["peak"]["reachedAt"] == "2021-01-21T21:00:00Z"
    assert invoice["peak"]["raisedBy"]["description"] == "10 subscribed"
