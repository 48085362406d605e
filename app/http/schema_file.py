"""/schema.graphql: the public schema as text, for everyone."""

import asyncio
import gzip
import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response


@dataclass(frozen=True, slots=True)
class _Made:
    plain: bytes
    compressed: bytes
    etag: str


class SchemaFile:
    """Printed and compressed once, when the first asks for it: strangers may ask as often as they like, and it costs
    nothing to answer."""

    def __init__(self, text: Callable[[], str]) -> None:
        self._text = text
        self._making: asyncio.Task[_Made] | None = None

    async def get(self, request: Request) -> Response:
        if self._making is None:
            self._making = asyncio.create_task(asyncio.to_thread(self._make))
        file = await asyncio.shield(self._making)
        headers = {"ETag": file.etag, "Cache-Control": "public, no-cache", "Vary": "Accept-Encoding"}
        if file.etag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        is_compressed = "gzip" in request.headers.get("accept-encoding", "")
        encoding = {"Content-Encoding": "gzip"} if is_compressed else {}
        body = file.compressed if is_compressed else file.plain
        return Response(body, headers={**headers, **encoding}, media_type="text/plain; charset=utf-8")

    def _make(self) -> _Made:
        plain = self._text().encode()
        digest = hashlib.sha256(plain).hexdigest()[:32]
        return _Made(plain, gzip.compress(plain, mtime=0), f'W/"{digest}"')
