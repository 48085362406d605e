"""Transactions, and for whom they act (R2.6): tenants, by a login to which the rows of other
organizations do not exist, or the system, by one to which all do."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Hashable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, nullcontext, suppress
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, TypeVar
from uuid import UUID
from weakref import WeakValueDictionary

import asyncpg

from app.connections import (
    PLANNED_BY_INDEX,
    begin,
    commit,
    pools,
    roll_back,
    scope_text,
    set_organizations,
)
from app.readings import Reading

PLACES = 2
"""Transactions of this process that may hold a lock, or wait for it in the database: one at work, and the next."""

_FRESH = "SELECT count(*) <= $1 FROM pg_locks WHERE pid = pg_backend_pid() AND locktype = 'transactionid'"
"""Whether a transaction has written or locked nothing yet, or so many times, counted by transactions and savepoints."""

Found = TypeVar("Found")


@dataclass(slots=True)
class _Scope:
    organizations: frozenset[UUID] | None


class NoTurn(Exception):  # noqa: N818 - the database says so of a lock, too
    """Others have held the places at a lock for too long."""


@dataclass(slots=True, eq=False)
class _Session:
    """What a transaction shares with the savepoints in it. It has no connection while it waits for its turn."""

    connection: asyncpg.Connection | None = None
    places: dict[Hashable, asyncio.Semaphore] = field(default_factory=dict)
    claim: Callable[[], Awaitable[None]] | None = None
    """What it began with, and is to begin with again after it has waited."""
    more: str = ""  # settings, in the round trip of its `BEGIN`

    def leave_places(self) -> None:
        while self.places:
            self.places.popitem()[1].release()


@dataclass(slots=True, eq=False)
class _Transaction:
    """An open transaction, or with an `outer` one a savepoint; tasks that share it take turns."""

    session: _Session
    organizations: frozenset[UUID] | None
    outer: "_Transaction | None" = None
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    afterwards: list[Callable[[], Awaitable[None]]] = field(default_factory=list)

    @property
    def connection(self) -> asyncpg.Connection:
        """Raises: RuntimeError when its turn did not come: nothing can follow but the end."""
        if self.session.connection is None:
            raise RuntimeError("the transaction gave its connection back")
        return self.session.connection

    @property
    def levels(self) -> list["_Transaction"]:
        """The transaction and its savepoints down to this one."""
        return [*(self.outer.levels if self.outer is not None else ()), self]

    @property
    def savepoint(self) -> str:
        return f"savepoint_{len(self.levels) - 1}"

    async def run(self, sql: str) -> None:
        async with self.turn:
            await self.connection.execute(sql)

    async def fetch(self, sql: str, values: Sequence[Any]) -> list[asyncpg.Record]:
        async with self.turn:
            return await self.connection.fetch(sql, *values)


_scope: ContextVar[_Scope | None] = ContextVar("scope", default=None)
_transaction: ContextVar[_Transaction | None] = ContextVar("transaction", default=None)
_reading: ContextVar[Reading | None] = ContextVar("reading", default=None)
_places: WeakValueDictionary[Hashable, asyncio.Semaphore] = WeakValueDictionary()


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
    await transaction.run(set_organizations(transaction.organizations))
    scope = _scope.get()
    if lasting and scope is not None and scope.organizations is not None:
        scope.organizations |= {organization_id}


@asynccontextmanager
async def in_transaction(*, is_planned_once: bool = False) -> AsyncIterator[None]:
    """One transaction, READ COMMITTED; inside another one a savepoint, which is planned as that one is."""
    outer = _transaction.get()
    async with _savepoint(outer) if outer is not None else _new_transaction(is_planned_once) as transaction:
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


def begin_again_with(claim: Callable[[], Awaitable[None]]) -> None:
    """What the transaction has begun with, outside of any savepoint, is to be done anew if it begins again."""
    transaction = _transaction.get()
    assert transaction is not None, "what begins again is a transaction"
    transaction.session.claim = claim


async def take_turn(key: Hashable) -> None:
    """A place among the few who hold a lock or wait for it, until the transaction ends (decision 0058).

    Where all are taken the transaction gives its connection back, waits without one, and begins again. One that has
    written or locked something has more to lose, and one that has a place already could be waited for: these do not
    wait here, so that nobody who waits here is waited for.

    Raises: NoTurn when none is free in the time that a lock is waited for.
    """
    transaction = _transaction.get()
    assert transaction is not None, "a lock is held by a transaction"
    session, place = transaction.session, _places.setdefault(key, asyncio.Semaphore(PLACES))
    if key in session.places:
        return
    if place.locked():
        async with transaction.turn:
            if session.places or not await transaction.connection.fetchval(_FRESH, int(session.claim is not None)):
                return
            await _give_back(transaction)
            await _wait_for(place)
            session.places[key] = place
            await _begin_levels(transaction)
    else:
        await place.acquire()  # at once
        session.places[key] = place


async def _wait_for(place: asyncio.Semaphore) -> None:
    """Raises: NoTurn."""
    shared = _reading.get()
    try:
        async with asyncio.timeout(pools.lock_seconds), shared.resting() if shared is not None else nullcontext():
            await place.acquire()
    except TimeoutError:
        raise NoTurn from None


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
    shared = Reading(organizations)
    token = _reading.set(shared)
    try:
        yield
    finally:
        _reading.reset(token)
        await shared.end()


@asynccontextmanager
async def meanwhile(statement: Coroutine[Any, Any, Found]) -> AsyncIterator[asyncio.Task[Found]]:
    """What is inside is computed while the database is at the statement, which has ended when this ends."""
    under_way = asyncio.create_task(statement)
    await asyncio.sleep(0)  # it is sent
    try:
        yield under_way
    finally:
        await under_way


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
    """In the transaction that is open; for a tenant, in one for it alone; for the system and for nobody, without,
    unless behind PgBouncer, where the steps of one statement could part."""
    transaction, shared, organizations = _transaction.get(), _reading.get(), _organizations()
    if transaction is not None:
        return await transaction.fetch(sql, values)
    if shared is not None and shared.organizations == organizations:
        return await shared.fetch(sql, values)
    if organizations or (organizations is None) in pools.first:
        async with _new_transaction() as alone:
            return await alone.fetch(sql, values)
    return await _run_alone(organizations, sql, values)


async def run_scoped(sql: str, values: Sequence[Any]) -> list[asyncpg.Record]:
    """A statement that tells for itself for whom it is (`connections.SCOPE`): the values have no first parameter yet.
    In a transaction only where one is open, or behind PgBouncer."""
    transaction, shared = _transaction.get(), _reading.get()
    organizations = transaction.organizations if transaction is not None else _organizations()
    told = (scope_text(organizations), *values)
    is_open = transaction is not None or (shared is not None and shared.connection is not None)
    if is_open or pools.first:
        return await run_statement(sql, told)
    return await _run_alone(organizations, sql, told)


async def _run_alone(organizations: frozenset[UUID] | None, sql: str, values: Sequence[Any]) -> list[asyncpg.Record]:
    async with pools.acquired(organizations) as connection:
        return await connection.fetch(sql, *values)


def common_reach() -> Hashable | None:
    """The same for all for whom the same rows exist; None in a transaction, which sees what it has changed itself."""
    return (_organizations(),) if _transaction.get() is None else None


def _organizations() -> frozenset[UUID] | None:
    """For whom the task acts."""
    scope = _scope.get()
    return scope.organizations if scope is not None else pools.default


@asynccontextmanager
async def _connection_in(mode: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection in a transaction of its own, which is rolled back."""
    organizations = _organizations()
    async with pools.acquired(organizations) as connection:
        try:
            await connection.execute(begin(organizations, mode))
            yield connection
        finally:
            await roll_back(connection)


