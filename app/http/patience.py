"""How long an operation may take."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from app.http.operations import Operation
from app.http.refusals import RequestRefused

LONG = frozenset({"testClockAdvance", "directoryApply", "billingSimulation"})
"""Root fields that work through years, or through everyone there is."""
LONGER = 10
"""How many times as long an operation with one of these may take."""

Answer = TypeVar("Answer")


def patience_for(operation: Operation, seconds: float) -> float:
    """How many seconds an operation may take, of which an ordinary one may take `seconds`."""
    return seconds * LONGER if operation.root_names & LONG else seconds


async def within(seconds: float, run: Callable[[], Awaitable[Answer]]) -> Answer:
    """Run the operation; when its time is over, what it was about to change is taken back.

    Not what a mutation before it in the same request has committed, nor the steps that an advance of a test clock
    has committed, which a sweep goes on with.

    Raises: RequestRefused 504 TIMEOUT.
    """
    try:
        async with asyncio.timeout(seconds) as limit:
            return await run()
    except TimeoutError:
        if not limit.expired():
            raise
        message = f"The operation took longer than {seconds:g} seconds and was given up. Ask for less at once."
        raise RequestRefused.because(504, "TIMEOUT", message) from None
