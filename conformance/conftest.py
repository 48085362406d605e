"""One real server for all suites, and an organization in it that has one of everything."""

from collections.abc import AsyncIterator

import pytest

from conformance.company import Furnished, furnish
from tests.client import Client, connect
from tests.conftest import (  # noqa: F401 - the servers are those of the tests
    api,
    database,
    database_url,
    own_data_dir,
    pytest_sessionstart,
    redis_url,
)
from tests.servers import Api


@pytest.fixture(scope="session")
async def client(api: Api) -> AsyncIterator[Client]:  # noqa: F811 - a fixture is asked for by naming it
    """An operator who speaks GraphQL to the server."""
    async with connect(api) as connected:
        yield connected


@pytest.fixture(scope="session")
async def furnished(client: Client) -> Furnished:
    """An organization of 250 people with one of everything."""
    return await furnish(client)
