"""Every list of the schema that is paged, with pages that are not to be had and cursors that are not its own."""

import base64
import json
from dataclasses import dataclass
from typing import Any

import pytest
from graphql import GraphQLObjectType, get_named_type

from tests.client import Client, Company, start
from tests.http.places import ROUTES, SCHEMA, Ids, start_of
from tests.http.world import fill

LISTS = sorted(
    (one.name, name)
    for one in SCHEMA.type_map.values()
    if isinstance(one, GraphQLObjectType)
    for name, field in one.fields.items()
    if get_named_type(field.type).name.endswith("Connection")
)
NAMES = [f"{type_name}.{field}" for type_name, field in LISTS]
PAGE = "edges { cursor node { __typename } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } totalCount"
EMPTY = {"Organization.seatRequests", "Organization.waiting", "Organization.notifications"}
"""Lists with nothing in them here."""


@dataclass(frozen=True, slots=True)
class Lists:
    """Every list of an organization with something of everything, as an operator and as a member find it."""

    operator: Client
    member: Client
    company: Company
    ids: Ids

    async def body(self, name: str, arguments: str, ids: Ids | None = None) -> Any:
        type_name, _, field = name.partition(".")
        given = f"({arguments})" if arguments else ""
        client = self.member if name == "Organization.notifications" else self.operator
        start, chosen = start_of(type_name), self.ids if ids is None else ids
        taken = f"query(${start}: ID!)" if start else "query"
        document = f"{taken} {{ {ROUTES[type_name] % f'{field}{given} {{ {PAGE} }}'} }}"
        return await client.post(document, **({start: chosen[start]} if start else {}))

    async def page(self, name: str, arguments: str) -> Any:
        body = await self.body(name, arguments)
        assert "errors" not in body, body["errors"]
        found = body["data"]
        while "edges" not in found:
            (found,) = found.values()
        return found

    async def refusal(self, name: str, arguments: str, ids: Ids | None = None) -> tuple[str, str]:
        (error,) = (await self.body(name, arguments, ids))["errors"]
        return error["extensions"]["code"], error["message"]


@pytest.fixture(scope="module")
async def lists(client: Client) -> Lists:
    company, ids = await fill(client)
    return Lists(client, await client.as_member(ids["memberId"]), company, ids)


def test_every_list_that_is_paged_can_be_come_to() -> None:
    assert {type_name for type_name, _ in LISTS} - set(ROUTES) == set()


def test_every_list_that_is_paged_takes_the_four_arguments() -> None:
    for type_name, name in LISTS:
        arguments = SCHEMA.type_map[type_name].fields[name].args  # type: ignore[attr-defined]
        taken = {key: str(arguments[key].type) for key in ("first", "after", "last", "before")}
        assert taken == {"first": "Int", "after": "String", "last": "Int", "before": "String"}, name


@pytest.mark.parametrize("name", NAMES)
async def test_a_page_has_between_0_and_100_entries_from_one_end(lists: Lists, name: str) -> None:
    for size in ("-1", "101", "2147483647", "-2147483648"):
        for end in ("first", "last"):
            message = f"A page has between 0 and 100 entries, not {size}."
            assert await lists.refusal(name, f"{end}: {size}") == ("INVALID_INPUT", message)
    both = ("INVALID_INPUT", "Ask for `first` or for `last`, not for both.")
    assert await lists.refusal(name, "first: 1, last: 1") == both
    assert await lists.refusal(name, "first: 0, last: 0") == both
    for size in ("2147483648", "1.5", '"1"', "true"):
        assert (await lists.refusal(name, f"first: {size}"))[0] == "GRAPHQL_VALIDATION_FAILED"


@pytest.mark.parametrize("name", NAMES)
async def test_a_page_of_nothing_says_whether_there_is_more(lists: Lists, name: str) -> None:
    has_more = name not in EMPTY
    nothing = {"startCursor": None, "endCursor": None}
    total = (await lists.page(name, ""))["totalCount"]

    first, last = await lists.page(name, "first: 0"), await lists.page(name, "last: 0")

    assert (total > 0) == has_more
    ahead = nothing | {"hasNextPage": has_more, "hasPreviousPage": False}
    behind = nothing | {"hasNextPage": False, "hasPreviousPage": has_more}
    assert first == {"edges": [], "pageInfo": ahead, "totalCount": total}
    assert last == {"edges": [], "pageInfo": behind, "totalCount": total}


