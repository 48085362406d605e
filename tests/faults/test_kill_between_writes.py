"""Work killed after any of its writes leaves no trace, and is done afterwards, once (F1, R5.7)."""

import asyncio
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable

import pytest

from app.billing.close import close_periods
from app.billing.queries import list_due_closings, list_invoices
from app.delivery.webhooks import WebhookToBe, create_webhook
from app.domain.actor import system
from app.domain.paging import EVERYTHING
from app.jobs.kinds import KINDS
from app.memberships.teams import create_team
from tests import servers
from tests.factories import NOVEMBER, OPERATOR, POLICIES, Company, found_at, snapshot
from tests.faults.conftest import Inject
from tests.faults.harness.closing import check_all
from tests.faults.killed_work import POLICIES as STRICT
from tests.faults.killed_work import WORKS
from tests.faults.test_kill import (
    accounting_over,
    invoice_due_in_a_week,
    invoice_overdue,
    january_over,
    purge_decided,
    retention_over,
    trial_ending,
)

pytestmark = [pytest.mark.usefixtures("clean_database"), pytest.mark.slow]

WRITES = 9
"""Of a close that bills: the series, its counter and its last instant; statements, invoices, the period closed and
the next one opened; events with audit entries and heads, by one; mails."""
MOST_WRITES = 30


async def team_untold() -> list[Company]:
    """A webhook that was not told of a team yet; its receiver is never asked."""
    company = await found_at(NOVEMBER)
    await create_webhook(OPERATOR, WebhookToBe(company.id, "https://hooks.example/seatmark", "Fault", ()))
    await create_team(OPERATOR, company.id, "Team", [], POLICIES)
    return [company]


OTHERS: dict[str, Callable[[], Awaitable[list[Company]]]] = {
    "write_due_notices": trial_ending,
    "write_due_invoice_notices": invoice_due_in_a_week,
    "suspend_due": invoice_overdue,
    "decide_due_purges": retention_over,
    "purge": purge_decided,
    "delete_due_accounting": accounting_over,
    "fan_out_events": team_untold,
}


async def run(database: str, kind: str, nth: int) -> int:
    """How a process that does the work and dies after its nth write ended."""
    command = [sys.executable, "-m", "tests.faults.killed_work", kind, str(nth)]
    environment = servers.environment(DATABASE_URL=database)
    return (await asyncio.to_thread(subprocess.run, command, env=environment, check=False)).returncode


async def test_a_close_killed_after_any_of_its_writes_leaves_no_trace(database: str, injected: Inject) -> None:
    companies = await january_over()
    injected("F1", "SIGKILL after each write of a close", WRITES, "no trace; closed afterwards, once")
    before = await snapshot()
    for nth in range(1, WRITES + 1):
        assert await run(database, "close_due_periods", nth) == -signal.SIGKILL, nth
        assert await snapshot() == before, nth

    due = await list_due_closings(POLICIES.grace, 100, None)
    assert await close_periods(system("close"), due, POLICIES, during_advance=False) == len(companies)
    assert [len(await list_invoices(company.id, EVERYTHING)) for company in companies] == [2, 2]
    await check_all(database)


async def test_a_close_has_no_more_writes_than_those(database: str) -> None:
    await january_over()
    assert await run(database, "close_due_periods", WRITES + 1) == 0


@pytest.mark.faults
@pytest.mark.parametrize("kind", OTHERS)
async def test_other_work_killed_after_any_of_its_writes_leaves_no_trace(
    kind: str, database: str, injected: Inject
) -> None:
    await OTHERS[kind]()
    before = await snapshot()
    due = await KINDS[kind].due(100, STRICT)
    assert due
    for nth in range(1, MOST_WRITES):
        ended = await run(database, kind, nth)
        if ended == 0:
            break
        assert ended == -signal.SIGKILL, nth
        assert await snapshot() == before, nth
    injected("F1", f"SIGKILL after each write of {kind}", nth - 1, "no trace; done afterwards")
    assert 2 < nth < MOST_WRITES
    assert await snapshot() != before  # the last one was not killed, and did it
    if kind != "purge":  # of which that was one batch
        assert await KINDS[kind].due(100, STRICT) == []
    await check_all(database)


def test_every_kind_of_work_in_one_transaction_is_covered_here() -> None:
    assert {"close_due_periods", *OTHERS} == set(WORKS)
