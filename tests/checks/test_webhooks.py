"""The checks of webhooks find what is missed, what was never taken, and what is tried without end."""

import pytest

from app import db
from app.checks.catalog import find_violations
from app.delivery.webhooks import WebhookUpdate, update_webhook
from tests.delivery.hooks import (
    _allowed,  # noqa: F401 - for every test here
    deliver,
    hook,
    make_due,
    send,
)
from tests.delivery.receiver import answering, run_receiver
from tests.delivery.test_webhooks import team
from tests.factories import NOVEMBER, OPERATOR, as_owner, found_at

pytestmark = pytest.mark.usefixtures("clean_database")

BREAKING = {
    "14: every event has a delivery for every webhook that wants it": """
        DELETE FROM webhook_deliveries WHERE status = 'PENDING' AND attempts = 0
    """,
    "14: no webhook was told of events that there are not": "UPDATE webhook_positions SET sequence = 1000",
    "14: what was delivered was taken, and what is dead was tried to the end": """
        UPDATE webhook_attempts SET status = 302 WHERE status = 204
    """,
    "15: nothing is tried more often than it may be": "UPDATE webhook_deliveries SET attempts = 11",
}


async def one_of_each() -> None:
    """A delivery that came through, one that is dead, and one that nobody has tried."""
    company = await found_at(NOVEMBER)
    async with run_receiver() as receiver:
        issued = await hook(company.id, receiver.url, "team.created")
        await team(company, "Blue")
        await deliver()
        receiver.answer = answering("500 Oops")
        await team(company, "Red")
        await deliver()
        for _ in range(9):
            await make_due(issued.webhook_id)
            await send()
    await update_webhook(OPERATOR, issued.webhook_id, WebhookUpdate(events=["team.*"]))
    await team(company, "Green")
    from tests.delivery.hooks import tell

    await tell()


@pytest.mark.parametrize("name", BREAKING)
async def test_each_check_finds_what_breaks_it(name: str) -> None:
    await one_of_each()
    statuses = await db.fetch("SELECT status FROM webhook_deliveries ORDER BY sequence")
    assert [row["status"] for row in statuses] == ["DELIVERED", "DEAD", "PENDING"]
    assert await find_violations([14, 15]) == []
    async with as_owner():
        await db.fetch(BREAKING[name])
    assert name in {row["invariant"] for row in await find_violations([14, 15])}
