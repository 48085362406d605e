"""Month end, by real worker processes on a database that is copied anew for each round, from the start of a sweep to
the last statement; beside one SQL statement that computes every peak, written plainly (`PEAKS`).

What is due is there as the worker starts, and its sweeps run at its start: the clock begins when it says that it is up.
"""

import asyncio
import os
import tempfile
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

import asyncpg
from redis.asyncio import Redis

from app import db
from bench.copies import copied
from bench.figures import Figure, flat_memory, growth
from bench.ledger import BOUNDS, Shape, make_ledgers
from tests import servers

SCALE = float(os.environ.get("SCALE", "1"))
"""Of the number of organizations: 0.1 is for a quick look."""
ROUNDS = 5
"""Each takes the better part of a minute."""
TENTH = Shape(int(1_000 * SCALE), 100)
MORE_ORGANIZATIONS = Shape(int(10_000 * SCALE), 100)
MORE_SPANS = Shape(int(1_000 * SCALE), 1_000)

PEAKS = f"""
    WITH {BOUNDS}, span AS (
        SELECT organization_id, member_id, unnest(range_agg(during)) AS during FROM seat_grants
        GROUP BY organization_id, member_id
    ), dated AS (
        SELECT span.*, coalesce(upper(during) - lower(during) <= interval '30 minutes', false) AS is_short,
               (lower(during) >= starts_at)::int + (lower(during) >= ends_at)::int AS period FROM span, bounds
    ), counted AS (
        SELECT organization_id, during
        FROM (SELECT dated.*, row_number() OVER (
                         PARTITION BY organization_id, member_id, period, is_short ORDER BY lower(during)) AS nth
              FROM dated) AS numbered
        WHERE NOT (is_short AND nth = 1)
    ), piece AS (
        SELECT organization_id, during * tstzrange(starts_at, ends_at) AS during FROM counted, bounds
        WHERE during && tstzrange(starts_at, ends_at)
    ), step AS (
        SELECT organization_id, lower(during) AS at, 1 AS change FROM piece
        UNION ALL SELECT organization_id, upper(during), -1 FROM piece
    ), held AS (
        SELECT organization_id, sum(change) OVER (PARTITION BY organization_id ORDER BY at, change) AS seats FROM step
    )
    SELECT organization_id, max(seats)::int AS seats FROM held GROUP BY organization_id
"""


@dataclass(slots=True)
class MonthEnd:
    """Seconds by number of workers, and of the statement, round by round; and the most bytes that a worker held."""

    ours: dict[int, list[float]] = field(default_factory=lambda: defaultdict(list))
    limit: list[float] = field(default_factory=list)
    memory: list[int] = field(default_factory=list)


async def measure() -> list[Figure]:
    async with filled(MORE_ORGANIZATIONS) as template:
        large = await end_months(template, MORE_ORGANIZATIONS, (1, 2))
    async with filled(TENTH) as template:
        tenth = await end_months(template, TENTH, (1,))
    async with filled(MORE_SPANS) as template:
        spans = await end_months(template, MORE_SPANS, (1,))
    one, two = large.ours[1], large.ours[2]
    return [
        Figure(f"month end of {MORE_ORGANIZATIONS}", "one SQL statement of all peaks", 0.25, one, large.limit),
        Figure("the same by two workers", "by one worker", 1.2, two, one),
        *_grown("ten times as many organizations", large, tenth),
        *_grown("ten times as many spans each", spans, tenth),
    ]


def _grown(what: str, whole: MonthEnd, tenth: MonthEnd) -> list[Figure]:
    notes = {"statement_grew": round(median(whole.limit) / median(tenth.limit), 2)}
    return [
        growth(f"month end, {what}", tenth.ours[1], whole.ours[1], notes),
        flat_memory(f"memory of a worker, {what}", max(tenth.memory), max(whole.memory)),
    ]


