"""How attempts ended is written whoever else is at the webhook, and says of it what holds now (R8.3)."""

import asyncio

import pytest

from app import db
from app.delivery.outbound import Answered
from app.delivery.webhook_replays import Range, replay_range
from app.delivery.webhook_sending import Outcome, claim, record_outcome
from app.settings import load_settings
from tests.delivery.hooks import (
    _allowed,  # noqa: F401 - for every test here
    deliveries,
    hook,
    tell,
)
from tests.delivery.test_webhooks import team
from tests.factories import NOVEMBER, OPERATOR, found_at

pytestmark = pytest.mark.usefixtures("clean_database")

URL = "https://receiver.example/"
TAKEN, REFUSED, GONE = (Outcome(Answered(status, ""), None) for status in (204, 500, 410))
WAITED_FOR = "SELECT FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))"


@pytest.mark.parametrize("outcome", [REFUSED, TAKEN], ids=["refused", "taken"])
async def test_a_replay_and_what_is_being_recorded_do_not_lock_each_other_out(outcome: Outcome) -> None:
    company = await found_at(NOVEMBER)
    issued = await hook(company.id, URL, "team.created")
    await team(company, "Blue")
    await tell()
    (message,) = await claim(issued.webhook_id, load_settings())
    await db.fetch("UPDATE webhooks SET failing_since = clock_timestamp()")
    held = asyncio.Event()

    async def replay() -> int:
        async with db.in_transaction():
            await db.fetch("SELECT id FROM webhooks WHERE id = $1 FOR NO KEY UPDATE", issued.webhook_id)
            held.set()
            while not await db.count(WAITED_FOR):
                await asyncio.sleep(0.01)
            return await replay_range(OPERATOR, issued.webhook_id, Range())

    async def record() -> None:
        await held.wait()
        await record_outcome(message, outcome)

    assert await asyncio.gather(replay(), record()) == [1, None]
    (delivery,) = await deliveries(issued.webhook_id)
    assert delivery.replays == 1
