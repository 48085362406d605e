"""Methods, media types and statuses, by the draft of GraphQL over HTTP."""

import httpx
import pytest

from app.http.media import MediaType, negotiate
from tests.client import contents
from tests.http.refusals import CREATING, refusal

JSON, RESPONSE = "application/json", "application/graphql-response+json"
ASKING = {"query": "{ __typename }"}


@pytest.mark.parametrize(
    ("accept", "media"),
    [
        (None, JSON),
        ("", JSON),
        ("*/*", JSON),
        ("application/*", JSON),
        (JSON, JSON),
        ("Application/JSON; charset=utf-8", JSON),
        (RESPONSE, RESPONSE),
        (f"{RESPONSE}, {JSON}", RESPONSE),
        (f"{JSON}, {RESPONSE}", RESPONSE),
        (f"{RESPONSE}, {JSON};q=0.9", RESPONSE),
        (f"{RESPONSE};q=0.5, {JSON};q=0.9", JSON),
        (f"{RESPONSE};q=0, {JSON};q=0.1", JSON),
        (f"{RESPONSE};q=0, */*", JSON),
        (f"{JSON};q=0, */*;q=0.1", RESPONSE),
        (f"{RESPONSE}, */*;q=0.1", RESPONSE),
        ("text/html, application/xhtml+xml, application/xml;q=0.9, */*;q=0.8", JSON),
        (f"{RESPONSE};q=high, {JSON};q=0.1", JSON),
        ("text/html", None),
        ("text/event-stream", None),
        (f"{JSON};q=0", None),
        ("*/*;q=0", None),
        (",;,", None),
    ],
)
def test_the_answer_has_the_type_that_is_liked_best(accept: str | None, media: str | None) -> None:
    assert negotiate(accept) is (MediaType(media) if media else None)


@pytest.mark.parametrize("media", [JSON, RESPONSE])
async def test_an_answer_is_of_the_type_asked_for_and_kept_by_nobody(caller: httpx.AsyncClient, media: str) -> None:
    response = await caller.post("/graphql", json=ASKING, headers={"Accept": media})

    assert (response.status_code, response.json()["data"]) == (200, {"__typename": "Query"})
    assert response.headers["Content-Type"] == f"{media}; charset=utf-8"
    assert response.headers["Cache-Control"] == "private, no-store"
    assert {"Accept", "Authorization", "Cookie", "Origin"} <= set(response.headers["Vary"].split(", "))


async def test_whoever_takes_neither_type_is_told_so(caller: httpx.AsyncClient) -> None:
    response = await caller.post("/graphql", json={"query": CREATING}, headers={"Accept": "text/html"})

    assert refusal(response) == (406, "NOT_ACCEPTABLE")


@pytest.mark.parametrize(
    ("document", "variables", "code"),
    [
        ("{", {}, "GRAPHQL_PARSE_FAILED"),
        ("{ " + "a { " * 4_000, {}, "GRAPHQL_PARSE_FAILED"),
        ("{ " + "a { " * 5_000, {}, "GRAPHQL_PARSE_FAILED"),
        ("{ nonsense }", {}, "GRAPHQL_VALIDATION_FAILED"),
        ("{ a { ...F } } fragment F on Query { ...F }", {}, "GRAPHQL_VALIDATION_FAILED"),
        ("query($n: Int!) { __type(name: 1) { name } }", {"n": 1}, "GRAPHQL_VALIDATION_FAILED"),
        ("query($id: ID!) { node(id: $id) { id } }", {}, "INVALID_INPUT"),
        ("query($id: ID!) { node(id: $id) { id } }", {"id": None}, "INVALID_INPUT"),
        (
            "query($id: ID!, $n: Int) { organization(id: $id) { members(first: $n) { totalCount } } }",
            {"id": "x", "n": 2_147_483_648},
            "INVALID_INPUT",
        ),
        ("{ organization(id: 1) { members(first: 2147483648) { totalCount } } }", {}, "GRAPHQL_VALIDATION_FAILED"),
        ("subscription { __typename }", {}, "GRAPHQL_VALIDATION_FAILED"),
    ],
    ids=[
        "half",
        "deep",
        "deep and of too many tokens",
        "unknown field",
        "cycle",
        "unused variable",
        "no variable",
        "null",
        "2 to the 31st",
        "2 to the 31st in the document",
        "subscription",
    ],
)
@pytest.mark.parametrize(("media", "status"), [(JSON, 200), (RESPONSE, 400)])
async def test_what_graphql_refuses_has_a_code_and_no_data(
    caller: httpx.AsyncClient, media: str, status: int, document: str, variables: dict[str, object], code: str
) -> None:
    body = {"query": document, "variables": variables}

    response = await caller.post("/graphql", json=body, headers={"Accept": media})

    assert response.status_code == status
    assert list(response.json()) == ["errors"]
    request_id = response.headers["X-Request-Id"]
    found = [error["extensions"] for error in response.json()["errors"]]
    assert {(one["code"], one["requestId"]) for one in found} == {(code, request_id)}


