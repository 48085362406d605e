"""A network between a client and a server that misbehaves as it is told: a TCP proxy in the loop of the test (F9)."""

import asyncio
import socket
import struct
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from enum import Enum
from urllib.parse import parse_qs, urlsplit, urlunsplit

_CHUNK = 65_536
_RESET = struct.pack("ii", 1, 0)
"""SO_LINGER on, with no seconds: closing sends RST."""


class Way(Enum):
    TO_SERVER = "to the server"
    TO_CLIENT = "to the client"


@dataclass(slots=True, eq=False)
class Link:
    """One connection through the proxy: the client's half and the server's."""

    writers: tuple[asyncio.StreamWriter, asyncio.StreamWriter]
    is_forgotten: bool = False
    """Nothing passes any more, and neither side is told, as when a firewall has lost its tables."""

    def close(self, *, is_reset: bool) -> None:
        for writer in self.writers:
            if is_reset:
                with suppress(OSError):
                    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
                writer.transport.abort()
            else:
                writer.close()


@dataclass(slots=True, eq=False)
class Proxy:
    """In front of one server. Until told otherwise it passes everything at once.

    `upstream` is the path of a Unix socket, or a host and a port.
    """

    upstream: str | tuple[str, int]
    port: int = 0
    delay: float = 0.0
    """Seconds that each piece of data is under way."""
    bytes_per_second: float | None = None
    links: set[Link] = field(default_factory=set)
    silent: set[Way] = field(default_factory=set)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _changed: asyncio.Event = field(default_factory=asyncio.Event)
    _server: asyncio.Server | None = None

    async def open(self) -> None:
        """Take connections, on the same port as before if there was one."""
        if self._server is None:
            self._server = await asyncio.start_server(self._accept, "127.0.0.1", self.port)
            self.port = self._server.sockets[0].getsockname()[1]

    async def cut(self) -> None:
        """Close every connection and refuse new ones, as when the server's process is gone."""
        server, self._server = self._server, None
        if server is not None:
            server.close()
        self._end_links(is_reset=False)
        await asyncio.sleep(0)

    def reset(self) -> None:
        """Reset (RST) every connection; new ones pass."""
        self._end_links(is_reset=True)

    def silence(self, *ways: Way) -> None:
        """Hold back what goes these ways (without any: both), also on new connections, which are still accepted: a
        cable that was pulled out, or with one way a half-open network. What was held back comes through with `heal`."""
        self._set(set(ways or Way))

    def forget(self) -> None:
        """Nothing passes any more on the connections there are, ever, and neither side is told; new ones pass."""
        for link in self.links:
            link.is_forgotten = True

    async def heal(self) -> None:
        """Pass everything again."""
        self.delay, self.bytes_per_second = 0.0, None
        self._set(set())
        await self.open()

    async def close(self) -> None:
        await self.cut()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _set(self, silent: set[Way]) -> None:
        self.silent = silent
        self._changed.set()
        self._changed = asyncio.Event()

    def _end_links(self, *, is_reset: bool) -> None:
        for link in list(self.links):
            link.close(is_reset=is_reset)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.get_running_loop().create_task(self._serve(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            theirs, to_them = await self._connect()
        except OSError:
            writer.close()
            return
        link = Link((writer, to_them))
        self.links.add(link)
        pumps = [
            asyncio.create_task(self._pump(link, reader, to_them, Way.TO_SERVER)),
            asyncio.create_task(self._pump(link, theirs, writer, Way.TO_CLIENT)),
        ]
        try:
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self.links.discard(link)
            for pump in pumps:
                pump.cancel()
            link.close(is_reset=False)
            await asyncio.gather(*pumps, return_exceptions=True)

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if isinstance(self.upstream, str):
            return await asyncio.open_unix_connection(self.upstream)
        return await asyncio.open_connection(*self.upstream)

    async def _pump(self, link: Link, source: asyncio.StreamReader, target: asyncio.StreamWriter, way: Way) -> None:
        """Until one side closes or is lost. An end is held back as data are."""
        with suppress(OSError):
            while data := await source.read(_CHUNK):
                await self._carry(link, way, len(data))
                target.write(data)
                await target.drain()
        await self._carry(link, way, 0)

    async def _carry(self, link: Link, way: Way, size: int) -> None:
        """So many bytes are under way for as long as the network lets them be."""
        seconds = self.delay + (size / self.bytes_per_second if self.bytes_per_second else 0.0)
        if seconds:
            await asyncio.sleep(seconds)
        while way in self.silent or link.is_forgotten:
            await self._changed.wait()


@asynccontextmanager
async def run_proxy(upstream: str | tuple[str, int]) -> AsyncIterator[Proxy]:
    """A proxy in front of a server until the end of the block."""
    proxy = Proxy(upstream)
    await proxy.open()
    try:
        yield proxy
    finally:
        await proxy.close()


def upstream_of(address: str) -> str | tuple[str, int]:
    """Where the address of a PostgreSQL or a Valkey leads to."""
    parts = urlsplit(address)
    if parts.scheme == "unix":
        return parts.path
    folder = parse_qs(parts.query).get("host", [""])[-1]
    if folder.startswith("/"):
        return f"{folder}/.s.PGSQL.5432"
    return parts.hostname or "127.0.0.1", parts.port or (6379 if parts.scheme == "redis" else 5432)


def through(proxy: Proxy, address: str) -> str:
    """The address of the same server by way of the proxy."""
    parts = urlsplit(address)
    if parts.scheme == "unix":
        number = parse_qs(parts.query).get("db", ["0"])[-1]
        return f"redis://127.0.0.1:{proxy.port}/{number}"
    user = parts.netloc.rpartition("@")[0]
    return urlunsplit(
        parts._replace(netloc=f"{user}@127.0.0.1:{proxy.port}" if user else f"127.0.0.1:{proxy.port}", query="")
    )


def through_all(proxy: Proxy, variables: dict[str, str], names: Sequence[str]) -> dict[str, str]:
    """The environment of a process, with these addresses led through the proxy."""
    return variables | {name: through(proxy, variables[name]) for name in names}
