"""Walks that are written down: positions that Hypothesis meets seldom."""

import asyncio
from collections.abc import Callable, Coroutine
from datetime import datetime, timedelta
from typing import Any, TypeVar

import pytest

from tests.factories import moscow
from tests.machine.life import DAY
from tests.machine.machine import STARTS, SeatMachine

pytestmark = pytest.mark.usefixtures("clean_database")

T = TypeVar("T")
IN_JANUARY = STARTS[0]
IN_TRIAL = None


class Script(SeatMachine):
    """The product is compared with the model after every step; the first team has nobody, the second is the crew."""

    def do(self, call: Coroutine[Any, Any, T], act: Callable[[T | None, datetime], object], **how: bool) -> T | None:
        done = super().do(call, act, **how)
        self.agrees()
        return done

    def advance_to(self, to: datetime) -> None:
        super().advance_to(to)
        self.agrees()
        self.holds()

    def open(
        self, crew: int, joins: str, *, start: datetime | None = IN_JANUARY, members: int = 8, subscribes: bool = True
    ) -> None:
        """So many of the nine people are the crew, subscribed unless told; the last two join it at once."""
        self.begin(
            members=members,
            crew=crew,
            subscribed=() if subscribes else None,
            joins=joins,
            room=None,
            zone="Europe/Moscow",
            has_profile=True,
            start=start,
        )

    def cap(self, seats: int | None) -> None:
        self.limit(cap=seats, budget=None, which="cap")

    def subscribe_crew(self, joins: str = "ALWAYS") -> None:
        self.change([("team", self.teams[1])], [], joins, skip=False)

    def unsubscribe_crew(self) -> None:
        self.change([], [("team", self.teams[1])], "ALWAYS", skip=False)

    def later_by(self, length: timedelta) -> None:
        self.advance_to(self.clock + length)

    def sitting(self) -> list[int]:
        return self._places(self.model.holders())

    def waiting(self) -> dict[int, str]:
        return {self._places([one])[0]: wait.reason for (_, one), wait in self.model.waits.items()}

    def _places(self, members: Any) -> list[int]:
        return [place for place, one in enumerate(self.model.people) if one in members]


Played = Callable[[Callable[[Script], None]], Coroutine[Any, Any, None]]


@pytest.fixture
def play(database: str) -> Played:
    async def run(script: Callable[[Script], None]) -> None:
        machine = type("Played", (Script,), {"loop": asyncio.get_running_loop(), "database": database})()
        await asyncio.to_thread(script, machine)
        await asyncio.to_thread(machine.holds)

    return run


async def test_who_joins_what_nobody_joins_does_not_sit(play: Played) -> None:
    def script(walk: Script) -> None:
        walk.open(6, "NEVER")
        assert (walk.sitting(), walk.waiting()) == ([0, 1, 2, 3, 4, 5], {})
        walk.move(6, 0)  # settles
        walk.subscribe("member", 7, "NEVER")  # its own: whoever sits does not sit through what nobody joins
        walk.unsubscribe_crew()
        assert walk.sitting() == [7]

    await play(script)


async def test_who_waits_comes_before_who_joins(play: Played) -> None:
    def script(walk: Script) -> None:
        walk.open(6, "ALWAYS", members=9)
        walk.cap(8)
        walk.join(1, [6, 7])
        walk.later_by(timedelta(hours=1))
        assert (walk.sitting(), set(walk.waiting())) == ([0, 1, 2, 3, 4, 5, 8, 9], {6, 7})
        crew, people = walk.teams[1], list(walk.model.people)
        waiter = max(people[6:8])  # of a higher id than who joins, if any
        walk.update_team(crew, [], [one for one in people[6:8] if one != waiter])
        joiner = min(one for one in people if one not in walk.model.teams[crew])
        walk.update_team(crew, [joiner], [people[1]])
        assert waiter in walk.model.holders()
        assert joiner not in walk.model.holders()

    await play(script)


