"""Variables are read as graphql-core reads them, whatever was sent."""

from typing import Any

import pytest
from graphql import GraphQLError, OperationDefinitionNode, VariableDefinitionNode, parse
from graphql.execution.values import VariableValues, get_variable_values
from hypothesis import given
from hypothesis import strategies as st

from app.graphql.schema import schema
from app.graphql.variables import Variables

CHECK = {"organizationId": "T3JnYW5pemF0aW9uOjE=", "login": "olga", "permission": "ISSUE_VIEW"}

leaves = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from(["", "ISSUE_VIEW", "SPRING", "\ud800"])
)
names = st.sampled_from(
    ["organizationId", "memberId", "email", "login", "permission", "subscribe", "everyone", "text", "role", "unknown"]
)
values = st.recursive(leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=4))
checks = st.fixed_dictionaries(
    {
        "organizationId": st.text() | leaves,
        "permission": st.sampled_from(["ISSUE_VIEW", "QUEUE_VIEW", "NONE"]) | leaves,
    },
    optional={"memberId": st.text() | leaves, "email": leaves, "login": leaves},
)
lists = ["[AccessCheckInput!]!", "[AccessCheckInput]", "[[String!]]", "[Permission!]"]
leaf_types = ["Boolean!", "Int", "Permission", "DateTime", "Decimal", "Organization", "Nothing"]
objects = ["AccessCheckInput!", "AccessCheckInput", "MemberFilter", "ChangeInput", "SeatsChangeInput", "IssueFilter"]
kinds = st.sampled_from([*lists, *leaf_types, *objects])
defaults = st.sampled_from(["", " = null", " = []", " = 1", ' = "x"'])


def definitions(document: str) -> tuple[VariableDefinitionNode, ...]:
    (operation,) = parse(document).definitions
    assert isinstance(operation, OperationDefinitionNode)
    return tuple(operation.variable_definitions or ())


def told(found: VariableValues | list[GraphQLError]) -> Any:
    if isinstance(found, list):
        return [(error.message, error.locations) for error in found]
    return repr(found.coerced)  # NaN is not equal to itself


def read(document: str, sent: dict[str, Any]) -> Any:
    """What is read, which must be what graphql-core reads."""
    wanted = definitions(document)
    found = Variables(schema.core, wanted).read(sent)
    assert told(found) == told(get_variable_values(schema.core, wanted, sent, max_errors=50))
    return found


@given(kinds, defaults, st.dictionaries(st.sampled_from(["one", "other"]), values | st.lists(checks, max_size=3)))
def test_whatever_is_sent_is_read_alike(kind: str, default: str, sent: dict[str, Any]) -> None:
    read(f"query($one: {kind}{default}) {{ a }}", sent)


@given(st.lists(checks, max_size=4))
def test_questions_of_every_sort_are_read_alike(sent: list[Any]) -> None:
    read("query($one: [AccessCheckInput!]!) { a }", {"one": sent})


@pytest.mark.parametrize(
    "wrong",
    [None, {}, CHECK, [None], [{**CHECK, "permission": "NONE"}], [{**CHECK, "extra": 1}], [{**CHECK, "login": 1}],
     [{"permission": "ISSUE_VIEW"}], [CHECK, {**CHECK, "organizationId": None}], {"0": CHECK}, "checks"],
)  # fmt: skip
def test_what_is_wrong_is_told_as_ever(wrong: Any) -> None:
    read("query($one: [AccessCheckInput!]!) { a }", {"one": wrong})


@pytest.mark.parametrize(
    "subject",
    [{"memberId": "TWVtYmVyOjE="}, {"everyone": True}, {}, {"memberId": None}, {"memberId": "1", "login": "olga"},
     {"memberId": "1", "login": None}, {"extra": 1}, {"email": 1}, None, []],
)  # fmt: skip
def test_one_of_several_is_read_alike(subject: Any) -> None:
    sent = {"organizationId": CHECK["organizationId"], "subscribe": [{"login": "olga"}, subject]}
    read("query($one: SeatsChangeInput!) { a }", {"one": sent})


def test_a_hundred_questions_have_their_defaults() -> None:
    found = read("query($one: [AccessCheckInput!]!, $two: Int) { a }", {"one": [CHECK] * 100})
    assert len(found.coerced["one"]) == 100
    assert found.coerced["one"][99] | {"permission": None} == {
        "organizationId": "T3JnYW5pemF0aW9uOjE=", "memberId": None, "email": None, "login": "olga", "permission": None,
    }  # fmt: skip
    assert "two" not in found.coerced


def test_what_can_be_in_itself_is_read_by_graphql_core_alone() -> None:
    nested: Any = []
    for _ in range(2000):
        nested = [nested]
    assert "too deeply" in read("query($one: [[[String]]]) { a }", {"one": nested})[0].message
