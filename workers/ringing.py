"""Ringing jobs for what the database says is due, in chunks; and working through a chunk, whatever happens in it."""

import asyncio
import hashlib
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

import structlog
from arq import ArqRedis
from arq.constants import in_progress_key_prefix, job_key_prefix, result_key_prefix

from app import db
from app.jobs.kinds import KINDS, MOST, Length
from app.jobs.runs import BEAT, begin_run, end_run, forget_earlier_runs, list_at_work, note_look, note_progress
from app.jobs.tries import (
    count_try,
    list_free,
    list_ready,
    list_tried,
    note_failure,
    note_interruption,
    note_success,
)
from app.settings import load_settings
from workers.ending import is_asked_to_end

log = structlog.get_logger()

Ctx = dict[str, Any]
Work = Callable[[Sequence[UUID]], Awaitable[int]]
CHUNK = 500
"""Organizations in one job: one transaction, a fixed number of statements."""
TOO_LONG = "TimeoutError: it took longer than a job may"


_EARLIER = timedelta(days=-3)
"""Jobs are queued as of then, so that a worker whose clock is wrong by a day or two finds them all the same (F10)."""
_KEPT = timedelta(days=1)


def queue_of(length: Length) -> str:
    """The key of the queue of jobs of a length."""
    return f"seatmark:{length.value}"


async def ring_due(ctx: Ctx, job: str, chunk: int = CHUNK) -> None:
    """Ring for everything that the database says is due."""
    await ring(ctx, job, await KINDS[job].due(MOST, ctx["policies"]), chunk)


async def ring(ctx: Ctx, job: str, ids: Sequence[UUID], chunk: int = CHUNK) -> None:
    """Enqueue the job for each chunk of the ids that nobody is at and that is not waiting to be begun; not for those
    that are parked, or were tried in vain just now.

    Who is at work is in the database. What Redis says of it may be of a worker that is dead, whose jobs arq keeps for
    their lease, or left over from a day before; then the job is enqueued under another id. If somebody is at it all
    the same, the second job leaves them to that, and ends.
    """
    redis: ArqRedis = ctx["redis"]
    queue = queue_of(KINDS[job].length)
    ready = await list_ready(job, ids)
    await note_look(job, len(ready))
    free = await list_free(job, ready)
    chunks = [[str(one) for one in free[start : start + chunk]] for start in range(0, len(free), chunk)]
    named = {digest_of(names): names for names in chunks}
    at_work = await list_at_work(job, named)
    for digest, names in named.items():
        job_id = f"{job}:{digest}"
        if digest in at_work or await _is_waiting(redis, queue, job_id):
            continue
        if await redis.exists(*(f"{key}{job_id}" for key in _LEFT_OVER)):
            job_id = f"{job_id}:{ctx['job_id']}"
        await redis.enqueue_job(job, names, _job_id=job_id, _queue_name=queue, _defer_by=_EARLIER, _expires=_KEPT)


_LEFT_OVER = (in_progress_key_prefix, job_key_prefix, result_key_prefix)


async def _is_waiting(redis: ArqRedis, queue: str, job_id: str) -> bool:
    """Whether a worker would take it now."""
    score = await redis.zscore(queue, job_id)
    if score is None or score > time.time() * 1000:
        return False
    return not await redis.exists(in_progress_key_prefix + job_id)


def digest_of(names: Sequence[str]) -> str:
    """What a chunk is known by: 32 hexadecimal digits."""
    return hashlib.sha256("".join(names).encode()).hexdigest()[:32]


async def work_through(job: str, work: Work, ids: Sequence[str]) -> int:
    """Do the work for a chunk in one transaction; if that fails, and for those that it failed for before, for one
    subject at a time, so that one cannot keep the others. Every try is counted before it begins (design.md §1).

    Returns how much was done. Raises: CancelledError, and what says that the database is away: neither counts.
    """
    return await Shift(job, work).through([UUID(one) for one in ids])


async def until_nothing(step: Callable[[], Awaitable[int]]) -> int:
    """Take steps until one has nothing left to do, or this process is to end: what is left is still due. Each is shown
    as progress. Returns how much was done."""
    done = 0
    while not is_asked_to_end() and (step_done := int(await step())):
        done += step_done
        shift = _shift.get()
        if shift is not None:
            await shift.show(done)
    return done


