"""The rules R2, R3 and R4 over again, written from rules.md alone, to be compared with the product step by step.

It knows one organization, is told what happens and when, and says what is refused, who sits through what since when,
who waits for what since when, and what the month costs. It imports nothing of the product; names of subjects,
policies and codes are the words of rules.md.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from tests.machine.month import FREE, GRACE, Calendar, counted, merge, peak, price

TICK = timedelta(microseconds=1)
INVITATION = timedelta(days=14)

Subject = tuple[str, UUID]
"""("member" | "team" | "department" | "everyone", its id)."""


class Refused(Exception):
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


@dataclass
class Statement:
    month: tuple[int, int]
    outcome: str
    peak: int
    reached: datetime | None
    total: Decimal


@dataclass
class Model:
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
    last_change: int = 0

    @property
    def trial_ends_at(self) -> datetime:
        return self.activated_at + timedelta(hours=30 * 24)

    def attempt(self, act: Callable[[], object]) -> list[str]:
        """The codes of what refuses it; none when it is done. What is refused changes nothing (R3.10)."""
        before = deepcopy(self.__dict__)
        try:
            act()
        except Refused as refused:
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

    def settle(
        self, at: datetime, change: int | None = None, insisted: Collection[UUID] = ()
    ) -> None:
        """Leaves first, then those who keep their seat, then those whom an explicit change chooses, then waiters and
        joiners (R3.2, R3.3, R3.11)."""
        before = self.holders()
        self._leave(at)
        for member in before:
            self._seat(member, at, change)
        if change is not None:
            self._seat_chosen(at, change, insisted)
        self._seat_candidates(at)

    def _leave(self, at: datetime) -> None:
        for grant in self.grants:
            if grant.until is None and not self.covers(self.subscriptions[grant.subscription], grant.member):
                grant.until = at
        for number, member in list(self.waits):
            if not self.covers(self.subscriptions[number], member):
                del self.waits[number, member]

    def _seat(self, member: UUID, at: datetime, change: int | None) -> None:
        """Through everything that covers them, but for what they joined though nobody joins it."""
        for subscription in self.in_force():
            is_open = subscription.joins != "NEVER" or (change is not None and subscription.started_by == change)
            if is_open and self.covers(subscription, member) and not self._holds(subscription, member):
                self.grants.append(Grant(subscription.number, member, at))
        if member in self.holders():
            self.waits = {key: wait for key, wait in self.waits.items() if key[1] != member}

    def _holds(self, subscription: Subscription, member: UUID) -> bool:
        return any(
            grant.until is None and grant.subscription == subscription.number and grant.member == member
            for grant in self.grants
        )

    def _seat_chosen(self, at: datetime, change: int, insisted: Collection[UUID]) -> None:
        """All or none (R3.7, R3.10, R3.13)."""
        standing = self.holders()
        begun = [one for one in self.in_force() if one.started_by == change]
        chosen = {member for member in self.people if any(self.covers(one, member) for one in begun)}
        new = (chosen | set(insisted)) - standing
        churned = [member for member in new if self._has_churned(member, at)]
        if churned:
            raise Refused(*["SEAT_CHURN"] * len(churned))
        total = len(standing | new)
        code = self._limit(total, len(standing), self.standing_peak(at), at) if new else None
        if code is not None:
            raise Refused(code, seats=total)
        for member in chosen | set(insisted):
            self._seat(member, at, change)

    def _seat_candidates(self, at: datetime) -> None:
        standing, top = len(self.holders()), self.standing_peak(at)
        for member in self._candidates():
            reason = self._reason_to_wait(member, standing, top, at)
            if reason is None:
                self._seat(member, at, None)
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
        limits = [
            most for most, since, until in self.contracts if since <= month and (until is None or month <= until)
        ]
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
        return peak(counted(spans, self.calendar), start, min(end, until) if until is not None else end)

    # What people do

    def invite(
        self, at: datetime, member: UUID, *, status: str, is_robot: bool, department: UUID | None, teams: Iterable[UUID]
    ) -> None:
        groups = list(teams)
        if is_robot and (department is not None or groups):
            raise Refused(*["INVALID_INPUT"] * ((department is not None) + bool(groups)))
        missing = [one for one in groups if one not in self.teams]
        if missing or (department is not None and department not in self.departments):
            raise Refused(*["NOT_FOUND"] * (len(missing) + (department not in self.departments | {None: None})))
        until = at + INVITATION if status == "INVITED" else None
        self.people[member] = Person(member, status, is_robot=is_robot, department=department, invited_until=until)
        for team in groups:
            self.teams[team].add(member)
        if status == "ACTIVE":
            self.settle(at)

    def accept(self, at: datetime, member: UUID) -> None:
        person = self.people[member]
        if person.status != "INVITED" or person.invited_until is None or person.invited_until <= at:
            raise Refused("NOT_FOUND")
        person.status, person.invited_until = "ACTIVE", None
        self.settle(at)

    def deactivate(self, at: datetime, member: UUID) -> None:
        person = self.people[member]
        if person.status != "ACTIVE":
            raise Refused("INVALID_INPUT")
        if person.is_owner and not any(
            one.is_owner and one.status == "ACTIVE" and one.id != member for one in self.people.values()
        ):
            raise Refused("LAST_OWNER")
        person.status = "DEACTIVATED"
        self._end(("member", member), at, None)
        self.settle(at)

    def reactivate(self, at: datetime, member: UUID) -> None:
        if self.people[member].status != "DEACTIVATED":
            raise Refused("INVALID_INPUT")
        self.people[member].status = "ACTIVE"
        self.settle(at)

    def move(self, at: datetime, member: UUID, department: UUID | None) -> None:
        person = self.people[member]
        if department == person.department:
            return
        if department is not None and person.is_robot:
            raise Refused("INVALID_INPUT")
        if department is not None and department not in self.departments:
            raise Refused("NOT_FOUND")
        person.department = department
        self.settle(at)

    # Groups

    def create_team(self, at: datetime, team: UUID, members: Collection[UUID]) -> None:
        robots = [one for one in members if self.people[one].is_robot]
        if robots:
            raise Refused(*["INVALID_INPUT"] * len(robots))
        self.teams[team] = set(members)
        if members:
            self.settle(at)

    def update_team(self, at: datetime, team: UUID, add: Collection[UUID], remove: Collection[UUID]) -> None:
        if team not in self.teams:
            raise Refused("NOT_FOUND")
        problems = ["NOT_FOUND" for one in remove if one not in self.teams[team]]
        for one in add:
            if self.people[one].is_robot or one in remove:
                problems.append("INVALID_INPUT")
            elif one in self.teams[team]:
                problems.append("ALREADY_EXISTS")
        if problems:
            raise Refused(*problems)
        if add or remove:
            self.teams[team] = (self.teams[team] - set(remove)) | set(add)
            self.settle(at)

    def delete_team(self, at: datetime, team: UUID) -> None:
        if team not in self.teams:
            raise Refused("NOT_FOUND")
        members = self.teams.pop(team)
        self._end(("team", team), at, None)
        if members:
            self.settle(at)

    def move_department(self, at: datetime, department: UUID, parent: UUID | None) -> None:
        if department not in self.departments or (parent is not None and parent not in self.departments):
            raise Refused("NOT_FOUND")
        if department in self.above(parent):
            raise Refused("INVALID_INPUT")
        if self.departments[department] != parent:
            self.departments[department] = parent
            if any(department in self.above(one.department) for one in self.people.values()):
                self.settle(at)

    def delete_department(self, at: datetime, department: UUID) -> None:
        if department not in self.departments:
            raise Refused("NOT_FOUND")
        if department in self.departments.values() or any(
            one.department == department for one in self.people.values()
        ):
            raise Refused("INVALID_INPUT")
        del self.departments[department]
        self._end(("department", department), at, None)

    # Seats

    def change(
        self,
        at: datetime,
        change_id: UUID,
        subscribe: Sequence[Subject],
        unsubscribe: Sequence[Subject],
        joins: str,
        *,
        skip: bool,
    ) -> None:
        named = [*subscribe, *unsubscribe]
        problems = ["NOT_FOUND" for one in named if not self._exists(one)]
        ending = [one for one in unsubscribe if self._exists(one)]
        problems += ["NOT_SUBSCRIBED" for one in ending if self.subscription_of(one) is None]
        starting = []
        for one in (one for one in subscribe if self._exists(one)):
            if self._is_deactivated(one):
                problems.append("INVALID_INPUT")
            elif self.subscription_of(one) is None or one in ending:
                starting.append(one)
            elif not skip:
                problems.append("ALREADY_SUBSCRIBED")
        if problems:
            raise Refused(*problems)
        number = self._begin_change(at, change_id)
        for one in ending:
            self._end(one, at, number)
        for one in starting:
            self._start(one, joins, at, number)
        self.settle(at, number)

    def undo(self, at: datetime, change_id: UUID, undoing_id: UUID) -> None:
        """R3.12: what it began ends, what it ended begins anew, as far as nobody did so since."""
        change, number = self.changes[change_id], self.numbers[change_id]
        began = [one for one in self.in_force() if one.started_by == number]
        ended = [
            one
            for one in self.subscriptions
            if one.ended_by == number
            and self._exists(one.subject)
            and not self._is_deactivated(one.subject)
            and self.subscription_of(one.subject) in (None, *began)
        ]
        if change.is_undone or at > change.at + GRACE or not (began or ended):
            raise Refused("UNDO_EXPIRED")
        change.is_undone = True
        undoing = self._begin_change(at, undoing_id)
        for one in began:
            self._end(one.subject, at, undoing)
        for one in ended:
            self._start(one.subject, one.joins, at, undoing)
        self.settle(at, undoing)

    def seat_waiting(self, at: datetime, change_id: UUID, members: Collection[UUID]) -> None:
        waiting = {member for _, member in self.waits}
        unknown = [one for one in members if one not in waiting]
        if unknown:
            raise Refused(*["INVALID_INPUT"] * len(unknown))
        self.settle(at, self._begin_change(at, change_id), members)

    def set_limits(self, at: datetime, cap: int | None, budget: Decimal | None) -> None:
        if (cap, budget) != (self.cap, self.budget):
            self.cap, self.budget = cap, budget
            self.settle(at)

    def set_contract(self, at: datetime, limit: int, since: tuple[int, int], until: tuple[int, int] | None) -> None:
        self.contracts.append((limit, since, until))
        self.settle(at)

    def set_profile(self, at: datetime) -> None:
        self.has_profile = True
        self.settle(at)

    # Time

    def close(self, at: datetime) -> None:
        """Write the statement of the month of `at`, which is over (R5.4)."""
        most, reached = self._peak(at)
        total = self.amount(most, at)
        if self.trial_ends_at >= self.calendar.end(at):
            statement = Statement(self.calendar.key(at), "TRIAL", 0, None, Decimal(0))
        else:
            outcome = "BILLED" if total else "FREE"
            statement = Statement(self.calendar.key(at), outcome, most, reached, total)
        self.statements.append(statement)

    def sweep(self, at: datetime) -> None:
        """A month has begun: those who waited since before are looked at again."""
        if any(wait.checked < self.calendar.start(at) for wait in self.waits.values()):
            self.settle(at)

    def _exists(self, subject: Subject) -> bool:
        kind, one = subject
        known: dict[str, Collection[UUID]] = {
            "member": self.people,
            "team": self.teams,
            "department": self.departments,
            "everyone": [self.organization],
        }
        return one in known[kind]

    def _is_deactivated(self, subject: Subject) -> bool:
        return subject[0] == "member" and self.people[subject[1]].status == "DEACTIVATED"

    def _begin_change(self, at: datetime, change_id: UUID) -> int:
        self.last_change += 1
        self.changes[change_id] = Change(at)
        self.numbers[change_id] = self.last_change
        return self.last_change

    def _start(self, subject: Subject, joins: str, at: datetime, change: int) -> None:
        self.subscriptions.append(Subscription(len(self.subscriptions), subject, joins, at, change))

    def _end(self, subject: Subject, at: datetime, change: int | None) -> None:
        found = self.subscription_of(subject)
        if found is not None:
            found.until, found.ended_by = at, change
