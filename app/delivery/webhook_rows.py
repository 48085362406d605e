"""Webhooks as they are read: what they are, what was sent, and how it was answered."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app import db
from app.delivery.webhook_secrets import Owner, SigningSecretRow
from app.domain.actor import Actor, Permission
from app.domain.paging import PageRequest
from app.domain.webhooks import DeliveryStatus, DisabledReason
from app.organizations.partners import partner_key_id

_WEBHOOKS = """
    SELECT webhook.id, webhook.organization_id, webhook.partner_key_id, webhook.url, webhook.description,
           webhook.events, webhook.permissions, webhook.created_at, webhook.created_by, webhook.failing_since,
           webhook.disabled_at, webhook.disabled_reason,
           coalesce(secret.made, '{}') AS secrets_made, coalesce(secret.ending, '{}') AS secrets_ending
    FROM webhooks AS webhook LEFT JOIN LATERAL (
        SELECT array_agg(created_at ORDER BY created_at, id) AS made,
               array_agg(expires_at ORDER BY created_at, id) AS ending
        FROM webhook_secrets
        WHERE webhook_id = webhook.id AND coalesce(expires_at > clock_timestamp(), true)
    ) AS secret ON true
    WHERE webhook.deleted_at IS NULL
"""
_DELIVERIES = """
    SELECT delivery.id, delivery.webhook_id, delivery.organization_id, delivery.partner_key_id, delivery.event_id,
           delivery.sequence, delivery.type, delivery.status, delivery.created_at, delivery.next_attempt_at,
           delivery.ended_at, delivery.attempts, delivery.replays
    FROM webhook_deliveries AS delivery
"""


@dataclass(frozen=True, slots=True)
class WebhookRow:
    """`permissions` are what it was given; a partner's has what its key is allowed."""

    id: UUID
    organization_id: UUID | None
    partner_key_id: UUID | None
    url: str
    description: str
    events: tuple[str, ...]
    permissions: frozenset[Permission]
    created_at: datetime
    created_by: str
    failing_since: datetime | None
    disabled_at: datetime | None
    disabled_reason: DisabledReason | None
    secrets: tuple[SigningSecretRow, ...]

    @property
    def owner(self) -> Owner:
        return Owner(self.organization_id, self.partner_key_id)


@dataclass(frozen=True, slots=True)
class DeliveryRow:
    """`attempts` are those since the last replay. Without an organization it is a partner's, of one that is gone."""

    id: UUID
    webhook_id: UUID
    organization_id: UUID | None
    partner_key_id: UUID | None
    event_id: UUID
    sequence: int
    type: str
    status: DeliveryStatus
    created_at: datetime
    next_attempt_at: datetime | None
    ended_at: datetime | None
    attempts: int
    replays: int


@dataclass(frozen=True, slots=True)
class AttemptRow:
    """Without `ended_at` it is under way, or its worker came to an end."""

    number: int
    at: datetime
    ended_at: datetime | None
    status: int | None
    answer: str | None
    error: str | None
    next_attempt_at: datetime | None


@asynccontextmanager
async def acting_as(actor: Actor) -> AsyncIterator[None]:
    """For a partner, a transaction in which its own webhooks exist for it too."""
    key_id = partner_key_id(actor)
    if key_id is None:
        yield
        return
    async with db.in_transaction():
        await db.fetch("SELECT set_config('seatmark.partner_key', $1, true)", str(key_id))
        yield


def can_reach(actor: Actor, row: WebhookRow | DeliveryRow) -> bool:
    """Whether it exists for the actor: a partner's is the partner's alone, and operators' to see (R2.6)."""
    if row.partner_key_id is not None:
        return partner_key_id(actor) == row.partner_key_id or actor.everywhere is not None
    return row.organization_id is not None and actor.can_reach(row.organization_id)


async def list_webhooks(organization_id: UUID) -> list[WebhookRow]:
    """Those of an organization, the newest first; there are at most 20."""
    rows = await db.fetch(
        f"{_WEBHOOKS} AND organization_id = $1 ORDER BY webhook.created_at DESC, webhook.id", organization_id
    )
    return [_webhook(row) for row in rows]


