"""What `seatmark up` does: everything on one machine, started in order, and ended together."""

import asyncio
import errno
import fcntl
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import asdict, dataclass
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from app.processes import StartError, command, spawn, stop
from app.settings import Settings

if TYPE_CHECKING:
    from app.logins import Logins

_API_STARTUP = 60.0  # seconds until it must answer
_CHILD_PATIENCE = 30.0  # seconds to finish what it is doing; the worker gives its jobs 25


@dataclass(frozen=True, slots=True)
class Installation:
    """A running `seatmark up`, as it is told to other commands on this machine by `run.json` in the data directory."""

    pid: int
    url: str
    database_url: str


@dataclass(frozen=True, slots=True)
class Servers:
    """The addresses of the two servers, embedded or given."""

    database_url: str
    redis_url: str


@dataclass(frozen=True, slots=True)
class Novelties:
    """What this start made: the first operator key, to be shown once, and the slug of the demo organization."""

    operator_key: str | None
    organization: str | None


def up(settings: Settings) -> int:
    """Serve until told to stop; gives the exit status.

    Raises: StartError.
    """
    return asyncio.run(_serve_until_told(settings))


def find_installation(settings: Settings) -> Installation | None:
    """The `seatmark up` that runs on this data directory, if one does."""
    try:
        told = json.loads(_note(settings.data_dir).read_text())
    except (FileNotFoundError, json.JSONDecodeError):
        return None
    installation = Installation(**told)
    try:
        os.kill(installation.pid, 0)
    except ProcessLookupError:  # it was killed before it could take its note away
        return None
    except PermissionError:
        pass
    return installation


async def _serve_until_told(settings: Settings) -> int:
    """Turn the first signal into one cancellation. Those that follow must not cut short the ending: it is bounded."""
    task = asyncio.current_task()
    assert task is not None

    told: list[signal.Signals] = []

    def end(by: signal.Signals) -> None:
        if not told:
            told.append(by)
            task.cancel()  # before speaking: the terminal may be gone
            print("\nStopping", flush=True)

    for by in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(by, end, by)
    try:
        async with AsyncExitStack() as stack:
            return await _serve(settings, stack)
    except asyncio.CancelledError:
        return 0


async def _serve(settings: Settings, stack: AsyncExitStack) -> int:
    from app.logins import prepare_logins

    _hold(settings.data_dir, stack)
    _check_port(settings.host, settings.port)
    servers = await _servers(settings, stack)
    novelties = await _prepare(settings, servers)
    logins = await prepare_logins(settings, servers.database_url)
    children = await stack.enter_async_context(_children(settings, servers, logins))
    url = _url(settings)
    await _answering(url, children)
    _leave_note(settings, Installation(os.getpid(), url, servers.database_url), stack)
    _announce(url, settings, novelties)
    if settings.is_development and novelties.organization is not None:
        await stack.enter_async_context(_history(servers))
    name, process = await _first_to_end(children)
    print(f"seatmark: the {name} ended by itself ({_fate(process)}); stopping the rest", file=sys.stderr, flush=True)
    return 1


def _hold(data_dir: Path, stack: AsyncExitStack) -> None:
    """One `seatmark up` per data directory. The lock goes with the process, however it ends."""
    try:
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = stack.enter_context(data_dir.joinpath("lock").open("w"))
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise StartError(f"another `seatmark up` is running on the data directory {data_dir}") from None
    except OSError as error:
        raise StartError(f"SEATMARK_DATA_DIR: cannot use {data_dir}: {error.strerror}") from error


def _check_port(host: str, port: int) -> None:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
            probe.listen(1)
    except OSError as error:
        variable = "SEATMARK_PORT" if error.errno in (errno.EADDRINUSE, errno.EACCES) else "SEATMARK_HOST"
        raise StartError(f"cannot listen on {host}:{port}: {error.strerror} (set {variable})") from error
    except UnicodeError as error:  # a label that no name can have
        raise StartError(f"cannot listen on {host}:{port}: not the name of a host (set SEATMARK_HOST)") from error


async def _servers(settings: Settings, stack: AsyncExitStack) -> Servers:
    """The servers given, tried out before anything is started; in place of one that is not, an embedded one."""
    from app import embedded, given

    if settings.database_url is not None:
        await given.check_database(settings.database_url)
    if settings.redis_url is not None:
        await given.check_redis(settings.redis_url)
    directory = settings.data_dir.resolve()
    database_url, redis_url = settings.database_url, settings.redis_url
    if database_url is None:
        database_url = await stack.enter_async_context(embedded.run_postgres(directory))
    if redis_url is None:
        redis_url = await stack.enter_async_context(embedded.run_valkey(directory))
    return Servers(database_url, redis_url)


async def _prepare(settings: Settings, servers: Servers) -> Novelties:
    """Bring the database up to date, with an operator who can get in and, if it is empty, something to look at."""
    from app import db, given
    from app.identity.operators import ensure_operator_key
    from app.seed import seed_demo

    key = settings.operator_key
    with given.database_refusals():
        await db.migrate(servers.database_url)
        await db.connect(servers.database_url)
        try:
            return Novelties(
                operator_key=await ensure_operator_key(None if key is None else key.get_secret_value()),
                organization=await seed_demo(),
            )
        finally:
            await db.close()