@pytest.mark.parametrize("name", [name for name in NAMES if name not in EMPTY])
async def test_the_ends_of_a_list_have_nothing_beyond_them(lists: Lists, name: str) -> None:
    (first,) = (await lists.page(name, "first: 1"))["edges"]
    (last,) = (await lists.page(name, "last: 1"))["edges"]

    before = await lists.page(name, f'last: 100, before: "{first["cursor"]}"')
    after = await lists.page(name, f'first: 100, after: "{last["cursor"]}"')

    assert (before["edges"], before["pageInfo"]["hasPreviousPage"]) == ([], False)
    assert (after["edges"], after["pageInfo"]["hasNextPage"]) == ([], False)


@pytest.mark.parametrize("name", NAMES)
async def test_a_cursor_has_one_spelling_and_one_list(lists: Lists, name: str) -> None:
    not_ours = ("INVALID_INPUT", "That is not a cursor of ours.")
    for junk in ("", "junk", "====", "W10=", "bnVsbA==", "курсор", "A" * 10_000):
        assert await lists.refusal(name, f'after: "{junk}"') == not_ours
        assert await lists.refusal(name, f'before: "{junk}"') == not_ours
    other = "Team.members" if name != "Team.members" else "Organization.members"
    (foreign,) = (await lists.page(other, "first: 1"))["edges"]
    assert (await lists.refusal(name, f'after: "{foreign["cursor"]}"'))[0] == "INVALID_INPUT"
    if name not in EMPTY:
        (edge,) = (await lists.page(name, "first: 1"))["edges"]
        for spelling in spellings(edge["cursor"]):
            assert await lists.refusal(name, f'after: "{spelling}"') == not_ours, spelling


async def test_a_cursor_of_another_organization_is_refused(client: Client, lists: Lists) -> None:
    other = await start(client, "2021-01-05T09:00:00+03:00")
    theirs = {**lists.ids, "organizationId": other.id}
    here = [name for name in NAMES if name.startswith(("Organization.", "BillingAccount.", "Peak."))]
    for name in here:
        if name not in EMPTY:
            (edge,) = (await lists.page(name, "first: 1"))["edges"]
            refusal = await lists.refusal(name, f'after: "{edge["cursor"]}"', theirs)
            assert refusal == ("INVALID_INPUT", "That cursor is of another list."), name


@pytest.mark.parametrize(
    ("name", "orders"), [("Organization.members", "MemberOrder"), ("Organization.issues", "IssueOrder")]
)
async def test_a_cursor_of_another_order_is_refused(lists: Lists, name: str, orders: str) -> None:
    values = list(SCHEMA.type_map[orders].values)  # type: ignore[attr-defined]
    assert len(values) > 1
    for order in values:
        (edge,) = (await lists.page(name, f"first: 1, orderBy: {order}"))["edges"]
        for another in values:
            if another != order:
                refusal = await lists.refusal(name, f'orderBy: {another}, after: "{edge["cursor"]}"')
                assert refusal[0] == "INVALID_INPUT", (order, another)


def spellings(cursor: str) -> list[str]:
    """Other ways to write what a cursor says."""
    content = json.loads(base64.urlsafe_b64decode(cursor))
    others = [
        f" {cursor}",
        f"{cursor}\\n",
        f"{cursor}=",
        f"{cursor}AAAA",
        f"{cursor[:4]} {cursor[4:]}",
        encoded(json.dumps(content)),
        encoded(json.dumps([*content, "1"], separators=(",", ":"))),
        encoded(json.dumps(content[:-1], separators=(",", ":"))),
        encoded(json.dumps([*content[:-1], content[-1].upper() + " "], separators=(",", ":"))),
    ]
    return [*others, *([cursor.rstrip("=")] if cursor.endswith("=") else [])]


def encoded(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode()
