"""Whose a webhook is, held for the rest of a transaction: an organization under its lock, or a partner's key."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from app import db
from app.delivery.webhook_rows import WebhookRow, acting_as, find_webhooks
from app.delivery.webhook_secrets import Owner
from app.domain.actor import Actor, Permission
from app.domain.errors import DomainError, ErrorCode, invalid, refuse
from app.domain.webhooks import MOST_WEBHOOKS
from app.events.service import Change, record_platform_change
from app.organizations.partners import partner_key_id
from app.organizations.service import LockedOrganization, lock_organization, record, wait_for_lock

_NEEDED = Permission.WEBHOOK_MANAGE


@dataclass(frozen=True, slots=True)
class Held:
    """`permissions` are what the actor may do there; `organization` is None for a partner's own."""

    owner: Owner
    permissions: frozenset[Permission]
    organization: LockedOrganization | None


@asynccontextmanager
async def claim_own(actor: Actor, organization_id: UUID | None) -> AsyncIterator[Held]:
    """For a new webhook of an organization, or without one of the partner that asks: one at a time of either.

    Raises: DomainError INVALID_INPUT for who is no partner and names no organization, FORBIDDEN, NOT_FOUND, and what
    `lock_organization` raises.
    """
    key_id = partner_key_id(actor)
    if organization_id is None and key_id is None:
        raise invalid(
            "Name the organization; partners alone have webhooks for all of theirs.", "input", "organizationId"
        )
    async with db.in_transaction(), acting_as(actor):
        if organization_id is not None:
            yield await _hold_organization(actor, organization_id)
        else:
            await wait_for_lock("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", f"webhooks:{key_id}")
            yield Held(Owner(None, key_id), await _permissions_of_partner(), None)


@asynccontextmanager
async def hold(actor: Actor, webhook_id: UUID) -> AsyncIterator[tuple[Held, WebhookRow]]:
    """A webhook that there is, held with whose it is. Raises: DomainError NOT_FOUND, FORBIDDEN, …"""
    async with db.in_transaction(), acting_as(actor):
        found = await _find(actor, webhook_id)
        if found.organization_id is not None:
            held = await _hold_organization(actor, found.organization_id)
        else:
            permissions = frozenset(Permission) if actor.everywhere else await _permissions_of_partner()
            held = Held(found.owner, permissions, None)
        await wait_for_lock("SELECT id FROM webhooks WHERE id = $1 FOR NO KEY UPDATE", webhook_id)
        yield held, await _find(actor, webhook_id)


async def record_webhook(
    actor: Actor, held: Held, what: str, webhook_id: UUID, facts: dict[str, Any], before: dict[str, Any] | None = None
) -> None:
    """On the organization's record, or on the platform's. Raises: DomainError FORBIDDEN for a partner whose key was
    revoked meanwhile."""
    change = Change(what, {"webhookId": webhook_id, **facts}, before or {})
    key_id = partner_key_id(actor)
    if held.organization is not None:
        await record(actor, held.organization, change)
    elif key_id is None:
        await record_platform_change(actor, change)
    else:
        told = (db.to_json(change.before), db.to_json(change.after), actor.request_id)
        (row,) = await wait_for_lock("SELECT record_partner_change($1, $2, $3, $4, $5) AS is_done", key_id, what, *told)
        if not row["is_done"]:
            raise DomainError(ErrorCode.FORBIDDEN, "This key was revoked, or manages no webhooks any more.")


async def require_room(held: Held) -> None:
    """Raises: DomainError INVALID_INPUT."""
    live = await db.count(
        "SELECT 1 FROM webhooks WHERE deleted_at IS NULL AND (organization_id = $1 OR partner_key_id = $2)",
        held.owner.organization_id,
        held.owner.partner_key_id,
    )
    if live >= MOST_WEBHOOKS:
        raise invalid(f"There are at most {MOST_WEBHOOKS} webhooks: delete one that is not used.", "input")


async def _hold_organization(actor: Actor, organization_id: UUID) -> Held:
    organization = await lock_organization(actor, organization_id, _NEEDED)
    return Held(Owner(organization_id, None), actor.standing_in(organization_id).permissions, organization)


async def _permissions_of_partner() -> frozenset[Permission]:
    """Raises: DomainError FORBIDDEN."""
    (row,) = await db.fetch("SELECT permissions_of_acting_partner() AS names")
    permissions = frozenset(Permission(name) for name in row["names"] or ())
    if _NEEDED not in permissions:
        raise DomainError(ErrorCode.FORBIDDEN, f"This needs the permission {_NEEDED.value}.")
    return permissions


async def _find(actor: Actor, webhook_id: UUID) -> WebhookRow:
    found = await find_webhooks(actor, [webhook_id])
    if not found:
        raise refuse(ErrorCode.NOT_FOUND, "There is no such webhook.", "input", "webhookId")
    return found[0]
