"""Small teams use the tracker for free: up to 5 seats."""

from tests.client import Client, start


async def test_five_seats_cost_nothing_and_bring_a_statement_without_an_invoice(client: Client) -> None:
    company = await start(client, "2021-01-15T12:00:00+03:00")
    people = await company.invite(5)
    await company.advance("2021-03-01T12:00:00+03:00")  # the trial ended on 14 February
    await company.subscribe(people)
    await company.advance("2021-04-01T12:00:00+03:00")

    assert await company.bills() == [
        ("2021-01", "TRIAL", 0, None),
        ("2021-02", "FREE", 0, None),
        ("2021-03", "FREE", 5, None),
    ]
    assert await company.invoices("number") == []


async def test_six_seats_cost_1548_because_every_seat_is_charged(client: Client) -> None:
    company = await start(client, "2021-01-15T12:00:00+03:00")
    people = await company.invite(6)
    await company.advance("2021-03-01T12:00:00+03:00")
    await company.subscribe(people)
    await company.advance("2021-04-01T12:00:00+03:00")

    # 6 × 258 = 1 548, the first five included
    assert (await company.bills())[-1] == ("2021-03", "BILLED", 6, "1548.00")


async def test_a_sixth_seat_for_a_day_is_charged_for_the_whole_month(client: Client) -> None:
    company = await start(client, "2021-01-15T12:00:00+03:00")
    people = await company.invite(6)
    await company.advance("2021-03-01T12:00:00+03:00")
    await company.subscribe(people[:5])
    await company.advance("2021-03-10T12:00:00+03:00")
    await company.subscribe(people[5:])
    await company.advance("2021-03-11T12:00:00+03:00")
    await company.unsubscribe(people[5:])
    await company.advance("2021-05-01T12:00:00+03:00")

    assert (await company.bills())[-2:] == [("2021-03", "BILLED", 6, "1548.00"), ("2021-04", "FREE", 5, None)]
