"""What the generated client stands on: HTTP with a key, repeated where that is safe, and errors with their codes."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from typing import Any, Self
from uuid import uuid4

import httpx
from pydantic_core import to_jsonable_python

from .base_model import UNSET, BaseModel

_LATER = frozenset({429, 503})
"""Statuses of requests of which nothing was done, and which may be sent again later."""


class SeatmarkError(Exception):
    """An answer without the data asked for; mistakes in a mutation's input are its `UserError` instead.

    `code` is that of the first error; `data` is what was answered all the same, of a query whose parts failed.
    """

    def __init__(self, status: int, body: Mapping[str, Any]) -> None:
        self.status = status
        self.errors: list[dict[str, Any]] = body.get("errors") or [{"message": f"HTTP {status}"}]
        self.data: dict[str, Any] | None = body.get("data")
        extensions: dict[str, Any] = self.errors[0].get("extensions") or {}
        self.code: str | None = extensions.get("code")
        self.request_id: str | None = extensions.get("requestId")
        super().__init__(self.errors[0]["message"])


class BaseClient:
    """Asks one Seatmark with one key.

    Every mutation is sent with an `Idempotency-Key`: the `idempotency_key` given with it, or one of its own. So what
    was not answered, or is to be asked later (429, 503: after `Retry-After`), is sent up to `attempts` times.
    """

    def __init__(self, url: str, key: str, *, timeout: float = 60.0, attempts: int = 5) -> None:
        """`url` is where the API is, such as https://seats.example.com; `timeout` is in seconds."""
        headers = {"Authorization": f"Bearer {key}", "Accept": "application/graphql-response+json"}
        self.http = httpx.AsyncClient(base_url=url, headers=headers, timeout=timeout)
        self.attempts = attempts

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.http.aclose()

    async def execute(
        self,
        query: str,
        operation_name: str | None = None,
        variables: Mapping[str, object] | None = None,
        *,
        idempotency_key: str | None = None,
    ) -> httpx.Response:
        """Send an operation, again where that is safe. Raises: httpx.TransportError, when nothing answers."""
        headers = {}
        if query.lstrip().startswith("mutation"):
            headers["Idempotency-Key"] = idempotency_key or str(uuid4())
        body = _body(query, operation_name, variables)
        for attempt in range(1, self.attempts):
            try:
                response = await self.http.post("/graphql", json=body, headers=headers)
            except httpx.TransportError:
                await asyncio.sleep(attempt)
                continue
            if response.status_code not in _LATER:
                return response
            await asyncio.sleep(float(response.headers.get("Retry-After", attempt)))
        return await self.http.post("/graphql", json=body, headers=headers)

    def get_data(self, response: httpx.Response) -> dict[str, Any]:
        """The data of an answer. Raises: SeatmarkError."""
        try:
            body = response.json()
        except ValueError:
            body = {}
        if body.get("errors") or not isinstance(body.get("data"), dict):
            raise SeatmarkError(response.status_code, body)
        data: dict[str, Any] = body["data"]
        return data

    async def execute_ws(
        self, query: str, operation_name: str | None = None, variables: Mapping[str, object] | None = None
    ) -> AsyncIterator[dict[str, Any]]:
        """What a subscription tells, as server-sent events; it ends when the server ends it.

        Raises: SeatmarkError; httpx.TransportError, also when nothing is heard for the timeout.
        """
        body = _body(query, operation_name, variables)
        async with self.http.stream("POST", "/graphql", json=body, headers={"Accept": "text/event-stream"}) as response:
            if response.headers.get("Content-Type", "").partition(";")[0] != "text/event-stream":
                await response.aread()
                self.get_data(response)
            async for line in response.aiter_lines():
                name, _, value = line.partition(": ")
                if name == "data" and value:
                    told = json.loads(value)
                    if told.get("errors"):
                        raise SeatmarkError(response.status_code, told)
                    yield told["data"]


def _body(query: str, operation_name: str | None, variables: Mapping[str, object] | None) -> dict[str, Any]:
    given = {name: _given(value) for name, value in (variables or {}).items() if value is not UNSET}
    return {"query": query, "operationName": operation_name, "variables": to_jsonable_python(given)}


def _given(value: object) -> object:
    """A variable, with what was left out of inputs left out."""
    if isinstance(value, list):
        return [_given(one) for one in value]
    return value.model_dump(by_alias=True, exclude_unset=True) if isinstance(value, BaseModel) else value