@dataclass(slots=True)
class Shift:
    """One run of a job: what it has done, and for how many it could not."""

    job: str
    work: Work
    run_id: UUID | None = None
    done: int = 0
    under_way: int = 0
    failed: list[UUID] = field(default_factory=list)
    error: str | None = None

    async def through(self, subjects: Sequence[UUID]) -> int:
        digest = digest_of([str(one) for one in subjects])
        self.run_id = await begin_run(self.job, len(subjects), digest)
        token, beating = _shift.set(self), asyncio.create_task(self._beat())
        try:
            await self._work_through(subjects)
        except BaseException as error:
            self.error = type(error).__name__
            raise
        finally:
            beating.cancel()
            _shift.reset(token)
            await asyncio.shield(end_run(self.run_id, self.done, len(self.failed), self.error))
        if KINDS[self.job].hands_over:
            await forget_earlier_runs(self.run_id)
        return self.done

    async def show(self, more: int) -> None:
        """How far it has come, with what is under way."""
        assert self.run_id is not None, "it has begun"
        self.under_way = more
        await note_progress(self.run_id, self.done + more, len(self.failed))

    async def _beat(self) -> None:
        """Show that somebody is at it, however long one step takes."""
        while True:
            await asyncio.sleep(BEAT)
            with suppress(Exception):  # the database may be away; who works finds out
                await self.show(self.under_way)

    async def _work_through(self, subjects: Sequence[UUID]) -> None:
        free = await list_free(self.job, subjects)
        alone = await list_tried(self.job, free)
        tried = set(alone)
        together = [one for one in free if one not in tried]
        if together and not await self._attempt(together):
            alone = [*together, *alone]
        for subject in alone:
            if is_asked_to_end():
                return
            await self._attempt([subject])
            await self.show(0)

    async def _attempt(self, subjects: Sequence[UUID]) -> bool:
        """Whether it came to an end; what failed for one alone is noted."""
        wanted = await count_try(self.job, subjects, self.run_id)
        if not wanted:
            return True
        try:
            done = await self.work(wanted)
        except asyncio.CancelledError:
            await asyncio.shield(self._note_cut(wanted))
            raise
        except Exception as error:  # noqa: BLE001 - noted with its trace, and tried again or parked
            await self._note(error, wanted)
            return False
        self.done, self.under_way = self.done + done, 0
        await self._note_end(wanted, done)
        return True

    async def _note_end(self, subjects: Sequence[UUID], done: int) -> None:
        """Nothing failed; but who was left out, as others held it, was not tried, and what was counted of it before
        stays. Of those that go together nothing was."""
        if not done and len(subjects) == 1 and subjects[0] in await self._list_due():
            await note_interruption(self.job, subjects, self.run_id)
        else:
            await note_success(self.job, subjects, self.run_id)

    async def _list_due(self) -> list[UUID]:
        return await KINDS[self.job].due(MOST, load_settings().policies)

    async def _note_cut(self, subjects: Sequence[UUID]) -> None:
        """It was cut off: no failure if the worker is to end, and one if it took longer than it may. Of several nobody
        knows which: the count of each stays, and they go alone the next time."""
        if is_asked_to_end():
            await note_interruption(self.job, subjects, self.run_id)
        elif len(subjects) == 1:
            await note_failure(self.job, subjects[0], TOO_LONG, self.run_id)

    async def _note(self, error: Exception, subjects: Sequence[UUID]) -> None:
        """Raises: the error, where it says that the database is away."""
        if db.is_outage(error):
            with suppress(Exception):  # if nobody can be told now, they go alone the next time
                await note_interruption(self.job, subjects, self.run_id)
            raise error
        if len(subjects) > 1:
            log.error("chunk_failed", job=self.job, subjects=len(subjects), exc_info=error)
            await note_interruption(self.job, subjects, self.run_id)
            return
        self.failed.append(subjects[0])
        self.error = describe(error)
        is_parked = await note_failure(self.job, subjects[0], self.error, self.run_id)
        event = "job_parked" if is_parked else "job_failed"
        log.error(event, job=self.job, subject_id=str(subjects[0]), exc_info=error)


_shift: ContextVar[Shift | None] = ContextVar("shift", default=None)


def describe(error: BaseException) -> str:
    """What went wrong, by type and place, never by its message, which may hold anything."""
    frame = error.__traceback__
    while frame is not None and frame.tb_next is not None:
        frame = frame.tb_next
    place = f" at {frame.tb_frame.f_code.co_qualname}:{frame.tb_lineno}" if frame is not None else ""
    state = getattr(error, "sqlstate", None)
    constraint = getattr(error, "constraint_name", None)
    facts = "".join(f" {one}" for one in (state, constraint) if one)
    return f"{type(error).__qualname__}{facts}{place}"[:500]
