"""One organization in the product and in the model, a step at a time.

Hypothesis chooses the steps in a thread of its own; each is run on the loop of the tests, on the pool of the
process's own database.
"""

import asyncio
import functools
from collections.abc import Callable, Coroutine, Sequence
from datetime import datetime
from typing import Any, ClassVar, TypeVar, cast
from uuid import UUID, uuid4

from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from hypothesis.strategies import SearchStrategy

from app.checks.catalog import SEATS_AND_LIFE, find_violations
from app.clocks.service import create_test_clock
from app.domain.errors import DomainError
from app.domain.policies import Policies
from app.domain.seat_change import JoinsPolicy
from app.identity.operators import ensure_operator_key
from app.memberships.teams import create_team
from app.seats.changing import change_seats
from app.seats.service import RequestedChange, SeatsChanged
from app.seats.subjects import SubjectReference
from tests import servers
from tests.conftest import OPERATOR_KEY
from tests.factories import NOVEMBER, OPERATOR, Company, found
from tests.machine import ledger
from tests.machine.model import Model
from tests.machine.month import Calendar
from tests.machine.state import TICK, Person, Subject

T = TypeVar("T")
Act = TypeVar("Act", bound=Callable[..., None])

POLICIES = Policies(most_grants=3)
"""Three grants a month, so that churn is met."""

PATIENCE = 60.0  # seconds for one step


def step(*, when: Callable[[Any], object] = lambda _: True, **chosen: SearchStrategy[Any]) -> Callable[[Act], Act]:
    """A rule, done `when` that can be; what is purged rests.

    No precondition: who waits may depend on ids, which differ from run to run, and what Hypothesis draws may not.
    """

    def decorate(act: Act) -> Act:
        @functools.wraps(act)
        def act_while_alive(self: "Walk", *how: Any, **named: Any) -> None:
            if self.model.purged_at is not None:
                self.rest()
            elif when(self):
                act(self, *how, **named)

        chosen_by: Any = rule
        return cast("Act", chosen_by(**chosen)(act_while_alive))

    return decorate


