"""The mails that are to be sent: which are due, who is at one, and what became of it (R8.1).

A mail is taken by one UPDATE, which counts the try and says when the next one is due; so whoever dies with it in hand
leaves it to be sent again. While MOST_IN_HAND are being handed over, and for a while after the server could not be
used, nobody takes another: a server that hangs holds up so many jobs, not all.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from app import db
from app.domain.actor import Actor
from app.domain.errors import ErrorCode, refuse
from app.domain.mails import (
    KEPT_FOR,
    LIFETIME,
    LINK_KEPT_FOR,
    MOST_ATTEMPTS,
    PAUSES,
    WITH_LINK,
    MailFacts,
    MailKind,
    MailState,
    mail_state,
)
from app.domain.tokens import hash_secret
from app.events.service import Change, record_platform_change
from app.memberships.invitations import PREFIX as INVITATION_PREFIX
from app.settings import Settings, load_settings

SIGN_IN_PREFIX = "smsl_"
MOST_IN_HAND = 3
"""Mails that are being handed over at once, and jobs that send them, however many workers there are."""
HELD = timedelta(seconds=60)
"""For so long a mail counts as in hand, unless the result is noted before."""
SERVER_PAUSE = timedelta(seconds=30)
"""For so long nobody tries again a server that could not be used."""
NOBODY = "there is nobody to send it to any more"
TOO_LATE = "it could not be sent in time"

_OPEN = "sent_at IS NULL AND dead_at IS NULL"
_MAY_TAKE = f"""
    NOT EXISTS (SELECT FROM mails AS other WHERE other.server_left_until > clock_timestamp())
    AND (SELECT count(*) FROM mails AS other WHERE other.holds_until > clock_timestamp()) < {MOST_IN_HAND}
"""
_FIRST = "array_position(ARRAY['SIGN_IN_LINK', 'INVITATION'], mails.kind::text)"
"""Somebody waits for these, and a link to sign in with is dead after minutes."""


@dataclass(frozen=True, slots=True)
class MailRow:
    """A mail as operators see it: `state` and what came of it, by real time."""

    id: UUID
    kind: MailKind
    organization_id: UUID | None
    created_at: datetime
    attempts: int
    attempted_at: datetime | None
    next_attempt_at: datetime
    sent_at: datetime | None
    dead_at: datetime | None
    error: str | None

    def state(self, *, has_server: bool) -> MailState:
        return mail_state(MailFacts(self.attempts, self.sent_at, self.dead_at), has_server=has_server)


async def list_due_mails(limit: int, settings: Settings | None = None) -> list[UUID]:
    """Links to sign in with, then invitations, then what is due longest; none while there is no server, or enough are
    being handed over, or the server is left alone."""
    if (settings or load_settings()).mail_server is None:
        return []
    rows = await db.fetch(
        f"""
        SELECT id FROM mails WHERE {_OPEN} AND next_attempt_at <= clock_timestamp() AND {_MAY_TAKE}
        ORDER BY {_FIRST} NULLS LAST, next_attempt_at, id LIMIT $1
        """,
        limit,
    )
    return [row["id"] for row in rows]


async def find_due(mail_id: UUID) -> MailKind | None:
    """What the mail is about, if it could be taken now."""
    row = await db.fetch_one(
        f"""
        SELECT kind FROM mails WHERE id = $1 AND {_OPEN} AND next_attempt_at <= clock_timestamp()
          AND give_up_at > clock_timestamp() AND {_MAY_TAKE}
        """,
        mail_id,
    )
    return MailKind(row["kind"]) if row is not None else None


async def take_mail(mail_id: UUID) -> str | None:
    """Begin a try; gives the secret that goes into its link, of which only the hash is kept ("" where none does).

    None when it is not to be sent now: another has it, or it was sent, or nobody may send anything at the moment.
    """
    token = secrets.token_urlsafe(32)
    tokens = {kind: _prefix(kind) + token for kind in WITH_LINK}
    row = await db.fetch_one(
        f"""
        UPDATE mails AS mail
        SET attempts = attempts + 1, attempted_at = now, holds_until = now + $2::interval,
            next_attempt_at = now + ($3::interval[])[least(attempts + 1, $4)],
            token_hashes = token_hashes || coalesce((
                SELECT ARRAY[hash] FROM unnest($5::text[], $6::text[]) AS secret (kind, hash)
                WHERE secret.kind = mail.kind
            ), '{{}}')
        FROM clock_timestamp() AS now
        WHERE mail.id = $1 AND {_OPEN} AND next_attempt_at <= now AND give_up_at > now AND {_MAY_TAKE}
        RETURNING kind
        """,
        mail_id,
        HELD,
        list(PAUSES),
        MOST_ATTEMPTS,
        [kind.value for kind in tokens],
        [hash_secret(one) for one in tokens.values()],
    )
    return tokens.get(MailKind(row["kind"]), "") if row is not None else None


async def note_sent(mail_id: UUID) -> None:
    sql = "UPDATE mails SET sent_at = clock_timestamp(), holds_until = NULL, error = NULL WHERE id = $1"
    await db.fetch(f"{sql} AND dead_at IS NULL", mail_id)


async def note_not_sent(mail_id: UUID, error: str, *, is_final: bool, pause: timedelta | None = None) -> bool:
    """What went wrong; it is tried again unless `is_final`, or it cannot be in time. `pause` is how long the server is
    left alone. Gives whether it is dead."""
    row = await db.fetch_one(
        f"""
        UPDATE mails
        SET error = $2, holds_until = NULL, server_left_until = clock_timestamp() + $4::interval,
            dead_at = CASE WHEN $3 OR next_attempt_at >= give_up_at OR attempts >= $5 THEN clock_timestamp() END
        WHERE id = $1 AND {_OPEN} RETURNING dead_at
        """,
        mail_id,
        error[:100],
        is_final,
        pause,
        MOST_ATTEMPTS,
    )
    return row is not None and row["dead_at"] is not None


_LATE = f"{_OPEN} AND give_up_at <= clock_timestamp()"


async def list_late_mails(limit: int) -> list[UUID]:
    """Those that are not sent any more; none while there is no server: they are kept."""
    if load_settings().mail_server is None:
        return []
    rows = await db.fetch(f"SELECT id FROM mails WHERE {_LATE} ORDER BY give_up_at, id LIMIT $1", limit)
    return [row["id"] for row in rows]


async def give_up_late_mails() -> int:
    """What could not be sent in time is dead. Returns how many."""
    rows = await db.fetch(
        f"""
        UPDATE mails SET dead_at = clock_timestamp(), error = coalesce(error, $1) WHERE {_LATE} RETURNING id
        """,
        TOO_LATE,
    )
    return len(rows)


_OLD = """
    created_at < clock_timestamp() - CASE WHEN kind = 'SIGN_IN_LINK' THEN $2::interval ELSE $1::interval END
    AND (holds_until IS NULL OR holds_until < clock_timestamp())
