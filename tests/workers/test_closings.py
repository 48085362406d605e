"""How many months a process closes at once, beside others that close too."""

import asyncio
from contextlib import AsyncExitStack
from datetime import timedelta

import pytest

from app.jobs.runs import begin_run, end_run
from workers import closings
from workers.billing import close_due_periods
from workers.closings import AT_ONCE, Closings

pytestmark = pytest.mark.usefixtures("clean_database")

JOB = close_due_periods.__name__


async def enter(stack: AsyncExitStack, own: Closings) -> None:
    """A place, with the run that a job begins in it."""
    await stack.enter_async_context(own.place(JOB))
    run_id = await begin_run(JOB, 1)
    stack.push_async_callback(end_run, run_id, 1, 0, None)


async def is_kept_out(own: Closings) -> bool:
    """Whether one more has to wait."""
    async with AsyncExitStack() as stack:
        try:
            async with asyncio.timeout(1):
                await enter(stack, own)
        except TimeoutError:
            return True
    return False


async def test_alone_a_process_reads_the_next_while_the_last_is_told_and_no_more() -> None:
    own = Closings()
    async with AsyncExitStack() as stack:
        for _ in range(AT_ONCE - 1):
            await enter(stack, own)
            assert not await is_kept_out(own)
        await enter(stack, own)
        assert await is_kept_out(own)
    assert not await is_kept_out(own)


async def test_beside_another_process_one_closes_after_another_until_that_has_ended(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(closings, "BELIEVED", 60.0)
    own, other = Closings(), Closings()
    async with AsyncExitStack() as elsewhere:
        await enter(elsewhere, other)
        async with AsyncExitStack() as stack:
            await enter(stack, own)
            assert await is_kept_out(own)
        assert not await is_kept_out(own)
    async with AsyncExitStack() as stack:
        await enter(stack, own)
        assert await is_kept_out(own)  # between two runs of the other there is nothing to be seen
        monkeypatch.setattr(closings, "BELIEVED", 0.0)
        assert not await is_kept_out(own)


async def test_another_process_whose_worker_died_is_not_waited_for_longer_than_it_is_taken_to_live(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("app.jobs.runs.LOST_AFTER", timedelta(0))
    own = Closings()
    await begin_run(JOB, 1)
    async with AsyncExitStack() as stack:
        await enter(stack, own)
        assert not await is_kept_out(own)
