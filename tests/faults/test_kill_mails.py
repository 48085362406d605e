"""A worker killed while it sends a mail: before the server has it nothing went out, after it the mail goes out once
more under the same name; and what else is due is done meanwhile (F1)."""

import asyncio
import signal
from datetime import timedelta
from pathlib import Path

import pytest

from app import db
from app.clocks.service import create_test_clock
from app.delivery.mails import MOST_IN_HAND
from app.domain.actor import Role
from app.memberships.invitations import invite_members
from app.memberships.invitees import Invitee
from tests import servers
from tests.factories import OPERATOR, POLICIES, found, jump, utc
from tests.faults.harness.processes import a_minute_passes
from tests.mails.server import Handler, run_post

pytestmark = pytest.mark.usefixtures("clean_database")

MAIL_POINTS = {"mail.taken": 0, "mail.handed_over": 1}
"""Where a worker is killed, and how often the server has the mail then."""
PATIENCE = 60.0  # seconds


async def mail_variables(database: str, redis_url: str, port: int, **others: str) -> dict[str, str]:
    return await servers.variables(
        database,
        REDIS_URL=redis_url,
        SEATMARK_SMTP_URL=f"smtp://127.0.0.1:{port}",
        SEATMARK_MAIL_FROM="Seatmark <post@seats.test>",
        SEATMARK_PUBLIC_URL="https://seats.test",
        **others,
    )


async def until(sql: str) -> None:
    """Wait for a row."""
    for _ in range(int(PATIENCE / 0.05)):
        if await db.count(sql):
            return
        await asyncio.sleep(0.05)
    raise AssertionError(f"it never came: {sql}")


@pytest.mark.fault("F1", "SIGKILL of a worker with a mail in hand", 1, "sent by the next")
@pytest.mark.slow
@pytest.mark.parametrize("name", MAIL_POINTS)
async def test_a_mail_in_hand_of_a_worker_that_is_killed_is_sent_by_the_next(
    name: str, database: str, redis_url: str, tmp_path: Path
) -> None:
    company = await found(None)
    people = [Invitee("anna@people.example", "Anna", None, Role.MEMBER, is_active=False)]
    await invite_members(OPERATOR, company.id, people, POLICIES)
    await servers.empty_redis(redis_url)
    with run_post() as post:
        variables = await mail_variables(database, redis_url, post.port)
        killing = {**variables, "SEATMARK_FAULT_POINT": name}
        async with servers.run_command("worker", killing, tmp_path / "killed.log") as process:
            await asyncio.wait_for(asyncio.to_thread(process.wait), PATIENCE)
            assert process.returncode == -signal.SIGKILL
        assert len(post.handler.taken) == MAIL_POINTS[name]
        (mail,) = await db.fetch("SELECT attempts, sent_at, dead_at FROM mails")
        assert mail == {"attempts": 1, "sent_at": None, "dead_at": None}
        await a_minute_passes()
        await db.fetch(
            "UPDATE mails SET (next_attempt_at, holds_until) = (next_attempt_at - $1::interval, clock_timestamp())",
            timedelta(minutes=2),
        )
        async with servers.run_command("worker", variables, tmp_path / "worker.log"):
            await until("SELECT 1 FROM mails WHERE sent_at IS NOT NULL")
        assert len(post.handler.taken) == MAIL_POINTS[name] + 1
        assert len({message["Message-ID"] for _, message in post.handler.taken}) == 1
        for log in ("killed.log", "worker.log"):
            written = tmp_path.joinpath(log).read_text()
            assert "anna@people.example" not in written
            assert "smin_" not in written


@pytest.mark.slow
async def test_a_server_that_hangs_for_every_mail_makes_nothing_else_late(
    database: str, redis_url: str, tmp_path: Path
) -> None:
    company = await found(None)
    people = [
        Invitee(f"p{number}@people.example", "A Person", None, Role.MEMBER, is_active=False) for number in range(200)
    ]
    await invite_members(OPERATOR, company.id, people, POLICIES)
    warned = await found(await create_test_clock(OPERATOR, utc("2020-11-01 10:00")), 1)
    await jump(warned.clock_id, utc("2020-11-24 12:00"))
    await servers.empty_redis(redis_url)
    with run_post(Handler(hangs=120.0)) as post:
        variables = await mail_variables(database, redis_url, post.port)
        async with servers.run_command("worker", variables, tmp_path / "worker.log"):
            await until("SELECT 1 FROM notices WHERE kind = 'TRIAL_ENDS_IN_7_DAYS'")
            await until("SELECT 1 FROM mails WHERE error LIKE 'broken off: %'")
            tried = await db.count("SELECT 1 FROM mails WHERE attempts > 0")
            assert 1 <= tried <= MOST_IN_HAND
