"""Signing in with a browser: OpenID Connect, authorization code flow with PKCE (RFC 7636).

The browser keeps one secret, in a cookie, until it comes back. State, nonce and code verifier follow from it, so that
only this browser can end what it began, and nothing that is stored here could.
"""

import asyncio
import hashlib
import hmac
import secrets
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import quote, quote_plus, urlencode, urlsplit

import httpx

from app import db
from app.domain.errors import invalid
from app.domain.tokens import hash_secret
from app.identity.bearer import UntrustedTokenError, verify_id_token
from app.identity.browsers import start_session
from app.identity.people import link_memberships
from app.identity.provider import Metadata, Provider, ProviderUnavailableError, http_client, read_json

CALLBACK = "/auth/callback"
"""Where the provider sends browsers back to."""
LENGTH = timedelta(minutes=10)
"""How long one may take at the provider."""

_LONGEST_ADDRESS = 2000
_TIMEOUT = 10.0


class SignInRefusedError(Exception):
    """Nobody is signed in. The message is for whoever tried, and repeats nothing that came from outside."""


@dataclass(frozen=True, slots=True)
class Begun:
    """Where to send the browser, and the secret that it keeps meanwhile."""

    url: str
    secret: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What the browser brings back from the provider; None for what is missing."""

    state: str | None
    code: str | None
    issuer: str | None
    has_error: bool


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A session's token, and the path on our side to go on to."""

    token: str
    return_to: str


def check_local_path(path: str) -> str:
    """A path on our own side, as browsers understand it. Raises: DomainError INVALID_INPUT for any other address."""
    is_plain = all("!" <= character <= "~" for character in path) and "\\" not in path
    if not is_plain or not path.startswith("/") or path.startswith("//") or len(path) > _LONGEST_ADDRESS:
        raise invalid("This is no path of ours to return to.", "return_to")
    return path


async def begin_sign_in(provider: Provider, return_to: str) -> Begun:
    """Remember that a sign-in was begun.

    Raises: DomainError INVALID_INPUT for a way back that is not ours, SignInRefusedError, ProviderUnavailableError.
    """
    check_local_path(return_to)
    metadata = await provider.metadata.read()
    if provider.client_id is None or metadata.authorization_url is None:
        raise SignInRefusedError("Nobody can sign in here with a browser.")
    secret = secrets.token_urlsafe(32)
    await db.fetch(
        """
        INSERT INTO sign_ins (id, secret_hash, return_to, expires_at)
        VALUES (gen_random_uuid(), $1, $2, clock_timestamp() + $3::interval)
        """,
        hash_secret(secret),
        return_to,
        LENGTH,
    )
    challenge = urlsafe_b64encode(hashlib.sha256(_derive(secret, "verifier").encode()).digest()).rstrip(b"=").decode()
    asked = {
        "response_type": "code",
        "client_id": provider.client_id,
        "redirect_uri": _redirect_uri(provider),
        "scope": "openid email",
        "state": _derive(secret, "state"),
        "nonce": _derive(secret, "nonce"),
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    separator = "&" if urlsplit(metadata.authorization_url).query else "?"
    return Begun(metadata.authorization_url + separator + urlencode(asked, quote_via=quote), secret)


async def finish_sign_in(
    provider: Provider, answer: Answer, secret: str | None, replaced_token: str | None, request_id: str
) -> SignedIn:
    """Sign in whoever the provider says came back, if they left from this browser; once.

    Raises: SignInRefusedError, ProviderUnavailableError.
    """
    if secret is None or not _is_same(answer.state, _derive(secret, "state")):
        raise SignInRefusedError("This sign-in was not begun in this browser.")
    metadata = await provider.metadata.read()
    if (answer.issuer is not None or metadata.names_itself) and not _is_same(answer.issuer, provider.issuer):
        raise SignInRefusedError("Another provider answered.")
    return_to = await _take(secret)
    if answer.has_error or answer.code is None:
        raise SignInRefusedError("The provider did not sign you in.")
    token = await _exchange(provider, metadata, answer.code, _derive(secret, "verifier"))
    try:
        claims = await verify_id_token(provider, token, provider.client_id or "", _derive(secret, "nonce"))
    except UntrustedTokenError as reason:
        raise SignInRefusedError("The provider's answer cannot be believed.") from reason
    await link_memberships(claims, request_id)
    return SignedIn(await start_session(claims.identity, replaced_token, request_id), return_to)


async def _take(secret: str) -> str:
    """End the sign-in that the secret is of; gives where to go on. Raises: SignInRefusedError when there is none."""
    row = await db.fetch_one(
        "DELETE FROM sign_ins WHERE secret_hash = $1 RETURNING return_to, expires_at > clock_timestamp() AS is_open",
        hash_secret(secret),
    )
    if row is None or not row["is_open"]:
        raise SignInRefusedError("This sign-in took too long, or was ended before.")
    return_to: str = row["return_to"]
    return return_to


async def _exchange(provider: Provider, metadata: Metadata, code: str, verifier: str) -> str:
    """The ID token for a code. Raises: SignInRefusedError, ProviderUnavailableError."""
    if metadata.token_url is None or provider.client_id is None:
        raise ProviderUnavailableError("its discovery document names no address for codes")
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": _redirect_uri(provider),
        "code_verifier": verifier,
        "client_id": provider.client_id,
    }
    headers = {"Accept": "application/json"}
    auth: httpx.BasicAuth | None = None
    if provider.client_secret is not None:
        client_secret = provider.client_secret.get_secret_value()
        if metadata.takes_basic:
            auth = httpx.BasicAuth(quote_plus(provider.client_id), quote_plus(client_secret))
        else:
            form["client_secret"] = client_secret
    try:
        async with (
            asyncio.timeout(_TIMEOUT),
            http_client(metadata.token_url) as client,
            client.stream(
                "POST", metadata.token_url, data=form, headers=headers, auth=auth or httpx.USE_CLIENT_DEFAULT
            ) as response,
        ):
            answer = await read_json(response)
    except (httpx.HTTPError, TimeoutError) as cause:
        raise ProviderUnavailableError(type(cause).__name__) from None
    token = answer.get("id_token") if response.status_code == httpx.codes.OK and isinstance(answer, dict) else None
    if not isinstance(token, str):
        raise SignInRefusedError("The provider did not sign you in.")
    return token


def _redirect_uri(provider: Provider) -> str:
    return f"{provider.public_url}{CALLBACK}"


def _derive(secret: str, purpose: str) -> str:
    """43 characters that say nothing of the secret, nor of what is derived for another purpose."""
    return urlsafe_b64encode(hmac.digest(secret.encode(), purpose.encode(), "sha256")).rstrip(b"=").decode()


def _is_same(given: str | None, expected: str) -> bool:
    return given is not None and hmac.compare_digest(given.encode(errors="surrogatepass"), expected.encode())
