"""Two shifts that share seats in half-hours, to work for nothing: it does not work."""

from datetime import datetime, timedelta

from tests.client import Client, Company, by_id, start

TURN = timedelta(minutes=25)


async def rotate(company: Company, shifts: tuple[list[str], list[str]], since: str, turns: int) -> datetime:
    """Each shift works for 25 minutes, then the other takes its seats at one instant; gives when the last turn ends."""
    now = datetime.fromisoformat(since)
    await company.advance(now.isoformat())
    for turn in range(turns):
        leaving = by_id(shifts[(turn + 1) % 2]) if turn else []
        await company.change_seats(unsubscribe=leaving, subscribe=by_id(shifts[turn % 2]))
        now += TURN
        await company.advance(now.isoformat())
    return now


async def company_of_two_shifts(client: Client) -> tuple[Company, tuple[list[str], list[str]]]:
    company = await start(client, "2020-12-05T09:00:00+03:00")  # the trial ends on 4 January
    people = await company.invite(12)
    return company, (people[:6], people[6:])


async def test_once_is_forgiven(client: Client) -> None:
    company, shifts = await company_of_two_shifts(client)
    await rotate(company, shifts, "2021-01-11T09:00:00+03:00", turns=2)
    await company.unsubscribe(shifts[1])
    await company.advance("2021-02-02T09:00:00+03:00")

    assert (await company.bills())[-1] == ("2021-01", "FREE", 0, None)


async def test_whoever_comes_back_counts_and_the_month_costs_what_six_seats_cost(client: Client) -> None:
    company, shifts = await company_of_two_shifts(client)
    await rotate(company, shifts, "2021-01-11T09:00:00+03:00", turns=4)
    await company.unsubscribe(shifts[1])
    await company.advance("2021-02-02T09:00:00+03:00")

    # The first half-hours of all twelve are forgiven; from the second on six seats count: 6 × 258.
    assert (await company.bills())[-1] == ("2021-01", "BILLED", 6, "1548.00")
    (invoice,) = await company.invoices("peak { reachedAt }")
    assert invoice["peak"]["reachedAt"] == "2021-01-11T06:50:00Z"  # the third turn


async def test_the_eleventh_time_in_a_month_is_refused_to_everyone_who_comes_back(client: Client) -> None:
    company, shifts = await company_of_two_shifts(client)
    await rotate(company, shifts, "2021-01-11T09:00:00+03:00", turns=20)

    refusal = await company.refuse_seats(unsubscribe=by_id(shifts[1]), subscribe=by_id(shifts[0]))

    assert refusal.code == "SEAT_CHURN"
    assert [problem.path for problem in refusal.problems] == [["input", "subscribe", str(place)] for place in range(6)]
    await company.advance("2021-02-01T09:00:00+03:00")  # a new month forgets
    await company.replace(leaving=shifts[1], coming=shifts[0])
