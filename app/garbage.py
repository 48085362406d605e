"""Python's looking for garbage, which takes as long as there are objects to look at."""

import gc

_FEWEST_NEW = 10_000
"""Objects made since it was last looked for, before it is looked for again: an answer of a page, or a chunk of months
closed, is thousands, all of them in use until the end."""


def settle_in() -> None:
    """Once a process has loaded everything: it stays, the schema before all, and need not be looked at again. Until
    then a process may do without (`gc.disable`)."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_FEWEST_NEW, *gc.get_threshold()[1:])
    gc.enable()
