"""Each event of a subscription is paid, timed, and told to whoever may hear of it still, as a query is."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest
from starlette.types import Message

from app import db
from app.domain.actor import operator
from app.graphql.ids import parse_global_id
from app.http import event_stream
from app.http.event_stream import EventStream
from app.http.streams import LiveLimits, Result, open_streams
from tests import servers
from tests.client import Client, Company, create_clock, found
from tests.conftest import OPERATOR_KEY
from tests.http.live import PATIENCE, Piece, live, pieces, take
from tests.servers import Api, run_api

TEAMS = """
    subscription($organizationId: ID!, $after: Int) {
        organizationEvents(organizationId: $organizationId, after: $after) {
            sequence organization { teams(first: 50) { nodes { id } } }
        }
    }
"""  # 59 points
EVENT: dict[str, Any] = {"organization": {"teams": {"nodes": []}}}


@pytest.fixture(scope="module")
async def variables(database: str, redis_url: str, own_data_dir: Path) -> dict[str, str]:
    return await servers.variables(database, REDIS_URL=redis_url)


@pytest.fixture(scope="module")
async def limited(api: Api, variables: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Api]:
    """An API whose buckets hold 200 points and do not fill while a test runs."""
    settings = {"SEATMARK_RATE_CAPACITY": "200", "SEATMARK_RATE_PER_SECOND": "0.001"}
    async with run_api({**variables, **settings}, OPERATOR_KEY, tmp_path_factory.mktemp("limited") / "log") as running:
        yield running


@pytest.fixture(scope="module")
async def hurried(api: Api, variables: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Api]:
    """An API that gives an operation half a second."""
    settings = {"SEATMARK_OPERATION_SECONDS": "0.5"}
    async with run_api({**variables, **settings}, OPERATOR_KEY, tmp_path_factory.mktemp("hurried") / "log") as running:
        yield running


@pytest.fixture
async def company(client: Client) -> Company:
    """With four events, the last of which is that a member was made an admin."""
    company = await found(client, await create_clock(client, "2021-01-04T09:00:00Z"))
    await company.activate()
    return company


async def admin(company: Company) -> tuple[str, str]:
    """A new member, who manages, and a token that acts as them."""
    (member,) = await company.invite(1)
    await company.client.change("memberUpdate", "member { id }", memberId=member, role="ADMIN")
    session = await company.client.change("sessionCreate", "token", memberId=member)
    return member, session["token"]


@asynccontextmanager
async def listening(api: Api, token: str, company: Company, after: int) -> AsyncIterator[AsyncIterator[Piece]]:
    """An event stream that has begun."""
    headers = {"Authorization": f"Bearer {token}", "Accept": "text/event-stream"}
    asked = {"query": TEAMS, "variables": {"organizationId": company.id, "after": after}}
    async with (
        httpx.AsyncClient(base_url=api.url, headers=headers, trust_env=False, timeout=60.0) as http,
        http.stream("POST", "/graphql", json=asked) as answer,
    ):
        assert answer.status_code == 200, await answer.aread()
        yield pieces(answer)


@asynccontextmanager
async def locked_teams(database: str) -> AsyncIterator[asyncpg.Connection]:
    """Nobody reads a team meanwhile; gives a superuser's connection, which sees what others do."""
    connection = await asyncpg.connect(database)
    try:
        async with connection.transaction():
            await connection.execute("LOCK TABLE teams IN ACCESS EXCLUSIVE MODE")
            yield connection
    finally:
        await connection.close()


async def someone_waits(superuser: asyncpg.Connection) -> None:
    """Until a statement waits for a lock."""
    waiting = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    async with asyncio.timeout(PATIENCE):
        while not await superuser.fetch(waiting):
            await superuser.execute("SELECT pg_stat_clear_snapshot()")
            await asyncio.sleep(0.05)


def error_of(body: Any) -> dict[str, Any]:
    (error,) = body["errors"]
    assert error["extensions"].pop("requestId")
    found: dict[str, Any] = error["extensions"]
    return found


async def test_an_event_stream_tells_what_is_left_of_the_rate_limit(limited: Api, company: Company) -> None:
    _, token = await admin(company)
    headers = {"Authorization": f"Bearer {token}", "Accept": "text/event-stream"}
    asked = {"query": TEAMS, "variables": {"organizationId": company.id}}
    async with (
        httpx.AsyncClient(base_url=limited.url, headers=headers, trust_env=False, timeout=60.0) as http,
        http.stream("POST", "/graphql", json=asked) as answer,
    ):
        assert answer.headers["RateLimit-Policy"] == '"points";q=200;w=200000'
        assert answer.headers["RateLimit"].startswith('"points";r=140;t=')


