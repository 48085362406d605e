"""A real arq worker, with the schedules and jobs of `workers.main`, that runs until it has nothing left to do."""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from arq import Worker
from arq.constants import in_progress_key_prefix
from redis.asyncio import Redis

from app.logs import configure_logging
from app.settings import Settings
from workers.main import SCHEDULES, make_worker
from workers.ringing import Ctx


async def run_burst(
    database_url: str, redis_url: str, variables: Mapping[str, str] | None = None, **overrides: Any
) -> Worker:
    """One pass: every sweep, and every job that they ring. It works on the connections that this process has open, and
    is set as `variables` say.

    arq's own burst mode ends when the queue is empty, which it never is while a dead worker's lease is in it.
    """
    addresses = {"SEATMARK_APP_DATABASE_URL": database_url, "REDIS_URL": redis_url}
    settings = Settings.model_validate({**addresses, **(variables or {})})

    configure_logging("error")  # as a worker does; structlog's own default draws every traceback, for seconds

    async def start(ctx: Ctx) -> None:
        ctx["policies"] = settings.policies

    options: dict[str, Any] = {
        "handle_signals": False,
        "poll_delay": 0.02,
        "on_startup": start,
        "on_shutdown": None,
        # A schedule remembers when it is next due, and would not run at the start of a second worker.
        "cron_jobs": [replace(one, next_run=None) for one in SCHEDULES],
    }
    worker = make_worker(settings, **options | overrides)
    async with Redis.from_url(redis_url) as client:
        held = set(await client.zrange(worker.queue_name, 0, -1))
    running = asyncio.create_task(worker.main())
    started = time.monotonic()
    try:
        async with asyncio.timeout(60):
            # A sweep may be run by another worker, or be lost to a test that empties Redis.
            while worker.jobs_complete + worker.jobs_failed < len(SCHEDULES) and time.monotonic() < started + 3:
                await asyncio.sleep(0.02)
            while not running.done() and await _is_busy(worker, held):
                await asyncio.sleep(0.02)
            worker.burst, worker.max_burst_jobs = True, 0  # ends it at the end of its turn, with no command half sent
            await running
    finally:
        await worker.close()
    return worker


async def _is_busy(worker: Worker, held: set[bytes]) -> bool:
    """Whether a job runs, or waits: all but those that were there before and are leased."""
    if not all(task.done() for task in worker.tasks.values()):
        return True
    waiting = await worker.pool.zrangebyscore(worker.queue_name, "-inf", time.time() * 1000)
    leased = [one in held and await worker.pool.exists(in_progress_key_prefix + one.decode()) for one in waiting]
    return not all(leased)
