"""One process's part of the sending: receivers are waited for beside the jobs, not in them, and each by itself.

A job that waited for a receiver would keep others from their turn, and so would a receiver that hangs, if all shared
the same few places. So those that failed last have places of their own, and nobody has more than a share.
"""

import asyncio
from collections.abc import Sequence
from contextvars import Context
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

import structlog

from app import db
from app.delivery.outbound import NotSentError
from app.delivery.webhook_sending import Message, Outcome, Turn, claim, give_back, list_turns, record_outcome, send
from app.domain.errors import DomainError, ErrorCode
from app.domain.webhooks import NOT_SENT, NOT_WAITED_FOR
from app.settings import Settings

log = structlog.get_logger()

PLACES = 48
"""Webhooks that one process sends to at the same time."""
PLACES_OF_FAILING = 16
"""Of these, those that failed last."""
SHARE = 4
"""One in so many of either is the most that one organization has, or one partner."""
_RECORDED_AGAIN = 5
"""Times that the outcome is written anew while the database is away, or others hold the webhook; then the message is
sent again when the claim is over."""
_PAUSE = timedelta(seconds=10)
"""Until what could not be sent for want of a thread is tried again."""
_ENDING = 3.0
"""Seconds in which what was cut off is given back."""


@dataclass(slots=True)
class Courier:
    """Sends in tasks of its own, until it is closed."""

    rounds: dict[UUID, asyncio.Task[None]] = field(default_factory=dict)
    turns: dict[UUID, Turn] = field(default_factory=dict)
    is_closing: bool = False

    @property
    def is_busy(self) -> bool:
        return bool(self.rounds)

    async def take(self, webhook_ids: Sequence[UUID], settings: Settings) -> int:
        """Begin with as many of the webhooks as there are places for. Returns how many; what is left is still due."""
        taken = 0
        for turn in await list_turns(webhook_ids):
            if self._has_place(turn):
                self._begin(turn, settings)
                taken += 1
        return taken

    async def close(self, seconds: float) -> None:
        """Begin with nothing any more, and wait for what is under way, but not for ever: what is cut off is given back,
        and counts for nothing."""
        self.is_closing = True
        await self.drain(seconds)
        left = list(self.rounds.values())
        for task in left:
            task.cancel()
        if left:
            await asyncio.wait(left, timeout=_ENDING)
        self.is_closing = False

    async def drain(self, seconds: float) -> None:
        """Until nothing is under way, or so many seconds have passed."""
        if self.rounds:
            await asyncio.wait(self.rounds.values(), timeout=seconds)

    def _has_place(self, turn: Turn) -> bool:
        if self.is_closing or turn.webhook_id in self.rounds:
            return False
        places = PLACES_OF_FAILING if turn.is_failing else PLACES - PLACES_OF_FAILING
        taken = [one.owner_id for one in self.turns.values() if one.is_failing is turn.is_failing]
        return len(taken) < places and taken.count(turn.owner_id) < places // SHARE

    def _begin(self, turn: Turn, settings: Settings) -> None:
        # In a context of its own: it outlives the job, and is part of no transaction.
        task = asyncio.get_running_loop().create_task(self._go_round(turn.webhook_id, settings), context=Context())
        self.rounds[turn.webhook_id], self.turns[turn.webhook_id] = task, turn
        task.add_done_callback(lambda _: self._end(turn.webhook_id))

    def _end(self, webhook_id: UUID) -> None:
        del self.rounds[webhook_id], self.turns[webhook_id]

    async def _go_round(self, webhook_id: UUID, settings: Settings) -> None:
        """Send what is due, a few at once, for as long as any of it comes through."""
        try:
            while not self.is_closing:
                messages = await claim(webhook_id, settings)
                ends = await asyncio.gather(*(_deliver(one, settings) for one in messages))
                if not any(ends):
                    return
        except Exception:  # what was claimed is due again when its claim is over
            log.exception("webhook_round_failed", webhook_id=str(webhook_id))


async def _deliver(message: Message, settings: Settings) -> bool:
    """Whether it came through."""
    try:
        outcome = await send(message, settings)
    except asyncio.CancelledError:
        await give_back(message, NOT_WAITED_FOR, timedelta())
        raise
    except NotSentError:
        await give_back(message, NOT_SENT, _PAUSE)
        return False
    await _record(message, outcome)
    return outcome.is_success


async def _record(message: Message, outcome: Outcome) -> None:
    for _ in range(_RECORDED_AGAIN):
        try:
            await record_outcome(message, outcome)
        except Exception as error:
            if not (db.is_outage(error) or _is_held(error)):
                raise
            await asyncio.sleep(1.0)
        else:
            return


def _is_held(error: Exception) -> bool:
    """Whether others hold what is to be written to, for now."""
    return isinstance(error, DomainError) and error.code is ErrorCode.CONFLICT


courier = Courier()
"""Of this process."""
