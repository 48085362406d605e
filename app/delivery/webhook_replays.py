"""Telling again what was told, or what nobody took (R8.3)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from app import db
from app.delivery.webhook_owners import Held, hold, record_webhook
from app.delivery.webhook_rows import WebhookRow
from app.domain.actor import Actor
from app.domain.errors import DomainError, ErrorCode, invalid, refuse
from app.domain.webhooks import MOST_REPLAYED, is_wanted, require_as_much

MOST_DELIVERIES = 100
DELIVERIES, RANGE = ("input", "replay", "deliveryIds"), ("input", "replay", "range")
ORGANIZATION = (*RANGE, "organizationId")
_AGAIN = """
    SET status = 'PENDING', next_attempt_at = clock_timestamp(), claimed_until = NULL, first_attempt_at = NULL,
        ended_at = NULL, attempts = 0, replays = delivery.replays + 1
"""


@dataclass(frozen=True, slots=True)
class Range:
    """Events of an organization: of a partner's webhook it is named. What is None has no bound; `until` is exclusive.

    `only_dead` leaves alone what was delivered, and what never was to be.
    """

    organization_id: UUID | None = None
    first: int | None = None
    last: int | None = None
    since: datetime | None = None
    until: datetime | None = None
    only_dead: bool = False


async def replay_deliveries(actor: Actor, webhook_id: UUID, delivery_ids: Sequence[UUID]) -> int:
    """Send single deliveries again, as if for the first time. Returns how many.

    Raises: DomainError NOT_FOUND for each that is none of the webhook, and what `replay_range` raises.
    """
    if not 0 < len(delivery_ids) <= MOST_DELIVERIES:
        raise invalid(f"Name 1 to {MOST_DELIVERIES} deliveries.", *DELIVERIES)
    async with hold(actor, webhook_id) as (held, webhook):
        _require_ready(held, webhook)
        rows = await db.fetch(
            f"UPDATE webhook_deliveries AS delivery {_AGAIN} WHERE webhook_id = $1 AND id = ANY($2) RETURNING id",
            webhook_id,
            list(delivery_ids),
        )
        if len(rows) < len(set(delivery_ids)):
            raise refuse(
                ErrorCode.NOT_FOUND, "There is no such delivery of this webhook.", "input", "replay", "deliveryIds"
            )
        await _record(actor, held, webhook, len(rows))
    return len(rows)


async def replay_range(actor: Actor, webhook_id: UUID, wanted: Range) -> int:
    """Send again, as if for the first time, what happened in a range since there is the webhook, as far as it wants it;
    also what happened while it was disabled. Returns how many.

    Raises: DomainError NOT_FOUND, FORBIDDEN (also when it is told what the actor may not see), INVALID_INPUT for more
    than 10 000 events and for a partner's without an organization, CONFLICT while it is disabled.
    """
    async with hold(actor, webhook_id) as (held, webhook):
        _require_ready(held, webhook)
        organization_id = webhook.organization_id or wanted.organization_id
        if organization_id is None:
            raise invalid("Name the organization whose events are meant.", *ORGANIZATION)
        if wanted.organization_id not in (None, organization_id) or not actor.can_reach(organization_id):
            raise refuse(ErrorCode.NOT_FOUND, "There is no such organization.", *ORGANIZATION)
        rows = await _list_events(webhook, organization_id, wanted)
        told = [row for row in rows if is_wanted(row["type"], webhook.events, webhook.permissions or held.permissions)]
        await _send_again(webhook, organization_id, told)
        await _record(actor, held, webhook, len(told))
    return len(told)


def _require_ready(held: Held, webhook: WebhookRow) -> None:
    require_as_much(held.permissions, webhook.permissions)
    if webhook.disabled_at is not None:
        raise DomainError(ErrorCode.CONFLICT, "This webhook is disabled; enable it first.")


async def _list_events(webhook: WebhookRow, organization_id: UUID, wanted: Range) -> list[db.Row]:
    """Raises: DomainError INVALID_INPUT."""
    rows = await db.fetch(
        f"""
        SELECT event.id AS event_id, event.sequence, event.type
        FROM webhook_positions AS place
        JOIN events AS event ON event.organization_id = place.organization_id AND event.sequence > place.first_sequence
        WHERE place.webhook_id = $1 AND place.organization_id = $2
          AND coalesce(event.sequence >= $3, true) AND coalesce(event.sequence <= $4, true)
          AND coalesce(event.at >= $5, true) AND coalesce(event.at < $6, true)
          AND (NOT $7 OR EXISTS (
              SELECT FROM webhook_deliveries AS delivery
              WHERE delivery.webhook_id = $1 AND delivery.event_id = event.id AND delivery.status = 'DEAD'
          ))
        ORDER BY event.sequence LIMIT {MOST_REPLAYED + 1}
        """,
        webhook.id,
        organization_id,
        wanted.first,
        wanted.last,
        wanted.since,
        wanted.until,
        wanted.only_dead,
    )
    if len(rows) > MOST_REPLAYED:
        raise invalid(
            f"At most {MOST_REPLAYED} events are told again at once: name a smaller range.", "input", "replay", "range"
        )
    return rows


async def _send_again(webhook: WebhookRow, organization_id: UUID, rows: Sequence[db.Row]) -> None:
    document: list[dict[str, Any]] = [dict(row) for row in rows]
    await db.fetch(
        f"""
        INSERT INTO webhook_deliveries AS delivery
            (id, webhook_id, organization_id, partner_key_id, event_id, sequence, type, status, created_at,
             next_attempt_at, attempts, replays)
        SELECT gen_random_uuid(), $2, $3, $4, event_id, sequence, type, 'PENDING', clock_timestamp(),
               clock_timestamp(), 0, 0
        FROM jsonb_to_recordset($1::jsonb) AS row (event_id uuid, sequence bigint, type text) ORDER BY sequence
        ON CONFLICT (webhook_id, event_id) DO UPDATE {_AGAIN}
        """,
        db.to_json(document),
        webhook.id,
        organization_id,
        webhook.partner_key_id,
    )


async def _record(actor: Actor, held: Held, webhook: WebhookRow, count: int) -> None:
    await record_webhook(actor, held, "webhook.replayed", webhook.id, {"deliveries": count})
