"""What every request passes first, and every answer last: its id, its line in the log, and headers that all answers
have. One step, for each costs every request some microseconds."""

import re
import time
from collections.abc import Iterator
from uuid import uuid4

import structlog
from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.contextvars import bound_contextvars
from typing_extensions import override

from app.http.plain import error
from app.http.records import name_span, tell
from app.identity.cookies import renewed_cookie
from app.telemetry.records import kept
from app.telemetry.traces import request_span, trace_ids
from app.words.speaking import preferred_language, speaking

log = structlog.get_logger()

HEADER = "X-Request-Id"
_GIVEN = re.compile(r"[A-Za-z0-9._-]{1,100}", re.ASCII)


class Front:
    """Takes over the id that a request brings if it is a plain word, else gives it one; `request.state` has it. Has it
    answered in the language that it asks for. Counts, times and tells every request when it is over.

    What nobody else caught ends here: it is logged, and the caller is told the id to ask us about.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        began, status, headers = time.perf_counter(), 0, Headers(scope=scope)
        given = headers.get(HEADER, "")
        request_id = given if _GIVEN.fullmatch(given) else str(uuid4())
        scope.setdefault("state", {})["request_id"] = request_id

        async def send_and_look(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", ()), *_added(scope, message, request_id)]
            await send(message)

        with (
            kept() as record,
            request_span("request", headers) as span,
            bound_contextvars(request_id=request_id, **trace_ids()),
            speaking(preferred_language(headers.get("Accept-Language", ""))),
        ):
            try:
                await self.app(scope, receive, send_and_look)
            except BaseException as cause:
                record.has_failed = True
                if not isinstance(cause, Exception):
                    raise
                log.exception("unexpected_error")
                if status or scope["type"] != "http":
                    raise
                response = error(500, "INTERNAL", "Something went wrong on our side.", request_id)
                await response(scope, receive, send_and_look)
            finally:
                tell(scope, record, status, began)
                if span is not None:
                    name_span(span, scope, record, status)


def _added(scope: Scope, message: Message, request_id: str) -> Iterator[tuple[bytes, bytes]]:
    """Headers of the answer beside its own, among them a renewed session's cookie."""
    yield b"x-request-id", request_id.encode()
    depends = [name for name in (b"Accept-Encoding", b"Origin") if not _has(scope, name.lower())]
    if depends:  # on what was not sent; else Starlette says it
        yield b"vary", b", ".join(depends)
    if all(name != b"x-content-type-options" for name, _ in message.get("headers", ())):
        yield b"x-content-type-options", b"nosniff"
    token = scope["state"].get("renewed_session")
    if token is not None:
        yield b"set-cookie", renewed_cookie(token).encode()


class Origins(CORSMiddleware):
    """Starlette's, for requests of pages: all others have no `Origin`."""

    @override
    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if _has(scope, b"origin"):
            await super().__call__(scope, receive, send)
        else:
            await self.app(scope, receive, send)


class Compression(GZipMiddleware):
    """Starlette's, for those who take what is compressed."""

    @override
    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if _has(scope, b"accept-encoding"):
            await super().__call__(scope, receive, send)
        else:
            await self.app(scope, receive, send)


def _has(scope: Scope, name: bytes) -> bool:
    return any(one == name for one, _ in scope.get("headers", ()))


class Shortcut:
    """Past the router, to the address that nearly all ask."""

    def __init__(self, app: ASGIApp, path: str, endpoint: ASGIApp) -> None:
        self.app = app
        self._path = path
        self._endpoint = endpoint

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] == self._path:
            scope["endpoint"] = self._endpoint
            await self._endpoint(scope, receive, send)
        else:
            await self.app(scope, receive, send)
