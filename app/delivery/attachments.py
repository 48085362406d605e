"""What goes with a mail: the invoice or credit note that it tells of, on paper."""

import asyncio
from email.message import EmailMessage
from uuid import UUID

from app.billing.queries import find_invoices
from app.delivery.mail_contents import Subject
from app.documents.credit_note import render_credit_note
from app.documents.invoice import render_invoice
from app.documents.loading import load_invoice
from app.documents.loading_accounts import find_credit_note, load_credit_note
from app.domain.actor import system
from app.domain.mails import MailKind
from app.organizations.queries import find_organization


async def attach_papers(subject: Subject, message: EmailMessage) -> None:
    """In the language of the mail, as it is now."""
    if subject.kind is MailKind.INVOICE_ISSUED:
        await _attach_invoice(subject, message)
    elif subject.kind is MailKind.CREDIT_NOTE_ISSUED:
        await _attach_credit_note(subject, message)


async def _attach_invoice(subject: Subject, message: EmailMessage) -> None:
    assert subject.organization_id is not None, "invoices are of an organization"
    (found,) = await find_invoices([UUID(subject.payload["invoiceId"])])
    organization = await find_organization(system("mail"), subject.organization_id)
    assert organization is not None, "it has invoices"
    paper = await load_invoice(organization, found)
    content = await asyncio.to_thread(render_invoice, paper, subject.language)
    _attach(message, content, f"invoice-{paper.number}-{subject.language.value}.pdf")


async def _attach_credit_note(subject: Subject, message: EmailMessage) -> None:
    found = await find_credit_note(UUID(subject.payload["creditNoteId"]))
    assert found is not None, "it was issued"
    paper = await load_credit_note(found)
    content = await asyncio.to_thread(render_credit_note, paper, subject.language)
    _attach(message, content, f"credit-note-{paper.number}-{subject.language.value}.pdf")


def _attach(message: EmailMessage, content: bytes, name: str) -> None:
    message.add_attachment(content, maintype="application", subtype="pdf", filename=name)
