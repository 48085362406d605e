"""Every worker dead for days over the ends of months: PostgreSQL and workers of the test's own, whose clocks are ahead
of ours; no test clock, for its advance runs what is due (F2)."""

import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app import db
from app.domain.lifecycle import OrganizationState
from app.jobs.kinds import KINDS
from app.logins import make_logins
from tests.factories import POLICIES, Company, change, found, moscow, utc
from tests.faults.conftest import Inject
from tests.faults.harness.clocks import postgres_at, wrong_by
from tests.faults.harness.closing import check_all
from tests.faults.harness.elsewhere import connected_to
from tests.faults.harness.processes import run, until
from tests.faults.harness.valkey import own_valkey

pytestmark = [pytest.mark.faults, pytest.mark.usefixtures("database")]


class Timeline:
    """One database through the months: at each of its stops a PostgreSQL, and if asked for a worker, that believe it is
    then."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._is_migrated = False

    @asynccontextmanager
    async def at(self, instant: datetime) -> AsyncIterator[str]:
        """The database then; this process is connected to it meanwhile."""
        async with postgres_at(self._directory, _ahead(instant)) as database:
            if not self._is_migrated:
                await db.migrate(database)
                self._is_migrated = True
            async with connected_to(database):
                yield database

    async def work(self, instant: datetime, is_done: Callable[[], Awaitable[bool]]) -> None:
        """A worker then, until it has done that, and an empty Redis."""
        async with self.at(instant) as database, own_valkey(self._directory / "redis") as valkey:
            logins = await make_logins(database, self._directory)
            variables = {"SEATMARK_APP_DATABASE_URL": logins.system_url, "REDIS_URL": valkey.url}
            variables |= {"SEATMARK_DATA_DIR": str(self._directory), **wrong_by(_ahead(instant))}
            async with run(["worker"], variables, self._directory / "worker.log") as worker:
                await until(is_done, f"the worker of {instant} is done", 120, worker)
                await until(_nothing_is_due, f"nothing is due at {instant}", 120, worker)


def _ahead(instant: datetime) -> str:
    return f"+{int((instant - datetime.now(UTC)).total_seconds())}s"


async def _nothing_is_due() -> bool:
    return not any([await kind.due(1, POLICIES) for kind in KINDS.values()])


@pytest.fixture
def directory() -> Iterator[Path]:
    """Not pytest's own: another run on this machine would close that to the server's user."""
    with tempfile.TemporaryDirectory(prefix="seatmark-test-") as made:
        yield Path(made)


async def test_months_missed_for_40_and_for_3_days_are_closed_in_order_and_nobody_is_purged_unwarned(
    directory: Path, injected: Inject
) -> None:
    injected("F2", "every worker dead for 40 days over two ends of months", 1, "each month closed, in order, once")
    injected("F2", "every worker dead for 3 days over one end of a month", 1, "the month closed, once")
    year = datetime.now(UTC).year + 1
    timeline = Timeline(directory)
    async with timeline.at(utc(f"{year}-01-05 09:00")):
        paying, idle = await found(None, 6), await found(None, 2)
        await change(paying, subscribe=paying.members)
    # Trials end on 02-04; the idle one is due for deletion on 03-06.
    await timeline.work(utc(f"{year}-02-10 09:00"), lambda: _months_are(paying, 1))

    await timeline.work(utc(f"{year}-04-02 09:00"), lambda: _months_are(paying, 3))
    async with timeline.at(utc(f"{year}-04-02 09:10")) as database:
        assert await _bounds(paying) == _months(year, 1, 2, 3)
        assert (await idle.facts()).state is OrganizationState.RETENTION
        kinds = await db.fetch("SELECT kind FROM notices WHERE organization_id = $1 ORDER BY written_at", idle.id)
        assert [row["kind"] for row in kinds][-1] == "PURGE_IN_1_DAY"
        await check_all(database)

    await timeline.work(utc(f"{year}-04-03 10:00"), lambda: _is_purged(idle))
    await timeline.work(utc(f"{year}-04-29 12:00"), lambda: _months_are(paying, 3))
    await timeline.work(utc(f"{year}-05-02 12:00"), lambda: _months_are(paying, 4))
    async with timeline.at(utc(f"{year}-05-02 12:10")) as database:
        assert await _bounds(paying) == _months(year, 1, 2, 3, 4)
        (row,) = await db.fetch(
            """
            SELECT decided_at FROM tombstones WHERE organization_id = $1
            """,
            idle.id,
        )
        assert row["decided_at"] >= utc(f"{year}-04-03 09:00")
        numbers = await db.fetch("SELECT number_in_year FROM invoices ORDER BY issued_at")
        assert [one["number_in_year"] for one in numbers] == [1, 2, 3]
        await check_all(database)


async def _months_are(company: Company, number: int) -> bool:
    return await db.count("SELECT 1 FROM statements WHERE organization_id = $1", company.id) == number


async def _is_purged(company: Company) -> bool:
    return (await company.facts()).state is OrganizationState.PURGED


async def _bounds(company: Company) -> list[tuple[str, datetime]]:
    """Every month closed, in the order of the closing, with its end."""
    rows = await db.fetch(
        "SELECT month, ends_at FROM statements WHERE organization_id = $1 ORDER BY closed_at, month", company.id
    )
    return [(row["month"], row["ends_at"]) for row in rows]


def _months(year: int, *months: int) -> list[tuple[str, datetime]]:
    return [(f"{year}-{month:02}", moscow(f"{year}-{month + 1:02}-01 00:00")) for month in months]
