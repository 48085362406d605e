"""Deleting an organization that never subscribed: decided once under its lock, then in batches (R1.5, R1.7, R1.8)."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from app import db
from app.domain.actor import Actor
from app.domain.lifecycle import FINAL_WARNING_LENGTH, NOTICE_OFFSETS, RETENTION_LENGTH, Notice, is_purge_due
from app.events.service import Change, record_platform_change
from app.faultpoints import fault_point
from app.organizations.queries import list_periods
from app.organizations.service import LockedOrganization, lock_organizations, record_all
from app.retention.notices import find_final_warnings

PURGED_TABLES = (
    "events",
    "audit_entries",
    "notices",
    "notifications",
    "notification_settings",
    "boards",
    "attachments",
    "issue_watchers",
    "issue_changes",
    "issue_comments",
    "issues",
    "queues",
    "seat_requests",
    "seat_waits",
    "seat_grants",
    "seat_subscriptions",
    "seat_changes",
    "suspensions",
    "contracts",
    "billing_profiles",
    "sessions",
    "invitations",
    "team_memberships",
    "members",
    "teams",
    "departments",
    "billing_periods",
)
"""Everything that belongs to an organization and goes with it; rows that others refer to come later."""

KEPT_TABLES = ("statements", "invoices", "tombstones")
"""What accounting law keeps, and the tombstone (R1.8)."""

REASON = "no subscription within 30 days of the trial"

_DUE = """
    SELECT facts.id, greatest(facts.trial_ends_at + $2::interval, notice.written_at + $3::interval) AS due_at
    FROM organization_facts AS facts
    JOIN notices AS notice
      ON notice.organization_id = facts.id AND notice.kind = $4 AND notice.due_at = facts.trial_ends_at + $5::interval
    WHERE facts.purge_decided_at IS NULL AND facts.subscribed_from IS NULL
      AND CASE WHEN $1::uuid IS NULL THEN facts.advancing_to IS NULL ELSE facts.test_clock_id = $1 END
      AND NOT EXISTS (
          SELECT FROM billing_periods AS period
          WHERE period.organization_id = facts.id AND period.closed_at IS NULL AND period.ends_at <= facts.now
      )
