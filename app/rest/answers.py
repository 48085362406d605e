"""Who asks, and how a refusal is answered: in the shape of GraphQL's errors."""

from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from typing import Any

import structlog
from starlette.requests import HTTPConnection, Request
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from app import db
from app.domain.actor import Actor
from app.domain.errors import DomainError, ErrorCode
from app.identity.cookies import find_cookie_actor
from app.identity.service import find_actor

log = structlog.get_logger()

_STATUSES = {ErrorCode.NOT_FOUND: 404, ErrorCode.INVALID_INPUT: 400, ErrorCode.CONFLICT: 409}


async def find_caller(request: HTTPConnection, request_id: str, *, renews: bool = True) -> Actor | None:
    """Whoever the bearer token is of, or without an Authorization header the browser's session; None without one that
    we know. Once the head of the answer is sent no new token of a session can be, so then it must not be renewed.

    Raises: DomainError FORBIDDEN for a cookie that another site may have sent.
    """
    authorization = request.headers.get("authorization")
    if authorization is None:
        return await find_cookie_actor(request, request_id, renews=renews)
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        return None
    return await find_actor(token.strip(), request_id)


def unauthenticated(request_id: str) -> Response:
    response = error(401, "UNAUTHENTICATED", "Send a key that we know as `Authorization: Bearer <key>`.", request_id)
    response.headers["WWW-Authenticate"] = "Bearer"
    return response


def unavailable(request_id: str) -> Response:
    response = error(503, "UNAVAILABLE", "The database does not answer now. Try again.", request_id)
    response.headers["Retry-After"] = "5"
    return response


def error(status: int, code: str, message: str, request_id: str) -> Response:
    """One error, of which clients know code and sentence already."""
    content: dict[str, Any] = {"message": message, "extensions": {"code": code, "requestId": request_id}}
    return JSONResponse({"errors": [content]}, status_code=status, headers={"X-Content-Type-Options": "nosniff"})


class for_callers:  # noqa: N801 - a decorator
    """An endpoint that only those whom we know reach; what is refused them is an answer too.

    It is sent by the login of the tenants it is for as well: a list is read as it goes out.
    """

    def __init__(self, answer: Callable[[Request, Actor], Awaitable[Response]]) -> None:
        self.answer = answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive, send)
        scopes = ExitStack()
        with scopes:
            response = await answered(self._called(request, scopes), request.state.request_id)
            await response(scope, receive, send)

    async def _called(self, request: Request, scopes: ExitStack) -> Response:
        actor = await find_caller(request, request.state.request_id)
        if actor is None:
            return unauthenticated(request.state.request_id)
        scopes.enter_context(db.acting_for(actor.organizations))
        return await self.answer(request, actor)


async def answered(answer: Awaitable[Response], request_id: str) -> Response:
    """The answer, or what was refused, or for a bug of ours only that there was one."""
    try:
        return await answer
    except DomainError as refusal:
        return refused(refusal, request_id)
    except Exception as cause:
        if db.is_outage(cause):
            log.warning("database_unavailable", request_id=request_id, error=type(cause).__name__)
            return unavailable(request_id)
        log.exception("unexpected_error", request_id=request_id)
        return error(500, "INTERNAL", "Something went wrong on our side.", request_id)


def refused(refusal: DomainError, request_id: str) -> Response:
    return error(_STATUSES.get(refusal.code, 403), refusal.code.value, refusal.message, request_id)
