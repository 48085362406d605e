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

from tests.machine.life import Life
from tests.machine.month import GRACE
from tests.machine.state import Change, Choice, Person, RefusedError, Subject, Subscription

INVITATION = timedelta(days=14)


@dataclass
class Model(Life):
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

    def revoke(self, at: datetime, member: UUID) -> None:
        if self.people[member].status != "INVITED":
            raise RefusedError("INVALID_INPUT")
        self._forget(at, self.people[member])

    def erase(self, at: datetime, member: UUID) -> None:
        """R1.10: what is left of a person are ids."""
        if self.people[member].is_erased:
            raise RefusedError("INVALID_INPUT")
        self._require_other_owner(self.people[member])
        self._forget(at, self.people[member])

    def deactivate(self, at: datetime, member: UUID) -> None:
        person = self.people[member]
        if person.status != "ACTIVE":
            raise RefusedError("INVALID_INPUT")
        self._require_other_owner(person)
        person.status = "DEACTIVATED"
        self._end(("member", member), at, None)
        self.settle(at)

    def reactivate(self, at: datetime, member: UUID) -> None:
        if self.people[member].status != "DEACTIVATED" or self.people[member].is_erased:
            raise RefusedError("INVALID_INPUT")
        self.people[member].status = "ACTIVE"
        self.settle(at)

    def move(self, at: datetime, member: UUID, department: UUID | None) -> None:
        person = self.people[member]
        if person.is_erased:
            raise RefusedError("INVALID_INPUT")
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
        problems = ["NOT_FOUND" for one in members if self.people[one].is_erased]
        problems += ["INVALID_INPUT" for one in members if self.people[one].is_robot and not self.people[one].is_erased]
        if problems:
            raise RefusedError(*problems)
        self.teams[team] = set(members)
        if members:
            self.settle(at)

    def update_team(self, at: datetime, team: UUID, add: Collection[UUID], remove: Collection[UUID]) -> None:
        if team not in self.teams:
            raise RefusedError("NOT_FOUND")
        problems = ["NOT_FOUND" for one in remove if one not in self.teams[team]]
        for one in add:
            if self.people[one].is_erased:
                problems.append("NOT_FOUND")
            elif self.people[one].is_robot or one in remove:
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
            self._start(one, joins if one[0] != "member" else "ALWAYS", at, number)
        self.settle(at, Choice(number, begun=number))

    def undo(self, at: datetime, change_id: UUID, undoing_id: UUID) -> None:
        """R3.12: what it began ends, what it ended begins anew, as far as nobody did so since. Whom it unseated gets
        their seat back; whom it seated through what it had not begun waits again; all others join."""
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
        seated = self._newly_seated(change.at, number)
        if change.is_undone or at > change.at + GRACE or not (began or ended or seated):
            raise RefusedError("UNDO_EXPIRED")
        change.is_undone = True
        undoing = self._begin_change(at, undoing_id)
        for one in began:
            self._end(one.subject, at, undoing)
        returning = set()
        for one in ended:
            anew = self._start(one.subject, one.joins, at, undoing)
            sat = {
                grant.member for grant in self.grants if grant.subscription == one.number and grant.until == one.until
            }
            returning |= {(anew.number, member) for member in sat if self.covers(anew, member)}
        self.settle(at, Choice(undoing, returning=returning, released=seated))

    def _newly_seated(self, at: datetime, number: int) -> set[UUID]:
        """Whom a change, made then, gave a seat that they hold still, through what it had not begun."""
        before = {one.member for one in self.grants if one.since < at and (one.until is None or one.until >= at)}
        given = [one for one in self.grants if one.granted_by == number and one.until is None]
        return {one.member for one in given if self.subscriptions[one.subscription].started_by != number} - before

    def seat_waiting(self, at: datetime, change_id: UUID, members: Collection[UUID]) -> None:
        waiting = {member for _, member in self.waits}
        unknown = [one for one in members if one not in waiting]
        if unknown:
            raise RefusedError(*["INVALID_INPUT"] * len(unknown))
        self.settle(at, Choice(self._begin_change(at, change_id), insisted=members))

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

    # What it is made of

    def _exists(self, subject: Subject) -> bool:
        kind, one = subject
        known: dict[str, Collection[UUID]] = {
            "member": [one.id for one in self.people.values() if not one.is_erased],
            "team": self.teams,
            "department": self.departments,
            "everyone": [self.organization],
        }
        return one in known[kind]

    def _forget(self, at: datetime, person: Person) -> None:
        person.status, person.department, person.is_erased = "DEACTIVATED", None, True
        for inside in self.teams.values():
            inside.discard(person.id)
        self._end(("member", person.id), at, None)
        self.settle(at)

    def _require_other_owner(self, person: Person) -> None:
        owners = [one.id for one in self.people.values() if one.is_owner and one.status == "ACTIVE"]
        if owners == [person.id]:
            raise RefusedError("LAST_OWNER")

    def _is_deactivated(self, subject: Subject) -> bool:
        return subject[0] == "member" and self.people[subject[1]].status == "DEACTIVATED"

    def _begin_change(self, at: datetime, change_id: UUID) -> int:
        self.last_change += 1
        self.changes[change_id] = Change(at)
        self.numbers[change_id] = self.last_change
        return self.last_change

    def _start(self, subject: Subject, joins: str, at: datetime, change: int) -> Subscription:
        self.subscriptions.append(Subscription(len(self.subscriptions), subject, joins, at, change))
        return self.subscriptions[-1]

    def _end(self, subject: Subject, at: datetime, change: int | None) -> None:
        found = self.subscription_of(subject)
        if found is not None:
            found.until, found.ended_by = at, change
