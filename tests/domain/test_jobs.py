"""How long is waited between tries."""

import pytest

from app.domain.jobs import pause_after


def test_each_pause_is_twice_as_long_as_the_one_before_and_an_hour_at_most() -> None:
    seconds = [pause_after(tries).total_seconds() for tries in (1, 2, 3, 4, 7, 8, 1_000_000)]
    assert seconds == [30, 60, 120, 240, 1920, 3600, 3600]


def test_nothing_waits_for_what_was_not_tried() -> None:
    with pytest.raises(ValueError, match="nothing was tried"):
        pause_after(0)
