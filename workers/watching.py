"""Every run of a sweep or a job is counted, timed and told: one line when it is over."""

import asyncio
import time
from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any

import structlog
from structlog.contextvars import bound_contextvars as _bound

from app.telemetry import traces
from app.telemetry.metrics import JOB_SECONDS, JOBS
from app.telemetry.records import kept
from workers.ringing import Ctx

log = structlog.get_logger()

Job = Callable[..., Coroutine[Any, Any, Any]]


def watched(job: Job) -> Job:
    """The job, of whose run every line of the log has the name and the id."""
    name = job.__name__

    @wraps(job)
    async def run(ctx: Ctx, *args: Any, **given: Any) -> Any:
        began, result = time.perf_counter(), "failed"
        with (
            _bound(job=name, job_id=ctx.get("job_id")),
            traces.span(name),
            _bound(**traces.trace_ids()),
            kept() as record,
        ):
            try:
                done = await job(ctx, *args, **given)
            except asyncio.CancelledError:
                result = "interrupted"
                raise
            else:
                result = "done"
                return done
            finally:
                seconds = time.perf_counter() - began
                record.operation = name
                JOBS.labels(name, result).inc()
                JOB_SECONDS.labels(name).observe(seconds)
                _tell(result, seconds, record.facts())

    return run


def _tell(result: str, seconds: float, facts: dict[str, Any]) -> None:
    """Sweeps come all day, and nearly all of them find nothing: they are told at `debug`, or when they fail."""
    is_dull = facts["operation"].startswith("sweep_") and result == "done"
    (log.debug if is_dull else log.info)("job", result=result, ms=round(seconds * 1000, 2), **facts)
