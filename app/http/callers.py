"""Who asks over HTTP, by either door."""

from uuid import UUID

from starlette.requests import HTTPConnection

from app.domain.actor import Actor
from app.domain.errors import DomainError
from app.http.records import note_actor
from app.http.refusals import RequestRefused
from app.identity.cookies import find_cookie_actor, find_session_actor
from app.identity.service import find_actor


async def find_caller(request: HTTPConnection) -> Actor | None:
    """Whoever the bearer token is of, or without an Authorization header the browser's session; None without one that
    we know.

    Raises: DomainError FORBIDDEN for a cookie that another site may have sent.
    """
    request_id = request.state.request_id
    authorization = request.headers.get("authorization")
    if authorization is None:
        return await find_cookie_actor(request, request_id)
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        return None
    return await find_actor(token.strip(), request_id)


async def find_listener(request: HTTPConnection) -> Actor | None:
    """Whoever is let in, or was before, as they are now; None once what let them in has ended.

    Who came by a cookie is known by their session from then on: the browser has another token after an hour, and the
    one that the listener came by would be taken for stolen.

    Raises: DomainError as `find_caller` does.
    """
    session_id: UUID | None = getattr(request.state, "session_id", None)
    if session_id is None:
        return await find_caller(request)
    return await find_session_actor(session_id, request.state.request_id)


async def authenticate(request: HTTPConnection) -> Actor:
    """Whoever asks, also once more of the same request.

    Raises: RequestRefused 401, whatever is asked; 403 for a cookie that another site may have sent.
    """
    try:
        actor = await find_listener(request)
    except DomainError as refusal:
        raise RequestRefused.because(403, refusal.code.value, refusal.message) from None
    if actor is None:
        raise _unknown(is_token="authorization" in request.headers)
    note_actor(actor)
    return actor


def _unknown(*, is_token: bool) -> RequestRefused:
    """Nobody was let in: because nothing was sent, or what was sent opens nothing (RFC 6750)."""
    if is_token:
        message = "This key or token is unknown, or has ended: send one that holds as `Authorization: Bearer <key>`."
        challenge = 'Bearer error="invalid_token"'
    else:
        message = "Send a key or a token as `Authorization: Bearer <key>`."
        challenge = "Bearer"
    return RequestRefused.because(401, "UNAUTHENTICATED", message, {"WWW-Authenticate": challenge})