@asynccontextmanager
async def _new_transaction(is_planned_once: bool = False) -> AsyncIterator[_Transaction]:
    shared = _reading.get()
    if shared is not None:
        await shared.end()  # whoever holds one connection must not wait for another
    transaction = _Transaction(_Session(more=f"; {PLANNED_BY_INDEX}" if is_planned_once else ""), _organizations())
    token = _transaction.set(transaction)
    try:
        await _begin_levels(transaction)
        yield transaction
        await commit(transaction.connection)
    except BaseException:
        await _give_back(transaction)
        raise
    finally:
        _transaction.reset(token)
        await _give_back(transaction, is_over=True)
        transaction.session.leave_places()


async def _begin_levels(transaction: _Transaction) -> None:
    """Begin it, on a connection of its own: with its claim, and then with every savepoint down to this one."""
    session, (first, *savepoints) = transaction.session, transaction.levels
    session.connection = await pools.acquire(first.organizations)
    await session.connection.execute(begin(first.organizations) + session.more)
    if session.claim is not None:
        token = _transaction.set(_Transaction(session, first.organizations))
        try:
            await session.claim()
        finally:
            _transaction.reset(token)
    for inner in savepoints:
        scope = set_organizations(inner.organizations) if inner.organizations is not None else ""
        await session.connection.execute(f"SAVEPOINT {inner.savepoint}; {scope}")


async def _give_back(transaction: _Transaction, *, is_over: bool = False) -> None:
    """Its connection, if it has one: what is open on it is rolled back, if it is not known to be over."""
    connection, transaction.session.connection = transaction.session.connection, None
    if connection is not None:
        try:
            if not is_over:
                await roll_back(connection)
        finally:
            await pools.release(transaction.organizations, connection)


@asynccontextmanager
async def _savepoint(outer: _Transaction) -> AsyncIterator[_Transaction]:
    """Other tasks of the transaction wait meanwhile: they would see what may be taken back. What it reaches and what
    is to be done after it becomes the outer one's with its release."""
    async with outer.turn:
        inner = _Transaction(outer.session, outer.organizations, outer)
        name = inner.savepoint
        await inner.run(f"SAVEPOINT {name}")
        token = _transaction.set(inner)
        try:
            yield inner
            await inner.run(f"RELEASE {name}")
        except BaseException:
            if inner.session.connection is not None:
                async with inner.turn:
                    await roll_back(inner.connection, f"ROLLBACK TO {name}; RELEASE {name}")
            raise
        finally:
            _transaction.reset(token)
        outer.organizations = inner.organizations
        outer.afterwards += inner.afterwards
