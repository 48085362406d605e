"""Telling what was not said from what was said to be nothing."""

from enum import Enum


class Unset(Enum):
    """Its one value stands for an input that leaves a thing as it is, where None takes it away."""

    UNSET = "unset"


UNSET = Unset.UNSET
