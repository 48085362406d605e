"""Those who bring no key that somebody has: how often they may try, from one address.

An address that has failed too often is answered without a look at what it brings, unless this process has let the same
key in lately: one who guesses behind a company's router does not lock out their colleagues. Sessions and signed tokens
are another each hour, and are counted by themselves: they never wait for whoever fails with keys.
"""

import hashlib
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import TypeVar

from app.http.buckets import Policy, Quota
from app.http.rate import RateLimiter, rate_limited
from app.identity.bearer import looks_signed

FAILURES = Policy("failures", capacity=100, per_second=1)
"""Failed attempts of an address with keys, each a point."""
LAPSES = Policy("lapses", capacity=1000, per_second=50)
"""Those with cookies and signed tokens, which fail without anybody's fault, as they end: a company's open tabs, in the
morning. Each costs a look into an index, or at a signature."""
ARRIVALS = Policy("arrivals", capacity=300, per_second=2)
"""Pages of signing in that an address may open, each a point: also that of a company where everyone begins at nine."""

LINKS = Policy("links", capacity=5, per_second=1 / 300)
"""Links to sign in with that are sent to one address, each a point, whoever asks: nobody's mailbox is filled by us."""
ASKERS = Policy("askers", capacity=30, per_second=1 / 10)
"""Links to sign in with that are asked for from one place, each a point, whomever they are for."""

COOKIE = "Cookie"
"""What stands before a cookie's token, as "Bearer" does before others."""

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
        lapses: Policy = LAPSES,
        links: Policy = LINKS,
        askers: Policy = ASKERS,
    ) -> None:
        self._failures = RateLimiter(redis_url, policy, clock)
        self._lapses = RateLimiter(redis_url, lapses, clock)
        self._arrivals = RateLimiter(redis_url, arrivals, clock)
        self._links = RateLimiter(redis_url, links, clock)
        self._askers = RateLimiter(redis_url, askers, clock)
        self._clock = clock
        self._blocked: OrderedDict[tuple[str, bool], tuple[float, Quota]] = OrderedDict()  # until when
        self._known: OrderedDict[bytes, None] = OrderedDict()

    def check(self, address: str, secret: str) -> None:
        """Before the secret is looked up; its scheme stands before it. Raises: RequestRefused 429."""
        until, quota = self._blocked.get((address, _ends_by_itself(secret)), (0.0, None))
        if quota is not None and self._clock() < until and _digest(secret) not in self._known:
            raise rate_limited(quota)

    def note_success(self, secret: str) -> None:
        """The secret was somebody's, or is from now on."""
        _keep(self._known, _digest(secret), None)

    async def note_failure(self, address: str, secret: str) -> None:
        """The secret was nobody's. Raises: RequestRefused 429."""
        is_lapse = _ends_by_itself(secret)
        quota = await (self._lapses if is_lapse else self._failures).take(address, 1)
        if not quota.is_granted:
            _keep(self._blocked, (address, is_lapse), (self._clock() + quota.retry_after, quota))
            raise rate_limited(quota)

    async def arrive(self, address: str) -> None:
        """Open a page that needs no secret, but leaves something behind. Raises: RequestRefused 429."""
        await self._arrivals.spend(address, 1)

    async def ask_for_link(self, address: str, email: str) -> bool:
        """Whether another link is to be sent to an e-mail address, known or not. Where too many were, nobody is
        refused for what others have asked: the links that were sent are good.

        Raises: RequestRefused 429, for whoever asks from one place too often.
        """
        await self._askers.spend(address, 1)
        return (await self._links.take(_digest(email.strip().lower()).hex(), 1)).is_granted

    async def close(self) -> None:
        await self._failures.close()
        await self._lapses.close()
        await self._arrivals.close()
        await self._links.close()
        await self._askers.close()


def _ends_by_itself(secret: str) -> bool:
    """Whether it is a browser's session, or a token that a provider signed."""
    scheme, _, token = secret.rpartition(" ")
    return scheme == COOKIE or looks_signed(token)


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()


def _keep(kept: OrderedDict[Key, Value], key: Key, value: Value) -> None:
    kept.pop(key, None)
    kept[key] = value
    while len(kept) > _MOST_KEPT:
        kept.popitem(last=False)
