"""What is never subscribed is read-only at day 30 and gone at day 60; one subscription saves everything."""

from typing import Any

from tests.client import PAYER, Client, Company, by_id, found, start

# Activated on 1 March 2021 at 09:00 in Moscow: the trial ends on the 31st (day 30), the data go on 30 April (day 60).
ACTIVATION = "2021-03-01T09:00:00+03:00"
DAY_30 = "2021-03-31T09:00:00+03:00"
DAY_59 = "2021-04-29T09:00:00+03:00"
BEFORE_DAY_60 = "2021-04-30T08:59:59.999999+03:00"
DAY_60 = "2021-04-30T09:00:00+03:00"

WHOLE = "id name slug state suspended seats { used } members(first: 100) { totalCount nodes { id } }"


async def read_again(company: Company) -> Any:
    return await company.read(WHOLE)


async def test_an_organization_that_never_subscribes_is_read_only_at_day_30(client: Client) -> None:
    company = await start(client, ACTIVATION)
    people = await company.invite(3)
    await company.advance("2021-03-31T08:59:59.999999+03:00")
    assert (await company.read("state"))["state"] == "TRIAL"
    assert [await company.access(member) for member in people] == ["FULL", "FULL", "FULL"]  # without seats
    assert (await company.read("seats { used }"))["seats"] == {"used": 0}

    await company.advance(DAY_30)

    assert await company.read("state purgeAt") == {"state": "RETENTION", "purgeAt": "2021-04-30T06:00:00Z"}
    assert [await company.access(member) for member in people] == ["READ_ONLY", "READ_ONLY", "READ_ONLY"]


async def test_an_organization_that_never_subscribes_is_there_until_day_60_and_gone_then(client: Client) -> None:
    company = await start(client, ACTIVATION)
    (member, *_) = await company.invite(3)
    await company.advance(BEFORE_DAY_60)
    before = await read_again(company)
    assert (before["state"], before["members"]["totalCount"]) == ("RETENTION", 4)

    await company.advance(DAY_60)

    assert await read_again(company) == {
        "id": company.id,
        "name": "",
        "slug": "",
        "state": "PURGED",
        "suspended": False,
        "seats": {"used": 0},
        "members": {"totalCount": 0, "nodes": []},
    }
    assert await client.ask("query($id: ID!) { node(id: $id) { id } }", id=member) == {"node": None}
    by_slug = await client.ask("query($slug: String) { organization(slug: $slug) { id } }", slug=company.slug)
    assert by_slug == {"organization": None}


async def test_nothing_can_be_changed_after_the_purge(client: Client) -> None:
    company = await start(client, ACTIVATION)
    people = await company.invite(1)
    await company.advance(DAY_60)

    newcomer = {"email": "late@romashka.example", "name": "Late", "active": True}
    refusals = [
        await client.refuse("memberInvite", organizationId=company.id, members=[newcomer]),
        await client.refuse("billingProfileSet", organizationId=company.id, **PAYER),
        await client.refuse("trackerActivate", organizationId=company.id),
        await company.refuse_seats(subscribe=by_id(people)),
    ]

    assert [refusal.code for refusal in refusals] == ["ORGANIZATION_PURGED"] * 4


async def test_the_slug_is_free_after_the_purge_and_the_new_organization_knows_nothing_of_the_old(
    client: Client,
) -> None:
    company = await start(client, ACTIVATION)
    await company.invite(2)
    await company.advance(DAY_60)

    payload = await client.change(
        "organizationCreate",
        "organization { id slug state members { totalCount } statements { totalCount } }",
        name="Another",
        slug=company.slug,
        owner={"email": f"owner@{company.slug}.example", "name": "Olga Owner"},
        testClockId=company.clock_id,
    )

    organization = payload["organization"]
    assert organization["id"] != company.id
    assert (organization["slug"], organization["state"]) == (company.slug, "NOT_ACTIVATED")
    assert (organization["members"], organization["statements"]) == ({"totalCount": 1}, {"totalCount": 0})