async def list_partner_webhooks(actor: Actor, key_id: UUID) -> list[WebhookRow]:
    """Those of a partner's key, for itself and for operators; the newest first, at most 20."""
    async with acting_as(actor):
        rows = await db.fetch(
            f"{_WEBHOOKS} AND partner_key_id = $1 ORDER BY webhook.created_at DESC, webhook.id", key_id
        )
    return [found for found in map(_webhook, rows) if can_reach(actor, found)]


async def list_own_webhooks(actor: Actor) -> list[WebhookRow]:
    """A partner's own; nobody else has any."""
    key_id = partner_key_id(actor)
    return await list_partner_webhooks(actor, key_id) if key_id is not None else []


async def find_webhooks(actor: Actor, webhook_ids: Sequence[UUID]) -> list[WebhookRow]:
    """As far as they exist for the actor."""
    async with acting_as(actor):
        rows = await db.fetch(f"{_WEBHOOKS} AND webhook.id = ANY($1)", list(webhook_ids))
    return [found for found in map(_webhook, rows) if can_reach(actor, found)]


async def find_deliveries(actor: Actor, delivery_ids: Sequence[UUID]) -> list[DeliveryRow]:
    """As far as they exist for the actor."""
    async with acting_as(actor):
        rows = await db.fetch(f"{_DELIVERIES} WHERE delivery.id = ANY($1)", list(delivery_ids))
    return [found for found in map(_delivery, rows) if can_reach(actor, found)]


def _of(status: DeliveryStatus | None) -> str:
    """SQL: deliveries of the webhook $1; statuses are words of ours."""
    return f"{_DELIVERIES} WHERE webhook_id = $1" + (f" AND status = '{status.value}'" if status is not None else "")


async def list_deliveries(
    actor: Actor, webhook_id: UUID, status: DeliveryStatus | None, page: PageRequest
) -> list[DeliveryRow]:
    """Of a webhook that was reached already; newest first."""
    async with acting_as(actor):
        rows = await db.fetch_page(_of(status), "true", ("created_at", "id"), page.turned_round(), webhook_id)
    return [_delivery(row) for row in rows]


async def count_deliveries(actor: Actor, webhook_id: UUID, status: DeliveryStatus | None) -> int:
    async with acting_as(actor):
        return await db.count(_of(status), webhook_id)


async def list_attempts(actor: Actor, delivery_ids: Sequence[UUID]) -> dict[UUID, list[AttemptRow]]:
    """Of deliveries that were reached already, in order; at most 50 of each, the last ones."""
    async with acting_as(actor):
        rows = await db.fetch(
            """
            SELECT attempt.* FROM unnest($1::uuid[]) AS wanted (id) CROSS JOIN LATERAL (
                SELECT delivery_id, number, at, ended_at, status, answer, error, next_attempt_at
                FROM webhook_attempts WHERE delivery_id = wanted.id ORDER BY number DESC LIMIT 50
            ) AS attempt ORDER BY attempt.delivery_id, attempt.number
            """,
            list(delivery_ids),
        )
    found: dict[UUID, list[AttemptRow]] = {one: [] for one in delivery_ids}
    for row in rows:
        found[row.pop("delivery_id")].append(AttemptRow(**row))
    return found


def _webhook(row: db.Row) -> WebhookRow:
    secrets = zip(row.pop("secrets_made"), row.pop("secrets_ending"), strict=True)
    reason = row["disabled_reason"]
    return WebhookRow(
        **{
            **row,
            "events": tuple(row["events"]),
            "permissions": frozenset(Permission(name) for name in row["permissions"]),
            "disabled_reason": DisabledReason(reason) if reason is not None else None,
        },
        secrets=tuple(SigningSecretRow(*one) for one in secrets),
    )


def _delivery(row: db.Row) -> DeliveryRow:
    return DeliveryRow(**{**row, "status": DeliveryStatus(row["status"])})
