"""Sending mails: at least once, each with one Message-ID for all of its tries (R8.1).

Between the server's word that it has a mail and our note of it a worker can die; then the mail goes out twice, with the
same Message-ID.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from uuid import UUID

import aiosmtplib
import structlog

from app.delivery.attachments import WITH_PAPER, Paper, make_paper
from app.delivery.composing import MailForgedError, compose, sealed
from app.delivery.mail_contents import Subject, letter_for
from app.delivery.mail_truth import find_subject_to_send
from app.delivery.mails import SERVER_PAUSE, find_due, note_not_sent, note_sent, take_mail
from app.delivery.smtp import MailRefusedError, ServerAwayError, connected, hand_over
from app.faultpoints import fault_point
from app.settings import Settings
from app.telemetry.records import touch

log = structlog.get_logger()

_SHIFT = 20.0
"""Seconds after which no further mail is begun: the rest is due at the next look, behind what nobody may wait for."""


@dataclass(frozen=True, slots=True)
class _Taken:
    """A mail in hand, with the secret of its link ("" where it has none), and what goes with it."""

    subject: Subject
    token: str
    paper: Paper | None


async def send_mails(mail_ids: Sequence[UUID], settings: Settings) -> int:
    """Send those that are still due, one after another over one connection, until the server cannot be used.

    Returns how many were sent. What goes wrong with the server, or with one mail there, is noted and no failure of
    ours.
    """
    server = settings.mail_server
    if server is None:
        return 0
    shift = _Shift(settings, time.monotonic() + _SHIFT)
    rest = list(mail_ids)
    while rest and not shift.is_over:
        await shift.send_over_one_connection(rest)
    return shift.sent


class _Shift:
    """One run: what it has sent, and whether it is to go on."""

    def __init__(self, settings: Settings, until: float) -> None:
        assert settings.mail_server is not None, "it was asked for"
        self.settings, self.server, self.until = settings, settings.mail_server, until
        self.sent, self.has_ended = 0, False

    @property
    def is_over(self) -> bool:
        return self.has_ended or time.monotonic() > self.until

    async def send_over_one_connection(self, rest: list[UUID]) -> None:
        """Take the next mail, connect for it, and go on from there: nobody connects for nothing."""
        taken = await self._take_next(rest)
        if taken is None:
            return
        try:
            async with connected(self.server) as client:
                while taken is not None:
                    await self._send(client, taken)
                    taken = await self._take_next(rest) if not self.is_over else None
        except ServerAwayError as reason:
            assert taken is not None, "one was in hand"
            self.has_ended = True
            await self._note(taken.subject.id, str(reason), is_final=False, pause=True)

    async def _take_next(self, rest: list[UUID]) -> _Taken | None:
        """A paper is made before the mail is taken: meanwhile others go out.

        Raises: whatever a bug of ours is; the mail is not taken then.
        """
        while rest:
            mail_id = rest.pop(0)
            kind = await find_due(mail_id)
            if kind is None:
                continue
            before = await find_subject_to_send(mail_id, self.settings) if kind in WITH_PAPER else None
            paper = await make_paper(before) if isinstance(before, Subject) else None
            token = await take_mail(mail_id)
            if token is None:
                continue
            found = await find_subject_to_send(mail_id, self.settings)
            if isinstance(found, Subject):
                return _Taken(found, token, paper)
            await self._note(mail_id, found, is_final=True, pause=False)
        return None

    async def _send(self, client: aiosmtplib.SMTP, taken: _Taken) -> None:
        """Raises: ServerAwayError."""
        subject = taken.subject
        assert subject.address is not None, "there is somebody"
        if subject.organization_id is not None:
            touch(subject.organization_id)
        message = await self._write(taken)
        fault_point("mail.taken")
        try:
            await hand_over(client, self.settings.sender.addr_spec, subject.address, sealed(message))
        except (MailRefusedError, MailForgedError) as refusal:
            await self._note(subject.id, str(refusal), is_final=refusal.is_permanent, pause=False)
            return
        fault_point("mail.handed_over")
        await note_sent(subject.id)
        self.sent += 1

    async def _write(self, taken: _Taken) -> EmailMessage:
        """Raises: whatever a bug of ours is; the mail is left then, and the next one is not kept by it."""
        subject = taken.subject
        try:
            message = compose(subject, letter_for(subject, self.settings, taken.token), self.settings.sender)
            if taken.paper is not None:
                taken.paper.attach_to(message)
            message["Content-Language"] = subject.language.value  # last: parts that are added take such headers along
        except Exception as bug:
            await self._note(subject.id, type(bug).__name__, is_final=False, pause=False)
            raise
        return message

    async def _note(self, mail_id: UUID, error: str, *, is_final: bool, pause: bool) -> None:
        is_dead = await note_not_sent(mail_id, error, is_final=is_final, pause=SERVER_PAUSE if pause else None)
        log.warning("mail_dead" if is_dead else "mail_not_sent", mail_id=str(mail_id), error=error)
