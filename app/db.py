"""The database: configuration, transactions, and SQL for sets and hot reads."""

import asyncio
import errno
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote, urlsplit
from uuid import UUID

import asyncpg
import orjson

from app.connections import SCOPE, is_shared, open_pool, pools, set_locally
from app.domain.errors import DomainError, ErrorCode, refuse
from app.domain.paging import PageRequest
from app.telemetry import traces
from app.telemetry.metrics import SQL_SECONDS
from app.telemetry.records import note_statement
from app.transactions import (
    NoTurn,
    acting_apart,
    acting_for,
    after_commit,
    begin_again_with,
    in_dry_run,
    in_transaction,
    meanwhile,
    read_snapshot,
    reading,
    run_scoped,
    run_statement,
    take_turn,
    undone,
    widen,
)

if TYPE_CHECKING:
    from tortoise.migrations.writer import MigrationWriter

__all__ = [
    "SCOPE",
    "NoTurn",
    "acting_apart",
    "acting_for",
    "after_commit",
    "begin_again_with",
    "in_dry_run",
    "in_transaction",
    "meanwhile",
    "read_snapshot",
    "reading",
    "take_turn",
    "undone",
    "widen",
]

MODELS = [
    f"app.{room}.models"
    for room in (
        "organizations",
        "events",
        "terms",
        "directory",
        "seats",
        "billing",
        "tracker",
        "retention",
        "identity",
        "delivery",
        "jobs",
    )
]
MIGRATION_LOCK = 7_328_623_391
"""The key of the advisory lock that lets one process migrate at a time."""
_PAUSE = 0.2
"""Seconds between two looks whether it is free."""

SYSTEM_ROLE = "seatmark_app"
"""The role of workers, operators and commands, to whom every organization exists. Like everything but a migration it
cannot change or delete what only grows (R5.5)."""

TENANTS_ROLE = "seatmark_api"
"""The role of everyone else, to whom only the organizations exist that they act for (R2.6)."""

STATEMENT_SECONDS = 60.0
"""How long the server may work at a statement."""
_SILENCE = 5.0
"""Seconds more in which the server must have said so itself; after that it is out of reach."""

SCHEMA_VERSION = max(path.stem for path in Path(__file__).with_name("migrations").glob("[0-9]*.py"))
"""The last migration: which tables and columns there are."""

_OUTAGES = (
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.TooManyConnectionsError,
)
_OF_FILES = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EROFS, errno.ESTALE}
"""What only a file that is open answers, whose name is not told then: our disk is full or broken."""

Row = dict[str, Any]
_Run = Callable[[str, Sequence[Any]], Awaitable[list[asyncpg.Record]]]

_statements: ContextVar[list[str] | None] = ContextVar("statements", default=None)


def session_settings(
    lock_timeout: str, role: str | None = None, statement_seconds: float = STATEMENT_SECONDS
) -> dict[str, str]:
    """What holds on every connection, so that nothing waits for ever; a lock as long as given."""
    return {
        "timezone": "UTC",
        "statement_timeout": f"{statement_seconds * 1000:.0f}ms",
        "lock_timeout": lock_timeout,
        "idle_in_transaction_session_timeout": "60s",
        "jit": "off",
        **({"role": role} if role is not None else {}),
    }


def orm_config(database_url: str) -> dict[str, Any]:
    """Tortoise's configuration for a database, to migrate it as whoever connects."""
    credentials = {**parse_url(database_url), "server_settings": session_settings("15s"), "minsize": 1, "maxsize": 1}
    return {
        "connections": {"default": {"engine": "tortoise.backends.asyncpg", "credentials": credentials}},
        "apps": {"seatmark": {"models": MODELS, "migrations": "app.migrations", "default_connection": "default"}},
        "use_tz": True,
        "timezone": "UTC",
    }


