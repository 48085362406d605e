"""What a mail is about, and whom it goes to: found when it is written, from its event and from whom it is for."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode, urlsplit
from uuid import UUID

import orjson

from app import db
from app.delivery.letters import Letter, write_letter
from app.documents.content import Language
from app.documents.formats import Formats
from app.documents.words import say_cause
from app.domain.lifecycle import NOTICE_OFFSETS, RETENTION_LENGTH, Notice
from app.domain.mails import OPTIONAL, WITH_DEADLINE, MailKind
from app.domain.period import parse_month
from app.domain.webhooks import DisabledReason
from app.settings import Settings

INVITATION_PAGE = "/auth/invitation"
SIGN_IN_PAGE = "/auth/link"
"""Where links in mails lead; each shows a page with a button, for programs that look at mails open links."""

HIDDEN = "…"
"""In the place of a secret that is not shown."""


@dataclass(frozen=True, slots=True)
class Subject:
    """A mail with everything that is known of it; `address` is None when there is nobody to send it to any more."""

    id: UUID
    kind: MailKind
    organization_id: UUID | None
    created_at: datetime
    address: str | None
    name: str
    language: Language
    row: Mapping[str, Any]

    @property
    def payload(self) -> dict[str, Any]:
        return orjson.loads(self.row["payload"]) if self.row["payload"] is not None else {}


_SUBJECT = """
    SELECT mail.id, mail.kind, mail.organization_id, mail.created_at, event.payload::text AS payload,
           organization.name AS organization, coalesce(organization.time_zone, 'UTC') AS time_zone,
           organization.test_clock_id IS NOT NULL AS is_test, organization.closed_at IS NOT NULL AS is_closed,
           mail.invitation_id, invitation.expires_at AS invitation_expires_at, mail.sign_in_link_id,
           link.expires_at AS link_expires_at, link.return_to, member.role, coalesce(member.name, '') AS name,
           coalesce(settings.language, link.language) AS language, mail.member_id IS NULL AS is_contact,
           coalesce(invoice.issuer_zone, organization.time_zone, 'UTC') AS issuer_zone, invoice.month, invoice.payer,
           invoice.due_at AS invoice_due_at, invoice.number AS invoice_number,
           hook.url AS webhook_url, hook.description AS webhook_description,
           CASE
               WHEN mail.kind = 'SIGN_IN_LINK' THEN CASE WHEN known.is_known THEN link.email END
               WHEN mail.invitation_id IS NOT NULL THEN CASE
                   WHEN member.status = 'INVITED' AND invitation.accepted_at IS NULL AND invitation.revoked_at IS NULL
                   THEN member.email END
               WHEN mail.member_id IS NOT NULL THEN CASE WHEN member.status = 'ACTIVE' THEN member.email END
               ELSE payer.contact_email
           END AS address
    FROM mails AS mail
    LEFT JOIN events AS event ON event.id = mail.event_id
    LEFT JOIN organizations AS organization ON organization.id = mail.organization_id
    LEFT JOIN members AS member ON member.id = mail.member_id
    LEFT JOIN notification_settings AS settings ON settings.member_id = mail.member_id
    LEFT JOIN billing_profiles AS payer ON payer.organization_id = mail.organization_id
    LEFT JOIN invitations AS invitation ON invitation.id = mail.invitation_id
    LEFT JOIN sign_in_links AS link ON link.id = mail.sign_in_link_id
    LEFT JOIN LATERAL (
        SELECT EXISTS (
            SELECT FROM members AS one JOIN organizations AS home ON home.id = one.organization_id
            WHERE lower(one.email) = lower(link.email) AND one.status = 'ACTIVE' AND NOT one.is_robot
              AND home.purge_decided_at IS NULL
        ) AS is_known
    ) AS known ON link.id IS NOT NULL
    LEFT JOIN LATERAL (
        SELECT one.number, one.due_at, one.document ->> 'month' AS month,
               one.document -> 'payer' ->> 'legalName' AS payer, one.document -> 'issuer' ->> 'timeZone' AS issuer_zone
        FROM invoices AS one
        WHERE one.organization_id = mail.organization_id AND one.id = (event.payload ->> 'invoiceId')::uuid
    ) AS invoice ON event.payload ? 'invoiceId'
    LEFT JOIN webhooks AS hook ON hook.id = (event.payload ->> 'webhookId')::uuid
    WHERE mail.id = ANY($1)
