"""Purges: the decision, and the deleting (R1.7, R1.8)."""

from uuid import UUID

from app.domain.actor import system
from app.retention.purge import decide_purges, list_due_purges, list_unfinished_purges, purge_batch
from workers.ringing import MOST_RUNG, Ctx, ring, together_or_alone

BATCH = 5000
"""Rows deleted in one transaction."""


async def sweep_purges(ctx: Ctx) -> None:
    """Ring for the decisions that are due, and one job for each organization whose purge is not done."""
    await ring(ctx, decide_due_purges.__name__, await list_due_purges(MOST_RUNG, None))
    await ring(ctx, purge.__name__, await list_unfinished_purges(MOST_RUNG, None), chunk=1)


async def decide_due_purges(_: Ctx, organization_ids: list[str]) -> int:
    """Record the decision for those that are still due."""
    actor = system("purge")
    return await together_or_alone(lambda ids: decide_purges(actor, ids, during_advance=False), organization_ids)


async def purge(_: Ctx, organization_ids: list[str]) -> None:
    """Delete one organization batch by batch, to its tombstone."""
    (organization_id,) = organization_ids
    while await purge_batch(system("purge"), UUID(organization_id), BATCH, during_advance=False):
        pass
