"""30 days free, without restrictions; seats set up in them are charged only from their end."""

from tests.client import Client, start


async def test_a_trial_ending_on_the_20th_bills_only_the_peak_after_it_when_it_was_higher_before(
    client: Client,
) -> None:
    company = await start(client, "2021-01-21T15:00:00+03:00")  # + 30 days = 20 February, 15:00
    people = await company.invite(60)
    await company.subscribe(people[:50])
    await company.advance("2021-02-19T12:00:00+03:00")
    await company.unsubscribe(people[8:50])
    await company.advance("2021-02-25T12:00:00+03:00")
    await company.subscribe(people[8:12])
    await company.advance("2021-03-01T12:00:00+03:00")

    # after the trial at most 8 + 4 = 12 seats: 12 × 258 = 3 096
    assert await company.bills() == [("2021-01", "TRIAL", 0, None), ("2021-02", "BILLED", 12, "3096.00")]
    (invoice,) = await company.invoices("peak { reachedAt raisedBy { description } }")
    assert invoice["peak"] == {"reachedAt": "2021-02-25T09:00:00Z", "raisedBy": {"description": "4 subscribed"}}


async def test_a_trial_ending_on_the_20th_bills_only_the_peak_after_it_when_it_was_lower_before(
    client: Client,
) -> None:
    company = await start(client, "2021-01-21T15:00:00+03:00")
    people = await company.invite(60)
    await company.subscribe(people[:3])
    await company.advance("2021-02-21T12:00:00+03:00")
    await company.subscribe(people[3:])
    await company.advance("2021-03-01T12:00:00+03:00")

    # 60 × 258 = 15 480
    assert (await company.bills())[-1] == ("2021-02", "BILLED", 60, "15480.00")


async def test_seats_carried_out_of_the_trial_reach_the_peak_at_its_end(client: Client) -> None:
    company = await start(client, "2021-01-21T15:00:00+03:00")
    people = await company.invite(20)
    await company.subscribe(people)
    await company.advance("2021-03-01T12:00:00+03:00")

    # 20 × 258 = 5 160
    assert (await company.bills())[-1] == ("2021-02", "BILLED", 20, "5160.00")
    (invoice,) = await company.invoices("peak { reachedAt raisedBy { description } }")
    assert invoice["peak"] == {"reachedAt": "2021-02-20T12:00:00Z", "raisedBy": None}


async def test_seats_revoked_at_the_instant_the_trial_ends_are_not_charged(client: Client) -> None:
    company = await start(client, "2021-01-21T15:00:00+03:00")
    people = await company.invite(20)
    await company.subscribe(people)
    await company.advance("2021-02-20T14:59:59+03:00")
    await company.unsubscribe(people[5:])
    await company.advance("2021-03-01T12:00:00+03:00")

    assert (await company.bills())[-1] == ("2021-02", "FREE", 5, None)


async def test_during_the_trial_everyone_has_full_access_and_nothing_is_charged(client: Client) -> None:
    company = await start(client, "2021-01-21T15:00:00+03:00")
    seated, other = await company.invite(2)
    await company.subscribe([seated])
    found = await company.read("state purgeAt trial { startedAt endsAt isOver }")
    assert found == {
        "state": "TRIAL",
        "purgeAt": None,  # the subscription will be in force when the trial ends
        "trial": {"startedAt": "2021-01-21T12:00:00Z", "endsAt": "2021-02-20T12:00:00Z", "isOver": False},
    }
    assert [await company.access(member) for member in (seated, other)] == ["FULL", "FULL"]

    await company.advance("2021-02-20T14:59:59.999999+03:00")
    assert [await company.access(member) for member in (seated, other)] == ["FULL", "FULL"]
    await company.advance("2021-02-20T15:00:00+03:00")

    assert (await company.read("state trial { isOver }")) == {"state": "SUBSCRIBED", "trial": {"isOver": True}}
    assert [await company.access(member) for member in (seated, other)] == ["FULL", "READ_ONLY"]


async def test_the_preview_of_a_trial_month_is_zero_and_shows_what_comes_after(client: Client) -> None:
    company = await start(client, "2021-01-21T15:00:00+03:00")
    await company.subscribe(await company.invite(20))

    wanted = "month total { amount } ifNothingChanges { amount } nextMonth { amount } seatsNow peak { seats }"
    assert await company.preview(wanted) == {
        "month": "2021-01",
        "total": {"amount": "0.00"},
        "ifNothingChanges": {"amount": "0.00"},  # the trial covers January to its end
        "nextMonth": {"amount": "5160.00"},  # 20 × 258, from 20 February on
        "seatsNow": 20,
        "peak": {"seats": 0},
    }
    await company.advance("2021-02-10T12:00:00+03:00")
    assert await company.preview(wanted) == {
        "month": "2021-02",
        "total": {"amount": "0.00"},
        "ifNothingChanges": {"amount": "5160.00"},
        "nextMonth": {"amount": "5160.00"},
        "seatsNow": 20,
        "peak": {"seats": 0},
    }
