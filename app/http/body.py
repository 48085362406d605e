"""Bodies from strangers: how much of them is read, for how long, and what JSON they may hold."""

import asyncio
import json
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, NoReturn

import orjson
from starlette.requests import ClientDisconnect, Request
from starlette.types import Message, Send

from app.http.refusals import RequestRefused

_CLOSE = {"Connection": "close"}
"""What is left of a body that we do not read must not be taken for the next request, nor be waited for."""
_LINGER_SECONDS, _LINGER_BYTES = 2.0, 16 * 1024 * 1024
"""For how long, and how much of it, such a body is taken and thrown away once the answer is sent."""
SHORT = 65_536
"""Bytes, which arrive together with the head of a request or soon after."""
BRIEF = 32_768
"""Bytes, which are read and parsed in less time than it takes to find out who asks, or to ask for their price."""
ORDINARY = 1_048_576
"""Bytes that suffice for everything but a whole directory at once."""


@dataclass(frozen=True, slots=True)
class BodyLimits:
    bytes: int
    """The most that is read of a body."""
    seconds: float
    """How long a body may take to arrive."""


def is_brief(request: Request) -> bool:
    """Whether what is asked comes in a body that says it is."""
    headers = request.headers
    if request.method != "POST" or "transfer-encoding" in headers:
        return False
    return int(headers.get("content-length", BRIEF + 1)) <= BRIEF


def left_over(request: Request) -> Mapping[str, str]:
    """What an answer has to say when it comes before the body was read: nothing, if that is short."""
    if getattr(request.state, "is_body_read", False):
        return {}
    length = int(request.headers.get("content-length", 0))
    return _CLOSE if length > SHORT or "transfer-encoding" in request.headers else {}


async def read_body(request: Request, limits: BodyLimits) -> bytes:
    """The whole body. Raises: RequestRefused 413 as soon as it says or turns out to be too large, 408 when too slow."""
    if int(request.headers.get("content-length", 0)) > limits.bytes:
        raise _too_large(limits)
    try:
        async with asyncio.timeout(limits.seconds):
            return await _counted(request, limits)
    except TimeoutError:
        message = f"The body took longer than {limits.seconds:g} seconds."
        raise RequestRefused.because(408, "REQUEST_TIMEOUT", message, _CLOSE) from None
    except ClientDisconnect:  # nobody is there to read this
        raise RequestRefused.because(400, "INVALID_INPUT", "The body was broken off.", _CLOSE) from None


def lingering(request: Request, send: Send) -> Send:
    """Where the answer says that the connection closes, let the client have it first: who closes while more of a body
    comes in resets the connection, and what was sent may be lost."""
    closes = False

    async def send_then_linger(message: Message) -> None:
        nonlocal closes
        if message["type"] == "http.response.start":
            closes = (b"connection", b"close") in message["headers"]
        if not closes or message["type"] != "http.response.body" or message.get("more_body"):
            await send(message)
            return
        await send({**message, "more_body": True})
        await _throw_away(request)
        await send({"type": "http.response.body"})

    return send_then_linger


async def _throw_away(request: Request) -> None:
    thrown = 0
    with suppress(TimeoutError):
        async with asyncio.timeout(_LINGER_SECONDS):
            while thrown < _LINGER_BYTES:
                message = await request.receive()
                thrown += len(message.get("body", b""))
                if not message.get("more_body"):
                    return


def parse_json(content: bytes | str, what: str) -> Any:
    """JSON as RFC 8259 has it: in UTF-8, every key once, no NaN. Raises: RequestRefused 400."""
    try:
        return _parsed_at_once(content)
    except (ValueError, TypeError):
        return _parsed_with_care(content, what)


def _parsed_at_once(content: bytes | str) -> Any:
    """What orjson writes as it was sent has every key once, and nothing that orjson reads otherwise than we do: most
    clients write JSON as it does. Raises: ValueError, TypeError."""
    sent = content if isinstance(content, bytes) else content.encode()
    found = orjson.loads(sent)
    if orjson.dumps(found) != sent:
        raise ValueError
    return found


def _parsed_with_care(content: bytes | str, what: str) -> Any:
    """Raises: RequestRefused 400."""
    try:
        text = content.decode() if isinstance(content, bytes) else content
        return json.loads(text, object_pairs_hook=_object, parse_constant=_no_number)
    except RecursionError:
        raise _bad(f"{what} is nested too deeply.") from None
    except UnicodeDecodeError:
        raise _bad(f"{what} is not in UTF-8.") from None
    except _NotUniqueError:
        raise _bad(f"{what} has a key twice in one object.") from None
    except json.JSONDecodeError:
        raise _bad(f"{what} is not JSON.") from None
    except ValueError:
        raise _bad(f"{what} has a number that is none, or is too long.") from None


async def _counted(request: Request, limits: BodyLimits) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limits.bytes:
            raise _too_large(limits)
    request.state.is_body_read = True
    return bytes(body)


class _NotUniqueError(ValueError):
    pass


def _object(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """Of a key that comes twice, a proxy before us may have checked the one and we would take the other."""
    listed = list(pairs)
    found = dict(listed)
    if len(found) != len(listed):
        raise _NotUniqueError
    return found


def _no_number(_: str) -> NoReturn:
    raise ValueError


def _too_large(limits: BodyLimits) -> RequestRefused:
    message = f"The body is larger than {limits.bytes} bytes."
    return RequestRefused.because(413, "REQUEST_TOO_LARGE", message, _CLOSE)


def _bad(message: str) -> RequestRefused:
    return RequestRefused.because(400, "INVALID_INPUT", message)
