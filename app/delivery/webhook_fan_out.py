"""Deliveries made out of the outbox, for every webhook that wants an event (R8.1, invariant 14).

An organization's events get their numbers under its lock, so that one with a smaller number never comes later: how far
a webhook has been told of it is one number. A webhook's row is the lock of its numbers.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from app import db
from app.domain.actor import Permission
from app.domain.event_catalog import LAST_EVENT
from app.domain.webhooks import is_wanted
from app.faultpoints import fault_point
from app.telemetry.records import touch

STREAMS = 100
"""Webhooks and organizations that are read at once."""
BATCH = 500
"""Events of each of them."""

_LIVE_PARTNERS = """
    SELECT webhook.id, webhook.partner_key_id, webhook.events, webhook.created_at, webhook.platform_sequence
    FROM webhooks AS webhook JOIN partner_keys AS key ON key.id = webhook.partner_key_id
    WHERE webhook.disabled_at IS NULL AND webhook.deleted_at IS NULL
      AND key.revoked_at IS NULL AND coalesce(key.expires_at > clock_timestamp(), true)
"""
_PURGES = f"""
    SELECT event.id AS event_id, event.sequence, live.id AS webhook_id, live.partner_key_id, live.events,
           managed.organization_id IS NOT NULL AND event.at > live.created_at AS is_theirs
    FROM ({_LIVE_PARTNERS}) AS live
    CROSS JOIN LATERAL (
        SELECT id, sequence, at, payload FROM events
        WHERE organization_id IS NULL AND type = '{LAST_EVENT}' AND sequence > live.platform_sequence
        ORDER BY sequence LIMIT {BATCH}
    ) AS event
    LEFT JOIN partner_key_organizations AS managed
      ON managed.partner_key_id = live.partner_key_id
     AND managed.organization_id = (event.payload ->> 'organizationId')::uuid
"""
_READ = f"""
    SELECT stream.webhook_id, stream.partner_key_id, stream.organization_id, stream.first_sequence, stream.head,
           stream.events, stream.permissions, event.id AS event_id, event.sequence, event.type
    FROM (
        SELECT * FROM webhook_streams
        WHERE webhook_id = ANY($1) AND organization_id = ANY($2) AND head > sequence
    ) AS stream
    LEFT JOIN LATERAL (
        SELECT id, sequence, type FROM events
        WHERE organization_id = stream.organization_id AND sequence > stream.sequence
        ORDER BY sequence LIMIT {BATCH}
    ) AS event ON true
