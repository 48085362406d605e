"""What accounting law keeps of a purged organization, and deleting it when its years are over (R1.8)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from app import db
from app.domain.actor import Actor
from app.events.service import Change, record_platform_change
from app.faultpoints import fault_point
from app.organizations.service import LockedOrganization, lock_organizations
from app.retention.purge import ACCOUNTING_TABLES
from app.retention.schedule import ON_CLOCK

_KEPT = f"""
    SELECT facts.id, facts.now, stone.accounting_until
    FROM tombstones AS stone JOIN organization_facts AS facts ON facts.id = stone.organization_id
    WHERE stone.purged_at IS NOT NULL AND stone.accounting_gone_at IS NULL AND {ON_CLOCK.format("facts")}
"""


async def list_due_accounting(limit: int, test_clock_id: UUID | None) -> list[UUID]:
    """Purged organizations whose documents need not be kept any more; clocks as in `list_due_closings`."""
    rows = await db.fetch(
        f"SELECT id FROM ({_KEPT}) AS kept WHERE accounting_until <= now ORDER BY accounting_until, id LIMIT $2",
        test_clock_id,
        limit,
    )
    return [row["id"] for row in rows]


async def find_next_accounting(test_clock_id: UUID, after: datetime) -> datetime | None:
    """When the next documents on the clock need not be kept any more, later than `after`."""
    row = await db.fetch_one(
        f"SELECT min(accounting_until) AS due_at FROM ({_KEPT}) AS kept WHERE accounting_until > $2",
        test_clock_id,
        after,
    )
    return row["due_at"] if row else None


async def delete_accounting(actor: Actor, organization_ids: Sequence[UUID], *, during_advance: bool) -> int:
    """Delete the documents of those whose years are over, decided again under the lock; the tombstone stays.

    The database itself refuses to delete any other. The numbers that go are recorded, so that none is ever missed
    without a reason (R5.5). Returns of how many organizations.
    """
    async with db.in_transaction():
        locked = await lock_organizations(organization_ids, during_advance=during_advance)
        due = await _find_due(locked)
        if not due:
            return 0
        ids = [organization.id for organization in due]
        numbers = await _list_numbers(ids)
        for table in ACCOUNTING_TABLES:
            await db.fetch("SELECT delete_accounting($1, $2)", table, ids)
        fault_point("accounting.deleted")
        await db.fetch(
            """
            UPDATE tombstones AS stone SET accounting_gone_at = gone.at
            FROM unnest($1::uuid[], $2::timestamptz[]) AS gone (organization_id, at)
            WHERE stone.organization_id = gone.organization_id
            """,
            ids,
            [organization.at for organization in due],
        )
        await record_platform_change(actor, Change("accounting.deleted", {"organizationIds": ids, "numbers": numbers}))
    return len(due)


async def _find_due(locked: Sequence[LockedOrganization]) -> list[LockedOrganization]:
    rows = await db.fetch(
        """
        SELECT organization_id FROM tombstones
        WHERE organization_id = ANY($1) AND purged_at IS NOT NULL AND accounting_gone_at IS NULL
          AND accounting_until <= (SELECT now FROM organization_facts AS facts WHERE facts.id = organization_id)
        """,
        [organization.id for organization in locked],
    )
    due = {row["organization_id"] for row in rows}
    return [organization for organization in locked if organization.id in due]


async def _list_numbers(organization_ids: Sequence[UUID]) -> list[dict[str, Any]]:
    """The numbers of their invoices and credit notes, by series and year."""
    rows = await db.fetch(
        """
        SELECT series_id, year, array_agg(number_in_year ORDER BY number_in_year) AS numbers
        FROM (SELECT organization_id, series_id, year, number_in_year FROM invoices
              UNION ALL
              SELECT organization_id, series_id, year, number_in_year FROM credit_notes) AS document
        WHERE organization_id = ANY($1) GROUP BY series_id, year ORDER BY series_id, year
        """,
        list(organization_ids),
    )
    return [{"seriesId": row["series_id"], "year": row["year"], "numbersInYear": row["numbers"]} for row in rows]
