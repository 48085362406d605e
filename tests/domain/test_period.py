from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.errors import DomainError, ErrorCode
from app.domain.period import (
    BillingPeriod,
    Month,
    check_time_zone,
    first_instant,
    month_at,
    next_period,
    parse_month,
    period_at,
    period_of,
)
from tests.domain import model
from tests.domain.samples import utc
from tests.domain.strategies import TICK, thorough

ZONES = sorted(available_timezones() - {"Factory", "localtime"})
MONTHS = [Month(year, number) for year in range(2015, 2031) for number in range(1, 13)]


def bounds(month: Month, time_zone: str) -> tuple[datetime, datetime]:
    period = period_of(month, time_zone)
    return period.starts_at, period.ends_at


def changes_clocks_near(month: Month, time_zone: str) -> bool:
    """Whether the zone's offset differs 16 hours before and after the month's first midnight in UTC."""
    first = datetime(month.year, month.number, 1, tzinfo=UTC)
    before, after = ((first + timedelta(hours=hours)).astimezone(ZoneInfo(time_zone)) for hours in (-16, 16))
    return before.utcoffset() != after.utcoffset()


# Months


@pytest.mark.parametrize(
    ("month", "following"), [((2020, 12), (2021, 1)), ((2021, 1), (2021, 2)), ((2021, 11), (2021, 12))]
)
def test_months_follow_each_other(month: tuple[int, int], following: tuple[int, int]) -> None:
    assert Month(*month).next() == Month(*following)
    assert Month(*following).previous() == Month(*month)


def test_months_are_ordered_by_the_calendar() -> None:
    assert sorted([Month(2021, 2), Month(2020, 12), Month(2021, 1)]) == [
        Month(2020, 12),
        Month(2021, 1),
        Month(2021, 2),
    ]


def test_a_month_is_written_with_two_digits() -> None:
    assert str(Month(2021, 1)) == "2021-01"


@pytest.mark.parametrize(
    ("text", "month"),
    [
        ("2021-01", Month(2021, 1)),
        ("2020-12", Month(2020, 12)),
        ("2000-01", Month(2000, 1)),
        ("2199-12", Month(2199, 12)),
    ],
)
def test_a_month_is_read(text: str, month: Month) -> None:
    assert parse_month(text) == month


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2021",
        "2021-1",
        "2021-00",
        "2021-13",
        "2021-01-01",
        "2021-01\n",
        " 2021-01",
        "21-01",
        "٢٠٢١-٠١",
    ],
)
def test_what_is_not_a_month_is_refused(text: str) -> None:
    with pytest.raises(DomainError) as refusal:
        parse_month(text)
    assert refusal.value.code is ErrorCode.INVALID_INPUT
    assert refusal.value.message == f"{text!r} is not a month such as 2021-01."


@pytest.mark.parametrize("text", ["1999-12", "2200-01", "0000-01", "9999-12"])
def test_what_is_not_a_month_of_our_years_is_refused(text: str) -> None:
    with pytest.raises(DomainError) as refusal:
        parse_month(text)
    assert refusal.value.code is ErrorCode.INVALID_INPUT
    assert refusal.value.message == f"{text} is not a month from 2000-01 to 2199-12."


def test_the_month_is_that_of_the_calendar_on_the_wall() -> None:
    assert month_at(utc("2020-12-31 20:59"), "Europe/Moscow") == Month(2020, 12)
    assert month_at(utc("2020-12-31 21:00"), "Europe/Moscow") == Month(2021, 1)


# Zones


@pytest.mark.parametrize("name", ["Europe/Moscow", "Asia/Kathmandu", "Pacific/Chatham", "America/St_Johns", "UTC"])
def test_a_zone_of_the_world_is_taken(name: str) -> None:
    assert check_time_zone(name) == name


@pytest.mark.parametrize(
    "name",
    ["", "Moscow", "europe/moscow", "UTC+3", "+03:00", "Factory", "localtime", "../etc/passwd", "Europe/Moscow "],
)
def test_what_is_not_a_zone_of_the_world_is_refused(name: str) -> None:
    with pytest.raises(DomainError) as refusal:
        check_time_zone(name)
    assert refusal.value.code is ErrorCode.INVALID_INPUT
    assert refusal.value.message == f"{name!r} is not a time zone such as Europe/Moscow."


