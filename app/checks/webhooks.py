"""Invariants 14 and 15 of webhooks: nothing is missed, and nothing is tried without end."""

from collections.abc import AsyncIterator

from app.checks.check import Check, Look, Row
from app.domain.actor import Permission
from app.domain.webhooks import LONGEST, MOST_ATTEMPTS, NOT_COUNTED, is_wanted

_PREFETCH = 2000
_PURGED_NOW = "SELECT id FROM organizations WHERE purge_decided_at IS NOT NULL AND purged_at IS NULL"
_NOT_SENT = f"""
    SELECT place.organization_id, place.webhook_id, event.sequence, event.type, webhook.events,
           coalesce(key.permissions, webhook.permissions) AS permissions
    FROM webhook_positions AS place
    JOIN webhooks AS webhook ON webhook.id = place.webhook_id AND webhook.deleted_at IS NULL
    LEFT JOIN partner_keys AS key ON key.id = webhook.partner_key_id
    JOIN events AS event ON event.organization_id = place.organization_id
     AND event.sequence > place.since AND event.sequence <= place.sequence
    WHERE webhook.disabled_at IS NULL AND place.organization_id NOT IN ({_PURGED_NOW})
      AND ($1::uuid[] IS NULL OR place.organization_id = ANY($1))
      AND NOT EXISTS (
          SELECT FROM webhook_deliveries AS delivery
          WHERE delivery.webhook_id = webhook.id AND delivery.event_id = event.id
      )
"""


async def find_missed(look: Look) -> AsyncIterator[Row]:
    """Events that a webhook wants, was looked at for, and has no delivery of."""
    async for row in look.connection.cursor(_NOT_SENT, look.organization_ids, prefetch=_PREFETCH):
        if is_wanted(row["type"], row["events"], [Permission(name) for name in row["permissions"]]):
            yield {name: row[name] for name in ("organization_id", "webhook_id", "sequence")}


_NAMED = ", ".join(f"'{reason}'" for reason in NOT_COUNTED)
_MADE = f"""(
    SELECT count(*) FROM webhook_attempts
    WHERE delivery_id = delivery.id AND (error IN ({_NAMED})) IS NOT TRUE
)"""

WEBHOOKS = (
    Check(14, "every event has a delivery for every webhook that wants it", find=find_missed),
    Check(
        14,
        "no webhook was told of events that there are not",
        """
        SELECT place.organization_id, place.webhook_id, place.sequence
        FROM webhook_positions AS place JOIN organizations AS organization ON organization.id = place.organization_id
        WHERE place.sequence > organization.sequence
        """,
    ),
    Check(
        14,
        "what was delivered was taken, and what is dead was tried to the end",
        f"""
        SELECT delivery.organization_id, delivery.id AS delivery_id, delivery.status
        FROM webhook_deliveries AS delivery
        WHERE (delivery.organization_id IN ({_PURGED_NOW})) IS NOT TRUE AND (
            (delivery.status = 'DELIVERED' AND NOT EXISTS (
                SELECT FROM webhook_attempts AS attempt
                WHERE attempt.delivery_id = delivery.id AND attempt.status BETWEEN 200 AND 299
            ))
            OR (delivery.status = 'DEAD' AND delivery.attempts < {MOST_ATTEMPTS}
                AND delivery.ended_at < delivery.first_attempt_at + interval '{LONGEST.days} days')
        )
        """,
    ),
    Check(
        15,
        "nothing is tried more often than it may be",
        f"""
        SELECT delivery.organization_id, delivery.id AS delivery_id, delivery.attempts,
               {_MADE} AS made
        FROM webhook_deliveries AS delivery
        WHERE delivery.attempts > {MOST_ATTEMPTS}
           OR {_MADE} > {MOST_ATTEMPTS} * (delivery.replays + 1)
        """,
    ),
)
