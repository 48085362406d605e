"""A process of workers: one of each class that it is asked for, until it is told to end; whatever becomes of Redis."""

import asyncio
import signal
from collections.abc import Awaitable, Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

import orjson
import structlog
from arq import Worker
from arq.connections import ArqRedis
from arq.constants import health_check_key_suffix
from redis.asyncio import ConnectionPool
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError, ResponseError
from redis.exceptions import TimeoutError as RedisTimeoutError

from app import db
from app.delivery.webhook_courier import courier
from app.garbage import settle_in
from app.jobs.figures import list_figures
from app.jobs.kinds import Length
from app.logs import configure_logging
from app.settings import Settings, load_settings
from app.telemetry import traces
from app.watch.figures import Figures
from app.watch.server import watched
from workers.ending import ask_to_end
from workers.main import make_worker
from workers.ringing import queue_of

log = structlog.get_logger()

PATIENCE = 15.0
"""Seconds for jobs to come to the end of a step once the process is told to end; then they are cut off."""
_CUTTING, _RECEIVERS, _CLOSING = 3.0, 2.0, 2.0
"""Seconds for those that are cut off to roll back, for receivers of webhooks that are being waited for (they are sent
it again) and what is cut off given back (3 more), and for each connection and the traces to be closed: 30 in all."""
_TAKING = 0.2
"""Seconds in which whoever is just taking a job from Redis has it."""
_PAUSES = (0.2, 1.0, 2.0, 5.0)
"""Seconds between two tries to reach a server that is away."""


def run_worker(lengths: Collection[Length]) -> None:
    """Run until SIGTERM or SIGINT, 30 s longer at most."""
    settings = load_settings()
    configure_logging(settings.log_level)
    asyncio.run(_run(settings, lengths))


def connect_redis(redis_url: str) -> ArqRedis:
    """Connections to a Redis that may restart, be slow, or not answer at all."""
    away: list[type[Exception]] = [RedisConnectionError, RedisTimeoutError]
    pool: ConnectionPool = ConnectionPool.from_url(
        redis_url,
        socket_connect_timeout=2,
        socket_timeout=5,
        health_check_interval=15,
        retry_on_timeout=True,
        retry_on_error=away,
        retry=Retry(ExponentialBackoff(cap=2, base=0.2), 3),
    )
    redis = ArqRedis(pool_or_conn=pool, job_serializer=orjson.dumps, job_deserializer=orjson.loads)
    redis.auto_close_connection_pool = True
    return redis


@dataclass(slots=True)
class Crew:
    """The worker of one class; a new one takes the place of one that Redis failed, whose jobs go on meanwhile."""

    settings: Settings
    length: Length
    redis: ArqRedis
    worker: Worker | None = None
    jobs: set[asyncio.Task[None]] = field(default_factory=set)

    async def serve(self) -> None:
        """For ever. A job that cannot tell Redis that it has ended is only rung again."""
        failures = 0
        while True:
            self.worker = make_worker(self.settings, self.length, self.redis)
            began = asyncio.get_running_loop().time()
            try:
                await self.worker.main()
            except Exception as error:  # noqa: BLE001 - told, and begun anew
                failures = 0 if asyncio.get_running_loop().time() > began + 60 else failures
                log.warning(
                    "worker_interrupted", length=self.length.value, error=type(error).__name__, failures=failures
                )
                self._keep_jobs()
                await self._mend(error)
            await asyncio.sleep(_PAUSES[min(failures, len(_PAUSES) - 1)])
            failures += 1

    def close_door(self) -> None:
        """Take no more jobs."""
        if self.worker is not None:
            self.worker.allow_pick_jobs = False
            self._keep_jobs()

    def _keep_jobs(self) -> None:
        if self.worker is not None:
            self.jobs.update(self.worker.tasks.values())
        for job in self.jobs:
            job.add_done_callback(_look_away)

    async def _mend(self, error: Exception) -> None:
        """Keys that are of another kind than arq's were planted, and only rang the bell."""
        if isinstance(error, ResponseError) and "WRONGTYPE" in str(error):
            queue = queue_of(self.length)
            with suppress(RedisError, OSError):
                await self.redis.delete(queue, f"{queue}{health_check_key_suffix}")


def _look_away(job: asyncio.Task[None]) -> None:
    """What a job could not tell Redis is no news."""
    if not job.cancelled():
        job.exception()


async def _run(settings: Settings, lengths: Collection[Length]) -> None:
    told = asyncio.Event()
    for one in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(one, told.set)
    figures = Figures(lambda: list_figures(settings.policies))
    async with watched(settings.metrics_host, settings.worker_metrics_port, settings.redis_url, figures):
        traces.start("seatmark-worker")
        if await _connect(settings, told):
            await _serve(settings, lengths, told)
        traces.stop()


async def _serve(settings: Settings, lengths: Collection[Length], told: asyncio.Event) -> None:
    redis = connect_redis(settings.given_redis_url())
    crews = [Crew(settings, length, redis) for length in (Length.SWEEP, *lengths)]
    serving = [asyncio.create_task(crew.serve()) for crew in crews]
    settle_in()
    log.info("worker_started", lengths=[one.value for one in lengths])
    await told.wait()
    log.info("worker_ending")
    ask_to_end()
    for crew in crews:
        crew.close_door()
    await _end_jobs(crews)
    await courier.close(_RECEIVERS)
    for task in serving:
        task.cancel()
    await asyncio.gather(*serving, return_exceptions=True)
    await _close(lambda: redis.close(close_connection_pool=True))
    await _close(db.close)
    log.info("worker_ended")


async def _connect(settings: Settings, told: asyncio.Event) -> bool:
    """Whether the database is reached before the process is told to end. One that is away now may come back."""
    tries = 0
    while not told.is_set():
        try:
            await db.connect(settings.given_system_url(), statement_seconds=settings.statement_seconds)
        except Exception as error:
            if not (db.is_outage(error) or isinstance(error, TimeoutError)):
                raise
            log.warning("database_away", error=type(error).__name__)
            with suppress(TimeoutError):
                await asyncio.wait_for(told.wait(), _PAUSES[min(tries, len(_PAUSES) - 1)])
            tries += 1
        else:
            return True
    return False


async def _end_jobs(crews: Sequence[Crew]) -> None:
    """Wait for jobs, then cut them off, once: what is told twice would interrupt its own ending. A job that was just
    being taken as the door was closed is one of them."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + PATIENCE
    await asyncio.sleep(_TAKING)
    while (running := _running(crews)) and loop.time() < deadline:
        await asyncio.wait(running, timeout=deadline - loop.time())
    for job in running:
        job.cancel()
    if running:
        await asyncio.wait(running, timeout=_CUTTING)


def _running(crews: Sequence[Crew]) -> list[asyncio.Task[None]]:
    for crew in crews:
        crew.close_door()
    return [job for crew in crews for job in crew.jobs if not job.done()]


async def _close(close: Callable[[], Awaitable[None]]) -> None:
    with suppress(TimeoutError, RedisError, OSError):
        await asyncio.wait_for(close(), _CLOSING)