# Periods


@pytest.mark.parametrize(
    ("month", "time_zone", "starts_at", "ends_at"),
    [
        ((2021, 1), "Europe/Moscow", "2020-12-31 21:00", "2021-01-31 21:00"),  # Moscow, three hours ahead
        ((2014, 10), "Europe/Moscow", "2014-09-30 20:00", "2014-10-31 21:00"),  # Moscow leaves UTC+4
        ((2024, 2), "Europe/Moscow", "2024-01-31 21:00", "2024-02-29 21:00"),  # 29 days of February
        ((2023, 2), "Europe/Moscow", "2023-01-31 21:00", "2023-02-28 21:00"),  # 28 days of February
        ((2021, 1), "Asia/Kathmandu", "2020-12-31 18:15", "2021-01-31 18:15"),  # Kathmandu, 5:45 ahead
        ((2021, 4), "Pacific/Chatham", "2021-03-31 10:15", "2021-04-30 11:15"),  # Chatham, 13:45 to 12:45
        ((2020, 10), "America/Havana", "2020-10-01 04:00", "2020-11-01 04:00"),  # ends at the first midnight
        ((2020, 11), "America/Havana", "2020-11-01 04:00", "2020-12-01 05:00"),  # Havana, midnight twice
        ((2017, 9), "America/Asuncion", "2017-09-01 04:00", "2017-10-01 04:00"),  # ends at the jump
        ((2017, 10), "America/Asuncion", "2017-10-01 04:00", "2017-11-01 03:00"),  # Asunción, no midnight
        ((2023, 10), "America/Asuncion", "2023-10-01 04:00", "2023-11-01 03:00"),  # Asunción, again none
        ((2009, 10), "America/St_Johns", "2009-10-01 02:30", "2009-11-01 02:30"),  # ends a minute before
        ((2009, 11), "America/St_Johns", "2009-11-01 02:30", "2009-12-01 03:30"),  # St John's, back at 00:01
        ((2006, 10), "America/St_Johns", "2006-10-01 02:30", "2006-11-01 03:30"),  # St John's, back on the 29th
        ((2011, 12), "Pacific/Apia", "2011-12-01 10:00", "2011-12-31 10:00"),  # Samoa skips the 30th
        ((2021, 12), "UTC", "2021-12-01 00:00", "2022-01-01 00:00"),  # over the year
    ],
)
def test_a_period_is_a_month_by_the_clocks_of_its_zone(
    month: tuple[int, int], time_zone: str, starts_at: str, ends_at: str
) -> None:
    assert bounds(Month(*month), time_zone) == (utc(starts_at), utc(ends_at))


def test_a_period_is_half_open() -> None:
    january = period_of(Month(2021, 1), "Europe/Moscow")
    assert not january.contains(utc("2020-12-31 21:00") - TICK)
    assert january.contains(utc("2020-12-31 21:00"))
    assert january.contains(utc("2021-01-31 21:00") - TICK)
    assert not january.contains(utc("2021-01-31 21:00"))


def test_the_hour_that_is_october_again_belongs_to_november() -> None:
    again_october = utc("2009-11-01 03:00")
    assert month_at(again_october, "America/St_Johns") == Month(2009, 10)
    assert period_at(again_october, "America/St_Johns").month == Month(2009, 11)


@pytest.mark.parametrize("time_zone", ["Europe/Moscow", "America/Havana", "Pacific/Chatham", "America/Asuncion"])
def test_the_last_and_the_first_instant_lie_in_periods_next_to_each_other(time_zone: str) -> None:
    boundary = first_instant(Month(2026, 11), time_zone)
    assert period_at(boundary - TICK, time_zone) == period_of(Month(2026, 10), time_zone)
    assert period_at(boundary, time_zone) == period_of(Month(2026, 11), time_zone)


@thorough
@given(st.sampled_from(ZONES))
def test_periods_tile(time_zone: str) -> None:
    period = period_of(MONTHS[0], time_zone)
    for month in MONTHS[1:]:
        following = next_period(period, time_zone)
        assert following == period_of(month, time_zone)
        assert following.starts_at == period.ends_at
        assert following.starts_at.tzinfo is UTC
        period = following


