"""What is due, running, late and parked, and what ran last: for operators."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app import db
from app.domain.actor import Actor
from app.domain.policies import Policies
from app.jobs.kinds import KINDS, MOST, Kind, Length
from app.jobs.runs import LOST_AFTER
from app.jobs.tries import list_ready

MOST_RUNS = 20


@dataclass(frozen=True, slots=True)
class RunRow:
    """One run of a job. `seen_at` is when it last showed how far it has come; one that is lost has not ended and does
    not show itself any more."""

    job: str
    started_at: datetime
    seen_at: datetime
    ended_at: datetime | None
    subjects: int
    done: int
    failed: int
    error: str | None
    is_running: bool
    is_lost: bool


@dataclass(frozen=True, slots=True)
class LookRow:
    """When it was last looked for what is due, and since when every look has found something."""

    looked_at: datetime
    due_since: datetime | None


@dataclass(frozen=True, slots=True)
class JobState:
    """`due` counts up to MOST, without those that are parked or wait for their next try; `is_late`: something is due,
    nobody has been at any of it for longer than was promised, and so long it is also that nobody looked, or that what
    was found is due. All by the database's clock."""

    job: str
    length: Length
    due: int
    has_more_due: bool
    waiting: int
    parked: int
    is_late: bool
    looked_at: datetime | None
    due_since: datetime | None
    runs: Sequence[RunRow]


async def survey(actor: Actor, policies: Policies, most_runs: int) -> list[JobState]:
    """Every kind of job, by name. Raises: DomainError FORBIDDEN for all but operators."""
    actor.require_operator()
    return await survey_all(policies, most_runs)


async def survey_all(policies: Policies, most_runs: int) -> list[JobState]:
    """The same, for our own processes."""
    runs = await _list_runs(most_runs)
    tried = {
        row["job"]: (row["waiting"], row["parked"])
        for row in await db.fetch(
            """
            SELECT job, count(*) FILTER (WHERE parked_at IS NULL AND next_try_at > clock_timestamp()) AS waiting,
                   count(*) FILTER (WHERE parked_at IS NOT NULL) AS parked
            FROM job_tries GROUP BY job
            """
        )
    }
    looks = await _list_looks()
    now = await db.fetch_one("SELECT clock_timestamp() AS now")
    assert now is not None, "a statement without a table answers"
    states = []
    for job, kind in sorted(KINDS.items()):
        due = await list_ready(job, await kind.due(MOST, policies))
        waiting, parked = tried.get(job, (0, 0))
        own, look = [run for run in runs if run.job == job], looks.get(job)
        is_late = bool(due) and _is_idle(kind, own, look, now["now"])
        states.append(
            JobState(
                job=job,
                length=kind.length,
                due=len(due),
                has_more_due=len(due) >= MOST,
                waiting=waiting,
                parked=parked,
                is_late=is_late,
                looked_at=look.looked_at if look else None,
                due_since=look.due_since if look else None,
                runs=own,
            )
        )
    return states


def _is_idle(kind: Kind, runs: Sequence[RunRow], look: LookRow | None, now: datetime) -> bool:
    """Whether what is due is neither worked on nor just found. A look of a sweep that does the work itself is work."""
    before = now - kind.promised
    if any(run.seen_at >= before for run in runs if kind.length is not Length.SWEEP):
        return False
    if look is None or look.looked_at < before:
        return True
    return look.due_since is not None and look.due_since < before


async def count_parked() -> int:
    return await db.count("SELECT 1 FROM job_tries WHERE parked_at IS NOT NULL")


async def _list_looks() -> dict[str, LookRow]:
    """By the name of the kind."""
    rows = await db.fetch("SELECT job, looked_at, due_since FROM job_looks")
    return {row["job"]: LookRow(row["looked_at"], row["due_since"]) for row in rows}


async def _list_runs(most: int) -> list[RunRow]:
    """The last of each kind, the newest first."""
    rows = await db.fetch(
        """
        SELECT run.job, run.started_at, run.seen_at, run.ended_at, run.subjects, run.done, run.failed, run.error,
               run.ended_at IS NULL AND run.seen_at > clock_timestamp() - $3::interval AS is_running,
               run.ended_at IS NULL AND run.seen_at <= clock_timestamp() - $3::interval AS is_lost
        FROM unnest($1::text[]) AS kind (job)
        CROSS JOIN LATERAL (
            SELECT * FROM job_runs WHERE job_runs.job = kind.job ORDER BY started_at DESC, id LIMIT $2
        ) AS run
        ORDER BY run.job, run.started_at DESC, run.id
        """,
        list(KINDS),
        most,
        LOST_AFTER,
    )
    return [RunRow(**row) for row in rows]
