"""`seatmark up`, in processes of its own, from the first start to the last process gone."""

import asyncio
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import httpx
import psutil
import pytest

from app import given
from app.processes import StartError, command, spawn
from app.settings import SettingsError, load_settings
from tests import servers

READY = "Ctrl-C stops everything."
STARTUP = 60.0  # seconds, on a machine that runs other tests meanwhile
ENDING = 45.0


@dataclass(slots=True)
class Run:
    """One `seatmark up`: its process, what it printed until it was ready, and every process it had started by then."""

    process: subprocess.Popen[bytes]
    data_dir: Path
    url: str
    said: str
    family: list[psutil.Process]

    @property
    def operator_key(self) -> str:
        """The key it showed."""
        found = re.search(r"^Operator key: (\S+)$", self.said, re.MULTILINE)
        assert found, self.said
        return found[1]

    def errors(self) -> str:
        """What it and its children wrote to standard error so far."""
        return self.data_dir.with_suffix(".err").read_text()

    async def end(self, by: signal.Signals) -> int:
        """Send a signal to its process group, as a terminal does, and give the exit status."""
        os.killpg(self.process.pid, by)
        return await self.ended()

    async def ended(self) -> int:
        """Wait until it has ended; gives the exit status."""
        for _ in range(int(ENDING / 0.05)):
            if self.process.poll() is not None:
                return self.process.returncode
            await asyncio.sleep(0.05)
        raise AssertionError(f"it did not end:\n{self.errors()}")

    async def left(self) -> list[str]:
        """Who of the family still runs, a moment later."""
        _, alive = psutil.wait_procs(self.family, timeout=5.0)
        return [" ".join(process.cmdline()) for process in alive]


def start(data_dir: Path, port: int, **variables: str) -> subprocess.Popen[bytes]:
    """Start `seatmark up`, its output in files beside the data directory."""
    env = servers.environment(SEATMARK_DATA_DIR=str(data_dir), SEATMARK_PORT=str(port), **variables)
    with data_dir.with_suffix(".out").open("wb") as out, data_dir.with_suffix(".err").open("wb") as err:
        return spawn(
            [sys.executable, "-m", "app.cli", "up"], output=out, errors=err, dies_by=signal.SIGTERM, environment=env
        )


@asynccontextmanager
async def running(data_dir: Path, **variables: str) -> AsyncIterator[Run]:
    """Start `seatmark up` and wait until it says that it is ready; whatever happens, nothing of it stays."""
    port = servers.free_port()
    process = start(data_dir, port, **variables)
    try:
        said = await _said(process, data_dir)
        family = psutil.Process(process.pid).children(recursive=True)
        yield Run(process, data_dir, f"http://127.0.0.1:{port}", said, family)
    finally:
        process.terminate()
        try:
            process.wait(ENDING)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


async def _said(process: subprocess.Popen[bytes], data_dir: Path) -> str:
    out, err = data_dir.with_suffix(".out"), data_dir.with_suffix(".err")
    for _ in range(int(STARTUP / 0.05)):
        if READY in out.read_text():
            return out.read_text()
        assert process.poll() is None, f"it ended:\n{out.read_text()}{err.read_text()}"
        await asyncio.sleep(0.05)
    raise AssertionError(f"it is not ready:\n{out.read_text()}{err.read_text()}")


async def refused(data_dir: Path, port: int, **variables: str) -> str:
    """Start `seatmark up` where it cannot run: exit status 1 and one line, which is given; nothing started."""
    process = start(data_dir, port, **variables)
    status = await asyncio.to_thread(process.wait, ENDING)
    assert data_dir.with_suffix(".out").read_text() == ""
    error = data_dir.with_suffix(".err").read_text()
    assert status == 1, error
    assert error.count("\n") == 1, error
    assert not list(data_dir.glob("*/*")), "a server was started"
    return error.removesuffix("\n")


async def nothing_left(up: Run) -> None:
    """Every process has ended in order, and so has the note that tells of them."""
    assert await up.left() == []
    assert "Traceback" not in up.errors()
    assert not up.data_dir.joinpath("run.json").exists()