def test_in_every_zone_a_period_ends_with_the_last_day_of_its_month_and_the_next_begins_with_the_first() -> None:
    for number, time_zone in enumerate(ZONES):
        for month in MONTHS[number % 4 :: 4]:
            first = first_instant(month, time_zone)
            assert month_at(first - TICK, time_zone) == month.previous(), (time_zone, month)
            assert first.astimezone(ZoneInfo(time_zone)).date() == date(month.year, month.number, 1)


def test_in_every_zone_that_changes_its_clocks_near_it_a_month_begins_at_the_first_minute_that_shows_it() -> None:
    watched = [(month, zone) for zone in ZONES for month in MONTHS if changes_clocks_near(month, zone)]
    watched += [(Month(year, number), "America/St_Johns") for year in range(2006, 2012) for number in range(1, 13)]
    assert {zone for _, zone in watched} >= {"America/Havana", "America/Asuncion"}
    for month, time_zone in watched:
        assert first_instant(month, time_zone) == model.month_begins(month, time_zone), (month, time_zone)


@thorough
@given(st.sampled_from(ZONES), st.sampled_from(MONTHS))
def test_a_month_begins_at_the_first_minute_that_shows_it(time_zone: str, month: Month) -> None:
    assert first_instant(month, time_zone) == model.month_begins(month, time_zone)


@thorough
@given(st.sampled_from(ZONES), st.sampled_from(MONTHS), st.integers(-3 * 3600 * 10**6, 3 * 3600 * 10**6))
def test_every_instant_near_a_boundary_lies_in_the_one_period_that_contains_it(
    time_zone: str, month: Month, microseconds: int
) -> None:
    instant = first_instant(month, time_zone) + timedelta(microseconds=microseconds)
    expected = month if microseconds >= 0 else month.previous()
    assert period_at(instant, time_zone) == period_of(expected, time_zone)


# A change of zone


def test_the_running_period_ends_by_the_old_zone_and_the_next_by_the_new() -> None:
    january = period_of(Month(2021, 1), "Europe/Moscow")
    february = next_period(january, "Asia/Kathmandu")
    assert february == BillingPeriod(Month(2021, 2), utc("2021-01-31 21:00"), utc("2021-02-28 18:15"), "Asia/Kathmandu")
    assert next_period(february, "Asia/Kathmandu") == period_of(Month(2021, 3), "Asia/Kathmandu")


def test_from_the_first_zone_of_the_day_to_the_last_the_next_period_is_25_hours_longer() -> None:
    december = period_of(Month(2020, 12), "Pacific/Kiritimati")
    january = next_period(december, "Pacific/Niue")
    assert january == BillingPeriod(Month(2021, 1), utc("2020-12-31 10:00"), utc("2021-02-01 11:00"), "Pacific/Niue")


def test_from_the_last_zone_of_the_day_to_the_first_the_next_period_is_25_hours_shorter() -> None:
    january = period_of(Month(2021, 1), "Pacific/Niue")
    february = next_period(january, "Pacific/Kiritimati")
    assert february == BillingPeriod(
        Month(2021, 2), utc("2021-02-01 11:00"), utc("2021-02-28 10:00"), "Pacific/Kiritimati"
    )


def test_without_a_change_of_zone_the_next_period_is_the_next_month() -> None:
    period = period_of(Month(2020, 12), "Europe/Moscow")
    assert next_period(period, "Europe/Moscow") == period_of(Month(2021, 1), "Europe/Moscow")


@thorough
@given(st.sampled_from(MONTHS), st.lists(st.sampled_from(ZONES), min_size=1, max_size=3))
def test_periods_tile_over_any_changes_of_zone(month: Month, zones: list[str]) -> None:
    period = period_of(month, "Europe/Moscow")
    for time_zone in zones:
        following = next_period(period, time_zone)
        assert (following.month, following.starts_at) == (period.month.next(), period.ends_at)
        assert following.ends_at == model.month_begins(following.month.next(), time_zone)
        period = following
