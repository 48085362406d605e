"""The OpenID provider that vouches for people: what it says of itself, and its keys, fetched when they are needed."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Generic, TypeVar
from urllib.parse import urlsplit

import httpx
import orjson
import structlog
from jwt import PyJWK, PyJWTError
from pydantic import SecretStr

from app.settings import Settings, is_loopback, is_trusted_url, load_settings

log = structlog.get_logger()

ALGORITHMS = {("RSA", None): "RS256", ("EC", "P-256"): "ES256"}
"""What a key of which kind and curve signs by; no other key is believed."""

ASKED_AGAIN_AFTER = 30.0
"""Seconds between two questions to the provider, also when someone comes with a key that we do not know."""
LIVES = (60.0, 600.0, 3600.0)
"""Seconds that an answer is fresh: at least, where it says nothing of it, at most."""
LIVES_WITHOUT_PROVIDER = 86_400.0
"""Seconds that the last answer is believed while there is no new one."""

_TIMEOUT = 5.0
_LARGEST = 256 * 1024
_MOST_KEYS = 100
_KEY_BITS = range(2048, 8193)

Clock = Callable[[], float]
T = TypeVar("T")


class ProviderUnavailableError(Exception):
    """The provider does not answer, or not with what it should."""


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A key of the provider, and the one algorithm that it signs by."""

    id: str | None
    algorithm: str
    key: PyJWK


@dataclass(frozen=True, slots=True)
class Metadata:
    """What the provider's discovery document says of it."""

    keys_url: str
    authorization_url: str | None
    token_url: str | None
    names_itself: bool
    """Whether it says who it is when it sends a browser back (RFC 9207)."""
    takes_basic: bool
    """Whether clients show their secret by HTTP Basic, and not in the form."""


class FetchedDocument(Generic[T]):
    """A JSON document of the provider, asked for by one request at a time and seldom."""

    def __init__(
        self, find_url: Callable[[], Awaitable[str]], parse: Callable[[Any], T], clock: Clock = time.monotonic
    ) -> None:
        self._find_url, self._parse, self._clock = find_url, parse, clock
        self._content: T | None = None
        self._asked_at = self._obtained_at = self._fresh_until = float("-inf")
        self._asking = asyncio.Lock()

    async def read(self) -> T:
        """The document; the last one while it is asked for anew, and for a day while there is no answer.

        Raises: ProviderUnavailableError.
        """
        is_at_hand = self._content is not None and self._asking.locked()
        if self._clock() >= self._fresh_until and not is_at_hand:
            await self.renew()
        if self._content is None or self._clock() >= self._obtained_at + LIVES_WITHOUT_PROVIDER:
            raise ProviderUnavailableError("the provider did not answer")
        return self._content

    async def renew(self) -> None:
        """Ask for it, unless that was done just now: for everyone together, whether there was an answer or none."""
        async with self._asking:
            if self._clock() < self._asked_at + ASKED_AGAIN_AFTER:
                return
            self._asked_at = self._clock()
            try:
                answer, lives = await _get_json(await self._find_url())
                self._content = self._parse(answer)
            except ProviderUnavailableError as cause:
                log.warning("identity_provider_unavailable", reason=str(cause))
                return
            self._obtained_at = self._clock()
            self._fresh_until = self._obtained_at + lives


class Provider:
    """The provider of the settings, with what was fetched of it."""

    def __init__(self, settings: Settings, clock: Clock = time.monotonic) -> None:
        assert settings.oidc_issuer is not None, "there is no provider without its issuer"
        self.issuer: str = settings.oidc_issuer
        self.audience: str | None = settings.oidc_audience
        self.client_id: str | None = settings.oidc_client_id
        self.client_secret: SecretStr | None = settings.oidc_client_secret
        self.public_url: str | None = settings.public_url
        self._keys_url = settings.oidc_jwks_url
        self.metadata = FetchedDocument(self._find_metadata_url, self._parse_metadata, clock)
        self.keys = FetchedDocument(self._find_keys_url, parse_keys, clock)

    async def find_key(self, key_id: str | None, algorithm: str) -> SigningKey | None:
        """The key of that id, or without one the only key there is for the algorithm; None when there is no such key
        or the provider cannot be asked."""
        try:
            found = _choose(await self.keys.read(), key_id, algorithm)
            if found is None:
                await self.keys.renew()
                found = _choose(await self.keys.read(), key_id, algorithm)
        except ProviderUnavailableError:
            return None
        return found

    async def _find_metadata_url(self) -> str:
        return self.issuer.removesuffix("/") + "/.well-known/openid-configuration"

    async def _find_keys_url(self) -> str:
        return self._keys_url or (await self.metadata.read()).keys_url

    def _parse_metadata(self, document: Any) -> Metadata:
        """Raises: ProviderUnavailableError for a document that is another issuer's, or no such document."""
        if not isinstance(document, dict) or document.get("issuer") != self.issuer:
            raise ProviderUnavailableError("its discovery document names another issuer")
        methods = document.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        keys_url = self._endpoint(document, "jwks_uri")
        if keys_url is None:
            raise ProviderUnavailableError("its discovery document names no keys")
        return Metadata(
            keys_url,
            self._endpoint(document, "authorization_endpoint"),
            self._endpoint(document, "token_endpoint"),
            document.get("authorization_response_iss_parameter_supported") is True,
            isinstance(methods, list) and "client_secret_basic" in methods,
        )

    def _endpoint(self, document: dict[str, Any], name: str) -> str | None:
        """An address that it names, if it can be trusted: this machine's own only if the provider is here too."""
        url = document.get(name)
        if not isinstance(url, str) or not is_trusted_url(url):
            return None
        is_near = is_loopback(urlsplit(url).hostname)
        return None if is_near and not is_loopback(urlsplit(self.issuer).hostname) else url


