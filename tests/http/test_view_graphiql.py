"""GraphiQL is there in development, and asks no other host for anything."""

import hashlib
import re
from pathlib import Path

import httpx
import pytest

import app.http
from tests.http.live import live
from tests.servers import Api

FOLDER = Path(app.http.__file__).with_name("graphiql")
LINES = FOLDER.joinpath("SHA256SUMS").read_text().splitlines()
ASSETS = {name: digest for digest, name in (line.split() for line in LINES)}


async def test_the_page_and_all_it_loads_come_from_us(special: Api) -> None:
    async with httpx.AsyncClient(base_url=special.url, trust_env=False) as nobody:
        page = await nobody.get("/graphiql")
        sources = re.findall(r'(?:src|href)="([^"]+)"', page.text)
        assets = [await nobody.get(source) for source in sources if source != "data:,"]

    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    assert len(assets) == 6
    assert [asset.status_code for asset in assets] == [200] * 6
    assert {source for source in sources if not source.startswith("/assets/graphiql/")} == {"data:,"}
    assert "http:" not in page.text
    assert "https:" not in page.text


async def test_subscriptions_go_over_our_websocket_and_begin_with_the_key_of_the_headers(special: Api) -> None:
    async with httpx.AsyncClient(base_url=special.url, trust_env=False) as nobody:
        start = await nobody.get("/assets/graphiql/start.js")
        bundle = await nobody.get("/assets/graphiql/graphiql.min.js")
    async with live(special, Origin=special.url) as one:
        headers = {"Authorization": f"Bearer {special.operator_key}", "X-Other": "1"}
        await one.send({"type": "connection_init", "payload": headers})
        begun = await one.receive()

    assert 'createFetcher({ url: "/graphql", subscriptionUrl })' in start.text
    assert "graphql-transport-ws" in bundle.text  # GraphiQL brings a client for it along
    assert begun == {"type": "connection_ack"}


async def test_the_browser_is_told_to_ask_nobody_else(special: Api) -> None:
    async with httpx.AsyncClient(base_url=special.url, trust_env=False) as nobody:
        page = await nobody.get("/graphiql")

    policy = dict(one.split(" ", 1) for one in page.headers["Content-Security-Policy"].split("; "))
    assert policy == {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "font-src": "data:",
        "img-src": "'self' data:",
        "connect-src": "'self'",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
    }


@pytest.mark.parametrize("path", ["/graphiql", "/assets/graphiql/start.js", "/assets/graphiql/graphiql.min.js"])
async def test_it_is_not_there_in_production(caller: httpx.AsyncClient, path: str) -> None:
    assert (await caller.get(path)).status_code == 404


@pytest.mark.parametrize("path", ["../graphiql_page.py", "..%2Fgraphiql_page.py", "%2e%2e/graphiql_page.py"])
async def test_nothing_else_is_served_with_it(special_caller: httpx.AsyncClient, path: str) -> None:
    assert (await special_caller.get(f"/assets/graphiql/{path}")).status_code == 404


@pytest.mark.parametrize("name", sorted(ASSETS))
def test_the_files_of_others_are_as_they_were_taken(name: str) -> None:
    assert hashlib.sha256(FOLDER.joinpath(name).read_bytes()).hexdigest() == ASSETS[name]


def test_every_file_of_others_has_a_hash() -> None:
    minified = {path.name for path in FOLDER.iterdir() if ".min." in path.name}
    assert minified == set(ASSETS)
