"""What a purge would delete, how far one is, and what is left of the purged (R1.7, R1.8)."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import orjson

from app import db
from app.billing.queries import list_unbilled_periods
from app.domain.actor import Actor
from app.domain.errors import ErrorCode, refuse
from app.domain.lifecycle import PurgeObstacle, purge_at, purge_obstacles
from app.organizations.queries import OrganizationFacts, find_organization
from app.retention.folders import measure_files
from app.retention.notices import find_final_warnings
from app.retention.purge import PURGED_TABLES


@dataclass(frozen=True, slots=True)
class PurgePreview:
    """`rows` per table that there are now, `files` and `size` (bytes) on the disk. While the purge goes on these are
    what is left, and `rows_deleted` what is gone."""

    organization: OrganizationFacts
    purge_at: datetime | None
    obstacles: Sequence[PurgeObstacle]
    rows: dict[str, int]
    files: int
    size: int
    rows_deleted: int


@dataclass(frozen=True, slots=True)
class TombstoneRow:
    """What is left of a purged organization; until `purged_at` it is being purged."""

    organization_id: UUID
    reason: str
    decided_at: datetime
    purged_at: datetime | None
    rows_deleted: dict[str, int]
    files: int | None
    file_bytes: int | None
    audit_hash: bytes | None
    receipt_hash: str | None
    accounting_until: datetime | None
    accounting_gone_at: datetime | None


async def preview_purge(actor: Actor, organization_id: UUID) -> PurgePreview:
    """Raises: DomainError FORBIDDEN for all but operators, NOT_FOUND."""
    actor.require_operator()
    organization = await find_organization(actor, organization_id)
    if organization is None:
        raise refuse(ErrorCode.NOT_FOUND, "There is no such organization.", "organizationId")
    measure = await asyncio.to_thread(measure_files, organization_id)
    stones = await find_tombstones([organization_id])
    return PurgePreview(
        organization=organization,
        purge_at=purge_at(organization.lifecycle),
        obstacles=await _obstacles(organization),
        rows=await _count_rows(organization_id),
        files=measure.files,
        size=measure.size,
        rows_deleted=sum(sum(stone.rows_deleted.values()) for stone in stones),
    )


async def find_tombstones(organization_ids: Sequence[UUID]) -> list[TombstoneRow]:
    """Those of the organizations that are purged or being purged."""
    rows = await db.fetch(
        """
        SELECT organization_id, reason, decided_at, purged_at, rows_deleted, files, file_bytes, audit_hash,
               receipt_hash, accounting_until, accounting_gone_at
        FROM tombstones WHERE organization_id = ANY($1)
        """,
        list(organization_ids),
    )
    return [TombstoneRow(**{**row, "rows_deleted": orjson.loads(row["rows_deleted"])}) for row in rows]


async def list_unfinished_tombstones() -> list[TombstoneRow]:
    """Purges that were decided and are not done, oldest first."""
    rows = await db.fetch(
        "SELECT organization_id FROM tombstones WHERE purged_at IS NULL ORDER BY decided_at, organization_id"
    )
    stones = await find_tombstones([row["organization_id"] for row in rows])
    return sorted(stones, key=lambda stone: stone.decided_at)


async def count_rows_left(organization_id: UUID) -> int:
    """Rows that a purge has still to delete."""
    return sum((await _count_rows(organization_id)).values())


async def _obstacles(organization: OrganizationFacts) -> Sequence[PurgeObstacle]:
    """None once it is decided."""
    if organization.lifecycle.purge_decided_at is not None:
        return ()
    warned = await find_final_warnings([organization.id])
    unbilled = await list_unbilled_periods([organization.id])
    return purge_obstacles(
        organization.lifecycle, organization.now, warned.get(organization.id), unbilled[organization.id]
    )


async def _count_rows(organization_id: UUID) -> dict[str, int]:
    """Rows per table that has any, by one statement."""
    counts = " UNION ALL ".join(
        f"SELECT {place} AS place, '{table}' AS name, count(*) AS rows FROM {table} WHERE organization_id = $1"
        for place, table in enumerate(PURGED_TABLES)
    )
    rows = await db.fetch(
        f"SELECT name, rows FROM ({counts}) AS counted WHERE rows > 0 ORDER BY place", organization_id
    )
    return {row["name"]: row["rows"] for row in rows}


async def tell_unfinished() -> list[str]:
    """A line for each purge that is decided and not done: how far it is."""
    lines = []
    for stone in await list_unfinished_tombstones():
        left = await count_rows_left(stone.organization_id)
        gone = sum(stone.rows_deleted.values())
        lines.append(
            f"{stone.organization_id}  decided {stone.decided_at:%Y-%m-%d %H:%M}  {gone} of {gone + left} rows gone"
        )
    return lines