async def test_who_sits_and_moves_between_groups_needs_no_room(play: Played) -> None:
    def script(walk: Script) -> None:
        walk.open(4, "ALWAYS", subscribes=False)
        homes = {place: walk.model.people[one].department for place, one in enumerate(walk.model.people)}
        for place in (0, 2):
            walk.change([("department", walk.departments[place])], [], "ALWAYS", skip=False)
        sitting = walk.sitting()
        walk.cap(len(sitting))
        walk.move(0, 0)  # finds no room
        assert walk.waiting() == {0: "SEAT_LIMIT_REACHED"}
        mover = next(place for place in sitting if homes[place] == walk.departments[2])
        walk.move(mover, 0)
        walk.cap(2)  # far below what is held
        walk.move(mover, 2)
        assert (walk.sitting(), walk.waiting()) == (sitting, {0: "SEAT_LIMIT_REACHED"})

    await play(script)


@pytest.mark.parametrize("room", [0, 1, 2])
async def test_a_cap_lets_in_as_many_as_it_says(play: Played, room: int) -> None:
    def script(walk: Script) -> None:
        walk.open(6, "ALWAYS", subscribes=False)
        walk.cap(8 + room - 1)
        walk.subscribe_crew()  # eight: refused without room
        assert len(walk.sitting()) == (8 if room else 0)
        walk.join(1, [6])
        assert len(walk.waiting()) == (1 if room == 1 else 0)

    await play(script)


async def test_who_waits_does_not_raise_the_amount(play: Played) -> None:
    def script(walk: Script) -> None:
        walk.open(5, "ALWAYS", members=6)  # five, and two who join: seven
        walk.update_team(walk.teams[1], [], [walk.member(place) for place in (0, 1, 2)])
        walk.advance_to(moscow("2021-02-03 12:00"))  # four sit, and the month costs nothing yet
        walk.cap(4)
        walk.join(1, [0, 1, 2, 3, 4, 5])
        assert len(walk.waiting()) == 3
        walk.lift()  # the fifth sits for nothing, the sixth would cost six
        assert sorted(walk.waiting().values()) == ["PEAK_WOULD_RISE"] * 2
        walk.advance_to(moscow("2021-03-03 12:00"))
        assert len(walk.sitting()) == 5

    await play(script)


@pytest.mark.parametrize("joins", ["ALWAYS", "WITHIN_PEAK", "NEVER"])
async def test_an_undo_reseats_those_who_sat(play: Played, joins: str) -> None:
    def script(walk: Script) -> None:
        walk.open(6, joins)
        sitting = walk.sitting()
        walk.later_by(timedelta(hours=1))
        walk.unsubscribe_crew()
        walk.join(1, [6])
        walk.undo(0)
        assert walk.sitting() == (sorted([*sitting, 6]) if joins == "ALWAYS" else sitting)
        walk.undo(0)  # the undoing
        assert walk.sitting() == []

    await play(script)


async def test_an_undo_seats_nobody_through_what_nobody_joins_but_those_who_sat_through_it(play: Played) -> None:
    def script(walk: Script) -> None:
        walk.open(6, "NEVER")
        walk.subscribe("member", 7, "ALWAYS")
        walk.unsubscribe_crew()
        walk.undo(0)
        walk.subscribe("member", 7, "ALWAYS")  # has it already
        walk.change([], [("member", walk.member(7))], "ALWAYS", skip=False)
        assert walk.sitting() == [0, 1, 2, 3, 4, 5]

    await play(script)


async def test_whom_an_undone_change_made_room_for_waits_again(play: Played) -> None:
    def script(walk: Script) -> None:
        walk.open(6, "WITHIN_PEAK")
        walk.subscribe("member", 6, "NEVER")
        walk.later_by(timedelta(hours=1))
        assert (walk.sitting(), set(walk.waiting())) == ([0, 1, 2, 3, 4, 5, 6], {7, 8})
        walk.change([], [("member", walk.member(6))], "ALWAYS", skip=False)
        assert len(walk.waiting()) == 1
        walk.undo(0)
        assert (walk.sitting(), set(walk.waiting())) == ([0, 1, 2, 3, 4, 5, 6], {7, 8})

    await play(script)


