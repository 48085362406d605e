"""`make bench`: every figure, or those of the modules that are named, as a table and in build/bench.json."""

import asyncio
import sys
from importlib import import_module
from pathlib import Path

from bench.figures import Figure, tell
from bench.server import run

MODULES = (
    "checking",
    "listing",
    "previewing",
    "changing",
    "subscribing",
    "applying",
    "month_end",
    "purging",
    "starting",
    "growing",
)


async def _measure() -> None:
    """Raises: SystemExit when a figure is missed."""
    figures: list[Figure] = []
    try:
        for name in sys.argv[1:] or MODULES:
            print(f"{name} …", flush=True)
            figures += await import_module(f"bench.{name}").measure()
    finally:  # also what was measured before one failed
        tell(figures, Path("build/bench.json"))
    if not all(one.is_met for one in figures):
        raise SystemExit(1)


if __name__ == "__main__":
    asyncio.run(run(_measure))
