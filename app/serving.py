"""The API as a process: uvicorn, which takes streams that never end along when it ends."""

import os
import socket
import sys
from contextlib import suppress

import uvicorn
from typing_extensions import override

from app.garbage import settle_in
from app.http.frames import CountedFrames
from app.http.heads import LimitedProtocol
from app.http.streams import open_streams
from app.http.websocket import FRAME_BYTES
from app.settings import Settings

KEEP_ALIVE_SECONDS = 75
"""For which a connection may be idle: longer than clients and proxies keep theirs (5 s in httpx, 60 s in most proxies).
Were it shorter, some request would be sent just as its connection is closed, and nobody could say if it was done."""


ENDING_SECONDS = 25
"""For which requests that are under way may go on after SIGTERM."""
_FIRST_GIVEN = 3
"""The file descriptor at which systemd's are given (sd_listen_fds)."""


class _Server(uvicorn.Server):
    @override
    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        settle_in()

    @override
    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """WebSockets it closes by itself (1012); for responses it would wait."""
        open_streams.ending.set()
        await super().shutdown(sockets)


def serve(settings: Settings) -> None:
    """Until SIGTERM, and then until what was asked has been answered, for a while at most.

    A socket that was handed over by whoever started us (systemd) takes the place of the port: it is theirs, and goes on
    taking connections for the next process while this one ends.
    """
    config = uvicorn.Config(
        "app.asgi:create_app",
        factory=True,
        host=settings.host,
        port=settings.port,
        loop="uvloop",
        http=LimitedProtocol,
        limit_concurrency=settings.connections,
        ws=CountedFrames,
        ws_max_size=FRAME_BYTES,
        ws_ping_interval=settings.live_ping_seconds,
        ws_ping_timeout=settings.live_ping_seconds,
        ws_per_message_deflate=False,
        log_config=None,
        access_log=False,  # it would write addresses down, and some are secrets
        server_header=False,
        timeout_graceful_shutdown=ENDING_SECONDS,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
    )
    server = _Server(config)
    with suppress(KeyboardInterrupt):
        server.run(_given_sockets())
    if not server.started:
        sys.exit(3)


def _given_sockets() -> list[socket.socket] | None:
    if os.environ.get("LISTEN_PID") != str(os.getpid()) or os.environ.get("LISTEN_FDS") != "1":
        return None
    return [socket.socket(fileno=_FIRST_GIVEN)]
