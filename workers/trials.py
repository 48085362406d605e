"""The end of trials and the warnings around it (R1.9)."""

from app.domain.actor import system
from app.retention.notices import write_notices
from workers.ringing import Ctx, ring_due, work_through


async def sweep_notices(ctx: Ctx) -> None:
    """Ring one job per chunk of organizations that a notice is due to."""
    await ring_due(ctx, write_due_notices.__name__)


async def write_due_notices(_: Ctx, organization_ids: list[str]) -> int:
    """Write each of them what is still due."""
    actor = system("notices")
    return await work_through(
        write_due_notices.__name__, lambda ids: write_notices(actor, ids, during_advance=False), organization_ids
    )
