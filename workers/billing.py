"""The end of months, and invoices that fall due (R5.4, R6.3)."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from uuid import UUID

from app.billing.close import close_periods
from app.billing.overdue import suspend_overdue, write_invoice_notices
from app.billing.queries import list_behind
from app.domain.actor import system
from app.domain.policies import Policies
from workers.closings import Closings
from workers.ringing import Ctx, ring_due, until_nothing, work_through

CHUNK = 200
"""Organizations closed in one transaction, with all their invoices in memory."""


async def sweep_closings(ctx: Ctx) -> None:
    """Ring one job per chunk of organizations whose period is over and has no statement."""
    await ring_due(ctx, close_due_periods.__name__, CHUNK)


async def close_due_periods(ctx: Ctx, organization_ids: list[str]) -> int:
    """Close every month that each of them is behind, oldest first, until nothing is due any more."""
    closings: Closings = ctx["closings"]
    async with closings.place(close_due_periods.__name__):
        return await work_through(
            close_due_periods.__name__, lambda ids: _close(ids, ctx["policies"], closings.turn), organization_ids
        )


async def _close(organization_ids: Sequence[UUID], policies: Policies, turn: AbstractAsyncContextManager[None]) -> int:
    """Only those that are behind still are locked once more."""
    actor, behind = system("close"), organization_ids

    async def close_next() -> int:
        nonlocal behind
        if not behind:
            return 0
        closed = await close_periods(actor, behind, policies, during_advance=False, turn=turn)
        behind = await list_behind(behind, policies.grace) if closed else []
        return closed

    return await until_nothing(close_next)


async def sweep_unpaid(ctx: Ctx) -> None:
    """Ring for organizations to be told of an unpaid invoice, and, by policy, for those to be suspended for one."""
    await ring_due(ctx, write_due_invoice_notices.__name__)
    await ring_due(ctx, suspend_due.__name__)


async def write_due_invoice_notices(_: Ctx, organization_ids: list[str]) -> int:
    """Tell each of them what is still due to be told."""
    actor = system("invoice-notices")
    return await work_through(
        write_due_invoice_notices.__name__,
        lambda ids: write_invoice_notices(actor, ids, during_advance=False),
        organization_ids,
    )


async def suspend_due(_: Ctx, organization_ids: list[str]) -> int:
    """Suspend those who still have an overdue invoice."""
    actor = system("overdue")
    return await work_through(
        suspend_due.__name__, lambda ids: suspend_overdue(actor, ids, during_advance=False), organization_ids
    )
