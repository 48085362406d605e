"""A client for the tests of the API."""

import json
from collections.abc import AsyncIterator

import httpx
import pytest

from tests import servers
from tests.client import Client, connect
from tests.servers import Api, run_api


@pytest.fixture(scope="session")
async def client(api: Api) -> AsyncIterator[Client]:
    """An operator who speaks GraphQL to the real API."""
    async with connect(api) as connected:
        yield connected


CONSOLE = "https://console.example"
"""The one origin that may ask `special` from a page."""

DOCUMENTS = {
    "lists.graphql": "query Lists { priceLists { name } }",
    "manifest.json": json.dumps(
        {
            "clock": "mutation Clock($now: DateTime!) { testClockCreate(input: {now: $now}) { __typename } }",
            "two": "query A { __typename } query B { priceLists { name } }",
        }
    ),
}


@pytest.fixture(scope="session")
async def special(
    api: Api, database: str, redis_url: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Api]:
    """Another API on the same database: in development, impatient, and with settings for all that may be set."""
    folder = tmp_path_factory.mktemp("documents")
    for name, text in DOCUMENTS.items():
        folder.joinpath(name).write_text(text)
    own = {
        "SEATMARK_ENVIRONMENT": "development",
        "SEATMARK_CORS_ORIGINS": f"{CONSOLE}, http://127.0.0.1:5173",
        "SEATMARK_REQUEST_SECONDS": "1",
        "SEATMARK_DOCUMENTS_DIR": str(folder),
    }
    variables = await servers.variables(database, REDIS_URL=redis_url, **own)
    async with run_api(variables, api.operator_key, tmp_path_factory.mktemp("special") / "log") as running:
        yield running


@pytest.fixture(scope="session")
async def caller(api: Api) -> AsyncIterator[httpx.AsyncClient]:
    """Plain HTTP with the operator's key."""
    async with with_key(api) as http:
        yield http


@pytest.fixture(scope="session")
async def special_caller(special: Api) -> AsyncIterator[httpx.AsyncClient]:
    """Plain HTTP with the operator's key to the API of special settings."""
    async with with_key(special) as http:
        yield http


def with_key(api: Api) -> httpx.AsyncClient:
    headers = {"Authorization": f"Bearer {api.operator_key}"}
    return httpx.AsyncClient(base_url=api.url, headers=headers, trust_env=False, timeout=60.0)
