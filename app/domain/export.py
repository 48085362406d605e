"""An organization's export: where it stands, derived from its row and the time (R1.9)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

EXPORT_LIFETIME = timedelta(days=7)
"""Of real time, from when the file was ready."""
MOST_ATTEMPTS = 5
"""Jobs that may begin an export; if none of them finished it, it has failed."""


class ExportState(Enum):
    PENDING = "PENDING"
    RUNNING = "RUNNING"
    READY = "READY"
    EXPIRED = "EXPIRED"
    FAILED = "FAILED"


@dataclass(frozen=True, slots=True)
class ExportFacts:
    attempts: int
    rows_total: int | None
    rows_done: int
    finished_at: datetime | None
    failed_at: datetime | None
    expires_at: datetime | None


def export_state(facts: ExportFacts, now: datetime) -> ExportState:
    """`now` is real time, also for an organization on a test clock."""
    if facts.failed_at is not None:
        return ExportState.FAILED
    if facts.expires_at is not None:
        return ExportState.READY if now < facts.expires_at else ExportState.EXPIRED
    return ExportState.RUNNING if facts.attempts else ExportState.PENDING


def percent_done(facts: ExportFacts) -> int:
    """Of the rows, rounded down; 100 only when the file is ready."""
    if facts.finished_at is not None:
        return 100
    if not facts.rows_total:
        return 0
    return min(99, facts.rows_done * 100 // facts.rows_total)
