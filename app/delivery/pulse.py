"""Waiting for something to happen in an organization, without a connection of one's own."""

import asyncio
from collections.abc import Collection
from contextlib import suppress
from contextvars import Context
from dataclasses import dataclass, field
from random import uniform
from uuid import UUID

import structlog

from app import db

log = structlog.get_logger()

BEAT = 0.5
"""Seconds between two looks at the database, more or less a fifth, so that processes do not look in step."""


@dataclass(slots=True)
class Pulse:
    """Looks at every organization that someone in this process waits for, all in one statement.

    It polls: behind a pooler of transactions nobody hears a NOTIFY.
    """

    waiting: dict[asyncio.Future[None], tuple[UUID, int]] = field(default_factory=dict)
    beating: asyncio.Task[None] | None = None

    async def wait(self, organization_id: UUID, sequence: int, seconds: float) -> None:
        """Until the organization has events beyond a number, or none any more, or so many seconds have passed."""
        waiter = asyncio.get_running_loop().create_future()
        self.waiting[waiter] = organization_id, sequence
        if self.beating is None or self.beating.done():
            # In a context of its own: it acts for nobody who waits.
            self.beating = asyncio.create_task(self._beat(), context=Context())
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await waiter
        finally:
            del self.waiting[waiter]

    async def _beat(self) -> None:
        while self.waiting:
            await asyncio.sleep(BEAT * uniform(0.8, 1.2))  # noqa: S311 - no secret
            try:
                await self._look()
            except Exception as error:  # noqa: BLE001 - those who wait go on waiting
                log.warning("pulse_missed", error=type(error).__name__)

    async def _look(self) -> None:
        heads = await _find_heads({organization_id for organization_id, _ in self.waiting.values()})
        for waiter, (organization_id, sequence) in list(self.waiting.items()):
            if heads.get(organization_id, sequence + 1) > sequence and not waiter.done():
                waiter.set_result(None)


async def _find_heads(organization_ids: Collection[UUID]) -> dict[UUID, int]:
    """The number of the last event of each organization whose data are kept."""
    with db.acting_for(None):
        rows = await db.fetch(
            "SELECT id, sequence FROM organizations WHERE id = ANY($1) AND purge_decided_at IS NULL",
            list(organization_ids),
        )
    return {row["id"]: row["sequence"] for row in rows}


pulse = Pulse()
