from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given

from app.domain.period import Month, period_of
from app.domain.seats import (
    NO_PEAK,
    Grant,
    Interval,
    Peak,
    Span,
    charged_interval,
    counted_spans,
    find_peak,
    is_in_grace,
    merge_spans,
    pause_steps,
    seat_steps,
    suspended_stretches,
)
from tests.domain import model
from tests.domain.samples import GRACE, grant, person, span, utc
from tests.domain.strategies import PERIOD_STARTS, TICK, graces, grants, suspensions, thorough, windows

JANUARY = period_of(Month(2021, 1), "Europe/Moscow")
FEBRUARY = period_of(Month(2021, 2), "Europe/Moscow")
PERIODS = [JANUARY.starts_at, FEBRUARY.starts_at]
JANUARY_CHARGED = Interval(JANUARY.starts_at, JANUARY.ends_at)
FEBRUARY_CHARGED = Interval(FEBRUARY.starts_at, FEBRUARY.ends_at)


def peak_of(found: Sequence[Grant], charged: Interval = JANUARY_CHARGED, grace: timedelta = GRACE) -> Peak:
    return find_peak(counted_spans(merge_spans(found), PERIODS, grace), charged)


def people(*numbers: int) -> tuple[UUID, ...]:
    return tuple(person(number) for number in numbers)


# One person, one seat (R3.3)


def test_one_person_through_two_subscriptions_is_one_span_until_the_last_ends() -> None:
    found = [
        grant(1, "2021-01-05 10:00", "2021-01-20 10:00", source=1),
        grant(1, "2021-01-10 10:00", "2021-01-25 10:00", source=2),
    ]
    assert merge_spans(found) == [span(1, "2021-01-05 10:00", "2021-01-25 10:00")]


def test_a_grant_within_another_does_not_shorten_the_span() -> None:
    found = [
        grant(1, "2021-01-05 10:00", "2021-01-25 10:00", source=1),
        grant(1, "2021-01-10 10:00", "2021-01-12 10:00", source=2),
    ]
    assert merge_spans(found) == [span(1, "2021-01-05 10:00", "2021-01-25 10:00")]


def test_a_grant_at_the_instant_of_the_revoke_continues_the_span() -> None:
    found = [grant(1, "2021-01-05 10:00", "2021-01-10 10:00"), grant(1, "2021-01-10 10:00")]
    assert merge_spans(found) == [span(1, "2021-01-05 10:00")]


def test_a_microsecond_without_a_seat_ends_the_span() -> None:
    later = Grant(person(9), person(1), utc("2021-01-10 10:00") + TICK, None)
    spans = merge_spans([grant(1, "2021-01-05 10:00", "2021-01-10 10:00"), later])
    assert spans == [span(1, "2021-01-05 10:00", "2021-01-10 10:00"), Span(person(1), later.granted_at, None)]


def test_an_open_grant_keeps_the_span_open_when_another_source_ends() -> None:
    found = [grant(1, "2021-01-05 10:00", source=1), grant(1, "2021-01-10 10:00", "2021-01-12 10:00", source=2)]
    assert merge_spans(found) == [span(1, "2021-01-05 10:00")]


def test_spans_are_ordered_by_beginning_and_then_by_member() -> None:
    found = [grant(2, "2021-01-05 10:00"), grant(3, "2021-01-04 10:00"), grant(1, "2021-01-05 10:00")]
    assert [one.member_id for one in merge_spans(found)] == [person(3), person(1), person(2)]


def test_nobody_seated_is_no_span() -> None:
    assert merge_spans([]) == []


@thorough
@given(grants)
def test_spans_are_the_unbroken_stretches_of_holding_a_seat(found: list[Grant]) -> None:
    assert merge_spans(found) == model.merged(found)


# Grace (R3.6)


def test_a_span_of_exactly_thirty_minutes_is_in_grace() -> None:
    assert is_in_grace(span(1, "2021-01-05 10:00", "2021-01-05 10:30"), GRACE)


