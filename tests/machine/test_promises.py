"""Hypothesis walks in which every change is asked about first: what is promised is what comes, and asking changes
nothing (R5.3)."""

import asyncio
from typing import Any

import pytest
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from tests.machine.promises import PromiseMachine
from tests.machine.test_seats import steady

pytestmark = pytest.mark.usefixtures("clean_database")


async def walk(database: str, chosen: Any) -> tuple[int, int]:
    """Gives how many promises were kept, and how many what-ifs were decided without making the change."""
    machine: Any = type("Promises", (PromiseMachine,), {"loop": asyncio.get_running_loop(), "database": database})
    await asyncio.to_thread(run_state_machine_as_test, machine, settings=chosen)
    return machine.kept, machine.decided


async def test_what_is_promised_in_some_walks_is_kept(database: str) -> None:
    kept, decided = await walk(database, settings(steady, max_examples=4, stateful_step_count=20))
    assert (kept > 15, decided > 5) == (True, True), (kept, decided)


@pytest.mark.slow
async def test_what_is_promised_in_many_walks_is_kept(database: str) -> None:
    kept, decided = await walk(database, settings(steady, max_examples=16, stateful_step_count=40))
    assert (kept > 100, decided > 40) == (True, True), (kept, decided)
