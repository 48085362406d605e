"""How attempts ended is written whoever else is at the webhook, and says of it what holds now (R8.3)."""

import asyncio
from dataclasses import replace
from uuid import UUID

import pytest

from app import db
from app.checks.catalog import find_violations
from app.delivery.outbound import Answered
from app.delivery.webhook_ending import disable_webhooks, forget_deliveries, list_webhooks_to_disable
from app.delivery.webhook_replays import Range, replay_range
from app.delivery.webhook_sending import Message, Outcome, claim, record_outcome
from app.delivery.webhooks import WebhookUpdate, update_webhook
from app.domain.actor import system
from app.domain.webhooks import MOST_ATTEMPTS
from app.jobs.figures import OUTBOXES
from app.settings import load_settings
from tests.delivery.hooks import (
    _allowed,  # noqa: F401 - for every test here
    deliver,
    deliveries,
    hook,
    is_disabled,
    make_due,
    partner_of,
    send,
    tell,
)
from tests.delivery.receiver import answering, run_receiver
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

    replayed, _ = await asyncio.gather(replay(), record())
    assert replayed == 1
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


async def test_a_receiver_that_asks_for_a_day_each_time_is_given_up_after_three() -> None:
    company = await found_at(NOVEMBER)
    async with run_receiver() as receiver:
        receiver.answer = answering("503 Busy", b"", **{"Retry-After": "86400"})
        issued = await hook(company.id, receiver.url, "team.created")
        await team(company, "Blue")
        await deliver()
        for days, status in ((1, "PENDING"), (2, "PENDING"), (3, "DEAD")):
            await db.fetch(f"UPDATE webhook_deliveries SET first_attempt_at = created_at - interval '{days} days'")
            await make_due(issued.webhook_id)
            await send()
            (delivery,) = await deliveries(issued.webhook_id)
            assert (delivery.status.value, delivery.attempts) == (status, days + 1)
    assert await find_violations([14, 15]) == []


async def due_longest() -> int | None:
    """For how many days what is due longest has been due."""
    (row,) = await db.fetch(
        f"SELECT extract(day FROM clock_timestamp() - since)::int AS days FROM ({OUTBOXES['webhooks']}) AS outbox"
    )
    days: int | None = row["days"]
    return days


async def days_pass(days: int) -> None:
    await db.fetch(f"UPDATE webhook_deliveries SET next_attempt_at = next_attempt_at - interval '{days} days'")
    await db.fetch(f"UPDATE webhooks SET disabled_at = disabled_at - interval '{days} days'")
    await db.fetch(f"UPDATE partner_keys SET revoked_at = revoked_at - interval '{days} days'")


async def test_what_waits_for_a_webhook_that_is_off_is_not_late_and_is_forgotten_after_thirty_days() -> None:
    company = await found_at(NOVEMBER)
    issued = await hook(company.id, URL, "team.created")
    await team(company, "Blue")
    await tell()
    await days_pass(2)
    assert await due_longest() == 2
    await update_webhook(OPERATOR, issued.webhook_id, WebhookUpdate(is_enabled=False))
    assert await due_longest() is None
    await days_pass(29)
    assert await forget_deliveries() == 0
    await days_pass(1)
    assert await forget_deliveries() == 1
    await update_webhook(OPERATOR, issued.webhook_id, WebhookUpdate(is_enabled=True))
    assert await find_violations([14, 15]) == []


async def test_what_waits_for_a_partner_whose_key_is_over_is_not_late_and_is_forgotten_after_thirty_days() -> None:
    company = await found_at(NOVEMBER)
    await hook(None, URL, "team.created", actor=await partner_of([company.id]))
    await team(company, "Blue")
    await tell()
    await days_pass(2)
    assert await due_longest() == 2
    await db.fetch("UPDATE partner_keys SET revoked_at = clock_timestamp(), revoked_by = 'operator'")
    assert await due_longest() is None
    await days_pass(29)
    assert await forget_deliveries() == 0
    await days_pass(1)
    assert await forget_deliveries() == 1


async def test_what_waits_for_a_receiver_that_failed_last_is_as_late_as_its_last_turn() -> None:
    webhook_id, first, _ = await two_messages()
    await record_outcome(first, REFUSED)
    await db.fetch("UPDATE webhooks SET tried_at = tried_at - interval '1 day'")
    await make_due(webhook_id)
    await days_pass(5)
    assert await due_longest() == 1
