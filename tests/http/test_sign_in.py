"""Signing in with a browser, as it is seen from outside: a real API, a real provider, and browsers that lie."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest

from app import db
from tests import servers
from tests.client import Client as GraphQLClient
from tests.client import contents, found
from tests.conftest import OPERATOR_KEY
from tests.openid import AUDIENCE, CLIENT_ID, CLIENT_SECRET, OpenIdProvider, run_provider
from tests.servers import Api, run_api

SESSION, SIGN_IN = "__Host-seatmark_session", "__Host-seatmark_sign_in"
PUBLIC_URL = "https://seats.test"
VIEWER = {"query": "{ viewer { kind organizations { nodes { id } } } }"}
CONSOLE = {"X-Seatmark-Client": "console", "Origin": PUBLIC_URL, "Sec-Fetch-Site": "same-origin"}


@pytest.fixture(scope="module")
async def issuer() -> AsyncIterator[OpenIdProvider]:
    async with run_provider() as running:
        yield running


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the API writes down."""
    return tmp_path_factory.mktemp("signing") / "log"


@pytest.fixture(scope="module")
async def variables(api: Api, issuer: OpenIdProvider, database: str, redis_url: str) -> dict[str, str]:
    """Of an API that people sign in to. The `api` is there first, with its key."""
    return await servers.variables(
        database,
        REDIS_URL=redis_url,
        SEATMARK_OIDC_ISSUER=issuer.url,
        SEATMARK_OIDC_AUDIENCE=AUDIENCE,
        SEATMARK_OIDC_CLIENT_ID=CLIENT_ID,
        SEATMARK_OIDC_CLIENT_SECRET=CLIENT_SECRET,
        SEATMARK_PUBLIC_URL=PUBLIC_URL,
        SEATMARK_CORS_ORIGINS=PUBLIC_URL,
    )


@pytest.fixture(scope="module")
async def signing(variables: dict[str, str], log: Path) -> AsyncIterator[Api]:
    async with run_api(variables, OPERATOR_KEY, log) as running:
        yield running


@dataclass(slots=True)
class Browser:
    """Keeps cookies as browsers do; the test follows redirects itself."""

    http: httpx.AsyncClient
    cookies: dict[str, str] = field(default_factory=dict)

    async def send(self, method: str, path: str, **given: Any) -> httpx.Response:
        headers = {**given.pop("headers", {})}
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        response = await self.http.request(method, path, headers=headers, **given)
        for line in response.headers.get_list("set-cookie"):
            name, _, rest = line.partition("=")
            value, *attributes = rest.split("; ")
            assert {"Path=/", "Secure", "HttpOnly", "SameSite=Lax"} < set(attributes)
            self.cookies[name] = value
            if "Max-Age=0" in attributes:
                del self.cookies[name]
        return response

    async def leave(self, return_to: str = "/") -> str:
        """Begin a sign-in; gives the query that the provider sends the browser back with."""
        begun = await self.send("GET", "/auth/sign-in", params={"return_to": return_to})
        assert begun.status_code == 303
        provided = await self.http.get(begun.headers["location"])
        back = urlsplit(provided.headers["location"])
        assert f"{back.scheme}://{back.netloc}{back.path}" == f"{PUBLIC_URL}/auth/callback"
        return back.query

    async def come_back(self, query: str) -> httpx.Response:
        return await self.send("GET", f"/auth/callback?{query}")

    async def sign_in(self, return_to: str = "/") -> httpx.Response:
        response = await self.come_back(await self.leave(return_to))
        assert response.status_code == 303, response.text
        return response

    async def ask(self, **given: Any) -> httpx.Response:
        """Who the viewer is, as the console asks it."""
        return await self.send("POST", "/graphql", **{"json": VIEWER, "headers": CONSOLE, **given})

    async def refused(self, query: str, status: int = 400) -> str:
        """What the page says when the browser comes back for nothing: nothing was changed by it."""
        before = await contents()
        response = await self.come_back(query)
        assert response.status_code == status
        assert SESSION not in self.cookies
        assert await contents() == before
        return response.text


@pytest.fixture
async def browser(signing: Api, issuer: OpenIdProvider) -> AsyncIterator[Browser]:
    issuer.person, issuer.told = {"sub": "anna"}, {}
    async with httpx.AsyncClient(base_url=signing.url, trust_env=False, timeout=60.0) as http:
        yield Browser(http)


@pytest.fixture
async def operator(signing: Api) -> AsyncIterator[GraphQLClient]:
    async with httpx.AsyncClient(base_url=signing.url, trust_env=False, timeout=60.0) as http:
        yield GraphQLClient(http, OPERATOR_KEY)


