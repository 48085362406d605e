"""Instants: the one of a change, and how they are written (R0.1)."""

from datetime import UTC, datetime, timedelta

TICK = timedelta(microseconds=1)
"""The smallest step between two instants."""


def instant_of_change(reading: datetime, last_change_at: datetime) -> datetime:
    """The later of the clock's reading and one microsecond after the last change: no two changes share one."""
    return max(reading, last_change_at + TICK)


def clock_text(instant: datetime) -> str:
    """What a clock of its zone shows, for people: 14:03, or 14:03:22 when there are seconds.

    What is below a second is cut off, never rounded up: the last instant of a month stays in it.
    """
    return f"{instant:%H:%M:%S}" if instant.second else f"{instant:%H:%M}"


def instant_text(instant: datetime) -> str:
    """RFC 3339 in UTC: 2021-01-31T21:00:00Z."""
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")
