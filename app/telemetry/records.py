"""What one request, or one run of a job, comes to: kept while it lasts, and told when it is over.

Ids and names of our own alone: no address, no text of a caller, nothing that is personal (decision 0062).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

MOST_TOLD = 10
"""Organizations that a line of the log names."""


@dataclass(slots=True)
class Record:
    """`operation` is one of names that we chose. `is_refused`: a caller was told that something cannot be done;
    `has_failed`: something broke."""

    operation: str = "none"
    actor: tuple[str, str] | None = None
    """Kind and id."""
    organizations: set[str] = field(default_factory=set)
    """Those that were touched, as far as it is known."""
    cost: int | None = None
    sql_seconds: float = 0.0
    statements: int = 0
    is_refused: bool = False
    has_failed: bool = False

    def facts(self) -> dict[str, Any]:
        """For the log."""
        facts: dict[str, Any] = {
            "operation": self.operation,
            "organizations": sorted(self.organizations)[:MOST_TOLD],
            "sql_ms": round(self.sql_seconds * 1000, 2),
            "statements": self.statements,
        }
        if self.actor is not None:
            facts["actor_kind"], facts["actor_id"] = self.actor
        if self.cost is not None:
            facts["cost"] = self.cost
        return facts


_record: ContextVar[Record | None] = ContextVar("record", default=None)


def current() -> Record | None:
    """The one that is kept, if one is."""
    return _record.get()


@contextmanager
def kept() -> Iterator[Record]:
    """What is inside is one request, or one run."""
    record = Record()
    token = _record.set(record)
    try:
        yield record
    finally:
        _record.reset(token)


def touch(organization_id: object) -> None:
    """An organization that something is done to."""
    record = _record.get()
    if record is not None and len(record.organizations) <= MOST_TOLD:
        record.organizations.add(str(organization_id))


def note_statement(seconds: float) -> None:
    """One statement, and how long it was waited for."""
    record = _record.get()
    if record is not None:
        record.statements += 1
        record.sql_seconds += seconds
