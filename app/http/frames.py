"""WebSockets as uvicorn speaks them, but for those who flood: it counts nothing that is answered below us."""

from typing import Any

from typing_extensions import override
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from app.http.messages import Floodgate, Hangup

_FRAMES_PER_SECOND, _BURST = 10.0, 1_000.0
"""Of any kind, also pings, pongs, pieces of a message, and what comes after the end."""
_PIECE = 4_096
"""Bytes that are parsed at once, of which a frame takes six or more."""


class CountedFrames(WebSocketsSansIOProtocol):
    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.gate = Floodgate(_FRAMES_PER_SECOND, _BURST)

    @override
    def data_received(self, data: bytes) -> None:
        for start in range(0, len(data), _PIECE):
            if not self.transport.is_closing():
                super().data_received(data[start : start + _PIECE])

    @override
    def handle_events(self) -> None:
        try:
            self.gate.take(len(self.conn.events))
        except Hangup as hangup:
            self._hang_up(hangup)
        else:
            super().handle_events()

    def _hang_up(self, hangup: Hangup) -> None:
        """As after a frame that cannot be parsed; nothing more is read."""
        self.queue.put_nowait({"type": "websocket.disconnect", "code": hangup.code, "reason": hangup.reason})
        self.conn.fail(hangup.code, hangup.reason)
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.close_sent = True
        self.transport.close()
