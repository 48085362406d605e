"""What is due, running, late and parked, and what ran last: for operators."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from app import db
from app.domain.actor import Actor
from app.domain.policies import Policies
from app.jobs.kinds import KINDS, MOST
from app.jobs.tries import list_ready

MOST_RUNS = 20
FORGOTTEN_AFTER = timedelta(hours=1)
"""A run that was last seen so long ago is not running: its worker died."""


@dataclass(frozen=True, slots=True)
class RunRow:
    """One run of a job. `seen_at` is when it last showed how far it has come."""

    job: str
    started_at: datetime
    seen_at: datetime
    ended_at: datetime | None
    subjects: int
    done: int
    failed: int
    error: str | None
    is_running: bool


@dataclass(frozen=True, slots=True)
class JobState:
    """`due` counts up to MOST, without those that are parked or wait for their next try; `is_late`: something is due,
    and nobody has begun with any of it for longer than was promised."""

    job: str
    due: int
    has_more_due: bool
    waiting: int
    parked: int
    is_late: bool
    runs: Sequence[RunRow]


async def survey(actor: Actor, policies: Policies, most_runs: int) -> list[JobState]:
    """Every kind of job, by name. Raises: DomainError FORBIDDEN for all but operators."""
    actor.require_operator()
    runs = await _list_runs(most_runs)
    tried = {
        row["job"]: (row["waiting"], row["parked"])
        for row in await db.fetch(
            """
            SELECT job, count(*) FILTER (WHERE parked_at IS NULL) AS waiting,
                   count(*) FILTER (WHERE parked_at IS NOT NULL) AS parked
            FROM job_tries GROUP BY job
            """
        )
    }
    now = await db.fetch_one("SELECT clock_timestamp() AS now")
    assert now is not None, "a statement without a table answers"
    states = []
    for job, kind in sorted(KINDS.items()):
        due = await list_ready(job, await kind.due(MOST, policies))
        waiting, parked = tried.get(job, (0, 0))
        own = [run for run in runs if run.job == job]
        begun_at = max((run.seen_at for run in own), default=None)
        is_idle = begun_at is None or begun_at < now["now"] - kind.promised
        states.append(JobState(job, len(due), len(due) >= MOST, waiting, parked, bool(due) and is_idle, own))
    return states


async def count_parked() -> int:
    return await db.count("SELECT 1 FROM job_tries WHERE parked_at IS NOT NULL")


async def _list_runs(most: int) -> list[RunRow]:
    """The last of each kind, the newest first."""
    rows = await db.fetch(
        """
        SELECT run.job, run.started_at, run.seen_at, run.ended_at, run.subjects, run.done, run.failed, run.error,
               run.ended_at IS NULL AND run.seen_at > clock_timestamp() - $3::interval AS is_running
        FROM unnest($1::text[]) AS kind (job)
        CROSS JOIN LATERAL (
            SELECT * FROM job_runs WHERE job_runs.job = kind.job ORDER BY started_at DESC, id LIMIT $2
        ) AS run
        ORDER BY run.job, run.started_at DESC, run.id
        """,
        list(KINDS),
        most,
        FORGOTTEN_AFTER,
    )
    return [RunRow(**row) for row in rows]