async def test_statements_are_kept_after_the_purge(client: Client) -> None:
    company = await start(client, ACTIVATION)
    await company.advance("2021-08-01T09:00:00+03:00")

    # March closed before the purge; April had not ended, and nothing is charged after.
    assert await company.bills() == [("2021-03", "FREE", 0, None)]
    wanted = "statements { nodes { periodStart periodEnd closedAt invoice { id } peak { holders { totalCount } } } }"
    (statement,) = (await company.read(wanted))["statements"]["nodes"]
    assert statement == {
        "periodStart": "2021-02-28T21:00:00Z",
        "periodEnd": "2021-03-31T21:00:00Z",
        "closedAt": "2021-03-31T21:30:00Z",
        "invoice": None,
        "peak": {"holders": {"totalCount": 0}},
    }


async def test_an_organization_that_subscribes_at_day_59_is_saved_and_billed(client: Client) -> None:
    company = await start(client, ACTIVATION)
    people = await company.invite(6)
    await company.advance(DAY_59)
    changed = await company.subscribe(people)
    assert changed["organization"]["state"] == "SUBSCRIBED"
    assert await company.access(people[0]) == "FULL"

    await company.advance("2021-06-01T09:00:00+03:00")

    found = await read_again(company)
    assert (found["state"], found["members"]["totalCount"]) == ("SUBSCRIBED", 7)
    assert await company.bills() == [
        ("2021-03", "FREE", 0, None),
        ("2021-04", "BILLED", 6, "1548.00"),
        ("2021-05", "BILLED", 6, "1548.00"),
    ]


async def test_a_free_subscription_at_day_59_saves_an_organization(client: Client) -> None:
    company = await start(client, ACTIVATION)
    (member,) = await company.invite(1)
    await company.advance(DAY_59)
    await company.subscribe([member])
    await company.advance("2021-08-01T09:00:00+03:00")

    assert (await company.read("state purgeAt")) == {"state": "SUBSCRIBED", "purgeAt": None}
    assert [outcome for _, outcome, _, _ in await company.bills()] == ["FREE"] * 5


async def test_a_subscription_that_covers_nobody_yet_saves_an_organization(client: Client) -> None:
    company = await start(client, ACTIVATION)
    (invited,) = await company.invite(1, active=False)
    await company.advance(DAY_59)
    changed = await company.subscribe([invited])
    assert (changed["seatedCount"], changed["organization"]["seats"]["used"]) == (0, 0)
    await company.advance("2021-08-01T09:00:00+03:00")

    assert (await company.read("state"))["state"] == "SUBSCRIBED"


async def test_an_organization_that_unsubscribes_everyone_stays_subscribed_and_read_only(client: Client) -> None:
    company = await start(client, ACTIVATION)
    people = await company.invite(2)
    await company.advance(DAY_59)
    await company.subscribe(people)
    await company.unsubscribe(people)
    await company.advance("2022-03-01T09:00:00+03:00")

    assert await company.read("state purgeAt") == {"state": "SUBSCRIBED", "purgeAt": None}
    assert [await company.access(member) for member in people] == ["READ_ONLY", "READ_ONLY"]


async def test_a_subscription_given_up_within_the_trial_saves_nothing(client: Client) -> None:
    company = await start(client, ACTIVATION)
    people = await company.invite(2)
    await company.subscribe(people)
    assert (await company.read("purgeAt"))["purgeAt"] is None
    await company.advance("2021-03-30T09:00:00+03:00")
    await company.unsubscribe(people)
    assert (await company.read("purgeAt"))["purgeAt"] == "2021-04-30T06:00:00Z"
    await company.advance(DAY_60)

    assert (await company.read("state"))["state"] == "PURGED"


async def test_an_organization_that_never_activates_waits_for_ever(client: Client) -> None:
    company = await start(client, ACTIVATION)
    idle = await start_idle(company)
    await company.advance("2022-03-01T09:00:00+03:00")

    assert await idle.read("state purgeAt trial { endsAt } statements { totalCount }") == {
        "state": "NOT_ACTIVATED",
        "purgeAt": None,
        "trial": None,
        "statements": {"totalCount": 0},
    }


async def start_idle(company: Company) -> Company:
    """An organization on the same clock that nobody activates."""
    return await found(company.client, company.clock_id)
