"""Finding anything by its id."""

import base64

import pytest

from tests.client import Client, start, unknown

NODE = "query($id: ID!) { node(id: $id) { __typename id } }"
NODES = "query($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }"


def encoded(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode()


async def test_everything_with_an_id_is_found_by_it(client: Client) -> None:
    company = await start(client, "2020-11-10T09:00:00+03:00")
    people = await company.invite(6)
    await company.advance("2021-01-05T09:00:00+03:00")
    await company.subscribe(people)
    await company.advance("2021-02-05T09:00:00+03:00")
    wanted = """
        members(first: 1) { nodes { id } } statements(last: 1) { nodes { id } } invoices { nodes { id } }
        testClock { id } invoicePreview { priceList { id } }
        seatSpans(first: 1) { nodes { sources { id } } }
    """
    organization = await company.read(wanted)
    expected = {
        "Organization": company.id,
        "Member": organization["members"]["nodes"][0]["id"],
        "Statement": organization["statements"]["nodes"][0]["id"],
        "Invoice": organization["invoices"]["nodes"][0]["id"],
        "TestClock": organization["testClock"]["id"],
        "PriceList": organization["invoicePreview"]["priceList"]["id"],
        "SeatSubscription": organization["seatSpans"]["nodes"][0]["sources"][0]["id"],
    }

    nodes = (await client.ask(NODES, ids=list(expected.values())))["nodes"]

    assert nodes == [{"__typename": name, "id": id_} for name, id_ in expected.items()]
    for node in nodes:
        assert await client.ask(NODE, id=node["id"]) == {"node": node}


async def test_what_is_not_there_is_null_and_takes_nothing_else_with_it(client: Client) -> None:
    company = await start(client, "2021-01-05T09:00:00+03:00")
    (member,) = await company.invite(1)
    ids = [
        company.id,
        *(unknown(name) for name in ("Organization", "Member", "Statement", "Invoice", "TestClock", "PriceList")),
        unknown("SeatSubscription"),
        unknown("SeatChange"),
        unknown("Nothing"),
        "nonsense",
        "",
        "\ud800",
        f"{member}=",
        member.rstrip("="),
        encoded("Member"),
        encoded("Member:1"),
        encoded("Member:00000000-0000-4000-8000-00000000000A"),
        encoded("Member:\x00"),
        member,
        member,
    ]

    nodes = (await client.ask(NODES, ids=ids))["nodes"]

    assert nodes[0] == {"__typename": "Organization", "id": company.id}
    assert nodes[-2:] == [{"__typename": "Member", "id": member}] * 2
    absent = nodes[1:-2]
    if member.rstrip("=") == member:  # an id without padding has only the one spelling
        absent = [node for node in absent if node != {"__typename": "Member", "id": member}]
    assert set(map(str, absent)) == {"None"}


async def test_the_id_of_one_thing_is_not_the_id_of_another(client: Client) -> None:
    company = await start(client, "2021-01-05T09:00:00+03:00")
    row_id = base64.urlsafe_b64decode(company.id).decode().partition(":")[2]

    assert await client.ask(NODE, id=encoded(f"Member:{row_id}")) == {"node": None}


async def test_a_hundred_ids_are_looked_up_at_once(client: Client) -> None:
    company = await start(client, "2021-01-05T09:00:00+03:00")
    people = await company.invite(100)

    nodes = (await client.ask(NODES, ids=people))["nodes"]

    assert [node["id"] for node in nodes] == people
    assert await client.ask(NODES, ids=[]) == {"nodes": []}


@pytest.mark.parametrize("count", [101, 1000])
async def test_more_than_a_hundred_ids_are_refused(client: Client, count: int) -> None:
    failure = await client.fail(NODES, ids=[unknown("Member")] * count)

    assert failure.message == f"Ask for at most 100 ids at once, not {count}."
    assert (failure.code, failure.data) == ("INVALID_INPUT", None)
