"""Those who bring no key that somebody has: how often they may try, from one address.

An address that has failed too often is answered without a look at what it brings, unless this process has let the same
key in lately: one who guesses behind a company's router does not lock out their colleagues.
"""

import hashlib
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import TypeVar

from app.http.buckets import Policy, Quota
from app.http.rate import RateLimiter, rate_limited

FAILURES = Policy("failures", capacity=100, per_second=1)
"""Failed attempts of an address, each a point."""
ARRIVALS = Policy("arrivals", capacity=300, per_second=2)
"""Pages of signing in that an address may open, each a point: also that of a company where everyone begins at nine."""

_MOST_KEPT = 10_000

Key = TypeVar("Key")
Value = TypeVar("Value")


class Strangers:
    def __init__(
        self,
        redis_url: str | None,
        policy: Policy = FAILURES,
        clock: Callable[[], float] = time.monotonic,
        arrivals: Policy = ARRIVALS,
    ) -> None:
        self._failures = RateLimiter(redis_url, policy, clock)
        self._arrivals = RateLimiter(redis_url, arrivals, clock)
        self._clock = clock
        self._blocked: OrderedDict[str, tuple[float, Quota]] = OrderedDict()  # until when, by address
        self._known: OrderedDict[bytes, None] = OrderedDict()

    def check(self, address: str, secret: str) -> None:
        """Before the secret is looked up. Raises: RequestRefused 429."""
        until, quota = self._blocked.get(address, (0.0, None))
        if quota is not None and self._clock() < until and _digest(secret) not in self._known:
            raise rate_limited(quota)

    def note_success(self, secret: str) -> None:
        """The secret was somebody's."""
        _keep(self._known, _digest(secret), None)

    async def note_failure(self, address: str) -> None:
        """The secret was nobody's. Raises: RequestRefused 429."""
        quota = await self._failures.take(address, 1)
        if not quota.is_granted:
            _keep(self._blocked, address, (self._clock() + quota.retry_after, quota))
            raise rate_limited(quota)

    async def arrive(self, address: str) -> None:
        """Open a page that needs no secret, but leaves something behind. Raises: RequestRefused 429."""
        await self._arrivals.spend(address, 1)

    async def close(self) -> None:
        await self._failures.close()
        await self._arrivals.close()


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()


def _keep(kept: OrderedDict[Key, Value], key: Key, value: Value) -> None:
    kept.pop(key, None)
    kept[key] = value
    while len(kept) > _MOST_KEPT:
        kept.popitem(last=False)
