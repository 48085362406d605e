"""What a sweep does itself, row by row in SQL, without ringing for anybody; recorded as a job's run is."""

import asyncio
from collections.abc import Awaitable, Callable
from uuid import UUID

import structlog

from app import db
from app.jobs.runs import begin_run, end_run, forget_run, note_look
from workers.ringing import describe

log = structlog.get_logger()


async def do_chore(job: str, work: Callable[[], Awaitable[int]]) -> None:
    """Do it; a run is kept of what did something, or failed. A failure keeps nobody else: it is due again, and late in
    the end.

    Raises: what says that the database is away.
    """
    beginning = asyncio.ensure_future(begin_run(job, 0))
    try:
        await _do(job, work, await asyncio.shield(beginning))
    except asyncio.CancelledError:
        await asyncio.shield(_forget(beginning))
        raise


async def _do(job: str, work: Callable[[], Awaitable[int]], run_id: UUID) -> None:
    try:
        done = await work()
    except Exception as error:
        if db.is_outage(error):
            raise
        log.exception("chore_failed", job=job)
        await end_run(run_id, 0, 1, describe(error))
        return
    await note_look(job, 0)
    await (end_run(run_id, done, 0, None) if done else forget_run(run_id))


async def _forget(beginning: asyncio.Future[UUID]) -> None:
    """Whoever is cut off leaves no run that looks lost."""
    await forget_run(await beginning)