@pytest.mark.parametrize("media", [JSON, RESPONSE])
async def test_a_field_that_is_refused_leaves_the_answer_executed(caller: httpx.AsyncClient, media: str) -> None:
    body = {"query": '{ __typename node(id: "b") { id } nodes(ids: [' + '"a",' * 101 + "]) { id } }"}

    response = await caller.post("/graphql", json=body, headers={"Accept": media})

    assert (response.status_code, response.json()["data"]) == (200, None)
    (error,) = response.json()["errors"]
    assert error["extensions"] == {
        "code": "INVALID_INPUT",
        "requestId": response.headers["X-Request-Id"],
    } | {name: value for name, value in error["extensions"].items() if name == "problems"}


@pytest.mark.parametrize(
    "content_type",
    [
        None,
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/graphql",
        RESPONSE,
        "application/json; charset=latin-1",
        "application/jsonx",
        "json",
        "text/json",
        "",
    ],
)
async def test_a_body_of_another_type_is_refused(caller: httpx.AsyncClient, content_type: str | None) -> None:
    before = await contents()
    headers = {"Content-Type": content_type} if content_type is not None else {}
    content = b'{"query": "' + CREATING.replace('"', r"\"").encode() + b'"}'

    response = await caller.post("/graphql", content=content, headers=headers)

    assert refusal(response) == (415, "UNSUPPORTED_MEDIA_TYPE")
    assert response.headers["Accept"] == JSON
    assert await contents() == before


async def test_a_compressed_body_is_refused(caller: httpx.AsyncClient) -> None:
    response = await caller.post("/graphql", json=ASKING, headers={"Content-Encoding": "gzip"})

    assert refusal(response) == (415, "UNSUPPORTED_MEDIA_TYPE")


async def test_forms_and_uploads_are_refused(caller: httpx.AsyncClient) -> None:
    before = await contents()

    form = await caller.post("/graphql", data={"query": CREATING})
    upload = await caller.post(
        "/graphql", data={"operations": '{"query": "{ __typename }"}', "map": "{}"}, files={"0": b"x"}
    )

    assert [refusal(form), refusal(upload)] == [(415, "UNSUPPORTED_MEDIA_TYPE")] * 2
    assert await contents() == before


@pytest.mark.parametrize("charset", ["", "; charset=utf-8", "; charset=UTF-8", '; charset="utf-8"', ";charset=utf8"])
async def test_json_in_utf_8_is_taken_however_it_is_said(caller: httpx.AsyncClient, charset: str) -> None:
    headers = {"Content-Type": f"application/json{charset}"}

    response = await caller.post("/graphql", content=b'{"query": "{ __typename }"}', headers=headers)

    assert response.json()["data"] == {"__typename": "Query"}


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "OPTIONS"])
async def test_other_methods_are_not_allowed(caller: httpx.AsyncClient, method: str) -> None:
    response = await caller.request(method, "/graphql", json=ASKING)

    assert refusal(response) == (405, "METHOD_NOT_ALLOWED")
    assert response.headers["Allow"] == "GET, POST"


async def test_a_query_may_be_asked_by_get(caller: httpx.AsyncClient) -> None:
    given = {
        "query": "query A { __typename } query B($name: String!) { __type(name: $name) { name } }",
        "operationName": "B",
        "variables": '{"name": "Query"}',
        "extensions": "{}",
    }

    response = await caller.get("/graphql", params=given)

    assert response.json()["data"] == {"__type": {"name": "Query"}}


@pytest.mark.parametrize("media", [JSON, RESPONSE])
async def test_a_mutation_by_get_is_not_allowed_and_changes_nothing(caller: httpx.AsyncClient, media: str) -> None:
    before = await contents()

    response = await caller.get("/graphql", params={"query": CREATING}, headers={"Accept": media})

    assert refusal(response) == (405, "METHOD_NOT_ALLOWED")
    assert response.headers["Allow"] == "POST"
    assert await contents() == before


@pytest.mark.parametrize(
    "query",
    [
        "",
        "query=",
        "variables={}",
        "query={__typename}&query={__typename}",
        "query={__typename}&variables={",
        "query={__typename}&variables=[]",
        "query={__typename}&variables=1",
        "query={__typename}&extensions=x",
        "query={__typename}&documentId=lists",
    ],
)
async def test_an_address_that_is_no_request_is_refused(caller: httpx.AsyncClient, query: str) -> None:
    response = await caller.get(f"/graphql?{query}")

    assert refusal(response) == (400, "INVALID_INPUT")


@pytest.mark.parametrize(
    ("document", "name"),
    [
        ("mutation A {0} mutation B {0}", None),
        ("mutation A {0} mutation B {0}", ""),
        ("mutation A {0} mutation B {0}", "C"),
        ("mutation A {0}", "a"),
        ("mutation {0} mutation {0}", None),
        ("fragment F on Query {{ __typename }}", None),
    ],
    ids=["none named", "an empty name", "another named", "in another case", "both without a name", "only a fragment"],
)
@pytest.mark.parametrize("media", [JSON, RESPONSE])
async def test_no_operation_is_executed_unless_it_is_clear_which(
    caller: httpx.AsyncClient, document: str, name: str | None, media: str
) -> None:
    before = await contents()
    body = {"query": document.format(CREATING.removeprefix("mutation")), "operationName": name}

    response = await caller.post("/graphql", json=body, headers={"Accept": media})

    assert refusal(response) == (400, "OPERATION_RESOLUTION_FAILURE")
    assert await contents() == before
