"""What every route has: an id for the request, CORS, compression, and an answer when the database is gone."""

import gzip
import json
import os
from contextlib import AsyncExitStack
from pathlib import Path
from uuid import UUID

import httpx
import pytest

from app import db
from app.embedded import run_postgres
from tests import servers
from tests.conftest import OPERATOR_KEY
from tests.http.conftest import CONSOLE, with_key
from tests.http.refusals import CREATING, refusal
from tests.servers import Api

ROUTES = ["/graphql", "/healthz", "/readyz", "/schema.graphql", "/nowhere", "/exports/x", "/attachments/x"]


@pytest.mark.parametrize("path", ROUTES)
async def test_every_answer_has_the_id_that_its_request_brought(api: Api, path: str) -> None:
    async with httpx.AsyncClient(base_url=api.url, trust_env=False) as http:
        response = await http.get(path, headers={"X-Request-Id": "Trace_1.a-Z"})

    assert response.headers["X-Request-Id"] == "Trace_1.a-Z"
    assert response.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("given", [None, "", "a b", "a" * 101, "a;b", "é", '"a"'])
async def test_an_id_that_is_no_plain_word_is_replaced(caller: httpx.AsyncClient, given: str | None) -> None:
    headers = {b"X-Request-Id": given.encode()} if given is not None else {}

    response = await caller.get("/graphql", headers=headers)

    assert str(UUID(response.headers["X-Request-Id"])) == response.headers["X-Request-Id"]
    assert refusal(response) == (400, "INVALID_INPUT")


async def test_the_audit_keeps_the_id_of_the_request(caller: httpx.AsyncClient, database: str) -> None:
    headers = {"X-Request-Id": "of-the-audit"}

    response = await caller.post("/graphql", json={"query": CREATING}, headers=headers)

    assert response.json()["data"] == {"testClockCreate": {"__typename": "TestClockCreatePayload"}}
    (row,) = await db.fetch("SELECT count(*) AS entries FROM audit_entries WHERE request_id = 'of-the-audit'")
    assert row["entries"] == 1


async def test_a_page_of_a_named_origin_may_ask(special: Api, special_caller: httpx.AsyncClient) -> None:
    asking = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization,content-type"}
    async with httpx.AsyncClient(base_url=special.url, trust_env=False) as nobody:
        preflight = await nobody.options("/graphql", headers={"Origin": CONSOLE} | asking)
    response = await special_caller.post("/graphql", json={"query": "{ __typename }"}, headers={"Origin": CONSOLE})

    assert preflight.status_code == 200
    assert preflight.headers["Access-Control-Max-Age"] == "600"
    for answer in (preflight, response):
        assert answer.headers["Access-Control-Allow-Origin"] == CONSOLE
        assert answer.headers["Access-Control-Allow-Credentials"] == "true"
        assert "Origin" in answer.headers["Vary"]
    assert "X-Request-Id" in response.headers["Access-Control-Expose-Headers"]


@pytest.mark.parametrize(
    "origin", ["https://evil.example", f"{CONSOLE}.evil.example", "http://console.example", "null"]
)
async def test_a_page_of_another_origin_may_not(special_caller: httpx.AsyncClient, origin: str) -> None:
    asking = {"Origin": origin, "Access-Control-Request-Method": "POST"}

    preflight = await special_caller.options("/graphql", headers=asking)
    response = await special_caller.post("/graphql", json={"query": "{ __typename }"}, headers={"Origin": origin})

    assert preflight.status_code == 400
    assert [name for name in (*preflight.headers, *response.headers) if name == "access-control-allow-origin"] == []


async def test_no_origin_is_named_unless_it_is_set(caller: httpx.AsyncClient) -> None:
    response = await caller.post("/graphql", json={"query": "{ __typename }"}, headers={"Origin": CONSOLE})

    assert response.status_code == 200
    assert [name for name in response.headers if name.startswith("access-control-allow")] == []


async def test_large_answers_are_compressed_for_those_who_can_read_them(caller: httpx.AsyncClient) -> None:
    introspection = {"query": "{ __schema { types { name fields { name description } } } }"}

    plain = await caller.post("/graphql", json=introspection, headers={"Accept-Encoding": "identity"})
    async with caller.stream("POST", "/graphql", json=introspection, headers={"Accept-Encoding": "gzip"}) as packed:
        content = b"".join([part async for part in packed.aiter_raw()])
    small = await caller.post("/graphql", json={"query": "{ __typename }"}, headers={"Accept-Encoding": "gzip"})

    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in packed.headers["Vary"]
    assert json.loads(gzip.decompress(content)) == plain.json()
    assert len(content) < len(plain.content) / 2
    assert "Content-Encoding" not in small.headers


async def test_without_a_database_a_request_may_be_tried_again(redis_url: str, tmp_path: Path) -> None:
    if servers.INSTALLATION not in os.environ:
        pytest.skip("a server was given, which is not ours to stop")
    await servers.copy_installation(Path(os.environ[servers.INSTALLATION]) / "postgres", tmp_path / "postgres")
    async with AsyncExitStack() as stack:
        postgres = await stack.enter_async_context(AsyncExitStack())
        address = await postgres.enter_async_context(run_postgres(tmp_path, servers.FAST))
        variables = await servers.variables(address, REDIS_URL=redis_url)
        api = await stack.enter_async_context(servers.run_api(variables, OPERATOR_KEY, tmp_path / "log"))
        http = await stack.enter_async_context(with_key(api))
        await postgres.aclose()

        asked = await http.post("/graphql", json={"query": "{ __typename }"})
        fetched = await http.get("/exports/x")

    for response in (asked, fetched):
        assert refusal(response) == (503, "UNAVAILABLE")
        assert response.headers["Retry-After"] == "5"
