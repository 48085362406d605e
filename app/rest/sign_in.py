"""The pages of signing in and out with a browser. They show nothing that came from outside."""

from collections.abc import Mapping
from html import escape
from http import HTTPStatus

import structlog
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from app import db
from app.domain.errors import DomainError
from app.http.guard import Visitor
from app.http.refusals import RequestRefused
from app.identity.browsers import end_session
from app.identity.cookies import (
    SESSION_COOKIE,
    clear_session_cookie,
    our_origins,
    refuse_cross_site,
    set_session_cookie,
)
from app.identity.provider import ProviderUnavailableError, browsers_provider
from app.identity.sign_in import LENGTH, Answer, SignInRefusedError, begin_sign_in, finish_sign_in
from app.rest.answers import answered, guard_of

log = structlog.get_logger()

SIGN_IN_COOKIE = "__Host-seatmark_sign_in"
_HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; form-action 'none'; base-uri 'none'",
}


async def get_sign_in(request: Request) -> Response:
    """Send the browser to the provider; it comes back to `return_to`, a path of ours."""
    provider = browsers_provider()
    if provider is None:
        return _page(HTTPStatus.NOT_FOUND, "Nobody can sign in here with a browser.")
    try:
        await _arrive(request)
        with db.acting_for(None):
            begun = await begin_sign_in(provider, request.query_params.get("return_to", "/"))
    except DomainError as refusal:
        return _page(HTTPStatus.BAD_REQUEST, refusal.message)
    except RequestRefused as refusal:
        return _page(HTTPStatus.TOO_MANY_REQUESTS, "Too many tried to sign in. Try again later.", refusal.headers)
    except (SignInRefusedError, ProviderUnavailableError) as cause:
        return _refusal(cause, request.state.request_id)
    response = RedirectResponse(begun.url, HTTPStatus.SEE_OTHER, _HEADERS)
    _set_sign_in_cookie(response, begun.secret, int(LENGTH.total_seconds()))
    return response


async def get_callback(request: Request) -> Response:
    """The browser is back: start its session, or say that there is none."""
    provider, request_id = browsers_provider(), request.state.request_id
    if provider is None:
        return _page(HTTPStatus.NOT_FOUND, "Nobody can sign in here with a browser.")
    given = request.query_params
    answer = Answer(given.get("state"), given.get("code"), given.get("iss"), "error" in given)
    cookies = request.cookies
    try:
        await _arrive(request)
        with db.acting_for(None):
            signed_in = await finish_sign_in(
                provider, answer, cookies.get(SIGN_IN_COOKIE), cookies.get(SESSION_COOKIE), request_id
            )
    except RequestRefused as refusal:
        return _page(HTTPStatus.TOO_MANY_REQUESTS, "Too many tried to sign in. Try again later.", refusal.headers)
    except (SignInRefusedError, ProviderUnavailableError) as cause:
        return _refusal(cause, request_id)
    response = RedirectResponse(f"{provider.public_url}{signed_in.return_to}", HTTPStatus.SEE_OTHER, _HEADERS)
    set_session_cookie(response, signed_in.token)
    _set_sign_in_cookie(response, "", 0)
    return response


async def post_sign_out(request: Request) -> Response:
    """End the session of the browser, here and there."""
    return await answered(_sign_out(request, request.state.request_id), request.state.request_id)


async def _sign_out(request: Request, request_id: str) -> Response:
    """Raises: DomainError FORBIDDEN for a request that another site may have made."""
    refuse_cross_site(request.method, request.headers, our_origins(), is_websocket=False)
    token = request.cookies.get(SESSION_COOKIE)
    if token:
        with db.acting_for(None):
            await end_session(token, request_id)
    response = Response(status_code=HTTPStatus.NO_CONTENT, headers=_HEADERS)
    clear_session_cookie(response)
    return response


async def _arrive(request: Request) -> None:
    """Raises: RequestRefused 429, where too many come from one address."""
    await guard_of(request).strangers.arrive(Visitor.of(request).address)


def _set_sign_in_cookie(response: Response, secret: str, seconds: int) -> None:
    """Lax: it has to come along when the provider sends the browser back."""
    cookie = f"{SIGN_IN_COOKIE}={secret}; Max-Age={seconds}; Path=/; Secure; HttpOnly; SameSite=Lax"
    response.headers.append("Set-Cookie", cookie)


def _refusal(cause: SignInRefusedError | ProviderUnavailableError, request_id: str) -> Response:
    log.info("not_signed_in", reason=str(cause), because=str(cause.__cause__ or ""), request_id=request_id)
    if isinstance(cause, ProviderUnavailableError):
        return _page(HTTPStatus.SERVICE_UNAVAILABLE, "The sign-in provider does not answer. Try again later.")
    return _page(HTTPStatus.BAD_REQUEST, str(cause))


def _page(status: HTTPStatus, message: str, headers: Mapping[str, str] | None = None) -> Response:
    content = f"""<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Seatmark</title>
<h1>You are not signed in</h1><p>{escape(message)}</p><p><a href="/auth/sign-in">Sign in</a></p></html>
"""
    return HTMLResponse(content, status, {**_HEADERS, **(headers or {})})
