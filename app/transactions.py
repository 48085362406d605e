"""Connections and transactions, and for whom they act (R2.6): tenants, by a login to which the rows of other
organizations do not exist, or the system, by one to which all do."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, cast
from uuid import UUID

import asyncpg

ACQUIRE_TIMEOUT = 15.0
"""Seconds to wait for a connection that others use."""
MOST_CONNECTIONS = 20


@dataclass(slots=True)
class Pools:
    """The connections of this process; `default` is for whom it acts outside `acting_for`, None for the system."""

    system: asyncpg.Pool | None = None
    tenants: asyncpg.Pool | None = None
    default: frozenset[UUID] | None = frozenset()

    async def acquire(self, organizations: frozenset[UUID] | None) -> asyncpg.Connection:
        """Raises: TimeoutError when others use all of them; RuntimeError in a process that has no such login."""
        connection = await self._of(organizations).acquire(timeout=ACQUIRE_TIMEOUT)
        return cast(asyncpg.Connection, connection)  # a proxy of one

    async def release(self, organizations: frozenset[UUID] | None, connection: asyncpg.Connection) -> None:
        await self._of(organizations).release(cast(Any, connection))

    def _of(self, organizations: frozenset[UUID] | None) -> asyncpg.Pool:
        pool = self.system if organizations is None else self.tenants
        if pool is None:
            raise RuntimeError(f"no connection for {'the system' if organizations is None else 'tenants'} is open")
        return pool

    async def close(self) -> None:
        for pool in (self.tenants, self.system):
            if pool is not None:
                await _close(pool)
        self.tenants = self.system = None


pools = Pools()


@dataclass(slots=True)
class _Scope:
    organizations: frozenset[UUID] | None


@dataclass(slots=True, eq=False)
class _Transaction:
    """An open transaction; tasks that share it take turns."""

    connection: asyncpg.Connection
    organizations: frozenset[UUID] | None
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    savepoints: int = 0
    afterwards: list[Callable[[], Awaitable[None]]] = field(default_factory=list)

    async def run(self, sql: str) -> None:
        async with self.turn:
            await self.connection.execute(sql)

    async def fetch(self, sql: str, values: Sequence[Any]) -> list[asyncpg.Record]:
        async with self.turn:
            return await self.connection.fetch(sql, *values)


@dataclass(slots=True, eq=False)
class _Reading:
    """One transaction for what is read, begun when it is needed, and again after an error."""

    organizations: frozenset[UUID]
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    connection: asyncpg.Connection | None = None

    async def fetch(self, sql: str, values: Sequence[Any]) -> list[asyncpg.Record]:
        async with self.turn:
            try:
                return await (self.connection or await self._begin()).fetch(sql, *values)
            except BaseException:
                await self._end()
                raise

    async def end(self) -> None:
        async with self.turn:
            await self._end()

    async def _begin(self) -> asyncpg.Connection:
        self.connection = await pools.acquire(self.organizations)
        await self.connection.execute(_begin(self.organizations, "READ ONLY"))
        return self.connection

    async def _end(self) -> None:
        connection, self.connection = self.connection, None
        if connection is not None:
            try:
                await _roll_back(connection)
            finally:
                await pools.release(self.organizations, connection)


_scope: ContextVar[_Scope | None] = ContextVar("scope", default=None)
_transaction: ContextVar[_Transaction | None] = ContextVar("transaction", default=None)
_reading: ContextVar[_Reading | None] = ContextVar("reading", default=None)


async def open_pool(address: Mapping[str, Any], settings: Mapping[str, str]) -> asyncpg.Pool:
    """Connections with these settings; the first is opened now."""
    return await asyncpg.create_pool(
        **address, server_settings=dict(settings), min_size=1, max_size=MOST_CONNECTIONS, timeout=ACQUIRE_TIMEOUT
    )


@contextmanager
def acting_for(organizations: frozenset[UUID] | None) -> Iterator[None]:
    """What is inside is done by the tenants' login, to which the rows of other organizations do not exist; for None by
    the system's, to which everything does (workers, operators). A transaction that is open stays what it is.

    Raises: RuntimeError inside the transaction of someone else.
    """
    transaction = _transaction.get()
    if transaction is not None and transaction.organizations != organizations:
        raise RuntimeError("for whom a transaction acts is settled as it begins")
    token = _scope.set(_Scope(organizations))
    try:
        yield
    finally:
        _scope.reset(token)


@contextmanager
def acting_apart() -> Iterator[None]:
    """What is inside is the system's, in transactions of its own, whatever transaction is open outside: for what a
    tenant may ask for and only the system can do. It waits for nothing that the one outside may hold."""
    tokens = _transaction.set(None), _reading.set(None), _scope.set(_Scope(None))
    try:
        yield
    finally:
        _scope.reset(tokens[2])
        _reading.reset(tokens[1])
        _transaction.reset(tokens[0])


async def widen(organization_id: UUID, *, lasting: bool = False) -> None:
    """Let the transaction reach one organization more: one that it makes, or that a token leads to. With `lasting`, so
    does what follows in the same `acting_for`."""
    transaction = _transaction.get()
    assert transaction is not None, "what is widened is a transaction"
    if transaction.organizations is None:
        return
    transaction.organizations |= {organization_id}
    await transaction.run(_set_organizations(transaction.organizations))
    scope = _scope.get()
    if lasting and scope is not None and scope.organizations is not None:
        scope.organizations |= {organization_id}


@asynccontextmanager
async def in_transaction() -> AsyncIterator[None]:
    """One transaction, READ COMMITTED; inside another one a savepoint."""
    outer = _transaction.get()
    async with _savepoint(outer) if outer is not None else _new_transaction() as transaction:
        yield
    if outer is None:
        for act in transaction.afterwards:
            await act()


async def after_commit(act: Callable[[], Awaitable[None]]) -> None:
    """Do what a rollback would not undo once the transaction around everything is committed; now without one.

    A crash in between loses it.
    """
    transaction = _transaction.get()
    if transaction is None:
        await act()
    else:
        transaction.afterwards.append(act)


class _TakenBack(Exception):  # noqa: N818 - no error: the end of a dry run
    pass


@asynccontextmanager
async def in_dry_run() -> AsyncIterator[None]:
    """A transaction that is taken back at its end; inside another one, a savepoint that is."""
    with suppress(_TakenBack):
        async with in_transaction():
            yield
            raise _TakenBack


@asynccontextmanager
async def reading() -> AsyncIterator[None]:
    """What is fetched inside for a tenant shares one read-only transaction, one statement at a time, in place of one
    each. After an error another one goes on; whatever begins a transaction of its own ends it first."""
    organizations = _organizations()
    if organizations is None or _transaction.get() is not None:
        yield
        return
    shared = _Reading(organizations)
    token = _reading.set(shared)
    try:
        yield
    finally:
        _reading.reset(token)
        await shared.end()


@asynccontextmanager
async def read_snapshot() -> AsyncIterator[asyncpg.Connection]:
    """A connection of its own that sees the database as it is now, however long it reads (REPEATABLE READ)."""
    async with _connection_in("ISOLATION LEVEL REPEATABLE READ READ ONLY") as connection:
        yield connection


@asynccontextmanager
async def undone() -> AsyncIterator[asyncpg.Connection]:
    """A connection of its own in a transaction that is rolled back whatever is done in it."""
    async with _connection_in("") as connection:
        yield connection


async def run_statement(sql: str, values: Sequence[Any]) -> list[asyncpg.Record]:
    """In the transaction that is open; for a tenant, in one for it alone; for the system, without."""
    transaction, shared, organizations = _transaction.get(), _reading.get(), _organizations()
    if transaction is not None:
        return await transaction.fetch(sql, values)
    if shared is not None and shared.organizations == organizations:
        return await shared.fetch(sql, values)
    if organizations is not None:
        async with _new_transaction() as alone:
            return await alone.fetch(sql, values)
    async with _acquired(None) as connection:
        return await connection.fetch(sql, *values)


def _organizations() -> frozenset[UUID] | None:
    """For whom the task acts."""
    scope = _scope.get()
    return scope.organizations if scope is not None else pools.default


def _begin(organizations: frozenset[UUID] | None, mode: str = "") -> str:
    """One round trip, by the simple protocol."""
    begin = f"BEGIN {mode};"
    return begin if organizations is None else f"{begin} {_set_organizations(organizations)}"


def _set_organizations(organizations: frozenset[UUID]) -> str:
    """Until the end of the transaction. The simple protocol takes no parameters: nothing but a UUID has such a hex."""
    return f"SET LOCAL seatmark.organizations = '{','.join(one.hex for one in organizations)}'"


@asynccontextmanager
async def _acquired(organizations: frozenset[UUID] | None) -> AsyncIterator[asyncpg.Connection]:
    connection = await pools.acquire(organizations)
    try:
        yield connection
    finally:
        await pools.release(organizations, connection)


@asynccontextmanager
async def _connection_in(mode: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection in a transaction of its own, which is rolled back."""
    organizations = _organizations()
    async with _acquired(organizations) as connection:
        try:
            await connection.execute(_begin(organizations, mode))
            yield connection
        finally:
            await _roll_back(connection)


