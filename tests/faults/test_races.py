"""Grants and revokes race with the close at the boundary, and with each other at the limits (F13).

Every racer has a transaction and a connection of its own; the organization's lock alone puts them in order.
"""

import asyncio
import sys
from collections import Counter
from collections.abc import Awaitable, Iterable
from datetime import datetime, timedelta
from itertools import pairwise
from uuid import UUID

import pytest

from app import db
from app.billing.close import close_periods
from app.billing.queries import StatementRow, list_statements
from app.checks.catalog import find_violations
from app.domain.actor import system
from app.domain.errors import DomainError
from app.domain.paging import EVERYTHING
from app.domain.policies import Policies
from app.domain.seat_change import JoinsPolicy
from app.memberships.teams import TeamUpdate, create_team, update_team
from app.organizations.queries import list_periods
from app.seats.service import SeatsChanged
from tests import servers
from tests.factories import (
    GRACE,
    NOVEMBER,
    OPERATOR,
    POLICIES,
    Company,
    advance,
    change,
    change_groups,
    count_of,
    found,
    found_at,
    jump,
    moscow,
)
from tests.faults.racing_joins import join_at_once
from tests.machine.month import Calendar, counted, merge, peak
from tests.seats.test_settling import cap, join, seated, waiting

pytestmark = pytest.mark.usefixtures("clean_database")

CLOSER = system("close")
FEBRUARY = moscow("2021-02-01 00:00")
RACERS = 20


async def outcomes(*racers: Awaitable[object]) -> Counter[str]:
    """How many came through, and how many were refused with which code."""
    ended = await asyncio.gather(*racers, return_exceptions=True)
    bugs = [one for one in ended if isinstance(one, BaseException) and not isinstance(one, DomainError)]
    assert bugs == []
    return Counter(one.code.value if isinstance(one, DomainError) else "done" for one in ended)


async def ledger_peak(company: Company, since: datetime, until: datetime, *, is_forgiving: bool = True) -> int:
    """Found anew from the whole ledger, by the model's own sweep."""
    rows = await db.fetch(
        "SELECT member_id, lower(during) AS since, upper(during) AS until FROM seat_grants WHERE organization_id = $1",
        company.id,
    )
    spans = merge((row["member_id"], row["since"], row["until"]) for row in rows)
    return peak(counted(spans, Calendar("Europe/Moscow")) if is_forgiving else spans, since, until, [])[0]


async def last_statement(company: Company) -> StatementRow:
    return (await list_statements(company.id, EVERYTHING))[-1]


async def closing(company: Company, policies: Policies) -> int:
    return await close_periods(CLOSER, [company.id], policies, during_advance=False)


async def close_at_last(company: Company, months: int, policies: Policies = POLICIES) -> None:
    """Sweep until so many months are closed: a close leaves an organization that others have in hand to them."""
    for _ in range(2000):
        if await count_of("statements", company.id) >= months:
            return
        await closing(company, policies)
    raise AssertionError("it was never closed")


def lands_in(at: datetime, periods: Iterable[tuple[datetime, datetime]]) -> int:
    return sum(starts_at <= at < ends_at for starts_at, ends_at in periods)


async def in_january(members: int, *, has_profile: bool = True) -> Company:
    company = await found_at(NOVEMBER, members, has_profile=has_profile)
    await advance(company.clock_id, moscow("2021-01-04 12:00"))
    return company


# At the boundary


@pytest.mark.fault("F13", "grants and revokes ticking over the end of a month", RACERS, "each in exactly one period")
async def test_changes_that_tick_over_the_boundary_land_in_exactly_one_period() -> None:
    company = await in_january(2 * RACERS)
    early, late = company.members[:RACERS], company.members[RACERS:]
    await change(company, subscribe=early)
    # Instants a microsecond apart: ten of these changes belong to January, the others to February.
    await jump(company.clock_id, FEBRUARY - timedelta(microseconds=10))

    done = await asyncio.gather(
        *(change(company, unsubscribe=[out], subscribe=[into]) for out, into in zip(early, late, strict=True))
    )

    instants = sorted(one.at for one in done)
    assert all(later - sooner == timedelta(microseconds=1) for sooner, later in pairwise(instants))
    assert sum(at < FEBRUARY for at in instants) == 10
    await advance(company.clock_id, moscow("2021-03-01 00:30"))
    closed = [(one.month, one.peak_seats) for one in await list_statements(company.id, EVERYTHING)][-2:]
    assert closed == [("2021-01", RACERS), ("2021-02", RACERS)]  # a replacement never raises the peak
    assert await find_violations() == []


