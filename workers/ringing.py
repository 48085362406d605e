"""Ringing jobs for what the database says is due, in chunks; and working through a chunk, whatever happens in it."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import structlog
from arq import ArqRedis
from arq.constants import in_progress_key_prefix

from app import db
from app.jobs.kinds import KINDS, MOST
from app.jobs.runs import begin_run, end_run, note_progress
from app.jobs.tries import count_try, list_ready, list_tried, note_failure, note_interruption, note_success

log = structlog.get_logger()

Ctx = dict[str, Any]
Work = Callable[[Sequence[UUID]], Awaitable[int]]
CHUNK = 500
"""Organizations in one job: one transaction, a fixed number of statements."""


async def ring_due(ctx: Ctx, job: str, chunk: int = CHUNK) -> None:
    """Ring for everything that the database says is due."""
    await ring(ctx, job, await KINDS[job].due(MOST, ctx["policies"]), chunk)


async def ring(ctx: Ctx, job: str, ids: Sequence[UUID], chunk: int = CHUNK) -> None:
    """Enqueue the job for each chunk of the ids, unless the same chunk is waiting to be begun; not for those that are
    parked, or were tried in vain just now.

    For one that was begun another job is enqueued: whoever began it may be dead, and arq keeps a dead worker's job
    for its lease, which is the longest timeout. If it is alive, the second job finds the rows locked, and ends.
    """
    redis: ArqRedis = ctx["redis"]
    ready = await list_ready(job, ids)
    for start in range(0, len(ready), chunk):
        names = [str(one) for one in ready[start : start + chunk]]
        digest = hashlib.sha256("".join(names).encode()).hexdigest()[:32]
        job_id = f"{job}:{digest}"
        if await redis.exists(in_progress_key_prefix + job_id):
            job_id = f"{job_id}:{ctx['job_id']}"
        await redis.enqueue_job(job, names, _job_id=job_id)


async def work_through(job: str, work: Work, ids: Sequence[str]) -> int:
    """Do the work for a chunk in one transaction; if that fails, and for those that it failed for before, for one
    subject at a time, so that one cannot keep the others. Every try is counted before it begins (design.md §1).

    Returns how much was done. Raises: CancelledError, and what says that the database is away: neither counts.
    """
    return await Shift(job, work).through([UUID(one) for one in ids])


async def until_nothing(step: Callable[[], Awaitable[int]]) -> int:
    """Take steps until one has nothing left to do; each is shown as progress. Returns how much was done."""
    done = 0
    while step_done := int(await step()):
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
    failed: list[UUID] = field(default_factory=list)
    error: str | None = None

    async def through(self, subjects: Sequence[UUID]) -> int:
        self.run_id = await begin_run(self.job, len(subjects))
        token = _shift.set(self)
        try:
            tried = await list_tried(self.job, subjects)
            alone = [one for one in subjects if one in tried]
            together = [one for one in subjects if one not in tried]
            if together and not await self._attempt(together):
                alone = [*alone, *together]
            for subject in alone:
                await self._attempt([subject])
                await self.show(0)
        except BaseException as error:
            self.error = type(error).__name__
            raise
        finally:
            _shift.reset(token)
            await asyncio.shield(end_run(self.run_id, self.done, len(self.failed), self.error))
        return self.done

    async def show(self, more: int) -> None:
        """How far it has come, with what is under way."""
        assert self.run_id is not None, "it has begun"
        await note_progress(self.run_id, self.done + more, len(self.failed))

    async def _attempt(self, subjects: Sequence[UUID]) -> bool:
        """Whether it came to an end; what failed for one alone is noted."""
        wanted = await count_try(self.job, subjects)
        if not wanted:
            return True
        try:
            self.done += await self.work(wanted)
        except asyncio.CancelledError:
            await asyncio.shield(note_interruption(self.job, wanted))
            raise
        except Exception as error:  # noqa: BLE001 - noted with its trace, and tried again or parked
            await self._note(error, wanted)
            return False
        await note_success(self.job, wanted)
        return True

    async def _note(self, error: Exception, subjects: Sequence[UUID]) -> None:
        """Raises: the error, where it says that the database is away."""
        if db.is_outage(error):
            with suppress(Exception):  # if nobody can be told now, they go alone the next time
                await note_interruption(self.job, subjects)
            raise error
        if len(subjects) > 1:
            log.error("chunk_failed", job=self.job, subjects=len(subjects), exc_info=error)
            await note_interruption(self.job, subjects)
            return
        self.failed.append(subjects[0])
        self.error = describe(error)
        is_parked = await note_failure(self.job, subjects[0], self.error)
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
