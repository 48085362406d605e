"""What operations cost, in points: an object one, ten values one, ten selections one."""

from dataclasses import replace
from typing import Any

import pytest
from graphql import GraphQLError, get_introspection_query, get_nullable_type, is_list_type

from app.graphql.schema import schema
from app.http import weights
from app.http.limits import LIMITS
from tests.http.documents import measured


def cost(source: str, **variables: Any) -> int:
    return measured(source, **variables).cost


def test_an_object_with_values() -> None:
    # The viewer 1, ten values 1, eleven selections 1.1.
    assert cost("{ viewer { " + "kind " * 10 + "} }") == 4


def test_a_page_costs_what_it_may_hold() -> None:
    # organization 1 + members 1 + 100 x (member 1 + two values 0.2) + five selections 0.5
    source = '{ organization(id: "x") { members(first: 100) { nodes { id name } } } }'
    assert cost(source) == 123


def test_edges_cost_no_more_than_nodes_but_for_their_cursors() -> None:
    # 1 + 1 + 100 x (edge 0.1 + cursor 0.1 + member 1 + id 0.1) + 6 selections 0.6
    source = '{ organization(id: "x") { members(last: 100) { edges { cursor node { id } } } } }'
    assert cost(source) == 133


def test_a_page_whose_size_is_not_said_is_fifty() -> None:
    # 1 + 1 + 50 x 1.1 + 0.4
    assert cost('{ organization(id: "x") { members { nodes { id } } } }') == 58


def test_pages_within_pages_multiply() -> None:
    # 1 + 1 + 100 x (statement 1 + peak 1 + holders 1 + 100 x (member 1 + id 0.1)) + 7 selections 0.7
    holders = "holders(first: 100) { nodes { id } }"
    source = f'{{ organization(id: "x") {{ statements(first: 100) {{ nodes {{ peak {{ {holders} }} }} }} }} }}'
    assert cost(source) == 11_303


@pytest.mark.parametrize(
    ("first", "expected"),
    [(0, 3), (10, 14), (100, 113), (101, 113), (2**31, 113), (-1, 3), (10.0, 14), (None, 58), ("10", 58), (True, 58)],
)
def test_a_page_is_as_large_as_its_variable_says_and_never_larger_than_pages_are(first: object, expected: int) -> None:
    source = 'query($n: Int) { organization(id: "x") { members(first: $n) { nodes { id } } } }'
    assert cost(source, n=first) == expected


def test_a_variable_that_was_not_sent_has_its_default() -> None:
    source = 'query($n: Int = 10) { organization(id: "x") { members(first: $n) { nodes { id } } } }'
    assert cost(source) == 14
    assert cost(source, n=100) == 113


def test_an_argument_that_was_not_given_has_the_default_of_the_schema() -> None:
    # organization 1 + preview 20 + change 100 + impact 20 + 50 x 1.1 + 5 selections 0.5
    source = "query($c: ChangeInput) { organization { invoicePreview(change: $c) { impact { newlySeated { id } } } } }"
    assert cost(source, c={"seatCap": 5}) == 197


def test_a_what_if_costs_more_than_a_preview() -> None:
    source = "query($c: ChangeInput) { organization { invoicePreview(change: $c) { month } } }"
    assert [cost(source), cost(source, c=None), cost(source, c={})] == [22, 22, 122]