def parse_url(database_url: str) -> dict[str, Any]:
    """The parts of postgresql://user:password@host:port/database[?host=/socket/folder][&pgbouncer=true].

    Behind PgBouncer in transaction mode no statement can be prepared for later.

    Raises: ValueError, without the password in it, when it is no such URL.
    """
    try:
        url = urlsplit(database_url)
        query = {key: values[-1] for key, values in parse_qs(url.query).items()}
        port = int(query.get("port", url.port or 5432))
    except ValueError as error:
        raise ValueError("DATABASE_URL is not a URL") from error
    database = url.path.removeprefix("/")
    if url.scheme not in ("postgresql", "postgres") or not database or "/" in database:
        raise ValueError("DATABASE_URL must look like postgresql://user:password@host:5432/database")
    return {
        "host": query.get("host") or url.hostname or "127.0.0.1",
        "port": port,
        "user": unquote(url.username) if url.username else query.get("user", "postgres"),
        "password": unquote(url.password) if url.password else query.get("password"),
        "database": unquote(database),
        **({"ssl": query["sslmode"]} if "sslmode" in query else {}),
        **({"statement_cache_size": 0} if query.get("pgbouncer") == "true" else {}),
    }


async def connect(
    system_url: str,
    tenants_url: str | None = None,
    *,
    default: frozenset[UUID] | None = frozenset(),
    lock_timeout: str = "15s",
    statement_seconds: float = STATEMENT_SECONDS,
) -> None:
    """Open the pools, for every task of this process. Someone who waits for an answer waits for a lock less long.

    Without `tenants_url` everything is done by the system's login (workers, commands). With it, what is outside
    `acting_for` is done for `default`: unless told otherwise, for a tenant to whom nothing exists.
    """
    patience = statement_seconds + _SILENCE
    pools.system = await _open(
        system_url, session_settings(lock_timeout, SYSTEM_ROLE, statement_seconds), patience, is_system=True
    )
    if tenants_url is not None:
        pools.tenants = await _open(
            tenants_url, session_settings(lock_timeout, TENANTS_ROLE, statement_seconds), patience, is_system=False
        )
    pools.default = default if tenants_url is not None else None
    pools.lock_seconds = float(lock_timeout.removesuffix("s"))


async def _open(url: str, settings: dict[str, str], patience: float, *, is_system: bool) -> asyncpg.Pool:
    address = parse_url(url)
    pool = await open_pool(address, settings, patience)
    if is_shared(address):
        pools.first[is_system] = set_locally(settings)
    return pool


async def close() -> None:
    await pools.close()


async def migrate(database_url: str) -> None:
    """Bring the schema up to date; safe to run from several processes at once.

    Raises: ValueError for an address that leads to PgBouncer: the lock is a session's.
    """
    from tortoise import Tortoise
    from tortoise.migrations.api import migrate as run_migrations

    if is_shared(parse_url(database_url)):
        raise ValueError("migrations need the address of PostgreSQL itself, without pgbouncer=true")
    connection = await asyncpg.connect(**parse_url(database_url))
    try:
        # Asked for again and again: whoever waited for it in a statement would be waited for by an index that is made
        # CONCURRENTLY, until that gives up.
        while not await connection.fetchval("SELECT pg_try_advisory_lock($1)", MIGRATION_LOCK):  # noqa: ASYNC110
            await asyncio.sleep(_PAUSE)
        await run_migrations(config=orm_config(database_url))
    finally:
        await Tortoise.close_connections()
        await connection.close()


async def find_unmade_migrations() -> "list[MigrationWriter]":
    """What the models say and the migrations do not; empty when they agree. Needs no database."""
    from tortoise import Tortoise
    from tortoise.migrations.autodetector import MigrationAutodetector

    config = orm_config("postgresql://localhost/seatmark")
    await Tortoise.init(config=config, init_connections=False)
    try:
        return await MigrationAutodetector(Tortoise.apps, config["apps"]).changes()
    finally:
        await Tortoise.close_connections()


async def fetch(sql: str, *values: Any) -> list[Row]:
    """Every row of a statement, also of INSERT … RETURNING; inside the transaction if there is one.

    Raises: DomainError CONFLICT when others hold for too long what it waits for.
    """
    return await _fetch(run_statement, sql, values)


async def fetch_scoped(sql: str, *values: Any) -> list[Row]:
    """As `fetch`, for a statement the first parameter of which is for whom it is, and not among the values (`SCOPE`):
    one round trip where there is no transaction. All that it reads has to depend on that."""
    return await _fetch(run_scoped, sql, values)


