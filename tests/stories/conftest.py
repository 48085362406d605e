"""A client for the stories."""

from collections.abc import AsyncIterator

import pytest

from tests.client import Client, connect
from tests.servers import Api


@pytest.fixture(scope="session")
async def client(api: Api) -> AsyncIterator[Client]:
    """An operator who speaks GraphQL to the real API."""
    async with connect(api) as connected:
        yield connected
