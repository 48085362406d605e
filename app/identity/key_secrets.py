"""Keys of organizations and of partners, as they are stored alike: what a key is, and its secrets, of which only the
hashes are kept."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from app import db
from app.domain.actor import Permission
from app.domain.api_keys import DIGITS, SECRET_LENGTH, write_key
from app.domain.errors import invalid
from app.domain.tokens import hash_secret
from app.identity.sweeping import delete_rows, list_rows


@dataclass(frozen=True, slots=True)
class KeyKind:
    """Where keys of a kind are: their table, that of their secrets, and its column for the key. `argument` is the name
    of a key in the input of mutations; `shared` are columns of a key that its secrets have too."""

    keys: str
    secrets: str
    reference: str
    argument: str
    shared: str = ""


API_KEYS = KeyKind("api_keys", "api_key_secrets", "api_key_id", "apiKeyId", shared="organization_id, ")
PARTNER_KEYS = KeyKind("partner_keys", "partner_key_secrets", "partner_key_id", "partnerKeyId")

_OVER = "expires_at <= clock_timestamp()"


@dataclass(frozen=True, slots=True)
class IssuedKey:
    """A key whose text is to be shown once."""

    id: UUID
    text: str


@dataclass(frozen=True, slots=True)
class SecretRow:
    """One of the secrets that hold now; `expires_at` is set once another took its place."""

    created_at: datetime
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class KeyRow:
    id: UUID
    name: str
    permissions: tuple[Permission, ...]
    created_at: datetime
    created_by: str
    expires_at: datetime | None
    last_used_at: datetime | None
    revoked_at: datetime | None
    revoked_by: str | None
    secrets: tuple[SecretRow, ...]


def keys_with_secrets(kind: KeyKind, more: str = "") -> str:
    """SQL: keys, as `key`, and beside their columns, and `more`, the secrets that hold now; for `key_facts`."""
    return f"""
        SELECT key.id, {more}key.name, key.permissions, key.created_at, key.created_by, key.expires_at,
               key.last_used_at, key.revoked_at, key.revoked_by,
               coalesce(secret.made, '{{}}') AS secrets_made, coalesce(secret.ending, '{{}}') AS secrets_ending
        FROM {kind.keys} AS key LEFT JOIN LATERAL (
            SELECT array_agg(created_at ORDER BY created_at, id) AS made,
                   array_agg(expires_at ORDER BY created_at, id) AS ending
            FROM {kind.secrets}
            WHERE {kind.reference} = key.id AND coalesce(expires_at > clock_timestamp(), true)
        ) AS secret ON true
    """


def key_facts(row: db.Row) -> dict[str, Any]:
    """What a `KeyRow` is made of."""
    kept = {name: row[name] for name in row if name not in ("secrets_made", "secrets_ending")}
    found = zip(row["secrets_made"], row["secrets_ending"], strict=True)
    return {
        **kept,
        "permissions": tuple(Permission(name) for name in row["permissions"]),
        "secrets": tuple(SecretRow(*one) for one in found),
    }


def permission_names(permissions: Sequence[Permission]) -> list[str]:
    """As they are stored: each once, in alphabetical order."""
    return sorted({one.value for one in permissions})


def refuse_revoked(kind: KeyKind, key: KeyRow) -> None:
    """Raises: DomainError INVALID_INPUT."""
    if key.revoked_at is not None:
        raise invalid("This key was revoked.", "input", kind.argument)


async def add_secret(kind: KeyKind, key_id: UUID) -> IssuedKey:
    """A secret for a key that is there."""
    text = write_key(key_id, "".join(secrets.choice(DIGITS) for _ in range(SECRET_LENGTH)))
    await db.fetch(
        f"""
        INSERT INTO {kind.secrets} ({kind.shared}id, {kind.reference}, secret_hash, created_at)
        SELECT {kind.shared}gen_random_uuid(), id, $2, clock_timestamp() FROM {kind.keys} WHERE id = $1
        """,
        key_id,
        hash_secret(text),
    )
    return IssuedKey(key_id, text)


async def replace_secret(kind: KeyKind, key: KeyRow, overlap: timedelta) -> IssuedKey:
    """A new secret, beside which the last one lives on for the overlap. One that was ending already ends now, so that
    there are never more than two.

    Raises: DomainError INVALID_INPUT for a key that has expired.
    """
    (row,) = await db.fetch("SELECT $1::timestamptz <= clock_timestamp() AS is_over", key.expires_at)
    if row["is_over"]:
        raise invalid("This key has expired.", "input", kind.argument)
    await db.fetch(
        f"""
        UPDATE {kind.secrets} SET expires_at = now + CASE WHEN expires_at IS NULL THEN $2 ELSE interval '0' END
        FROM clock_timestamp() AS now WHERE {kind.reference} = $1 AND coalesce(expires_at > now, true)
        """,
        key.id,
        overlap,
    )
    return await add_secret(kind, key.id)


async def delete_ended_secrets() -> int:
    """Forget secrets that let nobody in any more. Returns how many."""
    return await delete_rows(API_KEYS.secrets, _OVER) + await delete_rows(PARTNER_KEYS.secrets, _OVER)


async def list_ended_secrets(limit: int) -> list[UUID]:
    """Those that are not forgotten yet."""
    return [
        *await list_rows(API_KEYS.secrets, _OVER, limit),
        *await list_rows(PARTNER_KEYS.secrets, _OVER, limit),
    ]
