"""Transactions within transactions, as under an idempotency key: what they take back, and who sees it."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from app import db
from app.clocks.service import create_test_clock
from tests.factories import NOVEMBER, OPERATOR

pytestmark = pytest.mark.usefixtures("clean_database")


async def clocks() -> int:
    return await db.count("SELECT 1 FROM test_clocks")


async def fail_after(acting: Awaitable[object]) -> None:
    async with db.in_transaction():
        await acting
        raise ZeroDivisionError


async def test_what_fails_inside_takes_back_its_own_only() -> None:
    async with db.in_transaction():
        await create_test_clock(OPERATOR, NOVEMBER)
        with pytest.raises(ZeroDivisionError):
            await fail_after(create_test_clock(OPERATOR, NOVEMBER))
        await create_test_clock(OPERATOR, NOVEMBER)
    assert await clocks() == 2


async def test_other_tasks_of_the_transaction_do_not_see_what_a_dry_run_does() -> None:
    seen: list[int] = []

    async def try_it() -> None:
        async with db.in_dry_run():
            await create_test_clock(OPERATOR, NOVEMBER)
            await asyncio.sleep(0)
            assert await clocks() == 1

    async def look() -> None:
        seen.extend([await clocks() for _ in range(10)])

    async with db.in_transaction():
        await asyncio.gather(look(), try_it(), look(), try_it(), look())
    assert set(seen) == {0}
    assert await clocks() == 0


def note(notes: list[str], what: str) -> Callable[[], Awaitable[None]]:
    async def act() -> None:
        notes.append(f"{what}, with {await clocks()}")

    return act


async def test_what_waits_for_the_commit_is_done_after_the_outermost_and_not_for_what_was_taken_back() -> None:
    notes: list[str] = []
    await db.after_commit(note(notes, "now"))
    async with db.in_transaction():
        with pytest.raises(ZeroDivisionError):
            await fail_after(db.after_commit(note(notes, "taken back")))
        async with db.in_transaction():
            await create_test_clock(OPERATOR, NOVEMBER)
            await db.after_commit(note(notes, "inside"))
        assert notes == ["now, with 0"]
    assert notes == ["now, with 0", "inside, with 1"]


async def test_nothing_is_done_after_a_transaction_that_failed() -> None:
    notes: list[str] = []
    with pytest.raises(ZeroDivisionError):
        await fail_after(db.after_commit(note(notes, "never")))
    assert notes == []
