"""R1 over again: trial, retention, closing and purge, and the statements of the months on the way (R5.4).

The middle of the model, see `model.py`.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from tests.machine.month import GRACE
from tests.machine.state import RefusedError, State, Statement

DAY = timedelta(hours=24)


@dataclass
class Life(State):
    """`unclosed` is some instant of the first month that has no statement; `warned` says when the last warning before
    a purge due then was written."""

    closed_at: datetime | None = None
    spared_until: datetime | None = None
    is_held: bool = False
    warned: dict[datetime, datetime] = field(default_factory=dict)
    purged_at: datetime | None = None
    unclosed: datetime = field(init=False)

    def __post_init__(self) -> None:
        super().__post_init__()
        self.unclosed = self.activated_at

    def require_open(self) -> None:
        if self.purged_at is not None:
            raise RefusedError("ORGANIZATION_PURGED")
        if self.closed_at is not None:
            raise RefusedError("ORGANIZATION_CLOSED")

    def close(self, at: datetime) -> None:
        """R1.10: seats stay, and nothing is charged meanwhile."""
        self.closed_at = at
        self.suspensions.append((at, None))

    def reopen(self, at: datetime) -> None:
        if self.closed_at is None:
            raise RefusedError("INVALID_INPUT")
        self.suspensions[-1] = (self.closed_at, at)
        self.closed_at, self.spared_until = None, at

    def hold(self, at: datetime, *, is_held: bool) -> None:
        if self.is_held and not is_held:
            self.spared_until = at
        self.is_held = is_held

    def extend(self, at: datetime, by: timedelta) -> None:
        ends_at = self.trial_ends_at + by
        if at >= self.trial_ends_at or ends_at > self.activated_at + 180 * DAY:
            raise RefusedError("INVALID_INPUT")
        self.trial_ends_at = ends_at
        self.settle(at)

    # What time does

    def subscribed_from(self) -> datetime | None:
        """R1.5: when a subscription was first in force after the trial."""
        charged = [one for one in self.subscriptions if one.until is None or one.until > self.trial_ends_at]
        return min((max(one.since, self.trial_ends_at) for one in charged), default=None)

    def purge_at(self) -> datetime | None:
        """R1.5, R1.7, R1.10, 0019; by then it has been warned at the latest a day before, if workers live."""
        if self.is_held or (self.closed_at is None and self.subscribed_from() is not None):
            return None
        due = (self.closed_at or self.trial_ends_at) + 30 * DAY
        return due if self.spared_until is None else max(due, self.spared_until + DAY)

    def next_due(self, after: datetime) -> datetime | None:
        due = [self.calendar.end(self.unclosed) + GRACE]
        purge_at = self.purge_at()
        if purge_at is not None:
            due += [purge_at - DAY, max(purge_at, self.warned[purge_at] + DAY) if purge_at in self.warned else purge_at]
        return min((one for one in due if one > after), default=None)

    def warn(self, reading: datetime, at: datetime) -> None:
        """At that reading of the clock, a day before the purge."""
        purge_at = self.purge_at()
        if purge_at is not None and purge_at - DAY <= reading:
            self.warned.setdefault(purge_at, at)

    def close_month(self) -> None:
        """Write the statement of the first month that has none (R5.4)."""
        at = self.unclosed
        most, reached = self._peak(at)
        total = self.amount(most, at)
        if self.trial_ends_at >= self.calendar.end(at):
            statement = Statement(self.calendar.key(at), "TRIAL", 0, None, Decimal(0))
        else:
            outcome = "BILLED" if total else "FREE"
            statement = Statement(self.calendar.key(at), outcome, most, reached, total)
        self.statements.append(statement)
        self.unclosed = self.calendar.end(at)

    def sweep(self, at: datetime) -> None:
        """A month has begun: those who waited since before are looked at again."""
        start = self.calendar.start(self.unclosed)
        is_begun = self.closed_at is None and start <= at
        if is_begun and any(wait.checked < start for wait in self.waits.values()):
            self.settle(at)

    def purge(self, reading: datetime) -> None:
        """R1.7: due, warned a day ago, everything charged and paid."""
        purge_at = self.purge_at()
        if purge_at is None or purge_at not in self.warned or reading < max(purge_at, self.warned[purge_at] + DAY):
            return
        if not any(one.total for one in self.statements) and not self._is_unbilled(reading):
            self.purged_at = reading

    def _is_unbilled(self, at: datetime) -> bool:
        """Whether a month is over, or the one of the closing was charged, and has no statement."""
        since = self.subscribed_from()
        is_charged = self.closed_at is not None and since is not None and since <= self.closed_at
        return self.calendar.end(self.unclosed) <= at or (
            is_charged and self.closed_at is not None and self.calendar.start(self.unclosed) <= self.closed_at
        )
