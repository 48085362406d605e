"""API keys of an organization: made, rotated, revoked (R2.3, R2.4). Their instants are of real time (R9.2)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from app import db
from app.directory.queries import MemberRow, find_members
from app.domain.access import MemberStatus
from app.domain.actor import Actor, ActorKind, Permission
from app.domain.api_keys import (
    MOST_KEYS,
    check_expiry,
    check_maker,
    check_overlap,
    find_permission_problems,
)
from app.domain.errors import DomainError, ErrorCode, invalid, refuse, refuse_for
from app.domain.instants import instant_text
from app.domain.policy import PERMISSIONS_OF_ROLE
from app.domain.text import check_text
from app.events.service import Change
from app.identity.key_secrets import (
    API_KEYS,
    IssuedKey,
    KeyRow,
    add_secret,
    key_facts,
    keys_with_secrets,
    permission_names,
    refuse_revoked,
    replace_secret,
)
from app.organizations.service import LockedOrganization, lock_organization, record

_KEYS = keys_with_secrets(API_KEYS, "key.organization_id, key.member_id, ")


@dataclass(frozen=True, slots=True)
class KeyToBe:
    """What a new key is to be; without `robot_id` it acts as whoever makes it."""

    name: str
    permissions: Sequence[Permission]
    robot_id: UUID | None
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class ApiKeyRow(KeyRow):
    organization_id: UUID
    member_id: UUID


async def create_api_key(actor: Actor, organization_id: UUID, wanted: KeyToBe) -> IssuedKey:
    """A key that acts as its maker, or as a robot, with some of what its maker and its bearer both may (R2.3).

    Raises: DomainError FORBIDDEN (also for a permission that the actor lacks), INVALID_INPUT, NOT_FOUND (the robot),
    and what `lock_organization` raises.
    """
    async with db.in_transaction():
        organization = await lock_organization(actor, organization_id, Permission.API_KEY_MANAGE)
        check_maker(actor)
        name = check_text(wanted.name, "The name", 100, "input", "name")
        bearer = await _find_bearer(actor, organization_id, wanted.robot_id)
        giver = actor.standing_in(organization_id).permissions
        problems = find_permission_problems(wanted.permissions, giver, PERMISSIONS_OF_ROLE[bearer.role])
        if problems:
            raise refuse_for(problems)
        await _require_room(organization_id)
        (row,) = await db.fetch("SELECT clock_timestamp() AS now")
        expires_at = check_expiry(wanted.expires_at, row["now"])
        key_id, names = uuid4(), permission_names(wanted.permissions)
        await db.fetch(
            """
            INSERT INTO api_keys
                (id, organization_id, member_id, name, permissions, created_at, created_by, expires_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
            """,
            key_id,
            organization_id,
            bearer.id,
            name,
            names,
            row["now"],
            actor.name_in(organization_id),
            expires_at,
        )
        issued = await add_secret(API_KEYS, key_id)
        facts = {"apiKeyId": key_id, "memberId": bearer.id, "permissions": names, "expiresAt": _text(expires_at)}
        await record(actor, organization, Change("api_key.created", facts))
    return issued


async def rotate_api_key(actor: Actor, key_id: UUID, overlap_hours: int) -> IssuedKey:
    """A new secret; the last one ends once the overlap is over, one before it now. A key may rotate itself, and no
    other.

    Raises: DomainError NOT_FOUND, FORBIDDEN (also for a key that may do what the actor may not), INVALID_INPUT, and
    what `lock_organization` raises.
    """
    overlap = check_overlap(overlap_hours)
    async with db.in_transaction():
        organization, key = await _lock_key(actor, key_id)
        if actor.kind is not ActorKind.API_KEY or actor.reference != str(key_id):
            check_maker(actor)
        if not actor.standing_in(organization.id).permissions.issuperset(await _given(key)):
            raise DomainError(ErrorCode.FORBIDDEN, "This key may do what you may not.")
        issued = await replace_secret(API_KEYS, key, overlap)
        facts = {"apiKeyId": key_id, "overlapHours": overlap_hours}
        await record(actor, organization, Change("api_key.rotated", facts))
    return issued


async def revoke_api_key(actor: Actor, key_id: UUID) -> UUID:
    """End a key at once, with all its secrets.

    Raises: DomainError NOT_FOUND, FORBIDDEN, INVALID_INPUT for one that was revoked, and what `lock_organization`
    raises.
    """
    async with db.in_transaction():
        organization, _ = await _lock_key(actor, key_id)
        await db.fetch(
            "UPDATE api_keys SET revoked_at = clock_timestamp(), revoked_by = $2 WHERE id = $1",
            key_id,
            actor.name_in(organization.id),
        )
        await record(actor, organization, Change("api_key.revoked", {"apiKeyId": key_id}))
    return key_id


async def list_api_keys(organization_id: UUID) -> list[ApiKeyRow]:
    """Those not revoked, the newest first; there are at most 100."""
    where = "WHERE key.organization_id = $1 AND key.revoked_at IS NULL ORDER BY key.created_at DESC, key.id"
    return [ApiKeyRow(**key_facts(row)) for row in await db.fetch(f"{_KEYS} {where}", organization_id)]


async def find_api_keys(key_ids: Sequence[UUID]) -> list[ApiKeyRow]:
    """Also those that were revoked."""
    return [ApiKeyRow(**key_facts(row)) for row in await db.fetch(f"{_KEYS} WHERE key.id = ANY($1)", list(key_ids))]


async def _find_bearer(actor: Actor, organization_id: UUID, robot_id: UUID | None) -> MemberRow:
    """Whom the key is to act as. Raises: DomainError NOT_FOUND, INVALID_INPUT."""
    member_id = robot_id or actor.member_in(organization_id)
    if member_id is None:
        raise invalid("You are no member here: name the robot that the key acts as.", "input", "robot")
    found = [one for one in await find_members([member_id]) if one.organization_id == organization_id]
    if not found:
        raise refuse(ErrorCode.NOT_FOUND, "There is no such member.", "input", "robot")
    (bearer,) = found
    if robot_id is not None and (not bearer.is_robot or bearer.status is not MemberStatus.ACTIVE):
        raise invalid("A key acts as its maker or as an active robot.", "input", "robot")
    return bearer


async def _given(key: ApiKeyRow) -> frozenset[Permission]:
    """What a key may do now: what it was given of what its bearer's role gives."""
    bearers = await find_members([key.member_id])
    return frozenset(key.permissions).intersection(*(PERMISSIONS_OF_ROLE[one.role] for one in bearers))


async def _lock_key(actor: Actor, key_id: UUID) -> tuple[LockedOrganization, ApiKeyRow]:
    """A key that was not revoked, its organization locked. Raises: DomainError NOT_FOUND, INVALID_INPUT, …"""
    not_found = refuse(ErrorCode.NOT_FOUND, "There is no such key.", "input", "apiKeyId")
    found = [row for row in await find_api_keys([key_id]) if actor.can_reach(row.organization_id)]
    if not found:
        raise not_found
    organization = await lock_organization(actor, found[0].organization_id, Permission.API_KEY_MANAGE)
    (key,) = await find_api_keys([key_id])
    refuse_revoked(API_KEYS, key)
    return organization, key


async def _require_room(organization_id: UUID) -> None:
    """Raises: DomainError INVALID_INPUT."""
    live = await db.count("SELECT 1 FROM api_keys WHERE organization_id = $1 AND revoked_at IS NULL", organization_id)
    if live >= MOST_KEYS:
        raise invalid(f"An organization has at most {MOST_KEYS} keys: revoke one that is not used.", "input")


def _text(instant: datetime | None) -> str | None:
    return instant_text(instant) if instant is not None else None