def test_a_span_of_thirty_minutes_and_a_microsecond_is_not_in_grace() -> None:
    since = utc("2021-01-05 10:00")
    assert not is_in_grace(Span(person(1), since, since + timedelta(minutes=30) + TICK), GRACE)


def test_an_open_span_is_not_in_grace() -> None:
    assert not is_in_grace(span(1, "2021-01-05 10:00"), GRACE)


def test_a_grace_of_zero_forgives_a_microsecond_not() -> None:
    since = utc("2021-01-05 10:00")
    shortest = Span(person(1), since, since + TICK)
    assert counted_spans([shortest], PERIODS, timedelta(0)) == [shortest]


def test_a_mistake_mended_within_half_an_hour_costs_nothing() -> None:
    assert peak_of([grant(1, "2021-01-05 10:00", "2021-01-05 10:30")]) == NO_PEAK


def test_grace_is_of_the_whole_span_and_not_of_each_source() -> None:
    found = [
        grant(1, "2021-01-05 10:00", "2021-01-05 10:20", source=1),
        grant(1, "2021-01-05 10:20", "2021-01-05 10:40", source=2),
    ]
    assert peak_of(found) == Peak(1, utc("2021-01-05 10:00"), (person(1),))


def test_a_grant_at_ten_to_midnight_revoked_at_a_quarter_past_is_in_neither_month() -> None:
    # 31 January 23:50 to 1 February 00:15 in Moscow
    found = [grant(1, "2021-01-31 20:50", "2021-01-31 21:15")]
    assert peak_of(found, JANUARY_CHARGED) == NO_PEAK
    assert peak_of(found, FEBRUARY_CHARGED) == NO_PEAK


def test_a_longer_grant_over_midnight_is_in_both_months() -> None:
    found = [grant(1, "2021-01-31 20:50", "2021-01-31 21:21")]
    assert peak_of(found, JANUARY_CHARGED) == Peak(1, utc("2021-01-31 20:50"), (person(1),))
    assert peak_of(found, FEBRUARY_CHARGED) == Peak(1, utc("2021-01-31 21:00"), (person(1),))


def test_the_second_short_span_of_a_person_in_a_month_counts() -> None:
    found = [
        grant(1, "2021-01-05 10:00", "2021-01-05 10:10"),
        grant(1, "2021-01-06 10:00", "2021-01-06 10:10"),
        grant(1, "2021-01-07 10:00", "2021-01-07 10:10"),
    ]
    assert counted_spans(merge_spans(found), PERIODS, GRACE) == [
        span(1, "2021-01-06 10:00", "2021-01-06 10:10"),
        span(1, "2021-01-07 10:00", "2021-01-07 10:10"),
    ]


def test_a_long_span_before_it_does_not_use_up_the_forgiveness() -> None:
    found = [grant(1, "2021-01-05 10:00", "2021-01-05 10:31"), grant(1, "2021-01-06 10:00", "2021-01-06 10:30")]
    assert counted_spans(merge_spans(found), PERIODS, GRACE) == [span(1, "2021-01-05 10:00", "2021-01-05 10:31")]


def test_every_person_is_forgiven_once() -> None:
    found = [grant(1, "2021-01-05 10:00", "2021-01-05 10:10"), grant(2, "2021-01-05 10:05", "2021-01-05 10:15")]
    assert counted_spans(merge_spans(found), PERIODS, GRACE) == []


def test_the_next_month_forgives_again() -> None:
    found = [grant(1, "2021-01-31 20:50", "2021-01-31 20:55"), grant(1, "2021-01-31 21:00", "2021-01-31 21:10")]
    assert counted_spans(merge_spans(found), PERIODS, GRACE) == []


def test_a_short_span_belongs_to_the_month_it_begins_in() -> None:
    found = [grant(1, "2021-01-31 20:50", "2021-01-31 21:10"), grant(1, "2021-01-20 10:00", "2021-01-20 10:10")]
    assert counted_spans(merge_spans(found), PERIODS, GRACE) == [span(1, "2021-01-31 20:50", "2021-01-31 21:10")]


