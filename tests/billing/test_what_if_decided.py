"""A what-if of subscriptions alone is decided and not made: it tells what making it tells, and what comes of it."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from app import db
from app.billing.preview import preview_invoice
from app.billing.what_if import ProposedChange, WhatIf, ask_what_if
from app.domain.errors import DomainError, ErrorCode, Problem
from app.domain.impact import Picture
from app.domain.seat_change import JoinsPolicy
from app.domain.unset import UNSET
from app.memberships.departments import create_department
from app.memberships.subscribing import change_seats_and_invite
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
    change,
    change_groups,
    found_at,
    moscow,
    snapshot,
)

pytestmark = pytest.mark.usefixtures("clean_database")

LATE = moscow("2021-01-31 23:20")
FEW = replace(POLICIES, most_grants=4)
AS_IT_IS = OrganizationUpdate(UNSET, UNSET, UNSET, UNSET)


def proposal(*subscribe: SubjectReference, unsubscribe: Sequence[SubjectReference] = ()) -> ProposedChange:
    requested = RequestedChange(subscribe, unsubscribe, JoinsPolicy.ALWAYS, False, None)
    return ProposedChange(requested, (), (), (), (), (), AS_IT_IS)


def member(member_id: UUID, where: str = "subscribe") -> SubjectReference:
    return SubjectReference(("input", where, "0"), member_id=member_id)


def team(team_id: UUID, where: str = "subscribe") -> SubjectReference:
    return SubjectReference(("input", where, "0"), team_id=team_id)


@dataclass(frozen=True, slots=True)
class Asked:
    """What was told, or the problems of a change that is none; and whether a grant was written on the way."""

    told: Any
    is_made: bool


async def ask(company: Company, asked: ProposedChange, *, is_shown: bool = False) -> Asked:
    told: Any
    with db.counted_statements() as statements:
        try:
            found: WhatIf = await ask_what_if(OPERATOR, company.id, asked, FEW, is_shown=is_shown)
            told = found.impact
        except DomainError as error:
            told = error.problems
    return Asked(told, any("INSERT INTO seat_grants" in one for one in statements))


async def ask_both(company: Company, asked: ProposedChange) -> Asked:
    """Decided; and made, as it is with a cap in it that is there already."""
    cap = (await company.facts()).seat_cap
    decided = await ask(company, asked)
    made = await ask(company, replace(asked, limits=OrganizationUpdate(UNSET, UNSET, cap, UNSET)))
    assert decided.told == made.told
    return decided


class Walk:
    """People, teams and a department that are subscribed and unsubscribed at random, minutes apart and over the end of
    a month."""

    def __init__(self, company: Company, groups: Sequence[SubjectReference], draw: random.Random) -> None:
        self.company, self.draw, self.at = company, draw, LATE
        self.subjects = [*groups, *(member(one) for one in company.members[:6])]

    def change(self) -> ProposedChange:
        subscribe, unsubscribe = (
            [
                replace(one, path=("input", where, str(place)))
                for place, one in enumerate(self.draw.sample(self.subjects, self.draw.choice(numbers)))
            ]
            for where, numbers in (("subscribe", (1, 1, 2, 3)), ("unsubscribe", (0, 0, 1, 2)))
        )
        skips = self.draw.random() < 0.7
        if self.draw.random() < 0.4:
            subscribe, unsubscribe = (
                unsubscribe,
                [replace(one, path=("input", "unsubscribe", "0")) for one in subscribe],
            )
        return replace(proposal(), seats=RequestedChange(subscribe, unsubscribe, JoinsPolicy.ALWAYS, skips, None))

    async def step(self) -> Asked:
        """Ask, make it, and see that it is what was told."""
        self.at += timedelta(minutes=self.draw.choice([1, 4, 15, 35]))
        await advance(self.company.clock_id, self.at)
        asked, before, holders = self.change(), await snapshot(), await self.holders()
        answer = await ask_both(self.company, asked)
        assert await snapshot() == before
        impact = answer.told
        refused = await self.make(asked)
        problems = impact.refusals if hasattr(impact, "refusals") else impact
        assert list(problems)[: len(refused)] == refused
        if problems:
            assert refused
            return answer
        then = await self.holders()
        assert (impact.newly_seated, impact.losing_seat) == (then - holders, holders - then)
        assert pictured(impact.after) == await self.see()
        return answer

    async def make(self, asked: ProposedChange) -> list[Problem]:
        """Gives what it is refused for: of the limits, the first."""
        try:
            await change_seats_and_invite(OPERATOR, self.company.id, asked.seats, FEW)
        except DomainError as error:
            return list(error.problems)
        return []

    async def holders(self) -> frozenset[UUID]:
        rows = await db.fetch("SELECT member_id FROM seat_grants WHERE upper_inf(during)")
        return frozenset(row["member_id"] for row in rows)

    async def see(self) -> tuple[Any, ...]:
        found = await preview_invoice(await self.company.facts(), None, FEW)
        return found.seats_now, found.peak.seats, found.draft.total, found.if_nothing_changes, found.next_month


def pictured(picture: Picture) -> tuple[Any, ...]:
    return picture.seats, picture.peak_so_far, picture.total, picture.this_month.total, picture.next_month.total


@pytest.mark.parametrize("seed", range(4))
async def test_what_is_decided_is_what_is_made_and_what_comes_of_it(seed: int) -> None:
    draw = random.Random(seed)  # noqa: S311 - not for secrets
    company = await found_at(NOVEMBER, 14, has_profile=seed != 1)
    people = company.members
    crew = await create_team(OPERATOR, company.id, "Crew", people[2:8], POLICIES)
    other = await create_team(OPERATOR, company.id, "Other", people[7:10], POLICIES)
    sales = await create_department(OPERATOR, company.id, "Sales", None)
    await db.fetch("UPDATE members SET department_id = $1 WHERE id = ANY($2)", sales, people[9:])
    await change(company, subscribe=people[:1])
    await db.fetch("UPDATE organizations SET seat_cap = $1", {2: 9}.get(seed))
    await advance(company.clock_id, LATE)
    department = SubjectReference(("input", "subscribe", "0"), department_id=sales)
    walk = Walk(company, [team(crew), team(other), department], draw)
    answers = [await walk.step() for _ in range(22)]

    told = [one for one in answers if hasattr(one.told, "refusals")]
    assert sum(not one.is_made for one in told) >= 5
    assert any(one.told.newly_seated for one in told)
    assert any(one.told.losing_seat for one in told)


async def test_a_team_that_is_asked_about_is_granted_nothing() -> None:
    company = await company_of(8)
    crew = await create_team(OPERATOR, company.id, "Crew", company.members, POLICIES)
    asked = await ask_both(company, proposal(team(crew)))

    assert (asked.is_made, len(asked.told.newly_seated)) == (False, 8)
    assert str(asked.told.after.total.amount) == "2064.00"


async def test_where_someone_waits_the_change_is_made_and_taken_back() -> None:
    """For whoever waits may be seated by it."""
    company = await company_of(9)
    crew = await create_team(OPERATOR, company.id, "Crew", company.members[:6], POLICIES)
    await change_groups(company, teams=[crew], joins=JoinsPolicy.NEVER)
    await db.fetch(
        """
        INSERT INTO seat_waits (id, organization_id, subscription_id, member_id, since, reason, checked_at)
        SELECT gen_random_uuid(), $1, id, $2, created_at, $3, created_at FROM seat_subscriptions WHERE team_id = $4
        """,
        company.id,
        company.members[7],
        ErrorCode.SEAT_LIMIT_REACHED.value,
        crew,
    )
    assert (await ask_both(company, proposal(member(company.members[8])))).is_made


async def test_with_a_budget_the_change_is_made_and_taken_back() -> None:
    company = await company_of(9)
    await db.fetch("UPDATE organizations SET budget = 1600")
    asked = await ask_both(company, proposal(*(member(one) for one in company.members[:7])))

    assert [one.code for one in asked.told.refusals] == [ErrorCode.BUDGET_REACHED]
    assert asked.is_made


async def test_who_may_have_been_granted_a_seat_too_often_is_found_by_making_the_change() -> None:
    company = await company_of(3)
    someone = company.members[0]
    for minute in range(4):
        await advance(company.clock_id, moscow(f"2021-01-06 09:{10 * minute:02}"))
        await change(company, subscribe=[someone])
        await change(company, unsubscribe=[someone])
    asked = await ask_both(company, proposal(member(someone)))

    assert [one.code for one in asked.told.refusals] == [ErrorCode.SEAT_CHURN]
    assert asked.is_made


async def test_who_keeps_a_seat_through_something_else_is_shown_by_making_the_change() -> None:
    """With what the seat comes from then, which is not in the ledger of one that is decided."""
    company = await company_of(3)
    crew = await create_team(OPERATOR, company.id, "Crew", company.members, POLICIES)
    await change_groups(company, teams=[crew], members=company.members[:1])
    asked = proposal(unsubscribe=[member(company.members[0], "unsubscribe")])
    decided = await ask_both(company, asked)
    shown = await ask(company, asked, is_shown=True)

    assert (decided.is_made, decided.told.still_seated) == (False, frozenset(company.members[:1]))
    assert shown.told == decided.told


async def company_of(members: int) -> Company:
    """In January, the trial over."""
    company = await found_at(NOVEMBER, members)
    await advance(company.clock_id, moscow("2021-01-05 09:00"))
    return company
