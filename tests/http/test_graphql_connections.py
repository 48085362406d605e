"""Paging through lists: forward and backward, without loss or repeat, and only with cursors of the list itself."""

import base64
import json
from typing import Any

import pytest

from tests.client import Client, Company, start

NOW = "2021-01-05T09:00:00+03:00"
PAGE_INFO = "pageInfo { hasNextPage hasPreviousPage startCursor endCursor }"


async def page(company: Company, field: str, wanted: str, arguments: str) -> Any:
    """One page of a list of the organization."""
    found = await company.read(f"{field}({arguments}) {{ edges {{ cursor node {{ {wanted} }} }} {PAGE_INFO} }}")
    return found[field]


async def forward(company: Company, field: str, wanted: str, size: int) -> list[Any]:
    """Every entry, page by page from the start."""
    entries: list[Any] = []
    arguments = f"first: {size}"
    while True:
        found = await page(company, field, wanted, arguments)
        assert found["pageInfo"]["hasPreviousPage"] == bool(entries)
        entries += [edge["node"] for edge in found["edges"]]
        assert len(found["edges"]) <= size
        if not found["pageInfo"]["hasNextPage"]:
            return entries
        assert found["pageInfo"]["endCursor"] == found["edges"][-1]["cursor"]
        arguments = f'first: {size}, after: "{found["pageInfo"]["endCursor"]}"'


async def backward(company: Company, field: str, wanted: str, size: int) -> list[Any]:
    """Every entry, page by page from the end, in the list's own order."""
    entries: list[Any] = []
    arguments = f"last: {size}"
    while True:
        found = await page(company, field, wanted, arguments)
        assert found["pageInfo"]["hasNextPage"] == bool(entries)
        entries = [edge["node"] for edge in found["edges"]] + entries
        if not found["pageInfo"]["hasPreviousPage"]:
            return entries
        assert found["pageInfo"]["startCursor"] == found["edges"][0]["cursor"]
        arguments = f'last: {size}, before: "{found["pageInfo"]["startCursor"]}"'


async def whole(company: Company, field: str, wanted: str) -> list[Any]:
    found = await company.read(f"{field}(first: 100) {{ nodes {{ {wanted} }} totalCount }}")
    nodes: list[Any] = found[field]["nodes"]
    assert found[field]["totalCount"] == len(nodes)
    return nodes


@pytest.fixture(scope="module")
async def busy(client: Client) -> Company:
    """An organization with 6 months, 25 members and 40 spans: to be read, not changed."""
    company = await start(client, "2020-11-10T09:00:00+03:00")
    people = await company.invite(24)
    await company.advance(NOW)
    await company.subscribe(people[:20])
    await company.advance("2021-01-10T09:00:00+03:00")
    await company.unsubscribe(people[:20])
    await company.subscribe(people[4:])
    await company.advance("2021-05-05T09:00:00+03:00")
    return company


@pytest.mark.parametrize(
    ("field", "wanted", "count", "size"),
    [
        ("members", "id name", 25, 4),
        ("members", "id name", 25, 5),  # the last page is full
        ("members", "id name", 25, 100),
        ("seatSpans", "grantedAt revokedAt member { id }", 40, 7),  # pages end amid spans of one instant
        ("statements", "id month", 6, 1),
        ("statements", "id month", 6, 4),
        ("invoices", "id number", 4, 1),
        ("invoices", "id number", 4, 3),
    ],
)
async def test_a_list_is_the_same_from_either_end(
    busy: Company, field: str, wanted: str, count: int, size: int
) -> None:
    entries = await whole(busy, field, wanted)

    assert len(entries) == count
    assert await forward(busy, field, wanted, size) == entries
    assert await backward(busy, field, wanted, size) == entries


async def test_lists_have_their_order(busy: Company) -> None:
    members = [one["name"] for one in await whole(busy, "members", "name")]
    spans = [(one["grantedAt"], one["counted"]) for one in await whole(busy, "seatSpans", "grantedAt counted")]
    months = [one["month"] for one in await whole(busy, "statements", "month")]

    assert members == ["Olga Owner", *(f"Person {number:04}" for number in range(1, 25))]
    assert spans == [("2021-01-05T06:00:00Z", True)] * 20 + [("2021-01-10T06:00:00.000001Z", True)] * 20
    assert months == ["2020-11", "2020-12", "2021-01", "2021-02", "2021-03", "2021-04"]


async def test_the_holders_of_a_peak_and_the_organizations_of_a_clock_are_paged_alike(busy: Company) -> None:
    found: list[str] = []
    arguments = "first: 7"
    while arguments:
        wanted = f"seats {{ peak {{ holders({arguments}) {{ totalCount nodes {{ id }} {PAGE_INFO} }} }} }}"
        holders = (await busy.read(wanted))["seats"]["peak"]["holders"]
        assert holders["totalCount"] == 20
        found += [member["id"] for member in holders["nodes"]]
        info = holders["pageInfo"]
        arguments = f'first: 7, after: "{info["endCursor"]}"' if info["hasNextPage"] else ""
    assert len(found) == len(set(found)) == 20

    wanted = "testClock { organizations(last: 1) { totalCount nodes { id } pageInfo { hasPreviousPage } } }"
    organizations = (await busy.read(wanted))["testClock"]["organizations"]
    assert organizations == {"totalCount": 1, "nodes": [{"id": busy.id}], "pageInfo": {"hasPreviousPage": False}}