@thorough
@given(grants, graces)
def test_what_counts_is_all_but_the_first_short_span_of_each_period(found: list[Grant], grace: timedelta) -> None:
    spans = model.merged(found)
    assert counted_spans(spans, PERIOD_STARTS, grace) == model.counted(spans, PERIOD_STARTS, grace)


# The peak (R4.5)


def test_the_january_of_the_source_has_a_peak_of_270() -> None:
    # [S2]: 14 days 245 people, 7 days 270, the other 10 days 260
    found = [grant(number, "2020-12-20 09:00") for number in range(245)]
    found += [grant(number, "2021-01-14 21:00", "2021-01-21 21:00") for number in range(245, 255)]
    found += [grant(number, "2021-01-14 21:00") for number in range(255, 270)]
    assert peak_of(found) == Peak(270, utc("2021-01-14 21:00"), people(*range(270)))
    assert peak_of(found, FEBRUARY_CHARGED) == Peak(260, FEBRUARY.starts_at, people(*range(245), *range(255, 270)))


def test_revoking_and_granting_at_one_instant_does_not_raise_the_peak() -> None:
    found = [grant(1, "2021-01-05 10:00", "2021-01-10 10:00"), grant(2, "2021-01-10 10:00")]
    assert peak_of(found) == Peak(1, utc("2021-01-05 10:00"), (person(1),))


def test_granting_first_and_revoking_after_raises_the_peak() -> None:
    found = [grant(1, "2021-01-05 10:00", "2021-01-10 10:01"), grant(2, "2021-01-10 10:00")]
    assert peak_of(found) == Peak(2, utc("2021-01-10 10:00"), people(1, 2))


def test_whoever_leaves_as_the_peak_is_reached_is_not_among_its_holders() -> None:
    found = [
        grant(1, "2021-01-05 10:00", "2021-01-10 10:00"),
        grant(2, "2021-01-10 10:00", "2021-01-20 10:00"),
        grant(3, "2021-01-10 10:00"),
    ]
    assert peak_of(found) == Peak(2, utc("2021-01-10 10:00"), people(2, 3))


def test_a_window_without_end_has_a_peak_too() -> None:
    found = [
        grant(1, "2021-01-05 10:00"),
        grant(2, "2021-03-05 10:00"),
        grant(3, "2020-01-05 10:00", "2021-02-05 10:00"),
    ]
    assert peak_of(found, Interval(JANUARY.starts_at, None)) == Peak(2, utc("2021-01-05 10:00"), people(1, 3))


def test_people_carried_in_count_from_the_start_of_the_month() -> None:
    assert peak_of([grant(1, "2020-06-01 10:00")]) == Peak(1, JANUARY.starts_at, (person(1),))


def test_whoever_left_at_the_start_of_the_month_is_not_carried_in() -> None:
    assert peak_of([grant(1, "2020-06-01 10:00", "2020-12-31 21:00")]) == NO_PEAK


def test_whoever_came_at_the_end_of_the_month_is_not_in_it() -> None:
    assert peak_of([grant(1, "2021-01-31 21:00")]) == NO_PEAK


def test_whoever_came_at_the_last_instant_is_in_it() -> None:
    since = JANUARY.ends_at - TICK
    assert peak_of([Grant(person(9), person(1), since, None)]) == Peak(1, since, (person(1),))


def test_of_several_instants_with_as_many_the_first_is_named() -> None:
    found = [
        grant(1, "2021-01-05 10:00", "2021-01-08 10:00"),
        grant(2, "2021-01-05 11:00", "2021-01-08 10:00"),
        grant(3, "2021-01-20 10:00"),
        grant(4, "2021-01-20 10:00"),
    ]
    assert peak_of(found) == Peak(2, utc("2021-01-05 11:00"), people(1, 2))


