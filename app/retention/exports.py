"""Exports: asked for, made by a job, there for a week (R1.9).

The row is the truth. A job that dies leaves it unfinished, and the next sweep rings for it; the file appears under
its name only when it is whole, and never once a purge is decided.
"""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID, uuid4

import asyncpg

from app import db
from app.domain.actor import Actor, Permission
from app.domain.errors import DomainError, ErrorCode, refuse
from app.domain.export import EXPORT_LIFETIME, MOST_ATTEMPTS, ExportFacts, ExportState, export_state
from app.domain.policy import WHOLE_EXPORT
from app.events.service import Change
from app.faultpoints import fault_point
from app.organizations.service import lock_organization, record
from app.retention.archive import Archive, Progress, write_archive
from app.retention.folders import exports_folder

_PATIENCE = 30
"""Seconds to wait for the organization's lock with a file that is whole."""
_TELLING = 1.0
"""Seconds between two notes of the progress."""
_ERASED = "SELECT count(*) AS erased FROM members WHERE organization_id = $1 AND erased_at IS NOT NULL"
_UNFINISHED = "finished_at IS NULL AND failed_at IS NULL"
_EXPIRED = "expires_at <= clock_timestamp() AND removed_at IS NULL"


@dataclass(frozen=True, slots=True)
class ExportRow:
    """`now` is real time; `size` in bytes and `sha256` (hex) are of the whole file."""

    id: UUID
    organization_id: UUID
    requested_at: datetime
    requested_by: str
    facts: ExportFacts
    size: int | None
    sha256: str | None
    now: datetime

    @property
    def state(self) -> ExportState:
        return export_state(self.facts, self.now)


@dataclass(frozen=True, slots=True)
class _Made:
    """A file that is whole, of a snapshot in which so many had been erased."""

    organization_id: UUID
    export_id: UUID
    draft: Path
    archive: Archive
    erased: int


async def request_export(actor: Actor, organization_id: UUID) -> UUID:
    """Ask for an export; one that is not finished is answered instead of another. In every state until the purge.

    Raises: DomainError FORBIDDEN, and what `lock_organization` raises.
    """
    if actor.can_reach(organization_id):
        WHOLE_EXPORT.require(actor, organization_id)
    async with db.in_transaction():
        organization = await lock_organization(actor, organization_id, Permission.BILLING_VIEW, even_closed=True)
        unfinished = await db.fetch_one(
            f"SELECT id FROM organization_exports WHERE organization_id = $1 AND {_UNFINISHED}", organization_id
        )
        if unfinished is not None:
            return UUID(str(unfinished["id"]))
        export_id = uuid4()
        await db.fetch(
            """
            INSERT INTO organization_exports (id, organization_id, requested_at, requested_by, attempts, rows_done)
            VALUES ($1, $2, clock_timestamp(), $3, 0, 0)
            """,
            export_id,
            organization_id,
            actor.name_in(organization_id),
        )
        await record(actor, organization, Change("export.requested", {"exportId": export_id}))
    return export_id


async def find_exports(export_ids: Sequence[UUID]) -> list[ExportRow]:
    """By id, in no order. Whether the actor may see them is the caller's to ask: see `may_take`."""
    rows = await db.fetch(
        """
        SELECT id, organization_id, requested_at, requested_by, attempts, rows_total, rows_done, size, sha256,
               finished_at, failed_at, expires_at, clock_timestamp() AS now
        FROM organization_exports WHERE id = ANY($1)
        """,
        list(export_ids),
    )
    return [_row(row) for row in rows]


def may_take(actor: Actor, export: ExportRow) -> bool:
    return WHOLE_EXPORT.is_met(actor, export.organization_id)


