"""Apollo Client and urql page through a list without loss or repeat, and tell one mistake from another."""

from typing import Any

import pytest

from conformance.company import PEOPLE, Furnished
from conformance.programs import report
from tests.servers import Api

CLIENTS = ("apollo.js", "urql.js")


@pytest.fixture(scope="module", params=CLIENTS)
async def told(request: pytest.FixtureRequest, api: Api, furnished: Furnished) -> dict[str, Any]:
    """What a client met, and `everyone`: the ids of all members before it came, in order."""
    everyone = await _everyone(furnished)
    found = await report(
        request.param,
        url=api.url,
        token=api.operator_key,
        organization=furnished.company.id,
        taken=f"p0001@{furnished.company.slug}.example",
    )
    return {**found, "everyone": everyone}


async def _everyone(furnished: Furnished) -> list[str]:
    """The ids of all members by name, each found by asking for the one after the one before."""
    found: list[str] = []
    after = None
    while True:
        wanted = (
            "members(first: 60, after: $after, orderBy: NAME_ASC) { nodes { id } pageInfo { endCursor hasNextPage } }"
        )
        data = await furnished.company.client.ask(
            f"query($id: ID!, $after: String) {{ organization(id: $id) {{ {wanted} }} }}",
            id=furnished.company.id,
            after=after,
        )
        page = data["organization"]["members"]
        found += [member["id"] for member in page["nodes"]]
        if not page["pageInfo"]["hasNextPage"]:
            return found
        after = page["pageInfo"]["endCursor"]


def test_pages_of_7_and_100_give_everyone_once_in_both_directions(told: dict[str, Any]) -> None:
    everyone = told["everyone"]
    assert len(set(everyone)) == len(everyone) > PEOPLE
    walks = ["forward by 7", "backward by 7", "forward by 100", "backward by 100"]
    assert list(told["still"]) == walks
    assert [walk for walk in walks if told["still"][walk] != everyone] == []


def test_people_who_come_between_two_pages_make_nobody_be_missed_or_repeated(told: dict[str, Any]) -> None:
    before = told["everyone"]
    for walk in (told["moving"]["forward"], told["moving"]["backward"]):
        assert len(walk["behind"]) == len(walk["ahead"]) >= 4
        assert len(set(walk["ids"])) == len(walk["ids"])
        assert [member for member in walk["ids"] if member in before] == before
        assert set(walk["ahead"]) <= set(walk["ids"])
        assert not set(walk["behind"]) & set(walk["ids"])
        before = walk["ids"]


def test_what_the_caller_can_mend_is_data(told: dict[str, Any]) -> None:
    problem = {"__typename": "Problem", "code": "ALREADY_EXISTS", "path": ["input", "members", "0"]}
    error = told["userError"]
    assert (error["__typename"], error["code"]) == ("UserError", "ALREADY_EXISTS")
    assert error["problems"] == [problem]


def test_what_cannot_be_answered_is_an_error_with_a_code(told: dict[str, Any]) -> None:
    assert told["codes"] == {
        "badCursor": ["INVALID_INPUT"],
        "badDocument": ["GRAPHQL_VALIDATION_FAILED"],
        "badVariables": ["INVALID_INPUT"],
        "stranger": ["UNAUTHENTICATED"],
    }
