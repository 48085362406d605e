"""People who wait for a seat, looked at again when a month begins (R3.11)."""

from app.domain.actor import system
from app.seats.waiting import settle_waiting
from workers.ringing import Ctx, ring_due, work_through


async def sweep_waits(ctx: Ctx) -> None:
    """Ring one job per chunk of organizations with people who wait since before their month began."""
    await ring_due(ctx, settle_due_waits.__name__, chunk=50)


async def settle_due_waits(ctx: Ctx, organization_ids: list[str]) -> int:
    """Seat those of them whom the new month has room for."""
    actor, policies = system("waiting"), ctx["policies"]
    return await work_through(
        settle_due_waits.__name__,
        lambda ids: settle_waiting(actor, ids, policies, during_advance=False),
        organization_ids,
    )
