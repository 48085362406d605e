"""A bucket of points that fills by itself: what someone may spend at once, and how fast they may spend for long."""

import math
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

_MOST_KEPT = 10_000
"""Buckets of one process; the one that was used longest ago is forgotten, which fills it."""


@dataclass(frozen=True, slots=True)
class Policy:
    """How large a bucket is. `name` is what headers call it."""

    name: str
    capacity: int
    """Points; 0 for no limit."""
    per_second: float
    """Points that come back, more than 0."""

    def __post_init__(self) -> None:
        if self.capacity and self.per_second <= 0:
            raise ValueError("a bucket that is not refilled is empty for ever")

    @property
    def is_unlimited(self) -> bool:
        return self.capacity == 0

    @property
    def window(self) -> int:
        """Seconds in which an empty bucket fills."""
        return math.ceil(self.capacity / self.per_second)


@dataclass(frozen=True, slots=True)
class Quota:
    """What was answered to someone who wanted to spend points, and what they have now."""

    policy: Policy
    is_granted: bool
    points: float
    """What is in the bucket; it may be less than a point, and never below zero."""
    wanted: int

    @property
    def remaining(self) -> int:
        return int(self.points)

    @property
    def retry_after(self) -> int:
        """Seconds until what was wanted can be granted; 0 when it was."""
        return 0 if self.is_granted else self._seconds_until(min(self.wanted, self.policy.capacity))

    @property
    def headers(self) -> dict[str, str]:
        """By draft-ietf-httpapi-ratelimit-headers-10: the policy, and what is left of it. None without a limit.

        `t` is when the bucket is full again, or for what was refused when it can be asked again, as `Retry-After` is.
        """
        if self.policy.is_unlimited:
            return {}
        name, window = self.policy.name, self.policy.window
        reset = self.retry_after or self._seconds_until(self.policy.capacity)
        return {
            "RateLimit-Policy": f'"{name}";q={self.policy.capacity};w={window}',
            "RateLimit": f'"{name}";r={self.remaining};t={reset}',
            **({} if self.is_granted else {"Retry-After": str(self.retry_after)}),
        }

    def _seconds_until(self, points: int) -> int:
        return max(1, math.ceil((points - self.points) / self.policy.per_second)) if points > self.points else 0


class LocalBuckets:
    """The buckets of this process, for as long as those of all processes cannot be reached. `clock`: in seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()  # what was in it, and when

    def take(self, policy: Policy, key: str, points: int) -> Quota:
        """Take so many points, all or none."""
        now = self._clock()
        held, since = self._buckets.pop(key, (float(policy.capacity), now))
        held = min(policy.capacity, held + max(0.0, now - since) * policy.per_second)
        is_granted = held >= points
        held -= points if is_granted else 0
        self._buckets[key] = (held, now)
        while len(self._buckets) > _MOST_KEPT:
            self._buckets.popitem(last=False)
        return Quota(policy, is_granted, held, points)

    def forget(self) -> None:
        """Fill all of them."""
        self._buckets.clear()
