"""Advances of test clocks that a process began and did not end (R9.1)."""

from app.clocks.service import take_step
from app.domain.actor import system
from workers.ringing import Ctx, ring_due, until_nothing, work_through


async def sweep_advances(ctx: Ctx) -> None:
    """Ring one job for each clock that is on its way."""
    await ring_due(ctx, finish_clock.__name__, chunk=1)


async def finish_clock(ctx: Ctx, test_clock_ids: list[str]) -> int:
    """Do what is left of the advance step by step, unless someone is at it."""
    actor, policies = system("test-clock"), ctx["policies"]
    return await work_through(
        finish_clock.__name__,
        lambda ids: until_nothing(lambda: take_step(actor, ids[0], policies, is_patient=False)),
        test_clock_ids,
    )
