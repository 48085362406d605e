"""What every fault test ends with: nothing lost, and every invariant (faults.md)."""

import asyncio
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests import servers
from tests.client import Client
from tests.faults.harness.journal import Journal

NONE: frozenset[int] = frozenset()


async def check_all(
    database: str, journal: Journal | None = None, client: Client | None = None, *, but: frozenset[int] = NONE
) -> None:
    """Settle and verify the journal; then `seatmark check` must find every invariant to hold, `but` those that this
    test breaks on purpose."""
    if journal is not None:
        assert client is not None, "whoever has a journal has a client"
        await journal.settle(client)
        await journal.verify(client)
    findings = await check(database)
    broken = [one for one in findings if not one["holds"] and one["invariant"] not in but]
    assert broken == []


async def check(database: str) -> list[Any]:
    """What `seatmark check` finds, run as operators do."""
    command = [str(Path(sys.executable).with_name("seatmark")), "check", "--json"]
    environment = servers.environment(DATABASE_URL=database)
    ended = await asyncio.to_thread(
        subprocess.run, command, env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert ended.returncode in (0, 1), ended.stderr
    findings: list[Any] = json.loads(ended.stdout)
    return findings