@pytest.mark.fault("F13", "grants and revokes racing with the close", RACERS, "nothing that it bills changes")
async def test_changes_racing_with_the_close_change_nothing_of_what_it_bills() -> None:
    company = await in_january(RACERS + 10)
    staying, coming = company.members[:10], company.members[10:]
    await change(company, subscribe=staying)
    await jump(company.clock_id, FEBRUARY + GRACE)

    comers = [change(company, subscribe=[one]) for one in coming]
    leavers = [change(company, unsubscribe=[one]) for one in staying]
    ended = await outcomes(*comers, *(close_at_last(company, 3) for _ in range(3)), *leavers)

    assert ended == {"done": RACERS + 3 + 10}
    january = await last_statement(company)
    assert (january.month, january.peak_seats) == ("2021-01", 10)
    assert await count_of("invoices", company.id) == 1
    await advance(company.clock_id, moscow("2021-03-01 00:30"))
    february = await last_statement(company)
    assert february.peak_seats == await ledger_peak(company, FEBRUARY, moscow("2021-03-01 00:00"))
    assert await find_violations() == []


@pytest.mark.fault(
    "F13", "grants and revokes racing with an advance over the boundary", RACERS, "done, or told to try again"
)
async def test_changes_racing_with_an_advance_over_the_boundary_come_through_or_are_told_to_try_again() -> None:
    company = await in_january(RACERS)
    await change(company, subscribe=company.members[:6])
    await jump(company.clock_id, FEBRUARY - timedelta(seconds=1))

    async def toggle(member: UUID) -> list[datetime]:
        instants = []
        for _ in range(3):
            for way in ("subscribe", "unsubscribe"):
                try:
                    instants.append((await change(company, **{way: [member]})).at)  # type: ignore[arg-type]
                except DomainError as error:
                    assert error.code.value in ("CONFLICT", "ALREADY_SUBSCRIBED", "NOT_SUBSCRIBED")  # noqa: PT017
        return instants

    async def over_the_boundary() -> list[datetime]:
        await asyncio.sleep(0.05)
        await advance(company.clock_id, FEBRUARY + GRACE)
        return []

    ended = await asyncio.gather(over_the_boundary(), *(toggle(one) for one in company.members[6:]))

    instants = [at for one in ended for at in one]
    assert len(set(instants)) == len(instants)
    periods = [(one.starts_at, one.ends_at) for one in (await list_periods([company.id]))[company.id]]
    assert all(lands_in(at, periods) == 1 for at in instants)
    january = await last_statement(company)
    assert january.peak_seats == await ledger_peak(company, january.starts_at, january.ends_at)
    assert await find_violations() == []


