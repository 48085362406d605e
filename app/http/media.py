"""Media types, by the draft of GraphQL over HTTP."""

import re
from collections.abc import Callable
from email.message import Message
from enum import Enum
from functools import lru_cache
from typing import TypeVar

from app.http.refusals import RequestRefused

_WEIGHT = re.compile(r"0(?:\.\d{0,3})?|1(?:\.0{0,3})?", re.ASCII)
_REMEMBERED, _SHORT = 100, 200
"""Headers of a kind, and characters of one."""

Read = TypeVar("Read")

EVENT_STREAM = "text/event-stream"
"""What a subscription is answered with."""


class MediaType(Enum):
    """What an answer can be. The first tells by its status whether the operation was executed."""

    RESPONSE = "application/graphql-response+json"
    JSON = "application/json"


def _remembered(read: Callable[[str], Read]) -> Callable[[str], Read]:
    """What a header says is read once, if it is short: clients send the same all day."""
    known = lru_cache(_REMEMBERED)(read)
    return lambda header: known(header) if len(header) <= _SHORT else read(header)


def negotiate(accept: str | None) -> MediaType | None:
    """The type that an `Accept` header likes best; None when it takes neither.

    Of two that it likes equally the newer one, if it names it; JSON for those who take anything or do not say.
    """
    return _negotiated(accept or "")


@_remembered
def _negotiated(accept: str) -> MediaType | None:
    weights = _weights(accept if accept.strip() else "*/*")
    liking = {media: _liking(media, weights) for media in MediaType}
    best = max(MediaType, key=lambda media: liking[media])
    return best if liking[best][0] > 0 else None


def takes_stream(accept: str | None) -> bool:
    """Whether an `Accept` header names event streams. Clients name them beside JSON, whatever they ask for, so what is
    answered with one depends on the operation; wildcards mean none."""
    return accept is not None and _names_stream(accept)


@_remembered
def _names_stream(accept: str) -> bool:
    return _weights(accept).get(EVENT_STREAM, 0.0) > 0


def check_content_type(header: str | None, encoding: str | None) -> None:
    """A body is JSON in UTF-8, and not compressed. Raises: RequestRefused 415."""
    if not _is_json(header or ""):
        raise _unsupported("Send the operation as `Content-Type: application/json`, in UTF-8.")
    if (encoding or "identity").strip().lower() != "identity":
        raise _unsupported("Send the operation without a `Content-Encoding`.")


@_remembered
def _is_json(content_type: str) -> bool:
    message = Message()
    message["Content-Type"] = content_type
    charset = message.get_param("charset", "utf-8")
    return message.get_content_type() == MediaType.JSON.value and str(charset).lower() in ("utf-8", "utf8")


def _unsupported(message: str) -> RequestRefused:
    accepted = {"Accept": MediaType.JSON.value}
    return RequestRefused.because(415, "UNSUPPORTED_MEDIA_TYPE", message, accepted)


def _weights(accept: str) -> dict[str, float]:
    """Each range of an `Accept` header with its weight. What is no range weighs nothing."""
    weights: dict[str, float] = {}
    for part in accept.split(","):
        name, *parameters = (piece.strip().lower() for piece in part.split(";"))
        given = [one.removeprefix("q=").strip() for one in parameters if one.startswith("q=")]
        weights[name] = float(given[0]) if given and _WEIGHT.fullmatch(given[0]) else 0.0 if given else 1.0
    return weights


def _liking(media: MediaType, weights: dict[str, float]) -> tuple[float, bool, bool]:
    """How much a type is liked: its weight by the most telling range, whether by its name, and the tie's end."""
    if media.value in weights:
        return weights[media.value], True, media is MediaType.RESPONSE
    return weights.get("application/*", weights.get("*/*", 0.0)), False, media is MediaType.JSON
