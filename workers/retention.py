"""Purges and what is left of them; exports (R1.7–R1.9)."""

from app.domain.actor import system
from app.jobs.runs import forget_old_runs
from app.organizations.trials import forget_trials
from app.retention.accounting import delete_accounting
from app.retention.exports import make_export, remove_expired_exports
from app.retention.purge import decide_purges, purge_batch
from workers.chores import do_chore
from workers.ringing import Ctx, ring_due, until_nothing, work_through

BATCH = 5000
"""Rows deleted in one transaction."""


async def sweep_purges(ctx: Ctx) -> None:
    """Ring for the decisions that are due, and one job for each organization whose purge is not done."""
    await ring_due(ctx, decide_due_purges.__name__)
    await ring_due(ctx, purge.__name__, chunk=1)


async def decide_due_purges(_: Ctx, organization_ids: list[str]) -> int:
    """Record the decision for those that are still due."""
    actor = system("purge")
    return await work_through(
        decide_due_purges.__name__, lambda ids: decide_purges(actor, ids, during_advance=False), organization_ids
    )


async def purge(_: Ctx, organization_ids: list[str]) -> int:
    """Delete one organization batch by batch, to its tombstone."""
    actor = system("purge")
    return await work_through(
        purge.__name__,
        lambda ids: until_nothing(lambda: purge_batch(actor, ids[0], BATCH, during_advance=False)),
        organization_ids,
    )


async def sweep_kept(ctx: Ctx) -> None:
    """What is kept for a time only: ring for documents whose years are over; forget trials, runs and exports."""
    await ring_due(ctx, delete_due_accounting.__name__)
    await do_chore("forget_trials", forget_trials)
    await do_chore("remove_exports", remove_expired_exports)
    await do_chore("forget_runs", forget_old_runs)


async def delete_due_accounting(_: Ctx, organization_ids: list[str]) -> int:
    """Delete the documents of those whose years are still over."""
    actor = system("accounting")
    return await work_through(
        delete_due_accounting.__name__,
        lambda ids: delete_accounting(actor, ids, during_advance=False),
        organization_ids,
    )


async def sweep_exports(ctx: Ctx) -> None:
    """Ring one job for each export that is not finished."""
    await ring_due(ctx, make_export_file.__name__, chunk=1)


async def make_export_file(_: Ctx, export_ids: list[str]) -> int:
    """Make one export's file, unless another job is at it."""
    actor = system("export")
    return await work_through(make_export_file.__name__, lambda ids: make_export(actor, ids[0]), export_ids)
