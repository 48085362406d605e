"""Where links in mails lead. Programs that look at mails open links, so that does nothing: the page has a button.

The pages show nothing that came from outside but the token, in a field that is not seen.
"""

from html import escape
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs

import structlog
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from app import db
from app.delivery.mail_contents import INVITATION_PAGE, SIGN_IN_PAGE
from app.domain.errors import DomainError, ErrorCode, invalid
from app.http.body import BodyLimits, parse_json, read_body
from app.http.console_page import has_console
from app.http.guard import Visitor
from app.http.refusals import RequestRefused
from app.identity.cookies import SESSION_COOKIE, set_session_cookie
from app.identity.sign_in import SignInRefusedError
from app.identity.sign_in_links import ask_for_link, check_asked, use_link
from app.memberships.invitations import accept_invitation
from app.rest.answers import answered, guard_of
from app.settings import load_settings

log = structlog.get_logger()

SIGNED_IN_PAGE = "/auth/signed-in"
"""Where a link leads whose asker named no path to return to, if there is no console."""

_BODY = BodyLimits(bytes=8192, seconds=10.0)
_HEADERS = {
    "Cache-Control": "no-store",
    # The form has to say where it comes from; nobody else is told.
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; form-action 'self'; base-uri 'none'",
}
_WORDS = {
    "en": {
        "sign_in": ("Sign in to Seatmark", "You are about to sign in with this browser.", "Sign in"),
        "invitation": ("Your invitation", "You are about to take part in the organization.", "Accept the invitation"),
        "accepted": ("You take part now", "Sign in with the address that the invitation was sent to.", ""),
        "signed_in": ("You are signed in", "This browser is signed in to Seatmark. You can close the page.", ""),
        "link": ("You are not signed in", "The link was used, or is older than 15 minutes. Ask for a new one.", ""),
        "token": ("Nothing was accepted", "The invitation was used, taken back, or is over. Ask for a new one.", ""),
        "elsewhere": ("Nothing was done", "This did not come from our page. Open the link in the mail again.", ""),
        "many": ("Nothing was done", "Too many tried. Try again later.", ""),
        "later": ("Nothing was done", "It cannot be done just now. Try again later.", ""),
    },
    "ru": {
        "sign_in": ("Вход в Seatmark", "Вы войдёте в этом браузере.", "Войти"),
        "invitation": ("Ваше приглашение", "Вы станете участником организации.", "Принять приглашение"),
        "accepted": ("Вы участник", "Войдите с адресом, на который пришло приглашение.", ""),
        "signed_in": ("Вы вошли", "Вход в Seatmark в этом браузере выполнен. Страницу можно закрыть.", ""),
        "link": ("Вы не вошли", "Ссылка уже использована или старше 15 минут. Запросите новую.", ""),
        "token": ("Приглашение не принято", "Оно использовано, отозвано или устарело. Попросите новое.", ""),
        "elsewhere": ("Ничего не сделано", "Запрос пришёл не с нашей страницы. Откройте ссылку из письма снова.", ""),
        "many": ("Ничего не сделано", "Слишком много попыток. Попробуйте позже.", ""),
        "later": ("Ничего не сделано", "Сейчас не получилось. Попробуйте позже.", ""),
    },
}


async def post_link_request(request: Request) -> Response:
    """Have a link sent to an address: the same answer whoever has it, and whether anybody does."""
    return await answered(_ask(request), request.state.request_id)


async def get_link_page(request: Request) -> Response:
    """What a link to sign in with opens: a button, and nothing happens before it is pressed."""
    return _form(request, SIGN_IN_PAGE, "sign_in")


async def post_link(request: Request) -> Response:
    """Somebody pressed it: start the session of this browser, once."""
    if not load_settings().has_sign_in_links:
        return _page(HTTPStatus.NOT_FOUND, "en", "link")
    try:
        token, language = await _pressed(request)
        with db.acting_for(None):
            signed_in = await use_link(token, request.cookies.get(SESSION_COOKIE), request.state.request_id)
    except SignInRefusedError as refusal:
        log.info("not_signed_in", reason=str(refusal), because="", request_id=request.state.request_id)
        return _page(HTTPStatus.BAD_REQUEST, language, "link")
    except _RefusedError as refusal:
        return _page(refusal.status, refusal.language, refusal.words)
    except Exception as cause:  # noqa: BLE001 - it is logged there
        return _failed(cause, request)
    response = RedirectResponse(f"{load_settings().address}{signed_in.return_to}", HTTPStatus.SEE_OTHER, _HEADERS)
    set_session_cookie(response, signed_in.token)
    return response


async def get_signed_in_page(request: Request) -> Response:
    """Where somebody comes to who has signed in and was going nowhere."""
    language = _language(request.query_params.get("language"))
    return _page(HTTPStatus.OK, language, "signed_in" if request.cookies.get(SESSION_COOKIE) else "link")


