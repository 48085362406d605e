"""The servers under the tests, started once for a whole run, and a database in them for each of its processes.

The process that was started by hand (pytest alone, or the controller of pytest-xdist) starts them and migrates a
template; the others find the addresses in their environment and clone the template.
"""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import httpx
from redis.asyncio import Redis

from app import db
from app.embedded import DATABASE, run_postgres, run_valkey
from app.logins import Logins, make_logins
from app.processes import spawn, stop
from tests import pooler

# Nothing here has to survive a power cut.
FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "max_connections": "200"}

DATABASE_URL = "SEATMARK_TEST_DATABASE_URL"  # the template, for the processes of this run
REDIS_URL = "SEATMARK_TEST_REDIS_URL"
DATA_DIR = "SEATMARK_DATA_DIR"  # of the processes of this run, where no other is given
INSTALLATION = "SEATMARK_TEST_INSTALLATION"  # a data directory to copy, migrated and empty; not where a server is given

_API_STARTUP = 30.0  # seconds

# The rows that came with the migrations are copied beside their tables, so that a test may change them too.
_REMEMBER = """
    CREATE SCHEMA seeded;
    DO $$
    DECLARE name text; found boolean;
    BEGIN
        FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' LOOP
            EXECUTE format('SELECT EXISTS (SELECT FROM public.%I)', name) INTO found;
            IF found THEN
                EXECUTE format('CREATE TABLE seeded.%I AS TABLE public.%I', name, name);
            END IF;
        END LOOP;
    END $$
"""

# The role "replica" switches off the triggers by which tables refuse to lose rows, and those of foreign keys.
# Emptying the few tables in use takes 5 ms; TRUNCATE makes new files for every table and index and takes 100.
_RESET = """
    SET session_replication_role = replica;
    DO $$
    DECLARE name text;
    BEGIN
        FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' LOOP
            EXECUTE format('DELETE FROM public.%I', name);
        END LOOP;
        FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'seeded' LOOP
            EXECUTE format('INSERT INTO public.%I OVERRIDING SYSTEM VALUE TABLE seeded.%I', name, name);
        END LOOP;
    END $$
"""


@dataclass(frozen=True, slots=True)
class Api:
    """A running API, and a key that opens it."""

    url: str
    operator_key: str


@asynccontextmanager
async def run_servers() -> AsyncIterator[dict[str, str]]:
    """Start what DATABASE_URL and REDIS_URL do not give; gives the environment that leads to a migrated template.

    Servers that are given must let us in as a superuser, and Redis databases 1 and up are ours.
    """
    async with AsyncExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="seatmark-test-")))
        variables, origin = {}, "template1"
        server, redis_url = os.environ.get("DATABASE_URL"), os.environ.get("REDIS_URL")
        if not server:
            variables[INSTALLATION] = str(await _make_installation(directory))
            server, origin = await stack.enter_async_context(run_postgres(directory, FAST)), DATABASE
        if not redis_url:
            redis_url = await stack.enter_async_context(run_valkey(directory))
        name = f"seatmark_template_{os.getpid()}"
        template = await stack.enter_async_context(own_database(named(server, "postgres"), name, template=origin))
        if origin != DATABASE:
            await db.migrate(template)
        await _command(template, _REMEMBER)
        if pooler.WANTED in os.environ:
            folder = directory / "pooler"
            variables[pooler.FOLDER] = await stack.enter_async_context(pooler.run_pooler(server, folder))
        yield {**variables, DATABASE_URL: template, REDIS_URL: redis_url}


async def _make_installation(directory: Path) -> Path:
    """Make a cluster with a migrated database, and a copy of it at rest (0.5 s) for tests of `seatmark up`."""
    async with run_postgres(directory, FAST) as address:
        await db.migrate(address)
    installation = directory / "installation"
    installation.mkdir()
    await copy_installation(directory / "postgres", installation / "postgres")
    return installation


async def copy_installation(source: Path, target: Path) -> None:
    """Copy a data directory with its owners, which shutil does not."""
    await asyncio.to_thread(subprocess.check_call, ["cp", "-a", str(source), str(target)])


