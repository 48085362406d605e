"""Ringing jobs for what the database says is due, in chunks."""

import hashlib
from collections.abc import Awaitable, Callable, Sequence
from typing import Any
from uuid import UUID

import structlog
from arq import ArqRedis
from arq.constants import in_progress_key_prefix

log = structlog.get_logger()

Ctx = dict[str, Any]
CHUNK = 500
"""Organizations in one job: one transaction, a fixed number of statements."""
MOST_RUNG = 10_000
"""Organizations rung for by one sweep; the next sweep finds the rest."""


async def ring(ctx: Ctx, job: str, ids: Sequence[UUID], chunk: int = CHUNK) -> None:
    """Enqueue the job for each chunk of the ids, unless the same chunk is waiting to be begun.

    For one that was begun another job is enqueued: whoever began it may be dead, and arq keeps a dead worker's job
    for its lease, which is the longest timeout. If it is alive, the second job finds the rows locked, and ends.
    """
    redis: ArqRedis = ctx["redis"]
    for start in range(0, len(ids), chunk):
        names = [str(one) for one in ids[start : start + chunk]]
        digest = hashlib.sha256("".join(names).encode()).hexdigest()[:32]
        job_id = f"{job}:{digest}"
        if await redis.exists(in_progress_key_prefix + job_id):
            job_id = f"{job_id}:{ctx['job_id']}"
        await redis.enqueue_job(job, names, _job_id=job_id)


async def together_or_alone(work: Callable[[Sequence[UUID]], Awaitable[int]], ids: Sequence[str]) -> int:
    """Do a chunk in one transaction; if that fails, one organization at a time, so that one cannot keep the others.

    Returns how many were done. Raises: the last error, when some could not be done alone either.
    """
    organization_ids = [UUID(one) for one in ids]
    try:
        return await work(organization_ids)
    except Exception:
        log.exception("chunk_failed", organizations=len(organization_ids))
    done, failed = 0, None
    for organization_id in organization_ids:
        try:
            done += await work([organization_id])
        except Exception as error:
            log.exception("organization_failed", organization_id=str(organization_id))
            failed = error
    if failed is not None:
        raise failed
    return done
