"""Who asks by the cookie of a browser, and the wall against other sites that make browsers send it along."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from functools import cache
from uuid import UUID

from starlette.requests import HTTPConnection
from starlette.responses import Response

from app.domain.actor import Actor, operator
from app.domain.errors import DomainError, ErrorCode
from app.identity.browsers import LIFETIME, OPERATOR_ISSUER, BrowserSession, find_session, use_session
from app.identity.people import load_person
from app.identity.provider import configured_provider
from app.identity.sign_in_links import MAIL_ISSUER
from app.settings import load_settings

SESSION_COOKIE = "__Host-seatmark_session"
"""By its name browsers keep it from other hosts, from subdomains and from unprotected connections."""
CLIENT_HEADER = "X-Seatmark-Client"
"""Only scripts send it, and to another site only with that site's leave (CORS)."""

_READING = ("GET", "HEAD")


async def find_cookie_actor(request: HTTPConnection, request_id: str) -> Actor | None:
    """The person or operator whose session the request's cookie is of; None without one that we know.

    The token that takes the place of an old one is sent with the answer, by `app.http.front`.

    Raises: DomainError FORBIDDEN for a request that another site may have made (see `refuse_cross_site`).
    """
    token, issuers = request.cookies.get(SESSION_COOKIE), trusted_issuers()
    if not token or not issuers:
        return None
    is_websocket = request.scope["type"] == "websocket"
    refuse_cross_site(request.scope.get("method", "GET"), request.headers, our_origins(), is_websocket=is_websocket)
    session = await use_session(token, renews=not is_websocket)
    if session is not None:
        request.state.session_id = session.id
    if session is not None and session.renewed_token is not None:
        request.state.renewed_session = session.renewed_token
    return await _actor_of(session, issuers, request_id)


async def find_session_actor(session_id: UUID, request_id: str) -> Actor | None:
    """Whom a session let in, as they are now; None once it is over."""
    issuers = trusted_issuers()
    return await _actor_of(await find_session(session_id), issuers, request_id) if issuers else None


@cache
def trusted_issuers() -> frozenset[str]:
    """Whose word browsers' sessions stand on: the provider's, and ours for who came by a link in a mail, as one of the
    demo's people, or with an operator key."""
    settings, provider = load_settings(), configured_provider()
    issuers = {provider.issuer} if provider is not None else set()
    if settings.has_sign_in_links or settings.is_development:
        issuers.add(MAIL_ISSUER)
    if settings.public_url is not None:
        issuers.add(OPERATOR_ISSUER)
    return frozenset(issuers)


async def _actor_of(session: BrowserSession | None, issuers: Collection[str], request_id: str) -> Actor | None:
    if session is None or session.identity.issuer not in issuers:
        return None
    if session.identity.issuer == OPERATOR_ISSUER:
        actor = replace(operator(session.identity.subject, request_id), expires_at=session.expires_at)
    else:
        actor = await load_person(session.identity, request_id, session.expires_at)
    return replace(actor, credential=session.id)


def refuse_cross_site(method: str, headers: Mapping[str, str], ours: Collection[str], *, is_websocket: bool) -> None:
    """Let through what only a page of ours can have sent.

    Whatever says where it comes from must come from us. A change is JSON and has the header of our client, as no form
    and no link can have them; reading takes the header, or the browser's word that it follows a link of our own or the
    person's own address. The handshake of a WebSocket, which can have no header, must say that it comes from us.

    Raises: DomainError FORBIDDEN.
    """
    origin, site = headers.get("origin"), headers.get("sec-fetch-site")
    if origin is not None and origin.lower() not in ours:
        raise _forbidden("A cookie opens nothing from another site.")
    if site not in (None, "same-origin", "none") and origin is None:
        raise _forbidden("A cookie opens nothing from another site.")
    if is_websocket:
        if origin is None:
            raise _forbidden("With a cookie, say where you come from in the header Origin.")
    elif method in _READING:
        if CLIENT_HEADER not in headers and site is None:
            raise _forbidden(f"With a cookie, send the header {CLIENT_HEADER}.")
    elif CLIENT_HEADER not in headers or not _is_json(headers):
        raise _forbidden(f"With a cookie, send application/json and the header {CLIENT_HEADER}.")


@cache
def our_origins() -> frozenset[str]:
    """Where pages come from that may ask with a cookie."""
    settings = load_settings()
    return frozenset(origin.lower() for origin in (*settings.own_origins, *settings.cors_origins))


def set_session_cookie(response: Response, token: str) -> None:
    response.headers.append("Set-Cookie", _session_cookie(token, int(LIFETIME.total_seconds())))


def clear_session_cookie(response: Response) -> None:
    response.headers.append("Set-Cookie", _session_cookie("", 0))


def renewed_cookie(token: str) -> str:
    """The cookie that is sent with the answer, whichever it is, as a session is renewed."""
    return _session_cookie(token, int(LIFETIME.total_seconds()))


def _session_cookie(token: str, seconds: int) -> str:
    """SameSite is Lax, so that the first page after signing in at the provider has it."""
    return f"{SESSION_COOKIE}={token}; Max-Age={seconds}; Path=/; Secure; HttpOnly; SameSite=Lax"


def _is_json(headers: Mapping[str, str]) -> bool:
    return headers.get("content-type", "").partition(";")[0].strip().lower() == "application/json"


def _forbidden(message: str) -> DomainError:
    return DomainError(ErrorCode.FORBIDDEN, message)