@asynccontextmanager
async def filled(shape: Shape) -> AsyncIterator[str]:
    """A database with such ledgers, gone afterwards."""
    async with servers.clone(os.environ[servers.DATABASE_URL], f"ledgers_{shape.spans}_{shape.organizations}") as own:
        began = time.perf_counter()
        await make_ledgers(own, shape)
        print(f"made {shape} in {time.perf_counter() - began:.0f} s", flush=True)
        yield own


async def end_months(template: str, shape: Shape, crews: Sequence[int]) -> MonthEnd:
    """By each number of workers in turns, each on a copy of its own; every second round the other way around."""
    found = MonthEnd()
    for number in range(ROUNDS):
        for workers in (0, *crews)[:: -1 if number % 2 else 1]:
            async with copied(template, "seatmark_month_end") as database:
                if workers:
                    seconds, memory = await _work(database, workers)
                    found.ours[workers].append(seconds)
                    found.memory.append(memory)
                    await _compare(database, shape)
                else:
                    found.limit.append(await _compute_peaks(database))
        told = ", ".join(f"by {workers} {found.ours[workers][-1]:.2f} s" for workers in crews)
        print(f"  {told}, statement {found.limit[-1]:.2f} s", flush=True)
    return found


async def _compute_peaks(database: str) -> float:
    """By a connection with the settings of a worker's."""
    connection = await asyncpg.connect(database, server_settings=db.session_settings("15s", db.SYSTEM_ROLE, 600))
    try:
        began = time.perf_counter()
        await connection.fetch(PEAKS)
        return time.perf_counter() - began
    finally:
        await connection.close()


async def _work(database: str, workers: int) -> tuple[float, int]:
    """Seconds from when all of them are up until no month is due, and the most bytes that one of them held."""
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="seatmark-bench-")))
        redis_url = servers.numbered(os.environ[servers.REDIS_URL], "gw20")
        async with Redis.from_url(redis_url) as client:
            await client.flushdb()
        variables = await servers.variables(database, REDIS_URL=redis_url)
        connection = await asyncpg.connect(database)
        stack.push_async_callback(connection.close)
        logs = [folder / f"worker-{number}.log" for number in range(workers)]
        processes = [await stack.enter_async_context(servers.run_command("worker", variables, log)) for log in logs]
        for process, log in zip(processes, logs, strict=True):
            while b"worker_started" not in log.read_bytes():
                assert process.poll() is None, log.read_text()
                await asyncio.sleep(0.01)
        began = time.perf_counter()
        while await connection.fetchval(_IS_DUE):
            assert all(one.poll() is None for one in processes), [log.read_text() for log in logs]
            await asyncio.sleep(0.05)
        return time.perf_counter() - began, max(_most_memory(one.pid) for one in processes)


_IS_DUE = """
    SELECT EXISTS (
        SELECT FROM billing_periods WHERE closed_at IS NULL AND ends_at <= clock_timestamp() - interval '30 minutes'
    )
"""


def _most_memory(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmHWM:")).split()[1]) * 1024


async def _compare(database: str, shape: Shape) -> None:
    """Every organization has its statement with the peak of the plain statement, and an invoice."""
    connection = await asyncpg.connect(database)
    try:
        told = {row["organization_id"]: row["seats"] for row in await connection.fetch(PEAKS)}
        rows = await connection.fetch(
            "SELECT statement.organization_id, peak_seats FROM statements AS statement "
            "JOIN invoices AS invoice ON invoice.statement_id = statement.id WHERE outcome = 'BILLED'"
        )
        assert len(rows) == shape.organizations, (len(rows), shape)
        assert {row["organization_id"]: row["peak_seats"] for row in rows} == told
        assert await connection.fetchval("SELECT max(number_in_year) FROM invoices") == shape.organizations
        assert await connection.fetchval("SELECT count(*) FROM seat_grants") == shape.rows
    finally:
        await connection.close()
