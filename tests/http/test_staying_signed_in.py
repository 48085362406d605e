"""Who works with a browser stays signed in: beside their own live updates, and beside a colleague's broken script."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest

from app import db
from tests import servers
from tests.client import Client
from tests.conftest import OPERATOR_KEY
from tests.http.live import Piece, live, stream, take
from tests.http.test_sign_in import CONSOLE, PUBLIC_URL, SESSION, VIEWER, Browser, employed, organizations
from tests.openid import AUDIENCE, CLIENT_ID, CLIENT_SECRET, OpenIdProvider, run_provider
from tests.servers import Api, run_api

MINUTE, HOUR, IDLE = "1 minute", "1 hour", "12 hours"
SEEN = "SELECT id, seen_at FROM browser_sessions ORDER BY id"
MADE = 2
"""Events there are once a company is founded and its owner signed in."""


@pytest.fixture(scope="module")
async def issuer() -> AsyncIterator[OpenIdProvider]:
    async with run_provider() as running:
        yield running


@pytest.fixture(scope="module")
async def signing(
    api: Api, issuer: OpenIdProvider, database: str, redis_url: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Api]:
    """An API that people sign in to, which looks again every half second who listens, and counts who fails. The `api`
    is there first, with its key."""
    await servers.empty_redis(redis_url)
    variables = await servers.variables(
        database,
        REDIS_URL=redis_url,
        SEATMARK_OIDC_ISSUER=issuer.url,
        SEATMARK_OIDC_AUDIENCE=AUDIENCE,
        SEATMARK_OIDC_CLIENT_ID=CLIENT_ID,
        SEATMARK_OIDC_CLIENT_SECRET=CLIENT_SECRET,
        SEATMARK_PUBLIC_URL=PUBLIC_URL,
        SEATMARK_LIVE_CHECK_SECONDS="0.5",
        SEATMARK_RATE_CAPACITY="100000",
    )
    async with run_api(variables, OPERATOR_KEY, tmp_path_factory.mktemp("staying") / "log") as running:
        yield running
    await servers.empty_redis(redis_url)


@asynccontextmanager
async def connected(api: Api) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=api.url, trust_env=False, timeout=60.0) as http:
        yield http


@pytest.fixture
async def http(signing: Api) -> AsyncIterator[httpx.AsyncClient]:
    async with connected(signing) as one:
        yield one


@pytest.fixture
async def company(http: httpx.AsyncClient, issuer: OpenIdProvider) -> str:
    """Whose owner signs in next."""
    issuer.told = {}
    return await employed(Client(http, OPERATOR_KEY), issuer)


@pytest.fixture
async def browser(http: httpx.AsyncClient, company: str) -> Browser:
    """Of the company's owner, who is signed in."""
    browser = Browser(http)
    await browser.sign_in()
    return browser


def cookie_of(browser: Browser) -> dict[str, str]:
    return {**CONSOLE, "Cookie": f"{SESSION}={browser.cookies[SESSION]}"}


async def let_pass(columns: str, time: str) -> None:
    """As if these instants of every session were so much earlier."""
    changes = ", ".join(f"{name} = {name} - interval '{time}'" for name in columns.split())
    await db.fetch(f"UPDATE browser_sessions SET {changes}")


async def rename(http: httpx.AsyncClient, company: str, name: str) -> None:
    """Before those who listen are told of it, they are looked at again."""
    operator = Client(http, OPERATOR_KEY)
    await operator.change("organizationUpdate", "organization { id }", organizationId=company, name=name)


def type_of(piece: Piece) -> str:
    name: str = piece.data["data"]["organizationEvents"]["type"]
    return name


async def renew(browser: Browser) -> None:
    """The browser is given another token, uses it, and the one before is good no longer."""
    await let_pass("renewed_at", HOUR)
    assert (await browser.ask()).status_code == 200
    assert (await browser.ask()).status_code == 200
    await let_pass("previous_until", MINUTE)


async def test_an_event_stream_outlasts_the_token_it_came_by_and_harms_nobody(
    http: httpx.AsyncClient, browser: Browser, company: str
) -> None:
    old = browser.cookies[SESSION]
    async with stream(http, company, MADE, **cookie_of(browser)) as told:
        for name in ("Lutik", "Vasilek"):
            await renew(browser)
            await rename(http, company, name)
            assert [type_of(piece) for piece in await take(told, 1)] == ["organization.updated"]
            assert await organizations(await browser.ask()) == [company]
    assert browser.cookies[SESSION] != old


async def test_a_websocket_outlasts_the_token_it_came_by_and_harms_nobody(
    signing: Api, http: httpx.AsyncClient, browser: Browser, company: str
) -> None:
    async with live(signing, **cookie_of(browser)) as one:
        await one.send({"type": "connection_init"})
        assert await one.receive() == {"type": "connection_ack"}
        await one.subscribe(company, MADE)
        await renew(browser)
        await rename(http, company, "Lutik")
        assert [event["type"] for event in await one.events(1)] == ["organization.updated"]
    assert await organizations(await browser.ask()) == [company]


@pytest.mark.parametrize("way", ["idle", "signed out"])
async def test_live_updates_end_with_the_session_and_are_no_use_of_it(
    http: httpx.AsyncClient, browser: Browser, company: str, way: str
) -> None:
    async with stream(http, company, MADE, **cookie_of(browser)) as told:
        await let_pass("seen_at", "10 minutes")
        before = await db.fetch(SEEN)
        await rename(http, company, "Lutik")
        assert [type_of(piece) for piece in await take(told, 1)] == ["organization.updated"]
        assert await db.fetch(SEEN) == before
        if way == "idle":
            await let_pass("seen_at", IDLE)
        else:
            await browser.send("POST", "/auth/sign-out", json={}, headers=CONSOLE)
        last, complete = await take(told, 2)
    assert last.data["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
    assert complete.kind == "complete"


async def test_a_colleagues_broken_script_locks_out_nobody_who_works_with_a_browser_or_a_signed_token(
    http: httpx.AsyncClient, browser: Browser, company: str, issuer: OpenIdProvider
) -> None:
    dead = {"Authorization": "Bearer gone"}
    responses = [await http.post("/graphql", json=VIEWER, headers=dead) for _ in range(130)]
    assert responses[-1].status_code == 429
    await let_pass("renewed_at", HOUR)
    old = browser.cookies[SESSION]
    for _ in range(3):
        assert (await http.post("/graphql", json=VIEWER, headers=dead)).status_code in (401, 429)
        assert await organizations(await browser.ask()) == [company]
    assert browser.cookies[SESSION] != old
    fresh = {"Authorization": f"Bearer {issuer.sign(**issuer.person)}"}
    assert await organizations(await browser.ask(headers=fresh)) == [company]
    await browser.sign_in()
    assert await organizations(await browser.ask()) == [company]


async def test_a_company_of_tabs_left_open_overnight_locks_nobody_out(
    http: httpx.AsyncClient, browser: Browser, company: str
) -> None:
    for number in range(300):
        tab = {**CONSOLE, "Cookie": f"theme=dark; {SESSION}=ended{number}"}
        assert (await http.post("/graphql", json=VIEWER, headers=tab)).status_code == 401
    await let_pass("renewed_at", HOUR)
    assert await organizations(await browser.ask()) == [company]
    assert await organizations(await browser.ask()) == [company]
