"""Documents and requests that attack, over HTTP: each is refused, changes nothing, and takes work that grows with its
size and no faster. How long each took is told at the end of the run, and asserted nowhere."""

import json
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from graphql import GraphQLError

from app.http.documents import parse_document, validate_document
from app.http.limits import LIMITS
from app.http.operations import choose_operation
from app.http.refusals import RequestRefused
from tests.client import contents
from tests.http.documents import (
    aliases,
    arguments,
    chain,
    directives,
    doubling,
    measured,
    nested,
    nested_doubling,
    repeated,
    unknown_fields,
    values,
)
from tests.http.refusals import CREATING, refusal

JSON = {"Content-Type": "application/json"}
TOO_LARGE, INVALID = "OPERATION_TOO_LARGE", "GRAPHQL_VALIDATION_FAILED"


@dataclass(frozen=True, slots=True)
class Attack:
    """A POST, and how it must be refused."""

    body: bytes
    code: str
    status: int = 200
    headers: dict[str, str] = field(default_factory=lambda: JSON)


def document(source: str, code: str, status: int = 200) -> Attack:
    return Attack(json.dumps({"query": source}).encode(), code, status)


def typed(kind: str, body: bytes) -> Attack:
    return Attack(body, "UNSUPPORTED_MEDIA_TYPE", 415, {"Content-Type": kind})


ATTACKS = {
    "a comment of 1 MB": document("{ __typename } #" + "x" * 1_000_000, TOO_LARGE),
    "49 000 comments": document("{ __typename }" + "#\n" * 49_000, "GRAPHQL_PARSE_FAILED"),
    "a chain of 1 500 fragments": document(chain(1_500), TOO_LARGE),
    "fragments that double 30 times": document(doubling(30), TOO_LARGE),
    "fragments that double 30 times, with fields between": document(nested_doubling(30), TOO_LARGE),
    "10 000 aliases": document(aliases(10_000), TOO_LARGE),
    "3 000 aliases": document(aliases(3_000), TOO_LARGE),
    "1 000 directives": document(directives(1_000), TOO_LARGE),
    "5 000 unknown fields": document(unknown_fields(5_000), TOO_LARGE),
    "1 000 unknown fields": document(unknown_fields(1_000), INVALID),
    "2 000 unknown arguments": document(arguments(2_000), INVALID),
    "a field 3 000 times": document(repeated(3_000), TOO_LARGE),
    "a depth of 1 000": document(nested(1_000), "GRAPHQL_PARSE_FAILED"),
    "braces 4 000 deep": document("{" * 4_000, "GRAPHQL_PARSE_FAILED"),
    "a fragment that spreads itself": document("{ viewer { ...a } } fragment a on Viewer { ...a }", INVALID),
    "fragments in a circle": document(
        "{ viewer { ...a } } fragment a on Viewer { ...b } fragment b on Viewer { ...a }", INVALID
    ),
    "a fragment that there is none of": document("{ viewer { ...nothing } }", INVALID),
    "two operations without a name": document(
        f"mutation a {CREATING.removeprefix('mutation')} mutation b {CREATING.removeprefix('mutation')}",
        "OPERATION_RESOLUTION_FAILURE",
        400,
    ),
    "a number of 5 000 digits": document("{ organizations(first: " + "9" * 5_000 + ") { totalCount } }", TOO_LARGE),
    "a variable of 5 000 digits": Attack(
        b'{"query": "x", "variables": {"a": ' + b"9" * 5_000 + b"}}", "INVALID_INPUT", 400
    ),
    "a batch": Attack(json.dumps([{"query": CREATING}] * 100).encode(), "INVALID_INPUT", 400),
    "null": Attack(b"null", "INVALID_INPUT", 400),
    "a number": Attack(b"5", "INVALID_INPUT", 400),
    "bad UTF-8": Attack(b'{"query": "{ \xc3\x28 }"}', "INVALID_INPUT", 400),
    "JSON 100 000 deep": Attack(b'{"query": "x", "variables": ' + b"[" * 100_000, "INVALID_INPUT", 400),
    "8 MB of JSON": Attack(b"[" + b'{"x": 1},' * 900_000 + b"0]", "INVALID_INPUT", 400),
    "9 MB": Attack(b" " * 9_000_000, "REQUEST_TOO_LARGE", 413),
    "a form": typed("application/x-www-form-urlencoded", b"query=" + CREATING.encode()),
    "text": typed("text/plain", json.dumps({"query": CREATING}).encode()),
    "an upload": typed("multipart/form-data; boundary=x", b'--x\r\nContent-Disposition: form-data; name="operations"'),
}  # fmt: skip


@pytest.mark.parametrize("name", ATTACKS)
async def test_an_attack_is_refused_and_changes_nothing(
    caller: httpx.AsyncClient, name: str, record_property: Callable[[str, object], None]
) -> None:
    attack = ATTACKS[name]
    before = await contents()
    began = time.perf_counter()
    response = await caller.post("/graphql", content=attack.body, headers=attack.headers)
    seconds = time.perf_counter() - began
    assert list(response.json()) == ["errors"]
    codes = {error["extensions"]["code"] for error in response.json()["errors"]}
    assert (response.status_code, codes) == (attack.status, {attack.code})
    assert len(response.content) < 10_000
    assert await contents() == before
    record_property("attack", (name, len(attack.body), seconds))


async def test_a_mutation_by_get_is_refused_and_changes_nothing(caller: httpx.AsyncClient) -> None:
    before = await contents()
    response = await caller.get("/graphql", params={"query": CREATING})
    assert refusal(response) == (405, "METHOD_NOT_ALLOWED")
    assert await contents() == before


def prepare(source: str) -> None:
    """What is done to a document before it is executed, until it is refused."""
    with suppress(GraphQLError, RequestRefused):
        parsed = parse_document(source)
        choose_operation(parsed, None)
        measured(source, LIMITS)
        validate_document(parsed)


def calls(run: Callable[[], None]) -> int:
    """How often a function is called in it: of Python's own and of C."""
    count = 0

    def note(_: Any, event: str, __: Any) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(note)
    try:
        run()
    finally:
        sys.setprofile(None)
    return count


@pytest.mark.parametrize(
    ("make", "size"),
    [
        (chain, 40),
        (doubling, 40),
        (nested_doubling, 40),
        (aliases, 100),
        (directives, 25),
        (unknown_fields, 250),
        (arguments, 250),
        (values, 1_000),
        (nested, 20),
        (lambda count: "{ __typename }" + "#\n" * count, 2_000),
        (lambda count: "{ __typename } # " + "x" * count, 20_000),
    ],
    ids=[
        "chain", "doubling", "nested_doubling", "aliases", "directives", "unknown_fields", "arguments", "values",
        "nested", "comments", "a comment",
    ],
)  # fmt: skip
def test_the_work_grows_with_the_document_and_no_faster(make: Callable[[int], str], size: int) -> None:
    prepare(make(3))  # what is done once is not counted
    small, large = calls(lambda: prepare(make(size))), calls(lambda: prepare(make(4 * size)))
    assert large <= 5 * small, (small, large)
