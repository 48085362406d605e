"""Webhooks: made, changed, deleted, and their secrets rotated, by organizations and by partners (R8.3).

An organization's acts are on its record, those of a partner about its own webhooks on the platform's. Neither says more
of an address than its host: what is behind may be a secret.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID, uuid4

from app import db
from app.delivery.webhook_owners import Held, claim_own, hold, record_webhook, require_room
from app.delivery.webhook_secrets import add_secret, replace_secret
from app.domain.actor import Actor, Permission
from app.domain.addresses import check_receiver
from app.domain.errors import check_all
from app.domain.event_types import SEEING
from app.domain.text import check_text
from app.domain.unset import UNSET, Unset
from app.domain.webhooks import DisabledReason, check_filters, check_overlap, require_as_much
from app.settings import load_settings

LONGEST_DESCRIPTION = 200
URL, EVENTS, DESCRIPTION = ("input", "url"), ("input", "events"), ("input", "description")


@dataclass(frozen=True, slots=True)
class WebhookToBe:
    """What a new webhook is to be; `organization_id` None is for the partner that asks. No events are all of them."""

    organization_id: UUID | None
    url: str
    description: str
    events: Sequence[str]


@dataclass(frozen=True, slots=True)
class WebhookUpdate:
    """What is to be different."""

    url: str | Unset | None = UNSET
    description: str | Unset | None = UNSET
    events: Sequence[str] | Unset | None = UNSET
    is_enabled: bool | Unset | None = UNSET


@dataclass(frozen=True, slots=True)
class Issued:
    """A webhook and a secret of it, whose text is to be shown once."""

    webhook_id: UUID
    secret: str


async def create_webhook(actor: Actor, wanted: WebhookToBe) -> Issued:
    """It is told what happens from now on, as far as whoever makes it could see it now; a partner's, of all
    organizations that it manages, as far as its key lets it see then.

    Raises: DomainError FORBIDDEN (also for an event that the actor may not see), INVALID_INPUT, NOT_FOUND, and what
    `lock_organization` raises.
    """
    async with claim_own(actor, wanted.organization_id) as held:
        url, description, events = _checked(wanted, held.permissions)
        await require_room(held)
        webhook_id = uuid4()
        await _insert(webhook_id, actor, held, (url, description, events))
        await _begin_here(webhook_id, held)
        secret = await add_secret(webhook_id, held.owner)
        facts = {"host": urlsplit(url).hostname, "events": events, "permissions": _names(held.permissions)}
        await record_webhook(actor, held, "webhook.created", webhook_id, facts)
    return Issued(webhook_id, secret)


def _checked(wanted: WebhookToBe, permissions: Collection[Permission]) -> tuple[str, str, list[str]]:
    """Its address, description and events. Raises: DomainError with every problem."""
    url, description, events = check_all(
        lambda: check_receiver(wanted.url, *URL, allowed_hosts=load_settings().webhook_allowed_hosts),
        lambda: check_text(wanted.description, "The description", LONGEST_DESCRIPTION, *DESCRIPTION),
        lambda: check_filters(wanted.events, permissions, *EVENTS),
    )
    return url, description, events


async def update_webhook(actor: Actor, webhook_id: UUID, update: WebhookUpdate) -> UUID:
    """Change what it is; while it is disabled nothing is sent nor kept for it, and once it is enabled it goes on with
    what happens from then on and with what was on its way.

    Raises: DomainError NOT_FOUND, FORBIDDEN (also when it is told what the actor may not see), INVALID_INPUT, and what
    `lock_organization` raises.
    """
    async with hold(actor, webhook_id) as (held, webhook):
        require_as_much(held.permissions, webhook.permissions)
        given = WebhookToBe(
            webhook.organization_id,
            webhook.url if isinstance(update.url, Unset) else update.url or "",
            webhook.description if isinstance(update.description, Unset) else update.description or "",
            webhook.events if isinstance(update.events, Unset) else update.events or (),
        )
        url, description, events = _checked(given, webhook.permissions or held.permissions)
        await _store(webhook_id, url, description, events)
        facts: dict[str, Any] = {"host": urlsplit(url).hostname, "events": events}
        before: dict[str, Any] = {"host": urlsplit(webhook.url).hostname, "events": list(webhook.events)}
        if isinstance(update.is_enabled, bool):
            facts["enabled"], before["enabled"] = update.is_enabled, webhook.disabled_at is None
            await _switch(webhook_id, held, is_enabled=update.is_enabled, was_enabled=webhook.disabled_at is None)
        if events != list(webhook.events):
            await db.fetch("UPDATE webhook_positions SET since = sequence WHERE webhook_id = $1", webhook_id)
        await record_webhook(actor, held, "webhook.updated", webhook_id, facts, before)
    return webhook_id


async def delete_webhook(actor: Actor, webhook_id: UUID) -> UUID:
    """Nothing is sent any more, its secrets are gone at once, and what was sent is forgotten by a sweep.

    Raises: DomainError NOT_FOUND, FORBIDDEN, and what `lock_organization` raises.
    """
    async with hold(actor, webhook_id) as (held, _):
        await db.fetch("DELETE FROM webhook_secrets WHERE webhook_id = $1", webhook_id)
        await db.fetch("UPDATE webhooks SET deleted_at = clock_timestamp() WHERE id = $1", webhook_id)
        await record_webhook(actor, held, "webhook.deleted", webhook_id, {})
    return webhook_id


async def rotate_webhook_secret(actor: Actor, webhook_id: UUID, overlap_hours: int) -> Issued:
    """A new secret; for the overlap, what is sent is signed with both.

    Raises: DomainError NOT_FOUND, FORBIDDEN (also when it is told what the actor may not see), INVALID_INPUT, and what
    `lock_organization` raises.
    """
    overlap = check_overlap(overlap_hours)
    async with hold(actor, webhook_id) as (held, webhook):
        require_as_much(held.permissions, webhook.permissions)
        secret = await replace_secret(webhook_id, held.owner, overlap)
        await record_webhook(actor, held, "webhook.secret_rotated", webhook_id, {"overlapHours": overlap_hours})
    return Issued(webhook_id, secret)


async def _insert(webhook_id: UUID, actor: Actor, held: Held, told: tuple[str, str, list[str]]) -> None:
    url, description, events = told
    organization_id, key_id = held.owner.organization_id, held.owner.partner_key_id
    await db.fetch(
        """
        INSERT INTO webhooks
            (id, organization_id, partner_key_id, url, description, events, permissions, created_at, created_by,
             platform_sequence)
        VALUES ($1, $2, $3, $4, $5, $6, $7, clock_timestamp(), $8, 0)
        """,
        webhook_id,
        organization_id,
        key_id,
        url,
        description,
        events,
        _names(held.permissions & SEEING) if key_id is None else [],
        actor.name_in(organization_id),
    )


async def _begin_here(webhook_id: UUID, held: Held) -> None:
    """It is told what happens from now on in the organization, or in those that the partner manages."""
    await db.fetch(
        """
        INSERT INTO webhook_positions
            (id, webhook_id, organization_id, partner_key_id, first_sequence, since, sequence)
        SELECT gen_random_uuid(), $1, id, $3, sequence, sequence, sequence FROM organizations
        WHERE purged_at IS NULL
          AND (id = $2 OR id IN (SELECT organization_id FROM partner_key_organizations WHERE partner_key_id = $3))
        ON CONFLICT (webhook_id, organization_id) DO UPDATE SET since = excluded.since, sequence = excluded.sequence
        """,
        webhook_id,
        held.owner.organization_id,
        held.owner.partner_key_id,
    )


async def _store(webhook_id: UUID, url: str, description: str, events: list[str]) -> None:
    """What was found out about a receiver is not held against another."""
    await db.fetch(
        """
        UPDATE webhooks
        SET url = $2::text, description = $3, events = $4,
            failing_since = CASE WHEN url = $2::text THEN failing_since END,
            ends_because = CASE WHEN url = $2::text THEN ends_because END
        WHERE id = $1
        """,
        webhook_id,
        url,
        description,
        events,
    )


async def _switch(webhook_id: UUID, held: Held, *, is_enabled: bool, was_enabled: bool) -> None:
    """On or off; what is as it was stays as it is."""
    if is_enabled == was_enabled:
        return
    if is_enabled:
        await _begin_here(webhook_id, held)
    await db.fetch(
        """
        UPDATE webhooks
        SET disabled_at = CASE WHEN $2::text IS NOT NULL THEN clock_timestamp() END, disabled_reason = $2,
            failing_since = NULL, ends_because = NULL
        WHERE id = $1
        """,
        webhook_id,
        None if is_enabled else DisabledReason.BY_REQUEST.value,
    )


def _names(permissions: Collection[Permission]) -> list[str]:
    return sorted(one.value for one in frozenset(permissions) & SEEING)
