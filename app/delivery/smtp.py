"""Handing a mail over to a mail server (SMTP): once, and what became of it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import aiosmtplib

from app.mail_server import MailServer

PATIENCE = 20.0
"""Seconds for the server to take one mail, or to let us in."""
_PERMANENT = range(500, 600)


class ServerAwayError(Exception):
    """The server cannot be used now, for no mail. The message says why, by numbers and types alone."""


class MailRefusedError(Exception):
    """The server did not take this mail. The message is its number, for its words may repeat an address."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(f"refused: {_numbers(code, text)}")
        self.is_permanent = code in _PERMANENT


@asynccontextmanager
async def connected(server: MailServer) -> AsyncIterator[aiosmtplib.SMTP]:
    """A connection to hand over mails by, protected as is set. Raises: ServerAwayError."""
    client = aiosmtplib.SMTP(
        hostname=server.host,
        port=server.port,
        username=server.user,
        password=server.password,
        use_tls=server.protection == "tls",
        start_tls=server.protection == "starttls",
        timeout=PATIENCE,
    )
    try:
        async with asyncio.timeout(PATIENCE):
            await client.connect()
    except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
        client.close()
        raise ServerAwayError(_reason("cannot connect", error)) from None
    try:
        yield client
        with suppress(aiosmtplib.SMTPException, OSError, TimeoutError):  # it has everything, and need not take leave
            async with asyncio.timeout(PATIENCE):
                await client.quit()
    finally:
        client.close()


async def hand_over(client: aiosmtplib.SMTP, sender: str, recipient: str, content: bytes) -> None:
    """Raises: MailRefusedError, for this mail alone; ServerAwayError, also where nobody knows whether it was taken."""
    try:
        async with asyncio.timeout(PATIENCE):
            await client.sendmail(sender, [recipient], content)
    except aiosmtplib.SMTPRecipientsRefused as error:
        first = error.recipients[0]
        raise MailRefusedError(first.code, first.message) from None
    except aiosmtplib.SMTPDataError as error:
        raise MailRefusedError(error.code, error.message) from None
    except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
        raise ServerAwayError(_reason("broken off", error)) from None


def _reason(what: str, error: BaseException) -> str:
    if isinstance(error, aiosmtplib.SMTPResponseException):
        return f"{what}: {_numbers(error.code, error.message)}"
    return f"{what}: {type(error).__name__}"


def _numbers(code: int, text: str) -> str:
    """The reply code, and the enhanced status code if there is one (RFC 3463)."""
    first = text.split(maxsplit=1)[0] if text.strip() else ""
    is_enhanced = first.count(".") == 2 and first.replace(".", "").isdigit() and len(first) < 12  # noqa: PLR2004
    return f"{code} {first}" if is_enhanced else str(code)
