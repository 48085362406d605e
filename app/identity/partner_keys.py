"""Partners' keys, which operators make over named organizations; recorded on the platform's chain (R8.2)."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from app import db
from app.domain.actor import Actor, Permission
from app.domain.api_keys import check_expiry, check_overlap, find_partner_permission_problems
from app.domain.errors import ErrorCode, Problem, invalid, refuse, refuse_for
from app.domain.instants import instant_text
from app.domain.paging import PageRequest
from app.domain.text import check_text
from app.domain.unset import UNSET, Unset
from app.events.service import Change, record_platform_change
from app.identity.key_secrets import (
    PARTNER_KEYS,
    IssuedKey,
    KeyRow,
    add_secret,
    key_facts,
    keys_with_secrets,
    permission_names,
    refuse_revoked,
    replace_secret,
)
from app.organizations.queries import FACT_COLUMNS, OrganizationFacts, facts_of

MOST_AT_ONCE = 1000
"""Organizations named in one change."""
_KEYS = keys_with_secrets(PARTNER_KEYS)
_MANAGED = f"""
    SELECT {FACT_COLUMNS} FROM organization_facts
    WHERE id IN (SELECT organization_id FROM partner_key_organizations WHERE partner_key_id = $1)
"""


@dataclass(frozen=True, slots=True)
class PartnerKeyToBe:
    name: str
    organization_ids: Sequence[UUID]
    permissions: Sequence[Permission]
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class PartnerKeyUpdate:
    """What is to be different."""

    name: str | Unset | None = UNSET
    permissions: Sequence[Permission] | Unset | None = UNSET
    add_organization_ids: Sequence[UUID] = field(default_factory=tuple)
    remove_organization_ids: Sequence[UUID] = field(default_factory=tuple)


@dataclass(frozen=True, slots=True)
class PartnerKeyRow(KeyRow):
    """A key that manages organizations."""


async def create_partner_key(actor: Actor, wanted: PartnerKeyToBe) -> IssuedKey:
    """Raises: DomainError FORBIDDEN for all but operators, INVALID_INPUT, NOT_FOUND for each unknown organization."""
    actor.require_operator()
    name = check_text(wanted.name, "The name", 100, "input", "name")
    _refuse(find_partner_permission_problems(wanted.permissions))
    async with db.in_transaction():
        await _require_organizations(wanted.organization_ids, "organizationIds")
        (row,) = await db.fetch("SELECT clock_timestamp() AS now")
        expires_at = check_expiry(wanted.expires_at, row["now"])
        key_id, names = uuid4(), permission_names(wanted.permissions)
        await db.fetch(
            """
            INSERT INTO partner_keys (id, name, permissions, created_at, created_by, expires_at)
            VALUES ($1, $2, $3, $4, $5, $6)
            """,
            key_id,
            name,
            names,
            row["now"],
            actor.name,
            expires_at,
        )
        await _add(key_id, wanted.organization_ids)
        issued = await add_secret(PARTNER_KEYS, key_id)
        facts = {"permissions": names, "expiresAt": instant_text(expires_at) if expires_at is not None else None}
        organizations = {"organizationIds": sorted(set(wanted.organization_ids))}
        await _record(actor, "created", key_id, {**facts, **organizations})
    return issued


async def update_partner_key(actor: Actor, key_id: UUID, update: PartnerKeyUpdate) -> UUID:
    """Change a key's name and permissions, and which organizations it manages; what is asked with it next finds that.

    Raises: DomainError FORBIDDEN for all but operators, NOT_FOUND, INVALID_INPUT.
    """
    actor.require_operator()
    async with db.in_transaction():
        key = await _lock_key(key_id)
        name, permissions = _checked(key, update)
        await _require_organizations(update.add_organization_ids, "addOrganizationIds")
        await db.fetch(
            "UPDATE partner_keys SET name = $2, permissions = $3 WHERE id = $1",
            key_id,
            name,
            permission_names(permissions),
        )
        await _add(key_id, update.add_organization_ids)
        await db.fetch(
            "DELETE FROM partner_key_organizations WHERE partner_key_id = $1 AND organization_id = ANY($2)",
            key_id,
            list(update.remove_organization_ids),
        )
        facts = {
            "permissions": permission_names(permissions),
            "addedOrganizationIds": sorted(set(update.add_organization_ids)),
            "removedOrganizationIds": sorted(set(update.remove_organization_ids)),
        }
        await _record(actor, "updated", key_id, facts, {"permissions": permission_names(key.permissions)})
    return key_id


async def rotate_partner_key(actor: Actor, key_id: UUID, overlap_hours: int) -> IssuedKey:
    """A new secret; the last one ends once the overlap is over, one before it now.

    Raises: DomainError FORBIDDEN for all but operators, NOT_FOUND, INVALID_INPUT.
    """
    actor.require_operator()
    overlap = check_overlap(overlap_hours)
    async with db.in_transaction():
        key = await _lock_key(key_id)
        issued = await replace_secret(PARTNER_KEYS, key, overlap)
        await _record(actor, "rotated", key_id, {"overlapHours": overlap_hours})
    return issued


async def revoke_partner_key(actor: Actor, key_id: UUID) -> UUID:
    """End a key at once. Raises: DomainError FORBIDDEN for all but operators, NOT_FOUND, INVALID_INPUT."""
    actor.require_operator()
    async with db.in_transaction():
        await _lock_key(key_id)
        await db.fetch(
            "UPDATE partner_keys SET revoked_at = clock_timestamp(), revoked_by = $2 WHERE id = $1", key_id, actor.name
        )
        await _record(actor, "revoked", key_id, {})
    return key_id


async def find_partner_keys(key_ids: Sequence[UUID]) -> list[PartnerKeyRow]:
    return [PartnerKeyRow(**key_facts(row)) for row in await db.fetch(f"{_KEYS} WHERE key.id = ANY($1)", list(key_ids))]


async def list_partner_keys(actor: Actor, page: PageRequest) -> list[PartnerKeyRow]:
    """Every one, also those revoked, the oldest first. Raises: DomainError FORBIDDEN for all but operators."""
    actor.require_operator()
    return [PartnerKeyRow(**key_facts(row)) for row in await db.fetch_page(_KEYS, "true", ("created_at", "id"), page)]


async def count_partner_keys() -> int:
    return await db.count("SELECT 1 FROM partner_keys")


async def list_managed(key_id: UUID, page: PageRequest) -> list[OrganizationFacts]:
    """The organizations that a key manages, the oldest first."""
    return [facts_of(row) for row in await db.fetch_page(_MANAGED, "true", ("created_at", "id"), page, key_id)]


async def count_managed(key_id: UUID) -> int:
    return await db.count("SELECT 1 FROM partner_key_organizations WHERE partner_key_id = $1", key_id)


def _checked(key: PartnerKeyRow, update: PartnerKeyUpdate) -> tuple[str, Sequence[Permission]]:
    """Name and permissions as they are to be. Raises: DomainError INVALID_INPUT."""
    name = key.name
    if update.name is not UNSET:
        name = check_text(update.name or "", "The name", 100, "input", "name")
    permissions = update.permissions or () if update.permissions is not UNSET else key.permissions
    _refuse(find_partner_permission_problems(permissions))
    return name, permissions


def _refuse(problems: Sequence[Problem]) -> None:
    if problems:
        raise refuse_for(problems)


async def _require_organizations(organization_ids: Sequence[UUID], name: str) -> None:
    """Raises: DomainError NOT_FOUND with a problem for each that there is not, INVALID_INPUT for too many."""
    if len(organization_ids) > MOST_AT_ONCE:
        raise invalid(f"Name at most {MOST_AT_ONCE} organizations at once.", "input", name)
    rows = await db.fetch("SELECT id FROM organizations WHERE id = ANY($1)", list(organization_ids))
    known = {row["id"] for row in rows}
    message = "There is no such organization."
    _refuse(
        [
            Problem(ErrorCode.NOT_FOUND, message, ("input", name, str(place)))
            for place, one in enumerate(organization_ids)
            if one not in known
        ]
    )


async def _lock_key(key_id: UUID) -> PartnerKeyRow:
    """A key that was not revoked. Raises: DomainError NOT_FOUND, INVALID_INPUT."""
    if not await db.fetch("SELECT id FROM partner_keys WHERE id = $1 FOR NO KEY UPDATE", key_id):
        raise refuse(ErrorCode.NOT_FOUND, "There is no such key.", "input", "partnerKeyId")
    (key,) = await find_partner_keys([key_id])
    refuse_revoked(PARTNER_KEYS, key)
    return key


async def _add(key_id: UUID, organization_ids: Sequence[UUID]) -> None:
    await db.fetch(
        """
        INSERT INTO partner_key_organizations (id, partner_key_id, organization_id)
        SELECT gen_random_uuid(), $1, organization_id FROM unnest($2::uuid[]) AS organization_id
        ON CONFLICT (partner_key_id, organization_id) DO NOTHING
        """,
        key_id,
        list(organization_ids),
    )


async def _record(
    actor: Actor, what: str, key_id: UUID, facts: dict[str, Any], before: dict[str, Any] | None = None
) -> None:
    change = Change(f"partner_key.{what}", {"partnerKeyId": key_id, **facts}, before or {})
    await record_platform_change(actor, change)
