"""The rules R2, R3 and R4 over again, written from rules.md alone, to be compared with the product step by step.

It knows one organization, is told what happens and when, and says what is refused, who sits through what since when,
who waits for what since when, and what the month costs. It imports nothing of the product; names of subjects,
policies and codes are the words of rules.md.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from tests.machine.month import GRACE
from tests.machine.state import Change, Person, RefusedError, State, Statement, Subject, Subscription

INVITATION = timedelta(days=14)


@dataclass
class Model(State):
    """What people do, and what comes of it."""

    def invite(
        self, at: datetime, member: UUID, *, status: str, is_robot: bool, department: UUID | None, teams: Iterable[UUID]
    ) -> None:
        groups = list(teams)
        if is_robot and (department is not None or groups):
            raise RefusedError(*["INVALID_INPUT"] * ((department is not None) + bool(groups)))
        missing = [one for one in groups if one not in self.teams]
        if missing or (department is not None and department not in self.departments):
            raise RefusedError(*["NOT_FOUND"] * (len(missing) + (department not in self.departments | {None: None})))
        until = at + INVITATION if status == "INVITED" else None
        self.people[member] = Person(member, status, is_robot=is_robot, department=department, invited_until=until)
        for team in groups:
            self.teams[team].add(member)
        if status == "ACTIVE":
            self.settle(at)

    def accept(self, at: datetime, member: UUID) -> None:
        person = self.people[member]
        if person.status != "INVITED" or person.invited_until is None or person.invited_until <= at:
            raise RefusedError("NOT_FOUND")
        person.status, person.invited_until = "ACTIVE", None
        self.settle(at)

    def deactivate(self, at: datetime, member: UUID) -> None:
        person = self.people[member]
        if person.status != "ACTIVE":
            raise RefusedError("INVALID_INPUT")
        if person.is_owner and not any(
            one.is_owner and one.status == "ACTIVE" and one.id != member for one in self.people.values()
        ):
            raise RefusedError("LAST_OWNER")
        person.status = "DEACTIVATED"
        self._end(("member", member), at, None)
        self.settle(at)

    def reactivate(self, at: datetime, member: UUID) -> None:
        if self.people[member].status != "DEACTIVATED":
            raise RefusedError("INVALID_INPUT")
        self.people[member].status = "ACTIVE"
        self.settle(at)

    def move(self, at: datetime, member: UUID, department: UUID | None) -> None:
        person = self.people[member]
        if department == person.department:
            return
        if department is not None and person.is_robot:
            raise RefusedError("INVALID_INPUT")
        if department is not None and department not in self.departments:
            raise RefusedError("NOT_FOUND")
        person.department = department
        self.settle(at)

    # Groups

    def create_team(self, at: datetime, team: UUID, members: Collection[UUID]) -> None:
        robots = [one for one in members if self.people[one].is_robot]
        if robots:
            raise RefusedError(*["INVALID_INPUT"] * len(robots))
        self.teams[team] = set(members)
        if members:
            self.settle(at)

    def update_team(self, at: datetime, team: UUID, add: Collection[UUID], remove: Collection[UUID]) -> None:
        if team not in self.teams:
            raise RefusedError("NOT_FOUND")
        problems = ["NOT_FOUND" for one in remove if one not in self.teams[team]]
        for one in add:
            if self.people[one].is_robot or one in remove:
                problems.append("INVALID_INPUT")
            elif one in self.teams[team]:
                problems.append("ALREADY_EXISTS")
        if problems:
            raise RefusedError(*problems)
        if add or remove:
            self.teams[team] = (self.teams[team] - set(remove)) | set(add)
            self.settle(at)

    def delete_team(self, at: datetime, team: UUID) -> None:
        if team not in self.teams:
            raise RefusedError("NOT_FOUND")
        members = self.teams.pop(team)
        self._end(("team", team), at, None)
        if members:
            self.settle(at)

    def move_department(self, at: datetime, department: UUID, parent: UUID | None) -> None:
        if department not in self.departments or (parent is not None and parent not in self.departments):
            raise RefusedError("NOT_FOUND")
        if department in self.above(parent):
            raise RefusedError("INVALID_INPUT")
        if self.departments[department] != parent:
            self.departments[department] = parent
            if any(department in self.above(one.department) for one in self.people.values()):
                self.settle(at)

    def delete_department(self, at: datetime, department: UUID) -> None:
        if department not in self.departments:
            raise RefusedError("NOT_FOUND")
        if department in self.departments.values() or any(one.department == department for one in self.people.values()):
            raise RefusedError("INVALID_INPUT")
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
            raise RefusedError(*problems)
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
            raise RefusedError("UNDO_EXPIRED")
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
            raise RefusedError(*["INVALID_INPUT"] * len(unknown))
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