def test_after_a_trial_that_ends_on_the_20th_only_what_follows_is_charged() -> None:
    charged = charged_interval(JANUARY.starts_at, JANUARY.ends_at, utc("2021-01-20 09:00"))
    assert charged == Interval(utc("2021-01-20 09:00"), JANUARY.ends_at)
    found = [grant(number, "2021-01-05 10:00", "2021-01-20 09:00") for number in (1, 2, 3)]
    found += [grant(4, "2021-01-05 10:00"), grant(5, "2021-01-25 10:00")]
    assert peak_of(found, charged) == Peak(2, utc("2021-01-25 10:00"), people(4, 5))


def test_a_month_within_the_trial_is_not_charged() -> None:
    assert charged_interval(JANUARY.starts_at, JANUARY.ends_at, JANUARY.ends_at) is None


def test_a_month_of_an_organization_that_never_began_a_trial_is_not_charged() -> None:
    assert charged_interval(JANUARY.starts_at, JANUARY.ends_at, None) is None


def test_a_month_after_the_trial_is_charged_whole() -> None:
    assert charged_interval(JANUARY.starts_at, JANUARY.ends_at, JANUARY.starts_at) == JANUARY_CHARGED


def test_a_suspension_counts_no_seats() -> None:
    spans = [span(1, "2021-01-05 10:00", "2021-01-10 10:00"), span(2, "2021-01-05 10:00", "2021-01-07 10:00")]
    suspended = [Interval(utc("2021-01-01 10:00"), utc("2021-01-08 10:00"))]
    assert find_peak(spans, JANUARY_CHARGED, suspended) == Peak(1, utc("2021-01-08 10:00"), (person(1),))


def test_a_suspension_without_end_counts_no_seats_any_more() -> None:
    spans = [span(1, "2021-01-05 10:00")]
    assert find_peak(spans, JANUARY_CHARGED, [Interval(utc("2020-12-01 10:00"), None)]) == NO_PEAK


@pytest.mark.parametrize(
    ("since", "reached_at"),
    [("2021-01-05 10:00", "2021-01-05 12:00"), ("2021-01-05 11:00", "2021-01-05 10:00")],
    ids=["from the grant on", "an hour later"],
)
def test_a_peak_is_first_reached_outside_the_suspension(since: str, reached_at: str) -> None:
    suspended = [Interval(utc(since), utc("2021-01-05 12:00"))]
    found = find_peak([span(1, "2021-01-05 10:00")], JANUARY_CHARGED, suspended)
    assert found == Peak(1, utc(reached_at), (person(1),))


@thorough
@given(grants, graces, windows, suspensions)
def test_the_peak_is_the_first_instant_with_the_most_seats(
    found: list[Grant], grace: timedelta, charged: Interval, suspended: list[Interval]
) -> None:
    spans = model.counted(model.merged(found), PERIOD_STARTS, grace)
    assert find_peak(spans, charged, suspended) == model.peak(spans, charged, suspended)


@thorough
@given(grants, graces, windows)
def test_from_grants_to_peak_every_step_agrees(found: list[Grant], grace: timedelta, charged: Interval) -> None:
    expected = model.peak(model.counted(model.merged(found), PERIOD_STARTS, grace), charged, [])
    assert find_peak(counted_spans(merge_spans(found), PERIOD_STARTS, grace), charged) == expected


@thorough
@given(grants, windows)
def test_replacing_a_person_at_one_instant_never_raises_the_peak(found: list[Grant], charged: Interval) -> None:
    before = model.merged(found)
    instant: datetime = charged.since + timedelta(minutes=10)
    kept = [one for one in before if one.revoked_at is not None and one.revoked_at <= instant]
    replaced = [one for one in before if one.granted_at < instant and one not in kept]
    others = [one for one in before if one not in kept and one not in replaced]
    halves = [Span(one.member_id, one.granted_at, instant) for one in replaced]
    halves += [Span(person(100 + at), instant, one.revoked_at) for at, one in enumerate(replaced)]
    assert find_peak([*kept, *halves, *others], charged).seats == find_peak(before, charged).seats


