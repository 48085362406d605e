"""What time does, and how an organization's life goes: trial, closing, retention, purge."""

from datetime import datetime, timedelta

from hypothesis import strategies as st

from app.retention.holds import set_legal_hold
from app.retention.life import close_organization, extend_trial, reopen_organization
from tests.factories import OPERATOR, jump
from tests.machine import ledger
from tests.machine.life import DAY
from tests.machine.month import GRACE
from tests.machine.state import TICK
from tests.machine.walk import POLICIES, Walk, step

STRETCHES = {
    "a second": timedelta(seconds=1),
    "ten minutes": timedelta(minutes=10),
    "the grace": GRACE,
    "more than the grace": GRACE + TICK,
    "two days": 2 * DAY,
    "two weeks": 14 * DAY,
}
BORDERS = {
    "before the month ends": timedelta(minutes=-10),
    "the month's end": timedelta(0),
    "before it closes": GRACE - TICK,
    "when it closes": GRACE,
}
moments = st.sampled_from([*STRETCHES, *BORDERS])
PROMPTLY = timedelta(milliseconds=1)
"""What is due happens at that reading of the clock, a tick after the change before."""


class Lifetime(Walk):
    """Time, and what ends an organization."""

    @step(moment=moments)
    def advance(self, moment: str) -> None:
        """With everything done that falls due on the way."""
        self.advance_to(self.later(moment))

    @step(moment=moments)
    def jump(self, moment: str) -> None:
        """With no worker alive."""
        self.jump_to(self.later(moment))

    @step(how=st.integers(0, 2))
    def close(self, how: int) -> None:
        """Also what is closed already, which is refused."""
        if how == 0 or self.model.closed_at is not None:
            self.do(close_organization(OPERATOR, self.company.id), lambda _, at: self.model.close(at))

    @step(when=lambda self: self.model.closed_at is not None)
    def reopen(self) -> None:
        self.do(
            reopen_organization(OPERATOR, self.company.id, POLICIES),
            lambda _, at: self.model.reopen(at),
            even_closed=True,
        )

    @step(is_held=st.sampled_from([True, False, False]))
    def hold(self, is_held: bool) -> None:
        self.do(
            set_legal_hold(OPERATOR, self.company.id, "a court asks" if is_held else None),
            lambda _, at: self.model.hold(at, is_held=is_held),
            even_closed=True,
        )

    @step(days=st.sampled_from([1, 7, 30, 200]))
    def extend(self, days: int) -> None:
        by = timedelta(days=days)
        self.do(
            extend_trial(OPERATOR, self.company.id, self.model.trial_ends_at + by, POLICIES),
            lambda _, at: self.model.extend(at, by),
        )

    def jump_to(self, to: datetime) -> None:
        self.clock = to
        self.run(jump(self.company.clock_id, to))

    def advance_to(self, to: datetime) -> None:
        self.run(ledger.advance(self.company, to, POLICIES))
        done = self.run(ledger.list_done(self.company.id))
        reading: datetime | None = self.clock
        while reading is not None and reading <= to and self.model.purged_at is None:
            self.do_due(reading, done)
            reading = self.model.next_due(reading)
        assert [ledger.statement_of(row) for row in done.closings] == self.model.statements
        assert (done.purge_decided_at is None) == (self.model.purged_at is None)
        self.clock = to
        self.look()

    def do_due(self, reading: datetime, done: ledger.Done) -> None:
        """What the clock's reading makes the model do, at the instants at which the product did so."""
        self.model.warn(reading, max(reading, self.last_change_at + TICK))
        while self.model.calendar.end(self.model.unclosed) + GRACE <= reading:
            self.model.close_month()
            assert reading <= done.closings[len(self.model.statements) - 1]["closed_at"] < reading + PROMPTLY
        swept = [at for at in done.swept if reading <= at < reading + PROMPTLY]
        self.model.sweep(swept[0] if swept else reading + PROMPTLY)
        self.model.purge(reading)
        if self.model.purged_at is not None:
            assert done.purge_decided_at is not None, "the purge was due"
            assert reading <= done.purge_decided_at < reading + PROMPTLY

    def later(self, moment: str) -> datetime:
        if moment in STRETCHES:
            return self.clock + STRETCHES[moment]
        border = self.model.calendar.end(self.clock) + BORDERS[moment]
        return border if border > self.clock else border + timedelta(minutes=15)
