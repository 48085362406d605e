"""A client for the stories, and what every story ends with."""

from collections.abc import AsyncIterator

import pytest

from app import db
from app.checks.catalog import find_violations
from tests.client import Client, connect
from tests.servers import Api


@pytest.fixture(scope="session")
async def client(api: Api) -> AsyncIterator[Client]:
    """An operator who speaks GraphQL to the real API."""
    async with connect(api) as connected:
        yield connected


@pytest.fixture(autouse=True)
async def invariants_hold(database: str) -> AsyncIterator[None]:
    """After every story everything that must stay true is true of its organizations."""
    before = {row["id"] for row in await db.fetch("SELECT id FROM organizations")}
    yield
    after = {row["id"] for row in await db.fetch("SELECT id FROM organizations")}
    assert await find_violations(organization_ids=after - before) == []