async def organizations(response: httpx.Response) -> list[str]:
    assert response.status_code == 200, response.text
    return [one["id"] for one in response.json()["data"]["viewer"]["organizations"]["nodes"]]


async def employed(operator: GraphQLClient, issuer: OpenIdProvider) -> str:
    """An organization whose owner is whom the provider signs in from now on."""
    clock = (await operator.change("testClockCreate", "testClock { id }", now="2021-01-05T09:00:00Z"))["testClock"][
        "id"
    ]
    company = await found(operator, clock)
    email = f"owner@{company.slug}.example"
    issuer.person = {"sub": f"owner of {company.slug}", "email": email, "email_verified": True}
    return company.id


async def test_someone_signs_in_works_and_signs_out(
    browser: Browser, operator: GraphQLClient, issuer: OpenIdProvider
) -> None:
    company = await employed(operator, issuer)
    back = await browser.sign_in("/console?tab=seats")
    assert back.headers["location"] == f"{PUBLIC_URL}/console?tab=seats"
    assert (back.headers["cache-control"], back.headers["referrer-policy"]) == ("no-store", "no-referrer")
    assert set(browser.cookies) == {SESSION}
    assert await organizations(await browser.ask()) == [company]

    token = browser.cookies[SESSION]
    assert (await browser.send("POST", "/auth/sign-out", json={}, headers=CONSOLE)).status_code == 204
    assert browser.cookies == {}
    browser.cookies[SESSION] = token
    assert (await browser.ask()).status_code == 401


async def test_someone_whom_no_organization_knows_is_signed_in_and_reaches_nothing(browser: Browser) -> None:
    await browser.sign_in()
    assert await organizations(await browser.ask()) == []


async def test_a_bearer_token_of_the_provider_is_enough_and_outweighs_the_cookie(
    browser: Browser, operator: GraphQLClient, issuer: OpenIdProvider
) -> None:
    await browser.sign_in()
    company = await employed(operator, issuer)
    bearer = {"Authorization": f"Bearer {issuer.sign(**issuer.person)}"}
    assert await organizations(await browser.ask(headers=bearer)) == [company]
    before = await contents()
    assert (await browser.ask(headers={"Authorization": f"Bearer {issuer.sign(exp=1)}"})).status_code == 401
    assert (await browser.ask(headers={"Authorization": "Basic YTpi"})).status_code == 401
    assert await contents() == before