"""


async def load_subjects(mail_ids: list[UUID], settings: Settings) -> dict[UUID, Subject]:
    """By id: one statement."""
    rows = await db.fetch(_SUBJECT, mail_ids)
    return {row["id"]: _subject_from(row, settings) for row in rows}


def letter_for(subject: Subject, settings: Settings, token: str | None) -> Letter:
    """What it says. Without a token the place of the secret in a link is marked as hidden."""
    formats = Formats(subject.language)
    facts = _FACTS[subject.kind](subject, formats)
    link = _link(subject, settings, token or HIDDEN)
    common = {
        "organization": subject.row["organization"] or "",
        "name": subject.name,
        "is_test": bool(subject.row["is_test"]),
        "is_optional": subject.kind in OPTIONAL,
        "has_deadline": subject.kind in WITH_DEADLINE,
        "reason": _reason(subject),
        "link": link,
        "suspends": settings.suspend_overdue,
    }
    return write_letter(subject.kind, subject.language, common | facts)


def _subject_from(row: db.Row, settings: Settings) -> Subject:
    return Subject(
        id=row["id"],
        kind=MailKind(row["kind"]),
        organization_id=row["organization_id"],
        created_at=row["created_at"],
        address=row["address"],
        name=row["name"],
        language=Language(row["language"] or settings.mail_language),
        row=row,
    )


def _reason(subject: Subject) -> str:
    """Why somebody gets it: by their role, or as what they were written to."""
    if subject.kind is MailKind.INVITATION:
        return "INVITED"
    if subject.kind is MailKind.SIGN_IN_LINK:
        return "ASKED"
    return "CONTACT" if subject.row["is_contact"] else _ROLES.get(subject.row["role"], "OWNER")


_ROLES = {"OWNER": "OWNER", "ADMIN": "ADMIN", "BILLING_MANAGER": "BILLING_MANAGER"}


def _link(subject: Subject, settings: Settings, token: str) -> str:
    page = SIGN_IN_PAGE if subject.kind is MailKind.SIGN_IN_LINK else INVITATION_PAGE
    query = urlencode({"token": token, "language": subject.language.value})
    return f"{settings.address}{page}?{query}"


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _zoned(subject: Subject, formats: Formats, instant: datetime) -> str:
    """Day and time by the organization's clocks, with their zone."""
    zone = subject.row["time_zone"]
    return f"{formats.moment(instant, zone)} ({zone})"


def _invitation(subject: Subject, formats: Formats) -> dict[str, Any]:
    return {"expires": _zoned(subject, formats, subject.row["invitation_expires_at"])}


def _sign_in_link(subject: Subject, formats: Formats) -> dict[str, Any]:
    return {"expires": _zoned(subject, formats, subject.row["link_expires_at"])}


def _trial(subject: Subject, formats: Formats) -> dict[str, Any]:
    ends = _instant(subject.payload["trialEndsAt"])
    return {
        "day": formats.day(ends, subject.row["time_zone"]),
        "moment": _zoned(subject, formats, ends),
        "purge": _zoned(subject, formats, ends + RETENTION_LENGTH),
        "days": _days_left(subject),
    }


def _purge(subject: Subject, formats: Formats) -> dict[str, Any]:
    purge = _instant(subject.payload["purgeAt"])
    return {
        "day": formats.day(purge, subject.row["time_zone"]),
        "moment": _zoned(subject, formats, purge),
        "is_closed": subject.payload.get("closedAt") is not None,
        "days": _days_left(subject),
    }


def _days_left(subject: Subject) -> int:
    """As the mail is sent; until then those of its notice."""
    told = subject.payload
    return told["daysLeft"] if "daysLeft" in told else abs(NOTICE_OFFSETS[Notice(told["notice"])].days)


def _bill(subject: Subject, formats: Formats) -> dict[str, Any]:
    told, currency = subject.payload, subject.payload["currency"]
    return {
        "month": formats.month(parse_month(told["month"])),
        "before": formats.money(Decimal(told["totalBefore"]), currency),
        "after": formats.money(Decimal(told["totalAfter"]), currency),
        "peak_before": formats.count(told["peakBefore"]),
        "peak_after": formats.count(told["peakAfter"]),
        "cause": say_cause(told["cause"], formats),
    }


def _waiting(subject: Subject, _: Formats) -> dict[str, Any]:
    return {"waiting": subject.payload["waiting"], "was": subject.payload.get("waitingBefore", 0)}


def _invoice(subject: Subject, formats: Formats) -> dict[str, Any]:
    told, row = subject.payload, subject.row
    return {
        "number": told["number"],
        "month": formats.month(parse_month(row["month"])),
        "total": formats.money(Decimal(told["total"]), told["currency"]),
        "due": formats.day(row["invoice_due_at"], row["issuer_zone"]),
        "payer": row["payer"],
    }


def _credit_note(subject: Subject, formats: Formats) -> dict[str, Any]:
    told = subject.payload
    return {
        "number": told["number"],
        "invoice": subject.row["invoice_number"],
        "amount": formats.money(Decimal(told["amount"]), told["currency"]),
    }


def _unpaid(subject: Subject, formats: Formats) -> dict[str, Any]:
    """The last day to pay is the one that the invoice names, by the issuer's clocks."""
    told = subject.payload
    return {
        "number": told["number"],
        "outstanding": formats.money(Decimal(told["outstanding"]), told["currency"]),
        "due": formats.day(_instant(told["dueAt"]), subject.row["issuer_zone"]),
    }


def _webhook(subject: Subject, _: Formats) -> dict[str, Any]:
    """By its host alone: an address may hold secrets."""
    host = urlsplit(subject.row["webhook_url"] or "").hostname or subject.payload["webhookId"]
    described = subject.row["webhook_description"]
    is_gone = subject.payload["reason"] == DisabledReason.GONE.value
    return {"webhook": f"{described} ({host})" if described else host, "is_gone": is_gone}


_FACTS: Mapping[MailKind, Callable[[Subject, Formats], dict[str, Any]]] = {
    MailKind.INVITATION: _invitation,
    MailKind.SIGN_IN_LINK: _sign_in_link,
    MailKind.TRIAL_ENDING: _trial,
    MailKind.TRIAL_ENDED: _trial,
    MailKind.PURGE_APPROACHING: _purge,
    MailKind.BILL_RAISED: _bill,
    MailKind.PEOPLE_WAITING: _waiting,
    MailKind.INVOICE_ISSUED: _invoice,
    MailKind.CREDIT_NOTE_ISSUED: _credit_note,
    MailKind.INVOICE_DUE_SOON: _unpaid,
    MailKind.INVOICE_OVERDUE: _unpaid,
    MailKind.WEBHOOK_DISABLED: _webhook,
}
