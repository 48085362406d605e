"""Webhooks that end by themselves, and what is forgotten of them in time."""

from collections.abc import Sequence
from uuid import UUID

from app import db
from app.domain.actor import Actor
from app.domain.instants import instant_text
from app.events.service import Change, record_platform_change
from app.identity.sweeping import delete_rows
from app.organizations.service import LockedOrganization, lock_organizations, record_all

KEPT = "interval '30 days'"
"""For so long it can be seen how an event was told, and be replayed."""
_BATCH = 2000

_OFF_LONG = f"""
    SELECT webhook.id FROM webhooks AS webhook LEFT JOIN partner_keys AS key ON key.id = webhook.partner_key_id
    WHERE least(webhook.disabled_at, key.revoked_at, key.expires_at) < clock_timestamp() - {KEPT}
"""
_TO_DISABLE = """
    FROM webhooks AS webhook LEFT JOIN organizations AS organization ON organization.id = webhook.organization_id
    WHERE webhook.ends_because IS NOT NULL AND webhook.disabled_at IS NULL AND webhook.deleted_at IS NULL
      AND organization.purge_decided_at IS NULL
"""


async def list_webhooks_to_disable(limit: int) -> list[UUID]:
    """Webhooks whose receivers are gone, or took nothing for three days."""
    rows = await db.fetch(f"SELECT webhook.id {_TO_DISABLE} ORDER BY webhook.failing_since, webhook.id LIMIT $1", limit)
    return [row["id"] for row in rows]


async def disable_webhooks(actor: Actor, webhook_ids: Sequence[UUID]) -> int:
    """Disable those that are still to be, each with its event. An organization that is being changed is left to the
    next sweep."""
    async with db.in_transaction():
        rows = await db.fetch(
            f"SELECT webhook.id, webhook.organization_id {_TO_DISABLE} AND webhook.id = ANY($1)", list(webhook_ids)
        )
        owners = {row["organization_id"] for row in rows} - {None}
        locked = {one.id: one for one in await lock_organizations(list(owners), during_advance=False)}
        kept = {one: own for one, own in locked.items() if own.facts.lifecycle.purge_decided_at is None}
        ids = [row["id"] for row in rows if row["organization_id"] is None or row["organization_id"] in kept]
        disabled = await db.fetch(
            """
            UPDATE webhooks
            SET disabled_at = clock_timestamp(), disabled_reason = ends_because, ends_because = NULL
            WHERE id = ANY($1) AND ends_because IS NOT NULL AND disabled_at IS NULL
            RETURNING id, organization_id, disabled_reason AS reason, failing_since
            """,
            ids,
        )
        await _record(actor, disabled, kept)
    return len(disabled)


async def _record(actor: Actor, disabled: Sequence[db.Row], locked: dict[UUID, LockedOrganization]) -> None:
    changes: dict[UUID | None, list[Change]] = {}
    for row in disabled:
        since = instant_text(row["failing_since"]) if row["failing_since"] is not None else None
        facts = {"webhookId": row["id"], "reason": row["reason"], "failingSince": since}
        changes.setdefault(row["organization_id"], []).append(Change("webhook.disabled", facts))
    for change in changes.pop(None, ()):
        await record_platform_change(actor, change)
    if changes:
        await record_all(actor, [(locked[one], own) for one, own in changes.items() if one is not None])


async def forget_deliveries() -> int:
    """What ended long ago, what was still to be sent by webhooks that have been off for as long, and everything of
    those that were deleted. Returns how many deliveries."""
    total = forgotten = await _forget_some()
    while forgotten == _BATCH:
        forgotten = await _forget_some()
        total += forgotten
    for table in ("webhook_positions", "webhook_secrets"):
        await delete_rows(table, "webhook_id IN (SELECT id FROM webhooks WHERE deleted_at IS NOT NULL)")
    await delete_rows("webhook_secrets", "expires_at <= clock_timestamp()")
    await delete_rows(
        "webhooks",
        """deleted_at IS NOT NULL AND NOT EXISTS (SELECT FROM webhook_deliveries WHERE webhook_id = webhooks.id)
           AND NOT EXISTS (SELECT FROM webhook_positions WHERE webhook_id = webhooks.id)
           AND NOT EXISTS (SELECT FROM webhook_secrets WHERE webhook_id = webhooks.id)""",
    )
    return total


async def _forget_some() -> int:
    """With its attempts; and it is not missed any more where it was."""
    async with db.in_transaction():
        rows = await db.fetch(
            f"""
            SELECT id, webhook_id, organization_id, sequence FROM webhook_deliveries AS delivery
            WHERE ended_at < clock_timestamp() - {KEPT}
               OR webhook_id IN (SELECT id FROM webhooks WHERE deleted_at IS NOT NULL)
               OR (status = 'PENDING' AND webhook_id IN ({_OFF_LONG}))
            LIMIT {_BATCH} FOR UPDATE SKIP LOCKED
            """
        )
        ids = [row["id"] for row in rows]
        await db.fetch("DELETE FROM webhook_attempts WHERE delivery_id = ANY($1)", ids)
        await db.fetch(
            """
            UPDATE webhook_positions AS place SET since = greatest(place.since, gone.sequence)
            FROM (
                SELECT webhook_id, organization_id, max(sequence) AS sequence FROM webhook_deliveries
                WHERE id = ANY($1) GROUP BY webhook_id, organization_id
            ) AS gone
            WHERE place.webhook_id = gone.webhook_id AND place.organization_id = gone.organization_id
            """,
            ids,
        )
        await db.fetch("DELETE FROM webhook_deliveries WHERE id = ANY($1)", ids)
    return len(ids)


async def list_old_deliveries(limit: int) -> list[UUID]:
    """Those that are forgotten now, but for webhooks that were deleted."""
    rows = await db.fetch(
        f"""
        SELECT id FROM webhook_deliveries WHERE ended_at < clock_timestamp() - {KEPT} ORDER BY ended_at, id LIMIT $1
        """,
        limit,
    )
    return [row["id"] for row in rows]
