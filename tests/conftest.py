"""Fixtures for tests that need the real servers. Tests of the pure domain need none, and start none when run alone."""

import asyncio
import os
import subprocess
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from hypothesis import settings as hypothesis_settings

from tests import pooler, servers
from tests.events.conformity import list_misfits

OPERATOR_KEY = "sm_operator_for_the_tests_of_this_repository"

# A deadline would fail a test for what its neighbors on the machine do.
hypothesis_settings.register_profile("seatmark", deadline=None)
hypothesis_settings.load_profile("seatmark")


@pytest.hookimpl(tryfirst=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    """Start the servers, before pytest-xdist starts its processes: these inherit the addresses."""
    config = session.config
    if servers.DATABASE_URL in os.environ or config.option.collectonly or _is_pure(config):
        return
    if pooler.WANTED in os.environ and (reason := pooler.missing()):
        pytest.exit(reason, returncode=1 if os.environ.get("CI") else 0)
    runner = asyncio.Runner()
    config.add_cleanup(runner.close)
    stack = AsyncExitStack()
    config.add_cleanup(lambda: runner.run(stack.aclose()))
    os.environ.update(runner.run(stack.enter_async_context(servers.run_servers())))


def pytest_runtest_setup(item: pytest.Item) -> None:
    """What a test says by its mark of a fault that it injects is in the table of `make faults`."""
    for mark in item.iter_markers("fault"):
        item.user_properties.append(("fault", mark.args))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """How long attacks took to be refused: a figure to read, on whatever machine this is."""
    properties = (one for report in terminalreporter.getreports("passed") for one in report.user_properties)
    attacks = [value for name, value in properties if name == "attack"]
    if attacks:
        terminalreporter.section("attacks: bytes sent, and seconds until they were refused")
        for what, size, seconds in sorted(attacks, key=lambda one: -float(one[2])):
            terminalreporter.write_line(f"{seconds:7.3f} s {size:>9} B  {what}")
    _summarize_faults(terminalreporter)


def _summarize_faults(terminalreporter: pytest.TerminalReporter) -> None:
    """What was injected, how often, and what was found: the table of `make faults`."""
    lines: Counter[tuple[str, str, str]] = Counter()
    for outcome in ("passed", "failed"):
        for report in terminalreporter.getreports(outcome):
            for name, value in report.user_properties:
                if name == "fault" and (report.when == "call" or report.failed):
                    number, what, times, found = value
                    lines[number, what, found if report.passed else "FAILED"] += times
    if lines:
        terminalreporter.section("faults: what was injected, how often, and what was found")
        for number, what, found in sorted(lines, key=lambda one: (int(one[0].removeprefix("F")), one[1])):
            times = lines[number, what, found]
            terminalreporter.write_line(f"{number:<4}{what:<72}{times:>6}  {found}")


def _is_pure(config: pytest.Config) -> bool:
    """Whether only tests of the pure domain were asked for."""
    domain = Path(__file__).parent / "domain"
    places = [config.invocation_params.dir.joinpath(arg.split("::")[0]) for arg in config.args]
    return all(place.resolve().is_relative_to(domain) for place in places)


def _process() -> str:
    """Which process of a parallel run this is: gw0, gw1 …, or main when it is the only one."""
    return os.environ.get("PYTEST_XDIST_WORKER", "main")


@pytest.fixture(scope="session")
async def database_url() -> AsyncIterator[str]:
    """A migrated database of this process's own."""
    async with servers.clone(os.environ[servers.DATABASE_URL], _process()) as address:
        yield address


@pytest.fixture(scope="session")
def redis_url() -> str:
    """A Redis database of this process's own."""
    return servers.numbered(os.environ[servers.REDIS_URL], _process())


@pytest.fixture(scope="session")
async def database(database_url: str, own_data_dir: Path) -> AsyncIterator[str]:
    """The database, with our own connections to it open: everything is done for the system, but inside
    `db.acting_for`."""
    from app import db

    own = await servers.variables(database_url)
    await db.connect(pooler.pooled(database_url), own["SEATMARK_API_DATABASE_URL"], default=None)
    yield database_url
    found = await list_misfits(database_url)
    await db.close()
    assert found == []


@pytest.fixture
async def clean_database(database: str) -> None:
    """Nothing in the database but what the migrations put there and the key of the `api` fixture."""
    from app.identity.operators import ensure_operator_key

    found = await list_misfits(database)
    await servers.reset(database)
    await ensure_operator_key(OPERATOR_KEY)
    assert found == [], "of the test before"


@pytest.fixture
async def invariants_hold(request: pytest.FixtureRequest) -> AsyncIterator[None]:
    """After the test every invariant does, in its database and in that of its `installation`."""
    from app.checks.catalog import find_violations
    from tests.faults.harness.elsewhere import connected_to

    yield
    given = request.node.funcargs
    if "database" in request.fixturenames:
        assert await find_violations() == []
    if "installation" in given:
        async with connected_to(given["installation"].database.address):
            assert await find_violations() == []


@pytest.fixture(scope="module")
async def clean_afterwards(database: str) -> AsyncIterator[None]:
    """For modules that make what organizations share: price lists, rates, promo codes."""
    from app.identity.operators import ensure_operator_key

    yield
    await servers.reset(database)
    await ensure_operator_key(OPERATOR_KEY)


@pytest.fixture(scope="session", autouse=True)
def own_data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory of this process's own, and of the servers it starts."""
    directory = tmp_path_factory.mktemp("data")
    os.environ["SEATMARK_DATA_DIR"] = str(directory)
    return directory


@pytest.fixture(scope="session")
async def api(
    database: str, redis_url: str, own_data_dir: Path, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[servers.Api]:
    """A real API in a process of its own, on this process's database."""
    from app.identity.operators import ensure_operator_key

    await ensure_operator_key(OPERATOR_KEY)
    log = tmp_path_factory.mktemp("api") / "log"
    # No limit of points: all tests are one operator.
    variables = await servers.variables(database, REDIS_URL=redis_url, SEATMARK_RATE_CAPACITY="0")
    async with servers.run_api(variables, OPERATOR_KEY, log) as running:
        yield running


@pytest.fixture
async def worker(
    database: str, redis_url: str, own_data_dir: Path, tmp_path: Path
) -> AsyncIterator[subprocess.Popen[bytes]]:
    """A real worker in a process of its own, on this process's database and an empty Redis database."""
    await servers.empty_redis(redis_url)
    variables = await servers.variables(database, REDIS_URL=redis_url)
    async with servers.run_command("worker", variables, tmp_path / "worker.log") as running:
        yield running
