"""A worker killed at every named fault point leaves no trace, and the next sweep does the work, once (F1, R5.7)."""

import asyncio
import re
import signal
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import pytest

from app import db
from app.clocks.service import create_test_clock
from app.domain.actor import system
from app.organizations.trials import forget_trials
from app.retention.exports import request_export
from app.retention.folders import exports_folder
from app.retention.purge import PURGED_TABLES, decide_purges, purge_batch
from tests import servers
from tests.factories import NOVEMBER, OPERATOR, Company, advance, change, found, jump, moscow, snapshot, utc
from tests.faults.harness.processes import a_minute_passes
from tests.faults.killed_change import CHANGES
from tests.faults.test_idempotent_requests import KEY_POINTS
from tests.faults.test_kill_mails import MAIL_POINTS
from tests.faults.test_webhook_receivers import DELIVERY_POINTS
from tests.workers.burst import run_burst

pytestmark = [
    pytest.mark.usefixtures("clean_database"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),  # arq calls what redis-py has deprecated
]

PATIENCE = 30.0  # seconds until the worker must have come to its fault point


async def rows() -> dict[str, list[str]]:
    """Every row of every table but those that count what the workers try, which a kill must not take back."""
    return {name: found for name, found in (await snapshot()).items() if name not in ("job_tries", "job_runs")}


async def january_over() -> list[Company]:
    """Two organizations whose January is over and not closed; nothing else is due."""
    clock = await create_test_clock(OPERATOR, NOVEMBER)
    companies = [await found(clock, 6), await found(clock, 7)]
    for company in companies:
        await change(company, subscribe=company.members)
    await advance(clock, moscow("2021-01-20 12:00"))
    await jump(clock, moscow("2021-02-01 01:00"))
    return companies


async def trial_ending() -> list[Company]:
    """Two organizations to be warned that their trial ends in 7 days."""
    clock = await create_test_clock(OPERATOR, utc("2020-11-01 10:00"))
    companies = [await found(clock, 1), await found(clock, 1)]
    await jump(clock, utc("2020-11-24 12:00"))
    return companies


async def retention_over(sizes: Sequence[int] = (2, 3)) -> list[Company]:
    """Two organizations of so many people that never subscribed, warned a day ago, whose purge may be decided."""
    clock = await create_test_clock(OPERATOR, utc("2020-11-01 10:00"))
    companies = [await found(clock, size) for size in sizes]
    await advance(clock, utc("2020-12-31 09:00"))
    await jump(clock, utc("2020-12-31 11:00"))
    return companies


async def purge_decided() -> list[Company]:
    """One organization whose purge is decided and not begun."""
    companies = await retention_over([2])
    assert await decide_purges(system("purge"), [companies[0].id], during_advance=False) == 1
    return companies


async def purge_all_but_buried() -> list[Company]:
    """One organization of which nothing is left to delete; its tombstone is not finished."""
    companies = await purge_decided()
    (company,) = companies
    while any(
        [await db.count(f"SELECT 1 FROM {name} WHERE organization_id = $1", company.id) for name in PURGED_TABLES]
    ):
        assert await purge_batch(system("purge"), company.id, 5000, during_advance=False)
    assert await purge_batch(system("purge"), company.id, 5000, during_advance=False)  # counts its files
    return companies


async def accounting_over() -> list[Company]:
    """Two organizations that were purged five years ago."""
    companies = await retention_over()
    clock = companies[0].clock_id
    await advance(clock, utc("2021-01-03 00:00"))
    await jump(clock, utc("2026-01-03 00:00"))
    await forget_trials()
    return companies


async def export_asked_for() -> list[Company]:
    """One organization that asked for everything it has."""
    company = await found(await create_test_clock(OPERATOR, NOVEMBER), 3)
    await request_export(OPERATOR, company.id)
    return [company]


async def on_its_way() -> list[Company]:
    """Two organizations on a clock that was told to go to February, which nothing has begun to do."""
    companies = await january_over()
    clock = companies[0].clock_id
    await jump(clock, moscow("2021-01-20 12:00"))
    await db.fetch("UPDATE test_clocks SET advancing_to = $2 WHERE id = $1", clock, moscow("2021-02-20 12:00"))
    return companies


async def invoice_due_in_a_week() -> list[Company]:
    """Two organizations whose first invoice is to be paid in less than 7 days, of which nobody has told them."""
    companies = await invoiced()
    await jump(companies[0].clock_id, moscow("2021-01-10 12:00"))
    return companies


async def invoice_overdue() -> list[Company]:
    """Two organizations that have been told of everything but the suspension for the invoice they have not paid."""
    companies = await invoiced()
    await advance(companies[0].clock_id, moscow("2021-01-20 12:00"))
    return companies


async def invoiced() -> list[Company]:
    """Two organizations that have their first invoice, on one clock."""
    clock = await create_test_clock(OPERATOR, NOVEMBER)
    companies = [await found(clock, 6), await found(clock, 7)]
    for company in companies:
        await change(company, subscribe=company.members)
    await advance(clock, moscow("2021-01-02 12:00"))
    return companies


