"""The SQL of spans and peaks against the domain's sweep, over ledgers drawn at random (R3.3–R3.6, R4.5, R5.1)."""

import random
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app import db
from app.domain.paging import EVERYTHING, PageRequest
from app.domain.period import BillingPeriod, Month
from app.domain.seats import (
    NO_PEAK,
    Grant,
    Interval,
    Peak,
    Span,
    counted_spans,
    find_peak,
    is_in_grace,
    merge_spans,
    seat_steps,
)
from app.seats.peak import AS_RECORDED, PeakQuestion, Supposed, find_peaks
from app.seats.queries import SeatSpanRow, count_seats, count_spans, list_open_seats, list_spans
from tests.domain import strategies as drawn
from tests.factories import GRACE, TICK, as_superuser, utc

pytestmark = pytest.mark.usefixtures("database")

STARTS = [drawn.ORIGIN - timedelta(hours=3), *drawn.PERIOD_STARTS, drawn.ORIGIN + timedelta(hours=12)]
PERIODS = [
    BillingPeriod(Month(2021, number + 1), since, until, "UTC")
    for number, (since, until) in enumerate(pairwise(STARTS))
]
"""Periods of a few hours: what decides is where spans lie to their bounds, not how long they are."""


@dataclass(frozen=True)
class Ledger:
    """What one organization recorded, and what is asked about it: stretches of a period, by its place in PERIODS."""

    id: UUID
    grants: list[Grant]
    suspensions: list[Interval]
    asked: Sequence[tuple[int, Interval | None]]


def _without_overlap(grants: Sequence[Grant]) -> list[Grant]:
    """The same grants; one that would overlap another of its subscription and member gets a subscription of its own."""
    kept: list[Grant] = []
    for one in grants:
        clashes = any(
            (one.subscription_id, one.member_id) == (other.subscription_id, other.member_id)
            and (other.revoked_at is None or one.granted_at < other.revoked_at)
            and (one.revoked_at is None or other.granted_at < one.revoked_at)
            for other in kept
        )
        kept.append(replace(one, subscription_id=uuid4()) if clashes else one)
    return kept


@st.composite
def asked(draw: st.DrawFn) -> tuple[int, Interval | None]:
    """A whole period, one from the trial's end on, one so far, or one that is not charged at all."""
    place = draw(st.integers(1, len(PERIODS) - 1))
    period = PERIODS[place]
    inside = [one for one in drawn.GRID if period.contains(one)] + [period.ends_at - TICK]
    since = draw(st.sampled_from([period.starts_at, period.starts_at, *inside]))
    until = draw(st.sampled_from([period.ends_at, period.ends_at, *[one + TICK for one in inside if one >= since]]))
    return place, draw(st.sampled_from([Interval(since, until)] * 5 + [None]))


def _one_open(suspensions: Sequence[Interval]) -> list[Interval]:
    """The same instants: the database takes one suspension without end."""
    opened = [one for one in suspensions if one.until is None]
    return [one for one in suspensions if one.until is not None] + sorted(opened, key=lambda one: one.since)[:1]


ledgers = st.builds(
    Ledger,
    st.uuids(version=4),
    drawn.grants.map(_without_overlap),
    drawn.suspensions.map(_one_open),
    st.lists(asked(), min_size=1, max_size=2),
)


@asynccontextmanager
async def recorded(ledgers: Sequence[Ledger]) -> AsyncIterator[None]:
    """The ledgers as rows for as long as the block lasts. Only the two tables that the queries read are filled."""
    with suppress(_EnoughError):
        async with as_superuser():
            await _insert_grants([(ledger.id, one) for ledger in ledgers for one in ledger.grants])
            gaps = [(ledger.id, gap) for ledger in ledgers for gap in ledger.suspensions]
            await db.fetch(
                """
                INSERT INTO suspensions (id, organization_id, since, until)
                SELECT gen_random_uuid(), * FROM unnest($1::uuid[], $2::timestamptz[], $3::timestamptz[])
                """,
                [organization_id for organization_id, _ in gaps],
                [gap.since for _, gap in gaps],
                [gap.until for _, gap in gaps],
            )
            yield
            _take_back()


class _EnoughError(Exception):
    """Ends a transaction whose rows are not to stay."""


