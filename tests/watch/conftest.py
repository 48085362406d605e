"""An API and a worker that are watched."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from prometheus_client.parser import text_string_to_metric_families

from tests import servers
from tests.conftest import OPERATOR_KEY


@dataclass(frozen=True, slots=True)
class Watched:
    """`http` speaks to the API as an operator, `metrics` to the port of those who watch it."""

    http: httpx.AsyncClient
    metrics: httpx.AsyncClient
    log: Path


@asynccontextmanager
async def watched_api(database: str, redis_url: str | None, log: Path, **settings: str) -> AsyncIterator[Watched]:
    port = servers.free_port()
    given = {"REDIS_URL": redis_url} if redis_url else {}
    variables = await servers.variables(
        database, **given, SEATMARK_RATE_CAPACITY="0", SEATMARK_METRICS_PORT=str(port), **settings
    )
    async with (
        servers.run_api(variables, OPERATOR_KEY, log) as api,
        httpx.AsyncClient(
            base_url=api.url, headers={"Authorization": f"Bearer {OPERATOR_KEY}"}, trust_env=False, timeout=60.0
        ) as http,
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=60.0) as metrics,
    ):
        yield Watched(http, metrics, log)


async def scrape(metrics: httpx.AsyncClient) -> dict[tuple[Any, ...], float]:
    """Every sample, as Prometheus reads it, by name and labels: ("seatmark_seats",), or with ("job", "purge") after."""
    text = (await metrics.get("/metrics")).raise_for_status().text
    return {
        (sample.name, *sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


async def answering(metrics: httpx.AsyncClient) -> None:
    """Wait until somebody listens."""
    for _ in range(600):
        try:
            await metrics.get("/healthz")
        except httpx.TransportError:
            await asyncio.sleep(0.05)
        else:
            return
    raise AssertionError("nobody listens")