"""


async def list_webhooks_to_tell(limit: int) -> list[UUID]:
    """Webhooks for which there are events that were not looked at yet."""
    rows = await db.fetch(
        f"""
        SELECT DISTINCT webhook_id FROM (
            SELECT webhook_id FROM webhook_streams WHERE head > sequence
            UNION ALL
            SELECT id FROM ({_LIVE_PARTNERS}) AS live
            WHERE EXISTS (
                SELECT FROM events WHERE organization_id IS NULL AND type = '{LAST_EVENT}'
                AND sequence > live.platform_sequence
            )
        ) AS behind ORDER BY webhook_id LIMIT $1
        """,
        limit,
    )
    return [row["webhook_id"] for row in rows]


async def fan_out(webhook_ids: Sequence[UUID]) -> int:
    """Look at the next events of each, and make a delivery of those that it wants. Returns how many were looked at;
    0 when there are no more, or others are at it."""
    async with db.in_transaction():
        rows = await db.fetch(
            "SELECT id FROM webhooks WHERE id = ANY($1) ORDER BY id FOR NO KEY UPDATE SKIP LOCKED", list(webhook_ids)
        )
        held = [row["id"] for row in rows]
        read = await _tell_of_organizations(held) + await _tell_of_purges(held)
        fault_point("delivery.fanned_out")
    return read


async def _tell_of_organizations(webhook_ids: Sequence[UUID]) -> int:
    """Organizations are held so that none is buried meanwhile: what is written here would be left of it."""
    behind = await db.fetch(
        f"""
        SELECT organization_id FROM webhook_streams WHERE webhook_id = ANY($1) AND head > sequence
        ORDER BY webhook_id, organization_id LIMIT {STREAMS}
        """,
        list(webhook_ids),
    )
    held = await hold_kept({row["organization_id"] for row in behind})
    for one in held:
        touch(one)
    rows = await db.fetch(_READ, list(webhook_ids), held)
    await _insert([row for row in rows if row["event_id"] is not None and _wants(row)])
    await _move_on(rows)
    return len(rows)


async def hold_kept(organization_ids: set[UUID]) -> list[UUID]:
    """Organizations that are not buried, and will not be until the transaction ends; without those being purged now.
    Changes do not wait for it."""
    rows = await db.fetch(
        """
        SELECT id FROM organizations WHERE id = ANY($1) AND purged_at IS NULL
        ORDER BY id FOR KEY SHARE SKIP LOCKED
        """,
        list(organization_ids),
    )
    return [row["id"] for row in rows]


async def _tell_of_purges(webhook_ids: Sequence[UUID]) -> int:
    rows = await db.fetch(f"{_PURGES} WHERE live.id = ANY($1)", list(webhook_ids))
    named = [{**row, "organization_id": None, "type": LAST_EVENT, "permissions": ()} for row in rows]
    await _insert([row for row in named if row["is_theirs"] and _wants(row)])
    last: dict[UUID, int] = {}
    for row in rows:
        last[row["webhook_id"]] = max(row["sequence"], last.get(row["webhook_id"], 0))
    await db.fetch(
        """
        UPDATE webhooks AS webhook SET platform_sequence = told.sequence
        FROM unnest($1::uuid[], $2::bigint[]) AS told (id, sequence) WHERE webhook.id = told.id
        """,
        list(last),
        list(last.values()),
    )
    return len(rows)


def _wants(row: db.Row) -> bool:
    return is_wanted(row["type"], row["events"], [Permission(name) for name in row["permissions"]])


async def _insert(rows: Sequence[db.Row]) -> None:
    """Deliveries, due at once; one that there is already stays as it is."""
    wanted = ("webhook_id", "organization_id", "partner_key_id", "event_id", "sequence", "type")
    document: list[dict[str, Any]] = [{name: row[name] for name in wanted} for row in rows]
    await db.fetch(
        """
        INSERT INTO webhook_deliveries
            (id, webhook_id, organization_id, partner_key_id, event_id, sequence, type, status, created_at,
             next_attempt_at, attempts, replays)
        SELECT gen_random_uuid(), webhook_id, organization_id, partner_key_id, event_id, sequence, type, 'PENDING',
               clock_timestamp(), clock_timestamp(), 0, 0
        FROM jsonb_to_recordset($1::jsonb) AS row (
            webhook_id uuid, organization_id uuid, partner_key_id uuid, event_id uuid, sequence bigint, type text
        ) ORDER BY organization_id, sequence
        ON CONFLICT (webhook_id, event_id) DO NOTHING
        """,
        db.to_json(document),
    )


async def _move_on(rows: Sequence[db.Row]) -> None:
    """To the last event that was looked at; where a purge took them all, to the end."""
    last: dict[tuple[UUID, UUID], dict[str, Any]] = {}
    for row in rows:
        key = row["webhook_id"], row["organization_id"]
        sequence = row["sequence"] if row["sequence"] is not None else row["head"]
        if key not in last or sequence > last[key]["sequence"]:
            names = ("webhook_id", "organization_id", "partner_key_id", "first_sequence")
            last[key] = {**{name: row[name] for name in names}, "sequence": sequence}
    await db.fetch(
        """
        INSERT INTO webhook_positions
            (id, webhook_id, organization_id, partner_key_id, first_sequence, since, sequence)
        SELECT gen_random_uuid(), webhook_id, organization_id, partner_key_id, first_sequence, first_sequence, sequence
        FROM jsonb_to_recordset($1::jsonb) AS row (
            webhook_id uuid, organization_id uuid, partner_key_id uuid, first_sequence bigint, sequence bigint
        )
        ON CONFLICT (webhook_id, organization_id) DO UPDATE SET sequence = excluded.sequence
        """,
        db.to_json(list(last.values())),
    )
