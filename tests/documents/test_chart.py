"""The step chart's scale, and what is left out of it when there are more steps than print can show."""

import pytest

from app.documents.chart import COLUMNS, seat_ticks, thin_steps
from tests.documents.samples import FEBRUARY, JANUARY, chart, many_steps


@pytest.mark.parametrize(
    ("most", "ticks"),
    [
        (0, [0, 1]),
        (1, [0, 1]),
        (5, [0, 1, 2, 3, 4, 5]),
        (6, [0, 2, 4, 6]),
        (270, [0, 100, 200, 300]),
        (10_000_000, [0, 2_000_000, 4_000_000, 6_000_000, 8_000_000, 10_000_000]),
    ],
)
def test_the_axis_has_round_numbers_up_to_the_most(most: int, ticks: list[int]) -> None:
    assert seat_ticks(most) == ticks


def test_a_few_steps_are_all_drawn() -> None:
    steps = many_steps(300)
    assert thin_steps(chart(steps), COLUMNS) == steps


def test_many_steps_are_thinned_and_keep_every_column_lowest_and_highest() -> None:
    steps = many_steps(100_000)

    drawn = thin_steps(chart(steps), 100)

    assert len(drawn) <= 400
    assert drawn[0] == steps[0]
    assert drawn[-1] == steps[-1]
    assert drawn == sorted(drawn)
    width = (FEBRUARY - JANUARY) / 100
    for column in (0, 37, 99):
        inside = [seats for at, seats in steps if int((at - JANUARY) / width) == column]
        kept = [seats for at, seats in drawn if int((at - JANUARY) / width) == column]
        assert (min(kept), max(kept)) == (min(inside), max(inside))