async def seatmark(name: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run another `seatmark` command to its end."""
    return await run(sys.executable, "-m", "app.cli", name, **variables)


async def run(*line: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    env = servers.environment(**variables)
    return await asyncio.to_thread(subprocess.run, line, env=env, capture_output=True, text=True, check=False)


async def ask(url: str, key: str, query: str = "{ __typename }") -> httpx.Response:
    """One GraphQL query with a key."""
    async with httpx.AsyncClient(trust_env=False) as client:
        return await client.post(f"{url}/graphql", json={"query": query}, headers={"Authorization": f"Bearer {key}"})


ANSWER = {"__typename": "Query"}


GIVEN_KEY = "sm_operator_given_by_the_environment_0001"


@pytest.fixture
async def data_dir(tmp_path: Path) -> Path:
    """A data directory whose database is migrated and empty: for all but the very first start, and 4 s quicker."""
    directory = tmp_path / "data"
    if servers.INSTALLATION in os.environ:
        await servers.copy_installation(Path(os.environ[servers.INSTALLATION]), directory)
    return directory


async def test_the_first_start_shows_a_way_in_and_the_second_finds_the_data(tmp_path: Path) -> None:
    async with running(tmp_path / "data") as first:
        key = first.operator_key
        assert f"Seatmark is ready at {first.url}/graphql" in first.said
        assert re.search(r"^Demo organization: \S+$", first.said, re.MULTILINE)
        assert (await ask(first.url, key)).json()["data"] == ANSWER
        curl = first.said[first.said.index("curl ") : first.said.index("or `make demo`")]
        pasted = await run("sh", "-c", curl)
        assert pasted.stdout.startswith('{"data":{"organization":{"state":"TRIAL","seats":{"used":3,"limit":500}}},')
        assert {"postgres", "valkey-server"} <= {process.name() for process in first.family}
        assert await first.end(signal.SIGINT) == 0
        await nothing_left(first)
    async with running(tmp_path / "data", SEATMARK_OPERATOR_KEY=f" {GIVEN_KEY}\n") as second:
        assert "Operator key: the one in SEATMARK_OPERATOR_KEY" in second.said
        assert "Demo organization" not in second.said
        assert (await ask(second.url, key)).json()["data"] == ANSWER
        assert (await ask(second.url, GIVEN_KEY)).json()["data"] == ANSWER
        os.killpg(second.process.pid, signal.SIGTERM)
        assert await second.end(signal.SIGINT) == 0  # an impatient Ctrl-C cuts nothing short
        await nothing_left(second)
        for secret in (key, GIVEN_KEY):
            assert secret not in second.said + second.errors()


async def test_in_development_a_newcomer_finds_the_console_and_an_organization_with_a_past(data_dir: Path) -> None:
    console = data_dir.parent / "console"
    console.mkdir()
    console.joinpath("index.html").write_text("The console")
    variables = {"SEATMARK_ENVIRONMENT": "development", "SEATMARK_CONSOLE_DIR": str(console)}
    past = '{ organization(slug: "romashka") { testClock { now } } }'
    async with running(data_dir, **variables) as first:
        assert first.said.startswith(f"The console is at {first.url}/\n")
        async with asyncio.timeout(ENDING):
            while "2026-08-14T09:00" not in (await ask(first.url, first.operator_key, past)).text:
                await asyncio.sleep(0.05)
        assert await first.end(signal.SIGTERM) == 0
        await nothing_left(first)
        key, said = first.operator_key, data_dir.with_suffix(".out").read_text()
        assert "Another organization, with two months behind it: romashka\n" in said
        assert first.errors().count("was not made") == 0
    async with running(data_dir, **variables) as second:
        slugs = "{ organizations(first: 10) { nodes { slug } } }"
        found = (await ask(second.url, key, slugs)).json()["data"]["organizations"]["nodes"]
        assert sorted(one["slug"] for one in found) == ["demo", "romashka"]


async def test_ctrl_c_in_the_middle_of_the_start_leaves_nothing(tmp_path: Path) -> None:
    process = start(tmp_path / "data", servers.free_port())
    family: set[psutil.Process] = set()
    while not {"postgres"} <= {child.name() for child in family if child.is_running()}:
        family |= set(psutil.Process(process.pid).children(recursive=True))
        await asyncio.sleep(0.02)
    os.killpg(process.pid, signal.SIGINT)
    assert await asyncio.to_thread(process.wait, ENDING) == 0
    assert psutil.wait_procs(family, timeout=5.0)[1] == []


@pytest.mark.slow
async def test_killed_outright_it_starts_again_and_either_way_nothing_outlives_it(data_dir: Path) -> None:
    async with running(data_dir) as up:
        key = up.operator_key
        up.process.kill()
        await up.ended()
        assert await up.left() == []
    async with running(data_dir) as again:
        assert "Operator key: shown at the first start; `seatmark operator-key` makes another." in again.said
        assert key not in again.said
        assert (await ask(again.url, key)).json()["data"] == ANSWER

        (api,) = [process for process in again.family if process.cmdline()[-1:] == ["api"]]
        api.kill()
        assert await again.ended() == 1
        assert "seatmark: the api ended by itself (SIGKILL); stopping the rest\n" in again.errors()
        await nothing_left(again)


async def test_a_taken_port_is_refused(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        error = await refused(tmp_path / "data", port)
    assert error == f"seatmark: cannot listen on 127.0.0.1:{port}: Address already in use (set SEATMARK_PORT)"


async def test_a_wrong_host_is_refused(tmp_path: Path) -> None:
    port = servers.free_port()
    error = await refused(tmp_path / "data", port, SEATMARK_HOST="192.0.2.1")
    assert error.startswith(f"seatmark: cannot listen on 192.0.2.1:{port}: ")
    assert error.endswith(" (set SEATMARK_HOST)")


async def test_a_wrong_setting_is_refused(tmp_path: Path) -> None:
    error = await refused(tmp_path / "data", servers.free_port(), SEATMARK_GRACE_MINUTES="half an hour")
    assert error.startswith("seatmark: SEATMARK_GRACE_MINUTES: Input should be a valid integer")


@pytest.mark.parametrize("key", [" ", "\n", "two words", "ключ", "hush\x7f", "hush\u200b"])
def test_an_operator_key_that_no_header_can_carry_is_refused(monkeypatch: pytest.MonkeyPatch, key: str) -> None:
    monkeypatch.setenv("SEATMARK_OPERATOR_KEY", key)
    with pytest.raises(SettingsError) as refusal:
        load_settings()
    reason = "must be visible ASCII characters, without blanks between them"
    assert str(refusal.value) == f"SEATMARK_OPERATOR_KEY: {reason}"


@pytest.mark.parametrize(
    "address", ["nonsense", "mysql://u:hush@localhost/seatmark", "postgresql://u:hush#hush@localhost:5432/seatmark"]
)
async def test_a_database_url_that_is_none_is_refused(address: str) -> None:
    with pytest.raises(StartError, match=r"^DATABASE_URL") as refusal:
        await given.check_database(address)
    assert "hush" not in str(refusal.value)


async def test_an_unreachable_database_is_refused(tmp_path: Path) -> None:
    port = servers.free_port()
    url = f"postgresql://u:hush@127.0.0.1:{port}/seatmark"
    reason = f"seatmark: DATABASE_URL: cannot reach 127.0.0.1:{port}: connection refused"
    assert await refused(tmp_path / "data", servers.free_port(), DATABASE_URL=url) == reason
    migrated = await seatmark("migrate", DATABASE_URL=url)
    assert (migrated.returncode, migrated.stdout, migrated.stderr) == (1, "", f"{reason}\n")
    given_urls = {"SEATMARK_API_DATABASE_URL": url, "SEATMARK_APP_DATABASE_URL": url}
    for ended in await asyncio.gather(*(seatmark(name, **given_urls) for name in ("api", "worker"))):
        assert (ended.returncode, ended.stdout) == (1, "")
        assert ended.stderr == f"{reason}\n".replace("DATABASE_URL", "SEATMARK_APP_DATABASE_URL")


async def test_nobody_is_served_by_the_owner_of_the_tables(database: str, redis_url: str) -> None:
    own = await servers.variables(database, REDIS_URL=redis_url)
    without = {name: value for name, value in own.items() if not name.endswith("_DATABASE_URL")}
    refusals = {
        "SEATMARK_APP_DATABASE_URL is not set (`up` makes it; this command does not)": without,
        "SEATMARK_APP_DATABASE_URL: this login owns the tables or stands above row security; take another": own
        | {"SEATMARK_APP_DATABASE_URL": database},
    }
    for reason, variables in refusals.items():
        for name in ("api", "worker"):
            ended = await seatmark(name, DATABASE_URL=database, **variables)
            assert (ended.returncode, ended.stdout, ended.stderr) == (1, "", f"seatmark: {reason}\n")
    ended = await seatmark("api", **own | {"SEATMARK_API_DATABASE_URL": own["SEATMARK_APP_DATABASE_URL"]})
    assert ended.stderr == (
        "seatmark: SEATMARK_API_DATABASE_URL: this login is a member of seatmark_app too, to whom every organization "
        "exists\n"
    )


async def test_a_database_that_has_other_tables_is_refused(tmp_path: Path, database_url: str, redis_url: str) -> None:
    async with servers.own_database(servers.named(database_url, "postgres"), f"foreign_{os.getpid()}") as address:
        connection = await asyncpg.connect(address)
        await connection.execute("CREATE TABLE organizations (name text)")
        await connection.close()
        error = await refused(tmp_path / "data", servers.free_port(), DATABASE_URL=address, REDIS_URL=redis_url)
        assert error == 'seatmark: the database cannot be used: relation "organizations" already exists'


async def test_a_database_that_lets_us_make_no_tables_is_refused(database_url: str) -> None:
    server, role = servers.named(database_url, "postgres"), f"seatmark_test_{os.getpid()}"
    async with servers.own_database(server, role) as address:
        connection = await asyncpg.connect(address)
        await connection.execute(f"CREATE ROLE {role} LOGIN PASSWORD 'hush'")
        try:
            place = urlsplit(address).netloc.rpartition("@")[2]
            migrated = await seatmark(
                "migrate", DATABASE_URL=address.replace(f"//{urlsplit(address).netloc}/", f"//{role}:hush@{place}/")
            )
        finally:
            await connection.execute(f"DROP ROLE {role}")
            await connection.close()
    assert migrated.stderr == "seatmark: the database cannot be used: permission denied for schema public\n"
    assert migrated.returncode == 1


async def test_an_unreachable_redis_is_refused(tmp_path: Path) -> None:
    port = servers.free_port()
    error = await refused(tmp_path / "data", servers.free_port(), REDIS_URL=f"redis://:hush@127.0.0.1:{port}/0")
    assert error == f"seatmark: REDIS_URL: cannot reach 127.0.0.1:{port}: connection refused"


async def test_a_redis_url_that_is_none_is_refused() -> None:
    with pytest.raises(StartError, match=r"^REDIS_URL must look like redis://host:6379/0$"):
        await given.check_redis("http://:hush@127.0.0.1:1/0")


async def test_a_redis_database_that_is_none_is_refused(redis_url: str) -> None:
    with pytest.raises(StartError, match=r"^REDIS_URL: the server refused: .*DB index is out of range$"):
        await given.check_redis(servers.numbered(redis_url, "gw999"))


@pytest.mark.parametrize(
    ("called", "pasted"),
    [
        (".venv/bin/seatmark", ".venv/bin/seatmark up"),
        ("/of some one/bin/seatmark", "'/of some one/bin/seatmark' up"),
        ("/work/app/cli.py", "seatmark up"),
    ],
)
def test_a_command_is_named_as_it_was_called(monkeypatch: pytest.MonkeyPatch, called: str, pasted: str) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setattr("sys.argv", [called])
    assert command("up") == pasted


async def test_given_servers_are_used_and_beside_a_running_one_only_a_key_can_be_made(
    tmp_path: Path, database: str, redis_url: str, clean_database: None
) -> None:
    data_dir = tmp_path / "data"
    async with running(data_dir, DATABASE_URL=database, REDIS_URL=redis_url) as up:
        assert {process.name() for process in up.family} & {"postgres", "valkey-server"} == set()
        assert not list(data_dir.glob("*/*"))
        assert (await ask(up.url, "no such key")).json().get("data") is None

        made = await seatmark("operator-key", SEATMARK_DATA_DIR=str(data_dir))
        assert (made.returncode, made.stderr) == (0, "")
        key = made.stdout.removesuffix("\n")
        assert (await ask(up.url, key)).json()["data"] == ANSWER

        second = await seatmark("up", SEATMARK_DATA_DIR=str(data_dir), SEATMARK_PORT=str(servers.free_port()))
        assert second.returncode == 1
        assert second.stderr == f"seatmark: another `seatmark up` is running on the data directory {data_dir}\n"
        assert (await ask(up.url, key)).json()["data"] == ANSWER
        assert await up.end(signal.SIGINT) == 0