@asynccontextmanager
async def own_database(server: str, name: str, *, template: str = "template1") -> AsyncIterator[str]:
    """A new database on a server, gone afterwards; gives its address."""
    await _command(server, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
    await _command(server, f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    try:
        yield named(server, name)
    finally:
        await _command(server, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


@asynccontextmanager
async def clone(template: str, process: str) -> AsyncIterator[str]:
    """A copy of the template for one process of the run."""
    source = urlsplit(template).path.removeprefix("/")
    name = f"{source.replace('_template_', '_')}_{process}"
    async with own_database(named(template, "postgres"), name, template=source) as address:
        yield address


def named(address: str, database: str) -> str:
    """The address of another database on the same server."""
    # A host may be missing (a socket in the query); urlunsplit would drop the empty "//" of such an address.
    parts = urlsplit(address)
    query = f"?{parts.query}" if parts.query else ""
    return f"{parts.scheme}://{parts.netloc}/{database}{query}"


def numbered(redis_url: str, process: str) -> str:
    """The address of the Redis database of one process of the run: number 1 for gw0 or a lone process, and so on."""
    number = int(process.removeprefix("gw")) + 1 if process.startswith("gw") else 1
    parts = urlsplit(redis_url)
    if parts.scheme == "unix":
        return f"unix://{parts.path}?db={number}"
    return urlunsplit(parts._replace(path=f"/{number}"))


def free_port() -> int:
    """A port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def environment(**variables: str) -> dict[str, str]:
    """The environment for a process of ours: of the product's own variables only those given, and where data lie."""
    ours = {name for name in os.environ if name.startswith("SEATMARK_") and name != DATA_DIR}
    inherited = {name: value for name, value in os.environ.items() if name not in ours}
    for name in ("DATABASE_URL", "REDIS_URL"):
        inherited.pop(name, None)
    # Warnings are errors here as well, but for arq, which calls what redis-py has deprecated. Whether the console was
    # built in this checkout is nothing to a test.
    ours_here = {"PYTHONWARNINGS": "error,ignore::DeprecationWarning", "SEATMARK_CONSOLE_DIR": os.devnull}
    return {**inherited, **ours_here, **variables}


@asynccontextmanager
async def run_command(name: str, variables: Mapping[str, str], log: Path) -> AsyncIterator[subprocess.Popen[bytes]]:
    """Run `seatmark NAME` beside the test, ended with SIGTERM if it has not ended by then."""
    with log.open("ab") as output:
        command = [sys.executable, "-m", "app.cli", name]
        process = spawn(command, output=output, dies_by=signal.SIGKILL, environment=environment(**variables))
    try:
        yield process
    finally:
        await stop(process, patience=30.0)


@asynccontextmanager
async def run_api(variables: Mapping[str, str], operator_key: str, log: Path) -> AsyncIterator[Api]:
    """Run `seatmark api` on a free port until the end of the block; gives it when it is ready."""
    port = free_port()
    async with run_command("api", {**variables, "SEATMARK_PORT": str(port)}, log) as process:
        url = f"http://127.0.0.1:{port}"
        await answering(url, process, log)
        yield Api(url, operator_key)


async def answering(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    """Wait until an API is ready."""
    async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=2.0) as client:
        for _ in range(int(_API_STARTUP / 0.05)):
            assert process.poll() is None, f"the API ended:\n{log.read_text()}"
            try:
                if (await client.get("/readyz")).is_success:
                    return
            except httpx.TransportError:
                pass
            await asyncio.sleep(0.05)
    raise AssertionError(f"the API is not ready:\n{log.read_text()}")


_logins: dict[str, Logins] = {}


async def variables(database: str, **others: str) -> dict[str, str]:
    """The environment of processes that serve on a database: each by a login that owns nothing."""
    if database not in _logins:  # made again, they would have other passwords
        _logins[database] = await make_logins(database, Path(os.environ[DATA_DIR]))
    logins = _logins[database]
    addresses = {
        "SEATMARK_API_DATABASE_URL": pooler.pooled(logins.tenants_url),
        "SEATMARK_APP_DATABASE_URL": pooler.pooled(logins.system_url),
    }
    return {"SEATMARK_DATA_DIR": os.environ[DATA_DIR], **addresses, **others}


async def reset(database: str) -> None:
    """Put a clone back to what the migrations made of it."""
    await _command(database, _RESET)


async def empty_redis(address: str) -> None:
    """Forget the jobs of tests before. The numbered databases are ours, see `run_servers`."""
    async with Redis.from_url(address) as client:
        await client.flushdb()


async def _command(server: str, statement: str) -> None:
    connection = await asyncpg.connect(server)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()
