"""Access granted by accident and revoked within 30 minutes is not charged; once a month for each person."""

from typing import Any

from tests.client import Client, Company, start


async def ten_seats(client: Client) -> tuple[Company, list[str]]:
    """An organization on 5 January 2021, its trial over, with 10 seats; and its 20 people."""
    company = await start(client, "2020-11-10T09:00:00+03:00")
    people = await company.invite(20)
    await company.advance("2021-01-05T09:00:00+03:00")
    await company.subscribe(people[:10])
    return company, people


async def spans_of(company: Company, member: str, month: str) -> list[tuple[Any, ...]]:
    """A member's spans in a month: from when, to when, whether each counts."""
    wanted = f'seatSpans(month: "{month}", memberId: "{member}") {{ nodes {{ grantedAt revokedAt counted }} }}'
    spans = (await company.read(wanted))["seatSpans"]["nodes"]
    return [(span["grantedAt"], span["revokedAt"], span["counted"]) for span in spans]


async def test_a_seat_from_2350_on_31_january_to_0015_is_in_neither_months_bill(client: Client) -> None:
    company, people = await ten_seats(client)
    guest = people[10]
    await company.advance("2021-01-31T23:50:00+03:00")
    await company.subscribe([guest])
    assert await company.access(guest) == "FULL"  # the access is real while it lasts
    await company.advance("2021-02-01T00:15:00+03:00")
    assert await company.access(guest) == "FULL"
    await company.unsubscribe([guest])
    assert await company.access(guest) == "READ_ONLY"
    await company.advance("2021-03-01T09:00:00+03:00")

    # 10 × 258 = 2 580 both months; an 11th seat would make 2 838
    assert (await company.bills())[-2:] == [("2021-01", "BILLED", 10, "2580.00"), ("2021-02", "BILLED", 10, "2580.00")]
    span = ("2021-01-31T20:50:00Z", "2021-01-31T21:15:00Z", False)
    assert await spans_of(company, guest, "2021-01") == [span]
    assert await spans_of(company, guest, "2021-02") == [span]


async def test_a_seat_across_midnight_that_outlasts_the_grace_is_in_both_months_bills(client: Client) -> None:
    company, people = await ten_seats(client)
    await company.advance("2021-01-31T23:50:00+03:00")
    await company.subscribe([people[10]])
    await company.advance("2021-02-01T00:20:01+03:00")
    await company.unsubscribe([people[10]])
    await company.advance("2021-03-01T09:00:00+03:00")

    # 11 × 258 = 2 838
    assert (await company.bills())[-2:] == [("2021-01", "BILLED", 11, "2838.00"), ("2021-02", "BILLED", 11, "2838.00")]


async def test_thirty_minutes_exactly_are_forgiven(client: Client) -> None:
    company, people = await ten_seats(client)
    await company.advance("2021-01-20T12:00:00+03:00")
    await company.subscribe([people[10]])
    await company.advance("2021-01-20T12:30:00+03:00")
    await company.unsubscribe([people[10]])
    await company.advance("2021-02-01T09:00:00+03:00")

    assert (await company.bills())[-1] == ("2021-01", "BILLED", 10, "2580.00")
    assert await spans_of(company, people[10], "2021-01") == [("2021-01-20T09:00:00Z", "2021-01-20T09:30:00Z", False)]


async def test_a_second_more_than_thirty_minutes_is_counted(client: Client) -> None:
    company, people = await ten_seats(client)
    await company.advance("2021-01-20T12:00:00+03:00")
    await company.subscribe([people[10]])
    await company.advance("2021-01-20T12:30:01+03:00")
    await company.unsubscribe([people[10]])
    await company.advance("2021-02-01T09:00:00+03:00")

    assert (await company.bills())[-1] == ("2021-01", "BILLED", 11, "2838.00")
    assert await spans_of(company, people[10], "2021-01") == [("2021-01-20T09:00:00Z", "2021-01-20T09:30:01Z", True)]


async def test_a_second_short_span_of_the_same_person_in_the_month_is_counted(client: Client) -> None:
    company, people = await ten_seats(client)
    for day in ("20", "21"):
        await company.advance(f"2021-01-{day}T12:00:00+03:00")
        await company.subscribe([people[10]])
        await company.advance(f"2021-01-{day}T12:05:00+03:00")
        await company.unsubscribe([people[10]])
    await company.advance("2021-02-01T09:00:00+03:00")

    assert (await company.bills())[-1] == ("2021-01", "BILLED", 11, "2838.00")
    assert [counted for _, _, counted in await spans_of(company, people[10], "2021-01")] == [False, True]
    (invoice,) = await company.invoices("peak { reachedAt }")
    assert invoice["peak"]["reachedAt"] == "2021-01-21T09:00:00Z"


async def test_short_spans_of_two_people_or_of_two_months_are_all_forgiven(client: Client) -> None:
    company, people = await ten_seats(client)
    for month in ("01", "02"):
        await company.advance(f"2021-{month}-20T12:00:00+03:00")
        await company.subscribe(people[10:12])
        await company.advance(f"2021-{month}-20T12:05:00+03:00")
        await company.unsubscribe(people[10:12])
    await company.advance("2021-03-01T09:00:00+03:00")

    assert [peak for _, _, peak, _ in (await company.bills())[-2:]] == [10, 10]


async def test_two_short_spans_that_touch_are_one_and_forgiven_only_if_it_is_short(client: Client) -> None:
    company, people = await ten_seats(client)
    await company.advance("2021-01-20T12:00:00+03:00")
    await company.subscribe([people[10]])
    await company.advance("2021-01-20T12:20:00+03:00")
    await company.replace(leaving=[people[10]], coming=[people[10]])  # 20 minutes, and at once again
    await company.advance("2021-01-20T12:40:00+03:00")
    await company.unsubscribe([people[10]])
    await company.advance("2021-02-01T09:00:00+03:00")

    assert await spans_of(company, people[10], "2021-01") == [("2021-01-20T09:00:00Z", "2021-01-20T09:40:00Z", True)]
    assert (await company.bills())[-1] == ("2021-01", "BILLED", 11, "2838.00")


async def test_an_open_seat_counts_in_the_preview_until_it_ends_in_grace(client: Client) -> None:
    company, people = await ten_seats(client)
    await company.advance("2021-01-20T12:00:00+03:00")
    await company.subscribe([people[10]])
    await company.advance("2021-01-20T12:10:00+03:00")
    wanted = "peak { seats } total { amount } seatsNow inGrace"
    assert await company.preview(wanted) == {
        "peak": {"seats": 11},
        "total": {"amount": "2838.00"},
        "seatsNow": 11,
        "inGrace": 1,
    }
    await company.unsubscribe([people[10]])

    assert await company.preview(wanted) == {
        "peak": {"seats": 10},
        "total": {"amount": "2580.00"},
        "seatsNow": 10,
        "inGrace": 0,
    }