async def test_who_was_seated_though_it_costs_waits_again_after_an_undo(play: Played) -> None:
    def script(walk: Script) -> None:
        walk.open(6, "WITHIN_PEAK")
        waiting = walk.waiting()
        walk.seat_waiting([0, 1], 0)
        assert walk.waiting() == {}
        walk.undo(0)
        assert walk.waiting() == waiting
        walk.seat_waiting([0], 0)
        walk.later_by(timedelta(minutes=31))
        walk.undo(0)  # too late
        assert len(walk.waiting()) == 1

    await play(script)


async def test_who_waited_in_what_was_ended_too_waits_again_after_an_undo(play: Played) -> None:
    """Two teams cover who waits; ending one makes room at the other."""

    def script(walk: Script) -> None:
        walk.open(6, "ALWAYS", members=7, subscribes=False)
        crew = walk.team(1)
        late = walk.member(7)
        walk.update_team(crew, [], [walk.member(6), late])
        walk.change([("team", crew)], [], "ALWAYS", skip=False)
        walk.change([("team", walk.team(0))], [], "WITHIN_PEAK", skip=False)
        walk.cap(6)
        walk.update_team(crew, [late], [])
        walk.update_team(walk.team(0), [late], [])
        assert walk.waiting() == {7: "SEAT_LIMIT_REACHED"}
        walk.later_by(timedelta(hours=1))
        walk.unsubscribe_crew()
        assert walk.sitting() == [7]
        walk.cap(7)
        walk.undo(0)
        assert (walk.sitting(), walk.waiting()) == ([0, 1, 2, 3, 4, 5], {7: "PEAK_WOULD_RISE"})

    await play(script)


async def test_an_undo_takes_only_the_seat_that_the_change_gave(play: Played) -> None:
    def script(walk: Script) -> None:
        walk.open(4, "ALWAYS")
        walk.subscribe("member", 5, "ALWAYS")
        walk.join(1, [5])
        walk.undo(0)
        assert walk.sitting() == [0, 1, 2, 3, 5, 7, 8]

    await play(script)


# Life


def purge_decided(walk: Script) -> bool:
    return walk.model.purged_at is not None


async def test_who_never_subscribed_is_purged_thirty_days_after_the_trial(play: Played) -> None:
    def script(walk: Script) -> None:
        walk.open(6, "ALWAYS", subscribes=False)
        walk.contract(9, 0, None)
        walk.invite("INVITED", 1, 0, [1])
        walk.cap(1)
        walk.subscribe_crew()  # refused, and the request is kept
        due = walk.model.trial_ends_at + 30 * DAY
        walk.advance_to(due - timedelta(seconds=1))
        assert not purge_decided(walk)
        walk.advance_to(due + timedelta(seconds=1))
        assert walk.model.purged_at == due
        walk.rest()

    await play(script)


async def test_what_is_overdue_is_warned_of_and_saved_by_a_subscription(play: Played) -> None:
    def script(walk: Script) -> None:
        walk.open(6, "ALWAYS", subscribes=False)
        walk.jump_to(walk.model.trial_ends_at + 40 * DAY)  # nobody warned
        walk.later_by(DAY - timedelta(seconds=1))
        assert not purge_decided(walk)
        walk.subscribe_crew()
        walk.unsubscribe_crew()
        walk.later_by(60 * DAY)
        assert not purge_decided(walk)
        assert walk.sitting() == []

    await play(script)


async def test_a_subscription_that_ended_in_the_trial_saves_nothing(play: Played) -> None:
    def script(walk: Script) -> None:
        walk.open(6, "ALWAYS", start=IN_TRIAL)
        walk.unsubscribe_crew()
        walk.later_by(30 * DAY)
        walk.extend(7)  # too late
        walk.hold(is_held=True)
        walk.later_by(60 * DAY)
        assert not purge_decided(walk)
        walk.hold(is_held=False)
        walk.later_by(DAY - timedelta(seconds=1))
        assert not purge_decided(walk)
        walk.later_by(timedelta(seconds=2))
        assert purge_decided(walk)

    await play(script)