def _take_back() -> None:
    raise _EnoughError


async def _insert_grants(grants: Sequence[tuple[UUID, Grant]]) -> None:
    await db.fetch(
        """
        INSERT INTO seat_grants (id, organization_id, subscription_id, member_id, granted_by_id, revoked_by_id, during)
        SELECT gen_random_uuid(), organization_id, subscription_id, member_id, gen_random_uuid(),
               CASE WHEN until IS NOT NULL THEN gen_random_uuid() END, tstzrange(since, until)
        FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::timestamptz[], $5::timestamptz[])
            AS seat (organization_id, subscription_id, member_id, since, until)
        """,
        [organization_id for organization_id, _ in grants],
        [UUID(int=organization_id.int ^ grant.subscription_id.int) for organization_id, grant in grants],
        [grant.member_id for _, grant in grants],
        [grant.granted_at for _, grant in grants],
        [grant.revoked_at for _, grant in grants],
    )


def questions_of(ledgers: Sequence[Ledger], periods: Sequence[BillingPeriod]) -> list[PeakQuestion]:
    return [
        PeakQuestion(ledger.id, periods[place - 1].starts_at, periods[place].starts_at, periods[place].ends_at, charged)
        for ledger in ledgers
        for place, charged in ledger.asked
    ]


def sweeps_of(ledgers: Sequence[Ledger], periods: Sequence[BillingPeriod], grace: timedelta) -> list[Peak]:
    """The domain's answers to the same questions."""
    starts = [period.starts_at for period in periods]
    answers = []
    for ledger in ledgers:
        counted = counted_spans(merge_spans(ledger.grants), starts, grace)
        answers += [
            find_peak(counted, charged, ledger.suspensions) if charged is not None else NO_PEAK
            for _, charged in ledger.asked
        ]
    return answers


@drawn.thorough
@given(st.lists(ledgers, min_size=1, max_size=5, unique_by=lambda ledger: ledger.id), drawn.graces)
async def test_the_peak_in_sql_is_the_peak_of_the_sweep(ledgers: list[Ledger], grace: timedelta) -> None:
    expected = sweeps_of(ledgers, PERIODS, grace)
    async with recorded(ledgers):
        questions = questions_of(ledgers, PERIODS)
        assert await find_peaks(questions, grace, with_holders=True) == expected
        without = [replace(peak, holders=()) for peak in expected]
        assert await find_peaks(questions, grace, with_holders=False) == without


@drawn.thorough
@given(ledgers, drawn.graces, st.randoms(use_true_random=False))
async def test_what_is_supposed_counts_as_if_it_were_recorded(
    ledger: Ledger, grace: timedelta, draw: random.Random
) -> None:
    """In three versions of a ledger: as it is, and two in which grants begin that are not recorded, or end at another
    instant than the recorded ones do."""
    hidden = [one for one in ledger.grants if draw.random() < 0.3]
    known = replace(ledger, grants=[one for one in ledger.grants if one not in hidden])
    async with recorded([known]):
        rows = await db.fetch("SELECT id, subscription_id, lower(during) AS since FROM seat_grants")
        ids = {(known.id.int ^ row["subscription_id"].int, row["since"]): row["id"] for row in rows}
        versions = [(known.grants, AS_RECORDED)]
        for _ in range(2):
            replaced = [one for one in known.grants if draw.random() < 0.3]
            begun = [one for one in hidden if draw.random() < 0.7]
            instead = [replace(one, revoked_at=draw.choice([None, one.granted_at + GRACE])) for one in replaced]
            supposed = Supposed(
                tuple((one.member_id, one.granted_at, one.revoked_at) for one in (*begun, *instead)),
                tuple(ids[one.subscription_id.int, one.granted_at] for one in replaced),
            )
            kept = [one for one in known.grants if one not in replaced]
            versions.append(([*kept, *begun, *instead], supposed))
        questions = [replace(one, supposed=as_if) for _, as_if in versions for one in questions_of([known], PERIODS)]
        expected = [
            peak for grants, _ in versions for peak in sweeps_of([replace(known, grants=grants)], PERIODS, grace)
        ]
        assert await find_peaks(questions, grace, with_holders=True) == expected
        without = [replace(peak, holders=()) for peak in expected]
        assert await find_peaks(questions, grace, with_holders=False) == without


