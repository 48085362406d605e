"""What an operation reads, in one transaction."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import asyncpg

from app.connections import begin, pools, roll_back


@dataclass(slots=True, eq=False)
class Reading:
    """One transaction for what is read, begun when it is needed, and again after an error."""

    organizations: frozenset[UUID]
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    connection: asyncpg.Connection | None = None
    waiting: int = 0
    """Fields of the operation that wait for their turn at a lock; until then nothing is kept from one to the next."""

    async def fetch(self, sql: str, values: Sequence[Any]) -> list[asyncpg.Record]:
        async with self.turn:
            try:
                found = await (self.connection or await self._begin()).fetch(sql, *values)
            except BaseException:
                await self._end()
                raise
            if self.waiting:
                await self._end()
            return found

    @asynccontextmanager
    async def resting(self) -> AsyncIterator[None]:
        """Whoever waits inside holds no connection by this either."""
        self.waiting += 1
        try:
            await self.end()
            yield
        finally:
            self.waiting -= 1

    async def end(self) -> None:
        async with self.turn:
            await self._end()

    async def _begin(self) -> asyncpg.Connection:
        self.connection = await pools.acquire(self.organizations)
        await self.connection.execute(begin(self.organizations, "READ ONLY"))
        return self.connection

    async def _end(self) -> None:
        connection, self.connection = self.connection, None
        if connection is not None:
            try:
                await roll_back(connection)
            finally:
                await pools.release(self.organizations, connection)
