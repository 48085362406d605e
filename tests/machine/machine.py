"""People, groups, limits and time: the steps of which Hypothesis makes walks."""

from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID, uuid4

from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule

from app.billing.profile import set_billing_profile
from app.domain.period import Month
from app.domain.roles import Role
from app.domain.unset import UNSET
from app.memberships.departments import DepartmentUpdate, create_department, delete_department, update_department
from app.memberships.invitations import accept_invitation, invite_members
from app.memberships.invitees import Invitee
from app.memberships.members import MemberUpdate, deactivate_member, reactivate_member, update_member
from app.memberships.teams import TeamUpdate, delete_team, update_team
from app.seats.limits import OrganizationUpdate, set_contract, update_organization
from app.seats.undo import undo_change
from app.seats.waiting import seat_waiting
from tests.factories import OPERATOR, PROFILE, jump, moscow
from tests.machine import ledger
from tests.machine.month import GRACE
from tests.machine.state import TICK, RefusedError
from tests.machine.walk import POLICIES, Walk

STARTS = (*[moscow("2021-01-04 12:00")] * 2, moscow("2020-12-09 12:00"), None)
"""In the first whole month after the trial, a day before its end, and at its beginning."""

numbers = st.integers(0, 30)
"""Which one of those there are, counted round."""
some = st.lists(numbers, max_size=3, unique=True)
many = st.lists(numbers, min_size=1, max_size=5, unique=True)
policies = st.sampled_from(["ALWAYS", "ALWAYS", "WITHIN_PEAK", "NEVER"])
caps = st.none() | st.integers(0, 8)
budgets = st.sampled_from([None, Decimal(0), Decimal(1548), Decimal(1806), Decimal(2064)])
STRETCHES = {
    "a second": timedelta(seconds=1),
    "ten minutes": timedelta(minutes=10),
    "the grace": GRACE,
    "more than the grace": GRACE + TICK,
    "two days": timedelta(days=2),
    "two weeks": timedelta(days=14),
}
BORDERS = {
    "before the month ends": timedelta(minutes=-10),
    "the month's end": timedelta(0),
    "before it closes": GRACE - TICK,
    "when it closes": GRACE,
}
moments = st.sampled_from([*STRETCHES, *BORDERS])


