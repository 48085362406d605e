"""What a body costs by its length, whatever it holds (decision 0045)."""

import json
from collections.abc import AsyncIterator

import httpx
import pytest

from tests import servers
from tests.client import Client, contents, mutation
from tests.http.test_guard import CHEAP, error_of, speaking


@pytest.fixture(scope="module")
async def limited(
    client: Client, database: str, redis_url: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[httpx.AsyncClient]:
    """An API whose buckets hold 200 points and do not fill while a test runs."""
    settings = {"SEATMARK_RATE_CAPACITY": "200", "SEATMARK_RATE_PER_SECOND": "0.001"}
    variables = await servers.variables(database, REDIS_URL=redis_url)
    async with speaking(variables, tmp_path_factory.mktemp("api") / "log", **settings) as http:
        yield http


async def send(http: httpx.AsyncClient, content: str) -> httpx.Response:
    return await http.post("/graphql", content=content, headers={"Content-Type": "application/json"})


def padded(length: int, **given: object) -> str:
    """A request of so many bytes, with extensions that nobody reads."""
    empty = json.dumps({"query": CHEAP, **given, "extensions": {"x": ""}})
    return json.dumps({"query": CHEAP, **given, "extensions": {"x": "x" * (length - len(empty))}})


async def left_after(http: httpx.AsyncClient, redis_url: str, content: str, status: int) -> int:
    """The points of a full bucket that are left."""
    await servers.empty_redis(redis_url)
    response = await send(http, content)
    assert response.status_code == status
    return int(response.headers["RateLimit"].split(";")[1].removeprefix("r="))


async def test_a_body_costs_a_point_for_256_bytes_beside_what_it_asks_for(
    limited: httpx.AsyncClient, redis_url: str
) -> None:
    assert await left_after(limited, redis_url, padded(255), 200) == 198
    assert await left_after(limited, redis_url, padded(256), 200) == 197
    assert await left_after(limited, redis_url, padded(10 * 256), 200) == 188


@pytest.mark.parametrize("broken", ["{", '[{"x":1}]', '{"query": 1}'])
async def test_a_body_that_is_refused_costs_as_much(limited: httpx.AsyncClient, redis_url: str, broken: str) -> None:
    assert await left_after(limited, redis_url, broken.ljust(2_560), 400) == 189


async def test_what_comes_beside_a_refused_document_costs_as_much(limited: httpx.AsyncClient, redis_url: str) -> None:
    source = "{ nothing }"
    content = padded(2_560 + len(source)).replace(CHEAP, source.ljust(len(CHEAP)))
    assert await left_after(limited, redis_url, content, 200) == 200 - 1 - 50 - 9


async def test_a_long_body_that_cannot_be_paid_for_is_not_even_parsed(
    limited: httpx.AsyncClient, redis_url: str
) -> None:
    await servers.empty_redis(redis_url)
    before = await contents()
    response = await send(limited, "[".ljust(65_537))
    assert response.status_code == 429
    assert error_of(response) == {"code": "RATE_LIMITED"}
    assert "takes 256 points and 199 of 200 are left" in response.json()["errors"][0]["message"]
    assert await contents() == before


async def test_only_a_whole_directory_takes_more_than_a_megabyte(client: Client) -> None:
    before = await contents()
    assert (await send(client.http, padded(1_048_576))).json()["data"] == {"viewer": {"kind": "OPERATOR"}}
    response = await send(client.http, padded(1_048_577))
    assert response.status_code == 413
    assert error_of(response) == {"code": "REQUEST_TOO_LARGE"}
    source = mutation("directoryApply", "dryRun")
    long = json.dumps({"query": source, "variables": {"input": {"organizationId": "x" * 1_100_000}}})
    assert (await send(client.http, long)).json()["errors"][0]["extensions"]["code"] != "REQUEST_TOO_LARGE"
    assert await contents() == before
