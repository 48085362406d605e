"""Decisions of ours that an installation may set otherwise."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Policies:
    """`grace`: how short a span must be to be forgiven, zero for never (R3.6); `prorate_first_month`: whether
    the month in which the trial ends is charged by the time after it (R4.6); `most_grants`: how often a member may
    be granted a seat in a billing period (R3.13); `suspend_overdue`: whether an organization with an overdue invoice is
    suspended until it is paid (R6.3)."""

    grace: timedelta = timedelta(minutes=30)
    prorate_first_month: bool = False
    most_grants: int = 10
    suspend_overdue: bool = False
