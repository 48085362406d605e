"""Short-lived tokens that act as a member (R9.2: they live by real time)."""

import secrets
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from app import db
from app.domain.actor import Actor, Role
from app.domain.errors import ErrorCode, refuse
from app.domain.roles import member
from app.domain.tokens import hash_secret
from app.events.service import Change, record_platform_change
from app.identity.sweeping import delete_rows, list_rows

PREFIX = "smse_"
SESSION_LENGTH = timedelta(hours=1)

_OVER = "expires_at <= clock_timestamp()"


@dataclass(frozen=True, slots=True)
class SessionToken:
    """A new session's token, to be shown once."""

    token: str
    member_id: UUID
    expires_at: datetime


async def create_session(actor: Actor, member_id: UUID) -> SessionToken:
    """A token that acts as an active member, for an hour; recorded on the platform's chain, as an operator's act.

    Raises: DomainError FORBIDDEN for all but operators, NOT_FOUND, INVALID_INPUT for someone who is not active.
    """
    actor.require_operator()
    token = PREFIX + secrets.token_urlsafe(32)
    async with db.in_transaction():
        row = await db.fetch_one("SELECT organization_id, status FROM members WHERE id = $1 FOR SHARE", member_id)
        if row is None:
            raise refuse(ErrorCode.NOT_FOUND, "There is no such member.", "input", "memberId")
        if row["status"] != "ACTIVE":
            raise refuse(ErrorCode.INVALID_INPUT, "This member is not active.", "input", "memberId")
        session_id = uuid4()
        created = await db.fetch_one(
            """
            INSERT INTO sessions (id, organization_id, member_id, token_hash, created_at, created_by, expires_at)
            VALUES ($1, $2, $3, $4, clock_timestamp(), $5, clock_timestamp() + $6::interval) RETURNING expires_at
            """,
            session_id,
            row["organization_id"],
            member_id,
            hash_secret(token),
            actor.name,
            SESSION_LENGTH,
        )
        assert created is not None, "INSERT … RETURNING answers"
        facts = {"sessionId": session_id, "memberId": member_id, "organizationId": row["organization_id"]}
        await record_platform_change(actor, Change("session.created", facts))
    return SessionToken(token, member_id, created["expires_at"])


async def find_member_actor(token: str, request_id: str) -> Actor | None:
    """The member whom the token acts as, with the role they have now; None when it is over or they are not active."""
    row = await db.fetch_one("SELECT * FROM find_session($1)", hash_secret(token))
    if row is None:
        return None
    actor = member(row["member_id"], row["organization_id"], Role(row["role"]), request_id, row["expires_at"])
    return replace(actor, credential=row["credential"])


async def delete_expired_sessions() -> int:
    """Forget sessions that are over. Returns how many."""
    return await delete_rows("sessions", _OVER)


async def list_expired_sessions(limit: int) -> list[UUID]:
    """Sessions that are over, and not forgotten yet."""
    return await list_rows("sessions", _OVER, limit)
