"""What goes with a mail: the invoice or credit note that it tells of, on paper."""

import asyncio
from dataclasses import dataclass
from email.message import EmailMessage
from uuid import UUID

from app.billing.queries import find_invoices
from app.delivery.mail_contents import Subject
from app.documents.drawing import draw_credit_note, draw_invoice
from app.documents.loading import load_invoice
from app.documents.loading_accounts import find_credit_note, load_credit_note
from app.domain.actor import system
from app.domain.mails import MailKind
from app.organizations.queries import find_organization

WITH_PAPER = (MailKind.INVOICE_ISSUED, MailKind.CREDIT_NOTE_ISSUED)


@dataclass(frozen=True, slots=True)
class Paper:
    """A PDF and its name as a file."""

    name: str
    content: bytes

    def attach_to(self, message: EmailMessage) -> None:
        message.add_attachment(self.content, maintype="application", subtype="pdf", filename=self.name)


async def make_paper(subject: Subject) -> Paper:
    """Of a mail of WITH_PAPER, in its language, as it is now: some tenths of a second."""
    return await (_make_invoice if subject.kind is MailKind.INVOICE_ISSUED else _make_credit_note)(subject)


async def _make_invoice(subject: Subject) -> Paper:
    assert subject.organization_id is not None, "invoices are of an organization"
    (found,) = await find_invoices([UUID(subject.payload["invoiceId"])])
    organization = await find_organization(system("mail"), subject.organization_id)
    assert organization is not None, "it has invoices"
    invoice = await load_invoice(organization, found)
    content = await asyncio.to_thread(draw_invoice, invoice, subject.language)
    return Paper(f"invoice-{invoice.number}-{subject.language.value}.pdf", content)


async def _make_credit_note(subject: Subject) -> Paper:
    found = await find_credit_note(UUID(subject.payload["creditNoteId"]))
    assert found is not None, "it was issued"
    note = await load_credit_note(found)
    content = await asyncio.to_thread(draw_credit_note, note, subject.language)
    return Paper(f"credit-note-{note.number}-{subject.language.value}.pdf", content)