"""


async def list_due_purges(limit: int, test_clock_id: UUID | None) -> list[UUID]:
    """Organizations whose purge may be decided, longest overdue first; clocks as in `list_due_closings`.

    A period that is over is closed first, so that nothing is deleted unbilled.
    """
    rows = await db.fetch(
        f"""
        SELECT due.id FROM ({_DUE}) AS due JOIN organization_facts AS facts USING (id)
        WHERE due.due_at <= facts.now ORDER BY due.due_at, due.id LIMIT $6
        """,
        *_due_parameters(test_clock_id),
        limit,
    )
    return [row["id"] for row in rows]


async def find_next_purge(test_clock_id: UUID, after: datetime) -> datetime | None:
    """When the next purge on the clock falls due, later than `after`."""
    row = await db.fetch_one(
        f"SELECT min(due_at) AS due_at FROM ({_DUE}) AS due WHERE due_at > $6", *_due_parameters(test_clock_id), after
    )
    return row["due_at"] if row else None


async def list_unfinished_purges(limit: int, test_clock_id: UUID | None) -> list[UUID]:
    """Organizations whose purge was decided and is not done."""
    rows = await db.fetch(
        """
        SELECT organization.id FROM organizations AS organization
        LEFT JOIN test_clocks AS clock ON clock.id = organization.test_clock_id
        WHERE organization.purge_decided_at IS NOT NULL AND organization.purged_at IS NULL
          AND CASE WHEN $1::uuid IS NULL THEN clock.advancing_to IS NULL ELSE clock.id = $1 END
        ORDER BY organization.purge_decided_at, organization.id LIMIT $2
        """,
        test_clock_id,
        limit,
    )
    return [row["id"] for row in rows]


async def decide_purges(actor: Actor, organization_ids: Sequence[UUID], *, during_advance: bool) -> int:
    """Record the decision where it is still due under the lock; a subscription that came before it wins (R1.7)."""
    async with db.in_transaction():
        organizations = await lock_organizations(organization_ids, during_advance=during_advance)
        ids = [organization.id for organization in organizations]
        warned = await find_final_warnings(ids)
        unclosed = await list_periods(ids, only_open=True)
        due = [
            organization
            for organization in organizations
            if is_purge_due(organization.facts.lifecycle, organization.at, warned.get(organization.id))
            and all(period.ends_at > organization.at for period in unclosed[organization.id])
        ]
        if due:
            await _store_decisions(due)
            fault_point("purge.decided")
            await record_all(actor, [(one, [Change("purge.decided", {"reason": REASON})]) for one in due])
    return len(due)


async def purge_batch(actor: Actor, organization_id: UUID, batch: int, *, during_advance: bool) -> bool:
    """Delete up to `batch` rows of one table, or, when none is left, write the tombstone. True while there is more.

    Each batch is a transaction of its own with its count, so that a crash loses neither (R1.8).
    """
    async with db.in_transaction():
        locked = await lock_organizations([organization_id], during_advance=during_advance)
        if not locked or not _is_unfinished(locked[0]):
            return False
        for table in PURGED_TABLES:
            deleted = await _delete_from(table, organization_id, batch)
            if deleted:
                fault_point("purge.deleted")
                await _count_deleted(organization_id, table, deleted)
                return True
        await _bury(actor, locked[0])
    return False


async def _store_decisions(organizations: Sequence[LockedOrganization]) -> None:
    ids = [organization.id for organization in organizations]
    instants = [organization.at for organization in organizations]
    await db.fetch(
        """
        UPDATE organizations AS organization SET purge_decided_at = decision.at
        FROM unnest($1::uuid[], $2::timestamptz[]) AS decision (id, at) WHERE organization.id = decision.id
        """,
        ids,
        instants,
    )
    await db.fetch(
        """
        INSERT INTO tombstones (id, organization_id, reason, decided_at, rows_deleted)
        SELECT gen_random_uuid(), id, $3, at, '{}' FROM unnest($1::uuid[], $2::timestamptz[]) AS decision (id, at)
        """,
        ids,
        instants,
        REASON,
    )


async def _delete_from(table: str, organization_id: UUID, batch: int) -> int:
    """`table` is one of ours, never input."""
    row = await db.fetch_one(
        f"""
        WITH gone AS (
            DELETE FROM {table}
            WHERE ctid = ANY (ARRAY(SELECT ctid FROM {table} WHERE organization_id = $1 LIMIT $2)) RETURNING 1
        )
        SELECT count(*)::int AS deleted FROM gone
        """,
        organization_id,
        batch,
    )
    return int(row["deleted"]) if row else 0


async def _count_deleted(organization_id: UUID, table: str, deleted: int) -> None:
    await db.fetch(
        """
        UPDATE tombstones
        SET rows_deleted = jsonb_set(rows_deleted, ARRAY[$2],
                                     to_jsonb(coalesce((rows_deleted ->> $2)::int, 0) + $3::int))
        WHERE organization_id = $1
        """,
        organization_id,
        table,
        deleted,
    )


async def _bury(actor: Actor, organization: LockedOrganization) -> None:
    """Names are gone, the row stays for what accounting law keeps; the receipt's hash proves what was done."""
    row = await db.fetch_one("SELECT * FROM tombstones WHERE organization_id = $1", organization.id)
    assert row is not None, "the decision wrote the tombstone"
    audit_hash = organization.head.audit_hash
    receipt: dict[str, Any] = {
        "organizationId": organization.id,
        "reason": row["reason"],
        "decidedAt": row["decided_at"],
        "purgedAt": organization.at,
        "rowsDeleted": orjson.loads(row["rows_deleted"]),
        "auditHash": audit_hash.hex() if audit_hash else None,
    }
    await db.fetch(
        "UPDATE tombstones SET purged_at = $2, audit_hash = $3, receipt_hash = $4 WHERE organization_id = $1",
        organization.id,
        organization.at,
        audit_hash,
        hashlib.sha256(db.to_json(receipt).encode()).hexdigest(),
    )
    await db.fetch(
        """
        UPDATE organizations SET purged_at = $2, last_change_at = $2, slug = NULL, name = '', audit_hash = NULL
        WHERE id = $1
        """,
        organization.id,
        organization.at,
    )
    fault_point("purge.buried")
    await record_platform_change(actor, Change("organization.purged", receipt))


def _is_unfinished(organization: LockedOrganization) -> bool:
    lifecycle = organization.facts.lifecycle
    return lifecycle.purge_decided_at is not None and lifecycle.purged_at is None


def _due_parameters(test_clock_id: UUID | None) -> tuple[Any, ...]:
    final = Notice.PURGE_IN_1_DAY
    return (test_clock_id, RETENTION_LENGTH, FINAL_WARNING_LENGTH, final.value, NOTICE_OFFSETS[final])
