"""Keys of organizations and of partners, known again by their hash."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from app import db
from app.domain.actor import Actor, Permission, Role
from app.domain.api_keys import DIGITS, SECRET_LENGTH, is_key, write_key
from app.domain.roles import api_key, partner
from app.domain.tokens import hash_secret


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


def with_secrets(columns: str, keys: str, secrets_table: str, reference: str) -> str:
    """SQL: keys, as `key`, and beside the columns named the secrets that hold now, for `secrets_from`."""
    return f"""
        SELECT {columns},
               coalesce(secret.made, '{{}}') AS secrets_made, coalesce(secret.ending, '{{}}') AS secrets_ending
        FROM {keys} AS key LEFT JOIN LATERAL (
            SELECT array_agg(created_at ORDER BY created_at, id) AS made,
                   array_agg(expires_at ORDER BY created_at, id) AS ending
            FROM {secrets_table}
            WHERE {reference} = key.id AND coalesce(expires_at > clock_timestamp(), true)
        ) AS secret ON true
    """


def secrets_from(row: db.Row) -> tuple[SecretRow, ...]:
    """From the columns `secrets_made` and `secrets_ending`."""
    return tuple(SecretRow(*one) for one in zip(row["secrets_made"], row["secrets_ending"], strict=True))


def make_text(key_id: UUID) -> str:
    """A key with a new secret."""
    return write_key(key_id, "".join(secrets.choice(DIGITS) for _ in range(SECRET_LENGTH)))


async def find_key_actor(token: str, request_id: str) -> Actor | None:
    """Whoever a key acts for, with what it may do now; None for one that is unknown, revoked, over, or acts as someone
    who does not take part. What is not written as keys are is not looked up at all."""
    if not is_key(token):
        return None
    row = await db.fetch_one("SELECT * FROM find_key($1)", hash_secret(token))
    if row is None:
        return None
    if row["is_use_due"]:
        await db.fetch("SELECT note_use_of_key($1)", row["key_id"])
    return _actor_from(row, request_id)


async def lock_secrets_out(table: str, key: str, key_id: UUID, overlap: timedelta) -> None:
    """Let every secret of a key end once the overlap is over, or earlier where it does anyway."""
    await db.fetch(
        f"UPDATE {table} SET expires_at = least(expires_at, clock_timestamp() + $2::interval) WHERE {key} = $1",
        key_id,
        overlap,
    )


def permission_names(permissions: Sequence[Permission]) -> list[str]:
    """As they are stored: each once, in alphabetical order."""
    return sorted({one.value for one in permissions})


def _actor_from(row: db.Row, request_id: str) -> Actor:
    permissions = frozenset(Permission(name) for name in row["permissions"])
    key_id, expires_at = row["key_id"], row["expires_at"]
    if row["is_partner"]:
        actor = partner(key_id, row["organization_ids"], permissions, request_id, expires_at)
    else:
        (organization_id,) = row["organization_ids"]
        bearer = (row["member_id"], Role(row["role"]))
        actor = api_key(key_id, organization_id, bearer, permissions, request_id, expires_at)
    return replace(actor, credential=row["credential"])
