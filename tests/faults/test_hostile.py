"""F17: however often an API is attacked, its memory stays what it is, and others are answered."""

from collections.abc import AsyncIterator

import psutil
import pytest

from tests.client import Client
from tests.faults.conftest import Inject
from tests.faults.installation import Installation, client_of, run_installation
from tests.http.test_attacks import ATTACKS

pytestmark = pytest.mark.slow

ROUNDS = 4
ROOM = 24 << 20
"""Bytes by which the memory of a process may differ, for what its allocator keeps: less than three of the bodies that
are sent in every round."""


@pytest.fixture(scope="module")
async def installation() -> AsyncIterator[Installation]:
    async with run_installation() as running:
        yield running


async def attack(client: Client) -> None:
    """Once with everything there is."""
    for one in ATTACKS.values():
        response = await client.http.post("/graphql", content=one.body, headers=one.headers)
        assert response.status_code == one.status


async def test_the_memory_of_an_attacked_process_is_flat(installation: Installation, injected: Inject) -> None:
    api = await installation.start_api()
    async with client_of(installation, api) as client:
        for _ in range(2):
            await attack(client)
        process = psutil.Process(api.pid)
        before = process.memory_info().rss
        for _ in range(ROUNDS):
            await attack(client)
        after = process.memory_info().rss
        found = f"refused; memory {before >> 20} MB before, {after >> 20} MB after"
        injected("F17", "hostile documents and bodies", ROUNDS * len(ATTACKS), found)
        assert after < before + ROOM
        assert "errors" not in await client.post("{ viewer { __typename } }")
