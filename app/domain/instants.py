"""Instants: the one of a change, and how they are written (R0.1)."""

from datetime import UTC, datetime, timedelta

TICK = timedelta(microseconds=1)
"""The smallest step between two instants."""


def instant_of_change(reading: datetime, last_change_at: datetime) -> datetime:
    """The later of the clock's reading and one microsecond after the last change: no two changes share one."""
    return max(reading, last_change_at + TICK)


def instant_text(instant: datetime) -> str:
    """RFC 3339 in UTC: 2021-01-31T21:00:00Z."""
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")
