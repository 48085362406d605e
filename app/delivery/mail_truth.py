"""Whether a mail still says what is so, asked when it is sent: a mail may wait for days for its server (R1.9, R6.3).

Mails about what has happened stay true. Those about what will happen, or still has to be done, are looked at again.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from app import db
from app.billing.accounts import find_accounts
from app.delivery.mail_contents import Subject, load_subjects
from app.delivery.mails import NOBODY
from app.domain.actor import system
from app.domain.invoice import InvoiceState
from app.domain.lifecycle import OrganizationState, purge_at
from app.domain.mails import MailKind
from app.organizations.queries import OrganizationFacts, find_organization
from app.seats.settling import count_waiting
from app.settings import Settings

NOT_TRUE = "it is not true any more"
SAID_LATER = "a later mail says it"

_SAID_LATER = """
    SELECT 1 FROM mails AS mail JOIN events AS event ON event.id = mail.event_id
    JOIN mails AS later ON later.organization_id = mail.organization_id AND later.kind = mail.kind
    JOIN events AS news ON news.id = later.event_id
    WHERE mail.id = $1 AND later.dead_at IS NULL
      AND later.member_id IS NOT DISTINCT FROM mail.member_id AND news.sequence > event.sequence
      AND (news.payload ->> 'trialEndsAt') IS NOT DISTINCT FROM (event.payload ->> 'trialEndsAt')
      AND (news.payload ->> 'purgeAt') IS NOT DISTINCT FROM (event.payload ->> 'purgeAt')
      AND (news.payload ->> 'invoiceId') IS NOT DISTINCT FROM (event.payload ->> 'invoiceId')
"""
"""Another mail to the same person about the same thing that was written later, and waits too or was sent."""

Payload = Mapping[str, Any]


async def find_subject_to_send(mail_id: UUID, settings: Settings) -> Subject | str:
    """The mail as things stand now, or why it is never to be sent."""
    subject = (await load_subjects([mail_id], settings)).get(mail_id)
    if subject is None or subject.address is None:
        return NOBODY
    look = _LOOKS.get(subject.kind)
    if look is None or subject.organization_id is None:
        return subject
    organization = await find_organization(system("mail"), subject.organization_id)
    now = await look(organization, subject.payload) if organization is not None else None
    if now is None:
        return NOT_TRUE
    if await db.count(_SAID_LATER, mail_id):
        return SAID_LATER
    return replace(subject, row={**subject.row, "payload": db.to_json(now)})


async def _trial_ending(organization: OrganizationFacts, said: Payload) -> Payload | None:
    """It still runs, and ends when it was said to."""
    is_running = organization.state is OrganizationState.TRIAL
    ends_at = organization.lifecycle.trial_ends_at
    return _with_days(organization, said, ends_at) if is_running and _is(ends_at, said["trialEndsAt"]) else None


async def _trial_ended(organization: OrganizationFacts, said: Payload) -> Payload | None:
    """Nobody subscribed since, and it is not closed or gone. Who had subscribed by then is told that it ended."""
    life = organization.lifecycle
    is_so = organization.state is OrganizationState.RETENTION or (
        organization.state is OrganizationState.SUBSCRIBED and life.subscribed_from == life.trial_ends_at
    )
    return said if is_so and _is(life.trial_ends_at, said["trialEndsAt"]) else None


async def _purge(organization: OrganizationFacts, said: Payload) -> Payload | None:
    """It is planned for the same instant, for the same reason."""
    life, planned_at = organization.lifecycle, purge_at(organization.lifecycle)
    is_so = life.purge_decided_at is None and _is(planned_at, said["purgeAt"])
    return _with_days(organization, said, planned_at) if is_so and _is(life.closed_at, said.get("closedAt")) else None


async def _waiting(organization: OrganizationFacts, said: Payload) -> Payload | None:
    """Somebody waits: so many now."""
    waiting = await count_waiting(organization.id)
    return {**said, "waiting": waiting} if waiting else None


async def _due_soon(organization: OrganizationFacts, said: Payload) -> Payload | None:
    return await _unpaid(organization, said, InvoiceState.ISSUED)


async def _overdue(organization: OrganizationFacts, said: Payload) -> Payload | None:
    return await _unpaid(organization, said, InvoiceState.OVERDUE)


async def _unpaid(organization: OrganizationFacts, said: Payload, state: InvoiceState) -> Payload | None:
    """Something of it is to be paid: so much now."""
    invoice_id = UUID(said["invoiceId"])
    account = (await find_accounts([(organization.id, invoice_id)])).get(invoice_id)
    return {**said, "outstanding": account.outstanding} if account is not None and account.state is state else None


def _with_days(organization: OrganizationFacts, said: Payload, until: datetime | None) -> Payload:
    """With how many days are left by the organization's clock, begun ones included."""
    assert until is not None, "it is the instant that was said"
    return {**said, "daysLeft": max(-((organization.now - until) // timedelta(days=1)), 0)}


def _is(instant: datetime | None, said: str | None) -> bool:
    return instant == (datetime.fromisoformat(said) if said is not None else None)


_LOOKS: Mapping[MailKind, Callable[[OrganizationFacts, Payload], Awaitable[Payload | None]]] = {
    MailKind.TRIAL_ENDING: _trial_ending,
    MailKind.TRIAL_ENDED: _trial_ended,
    MailKind.PURGE_APPROACHING: _purge,
    MailKind.PEOPLE_WAITING: _waiting,
    MailKind.INVOICE_DUE_SOON: _due_soon,
    MailKind.INVOICE_OVERDUE: _overdue,
}
"""What is said as things stand, or None where it is not so any more."""
