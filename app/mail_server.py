"""What SEATMARK_SMTP_URL and SEATMARK_MAIL_FROM say, read once."""

from dataclasses import dataclass, field
from email.headerregistry import Address
from email.utils import parseaddr
from ipaddress import ip_address
from typing import Literal
from urllib.parse import parse_qs, unquote, urlsplit

from app.domain.errors import DomainError
from app.domain.text import check_email

Protection = Literal["tls", "starttls", "none"]

_PORTS = {"smtp": 587, "smtps": 465}


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mails are handed over, and how the way there is protected."""

    host: str
    port: int
    user: str | None
    password: str | None = field(repr=False)
    protection: Protection


def is_loopback(host: str | None) -> bool:
    """Whether a host is this machine itself."""
    try:
        return host == "localhost" or ip_address(host or "").is_loopback
    except ValueError:
        return False


def parse_mail_server(text: str) -> MailServer:
    """smtp://user:password@host:587?starttls=required, smtps://user:password@host:465.

    Without `starttls` it is required, but on this machine itself; `starttls=never` is for a network of one's own, and
    takes no password along.

    Raises: ValueError, which repeats nothing of it.
    """
    try:
        url = urlsplit(text)
        query, port = parse_qs(url.query, strict_parsing=bool(url.query)), url.port
    except ValueError:
        raise ValueError("is not a URL; quote special characters of the password as %XX") from None
    if url.scheme not in _PORTS or not url.hostname or url.path not in ("", "/") or url.fragment:
        raise ValueError("must look like smtp://user:password@host:587 or smtps://user:password@host:465")
    if set(query) - {"starttls"}:
        raise ValueError("knows no other option than ?starttls=required or ?starttls=never")
    protection = _protection(url.scheme, query.get("starttls", [None])[-1], url.hostname)
    if (url.username is None) != (url.password is None):
        raise ValueError("needs a user and a password, or neither")
    if url.password is not None and protection == "none" and not is_loopback(url.hostname):
        raise ValueError("must not send a password without TLS: leave out ?starttls=never")
    user = unquote(url.username) if url.username is not None else None
    password = unquote(url.password) if url.password is not None else None
    return MailServer(url.hostname, port or _PORTS[url.scheme], user, password, protection)


def parse_sender(text: str) -> Address:
    """`Seatmark <seatmark@example.com>`, or the address alone. Raises: ValueError."""
    if not text.isprintable():
        raise ValueError("has a character that no name has")
    name, address = parseaddr(text)
    try:
        address = check_email(address)
    except DomainError:
        raise ValueError("must be an e-mail address, such as Seatmark <seatmark@example.com>") from None
    user, _, domain = address.rpartition("@")
    return Address(name or "Seatmark", user, domain)


def _protection(scheme: str, wanted: str | None, host: str) -> Protection:
    if scheme == "smtps":
        if wanted is not None:
            raise ValueError("takes no ?starttls with smtps://, which is TLS from the beginning")
        return "tls"
    if wanted not in (None, "required", "never"):
        raise ValueError("knows no other option than ?starttls=required or ?starttls=never")
    is_plain = wanted == "never" or (wanted is None and is_loopback(host))
    return "none" if is_plain else "starttls"
