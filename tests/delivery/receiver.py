"""A receiver of webhooks, as bad as a test wants it."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field


@dataclass(slots=True)
class Received:
    """One request: its headers by their names in lower case."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass(slots=True)
class Receiver:
    """`answer`: the bytes to answer with, before the connection is closed, or left open; None hangs."""

    port: int = 0
    scheme: str = "http"
    answer: bytes | None = b"HTTP/1.1 204 No Content\r\n\r\n"
    leaves_open: bool = False
    connections: int = 0
    received: list[Received] = field(default_factory=list)
    asked: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}/hooks"

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            first, *lines = head.strip().split("\r\n")
            headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
            body = await reader.readexactly(int(headers.get("content-length", 0)))
            self.received.append(Received(first.split()[1], headers, body))
            self.asked.set()
            if self.answer is not None:
                writer.write(self.answer)
                await writer.drain()
            if self.answer is None or self.leaves_open:
                await reader.read()  # until the other side has had enough
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


def answering(status: str, body: bytes = b"", **headers: str) -> bytes:
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n{lines}\r\n".encode() + body


@asynccontextmanager
async def run_receiver(tls: ssl.SSLContext | None = None) -> AsyncIterator[Receiver]:
    receiver = Receiver(scheme="http" if tls is None else "https")
    server = await asyncio.start_server(receiver._serve, "127.0.0.1", 0, ssl=tls)  # noqa: SLF001
    receiver.port = server.sockets[0].getsockname()[1]
    async with server:
        yield receiver
        server.close()
