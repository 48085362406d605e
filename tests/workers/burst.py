"""Real arq workers, with the schedules and jobs of `workers.main`, that run until they have nothing left to do."""

import asyncio
import time
from collections.abc import Mapping
from typing import Any

from arq import Worker
from arq.constants import in_progress_key_prefix
from redis.asyncio import Redis

from app.delivery.webhook_courier import courier
from app.jobs.kinds import Length
from app.logs import configure_logging
from app.settings import Settings
from workers.main import SCHEDULES, make_worker
from workers.running import connect_redis


async def run_burst(
    database_url: str, redis_url: str, variables: Mapping[str, str] | None = None, **overrides: Any
) -> None:
    """One pass: every sweep, and every job that they ring. It works on the connections that this process has open, and
    is set as `variables` say.

    arq's own burst mode ends when the queue is empty, which it never is while a dead worker's lease is in it.
    """
    addresses = {"SEATMARK_APP_DATABASE_URL": database_url, "REDIS_URL": redis_url}
    settings = Settings.model_validate({**addresses, **(variables or {})})

    configure_logging("error")  # as a worker does; structlog's own default draws every traceback, for seconds
    redis = connect_redis(redis_url)
    workers = {length: make_worker(settings, length, redis, **{"poll_delay": 0.02} | overrides) for length in Length}
    async with Redis.from_url(redis_url) as client:
        held = {one for worker in workers.values() for one in await client.zrange(worker.queue_name, 0, -1)}
    running = [asyncio.create_task(worker.main()) for worker in workers.values()]
    started, sweeping = time.monotonic(), workers[Length.SWEEP]
    try:
        async with asyncio.timeout(60):
            # A sweep may be run by another worker, or be lost to a test that empties Redis.
            while sweeping.jobs_complete + sweeping.jobs_failed < len(SCHEDULES) and time.monotonic() < started + 3:
                await asyncio.sleep(0.02)
            while any([await _is_busy(worker, held) for worker in workers.values()]):
                if any(one.done() for one in running):
                    break
                await asyncio.sleep(0.02)
            for worker in workers.values():
                worker.burst, worker.max_burst_jobs = (
                    True,
                    0,
                )  # ends it at the end of its turn, with no command half sent
            await asyncio.gather(*running)
    finally:
        for one in running:
            one.cancel()
        await redis.close(close_connection_pool=True)


async def _is_busy(worker: Worker, held: set[bytes]) -> bool:
    """Whether a job runs, or waits: all but those that were there before and are leased."""
    if courier.is_busy or not all(task.done() for task in worker.tasks.values()):
        return True
    waiting = await worker.pool.zrangebyscore(worker.queue_name, "-inf", time.time() * 1000)
    leased = [one in held and await worker.pool.exists(in_progress_key_prefix + one.decode()) for one in waiting]
    return not all(leased)
