"""Whether a process can serve, as it is asked over HTTP: what is missed, and what cannot be done without."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import httpx
import pytest

from app.watch.readiness import KNOWN
from tests import servers
from tests.watch.conftest import answering, watched_api

LAST = max(KNOWN)
READY = {"status": "ready", "database": "answers", "migrations": "current", "redis": "answers", "degraded": []}
NOWHERE = "redis://127.0.0.1:1/0"


@asynccontextmanager
async def own_clone(database: str, name: str) -> AsyncIterator[str]:
    async with servers.clone(os.environ[servers.DATABASE_URL], f"{name}_{os.getpid()}") as address:
        yield address


async def run(address: str, statement: str) -> None:
    connection = await asyncpg.connect(address)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


async def ask(http: httpx.AsyncClient) -> tuple[int, Any]:
    response = await http.get("/readyz")
    return response.status_code, response.json()


async def test_an_api_on_a_database_of_its_own_migrations_is_ready_until_one_is_missing(
    database: str, redis_url: str, tmp_path: Path
) -> None:
    async with own_clone(database, "ready") as address, watched_api(address, redis_url, tmp_path / "log") as api:
        assert await ask(api.http) == (200, READY)
        assert await ask(api.metrics) == (200, READY)
        await run(
            address, "INSERT INTO tortoise_migrations (app, name, applied_at) VALUES ('seatmark', '9999_x', now())"
        )
        assert await ask(api.http) == (200, READY | {"migrations": "ahead"})
        await run(address, f"DELETE FROM tortoise_migrations WHERE name = '{LAST}'")
        behind = (503, READY | {"status": "not ready", "migrations": "behind"})
        assert await ask(api.http) == behind
        await run(address, "REVOKE SELECT ON tortoise_migrations FROM seatmark_app")
        assert await ask(api.http) == behind
        assert (await api.http.get("/healthz")).text == "ok"


async def test_a_redis_that_does_not_answer_is_missed_and_no_more(database: str, tmp_path: Path) -> None:
    async with watched_api(database, NOWHERE, tmp_path / "log") as api:
        degraded = {"status": "degraded", "redis": "does not answer", "degraded": ["redis"]}
        assert await ask(api.http) == (200, READY | degraded)


async def test_without_redis_nothing_is_missed(database: str, tmp_path: Path) -> None:
    async with watched_api(database, None, tmp_path / "log") as api:
        assert await ask(api.http) == (200, READY | {"redis": "not set"})


async def test_a_database_that_is_gone_is_no_readiness(database: str, redis_url: str, tmp_path: Path) -> None:
    async with own_clone(database, "gone") as address, watched_api(address, redis_url, tmp_path / "log") as api:
        name = urlsplit(address).path.removeprefix("/")
        await run(servers.named(address, "postgres"), f'DROP DATABASE "{name}" WITH (FORCE)')
        expected = {"status": "not ready", "database": "does not answer", "migrations": "unknown"}
        assert await ask(api.http) == (503, READY | expected)
        assert (await api.http.get("/healthz")).status_code == 200
    lines = (tmp_path / "log").read_text()
    assert '"event":"not_ready"' in lines


async def test_a_worker_is_asked_at_its_own_port_and_by_a_command(
    database: str, redis_url: str, tmp_path: Path
) -> None:
    port = servers.free_port()
    variables = await servers.variables(database, REDIS_URL=redis_url, SEATMARK_WORKER_METRICS_PORT=str(port))
    async with (
        servers.run_command("worker", variables, tmp_path / "log"),
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=60.0) as metrics,
    ):
        await answering(metrics)
        assert await ready(metrics) == (200, READY)
        async with servers.run_command("worker-check", variables, tmp_path / "check") as check:
            await ended(check)
        assert check.returncode == 0
        assert (tmp_path / "check").read_text().startswith("ready")
    async with servers.run_command("worker-check", variables, tmp_path / "after") as check:
        await ended(check)
    assert check.returncode == 1
    assert (tmp_path / "after").read_text() == f"seatmark: no worker answers on 127.0.0.1:{port}\n"


async def ready(http: httpx.AsyncClient) -> tuple[int, Any]:
    """What it says as soon as it says anything but 503: while it starts, every sweep runs at once."""
    for _ in range(100):
        status, said = await ask(http)
        if status != 503:
            break
        await asyncio.sleep(0.1)
    return status, said


async def ended(process: Any) -> None:
    await asyncio.to_thread(process.wait, 60)


@pytest.mark.parametrize("path", ["/metrics"])
async def test_figures_are_not_for_everybody(api: servers.Api, path: str) -> None:
    async with httpx.AsyncClient(base_url=api.url, trust_env=False) as http:
        assert (await http.get(path)).status_code == 404
