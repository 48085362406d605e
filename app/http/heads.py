"""Heads of requests from strangers: how large they may be, how long they may take to arrive, and who gives way when
there are too many connections. httptools limits none of this."""

import asyncio
from typing import Any

from typing_extensions import override
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

HEAD_BYTES = 65_536
"""Of the address and all headers; also of an address that carries a document."""
HEAD_LINES = 100
"""Headers, and trailers with them."""
HEAD_SECONDS = 10.0
"""From when a connection is open, or the next request on it begins, until its head is complete."""
LINGER_SECONDS = 2.0
"""For which the rest of a head that was refused is taken and thrown away: closing at once would reset the connection,
and the refusal be lost with it."""
FRESH_SECONDS = 1.0
"""For which whoever has connected and not asked yet may still ask, once the process is told to end."""

_TOO_LARGE = "The head of the request is too large."


class _TooLargeError(Exception):
    pass


class LimitedProtocol(HttpToolsProtocol):
    """uvicorn's protocol, with these limits; `limit_concurrency` is how many connections there may be."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._is_in_head = True
        self._is_too_large = self._is_ending = False
        self._arrived = self._size = self._lines = self._messages = 0
        self._deadline: asyncio.TimerHandle | None = None
        self._since = self.loop.time()

    @property
    def is_idle(self) -> bool:
        """Whether nobody waits for an answer here."""
        return getattr(self.cycle, "response_complete", True)  # before the first request there is none

    @override
    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        super().connection_made(transport)
        self._expect_head()
        if self.limit_concurrency is not None and len(self.connections) >= self.limit_concurrency:
            self._close_oldest()

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        super().connection_lost(exc)

    @override
    def shutdown(self) -> None:
        """Whoever was taken in just before, and has not been able to ask, is answered still, once."""
        if self.cycle is None and not self._is_ending:
            self._is_ending = True
            self.loop.call_later(FRESH_SECONDS, self.shutdown)
        elif self in self.connections:  # else it is a WebSocket by now, or lost
            super().shutdown()

    @override
    def data_received(self, data: bytes) -> None:
        if self._is_too_large:
            return
        messages = self._messages
        if self._is_in_head:
            self._expect_head()
        super().data_received(data)
        if self._is_in_head and messages == self._messages:  # all of it is of one head, which goes on
            self._arrived += len(data)
            if self._arrived > HEAD_BYTES and not self.transport.is_closing():
                self._is_too_large = True
                self.send_400_response(_TOO_LARGE)

    @override
    def send_400_response(self, msg: str) -> None:
        """Also 431, where that is what is wrong."""
        if not self._is_too_large:
            super().send_400_response(msg)
            return
        lines = b"content-type: text/plain; charset=utf-8\r\ncontent-length: %d\r\nconnection: close\r\n\r\n"
        self.transport.write(STATUS_LINE[431] + lines % len(_TOO_LARGE) + _TOO_LARGE.encode())
        self.transport.write_eof()
        self.loop.call_later(LINGER_SECONDS, self.transport.close)

    @override
    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._size = self._lines = 0
        self._expect_head()

    @override
    def on_url(self, url: bytes) -> None:
        self._count(len(url))
        super().on_url(url)

    @override
    def on_header(self, name: bytes, value: bytes) -> None:
        self._lines += 1
        self._count(len(name) + len(value))
        super().on_header(name, value)

    @override
    def on_headers_complete(self) -> None:
        self._is_in_head = False
        self._stop_waiting()
        super().on_headers_complete()
        if self._is_ending:
            self.cycle.keep_alive = False

    @override
    def on_message_complete(self) -> None:
        super().on_message_complete()
        self._is_in_head = True
        self._arrived = 0
        self._messages += 1

    def _count(self, size: int) -> None:
        """Raises: _TooLargeError, with which the parser gives up."""
        self._size += size
        if self._size > HEAD_BYTES or self._lines > HEAD_LINES:
            self._is_too_large = True
            raise _TooLargeError

    def _expect_head(self) -> None:
        if self._deadline is None:
            self._deadline = self.loop.call_later(HEAD_SECONDS, self._give_up)

    def _stop_waiting(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _give_up(self) -> None:
        """A head that follows on a request under way may be kept from us by our own answer."""
        self._deadline = None
        if not self.is_idle:
            self._expect_head()
        elif not self.transport.is_closing():
            self.transport.close()

    def _close_oldest(self) -> None:
        """Of the others on which nobody waits for an answer: who only holds connections cannot keep others out."""
        others = [one for one in self.connections if isinstance(one, LimitedProtocol) and one is not self]
        idle = [one for one in others if one.is_idle and not one.transport.is_closing()]
        if idle:
            oldest = min(idle, key=lambda one: one._since)  # noqa: SLF001 - of the same class
            oldest.transport.close()
            self.connections.discard(oldest)  # now, not when it is told: until then it would count against who asks
