"""Load: many requests by wrk, where it is there (Debian's package), or else by a client in a process of its own."""

import asyncio
import json
import shutil
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

SECONDS = 2
"""Of one round."""
CONNECTIONS = 8
_SCRIPT = Path(__file__).with_name("post.lua")


@dataclass(frozen=True, slots=True)
class Load:
    """What came of it; `p50` and `p99` in seconds."""

    requests: int
    seconds: float
    failures: int
    p50: float
    p99: float

    @property
    def seconds_each(self) -> float:
        """Of the server's time, if it is busy all the while."""
        return self.seconds / self.requests


@dataclass(frozen=True, slots=True)
class Door:
    """Where requests are sent, and with what key."""

    url: str
    token: str
    accepts: str = "application/json"


async def press(
    door: Door,
    bodies: Sequence[Sequence[str]],
    *,
    seconds: int = SECONDS,
    connections: int = CONNECTIONS,
    pause: float | None = None,
) -> Load:
    """Send the bodies over and over, each list by a thread with its share of the connections, which wait so many
    seconds between requests, on an average.

    Raises: RuntimeError when one of them was refused.
    """
    with tempfile.TemporaryDirectory(prefix="seatmark-load-") as folder:
        for number, own in enumerate(bodies):
            (Path(folder) / str(number)).write_text("".join(f"{body}\n" for body in own))
        given = [door.url, "--", folder, door.token, door.accepts, *([str(pause * 1000)] if pause else [])]
        sizes = [f"-t{len(bodies)}", f"-c{connections}", f"-d{seconds}s", "--timeout", "30s"]
        program = ["wrk"] if shutil.which("wrk") else [sys.executable, "-m", "bench.client"]
        process = await asyncio.create_subprocess_exec(
            *program, *sizes, "-s", str(_SCRIPT), *given, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
        )
        output, errors = await process.communicate()
    found = [line for line in output.decode().splitlines() if line.startswith("RESULT ")]
    if not found:
        raise RuntimeError(f"no load came: {output.decode()}{errors.decode()}")
    load = Load(**json.loads(found[-1].removeprefix("RESULT ")))
    if load.failures or not load.requests:
        raise RuntimeError(f"{load.failures} of {load.requests} failed: {errors.decode()}")
    return load
