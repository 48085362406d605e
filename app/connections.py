"""The connections of a process: tenants' and the system's (R2.6)."""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, cast
from uuid import UUID

import asyncpg

from app.telemetry.metrics import POOL_WAIT_SECONDS, POOL_WAITING

ACQUIRE_TIMEOUT = 15.0
"""Seconds to wait for a connection that others use."""
RELEASE_TIMEOUT = 5.0
"""Seconds for the server to take back what is open on a connection; one that stays silent for longer is thrown away."""
MOST_CONNECTIONS = 20
LOST = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError)
"""What is said of a connection that was lost. The third one by asyncpg (0.31) to who asks just as it reads that the
server has ended it (MagicStack/asyncpg#1069)."""
PLANNED_ONCE = "SET LOCAL plan_cache_mode = force_generic_plan"
"""For a transaction whose statements have one plan that is right for all parameters: PostgreSQL would else plan anew,
each time, what seems dearer so."""
PLANNED_BY_INDEX = f"{PLANNED_ONCE}; SET LOCAL enable_bitmapscan = off; SET LOCAL enable_seqscan = off"
"""The same, where statements look for few rows each: PostgreSQL would else read whatever an organization, or everyone,
has ever had, for as long as that is so little that it seems no dearer, and go on with that plan while it grows: also
where a foreign key is looked for."""

SCOPE = "set_config('seatmark.organizations', $1, true)"
"""SQL, for the first thing in a statement that tells for itself for whom it is: what `scope_text` gives is its first
parameter, and all that it reads depends on this."""


@dataclass(slots=True)
class Pools:
    """The connections of this process; `default` is for whom it acts outside `acting_for`, None for the system."""

    system: asyncpg.Pool | None = None
    tenants: asyncpg.Pool | None = None
    default: frozenset[UUID] | None = frozenset()
    lock_seconds: float = 15.0
    """How long a lock is waited for."""
    first: dict[bool, str] = field(default_factory=dict)
    """What a transaction begins with behind PgBouncer, by whether it is of the system: see `set_locally`."""

    async def acquire(self, organizations: frozenset[UUID] | None) -> asyncpg.Connection:
        """Raises: TimeoutError when others use all of them; RuntimeError in a process that has no such login."""
        pool, (waiting, seconds) = self._of(organizations), _WAITS[organizations is None]
        began = time.perf_counter()
        with waiting.track_inprogress():
            connection = await pool.acquire(timeout=ACQUIRE_TIMEOUT)
        seconds.observe(time.perf_counter() - began)
        return cast(asyncpg.Connection, connection)  # a proxy of one

    async def release(self, organizations: frozenset[UUID] | None, connection: asyncpg.Connection) -> None:
        """What the server does not say of it any more is nobody's error: it is thrown away then."""
        with suppress(*LOST):
            await self._of(organizations).release(cast(Any, connection), timeout=RELEASE_TIMEOUT)

    @asynccontextmanager
    async def acquired(self, organizations: frozenset[UUID] | None) -> AsyncIterator[asyncpg.Connection]:
        connection = await self.acquire(organizations)
        try:
            yield connection
        except BaseException:
            await roll_back(connection)  # one that was lost is found to be so
            raise
        finally:
            await self.release(organizations, connection)

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
        self.first.clear()


pools = Pools()
_WAITS = {
    is_system: (POOL_WAITING.labels(name), POOL_WAIT_SECONDS.labels(name))
    for is_system, name in ((True, "system"), (False, "tenants"))
}


async def open_pool(address: Mapping[str, Any], settings: Mapping[str, str], patience: float) -> asyncpg.Pool:
    """Connections with these settings; the first is opened now. Behind PgBouncer a connection has none: they are those
    of each transaction. Either way nothing outlives a transaction on a connection that would have to be put back (which
    would be a round trip each time): settings are set for a transaction, and so are locks held. A server that has not
    answered a statement for so many seconds of `patience` is taken to be out of reach."""
    sizes: dict[str, Any] = {
        "min_size": 1,
        "max_size": MOST_CONNECTIONS,
        "timeout": ACQUIRE_TIMEOUT,
        "command_timeout": patience,
        "reset": _let_be,
    }
    if is_shared(address):
        return await asyncpg.create_pool(**address, **sizes)
    return await asyncpg.create_pool(**address, **sizes, server_settings=dict(settings))


def is_shared(address: Mapping[str, Any]) -> bool:
    """Whether an address, as `db.parse_url` gives it, leads to a PgBouncer, behind which every transaction may have
    another connection to the database."""
    return address.get("statement_cache_size") == 0


def set_locally(settings: Mapping[str, str]) -> str:
    """The settings of a connection, for one transaction. All are our own words."""
    return " ".join(f"SET LOCAL {name} = '{value}';" for name, value in settings.items())


async def _let_be(_: asyncpg.Connection) -> None:
    """A transaction that is still open asyncpg has rolled back by then."""


def begin(organizations: frozenset[UUID] | None, mode: str = "") -> str:
    """One round trip, by the simple protocol."""
    first = pools.first.get(organizations is None)
    begin = f"BEGIN {mode};" if first is None else f"BEGIN {mode}; {first}"
    return begin if organizations is None else f"{begin} {set_organizations(organizations)}"


def set_organizations(organizations: frozenset[UUID]) -> str:
    """Until the end of the transaction. The simple protocol takes no parameters: nothing but a UUID has such a hex."""
    return f"SET LOCAL seatmark.organizations = '{scope_text(organizations)}'"


def scope_text(organizations: frozenset[UUID] | None) -> str:
    """The organizations as the policies read them. For the system there are no policies."""
    return ",".join(one.hex for one in organizations or ())


async def roll_back(connection: asyncpg.Connection, statement: str = "ROLLBACK") -> None:
    """What is open; a connection that was lost has nothing. Whoever is cut off as they begin cannot know yet whether
    they have (`is_in_transaction` says no, until the cancelled BEGIN is answered): PostgreSQL is told all the same.

    A server that does not answer to this either is out of reach: the connection is thrown away.
    """
    try:
        if not connection.is_closed():
            async with asyncio.timeout(RELEASE_TIMEOUT):
                await connection.execute(statement)
    except TimeoutError:
        connection.terminate()
    except LOST:
        if statement == "ROLLBACK":  # which fails on one that was lost alone: nobody is to have it next
            with suppress(asyncpg.InterfaceError):
                connection.terminate()


async def commit(connection: asyncpg.Connection) -> None:
    """Raises: RuntimeError when an error was caught without a savepoint: PostgreSQL would roll back, and not say so."""
    if await connection.execute("COMMIT") != "COMMIT":
        raise RuntimeError("the transaction had failed, and was not committed")


async def _close(pool: asyncpg.Pool) -> None:
    try:
        await asyncio.wait_for(pool.close(), 10)
    except TimeoutError:
        pool.terminate()
