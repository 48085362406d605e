"""A what-if as a service: the same statements for any number of people, and the same effects as a roster's."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

import pytest

from app import db
from app.billing.what_if import NamedMove, ProposedChange, WhatIf, ask_what_if
from app.domain.impact import Impact
from app.domain.roster import RosterLine
from app.domain.seat_change import JoinsPolicy, Path
from app.domain.unset import UNSET
from app.memberships.departments import create_department
from app.memberships.placements import Placement
from app.memberships.roster import Roster, apply_roster
from app.memberships.teams import create_team
from app.seats.limits import OrganizationUpdate
from app.seats.service import RequestedChange
from app.seats.subjects import SubjectReference
from tests.factories import (
    NOVEMBER,
    OPERATOR,
    POLICIES,
    Company,
    advance,
    change_groups,
    found_at,
    moscow,
    snapshot,
)

pytestmark = pytest.mark.usefixtures("clean_database")

JANUARY = moscow("2021-01-05 09:00")
PATH: Path = ("input", "change", "0")


def proposed(
    *,
    subscribe: Sequence[SubjectReference] = (),
    unsubscribe: Sequence[SubjectReference] = (),
    joining: Sequence[tuple[UUID, UUID]] = (),
    leaving: Sequence[tuple[UUID, UUID]] = (),
    moving: Sequence[tuple[UUID, UUID]] = (),
    deactivating: Sequence[UUID] = (),
) -> ProposedChange:
    requested = RequestedChange(subscribe, unsubscribe, JoinsPolicy.ALWAYS, False, None)
    return ProposedChange(
        seats=requested,
        joining=[Placement(*pair, (*PATH, str(place))) for place, pair in enumerate(joining)],
        leaving=[Placement(*pair, (*PATH, str(place))) for place, pair in enumerate(leaving)],
        moving=[NamedMove(*pair, PATH) for pair in moving],
        deactivating=[(one, PATH) for one in deactivating],
        waiting=(),
        limits=OrganizationUpdate(UNSET, UNSET, UNSET, UNSET),
    )


async def ask(company: Company, change: ProposedChange) -> WhatIf:
    return await ask_what_if(OPERATOR, company.id, change, POLICIES)


async def company_of(members: int) -> Company:
    """In January, the trial over."""
    company = await found_at(NOVEMBER, members)
    await advance(company.clock_id, JANUARY)
    return company


async def test_a_what_if_takes_as_many_statements_for_a_hundred_people_as_for_two() -> None:
    company = await company_of(205)
    people = company.members
    sales = await create_department(OPERATOR, company.id, "Sales", None)
    crew = await create_team(OPERATOR, company.id, "Crew", people[:100], POLICIES)
    other = await create_team(OPERATOR, company.id, "Other", [], POLICIES)
    await change_groups(company, teams=[crew], members=people[200:])
    counts = []
    for number in (2, 40):
        change = proposed(
            subscribe=[
                SubjectReference(("input", "subscribe", str(one)), member_id=people[one]) for one in range(number)
            ],
            unsubscribe=[SubjectReference(("input", "unsubscribe", "0"), member_id=people[204])],
            leaving=[(crew, one) for one in people[50 : 50 + number]],
            joining=[(other, one) for one in people[:number]],
            moving=[(one, sales) for one in people[100 : 100 + number]],
            deactivating=people[150 : 150 + number],
        )
        before = await snapshot()
        with db.counted_statements() as statements:
            await ask(company, change)
        assert await snapshot() == before
        counts.append(len(statements))

    assert counts[0] == counts[1]
    assert counts[0] <= 85, counts


async def test_people_who_go_leave_join_and_move_do_what_they_do_in_a_roster() -> None:
    """The one change that really does all of this at one instant."""
    company = await found_at(NOVEMBER)
    names = [f"p{number}" for number in range(9)]

    def roster(*lines: tuple[str, tuple[str, ...], str], dry: bool = False) -> Roster:
        people = [
            RosterLine(("input", "members", str(place)), f"{name}@x.example", name, teams=teams, department=home)
            for place, (name, teams, home) in enumerate(lines)
        ]
        return Roster(people, dry, 1000, None)

    start = [(name, ("Core",) if place < 6 else (), "") for place, name in enumerate(names)]
    start.append(("q", ("Other",), "Sales"))
    await apply_roster(OPERATOR, company.id, roster(*start), POLICIES)
    ids = {row["name"]: row["id"] for table in ("members", "teams", "departments") for row in await _named(table)}
    await change_groups(company, teams=[ids["Core"]], departments=[ids["Sales"]])
    await advance(company.clock_id, JANUARY)
    change = proposed(
        deactivating=[ids["p0"]],
        leaving=[(ids["Core"], ids["p1"])],
        joining=[(ids["Core"], ids["p6"]), (ids["Other"], ids["p1"])],
        moving=[(ids["p7"], ids["Sales"]), (ids["p2"], ids["Sales"])],
    )
    asked = (await ask(company, change)).impact
    end = [
        ("p1", ("Other",), ""),
        ("p2", ("Core",), "Sales"),
        *((name, ("Core",), "") for name in names[3:7]),
        ("p7", (), "Sales"),
        ("p8", (), ""),
        ("q", ("Other",), "Sales"),
    ]
    dry = (await apply_roster(OPERATOR, company.id, roster(*end, dry=True), POLICIES)).impact
    done = (await apply_roster(OPERATOR, company.id, roster(*end), POLICIES)).impact

    assert asked == dry == done
    assert (len(asked.newly_seated), len(asked.losing_seat), len(asked.already_seated)) == (2, 2, 1)
    assert (asked.before.this_month.peak, asked.after.this_month.peak) == (7, 7)
    assert str(asked.after.total.amount) == "1806.00"


async def _named(table: str) -> list[db.Row]:
    return await db.fetch(f"SELECT id, name FROM {table}")


async def test_who_is_chosen_comes_before_who_joins_and_who_joins_waits_for_room() -> None:
    """Both at one instant under a cap of 7: the six and the chosen are seated, who joins the team waits."""
    company = await company_of(9)
    people = company.members
    crew = await create_team(OPERATOR, company.id, "Crew", people[:6], POLICIES)
    await change_groups(company, teams=[crew])
    await db.fetch("UPDATE organizations SET seat_cap = 7 WHERE id = $1", company.id)
    chosen = SubjectReference(("input", "subscribe", "0"), member_id=people[6])
    found: Impact = (await ask(company, proposed(subscribe=[chosen], joining=[(crew, people[7])]))).impact

    assert (found.newly_seated, set(found.would_wait)) == (frozenset([people[6]]), {people[7]})
    assert not found.refusals
    leaving = proposed(subscribe=[chosen], joining=[(crew, people[7])], leaving=[(crew, people[0])])
    found = (await ask(company, leaving)).impact
    assert (found.newly_seated, found.losing_seat) == (frozenset(people[6:8]), frozenset(people[:1]))
    assert not found.would_wait


async def test_a_promise_is_kept_however_many_ask_at_once() -> None:
    company = await company_of(8)
    everyone = proposed(subscribe=[SubjectReference(("input", "subscribe", "0"), is_everyone=True)])
    before = await snapshot()
    answers = await asyncio.gather(*(ask(company, everyone) for _ in range(8)))

    assert {str(one.impact.after.total.amount) for one in answers} == {"2322.00"}
    assert await snapshot() == before


async def test_a_change_waits_for_a_what_if_and_is_not_lost() -> None:
    company = await company_of(8)
    everyone = proposed(subscribe=[SubjectReference(("input", "subscribe", "0"), is_everyone=True)])
    started = time.monotonic()
    asked, made = await asyncio.gather(ask(company, everyone), change_groups(company, members=company.members[:6]))

    assert made.seated == 6
    assert asked.impact.after.seats == 9
    assert time.monotonic() - started < 15


async def test_nothing_is_left_of_a_what_if_that_a_limit_would_refuse() -> None:
    company = await company_of(8)
    await db.fetch("UPDATE organizations SET seat_cap = 2 WHERE id = $1", company.id)
    everyone = SubjectReference(("input", "subscribe", "0"), is_everyone=True)
    before = await snapshot()
    asked = await ask(company, replace(proposed(), seats=proposed(subscribe=[everyone]).seats))

    assert [one.code.value for one in asked.impact.refusals] == ["SEAT_LIMIT_REACHED"]
    assert await snapshot() == before