@drawn.thorough
@given(ledgers, drawn.graces, st.sampled_from(PERIODS))
async def test_spans_in_sql_are_merged_and_counted_as_the_domain_does(
    ledger: Ledger, grace: timedelta, period: BillingPeriod
) -> None:
    merged = merge_spans(ledger.grants)
    counted = set(counted_spans(merged, STARTS, grace))
    expected = [SeatSpanRow(one.member_id, one.granted_at, one.revoked_at, one in counted) for one in merged]
    touching = [
        one
        for one in expected
        if one.granted_at < period.ends_at and (one.revoked_at is None or one.revoked_at > period.starts_at)
    ]
    async with recorded([ledger]):
        everything = await list_spans(ledger.id, PERIODS, grace, EVERYTHING, within=None, member_ids=None)
        assert everything == expected
        assert await list_spans(ledger.id, PERIODS, grace, EVERYTHING, within=period, member_ids=None) == touching
        assert await count_spans(ledger.id, within=None, member_ids=None) == len(expected)
        assert await count_spans(ledger.id, within=period, member_ids=None) == len(touching)
        for member_id in {one.member_id for one in merged}:
            own = [one for one in expected if one.member_id == member_id]
            found = await list_spans(ledger.id, PERIODS, grace, EVERYTHING, within=None, member_ids=[member_id])
            assert found == own
    spans = [Span(one.member_id, one.granted_at, one.revoked_at) for one in touching]
    shown = Interval(period.starts_at, period.ends_at)
    assert seat_steps(spans, shown) == seat_steps(merged, shown)


@drawn.thorough
@given(ledgers, drawn.graces, drawn.instants)
async def test_an_open_seat_is_in_grace_while_revoking_it_now_would_keep_it_off_the_bill(
    ledger: Ledger, grace: timedelta, now: datetime
) -> None:
    grants = [one for one in ledger.grants if one.granted_at < now]
    merged = merge_spans(grants)
    is_open = [one for one in merged if one.revoked_at is None]
    async with recorded([replace(ledger, grants=grants)]):
        seats = await list_open_seats(ledger.id, PERIODS, grace, now, None)
        assert await count_seats(ledger.id) == len(is_open)
    assert [(one.member_id, one.granted_at) for one in seats] == [(one.member_id, one.granted_at) for one in is_open]
    for seat, span in zip(seats, is_open, strict=True):
        revoked = replace(span, revoked_at=now)
        others = [one for one in merged if one != span]
        history = sorted([*others, revoked], key=lambda one: (one.granted_at, one.member_id))
        is_forgiven = is_in_grace(revoked, grace) and revoked not in counted_spans(history, STARTS, grace)
        assert (seat.in_grace_until is not None) == is_forgiven
        if seat.in_grace_until is not None:
            assert seat.in_grace_until == span.granted_at + grace


async def test_a_span_carried_into_the_period_before_by_a_touching_grant_is_not_taken_for_a_short_one_of_it() -> None:
    """Else it would be forgiven there, and the short span that reaches into this period would count (R3.6)."""
    before, period = PERIODS[0], PERIODS[1]
    carried = before.starts_at - timedelta(hours=3)
    ten, twenty = timedelta(minutes=10), timedelta(minutes=20)
    member = UUID(int=1)
    grants = [
        Grant(uuid4(), member, carried, before.starts_at),
        Grant(uuid4(), member, before.starts_at, before.starts_at + twenty),
        Grant(uuid4(), member, period.starts_at - ten, period.starts_at + ten),
    ]
    ledger = Ledger(uuid4(), grants, [], [(1, Interval(period.starts_at, period.ends_at))])
    async with recorded([ledger]):
        assert await find_peaks(questions_of([ledger], PERIODS), GRACE, with_holders=True) == [NO_PEAK]


