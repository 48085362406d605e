"""Sessions of browsers: an opaque token in a cookie, and here what it opens (R9.2: they live by real time)."""

import secrets
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from app import db
from app.domain.actor import operator, system
from app.domain.tokens import hash_secret
from app.events.service import Change, record_platform_change
from app.identity.bearer import Identity
from app.identity.people import person_id
from app.identity.sweeping import delete_rows, list_rows

OPERATOR_ISSUER = "urn:seatmark:operator-key"
"""Who vouches for operators: we do, for whoever brought a key. Their subject is the key's id."""

LIFETIME = timedelta(days=7)
"""After that one signs in again, however busy."""
MOST_IDLE = timedelta(hours=12)
"""Without a request for so long, a session is over."""
RENEWED_AFTER = timedelta(hours=1)
"""How old a token may be; the next request after that is answered with another one."""
OVERLAP = timedelta(minutes=1)
"""How long the token before is still good once the new one was used, for requests that were under way with it."""

_COME_BACK = "expires_at <= clock_timestamp()"
_OVER = "least(expires_at, seen_at + $1::interval) <= clock_timestamp()"


@dataclass(frozen=True, slots=True)
class BrowserSession:
    """Whose a session is and when it ends at the latest; `renewed_token` is to take the place of the one it came by."""

    id: UUID
    identity: Identity
    expires_at: datetime
    renewed_token: str | None


async def start_session(identity: Identity, replaced_token: str | None, request_id: str) -> str:
    """A session for someone who just signed in, and the end of the one that their browser had. Gives its token."""
    token, session_id = secrets.token_urlsafe(32), uuid4()
    async with db.in_transaction():
        if replaced_token is not None:
            await _end(replaced_token, request_id)
        await db.fetch(
            """
            INSERT INTO browser_sessions
                (id, issuer, subject, token_hash, created_at, renewed_at, seen_at, expires_at)
            SELECT $1, $2, $3, $4, now, now, now, now + $5::interval FROM clock_timestamp() AS now
            """,
            session_id,
            identity.issuer,
            identity.subject,
            hash_secret(token),
            LIFETIME,
        )
        await _record("browser_session.created", session_id, identity, request_id)
    return token


async def use_session(token: str, *, renews: bool) -> BrowserSession | None:
    """The session that a token is of, which is used now; None when there is none or it is over. `renews` is whether
    there is an answer that can bring another token."""
    renewed = secrets.token_urlsafe(32)
    row = await db.fetch_one(
        "SELECT * FROM use_browser_session($1, $2, $3, $4, $5, $6)",
        hash_secret(token),
        hash_secret(renewed),
        renews,
        MOST_IDLE,
        RENEWED_AFTER,
        OVERLAP,
    )
    if row is None:
        return None
    return _session_from(row, renewed if row["is_renewed"] else None)


async def find_session(session_id: UUID) -> BrowserSession | None:
    """A session that somebody was let in by, if it is not over. It counts as no use: live updates ask by it for as long
    as they are open, also by a token that was replaced meanwhile, and nobody sits before them for certain."""
    row = await db.fetch_one("SELECT * FROM find_browser_session($1, $2)", session_id, MOST_IDLE)
    return _session_from(row, None) if row is not None else None


async def end_session(token: str, request_id: str) -> None:
    """Sign out; a token that we do not know is no error."""
    async with db.in_transaction():
        await _end(token, request_id)


async def delete_ended_sessions() -> int:
    """Forget sessions that are over, and sign-ins that nobody came back from. Returns how many sessions."""
    await delete_rows("sign_ins", _COME_BACK)
    return await delete_rows("browser_sessions", _OVER, MOST_IDLE)


async def list_ended_sessions(limit: int) -> list[UUID]:
    """Those that are not forgotten yet, sign-ins also."""
    return [
        *await list_rows("sign_ins", _COME_BACK, limit),
        *await list_rows("browser_sessions", _OVER, limit, MOST_IDLE),
    ]


def _session_from(row: db.Row, renewed_token: str | None) -> BrowserSession:
    return BrowserSession(row["credential"], Identity(row["issuer"], row["subject"]), row["expires_at"], renewed_token)


async def _end(token: str, request_id: str) -> None:
    row = await db.fetch_one(
        "DELETE FROM browser_sessions WHERE token_hash = $1 OR previous_hash = $1 RETURNING id, issuer, subject",
        hash_secret(token),
    )
    if row is not None:
        await _record("browser_session.ended", row["id"], Identity(row["issuer"], row["subject"]), request_id)


async def _record(what: str, session_id: UUID, identity: Identity, request_id: str) -> None:
    """Operators are named as in all they do, by the id of their key; people by nothing that is theirs elsewhere."""
    if identity.issuer == OPERATOR_ISSUER:
        facts = {"browserSessionId": session_id, "operatorKeyId": UUID(identity.subject)}
        await record_platform_change(operator(identity.subject, request_id), Change(what, facts))
    else:
        facts = {"browserSessionId": session_id, "personId": person_id(identity)}
        await record_platform_change(replace(system("sign-in"), request_id=request_id), Change(what, facts))
