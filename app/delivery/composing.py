"""A mail as the bytes that are sent, in which what people typed is a name, a subject or a paragraph, and nothing else.

The email package decodes encoded words (`=?…?=`, RFC 2047) in the headers it is given and writes them out decoded, with
their line breaks: a name could begin headers, and a body. So names and subjects are encoded here, for whoever reads the
mail to see them as they were typed, and the bytes are read once more before they leave.
"""

from email import message_from_bytes, policy
from email.header import Header
from email.headerregistry import Address
from email.message import EmailMessage, Message
from email.utils import formataddr

from app.delivery.letters import Letter, one_line
from app.delivery.mail_contents import Subject

_AS_SENT = policy.SMTP.clone(refold_source="none")
"""Headers that were encoded stay as they are, and are not taken apart and folded anew."""


class MailForgedError(Exception):
    """The mail would come out with other headers or parts than were written: it is not sent, now or later."""

    is_permanent = True

    def __init__(self) -> None:
        super().__init__("not sent: a name in it is read as headers")


def compose(subject: Subject, letter: Letter, sender: Address) -> EmailMessage:
    """The mail as it goes out. The same mail has the same Message-ID and date whenever it does."""
    assert subject.address is not None, "there is somebody"
    message = EmailMessage()
    message.set_raw("From", _mailbox("From", sender.display_name, sender.addr_spec))
    message.set_raw("To", _mailbox("To", one_line(subject.name), subject.address))
    message.set_raw("Subject", _encoded("Subject", letter.subject))
    message["Date"] = subject.created_at
    message["Message-ID"] = f"<{subject.id}@{sender.domain}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(letter.text)
    message.add_alternative(letter.html, subtype="html")
    return message


def sealed(message: EmailMessage) -> bytes:
    """What is handed over. Raises: MailForgedError, unless it reads as exactly the headers and parts that were set."""
    content = message.as_bytes(policy=_AS_SENT)
    read = message_from_bytes(content, policy=policy.default)
    if _parts(read) != _parts(message):
        raise MailForgedError
    return content


def _parts(message: Message) -> list[tuple[str, list[str], str | None]]:
    """Each with its headers, and what stands before its first part: nothing does in ours."""
    return [(part.get_content_type(), part.keys(), part.preamble) for part in message.walk()]


def _mailbox(header: str, name: str, address: str) -> str:
    if _is_plain(name):
        return formataddr((name, address))
    return f"{_encoded(header, name)}\n <{address}>"


def _encoded(header: str, text: str) -> str:
    return Header(text, "us-ascii" if _is_plain(text) else "utf-8", header_name=header).encode()


def _is_plain(text: str) -> bool:
    """Whether it stands in a header as it is, and is read as it is."""
    return text.isascii() and "=?" not in text
