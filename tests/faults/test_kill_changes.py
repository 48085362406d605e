"""A change to an account, killed in its middle, leaves no trace and is made afterwards, once (R5.5, R6.2)."""

import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable
from uuid import UUID

import pytest

from app import db
from app.billing.close import close_periods
from app.billing.profile import set_billing_profile
from app.billing.queries import list_invoices, list_statements
from app.domain.actor import system
from app.domain.paging import EVERYTHING
from tests import servers
from tests.factories import OPERATOR, POLICIES, PROFILE, Company, as_superuser, count_of, jump, moscow, snapshot
from tests.faults.killed_change import CHANGES, pay
from tests.faults.test_kill import invoiced

pytestmark = pytest.mark.usefixtures("clean_database")


async def organization() -> tuple[Company, UUID]:
    company = (await invoiced())[0]
    return company, company.id


async def payment() -> tuple[Company, UUID]:
    company = (await invoiced())[0]
    return company, await pay(company.id)


async def invoice() -> tuple[Company, UUID]:
    company = (await invoiced())[0]
    (issued,) = await list_invoices(company.id, EVERYTHING)
    return company, issued.id


async def parked_statement() -> tuple[Company, UUID]:
    """Of a January that nobody was to be billed for, until now."""
    company = (await invoiced())[0]
    async with as_superuser():
        await db.fetch("DELETE FROM billing_profiles WHERE organization_id = $1", company.id)
    await jump(company.clock_id, moscow("2021-02-01 01:00"))
    assert await close_periods(system("close"), [company.id], POLICIES, during_advance=False) == 1
    (parked,) = [one for one in await list_statements(company.id, EVERYTHING) if one.outcome.value == "PARKED"]
    await set_billing_profile(OPERATOR, company.id, PROFILE, POLICIES)
    return company, parked.id


ARRANGED: dict[str, Callable[[], Awaitable[tuple[Company, UUID]]]] = {
    "payment.stored": organization,
    "payment.reversed": payment,
    "credit_note.stored": invoice,
    "replacement.stored": invoice,
    "retry.statement": parked_statement,
}
MADE = {
    "payment.stored": {"payments": 1, "payment_reversals": 0},
    "payment.reversed": {"payments": 1, "payment_reversals": 1},
    "credit_note.stored": {"invoices": 1, "credit_notes": 1},
    "replacement.stored": {"invoices": 2, "credit_notes": 1},
    "retry.statement": {"invoices": 2, "credit_notes": 0, "statements": 3},
}
"""How many rows there are of what the change makes, after it."""


@pytest.mark.fault("F1", "SIGKILL at each fault point of changes", 1, "no trace; made afterwards, once")
@pytest.mark.parametrize("name", CHANGES)
async def test_a_change_killed_there_leaves_no_trace_and_is_made_afterwards_once(name: str, database: str) -> None:
    company, row_id = await ARRANGED[name]()
    before = await snapshot()

    command = [sys.executable, "-m", "tests.faults.killed_change", name, str(row_id)]
    variables = servers.environment(DATABASE_URL=database, SEATMARK_FAULT_POINT=name)
    ended = subprocess.run(command, env=variables, check=False)  # noqa: ASYNC221
    assert ended.returncode == -signal.SIGKILL
    assert await snapshot() == before

    await CHANGES[name](row_id)
    assert {table: await count_of(table, company.id) for table in MADE[name]} == MADE[name]
