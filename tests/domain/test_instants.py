"""The one instant of a change (R0.1)."""

from datetime import UTC, datetime, timedelta, timezone

from app.domain.instants import TICK, clock_text, instant_of_change, instant_text

NOON = datetime(2021, 1, 15, 12, tzinfo=UTC)


def test_a_change_happens_when_the_clock_says() -> None:
    assert instant_of_change(NOON, NOON - timedelta(hours=1)) == NOON


def test_a_second_change_on_a_clock_that_stands_is_a_microsecond_later() -> None:
    assert instant_of_change(NOON, NOON) == datetime(2021, 1, 15, 12, 0, 0, 1, tzinfo=UTC)


def test_nothing_happens_before_the_last_change_however_the_clock_is_set() -> None:
    assert instant_of_change(NOON - timedelta(days=1), NOON) == NOON + TICK


def test_a_change_a_microsecond_after_the_last_keeps_its_instant() -> None:
    assert instant_of_change(NOON + TICK, NOON) == NOON + TICK


def test_an_instant_is_written_in_utc() -> None:
    moscow = timezone(timedelta(hours=3))
    assert instant_text(datetime(2021, 2, 1, tzinfo=moscow)) == "2021-01-31T21:00:00Z"
    assert instant_text(NOON + TICK) == "2021-01-15T12:00:00.000001Z"


def test_people_read_seconds_where_there_are_any_and_never_less_than_one() -> None:
    assert [clock_text(NOON + timedelta(seconds=seconds)) for seconds in (0, 0.000001, 22, 59.999999)] == [
        "12:00",
        "12:00",
        "12:00:22",
        "12:00:59",
    ]
