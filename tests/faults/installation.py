"""An installation of its own: a PostgreSQL and a Valkey that can be killed and started again, networks between them and
the processes of ours that use them, and those processes."""

import asyncio
import os
import signal
import sys
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg
import httpx
from redis.asyncio import Redis

from app import db
from app.embedded import run_postgres, run_valkey
from app.logins import make_logins
from app.processes import spawn, stop
from tests import servers
from tests.client import Client
from tests.faults.harness.processes import Process
from tests.faults.proxy import Proxy, run_proxy, through, upstream_of

KILLABLE = {name: value for name, value in servers.FAST.items() if name != "synchronous_commit"}
"""A power cut may lose what was committed; the kill of a process must not."""

DATABASES = ("SEATMARK_API_DATABASE_URL", "SEATMARK_APP_DATABASE_URL")


@dataclass(slots=True)
class Server:
    """A server that can be ended and started again at the same address."""

    run: Callable[[], AbstractAsyncContextManager[str]]
    address: str = ""
    _running: AsyncExitStack | None = None

    async def start(self) -> None:
        if self._running is None:
            self._running = AsyncExitStack()
            self.address = await self._running.enter_async_context(self.run())

    async def stop(self) -> None:
        """Once it has ended, by itself or as it is told to now."""
        running, self._running = self._running, None
        if running is not None:
            await running.aclose()


@dataclass(slots=True)
class Serving(Process):
    """An API or a worker; the port is the API's."""

    name: str
    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@dataclass(slots=True)
class Installation:
    directory: Path
    database: Server
    valkey: Server
    to_database: Proxy
    to_valkey: Proxy
    variables: dict[str, str]
    """The environment of its processes, which go through the networks."""
    operator_key: str
    processes: list[Serving] = field(default_factory=list)

    async def kill_database(self) -> None:
        """As `pg_ctl stop -m immediate` does: its processes end at once, and its log is replayed later."""
        lines = (self.directory / "postgres" / "postmaster.pid").read_text().splitlines()
        os.kill(int(lines[0]), signal.SIGQUIT)
        await self.database.stop()

    async def kill_valkey(self) -> None:
        """It comes back empty."""
        async with Redis.from_url(self.valkey.address) as client:
            pid = (await client.info("server"))["process_id"]
        os.kill(pid, signal.SIGKILL)
        await self.valkey.stop()

    async def start(self, name: str, **more: str) -> Serving:
        """`seatmark api` or `seatmark worker`, to be waited for with `ready`."""
        port = int(more.get("SEATMARK_PORT") or servers.free_port())
        log = self.directory / f"{name}-{port}.log"
        variables = {**self.variables, "SEATMARK_PORT": str(port), **more}
        with log.open("ab") as output:
            command = [sys.executable, "-m", "app.cli", name]
            environment = servers.environment(**variables)
            handle = spawn(command, output=output, dies_by=signal.SIGKILL, environment=environment)
        process = Serving(handle, log, name, port)
        self.processes.append(process)
        return process

    async def start_api(self, **more: str) -> Serving:
        """An API that is ready."""
        process = await self.start("api", **more)
        await servers.answering(process.url, process.running, process.log)
        return process

    async def end(self, process: Serving) -> None:
        self.processes.remove(process)
        if process.is_alive:
            process.send(signal.SIGCONT)
        await stop(process.running, patience=35.0)

    async def asking(self) -> asyncpg.Connection:
        """A superuser's connection, past the network."""
        return await asyncpg.connect(self.database.address)

    async def fetch(self, sql: str, *values: object) -> list[asyncpg.Record]:
        connection = await self.asking()
        try:
            return list(await connection.fetch(sql, *values))
        finally:
            await connection.close()

    async def command(self, *line: str) -> tuple[int, str]:
        """What a command of ours ends with, and says; by the owner, past the network."""
        own = {"DATABASE_URL": self.database.address, "SEATMARK_DATA_DIR": self.variables["SEATMARK_DATA_DIR"]}
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "app.cli", *line),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            env=servers.environment(**own, REDIS_URL=self.valkey.address),
        )
        said, _ = await process.communicate()
        assert process.returncode is not None, "it has ended"
        return process.returncode, said.decode()

    async def heal(self) -> None:
        """Everything that was there at the start is there again, but for processes that were ended."""
        await self.database.start()
        await self.valkey.start()
        await self.to_database.heal()
        await self.to_valkey.heal()


@asynccontextmanager
async def run_installation() -> AsyncIterator[Installation]:
    """Servers that are migrated and empty; copies of those that this run of tests has, if it has any. Not in a folder
    of pytest's, from which every other run of it shuts PostgreSQL's user out again."""
    async with AsyncExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="seatmark-test-")))
        made = os.environ.get(servers.INSTALLATION)
        if made is not None:
            await servers.copy_installation(Path(made) / "postgres", directory / "postgres")
        database = Server(lambda: run_postgres(directory, KILLABLE))
        valkey = Server(lambda: run_valkey(directory))
        for one in (database, valkey):
            await one.start()
            stack.push_async_callback(one.stop)
        if made is None:
            await db.migrate(database.address)
        to_database = await stack.enter_async_context(run_proxy(upstream_of(database.address)))
        to_valkey = await stack.enter_async_context(run_proxy(upstream_of(valkey.address)))
        data = directory / "data"
        data.mkdir(exist_ok=True)
        logins = await make_logins(database.address, data)
        variables = {
            "SEATMARK_DATA_DIR": str(data),
            "SEATMARK_API_DATABASE_URL": through(to_database, logins.tenants_url),
            "SEATMARK_APP_DATABASE_URL": through(to_database, logins.system_url),
            "REDIS_URL": through(to_valkey, valkey.address),
            "SEATMARK_RATE_CAPACITY": "0",
        }
        running = Installation(directory, database, valkey, to_database, to_valkey, variables, "")
        status, said = await running.command("operator-key")
        assert status == 0, said
        running.operator_key = said.split()[-1]
        try:
            yield running
        finally:
            await asyncio.gather(*(running.end(one) for one in list(running.processes)))


@asynccontextmanager
async def client_of(installation: Installation, api: Serving, patience: float = 60.0) -> AsyncIterator[Client]:
    """A client with the operator's key."""
    headers = {"Authorization": f"Bearer {installation.operator_key}"}
    async with httpx.AsyncClient(base_url=api.url, headers=headers, trust_env=False, timeout=patience) as http:
        yield Client(http)
