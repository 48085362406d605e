"""One real server for all suites, and an organization in it that has one of everything."""

import json
import re
import shutil
from collections.abc import AsyncIterator

import pytest

from conformance.company import Furnished, furnish
from conformance.programs import HERE, run
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

GENERATED = HERE / "relay" / "__generated__"


@pytest.fixture(scope="session")
async def client(api: Api) -> AsyncIterator[Client]:  # noqa: F811 - a fixture is asked for by naming it
    """An operator who speaks GraphQL to the server."""
    async with connect(api) as connected:
        yield connected


@pytest.fixture(scope="session")
async def furnished(client: Client) -> Furnished:
    """An organization of 250 people with one of everything."""
    return await furnish(client)


@pytest.fixture(scope="session")
async def operations() -> dict[str, str]:
    """The operations of relay/ as Relay sends them, by name; also written to files for the linter."""
    shutil.rmtree(GENERATED, ignore_errors=True)
    GENERATED.mkdir()
    (GENERATED / "operations.json").write_text("{}")
    outcome = await run("relay-compiler", "relay.config.json")
    assert outcome.exit_code == 0, outcome.output
    assert not re.search(r"warn", outcome.output, re.IGNORECASE), outcome.output
    documents = json.loads((GENERATED / "operations.json").read_text()).values()
    found = {re.findall(r"^(?:query|mutation) (\w+)", text, re.MULTILINE)[0]: text for text in documents}
    for name, text in found.items():
        (GENERATED / f"{name}.graphql").write_text(text)
    return found
