"""Purges: decided once under the organization's lock, then carried out in batches (R1.5, R1.7, R1.8, R1.10)."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from app import db
from app.billing.queries import list_unbilled_periods
from app.domain.actor import Actor
from app.domain.lifecycle import is_purge_due
from app.events.service import Change
from app.faultpoints import fault_point
from app.organizations.service import LockedOrganization, lock_organizations, record_all
from app.retention.burial import bury, count_files, remove_files
from app.retention.notices import find_final_warnings
from app.retention.schedule import FINAL_WARNING, FINAL_WARNING_INTERVAL, ON_CLOCK, PURGES, UNBILLED

PURGED_TABLES = (
    "mails",
    "webhook_attempts",
    "webhook_deliveries",
    "webhook_positions",
    "webhook_secrets",
    "webhooks",
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
    "invoice_notices",
    "promo_code_redemptions",
    "legacy_baselines",
    "contracts",
    "billing_profiles",
    "sessions",
    "member_identities",
    "api_key_secrets",
    "api_keys",
    "invitations",
    "team_memberships",
    "members",
    "teams",
    "departments",
    "billing_periods",
    "organization_exports",
)
"""Everything that belongs to an organization and goes with it; rows that others refer to come later."""

SELF_REFERENCES = {"departments": "parent_id", "seat_changes": "undone_by_id"}
"""Tables whose rows refer to others of the same table: those that none refers to any more go first."""

ACCOUNTING_TABLES = ("payment_reversals", "payments", "credit_notes", "invoices", "statements")
"""What accounting law keeps for years after the purge; rows that others refer to come later (R1.8)."""

KEPT_TABLES = (*ACCOUNTING_TABLES, "tombstones", "partner_key_organizations")
"""What stays besides: that the organization was, and which partners can still be told of its purge (R8.3). Ids only."""

_FILLED = "SELECT CASE {} END AS name".format(
    " ".join(f"WHEN EXISTS (SELECT FROM {one} WHERE organization_id = $1) THEN '{one}'" for one in PURGED_TABLES)
)
"""Which are looked at in their order, no further than to the first."""

NEVER_SUBSCRIBED = "no subscription within 30 days of the trial"
CLOSED = "closed and not reopened within 30 days"

_DUE = f"""
    SELECT purge.id, purge.now,
           greatest(purge.purge_at, notice.written_at + {FINAL_WARNING_INTERVAL}) AS due_at
    FROM ({PURGES}) AS purge
    JOIN notices AS notice ON notice.organization_id = purge.id AND {FINAL_WARNING.format("notice", "purge")}
    WHERE {ON_CLOCK.format("purge")} AND purge.balance = 0 AND NOT {UNBILLED.format("purge")}
"""


async def list_due_purges(limit: int, test_clock_id: UUID | None) -> list[UUID]:
    """Organizations whose purge may be decided, longest overdue first; clocks as in `list_due_closings`.

    A period that is over, or in which seats were charged, is closed first, so that nothing is deleted unbilled.
    """
    rows = await db.fetch(
        f"SELECT id FROM ({_DUE}) AS due WHERE due_at <= now ORDER BY due_at, id LIMIT $2", test_clock_id, limit
    )
    return [row["id"] for row in rows]


async def find_next_purge(test_clock_id: UUID, after: datetime) -> datetime | None:
    """When the next purge on the clock falls due, later than `after`."""
    row = await db.fetch_one(
        f"SELECT min(due_at) AS due_at FROM ({_DUE}) AS due WHERE due_at > $2", test_clock_id, after
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
        unbilled = await list_unbilled_periods(ids)
        due = [
            organization
            for organization in organizations
            if is_purge_due(
                organization.facts.lifecycle,
                organization.at,
                warned.get(organization.id),
                unbilled[organization.id],
            )
        ]
        await store_decisions(actor, [(organization, _reason(organization)) for organization in due])
    return len(due)


async def store_decisions(actor: Actor, decided: Sequence[tuple[LockedOrganization, str]]) -> None:
    """Record that organizations, locked, are to be purged, and why: from here on there is no way back."""
    if not decided:
        return
    organizations = [organization for organization, _ in decided]
    parameters = ([one.id for one in organizations], [one.at for one in organizations])
    await db.fetch(
        """
        UPDATE organizations AS organization SET purge_decided_at = decision.at
        FROM unnest($1::uuid[], $2::timestamptz[]) AS decision (id, at) WHERE organization.id = decision.id
        """,
        *parameters,
    )
    await db.fetch(
        """
        INSERT INTO tombstones (id, organization_id, reason, decided_at, rows_deleted)
        SELECT gen_random_uuid(), id, reason, at, '{}'
        FROM unnest($1::uuid[], $2::timestamptz[], $3::text[]) AS decision (id, at, reason)
        """,
        *parameters,
        [reason for _, reason in decided],
    )
    fault_point("purge.decided")
    await record_all(actor, [(one, [Change("purge.decided", {"reason": reason})]) for one, reason in decided])


async def purge_batch(actor: Actor, organization_id: UUID, batch: int, *, during_advance: bool) -> bool:
    """Delete up to `batch` rows of one table; when none is left, the files; then write the tombstone. True while
    there is more.

    Each batch is a transaction of its own with its count, so that a crash loses neither (R1.8).
    """
    async with db.in_transaction():
        locked = await lock_organizations([organization_id], during_advance=during_advance)
        if not locked or not _is_unfinished(locked[0]):
            return False
        await _be_alone_with(organization_id)
        table = await _find_filled(organization_id)
        if table is not None:
            deleted = await _delete_from(table, organization_id, batch)
            assert deleted, f"{table} holds rows that none can be the first of to go"
            fault_point("purge.deleted")
            await _count_deleted(organization_id, table, deleted)
            return True
        if await count_files(organization_id):
            return True
        await remove_files(organization_id)
        fault_point("purge.files")
        await bury(actor, locked[0])
        fault_point("purge.buried")
    return False


def _reason(organization: LockedOrganization) -> str:
    return NEVER_SUBSCRIBED if organization.facts.lifecycle.closed_at is None else CLOSED


async def _be_alone_with(organization_id: UUID) -> None:
    """Until the transaction ends nobody adds a row that refers to it, also who needs no lock of it to do so."""
    await db.fetch("SELECT id FROM organizations WHERE id = $1 FOR UPDATE", organization_id)


async def _find_filled(organization_id: UUID) -> str | None:
    """The first of the tables that still holds rows of it: one statement, for it is asked before every batch."""
    row = await db.fetch_one(_FILLED, organization_id)
    assert row is not None, "a SELECT without FROM has one row"
    table: str | None = row["name"]
    return table


async def _delete_from(table: str, organization_id: UUID, batch: int) -> int:
    """By the database's own function, for we may not delete what only grows."""
    row = await db.fetch_one(
        "SELECT purge_rows($1, $2, $3, $4) AS deleted", table, organization_id, batch, SELF_REFERENCES.get(table)
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


def _is_unfinished(organization: LockedOrganization) -> bool:
    lifecycle = organization.facts.lifecycle
    return lifecycle.purge_decided_at is not None and lifecycle.purged_at is None