async def test_a_page_between_two_cursors_ends_at_both(busy: Company) -> None:
    edges = (await page(busy, "members", "id", "first: 10"))["edges"]
    between = f'after: "{edges[1]["cursor"]}", before: "{edges[6]["cursor"]}"'

    everything = await page(busy, "members", "id", f"first: 100, {between}")
    last_two = await page(busy, "members", "id", f"last: 2, {between}")

    assert [edge["node"] for edge in everything["edges"]] == [edge["node"] for edge in edges[2:6]]
    assert [edge["node"] for edge in last_two["edges"]] == [edge["node"] for edge in edges[4:6]]
    assert last_two["pageInfo"]["hasPreviousPage"]


async def test_without_a_size_a_page_has_50_entries(client: Client) -> None:
    company = await start(client, NOW)
    await company.invite(60)

    members = (await company.read(f"members {{ nodes {{ id }} totalCount {PAGE_INFO} }}"))["members"]

    assert (len(members["nodes"]), members["totalCount"], members["pageInfo"]["hasNextPage"]) == (50, 61, True)


@pytest.mark.parametrize("arguments", ["first: 0", "last: 0"])
async def test_a_page_of_nothing_is_empty_and_says_that_there_is_more(busy: Company, arguments: str) -> None:
    found = await page(busy, "members", "id", arguments)

    assert found["edges"] == []
    assert (found["pageInfo"]["startCursor"], found["pageInfo"]["endCursor"]) == (None, None)
    assert found["pageInfo"]["hasNextPage" if "first" in arguments else "hasPreviousPage"]


async def test_people_who_come_meanwhile_neither_push_others_out_nor_repeat_them(client: Client) -> None:
    company = await start(client, NOW)
    await company.invite(4)
    first = await page(company, "members", "name", "first: 3")
    early = {"email": f"aaa@{company.slug}.example", "name": "Aaa"}  # before the page that was read
    await client.change("memberInvite", "members { id }", organizationId=company.id, members=[early])

    rest = await page(company, "members", "name", f'first: 3, after: "{first["pageInfo"]["endCursor"]}"')

    assert [edge["node"]["name"] for edge in rest["edges"]] == ["Person 0003", "Person 0004"]


@pytest.mark.parametrize(
    "arguments", ["first: -1", "first: 101", "last: -1", "last: 101", "first: 1, last: 1", "first: 2147483647"]
)
@pytest.mark.parametrize("field", ["members", "seatSpans", "statements", "invoices"])
async def test_a_page_of_a_size_that_is_not_to_be_had_is_refused(busy: Company, field: str, arguments: str) -> None:
    failure = await busy.fail(f"id {field}({arguments}) {{ totalCount }}")

    assert (failure.code, failure.data["organization"]) == ("INVALID_INPUT", {"id": busy.id, field: None})


def cursor(*content: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).decode()


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param("", id="empty"),
        pytest.param("nonsense", id="nonsense"),
        pytest.param("курсор", id="Cyrillic"),
        pytest.param(base64.urlsafe_b64encode(b"5").decode(), id="a number"),
        pytest.param(base64.urlsafe_b64encode(b"\xff").decode(), id="no text"),
        pytest.param(base64.urlsafe_b64encode(b"[" * 5000).decode(), id="deep"),
        pytest.param(cursor(), id="an empty list"),
        pytest.param(cursor("members"), id="a part"),
        pytest.param(cursor("members", "1", "a", "not an id"), id="a position that is none"),
        pytest.param(cursor("members", "1", "a\x00b", "00000000-0000-4000-8000-000000000000"), id="NUL"),
    ],
)
async def test_a_cursor_that_is_not_ours_is_refused(busy: Company, wrong: str) -> None:
    failure = await busy.fail(f'members(first: 1, after: "{wrong}") {{ totalCount }}')

    assert (failure.code, failure.message) == ("INVALID_INPUT", "That is not a cursor of ours.")


@pytest.mark.parametrize("instant", ["NaN", "infinity", "2021-01-05T09:00:00", "0001-01-01T00:00:00+14:00", "9999"])
async def test_a_cursor_with_an_instant_that_is_none_is_refused(busy: Company, instant: str) -> None:
    ours = (await page(busy, "statements", "id", "first: 1"))["edges"][0]["cursor"]
    name, scope, _, row_id = json.loads(base64.urlsafe_b64decode(ours))

    failure = await busy.fail(f'statements(after: "{cursor(name, scope, instant, row_id)}") {{ totalCount }}')

    assert (failure.code, failure.message) == ("INVALID_INPUT", "That is not a cursor of ours.")


async def test_a_cursor_of_another_list_or_organization_is_refused(client: Client, busy: Company) -> None:
    other = await start(client, NOW)
    statement = (await page(busy, "statements", "id", "first: 1"))["edges"][0]["cursor"]
    member = (await page(busy, "members", "id", "first: 1"))["edges"][0]["cursor"]

    for company, field, given in ((busy, "invoices", statement), (other, "members", member)):
        failure = await company.fail(f'{field}(first: 1, after: "{given}") {{ totalCount }}')
        assert (failure.code, failure.message) == ("INVALID_INPUT", "That cursor is of another list.")
