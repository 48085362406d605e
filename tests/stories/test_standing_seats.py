"""Months in which nobody does anything are billed too, also when nobody looks for a while."""

from tests.client import Client, start

PEAK = "month peak { seats reachedAt raisedBy { description } holders(first: 100) { totalCount nodes { id } } }"


async def test_a_month_nobody_touched_bills_the_standing_seats(client: Client) -> None:
    company = await start(client, "2020-11-10T09:00:00+03:00")
    people = await company.invite(105)
    await company.advance("2021-01-08T09:00:00+03:00")
    await company.subscribe(people)
    await company.advance("2021-03-01T09:00:00+03:00")

    # 100 × 258 + 5 × 222 = 26 910
    assert (await company.bills())[-2:] == [
        ("2021-01", "BILLED", 105, "26910.00"),
        ("2021-02", "BILLED", 105, "26910.00"),
    ]


async def test_a_peak_carried_in_was_reached_at_the_months_start_and_raised_by_nobody(client: Client) -> None:
    company = await start(client, "2020-11-10T09:00:00+03:00")
    people = await company.invite(12)
    await company.advance("2021-01-08T09:00:00+03:00")
    await company.subscribe(people)
    await company.advance("2021-02-10T09:00:00+03:00")
    await company.unsubscribe(people[8:])
    await company.advance("2021-03-01T09:00:00+03:00")

    january, february = await company.invoices(PEAK)

    assert january["peak"]["raisedBy"] == {"description": "12 subscribed"}
    assert (february["peak"]["seats"], february["peak"]["reachedAt"]) == (12, "2021-01-31T21:00:00Z")
    assert february["peak"]["raisedBy"] is None
    assert february["peak"]["holders"]["totalCount"] == 12
    assert {member["id"] for member in february["peak"]["holders"]["nodes"]} == set(people)


async def test_several_missed_months_are_closed_in_order_by_one_advance(client: Client) -> None:
    company = await start(client, "2020-11-10T09:00:00+03:00")
    people = await company.invite(10)
    await company.advance("2021-01-08T09:00:00+03:00")
    await company.subscribe(people)
    await company.advance("2021-02-10T09:00:00+03:00")
    await company.unsubscribe(people[7:])
    await company.advance("2021-06-15T09:00:00+03:00")

    # January and February had 10 × 258 = 2 580, from March on 7 × 258 = 1 806
    assert (await company.bills())[2:] == [
        ("2021-01", "BILLED", 10, "2580.00"),
        ("2021-02", "BILLED", 10, "2580.00"),
        ("2021-03", "BILLED", 7, "1806.00"),
        ("2021-04", "BILLED", 7, "1806.00"),
        ("2021-05", "BILLED", 7, "1806.00"),
    ]
    issued = [(one["number"], one["issuedAt"]) for one in await company.invoices("number issuedAt")]
    assert issued == [
        ("2021-000001", "2021-01-31T21:30:00Z"),
        ("2021-000002", "2021-02-28T21:30:00Z"),
        ("2021-000003", "2021-03-31T21:30:00Z"),
        ("2021-000004", "2021-04-30T21:30:00Z"),
        ("2021-000005", "2021-05-31T21:30:00Z"),
    ]


async def test_a_month_is_not_closed_before_its_last_grant_can_no_longer_be_forgiven(client: Client) -> None:
    company = await start(client, "2020-11-10T09:00:00+03:00")
    await company.advance("2021-01-01T00:29:59+03:00")
    assert [month for month, *_ in await company.bills()] == ["2020-11"]

    await company.advance("2021-01-01T00:30:00+03:00")

    assert [month for month, *_ in await company.bills()] == ["2020-11", "2020-12"]


async def test_an_invoice_is_overdue_15_days_after_its_issue(client: Client) -> None:
    company = await start(client, "2020-11-10T09:00:00+03:00")
    people = await company.invite(6)
    await company.advance("2021-01-05T09:00:00+03:00")
    await company.subscribe(people)
    await company.advance("2021-02-16T00:29:59+03:00")  # issued on 1 February at 00:30
    assert await company.invoices("state dueAt") == [{"state": "ISSUED", "dueAt": "2021-02-15T21:30:00Z"}]

    await company.advance("2021-02-16T00:30:00+03:00")

    assert await company.invoices("state") == [{"state": "OVERDUE"}]
