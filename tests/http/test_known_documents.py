"""Documents that are remembered: parsed and valid, as many as there is room for."""

import pytest
from graphql import parse

from app.http.documents import Document, KnownDocuments, parse_document, validate_document
from app.http.refusals import RequestRefused


def document(text: str) -> Document:
    return Document(text, parse(text))


def test_a_valid_document_is_parsed_once() -> None:
    source = "{ viewer { kind } } # once"
    first = parse_document(source)
    assert parse_document(source) is not first
    validate_document(first)
    assert parse_document(source) is first


def test_what_is_refused_is_not_remembered() -> None:
    source = "{ viewer { nothing } }"
    refused = parse_document(source)
    with pytest.raises(RequestRefused):
        validate_document(refused)
    assert parse_document(source) is not refused


def test_the_document_used_longest_ago_is_forgotten_when_there_is_no_room() -> None:
    known = KnownDocuments(characters=15, longest=10)
    first, second, third = document("{ a }"), document("{ b }"), document("{ c }")
    for one in (first, second, third):
        known.remember(one)
    assert known.find("{ a }") is first
    known.remember(document("{ d }"))
    assert known.find("{ b }") is None
    assert [known.find(one) is not None for one in ("{ a }", "{ c }", "{ d }")] == [True, True, True]


def test_a_long_document_makes_nobody_be_forgotten() -> None:
    known = KnownDocuments(characters=15, longest=10)
    short, long = document("{ a }"), document("{ a b c d e }")
    known.remember(short)
    known.remember(long)
    assert known.find(long.text) is None
    assert known.find("{ a }") is short


def test_the_same_text_takes_its_room_once() -> None:
    known = KnownDocuments(characters=10, longest=10)
    first = document("{ a }")
    known.remember(first)
    known.remember(document("{ a }"))
    known.remember(document("{ b }"))
    assert known.find("{ a }") is first
