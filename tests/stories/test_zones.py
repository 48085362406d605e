"""A month is a calendar month of the organization's own time zone."""

from tests.client import Client, start

BOUNDS = "statements(first: 100) { nodes { month periodStart periodEnd outcome peak { seats } } }"


async def test_a_month_in_kathmandu_begins_5_hours_and_45_minutes_before_it_does_in_london(client: Client) -> None:
    company = await start(client, "2020-11-10T09:00:00+05:45", time_zone="Asia/Kathmandu")
    people = await company.invite(7)
    await company.advance("2021-01-05T09:00:00+05:45")
    await company.subscribe(people[:6])
    await company.advance("2021-01-31T23:59:59+05:45")
    await company.subscribe(people[6:])  # in the last second of January there, on the 31st at 18:14:59 in London
    await company.advance("2021-03-05T09:00:00+05:45")

    statements = (await company.read(BOUNDS))["statements"]["nodes"]

    assert [(one["month"], one["periodStart"], one["periodEnd"]) for one in statements] == [
        ("2020-11", "2020-10-31T18:15:00Z", "2020-11-30T18:15:00Z"),
        ("2020-12", "2020-11-30T18:15:00Z", "2020-12-31T18:15:00Z"),
        ("2021-01", "2020-12-31T18:15:00Z", "2021-01-31T18:15:00Z"),
        ("2021-02", "2021-01-31T18:15:00Z", "2021-02-28T18:15:00Z"),
    ]
    # 7 × 258 = 1 806
    assert (await company.bills())[2:] == [("2021-01", "BILLED", 7, "1806.00"), ("2021-02", "BILLED", 7, "1806.00")]


async def test_november_2020_in_havana_begins_at_the_first_of_two_midnights(client: Client) -> None:
    # On 1 November 2020 the clocks of Havana went from 01:00 back to 00:00: midnight was at 04:00 and at 05:00 UTC.
    company = await start(client, "2020-10-01T09:00:00-04:00", time_zone="America/Havana")
    people = await company.invite(8)
    await company.subscribe(people)
    await company.advance("2020-11-01T04:30:00Z")  # 00:30, the first time; the trial ended the day before
    await company.unsubscribe(people[7:])
    await company.advance("2020-11-01T05:30:00Z")  # 00:30 again
    await company.unsubscribe(people[6:7])
    await company.advance("2020-12-05T09:00:00-05:00")

    statements = (await company.read(BOUNDS))["statements"]["nodes"]

    assert [(one["month"], one["periodStart"], one["periodEnd"]) for one in statements] == [
        ("2020-10", "2020-10-01T04:00:00Z", "2020-11-01T04:00:00Z"),
        ("2020-11", "2020-11-01T04:00:00Z", "2020-12-01T05:00:00Z"),  # 30 days and an hour
    ]
    # Both midnights and the hour between them are November's: the 8th seat was held in both months, 8 × 258 = 2 064.
    assert await company.bills() == [("2020-10", "BILLED", 8, "2064.00"), ("2020-11", "BILLED", 8, "2064.00")]


async def test_the_same_instant_is_in_january_in_one_zone_and_in_february_in_another(client: Client) -> None:
    peaks = {}
    for zone in ("Pacific/Auckland", "America/Los_Angeles"):
        company = await start(client, "2020-11-10T00:00:00Z", time_zone=zone)
        people = await company.invite(9)
        await company.advance("2021-01-05T00:00:00Z")
        await company.subscribe(people[:6])
        await company.advance("2021-01-31T20:00:00Z")  # 1 February in Auckland, 31 January in Los Angeles
        await company.subscribe(people[6:])
        await company.advance("2021-02-01T20:00:00Z")
        await company.unsubscribe(people[6:])
        await company.advance("2021-03-05T00:00:00Z")
        peaks[zone] = {month: peak for month, _, peak, _ in await company.bills()}

    assert (peaks["Pacific/Auckland"]["2021-01"], peaks["Pacific/Auckland"]["2021-02"]) == (6, 9)
    assert (peaks["America/Los_Angeles"]["2021-01"], peaks["America/Los_Angeles"]["2021-02"]) == (9, 9)