async def get_invitation_page(request: Request) -> Response:
    """What the link of an invitation opens."""
    return _form(request, INVITATION_PAGE, "invitation")


async def post_invitation(request: Request) -> Response:
    """Somebody pressed it: they take part now."""
    try:
        token, language = await _pressed(request)
        with db.acting_for(frozenset()):
            await accept_invitation(None, token, load_settings().policies, request.state.request_id)
    except DomainError as refusal:
        log.info("invitation_not_accepted", code=refusal.code.value, request_id=request.state.request_id)
        if refusal.code is ErrorCode.CONFLICT:
            return _page(HTTPStatus.CONFLICT, language, "later")
        return _page(HTTPStatus.BAD_REQUEST, language, "token")
    except _RefusedError as refusal:
        return _page(refusal.status, refusal.language, refusal.words)
    except Exception as cause:  # noqa: BLE001 - it is logged there
        return _failed(cause, request)
    return _page(HTTPStatus.OK, language, "accepted")


class _RefusedError(Exception):
    """Nothing was done, and these words say why."""

    def __init__(self, status: HTTPStatus, words: str, language: str = "en") -> None:
        super().__init__(words)
        self.status, self.words, self.language = status, words, language


async def _ask(request: Request) -> Response:
    """Raises: DomainError INVALID_INPUT, RequestRefused."""
    settings = load_settings()
    if not settings.has_sign_in_links:
        raise RequestRefused.because(404, "NOT_FOUND", "Nobody can sign in here by a link.")
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise RequestRefused.because(415, "UNSUPPORTED_MEDIA_TYPE", "Send application/json.")
    given = parse_json(await read_body(request, _BODY), "The body")
    email, return_to, language = _asked(given, settings.mail_language)
    check_asked(email, return_to)
    if await guard_of(request).strangers.ask_for_link(Visitor.of(request).address, email):
        with db.acting_for(None):
            await ask_for_link(email, return_to, language)
    message = "If somebody here has this address, a link is on its way to it."
    return JSONResponse({"message": message}, HTTPStatus.ACCEPTED, _HEADERS)


def _asked(given: Any, usual: str) -> tuple[str, str, str]:
    """The address, the way back and the language. Raises: DomainError INVALID_INPUT."""
    if not isinstance(given, dict) or not isinstance(given.get("email"), str):
        raise invalid('Send {"email": "anna@example.com"}.', "email")
    language = given.get("language", usual)
    if language not in _WORDS:
        raise invalid("The language is en or ru.", "language")
    usual_way = "/" if has_console(load_settings()) else f"{SIGNED_IN_PAGE}?language={language}"
    return_to = given.get("returnTo", usual_way)
    if not isinstance(return_to, str):
        raise invalid("This is no path of ours to return to.", "returnTo")
    return given["email"], return_to, language


async def _pressed(request: Request) -> tuple[str, str]:
    """The token and the language of a form of ours. Raises: _RefusedError."""
    language = _language(request.query_params.get("language"))
    if request.headers.get("origin", "").lower() != load_settings().address:
        raise _RefusedError(HTTPStatus.FORBIDDEN, "elsewhere", language)
    try:
        await guard_of(request).strangers.arrive(Visitor.of(request).address)
        body = await read_body(request, _BODY)
    except RequestRefused as refusal:
        is_busy = refusal.status == HTTPStatus.TOO_MANY_REQUESTS
        raise _RefusedError(HTTPStatus(refusal.status), "many" if is_busy else "later", language) from None
    given = parse_qs(body.decode("ascii", errors="replace"))
    return given.get("token", [""])[-1], language


def _failed(cause: Exception, request: Request) -> Response:
    """What somebody sees who pressed a button, where it is no fault of theirs."""
    language, request_id = _language(request.query_params.get("language")), request.state.request_id
    if db.is_outage(cause):
        log.warning("database_unavailable", request_id=request_id, error=type(cause).__name__)
        return _page(HTTPStatus.SERVICE_UNAVAILABLE, language, "later")
    log.error("unexpected_error", request_id=request_id, exc_info=cause)
    return _page(HTTPStatus.INTERNAL_SERVER_ERROR, language, "later")


def _form(request: Request, path: str, words: str) -> Response:
    token = escape(request.query_params.get("token", "")[:200], quote=True)
    language = _language(request.query_params.get("language"))
    _, _, press = _WORDS[language][words]
    form = f"""<form method="post" action="{path}?language={language}">
<input type="hidden" name="token" value="{token}"><button>{press}</button></form>"""
    return _page(HTTPStatus.OK, language, words, form)


def _page(status: HTTPStatus, language: str, words: str, form: str = "") -> Response:
    heading, sentence, _ = _WORDS[language][words]
    content = f"""<!doctype html>
<html lang="{language}"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Seatmark</title>
<h1>{heading}</h1><p>{sentence}</p>{form}</html>
"""
    return HTMLResponse(content, status, _HEADERS)


def _language(named: str | None) -> str:
    return named if named in _WORDS else "en"
