"""The check of our own that schemathesis makes: what it lets pass, and what not."""

from typing import Any

import pytest
from graphql import build_schema, parse

from conformance.answers import find_faults

SCHEMA = build_schema("""
    scalar DateTime
    scalar Decimal
    interface Node { id: ID! }
    type Issue implements Node { id: ID!, key: String! }
    type Team implements Node { id: ID!, size: Int!, since: DateTime, cost: Decimal, members: [Team!]! }
    type Query { node: Node, team: Team, flag: Boolean! }
""")
DOCUMENT = parse(
    "{ node { __typename id ... on Issue { key } } team { ...Size members { id } } } fragment Size on Team { size }"
)
TEAM = {"size": 2, "members": [{"id": "t1"}, {"id": "t2"}]}
DENIED = {"message": "No.", "path": ["team"], "extensions": {"code": "FORBIDDEN"}}


@pytest.mark.parametrize(
    "answer",
    [
        {"data": {"node": {"__typename": "Issue", "id": "i1", "key": "OPS-1"}, "team": TEAM}},
        {"data": {"node": {"__typename": "Team", "id": "t1"}, "team": None}},
        {"data": {"node": None, "team": None}, "errors": [DENIED]},
        {"data": None, "errors": [DENIED]},
        {"errors": [{"message": "No.", "extensions": {"code": "GRAPHQL_VALIDATION_FAILED"}}]},
    ],
)
def test_a_valid_answer_has_no_fault(answer: Any) -> None:
    assert find_faults(SCHEMA, DOCUMENT, answer) == []


@pytest.mark.parametrize(
    ("answer", "fault"),
    [
        ([], "not an answer: []"),
        ({"data": None}, "neither data nor errors"),
        ({"data": {"node": None, "team": None}, "errors": []}, "errors: not a list of some: []"),
        ({"data": {"team": TEAM}}, "[]: fields ['team'] instead of ['node', 'team']"),
        ({"data": {"node": {"__typename": "Query", "id": "i1"}, "team": None}}, "['node']: Query is no Node"),
        (
            {"data": {"node": {"__typename": "Issue", "id": "i1"}, "team": None}},
            "['node']: fields ['__typename', 'id'] instead of ['__typename', 'id', 'key']",
        ),
        ({"data": {"node": None, "team": TEAM | {"size": None}}}, "['team', 'size']: null in Int!"),
        ({"data": {"node": None, "team": TEAM | {"size": 2**31}}}, "['team', 'size']: no Int: 2147483648"),
        ({"data": {"node": None, "team": TEAM | {"members": [{"id": 7}]}}}, "['team', 'members', 0, 'id']: no ID: 7"),
    ],
)
def test_an_answer_of_another_shape_has_a_fault(answer: Any, fault: str) -> None:
    assert find_faults(SCHEMA, DOCUMENT, answer) == [fault]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("since", "2021-01-01T00:00:00"),
        ("since", "2021-01-01T00:00:00+03:00"),
        ("since", "yesterday"),
        ("cost", "NaN"),
        ("cost", "1e5"),
        ("cost", 5),
    ],
)
def test_an_instant_without_z_and_an_amount_that_is_no_decimal_are_faults(field: str, value: Any) -> None:
    document = parse(f"{{ team {{ {field} }} }}")
    assert find_faults(SCHEMA, document, {"data": {"team": {field: value}}}) == [
        f"['team', '{field}']: no {'DateTime' if field == 'since' else 'Decimal'}: {value!r}"
    ]


def test_an_error_that_says_where_is_about_a_null() -> None:
    answer = {"data": {"node": None, "team": TEAM}, "errors": [DENIED]}
    assert find_faults(SCHEMA, DOCUMENT, answer) == [f"errors: the path leads to a value: {DENIED!r}"]


def test_an_error_has_a_message_and_a_code() -> None:
    document = parse("{ flag }")
    assert find_faults(SCHEMA, document, {"errors": [{}]}) == ["errors: no message: {}", "errors: no code: {}"]
