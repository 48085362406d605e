"""What ran when, for how long, and how much it did; and when it was looked for what is due."""

from collections.abc import Collection
from datetime import timedelta
from uuid import UUID, uuid4

from app import db

BEAT = 10.0
"""Seconds; a run shows itself so often, whatever it is at."""
LOST_AFTER = timedelta(minutes=1)
"""A run that has not ended, and was last seen so long ago: its worker died, or stands still."""
_OLD = "started_at < clock_timestamp() - interval '14 days'"


async def begin_run(job: str, subjects: int, chunk: str | None = None) -> UUID:
    """`chunk` is a digest of whom it is for, 32 hexadecimal digits."""
    run_id = uuid4()
    await db.fetch(
        """
        INSERT INTO job_runs (id, job, started_at, seen_at, subjects, done, failed, chunk)
        VALUES ($1, $2, clock_timestamp(), clock_timestamp(), $3, 0, 0, $4)
        """,
        run_id,
        job,
        subjects,
        chunk,
    )
    return run_id


async def list_at_work(job: str, chunks: Collection[str]) -> set[str]:
    """Those of the chunks that somebody who is alive is at."""
    rows = await db.fetch(
        """
        SELECT chunk FROM job_runs
        WHERE job = $1 AND chunk = ANY($2) AND ended_at IS NULL AND seen_at > clock_timestamp() - $3::interval
        """,
        job,
        list(chunks),
        LOST_AFTER,
    )
    return {row["chunk"] for row in rows}


async def count_at_work(job: str) -> int:
    """How many runs of a job there are whose worker is alive."""
    return await db.count(
        """
        SELECT 1 FROM job_runs
        WHERE job = $1 AND ended_at IS NULL AND seen_at > clock_timestamp() - $2::interval
        """,
        job,
        LOST_AFTER,
    )


async def note_look(job: str, found: int) -> None:
    """That it was looked for what is due of a kind, and so much found."""
    await db.fetch(
        """
        INSERT INTO job_looks AS last (job, looked_at, due_since)
        SELECT $1, now, CASE WHEN $2 > 0 THEN now END FROM clock_timestamp() AS now
        ON CONFLICT (job) DO UPDATE SET looked_at = excluded.looked_at,
            due_since = CASE WHEN excluded.due_since IS NOT NULL THEN coalesce(last.due_since, excluded.due_since) END
        """,
        job,
        found,
    )


async def note_progress(run_id: UUID, done: int, failed: int) -> None:
    """How far it has come."""
    await db.fetch(
        "UPDATE job_runs SET seen_at = clock_timestamp(), done = $2, failed = $3 WHERE id = $1", run_id, done, failed
    )


async def end_run(run_id: UUID, done: int, failed: int, error: str | None) -> None:
    await db.fetch(
        """
        UPDATE job_runs
        SET seen_at = clock_timestamp(), ended_at = clock_timestamp(), done = $2, failed = $3, error = $4 WHERE id = $1
        """,
        run_id,
        done,
        failed,
        error,
    )


async def forget_run(run_id: UUID) -> None:
    """One that there is nothing to tell of; what has ended stays."""
    await db.fetch("DELETE FROM job_runs WHERE id = $1 AND ended_at IS NULL", run_id)


async def forget_earlier_runs(run_id: UUID) -> None:
    """Those of the same job that went well, but for this one; those that another is at are left to it."""
    await db.fetch(
        """
        DELETE FROM job_runs WHERE id IN (
            SELECT earlier.id FROM job_runs AS earlier
            JOIN job_runs AS run ON run.id = $1 AND earlier.job = run.job AND earlier.started_at < run.started_at
            WHERE earlier.ended_at IS NOT NULL AND earlier.failed = 0 AND earlier.error IS NULL
            LIMIT 5000 FOR UPDATE OF earlier SKIP LOCKED
        )
        """,
        run_id,
    )


async def list_old_runs(limit: int) -> list[UUID]:
    rows = await db.fetch(f"SELECT id FROM job_runs WHERE {_OLD} ORDER BY started_at, id LIMIT $1", limit)
    return [row["id"] for row in rows]


async def forget_old_runs() -> int:
    """Of runs two weeks are kept, and of tries that nobody goes on with a week: what is parked stays. Returns how many
    runs."""
    (row,) = await db.fetch(
        f"WITH gone AS (DELETE FROM job_runs WHERE {_OLD} RETURNING id) SELECT count(*) AS rows FROM gone"
    )
    await db.fetch(
        "DELETE FROM job_tries WHERE parked_at IS NULL AND last_tried_at < clock_timestamp() - interval '7 days'"
    )
    return int(row["rows"])
