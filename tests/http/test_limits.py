"""What is refused for its size, before anything compares its fields or spreads its fragments."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from graphql import GraphQLError

from app.http.limits import LIMITS, parse_limited
from tests.http.documents import (
    aliases,
    arguments,
    chain,
    directives,
    doubling,
    measured,
    nested,
    nested_doubling,
    read,
    repeated,
    unknown_fields,
    values,
    written,
)


def refused(run: Callable[[], object]) -> dict[str, object]:
    """The extensions of the error."""
    with pytest.raises(GraphQLError) as caught:
        run()
    return caught.value.extensions or {}


def too_large(limit: str, requested: int, maximum: int) -> dict[str, object]:
    return {"code": "OPERATION_TOO_LARGE", "limit": limit, "requested": requested, "maximum": maximum}


@pytest.mark.parametrize(
    "make",
    [chain, doubling, nested_doubling, aliases, directives, unknown_fields, values, arguments],
    ids=lambda make: make.__name__,
)
def test_each_selection_is_looked_at_once(make: Callable[[int], str]) -> None:
    assert read(make(20))[0] == written(make(20))
    assert read(make(40))[0] == written(make(40))


def test_fragments_that_double_thirty_times_are_a_thousand_million_fields_and_looked_at_once() -> None:
    assert read(doubling(30))[0] == 63
    assert refused(lambda: measured(doubling(30), LIMITS)) == too_large("fields", 10**9, 2000)


def test_doubling_is_counted_exactly_below_the_limit() -> None:
    # 1024 leaves, 2046 spreads of f1 to f10 and one of f0, and the viewer.
    assert read(doubling(10))[1].fields == 1024 + 2046 + 1 + 1


def test_a_thousand_fragments_that_double_are_added_without_large_numbers() -> None:
    assert read(doubling(1000))[1].fields == 10**9


def test_nested_doubling_is_refused_by_its_depth_and_never_spread_out() -> None:
    assert refused(lambda: measured(nested_doubling(30), LIMITS)) == too_large("depth", 1 + 30 * 4 + 1, 20)


def test_a_chain_of_thirty_fragments_is_taken() -> None:
    assert measured(chain(30), LIMITS).depth == 2


def test_a_chain_longer_than_python_can_recurse_is_refused_by_its_fragments() -> None:
    assert refused(lambda: measured(chain(5000), LIMITS)) == too_large("fragments", 5001, 200)


def test_ten_thousand_aliases_are_refused() -> None:
    assert refused(lambda: measured(aliases(10_000), LIMITS)) == too_large("aliases", 10_000, 200)


def test_aliases_are_counted_wherever_a_fragment_is_spread() -> None:
    source = "{ viewer { ...f ... { ...f } } } fragment f on Viewer { a: kind b: kind }"
    assert measured(source).aliases == 4


def test_a_thousand_directives_are_refused() -> None:
    assert refused(lambda: measured(directives(1000), LIMITS)) == too_large("directives", 1000, 100)


def test_directives_are_counted_on_operations_variables_and_fragments_too() -> None:
    source = "query($a: Int @x) @x { viewer @x { ...f @x ... @x { kind @x } } } fragment f on Viewer @x { kind @x }"
    assert refused(lambda: measured(source, replace(LIMITS, directives=7))) == too_large("directives", 8, 7)


def test_five_thousand_unknown_fields_are_refused_before_anyone_looks_for_similar_names() -> None:
    assert refused(lambda: measured(unknown_fields(5000), LIMITS)) == too_large("fields", 5001, 2000)


def test_a_field_repeated_is_refused_by_the_pairs_that_validation_would_compare() -> None:
    # 50 times 49 / 2 pairs at the root, and as many of `kind` within.
    assert refused(lambda: measured(repeated(50), replace(LIMITS, pairs=2449))) == too_large("pairs", 2450, 2449)
    assert measured(repeated(50), replace(LIMITS, pairs=2450)).fields == 100


def test_pairs_are_found_through_fragments() -> None:
    source = "{ viewer { ...a ...b kind } } fragment a on Viewer { kind } fragment b on Viewer { x: kind kind }"
    # Three of `kind`, and two spreads.
    assert refused(lambda: measured(source, replace(LIMITS, pairs=3))) == too_large("pairs", 4, 3)


def test_deep_nesting_is_refused() -> None:
    assert refused(lambda: measured(nested(30), LIMITS)) == too_large("depth", 63, 20)
    assert read(nested(8))[1].depth == 19


def test_depth_is_that_of_fields_through_fragments() -> None:
    source = "{ ... { viewer { ...f } } } fragment f on Viewer { member { ... on Member { organization { id } } } }"
    assert measured(source).depth == 4


def test_root_fields_are_counted_through_fragments() -> None:
    source = "{ a: viewer { kind } ...f } fragment f on Query { b: viewer { kind } ... { c: viewer { kind } } }"
    assert refused(lambda: measured(source, replace(LIMITS, root_fields=2))) == too_large("root_fields", 3, 2)


def test_every_operation_of_a_document_has_to_be_small_enough() -> None:
    source = "query a { viewer { kind } } query b " + aliases(201)
    assert refused(lambda: measured(source, LIMITS)) == too_large("aliases", 201, 200)


def test_more_operations_than_anyone_writes_into_one_document_are_refused() -> None:
    source = " ".join(f"query q{at} {{ viewer {{ kind }} }}" for at in range(21))
    assert refused(lambda: measured(source, LIMITS)) == too_large("operations", 21, 20)


@pytest.mark.parametrize(
    "source",
    [
        "{ viewer { ...a } } fragment a on Viewer { ...a }",
        "{ viewer { ...a } } fragment a on Viewer { ...b } fragment b on Viewer { ...c } fragment c on Viewer { ...a }",
        "{ viewer { kind } } fragment a on Viewer { member { organization { ... { ...a } } } }",
    ],
)
def test_a_fragment_that_spreads_itself_is_refused(source: str) -> None:
    assert refused(lambda: measured(source, LIMITS)) == {"code": "GRAPHQL_VALIDATION_FAILED"}


@pytest.mark.parametrize(
    "source",
    ["{ viewer { ...a } }", "{ ...a }", "{ viewer { ...a } } fragment a on Viewer { ...b }"],
)
def test_a_fragment_that_there_is_none_of_is_refused(source: str) -> None:
    assert refused(lambda: measured(source, LIMITS)) == {"code": "GRAPHQL_VALIDATION_FAILED"}


def test_types_fields_and_arguments_that_there_are_none_of_are_left_to_validation() -> None:
    source = "{ nothing(first: 3) { within } ... on Nobody { kind } ...f viewer(first: 5) } fragment f on Nobody { x }"
    assert measured(source, LIMITS).fields == 7


def test_a_document_of_more_tokens_is_not_parsed() -> None:
    assert refused(lambda: parse_limited(values(10_000), LIMITS)) == too_large("tokens", 10_001, 10_000)
    assert refused(lambda: parse_limited("{ a }", replace(LIMITS, tokens=2))) == too_large("tokens", 3, 2)


def test_a_document_of_more_characters_is_not_read() -> None:
    source = "# " + "x" * 1_000_000 + "\n{ viewer { kind } }"
    assert refused(lambda: parse_limited(source, LIMITS)) == too_large("characters", len(source), 100_000)


@pytest.mark.parametrize("number", ["9" * 101, "-" + "9" * 100, "0." + "9" * 99, "1e" + "9" * 99])
def test_a_number_of_more_digits_is_not_looked_at(number: str) -> None:
    source = f"query($n: Int = {number}) {{ organizations(first: $n) {{ totalCount }} }}"
    assert refused(lambda: parse_limited(source, LIMITS)) == too_large("digits", 101, 100)


def test_digits_in_texts_and_names_are_no_numbers() -> None:
    digits = "9" * 5_000
    parse_limited(f'{{ a{digits}: organization(slug: "{digits}") {{ id }} }} # {digits}', LIMITS)


def test_comments_are_tokens() -> None:
    assert "code" not in refused(lambda: parse_limited("#\n" * 10_001 + "{ viewer { kind } }", LIMITS))


def test_what_is_no_graphql_is_no_matter_of_size_and_what_follows_is_not_read_to_count_it() -> None:
    assert refused(lambda: parse_limited("{ viewer { ", LIMITS)) == {}
    assert refused(lambda: parse_limited("{ viewer ( " + "( " * 10_000, LIMITS)) == {}
