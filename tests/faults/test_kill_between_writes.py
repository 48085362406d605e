"""A close killed after any of its writes leaves no trace, and is done afterwards, once (R5.7)."""

import signal
import subprocess
import sys

import pytest

from app.billing.close import close_periods
from app.billing.queries import list_due_closings, list_invoices
from app.domain.actor import system
from app.domain.paging import EVERYTHING
from tests import servers
from tests.factories import POLICIES, snapshot
from tests.faults.test_kill import january_over

pytestmark = [pytest.mark.usefixtures("clean_database"), pytest.mark.slow]

WRITES = 10
"""Of a close that bills: the series, its counter and its last instant; statements, invoices, the period closed and
the next one opened; events, audit entries, heads."""


async def test_a_close_killed_after_any_of_its_writes_leaves_no_trace(database: str) -> None:
    companies = await january_over()
    before = await snapshot()
    for nth in range(1, WRITES + 1):
        command = [sys.executable, "-m", "tests.faults.killed_close", str(nth)]
        ended = subprocess.run(command, env=servers.environment(DATABASE_URL=database), check=False)  # noqa: ASYNC221
        assert ended.returncode == -signal.SIGKILL, nth
        assert await snapshot() == before, nth

    due = await list_due_closings(POLICIES.grace, 100, None)
    assert await close_periods(system("close"), due, POLICIES, during_advance=False) == len(companies)
    assert [len(await list_invoices(company.id, EVERYTHING)) for company in companies] == [2, 2]


async def test_a_close_has_no_more_writes_than_those(database: str) -> None:
    await january_over()
    command = [sys.executable, "-m", "tests.faults.killed_close", str(WRITES + 1)]
    ended = subprocess.run(command, env=servers.environment(DATABASE_URL=database), check=False)  # noqa: ASYNC221
    assert ended.returncode == 0