async def find_file(actor: Actor, export_id: UUID) -> Path:
    """The file of an export that is ready.

    Raises: DomainError NOT_FOUND, also for one that is not ready, or expired, or not for the actor (R2.6).
    """
    exports = [export for export in await find_exports([export_id]) if may_take(actor, export)]
    path = _file(exports[0].organization_id, export_id) if exports else None
    if path is None or exports[0].state is not ExportState.READY or not await asyncio.to_thread(path.exists):
        raise refuse(ErrorCode.NOT_FOUND, "There is no such file.")
    return path


async def write_export(named: str, path: Path, progress: Progress) -> Archive:
    """Write the file of an organization, by slug or id, where an operator at the machine wants it.

    Raises: DomainError NOT_FOUND, also for one that is purged or being purged.
    """
    found = await db.fetch_one(
        "SELECT id FROM organizations WHERE (slug = $1 OR id::text = $1) AND purge_decided_at IS NULL", named
    )
    if found is None:
        raise refuse(ErrorCode.NOT_FOUND, f"There is no organization {named!r} that could be exported.")
    draft = path.with_name(f".{path.name}.{uuid4().hex}")
    try:
        async with db.read_snapshot() as snapshot:
            archive = await write_archive(snapshot, found["id"], draft, progress)
        await asyncio.to_thread(draft.replace, path)
    finally:
        draft.unlink(missing_ok=True)
    return archive


async def list_unfinished_exports(limit: int) -> list[UUID]:
    """Oldest first."""
    rows = await db.fetch(
        f"SELECT id FROM organization_exports WHERE {_UNFINISHED} ORDER BY requested_at, id LIMIT $1", limit
    )
    return [row["id"] for row in rows]


async def make_export(actor: Actor, export_id: UUID) -> bool:
    """Make the file, unless another job is at it. Returns whether this one did.

    The claim is a lock that lives as long as the snapshot: whoever dies lets go of both.
    """
    organization_id = await _find_unfinished(export_id)
    if organization_id is None:
        return False
    folder = exports_folder(organization_id)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = folder / f".{export_id}.{uuid4().hex}"
    draft.touch(mode=0o600)  # before the snapshot: a purge decided later finds it, one decided earlier is seen
    try:
        async with db.read_snapshot() as snapshot:
            if not await _claim(snapshot, export_id, organization_id):
                return False
            _clear(folder, export_id, but=draft)
            erased = await snapshot.fetchval(_ERASED, organization_id)
            archive = await write_archive(snapshot, organization_id, draft, _teller(export_id))
            fault_point("export.written")
            made = _Made(organization_id, export_id, draft, archive, erased)
            return await _finish(actor, made)
    except asyncio.CancelledError:
        await asyncio.shield(_take_back(export_id))
        raise
    finally:
        draft.unlink(missing_ok=True)


async def list_expired_exports(limit: int) -> list[UUID]:
    """Whose files are still there though their week is over."""
    rows = await db.fetch(f"SELECT id FROM organization_exports WHERE {_EXPIRED} LIMIT $1", limit)
    return [row["id"] for row in rows]


async def remove_expired_exports() -> int:
    """Remove the files whose week is over. Returns how many."""
    rows = await db.fetch(f"SELECT id, organization_id FROM organization_exports WHERE {_EXPIRED}")
    for row in rows:
        _file(row["organization_id"], row["id"]).unlink(missing_ok=True)
        await db.fetch("UPDATE organization_exports SET removed_at = clock_timestamp() WHERE id = $1", row["id"])
    return len(rows)


async def _find_unfinished(export_id: UUID) -> UUID | None:
    row = await db.fetch_one(
        f"SELECT organization_id FROM organization_exports WHERE id = $1 AND {_UNFINISHED}", export_id
    )
    return row["organization_id"] if row is not None else None


