"""How much someone may ask for: a bucket of points per actor in Redis, shared by all processes of the API.

Redis may be slow, down or empty: then every process has buckets of its own of the same size, and nobody is told.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from uuid import UUID

import structlog
from redis.asyncio import BlockingConnectionPool, Redis
from redis.exceptions import RedisError

from app.domain.actor import Actor, ActorKind, Permission
from app.http.buckets import LocalBuckets, Policy, Quota
from app.http.refusals import RequestRefused
from app.together import Together

log = structlog.get_logger()

ASKING = 1
"""Points that a request costs before it is read."""

_WITHIN = {ActorKind.MEMBER, ActorKind.PERSON, ActorKind.API_KEY}
"""Kinds of which an organization can have as many as it likes."""
_TRYING = {Permission.BILLING_VIEW, Permission.BILLING_MANAGE}
"""One of these is asked for before a code is looked at."""

_CONNECTIONS = 10
"""To Redis; each request holds one for less than a millisecond."""
_PAUSE = 5.0  # seconds until Redis is tried again after it did not

_MOST = 16
"""Buckets that are asked for in one visit to Redis."""
_TAKE = """
local clock = redis.call('TIME')
local now = clock[1] + clock[2] / 1000000
local capacity, per_second = tonumber(ARGV[1]), tonumber(ARGV[2])
local told = {}
for place, key in ipairs(KEYS) do
    local wanted = tonumber(ARGV[place + 2])
    local bucket = redis.call('HMGET', key, 'points', 'at')
    local points = capacity
    if bucket[1] then
        points = math.min(capacity, bucket[1] + math.max(0, now - bucket[2]) * per_second)
    end
    local granted = 0
    if points >= wanted then
        granted = 1
        points = points - wanted
    end
    redis.call('HSET', key, 'points', string.format('%.6f', points), 'at', string.format('%.6f', now))
    redis.call('EXPIRE', key, math.ceil(capacity / per_second) + 1)
    table.insert(told, granted)
    table.insert(told, string.format('%.6f', points))
end
return told
"""
"""Of each bucket in turn, also where one comes twice: all of what is wanted of it, or nothing."""


class RateLimiter:
    """`redis_url` is None where there is no Redis. `clock`: seconds that go on by themselves.

    `patience`: how many seconds Redis may take to answer.
    """

    def __init__(
        self,
        redis_url: str | None,
        policy: Policy,
        clock: Callable[[], float] = time.monotonic,
        patience: float = 0.1,
    ) -> None:
        self.policy = policy
        self._clock = clock
        self._local = LocalBuckets(clock)
        self._patience = patience
        self._redis = _open(redis_url, patience) if redis_url else None
        self._script = self._redis.register_script(_TAKE) if self._redis else None
        self._together = Together(self._take_shared, _MOST, reach=lambda: self.policy.name, note=lambda _: None)
        self._is_out = False
        self._next_try = 0.0

    async def take(self, key: str, points: int) -> Quota:
        """Take so many points out of the bucket of a key, all or none; here if Redis does not answer."""
        if self.policy.is_unlimited:
            return Quota(self.policy, is_granted=True, points=0, wanted=points)
        if self._script is None or (self._is_out and self._clock() < self._next_try):
            return self._local.take(self.policy, key, points)
        self._next_try = self._clock() + _PAUSE  # others do not try meanwhile if it is out
        try:
            quota = await self._together.ask((key, points))
        except (RedisError, OSError, TimeoutError) as cause:
            self._note_outage(cause)
            return self._local.take(self.policy, key, points)
        self._note_return()
        return quota

    async def spend(self, key: str, points: int) -> Quota:
        """Take the points. Raises: RequestRefused 429 RATE_LIMITED, when there are too few."""
        quota = await self.take(key, points)
        if not quota.is_granted:
            raise rate_limited(quota)
        return quota

    async def close(self) -> None:
        if self._redis is not None:
            await self._redis.aclose()

    async def _take_shared(self, wanted: Sequence[tuple[str, int]]) -> list[Quota]:
        assert self._script is not None, "there is a Redis"
        keys = [f"seatmark:{self.policy.name}:{key}" for key, _ in wanted]
        arguments = [self.policy.capacity, self.policy.per_second, *(points for _, points in wanted)]
        async with asyncio.timeout(self._patience):
            told = await self._script(keys, arguments)
        answers = zip(wanted, told[::2], told[1::2], strict=True)
        return [Quota(self.policy, bool(granted), float(left), points) for (_, points), granted, left in answers]

    def _note_outage(self, cause: Exception) -> None:
        self._next_try = self._clock() + _PAUSE
        if not self._is_out:
            log.warning("rate_limits_are_local", policy=self.policy.name, error=type(cause).__name__)
        self._is_out = True

    def _note_return(self) -> None:
        if self._is_out:
            log.info("rate_limits_are_shared", policy=self.policy.name)
            self._local.forget()
        self._is_out = False


def _open(redis_url: str, patience: float) -> Redis:
    """Opens connections when they are needed; who finds none free waits for one."""
    pool = BlockingConnectionPool.from_url(
        redis_url, max_connections=_CONNECTIONS, timeout=patience, socket_timeout=patience
    )
    return Redis.from_pool(pool)


def key_of(actor: Actor) -> str:
    """Whose bucket it is: an actor's kind and id, never what they prove themselves by. Keys that an organization makes
    for itself, as many as it likes, share one."""
    if actor.kind is ActorKind.API_KEY:
        return _key_of_organization(*actor.standings)
    return actor.name


def keys_of_guesses(actor: Actor) -> list[str]:
    """Whose buckets promo codes are guessed out of: those of the organizations where the actor may try one at all, so
    that neither colleagues nor keys add up; an actor's own where there is none, and for operators and partners."""
    if actor.kind not in _WITHIN:
        return [actor.name]
    trying = [one for one, standing in actor.standings.items() if standing.permissions & _TRYING]
    return [_key_of_organization(one) for one in sorted(trying)] or [actor.name]


def _key_of_organization(organization_id: UUID) -> str:
    return f"organization:{organization_id}"


def rate_limited(quota: Quota) -> RequestRefused:
    """Why nothing was executed, and when to ask again."""
    capacity, seconds = quota.policy.capacity, quota.retry_after
    message = (
        f"This takes {quota.wanted} points and {quota.remaining} of {capacity} are left. Try again in {seconds} s."
    )
    return RequestRefused.because(429, "RATE_LIMITED", message, quota.headers)
