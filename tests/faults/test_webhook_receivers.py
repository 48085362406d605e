"""Receivers as bad as they come, and senders that are killed: backoff, never a connection inside, nobody else affected,
and nothing lost (F16, F1, R8.3)."""

import asyncio
import os
import signal
import sys

import pytest

from app import db
from app.checks.catalog import find_violations
from app.delivery.webhooks import Issued
from tests import servers
from tests.delivery.hooks import (
    ALLOWED,
    _allowed,  # noqa: F401 - for every test here
    attempts,
    deliveries,
    hook,
    make_due,
    send,
    tell,
    told,
)
from tests.delivery.receiver import answering, run_receiver
from tests.delivery.test_webhooks import team
from tests.factories import NOVEMBER, found_at
from tests.workers.burst import run_burst

pytestmark = pytest.mark.usefixtures("clean_database")

ARQ = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # arq calls what redis-py has deprecated


async def most_at_once(issued: Issued) -> int:
    """Requests that the webhook's receiver was asked at the same time, by the rows of the attempts."""
    (row,) = await db.fetch(
        """
        SELECT max((
            SELECT count(*) FROM webhook_attempts AS other
            JOIN webhook_deliveries ON webhook_deliveries.id = other.delivery_id
            WHERE webhook_id = $1 AND other.at <= attempt.at AND attempt.at < other.ended_at
        )) AS most
        FROM webhook_attempts AS attempt JOIN webhook_deliveries AS delivery ON delivery.id = attempt.delivery_id
        WHERE delivery.webhook_id = $1
        """,
        issued.webhook_id,
    )
    most: int = row["most"]
    return most


async def statuses(issued: Issued) -> list[tuple[str, int]]:
    return [(one.status.value, one.attempts) for one in await deliveries(issued.webhook_id)]


