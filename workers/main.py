"""Every job, every schedule and every class of worker. Nothing here is needed for correctness: what is due is in the
database, and arq only rings the bell; losing every Redis key costs a delay."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC
from typing import Any

import orjson
from arq import Worker, cron
from arq.connections import ArqRedis

from app.jobs.kinds import KINDS, Length
from app.settings import Settings
from workers.billing import (
    close_due_periods,
    suspend_due,
    sweep_closings,
    sweep_unpaid,
    write_due_invoice_notices,
)
from workers.clocks import finish_clock, sweep_advances
from workers.closings import Closings
from workers.delivery import (
    disable_failing_webhooks,
    fan_out_events,
    send_webhooks,
    sweep_deliveries,
    sweep_webhooks,
)
from workers.files import sweep_files
from workers.identity import sweep_answers, sweep_keys, sweep_sessions
from workers.mail import send_mails, sweep_mails, sweep_old_mails
from workers.retention import (
    decide_due_purges,
    delete_due_accounting,
    make_export_file,
    purge,
    sweep_exports,
    sweep_kept,
    sweep_purges,
)
from workers.ringing import queue_of
from workers.seats import settle_due_waits, sweep_waits
from workers.trials import sweep_notices, write_due_notices
from workers.watching import watched

JOBS = [  # of which length each is, is in app/jobs/kinds.py
    write_due_notices,
    close_due_periods,
    write_due_invoice_notices,
    suspend_due,
    settle_due_waits,
    decide_due_purges,
    purge,
    delete_due_accounting,
    make_export_file,
    send_mails,
    finish_clock,
    fan_out_events,
    send_webhooks,
    disable_failing_webhooks,
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
    cron(sweep_mails, second=set(range(2, 60, 5)), run_at_startup=True),
    cron(sweep_old_mails, minute=37, second=0, run_at_startup=True),
    cron(sweep_webhooks, second=set(range(1, 60, 5)), run_at_startup=True),
    cron(sweep_deliveries, minute=37, second=30, run_at_startup=True),
    cron(sweep_files, minute=17, second=45, run_at_startup=True),
]


@dataclass(frozen=True, slots=True)
class WorkerClass:
    """Work of one length, which no other waits for: `most` at once in a process, `timeout` seconds each.

    A job that is cut off is a rollback, and due again. arq keeps a dead worker's job for as long; nobody waits for that
    (`ring`).
    """

    most: int
    timeout: int


CLASSES: Mapping[Length, WorkerClass] = {
    Length.SWEEP: WorkerClass(most=24, timeout=300),
    Length.PROMPT: WorkerClass(most=6, timeout=600),
    Length.LONG: WorkerClass(most=4, timeout=4 * 3600),
}
"""Every process has the sweeps; who takes one turn of a schedule, is settled in Redis."""


POLL = 0.1
"""Seconds between two looks into a queue: what is due passes two of them, that of its sweep and its own."""


def make_worker(settings: Settings, length: Length, redis: ArqRedis, **overrides: Any) -> Worker:
    """The worker of a class, whose signals are not its own to handle.

    Results are not kept, or a failed job's id would be blocked; and no number of tries is too many, for what is due is
    tried as often as `app/jobs/tries.py` says.
    """
    own = CLASSES[length]
    options: dict[str, Any] = {
        "functions": [watched(job) for job in JOBS if KINDS[job.__name__].length is length],
        # A schedule remembers when it is next due, and would not run at the start of a second worker.
        "cron_jobs": [
            replace(one, coroutine=watched(one.coroutine), next_run=None) for one in SCHEDULES if length is Length.SWEEP
        ],
        "queue_name": queue_of(length),
        "redis_pool": redis,
        "ctx": {"policies": settings.policies, "closings": Closings()},
        "handle_signals": False,
        "keep_result": 0,
        "max_tries": 1_000_000,
        "max_jobs": own.most,
        "poll_delay": POLL,
        "job_timeout": own.timeout,
        "health_check_interval": 5,
        "job_serializer": orjson.dumps,
        "job_deserializer": orjson.loads,
        "timezone": UTC,
        "log_results": False,
    }
    return Worker(**options | overrides)
