"""What a purge would delete, and what is left after one."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated

import strawberry

from app.domain.lifecycle import PurgeObstacle
from app.graphql.context import Info
from app.graphql.enums import describe_enum
from app.graphql.ids import row_id
from app.retention.preview import PurgePreview as Preview
from app.retention.preview import TombstoneRow, preview_purge

describe_enum(
    PurgeObstacle,
    "Why a purge cannot be decided now.",
    {
        "NOT_PLANNED": "The data are not going to be deleted: it has subscribed, and is not closed.",
        "NOT_DUE": "It is too early.",
        "LEGAL_HOLD": "There is a legal hold.",
        "NOT_WARNED": "The last warning is not written, or not 24 hours old.",
        "BALANCE": "Its balance is not zero.",
        "UNBILLED_MONTH": "A month is still to be billed.",
    },
)


@strawberry.type(description="How many rows of a table.")
class TableCount:
    table: str = strawberry.field(description="The table.")
    rows: int = strawberry.field(description="How many rows.")


@strawberry.type(
    description="What a purge of an organization would delete; while one goes on, what it has still to delete."
)
class PurgePreview:
    purge_at: datetime | None = strawberry.field(description="When it is due; null when it is not planned.")
    obstacles: list[PurgeObstacle] = strawberry.field(description="Everything that keeps it from being decided now.")
    tables: list[TableCount] = strawberry.field(description="Rows to be deleted, by table, in this order.")
    rows: int = strawberry.field(description="Rows to be deleted.")
    files: int = strawberry.field(description="Files to be removed.")
    bytes: float = strawberry.field(description="The bytes of these files: a whole number.")
    rows_deleted: int = strawberry.field(description="Rows that are deleted already, if the purge has begun.")


@strawberry.type(description="What is left of a purged organization besides its statements and invoices.")
class Tombstone:
    reason: str = strawberry.field(description="Why it was purged.")
    decided_at: datetime = strawberry.field(description="When that was decided; from then on there was no way back.")
    purged_at: datetime | None = strawberry.field(description="When the last of it was deleted; null until then.")
    tables: list[TableCount] = strawberry.field(description="Rows deleted, by table.")
    files: int | None = strawberry.field(description="Files removed; null until they are counted.")
    bytes: float | None = strawberry.field(description="The bytes of these files: a whole number.")
    audit_hash: str | None = strawberry.field(description="The last hash of its audit chain, hex.")
    receipt_hash: str | None = strawberry.field(description="SHA-256, in hex, of the receipt outside the database.")
    accounting_until: datetime | None = strawberry.field(description="Until when its statements and invoices are kept.")
    accounting_deleted_at: datetime | None = strawberry.field(
        description="When these were deleted too; null until then."
    )


@strawberry.type
class PurgeQuery:
    @strawberry.field(description="Operators: what a purge would delete, and what keeps it from being decided.")
    async def purge_preview(
        self,
        info: Info,
        organization_id: Annotated[strawberry.ID, strawberry.argument(description="The organization.")],
    ) -> PurgePreview | None:
        actor = info.context.actor
        return preview_from(await preview_purge(actor, row_id("Organization", organization_id, "organizationId")))


def preview_from(found: Preview) -> PurgePreview:
    return PurgePreview(
        purge_at=found.purge_at,
        obstacles=list(found.obstacles),
        tables=_tables(found.rows),
        rows=sum(found.rows.values()),
        files=found.files,
        bytes=found.size,
        rows_deleted=found.rows_deleted,
    )


def tombstone_from(row: TombstoneRow) -> Tombstone:
    return Tombstone(
        reason=row.reason,
        decided_at=row.decided_at,
        purged_at=row.purged_at,
        tables=_tables(row.rows_deleted),
        files=row.files,
        bytes=row.file_bytes,
        audit_hash=row.audit_hash.hex() if row.audit_hash else None,
        receipt_hash=row.receipt_hash,
        accounting_until=row.accounting_until,
        accounting_deleted_at=row.accounting_gone_at,
    )


def _tables(rows: Mapping[str, int]) -> list[TableCount]:
    return [TableCount(table=table, rows=count) for table, count in rows.items()]