class SeatMachine(Walk):
    """What people do with seats, and what time does."""

    @initialize(
        members=st.integers(6, 10),
        crew=st.integers(4, 9),
        subscribed=st.sampled_from([(), (0,), (2,), (0, 2)]),
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
        subscribed: tuple[int, ...],
        joins: str,
        room: int | None,
        zone: str,
        has_profile: bool,
        start: datetime | None,
    ) -> None:
        """Two teams, and three departments, one of them within another; a team is subscribed, and two join it later."""
        self.found(members, zone, has_profile)
        for parent in (None, 0, None):
            self.create_department(parent=parent)
        self.settle_down()
        self.create_team(chosen=[])
        self.create_team(chosen=list(range(crew)))
        if start is not None:
            self.advance_to(start)
        groups = [("team", self.teams[1]), *[("department", self.departments[place]) for place in subscribed]]
        self.change(groups, [], joins, skip=False)
        if room is not None:
            self.limit(cap=len(self.model.holders()) + room, budget=None, which="cap")
        self.join(number=1, joining=[members - 1, members])

    # People

    @rule(
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

    @precondition(lambda self: self.tokens)
    @rule(number=numbers)
    def accept(self, number: int) -> None:
        member, token = self.pick(list(self.tokens.items()), number)
        self.do(accept_invitation(None, token, POLICIES), lambda _, at: self.model.accept(at, member))

    @rule(number=numbers)
    def deactivate(self, number: int) -> None:
        member = self.member(number)
        self.do(deactivate_member(OPERATOR, member, POLICIES), lambda _, at: self.model.deactivate(at, member))

    @precondition(lambda self: self.gone())
    @rule(number=numbers, is_careful=st.integers(0, 9))
    def reactivate(self, number: int, is_careful: int) -> None:
        member = self.pick(self.gone(), number) if is_careful else self.member(number)
        self.do(reactivate_member(OPERATOR, member, POLICIES), lambda _, at: self.model.reactivate(at, member))

    @rule(number=numbers, department=numbers)
    def move(self, number: int, department: int) -> None:
        member, home = self.member(number), self.department_or_none(department)
        self.do(
            update_member(OPERATOR, member, MemberUpdate(department_id=home), POLICIES),
            lambda _, at: self.model.move(at, member, home),
        )

    # Groups

    @rule(what=st.sampled_from(["team", "department", "no team", "no department"]), number=numbers, chosen=some)
    def regroup(self, what: str, number: int, chosen: list[int]) -> None:
        if what == "team":
            self.create_team(chosen)
        elif what == "department":
            self.create_department(number)
        elif what == "no team":
            self.delete_team(number)
        else:
            self.delete_department(number)

    @rule(number=numbers, joining=many)
    def join(self, number: int, joining: list[int]) -> None:
        """Those of them who are not in the team yet."""
        team = self.team(number)
        inside = self.model.teams.get(team, set())
        people = [one for one in self.members(joining) if one not in inside and not self.model.people[one].is_robot]
        self.update_team(team, people, [])

    @rule(number=numbers, leaving=many)
    def leave(self, number: int, leaving: list[int]) -> None:
        team = self.team(number)
        people = sorted(self.model.teams.get(team, set()))
        self.update_team(team, [], list(dict.fromkeys(self.pick(people, one) for one in leaving if people)))

    @rule(number=numbers, out=numbers, into=numbers)
    def take_turns(self, number: int, out: int, into: int) -> None:
        """One leaves and one joins, at one instant."""
        team = self.team(number)
        inside = sorted(self.model.teams.get(team, set()))
        outside = [one.id for one in self.model.people.values() if one.id not in inside and not one.is_robot]
        if inside and outside:
            self.update_team(team, [self.pick(outside, into)], [self.pick(inside, out)])

    @rule(number=numbers, joining=some, leaving=some)
    def join_and_leave(self, number: int, joining: list[int], leaving: list[int]) -> None:
        self.update_team(self.team(number), self.members(joining), self.members(leaving))

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

    @rule(number=numbers, parent=numbers)
    def move_department(self, number: int, parent: int) -> None:
        department, above = self.department(number), self.department_or_none(parent)
        self.do(
            update_department(OPERATOR, department, DepartmentUpdate(parent_id=above), POLICIES),
            lambda _, at: self.model.move_department(at, department, above),
        )

    def delete_department(self, number: int) -> None:
        department = self.department(number)
        self.do(delete_department(OPERATOR, department), lambda _, at: self.model.delete_department(at, department))

    # Seats

    @rule(kind=st.sampled_from(["member", "member", "team", "department", "everyone"]), number=numbers, joins=policies)
    def subscribe(self, kind: str, number: int, joins: str) -> None:
        self.change([self.subject(kind, number)], [], joins, skip=False)

    @rule(chosen=many, joins=policies, skip=st.booleans())
    def subscribe_members(self, chosen: list[int], joins: str, skip: bool) -> None:
        self.change([("member", one) for one in self.members(chosen)], [], joins, skip=skip)

    @rule(number=numbers)
    def unsubscribe(self, number: int) -> None:
        if self.ours():
            self.change([], [self.pick(self.ours(), number)], "ALWAYS", skip=False)

    @rule(out=numbers, into=numbers, kind=st.sampled_from(["member", "member", "member", "team"]), joins=policies)
    def replace(self, out: int, into: int, kind: str, joins: str) -> None:
        leaving = [self.pick(self.ours(), out)] if self.ours() else []
        self.change([self.subject(kind, into)], leaving, joins, skip=False)

    @precondition(lambda self: self.model.changes)
    @rule(back=st.integers(0, 3))
    def undo(self, back: int) -> None:
        made = list(self.model.changes)[1:]  # not the one that the organization lives by
        if made:
            change_id = made[-1 - back % len(made)]
            self.do(
                undo_change(OPERATOR, change_id, POLICIES),
                lambda done, at: self.model.undo(at, change_id, done.change_id if done else uuid4()),
            )

    @precondition(lambda self: self.model.waits)
    @rule(chosen=some, other=st.integers(0, 40))
    def seat_waiting(self, chosen: list[int], other: int) -> None:
        waiting = sorted({member for _, member in self.model.waits})
        members = list(dict.fromkeys(self.pick(waiting, one) for one in chosen or [0]))
        members += [self.member(other)] if other > 36 else []  # who may not wait at all
        members = list(dict.fromkeys(members))
        self.do(
            seat_waiting(OPERATOR, self.company.id, members, POLICIES, expected_total=None),
            lambda done, at: self.model.seat_waiting(at, done.change_id if done else uuid4(), members),
        )

    # Limits

    @rule(cap=caps, budget=budgets, which=st.sampled_from(["cap", "cap", "budget"]))
    def limit(self, cap: int | None, budget: Decimal | None, which: str) -> None:
        cap = cap if which == "cap" else self.model.cap
        budget = budget if which == "budget" else self.model.budget
        update = OrganizationUpdate(UNSET, UNSET, cap, budget)
        self.do(
            update_organization(OPERATOR, self.company.id, update, POLICIES),
            lambda _, at: self.model.set_limits(at, cap, budget),
        )

    @precondition(lambda self: self.model.waits)
    @rule()
    def lift(self) -> None:
        """The limits, for those who wait; then only the amount may keep them waiting."""
        self.limit(cap=None, budget=self.model.budget, which="cap")

    @rule(most=st.integers(1, 9), begins=st.integers(0, 1), lasts=st.none() | st.integers(0, 1))
    def contract(self, most: int, begins: int, lasts: int | None) -> None:
        year, number = self.model.calendar.key(self.instant())
        since = Month(year, number) if begins == 0 else Month(year, number).next()
        until = None if lasts is None else since if lasts == 0 else since.next()
        keys = (since.year, since.number), (until.year, until.number) if until else None
        self.do(
            set_contract(OPERATOR, self.company.id, most, since, until, POLICIES),
            lambda _, at: self.model.set_contract(at, most, *keys),
        )

    @precondition(lambda self: not self.model.has_profile)
    @rule()
    def sign(self) -> None:
        self.do(
            set_billing_profile(OPERATOR, self.company.id, PROFILE, POLICIES), lambda _, at: self.model.set_profile(at)
        )

    # Time

    @rule(moment=moments)
    def advance(self, moment: str) -> None:
        """With everything done that falls due on the way."""
        self.advance_to(self.later(moment))

    @rule(moment=moments)
    def jump(self, moment: str) -> None:
        """With no worker alive."""
        self.clock = self.later(moment)
        self.run(jump(self.company.clock_id, self.clock))

    def advance_to(self, to: datetime) -> None:
        self.run(ledger.advance(self.company, to, POLICIES))
        statements = self.run(ledger.list_closings(self.company.id))
        calendar, reading = self.model.calendar, self.clock
        while calendar.end(self.unclosed) + GRACE <= to:
            reading = max(reading, calendar.end(self.unclosed) + GRACE)
            while calendar.end(self.unclosed) + GRACE <= reading:
                self.model.close(self.unclosed)
                self.unclosed = calendar.end(self.unclosed)
            closed_at = statements[len(self.model.statements) - 1]["closed_at"]
            assert reading <= closed_at < reading + timedelta(milliseconds=1)
            self.model.sweep(closed_at + TICK)
        assert [ledger.statement_of(row) for row in statements] == self.model.statements
        self.clock = to
        self.look()

    def later(self, moment: str) -> datetime:
        if moment in STRETCHES:
            return self.clock + STRETCHES[moment]
        border = self.model.calendar.end(self.clock) + BORDERS[moment]
        return border if border > self.clock else border + timedelta(minutes=15)
