"""What is asked at one time is asked by one statement, which begins after everyone asked whom it answers."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from uuid import uuid4

import pytest

from app import db, together
from app.telemetry.records import kept
from app.together import Together


class Desk:
    """Answers with the tenfold, when it is told to; 13 breaks it."""

    def __init__(self, most: int = 10) -> None:
        self.together = Together(self._answer, most)
        self.rounds: list[list[int]] = []
        self.gate = asyncio.Event()

    async def _answer(self, asked: Sequence[int]) -> list[int]:
        self.rounds.append([*asked])
        await self.gate.wait()
        if 13 in asked:
            raise ValueError("unlucky")
        return [10 * one for one in asked]

    def ask(self, *asked: int) -> list["asyncio.Task[int]"]:
        return [asyncio.create_task(self.together.ask(one)) for one in asked]


async def settle() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


async def answers(*asked: "asyncio.Task[int]") -> list[int]:
    return [await one for one in asked]


@asynccontextmanager
async def busy(desk: Desk) -> AsyncIterator["asyncio.Task[int]"]:
    """Inside, it is answering 1; afterwards it answers all there is."""
    (first,) = desk.ask(1)
    await settle()
    yield first
    await settle()
    desk.gate.set()


async def test_who_asks_meanwhile_is_asked_for_together() -> None:
    desk = Desk()
    async with busy(desk) as first:
        others = desk.ask(2, 3, 4)
    assert await answers(first, *others) == [10, 20, 30, 40]
    assert desk.rounds == [[1], [2, 3, 4]]
    assert await desk.ask(5)[0] == 50
    assert desk.rounds[2:] == [[5]]


async def test_no_more_than_so_many_share_a_statement() -> None:
    desk = Desk(most=2)
    async with busy(desk):
        others = desk.ask(2, 3, 4, 5, 6)
    assert await answers(*others) == [20, 30, 40, 50, 60]
    assert desk.rounds == [[1], [2, 3], [4, 5], [6]]


async def test_what_breaks_for_one_is_answered_for_the_others() -> None:
    desk = Desk()
    async with busy(desk):
        others = desk.ask(2, 13, 4)
    assert [str(one) for one in await asyncio.gather(*others, return_exceptions=True)] == ["20", "unlucky", "40"]
    assert desk.rounds[:2] == [[1], [2, 13, 4]]
    assert sorted(desk.rounds[2:]) == [[2], [4], [13]]


async def test_what_breaks_for_one_alone_is_not_asked_again() -> None:
    desk = Desk()
    desk.gate.set()
    with pytest.raises(ValueError, match="unlucky"):
        await desk.ask(13)[0]
    assert desk.rounds == [[13]]


@pytest.mark.parametrize("who", [0, 1, 2], ids=["who asks for all", "who is to do so next", "who only waits"])
async def test_who_gives_up_takes_nobody_along(who: int) -> None:
    desk = Desk()
    async with busy(desk) as first:
        tasks = [first, *desk.ask(2, 3, 4)]
        await settle()
        tasks[who].cancel()
    answers = await asyncio.gather(*tasks, return_exceptions=True)
    assert isinstance(answers.pop(who), asyncio.CancelledError)
    assert answers == [one for place, one in enumerate([10, 20, 30, 40]) if place != who]
    assert await desk.ask(5)[0] == 50


async def test_who_gives_up_just_as_it_is_their_turn_leaves_it_to_the_next() -> None:
    desk = Desk()
    async with busy(desk) as first:
        second, third = desk.ask(2, 3)
        await settle()
        first.add_done_callback(lambda _: second.cancel())
    assert await answers(first, third) == [10, 30]
    assert second.cancelled() or second.result() == 20


async def test_who_gives_up_while_they_ask_for_all_leaves_the_others_to_themselves() -> None:
    desk = Desk()
    async with busy(desk) as first:
        first.cancel()
        second, third, fourth = desk.ask(2, 3, 4)
        await settle()
        second.cancel()
    assert await answers(third, fourth) == [30, 40]


async def test_a_statement_that_takes_long_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    desk = Desk()
    async with busy(desk) as first:
        others = desk.ask(2, 3)
        await settle()
        monkeypatch.setattr(together, "_PATIENCE", -1.0)
        others += desk.ask(4)
        await settle()
        assert desk.rounds == [[1], [4, 2, 3]]
    assert await answers(first, *others) == [10, 20, 30, 40]
    assert desk.rounds == [[1], [4, 2, 3]]


async def test_who_has_waited_long_for_another_statement_asks_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(together, "_PATIENCE", 0.05)
    desk = Desk()
    async with busy(desk) as first:
        others = desk.ask(2, 3)
        await settle()
        assert desk.rounds == [[1]]
        await asyncio.sleep(0.1)
        assert sorted(desk.rounds) == [[1], [2], [3]]
    assert await answers(first, *others) == [10, 20, 30]


async def test_others_for_whom_other_rows_exist_share_nothing() -> None:
    desk = Desk()
    desk.gate.set()

    async def ask(organization: frozenset[object], asked: int) -> int:
        with db.acting_for(organization):  # type: ignore[arg-type]
            return await desk.together.ask(asked)

    ours, theirs = frozenset({uuid4()}), frozenset({uuid4()})
    everyone = [ask(ours, 1), ask(ours, 2), ask(theirs, 3), ask(theirs, 4)]
    assert [*await asyncio.gather(*everyone)] == [10, 20, 30, 40]
    assert all(not ({1, 2} & {*one} and {3, 4} & {*one}) for one in desk.rounds)


async def test_a_transaction_asks_alone(clean_database: None) -> None:
    desk = Desk()
    async with busy(desk) as first:
        async with db.in_transaction():
            (own,) = desk.ask(2)
            await settle()
        assert desk.rounds == [[1], [2]]
    assert await answers(first, own) == [10, 20]


async def test_each_request_counts_the_statement_that_answered_it() -> None:
    desk = Desk()

    async def request(asked: int) -> int:
        with kept() as record:
            await desk.together.ask(asked)
        return record.statements

    async with busy(desk):
        others = [asyncio.create_task(request(one)) for one in (2, 3)]
    assert await answers(*others) == [0, 1]  # who asks for all counts it where it asks
