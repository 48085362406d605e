"""What ran when, for how long, and how much it did."""

from uuid import UUID, uuid4

from app import db


async def begin_run(job: str, subjects: int) -> UUID:
    run_id = uuid4()
    await db.fetch(
        """
        INSERT INTO job_runs (id, job, started_at, seen_at, subjects, done, failed)
        VALUES ($1, $2, clock_timestamp(), clock_timestamp(), $3, 0, 0)
        """,
        run_id,
        job,
        subjects,
    )
    return run_id


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


async def forget_old_runs() -> None:
    """Of runs two weeks are kept, and of tries that nobody goes on with a week: what is parked stays."""
    await db.fetch("DELETE FROM job_runs WHERE started_at < clock_timestamp() - interval '14 days'")
    await db.fetch(
        "DELETE FROM job_tries WHERE parked_at IS NULL AND last_tried_at < clock_timestamp() - interval '7 days'"
    )
