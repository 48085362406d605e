"""What many requests ask at one time, asked by one statement."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Hashable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from app.telemetry.records import note_statement
from app.transactions import common_reach

_PATIENCE = 0.05
"""Seconds that others wait for a statement under way; with one that takes longer they do not wait any more."""

Asked = TypeVar("Asked")
Found = TypeVar("Found")


class _Alone:
    """Told to who is to ask alone."""


class _Next:
    """Told to the first who waits, as those before are done: it is to ask for all who wait."""


@dataclass(slots=True, eq=False)
class _Waiting(Generic[Asked, Found]):
    asked: Asked
    told: "asyncio.Future[tuple[Found] | _Alone | _Next]"


@dataclass(slots=True, eq=False)
class _Lane(Generic[Asked, Found]):
    """Who came after the statement under way had begun. `round` is its number, `began` its instant."""

    round: int = 0
    began: float = 0.0
    waiting: list[_Waiting[Asked, Found]] = field(default_factory=list)

    def begin(self, most: int) -> tuple[int, list[_Waiting[Asked, Found]]]:
        """The next round, with so many of those who wait."""
        self.round += 1
        self.began = time.monotonic()
        taken, self.waiting = self.waiting[:most], self.waiting[most:]
        return self.round, taken

    def leave(self, one: _Waiting[Asked, Found]) -> None:
        """The statement under way takes too long for those who wait for it to end: they ask alone."""
        if one in self.waiting:
            self.waiting.remove(one)
            _tell(one, _Alone())


class Together(Generic[Asked, Found]):
    """`answer` is given what was asked while it was answering before, by those for whom the same rows exist, and
    answers each in order, by a statement that begins after all of them asked: nobody is told anything older than alone.
    Who asks while nobody else does is not kept waiting.

    A statement is for `most` at a time. Who shared one that failed asks once more, alone: it may have failed by what
    another asked, and it ends with whoever began it.
    """

    def __init__(
        self,
        answer: Callable[[Sequence[Asked]], Awaitable[Sequence[Found]]],
        most: int,
        reach: Callable[[], Hashable | None] = common_reach,
        note: Callable[[float], None] = note_statement,
    ) -> None:
        """`reach` is alike for those who may share; with `note` each is told how long they waited for another."""
        self._answer = answer
        self._most = most
        self._reach = reach
        self._note = note
        self._lanes: dict[Hashable, _Lane[Asked, Found]] = {}

    async def ask(self, asked: Asked) -> Found:
        reach = self._reach()
        if reach is None:
            return await self._alone(asked)
        lane = self._lanes.get(reach)
        if lane is not None and time.monotonic() <= lane.began + _PATIENCE:
            return await self._join(reach, lane, asked)
        if lane is None:
            lane = self._lanes[reach] = _Lane()
        return await self._ask_for_all(reach, lane, asked)

    async def _alone(self, asked: Asked) -> Found:
        (found,) = await self._answer([asked])
        return found

    async def _ask_for_all(self, reach: Hashable, lane: _Lane[Asked, Found], asked: Asked) -> Found:
        number, others = lane.begin(self._most - 1)
        found: Sequence[Found] | None = None
        try:
            found = await self._answer([asked, *(one.asked for one in others)])
        except Exception:
            if not others:
                raise
        finally:
            for place, one in enumerate(others, 1):
                _tell(one, (found[place],) if found is not None else _Alone())
            if number == lane.round:  # else another went on, who did not wait
                self._go_on(reach, lane)
        return found[0] if found is not None else await self._alone(asked)

    def _go_on(self, reach: Hashable, lane: _Lane[Asked, Found]) -> None:
        """With those who came meanwhile."""
        lane.began = time.monotonic()
        while lane.waiting:
            if _tell(lane.waiting.pop(0), _Next()):
                return
        if self._lanes.get(reach) is lane:
            del self._lanes[reach]

    async def _join(self, reach: Hashable, lane: _Lane[Asked, Found], asked: Asked) -> Found:
        loop = asyncio.get_running_loop()
        own = _Waiting[Asked, Found](asked, loop.create_future())
        lane.waiting.append(own)
        began = time.perf_counter()
        leaving = loop.call_later(lane.began + _PATIENCE - time.monotonic(), lane.leave, own)
        try:
            told = await own.told
        except asyncio.CancelledError:
            if own.told.done() and not own.told.cancelled() and isinstance(own.told.result(), _Next):
                self._go_on(reach, lane)
            raise
        finally:
            leaving.cancel()
        if isinstance(told, _Next):
            return await self._ask_for_all(reach, lane, asked)
        if isinstance(told, _Alone):
            return await self._alone(asked)
        self._note(time.perf_counter() - began)
        return told[0]


def _tell(one: _Waiting[Asked, Found], what: tuple[Found] | _Alone | _Next) -> bool:
    """Whether they were there still to hear it."""
    if one.told.done():
        return False
    one.told.set_result(what)
    return True
