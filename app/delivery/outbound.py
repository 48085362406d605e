"""Requests to strangers: over connections whose address was looked at, and no other (R8.3, F16).

The name is looked up here, and the address that was found to be public is the one connected to: a name that turns into
another address in between gains nothing. Redirects are answers like others, and not followed.
"""

import asyncio
import socket
import ssl
from collections.abc import Iterable, Mapping
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, replace
from functools import cache
from ipaddress import ip_address
from typing import Any
from uuid import UUID

import httpcore
from typing_extensions import override

from app.delivery.lookups import NoThreadError, lookups
from app.domain.addresses import is_public

_KEPT = 2048
"""Bytes of an answer that are kept, to show; no more are read."""
_BODY_SECONDS = 1.0
"""For so long the body is waited for, once there is a status."""
_LONGEST_HEAD = 64 * 1024
"""Bytes until there is a status, with all that says to go on (1xx)."""
_MOST_ADDRESSES = 3
"""Of a name that are tried, one after another."""


class UnreachableError(Exception):
    """Nothing was answered. The message is for whoever has the receiver, and says nothing of our network."""


@dataclass(frozen=True, slots=True)
class Answered:
    """How a receiver answered: its status, the beginning of what it said, and when it wants to be asked again."""

    status: int
    beginning: str
    retry_after: str | None = None


class NotSentError(Exception):
    """Nothing was sent, and the receiver cannot help it."""


class _Counted(httpcore.AsyncNetworkStream):
    """A connection that is given up when too much comes before there is a status: to read it is work for all of us."""

    def __init__(self, inner: httpcore.AsyncNetworkStream) -> None:
        self._inner = inner
        self.left: int | None = _LONGEST_HEAD
        """Bytes; None once there is a status."""

    @override
    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Raises: UnreachableError."""
        if self.left is None:
            return await self._inner.read(max_bytes, timeout)
        if self.left <= 0:
            raise UnreachableError("what it says before its status is too long")
        content = await self._inner.read(min(max_bytes, self.left), timeout)
        self.left -= len(content)
        return content

    @override
    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        await self._inner.write(buffer, timeout)

    @override
    async def aclose(self) -> None:
        await self._inner.aclose()

    @override
    async def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.AsyncNetworkStream:
        self._inner = await self._inner.start_tls(ssl_context, server_hostname, timeout)
        return self

    @override
    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


class PublicBackend(httpcore.AsyncNetworkBackend):
    """Connects to public addresses, and to hosts that an operator allows, for an organization or a partner."""

    def __init__(self, owner_id: UUID, allowed_hosts: frozenset[str]) -> None:
        self._owner_id = owner_id
        self._allowed = allowed_hosts
        self._inner = httpcore.AnyIOBackend()
        self._streams: list[_Counted] = []

    def has_answered(self) -> None:
        """There is a status: what comes now is a body, of which little is read."""
        for stream in self._streams:
            stream.left = None

    async def close(self) -> None:
        """Close every connection that was made, also one that somebody lost when they were cancelled."""
        for stream in self._streams:
            with suppress(Exception):
                await stream.aclose()

    @override
    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Raises: UnreachableError, NotSentError, httpcore.ConnectError."""
        async with asyncio.timeout(timeout):
            addresses = await self._look_up(host, port)
        if host not in self._allowed:
            addresses = [one for one in addresses if is_public(ip_address(one.partition("%")[0]))]
        if not addresses:
            raise UnreachableError("its name leads to no public address")
        *others, last = addresses[:_MOST_ADDRESSES]
        for address in others:
            with suppress(httpcore.ConnectError):
                return await self._connect(address, port, timeout)
        return await self._connect(last, port, timeout)

    async def _look_up(self, host: str, port: int) -> list[str]:
        """Raises: UnreachableError, NotSentError."""
        try:
            return await lookups.look_up(self._owner_id, host, port)
        except NoThreadError:
            raise NotSentError from None
        except (socket.gaierror, UnicodeError):
            raise UnreachableError("its name is not known") from None

    async def _connect(self, address: str, port: int, seconds: float | None) -> httpcore.AsyncNetworkStream:
        stream = _Counted(await self._inner.connect_tcp(address, port, seconds))
        self._streams.append(stream)
        return stream

    @override
    async def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        raise UnreachableError("it is no address of the Internet")

    @override
    async def sleep(self, seconds: float) -> None:
        await self._inner.sleep(seconds)


@cache
def trusting() -> ssl.SSLContext:
    """Who is trusted by this process: whom the system and certifi name. To read them stops the process's loop for a
    tenth of a second, so they are read once."""
    return httpcore.default_ssl_context()


async def post(
    owner_id: UUID,
    url: str,
    headers: Mapping[str, str],
    content: bytes,
    seconds: float,
    allowed_hosts: frozenset[str],
) -> Answered:
    """Send it once, over a connection of its own, and wait for so many seconds in all.

    Raises: UnreachableError, NotSentError.
    """
    backend = PublicBackend(owner_id, allowed_hosts)
    pool = httpcore.AsyncConnectionPool(ssl_context=trusting(), max_connections=1, network_backend=backend)
    limits = {"connect": seconds, "read": seconds, "write": seconds, "pool": seconds}
    answered: Answered | None = None
    try:
        async with asyncio.timeout(seconds), AsyncExitStack() as stack:
            await stack.enter_async_context(pool)
            response = await stack.enter_async_context(
                pool.stream("POST", url, headers=list(headers.items()), content=content, extensions={"timeout": limits})
            )
            backend.has_answered()
            answered = Answered(response.status, "", _retry_after(response))
            return replace(answered, beginning=await _beginning(response))
    except (TimeoutError, httpcore.TimeoutException):
        if answered is not None:
            return answered
        raise UnreachableError(f"it did not answer within {seconds:g} s") from None
    except (httpcore.NetworkError, httpcore.ProtocolError, OSError, ssl.SSLError) as error:
        raise UnreachableError(_told(error)) from None
    finally:
        await backend.close()


async def _beginning(response: httpcore.Response) -> str:
    """What comes of the body in time. The status has been told: whoever leaves the rest open has answered."""
    content = b""
    with suppress(TimeoutError, httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError):
        async with asyncio.timeout(_BODY_SECONDS):
            async for chunk in response.aiter_stream():
                content += chunk
                if len(content) >= _KEPT:
                    break
    return content[:_KEPT].decode(errors="replace").replace("\0", "\N{REPLACEMENT CHARACTER}")


def _retry_after(response: httpcore.Response) -> str | None:
    found = [value for name, value in response.headers if name.lower() == b"retry-after"]
    return found[0].decode("latin-1") if found else None


def _told(error: Exception) -> str:
    if isinstance(error, ssl.SSLError) or "SSL" in str(error) or "certificate" in str(error):
        return "its certificate cannot be trusted"
    if isinstance(error, httpcore.ConnectError):
        return "it cannot be connected to"
    if isinstance(error, httpcore.ProtocolError):
        return "it does not speak HTTP"
    return "the connection was broken off"
