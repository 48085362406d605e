"""A PgBouncer in transaction mode in front of the tests' PostgreSQL, where `make test-pgbouncer` asks for one.

It has fewer connections to the database than our pools have to it, so that they are shared all the time.
"""

import asyncio
import os
import pwd
import shutil
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import asyncpg

from app.processes import spawn, stop

WANTED = "SEATMARK_TEST_PGBOUNCER"  # any value
FOLDER = "SEATMARK_TEST_POOLER"  # of its socket, for the processes of this run
SERVER = "server"  # a file in the folder: the socket of the server that it is in front of
PORT = 6432
_POSTGRES_USER = "embedded_postgres"  # as in app/embedded.py: it refuses to run as root as well

_SETTINGS = """
[databases]
* = host={server} port=5432 auth_user=postgres

[pgbouncer]
pool_mode = transaction
default_pool_size = 5
max_client_conn = 2000
listen_addr =
listen_port = {port}
unix_socket_dir = {folder}
auth_type = trust
auth_file = {folder}/users.txt
auth_query = SELECT usename, passwd FROM pg_shadow WHERE usename = $1
logfile = {folder}/log
pidfile = {folder}/pid
server_lifetime = 30
"""
"""Nothing is put back between transactions: what outlives one is a mistake, and is to be seen."""


def missing() -> str | None:
    """Why it cannot be run; None when it can."""
    return (
        None if shutil.which("pgbouncer", path=_path()) else "pgbouncer is not installed (Debian's package pgbouncer)"
    )


def is_used() -> bool:
    """Whether what we connect to goes through it."""
    return FOLDER in os.environ


def pooled(address: str) -> str:
    """The address of a database, through PgBouncer if it is used, and in front of its server."""
    parts = urlsplit(address)
    if not is_used() or _socket_of(address) != Path(os.environ[FOLDER], SERVER).read_text():
        return address
    return f"postgresql://{parts.netloc}{parts.path}?host={os.environ[FOLDER]}&port={PORT}&pgbouncer=true"


@asynccontextmanager
async def run_pooler(server: str, folder: Path) -> AsyncIterator[str]:
    """Run it in the folder, in front of the server at a socket; gives the folder."""
    program = shutil.which("pgbouncer", path=_path())
    assert program is not None, missing()
    user = _POSTGRES_USER if os.geteuid() == 0 else None
    folder.mkdir()
    folder.joinpath("users.txt").write_text('"postgres" ""\n')
    socket = _socket_of(server)
    folder.joinpath(SERVER).write_text(socket)
    folder.joinpath("ini").write_text(_SETTINGS.format(server=socket, port=PORT, folder=folder))
    if user is not None:
        owner = pwd.getpwnam(user)
        for path in (folder, *folder.iterdir()):
            os.chown(path, owner.pw_uid, owner.pw_gid)
    with folder.joinpath("output").open("wb") as output:
        process = spawn([program, folder / "ini"], output=output, dies_by=signal.SIGKILL, user=user, directory=folder)
    try:
        await _answering(f"postgresql://postgres@/postgres?host={folder}&port={PORT}", folder)
        yield str(folder)
    finally:
        await stop(process, signal.SIGINT, patience=5.0)


def _socket_of(address: str) -> str:
    return parse_qs(urlsplit(address).query).get("host", [""])[0]


async def _answering(address: str, folder: Path) -> None:
    for _ in range(200):
        try:
            connection = await asyncpg.connect(address, statement_cache_size=0)
        except (OSError, asyncpg.PostgresError):
            await asyncio.sleep(0.05)
        else:
            await connection.close()
            return
    raise AssertionError(folder.joinpath("output").read_text())


def _path() -> str:
    return f"{os.environ.get('PATH', '')}:/usr/sbin"