async def _fetch(run: _Run, sql: str, values: Sequence[Any]) -> list[Row]:
    statements = _statements.get()
    if statements is not None:
        statements.append(sql)
    began = time.perf_counter()
    try:
        return [dict(row) for row in await _run(run, sql, values)]
    except (asyncpg.LockNotAvailableError, asyncpg.DeadlockDetectedError):
        raise busy() from None
    finally:
        _note(time.perf_counter() - began)


async def _run(run: _Run, sql: str, values: Sequence[Any]) -> list[asyncpg.Record]:
    if not traces.is_on():
        return await run(sql, values)
    verb = sql.split(maxsplit=1)[0].upper()
    with traces.span(f"SQL {verb}", db__system__name="postgresql", db__operation__name=verb, db__query__text=sql):
        return await run(sql, values)


def _note(seconds: float) -> None:
    SQL_SECONDS.observe(seconds)
    note_statement(seconds)


def busy() -> DomainError:
    """What is told when others hold for too long what somebody waits for."""
    return refuse(ErrorCode.CONFLICT, "Someone else is at work on this; try again.")


async def fetch_page(sql: str, where: str, order: Sequence[str], page: PageRequest, *values: Any) -> list[Row]:
    """One row more than the page asks for (to see whether there is another), nearest to its position first.

    `order` are columns of `sql` that together are unique; `sql` and `where` use `values` as $1, $2, …
    """
    keys = ", ".join(order)
    conditions, parameters = [where], list(values)
    for position, comparison in ((page.after, ">"), (page.before, "<")):
        if position is not None:
            marks = ", ".join(f"${len(parameters) + place}" for place in range(1, len(order) + 1))
            conditions.append(f"({keys}) {comparison} ({marks})")
            parameters += position
    direction = "DESC" if page.is_backward else "ASC"
    ordering = ", ".join(f"{key} {direction}" for key in order)
    return await fetch(
        f"SELECT * FROM ({sql}) AS listed WHERE {' AND '.join(conditions)} ORDER BY {ordering} LIMIT {page.limit + 1}",
        *parameters,
    )


async def count(sql: str, *values: Any) -> int:
    """How many rows a statement has."""
    (row,) = await fetch(f"SELECT count(*) AS rows FROM ({sql}) AS counted", *values)
    return int(row["rows"])


async def fetch_one(sql: str, *values: Any) -> Row | None:
    """The first row, or None."""
    rows = await fetch(sql, *values)
    return rows[0] if rows else None


def is_outage(error: BaseException | None) -> bool:
    """Whether the database cannot be asked now, for no fault of whoever asks: it is down, starting, or full."""
    if isinstance(error, OSError):
        return error.filename is None and error.errno not in _OF_FILES  # a connection; a file mostly has a name
    if isinstance(error, asyncpg.InterfaceError):  # the pool takes a connection back that was lost
        return any(text in str(error) for text in ("is closed", "has been released back to the pool"))
    if isinstance(error, asyncpg.InternalClientError):  # one that the server ends just now: see `connections.LOST`
        return "cannot switch to state" in str(error)
    return isinstance(error, _OUTAGES)


def to_json(value: Any) -> str:
    """JSON for a `jsonb` parameter: instants as RFC 3339, ids and decimals as strings, keys in order; what has no
    fractions in it is written as `documents.canonical_json` writes it."""
    return orjson.dumps(value, default=_as_text, option=orjson.OPT_SORT_KEYS).decode()


def _as_text(value: Any) -> str:
    if isinstance(value, UUID | Decimal):  # asyncpg's UUID is a subclass, which orjson does not know
        return str(value)
    raise TypeError(f"{type(value).__name__} has no JSON form here")


@contextmanager
def counted_statements() -> Iterator[list[str]]:
    """Collects the statements that `fetch` runs meanwhile, so that a test can hold their number."""
    statements: list[str] = []
    token = _statements.set(statements)
    try:
        yield statements
    finally:
        _statements.reset(token)
