"""/schema.graphql: the public schema as text, for everyone."""

import gzip
import hashlib
from dataclasses import dataclass
from typing import Self

from starlette.requests import Request
from starlette.responses import Response


@dataclass(frozen=True, slots=True)
class SchemaFile:
    """Printed and compressed once: strangers may ask for it as often as they like, and it costs nothing to answer."""

    plain: bytes
    compressed: bytes
    etag: str

    @classmethod
    def of(cls, text: str) -> Self:
        plain = text.encode()
        digest = hashlib.sha256(plain).hexdigest()[:32]
        return cls(plain, gzip.compress(plain, mtime=0), f'W/"{digest}"')

    async def get(self, request: Request) -> Response:
        headers = {"ETag": self.etag, "Cache-Control": "public, no-cache", "Vary": "Accept-Encoding"}
        if self.etag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        is_compressed = "gzip" in request.headers.get("accept-encoding", "")
        encoding = {"Content-Encoding": "gzip"} if is_compressed else {}
        body = self.compressed if is_compressed else self.plain
        return Response(body, headers={**headers, **encoding}, media_type="text/plain; charset=utf-8")
