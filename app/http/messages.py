"""Messages of graphql-transport-ws, as strangers write them."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from app.http.body import parse_json
from app.http.parameters import Parameters, from_payload
from app.http.refusals import RequestRefused

PROTOCOL = "graphql-transport-ws"
_LONGEST_ID = 128


class Hangup(Exception):  # noqa: N818 - no error of ours
    """The connection is closed, and why; the codes are the protocol's, and those of RFC 6455."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Message:
    """`id` and `parameters` are there where the type has them."""

    type: str
    id: str = ""
    payload: Mapping[str, Any] | None = None
    parameters: Parameters | None = None


def parse_message(text: str | None) -> Message:
    """A client's message; None for a frame that is not text. Raises: Hangup 4400."""
    try:
        given = parse_json(text, "A message") if text is not None else None
    except RequestRefused as refusal:
        raise Hangup(4400, str(refusal)) from None
    if not isinstance(given, dict):
        raise Hangup(4400, "A message is a JSON object, in a text frame.")
    match given.get("type"):
        case "connection_init" | "ping" | "pong" as kind:
            return Message(kind, payload=_payload(given))
        case "complete":
            return Message("complete", _id(given))
        case "subscribe":
            return Message("subscribe", _id(given), parameters=_parameters(given))
    raise Hangup(4400, "A message has one of the types that clients send.")


def token_of(payload: Mapping[str, Any] | None) -> str | None:
    """The bearer token that a connection begins with; None where it brings none of its own. Raises: Hangup 4400."""
    authorization = (payload or {}).get("authorization", (payload or {}).get("Authorization"))
    if authorization is None:
        return None
    if not isinstance(authorization, str):
        raise Hangup(4400, "`authorization` must be a string.")
    scheme, _, token = authorization.partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def language_of(payload: Mapping[str, Any] | None) -> str | None:
    """The `Accept-Language` that a connection begins with, for a browser sends none but its own with the request. None
    where it says none. Raises: Hangup 4400."""
    accepted = (payload or {}).get("acceptLanguage")
    if accepted is not None and not isinstance(accepted, str):
        raise Hangup(4400, "`acceptLanguage` must be a string.")
    return accepted


@dataclass(slots=True)
class Floodgate:
    """So many messages a second, and for a moment as many more as `burst`."""

    per_second: float
    burst: float
    left: float = field(init=False)
    at: float = field(default_factory=time.monotonic, init=False)

    def __post_init__(self) -> None:
        self.left = self.burst

    def take(self, count: int = 1) -> None:
        """Raises: Hangup 1008."""
        now = time.monotonic()
        self.left = min(self.burst, self.left + (now - self.at) * self.per_second) - count
        self.at = now
        if self.left < 0:
            raise Hangup(1008, "Too many messages.")


def _id(given: Mapping[str, Any]) -> str:
    value = given.get("id")
    if not isinstance(value, str) or not 0 < len(value) <= _LONGEST_ID:
        raise Hangup(4400, f"`id` must be a string of 1 to {_LONGEST_ID} characters.")
    return value


def _payload(given: Mapping[str, Any]) -> Mapping[str, Any] | None:
    payload = given.get("payload")
    if payload is not None and not isinstance(payload, dict):
        raise Hangup(4400, "`payload` must be an object.")
    return payload


def _parameters(given: Mapping[str, Any]) -> Parameters:
    try:
        return from_payload(_payload(given) or {})
    except RequestRefused as refusal:
        raise Hangup(4400, str(refusal)) from None
