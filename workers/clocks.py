"""Advances of test clocks that a process began and did not end (R9.1)."""

from uuid import UUID

from app.clocks.service import finish_advance, list_advancing_clocks
from app.domain.actor import system
from workers.ringing import Ctx, ring


async def sweep_advances(ctx: Ctx) -> None:
    """Ring one job for each clock that is on its way."""
    await ring(ctx, finish_clock.__name__, await list_advancing_clocks(), chunk=1)


async def finish_clock(ctx: Ctx, test_clock_ids: list[str]) -> None:
    """Do what is left of the advance, unless someone is at it."""
    (test_clock_id,) = test_clock_ids
    await finish_advance(system("test-clock"), UUID(test_clock_id), ctx["policies"], is_patient=False)
