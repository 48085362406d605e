"""Clients of live updates: WebSockets that speak graphql-transport-ws, and event streams."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from tests.servers import Api

EVENTS = """
    subscription Events($organizationId: ID!, $after: Int) {
        organizationEvents(organizationId: $organizationId, after: $after) { sequence type }
    }
"""
PATIENCE = 20.0
"""Seconds after which something that has to come is taken not to."""


@dataclass(frozen=True, slots=True)
class Live:
    """A WebSocket to /graphql."""

    socket: ClientConnection

    async def send(self, message: Any) -> None:
        await self.socket.send(message if isinstance(message, str | bytes) else json.dumps(message))

    async def receive(self) -> Any:
        async with asyncio.timeout(PATIENCE):
            return json.loads(await self.socket.recv())

    async def begin(self, token: str, **more: Any) -> None:
        await self.send({"type": "connection_init", "payload": {"authorization": f"Bearer {token}", **more}})
        assert await self.receive() == {"type": "connection_ack"}

    async def subscribe(self, organization_id: str, after: int | None, *, query: str = EVENTS) -> None:
        variables = {"organizationId": organization_id, "after": after}
        await self.send({"id": "1", "type": "subscribe", "payload": {"query": query, "variables": variables}})

    async def events(self, count: int) -> list[Any]:
        """The next so many events of an operation, which is the only one."""
        found = []
        for _ in range(count):
            message = await self.receive()
            assert (message["type"], message["id"]) == ("next", "1"), message
            assert "errors" not in message["payload"], message
            found.append(message["payload"]["data"]["organizationEvents"])
        return found

    async def closed(self) -> int | None:
        """The code that the server closes with, whatever it sends before."""
        async with asyncio.timeout(PATIENCE):
            try:
                while True:
                    await self.socket.recv()
            except ConnectionClosed as closed:
                return closed.rcvd.code if closed.rcvd is not None else None


@asynccontextmanager
async def live(api: Api, protocol: str | None = "graphql-transport-ws", **headers: str) -> AsyncIterator[Live]:
    """A connection of which nothing has been said yet."""
    url = f"{api.url.replace('http', 'ws')}/graphql"
    protocols = [Subprotocol(protocol)] if protocol is not None else None
    async with connect(url, subprotocols=protocols, additional_headers=headers, proxy=None, close_timeout=1) as socket:
        yield Live(socket)


@dataclass(frozen=True, slots=True)
class Piece:
    """One event of an event stream."""

    kind: str
    id: str | None
    data: Any


@asynccontextmanager
async def stream(
    http: httpx.AsyncClient, organization_id: str, after: int | None, **headers: str
) -> AsyncIterator[AsyncIterator[Piece]]:
    """The events of an organization as an event stream, which must be answered as one."""
    asked = {"query": EVENTS, "variables": {"organizationId": organization_id, "after": after}}
    async with http.stream(
        "POST", "/graphql", json=asked, headers={"Accept": "text/event-stream", **headers}
    ) as answer:
        assert answer.status_code == 200, await answer.aread()
        assert answer.headers["Content-Type"] == "text/event-stream; charset=utf-8"
        yield pieces(answer)


async def pieces(answer: httpx.Response) -> AsyncIterator[Piece]:
    fields: dict[str, str] = {}
    async for line in answer.aiter_lines():
        name, _, value = line.partition(":")
        if line and name:
            fields[name] = value.strip()
        elif not line and fields:
            yield Piece(fields["event"], fields.get("id"), json.loads(fields["data"]) if fields["data"] else None)
            fields = {}


async def take(found: AsyncIterator[Piece], count: int) -> list[Piece]:
    """The next so many pieces."""
    async with asyncio.timeout(PATIENCE):
        return [await anext(found) for _ in range(count)]
