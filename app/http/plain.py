"""Refusals in the shape of GraphQL's errors, where nothing of GraphQL was asked."""

from collections.abc import Mapping
from typing import Any

from starlette.responses import JSONResponse, Response

from app.http.refusals import RequestRefused
from app.words.speaking import said


def error(status: int, code: str, message: str, request_id: str, headers: Mapping[str, str] | None = None) -> Response:
    """One error, of which clients know code and sentence already."""
    content: dict[str, Any] = {"message": said(message), "extensions": {"code": code, "requestId": request_id}}
    headers = {"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store", **(headers or {})}
    return JSONResponse({"errors": [content]}, status_code=status, headers=headers)


def refused(refusal: RequestRefused, request_id: str) -> Response:
    first = refusal.errors[0]
    code = str((first.extensions or {})["code"])
    return error(refusal.status, code, first.message, request_id, refusal.headers)
