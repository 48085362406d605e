"""Operators who come with a browser: their key is brought once, and their session ends with it."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from app import db
from app.identity.browsers import OPERATOR_ISSUER, delete_ended_sessions
from app.identity.operators import create_operator_key, delete_operator_key, start_operator_session
from tests import servers
from tests.client import Client as GraphQLClient
from tests.client import contents, found
from tests.conftest import OPERATOR_KEY
from tests.delivery.test_recording import WAITED_FOR
from tests.http.live import EVENTS, PATIENCE, live
from tests.http.test_sign_in import CONSOLE, PUBLIC_URL, SESSION, Browser
from tests.servers import Api, run_api

DOOR, METHODS = "/auth/operator-key", "/auth/methods"
KIND = {"query": "{ viewer { kind } }"}


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("operators") / "log"


@pytest.fixture(scope="module")
async def signing(api: Api, database: str, redis_url: str, log: Path) -> AsyncIterator[Api]:
    """An API in production, whose browsers' address is all that was set."""
    await servers.empty_redis(redis_url)
    own = {"SEATMARK_PUBLIC_URL": PUBLIC_URL, "SEATMARK_LIVE_CHECK_SECONDS": "0.5", "SEATMARK_SIGN_IN_LINKS": "false"}
    variables = await servers.variables(database, REDIS_URL=redis_url, **own)
    async with run_api(variables, OPERATOR_KEY, log) as running:
        yield running
    await servers.empty_redis(redis_url)


@pytest.fixture
async def browser(signing: Api, clean_database: None) -> AsyncIterator[Browser]:
    async with httpx.AsyncClient(base_url=signing.url, trust_env=False, timeout=60.0) as http:
        yield Browser(http)


async def bring(browser: Browser, key: object, **headers: str) -> httpx.Response:
    return await browser.send("POST", DOOR, json={"key": key}, headers={**CONSOLE, **headers})


async def kind(browser: Browser) -> Any:
    answer = await browser.ask(json=KIND)
    return answer.json()["data"]["viewer"]["kind"] if answer.status_code == 200 else answer.status_code


async def test_an_operator_signs_in_with_a_key_works_and_signs_out(browser: Browser) -> None:
    key = await create_operator_key()
    answer = await bring(browser, f" {key}\n")
    assert (answer.status_code, answer.content, answer.headers["cache-control"]) == (204, b"", "no-store")
    assert set(browser.cookies) == {SESSION}
    assert await kind(browser) == "OPERATOR"
    operator = GraphQLClient(browser.http)
    operator.headers = {**CONSOLE, "Cookie": f"{SESSION}={browser.cookies[SESSION]}"}
    await operator.change("testClockCreate", "testClock { id }", now="2021-01-05T09:00:00Z")
    token = browser.cookies[SESSION]
    assert (await browser.send("POST", "/auth/sign-out", json={}, headers=CONSOLE)).status_code == 204
    browser.cookies[SESSION] = token
    assert await kind(browser) == 401


async def test_what_they_do_is_recorded_as_of_their_key(browser: Browser) -> None:
    key = await create_operator_key()
    answer = await bring(browser, key)
    await browser.send("POST", "/auth/sign-out", json={}, headers=CONSOLE)
    (made,) = await db.fetch("SELECT id FROM operator_keys ORDER BY created_at DESC LIMIT 1")
    entries = await db.fetch("SELECT * FROM audit_entries WHERE action LIKE 'browser_session%' ORDER BY sequence")
    assert [(one["action"], one["actor"]) for one in entries] == [
        ("browser_session.created", f"operator:{made['id']}"),
        ("browser_session.ended", f"operator:{made['id']}"),
    ]
    assert entries[0]["request_id"] == answer.headers["x-request-id"]
    assert str(made["id"]) in str(entries[0]["after"])


@pytest.mark.parametrize("key", ["smop_guessed", "", " ", "é", "x" * 600, None, 1, ["smop_x"]], ids=str)
async def test_a_wrong_key_opens_nothing_and_ends_no_session(browser: Browser, key: object) -> None:
    await bring(browser, OPERATOR_KEY)
    before, token = await contents(), browser.cookies[SESSION]
    answer = await bring(browser, key)
    (error,) = answer.json()["errors"]
    refused = (answer.status_code, error["extensions"]["code"])
    assert refused == ((401, "UNAUTHENTICATED") if key == "smop_guessed" else (400, "INVALID_INPUT"))
    assert "smop_g" not in answer.text
    assert await contents() == before
    assert browser.cookies == {SESSION: token}
    assert await kind(browser) == "OPERATOR"