@asynccontextmanager
async def _new_transaction() -> AsyncIterator[_Transaction]:
    shared, organizations = _reading.get(), _organizations()
    if shared is not None:
        await shared.end()  # whoever holds one connection must not wait for another
    async with _acquired(organizations) as connection:
        transaction = _Transaction(connection, organizations)
        token = _transaction.set(transaction)
        try:
            await connection.execute(_begin(organizations))
            yield transaction
            await _commit(connection)
        except BaseException:
            await _roll_back(connection)
            raise
        finally:
            _transaction.reset(token)


@asynccontextmanager
async def _savepoint(outer: _Transaction) -> AsyncIterator[_Transaction]:
    """Other tasks of the transaction wait meanwhile: they would see what may be taken back. What it reaches and what
    is to be done after it becomes the outer one's with its release."""
    async with outer.turn:
        inner = _Transaction(outer.connection, outer.organizations, savepoints=outer.savepoints + 1)
        name = f"savepoint_{inner.savepoints}"
        await inner.run(f"SAVEPOINT {name}")
        token = _transaction.set(inner)
        try:
            yield inner
            await inner.run(f"RELEASE {name}")
        except BaseException:
            if not inner.connection.is_closed():
                await inner.run(f"ROLLBACK TO {name}; RELEASE {name}")
            raise
        finally:
            _transaction.reset(token)
        outer.organizations = inner.organizations
        outer.afterwards += inner.afterwards


async def _commit(connection: asyncpg.Connection) -> None:
    """Raises: RuntimeError when an error was caught without a savepoint: PostgreSQL would roll back, and not say so."""
    if await connection.execute("COMMIT") != "COMMIT":
        raise RuntimeError("the transaction had failed, and was not committed")


async def _roll_back(connection: asyncpg.Connection) -> None:
    """What is open; a connection that was lost, or never began, has nothing."""
    if not connection.is_closed() and connection.is_in_transaction():
        with suppress(asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
            await connection.execute("ROLLBACK")


async def _close(pool: asyncpg.Pool) -> None:
    try:
        await asyncio.wait_for(pool.close(), 10)
    except TimeoutError:
        pool.terminate()
