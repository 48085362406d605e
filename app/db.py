"""The database: configuration, transactions, and SQL for sets and hot reads."""

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from contextvars import ContextVar
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit
from uuid import UUID

import asyncpg
import orjson
from tortoise import Tortoise
from tortoise.connection import get_connection
from tortoise.migrations.api import migrate as run_migrations
from tortoise.migrations.autodetector import MigrationAutodetector
from tortoise.migrations.writer import MigrationWriter
from tortoise.transactions import in_transaction as tortoise_transaction

from app.domain.paging import PageRequest

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
    )
]
MIGRATION_LOCK = 7_328_623_391
"""The key of the advisory lock that lets one process migrate at a time."""

APPLICATION_ROLE = "seatmark_app"
"""The role that everything but a migration acts in: it cannot change or delete what only grows (R5.5)."""

SCHEMA_VERSION = max(path.stem for path in Path(__file__).with_name("migrations").glob("[0-9]*.py"))
"""The last migration: which tables and columns there are."""

Row = dict[str, Any]

_statements: ContextVar[list[str] | None] = ContextVar("statements", default=None)


def orm_config(database_url: str, lock_timeout: str = "15s", role: str | None = None) -> dict[str, Any]:
    """Tortoise's configuration for a database, to act in a role or as whoever connects.

    Timeouts are set on every connection, so that nothing waits for ever: a statement 60 s, an idle transaction
    60 s, a lock as given.
    """
    settings = {
        "timezone": "UTC",
        "statement_timeout": "60s",
        "lock_timeout": lock_timeout,
        "idle_in_transaction_session_timeout": "60s",
        "jit": "off",
        **({"role": role} if role is not None else {}),
    }
    credentials = {**parse_url(database_url), "server_settings": settings, "minsize": 1, "maxsize": 20}
    return {
        "connections": {"default": {"engine": "tortoise.backends.asyncpg", "credentials": credentials}},
        "apps": {"seatmark": {"models": MODELS, "migrations": "app.migrations", "default_connection": "default"}},
        "use_tz": True,
        "timezone": "UTC",
    }


def parse_url(database_url: str) -> dict[str, Any]:
    """The parts of postgresql://user:password@host:port/database[?host=/socket/folder].

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
    }


async def connect(database_url: str, *, lock_timeout: str = "15s") -> None:
    """Open the pool, for every task of this process. Someone who waits for an answer waits for a lock less long."""
    config = orm_config(database_url, lock_timeout, APPLICATION_ROLE)
    await Tortoise.init(config=config, _enable_global_fallback=True)
    await fetch("SELECT 1")


async def close() -> None:
    await Tortoise.close_connections()


async def migrate(database_url: str) -> None:
    """Bring the schema up to date; safe to run from several processes at once."""
    connection = await asyncpg.connect(**parse_url(database_url))
    try:
        await connection.execute("SELECT pg_advisory_lock($1)", MIGRATION_LOCK)
        await run_migrations(config=orm_config(database_url))
    finally:
        await Tortoise.close_connections()
        await connection.close()


async def find_unmade_migrations() -> list[MigrationWriter]:
    """What the models say and the migrations do not; empty when they agree. Needs no database."""
    config = orm_config("postgresql://localhost/seatmark")
    await Tortoise.init(config=config, init_connections=False)
    try:
        return await MigrationAutodetector(Tortoise.apps, config["apps"]).changes()
    finally:
        await Tortoise.close_connections()


@asynccontextmanager
async def in_transaction() -> AsyncIterator[None]:
    """One transaction, READ COMMITTED; inside another one a savepoint."""
    async with tortoise_transaction():
        yield


class _TakenBack(Exception):  # noqa: N818 - no error: the end of a dry run
    pass


@asynccontextmanager
async def in_dry_run() -> AsyncIterator[None]:
    """A transaction that is taken back at its end; inside another one, a savepoint that is."""
    with suppress(_TakenBack):
        async with tortoise_transaction():
            yield
            raise _TakenBack


@asynccontextmanager
async def read_snapshot() -> AsyncIterator[asyncpg.Connection]:
    """A connection of its own that sees the database as it is now, however long it reads (REPEATABLE READ)."""
    async with (
        get_connection("default").acquire_connection() as connection,
        connection.transaction(isolation="repeatable_read", readonly=True),
    ):
        yield connection


@asynccontextmanager
async def undone() -> AsyncIterator[asyncpg.Connection]:
    """A connection of its own in a transaction that is rolled back whatever is done in it."""
    async with get_connection("default").acquire_connection() as connection:
        transaction = connection.transaction()
        await transaction.start()
        try:
            yield connection
        finally:
            await transaction.rollback()


async def fetch(sql: str, *values: Any) -> list[Row]:
    """Every row of a statement, also of INSERT … RETURNING; inside the transaction if there is one."""
    statements = _statements.get()
    if statements is not None:
        statements.append(sql)
    rows: list[Row] = await get_connection("default").execute_query_dict(sql, list(values))
    return rows


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


def to_json(value: Any) -> str:
    """JSON for a `jsonb` parameter: instants as RFC 3339, ids and decimals as strings, keys in order."""
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