@pytest.mark.parametrize(
    "headers",
    [{"Origin": "https://evil.test"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site", "Origin": ""},
     {"Content-Type": "text/plain"}, {"Content-Type": "application/x-www-form-urlencoded"}],
    ids=str,
)  # fmt: skip
async def test_another_site_signs_no_operator_in(browser: Browser, headers: dict[str, str]) -> None:
    before = await contents()
    answer = await bring(browser, OPERATOR_KEY, **headers)
    assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (403, "FORBIDDEN")
    bare = await browser.send("POST", DOOR, json={"key": OPERATOR_KEY}, headers={"Origin": PUBLIC_URL})
    assert bare.status_code == 403
    assert browser.cookies == {}
    assert await contents() == before


async def test_whoever_signs_in_anew_ends_the_session_before(browser: Browser) -> None:
    await bring(browser, OPERATOR_KEY)
    before = Browser(browser.http, {**browser.cookies})
    await bring(browser, OPERATOR_KEY)
    assert (await kind(before), await kind(browser)) == (401, "OPERATOR")


async def test_a_session_ends_with_its_key_and_no_other_does(browser: Browser) -> None:
    key = await create_operator_key()
    await bring(browser, key)
    other = Browser(browser.http)
    await bring(other, OPERATOR_KEY)
    await delete_operator_key(key)
    assert (await kind(browser), await kind(other)) == (401, "OPERATOR")
    assert (await bring(browser, key)).status_code == 401
    assert await db.count("SELECT 1 FROM browser_sessions") == 1


async def test_a_key_that_is_taken_back_meanwhile_leaves_no_session(browser: Browser) -> None:
    key = await create_operator_key()
    is_begun = asyncio.Event()

    async def take_back() -> None:
        await is_begun.wait()
        await delete_operator_key(key)

    taking_back = asyncio.create_task(take_back())
    async with db.in_transaction():
        assert await start_operator_session(key, None, "a request") is not None
        is_begun.set()
        async with asyncio.timeout(PATIENCE):
            while not await db.count(WAITED_FOR):
                await asyncio.sleep(0.01)
    await taking_back
    assert await db.count("SELECT 1 FROM browser_sessions") == 0


async def test_it_is_over_as_those_of_people_are(browser: Browser) -> None:
    await bring(browser, OPERATOR_KEY)
    await db.fetch("UPDATE browser_sessions SET seen_at = seen_at - interval '12 hours'")
    assert await kind(browser) == 401
    assert await delete_ended_sessions() == 1


async def test_live_updates_by_the_cookie_end_with_the_key(browser: Browser, signing: Api) -> None:
    clock = await GraphQLClient(browser.http, OPERATOR_KEY).change(
        "testClockCreate", "testClock { id }", now="2021-01-05T09:00:00Z"
    )
    company = await found(GraphQLClient(browser.http, OPERATOR_KEY), clock["testClock"]["id"])
    key = await create_operator_key()
    await bring(browser, key)
    cookie = f"{SESSION}={browser.cookies[SESSION]}"
    async with live(signing, Origin=PUBLIC_URL, Cookie=cookie) as one:
        await one.send({"type": "connection_init"})
        assert await one.receive() == {"type": "connection_ack"}
        await one.subscribe(company.id, 0, query=EVENTS)
        assert await one.events(1)
        await delete_operator_key(key)
        assert await one.closed() is not None
    assert await kind(browser) == 401


async def test_no_key_is_written_to_the_log_nor_kept(browser: Browser, log: Path) -> None:
    key = await create_operator_key()
    await bring(browser, key)
    await bring(browser, f"{key}x")
    written = log.read_text()
    assert DOOR in written
    assert key not in written
    assert browser.cookies[SESSION] not in written
    rows = await db.fetch("SELECT * FROM browser_sessions")
    assert [row["issuer"] for row in rows] == [OPERATOR_ISSUER]
    assert key not in str(rows)


async def test_who_guesses_is_slowed_down_and_who_is_known_is_not(browser: Browser, redis_url: str) -> None:
    await servers.empty_redis(redis_url)
    await bring(browser, OPERATOR_KEY)
    guesses = [(await bring(browser, f"smop_{number}")).status_code for number in range(160)]
    assert guesses[:100] == [401] * 100
    assert guesses[-1] == 429
    assert (await bring(browser, OPERATOR_KEY)).status_code == 204
    await servers.empty_redis(redis_url)


async def test_it_says_what_one_can_do_here(browser: Browser, api: Api) -> None:
    answer = await browser.send("GET", METHODS)
    assert answer.headers["cache-control"] == "no-store"
    assert answer.json() == {"provider": False, "link": False, "operatorKey": True, "demo": []}
    async with httpx.AsyncClient(base_url=api.url, trust_env=False) as http:
        assert (await http.get(METHODS)).json() == {"provider": False, "link": False, "operatorKey": False, "demo": []}
        before = await contents()
        refused = await http.post(DOOR, json={"key": OPERATOR_KEY}, headers=CONSOLE)
        assert refused.status_code == 404
        assert await contents() == before


async def test_nobody_is_somebody_of_the_demo_in_production(browser: Browser) -> None:
    before = await contents()
    answer = await browser.send("POST", "/auth/demo", json={"as": "operator"}, headers=CONSOLE)
    assert (answer.status_code, browser.cookies) == (404, {})
    assert await contents() == before
