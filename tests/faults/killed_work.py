"""Do what is due of one kind in a process that kills itself right after its nth write:
`python -m tests.faults.killed_work KIND n`, KIND as in app/jobs/kinds.py.

It exits with 0 when the work has fewer writes than that.
"""

import asyncio
import os
import re
import signal
import sys
from collections.abc import Awaitable, Callable, Sequence
from typing import Any
from uuid import UUID

from app import db
from app.billing.close import close_periods
from app.billing.overdue import suspend_overdue, write_invoice_notices
from app.delivery.webhook_fan_out import fan_out
from app.domain.actor import system
from app.domain.policies import Policies
from app.jobs.kinds import KINDS
from app.retention.accounting import delete_accounting
from app.retention.notices import write_notices
from app.retention.purge import decide_purges, purge_batch

WRITE = re.compile(r"INSERT INTO|^\s*UPDATE|\)\s*UPDATE|DELETE FROM|purge_rows\(|delete_accounting\(")
ACTOR, POLICIES = system("work"), Policies(suspend_overdue=True)

WORKS: dict[str, Callable[[Sequence[UUID]], Awaitable[Any]]] = {
    "close_due_periods": lambda ids: close_periods(ACTOR, ids, POLICIES, during_advance=False),
    "write_due_notices": lambda ids: write_notices(ACTOR, ids, during_advance=False),
    "write_due_invoice_notices": lambda ids: write_invoice_notices(ACTOR, ids, during_advance=False),
    "suspend_due": lambda ids: suspend_overdue(ACTOR, ids, during_advance=False),
    "decide_due_purges": lambda ids: decide_purges(ACTOR, ids, during_advance=False),
    "purge": lambda ids: purge_batch(ACTOR, ids[0], 5000, during_advance=False),
    "fan_out_events": fan_out,
    "delete_due_accounting": lambda ids: delete_accounting(ACTOR, ids, during_advance=False),
}
"""Each one transaction."""


async def work_and_die(kind: str, nth: int) -> None:
    await db.connect(os.environ["DATABASE_URL"])
    due = await KINDS[kind].due(100, POLICIES)
    fetch, written = db.fetch, 0

    async def counting(sql: str, *values: Any) -> list[db.Row]:
        nonlocal written
        rows = await fetch(sql, *values)
        written += WRITE.search(sql) is not None
        if written == nth:
            os.kill(os.getpid(), signal.SIGKILL)
        return rows

    db.fetch = counting
    await WORKS[kind](due)
    await db.close()


if __name__ == "__main__":
    asyncio.run(work_and_die(sys.argv[1], int(sys.argv[2])))
