"""Signing in by a link in a mail, and accepting an invitation by one, as it is seen from outside."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from app import db
from app.delivery.mails import list_due_mails
from app.delivery.sending import send_mails
from app.identity.sign_in_links import forget_links_of_nobody
from tests import servers
from tests.client import Client as GraphQLClient
from tests.client import Company, contents, found
from tests.conftest import OPERATOR_KEY
from tests.factories import as_owner, snapshot
from tests.http.test_sign_in import CONSOLE, SESSION, VIEWER, Browser, organizations
from tests.mails.conftest import settings_for
from tests.mails.server import Post, run_post
from tests.mails.test_sending import text_of
from tests.servers import Api, run_api

PUBLIC_URL = "https://seats.test"
ASK, PAGE, INVITATION = "/auth/sign-in-link", "/auth/link", "/auth/invitation"
SENT = {"message": "If somebody here has this address, a link is on its way to it."}


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("links") / "log"


@pytest.fixture(scope="module")
async def variables(api: Api, database: str, redis_url: str) -> dict[str, str]:
    """Of an API without any provider: where browsers find it is all that links need."""
    return await servers.variables(database, REDIS_URL=redis_url, SEATMARK_PUBLIC_URL=PUBLIC_URL)


@pytest.fixture(scope="module")
async def signing(variables: dict[str, str], redis_url: str, log: Path) -> AsyncIterator[Api]:
    await servers.empty_redis(redis_url)
    async with run_api({**variables, "SEATMARK_RATE_CAPACITY": "0"}, OPERATOR_KEY, log) as running:
        yield running


@pytest.fixture
async def browser(signing: Api) -> AsyncIterator[Browser]:
    async with httpx.AsyncClient(base_url=signing.url, trust_env=False, timeout=60.0) as http:
        yield Browser(http)


@pytest.fixture
async def operator(signing: Api) -> AsyncIterator[GraphQLClient]:
    async with httpx.AsyncClient(base_url=signing.url, trust_env=False, timeout=60.0) as http:
        yield GraphQLClient(http, OPERATOR_KEY)


@pytest.fixture
async def post(clean_database: None) -> AsyncIterator[Post]:
    with run_post() as running:
        yield running


@pytest.fixture
async def company(post: Post, operator: GraphQLClient) -> Company:
    now = "2021-01-05T09:00:00Z"
    clock = await operator.change("testClockCreate", "testClock { id }", now=now)
    return await found(operator, clock["testClock"]["id"])


async def deliver(post: Post) -> None:
    """What the worker does."""
    settings = settings_for(post.url)
    await forget_links_of_nobody()
    await send_mails(await list_due_mails(100, settings), settings)


def owner_of(company: Company) -> str:
    return f"owner@{company.slug}.example"


async def link_for(browser: Browser, post: Post, email: str, **given: str) -> str:
    """The path that the mail to the address leads to."""
    asked = await browser.http.post(ASK, json={"email": email, **given})
    assert (asked.status_code, asked.json()) == (202, SENT)
    await deliver(post)
    return path_in(post, email)


def path_in(post: Post, email: str) -> str:
    found = re.search(rf"{PUBLIC_URL}(/auth/\S+)", text_of(post.handler.mail_to(email)))
    assert found is not None
    return found[1]


async def press(browser: Browser, path: str, origin: str | None = PUBLIC_URL) -> httpx.Response:
    """Open the page, as a browser or a scanner of links does, and press the button."""
    page = await browser.send("GET", path)
    assert page.status_code == 200
    action = re.search(r'action="([^"]+)"', page.text)
    token = re.search(r'name="token" value="([^"]+)"', page.text)
    assert action is not None
    assert token is not None
    headers = {"Origin": origin} if origin is not None else {}
    return await browser.send("POST", action[1], data={"token": token[1]}, headers=headers)


async def test_who_reads_the_mail_is_signed_in_works_and_signs_out(
    browser: Browser, post: Post, company: Company
) -> None:
    path = await link_for(browser, post, owner_of(company), returnTo="/console?tab=seats")
    for _ in range(3):
        assert (await browser.send("GET", path)).status_code == 200
    pressed = await press(browser, path)
    assert (pressed.status_code, pressed.headers["location"]) == (303, f"{PUBLIC_URL}/console?tab=seats")
    assert set(browser.cookies) == {SESSION}
    assert await organizations(await browser.ask()) == [company.id]
    token = browser.cookies[SESSION]
    assert (await browser.send("POST", "/auth/sign-out", json={}, headers=CONSOLE)).status_code == 204
    browser.cookies[SESSION] = token
    assert (await browser.ask()).status_code == 401


async def test_a_link_works_once(browser: Browser, post: Post, company: Company) -> None:
    path = await link_for(browser, post, owner_of(company))
    assert (await press(browser, path)).status_code == 303
    other = Browser(browser.http)
    before = await contents()
    again = await press(other, path)
    assert (again.status_code, "was used" in again.text, other.cookies) == (400, True, {})
    assert await contents() == before


async def test_a_link_that_could_not_be_followed_by_a_session_is_good_still(
    browser: Browser, post: Post, company: Company
) -> None:
    path = await link_for(browser, post, owner_of(company))
    async with as_owner():
        await db.fetch("ALTER TABLE browser_sessions ADD CONSTRAINT none CHECK (false) NOT VALID")
    try:
        assert (await press(browser, path)).status_code == 500
    finally:
        async with as_owner():
            await db.fetch("ALTER TABLE browser_sessions DROP CONSTRAINT none")
    assert (await press(browser, path)).status_code == 303


async def test_a_link_of_15_minutes_ago_is_over(browser: Browser, post: Post, company: Company) -> None:
    path = await link_for(browser, post, owner_of(company))
    await db.fetch("UPDATE sign_in_links SET expires_at = expires_at - interval '15 minutes'")
    refused = await press(browser, path)
    assert (refused.status_code, browser.cookies) == (400, {})
    await forget_links_of_nobody()
    assert await db.count("SELECT 1 FROM sign_in_links") == 0


@pytest.mark.parametrize("email", ["nobody@elsewhere.example", "robot@romashka.example"])
async def test_whoever_is_asked_for_the_answer_and_what_is_written_are_the_same_and_nobody_gets_no_mail(
    browser: Browser, post: Post, company: Company, email: str
) -> None:
    written = []
    for address in (owner_of(company), email):
        before = await contents()
        answer = await browser.http.post(ASK, json={"email": address})
        after = await contents()
        counted = {name: after[name][0] - before[name][0] for name in after if after[name] != before[name]}
        written.append((answer.status_code, answer.json(), sorted(answer.headers), counted))
    assert written[0] == written[1] == (202, SENT, written[0][2], {"mails": 1, "sign_in_links": 1})
    await deliver(post)
    assert [to for to, _ in post.handler.taken] == [owner_of(company)]
    assert await db.count("SELECT 1 FROM mails WHERE kind = 'SIGN_IN_LINK'") == 1
    assert await db.count("SELECT 1 FROM sign_in_links") == 1


@pytest.mark.parametrize(
    "body",
    [{}, [], {"email": 1}, {"email": "anna"}, {"email": "a@b.example\r\nBcc: c@d.example"},
     {"email": "a@b.example", "returnTo": "https://evil.test"}, {"email": "a@b.example", "returnTo": "//evil.test"},
     {"email": "a@b.example", "returnTo": "/\\evil.test"}, {"email": "a@b.example", "language": "xx"}],
    ids=str,
)  # fmt: skip
async def test_what_is_no_question_is_refused(browser: Browser, post: Post, body: object) -> None:
    before = await contents()
    answer = await browser.http.post(ASK, json=body)
    assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (400, "INVALID_INPUT")
    assert "evil" not in answer.text
    assert (await browser.http.post(ASK, data={"email": "anna@people.example"})).status_code == 415
    assert await contents() == before


@pytest.mark.parametrize("origin", [None, "null", "https://evil.test", "http://seats.test"])
async def test_another_site_signs_nobody_in(browser: Browser, post: Post, company: Company, origin: str | None) -> None:
    path = await link_for(browser, post, owner_of(company))
    before = await contents()
    assert (await press(browser, path, origin)).status_code == 403
    assert browser.cookies == {}
    assert await contents() == before
    assert (await press(browser, path)).status_code == 303


@pytest.mark.parametrize("token", ["", "smsl_guessed", "é\x00", "'\"><script>"])
async def test_a_token_that_nobody_has_signs_nobody_in(browser: Browser, post: Post, token: str) -> None:
    before = await contents()
    page = await browser.send("GET", PAGE, params={"token": token})
    assert "<script>" not in page.text
    assert page.headers["content-security-policy"].startswith("default-src 'none'")
    answer = await browser.send("POST", PAGE, data={"token": token}, headers={"Origin": PUBLIC_URL})
    assert (answer.status_code, browser.cookies) == (400, {})
    assert await contents() == before


async def test_a_new_address_ends_what_the_old_one_opened(
    browser: Browser, post: Post, company: Company, operator: GraphQLClient
) -> None:
    await press(browser, await link_for(browser, post, owner_of(company)))
    (row,) = await db.fetch("SELECT id FROM members WHERE role = 'OWNER'")
    assert await organizations(await browser.ask()) == [company.id]
    await db.fetch("UPDATE members SET email = 'new@people.example' WHERE id = $1", row["id"])
    assert (await browser.ask()).status_code == 401
    asked = Browser(browser.http)
    await press(asked, await link_for(asked, post, "new@people.example"))
    assert await organizations(await asked.ask()) == [company.id]


async def test_an_invitation_is_accepted_by_its_link_once(
    browser: Browser, post: Post, company: Company, operator: GraphQLClient
) -> None:
    people = [{"email": "anna@people.example", "name": "Anna"}]
    await operator.change("memberInvite", "members { id }", organizationId=company.id, members=people)
    await deliver(post)
    path = path_in(post, "anna@people.example")
    assert (await press(browser, path, "https://evil.test")).status_code == 403
    accepted = await press(browser, path)
    assert (accepted.status_code, "You take part now" in accepted.text) == (200, True)
    (entry,) = await db.fetch("SELECT request_id FROM audit_entries WHERE action = 'invitation.accepted'")
    assert entry["request_id"] == accepted.headers["x-request-id"]
    before = await contents()
    again = await press(browser, path)
    assert (again.status_code, "Nothing was accepted" in again.text) == (400, True)
    assert await contents() == before
    await press(browser, await link_for_second(browser, post, "anna@people.example"))
    assert await organizations(await browser.ask()) == [company.id]


async def link_for_second(browser: Browser, post: Post, email: str) -> str:
    post.handler.taken.clear()
    return await link_for(browser, post, email)


async def test_no_secret_and_no_address_is_written_to_the_log(
    browser: Browser, post: Post, company: Company, log: Path
) -> None:
    path = await link_for(browser, post, owner_of(company))
    await press(browser, path)
    await press(browser, path)
    written = log.read_text()
    assert "not_signed_in" in written
    token = re.search(r"token=(\w[\w-]+)", path)
    assert token is not None
    for secret in (token[1], browser.cookies[SESSION], owner_of(company)):
        assert secret not in written
        assert {name for name, rows in (await snapshot()).items() if secret in str(rows)} <= {"members"}


async def test_an_address_and_a_place_are_written_to_so_often(
    variables: dict[str, str], redis_url: str, tmp_path: Path, clean_database: None
) -> None:
    await servers.empty_redis(redis_url)
    async with (
        run_api(variables, OPERATOR_KEY, tmp_path / "log") as api,
        httpx.AsyncClient(base_url=api.url, trust_env=False, timeout=60.0) as http,
    ):
        one = [await http.post(ASK, json={"email": "Anna@people.example"}) for _ in range(6)]
        assert [(answer.status_code, answer.json()) for answer in one] == [(202, SENT)] * 6
        assert await db.count("SELECT 1 FROM mails") == await db.count("SELECT 1 FROM sign_in_links") == 5
        others = [await http.post(ASK, json={"email": f"p{number}@people.example"}) for number in range(30)]
        assert [answer.status_code for answer in others].count(429) >= 3
        assert others[-1].status_code == 429
        assert int(others[-1].headers["Retry-After"]) > 0
    await servers.empty_redis(redis_url)


async def test_nobody_is_locked_out_by_who_asks_for_their_links(
    browser: Browser, post: Post, company: Company, variables: dict[str, str], redis_url: str, tmp_path: Path
) -> None:
    await servers.empty_redis(redis_url)
    async with (
        run_api(variables, OPERATOR_KEY, tmp_path / "log") as api,
        httpx.AsyncClient(base_url=api.url, trust_env=False, timeout=60.0) as http,
    ):
        for _ in range(7):
            assert (await http.post(ASK, json={"email": owner_of(company)})).status_code == 202
    await servers.empty_redis(redis_url)
    await deliver(post)
    assert len(post.handler.taken) == 5
    first = post.handler.taken[0]
    post.handler.taken[:] = [first]
    assert (await press(browser, path_in(post, owner_of(company)))).status_code == 303
    assert await organizations(await browser.ask()) == [company.id]


async def test_who_named_no_way_back_comes_to_a_page_that_says_that_they_are_in(
    browser: Browser, post: Post, company: Company
) -> None:
    path = await link_for(browser, post, owner_of(company), language="ru")
    pressed = await press(browser, path)
    assert (pressed.status_code, pressed.headers["location"]) == (303, f"{PUBLIC_URL}/auth/signed-in?language=ru")
    page = await browser.send("GET", "/auth/signed-in?language=ru")
    assert (page.status_code, "Вы вошли" in page.text) == (200, True)
    stranger = await Browser(browser.http).send("GET", "/auth/signed-in")
    assert (stranger.status_code, "You are not signed in" in stranger.text) == (200, True)


async def test_what_fails_on_our_side_says_to_try_again_later_and_is_logged(
    browser: Browser, post: Post, company: Company, operator: GraphQLClient, log: Path
) -> None:
    people = [{"email": "anna@people.example", "name": "Anna"}]
    await operator.change("memberInvite", "members { id }", organizationId=company.id, members=people)
    link = await link_for(browser, post, owner_of(company))
    invitation = path_in(post, "anna@people.example")
    async with failing("browser_sessions", "INSERT OR UPDATE"):
        await expect_failure(browser, link, log)
    before = await contents()
    async with failing("members", "INSERT OR UPDATE"):
        await expect_failure(browser, invitation, log)
    assert await contents() == before
    assert browser.cookies == {}
    assert (await press(browser, invitation)).status_code == 200


async def expect_failure(browser: Browser, path: str, log: Path) -> None:
    written = len(log.read_text())
    answer = await press(browser, path)
    assert (answer.status_code, "Try again later" in answer.text) == (500, True)
    assert answer.headers["content-type"].startswith("text/html")
    assert "unexpected_error" in log.read_text()[written:]


@asynccontextmanager
async def failing(table: str, operations: str) -> AsyncIterator[None]:
    """As if a permission on the table had been forgotten."""
    name = f"fail_{table}"
    body = "RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE division_by_zero; END'"
    async with as_owner():
        await db.fetch(f"CREATE FUNCTION {name}() {body}")
        await db.fetch(f"CREATE TRIGGER {name} BEFORE {operations} ON {table} EXECUTE FUNCTION {name}()")
    try:
        yield
    finally:
        async with as_owner():
            await db.fetch(f"DROP TRIGGER {name} ON {table}")
            await db.fetch(f"DROP FUNCTION {name}()")


async def test_without_the_address_of_browsers_there_are_no_links(api: Api, clean_database: None) -> None:
    async with httpx.AsyncClient(base_url=api.url, trust_env=False, timeout=60.0) as http:
        before = await contents()
        assert (await http.post(ASK, json={"email": "anna@people.example"})).status_code == 404
        assert (await http.post(PAGE, data={"token": "smsl_x"})).status_code == 404
        assert (await http.post("/graphql", json=VIEWER, headers={"Cookie": f"{SESSION}=x"})).status_code == 401
        assert await contents() == before