# Steps, for a chart


def test_steps_begin_with_who_was_carried_in_and_show_every_change_once() -> None:
    spans = [
        span(1, "2020-12-01 10:00", "2021-01-20 10:00"),
        span(2, "2021-01-05 10:00", "2021-01-10 10:00"),
        span(3, "2021-01-10 10:00"),
        span(4, "2021-01-31 20:00", "2021-01-31 21:00"),
    ]
    assert seat_steps(spans, JANUARY_CHARGED) == [
        (JANUARY.starts_at, 1),
        (utc("2021-01-05 10:00"), 2),
        (utc("2021-01-20 10:00"), 1),
        (utc("2021-01-31 20:00"), 2),
    ]


def test_steps_without_end_show_who_is_seated_from_then_on() -> None:
    spans = [span(1, "2021-01-05 10:00"), span(2, "2021-01-05 10:00", "2021-01-10 10:00")]
    assert seat_steps(spans, Interval(JANUARY.starts_at, None)) == [
        (JANUARY.starts_at, 0),
        (utc("2021-01-05 10:00"), 2),
        (utc("2021-01-10 10:00"), 1),
    ]


def test_without_seats_there_is_one_step_of_none() -> None:
    assert seat_steps([], JANUARY_CHARGED) == [(JANUARY.starts_at, 0)]


@thorough
@given(grants, windows)
def test_steps_are_the_number_of_holders_wherever_it_changes(found: list[Grant], shown: Interval) -> None:
    spans = model.merged(found)
    assert seat_steps(spans, shown) == model.steps(spans, shown)


def test_suspensions_that_touch_are_one_stretch_and_end_with_the_month() -> None:
    suspended = [
        Interval(utc("2021-01-20 10:00"), None),
        Interval(utc("2020-12-20 10:00"), utc("2021-01-02 10:00")),
        Interval(utc("2021-01-02 10:00"), utc("2021-01-03 10:00")),
        Interval(utc("2020-11-01 10:00"), utc("2020-11-03 10:00")),
    ]
    assert suspended_stretches(suspended, JANUARY_CHARGED) == [
        (JANUARY.starts_at, utc("2021-01-03 10:00")),
        (utc("2021-01-20 10:00"), JANUARY.ends_at),
    ]


def test_nobody_counts_in_a_suspended_stretch_and_after_it_all_who_hold_a_seat_then() -> None:
    steps = [(JANUARY.starts_at, 2), (utc("2021-01-10 10:00"), 5), (utc("2021-01-25 10:00"), 3)]
    stretches = [
        (utc("2021-01-05 10:00"), utc("2021-01-15 10:00")),
        (utc("2021-01-20 10:00"), utc("2021-01-25 10:00")),
        (utc("2021-01-30 10:00"), JANUARY.ends_at),
    ]
    assert pause_steps(steps, stretches, JANUARY.ends_at) == [
        (JANUARY.starts_at, 2),
        (utc("2021-01-05 10:00"), 0),
        (utc("2021-01-15 10:00"), 5),
        (utc("2021-01-20 10:00"), 0),
        (utc("2021-01-25 10:00"), 3),
        (utc("2021-01-30 10:00"), 0),
    ]
    assert pause_steps(steps, [], JANUARY.ends_at) == steps


@thorough
@given(grants, suspensions)
def test_the_highest_step_outside_suspensions_is_the_peak_of_all_spans(
    found: list[Grant], suspended: list[Interval]
) -> None:
    spans = merge_spans(found)
    stretches = suspended_stretches(suspended, JANUARY_CHARGED)
    steps = pause_steps(seat_steps(spans, JANUARY_CHARGED), stretches, JANUARY.ends_at)
    peak = find_peak(spans, JANUARY_CHARGED, suspended)
    assert max(seats for _, seats in steps) == peak.seats
    if peak.reached_at is not None:
        assert (peak.reached_at, peak.seats) in steps