def test_nodes_are_as_many_as_there_are_ids() -> None:
    # 40 ids 4 + 40 x (1 + 0.1) + 2 selections 0.2
    assert cost("query($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=["x"] * 40) == 49
    assert cost("{ nodes(ids: [" + '"x"' * 40 + "]) { id } }") == 49


def test_a_mutation_costs_for_everyone_in_its_input_and_in_its_answer() -> None:
    source = """
        mutation($input: MemberInviteInput!) { memberInvite(input: $input) {
            ... on MemberInvitePayload { members { id } } ... on UserError { code }
        } }
    """
    # 50 + 1000 entries 100 + 1000 x (member 1 + id 0.1) + code 0.1 + 6 selections 0.6
    people = [{"email": f"p{at}@romashka.example"} for at in range(1000)]
    assert cost(source, input={"members": people}) == 1251


def test_lists_within_an_input_count_and_are_counted_once_for_all_who_use_the_variable() -> None:
    source = "mutation($input: MemberInviteInput!) { " + " ".join(
        f"m{at}: memberInvite(input: $input) {{ __typename }}" for at in range(2)
    )
    # 2 x (50 + (2 people + 3 teams) 0.5 + __typename 0.1) + 4 selections 0.4
    people = [{"email": "a@b.example", "teamIds": ["x", "y"]}, {"email": "b@b.example", "teamIds": ["x"]}]
    assert cost(source + " }", input={"members": people}) == 102


def test_a_directory_of_twenty_thousand_fits() -> None:
    source = "mutation($input: DirectoryApplyInput!) { directoryApply(input: $input) { __typename } }"
    people = [{"email": f"p{at}@romashka.example", "teams": ["a", "b"]} for at in range(20_000)]
    assert cost(source, input={"members": people}) == 200 + 6000 + 1


def test_counting_a_list_costs_five() -> None:
    assert cost('{ organization(id: "x") { members(first: 0) { totalCount } } }') == 8


def test_introspection_costs_the_same_however_much_of_it_is_asked() -> None:
    assert cost(get_introspection_query()) == 500 + 23
    assert cost("{ __schema { queryType { name } } }") == 501


def test_a_fragment_costs_as_what_it_stands_for() -> None:
    spread = '{ organization(id: "x") { members(first: 9) { ...page } } }'
    fragments = " fragment page on MemberConnection { nodes { ...one } } fragment one on Member { id }"
    assert cost(spread + fragments) == cost(
        '{ organization(id: "x") { members(first: 9) { ... { nodes { ... { id } } } } } }'
    )


def test_what_is_skipped_is_taken_as_included() -> None:
    source = 'query($no: Boolean!) { organization(id: "x") { members @skip(if: $no) { nodes { id } } } }'
    assert cost(source, no=True) == 58


def test_an_operation_above_the_limit_is_refused_with_its_cost() -> None:
    source = '{ organization(id: "x") { members(first: 100) { nodes { id } } } }'
    with pytest.raises(GraphQLError) as caught:
        measured(source, replace(LIMITS, cost=112))
    assert caught.value.message == "The operation costs 113 points; at most 112 are granted to one."
    assert caught.value.extensions == {"code": "MAX_COST_EXCEEDED", "cost": 113, "maximum": 112}
    assert measured(source, replace(LIMITS, cost=113)).cost == 113


def test_only_the_operation_that_is_executed_has_to_be_paid() -> None:
    dear = '{ organization(id: "x") { statements { nodes { peak { holders { nodes { id } } } } } } }'
    assert measured("query a { viewer { kind } } query b " + dear, replace(LIMITS, cost=2)).cost == 2


@pytest.mark.parametrize("code", [{"promoCode": "SPRING"}, {"promoCode": None}, {}])
def test_a_promo_code_in_a_preview_is_a_guess(code: dict[str, object]) -> None:
    source = "query($c: ChangeInput) { organization { invoicePreview(change: $c) { month } } }"
    assert measured(source, c=code).guesses == int(code.get("promoCode") is not None)


def test_guesses_are_counted_through_aliases_fragments_and_literals() -> None:
    source = """
        query($code: String) { organization { ...f } }
        fragment f on Organization {
            a: invoicePreview(change: {promoCode: "A"}) { month }
            b: invoicePreview(change: {promoCode: $code}) { month }
            c: invoicePreview(change: {seatCap: 3}) { month }
        }
    """
    assert measured(source, code="B").guesses == 2
    assert measured(source).guesses == 1
    redeem = 'mutation { promoCodeRedeem(input: {organizationId: "x", code: "A"}) { __typename } }'
    assert measured(redeem).guesses == 1


def test_every_name_of_the_table_is_in_the_schema() -> None:
    types: dict[str, Any] = dict(schema.core.type_map)
    for place in (*weights.WEIGHTS, *weights.LENGTHS):
        within, field = place.split(".")
        assert field in types[within].fields, place
    for place in weights.LENGTHS:
        within, field = place.split(".")
        assert is_list_type(get_nullable_type(types[within].fields[field].type)), place
    for place in (*weights.ARGUMENTS, *(one for one in weights.GUESSES if one.count(".") > 1)):
        within, field, argument, *below = place.split(".")
        found = types[within].fields[field].args[argument]
        assert all(name in found.type.fields for name in below), place
    assert set(types) >= weights.VALUES
