"""What breaks on our side: those who ask learn the request's id and nothing else, and our log learns no message."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from app import db
from tests import servers
from tests.client import Client, Company, contents, start
from tests.conftest import OPERATOR_KEY
from tests.factories import as_owner
from tests.http.live import live, pieces, take
from tests.servers import Api, run_api

CANARY = "Canary of the Tests"
"""What somebody typed in: PostgreSQL repeats it in the DETAIL of its error."""
TEAM = "mutation($id: ID!, $name: String!) { teamCreate(input: {organizationId: $id, name: $name}) { __typename } }"
BOARDS = "{ organization(id: $id) { boards { name } } }"
EVENTS = (
    "subscription($id: ID!) { organizationEvents(organizationId: $id, after: 0) { organization { boards { id } } } }"
)
MASKED = {"message": "Something went wrong on our side.", "extensions": {"code": "INTERNAL"}}


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("masking") / "log"


@pytest.fixture(scope="module")
async def breaking(api: Api, database: str, redis_url: str, log: Path) -> AsyncIterator[Api]:
    """An API whose log is looked at. The `api` is there first, with its key."""
    async with run_api(await servers.variables(database, REDIS_URL=redis_url), OPERATOR_KEY, log) as running:
        yield running


@pytest.fixture
async def owner(breaking: Api) -> AsyncIterator[Company]:
    """An organization, by whoever owns it."""
    async with httpx.AsyncClient(base_url=breaking.url, trust_env=False, timeout=60.0) as http:
        company = await start(Client(http, OPERATOR_KEY), "2021-01-04T09:00:00Z")
        (member,) = await company.invite(1)
        await company.client.change("memberUpdate", "member { id }", memberId=member, role="OWNER")
        yield replace(company, client=await company.client.as_member(member))


@asynccontextmanager
async def broken(breaks: str, mends: str) -> AsyncIterator[None]:
    """As after a deployment that went wrong."""
    async with as_owner():
        await db.fetch(breaks)
    try:
        yield
    finally:
        async with as_owner():
            await db.fetch(mends)


def without_boards() -> Any:
    return broken("REVOKE SELECT ON boards FROM seatmark_api", "GRANT SELECT ON boards TO seatmark_api")


def told(errors: list[dict[str, Any]], log: Path, canary: str) -> dict[str, Any]:
    """The one error as it is told, of which the log tells more, but not what was typed in."""
    (error,) = errors
    request_id = error["extensions"].pop("requestId")
    line, *later = [one for one in log.read_text().splitlines() if request_id in one]
    assert '"event":"unexpected_error"' in line
    assert [json.loads(one)["event"] for one in later] in ([], ["request"])
    assert "asyncpg.exceptions" in line
    assert canary not in line
    return {"message": error["message"], "extensions": error["extensions"]}


async def test_a_change_that_breaks_is_masked_and_taken_back(owner: Company, log: Path) -> None:
    before = await contents()
    async with broken(
        f"ALTER TABLE teams ADD CONSTRAINT canary CHECK (name <> '{CANARY}') NOT VALID",
        "ALTER TABLE teams DROP CONSTRAINT canary",
    ):
        body = await owner.client.post(TEAM, id=owner.id, name=CANARY)
    assert body["data"] is None
    assert CANARY not in str(body)
    assert told(body["errors"], log, CANARY) == MASKED
    assert '"constraint_name":"canary"' in log.read_text()
    assert CANARY not in log.read_text()
    assert await contents() == before


async def test_a_question_that_breaks_is_masked(owner: Company, log: Path) -> None:
    async with without_boards():
        body = await owner.client.post(f"query($id: ID!) {BOARDS}", id=owner.id)
    assert body["data"] == {"organization": {"boards": None}}
    assert told(body["errors"], log, "permission denied") == MASKED


async def test_live_updates_that_break_are_masked(breaking: Api, owner: Company, log: Path) -> None:
    async with without_boards():
        async with live(breaking) as one:
            await one.begin(owner.client.headers["Authorization"].removeprefix("Bearer "))
            await one.subscribe(owner.id, 0, query=EVENTS.replace("$id", "$organizationId"))
            message = await one.receive()
        assert message["type"] == "next"
        assert_masked(message["payload"]["errors"])
        asked = {"query": EVENTS, "variables": {"id": owner.id}}
        headers = {**owner.client.headers, "Accept": "text/event-stream"}
        async with owner.client.http.stream("POST", "/graphql", json=asked, headers=headers) as answer:
            (piece,) = await take(pieces(answer), 1)
        assert_masked(piece.data["errors"])
    assert "permission denied" not in log.read_text()


def assert_masked(errors: list[dict[str, Any]]) -> None:
    (error,) = errors
    assert error["extensions"].pop("requestId")
    assert {"message": error["message"], "extensions": error["extensions"]} == MASKED


async def test_a_file_that_breaks_is_masked(owner: Company, log: Path) -> None:
    async with broken(
        "REVOKE SELECT ON organizations FROM seatmark_api", "GRANT SELECT ON organizations TO seatmark_api"
    ):
        answer = await owner.client.http.get(f"/organizations/{owner.id}/invoices.csv", headers=owner.client.headers)
    assert answer.status_code == 500
    assert told(answer.json()["errors"], log, "permission denied") == MASKED
