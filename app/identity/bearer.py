"""Tokens that an OpenID provider signed (JWT): believed only after every check, and then only what is said here."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hmac import compare_digest
from typing import Any

import jwt

from app.domain.errors import DomainError
from app.domain.text import check_email_to_find, is_storable
from app.identity.provider import ALGORITHMS, Provider

LONGEST = 16_384
"""Characters of a token; a longer one is not looked at."""
LEEWAY = 30
"""Seconds that the provider's clock may differ from ours."""

_PREFIX = "eyJ"
"""How the Base64 of a JSON object begins."""
_LONGEST_SUBJECT = 255
_TYPES = ("jwt", "at+jwt", "application/at+jwt")
_LAST = int(datetime(9999, 1, 1, tzinfo=UTC).timestamp())
_REQUIRED = ["iss", "aud", "exp", "sub"]


class UntrustedTokenError(Exception):
    """A token that is not believed. The message says why, and repeats nothing of it."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Someone as a provider knows them; both parts together are theirs alone, for good."""

    issuer: str
    subject: str


@dataclass(frozen=True, slots=True)
class Claims:
    """What a believed token says. `email` is in lower case, and None unless the provider verified it."""

    identity: Identity
    email: str | None
    expires_at: datetime


def looks_signed(token: str) -> bool:
    """Whether a token can be a JWT at all; keys and sessions of ours cannot."""
    return token.startswith(_PREFIX) and token.count(".") == 2  # noqa: PLR2004 - header, claims, signature


async def verify_token(provider: Provider, token: str, audience: str) -> Claims:
    """What a token says, if the provider signed it for the audience and it holds now, by real time (R9.2).

    The algorithm is one of two and must be the key's; keys come from the provider's address and never from the token.

    Raises: UntrustedTokenError.
    """
    return _believe(provider, await _decode(provider, token, audience))


async def verify_id_token(provider: Provider, token: str, client_id: str, nonce: str) -> Claims:
    """What the provider tells our client at the end of the sign-in that the nonce is of. Raises: UntrustedTokenError.

    A token for several audiences was asked for by one of them, which `azp` names; that must be us.
    """
    claims = await _decode(provider, token, client_id)
    is_ours_alone = claims["aud"] in (client_id, [client_id])
    if claims.get("azp", client_id if is_ours_alone else None) != client_id:
        raise UntrustedTokenError("it was made for another client")
    given = claims.get("nonce")
    if not isinstance(given, str) or not compare_digest(given.encode(), nonce.encode()):
        raise UntrustedTokenError("it was made for another sign-in")
    return _believe(provider, claims)


async def _decode(provider: Provider, token: str, audience: str) -> Mapping[str, Any]:
    key_id, algorithm = _read_header(token)
    key = await provider.find_key(key_id, algorithm)
    if key is None:
        raise UntrustedTokenError("no key of the provider fits")
    try:
        return jwt.decode(
            token,
            key.key,
            algorithms=[algorithm],
            audience=audience,
            issuer=provider.issuer,
            leeway=LEEWAY,
            options={"require": _REQUIRED},
        )
    except (jwt.PyJWTError, ValueError, TypeError, OverflowError, RecursionError) as cause:
        raise UntrustedTokenError(type(cause).__name__) from None


def _believe(provider: Provider, claims: Mapping[str, Any]) -> Claims:
    expires_at = datetime.fromtimestamp(min(int(claims["exp"]), _LAST), UTC)
    return Claims(Identity(provider.issuer, _subject(claims)), _verified_email(claims), expires_at)


def _read_header(token: str) -> tuple[str | None, str]:
    """The key's id and the algorithm that a token names. Nothing else in its header is heeded."""
    if len(token) > LONGEST or not looks_signed(token):
        raise UntrustedTokenError("no token")
    try:
        header = jwt.get_unverified_header(token)
    except (jwt.PyJWTError, ValueError, RecursionError) as cause:
        raise UntrustedTokenError(type(cause).__name__) from None
    key_id, algorithm, kind = header.get("kid"), header.get("alg"), header.get("typ", "JWT")
    if not isinstance(algorithm, str) or algorithm not in ALGORITHMS.values():
        raise UntrustedTokenError("another algorithm")
    if "crit" in header or "b64" in header:
        raise UntrustedTokenError("it asks for what we do not understand")
    if not isinstance(kind, str) or kind.lower() not in _TYPES:
        raise UntrustedTokenError("another kind of token")
    if not isinstance(key_id, str | None):
        raise UntrustedTokenError("no id of a key")
    return key_id, algorithm


def _subject(claims: Mapping[str, Any]) -> str:
    subject = claims["sub"]
    if not isinstance(subject, str) or not 0 < len(subject) <= _LONGEST_SUBJECT or not is_storable(subject):
        raise UntrustedTokenError("no subject")
    return subject


def _verified_email(claims: Mapping[str, Any]) -> str | None:
    """In ASCII: a letter that only becomes an ASCII letter in lower case would be another person's address."""
    email = claims.get("email")
    if claims.get("email_verified") is not True or not isinstance(email, str):
        return None
    try:
        return check_email_to_find(email).lower()
    except DomainError:
        return None
