"""Every request has an id: in the audit, in every line that we log meanwhile, and in every answer."""

import re
from uuid import uuid4

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.http.plain import error

log = structlog.get_logger()

HEADER = "X-Request-Id"
_GIVEN = re.compile(r"[A-Za-z0-9._-]{1,100}", re.ASCII)


class RequestIds:
    """Takes over the id that a request brings if it is a plain word, else gives it one; `request.state` has it.

    What nobody else caught ends here: it is logged, and the caller is told the id to ask us about.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        given = Headers(scope=scope).get(HEADER, "")
        request_id = given if _GIVEN.fullmatch(given) else str(uuid4())
        scope.setdefault("state", {})["request_id"] = request_id
        is_started = False

        async def send_with_id(message: Message) -> None:
            nonlocal is_started
            if message["type"] == "http.response.start":
                is_started = True
                headers = MutableHeaders(scope=message)
                headers[HEADER] = request_id
                headers.setdefault("X-Content-Type-Options", "nosniff")
            await send(message)

        with structlog.contextvars.bound_contextvars(request_id=request_id):
            try:
                await self.app(scope, receive, send_with_id)
            except Exception:
                log.exception("unexpected_error")
                if is_started or scope["type"] != "http":
                    raise
                response = error(500, "INTERNAL", "Something went wrong on our side.", request_id)
                await response(scope, receive, send_with_id)