class Walk(RuleBasedStateMachine):
    """One organization's people and seats. `loop` is where the product runs."""

    loop: ClassVar[asyncio.AbstractEventLoop]
    database: ClassVar[str]

    company: Company
    model: Model
    clock: datetime
    last_change_at: datetime
    codes: list[str]
    """For what the last step was refused."""

    def __init__(self) -> None:
        super().__init__()
        self.tokens: dict[UUID, str] = {}
        self.teams: list[UUID] = []
        self.departments: list[UUID] = []
        self.names = 0

    def found(self, members: int, zone: str, has_profile: bool) -> None:
        self.run(servers.reset(self.database))  # so that the invariants read this walk alone
        self.run(ensure_operator_key(OPERATOR_KEY))  # the process's API is asked by others after this walk
        clock_id = self.run(create_test_clock(OPERATOR, NOVEMBER))
        self.company = self.run(found(clock_id, members, has_profile=has_profile, time_zone=zone))
        facts = self.run(self.company.facts())
        activated_at = facts.lifecycle.activated_at
        assert activated_at is not None
        self.model = Model(self.company.id, Calendar(zone), activated_at, POLICIES.most_grants, has_profile)
        for row in self.run(ledger.list_members(self.company.id)):
            self.model.people[row["id"]] = Person(row["id"], row["status"], is_owner=row["role"] == "OWNER")
        self.clock = NOVEMBER
        self.look()

    def settle_down(self) -> None:
        """Two of three people are in a department, before anything is subscribed."""
        homes = {one: self.departments[place % 3] for place, one in enumerate(self.model.people) if place % 3}
        self.run(ledger.place(homes))
        for member, department in homes.items():
            self.model.people[member].department = department

    def create_team(self, chosen: list[int]) -> None:
        members = self.members(chosen)
        self.names += 1
        made = self.do(
            create_team(OPERATOR, self.company.id, f"Team {self.names}", members, POLICIES),
            lambda made, at: self.model.create_team(at, made or uuid4(), members),
        )
        self.teams += [made] if made is not None else []

    @invariant()
    def agrees(self) -> None:
        if self.model.purged_at is not None:
            return
        at = max(self.clock, self.last_change_at)
        seen = self.run(ledger.look(self.company.id, POLICIES))
        differences = ledger.compare(seen, ledger.expect(self.model, at))
        assert not differences, differences

    @invariant()
    def holds(self) -> None:
        assert self.run(find_violations(SEATS_AND_LIFE)) == []

    def rest(self) -> None:
        """Whatever is tried."""
        self.change([("everyone", self.company.id)], [], "ALWAYS", skip=False)

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(PATIENCE)

    def do(
        self,
        call: Coroutine[Any, Any, T],
        act: Callable[[T | None, datetime], object],
        *,
        found: bool = True,
        even_closed: bool = False,
    ) -> T | None:
        """One step in the product and in the model; both refuse it with the same codes, or both do it.

        A closed organization refuses everything but what is not `found` to be its own.
        """
        at = self.instant()
        done, codes = self.run(_answer(call))

        def attempt() -> None:
            if found and not even_closed:
                self.model.require_open()
            act(done, at)

        predicted = self.model.attempt(attempt)
        self.codes = codes
        assert codes == predicted, f"refused with {codes}, to be refused with {predicted}"
        self.look()
        return done

    def look(self) -> None:
        self.last_change_at = self.run(ledger.last_change_at(self.company.id))

    def instant(self) -> datetime:
        """Of the next change (R0.1)."""
        return max(self.clock, self.last_change_at + TICK)

    def change(self, subscribe: Sequence[Subject], unsubscribe: Sequence[Subject], joins: str, *, skip: bool) -> None:
        requested = RequestedChange(
            [reference("subscribe", place, one) for place, one in enumerate(subscribe)],
            [reference("unsubscribe", place, one) for place, one in enumerate(unsubscribe)],
            JoinsPolicy(joins),
            skip,
            None,
        )

        def act(done: SeatsChanged | None, at: datetime) -> None:
            self.model.change(at, done.change_id if done else uuid4(), subscribe, unsubscribe, joins, skip=skip)

        self.do(change_seats(OPERATOR, self.company.id, requested, POLICIES), act)

    def ours(self) -> list[Subject]:
        """Subjects that are subscribed."""
        return [one.subject for one in self.model.in_force()]

    def gone(self) -> list[UUID]:
        return [one.id for one in self.model.people.values() if one.status == "DEACTIVATED" and not one.is_erased]

    def people(self) -> list[UUID]:
        """Who can be in a team."""
        return [one.id for one in self.model.people.values() if not one.is_robot and not one.is_erased]

    def pick(self, those: Sequence[T], number: int) -> T:
        return those[number % len(those)]

    def member(self, number: int) -> UUID:
        return self.pick(list(self.model.people), number)

    def members(self, chosen: Sequence[int]) -> list[UUID]:
        return list(dict.fromkeys(self.member(one) for one in chosen))

    def team(self, number: int) -> UUID:
        return self.pick(self.teams, number)

    def department(self, number: int) -> UUID:
        return self.pick(self.departments, number)

    def department_or_none(self, number: int) -> UUID | None:
        return self.pick([*self.departments, None], number)

    def subject(self, kind: str, number: int) -> Subject:
        pickers: dict[str, Callable[[int], UUID]] = {
            "member": self.member,
            "team": self.team,
            "department": self.department,
            "everyone": lambda _: self.company.id,
        }
        return (kind, pickers[kind](number))


async def _answer(call: Coroutine[Any, Any, T]) -> tuple[T | None, list[str]]:
    try:
        return await call, []
    except DomainError as error:
        return None, sorted(one.code.value for one in error.problems) or [error.code.value]


def reference(where: str, place: int, subject: Subject) -> SubjectReference:
    kind, one = subject
    named: dict[str, Any] = {"is_everyone": True} if kind == "everyone" else {f"{kind}_id": one}
    return SubjectReference(("input", where, str(place)), **named)
