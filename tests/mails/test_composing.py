"""What names come to in the bytes of a mail: never a header, a part or another recipient."""

from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.utils import parseaddr
from uuid import UUID

import pytest

from app.delivery.composing import MailForgedError, compose, sealed
from app.delivery.letters import Letter
from app.delivery.mail_contents import Subject
from app.documents.content import Language
from app.domain.mails import MailKind
from app.mail_server import parse_sender

HEADERS = ["From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "MIME-Version", "Content-Type"]
PARTS = ["multipart/alternative", "text/plain", "text/html"]
PAYLOAD = (
    "=?utf-8?q?=0D=0AContent-Type:text/html=0D=0A=0D=0A<h1>Pay_at_<a_href=3Dhttps://evil.example>evil</a></h1><!--?="
)
NAMES = [
    "Anna",
    "Анна Петрова",
    "Anna, of «Romashka» (the first)",
    '"quoted" <x@y.example>, other@z.example',
    "=?utf-8?q?=0D=0AX-Sub:_yes?= Ltd",
    PAYLOAD,
    "Anna " + "=?utf-8?b?DQpYLVN1YjogeWVz?=",
    "=?",
    "word " * 39,
    "Ж" * 200,
    "🤦" * 60,
    "\\",
]


def composed(name: str = "Anna", subject: str = "Hello", address: str = "anna@people.example") -> EmailMessage:
    about = Subject(
        id=UUID(int=7),
        kind=MailKind.INVITATION,
        organization_id=None,
        created_at=datetime(2021, 1, 2, tzinfo=UTC),
        address=address,
        name=name,
        language=Language.EN,
        row={},
    )
    return compose(about, Letter(subject, "The text.\n", "<p>The text.</p>\n"), parse_sender("post@seats.test"))


@pytest.mark.parametrize("name", NAMES, ids=range(len(NAMES)))
def test_a_name_is_read_as_it_was_typed_and_is_nothing_else(name: str) -> None:
    content = sealed(composed(name, f"{name} invites you"))
    message = message_from_bytes(content, policy=policy.default)
    assert isinstance(message, EmailMessage)
    assert message.keys() == HEADERS
    assert [part.get_content_type() for part in message.walk()] == PARTS
    encoded, address = parseaddr(message_from_bytes(content)["To"])
    assert address == "anna@people.example"
    assert str(make_header(decode_header(encoded))) == name.strip()
    assert message["Subject"] == f"{name} invites you"
    head = content.partition(b"\r\n\r\n")[0]
    assert b"evil.example" not in head
    assert max(len(line) for line in head.split(b"\r\n")) < 260


def test_an_address_that_looks_encoded_is_written_as_it_is() -> None:
    content = sealed(composed("Анна", address="=?utf-8?b?eA==?=@x.example"))
    assert b"\r\n <=?utf-8?b?eA==?=@x.example>\r\n" in content


def test_a_plain_name_stays_legible_in_the_bytes() -> None:
    head = sealed(composed("Anna", "Romashka invites you")).partition(b"\r\n\r\n")[0].split(b"\r\n")
    assert head[:5] == [
        b"From: Seatmark <post@seats.test>",
        b"To: Anna <anna@people.example>",
        b"Subject: Romashka invites you",
        b"Date: Sat, 02 Jan 2021 00:00:00 +0000",
        b"Message-ID: <00000000-0000-0000-0000-000000000007@seats.test>",
    ]


@pytest.mark.parametrize("forged", ["Hello\nX-Sub: yes", "Hello\n\nAnother body\n\n"])
def test_bytes_that_read_as_other_headers_are_not_sent(forged: str) -> None:
    message = composed()
    del message["Subject"]
    message.set_raw("Subject", forged)
    with pytest.raises(MailForgedError, match="a name in it is read as headers"):
        sealed(message)


def test_bytes_that_read_as_other_parts_are_not_sent() -> None:
    message = composed()
    part = next(iter(message.iter_parts()))
    part.set_raw("X-Part", "yes\nX-More: yes")
    with pytest.raises(MailForgedError):
        sealed(message)
