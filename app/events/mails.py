"""Mails to be sent: rows written in the transaction of what they tell, by ids alone (R8.1).

What a mail says and where it goes is found when it is sent, from its event and whom it is for: no name, no address and
no secret is kept here, and nothing has to be erased here but the rows.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from app import db
from app.domain.mails import LIFETIME, LINK_LIFETIME, OPTIONAL, TOLD, MailKind

_TO_BE_TOLD = """
    WITH told AS (
        SELECT event.id, event.sequence, event.organization_id, rule.kind, rule.roles, rule.to_contact
        FROM jsonb_to_recordset($1::jsonb) AS entry (organization_id uuid, sequence bigint)
        JOIN events AS event ON event.organization_id = entry.organization_id AND event.sequence = entry.sequence
        JOIN jsonb_to_recordset($2::jsonb) AS rule (type text, kind text, roles text[], to_contact boolean)
          ON rule.type = event.type
    ), person AS (
        SELECT told.id AS event_id, told.sequence, told.organization_id, told.kind, member.id AS member_id, member.email
        FROM told JOIN members AS member ON member.organization_id = told.organization_id
        LEFT JOIN notification_settings AS settings ON settings.member_id = member.id
        WHERE member.role = ANY(told.roles) AND member.role <> 'MEMBER' -- by an index of few
          AND member.status = 'ACTIVE' AND NOT member.is_robot
          AND (coalesce(settings.billing_mails, true) OR told.kind <> ALL($3))
    ), recipient AS (
        SELECT event_id, sequence, organization_id, kind, member_id FROM person
        UNION ALL
        SELECT told.id, told.sequence, told.organization_id, told.kind, NULL
        FROM told JOIN billing_profiles AS payer ON payer.organization_id = told.organization_id
        WHERE told.to_contact AND (told.id, lower(payer.contact_email)) NOT IN (
            SELECT event_id, lower(email) FROM person
        )
    )
    INSERT INTO mails (id, organization_id, kind, event_id, member_id, created_at, give_up_at, next_attempt_at)
    SELECT gen_random_uuid(), organization_id, kind, event_id, member_id, now, now + $4::interval,
           now - interval '1 microsecond' * (dense_rank() OVER (ORDER BY sequence DESC) - 1)
    FROM recipient, clock_timestamp() AS now
"""
"""What was written at once is due in the order of its events."""
_RULES = db.to_json(
    [
        {"type": event_type, "kind": told.kind.value, "roles": [one.value for one in told.roles],
         "to_contact": told.to_contact}
        for event_type, told in TOLD.items()
    ]
)  # fmt: skip


async def write_mails(entries: Sequence[Mapping[str, Any]]) -> None:
    """Mails about events that were just written, for everyone who is told them: one statement, or none."""
    wanted = [{"organization_id": one["organization_id"], "sequence": one["sequence"]} for one in entries if _told(one)]
    if wanted:
        await db.fetch(_TO_BE_TOLD, db.to_json(wanted), _RULES, [kind.value for kind in OPTIONAL], LIFETIME)


async def write_invitation_mails(invitation_ids: Sequence[UUID]) -> None:
    """A mail with the way in for everyone who was just invited: one statement."""
    await db.fetch(
        """
        INSERT INTO mails (id, organization_id, kind, invitation_id, member_id, created_at, give_up_at, next_attempt_at)
        SELECT gen_random_uuid(), organization_id, $2, id, member_id, now, now + $3::interval, now
        FROM invitations, clock_timestamp() AS now WHERE id = ANY($1)
        """,
        list(invitation_ids),
        MailKind.INVITATION.value,
        LIFETIME,
    )


async def write_sign_in_mail(link_id: UUID) -> None:
    """A mail with a link to sign in with, for whoever asked for it."""
    await db.fetch(
        """
        INSERT INTO mails (id, kind, sign_in_link_id, created_at, give_up_at, next_attempt_at)
        SELECT gen_random_uuid(), $2, $1, now, now + $3::interval, now FROM clock_timestamp() AS now
        """,
        link_id,
        MailKind.SIGN_IN_LINK.value,
        LINK_LIFETIME,
    )


def _told(entry: Mapping[str, Any]) -> bool:
    """Settling seats is told only where more people wait than before (R3.11)."""
    if entry["organization_id"] is None or entry["type"] not in TOLD:
        return False
    payload = entry["payload"]
    return entry["type"] != "seats.settled" or bool(payload.get("waiting", 0) > payload.get("waitingBefore", 0))
