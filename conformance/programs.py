"""Runs the programs of others, most of them of the npm project in this folder."""

import asyncio
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
ROOT = HERE.parent

_PATIENCE = 120.0  # seconds that a program may take


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a program ended, and all it said."""

    exit_code: int
    output: str


async def run(
    *command: str, cwd: Path = HERE, variables: Mapping[str, str] | None = None, patience: float = _PATIENCE
) -> Outcome:
    """Run a program of node_modules/.bin, or with "node" a script, to its end."""
    path = f"{HERE / 'node_modules' / '.bin'}{os.pathsep}{os.environ['PATH']}"
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=cwd,
        env={**os.environ, "PATH": path, "NO_COLOR": "1", **(variables or {})},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        output, _ = await asyncio.wait_for(process.communicate(), patience)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return Outcome(process.returncode or 0, output.decode())


async def report(script: str, **given: Any) -> Any:
    """What a script of this folder, which is given an object, answers on the last line that it prints."""
    outcome = await run("node", script, json.dumps(given))
    assert outcome.exit_code == 0, outcome.output
    return json.loads(outcome.output.splitlines()[-1])
