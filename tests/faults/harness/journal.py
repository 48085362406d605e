"""The client's own journal, outside the system: every request with its idempotency key before it is sent, and its
outcome after. At the end nothing may be unknown, lost or done twice."""

import asyncio
import json
import os
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx

from tests.client import Client, mutation

Count = Callable[[], Awaitable[int]]


class Outcome(Enum):
    OK = "ok"
    REFUSED = "refused"
    UNKNOWN = "unknown"


@dataclass(slots=True)
class Entry:
    """`count` asks the database how often the request's effect is there."""

    key: str
    document: str
    variables: dict[str, Any]
    count: Count | None
    outcome: Outcome = Outcome.UNKNOWN
    answer: Any = None


class Journal:
    """Written through to a file, so that it is there whatever ends."""

    def __init__(self, path: Path) -> None:
        self.entries: list[Entry] = []
        self._path = path

    async def change(
        self,
        client: Client,
        field: str,
        wanted: str,
        count: Count | None = None,
        *,
        patience: float = 30.0,
        **given: Any,
    ) -> Entry:
        """Send the mutation `field` once, and note what is known of it. `count` tells how often its effect is there."""
        entry = Entry(str(uuid4()), mutation(field, wanted), {"input": given}, count)
        self.entries.append(entry)
        self._write("sent", entry)
        await self._send(client, entry, patience)
        return entry

    async def settle(self, client: Client, patience: float = 60.0) -> None:
        """Send again, with its key, whatever has no known outcome, until it has."""
        deadline = asyncio.get_running_loop().time() + patience
        while unknown := self.of(Outcome.UNKNOWN):
            assert asyncio.get_running_loop().time() < deadline, f"still unknown: {unknown}"
            for entry in unknown:
                await self._send(client, entry, 30.0)
            await asyncio.sleep(0.1)

    async def verify(self, client: Client) -> None:
        """Everything that was done is there exactly once, and answered alike when it is asked for again; nothing is
        there that was refused."""
        assert not self.of(Outcome.UNKNOWN), "settle first"
        for entry in self.entries:
            wanted = 1 if entry.outcome is Outcome.OK else 0
            if entry.count is not None:
                assert await entry.count() == wanted, (entry.key, entry.outcome, entry.variables)
        for entry in self.of(Outcome.OK):
            first = entry.answer
            await self._send(client, entry, 30.0)
            assert entry.outcome is Outcome.OK, (entry.key, entry.answer)
            assert entry.answer == first, (entry.key, first, entry.answer)

    def of(self, outcome: Outcome) -> Sequence[Entry]:
        return [entry for entry in self.entries if entry.outcome is outcome]

    async def _send(self, client: Client, entry: Entry, patience: float) -> None:
        headers = client.headers | {"Idempotency-Key": entry.key}
        content = {"query": entry.document, "variables": entry.variables}
        try:
            response = await client.http.post("/graphql", json=content, headers=headers, timeout=patience)
            entry.outcome, entry.answer = _read(response)
        except (httpx.TransportError, ValueError) as error:
            entry.outcome, entry.answer = Outcome.UNKNOWN, type(error).__name__
        self._write("answered", entry)

    def _write(self, what: str, entry: Entry) -> None:
        line = {"what": what, "key": entry.key, "outcome": entry.outcome.value, "variables": entry.variables}
        with self._path.open("a") as file:
            file.write(json.dumps(line | {"answer": entry.answer}) + "\n")
            file.flush()
            os.fsync(file.fileno())


def _read(response: httpx.Response) -> tuple[Outcome, Any]:
    """What an answer says of its request. A conflict and a failure of ours leave it open: it is to be sent again."""
    if response.status_code >= httpx.codes.INTERNAL_SERVER_ERROR or response.status_code in (408, 409, 429):
        return Outcome.UNKNOWN, response.status_code
    body = response.json()
    if body.get("errors"):
        code = body["errors"][0].get("extensions", {}).get("code")
        is_open = code in (None, "INTERNAL", "UNAVAILABLE", "CONFLICT", "TIMEOUT", "RATE_LIMITED")
        return (Outcome.UNKNOWN if is_open else Outcome.REFUSED), body["errors"]
    (payload,) = body["data"].values()
    if payload["__typename"] != "UserError":
        return Outcome.OK, payload
    return (Outcome.UNKNOWN if payload["code"] == "CONFLICT" else Outcome.REFUSED), payload
