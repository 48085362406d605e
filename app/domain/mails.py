"""Mails: what people are told by them, who is, and how often one is tried."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from app.domain.actor import Role


class MailKind(Enum):
    """What a mail is about."""

    INVITATION = "INVITATION"
    SIGN_IN_LINK = "SIGN_IN_LINK"
    TRIAL_ENDING = "TRIAL_ENDING"
    TRIAL_ENDED = "TRIAL_ENDED"
    PURGE_APPROACHING = "PURGE_APPROACHING"
    BILL_RAISED = "BILL_RAISED"
    PEOPLE_WAITING = "PEOPLE_WAITING"
    INVOICE_ISSUED = "INVOICE_ISSUED"
    CREDIT_NOTE_ISSUED = "CREDIT_NOTE_ISSUED"
    INVOICE_DUE_SOON = "INVOICE_DUE_SOON"
    INVOICE_OVERDUE = "INVOICE_OVERDUE"
    WEBHOOK_DISABLED = "WEBHOOK_DISABLED"


class MailState(Enum):
    """Where a mail is. Without a mail server it is KEPT, for who looks."""

    WAITING = "WAITING"
    RETRYING = "RETRYING"
    SENT = "SENT"
    DEAD = "DEAD"
    KEPT = "KEPT"


@dataclass(frozen=True, slots=True)
class Told:
    """That an event is told by mail: to active people with one of the roles; `to_contact`: also to the contact of the
    billing profile."""

    kind: MailKind
    roles: tuple[Role, ...]
    to_contact: bool = False


_OWNERS, _MANAGERS = (Role.OWNER,), (Role.OWNER, Role.ADMIN)
_PAYERS = (Role.OWNER, Role.BILLING_MANAGER)

TOLD: Mapping[str, Told] = {
    "trial.ending": Told(MailKind.TRIAL_ENDING, _MANAGERS),
    "trial.ended": Told(MailKind.TRIAL_ENDED, _MANAGERS),
    "purge.approaching": Told(MailKind.PURGE_APPROACHING, _MANAGERS),
    "bill.raised": Told(MailKind.BILL_RAISED, _PAYERS),
    "seats.settled": Told(MailKind.PEOPLE_WAITING, _MANAGERS),  # where more people wait than before
    "invoice.issued": Told(MailKind.INVOICE_ISSUED, _PAYERS, to_contact=True),
    "credit_note.issued": Told(MailKind.CREDIT_NOTE_ISSUED, _PAYERS, to_contact=True),
    "invoice.due_soon": Told(MailKind.INVOICE_DUE_SOON, _PAYERS, to_contact=True),
    "invoice.overdue": Told(MailKind.INVOICE_OVERDUE, _PAYERS, to_contact=True),
    "webhook.disabled": Told(MailKind.WEBHOOK_DISABLED, _OWNERS),
}
"""By the type of the event."""

OPTIONAL = (MailKind.BILL_RAISED, MailKind.PEOPLE_WAITING)
"""What one can say that one does not want; everything else has to be known, or was asked for."""
WITH_DEADLINE = (
    MailKind.TRIAL_ENDING,
    MailKind.TRIAL_ENDED,
    MailKind.PURGE_APPROACHING,
    MailKind.INVOICE_ISSUED,
    MailKind.INVOICE_DUE_SOON,
    MailKind.INVOICE_OVERDUE,
)
"""In which something has to be decided or paid in time."""
WITH_LINK = (MailKind.INVITATION, MailKind.SIGN_IN_LINK)
"""What brings a secret with it."""

LIFETIME = timedelta(days=3)
"""For so long a mail is tried."""
LINK_LIFETIME = timedelta(minutes=15)
"""For so long a link to sign in with is good, and its mail tried."""
KEPT_FOR = timedelta(days=30)
"""After that it is forgotten that a mail was sent, or could not be."""
LINK_KEPT_FOR = timedelta(days=1)
"""The same of mails with links to sign in with: they are nobody's who could be erased."""

PAUSES = (
    *(timedelta(minutes=1 << number) for number in range(9)),
    *(timedelta(hours=8) for _ in range(8)),
)
"""Between a try and the next: twice as long each time, 8 hours at most; together a little more than LIFETIME."""
MOST_ATTEMPTS = len(PAUSES)


@dataclass(frozen=True, slots=True)
class MailFacts:
    """What the state of a mail follows from."""

    attempts: int
    sent_at: datetime | None
    dead_at: datetime | None


def mail_state(facts: MailFacts, *, has_server: bool) -> MailState:
    if facts.sent_at is not None:
        return MailState.SENT
    if facts.dead_at is not None:
        return MailState.DEAD
    if not has_server:
        return MailState.KEPT
    return MailState.RETRYING if facts.attempts else MailState.WAITING