async def test_what_is_closed_refuses_everything_and_costs_nothing_till_it_is_reopened(play: Played) -> None:
    def script(walk: Script) -> None:
        walk.open(6, "WITHIN_PEAK")
        sitting, waiting = walk.sitting(), walk.waiting()
        walk.later_by(DAY)
        walk.close(0)
        refusals: list[Callable[[], object]] = [
            lambda: walk.close(0),
            lambda: walk.invite("INVITED", 1, 0, []),
            lambda: walk.invite("ACTIVE", 0, 0, []),
            lambda: walk.deactivate(1),
            lambda: walk.erase(2),
            lambda: walk.move(3, 2),
            lambda: walk.regroup("team", 0, [1]),
            lambda: walk.regroup("no team", 1, [1]),
            lambda: walk.take_turns(1, 1, 1),
            lambda: walk.subscribe("everyone", 0, "ALWAYS"),
            lambda: walk.seat_waiting([0], 0),
            lambda: walk.undo(0),
            lambda: walk.cap(3),
            lambda: walk.contract(3, 0, None),
            lambda: walk.extend(7),
        ]
        for refused in refusals:
            refused()
        walk.advance_to(moscow("2021-02-02 12:00"))  # a new month, and nobody is looked at
        walk.reopen()
        walk.reopen()  # is not closed
        walk.later_by(timedelta(hours=1))
        assert (walk.sitting(), walk.waiting()) == (sitting, waiting)
        walk.advance_to(moscow("2021-03-02 12:00"))
        assert [one.total for one in walk.model.statements[-2:]] == [1548, 1548]

    await play(script)


async def test_a_month_that_is_closed_throughout_is_free(play: Played) -> None:
    def script(walk: Script) -> None:
        walk.open(6, "ALWAYS")
        walk.advance_to(moscow("2021-01-31 12:00"))
        walk.close(0)
        walk.advance_to(moscow("2021-03-02 12:00"))  # not purged while it owes for January
        walk.reopen()
        walk.advance_to(moscow("2021-04-02 12:00"))
        statements = [(one.outcome, one.peak) for one in walk.model.statements]
        assert statements == [("TRIAL", 0), ("FREE", 0), ("BILLED", 8), ("FREE", 0), ("BILLED", 8)]

    await play(script)


@pytest.mark.parametrize("start", [IN_TRIAL, IN_JANUARY])
async def test_what_stays_closed_is_purged_and_owes_nothing(play: Played, start: datetime | None) -> None:
    def script(walk: Script) -> None:
        walk.open(3, "ALWAYS", start=start, members=6)  # five seats cost nothing
        walk.later_by(2 * DAY)
        walk.close(0)
        walk.later_by(29 * DAY)
        walk.reopen()
        walk.later_by(2 * DAY)
        assert not purge_decided(walk)
        walk.close(0)
        walk.later_by(31 * DAY)
        assert purge_decided(walk)

    await play(script)


async def test_what_is_closed_on_the_first_of_a_month_waits_for_its_bill(play: Played) -> None:
    def script(walk: Script) -> None:
        walk.open(3, "ALWAYS", members=6)
        walk.advance_to(moscow("2021-03-01 12:00"))
        walk.close(0)
        walk.advance_to(moscow("2021-04-01 00:29"))
        assert not purge_decided(walk)
        walk.later_by(DAY)
        assert walk.model.purged_at == moscow("2021-04-01 00:30")

    await play(script)


async def test_who_is_erased_sits_no_more_and_comes_never_back(play: Played) -> None:
    def script(walk: Script) -> None:
        walk.open(6, "ALWAYS")
        walk.subscribe("member", 2, "NEVER")
        walk.erase(2)
        assert walk.sitting() == [0, 1, 3, 4, 5, 7, 8]
        refusals: list[Callable[[], object]] = [
            lambda: walk.erase(2),
            lambda: walk.erase(0),  # the only owner
            lambda: walk.reactivate(2, 0),
            lambda: walk.deactivate(2),
            lambda: walk.move(2, 1),
            lambda: walk.join_and_leave(1, [2], [2]),
            lambda: walk.subscribe("member", 2, "ALWAYS"),
        ]
        for refused in refusals:
            refused()
        walk.invite("INVITED", 1, 0, [1])
        walk.subscribe("member", 9, "ALWAYS")
        walk.revoke(0, 1)
        walk.accept(0)
        walk.revoke(0, 1)
        assert walk.waiting() == {}

    await play(script)
