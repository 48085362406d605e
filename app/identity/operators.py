"""Operator keys: made, shown once, known again by their hash."""

import secrets
from uuid import UUID, uuid4

from app import db
from app.domain.actor import Actor, operator, system
from app.domain.tokens import hash_secret
from app.events.service import Change, record_platform_change
from app.identity.bearer import Identity
from app.identity.browsers import OPERATOR_ISSUER, start_session

PREFIX = "smop_"


async def find_operator(key: str, request_id: str) -> Actor | None:
    """The operator whose key it is; None for a key that we do not know."""
    (row,) = await db.fetch("SELECT find_operator_key($1) AS id", hash_secret(key))
    return operator(str(row["id"]), request_id) if row["id"] is not None else None


async def start_operator_session(key: str, replaced_token: str | None, request_id: str) -> str | None:
    """A browser's session that is the key's operator for as long as there is the key (a trigger sees to that), and the
    end of the one that the browser had. Gives its token; None for a key that we do not know.
    """
    async with db.in_transaction():
        # Whoever takes the key back meanwhile waits, and then ends this session too.
        row = await db.fetch_one("SELECT id FROM operator_keys WHERE secret_hash = $1 FOR KEY SHARE", hash_secret(key))
        if row is None:
            return None
        return await start_session(Identity(OPERATOR_ISSUER, str(row["id"])), replaced_token, request_id)


async def ensure_operator_key(given: str | None) -> str | None:
    """Make sure that the given key works, or, without one, that there is a first key.

    Returns: a key made just now, to be shown once; None when there is nothing to show.
    """
    async with db.in_transaction():
        # Two processes starting at once agree on one first key.
        await db.fetch("SELECT id FROM platform_chain WHERE id = 1 FOR NO KEY UPDATE")
        if given is not None:
            await insert_operator_key(uuid4(), hash_secret(given))
            return None
        if await db.fetch_one("SELECT id FROM operator_keys LIMIT 1") is not None:
            return None
        return await _make()


async def create_operator_key() -> str:
    """Another key, for one that was lost; shown once."""
    async with db.in_transaction():
        return await _make()


async def delete_operator_key(key: str) -> None:
    """Take a key back; an unknown one is no error."""
    async with db.in_transaction():
        row = await db.fetch_one("DELETE FROM operator_keys WHERE secret_hash = $1 RETURNING id", hash_secret(key))
        if row is not None:
            await _record("operator_key.deleted", row["id"])


async def _make() -> str:
    key = PREFIX + secrets.token_urlsafe(32)
    await insert_operator_key(uuid4(), hash_secret(key))
    return key


async def insert_operator_key(key_id: UUID, secret_hash: str) -> None:
    """Where there is one like it already, that stays as it is."""
    row = await db.fetch_one(
        """
        INSERT INTO operator_keys (id, secret_hash, created_at) VALUES ($1, $2, clock_timestamp())
        ON CONFLICT DO NOTHING RETURNING id
        """,
        key_id,
        secret_hash,
    )
    if row is not None:
        await _record("operator_key.created", row["id"])


async def _record(what: str, key_id: UUID) -> None:
    actor: Actor = system("operator-keys")
    await record_platform_change(actor, Change(what, {"operatorKeyId": key_id}))
