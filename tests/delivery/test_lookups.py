"""A name that is answered slowly takes nobody else's thread."""

import asyncio
import socket
from collections.abc import AsyncIterator
from threading import Event
from uuid import UUID, uuid4

import pytest

from app import db
from app.checks.catalog import find_violations
from app.delivery.lookups import MOST, MOST_EACH, Lookups, NoThreadError
from app.delivery.outbound import NotSentError, post
from tests.delivery.hooks import (
    ALLOWED,
    _allowed,  # noqa: F401 - for every test here
    attempts,
    deliver,
    deliveries,
    hook,
)
from tests.delivery.receiver import run_receiver
from tests.delivery.test_webhooks import team
from tests.factories import NOVEMBER, found_at

HERE = frozenset({"localhost"})
real = socket.getaddrinfo


@pytest.fixture
async def slowly(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Event]:
    """Names that end in .slow are not answered until it is set."""
    answered = Event()

    def look_up(host: str, *rest: object, **named: object) -> object:
        if host.endswith(".slow"):
            answered.wait()
            raise socket.gaierror(socket.EAI_AGAIN, "nobody answers")
        return real(host, *rest, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    yield answered
    answered.set()


async def ask(lookups: Lookups, owner_id: UUID, host: str) -> "asyncio.Task[list[str]]":
    """A look-up that is under way."""
    task = asyncio.create_task(lookups.look_up(owner_id, host, 443))
    await asyncio.sleep(0)
    return task


async def test_nobody_looks_more_than_a_few_names_up_at_once(slowly: Event) -> None:
    lookups, ours, theirs = Lookups(), uuid4(), uuid4()
    tasks = [await ask(lookups, ours, f"h{number}.slow") for number in range(MOST_EACH)]
    with pytest.raises(NoThreadError):
        await lookups.look_up(ours, "localhost", 443)
    assert "127.0.0.1" in await lookups.look_up(theirs, "localhost", 443)
    tasks.append(await ask(lookups, ours, "h0.slow"))  # the one that is under way
    assert len(lookups.running) == MOST_EACH
    tasks[0].cancel()
    slowly.set()
    ends = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(one) for one in ends] == [asyncio.CancelledError, *[socket.gaierror] * MOST_EACH]
    assert lookups.running == {}
    assert "127.0.0.1" in await lookups.look_up(ours, "localhost", 443)


async def test_all_together_look_no_more_than_so_many_names_up(slowly: Event) -> None:
    lookups = Lookups()
    owners = [uuid4() for _ in range(MOST // MOST_EACH)]
    tasks = [await ask(lookups, one, f"h{number}.slow") for one in owners for number in range(MOST_EACH)]
    with pytest.raises(NoThreadError):
        await lookups.look_up(uuid4(), "localhost", 443)
    slowly.set()
    await asyncio.gather(*tasks, return_exceptions=True)


@pytest.mark.usefixtures("slowly")
async def test_slow_names_keep_neither_other_receivers_nor_other_threads() -> None:
    ours, theirs = uuid4(), uuid4()
    async with run_receiver() as receiver:
        url = receiver.url.replace("127.0.0.1", "localhost")
        slow = [
            asyncio.create_task(post(ours, f"https://h{number}.slow/", {}, b"{}", 30, HERE)) for number in range(40)
        ]
        await asyncio.sleep(0.1)
        assert (await post(theirs, url, {}, b"{}", 5, HERE)).status == 204
        assert await asyncio.to_thread(lambda: "free") == "free"
        refused = [one for one in slow if one.done()]
        assert len(refused) == 40 - MOST_EACH
        assert all(isinstance(one.exception(), NotSentError) for one in refused)
        for one in slow:
            one.cancel()
        await asyncio.gather(*slow, return_exceptions=True)


@pytest.mark.usefixtures("clean_database", "slowly")
async def test_what_found_no_thread_is_not_held_against_its_receiver(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(ALLOWED, "localhost")
    company = await found_at(NOVEMBER)
    async with run_receiver() as receiver:
        issued = await hook(company.id, receiver.url.replace("127.0.0.1", "localhost"), "team.created")
        await team(company, "Blue")
        stuck = [
            asyncio.create_task(post(company.id, f"https://h{number}.slow/", {}, b"{}", 30, HERE))
            for number in range(MOST_EACH)
        ]
        await asyncio.sleep(0)
        await deliver()
        assert receiver.received == []
        for one in stuck:
            one.cancel()
        await asyncio.gather(*stuck, return_exceptions=True)
    (delivery,) = await deliveries(issued.webhook_id)
    assert (delivery.status.value, delivery.attempts) == ("PENDING", 0)
    (attempt,) = await attempts(delivery)
    assert attempt.error == "nothing was sent: too many names were being looked up"
    (row,) = await db.fetch("SELECT failing_since FROM webhooks")
    assert row["failing_since"] is None
    assert await find_violations([14, 15]) == []
