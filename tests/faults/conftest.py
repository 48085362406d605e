"""Fixtures of fault tests."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults.harness.journal import Journal


@pytest.fixture(autouse=True)
def _finished(invariants_hold: None) -> None:
    """As every fault test does (faults.md)."""


Inject = Callable[[str, str, int, str], None]


@pytest.fixture
def injected(record_property: Callable[[str, object], None]) -> Inject:
    """A line for the table at the end of `make faults`: the fault's number, what was injected, how often, and what was
    found. Said before it is checked, so that a test that fails is in the table as well."""

    def tell(number: str, what: str, times: int, found: str) -> None:
        record_property("fault", (number, what, times, found))

    return tell


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return Journal(tmp_path / "journal.jsonl")
