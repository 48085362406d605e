"""Calendar quarters."""

import pytest

from app.domain.errors import DomainError, ErrorCode
from app.domain.quarter import Quarter, parse_quarter
from tests.factories import moscow, utc


def test_a_quarter_is_three_months_of_the_zones_calendar() -> None:
    assert Quarter(2021, 1).bounds("Europe/Moscow") == (moscow("2021-01-01 00:00"), moscow("2021-04-01 00:00"))
    assert Quarter(2021, 4).bounds("UTC") == (utc("2021-10-01 00:00"), utc("2022-01-01 00:00"))


def test_clocks_that_are_put_forward_make_a_quarter_an_hour_shorter() -> None:
    since, until = Quarter(2021, 1).bounds("Europe/Berlin")
    assert (since, until) == (utc("2020-12-31 23:00"), utc("2021-03-31 22:00"))


def test_a_quarter_is_written_as_it_is_read() -> None:
    assert parse_quarter("2021-Q3") == Quarter(2021, 3)
    assert str(Quarter(2021, 3)) == "2021-Q3"


@pytest.mark.parametrize(
    "text", ["", "2021", "2021-Q0", "2021-Q5", "2021-q1", "2021-01", " 2021-Q1", "1999-Q4", "2200-Q1", "2021-Q١"]
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(DomainError) as refusal:
        parse_quarter(text, "quarter")
    assert refusal.value.code is ErrorCode.INVALID_INPUT
