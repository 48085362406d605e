"""How often work is tried for one organization before it is left alone, and how long is waited in between."""

from datetime import timedelta

MOST_TRIES = 6
"""After so many it is parked: shown to operators, and tried again when they say so."""

_FIRST_PAUSE, _LONGEST_PAUSE = 30, 3600  # seconds


def pause_after(tries: int) -> timedelta:
    """How long to wait after so many tries came to nothing: twice as long each time, an hour at most.

    Raises: ValueError: nothing was tried.
    """
    if tries < 1:
        raise ValueError("nothing was tried")
    return timedelta(seconds=min(_FIRST_PAUSE << min(tries - 1, 20), _LONGEST_PAUSE))
