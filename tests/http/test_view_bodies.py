"""What strangers send as the body of a request: never an error of ours, and never read for longer than need be."""

import asyncio
import json
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import httpx
import pytest

from tests.client import contents
from tests.http.refusals import CREATING, refusal
from tests.servers import Api

ASKING = json.dumps({"query": "{ __typename }"}).encode()
JSON = {"Content-Type": "application/json"}
MOST = 8_388_608


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"null", id="null"),
        pytest.param(b"5", id="number"),
        pytest.param(b"true", id="boolean"),
        pytest.param(b'"query"', id="string"),
        pytest.param(b"", id="nothing"),
        pytest.param(b"{", id="half"),
        pytest.param(b"{}", id="nothing asked"),
        pytest.param(b"\xff\xfe", id="no UTF-8"),
        pytest.param('{"query": "{ __typename }"}'.encode("utf-16"), id="UTF-16"),
        pytest.param(b'{"query": "{ \xc3\x28 }"}', id="bad UTF-8 in a string"),
        pytest.param(b"[" * 100_000, id="deep list"),
        pytest.param(b'{"query": ' * 100_000, id="deep object"),
        pytest.param(b'{"query": "{ __typename }", "variables": ' + b'{"a": ' * 100_000, id="deep variables"),
        pytest.param(b"9" * 5_000, id="long number"),
        pytest.param(b'{"query": "{ __typename }", "variables": {"a": ' + b"9" * 5_000 + b"}}", id="long variable"),
        pytest.param(b'{"query": "{ __typename }", "variables": {"a": NaN}}', id="NaN"),
        pytest.param(b'{"query": "{ __typename }", "query": "{ viewer { id } }"}', id="a key twice"),
        pytest.param(b'{"query": "{ __typename }", "variables": {"a": {"b": 1, "b": 2}}}', id="a variable's key twice"),
        pytest.param(b'{"query":"{ __typename }","query":"{ __typename }"}', id="a key twice, alike"),
        pytest.param(b'{"query": "{ __typename }", "documentId": "lists"}', id="two documents"),
    ],
)
async def test_a_body_that_is_no_request_is_refused(caller: httpx.AsyncClient, body: bytes) -> None:
    response = await caller.post("/graphql", content=body, headers=JSON)

    assert refusal(response) == (400, "INVALID_INPUT")


@pytest.mark.parametrize("value", [{"a": 1}, 0, False, ["a"]], ids=["object", "number", "boolean", "list"])
@pytest.mark.parametrize("name", ["query", "operationName", "documentId"])
async def test_what_must_be_text_is_nothing_else(caller: httpx.AsyncClient, name: str, value: object) -> None:
    response = await caller.post("/graphql", json={"query": "{ __typename }"} | {name: value})

    assert refusal(response) == (400, "INVALID_INPUT")
    assert response.json()["errors"][0]["message"] == f"`{name}` must be a string."


@pytest.mark.parametrize("value", ["a", 0, False, ["a"]], ids=["text", "number", "boolean", "list"])
@pytest.mark.parametrize("name", ["variables", "extensions"])
async def test_what_must_be_an_object_is_nothing_else(caller: httpx.AsyncClient, name: str, value: object) -> None:
    response = await caller.post("/graphql", json={"query": "{ __typename }", name: value})

    assert refusal(response) == (400, "INVALID_INPUT")
    assert response.json()["errors"][0]["message"] == f"`{name}` must be an object."


async def test_operations_are_not_taken_in_batches(caller: httpx.AsyncClient) -> None:
    before = await contents()

    response = await caller.post("/graphql", json=[{"query": CREATING}, {"query": CREATING}])

    assert refusal(response) == (400, "INVALID_INPUT")
    assert "one by one" in response.json()["errors"][0]["message"]
    assert await contents() == before


async def test_half_characters_and_nul_are_answered(caller: httpx.AsyncClient) -> None:
    in_document = await caller.post("/graphql", content=rb'{"query": "{ a\ud800 }"}', headers=JSON)
    in_variable = await caller.post(
        "/graphql",
        content=rb'{"query": "query($id: ID!) { node(id: $id) { id } }", "variables": {"id": ["\ud800\u0000"]}}',
        headers=JSON,
    )
    in_name = await caller.post(
        "/graphql", content=rb'{"query": "{ __typename }", "operationName": "\udfff"}', headers=JSON
    )

    assert refusal(in_document) == (200, "GRAPHQL_PARSE_FAILED")
    assert refusal(in_variable) == (200, "INVALID_INPUT")
    assert refusal(in_name) == (400, "OPERATION_RESOLUTION_FAILURE")


