"""How the console begins a session without leaving its page: with an operator key, or as one of the demo's people; and
what somebody without a session can do here."""

from http import HTTPStatus
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from app import db
from app.domain.errors import invalid
from app.http.body import BodyLimits, parse_json, read_body
from app.http.guard import Visitor
from app.http.refusals import RequestRefused
from app.identity.cookies import SESSION_COOKIE, our_origins, refuse_cross_site, set_session_cookie
from app.identity.demo import list_demo_people, start_demo_session
from app.identity.operators import start_operator_session
from app.identity.provider import browsers_provider
from app.rest.answers import answered, guard_of
from app.settings import Settings, load_settings

_BODY = BodyLimits(bytes=8192, seconds=10.0)
_LONGEST_KEY = 500
_HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


def browser_session_routes(settings: Settings) -> list[BaseRoute]:
    """Nobody is signed in without a secret but in development."""
    demo = [Route("/auth/demo", post_demo, methods=["POST"])] if settings.is_development else []
    return [
        Route("/auth/methods", get_methods, methods=["GET"]),
        Route("/auth/operator-key", post_operator_key, methods=["POST"]),
        *demo,
    ]


async def get_methods(request: Request) -> Response:
    """What somebody without a session can do here. It is no secret: the page of signing in shows it."""
    return await answered(_methods(), request.state.request_id)


async def post_operator_key(request: Request) -> Response:
    """Begin a session of the operator whose key it is."""
    return await answered(_bring_key(request), request.state.request_id)


async def post_demo(request: Request) -> Response:
    """Begin a session as one of the demo's people."""
    return await answered(_be_somebody(request), request.state.request_id)


async def _methods() -> Response:
    settings = load_settings()
    people = []
    if settings.is_development:
        with db.acting_for(None):
            people = await list_demo_people()
    methods = {
        "provider": browsers_provider() is not None,
        "link": settings.has_sign_in_links,
        "operatorKey": settings.public_url is not None,
        "demo": [{"as": one.part, "name": one.name} for one in people],
    }
    return JSONResponse(methods, headers=_HEADERS)


async def _bring_key(request: Request) -> Response:
    """Raises: RequestRefused, DomainError FORBIDDEN, INVALID_INPUT."""
    key = (await _given(request, "key", '{"key": "smop_…"}')).strip()
    if not key or len(key) > _LONGEST_KEY or not key.isascii():
        raise invalid("This is not what an operator key looks like.", "key")
    visitor, strangers = Visitor.of(request, f"Bearer {key}"), guard_of(request).strangers
    strangers.check(visitor.address, visitor.secret)
    with db.acting_for(None):
        token = await start_operator_session(key, request.cookies.get(SESSION_COOKIE), request.state.request_id)
    if token is None:
        await strangers.note_failure(visitor.address, visitor.secret)
        raise RequestRefused.because(401, "UNAUTHENTICATED", "This operator key is unknown, or was taken back.")
    strangers.note_success(visitor.secret)
    return _signed_in(token)


async def _be_somebody(request: Request) -> Response:
    """Raises: RequestRefused, DomainError FORBIDDEN, INVALID_INPUT."""
    part = await _given(request, "as", '{"as": "owner"}')
    with db.acting_for(None):
        token = await start_demo_session(part, request.cookies.get(SESSION_COOKIE), request.state.request_id)
    if token is None:
        raise RequestRefused.because(404, "NOT_FOUND", "There is nobody like that in the demo.")
    return _signed_in(token)


async def _given(request: Request, name: str, example: str) -> str:
    """The one thing that the body says, in a request that our own page has sent.

    Raises: RequestRefused, DomainError FORBIDDEN, INVALID_INPUT.
    """
    if load_settings().public_url is None:
        raise RequestRefused.because(404, "NOT_FOUND", "Nobody can sign in here with a browser.")
    refuse_cross_site(request.method, request.headers, our_origins(), is_websocket=False)
    await guard_of(request).strangers.arrive(Visitor.of(request).address)
    given: Any = parse_json(await read_body(request, _BODY), "The body")
    if not isinstance(given, dict) or not isinstance(given.get(name), str):
        raise invalid(f"Send {example}.", name)
    said: str = given[name]
    return said


def _signed_in(token: str) -> Response:
    response = Response(status_code=HTTPStatus.NO_CONTENT, headers=_HEADERS)
    set_session_cookie(response, token)
    return response