async def test_an_event_stream_without_points_ends_and_goes_on_from_where_it_was(
    api: Api, limited: Api, company: Company
) -> None:
    _, token = await admin(company)
    async with listening(limited, token, company, 0) as told:
        first, second, last, complete = await take(told, 4)
        assert [piece async for piece in told] == []
    assert [first.id, second.id, last.id, complete.kind] == ["1", "2", None, "complete"]
    assert "data" not in last.data
    refusal = error_of(last.data)
    assert 0 < refusal.pop("retryAfter") <= 59_000
    assert refusal == {"code": "RATE_LIMITED", "after": 2}
    async with listening(api, token, company, refusal["after"]) as told:
        assert [piece.id for piece in await take(told, 2)] == ["3", "4"]


async def test_a_websocket_without_points_is_told_so_and_stays_open(limited: Api, company: Company) -> None:
    _, token = await admin(company)
    async with live(limited) as one:
        await one.begin(token)
        await one.subscribe(company.id, 0, query=TEAMS)
        assert await one.events(2) == [{"sequence": 1, **EVENT}, {"sequence": 2, **EVENT}]
        message = await one.receive()
        assert (message["type"], message["id"]) == ("error", "1")
        refusal = error_of({"errors": message["payload"]})
        assert (refusal["code"], refusal["after"]) == ("RATE_LIMITED", 2)
        await one.send({"type": "ping"})
        assert await one.receive() == {"type": "pong"}


async def test_an_event_that_takes_longer_than_an_operation_may_ends_the_stream_before_it(
    hurried: Api, company: Company, database: str
) -> None:
    _, token = await admin(company)
    async with locked_teams(database) as superuser, listening(hurried, token, company, 1) as told:
        last, complete = await take(told, 2)
        assert (last.id, error_of(last.data), complete.kind) == (None, {"code": "TIMEOUT", "after": 1}, "complete")
        waiting = "datname = current_database() AND wait_event_type = 'Lock'"
        assert await superuser.fetch(f"SELECT query FROM pg_stat_activity WHERE {waiting}") == []
    async with listening(hurried, token, company, 1) as told:
        assert [piece.id for piece in await take(told, 3)] == ["2", "3", "4"]


async def test_what_took_long_to_read_is_not_told_to_who_has_been_signed_out_meanwhile(
    api: Api, company: Company, database: str
) -> None:
    member, token = await admin(company)
    async with listening(api, token, company, 3) as told:
        assert [piece.id for piece in await take(told, 1)] == ["4"]
        async with locked_teams(database) as superuser:
            await company.set_payer()
            await someone_waits(superuser)
            ended = "UPDATE sessions SET expires_at = clock_timestamp() WHERE member_id = $1"
            await db.fetch(ended, parse_global_id(member)[1])
            await asyncio.sleep(1.2)
        last, complete = await take(told, 2)
    assert (last.id, complete.kind) == (None, "complete")
    assert error_of(last.data) == {"code": "UNAUTHENTICATED"}


async def test_what_took_long_to_read_is_read_again_by_who_has_become_another_meanwhile(
    api: Api, company: Company, database: str
) -> None:
    member, token = await admin(company)
    async with listening(api, token, company, 3) as told:
        assert [piece.id for piece in await take(told, 1)] == ["4"]
        async with locked_teams(database) as superuser:
            await company.set_payer()
            await someone_waits(superuser)
            await company.client.change("memberUpdate", "member { id }", memberId=member, role="MEMBER")
            await asyncio.sleep(1.2)
        last, complete = await take(told, 2)
    assert (last.id, complete.kind) == (None, "complete")
    assert error_of(last.data) == {"code": "CONFLICT", "after": 4}


async def test_invalid_documents_over_a_websocket_are_paid_as_over_http(limited: Api, company: Company) -> None:
    _, token = await admin(company)
    async with live(limited) as one:
        await one.begin(token)
        codes = []
        for _ in range(5):
            await one.subscribe(company.id, None, query="subscription { nothing }")
            message = await one.receive()
            assert message["type"] == "error"
            codes.append(message["payload"][0]["extensions"]["code"])
    # 1 to begin; 1 to be read, 50 and 1 for its length each, thrice; then there is 1 to be read, and too little else.
    assert codes == ["GRAPHQL_VALIDATION_FAILED"] * 5
    headers = {"Authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(base_url=limited.url, headers=headers, trust_env=False, timeout=60.0) as http:
        answer = await http.post("/graphql", json={"query": "{ viewer { kind } }"})
    left = 200 - 1 - 3 * 52 - 2 - 2
    assert answer.headers["RateLimit"].startswith(f'"points";r={left};t=')


async def test_who_reads_nothing_keeps_no_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_stream, "_SLOWEST", 0.1)
    monkeypatch.setattr(event_stream, "_LAST", 0.1)

    async def results() -> AsyncGenerator[Result, None]:
        while True:
            yield Result({"data": None}, 1)

    async def send(message: Message) -> None:
        if message["type"] == "http.response.body":
            await asyncio.Event().wait()

    async def receive() -> Message:
        await asyncio.Event().wait()
        return {}

    actor = operator("somebody", "request")
    stream = EventStream(results(), actor, LiveLimits(15, 10, 300, 60, 1), {})
    async with asyncio.timeout(PATIENCE):
        await stream({}, receive, send)
    assert open_streams.has_room(actor, 1)
