"""How attempts ended is written whoever else is at the webhook, and says of it what holds now (R8.3)."""

import asyncio
from dataclasses import replace
from uuid import UUID

import pytest

from app import db
from app.delivery.outbound import Answered
from app.delivery.webhook_ending import disable_webhooks, list_webhooks_to_disable
from app.delivery.webhook_replays import Range, replay_range
from app.delivery.webhook_sending import Message, Outcome, claim, record_outcome
from app.delivery.webhooks import WebhookUpdate, update_webhook
from app.domain.actor import system
from app.domain.webhooks import MOST_ATTEMPTS
from app.settings import load_settings
from tests.delivery.hooks import (
    _allowed,  # noqa: F401 - for every test here
    deliveries,
    hook,
    is_disabled,
    tell,
)
from tests.delivery.test_webhooks import team
from tests.factories import NOVEMBER, OPERATOR, found_at

pytestmark = pytest.mark.usefixtures("clean_database")

URL = "https://receiver.example/"
TAKEN, REFUSED, GONE = (Outcome(Answered(status, ""), None) for status in (204, 500, 410))
SWEEPER = system("webhooks")
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


async def two_messages() -> tuple[UUID, Message, Message]:
    """Of a webhook, under way to its receiver at the same time."""
    company = await found_at(NOVEMBER)
    issued = await hook(company.id, URL, "team.created")
    for name in ("Blue", "Red"):
        await team(company, name)
    await tell()
    first, second = await claim(issued.webhook_id, load_settings())
    return issued.webhook_id, first, second


async def fail_for_good(message: Message) -> None:
    """As if it were the last attempt."""
    await db.fetch("UPDATE webhook_deliveries SET attempts = $2 WHERE id = $1", message.delivery_id, MOST_ATTEMPTS)
    await record_outcome(replace(message, attempts=MOST_ATTEMPTS), REFUSED)


async def test_a_receiver_that_takes_something_after_all_is_not_disabled() -> None:
    webhook_id, first, second = await two_messages()
    await fail_for_good(first)
    assert await list_webhooks_to_disable(10) == [webhook_id]
    await record_outcome(second, TAKEN)
    assert await list_webhooks_to_disable(10) == []
    assert await disable_webhooks(SWEEPER, [webhook_id]) == 0
    assert await is_disabled(webhook_id) is None
    assert await db.fetch("SELECT failing_since, ends_because FROM webhooks") == [
        {"failing_since": None, "ends_because": None}
    ]


async def test_a_webhook_that_was_moved_is_not_disabled_for_where_it_was() -> None:
    webhook_id, first, second = await two_messages()
    await record_outcome(first, GONE)
    assert await list_webhooks_to_disable(10) == [webhook_id]
    await update_webhook(OPERATOR, webhook_id, WebhookUpdate(description="The same address"))
    assert await list_webhooks_to_disable(10) == [webhook_id]
    await update_webhook(OPERATOR, webhook_id, WebhookUpdate(url=f"{URL}moved", is_enabled=True))
    assert await list_webhooks_to_disable(10) == []
    await record_outcome(second, GONE)  # of the old address
    assert await list_webhooks_to_disable(10) == []
    assert await db.fetch("SELECT failing_since, ends_because FROM webhooks") == [
        {"failing_since": None, "ends_because": None}
    ]
