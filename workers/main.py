"""Every job and every schedule. Nothing here is needed for correctness: what is due is in the database, and arq
only rings the bell; losing every Redis key costs a delay."""

import asyncio
from datetime import UTC
from typing import Any

import orjson
from arq import Worker, cron
from arq.connections import RedisSettings
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

from app import db
from app.logs import configure_logging
from app.settings import Settings, load_settings
from workers.billing import (
    close_due_periods,
    suspend_due,
    sweep_closings,
    sweep_unpaid,
    write_due_invoice_notices,
)
from workers.clocks import finish_clock, sweep_advances
from workers.files import sweep_files
from workers.identity import sweep_answers, sweep_keys, sweep_sessions
from workers.retention import (
    decide_due_purges,
    delete_due_accounting,
    make_export_file,
    purge,
    sweep_exports,
    sweep_kept,
    sweep_purges,
)
from workers.ringing import Ctx
from workers.seats import settle_due_waits, sweep_waits
from workers.trials import sweep_notices, write_due_notices

JOBS = [
    write_due_notices,
    close_due_periods,
    write_due_invoice_notices,
    suspend_due,
    settle_due_waits,
    decide_due_purges,
    purge,
    delete_due_accounting,
    make_export_file,
    finish_clock,
]
SCHEDULES = [
    cron(sweep_notices, second=5, run_at_startup=True),
    cron(sweep_closings, second=15, run_at_startup=True),
    cron(sweep_unpaid, minute=set(range(0, 60, 5)), second=35, run_at_startup=True),
    cron(sweep_waits, second=20, run_at_startup=True),
    cron(sweep_purges, second=25, run_at_startup=True),
    cron(sweep_sessions, minute=7, second=0, run_at_startup=True),
    cron(sweep_keys, minute=27, second=0, run_at_startup=True),
    cron(sweep_answers, second=40, run_at_startup=True),
    cron(sweep_exports, second=set(range(3, 60, 10)), run_at_startup=True),
    cron(sweep_kept, minute=set(range(0, 60, 10)), second=45, run_at_startup=True),
    cron(sweep_advances, second=set(range(0, 60, 10)), run_at_startup=True),
    cron(sweep_files, minute=17, second=45, run_at_startup=True),
]
JOB_TIMEOUT = 600
"""Seconds; a job that is cut off is a rollback, and due again."""


def run_worker() -> None:
    """Run until SIGTERM or SIGINT; running jobs get 25 s to end."""
    settings = load_settings()
    configure_logging(settings.log_level)
    asyncio.set_event_loop(asyncio.new_event_loop())
    make_worker(settings).run()


def make_worker(settings: Settings, **overrides: Any) -> Worker:
    """The worker for the settings.

    Results are not kept, or a failed job's id would be blocked; retries and the health check let it outlive a
    restart of Redis.
    """

    async def start(ctx: Ctx) -> None:
        ctx["policies"] = settings.policies
        await db.connect(settings.given_system_url())

    async def stop(_: Ctx) -> None:
        await db.close()

    options: dict[str, Any] = {
        "functions": JOBS,
        "cron_jobs": SCHEDULES,
        "redis_settings": redis_settings(settings.given_redis_url()),
        "on_startup": start,
        "on_shutdown": stop,
        "keep_result": 0,
        "max_jobs": 4,
        "job_timeout": JOB_TIMEOUT,
        "job_completion_wait": 25,
        "health_check_interval": 5,
        "job_serializer": orjson.dumps,
        "job_deserializer": orjson.loads,
        "timezone": UTC,
    }
    return Worker(**options | overrides)


def redis_settings(redis_url: str) -> RedisSettings:
    """arq's settings for a Redis that may restart."""
    found = RedisSettings.from_dsn(redis_url)
    found.retry_on_timeout = True
    found.retry_on_error = [RedisConnectionError, RedisTimeoutError]
    found.retry = Retry(ExponentialBackoff(cap=2, base=0.2), 8)
    return found