@cache
def configured_provider() -> Provider | None:
    """The provider of the environment's settings; None when nobody signs in."""
    settings = load_settings()
    return Provider(settings) if settings.oidc_issuer is not None else None


def browsers_provider() -> Provider | None:
    """The provider where browsers are sent to sign in; None when there is none, or we are no client of it."""
    provider = configured_provider()
    return provider if provider is not None and provider.client_id is not None else None


def http_client(url: str) -> httpx.AsyncClient:
    """For one request to the provider. Redirects are not followed; what is on this machine needs no proxy."""
    return httpx.AsyncClient(
        timeout=_TIMEOUT, follow_redirects=False, trust_env=not is_loopback(urlsplit(url).hostname)
    )


async def read_json(response: httpx.Response) -> Any:
    """The body of an answer. Raises: ProviderUnavailableError for one that is too large, or no JSON."""
    content = b""
    async for chunk in response.aiter_bytes():
        content += chunk
        if len(content) > _LARGEST:
            raise ProviderUnavailableError("an answer is too large")
    try:
        return orjson.loads(content)
    except orjson.JSONDecodeError:
        raise ProviderUnavailableError("an answer is no JSON") from None


def parse_keys(document: Any) -> Sequence[SigningKey]:
    """The keys of a JSON Web Key Set that we can believe; others are left out.

    Raises: ProviderUnavailableError for what is no key set.
    """
    listed = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(listed, list) or len(listed) > _MOST_KEYS:
        raise ProviderUnavailableError("its keys are no key set")
    return [key for key in map(_parse_key, listed) if key is not None]


def _parse_key(described: Any) -> SigningKey | None:
    if not isinstance(described, dict):
        return None
    kind, curve, key_id = described.get("kty"), described.get("crv"), described.get("kid")
    if not isinstance(kind, str) or not isinstance(curve, str | None) or not isinstance(key_id, str | None):
        return None
    algorithm = ALGORITHMS.get((kind, curve))
    operations = described.get("key_ops", ["verify"])
    if (
        algorithm is None
        or described.get("use", "sig") != "sig"
        or described.get("alg", algorithm) != algorithm
        or not (isinstance(operations, list) and "verify" in operations)
    ):
        return None
    public = {name: described[name] for name in ("kty", "n", "e", "crv", "x", "y") if name in described}
    try:
        key = PyJWK(public, algorithm)
    except (PyJWTError, ValueError, TypeError, KeyError):
        return None
    if algorithm == "RS256" and key.key.key_size not in _KEY_BITS:
        return None
    return SigningKey(key_id, algorithm, key)


def _choose(keys: Sequence[SigningKey], key_id: str | None, algorithm: str) -> SigningKey | None:
    fitting = [key for key in keys if key.algorithm == algorithm and key_id in (None, key.id)]
    return fitting[0] if len(fitting) == 1 else None


async def _get_json(url: str) -> tuple[Any, float]:
    """A document, and for how many seconds it is fresh. Raises: ProviderUnavailableError."""
    try:
        async with (
            asyncio.timeout(_TIMEOUT),
            http_client(url) as client,
            client.stream("GET", url, headers={"Accept": "application/json"}) as response,
        ):
            if response.status_code != httpx.codes.OK:
                raise ProviderUnavailableError(f"it answers {response.status_code}")
            return await read_json(response), _lifetime(response.headers.get("cache-control", ""))
    except (httpx.HTTPError, httpx.InvalidURL, TimeoutError) as cause:
        raise ProviderUnavailableError(type(cause).__name__) from None


def _lifetime(cache_control: str) -> float:
    least, usual, most = LIVES
    for directive in cache_control.lower().split(","):
        name, _, value = directive.strip().partition("=")
        if name in ("no-cache", "no-store"):
            return least
        if name == "max-age" and value.strip('"').isdecimal() and len(value) < 12:  # noqa: PLR2004 - centuries
            return min(max(float(value.strip('"')), least), most)
    return usual
