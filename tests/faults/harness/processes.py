"""Real processes of ours, each known by its id, that are killed, stopped and told to end."""

import asyncio
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from app import db
from app.processes import spawn, stop
from tests import servers

PATIENCE = 60.0
"""Seconds that a test waits for something to come about; what takes longer has failed."""


@dataclass(slots=True)
class Process:
    """A process and what it says."""

    running: subprocess.Popen[bytes]
    log: Path

    @property
    def pid(self) -> int:
        return self.running.pid

    @property
    def is_alive(self) -> bool:
        return self.running.poll() is None

    def send(self, by: signal.Signals) -> None:
        self.running.send_signal(by)

    async def ended(self, patience: float = PATIENCE) -> int:
        """Wait for its end; gives how it ended: negative for a signal."""
        await until(lambda: not self.is_alive, "the process ends", patience, self)
        return self.running.returncode

    async def kill(self) -> None:
        self.send(signal.SIGKILL)
        assert await self.ended() == -signal.SIGKILL

    async def says(self, text: str, patience: float = PATIENCE) -> None:
        """Wait until its log has a text in it."""
        await until(lambda: text in self.log.read_text(), f"the process says {text!r}", patience, self)


@asynccontextmanager
async def run(
    arguments: list[str], variables: Mapping[str, str], log: Path, *, patience: float = 35.0
) -> AsyncIterator[Process]:
    """Run `seatmark ARGUMENTS…` beside the test; what is still there at the end of the block is told to end, also if it
    is stopped."""
    with log.open("ab") as output:
        command = [sys.executable, "-m", "app.cli", *arguments]
        running = spawn(command, output=output, dies_by=signal.SIGKILL, environment=servers.environment(**variables))
    try:
        yield Process(running, log)
    finally:
        if running.poll() is None:
            running.send_signal(signal.SIGCONT)
        await stop(running, patience=patience)


@asynccontextmanager
async def run_worker(database: str, redis_url: str, log: Path, *arguments: str, **more: str) -> AsyncIterator[Process]:
    """Run `seatmark worker ARGUMENTS…`, with more variables in its environment."""
    variables = await servers.variables(database, REDIS_URL=redis_url, **more)
    async with run(["worker", *arguments], variables, log) as process:
        yield process


async def until(
    is_so: Callable[[], bool | Awaitable[bool]], what: str, patience: float = PATIENCE, process: Process | None = None
) -> None:
    """Wait for it. Raises: AssertionError, with the end of what the process said."""
    deadline = asyncio.get_running_loop().time() + patience
    while True:
        found = is_so()
        if found if isinstance(found, bool) else await found:
            return
        if asyncio.get_running_loop().time() > deadline:
            said = process.log.read_text()[-4000:] if process is not None else ""
            raise AssertionError(f"waited {patience:.0f} s in vain until {what}\n{said}")
        await asyncio.sleep(0.05)


async def a_minute_passes() -> None:
    """After which a run that did not show itself is lost, and its chunk is rung again (app/jobs/runs.py)."""
    await db.fetch("UPDATE job_runs SET seen_at = seen_at - interval '61 seconds' WHERE ended_at IS NULL")
