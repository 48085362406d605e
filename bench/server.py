"""A database of its own, on servers of its own, for what is measured; and the two APIs that are compared."""

import os
import resource
import signal
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from app import db
from app.processes import spawn, stop
from tests import servers

DATABASE = "SEATMARK_BENCH_DATABASE_URL"
"""Where it is, for as long as `run` lasts."""
_BUCKET = {"SEATMARK_RATE_CAPACITY": "1000000000", "SEATMARK_RATE_PER_SECOND": "1000000"}
"""One that is asked as any other is, and is never empty."""


@dataclass(frozen=True, slots=True)
class Server:
    url: str
    process: psutil.Process

    @property
    def memory(self) -> int:
        """Bytes of it that are in use now."""
        return int(self.process.memory_info().rss)


async def run(measure: Callable[[], Awaitable[None]]) -> None:
    """Measure on a migrated database that is gone afterwards."""
    resource.setrlimit(resource.RLIMIT_NOFILE, (4096, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
    with tempfile.TemporaryDirectory(prefix="seatmark-bench-") as folder:
        os.environ[servers.DATA_DIR] = folder
        async with servers.run_servers() as addresses:
            os.environ.update(addresses)
            async with servers.clone(addresses[servers.DATABASE_URL], "bench") as database:
                os.environ[DATABASE] = database
                await db.connect(database)
                try:
                    await measure()
                finally:
                    await db.close()


@asynccontextmanager
async def run_ours() -> AsyncIterator[Server]:
    """`seatmark api`, as in production."""
    async with _run("app.cli", "api", path="/graphql") as server:
        yield server


@asynccontextmanager
async def run_bare() -> AsyncIterator[Server]:
    """The limit."""
    async with _run("bench.bare", path="") as server:
        yield server


async def variables() -> dict[str, str]:
    """The environment of both."""
    return await servers.variables(os.environ[DATABASE], REDIS_URL=os.environ[servers.REDIS_URL], **_BUCKET)


def _compiled() -> dict[str, str]:
    """Code is compiled once, as where it is installed, also in an environment that leaves none behind beside its source
    (PYTHONDONTWRITEBYTECODE)."""
    return {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": str(Path(os.environ[servers.DATA_DIR]) / "compiled")}


@asynccontextmanager
async def _run(*command: str, path: str) -> AsyncIterator[Server]:
    port = servers.free_port()
    given = servers.environment(**await variables(), SEATMARK_PORT=str(port), **_compiled())
    log = Path(os.environ[servers.DATA_DIR]) / f"{command[0]}.log"
    with log.open("ab") as output:
        process = spawn([sys.executable, "-m", *command], output=output, dies_by=signal.SIGKILL, environment=given)
    try:
        await servers.answering(f"http://127.0.0.1:{port}", process, log)
        yield Server(f"http://127.0.0.1:{port}{path}", psutil.Process(process.pid))
    finally:
        await stop(process, patience=30.0)
