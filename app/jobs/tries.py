"""Counting tries: before the work, for one subject at a time once it has failed, until it is parked (design.md §1)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app import db
from app.domain.actor import Actor
from app.domain.errors import ErrorCode, refuse
from app.domain.jobs import MOST_TRIES, pause_after
from app.events.service import Change, record_platform_change
from app.jobs.runs import LOST_AFTER

PARKED_JOB = ("input", "parkedJobId")
DIED = "the worker that tried it came to an end"

_IS_TRYING = """
    EXISTS (
        SELECT FROM job_runs AS run
        WHERE run.id = tried.run_id AND run.id IS DISTINCT FROM $4::uuid
          AND run.ended_at IS NULL AND run.seen_at > clock_timestamp() - $3::interval
    )
"""
_COUNTED = "job = $1 AND subject_id = ANY($2) AND run_id IS NOT DISTINCT FROM $3::uuid"
"""What a run counted itself: another one may have come to it since, if it was taken for lost."""


@dataclass(frozen=True, slots=True)
class ParkedRow:
    """Work that is not tried any more until an operator says so."""

    id: UUID
    job: str
    subject_id: UUID
    tries: int
    first_tried_at: datetime
    last_tried_at: datetime
    parked_at: datetime
    error: str
    organization_id: UUID | None
    """That it is for, as far as it is there still; None for clocks and partners' webhooks."""


async def list_ready(job: str, subject_ids: Sequence[UUID]) -> list[UUID]:
    """The subjects without those that are parked, or not to be tried again yet; in the same order."""
    if not subject_ids:
        return []
    rows = await db.fetch(
        """
        SELECT subject_id FROM job_tries
        WHERE job = $1 AND subject_id = ANY($2) AND (parked_at IS NOT NULL OR next_try_at > clock_timestamp())
        """,
        job,
        list(subject_ids),
    )
    left_alone = {row["subject_id"] for row in rows}
    return [one for one in subject_ids if one not in left_alone]


async def list_free(job: str, subject_ids: Sequence[UUID]) -> list[UUID]:
    """The subjects without those that a run which is alive is trying; in the same order."""
    if not subject_ids:
        return []
    rows = await db.fetch(
        f"SELECT subject_id FROM job_tries AS tried WHERE job = $1 AND subject_id = ANY($2) AND {_IS_TRYING}",
        job,
        list(subject_ids),
        LOST_AFTER,
        None,
    )
    taken = {row["subject_id"] for row in rows}
    return [one for one in subject_ids if one not in taken]


async def list_tried(job: str, subject_ids: Sequence[UUID]) -> list[UUID]:
    """Those whose work was begun before and did not succeed. Who was tried least goes first: that is not who kills
    every worker."""
    rows = await db.fetch(
        "SELECT subject_id FROM job_tries WHERE job = $1 AND subject_id = ANY($2) ORDER BY tries, subject_id",
        job,
        list(subject_ids),
    )
    return [row["subject_id"] for row in rows]


async def count_try(job: str, subject_ids: Sequence[UUID], run_id: UUID | None = None) -> list[UUID]:
    """Count a try of a run for each before it begins; gives those to be tried. One that has had too many is parked
    instead, and one that another run is trying, and is alive, is left to that."""
    rows = await db.fetch(
        f"""
        INSERT INTO job_tries AS tried (id, job, subject_id, tries, first_tried_at, last_tried_at, next_try_at, run_id)
        SELECT gen_random_uuid(), $1, subject_id, 1, clock_timestamp(), clock_timestamp(), clock_timestamp(), $4
        FROM unnest($2::uuid[]) AS subject_id ORDER BY subject_id
        ON CONFLICT (job, subject_id) DO UPDATE
        SET tries = CASE WHEN tried.tries < $5 THEN tried.tries + 1 ELSE tried.tries END,
            last_tried_at = CASE WHEN tried.tries < $5 THEN clock_timestamp() ELSE tried.last_tried_at END,
            parked_at = CASE WHEN tried.tries < $5 THEN NULL ELSE clock_timestamp() END,
            error = CASE WHEN tried.tries < $5 THEN tried.error ELSE coalesce(tried.error, $6) END,
            run_id = $4
        WHERE tried.parked_at IS NULL AND NOT {_IS_TRYING}
        RETURNING subject_id, parked_at
        """,
        job,
        list(subject_ids),
        LOST_AFTER,
        run_id,
        MOST_TRIES,
        DIED,
    )
    return [row["subject_id"] for row in rows if row["parked_at"] is None]