@pytest.mark.parametrize("minutes", [0, 10, 30, 60])
async def test_hundreds_of_ledgers_full_of_ties_agree(minutes: int) -> None:
    """Hypothesis draws mostly small ledgers; these are crowded: swaps at one instant, spans that touch over bounds."""
    draw = random.Random(minutes)  # noqa: S311 - not for secrets
    instants = [*drawn.GRID, drawn.ORIGIN + TICK, drawn.ORIGIN - TICK]
    lengths = [*drawn.STRETCHES, timedelta(minutes=30), timedelta(minutes=30) + TICK]

    def grant() -> Grant:
        since = draw.choice(instants)
        until = since + draw.choice(lengths) if draw.random() < 0.9 else None
        return Grant(uuid4(), UUID(int=draw.randrange(1, 9)), since, until)

    def question() -> tuple[int, Interval]:
        place = draw.randrange(1, len(PERIODS))
        period = PERIODS[place]
        since = draw.choice([period.starts_at, *[one for one in drawn.GRID if period.contains(one)]])
        return place, Interval(since, draw.choice([period.ends_at, period.ends_at, since + TICK]))

    ledgers = [Ledger(uuid4(), [grant() for _ in range(draw.randrange(14))], [], [question()]) for _ in range(400)]
    async with recorded(ledgers):
        found = await find_peaks(questions_of(ledgers, PERIODS), timedelta(minutes=minutes), with_holders=True)
    assert found == sweeps_of(ledgers, PERIODS, timedelta(minutes=minutes))
    assert {peak.seats for peak in found} >= {0, 1, 2, 3, 4}


@pytest.mark.parametrize("seed", [1, 2])
async def test_large_ledgers_over_real_months_agree_too(seed: int) -> None:
    draw = random.Random(seed)  # noqa: S311 - not for secrets
    moments = [utc(f"2021-{month:02d}-01 00:00") - timedelta(hours=3) for month in range(1, 6)]
    periods = [
        BillingPeriod(Month(2021, number), since, until, "Europe/Moscow")
        for number, (since, until) in enumerate(pairwise(moments), start=1)
    ]

    def instant() -> datetime:
        return moments[0] + timedelta(microseconds=draw.randrange(120 * 86_400_000_000))

    def grant() -> Grant:
        since = instant()
        length = draw.choice([GRACE, GRACE + TICK, timedelta(minutes=draw.randrange(1, 40)), timedelta(days=9), None])
        until = since + length if length is not None else None
        return Grant(uuid4(), UUID(int=draw.randrange(1, 60)), since, until)

    ledgers = []
    for _ in range(12):
        suspensions = [Interval(since, since + timedelta(hours=30)) for since in (instant(), instant())]
        charged = [(place, Interval(period.starts_at, period.ends_at)) for place, period in enumerate(periods) if place]
        ledgers.append(Ledger(uuid4(), [grant() for _ in range(250)], suspensions, charged))
    async with recorded(ledgers):
        found = await find_peaks(questions_of(ledgers, periods), GRACE, with_holders=True)
    assert found == sweeps_of(ledgers, periods, GRACE)
    assert max(peak.seats for peak in found) > 20


async def test_no_question_and_no_ledger_are_no_trouble() -> None:
    period = PERIODS[1]
    nobody = PeakQuestion(
        uuid4(), PERIODS[0].starts_at, period.starts_at, period.ends_at, Interval(period.starts_at, period.ends_at)
    )
    assert await find_peaks([], GRACE, with_holders=True) == []
    assert await find_peaks([nobody], GRACE, with_holders=True) == [NO_PEAK]
    assert await find_peaks([replace(nobody, charged=None)], GRACE, with_holders=False) == [NO_PEAK]


async def test_spans_are_paged_forward_and_backward() -> None:
    grants = [Grant(uuid4(), UUID(int=number), drawn.ORIGIN + timedelta(hours=number), None) for number in range(1, 6)]
    ledger = Ledger(uuid4(), grants, [], [])
    pages: dict[str, list[int]] = defaultdict(list)
    async with recorded([ledger]):
        position = (grants[2].granted_at, grants[2].member_id)
        for name, page in {
            "first": PageRequest(2),
            "after": PageRequest(2, after=position),
            "before": PageRequest(2, before=position, is_backward=True),
        }.items():
            found = await list_spans(ledger.id, PERIODS, GRACE, page, within=None, member_ids=None)
            pages[name] = [one.member_id.int for one in found]
    # One more than asked for, to see whether there is another page.
    assert pages == {"first": [1, 2, 3], "after": [4, 5], "before": [2, 1]}
