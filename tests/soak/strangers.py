"""Those outside during a soak: a receiver of webhooks and a mail server, each with its moods."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from random import Random

from tests.delivery.receiver import Receiver, answering, run_receiver
from tests.mails.server import Handler, Post, run_post

TAKEN = answering("204 No Content")
MOODS = [TAKEN, TAKEN, answering("500 Oops"), answering("503 Later", b"", **{"Retry-After": "20"}), None]
"""What the receiver answers for some seconds; None hangs."""


@dataclass(frozen=True, slots=True)
class Strangers:
    receiver: Receiver
    post: Post

    @property
    def variables(self) -> dict[str, str]:
        """For processes of ours that are to know them."""
        return {
            "SEATMARK_WEBHOOK_ALLOWED_HOSTS": "127.0.0.1",
            "SEATMARK_WEBHOOK_SECONDS": "2",
            "SEATMARK_SMTP_URL": f"smtp://127.0.0.1:{self.post.port}",
            "SEATMARK_MAIL_FROM": "Seatmark <post@seats.test>",
            "SEATMARK_PUBLIC_URL": "https://seats.test",
        }

    @property
    def taken(self) -> dict[str, int]:
        return {"messages of webhooks": len(self.receiver.received), "mails": len(self.post.handler.taken)}

    async def have_moods(self, is_over: asyncio.Event, chance: Random) -> None:
        """Then both are well again."""
        handler = self.post.handler
        while not is_over.is_set():
            self.receiver.answer = chance.choice(MOODS)
            handler.data = chance.choice(["250 OK", "250 OK", "451 later"])
            handler.drops = chance.choice([0, 0, 3])
            await asyncio.sleep(chance.uniform(2.0, 6.0))
        self.receiver.answer, handler.data, handler.drops = TAKEN, "250 OK", 0


@asynccontextmanager
async def run_strangers() -> AsyncIterator[Strangers]:
    async with run_receiver() as receiver:
        with run_post(Handler()) as post:
            yield Strangers(receiver, post)
