"""Close what is due in a process that kills itself right after its nth write: `python -m tests.faults.killed_close n`.

It exits with 0 when the close has fewer writes than that.
"""

import asyncio
import os
import re
import signal
import sys
from typing import Any

from app import db
from app.billing.close import close_periods
from app.billing.queries import list_due_closings
from app.domain.actor import system
from app.domain.policies import Policies

WRITE = re.compile(r"INSERT INTO|^\s*UPDATE|\)\s*UPDATE|DELETE FROM")


async def close_and_die(nth: int) -> None:
    await db.connect(os.environ["DATABASE_URL"])
    policies = Policies()
    due = await list_due_closings(policies.grace, 100, None)
    fetch, written = db.fetch, 0

    async def counting(sql: str, *values: Any) -> list[db.Row]:
        nonlocal written
        rows = await fetch(sql, *values)
        written += WRITE.search(sql) is not None
        if written == nth:
            os.kill(os.getpid(), signal.SIGKILL)
        return rows

    db.fetch = counting
    await close_periods(system("close"), due, policies, during_advance=False)
    await db.close()


if __name__ == "__main__":
    asyncio.run(close_and_die(int(sys.argv[1])))
