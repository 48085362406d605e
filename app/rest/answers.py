"""How a request is answered that is no GraphQL: who asks, what it costs, and refusals in the shape of its errors."""

from collections.abc import Awaitable, Callable
from contextlib import ExitStack

import structlog
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from app import db
from app.domain.actor import Actor
from app.domain.errors import DomainError, ErrorCode
from app.http import plain
from app.http.callers import authenticate
from app.http.guard import Bill, Guard, Visitor
from app.http.refusals import RequestRefused
from app.words.speaking import said_why

log = structlog.get_logger()

_STATUSES = {ErrorCode.NOT_FOUND: 404, ErrorCode.INVALID_INPUT: 400, ErrorCode.CONFLICT: 409}

Answering = Callable[[Request, Actor], Awaitable[Response]]


def guard_of(request: Request) -> Guard:
    """The guard that stands before GraphQL, too: one bucket for whatever an actor asks."""
    guard: Guard = request.app.state.guard
    return guard


def for_callers(points: int) -> Callable[[Answering], "Answered"]:
    """An endpoint that only those whom we know reach, for so many points; what is refused them is an answer too."""
    return lambda answer: Answered(answer, points)


class Answered:
    """It is sent by the login of the tenants it is for as well: a list is read as it goes out."""

    def __init__(self, answer: Answering, points: int) -> None:
        self.answer = answer
        self.points = points

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive, send)
        bill, scopes = Bill(), ExitStack()
        with scopes:
            response = await answered(self._called(request, bill, scopes), request.state.request_id)
            if bill.quota is not None:
                for name, value in bill.quota.headers.items():
                    response.headers.setdefault(name, value)
            await response(scope, receive, send)

    async def _called(self, request: Request, bill: Bill, scopes: ExitStack) -> Response:
        actor = await guard_of(request).let_in(Visitor.of(request), lambda: authenticate(request), bill, self.points)
        scopes.enter_context(db.acting_for(actor.organizations))
        return await self.answer(request, actor)


async def answered(answer: Awaitable[Response], request_id: str) -> Response:
    """The answer, or what was refused, or for a bug of ours only that there was one."""
    try:
        return await answer
    except RequestRefused as refusal:
        return plain.refused(refusal, request_id)
    except DomainError as refusal:
        message = said_why(refusal.code, refusal.message)
        return plain.error(_STATUSES.get(refusal.code, 403), refusal.code.value, message, request_id)
    except Exception as cause:
        if db.is_outage(cause):
            log.warning("database_unavailable", request_id=request_id, error=type(cause).__name__)
            message = "The database does not answer now. Try again."
            return plain.error(503, "UNAVAILABLE", message, request_id, {"Retry-After": "5"})
        log.exception("unexpected_error", request_id=request_id)
        return plain.error(500, "INTERNAL", "Something went wrong on our side.", request_id)