@pytest.mark.parametrize(
    "given",
    [
        {"headers": {"Sec-Fetch-Site": "same-origin"}},
        {"headers": {**CONSOLE, "Origin": "https://evil.test"}},
        {"headers": {**CONSOLE, "Origin": "null"}},
        {"headers": {"X-Seatmark-Client": "console", "Sec-Fetch-Site": "cross-site"}},
        {"headers": {**CONSOLE, "Content-Type": "text/plain"}},
        {"headers": {**CONSOLE, "Content-Type": "application/x-www-form-urlencoded"}},
    ],
    ids=str,
)
async def test_another_site_can_do_nothing_with_the_cookie(
    browser: Browser, operator: GraphQLClient, issuer: OpenIdProvider, given: dict[str, Any]
) -> None:
    company = await employed(operator, issuer)
    await browser.sign_in()
    before = await contents()
    document = "mutation($id: ID!) { trackerActivate(input: {organizationId: $id}) { __typename } }"
    response = await browser.ask(json={"query": document, "variables": {"id": company}}, **given)
    assert response.status_code == 403
    assert response.json()["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    out = await browser.send("POST", "/auth/sign-out", json={}, **given)
    assert out.status_code == 403
    assert await contents() == before
    assert await organizations(await browser.ask()) == [company]


async def test_a_link_on_our_own_page_downloads_and_one_on_another_site_does_not(
    browser: Browser, operator: GraphQLClient, issuer: OpenIdProvider
) -> None:
    company = await employed(operator, issuer)
    await browser.sign_in()
    path = f"/organizations/{company}/invoices.csv"
    for site, status in {"same-origin": 200, "none": 200, "same-site": 403, "cross-site": 403}.items():
        assert (await browser.send("GET", path, headers={"Sec-Fetch-Site": site})).status_code == status, site
    assert (await browser.send("GET", path)).status_code == 403


@pytest.mark.parametrize(
    "return_to",
    ["https://evil.test", "//evil.test", "/\\evil.test", "\\\\evil.test", "/\t/evil.test", "/\n/evil.test", "", "evil",
     "javascript:alert(1)", "@evil.test", "/é", "/" + "a" * 2000],
)  # fmt: skip
async def test_the_way_back_is_a_path_of_ours(browser: Browser, return_to: str) -> None:
    before = await contents()
    response = await browser.send("GET", "/auth/sign-in", params={"return_to": return_to})
    assert response.status_code == 400
    assert "evil" not in response.text
    assert browser.cookies == {}
    assert await contents() == before


async def test_who_did_not_leave_from_this_browser_does_not_come_back(browser: Browser, signing: Api) -> None:
    other = Browser(browser.http)
    query = await other.leave()
    assert "not begun in this browser" in await browser.refused(query)
    await browser.leave()
    assert "not begun in this browser" in await browser.refused(query)
    assert "not begun in this browser" in await browser.refused("code=abc")
    assert "not begun in this browser" in await browser.refused("code=abc&state=%ED%A0%80")
    assert (await other.come_back(query)).status_code == 303


async def test_a_sign_in_ends_once(browser: Browser) -> None:
    query = await browser.leave()
    secret = browser.cookies[SIGN_IN]
    await browser.come_back(query)
    again = Browser(browser.http, {SIGN_IN: secret})
    assert "ended before" in await again.refused(query)


async def test_a_sign_in_that_took_too_long_is_over(browser: Browser) -> None:
    query = await browser.leave()
    await db.fetch("UPDATE sign_ins SET expires_at = clock_timestamp() - interval '1 second'")
    response = await browser.come_back(query)
    assert (response.status_code, "took too long" in response.text, SESSION in browser.cookies) == (400, True, False)


async def test_another_providers_answer_is_refused(browser: Browser) -> None:
    query = await browser.leave()
    given = {name: values[0] for name, values in parse_qs(query).items()}
    mixed_up = urlencode({**given, "iss": "https://other.test"})
    assert "Another provider" in await browser.refused(mixed_up)
    assert "Another provider" in await browser.refused(urlencode({**given} | {"iss": ""}))
    assert (await browser.come_back(query)).status_code == 303


@pytest.mark.parametrize(
    "told",
    [
        {"nonce": "another"},
        {"aud": AUDIENCE},
        {"iss": "https://other.test"},
        {"exp": 1},
        {"azp": "another client"},
        {"sub": None},
    ],
    ids=str,
)
async def test_an_answer_that_cannot_be_believed_signs_nobody_in(
    browser: Browser, issuer: OpenIdProvider, told: dict[str, Any]
) -> None:
    query = await browser.leave()
    before = await contents()
    issuer.told = told
    if told.get("sub", "") is None:
        issuer.person = {}
    response = await browser.come_back(query)
    assert (response.status_code, "cannot be believed" in response.text) == (400, True)
    assert SESSION not in browser.cookies
    after = await contents()
    assert {table for table in after if after[table] != before[table]} == {"sign_ins"}


async def test_what_the_provider_says_went_wrong_is_not_repeated(browser: Browser) -> None:
    given = {name: values[0] for name, values in parse_qs(await browser.leave()).items()}
    query = urlencode({"state": given["state"], "iss": given["iss"], "error": "<script>", "error_description": "<b>x"})
    response = await browser.come_back(query)
    assert (response.status_code, "did not sign you in" in response.text) == (400, True)
    assert "script" not in response.text
    assert "<b>" not in response.text
    assert response.headers["content-security-policy"].startswith("default-src 'none'")


async def test_a_code_that_the_provider_does_not_know_signs_nobody_in(browser: Browser) -> None:
    given = {name: values[0] for name, values in parse_qs(await browser.leave()).items()}
    response = await browser.come_back(urlencode({**given, "code": "stolen"}))
    assert (response.status_code, SESSION in browser.cookies) == (400, False)


async def test_a_session_that_was_planted_is_not_the_one_signed_in_to(
    browser: Browser, operator: GraphQLClient, issuer: OpenIdProvider
) -> None:
    attacker = Browser(browser.http)
    await attacker.sign_in()
    planted = attacker.cookies[SESSION]
    browser.cookies[SESSION] = planted
    company = await employed(operator, issuer)
    await browser.sign_in()
    assert browser.cookies[SESSION] != planted
    assert await organizations(await browser.ask()) == [company]
    assert (await attacker.ask()).status_code == 401


async def test_a_token_of_an_hour_is_renewed_with_the_answer(browser: Browser) -> None:
    await browser.sign_in()
    old = browser.cookies[SESSION]
    await db.fetch("UPDATE browser_sessions SET renewed_at = renewed_at - interval '1 hour'")
    assert (await browser.ask(headers={**CONSOLE, "Origin": "https://evil.test"})).status_code == 403
    assert browser.cookies[SESSION] == old
    assert (await browser.ask()).status_code == 200
    assert browser.cookies[SESSION] != old
    under_way = Browser(browser.http, {SESSION: old})
    assert (await under_way.ask()).status_code == 200
    assert under_way.cookies[SESSION] == old


async def test_a_renewed_token_is_sent_to_no_other_listener(
    browser: Browser, operator: GraphQLClient, issuer: OpenIdProvider
) -> None:
    company = await employed(operator, issuer)
    await browser.sign_in()
    old = browser.cookies[SESSION]
    with_key, with_cookie = {"Authorization": f"Bearer {OPERATOR_KEY}"}, {**CONSOLE, "Cookie": f"{SESSION}={old}"}
    before = await head_of_stream(browser.http, company, with_key)
    await db.fetch("UPDATE browser_sessions SET renewed_at = renewed_at - interval '1 hour'")
    renewed = dict(await head_of_stream(browser.http, company, with_cookie))
    assert renewed["set-cookie"].startswith(f"{SESSION}=")
    assert old not in renewed["set-cookie"]
    assert renewed["access-control-allow-origin"] == PUBLIC_URL
    assert await head_of_stream(browser.http, company, with_key) == before


async def head_of_stream(http: httpx.AsyncClient, organization_id: str, headers: dict[str, str]) -> list[Any]:
    """The headers that live updates begin with, but for those that differ each time."""
    query = f'subscription {{ organizationEvents(organizationId: "{organization_id}") {{ sequence }} }}'
    accepting = {"Accept": "text/event-stream", **headers}
    async with http.stream("POST", "/graphql", json={"query": query}, headers=accepting) as answer:
        assert answer.headers["content-type"] == "text/event-stream; charset=utf-8"
        return [one for one in answer.headers.multi_items() if one[0] not in ("date", "x-request-id", "ratelimit")]


async def test_without_settings_nobody_signs_in(api: Api, issuer: OpenIdProvider) -> None:
    async with httpx.AsyncClient(base_url=api.url, trust_env=False, timeout=60.0) as http:
        plain = Browser(http)
        before = await contents()
        assert (await plain.send("GET", "/auth/sign-in")).status_code == 404
        assert (await plain.send("GET", "/auth/callback?code=a&state=b")).status_code == 404
        assert (await plain.ask(headers={"Authorization": f"Bearer {issuer.sign()}"})).status_code == 401
        plain.cookies[SESSION] = "anything"
        assert (await plain.ask()).status_code == 401
        assert await contents() == before


async def test_whom_an_owner_erases_is_signed_out(
    browser: Browser, operator: GraphQLClient, issuer: OpenIdProvider
) -> None:
    company = await employed(operator, issuer)
    owner = issuer.person
    await browser.sign_in()
    people = [{"email": f"anna@{owner['email'].partition('@')[2]}", "name": "Anna", "active": True}]
    hired = await operator.change("memberInvite", "members { id }", organizationId=company, members=people)
    issuer.person = {"sub": f"anna of {company}", "email": people[0]["email"], "email_verified": True}
    anna = Browser(browser.http)
    await anna.sign_in()
    assert await organizations(await anna.ask()) == [company]
    erase = "mutation($id: ID!) { memberErase(input: {memberId: $id}) { __typename } }"
    erased = await browser.ask(json={"query": erase, "variables": {"id": hired["members"][0]["id"]}})
    assert erased.json()["data"]["memberErase"]["__typename"] == "MemberErasePayload"
    assert (await anna.ask()).status_code == 401


async def test_no_secret_is_written_to_the_log(browser: Browser, issuer: OpenIdProvider, log: Path) -> None:
    query = await browser.leave()
    await browser.come_back(query)
    bearer = issuer.sign(exp=1)
    await browser.ask(headers={"Authorization": f"Bearer {bearer}"})
    written = log.read_text()
    assert "token_not_believed" in written
    for secret in (browser.cookies[SESSION], bearer, CLIENT_SECRET):
        assert secret not in written


async def test_an_address_fills_no_table_with_what_it_begins(
    variables: dict[str, str], redis_url: str, tmp_path: Path
) -> None:
    await servers.empty_redis(redis_url)
    before = (await contents())["sign_ins"][0]
    limits = {"SEATMARK_RATE_CAPACITY": "1000"}
    async with (
        run_api({**variables, **limits}, OPERATOR_KEY, tmp_path / "log") as api,
        httpx.AsyncClient(base_url=api.url, trust_env=False, timeout=60.0) as http,
    ):
        responses = [await http.get("/auth/sign-in") for _ in range(400)]
        begun = sum(response.status_code == 303 for response in responses)
        assert 300 <= begun < 400
        assert responses[-1].status_code == 429
        assert int(responses[-1].headers["Retry-After"]) == 1
        assert "Try again later" in responses[-1].text
    assert (await contents())["sign_ins"][0] == before + begun
    await db.fetch("DELETE FROM sign_ins")
    await servers.empty_redis(redis_url)
