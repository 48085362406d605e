"""Looking names up, in threads of their own: what asks for a name cannot be stopped, however slow the answer is.

So it takes no thread that others use, and nobody has more than a few. Threads end with the process, unwaited for.
"""

import asyncio
import socket
from concurrent.futures import Future
from dataclasses import dataclass, field
from threading import Thread
from uuid import UUID

MOST = 128
"""Look-ups of one process at the same time."""
MOST_EACH = 4
"""Of these, for one organization or partner."""

Key = tuple[UUID, str, int]


class NoThreadError(Exception):
    """Too many names are being looked up: it was not begun."""


@dataclass(slots=True)
class Lookups:
    """What is being looked up, for whom: a host, and a port."""

    running: dict[Key, "Future[list[str]]"] = field(default_factory=dict)

    async def look_up(self, owner_id: UUID, host: str, port: int) -> list[str]:
        """The addresses of a name, each once. Raises: NoThreadError, socket.gaierror, UnicodeError."""
        key = owner_id, host, port
        return await asyncio.wrap_future(self.running.get(key) or self._begin(key))

    def _begin(self, key: Key) -> "Future[list[str]]":
        running = list(self.running)
        if len(running) >= MOST or sum(one[0] == key[0] for one in running) >= MOST_EACH:
            raise NoThreadError
        future: Future[list[str]] = Future()
        future.set_running_or_notify_cancel()  # who shares it cannot cancel it for the others
        self.running[key] = future
        Thread(target=self._run, args=(key, future), name="look-up", daemon=True).start()
        return future

    def _run(self, key: Key, future: "Future[list[str]]") -> None:
        try:
            found = socket.getaddrinfo(key[1], key[2], type=socket.SOCK_STREAM)
        except Exception as error:  # noqa: BLE001 - whoever waits for it handles it
            del self.running[key]
            future.set_exception(error)
        else:
            del self.running[key]
            future.set_result(list(dict.fromkeys(str(one[4][0]) for one in found)))


lookups = Lookups()
"""Of this process."""
