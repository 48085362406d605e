"""The end of months (R5.4)."""

from app.billing.close import close_periods
from app.billing.queries import list_due_closings
from app.domain.actor import system
from workers.ringing import MOST_RUNG, Ctx, ring, together_or_alone


async def sweep_closings(ctx: Ctx) -> None:
    """Ring one job per chunk of organizations whose period is over and has no statement."""
    await ring(ctx, close_due_periods.__name__, await list_due_closings(ctx["policies"].grace, MOST_RUNG, None))


async def close_due_periods(ctx: Ctx, organization_ids: list[str]) -> None:
    """Close every month that each of them is behind, oldest first, until nothing is due any more."""
    actor, policies = system("close"), ctx["policies"]
    while await together_or_alone(
        lambda ids: close_periods(actor, ids, policies, during_advance=False), organization_ids
    ):
        pass
