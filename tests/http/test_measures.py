"""What an operation comes to is kept with its document, by what it depends on beside it."""

from typing import Any

import pytest

from app.http import cost
from app.http.buckets import Policy
from app.http.cost import Measure
from app.http.documents import Document, parse_document
from app.http.guard import Bill, Guard, make_guard
from app.http.operations import Operation, choose_operation
from app.http.refusals import RequestRefused
from tests.http.documents import measured

GUARD = make_guard(None, Policy("points", 1_000, 1), 1_000, 30)
CHEAP_GUARD = make_guard(None, Policy("points", 1_000, 1), 100, 30)
CHANGES: list[Any] = [None, {}, {"promoCode": "X"}, {"promoCode": ""}, {"subscribe": [1, 2]}]
SIZES: list[Any] = [1, True, 1.0, 1.5, "1", 0, False, None, -1, 101, 7, [], {}]
PAGE = "query($n: Int = 20, $x: ID) { organization(id: $x) { members(first: $n) { nodes { id } } } }"
CHECKS = "query($checks: [AccessCheckInput!]!) { accessCheck(checks: $checks) { allowed } }"
WHAT_IF = """
    query($change: SeatsChangeInput) {
        organization(id: "x") { invoicePreview(change: $change) { peak { seats } } }
    }
"""


def kept(document: Document, variables: dict[str, Any], guard: Guard = GUARD) -> Measure:
    """By a guard that may know it already."""
    bill = Bill()
    guard.measure(Operation(document, choose_operation(document, None), variables), bill)
    assert bill.measure is not None
    return bill.measure


@pytest.mark.parametrize(
    ("source", "sent"),
    [
        (PAGE, [{}, *({"n": one} for one in SIZES), {"x": "1"}]),
        (CHECKS, [{}, {"checks": []}, {"checks": [{}]}, {"checks": [{"a": [1, [2]]}]}, {"checks": {"a": [1, 2]}}]),
        (
            WHAT_IF,
            [{"change": one} for one in CHANGES],
        ),
    ],
    ids=["a page", "checks", "a what-if"],
)
def test_a_document_comes_to_what_it_would_if_it_were_not_known(source: str, sent: list[dict[str, Any]]) -> None:
    document = parse_document(source)
    for variables in [*sent, *reversed(sent)]:
        assert kept(document, variables) == measured(source, **variables)


def test_the_same_is_measured_once_and_no_more_than_a_hundred_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    document, checks = parse_document(CHECKS), [{"memberId": "x"}]
    first = kept(document, {"checks": checks * 3})
    monkeypatch.setattr(cost, "_count_directives", None)
    assert kept(document, {"checks": [{"memberId": "y"}] * 3, "more": 1}) is first
    monkeypatch.undo()
    for number in range(200):
        kept(document, {"checks": checks * number})
    assert len(document.measures) == 100


def test_what_is_too_dear_is_refused_each_time() -> None:
    document = parse_document(PAGE)
    for _ in range(2):
        with pytest.raises(RequestRefused, match="costs 113 points; at most 100 are granted"):
            kept(document, {"n": 100}, CHEAP_GUARD)
        assert kept(document, {"n": 1}, CHEAP_GUARD).cost == 4
