"""One organization as the rules say it is: who is covered, sits and waits, and what the month costs.

The lower half of the model, see `model.py`.
"""

from collections.abc import Callable, Collection
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from tests.machine.month import FREE, Calendar, Interval, counted, merge, peak, price

TICK = timedelta(microseconds=1)

Subject = tuple[str, UUID]
"""("member" | "team" | "department" | "everyone", its id)."""


class RefusedError(Exception):
    """By rule, with the code of every problem."""

    def __init__(self, *codes: str, seats: int | None = None) -> None:
        super().__init__(*codes)
        self.codes = codes
        self.seats = seats


@dataclass
class Person:
    id: UUID
    status: str
    is_owner: bool = False
    is_robot: bool = False
    is_erased: bool = False
    department: UUID | None = None
    invited_until: datetime | None = None


@dataclass
class Subscription:
    number: int
    subject: Subject
    joins: str
    since: datetime
    started_by: int
    until: datetime | None = None
    ended_by: int | None = None


@dataclass
class Grant:
    subscription: int
    member: UUID
    since: datetime
    until: datetime | None = None
    granted_by: int | None = None
    """The explicit change that did so."""


@dataclass
class Wait:
    since: datetime
    reason: str
    checked: datetime


@dataclass
class Change:
    """An explicit one, which can be undone."""

    at: datetime
    is_undone: bool = False


@dataclass(frozen=True)
class Choice:
    """Whom an explicit change seats, whatever the joins: who is covered by what the change `begun` began, who is
    `insisted` on, and each of those `returning` through one subscription. The `released` lose their seat and wait."""

    change: int | None = None
    begun: int | None = None
    insisted: Collection[UUID] = ()
    returning: Collection[tuple[int, UUID]] = ()
    released: Collection[UUID] = ()


NOBODY = Choice()


@dataclass
class Statement:
    month: tuple[int, int]
    outcome: str
    peak: int
    reached: datetime | None
    total: Decimal


