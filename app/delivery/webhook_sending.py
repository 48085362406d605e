"""Sending what is due: claimed and counted in one transaction, sent in none, recorded in another (R8.3).

An attempt is a row before it is a request. Who dies in between leaves an attempt of which nobody knows how it ended,
and the same message is sent again once the claim is over: at least once, with the same id.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from random import uniform
from typing import Any
from uuid import UUID

import orjson
from standardwebhooks import Webhook

from app import db
from app.delivery.outbound import Answered, UnreachableError, post
from app.delivery.webhook_fan_out import hold_kept
from app.delivery.webhook_secrets import SecretLostError, open_secrets
from app.domain.webhooks import (
    GONE,
    MOST_ATTEMPTS,
    DeliveryStatus,
    DisabledReason,
    Happened,
    delay_after,
    is_success,
    message_id,
    wish_of,
    write_body,
)
from app.faultpoints import fault_point
from app.settings import Settings

AT_ONCE = 4
"""Requests that a receiver gets at the same time, of all processes together; one that failed last gets one."""
SLACK = timedelta(seconds=20)
"""For so long after a receiver's time is over, whoever sent it may still record how it ended."""

_ON = """
    SELECT webhook.id, webhook.failing_since, webhook.tried_at,
           coalesce(webhook.organization_id, webhook.partner_key_id) AS owner_id
    FROM webhooks AS webhook
    LEFT JOIN partner_keys AS key ON key.id = webhook.partner_key_id
    WHERE webhook.disabled_at IS NULL AND webhook.deleted_at IS NULL AND webhook.ends_because IS NULL
      AND key.revoked_at IS NULL AND coalesce(key.expires_at > clock_timestamp(), true)
"""
DUE_LONGEST = f"""
    SELECT min(CASE WHEN live.failing_since IS NULL THEN delivery.next_attempt_at
                    ELSE greatest(delivery.next_attempt_at, live.tried_at) END) AS since
    FROM ({_ON}) AS live CROSS JOIN LATERAL (
        SELECT next_attempt_at FROM webhook_deliveries
        WHERE webhook_id = live.id AND status = 'PENDING' ORDER BY next_attempt_at LIMIT 1
    ) AS delivery
"""
"""SQL for `since`: when what is due longest was due, of webhooks that are on. Whoever failed last is sent one message
at a time: what waits for it has waited since."""
_IN_TURN = "failing_since IS NOT NULL, tried_at NULLS FIRST, id"
_DUE = f"""
    SELECT delivery.id, delivery.organization_id FROM ({_ON}) AS live CROSS JOIN LATERAL (
        SELECT id, organization_id FROM webhook_deliveries
        WHERE webhook_id = live.id AND status = 'PENDING' AND next_attempt_at <= clock_timestamp()
        ORDER BY next_attempt_at, sequence
        LIMIT greatest(CASE WHEN live.failing_since IS NULL THEN {AT_ONCE} ELSE 1 END - (
            SELECT count(*) FROM webhook_deliveries
            WHERE webhook_id = live.id AND status = 'PENDING' AND claimed_until > clock_timestamp()
              AND next_attempt_at BETWEEN clock_timestamp() AND clock_timestamp() + interval '1 minute'
        ), 0)
    ) AS delivery WHERE live.id = $1
"""
_CLAIM = """
    WITH given_up AS (
        UPDATE webhook_deliveries
        SET status = 'DEAD', next_attempt_at = NULL, claimed_until = NULL, ended_at = clock_timestamp()
        WHERE id = ANY($1) AND attempts >= $2
    ), claimed AS (
        UPDATE webhook_deliveries AS delivery
        SET attempts = attempts + 1, first_attempt_at = coalesce(first_attempt_at, statement_timestamp()),
            claimed_until = clock_timestamp() + $3::interval, next_attempt_at = clock_timestamp() + $3::interval
        WHERE id = ANY($1) AND attempts < $2
        RETURNING id, webhook_id, organization_id, partner_key_id, event_id, attempts,
                  first_attempt_at
    ), attempt AS (
        INSERT INTO webhook_attempts (id, organization_id, partner_key_id, delivery_id, number, at)
        SELECT gen_random_uuid(), organization_id, partner_key_id, id,
               1 + (SELECT count(*) FROM webhook_attempts WHERE delivery_id = claimed.id), statement_timestamp()
        FROM claimed RETURNING id, delivery_id, at
    )
    SELECT attempt.id AS attempt_id, attempt.at AS attempt_at, claimed.id AS delivery_id, claimed.webhook_id,
           coalesce(webhook.organization_id, webhook.partner_key_id) AS owner_id,
           claimed.attempts, claimed.first_attempt_at, webhook.url,
           event.organization_id, event.id AS event_id, event.sequence, event.at, event.type, event.payload,
           ARRAY(
               SELECT sealed FROM webhook_secrets AS secret
               WHERE secret.webhook_id = webhook.id AND coalesce(secret.expires_at > clock_timestamp(), true)
               ORDER BY secret.created_at DESC, secret.id
           ) AS sealed
    FROM claimed
    JOIN attempt ON attempt.delivery_id = claimed.id
    JOIN webhooks AS webhook ON webhook.id = claimed.webhook_id
    JOIN events AS event ON event.id = claimed.event_id
    ORDER BY event.organization_id, event.sequence
"""


