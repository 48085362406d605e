"""Hypothesis walks through everything people do with seats; the product agrees with the model after every step."""

import asyncio
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.machine.machine import SeatMachine

pytestmark = pytest.mark.usefixtures("clean_database")

steady = settings(
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.generate, Phase.shrink],
    suppress_health_check=list(HealthCheck),
)
"""The same walks in every run. To look for others: `settings(steady, derandomize=False)`."""


async def walk(database: str, chosen: Any) -> None:
    """The machine is synchronous: it gets a thread, and its steps come back to this loop, whose the database is."""
    machine = type("Walk", (SeatMachine,), {"loop": asyncio.get_running_loop(), "database": database})
    await asyncio.to_thread(run_state_machine_as_test, machine, settings=chosen)


async def test_some_walks_through_what_people_do_with_seats(database: str) -> None:
    await walk(database, settings(steady, max_examples=8, stateful_step_count=25))


@pytest.mark.slow
async def test_many_walks_through_what_people_do_with_seats(database: str) -> None:
    await walk(database, settings(steady, max_examples=16, stateful_step_count=40))