CASES: dict[str, Callable[[], Awaitable[list[Company]]]] = {
    "notices.stored": trial_ending,
    "notices.recorded": trial_ending,
    "close.numbers": january_over,
    "close.statements": january_over,
    "close.invoices": january_over,
    "close.periods": january_over,
    "close.recorded": january_over,
    "purge.decided": retention_over,
    "purge.deleted": purge_decided,
    "purge.files": purge_all_but_buried,
    "purge.receipt": purge_all_but_buried,
    "purge.buried": purge_all_but_buried,
    "accounting.deleted": accounting_over,
    "export.written": export_asked_for,
    "export.stored": export_asked_for,
    "advance.step": on_its_way,
    "invoice_notices.stored": invoice_due_in_a_week,
    "suspension.stored": invoice_overdue,
}


NOTED = {
    "advance.step": "test_clocks",  # passed between two transactions: the step before is done, and stays so
    "export.written": "organization_exports",  # attempts and progress are noted on the way
    "export.stored": "organization_exports",
}
"""Where something is left, and in which table."""


async def done(name: str, companies: list[Company]) -> None:
    """What the work comes to is there exactly once for each organization."""
    work, _, _ = name.partition(".")
    for company in companies:
        wanted = {
            "notices": {"notices": 1, "events": 5, "audit_entries": 5},
            "close": {"statements": 3, "invoices": 2, "invoice_notices": 3, "events": 16},
            "advance": {"statements": 3, "invoices": 2, "invoice_notices": 6, "events": 19},
            "invoice_notices": {"invoices": 1, "invoice_notices": 1, "events": 12},
            "suspension": {"invoices": 1, "invoice_notices": 3, "suspensions": 1, "events": 15},
            "purge": dict.fromkeys(PURGED_TABLES, 0) | {"tombstones": 1, "statements": 1},
            "accounting": {"tombstones": 1, "statements": 0},
            "export": {"organization_exports": 1, "members": 4, "events": 6},
        }[work]
        found = {
            table: await db.count(f"SELECT 1 FROM {table} WHERE organization_id = $1", company.id) for table in wanted
        }
        assert found == wanted
    numbers = [row["number_in_year"] for row in await db.fetch("SELECT number_in_year FROM invoices ORDER BY 1")]
    assert numbers == list(range(1, len(numbers) + 1))
    assert await db.count("SELECT 1 FROM test_clocks WHERE advancing_to IS NOT NULL") == 0
    if work == "export":
        (row,) = await db.fetch("SELECT id, attempts FROM organization_exports")
        files = [file.name for file in exports_folder(companies[0].id).iterdir()]
        assert (row["attempts"], files) == (2, [f"{row['id']}.zip"])
    if work == "purge":
        ids = [company.id for company in companies]
        assert await db.count("SELECT 1 FROM organizations WHERE id = ANY($1) AND purged_at IS NULL", ids) == 0
        assert await db.count("SELECT 1 FROM events WHERE type = 'organization.purged'") == len(companies)


def settings(name: str) -> dict[str, str]:
    """What the worker is set to beside the servers."""
    return {"SEATMARK_SUSPEND_OVERDUE": "true"} if name == "suspension.stored" else {}


async def killed_worker(name: str, database: str, redis_url: str, log: Path) -> None:
    """Run a worker that kills itself at the fault point, and wait until the database has noticed."""
    variables = await servers.variables(database, REDIS_URL=redis_url, SEATMARK_FAULT_POINT=name, **settings(name))
    async with servers.run_command("worker", variables, log) as process:
        for _ in range(int(PATIENCE / 0.02)):
            if process.poll() is not None:
                break
            await asyncio.sleep(0.02)
        assert process.returncode == -signal.SIGKILL, log.read_text()
    await a_minute_passes()
    while await db.count(
        """
        SELECT 1 FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid() AND state <> 'idle'
          AND backend_type LIKE 'client%'
        """
    ):
        await asyncio.sleep(0.01)


@pytest.mark.fault(
    "F1", "SIGKILL of a worker at each fault point of its jobs", 1, "no trace; done by the next sweep, once"
)
@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[] if name.startswith("close.") else [pytest.mark.slow]) for name in CASES]
)
async def test_a_worker_killed_there_leaves_no_trace_and_the_next_sweep_does_it_once(
    name: str, database: str, redis_url: str, tmp_path: Path
) -> None:
    companies = await CASES[name]()
    await servers.empty_redis(redis_url)
    before = await rows()

    await killed_worker(name, database, redis_url, tmp_path / "worker.log")

    after = await rows()
    if name in NOTED:
        table = NOTED[name]
        assert after[table] != before[table]
        assert after | {table: []} == before | {table: []}
    else:
        assert after == before

    # Redis still holds the lease of the dead worker's job.
    await run_burst(database, redis_url, settings(name))
    if name == "purge.decided":  # in one sweep, and done in the next
        await run_burst(database, redis_url)
    await done(name, companies)
    finished = await rows()
    await run_burst(database, redis_url, settings(name))
    assert await rows() == finished


def test_every_fault_point_in_the_code_is_covered_here() -> None:
    root = Path(__file__).parents[2]
    named = {
        name
        for folder in ("app", "workers")
        for file in root.joinpath(folder).rglob("*.py")
        for name in re.findall(r"fault_point\(\s*\"([^\"]+)\"", file.read_text())
    }
    assert named == {*CASES, *CHANGES, *KEY_POINTS, *MAIL_POINTS, *DELIVERY_POINTS}
