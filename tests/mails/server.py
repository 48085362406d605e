"""A real mail server of the tests, as unwilling as a test wants it."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from tests.servers import free_port

USER, PASSWORD = "seatmark", "a pass/word: of 100%"


@dataclass
class Handler:
    """Keeps what it takes. `recipients` and `data` are what it says instead of 250, by the address or to everyone;
    `drops` is how many connections it breaks off in DATA, `hangs` for how many seconds it says nothing there."""

    taken: list[tuple[str, EmailMessage]] = field(default_factory=list)
    recipients: dict[str, str] = field(default_factory=dict)
    data: str = "250 OK"
    drops: int = 0
    hangs: float = 0.0
    connections: int = 0

    async def handle_EHLO(
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        self.connections += 1
        session.host_name = hostname
        return responses

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        answer = self.recipients.get(address, "250 OK")
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if self.hangs:
            await asyncio.sleep(self.hangs)
        if self.drops:
            self.drops -= 1
            transport: Any = server.transport
            transport.abort()
            return "421 gone"
        if self.data.startswith("250"):
            content = envelope.content
            assert isinstance(content, bytes)
            message = message_from_bytes(content, policy=policy.default)
            assert isinstance(message, EmailMessage)
            self.taken += [(address, message) for address in envelope.rcpt_tos]
        return self.data

    @property
    def subjects(self) -> list[str]:
        return [message["Subject"] for _, message in self.taken]

    def mail_to(self, address: str) -> EmailMessage:
        """The only one to the address."""
        (found,) = [message for to, message in self.taken if to == address]
        return found


def _authenticate(server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
    assert isinstance(data, LoginPassword)
    return AuthResult(success=(data.login, data.password) == (USER.encode(), PASSWORD.encode()))


@dataclass(frozen=True, slots=True)
class Post:
    """A running mail server."""

    handler: Handler
    port: int
    host: str = "127.0.0.1"

    @property
    def url(self) -> str:
        return f"smtp://{self.host}:{self.port}"


@contextmanager
def run_post(
    handler: Handler | None = None, tls: ssl.SSLContext | None = None, port: int | None = None
) -> Iterator[Post]:
    """A server in a thread of its own. With `tls` it takes mail from nobody but who said STARTTLS and a password."""
    handler = handler or Handler()
    options: dict[str, Any] = (
        {"tls_context": tls, "require_starttls": True, "auth_required": True, "authenticator": _authenticate}
        if tls is not None
        else {}
    )
    controller = Controller(handler, hostname="127.0.0.1", port=port or free_port(), ready_timeout=10.0, **options)
    controller.start()
    try:
        yield Post(handler, controller.port)
    finally:
        controller.stop()


@asynccontextmanager
async def run_silent_post() -> AsyncIterator[int]:
    """A server that takes connections and never says a word; gives its port."""
    told: list[asyncio.StreamWriter] = []

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        told.append(writer)
        await reader.read()

    server = await asyncio.start_server(listen, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for writer in told:
            writer.close()