@pytest.mark.fault(
    "F13", "grants and revokes at the boundary by the real clock", RACERS, "before the close, or after the period"
)
async def test_by_the_real_clock_each_change_is_before_the_close_or_after_the_period() -> None:
    at_once = Policies(grace=timedelta(0))
    company = await found(None, RACERS)
    # As if it had been activated 40 days ago, and its period ended in a second.
    row = await db.fetch_one("SELECT clock_timestamp() + interval '1 second' AS ends_at")
    assert row is not None
    boundary = row["ends_at"]
    await db.fetch(
        """
        UPDATE organizations SET created_at = created_at - interval '41 days',
            activated_at = activated_at - interval '40 days', trial_ends_at = trial_ends_at - interval '40 days'
        WHERE id = $1
        """,
        company.id,
    )
    month = boundary.replace(day=1) - timedelta(days=1)
    await db.fetch(
        "UPDATE billing_periods SET month = $2, starts_at = $3, ends_at = $4 WHERE organization_id = $1",
        company.id,
        f"{month:%Y-%m}",
        boundary - timedelta(days=45),
        boundary,
    )

    async def toggle(member: UUID) -> list[SeatsChanged]:
        made = []
        for _ in range(4):
            made.append(await change(company, subscribe=[member]))
            made.append(await change(company, unsubscribe=[member]))
            await asyncio.sleep(0.2)
        return made

    async def close_when_due() -> list[SeatsChanged]:
        row = await db.fetch_one("SELECT $1 - clock_timestamp() AS rest", boundary)
        assert row is not None
        await asyncio.sleep(row["rest"].total_seconds() - 0.1)
        await close_at_last(company, 1, at_once)
        return []

    ended = await asyncio.gather(close_when_due(), close_when_due(), *map(toggle, company.members))

    made = [one for racer in ended for one in racer]
    assert len({one.at for one in made}) == len(made)
    first = await last_statement(company)
    assert await count_of("statements", company.id) == 1
    assert first.closed_at >= boundary
    before = [one for one in made if one.at < boundary]
    assert before
    assert all(one.at < first.closed_at for one in before)
    (recorded, following) = (await list_periods([company.id]))[company.id]
    bounds = [(one.starts_at, one.ends_at) for one in (recorded, following)]
    assert all(lands_in(one.at, bounds) == 1 for one in made)
    assert first.peak_seats == await ledger_peak(company, recorded.starts_at, recorded.ends_at, is_forgiving=False)
    assert await find_violations() == []


# At the limits


async def test_two_teams_joins_at_a_cap_seat_exactly_as_many_as_it_allows() -> None:
    company = await found_at(NOVEMBER, RACERS)
    one = await create_team(OPERATOR, company.id, "One", [], POLICIES)
    other = await create_team(OPERATOR, company.id, "Other", [], POLICIES)
    await change_groups(company, teams=[one, other])
    await cap(company, 7)

    ended = await outcomes(*(join((one, other)[place % 2], member) for place, member in enumerate(company.members)))

    assert ended == {"done": RACERS}
    assert len(await seated(company)) == 7
    assert [reason for _, reason in await waiting(company)] == ["SEAT_LIMIT_REACHED"] * (RACERS - 7)
    assert await find_violations() == []


