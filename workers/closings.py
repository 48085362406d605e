"""How many months a process closes at once, and how it makes room for other processes."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass, field

from app.jobs.runs import count_at_work

AT_ONCE = 2
"""Runs of a process at once. More would wait for the series of numbers, hold more memory, and leave nothing to do to a
second process."""
BELIEVED = 0.5
"""Seconds for which another process is taken to close still: between two of its runs there is nothing to be seen."""


@dataclass(slots=True)
class Closings:
    """The runs of one process that close months.

    As long as no other process closes, there are two: the next reads and prices while the last is told, and no earlier
    (the `turn`). Where others close there is one: all of them wait for one series of numbers, and who reads ahead takes
    the processor from whoever holds it.
    """

    turn: asyncio.Lock = field(default_factory=asyncio.Lock, init=False)
    _under_way: int = field(default=0, init=False)
    _others_seen_at: float = field(default=float("-inf"), init=False)
    _places: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE), init=False)
    _alone: asyncio.Lock = field(default_factory=asyncio.Lock, init=False)

    @asynccontextmanager
    async def place(self, job: str) -> AsyncIterator[None]:
        """Of a run of the job."""
        async with self._places, self._alone if await self._others_close(job) else nullcontext():
            self._under_way += 1
            try:
                yield
            finally:
                self._under_way -= 1

    async def _others_close(self, job: str) -> bool:
        if await count_at_work(job) > self._under_way:
            self._others_seen_at = time.monotonic()
        return time.monotonic() - self._others_seen_at < BELIEVED