async def _claim(snapshot: asyncpg.Connection, export_id: UUID, organization_id: UUID) -> bool:
    """Whether the export is ours to make: nobody else's, not finished meanwhile, not tried too often, not purged."""
    if not await snapshot.fetchval("SELECT pg_try_advisory_xact_lock(hashtextextended($1, 0))", f"export:{export_id}"):
        return False
    if await snapshot.fetchval("SELECT purge_decided_at FROM organizations WHERE id = $1", organization_id) is not None:
        return False
    row = await db.fetch_one(
        f"""
        UPDATE organization_exports
        SET attempts = attempts + 1, rows_done = 0,
            failed_at = CASE WHEN attempts >= $2 THEN clock_timestamp() END
        WHERE id = $1 AND {_UNFINISHED} RETURNING failed_at
        """,
        export_id,
        MOST_ATTEMPTS,
    )
    return row is not None and row["failed_at"] is None


async def _take_back(export_id: UUID) -> None:
    """Whoever was told to end has not failed."""
    await db.fetch(
        f"UPDATE organization_exports SET attempts = attempts - 1 WHERE id = $1 AND attempts > 0 AND {_UNFINISHED}",
        export_id,
    )


def _teller(export_id: UUID) -> Progress:
    """Notes the progress where others see it, once a second."""
    noted = 0.0

    async def tell(done: int, total: int) -> None:
        nonlocal noted
        if time.monotonic() - noted >= _TELLING or done == total:
            noted = time.monotonic()
            sql = "UPDATE organization_exports SET rows_done = $2, rows_total = $3 WHERE id = $1"
            await db.fetch(sql, export_id, done, total)

    return tell


async def _finish(actor: Actor, made: _Made) -> bool:
    """Give the file its name and say so, under the organization's lock; False when a purge was decided before.

    Raises: DomainError CONFLICT when the lock is not to be had for long; the export is still to be made then.
    """
    deadline = time.monotonic() + _PATIENCE
    while True:
        try:
            return await _store(actor, made)
        except DomainError as error:
            if error.code is ErrorCode.ORGANIZATION_PURGED:
                return False
            if error.code is not ErrorCode.CONFLICT or time.monotonic() > deadline:
                raise
            await asyncio.sleep(1)


async def _store(actor: Actor, made: _Made) -> bool:
    """False when another job finished it, or somebody was erased meanwhile: then it is still to be made, without them.
    An export before it is not kept any longer."""
    async with db.in_transaction():
        organization = await lock_organization(actor, made.organization_id, Permission.BILLING_VIEW, even_closed=True)
        if (await db.fetch(_ERASED, made.organization_id))[0]["erased"] != made.erased:
            return False
        finished = await db.fetch(
            f"""
            UPDATE organization_exports
            SET finished_at = statement_timestamp(), expires_at = statement_timestamp() + $2::interval,
                size = $3, sha256 = $4
            WHERE id = $1 AND {_UNFINISHED} RETURNING id
            """,
            made.export_id,
            EXPORT_LIFETIME,
            made.archive.size,
            made.archive.sha256,
        )
        if not finished:
            return False
        await db.fetch(
            """
            UPDATE organization_exports SET expires_at = clock_timestamp()
            WHERE organization_id = $1 AND id <> $2 AND expires_at > clock_timestamp()
            """,
            made.organization_id,
            made.export_id,
        )
        facts = {"exportId": made.export_id, "bytes": made.archive.size}
        await record(actor, organization, Change("export.finished", facts))
        await asyncio.to_thread(made.draft.replace, _file(made.organization_id, made.export_id))
        fault_point("export.stored")
    return True


def _file(organization_id: UUID, export_id: UUID) -> Path:
    return exports_folder(organization_id) / f"{export_id}.zip"


def _clear(folder: Path, export_id: UUID, *, but: Path) -> None:
    """Drafts of jobs that died."""
    for draft in folder.glob(f".{export_id}.*"):
        if draft != but:
            draft.unlink(missing_ok=True)


def _row(row: db.Row) -> ExportRow:
    names = ("attempts", "rows_total", "rows_done", "finished_at", "failed_at", "expires_at")
    facts = ExportFacts(**{name: row[name] for name in names})
    return ExportRow(facts=facts, **{name: value for name, value in row.items() if name not in names})