"""


async def list_old_mails(limit: int) -> list[UUID]:
    """Those that are forgotten now."""
    rows = await db.fetch(
        f"SELECT id FROM mails WHERE {_OLD} ORDER BY created_at, id LIMIT $3", KEPT_FOR, LINK_KEPT_FOR, limit
    )
    return [row["id"] for row in rows]


async def forget_mails() -> int:
    """Of mails, whatever became of them, it is known for 30 days; of links to sign in with for a day. Returns how many
    were forgotten."""
    rows = await db.fetch(
        f"DELETE FROM mails WHERE id IN (SELECT id FROM mails WHERE {_OLD} LIMIT 5000) RETURNING id",
        KEPT_FOR,
        LINK_KEPT_FOR,
    )
    return len(rows)


async def list_mails(limit: int) -> list[MailRow]:
    """The newest first."""
    rows = await db.fetch(
        """
        SELECT id, kind, organization_id, created_at, attempts, attempted_at, next_attempt_at, sent_at, dead_at, error
        FROM mails ORDER BY created_at DESC, id LIMIT $1
        """,
        limit,
    )
    return [MailRow(**{**row, "kind": MailKind(row["kind"])}) for row in rows]


async def retry_mails(actor: Actor, mail_ids: Sequence[UUID]) -> int:
    """Let dead mails be tried again as if for the first time, but for links to sign in with, which are over.

    Raises: DomainError FORBIDDEN for all but operators, NOT_FOUND when none of them is dead.
    """
    actor.require_operator()
    async with db.in_transaction():
        rows = await db.fetch(
            """
            UPDATE mails
            SET dead_at = NULL, error = NULL, attempts = 0, next_attempt_at = now, give_up_at = now + $2::interval
            FROM clock_timestamp() AS now
            WHERE id = ANY($1) AND dead_at IS NOT NULL AND kind <> 'SIGN_IN_LINK' RETURNING id
            """,
            list(mail_ids),
            LIFETIME,
        )
        if not rows:
            raise refuse(ErrorCode.NOT_FOUND, "There is no such mail that is dead and could be sent again.")
        await record_platform_change(actor, Change("mail.retried", {"mailIds": [row["id"] for row in rows]}))
    return len(rows)


async def show_link(actor: Actor, mail_id: UUID) -> str | None:
    """A secret for the link of a mail that is shown instead of sent; None where it has none. That somebody took a way
    in is on the platform's record."""
    actor.require_operator()
    token = secrets.token_urlsafe(32)
    async with db.in_transaction():
        row = await db.fetch_one(
            f"SELECT kind FROM mails WHERE id = $1 AND kind = ANY($2) AND {_OPEN} FOR UPDATE",
            mail_id,
            [kind.value for kind in WITH_LINK],
        )
        if row is None:
            return None
        shown = _prefix(MailKind(row["kind"])) + token
        sql = "UPDATE mails SET token_hashes = array_append(token_hashes, $2) WHERE id = $1"
        await db.fetch(sql, mail_id, hash_secret(shown))
        await record_platform_change(actor, Change("mail.shown", {"mailId": mail_id}))
    return shown


def _prefix(kind: MailKind) -> str:
    return INVITATION_PREFIX if kind is MailKind.INVITATION else SIGN_IN_PREFIX
