"""Limits, costs, rates and patience, as those who speak to the API meet them."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import pytest
from redis.asyncio import Redis

from app.graphql.ids import global_id
from tests import servers
from tests.client import Client, Company, contents, start
from tests.conftest import OPERATOR_KEY
from tests.http.documents import aliases, doubling, unknown_fields

DEAR = '{ organization(slug: "x") { members(first: 100) { nodes { id } } } }'  # 113 points
UNKNOWN_ATTACHMENT = global_id("Attachment", uuid4())
CHEAP = "{ viewer { kind } }"  # 2 points


@pytest.fixture(scope="module")
async def variables(database: str, redis_url: str, own_data_dir: Path) -> dict[str, str]:
    return await servers.variables(database, REDIS_URL=redis_url)


@asynccontextmanager
async def speaking(variables: dict[str, str], log: Path, **settings: str) -> AsyncIterator[httpx.AsyncClient]:
    """An operator's connection to an API with other settings."""
    headers = {"Authorization": f"Bearer {OPERATOR_KEY}"}
    async with (
        servers.run_api({**variables, **settings}, OPERATOR_KEY, log) as api,
        httpx.AsyncClient(base_url=api.url, headers=headers, trust_env=False, timeout=60.0) as http,
    ):
        yield http


@pytest.fixture(scope="module")
async def limited(
    variables: dict[str, str], redis_url: str, client: Client, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[httpx.AsyncClient]:
    """An API whose buckets hold 200 points and do not fill while a test runs."""
    settings = {"SEATMARK_RATE_CAPACITY": "200", "SEATMARK_RATE_PER_SECOND": "0.001", "SEATMARK_OPERATION_COST": "150"}
    async with speaking(variables, tmp_path_factory.mktemp("api") / "log", **settings) as http:
        yield http


async def ask(http: httpx.AsyncClient, source: str, **given: Any) -> httpx.Response:
    return await http.post("/graphql", json={"query": source, "variables": given})


def error_of(response: httpx.Response) -> dict[str, Any]:
    (error,) = response.json()["errors"]
    assert error["extensions"].pop("requestId")
    found: dict[str, Any] = error["extensions"]
    return found


async def test_an_answer_tells_what_it_cost_and_what_is_left(limited: httpx.AsyncClient, redis_url: str) -> None:
    await servers.empty_redis(redis_url)
    response = await ask(limited, DEAR)
    assert response.json()["extensions"]["cost"] == {
        "requestedQueryCost": 113,
        "maximumQueryCost": 150,
        "throttleStatus": {"maximumAvailable": 200, "currentlyAvailable": 87, "restoreRate": 0.001},
    }
    assert response.headers["RateLimit-Policy"] == '"points";q=200;w=200000'
    assert response.headers["RateLimit"].startswith('"points";r=87;t=')


async def test_an_empty_bucket_is_429_with_when_to_come_again(limited: httpx.AsyncClient, redis_url: str) -> None:
    await servers.empty_redis(redis_url)
    await ask(limited, DEAR)
    response = await ask(limited, DEAR)
    assert response.status_code == 429
    assert error_of(response) == {"code": "RATE_LIMITED"}
    assert "data" not in response.json()
    assert 0 < int(response.headers["Retry-After"]) <= 113_000
    assert response.headers["RateLimit"] == f'"points";r=86;t={response.headers["Retry-After"]}'
    assert (await ask(limited, CHEAP)).status_code == 200


async def test_a_refusal_for_want_of_points_changes_nothing(limited: httpx.AsyncClient, redis_url: str) -> None:
    await servers.empty_redis(redis_url)
    await ask(limited, DEAR)
    await ask(limited, "{ viewer { " + "kind " * 140 + "} }")
    before = await contents()
    source = 'mutation { testClockCreate(input: {now: "2026-01-01T00:00:00Z"}) { __typename } }'
    assert [(await ask(limited, source)).status_code for _ in range(6)][-1] == 429
    after = await contents()
    made = after["test_clocks"][0] - before["test_clocks"][0]
    await servers.empty_redis(redis_url)
    assert made < 6


async def test_a_known_document_in_a_brief_body_is_paid_for_at_once(limited: httpx.AsyncClient, redis_url: str) -> None:
    await servers.empty_redis(redis_url)
    assert [await _payments(limited, redis_url, content) for content in (CHEAP, CHEAP)][1] == 1
    assert await _payments(limited, redis_url, CHEAP, extensions={"x": "x" * 32_768}) == 2
    assert await _payments(limited, redis_url, CHEAP + "\n# not known") == 2
    await servers.empty_redis(redis_url)


async def test_who_has_too_few_points_for_a_known_document_pays_the_point_of_asking(
    limited: httpx.AsyncClient, redis_url: str
) -> None:
    await servers.empty_redis(redis_url)
    for left in (87, 86, 85):
        response = await ask(limited, DEAR)
        assert response.headers["RateLimit"].startswith(f'"points";r={left};t=')
    assert response.status_code == 429
    assert "This takes 112 points and 85 of 200 are left." in response.json()["errors"][0]["message"]
    await servers.empty_redis(redis_url)


@pytest.mark.parametrize("content", ["{", '{"query": "{ nothing }"}', json.dumps({"query": CHEAP})])
async def test_who_has_no_point_left_is_told_no_more_than_that(
    limited: httpx.AsyncClient, redis_url: str, content: str
) -> None:
    await servers.empty_redis(redis_url)
    assert (await ask(limited, CHEAP)).status_code == 200
    async with Redis.from_url(redis_url) as redis:
        async for bucket in redis.scan_iter("seatmark:points:*"):
            await redis.hset(bucket, "points", "0.5")
    response = await limited.post("/graphql", content=content, headers={"Content-Type": "application/json"})
    assert (response.status_code, error_of(response)) == (429, {"code": "RATE_LIMITED"})
    assert "This takes 1 points and 0 of 200 are left." in response.json()["errors"][0]["message"]
    await servers.empty_redis(redis_url)


async def test_a_known_document_that_asks_for_too_much_pays_for_asking_and_for_being_refused(
    limited: httpx.AsyncClient, redis_url: str
) -> None:
    source = 'query($n: Int) { organization(slug: "x") { members(first: $n) { nodes { id seat { grantedAt } } } } }'
    assert (await ask(limited, source, n=1)).status_code == 200
    await servers.empty_redis(redis_url)
    response = await ask(limited, source, n=100)
    assert error_of(response)["code"] == "MAX_COST_EXCEEDED"
    assert response.headers["RateLimit"].startswith(f'"points";r={200 - 1 - 50 - len(source) // 20};t=')
    await servers.empty_redis(redis_url)


async def test_a_document_that_is_refused_costs_fifty_points_and_more_if_it_is_long(
    limited: httpx.AsyncClient, redis_url: str
) -> None:
    await servers.empty_redis(redis_url)
    response = await ask(limited, "{ nothing }")
    assert error_of(response)["code"] == "GRAPHQL_VALIDATION_FAILED"
    assert response.headers["RateLimit"].startswith('"points";r=149;t=')
    response = await ask(limited, "{ nothing }" + " " * 989)  # 1000 characters: 50 points more
    assert response.headers["RateLimit"].startswith('"points";r=48;t=')


async def test_an_operation_that_costs_too_much_is_refused_with_its_cost(
    limited: httpx.AsyncClient, redis_url: str
) -> None:
    await servers.empty_redis(redis_url)
    response = await ask(
        limited, '{ organization(slug: "x") { members(first: 100) { nodes { id seat { grantedAt } } } } }'
    )
    assert error_of(response) == {"code": "MAX_COST_EXCEEDED", "cost": 223, "maximum": 150}


async def test_an_api_that_limits_nothing_still_tells_the_cost(client: Client) -> None:
    response = await ask(client.http, CHEAP)
    assert response.json()["extensions"] == {"cost": {"requestedQueryCost": 2, "maximumQueryCost": 50_000}}
    assert "RateLimit" not in response.headers


@pytest.mark.parametrize(
    ("source", "limit"),
    [
        (doubling(30), "fields"),
        (aliases(300), "aliases"),
        (aliases(5_000), "tokens"),
        (aliases(10_000), "characters"),
        (unknown_fields(4_000), "fields"),
        ("# " + "x" * 1_000_000 + "\n" + CHEAP, "characters"),
    ],
    ids=["doubling", "300 aliases", "5000 aliases", "10000 aliases", "unknown fields", "a comment of 1 MB"],
)
async def test_what_is_too_large_is_refused_with_its_limit(client: Client, source: str, limit: str) -> None:
    before = await contents()
    response = await ask(client.http, source)
    extensions = error_of(response)
    assert (extensions["code"], extensions["limit"]) == ("OPERATION_TOO_LARGE", limit)
    assert extensions["requested"] > extensions["maximum"]
    assert await contents() == before


@pytest.mark.parametrize(
    "source",
    [
        "{ organizations(first: NUMBER) { nodes { id } } }",
        "{ organizations(last: NUMBER) { nodes { id } } }",
        "query($n: Int = NUMBER) { organizations(first: $n) { nodes { id } } }",
        "{ priceQuote(seats: NUMBER) { total { amount } } }",
    ],
)
async def test_a_number_of_5000_digits_is_too_large(client: Client, source: str) -> None:
    text = source.replace("NUMBER", "9" * 5_000)
    by_body = await client.http.post("/graphql", json={"query": text}, headers=client.headers)
    by_address = await client.http.get("/graphql", params={"query": text}, headers=client.headers)
    for response in (by_body, by_address):
        assert response.status_code == 200
        assert error_of(response) == {
            "code": "OPERATION_TOO_LARGE", "limit": "digits", "requested": 5_000, "maximum": 100,
        }  # fmt: skip


async def test_an_error_suggests_no_names(client: Client) -> None:
    response = await ask(client.http, "{ viewr { kind } }")
    assert [error["message"] for error in response.json()["errors"]] == ["Cannot query field 'viewr' on type 'Query'."]


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer sm_nobody"}], ids=["no key", "a key of nobody"])
@pytest.mark.parametrize("source", ["{ __schema { types { name } } }", "{ viewr }", "{ __typename }"])
async def test_strangers_learn_nothing_of_the_schema_from_graphql_but_from_its_file(
    api: servers.Api, source: str, headers: dict[str, str]
) -> None:
    async with httpx.AsyncClient(base_url=api.url, headers=headers, trust_env=False, timeout=60.0) as http:
        response = await ask(http, source)
        assert response.status_code == 401
        assert error_of(response) == {"code": "UNAUTHENTICATED"}
        assert "type Query" in (await http.get("/schema.graphql")).text


async def test_an_address_that_guesses_keys_is_slowed_and_those_with_keys_are_not(
    limited: httpx.AsyncClient, redis_url: str
) -> None:
    await servers.empty_redis(redis_url)
    assert (await ask(limited, CHEAP)).status_code == 200
    async with httpx.AsyncClient(base_url=limited.base_url, trust_env=False, timeout=60.0) as http:
        statuses = []
        for number in range(160):
            response = await http.post(
                "/graphql", json={"query": CHEAP}, headers={"Authorization": f"Bearer sm_{number}"}
            )
            statuses.append(response.status_code)
            if response.status_code == 429:
                break
        assert set(statuses[:100]) == {401}
        assert statuses[-1] == 429
        assert error_of(response) == {"code": "RATE_LIMITED"}
        assert response.headers["Retry-After"] == "1"
    assert (await ask(limited, CHEAP)).status_code == 200
    await servers.empty_redis(redis_url)


async def test_lists_and_papers_are_paid_out_of_the_same_bucket(
    limited: httpx.AsyncClient, redis_url: str, client: Client
) -> None:
    company = await start(client, "2026-01-01T00:00:00+00:00")
    path = f"/organizations/{company.id}/invoices.csv"
    await servers.empty_redis(redis_url)
    assert (await ask(limited, CHEAP)).status_code == 200
    response = await limited.get(path)
    assert response.status_code == 200
    assert response.headers["RateLimit"].startswith('"points";r=98;t=')
    response = await limited.get(path)
    assert response.status_code == 429
    assert error_of(response) == {"code": "RATE_LIMITED"}
    assert response.headers["RateLimit"] == f'"points";r=98;t={response.headers["Retry-After"]}'
    await servers.empty_redis(redis_url)


async def test_who_guesses_at_one_door_is_slowed_at_the_others(limited: httpx.AsyncClient, redis_url: str) -> None:
    await servers.empty_redis(redis_url)
    async with httpx.AsyncClient(base_url=limited.base_url, trust_env=False, timeout=60.0) as http:

        async def guess(token: str) -> int:
            path = f"/attachments/{UNKNOWN_ATTACHMENT}"
            return (await http.put(path, params={"token": token}, content=b"x")).status_code

        while await guess("first") == 429:  # the process remembers for a second whom another test has made it refuse
            await asyncio.sleep(0.2)
        await servers.empty_redis(redis_url)
        statuses: list[int] = []
        while 429 not in statuses:
            statuses.append(await guess(f"guess {len(statuses)}"))
        assert 100 <= len(statuses) < 200
        assert set(statuses[:100]) == {404}
        headers = {"Authorization": "Bearer sm_guess"}
        export, source = f"/exports/{UNKNOWN_ATTACHMENT}", {"query": CHEAP}
        # A point comes back every second.
        assert 429 in {(await http.get(export, headers=headers)).status_code for _ in range(20)}
        assert 429 in {(await http.post("/graphql", json=source, headers=headers)).status_code for _ in range(20)}
    await servers.empty_redis(redis_url)


async def test_an_operation_that_takes_too_long_is_given_up_and_taken_back(
    variables: dict[str, str], database: str, client: Client, tmp_path: Path
) -> None:
    company = await start(client, "2026-01-01T00:00:00+00:00")
    settings = {"SEATMARK_OPERATION_SECONDS": "1", "SEATMARK_RATE_CAPACITY": "0"}
    async with speaking(variables, tmp_path / "log", **settings) as http:
        connection = await asyncpg.connect(database)
        try:
            async with connection.transaction():
                await connection.execute("SELECT FROM organizations WHERE slug = $1 FOR UPDATE", company.slug)
                before = await contents()
                responses = await asyncio.gather(*(_invite(http, company) for _ in range(25)))  # more than connections
                assert {response.status_code for response in responses} == {504}
                assert error_of(responses[0]) == {"code": "TIMEOUT"}
                assert "data" not in responses[0].json()
                assert await contents() == before
            left = "datname = current_database() AND state LIKE 'idle in%' AND pid <> pg_backend_pid()"
            async with asyncio.timeout(20):  # a connection is given back just after the answer
                while await connection.fetch(f"SELECT query FROM pg_stat_activity WHERE {left}"):
                    await connection.execute("SELECT pg_stat_clear_snapshot()")
                    await asyncio.sleep(0.05)
            assert (await _invite(http, company)).json()["data"]["memberInvite"]["members"][0]["name"] == "Person"
        finally:
            await connection.close()


async def _payments(http: httpx.AsyncClient, redis_url: str, source: str, **beside: object) -> int:
    """How often a request that is answered goes to Redis to pay."""
    async with Redis.from_url(redis_url) as redis:
        await redis.config_resetstat()
        assert (await http.post("/graphql", json={"query": source, **beside})).status_code == 200
        paid: int = (await redis.info("commandstats"))["cmdstat_evalsha"]["calls"]
    return paid


async def _invite(http: httpx.AsyncClient, company: Company) -> httpx.Response:
    source = """
        mutation($input: MemberInviteInput!) { memberInvite(input: $input) {
            ... on MemberInvitePayload { members { name } } ... on UserError { code message }
        } }
    """
    person = {"email": f"{uuid4().hex}@romashka.example", "name": "Person"}
    return await ask(http, source, input={"organizationId": company.id, "members": [person]})
