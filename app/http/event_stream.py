"""A subscription's answer as server-sent events: GraphQL over SSE, one connection for each operation."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing, suppress
from dataclasses import dataclass

from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from app.delivery.live import TokenEnded
from app.domain.actor import Actor
from app.http.answers import Answer, encode
from app.http.media import EVENT_STREAM, MediaType
from app.http.refusals import RequestRefused
from app.http.streams import LiveLimits, Result, broken_off, ended, failed, open_streams

_HEADERS = {
    "Content-Type": f"{EVENT_STREAM}; charset=utf-8",
    "Cache-Control": "private, no-store, no-transform",
    "Vary": "Accept, Accept-Language, Authorization, Cookie",
    "X-Accel-Buffering": "no",
}
_KEEP_ALIVE = b":\n\n"
_SLOWEST = 60.0
"""Seconds that a client may take for what is sent at once."""
_LAST = 1.0
"""And for the end of it all."""


@dataclass(frozen=True, slots=True)
class EventStream:
    """Results as they come, until there are no more, the client goes, or we do: then without saying `complete`, so
    that the client asks again, with the number of the last event that it had."""

    results: AsyncGenerator[Result, None]
    actor: Actor
    limits: LiveLimits
    headers: Mapping[str, str]
    """Beside those that all streams have."""

    def response(self, _: MediaType) -> "EventStream":
        return self

    async def __call__(self, _: Scope, receive: Receive, send: Send) -> None:
        async with aclosing(self.results):
            with open_streams.one_more(self.actor, self.limits.connections):
                await send(_start(self.headers))
                await self._send_until_it_ends(receive, send)
            with suppress(TimeoutError):  # who reads nothing does not read the end either
                async with asyncio.timeout(_LAST):
                    await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _send_until_it_ends(self, receive: Receive, send: Send) -> None:
        tasks = [
            asyncio.create_task(work)
            for work in (self._tell(send), self._keep_alive(send), _gone(receive), open_streams.ending.wait())
        ]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _tell(self, send: Send) -> None:
        async for result in self._results_to_the_end():
            await _sent(send, _event("next", encode(result.body), result.sequence))
        await _sent(send, _event("complete", b""))

    async def _results_to_the_end(self) -> AsyncGenerator[Result, None]:
        """The results, and last why there are no more, where that is not the end of them."""
        try:
            async for result in self.results:
                yield result
        except TokenEnded:
            yield ended(self.actor.request_id)
        except RequestRefused as refusal:
            yield broken_off(refusal, self.actor.request_id)
        except Exception as error:  # noqa: BLE001 - masked, and logged with its trace
            yield failed(error, self.actor.request_id)

    async def _keep_alive(self, send: Send) -> None:
        while True:
            await _sent(send, _KEEP_ALIVE)
            await asyncio.sleep(self.limits.ping_seconds)


def told_at_once(answer: Answer) -> Response:
    """The answer to who takes event streams alone, and asks for what cannot be executed: they read no other."""
    body = _event("next", encode(answer.body)) + _event("complete", b"")
    return Response(body, headers={**answer.headers, **_HEADERS})


def _start(headers: Mapping[str, str]) -> Message:
    """The beginning of one answer, and of no other: on its way out it is given what is the caller's alone, such as the
    cookie of a renewed session."""
    named = [(name.lower().encode(), value.encode()) for name, value in {**_HEADERS, **headers}.items()]
    return {"type": "http.response.start", "status": 200, "headers": named}


async def _sent(send: Send, piece: bytes) -> None:
    """Raises: TimeoutError for a client that takes nothing any more."""
    async with asyncio.timeout(_SLOWEST):
        await send({"type": "http.response.body", "body": piece, "more_body": True})


def _event(kind: str, data: bytes, sequence: int | None = None) -> bytes:
    """One event; a browser that comes again sends its `id` as `Last-Event-ID`."""
    number = f"id: {sequence}\n" if sequence is not None else ""
    return f"event: {kind}\n{number}data: ".encode() + data + b"\n\n"


async def _gone(receive: Receive) -> None:
    """Until the client is."""
    while (await receive())["type"] != "http.disconnect":
        pass
