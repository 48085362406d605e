"""What falls due on a clock's way, done in chunks; an organization that fails is left out and keeps no other (R9.1)."""

from collections.abc import Awaitable, Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from uuid import UUID

import structlog

from app import db
from app.billing.close import close_periods
from app.billing.overdue import (
    list_due_invoice_notices,
    list_due_suspensions,
    suspend_overdue,
    write_invoice_notices,
)
from app.billing.queries import list_due_closings
from app.domain.actor import Actor
from app.domain.errors import DomainError, ErrorCode
from app.domain.policies import Policies
from app.retention.accounting import delete_accounting, list_due_accounting
from app.retention.notices import list_due_notices, write_notices
from app.retention.purge import decide_purges, list_due_purges, list_unfinished_purges, purge_batch
from app.seats.waiting import list_due_waits, settle_waiting

log = structlog.get_logger()

CHUNK = 500
"""Organizations worked on in one step."""
PURGE_BATCH = 5000
"""Rows deleted in one step."""

ListDue = Callable[[int], Awaitable[list[UUID]]]
Do = Callable[[Sequence[UUID]], Awaitable[int]]


@dataclass(slots=True)
class Done:
    """How much one step has done, and for which organizations it could not."""

    number: int = 0
    failed: list[UUID] = field(default_factory=list)


async def do_due(actor: Actor, test_clock_id: UUID, policies: Policies, left_out: Collection[UUID]) -> Done:
    """One chunk of the first kind of work that is due to organizations that are not left out, in the transaction that
    holds the clock."""
    for kind, (list_due, work) in enumerate(_works(actor, test_clock_id, policies)):
        due = [one for one in await list_due(CHUNK + len(left_out)) if one not in left_out][:CHUNK]
        done = await _do(kind, work, due) if due else Done()
        if done.number or done.failed:
            return done
    return Done()


def _works(actor: Actor, clock: UUID, policies: Policies) -> Iterator[tuple[ListDue, Do]]:
    """Every kind of work, in the order in which it is done where several are due at one instant."""
    yield lambda most: list_due_notices(most, clock), lambda ids: write_notices(actor, ids, during_advance=True)
    yield (
        lambda most: list_due_closings(policies.grace, most, clock),
        lambda ids: close_periods(actor, ids, policies, during_advance=True),
    )
    yield (
        lambda most: list_due_invoice_notices(most, clock),
        lambda ids: write_invoice_notices(actor, ids, during_advance=True),
    )
    yield (
        lambda most: list_due_suspensions(most, clock, policies),
        lambda ids: suspend_overdue(actor, ids, during_advance=True),
    )
    yield (
        lambda most: list_due_waits(most, clock),
        lambda ids: settle_waiting(actor, ids, policies, during_advance=True),
    )
    yield lambda most: list_due_purges(most, clock), lambda ids: decide_purges(actor, ids, during_advance=True)
    yield lambda most: list_unfinished_purges(most, clock), lambda ids: _purge(actor, ids[0])
    yield lambda most: list_due_accounting(most, clock), lambda ids: delete_accounting(actor, ids, during_advance=True)


async def _purge(actor: Actor, organization_id: UUID) -> int:
    """A batch of one organization, the last of which leaves nothing to do; either way it came further."""
    await purge_batch(actor, organization_id, PURGE_BATCH, during_advance=True)
    return 1


async def _do(kind: int, work: Do, due: Sequence[UUID]) -> Done:
    """Together if that can be done, else one by one.

    Raises: what is no organization's failure: the database is away, or others hold what is waited for.
    """
    try:
        async with db.in_transaction():
            return Done(await work(due))
    except Exception as error:
        if db.is_outage(error) or (isinstance(error, DomainError) and error.code is ErrorCode.CONFLICT):
            raise
        if len(due) == 1:
            log.exception("left_out_of_advance", organization_id=str(due[0]), kind=kind)
            return Done(failed=list(due))
    alone = [await _do(kind, work, [one]) for one in due]
    return Done(sum(one.number for one in alone), [failed for one in alone for failed in one.failed])
