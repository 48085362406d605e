"""Processes whose clock is wrong, by libfaketime (Debian's package; `make faults` installs it). Never the machine's."""

import os
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import pytest

from app.embedded import run_postgres
from tests.servers import FAST

LIBRARY = Path("/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1")
LIBRARIES = [LIBRARY, *Path("/usr/lib").glob("*/faketime/libfaketime.so.1")]


def wrong_by(offset: str) -> dict[str, str]:
    """The environment of a process whose clock is wrong by "-70s", "+1h", "-1d" …; what it measures time with runs
    right. The test is skipped where the library is not installed."""
    library = next((one for one in LIBRARIES if one.exists()), None)
    if library is None:
        pytest.skip("libfaketime is not installed: `make faults` installs it")
    return {
        "LD_PRELOAD": str(library),
        "FAKETIME": offset,
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "FAKETIME_NO_CACHE": "1",
    }


@asynccontextmanager
async def postgres_at(directory: Path, offset: str) -> AsyncIterator[str]:
    """A PostgreSQL of the test's own in a directory, whose clock is wrong by so much; gives its address. Run again on
    the same directory, it has what it had."""
    if not directory.joinpath("postgres", "PG_VERSION").exists():
        async with run_postgres(directory, FAST):  # made by a clock that is right: initdb takes no other
            pass
    async with run_postgres_in(wrong_by(offset), directory) as address:
        yield address


@asynccontextmanager
async def run_postgres_in(variables: Mapping[str, str], directory: Path) -> AsyncIterator[str]:
    with _environment(variables):
        server = run_postgres(directory, FAST)
        address = await server.__aenter__()
    try:
        yield address
    finally:
        await server.__aexit__(None, None, None)


@contextmanager
def _environment(variables: Mapping[str, str]) -> Iterator[None]:
    """For processes that are started meanwhile; this one has read its own."""
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
