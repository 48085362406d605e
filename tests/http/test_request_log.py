"""One line a request, and what is in none: addresses, queries, variables, bodies, keys, people."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.client import Client, Company, start
from tests.conftest import OPERATOR_KEY
from tests.http.live import live
from tests.servers import Api
from tests.watch.conftest import Watched, scrape, watched_api

CANARIES = ("Canary", "canary")


@pytest.fixture
async def watched(api: Api, database: str, redis_url: str, tmp_path: Path) -> AsyncIterator[Watched]:
    async with watched_api(database, redis_url, tmp_path / "log") as running:
        yield running


@pytest.fixture
async def company(watched: Watched) -> Company:
    return await start(Client(watched.http), "2021-01-04T09:00:00Z")


def lines(log: Path, request_id: str) -> list[dict[str, Any]]:
    found = [json.loads(one) for one in log.read_text().splitlines()]
    return [one for one in found if one.get("request_id") == request_id]


async def line_of(log: Path, request_id: str) -> dict[str, Any]:
    """The only one; it is written after the answer has gone out."""
    async with asyncio.timeout(30):
        while not (found := lines(log, request_id)):
            await asyncio.sleep(0.02)
    (line,) = found
    return line


async def send(http: httpx.AsyncClient, request_id: str, document: str, **variables: Any) -> Any:
    answer = await http.post(
        "/graphql", json={"query": document, "variables": variables}, headers={"X-Request-Id": request_id}
    )
    return answer.json()


async def test_a_change_is_one_line_with_ids_alone(watched: Watched, company: Company) -> None:
    document = (
        "mutation Canary($id: ID!, $n: String!) { teamCreate(input: {organizationId: $id, name: $n}) { __typename } }"
    )
    assert (await send(watched.http, "r-change", document, id=company.id, n="Canary Team"))["data"]
    line = await line_of(watched.log, "r-change")
    assert line.pop("timestamp")
    assert line.pop("ms") > 0
    assert line.pop("sql_ms") > 0
    assert line.pop("statements") > 3
    actor_id = line.pop("actor_id")
    assert len(actor_id) == 36
    (organization,) = line.pop("organizations")
    assert len(organization) == 36
    assert line == {
        "event": "request",
        "level": "info",
        "request_id": "r-change",
        "operation": "teamCreate",
        "actor_kind": "operator",
        "result": "done",
        "status": 200,
        "cost": 11,
    }


async def test_a_refusal_is_one_line_that_says_so(watched: Watched, company: Company) -> None:
    document = "mutation($id: ID!, $n: String!) { teamCreate(input: {organizationId: $id, name: $n}) { __typename } }"
    await send(watched.http, "r-refused", document, id=company.id, n="")
    line = await line_of(watched.log, "r-refused")
    assert (line["operation"], line["result"], line["status"]) == ("teamCreate", "refused", 200)


async def test_health_is_asked_in_silence(watched: Watched) -> None:
    await watched.http.get("/healthz", headers={"X-Request-Id": "r-health"})
    assert lines(watched.log, "r-health") == []


async def test_nothing_that_was_sent_is_written(watched: Watched, company: Company) -> None:
    await send(watched.http, "r-1", '{ organization(slug: "canary-slug") { name Canary: id } }')
    await send(watched.http, "r-2", "{ canaryField }")
    await send(watched.http, "r-3", "{ canary syntax")
    await watched.http.get("/canary-path?token=Canary", headers={"X-Request-Id": "r-4"})
    await watched.http.get("/graphql", params={"query": '{ organization(slug: "Canary") { id } }'})
    await watched.http.post("/graphql", content=b"Canary", headers={"X-Request-Id": "r-5"})
    await watched.http.get("/auth/callback?code=Canary&state=Canary", headers={"Cookie": "x=Canary"})
    await watched.http.get("/graphql", headers={"Authorization": "Bearer Canary", "User-Agent": "Canary"})
    await company.invite(1)
    text = watched.log.read_text()
    for canary in (*CANARIES, OPERATOR_KEY, "@", "127.0.0.1"):
        assert canary not in text
    assert (await line_of(watched.log, "r-4"))["operation"] == "none"
    assert (await line_of(watched.log, "r-5"))["result"] == "refused"


def subscriptions_in(log: Path) -> list[dict[str, Any]]:
    found = [json.loads(line) for line in log.read_text().splitlines()]
    return [line for line in found if line["event"] == "subscription"]


async def test_a_subscription_is_a_line_of_its_own(watched: Watched, company: Company) -> None:
    async with live(Api(str(watched.http.base_url), OPERATOR_KEY)) as one:
        await one.begin(OPERATOR_KEY)
        await one.subscribe(company.id, 0)
        await one.events(1)
    async with asyncio.timeout(30):  # it is written when the server has noticed that they left
        while not (lines := subscriptions_in(watched.log)):
            await asyncio.sleep(0.02)
    (line,) = lines
    assert (line["operation"], line["result"], line["actor_kind"]) == ("organizationEvents", "done", "operator")
    samples = await scrape(watched.metrics)
    assert samples["seatmark_requests_total", ("operation", "organizationEvents"), ("result", "done")] == 1
