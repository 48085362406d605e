"""Heads of requests, before anybody has said who asks: their size, their time, and how many connections there are."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest

from tests import servers
from tests.conftest import OPERATOR_KEY
from tests.http.conftest import with_key
from tests.servers import Api

HEALTH = b"GET /healthz HTTP/1.1\r\nHost: x\r\n"


@pytest.fixture(scope="module")
async def small(
    api: Api, database: str, redis_url: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Api]:
    """An API that takes 5 connections."""
    variables = await servers.variables(database, REDIS_URL=redis_url, SEATMARK_CONNECTIONS="5")
    async with servers.run_api(variables, OPERATOR_KEY, tmp_path_factory.mktemp("api") / "log") as running:
        yield running


async def connect(api: Api) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    host, _, port = api.url.removeprefix("http://").partition(":")
    return await asyncio.open_connection(host, int(port))


async def speak(api: Api, *parts: bytes) -> bytes:
    """What is answered until the connection is closed, by the other side in any case."""
    reader, writer = await connect(api)
    try:
        for part in parts:
            writer.write(part)
            await writer.drain()
        return await reader.read()
    except ConnectionResetError:
        return b"reset"
    finally:
        writer.close()


def status_of(answer: bytes) -> bytes:
    return answer.split(b"\r\n")[0]


@pytest.mark.parametrize(
    "head",
    [
        [HEALTH, b"X: " + b"x" * 65_536],
        [HEALTH, b"X: " + b"x" * 70_000 + b"\r\n\r\n"],
        [HEALTH, b"".join(b"X: %d\r\n" % number for number in range(110))],
        [HEALTH + b"".join(b"X: %d\r\n" % number for number in range(110)) + b"\r\n"],
        [b"GET /healthz?" + b"x" * 65_536],
        [b"GET /healthz?" + b"x" * 70_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n"],
        [
            b"POST /healthz HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n"
            + b"".join(b"X: %d\r\n" % number for number in range(110))
        ],
    ],
    ids=["endless header", "long header", "endless lines", "lines", "endless address", "long address", "trailers"],
)
async def test_a_head_that_is_too_large_is_refused_as_soon_as_it_is(api: Api, head: list[bytes]) -> None:
    assert status_of(await speak(api, *head)) == b"HTTP/1.1 431 Request Header Fields Too Large"


async def test_a_head_may_have_100_lines_and_an_address_with_a_document(api: Api) -> None:
    lines = b"".join(b"X: %d\r\n" % number for number in range(98))
    answer = await speak(api, HEALTH + lines + b"Connection: close\r\n\r\n")
    assert status_of(answer) == b"HTTP/1.1 200 OK"
    async with with_key(api) as http:
        response = await http.get("/graphql", params={"query": "{ __typename }" + " " * 20_000})
        assert response.json()["data"] == {"__typename": "Query"}


async def test_requests_one_behind_the_other_are_measured_one_by_one(api: Api) -> None:
    head = HEALTH + b"X: " + b"x" * 30_000 + b"\r\n"
    answer = await speak(api, (head + b"\r\n") * 5 + head + b"Connection: close\r\n\r\n")
    assert answer.count(b"HTTP/1.1 200 OK") == 6


async def test_a_head_may_come_in_pieces(api: Api) -> None:
    pieces = [b"X: " + b"x" * 15_000 + b"\r\n"] * 4
    answer = await speak(api, HEALTH, *pieces, b"Connection: close\r\n\r\n")
    assert status_of(answer) == b"HTTP/1.1 200 OK"


async def test_a_head_that_does_not_come_is_not_waited_for_for_ever(api: Api) -> None:
    heads = [b"", b"GET /hea", b"\r\n", HEALTH + b"\r\n" + HEALTH]
    async with asyncio.timeout(60):
        answers = await asyncio.gather(*(speak(api, head) for head in heads))
    assert [answer.count(b"HTTP/1.1 200 OK") for answer in answers] == [0, 0, 0, 1]


async def test_who_only_holds_connections_gives_way_to_those_who_ask(small: Api) -> None:
    held = [await connect(small) for _ in range(30)]
    try:
        async with httpx.AsyncClient(base_url=small.url, trust_env=False, timeout=30.0) as http:
            assert [(await http.get("/healthz")).status_code for _ in range(3)] == [200] * 3
        for reader, _ in held[:20]:
            assert await reader.read() == b""
    finally:
        for _, writer in held:
            writer.close()


async def test_a_connection_is_kept_for_longer_than_clients_keep_theirs(api: Api) -> None:
    reader, writer = await connect(api)
    try:
        for _ in range(2):
            writer.write(HEALTH + b"\r\n")
            head = await reader.readuntil(b"\r\n\r\n")
            assert status_of(head) == b"HTTP/1.1 200 OK"
            assert await reader.readexactly(2) == b"ok"
            await asyncio.sleep(6.5)  # httpx keeps them for 5 s, and uvicorn by itself too
    finally:
        writer.close()