@dataclass(frozen=True, slots=True)
class Message:
    """One attempt that was counted and is to be sent."""

    attempt_id: UUID
    delivery_id: UUID
    webhook_id: UUID
    owner_id: UUID
    attempts: int
    first_at: datetime
    at: datetime
    url: str
    event_id: UUID
    event: Happened
    sealed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an attempt ended: with an answer or without."""

    answered: Answered | None
    error: str | None

    @property
    def is_success(self) -> bool:
        return self.answered is not None and is_success(self.answered.status)


@dataclass(frozen=True, slots=True)
class Turn:
    """A webhook that may be sent to: whose it is (an organization or a partner's key), and whether it failed last."""

    webhook_id: UUID
    owner_id: UUID
    is_failing: bool


async def list_webhooks_to_send(limit: int) -> list[UUID]:
    """Webhooks with something due: those that took what they were sent last come first, and whoever was sent to
    longest ago."""
    rows = await db.fetch(
        f"""
        SELECT id FROM ({_ON}) AS live
        WHERE EXISTS (
            SELECT FROM webhook_deliveries
            WHERE webhook_id = live.id AND status = 'PENDING' AND next_attempt_at <= clock_timestamp()
        ) ORDER BY {_IN_TURN} LIMIT $1
        """,
        limit,
    )
    return [row["id"] for row in rows]


async def list_turns(webhook_ids: Sequence[UUID]) -> list[Turn]:
    """Those of them that are on, in the order of `list_webhooks_to_send`."""
    rows = await db.fetch(
        f"SELECT id, owner_id, failing_since FROM ({_ON}) AS live WHERE id = ANY($1) ORDER BY {_IN_TURN}",
        list(webhook_ids),
    )
    return [Turn(row["id"], row["owner_id"], row["failing_since"] is not None) for row in rows]


async def claim(webhook_id: UUID, settings: Settings) -> list[Message]:
    """The next few messages of a webhook, each counted as an attempt; none when others are at it."""
    lease = timedelta(seconds=settings.webhook_seconds) + SLACK
    async with db.in_transaction():
        if not await db.fetch("SELECT id FROM webhooks WHERE id = $1 FOR NO KEY UPDATE SKIP LOCKED", webhook_id):
            return []
        due = await db.fetch(_DUE, webhook_id)
        kept = await hold_kept({row["organization_id"] for row in due if row["organization_id"] is not None})
        ids = [row["id"] for row in due if row["organization_id"] is None or row["organization_id"] in kept]
        rows = await db.fetch(_CLAIM, ids, MOST_ATTEMPTS, lease) if ids else []
        await db.fetch("UPDATE webhooks SET tried_at = clock_timestamp() WHERE id = $1", webhook_id)
    fault_point("delivery.claimed")
    return [_message(row) for row in rows]


async def send(message: Message, settings: Settings) -> Outcome:
    """Send it once, signed with every secret that holds. Raises: NotSentError."""
    seconds, allowed_hosts = settings.webhook_seconds, settings.webhook_allowed_hosts
    try:
        headers, body = _signed(message)
        answered = await post(message.owner_id, message.url, headers, body, seconds, allowed_hosts)
    except (UnreachableError, SecretLostError) as error:
        return Outcome(None, str(error))
    return Outcome(answered, None)


async def record_outcome(message: Message, outcome: Outcome) -> None:
    """Write how it ended. What a slower attempt found out does not undo what a later one has done."""
    fault_point("delivery.sent")
    delay = None if outcome.is_success else _delay(message, outcome)
    async with db.in_transaction():
        if not await _hold(message, outcome):
            return
        await _record_attempt(message, outcome, delay)
        if outcome.is_success:
            await _record_success(message)
        else:
            await _record_failure(message, outcome, delay)
    fault_point("delivery.recorded")


async def give_back(message: Message, reason: str, delay: timedelta) -> None:
    """It is due again, as if the attempt had not been counted: for one of NOT_COUNTED."""
    async with db.in_transaction():
        await db.fetch(
            """
            UPDATE webhook_attempts
            SET ended_at = statement_timestamp(), error = $2, next_attempt_at = statement_timestamp() + $3::interval
            WHERE id = $1
            """,
            message.attempt_id,
            reason,
            delay,
        )
        await db.fetch(
            """
            UPDATE webhook_deliveries
            SET attempts = attempts - 1, first_attempt_at = CASE WHEN attempts > 1 THEN first_attempt_at END,
                claimed_until = NULL, next_attempt_at = clock_timestamp() + $3::interval
            WHERE id = $1 AND status = 'PENDING' AND attempts = $2 AND claimed_until IS NOT NULL
            """,
            message.delivery_id,
            message.attempts,
            delay,
        )


def _signed(message: Message) -> tuple[Mapping[str, str], bytes]:
    """Raises: SecretLostError."""
    body, identity, now = write_body(message.event), message_id(message.event_id), datetime.now(UTC)
    # In UTC: the library takes the clock's figures for UTC's, whatever the zone.
    signatures = [Webhook(one).sign(identity, now, body.decode()) for one in open_secrets(message.sealed)]
    headers = {
        "content-type": "application/json",
        "user-agent": f"Seatmark/{version('seatmark')}",
        "webhook-id": identity,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": " ".join(signatures),
    }
    return headers, body


def _delay(message: Message, outcome: Outcome) -> timedelta | None:
    wish = wish_of(outcome.answered.retry_after, datetime.now(UTC)) if outcome.answered is not None else None
    return delay_after(message.attempts, message.at - message.first_at, uniform(-1, 1), wish)  # noqa: S311 - no secret


async def _hold(message: Message, outcome: Outcome) -> bool:
    """Whether there is something to write it to, not buried meanwhile.

    Whoever writes to a webhook and to its deliveries locks the webhook first, as `claim` and replays do. A success
    that changes nothing of the webhook does not write to it.
    """
    if outcome.is_success:
        await _clear(message)
    else:
        await db.fetch("SELECT id FROM webhooks WHERE id = $1 FOR NO KEY UPDATE", message.webhook_id)
    organization_id = message.event.organization_id
    return organization_id is None or organization_id in await hold_kept({organization_id})


async def _clear(message: Message) -> None:
    await db.fetch(
        """
        UPDATE webhooks SET failing_since = NULL, ends_because = NULL
        WHERE id = $1 AND url = $2 AND (failing_since IS NOT NULL OR ends_because IS NOT NULL)
        """,
        message.webhook_id,
        message.url,
    )


async def _record_attempt(message: Message, outcome: Outcome, delay: timedelta | None) -> None:
    answered = outcome.answered
    await db.fetch(
        """
        UPDATE webhook_attempts
        SET ended_at = statement_timestamp(), status = $2, answer = $3, error = $4,
            next_attempt_at = statement_timestamp() + $5::interval
        WHERE id = $1
        """,
        message.attempt_id,
        answered.status if answered is not None else None,
        answered.beginning[:2048] if answered is not None else None,
        outcome.error,
        delay,
    )


async def _record_success(message: Message) -> None:
    await db.fetch(
        """
        UPDATE webhook_deliveries
        SET status = 'DELIVERED', next_attempt_at = NULL, claimed_until = NULL, ended_at = clock_timestamp()
        WHERE id = $1 AND status <> 'DELIVERED'
        """,
        message.delivery_id,
    )


async def _record_failure(message: Message, outcome: Outcome, delay: timedelta | None) -> None:
    """It is dead after the last attempt. A webhook of which nothing came through since that one was first tried is to
    be disabled, and one whose receiver says that it is gone; unless it has been moved since."""
    rows = await db.fetch(
        """
        UPDATE webhook_deliveries
        SET status = CASE WHEN $3::interval IS NULL THEN $4 ELSE 'PENDING' END, claimed_until = NULL,
            next_attempt_at = clock_timestamp() + $3, ended_at = CASE WHEN $3 IS NULL THEN clock_timestamp() END
        WHERE id = $1 AND status = 'PENDING' AND attempts = $2 AND claimed_until IS NOT NULL
        RETURNING first_attempt_at, status
        """,
        message.delivery_id,
        message.attempts,
        delay,
        DeliveryStatus.DEAD.value,
    )
    is_gone = outcome.answered is not None and outcome.answered.status == GONE
    tried_since = [row["first_attempt_at"] for row in rows if row["status"] == DeliveryStatus.DEAD.value]
    await db.fetch(
        """
        UPDATE webhooks
        SET failing_since = coalesce(failing_since, $2),
            ends_because = CASE
                WHEN disabled_at IS NOT NULL THEN ends_because
                WHEN $3 THEN $4
                WHEN coalesce(failing_since, $2) <= $5 THEN $6
                ELSE ends_because
            END
        WHERE id = $1 AND url = $7
        """,
        message.webhook_id,
        message.at,
        is_gone,
        DisabledReason.GONE.value,
        tried_since[0] if tried_since else None,
        DisabledReason.FAILING.value,
        message.url,
    )


def _message(row: Mapping[str, Any]) -> Message:
    event = Happened(row["organization_id"], row["sequence"], row["at"], row["type"], orjson.loads(row["payload"]))
    return Message(
        attempt_id=row["attempt_id"],
        delivery_id=row["delivery_id"],
        webhook_id=row["webhook_id"],
        owner_id=row["owner_id"],
        attempts=row["attempts"],
        first_at=row["first_attempt_at"],
        at=row["attempt_at"],
        url=row["url"],
        event_id=row["event_id"],
        event=event,
        sealed=tuple(row["sealed"]),
    )