@dataclass
class State:
    organization: UUID
    calendar: Calendar
    activated_at: datetime
    most_grants: int
    has_profile: bool
    cap: int | None = None
    budget: Decimal | None = None
    contracts: list[tuple[int, tuple[int, int], tuple[int, int] | None]] = field(default_factory=list)
    people: dict[UUID, Person] = field(default_factory=dict)
    departments: dict[UUID, UUID | None] = field(default_factory=dict)
    teams: dict[UUID, set[UUID]] = field(default_factory=dict)
    subscriptions: list[Subscription] = field(default_factory=list)
    grants: list[Grant] = field(default_factory=list)
    waits: dict[tuple[int, UUID], Wait] = field(default_factory=dict)
    changes: dict[UUID, Change] = field(default_factory=dict)
    numbers: dict[UUID, int] = field(default_factory=dict)
    requests: list[tuple[int, str]] = field(default_factory=list)
    statements: list[Statement] = field(default_factory=list)
    suspensions: list[Interval] = field(default_factory=list)
    last_change: int = 0
    trial_ends_at: datetime = field(init=False)

    def __post_init__(self) -> None:
        self.trial_ends_at = self.activated_at + timedelta(hours=30 * 24)

    def attempt(self, act: Callable[[], object]) -> list[str]:
        """The codes of what refuses it; none when it is done. What is refused changes nothing (R3.10)."""
        before = deepcopy(self.__dict__)
        try:
            act()
        except RefusedError as refused:
            self.__dict__.update(before)
            if refused.seats is not None and refused.codes[0] != "BILLING_PROFILE_REQUIRED":
                self.requests.append((refused.seats, refused.codes[0]))  # R3.7
            return sorted(refused.codes)
        return []

    # Who is covered

    def in_force(self) -> list[Subscription]:
        return [one for one in self.subscriptions if one.until is None]

    def subscription_of(self, subject: Subject) -> Subscription | None:
        return next((one for one in self.in_force() if one.subject == subject), None)

    def covers(self, subscription: Subscription, member: UUID) -> bool:
        """R3.1: groups are of people; a robot is covered by a subscription of its own alone."""
        kind, subject = subscription.subject
        person = self.people[member]
        if subscription.until is not None or person.status != "ACTIVE":
            return False
        if kind == "member":
            return subject == member
        if person.is_robot:
            return False
        if kind == "team":
            return member in self.teams.get(subject, ())
        return kind == "everyone" or subject in self.above(person.department)

    def above(self, department: UUID | None) -> list[UUID]:
        """A department and those above it."""
        line = []
        while department is not None:
            line.append(department)
            department = self.departments[department]
        return line

    def holders(self) -> set[UUID]:
        return {grant.member for grant in self.grants if grant.until is None}

    # Settling

    def settle(self, at: datetime, choice: Choice = NOBODY) -> None:
        """Leaves first, then those who keep their seat, then those whom an explicit change chooses, then waiters and
        joiners (R3.2, R3.3, R3.11)."""
        before = self.holders() - set(choice.released)
        self._leave(at)
        self._release(at, choice.released)
        for member in before:
            self._seat(member, at, choice)
        self._seat_chosen(at, choice)
        self._seat_candidates(at, choice)

    def _leave(self, at: datetime) -> None:
        for grant in self.grants:
            if grant.until is None and not self.covers(self.subscriptions[grant.subscription], grant.member):
                grant.until = at
        for number, member in list(self.waits):
            if not self.covers(self.subscriptions[number], member):
                del self.waits[number, member]

    def _release(self, at: datetime, members: Collection[UUID]) -> None:
        for grant in self.grants:
            if grant.until is None and grant.member in members:
                grant.until = at
        for member in members:
            self._let_wait(member, "PEAK_WOULD_RISE", at)

    def _seat(self, member: UUID, at: datetime, choice: Choice) -> None:
        """Through everything that covers them, but for what they joined though nobody joins it."""
        for subscription in self.in_force():
            is_chosen = subscription.started_by == choice.begun or (subscription.number, member) in choice.returning
            is_open = subscription.joins != "NEVER" or is_chosen
            if is_open and self.covers(subscription, member) and not self._holds(subscription, member):
                self.grants.append(Grant(subscription.number, member, at, granted_by=choice.change))
        if member in self.holders():
            self.waits = {key: wait for key, wait in self.waits.items() if key[1] != member}

    def _holds(self, subscription: Subscription, member: UUID) -> bool:
        return any(
            grant.until is None and grant.subscription == subscription.number and grant.member == member
            for grant in self.grants
        )

    def _seat_chosen(self, at: datetime, choice: Choice) -> None:
        """All or none (R3.7, R3.10, R3.13)."""
        standing = self.holders()
        begun = [one for one in self.in_force() if one.started_by == choice.begun]
        chosen = {member for member in self.people if any(self.covers(one, member) for one in begun)}
        chosen |= {*choice.insisted, *(member for _, member in choice.returning)}
        new = chosen - standing
        churned = [member for member in new if self._has_churned(member, at)]
        if churned:  # an undo names a change, not those who come back
            raise RefusedError(*["SEAT_CHURN"] * (len(churned) if choice.insisted or choice.begun else 1))
        total = len(standing | new)
        code = self._limit(total, len(standing), self.standing_peak(at), at) if new else None
        if code is not None:
            raise RefusedError(code, seats=total)
        for member in chosen:
            self._seat(member, at, choice)

    def _seat_candidates(self, at: datetime, choice: Choice) -> None:
        standing, top = len(self.holders()), self.standing_peak(at)
        for member in self._candidates():
            reason = self._reason_to_wait(member, standing, top, at)
            if reason is None:
                self._seat(member, at, choice)
                standing += 1
            else:
                self._let_wait(member, reason, at)

    def _candidates(self) -> list[UUID]:
        """The longest waiting first, then joiners; at a tie by id."""
        seated = self.holders()
        found = [
            (min((wait.since for (_, one), wait in self.waits.items() if one == member), default=None), member)
            for member in self.people
            if member not in seated and self._sources(member)
        ]
        return [member for _, member in sorted(found, key=lambda one: (one[0] is None, one[0] or 0, one[1]))]

    def _sources(self, member: UUID) -> list[Subscription]:
        return [one for one in self.in_force() if one.joins != "NEVER" and self.covers(one, member)]

    def _reason_to_wait(self, member: UUID, standing: int, top: int, at: datetime) -> str | None:
        if self._has_churned(member, at):
            return "SEAT_CHURN"
        code = self._limit(standing + 1, standing, top, at)
        if code is not None:
            return code
        joins_at_once = any(
            one.joins == "ALWAYS" and (one.number, member) not in self.waits for one in self._sources(member)
        )
        if not joins_at_once and self.amount(max(top, standing + 1), at) > self.amount(max(top, standing), at):
            return "PEAK_WOULD_RISE"
        return None

    def _let_wait(self, member: UUID, reason: str, at: datetime) -> None:
        for subscription in self._sources(member):
            kept = self.waits.get((subscription.number, member))
            self.waits[subscription.number, member] = Wait(kept.since if kept else at, reason, at)

    def _has_churned(self, member: UUID, at: datetime) -> bool:
        """R3.13: that many spans begun in the month."""
        start = self.calendar.start(at)
        spans = merge((one.member, one.since, one.until) for one in self.grants if one.member == member)
        return sum(since >= start for _, since, _ in spans) >= self.most_grants

    def _limit(self, seats: int, standing: int, top: int, at: datetime) -> str | None:
        """R3.7, R3.8: why somebody new may not make it so many."""
        if self.cap is not None and seats > self.cap:
            return "SEAT_LIMIT_REACHED"
        if self.budget is not None:
            amount = self.amount(max(top, seats), at)
            if amount > self.budget and amount > self.amount(max(top, standing), at):
                return "BUDGET_REACHED"
        if seats > self.seat_limit(at):
            return "CONTRACT_REQUIRED"
        return "BILLING_PROFILE_REQUIRED" if seats > FREE and not self.has_profile else None

    def seat_limit(self, at: datetime) -> int:
        """R3.7, R4.9: 500, or what the contract recorded last for the month says."""
        month = self.calendar.key(at)
        limits = [most for most, since, until in self.contracts if since <= month and (until is None or month <= until)]
        return limits[-1] if limits else 500

    # Money

    def standing_peak(self, at: datetime, until: datetime | None = None) -> int:
        """The peak of the month of `at` if nothing changes, or of what has passed by `until`."""
        return self._peak(at, until)[0]

    def amount(self, seats: int, at: datetime) -> Decimal:
        """What the month of `at` costs at such a peak; nothing while the trial covers it whole (R1.3, R4.5)."""
        return Decimal(0) if self.trial_ends_at >= self.calendar.end(at) else price(seats)

    def _peak(self, at: datetime, until: datetime | None = None) -> tuple[int, datetime | None]:
        start = max(self.calendar.start(at), self.trial_ends_at)
        end = self.calendar.end(at)
        spans = merge((grant.member, grant.since, grant.until) for grant in self.grants)
        until = min(end, until) if until is not None else end
        return peak(counted(spans, self.calendar), start, until, self.suspensions)