@asynccontextmanager
async def _children(
    settings: Settings, servers: Servers, logins: "Logins"
) -> AsyncIterator[Mapping[str, subprocess.Popen[bytes]]]:
    """The API and the worker, who do not know the owner's address. What they say goes to our standard error."""
    environment = {
        **{name: value for name, value in os.environ.items() if name != "DATABASE_URL"},
        "SEATMARK_API_DATABASE_URL": logins.tenants_url,
        "SEATMARK_APP_DATABASE_URL": logins.system_url,
        "REDIS_URL": servers.redis_url,
        "SEATMARK_DATA_DIR": str(settings.data_dir.resolve()),
    }
    children: dict[str, subprocess.Popen[bytes]] = {}
    try:
        for name in ("api", "worker"):
            line = [sys.executable, "-m", "app.cli", name]
            children[name] = spawn(line, output=sys.stderr.fileno(), dies_by=signal.SIGTERM, environment=environment)
        yield children
    finally:
        await asyncio.gather(*(stop(child, patience=_CHILD_PATIENCE) for child in children.values()))


async def _answering(url: str, children: Mapping[str, subprocess.Popen[bytes]]) -> None:
    """Wait until the API says that it can serve."""
    deadline = asyncio.get_running_loop().time() + _API_STARTUP
    while asyncio.get_running_loop().time() < deadline:
        for name, child in children.items():
            if child.poll() is not None:
                raise StartError(f"the {name} ended while starting ({_fate(child)})")
        if await asyncio.to_thread(_is_ready, url):
            return
        await asyncio.sleep(0.05)
    raise StartError(f"the API did not answer within {_API_STARTUP:.0f} seconds")


def _is_ready(url: str) -> bool:
    """Whether the API says so. Importing httpx for this one question would cost half a second of the start."""
    parts = urlsplit(url)
    connection = HTTPConnection(parts.hostname or "", parts.port, timeout=2.0)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == HTTPStatus.OK
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


@asynccontextmanager
async def _history(servers: Servers) -> AsyncIterator[None]:
    """Something more to look at, made while the newcomer reads how to begin. Nothing depends on it."""
    task = asyncio.create_task(_make_history(servers))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _make_history(servers: Servers) -> None:
    from app import db
    from app.seed_history import seed_history

    try:
        await db.connect(servers.database_url)
        try:
            print(f"Another organization, with two months behind it: {await seed_history()}", flush=True)
        finally:
            await db.close()
    except Exception as cause:  # noqa: BLE001 - everything else goes on without it
        print(f"seatmark: the organization with a past was not made: {cause!r}", file=sys.stderr, flush=True)


async def _first_to_end(children: Mapping[str, subprocess.Popen[bytes]]) -> tuple[str, subprocess.Popen[bytes]]:
    while True:
        for name, child in children.items():
            if child.poll() is not None:
                return name, child
        await asyncio.sleep(0.2)


def _fate(process: subprocess.Popen[bytes]) -> str:
    status = process.returncode
    return f"exit status {status}" if status >= 0 else signal.Signals(-status).name


def _url(settings: Settings) -> str:
    """Where a person on this machine finds the API."""
    host = settings.own_host
    return f"http://[{host}]:{settings.port}" if ":" in host else f"http://{host}:{settings.port}"


def _note(data_dir: Path) -> Path:
    return data_dir / "run.json"


def _leave_note(settings: Settings, installation: Installation, stack: AsyncExitStack) -> None:
    """Tell other commands where we are, for as long as we are. The note holds the database's password."""
    note = _note(settings.data_dir)
    stack.callback(note.unlink, missing_ok=True)
    note.unlink(missing_ok=True)
    with os.fdopen(os.open(note, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(asdict(installation), file)


def _announce(url: str, settings: Settings, novelties: Novelties) -> None:
    from app.http.console_page import has_console

    if has_console(settings):
        print(f"The console is at {settings.public_url or url}/")
    print(f"Seatmark is ready at {url}/graphql")
    if settings.is_development:
        print(f"To try it in a browser: {url}/graphiql")
    if novelties.operator_key is not None:
        key = novelties.operator_key
        print(f"Operator key: {key}")
        print(f"  It is stored as a hash and not shown again; `{command('operator-key')}` makes another.")
    elif settings.operator_key is not None:
        key = "$SEATMARK_OPERATOR_KEY"
        print("Operator key: the one in SEATMARK_OPERATOR_KEY")
    else:
        key = "YOUR_OPERATOR_KEY"
        print(f"Operator key: shown at the first start; `{command('operator-key')}` makes another.")
    if novelties.organization is not None:
        print(f"Demo organization: {novelties.organization}")
    print(
        f"""Try it:
  curl -s {url}/graphql -H "Authorization: Bearer {key}" -H "Content-Type: application/json" \\
    -d '{{"query": "{{ organization(slug: \\"demo\\") {{ state seats {{ used limit }} }} }}"}}'
or `make demo` in another terminal. Ctrl-C stops everything.""",
        flush=True,
    )
