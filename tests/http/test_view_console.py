"""The console is served where it was built, at its own addresses alone, and may do nothing but what it needs."""

import gzip
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from tests import servers
from tests.servers import Api, run_api

HTML = {"Accept": "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8"}
PAGE = "<!doctype html><title>The console</title>"
SCRIPT = "console.log('seatmark')\n" * 100
PUBLIC_URL = "https://seats.test"


@pytest.fixture(scope="module")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What Vite leaves, with files compressed beside those that were worth it."""
    folder = tmp_path_factory.mktemp("console") / "dist"
    assets = folder / "assets"
    assets.mkdir(parents=True)
    folder.joinpath("index.html").write_text(PAGE)
    folder.joinpath("icon.svg").write_text("<svg/>")
    folder.joinpath(".vite").mkdir()
    folder.joinpath(".vite", "manifest.json").write_text("{}")
    folder.joinpath(".hidden").write_text("hidden")
    assets.joinpath("index-Bx4.js").write_text(SCRIPT)
    assets.joinpath("index-Bx4.js.gz").write_bytes(gzip.compress(SCRIPT.encode()))
    assets.joinpath("index-Bx4.js.br").write_bytes(b"as brotli would have it")
    assets.joinpath("style-Cy5.css").write_text("main { color: red }")
    folder.parent.joinpath("secret.txt").write_text("secret")
    return folder


async def run_with(
    dist: Path, database: str, redis_url: str, log: Path, operator_key: str, **own: str
) -> AsyncIterator[httpx.AsyncClient]:
    variables = await servers.variables(database, REDIS_URL=redis_url, SEATMARK_CONSOLE_DIR=str(dist), **own)
    async with (
        run_api(variables, operator_key, log) as api,
        httpx.AsyncClient(base_url=api.url, trust_env=False, timeout=60.0) as http,
    ):
        yield http


@pytest.fixture(scope="module")
async def console(
    api: Api, database: str, redis_url: str, dist: Path, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[httpx.AsyncClient]:
    """Whoever has no key, at an API in production that serves the console."""
    log = tmp_path_factory.mktemp("console") / "log"
    async for http in run_with(dist, database, redis_url, log, api.operator_key, SEATMARK_PUBLIC_URL=PUBLIC_URL):
        yield http


@pytest.mark.parametrize("path", ["/", "/o/demo", "/o/demo/invoices?month=2021-01", "/sign-in", "/operator/", "/o/a.b"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_it_is_at_every_address_of_its_own(console: httpx.AsyncClient, method: str, path: str) -> None:
    answer = await console.request(method, path, headers=HTML)
    assert (answer.status_code, answer.text) == (200, PAGE if method == "GET" else "")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["cache-control"] == "no-cache"


async def test_it_may_do_nothing_but_what_it_needs(console: httpx.AsyncClient) -> None:
    for path in ("/", "/o/demo"):
        headers = (await console.get(path, headers=HTML)).headers
        policy = dict(one.split(" ", 1) for one in headers["content-security-policy"].split("; "))
        assert policy == {
            "default-src": "'none'",
            "script-src": "'self'",
            "style-src": "'self'",
            "img-src": "'self' data:",
            "font-src": "'self'",
            "connect-src": "'self' wss://seats.test",
            "base-uri": "'none'",
            "form-action": "'self'",
            "frame-ancestors": "'none'",
        }
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"
        assert headers["cross-origin-opener-policy"] == "same-origin"
        assert "geolocation=()" in headers["permissions-policy"]


@pytest.mark.parametrize(
    ("path", "status"),
    [("/graphql", 401), ("/graphql/", 307), ("/graphql/x", 404), ("/auth/demo", 404), ("/auth/nothing", 404),
     ("/auth/sign-out", 405), ("/auth/operator-key", 405), ("/auth", 404), ("/healthz", 200), ("/healthz/x", 404),
     ("/readyz", 200), ("/schema.graphql", 200), ("/graphiql", 404), ("/assets/graphiql/start.js", 404),
     ("/assets", 404), ("/assets/", 404), ("/assets/gone-1.js", 404), ("/exports/1", 401), ("/invoices", 404),
     ("/organizations/1", 404), ("/attachments/x/y", 404)],
)  # fmt: skip
async def test_it_takes_no_address_of_others(console: httpx.AsyncClient, path: str, status: int) -> None:
    answer = await console.get(path, headers=HTML)
    assert (answer.status_code, PAGE in answer.text) == (status, False)


@pytest.mark.parametrize("accept", ["*/*", "application/json", "image/*", ""])
async def test_who_takes_no_page_is_given_none(console: httpx.AsyncClient, accept: str) -> None:
    answer = await console.get("/o/demo", headers={"Accept": accept})
    assert (answer.status_code, PAGE in answer.text) == (404, False)


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
async def test_nothing_is_done_at_its_addresses(console: httpx.AsyncClient, method: str) -> None:
    assert (await console.request(method, "/o/demo", headers=HTML)).status_code == 404
    assert (await console.request(method, "/", headers=HTML)).status_code == 405


async def test_its_files_stay_for_good_and_come_as_they_were_compressed(console: httpx.AsyncClient) -> None:
    path = "/assets/index-Bx4.js"
    plain = await console.get(path, headers={"Accept-Encoding": "identity"})
    assert (plain.status_code, plain.text) == (200, SCRIPT)
    assert plain.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert plain.headers["content-type"].partition(";")[0] in ("text/javascript", "application/javascript")
    assert plain.headers["x-content-type-options"] == "nosniff"
    assert "accept-encoding" in plain.headers["vary"].lower()
    zipped = await console.get(path, headers={"Accept-Encoding": "gzip, br;q=0"})
    assert (zipped.headers["content-encoding"], zipped.text) == ("gzip", SCRIPT)
    assert zipped.headers["content-type"] == plain.headers["content-type"]
    async with console.stream("GET", path, headers={"Accept-Encoding": "gzip, deflate, br, zstd"}) as answer:
        raw = b"".join([part async for part in answer.aiter_raw()])
    assert (answer.headers["content-encoding"], raw) == ("br", b"as brotli would have it")
    style = await console.get("/assets/style-Cy5.css", headers={"Accept-Encoding": "br"})
    assert (style.text, "content-encoding" in style.headers) == ("main { color: red }", False)
    assert (await console.get("/assets/gone-1.js")).headers["cache-control"] == "no-store"
    icon = await console.get("/icon.svg")
    assert (icon.text, icon.headers["cache-control"]) == ("<svg/>", "no-cache")


@pytest.mark.parametrize(
    "path",
    ["/assets/../index.html", "/assets/..%2f..%2fsecret.txt", "/assets/%2e%2e/%2e%2e/secret.txt", "/..%2fsecret.txt",
     "/.hidden", "/.vite/manifest.json", "/assets/.hidden", "/%00", "/assets/%00", "/assets/index-Bx4.js%00.css",
     "//secret.txt", "/assets//etc/passwd", "/..\\secret.txt"],
)  # fmt: skip
async def test_nothing_else_is_served_with_it(console: httpx.AsyncClient, path: str) -> None:
    for headers in ({}, HTML):
        answer = await console.get(httpx.URL(f"{console.base_url}".rstrip("/") + path), headers=headers)
        assert "secret" not in answer.text
        assert "hidden" not in answer.text
        assert answer.status_code == 404 or answer.text == PAGE


async def test_without_a_build_the_front_says_how_to_get_one(api: Api) -> None:
    async with httpx.AsyncClient(base_url=api.url, trust_env=False) as http:
        front, other = await http.get("/", headers=HTML), await http.get("/o/demo", headers=HTML)
        asset = await http.get("/assets/index-Bx4.js")
    assert (front.status_code, "make console" in front.text) == (200, True)
    assert front.headers["content-security-policy"].startswith("default-src 'none'")
    assert (other.status_code, asset.status_code) == (404, 404)


async def test_one_that_is_built_later_is_there_then(api: Api, database: str, redis_url: str, tmp_path: Path) -> None:
    folder = tmp_path / "dist"
    own = {"SEATMARK_ENVIRONMENT": "development"}
    async for http in run_with(folder, database, redis_url, tmp_path / "log", api.operator_key, **own):
        assert "make console" in (await http.get("/", headers=HTML)).text
        assert (await http.get("/graphiql", headers=HTML)).status_code == 200
        folder.mkdir()
        folder.joinpath("index.html").write_text(PAGE)
        front = await http.get("/", headers=HTML)
        port = http.base_url.port
        sockets = f"connect-src 'self' ws://127.0.0.1:{port} ws://localhost:{port};"
        assert (front.text, sockets in front.headers["content-security-policy"]) == (PAGE, True)
        assert PAGE not in (await http.get("/graphiql", headers=HTML)).text
        assert (await http.get("/assets/graphiql/start.js")).status_code == 200