async def note_success(job: str, subject_ids: Sequence[UUID], run_id: UUID | None = None) -> None:
    """It was done, or is not to be done any more: what was counted is forgotten."""
    await db.fetch(f"DELETE FROM job_tries WHERE {_COUNTED}", job, list(subject_ids), run_id)


async def note_interruption(job: str, subject_ids: Sequence[UUID], run_id: UUID | None = None) -> None:
    """The worker was asked to end, the database was away, or others held it: nobody's failure, and due again at once.
    The tries before are still counted."""
    await db.fetch(
        f"""
        WITH first AS (DELETE FROM job_tries WHERE {_COUNTED} AND tries = 1)
        UPDATE job_tries SET tries = tries - 1 WHERE {_COUNTED} AND tries > 1
        """,
        job,
        list(subject_ids),
        run_id,
    )


async def note_failure(job: str, subject_id: UUID, error: str, run_id: UUID | None = None) -> bool:
    """Wait before the next try, or park it after the last; gives whether it is parked."""
    row = await db.fetch_one(f"SELECT tries FROM job_tries WHERE {_COUNTED}", job, [subject_id], run_id)
    tries = row["tries"] if row is not None else 1
    rows = await db.fetch(
        f"""
        UPDATE job_tries
        SET error = $4, next_try_at = clock_timestamp() + $5::interval,
            parked_at = CASE WHEN tries >= $6 THEN clock_timestamp() END
        WHERE {_COUNTED} RETURNING parked_at
        """,
        job,
        [subject_id],
        run_id,
        error,
        pause_after(tries),
        MOST_TRIES,
    )
    return bool(rows) and rows[0]["parked_at"] is not None


async def list_parked(limit: int) -> list[ParkedRow]:
    """Longest parked first."""
    rows = await db.fetch(
        """
        SELECT tried.id, tried.job, tried.subject_id, tried.tries, tried.first_tried_at, tried.last_tried_at,
               tried.parked_at, coalesce(tried.error, '') AS error,
               coalesce(
                   organization.id, export.organization_id, webhook.organization_id, mail.organization_id
               ) AS organization_id
        FROM job_tries AS tried
        LEFT JOIN organizations AS organization ON organization.id = tried.subject_id
        LEFT JOIN organization_exports AS export ON export.id = tried.subject_id
        LEFT JOIN webhooks AS webhook ON webhook.id = tried.subject_id
        LEFT JOIN mails AS mail ON mail.id = tried.subject_id
        WHERE tried.parked_at IS NOT NULL ORDER BY tried.parked_at, tried.id LIMIT $1
        """,
        limit,
    )
    return [ParkedRow(**row) for row in rows]


async def release(actor: Actor, parked_id: UUID) -> None:
    """Let parked work be tried again, at the next sweep, as if for the first time; on the platform's record.

    Raises: DomainError FORBIDDEN for all but operators, NOT_FOUND, CONFLICT for what is not parked.
    """
    actor.require_operator()
    async with db.in_transaction():
        row = await db.fetch_one("SELECT job, subject_id, parked_at FROM job_tries WHERE id = $1 FOR UPDATE", parked_id)
        if row is None:
            raise refuse(ErrorCode.NOT_FOUND, "There is no such job.", *PARKED_JOB)
        if row["parked_at"] is None:
            raise refuse(ErrorCode.CONFLICT, "This job is not parked: it is tried again by itself.", *PARKED_JOB)
        await db.fetch("DELETE FROM job_tries WHERE id = $1", parked_id)
        facts = {"job": row["job"], "subjectId": row["subject_id"]}
        await record_platform_change(actor, Change("job.released", facts))


async def release_named(actor: Actor, named: str) -> int:
    """The same for everything that is parked of a job, by its name, or for one, by its id. Returns for how many.

    Raises: DomainError FORBIDDEN, NOT_FOUND, CONFLICT.
    """
    actor.require_operator()
    try:
        chosen = [UUID(named)]
    except ValueError:
        rows = await db.fetch("SELECT id FROM job_tries WHERE job = $1 AND parked_at IS NOT NULL ORDER BY id", named)
        chosen = [row["id"] for row in rows]
    if not chosen:
        raise refuse(ErrorCode.NOT_FOUND, f"Nothing is parked of a job {named!r}.")
    for one in chosen:
        await release(actor, one)
    return len(chosen)
