"""How many seats there may be, and who gets the next one (R3.7, R3.8, R3.11, R3.13)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.errors import ErrorCode
from app.domain.seating import (
    SEAT_LIMIT,
    Candidate,
    Claim,
    Seating,
    SeatLimits,
    decide_seating,
    find_refusal,
)
from tests.domain.samples import person
from tests.domain.strategies import thorough

LIMITS = SeatLimits(seat_cap=None, budget=None, most=SEAT_LIMIT, free_threshold=5, has_billing_profile=True)
NOON = datetime(2021, 1, 15, 12, tzinfo=UTC)


def at_258(seats: int, peak: int = 0) -> Decimal:
    """5 are free, then every seat costs 258, on top of a peak that stands."""
    charged = max(seats, peak)
    return Decimal(258 * charged if charged > 5 else 0)


def refusal(seats: int, limits: SeatLimits, peak: int = 0) -> ErrorCode | None:
    found = find_refusal(seats, limits, lambda count: at_258(count, peak), seats - 1)
    return found.code if found is not None else None


def joined(number: int) -> Candidate:
    return Candidate(person(number), Claim.JOINED, None)


def cautious(number: int) -> Candidate:
    return Candidate(person(number), Claim.JOINED_WITHIN_PEAK, None)


def waited(number: int, minutes: int) -> Candidate:
    return Candidate(person(number), Claim.WAITED, NOON + timedelta(minutes=minutes))


def decide(*candidates: Candidate, seats: int, limits: SeatLimits = LIMITS, peak: int = 0) -> Seating:
    return decide_seating(candidates, seats, limits, (), lambda count: at_258(count, peak))


@pytest.mark.parametrize(
    ("seats", "limits", "code"),
    [
        (500, LIMITS, None),
        (501, LIMITS, ErrorCode.CONTRACT_REQUIRED),
        (900, replace(LIMITS, most=900), None),
        (901, replace(LIMITS, most=900), ErrorCode.CONTRACT_REQUIRED),
        (20, replace(LIMITS, seat_cap=20), None),
        (21, replace(LIMITS, seat_cap=20), ErrorCode.SEAT_LIMIT_REACHED),
        (1, replace(LIMITS, seat_cap=0), ErrorCode.SEAT_LIMIT_REACHED),
        (6, replace(LIMITS, budget=Decimal(1548)), None),
        (7, replace(LIMITS, budget=Decimal(1548)), ErrorCode.BUDGET_REACHED),
        (5, replace(LIMITS, budget=Decimal(0)), None),
        (6, replace(LIMITS, budget=Decimal(0)), ErrorCode.BUDGET_REACHED),
        (5, replace(LIMITS, has_billing_profile=False), None),
        (6, replace(LIMITS, has_billing_profile=False), ErrorCode.BILLING_PROFILE_REQUIRED),
    ],
)
def test_the_smallest_limit_refuses(seats: int, limits: SeatLimits, code: ErrorCode | None) -> None:
    assert refusal(seats, limits) is code


def test_the_own_cap_is_checked_first_then_the_budget() -> None:
    everything = SeatLimits(seat_cap=3, budget=Decimal(1), most=4, free_threshold=2, has_billing_profile=False)
    assert refusal(9, everything) is ErrorCode.SEAT_LIMIT_REACHED
    assert refusal(9, replace(everything, seat_cap=None)) is ErrorCode.BUDGET_REACHED
    assert refusal(9, replace(everything, seat_cap=None, budget=None)) is ErrorCode.CONTRACT_REQUIRED


def test_a_seat_that_raises_no_amount_passes_no_budget() -> None:
    assert refusal(7, replace(LIMITS, budget=Decimal(100)), peak=10) is None
    assert refusal(11, replace(LIMITS, budget=Decimal(100)), peak=10) is ErrorCode.BUDGET_REACHED


def test_the_limit_that_seats_are_shown_against_is_the_smaller_of_cap_and_contract() -> None:
    assert (LIMITS.seats, replace(LIMITS, seat_cap=20).seats, replace(LIMITS, seat_cap=900).seats) == (500, 20, 500)


def test_who_joins_is_seated_while_there_is_room_also_if_it_costs_more() -> None:
    limits = replace(LIMITS, seat_cap=9)
    assert decide(joined(1), joined(2), joined(3), seats=7, limits=limits) == Seating(
        (person(1), person(2)), ((person(3), ErrorCode.SEAT_LIMIT_REACHED),)
    )


def test_who_joins_within_the_peak_waits_once_the_amount_would_rise() -> None:
    assert decide(cautious(1), cautious(2), seats=7, peak=8) == Seating(
        (person(1),), ((person(2), ErrorCode.PEAK_WOULD_RISE),)
    )
    assert decide(cautious(1), cautious(2), seats=4) == Seating((person(1),), ((person(2), ErrorCode.PEAK_WOULD_RISE),))


def test_who_waits_comes_before_who_joins_the_longest_waiting_first() -> None:
    limits = replace(LIMITS, seat_cap=3)
    assert decide(joined(1), waited(2, minutes=5), waited(3, minutes=1), seats=1, limits=limits) == Seating(
        (person(3), person(2)), ((person(1), ErrorCode.SEAT_LIMIT_REACHED),)
    )


def test_who_waits_is_not_seated_by_themselves_where_that_costs_more() -> None:
    assert decide(waited(1, 0), joined(2), seats=7) == Seating((person(2),), ((person(1), ErrorCode.PEAK_WOULD_RISE),))


def test_who_was_granted_a_seat_too_often_waits_and_takes_nobodys_room() -> None:
    seating = decide_seating([joined(1), joined(2)], 0, LIMITS, {person(1)}, at_258)
    assert seating == Seating((person(2),), ((person(1), ErrorCode.SEAT_CHURN),))


@given(
    st.lists(st.tuples(st.sampled_from(Claim), st.integers(0, 3)), max_size=12),
    st.integers(0, 8),
    st.integers(0, 12),
    st.one_of(st.none(), st.integers(0, 12)),
    st.one_of(st.none(), st.integers(0, 12)),
)
@thorough
def test_nobody_passes_a_limit_and_nobody_waits_who_could_be_seated(
    claims: list[tuple[Claim, int]], seats: int, peak: int, cap: int | None, paid_for: int | None
) -> None:
    budget = at_258(paid_for) if paid_for is not None else None
    limits = SeatLimits(seat_cap=cap, budget=budget, most=10, free_threshold=5, has_billing_profile=True)
    candidates = [
        Candidate(UUID(int=place + 1), claim, NOON + timedelta(minutes=minute) if claim is Claim.WAITED else None)
        for place, (claim, minute) in enumerate(claims)
    ]
    seating = decide(*candidates, seats=seats, limits=limits, peak=peak)
    after = seats + len(seating.seated)

    assert {*seating.seated, *(one for one, _ in seating.waiting)} == {one.member_id for one in candidates}
    if seating.seated:
        assert after <= min(limits.seats, 10)
        assert budget is None or at_258(after, peak) <= max(budget, at_258(seats, peak))
    for candidate in candidates:
        if candidate.member_id not in seating.seated:
            is_free = at_258(after + 1, peak) == at_258(after, peak)
            has_room = refusal(after + 1, limits, peak) is None
            assert not has_room or (candidate.claim is not Claim.JOINED and not is_free)
