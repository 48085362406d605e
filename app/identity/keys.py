"""Keys of organizations and of partners, known again by their hash."""

from collections.abc import Sequence
from dataclasses import replace

from app import db
from app.domain.actor import Actor, Permission, Role
from app.domain.api_keys import is_key
from app.domain.roles import api_key, partner
from app.domain.tokens import hash_secret
from app.together import Together

# Into a subquery that has an OFFSET the planner does not look: it would else plan anew for every array.
_FIND = """
    SELECT asked.hash, found.*
    FROM (SELECT $1::text[] AS hashes OFFSET 0) AS given, unnest(given.hashes) AS asked (hash),
         find_key(asked.hash) AS found
"""


async def find_key_actor(token: str, request_id: str) -> Actor | None:
    """Whoever a key acts for, with what it may do now; None for one that is unknown, revoked, over, or acts as someone
    who does not take part. What is not written as keys are is not looked up at all."""
    if not is_key(token):
        return None
    row = await _keys.ask(hash_secret(token))
    if row is None:
        return None
    if row["is_use_due"]:
        await db.fetch("SELECT note_use_of_key($1)", row["key_id"])
    return _actor_from(row, request_id)


async def _find_keys(hashes: Sequence[str]) -> list[db.Row | None]:
    rows = await db.fetch(_FIND, list(dict.fromkeys(hashes)))
    found = {row["hash"]: row for row in rows}
    return [found.get(one) for one in hashes]


_keys = Together(_find_keys, most=50)


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