@pytest.mark.fault("F13", "joins at a cap, from two processes", RACERS, "no limit passed")
async def test_joins_from_two_processes_at_a_cap_seat_exactly_as_many_as_it_allows(database: str) -> None:
    company = await found_at(NOVEMBER, RACERS)
    crew = await create_team(OPERATOR, company.id, "Crew", [], POLICIES)
    await change_groups(company, teams=[crew])
    await cap(company, 7)
    here, there = company.members[: RACERS // 2], company.members[RACERS // 2 :]

    command = [sys.executable, "-m", "tests.faults.racing_joins", str(crew), *map(str, there)]
    process = await asyncio.create_subprocess_exec(*command, env=servers.environment(DATABASE_URL=database))
    while process.returncode is None and await db.count("SELECT 1 FROM team_memberships") == 0:
        await asyncio.sleep(0.001)  # until the other process has begun
    await join_at_once(crew, here)

    assert await process.wait() == 0
    assert len(await seated(company)) == 7
    assert len(await waiting(company)) == RACERS - 7
    assert await find_violations() == []


@pytest.mark.fault("F13", "joins and leaves at a cap", RACERS, "nobody waits who could sit")
async def test_joins_and_leaves_at_a_cap_leave_nobody_waiting_who_could_sit() -> None:
    company = await found_at(NOVEMBER, RACERS)
    inside, outside = company.members[:10], company.members[10:]
    crew = await create_team(OPERATOR, company.id, "Crew", inside, POLICIES)
    await change_groups(company, teams=[crew])
    await cap(company, 10)

    ended = await outcomes(
        *(join(crew, one) for one in outside), *(join(crew, leave=(one,)) for one in inside[:6]), cap(company, 8)
    )

    assert ended == {"done": 17}
    assert 8 <= len(await seated(company)) <= 10  # whom a lower cap finds seated stay
    for one in inside[6:8]:
        await join(crew, leave=(one,))
    assert len(await seated(company)) == 8
    assert len(await waiting(company)) == 12 - 8
    assert await find_violations() == []


@pytest.mark.fault("F13", "subscribing at a cap", RACERS, "no limit passed; each refusal recorded")
async def test_subscribing_at_a_cap_refuses_all_but_as_many_as_it_allows_and_records_each_refusal() -> None:
    company = await found_at(NOVEMBER, RACERS)
    await cap(company, 7)
    ended = await outcomes(*(change(company, subscribe=[one]) for one in company.members))
    assert ended == {"done": 7, "SEAT_LIMIT_REACHED": RACERS - 7}
    assert len(await seated(company)) == 7
    rows = await db.fetch("SELECT seats, code FROM seat_requests")
    assert Counter((row["seats"], row["code"]) for row in rows) == {(8, "SEAT_LIMIT_REACHED"): RACERS - 7}
    assert await find_violations() == []


async def test_replacements_racing_at_a_full_cap_all_pass_and_never_raise_the_peak() -> None:
    company = await in_january(RACERS)
    inside, outside = company.members[:10], company.members[10:]
    await change(company, subscribe=inside)
    await cap(company, 10)
    pairs = zip(inside, outside, strict=True)
    ended = await outcomes(*(change(company, unsubscribe=[out], subscribe=[into]) for out, into in pairs))
    assert ended == {"done": 10}
    assert await seated(company) == set(outside)
    assert await ledger_peak(company, moscow("2021-01-01 00:00"), FEBRUARY) == 10
    assert await find_violations() == []


# At the free threshold


async def test_without_a_billing_profile_exactly_five_of_those_who_race_are_seated() -> None:
    company = await in_january(RACERS, has_profile=False)
    ended = await outcomes(*(change(company, subscribe=[one]) for one in company.members))
    assert ended == {"done": 5, "BILLING_PROFILE_REQUIRED": RACERS - 5}
    assert len(await seated(company)) == 5
    assert await count_of("seat_requests", company.id) == 0
    assert await find_violations() == []


@pytest.mark.fault("F13", "joins at the free threshold", RACERS, "not past it")
async def test_joins_within_the_peak_race_to_the_free_threshold_and_not_past_it() -> None:
    company = await in_january(RACERS)
    crew = await create_team(OPERATOR, company.id, "Crew", [], POLICIES)
    await change_groups(company, teams=[crew], joins=JoinsPolicy.WITHIN_PEAK)

    ended = await outcomes(*(join(crew, one) for one in company.members))

    assert ended == {"done": RACERS}
    assert len(await seated(company)) == 5
    assert [reason for _, reason in await waiting(company)] == ["PEAK_WOULD_RISE"] * (RACERS - 5)
    await advance(company.clock_id, FEBRUARY + GRACE)
    january = await last_statement(company)
    assert (january.outcome.value, january.peak_seats) == ("FREE", 5)
    assert await find_violations() == []


@pytest.mark.fault("F13", "leaves and joins at the free threshold", RACERS, "the month stays free")
async def test_leaves_and_joins_at_the_free_threshold_keep_the_month_free_and_every_free_seat_taken() -> None:
    company = await in_january(RACERS)
    inside, outside = company.members[:5], company.members[5:]
    crew = await create_team(OPERATOR, company.id, "Crew", inside, POLICIES)
    await change_groups(company, teams=[crew], joins=JoinsPolicy.WITHIN_PEAK)
    await jump(company.clock_id, moscow("2021-01-04 13:00"))

    async def leave_and_return(member: UUID) -> None:
        await join(crew, leave=(member,))
        await update_team(OPERATOR, crew, TeamUpdate(add=[member]), POLICIES)

    await outcomes(*(join(crew, one) for one in outside), *(leave_and_return(one) for one in inside))

    assert len(await seated(company)) == 5
    assert len(await waiting(company)) == RACERS - 5
    assert await ledger_peak(company, moscow("2021-01-01 00:00"), FEBRUARY) == 5
    assert await find_violations() == []