async def test_a_comment_counts_as_what_it_is_long(caller: httpx.AsyncClient) -> None:
    asking = "{ __typename } #"
    longest = await caller.post("/graphql", json={"query": asking.ljust(100_000, "x")})
    longer = await caller.post("/graphql", json={"query": asking.ljust(100_001, "x")})
    megabyte = await caller.post("/graphql", json={"query": asking.ljust(1_000_000, "x")})

    assert longest.json()["data"] == {"__typename": "Query"}
    assert [refusal(longer), refusal(megabyte)] == [(200, "OPERATION_TOO_LARGE")] * 2


async def test_a_body_may_be_as_large_as_the_setting_says(caller: httpx.AsyncClient) -> None:
    asking = b'{"query": "mutation { directoryApply }"}'
    response = await caller.post("/graphql", content=asking + b" " * (MOST - len(asking)), headers=JSON)

    assert response.status_code == 200
    assert {error["extensions"]["code"] for error in response.json()["errors"]} == {"GRAPHQL_VALIDATION_FAILED"}


async def test_a_body_of_50_megabytes_is_refused_before_it_is_sent(api: Api) -> None:
    answer = await speak(api, f"Content-Length: {50 * 1024 * 1024}", [])

    assert answer.startswith("HTTP/1.1 413 ")
    assert '"code":"REQUEST_TOO_LARGE"' in answer
    assert "connection: close" in answer.lower()


async def test_an_endless_body_is_refused_as_soon_as_it_is_too_large(api: Api) -> None:
    chunk = b"x" * 65_536
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while True:
            sent += len(chunk)
            yield b"10000\r\n" + chunk + b"\r\n"

    answer = await speak(api, "Transfer-Encoding: chunked", endless())

    assert answer.startswith("HTTP/1.1 413 ")
    assert MOST < sent < 4 * MOST  # what the sockets hold comes on top


async def test_who_sends_all_of_a_body_that_is_too_large_has_the_answer(api: Api) -> None:
    body = b"x" * (MOST + MOST // 2)

    answer = await speak(api, f"Content-Length: {len(body)}", [body], sends_all=True)

    assert answer.startswith("HTTP/1.1 413 ")


async def test_whoever_has_no_key_is_refused_before_the_body_is_read(api: Api) -> None:
    answer = await speak(api, "Transfer-Encoding: chunked", [b"5\r\nhello\r\n"], key="wrong")

    assert answer.startswith("HTTP/1.1 401 ")
    assert "connection: close" in answer.lower()


async def test_a_body_that_does_not_come_is_not_waited_for(special: Api) -> None:
    answer = await speak(special, "Content-Length: 100", [b'{"query": '])

    assert answer.startswith("HTTP/1.1 408 ")
    assert '"code":"REQUEST_TIMEOUT"' in answer


async def speak(
    api: Api, header: str, body: AsyncIterator[bytes] | list[bytes], key: str | None = None, *, sends_all: bool = False
) -> str:
    """What the API answers to a POST whose body is sent only for as long as it has not answered; or all of it, before
    the answer is looked at."""
    address = urlsplit(api.url)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    head = (
        f"POST /graphql HTTP/1.1\r\nHost: seatmark\r\nAuthorization: Bearer {key or api.operator_key}\r\n"
        f"Content-Type: application/json\r\n{header}\r\n\r\n"
    )
    writer.write(head.encode())
    answer = asyncio.create_task(reader.readuntil(b"}]}"))
    async for part in _each(body):
        writer.write(part)
        await writer.drain()
        if answer.done() and not sends_all:
            break
    try:
        async with asyncio.timeout(60):
            return (await answer).decode()
    finally:
        writer.close()


async def _each(parts: AsyncIterator[bytes] | list[bytes]) -> AsyncIterator[bytes]:
    if isinstance(parts, list):
        for part in parts:
            yield part
    else:
        async for part in parts:
            yield part
