"""In development a newcomer is any of the demo's people at once."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from app import db
from app.seed import seed_demo
from tests import servers
from tests.client import Client as GraphQLClient
from tests.client import contents, found
from tests.conftest import OPERATOR_KEY
from tests.http.test_sign_in import SESSION, Browser
from tests.servers import Api, run_api

DOOR, METHODS = "/auth/demo", "/auth/methods"
WHO = {"query": "{ viewer { kind members { role organization { slug } } } }"}
PEOPLE = [("owner", "Olga Demo"), ("billing", "Bella Demo"), ("member", "Anna Petrova"), ("operator", "Operator")]


@pytest.fixture(scope="module")
async def developing(
    api: Api, database: str, redis_url: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Api]:
    """An API as `make up` runs it: nothing is set but that this is development."""
    variables = await servers.variables(database, REDIS_URL=redis_url, SEATMARK_ENVIRONMENT="development")
    async with run_api(variables, OPERATOR_KEY, tmp_path_factory.mktemp("developing") / "log") as running:
        yield running


@pytest.fixture
async def browser(developing: Api, clean_database: None) -> AsyncIterator[Browser]:
    await seed_demo()
    async with httpx.AsyncClient(base_url=developing.url, trust_env=False, timeout=60.0) as http:
        yield Browser(http)


def console(origin: str) -> dict[str, str]:
    return {"X-Seatmark-Client": "console", "Origin": origin, "Sec-Fetch-Site": "same-origin"}


async def be(browser: Browser, part: object, **headers: str) -> httpx.Response:
    origin = str(browser.http.base_url).rstrip("/")
    return await browser.send("POST", DOOR, json={"as": part}, headers={**console(origin), **headers})


async def who(browser: Browser) -> Any:
    origin = str(browser.http.base_url).rstrip("/")
    answer = await browser.ask(json=WHO, headers=console(origin))
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]["viewer"]


async def test_it_says_who_one_can_be(browser: Browser) -> None:
    answer = await browser.send("GET", METHODS)
    demo = [{"as": part, "name": name} for part, name in PEOPLE]
    assert answer.json() == {"provider": False, "link": True, "operatorKey": True, "demo": demo}


@pytest.mark.parametrize(("part", "role"), [("owner", "OWNER"), ("billing", "BILLING_MANAGER"), ("member", "MEMBER")])
async def test_a_newcomer_is_one_of_its_people_at_once(browser: Browser, part: str, role: str) -> None:
    answer = await be(browser, part)
    assert (answer.status_code, answer.content, set(browser.cookies)) == (204, b"", {SESSION})
    viewer = await who(browser)
    assert viewer["kind"] == "PERSON"
    assert viewer["members"] == [{"role": role, "organization": {"slug": "demo"}}]


async def test_a_newcomer_is_an_operator_by_a_key_that_nobody_has(browser: Browser) -> None:
    for _ in range(2):
        assert (await be(browser, "operator")).status_code == 204
        assert (await who(browser))["kind"] == "OPERATOR"
    assert await db.count("SELECT 1 FROM operator_keys") == 2  # with the one of the tests
    assert await db.count("SELECT 1 FROM browser_sessions") == 1


async def test_whoever_they_are_next_they_are_the_one_before_no_more(browser: Browser) -> None:
    await be(browser, "operator")
    before = Browser(browser.http, {**browser.cookies})
    await be(browser, "member")
    assert (await before.ask(json=WHO)).status_code in (401, 403)
    assert (await who(browser))["kind"] == "PERSON"
    assert await db.count("SELECT 1 FROM browser_sessions") == 1


async def test_they_are_whoever_has_their_address_elsewhere_too(browser: Browser) -> None:
    operator = GraphQLClient(browser.http, OPERATOR_KEY)
    clock = await operator.change("testClockCreate", "testClock { id }", now="2021-01-05T09:00:00Z")
    company = await found(operator, clock["testClock"]["id"])
    bella = {"email": "bella@demo.example", "name": "Bella", "role": "BILLING_MANAGER", "active": True}
    await operator.change("memberInvite", "members { id }", organizationId=company.id, members=[bella])
    await be(browser, "billing")
    slugs = {one["organization"]["slug"] for one in (await who(browser))["members"]}
    assert slugs == {"demo", company.slug}


@pytest.mark.parametrize(
    ("part", "status"), [("admin", 404), ("", 404), ("owner ", 404), (None, 400), (1, 400), (["owner"], 400)], ids=str
)
async def test_nobody_else_is_let_in(browser: Browser, part: object, status: int) -> None:
    before = await contents()
    answer = await be(browser, part)
    assert (answer.status_code, browser.cookies) == (status, {})
    assert await contents() == before


async def test_another_site_makes_nobody_anybody(browser: Browser) -> None:
    before = await contents()
    for headers in ({"Origin": "https://evil.test"}, {"Origin": "null"}, {"Content-Type": "text/plain"}):
        assert (await be(browser, "owner", **headers)).status_code == 403
    assert browser.cookies == {}
    assert await contents() == before


async def test_both_names_of_this_machine_are_ours(browser: Browser) -> None:
    port = browser.http.base_url.port
    assert (await be(browser, "owner", Origin=f"http://localhost:{port}")).status_code == 204
    assert (await be(browser, "owner", Origin=f"http://127.0.0.1:{port}")).status_code == 204
    assert (await be(browser, "owner", Origin=f"http://localhost:{port}1")).status_code == 403


async def test_without_the_demo_there_is_nobody_to_be(browser: Browser, database: str) -> None:
    await db.fetch("UPDATE members SET status = 'DEACTIVATED' WHERE email LIKE '%@demo.example'")
    before = await contents()
    assert (await browser.send("GET", METHODS)).json()["demo"] == []
    for part, _ in PEOPLE:
        assert (await be(browser, part)).status_code == 404
    assert await contents() == before