@pytest.mark.fault(
    "F16",
    "500s, a hang, a redirect inside, a name that turns into 127.0.0.1",
    4,
    "backed off from; no connection inside; others unaffected",
)
@ARQ
async def test_bad_receivers_are_backed_off_from_and_others_are_unaffected(
    database: str, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await servers.empty_redis(redis_url)
    monkeypatch.setenv("SEATMARK_WEBHOOK_SECONDS", "2")
    monkeypatch.setenv(ALLOWED, "127.0.0.1,localhost")
    companies = [await found_at(NOVEMBER) for _ in range(6)]
    async with (
        run_receiver() as good, run_receiver() as failing, run_receiver() as hanging, run_receiver() as redirecting,
        run_receiver() as inside, run_receiver() as turning,
    ):  # fmt: skip
        failing.answer, hanging.answer = answering("500 Oops"), None
        redirecting.answer = answering("302 Found", Location=inside.url)
        bad = [
            await hook(companies[0].id, failing.url, "team.*"),
            await hook(companies[1].id, hanging.url, "team.*"),
            await hook(companies[2].id, redirecting.url, "team.*"),
            await hook(companies[3].id, turning.url.replace("127.0.0.1", "localhost"), "team.*"),
            await hook(companies[4].id, inside.url.replace("127.0.0.1", "localhost"), "team.*"),
        ]
        healthy = await hook(companies[5].id, good.url, "team.*")
        for company in companies:
            for number in range(8):
                await team(company, f"Team {number}")
        monkeypatch.setenv(ALLOWED, "127.0.0.1")  # from here on the name leads inside
        await run_burst(database, redis_url)
        assert len(told(good, healthy)) == 8
        assert await statuses(healthy) == [("DELIVERED", 1)] * 8
        assert (turning.connections, inside.connections) == (0, 0)
        for issued in bad:
            ended = await deliveries(issued.webhook_id)
            assert {one.status.value for one in ended} == {"PENDING"}
            assert {one.attempts for one in ended} <= {0, 1}
            assert await most_at_once(issued) == 4  # who takes nothing is asked a few at a time
        assert len(hanging.received) == sum(one.attempts for one in await deliveries(bad[1].webhook_id))
        errors = [(await attempts((await deliveries(one.webhook_id))[0]))[0] for one in bad]
        assert [(one.status, one.error) for one in errors] == [
            (500, None),
            (None, "it did not answer within 2 s"),
            (302, None),
            (None, "its name leads to no public address"),
            (None, "its name leads to no public address"),
        ]
    assert await find_violations([14, 15]) == []


@pytest.mark.fault("F16", "a redirect to a link-local address", 1, "not followed")
async def test_a_redirect_to_a_link_local_address_leads_nowhere() -> None:
    company = await found_at(NOVEMBER)
    async with run_receiver() as receiver:
        receiver.answer = answering("307 Temporary Redirect", Location="http://169.254.169.254/latest/meta-data")
        issued = await hook(company.id, receiver.url, "team.*")
        await team(company, "Blue")
        await tell()
        await send()
        (delivery,) = await deliveries(issued.webhook_id)
        (attempt,) = await attempts(delivery)
    assert (attempt.status, attempt.answer, delivery.status.value) == (307, "", "PENDING")


@pytest.mark.fault("F16", "a receiver that hangs", 1, "another is told meanwhile")
async def test_while_one_receiver_hangs_another_is_told_what_happens_meanwhile() -> None:
    slow, quick = await found_at(NOVEMBER), await found_at(NOVEMBER)
    async with run_receiver() as hanging, run_receiver() as good:
        hanging.answer = None
        stuck, healthy = await hook(slow.id, hanging.url, "team.*"), await hook(quick.id, good.url, "team.*")
        await team(slow, "Blue")
        await tell()
        sending = asyncio.create_task(send())
        await hanging.asked.wait()
        await team(quick, "Red")
        await tell()
        await send()
        assert len(told(good, healthy)) == 1
        assert not sending.done()
        assert await statuses(stuck) == [("PENDING", 1)]
        await sending


DELIVERY_POINTS = {"delivery.fanned_out": 0, "delivery.claimed": 0, "delivery.sent": 1, "delivery.recorded": 1}
"""Where a sender is killed, and how often the receiver has the message then."""


async def killed_at(point: str, database: str) -> int:
    variables = {
        "DATABASE_URL": database,
        "SEATMARK_FAULT_POINT": point,
        ALLOWED: "127.0.0.1",
        "SEATMARK_DATA_DIR": os.environ[servers.DATA_DIR],
    }
    command = [sys.executable, "-m", "tests.faults.killed_sending"]
    process = await asyncio.create_subprocess_exec(*command, env=servers.environment(**variables))
    return await process.wait()


@pytest.mark.fault("F1", "SIGKILL at each point of a delivery", 1, "delivered afterwards, with the same id")
@pytest.mark.parametrize(("point", "sent"), DELIVERY_POINTS.items())
async def test_a_sender_killed_anywhere_loses_nothing(database: str, point: str, sent: int) -> None:
    company = await found_at(NOVEMBER)
    async with run_receiver() as receiver:
        issued = await hook(company.id, receiver.url, "team.*")
        await team(company, "Blue")
        assert await killed_at(point, database) == -signal.SIGKILL
        assert len(receiver.received) == sent
        await make_due(issued.webhook_id)  # as if the dead one's claim were over
        await tell()
        await send()
        assert [one.type for one in told(receiver, issued)] == ["team.created"]
        assert len({one.headers["webhook-id"] for one in receiver.received}) == 1
        assert [status for status, _ in await statuses(issued)] == ["DELIVERED"]
    assert await find_violations([14, 15]) == []


async def test_what_a_dead_sender_had_claimed_waits_until_the_claim_is_over(database: str) -> None:
    company = await found_at(NOVEMBER)
    async with run_receiver() as receiver:
        issued = await hook(company.id, receiver.url, "team.*")
        await team(company, "Blue")
        assert await killed_at("delivery.claimed", database) == -signal.SIGKILL
        await tell()
        await send()
        assert receiver.received == []
        (delivery,) = await deliveries(issued.webhook_id)
        (attempt,) = await attempts(delivery)
        assert (attempt.ended_at, attempt.status, attempt.error) == (None, None, None)


@pytest.mark.fault("F1", "a message that kills whoever sends it", 10, "dead, and visible")
async def test_a_message_that_kills_whoever_sends_it_is_dead_after_ten_attempts(database: str) -> None:
    company = await found_at(NOVEMBER)
    async with run_receiver() as receiver:
        issued = await hook(company.id, receiver.url, "team.*")
        await team(company, "Blue")
        assert await killed_at("delivery.claimed", database) == -signal.SIGKILL
        await db.fetch("UPDATE webhook_deliveries SET attempts = 10")
        await make_due(issued.webhook_id)
        await send()
        assert receiver.received == []
    assert await statuses(issued) == [("DEAD", 10)]


async def test_two_senders_at_once_send_a_message_once() -> None:
    companies = [await found_at(NOVEMBER) for _ in range(3)]
    async with run_receiver() as receiver:
        hooks = [await hook(company.id, receiver.url, "team.*") for company in companies]
        for company in companies:
            for number in range(10):
                await team(company, f"Team {number}")
        await tell()
        await asyncio.gather(*(send() for _ in range(4)))
        await send()
        assert len(receiver.received) == 30
        for issued in hooks:
            assert await statuses(issued) == [("DELIVERED", 1)] * 10
