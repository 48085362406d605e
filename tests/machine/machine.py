"""People, groups, seats and limits: the steps of which Hypothesis makes walks, with those of `lifetime.py`."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID, uuid4

from hypothesis import strategies as st
from hypothesis.stateful import initialize

from app.billing.profile import set_billing_profile
from app.domain.actor import Role
from app.domain.period import Month
from app.domain.unset import UNSET
from app.memberships.departments import DepartmentUpdate, create_department, delete_department, update_department
from app.memberships.invitations import accept_invitation, invite_members, revoke_invitation
from app.memberships.invitees import Invitee
from app.memberships.members import MemberUpdate, deactivate_member, erase_member, reactivate_member, update_member
from app.memberships.teams import TeamUpdate, delete_team, update_team
from app.seats.limits import OrganizationUpdate, set_contract, update_organization
from app.seats.undo import undo_change
from app.seats.waiting import seat_waiting
from tests.factories import OPERATOR, PROFILE, moscow
from tests.machine.lifetime import Lifetime
from tests.machine.state import RefusedError
from tests.machine.walk import POLICIES, step

STARTS = (*[moscow("2021-01-04 12:00")] * 2, moscow("2020-12-09 12:00"), None)
"""In the first whole month after the trial, a day before its end, and at its beginning."""

numbers = st.integers(0, 30)
"""Which one of those there are, counted round."""
some = st.lists(numbers, max_size=3, unique=True)
many = st.lists(numbers, min_size=1, max_size=5, unique=True)
policies = st.sampled_from(["ALWAYS", "ALWAYS", "WITHIN_PEAK", "NEVER"])
caps = st.none() | st.integers(0, 8)
budgets = st.sampled_from([None, Decimal(0), Decimal(1548), Decimal(1806), Decimal(2064)])


class SeatMachine(Lifetime):
    """What people do with seats."""

    @initialize(
        members=st.integers(6, 10),
        crew=st.integers(4, 9),
        subscribed=st.sampled_from([(), (0,), (2,), (0, 2), None]),
        joins=policies,
        room=st.sampled_from([0, 1, None]),
        zone=st.sampled_from(["Europe/Moscow", "Europe/Moscow", "Asia/Kathmandu", "Pacific/Chatham"]),
        has_profile=st.sampled_from([True, True, True, False]),
        start=st.sampled_from(STARTS),
    )
    def begin(
        self,
        members: int,
        crew: int,
        subscribed: tuple[int, ...] | None,
        joins: str,
        room: int | None,
        zone: str,
        has_profile: bool,
        start: datetime | None,
    ) -> None:
        """Two teams, and three departments, one of them within another. A team is subscribed with some of them, or
        nothing is, and two join the team later."""
        self.found(members, zone, has_profile)
        for parent in (None, 0, None):
            self.create_department(parent=parent)
        self.settle_down()
        self.create_team(chosen=[])
        self.create_team(chosen=list(range(crew)))
        if start is not None:
            self.advance_to(start)
        if subscribed is not None:
            groups = [("team", self.teams[1]), *[("department", self.departments[place]) for place in subscribed]]
            self.change(groups, [], joins, skip=False)
        if room is not None:
            self.limit(cap=len(self.model.holders()) + room, budget=None, which="cap")
        self.join(number=1, joining=[members - 1, members])

    # People

    @step(
        status=st.sampled_from(["ACTIVE", "ACTIVE", "INVITED"]),
        is_robot=st.integers(0, 7),
        department=numbers,
        groups=some,
    )
    def invite(self, status: str, is_robot: int, department: int, groups: list[int]) -> None:
        self.names += 1
        kind = {"is_robot": is_robot == 0}
        teams = sorted({self.team(one) for one in groups}) if not kind["is_robot"] else []
        home = self.department_or_none(department) if not kind["is_robot"] else None
        status = "ACTIVE" if kind["is_robot"] else status
        person = Invitee(
            f"person-{self.names}@{self.company.id}.example",
            "A Person",
            None,
            Role.MEMBER,
            is_active=status == "ACTIVE",
            department_id=home,
            team_ids=teams,
            is_robot=kind["is_robot"],
        )
        done = self.do(
            invite_members(OPERATOR, self.company.id, [person], POLICIES),
            lambda done, at: self.model.invite(
                at, done.member_ids[0] if done else uuid4(), status=status, department=home, teams=teams, **kind
            ),
        )
        if done is not None and done.invitations:
            self.tokens[done.member_ids[0]] = done.invitations[0].token

    @step(when=lambda self: self.tokens, number=numbers)
    def accept(self, number: int) -> None:
        member, token = self.pick(list(self.tokens.items()), number)
        self.do(
            accept_invitation(None, token, POLICIES),
            lambda _, at: self.model.accept(at, member),
            found=self.model.people[member].status == "INVITED",
        )

    @step(when=lambda self: self.tokens, number=numbers, is_careful=st.integers(0, 9))
    def revoke(self, number: int, is_careful: int) -> None:
        member = self.pick(list(self.tokens), number) if is_careful else self.member(number)
        self.do(revoke_invitation(OPERATOR, member, POLICIES), lambda _, at: self.model.revoke(at, member))

    @step(number=numbers)
    def erase(self, number: int) -> None:
        member = self.member(number)
        self.do(erase_member(OPERATOR, member, POLICIES), lambda _, at: self.model.erase(at, member))

    @step(number=numbers)
    def deactivate(self, number: int) -> None:
        self.deactivate_person(self.member(number))

    def deactivate_person(self, member: UUID) -> None:
        self.do(deactivate_member(OPERATOR, member, POLICIES), lambda _, at: self.model.deactivate(at, member))

    @step(when=lambda self: self.gone(), number=numbers, is_careful=st.integers(0, 9))
    def reactivate(self, number: int, is_careful: int) -> None:
        member = self.pick(self.gone(), number) if is_careful else self.member(number)
        self.do(reactivate_member(OPERATOR, member, POLICIES), lambda _, at: self.model.reactivate(at, member))

    @step(number=numbers, department=numbers)
    def move(self, number: int, department: int) -> None:
        self.move_person(self.member(number), self.department_or_none(department))

    def move_person(self, member: UUID, home: UUID | None) -> None:
        self.do(
            update_member(OPERATOR, member, MemberUpdate(department_id=home), POLICIES),
            lambda _, at: self.model.move(at, member, home),
        )

    # Groups

    @step(what=st.sampled_from(["team", "department", "no team", "no department"]), number=numbers, chosen=some)
    def regroup(self, what: str, number: int, chosen: list[int]) -> None:
        if what == "team":
            self.create_team(chosen)
        elif what == "department":
            self.create_department(number)
        elif what == "no team":
            self.delete_team(number)
        else:
            self.delete_department(number)

    @step(number=numbers, joining=many)
    def join(self, number: int, joining: list[int]) -> None:
        """Those of them who are not in the team yet."""
        team = self.team(number)
        inside = self.model.teams.get(team, set())
        self.update_team(team, [one for one in self.members(joining) if one in self.people() and one not in inside], [])

    @step(number=numbers, leaving=many)
    def leave(self, number: int, leaving: list[int]) -> None:
        team = self.team(number)
        people = self.inside(team)
        self.update_team(team, [], list(dict.fromkeys(self.pick(people, one) for one in leaving if people)))

    @step(number=numbers, out=numbers, into=numbers)
    def take_turns(self, number: int, out: int, into: int) -> None:
        """One leaves and one joins, at one instant."""
        team = self.team(number)
        inside = self.inside(team)
        outside = [one for one in self.people() if one not in inside]
        if inside and outside:
            self.update_team(team, [self.pick(outside, into)], [self.pick(inside, out)])

    @step(number=numbers, joining=some, leaving=some)
    def join_and_leave(self, number: int, joining: list[int], leaving: list[int]) -> None:
        self.update_team(self.team(number), self.members(joining), self.members(leaving))

    def inside(self, team: UUID) -> list[UUID]:
        return [one for one in self.model.people if one in self.model.teams.get(team, ())]

    def update_team(self, team: UUID, add: list[UUID], remove: list[UUID]) -> None:
        self.do(
            update_team(OPERATOR, team, TeamUpdate(add=add, remove=remove), POLICIES),
            lambda _, at: self.model.update_team(at, team, add, remove),
        )

    def delete_team(self, number: int) -> None:
        team = self.team(number)
        self.do(delete_team(OPERATOR, team, POLICIES), lambda _, at: self.model.delete_team(at, team))

    def create_department(self, parent: int | None) -> None:
        above = self.department_or_none(parent) if parent is not None and self.departments else None
        self.names += 1

        def make(made: UUID | None, _: datetime) -> None:
            if above is not None and above not in self.model.departments:
                raise RefusedError("NOT_FOUND")
            self.model.departments[made or uuid4()] = above

        made = self.do(create_department(OPERATOR, self.company.id, f"Department {self.names}", above), make)
        self.departments += [made] if made is not None else []

    @step(number=numbers, parent=numbers)
    def move_department(self, number: int, parent: int) -> None:
        department, above = self.department(number), self.department_or_none(parent)
        self.do(
            update_department(OPERATOR, department, DepartmentUpdate(parent_id=above), POLICIES),
            lambda _, at: self.model.move_department(at, department, above),
        )

    def delete_department(self, number: int) -> None:
        department = self.department(number)
        self.do(
            delete_department(OPERATOR, department),
            lambda _, at: self.model.delete_department(at, department),
        )

    # Seats

    @step(kind=st.sampled_from(["member", "member", "team", "department", "everyone"]), number=numbers, joins=policies)
    def subscribe(self, kind: str, number: int, joins: str) -> None:
        self.change([self.subject(kind, number)], [], joins, skip=False)

    @step(chosen=many, joins=policies, skip=st.booleans())
    def subscribe_members(self, chosen: list[int], joins: str, skip: bool) -> None:
        self.change([("member", one) for one in self.members(chosen)], [], joins, skip=skip)

    @step(number=numbers)
    def unsubscribe(self, number: int) -> None:
        if self.ours():
            self.change([], [self.pick(self.ours(), number)], "ALWAYS", skip=False)

    @step(out=numbers, into=numbers, kind=st.sampled_from(["member", "member", "member", "team"]), joins=policies)
    def replace(self, out: int, into: int, kind: str, joins: str) -> None:
        leaving = [self.pick(self.ours(), out)] if self.ours() else []
        self.change([self.subject(kind, into)], leaving, joins, skip=False)

    @step(when=lambda self: self.model.changes, back=st.integers(0, 3))
    def undo(self, back: int) -> None:
        made = list(self.model.changes)
        change_id = made[-1 - back % len(made)]
        self.do(
            undo_change(OPERATOR, change_id, POLICIES),
            lambda done, at: self.model.undo(at, change_id, done.change_id if done else uuid4()),
        )

    @step(when=lambda self: self.model.waits, chosen=some, other=st.integers(0, 40))
    def seat_waiting(self, chosen: list[int], other: int) -> None:
        waits = {member for _, member in self.model.waits}
        waiting = [one for one in self.model.people if one in waits]
        members = list(dict.fromkeys(self.pick(waiting, one) for one in chosen or [0]))
        members += [self.member(other)] if other > 36 else []  # who may not wait at all
        self.seat_people(list(dict.fromkeys(members)))

    def seat_people(self, members: list[UUID]) -> None:
        self.do(
            seat_waiting(OPERATOR, self.company.id, members, POLICIES, expected_total=None),
            lambda done, at: self.model.seat_waiting(at, done.change_id if done else uuid4(), members),
        )

    # Limits

    @step(cap=caps, budget=budgets, which=st.sampled_from(["cap", "cap", "budget"]))
    def limit(self, cap: int | None, budget: Decimal | None, which: str) -> None:
        cap = cap if which == "cap" else self.model.cap
        self.set_limits(cap, budget if which == "budget" else self.model.budget)

    def set_limits(self, cap: int | None, budget: Decimal | None) -> None:
        update = OrganizationUpdate(UNSET, UNSET, cap, budget)
        self.do(
            update_organization(OPERATOR, self.company.id, update, POLICIES),
            lambda _, at: self.model.set_limits(at, cap, budget),
        )

    @step(when=lambda self: self.model.waits)
    def lift(self) -> None:
        """The limits, for those who wait; then only the amount may keep them waiting."""
        self.limit(cap=None, budget=self.model.budget, which="cap")

    @step(most=st.integers(1, 9), begins=st.integers(0, 1), lasts=st.none() | st.integers(0, 1))
    def contract(self, most: int, begins: int, lasts: int | None) -> None:
        year, number = self.model.calendar.key(self.instant())
        since = Month(year, number) if begins == 0 else Month(year, number).next()
        until = None if lasts is None else since if lasts == 0 else since.next()
        keys = (since.year, since.number), (until.year, until.number) if until else None
        self.do(
            set_contract(OPERATOR, self.company.id, most, since, until, POLICIES),
            lambda _, at: self.model.set_contract(at, most, *keys),
        )

    @step(when=lambda self: not self.model.has_profile)
    def sign(self) -> None:
        self.do(
            set_billing_profile(OPERATOR, self.company.id, PROFILE, POLICIES), lambda _, at: self.model.set_profile(at)
        )
