"""What holds for every operation: several changes in one document, and a lock that others hold."""

import asyncio

import asyncpg

from tests.client import Client, start

JANUARY = "2021-01-05T09:00:00+03:00"


async def test_each_change_of_a_document_answers_what_is_so_after_it(client: Client) -> None:
    company = await start(client, JANUARY)
    (member,) = await company.invite(1)
    await company.advance("2021-02-10T12:00:00+03:00")  # the trial is over
    seats = "organization { seats { used } members(first: 2) { nodes { email access seat { grantedAt } } } }"
    document = f"""
        mutation($subscribe: SeatsChangeInput!, $unsubscribe: SeatsChangeInput!) {{
            first: seatsChange(input: $subscribe) {{ ... on SeatsChangePayload {{ {seats} }} }}
            second: seatsChange(input: $unsubscribe) {{ ... on SeatsChangePayload {{ {seats} }} }}
        }}
    """
    subject = [{"memberId": member}]

    answer = await client.ask(
        document,
        subscribe={"organizationId": company.id, "subscribe": subject},
        unsubscribe={"organizationId": company.id, "unsubscribe": subject},
    )

    seen = {
        name: sorted(one["access"] for one in answer[name]["organization"]["members"]["nodes"])
        for name in ("first", "second")
    }
    assert seen == {"first": ["FULL", "READ_ONLY"], "second": ["READ_ONLY", "READ_ONLY"]}
    assert [answer[name]["organization"]["seats"]["used"] for name in ("first", "second")] == [1, 0]


async def test_two_advances_in_a_document_each_answer_their_own_instant(client: Client) -> None:
    company = await start(client, JANUARY)
    document = """
        mutation($march: TestClockAdvanceInput!, $april: TestClockAdvanceInput!) {
            march: testClockAdvance(input: $march) { ... on TestClockAdvancePayload { testClock { now } } }
            april: testClockAdvance(input: $april) { ... on TestClockAdvancePayload { testClock { now } } }
        }
    """
    instants = {"march": "2021-03-01T00:00:00Z", "april": "2021-04-01T00:00:00Z"}

    answer = await client.ask(
        document, **{name: {"testClockId": company.clock_id, "to": to} for name, to in instants.items()}
    )

    assert {name: answer[name]["testClock"]["now"] for name in instants} == instants


async def test_a_lock_that_others_hold_is_a_conflict_and_holds_up_nobody_else(client: Client, database: str) -> None:
    company, other = await start(client, JANUARY), await start(client, JANUARY)
    (member,), (another,) = await company.invite(1), await other.invite(1)
    holder = await asyncpg.connect(database)
    try:
        await holder.execute("BEGIN")
        await holder.execute("SELECT id FROM organizations WHERE slug = $1 FOR UPDATE", company.slug)
        waiting = asyncio.create_task(company.refuse_seats(subscribe=[{"memberId": member}]))
        await asyncio.sleep(0.2)
        await client.ask("{ priceLists { id } }")
        assert not waiting.done()
        refusal = await waiting
    finally:
        await holder.close()

    assert refusal.code == "CONFLICT"
    assert await other.subscribe([another])


async def test_every_problem_of_a_change_is_reported_whatever_its_kind(client: Client) -> None:
    company = await start(client, JANUARY)
    known, new, third = await company.invite(3)
    await company.subscribe([known])

    refusal = await company.refuse_seats(
        subscribe=[{"memberId": known}, {"login": "nobody"}, {"memberId": new}],
        unsubscribe=[{"memberId": third}],
    )

    assert sorted((one.code, *one.path) for one in refusal.problems) == [
        ("ALREADY_SUBSCRIBED", "input", "subscribe", "0"),
        ("NOT_FOUND", "input", "subscribe", "1"),
        ("NOT_SUBSCRIBED", "input", "unsubscribe", "0"),
    ]


async def test_every_problem_of_an_invitation_is_reported_whatever_its_kind(client: Client) -> None:
    company = await start(client, JANUARY)
    (member_id,) = await company.invite(1)
    found = await client.ask("query($id: ID!) { node(id: $id) { ... on Member { email } } }", id=member_id)

    refusal = await client.refuse(
        "memberInvite",
        organizationId=company.id,
        members=[
            {"email": found["node"]["email"], "name": "Again"},
            {"email": "no address", "name": " ", "login": "-"},
        ],
    )

    assert [(one.code, *one.path[2:]) for one in refusal.problems] == [
        ("ALREADY_EXISTS", "0"),
        ("INVALID_INPUT", "1", "email"),
        ("INVALID_INPUT", "1", "name"),
        ("INVALID_INPUT", "1", "login"),
    ]


async def test_a_month_that_is_over_costs_what_it_costs(client: Client) -> None:
    company = await start(client, "2020-11-10T09:00:00+03:00")
    await company.subscribe(await company.invite(5))
    await company.advance("2021-03-05T00:00:00Z")
    document = """
        query($id: ID!) { organization(id: $id) {
            over: invoicePreview(month: "2021-01") {
                total { amount } ifNothingChanges { amount } nextSeatPrice { amount }
            }
            now: invoicePreview { nextSeatPrice { amount } }
        } }
    """

    found = (await client.ask(document, id=company.id))["organization"]

    nothing = {"amount": "0.00"}
    assert found["over"] == {"total": nothing, "ifNothingChanges": nothing, "nextSeatPrice": nothing}
    assert found["now"] == {"nextSeatPrice": {"amount": "1548.00"}}  # the sixth seat makes all six cost 258
