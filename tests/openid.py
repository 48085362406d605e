"""An OpenID provider of the tests: real keys, real HTTP on this machine, and as dishonest as a test wants it."""

import asyncio
import hashlib
import secrets
import time
from base64 import b64decode, urlsafe_b64encode
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import cache
from itertools import cycle
from typing import Any
from urllib.parse import parse_qs, urlencode
from uuid import uuid4

import jwt
import uvicorn
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from tests.servers import free_port

AUDIENCE = "https://api.seatmark.test"
CLIENT_ID = "the console"
CLIENT_SECRET = "a secret: of 100 %"

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


class Key:
    """A key pair with an id, as the provider publishes it."""

    def __init__(self, private: PrivateKey, **published: Any) -> None:
        self.private = private
        self.algorithm = "RS256" if isinstance(private, rsa.RSAPrivateKey) else "ES256"
        algorithm: Any = jwt.algorithms.RSAAlgorithm if self.algorithm == "RS256" else jwt.algorithms.ECAlgorithm
        self.public: dict[str, Any] = {
            **algorithm.to_jwk(private.public_key(), as_dict=True),
            "kid": uuid4().hex,
            "use": "sig",
            "alg": self.algorithm,
            **published,
        }

    @property
    def id(self) -> str:
        return str(self.public["kid"])


@cache
def _rsa_private(size: int, number: int) -> rsa.RSAPrivateKey:
    """Kept, for making one takes a while."""
    return rsa.generate_private_key(65537, size)


_others = cycle((1, 2, 3))


def rsa_key(size: int = 2048, **published: Any) -> Key:
    """One that is not the provider's first; of three in a row, no two are the same."""
    return Key(_rsa_private(size, next(_others)), **published)


def ec_key(**published: Any) -> Key:
    return Key(ec.generate_private_key(ec.SECP256R1()), **published)


class OpenIdProvider:
    """What it answers is in its attributes; what it was asked, in `asked`, by path."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.start_anew()

    def start_anew(self) -> None:
        """Be honest again, with keys of new names."""
        self.keys = [Key(_rsa_private(2048, 0)), ec_key()]
        self.asked: Counter[str] = Counter()
        self.metadata: dict[str, Any] = {}
        self.cache_control: str | None = None
        self.answers_instead: Response | None = None
        self.person: dict[str, Any] = {}
        self.told: dict[str, Any] = {}
        self._codes: dict[str, dict[str, str]] = {}

    def claims(self, **given: Any) -> dict[str, Any]:
        """What a good access token says, but for what is given; None leaves a claim out."""
        now = int(time.time())
        usual = {"iss": self.url, "aud": AUDIENCE, "sub": "someone", "iat": now, "exp": now + 600}
        return {name: value for name, value in {**usual, **given}.items() if value is not None}

    def sign(self, key: Key | None = None, *, headers: dict[str, Any] | None = None, **given: Any) -> str:
        """An access token by a key, the first one unless told."""
        key = key or self.keys[0]
        return jwt.encode(self.claims(**given), key.private, key.algorithm, headers={"kid": key.id, **(headers or {})})

    @contextmanager
    def changed(self, **attributes: Any) -> Iterator[None]:
        """Other answers until the end of the block."""
        before = {name: getattr(self, name) for name in attributes}
        for name, value in attributes.items():
            setattr(self, name, value)
        try:
            yield
        finally:
            for name, value in before.items():
                setattr(self, name, value)

    def application(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/.well-known/openid-configuration", self._discovery),
                Route("/keys", self._key_set),
                Route("/authorize", self._authorize),
                Route("/token", self._token, methods=["POST"]),
            ]
        )

    async def _discovery(self, _: Request) -> Response:
        self.asked["/discovery"] += 1
        usual = {
            "issuer": self.url,
            "jwks_uri": f"{self.url}/keys",
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "authorization_response_iss_parameter_supported": True,
        }
        return self.answers_instead or JSONResponse({**usual, **self.metadata})

    async def _key_set(self, _: Request) -> Response:
        self.asked["/keys"] += 1
        headers = {"Cache-Control": self.cache_control} if self.cache_control is not None else {}
        return self.answers_instead or JSONResponse({"keys": [key.public for key in self.keys]}, headers=headers)

    async def _authorize(self, request: Request) -> Response:
        """Whoever comes is `person`, has signed in already, and agrees."""
        self.asked["/authorize"] += 1
        asked = dict(request.query_params)
        assert (asked["response_type"], asked["client_id"], asked["code_challenge_method"]) == (
            "code",
            CLIENT_ID,
            "S256",
        )
        assert "openid" in asked["scope"].split()
        code = secrets.token_urlsafe(16)
        self._codes[code] = {**asked, "person": ""}
        return RedirectResponse(
            f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state'], 'iss': self.url})}"
        )

    async def _token(self, request: Request) -> Response:
        self.asked["/token"] += 1
        form = {name: values[0] for name, values in parse_qs((await request.body()).decode()).items()}
        asked = self._codes.pop(form["code"], None)
        challenge = urlsafe_b64encode(hashlib.sha256(form["code_verifier"].encode()).digest()).rstrip(b"=").decode()
        if (
            asked is None
            or form["grant_type"] != "authorization_code"
            or form["redirect_uri"] != asked["redirect_uri"]
            or challenge != asked["code_challenge"]
            or not _is_client(request)
        ):
            return JSONResponse({"error": "invalid_grant"}, status_code=400)
        told = {"aud": CLIENT_ID, "nonce": asked["nonce"], **self.person, **self.told}
        return JSONResponse({"access_token": "opaque", "token_type": "Bearer", "id_token": self.sign(**told)})


def _is_client(request: Request) -> bool:
    """By HTTP Basic, whose both halves are form-encoded (RFC 6749, 2.3.1)."""
    scheme, _, content = request.headers["authorization"].partition(" ")
    return scheme == "Basic" and b64decode(content) == b"the+console:a+secret%3A+of+100+%25"


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """They are the test run's."""
        yield


@asynccontextmanager
async def run_provider() -> AsyncIterator[OpenIdProvider]:
    """A provider on this machine until the end of the block."""
    port = free_port()
    provider = OpenIdProvider(f"http://127.0.0.1:{port}")
    server = _Server(uvicorn.Config(provider.application(), port=port, log_level="error", lifespan="off", ws="none"))
    running = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    try:
        yield provider
    finally:
        server.should_exit = True
        await running
