"""Mails for operators at the machine: `seatmark mails`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app import db
from app.delivery.mail_contents import Subject, letter_for, load_subjects
from app.delivery.mails import MailRow, list_mails, retry_mails, show_link
from app.domain.actor import operator
from app.domain.errors import ErrorCode, invalid, refuse
from app.domain.mails import MailKind, MailState
from app.settings import Settings

__all__ = ["ListedMail", "MailState", "as_lines", "read", "retry", "survey", "to_json"]

_ACTOR = operator("command", "mails")
_SHORTEST = 4
"""Characters of an id that are enough to name a mail by."""


@dataclass(frozen=True, slots=True)
class ListedMail:
    """A mail, whom it is for (None: nobody any more) and what it is called."""

    id: UUID
    kind: str
    state: MailState
    organization_id: UUID | None
    to: str | None
    subject: str
    created_at: datetime
    sent_at: datetime | None
    attempts: int
    next_attempt_at: datetime | None
    error: str | None


async def survey(settings: Settings, most: int) -> list[ListedMail]:
    """The newest first."""
    rows = await list_mails(most)
    subjects = await load_subjects([row.id for row in rows], settings)
    return [_listed(row, subjects[row.id], settings) for row in rows if row.id in subjects]


async def read(named: str, settings: Settings, *, as_json: bool) -> str:
    """What one says. Where there is no mail server its link works; otherwise the link's secret is left out.

    Raises: DomainError NOT_FOUND, INVALID_INPUT.
    """
    mail_id = await _find(named)
    subject = (await load_subjects([mail_id], settings))[mail_id]
    if _is_over(subject):
        raise refuse(ErrorCode.NOT_FOUND, "The link of this mail is over, and nothing is known of it any more.")
    shows = settings.mail_server is None and subject.address is not None
    letter = letter_for(subject, settings, await show_link(_ACTOR, mail_id) if shows else None)
    if as_json:
        told = {"to": subject.address, "subject": letter.subject, "text": letter.text, "html": letter.html}
        return db.to_json({"id": mail_id, **told})
    return f"To: {subject.address or '-'}\nSubject: {letter.subject}\n\n{letter.text}"


async def retry(named: str | None) -> int:
    """How many are tried again. Raises: DomainError NOT_FOUND, INVALID_INPUT."""
    if named is not None:
        return await retry_mails(_ACTOR, [await _find(named)])
    rows = await db.fetch("SELECT id FROM mails WHERE dead_at IS NOT NULL AND kind <> 'SIGN_IN_LINK'")
    return await retry_mails(_ACTOR, [row["id"] for row in rows])


def as_lines(mails: Sequence[ListedMail]) -> list[str]:
    """A line for each."""
    return [
        f"{str(one.id)[:8]}  {one.created_at:%Y-%m-%d %H:%M}  {_state(one):<24}  {one.to or '-'}  {one.subject}"
        for one in mails
    ]


def to_json(mails: Sequence[ListedMail]) -> str:
    return db.to_json([{name: _plain(getattr(one, name)) for name in one.__slots__} for one in mails])


async def _find(named: str) -> UUID:
    """Raises: DomainError INVALID_INPUT, NOT_FOUND."""
    if len(named) < _SHORTEST or not named.replace("-", "").isalnum():
        raise invalid(f"Name a mail by its id, or by the first {_SHORTEST} characters of it at least.")
    rows = await db.fetch("SELECT id FROM mails WHERE starts_with(id::text, $1) LIMIT 2", named.lower())
    if len(rows) != 1:
        raise refuse(ErrorCode.NOT_FOUND, "There is no such mail." if not rows else "There are several such mails.")
    return UUID(str(rows[0]["id"]))


def _listed(row: MailRow, subject: Subject, settings: Settings) -> ListedMail:
    state = row.state(has_server=settings.mail_server is not None)
    is_open = state in (MailState.WAITING, MailState.RETRYING)
    return ListedMail(
        id=row.id,
        kind=row.kind.value,
        state=state,
        organization_id=row.organization_id,
        to=subject.address,
        subject=_subject(subject, settings),
        created_at=row.created_at,
        sent_at=row.sent_at,
        attempts=row.attempts,
        next_attempt_at=row.next_attempt_at if is_open else None,
        error=row.error,
    )


def _subject(subject: Subject, settings: Settings) -> str:
    if _is_over(subject):
        return "(a link to sign in with, which is over)"
    return letter_for(subject, settings, None).subject


def _is_over(subject: Subject) -> bool:
    """A link to sign in with that was used, or is too old: it has nothing left to say."""
    return subject.kind is MailKind.SIGN_IN_LINK and subject.row["sign_in_link_id"] is None


def _state(mail: ListedMail) -> str:
    tries = f" {mail.attempts}×" if mail.attempts > 1 else ""
    error = f" ({mail.error})" if mail.error and mail.state is not MailState.SENT else ""
    return f"{mail.state.value}{tries}{error}"


def _plain(value: object) -> object:
    return value.value if isinstance(value, MailState) else value
