"""Buckets of points: in Redis for all processes, and in each when Redis does not answer."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from uuid import uuid4

import pytest
from redis.asyncio import Redis

from app.domain.actor import operator
from app.embedded import run_valkey
from app.http.buckets import LocalBuckets, Policy, Quota
from app.http.cost import Measure
from app.http.rate import RateLimiter
from app.http.refusals import RequestRefused
from app.http.strangers import Strangers
from app.http.tolls import Tolls

SLOW = Policy("points", capacity=100, per_second=0.001)
"""A bucket that does not fill while a test runs."""


class Clock:
    """Seconds, which go on when they are told to."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def key() -> str:
    """Of a bucket that nobody has used."""
    return uuid4().hex


@pytest.fixture
async def limiter(redis_url: str) -> AsyncIterator[RateLimiter]:
    made = RateLimiter(redis_url, SLOW, patience=10)
    yield made
    await made.close()


def test_a_bucket_gives_all_of_what_is_asked_or_nothing() -> None:
    buckets = LocalBuckets(Clock())
    assert buckets.take(SLOW, "a", 60) == Quota(SLOW, is_granted=True, points=40, wanted=60)
    assert buckets.take(SLOW, "a", 41) == Quota(SLOW, is_granted=False, points=40, wanted=41)
    assert buckets.take(SLOW, "a", 40) == Quota(SLOW, is_granted=True, points=0, wanted=40)


def test_a_bucket_fills_by_the_second_up_to_its_capacity() -> None:
    clock = Clock()
    buckets, policy = LocalBuckets(clock), Policy("points", capacity=100, per_second=10)
    buckets.take(policy, "a", 100)
    clock.now = 2.5
    assert buckets.take(policy, "a", 0).points == 25
    clock.now = 1000
    assert buckets.take(policy, "a", 0).points == 100


def test_a_bucket_does_not_leak_when_its_clock_goes_back() -> None:
    clock = Clock()
    buckets, policy = LocalBuckets(clock), Policy("points", capacity=100, per_second=10)
    buckets.take(policy, "a", 50)
    clock.now = -60
    assert buckets.take(policy, "a", 0).points == 50


def test_a_process_keeps_the_buckets_used_last() -> None:
    buckets = LocalBuckets(Clock())
    buckets.take(SLOW, "first", 100)
    buckets.take(SLOW, "second", 100)
    for number in range(9_999):
        buckets.take(SLOW, str(number), 1)
    assert buckets.take(SLOW, "second", 0).points == 0
    assert buckets.take(SLOW, "first", 0).points == 100


def test_headers_tell_the_policy_and_what_is_left() -> None:
    policy = Policy("points", capacity=50_000, per_second=1000)
    assert Quota(policy, is_granted=True, points=49_876.5, wanted=10).headers == {
        "RateLimit-Policy": '"points";q=50000;w=50',
        "RateLimit": '"points";r=49876;t=1',
    }


def test_headers_of_a_refusal_say_when_to_come_again() -> None:
    policy = Policy("points", capacity=50_000, per_second=1000)
    assert Quota(policy, is_granted=False, points=100, wanted=5_000).headers == {
        "RateLimit-Policy": '"points";q=50000;w=50',
        "RateLimit": '"points";r=100;t=5',
        "Retry-After": "5",
    }


def test_a_bucket_that_never_fills_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="empty for ever"):
        Policy("points", capacity=10, per_second=0)


async def test_redis_gives_all_of_what_is_asked_or_nothing(limiter: RateLimiter, key: str) -> None:
    first, second, third = [await limiter.take(key, points) for points in (60, 41, 40)]
    assert [first.is_granted, second.is_granted, third.is_granted] == [True, False, True]
    assert [first.remaining, second.remaining, third.remaining] == [40, 40, 0]


async def test_a_bucket_in_redis_fills_by_the_clock_of_redis(redis_url: str, key: str) -> None:
    limiter = RateLimiter(redis_url, Policy("points", capacity=100, per_second=10), patience=10)
    await limiter.take(key, 100)
    async with Redis.from_url(redis_url) as redis:
        name = f"seatmark:points:{key}"
        at = float(await redis.hget(name, "at"))
        await redis.hset(name, "at", at - 5)  # as if it had been emptied five seconds earlier
        assert 0 < await redis.ttl(name) <= 11
    assert 50 <= (await limiter.take(key, 0)).points <= 100
    await limiter.close()


async def test_a_hundred_at_once_get_what_there_is_and_no_more(limiter: RateLimiter, key: str) -> None:
    quotas = await asyncio.gather(*(limiter.take(key, 3) for _ in range(100)))
    assert sum(quota.is_granted for quota in quotas) == 33


_SPEND = """
import asyncio, sys
from app.http.buckets import Policy
from app.http.rate import RateLimiter
async def spend(url, key):
    limiter = RateLimiter(url, Policy("points", 100, 0.001), patience=10)
    print(sum([(await limiter.take(key, 1)).is_granted for _ in range(80)]))
    await limiter.close()
asyncio.run(spend(*sys.argv[1:]))
"""


async def test_two_processes_share_one_bucket(redis_url: str, key: str) -> None:
    command = [sys.executable, "-c", _SPEND, redis_url, key]
    spent = await asyncio.gather(*(asyncio.to_thread(subprocess.check_output, command) for _ in range(2)))
    assert sum(int(one) for one in spent) == 100


async def test_a_redis_that_is_killed_leaves_each_process_a_bucket_of_its_own_and_is_used_again(
    tmp_path: Path, key: str
) -> None:
    clock = Clock()
    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(run_valkey(tmp_path))
        limiter = RateLimiter(url, SLOW, clock, patience=1)
        stack.push_async_callback(limiter.close)
        await limiter.take(key, 90)
        async with Redis.from_url(url) as redis:
            process_id = int((await redis.info("server"))["process_id"])
            path = (await redis.config_get("dir"))["dir"]
        assert str(tmp_path) in path  # it is the one of this test
        os.kill(process_id, signal.SIGSTOP)  # it hangs
        try:
            assert (await limiter.take(key, 60)).remaining == 40
            assert (await limiter.take(key, 60)).is_granted is False
        finally:
            os.kill(process_id, signal.SIGCONT)
        assert (await limiter.take(key, 10)).remaining == 30  # not tried again yet
        clock.now = 6
        assert (await limiter.take(key, 0)).remaining == 10  # shared again
        os.kill(process_id, signal.SIGKILL)
        assert (await limiter.take(key, 60)).remaining == 40  # full again: of this outage nobody has spent anything


async def test_without_a_redis_there_are_the_buckets_of_the_process(key: str) -> None:
    limiter = RateLimiter(None, SLOW)
    assert [(await limiter.take(key, 60)).is_granted for _ in range(2)] == [True, False]


async def test_a_capacity_of_zero_limits_nothing(redis_url: str, key: str) -> None:
    limiter = RateLimiter(redis_url, Policy("points", capacity=0, per_second=1))
    quota = await limiter.take(key, 10**9)
    assert quota.is_granted
    assert quota.headers == {}
    await limiter.close()


async def test_promo_codes_are_guessed_out_of_a_small_bucket() -> None:
    tolls = Tolls(None, Policy("points", 1000, 1), Clock(), Policy("guesses", 2, 1 / 60))
    someone, another = operator("a", "r"), operator("b", "r")
    guess = Measure(cost=10, depth=1, fields=1, aliases=0, guesses=1)
    await tolls.charge(someone, guess)
    await tolls.charge(someone, guess)
    with pytest.raises(RequestRefused) as caught:
        await tolls.charge(someone, guess)
    assert caught.value.status == 429
    assert caught.value.headers["Retry-After"] == "60"
    assert caught.value.errors[0].extensions == {"code": "RATE_LIMITED"}
    await tolls.charge(another, guess)


async def test_an_address_that_fails_too_often_is_answered_without_a_look_but_for_keys_known_here() -> None:
    clock = Clock()
    strangers = Strangers(None, Policy("failures", 2, 1), clock)
    strangers.note_success("Bearer known")
    for _ in range(2):
        strangers.check("198.51.100.7", "Bearer guess")
        await strangers.note_failure("198.51.100.7", "Bearer guess")
    with pytest.raises(RequestRefused):
        await strangers.note_failure("198.51.100.7", "Bearer guess")
    with pytest.raises(RequestRefused) as caught:
        strangers.check("198.51.100.7", "Bearer guess")
    assert caught.value.status == 429
    strangers.check("198.51.100.7", "Bearer known")
    strangers.check("198.51.100.8", "Bearer guess")
    clock.now = 1
    strangers.check("198.51.100.7", "Bearer guess")


@pytest.mark.parametrize("mine", ["Cookie mine", "Bearer eyJh.bWlu.ZQ", "eyJh.bWlu.ZQ"])
async def test_sessions_and_signed_tokens_do_not_wait_for_whoever_fails_with_keys(mine: str) -> None:
    strangers = Strangers(None, Policy("failures", 1, 1), Clock(), lapses=Policy("lapses", 2, 1))
    await strangers.note_failure("198.51.100.7", "Bearer guess")
    with pytest.raises(RequestRefused):
        await strangers.note_failure("198.51.100.7", "Bearer guess")
    strangers.check("198.51.100.7", mine)
    await strangers.note_failure("198.51.100.7", mine)
    await strangers.note_failure("198.51.100.7", mine)
    with pytest.raises(RequestRefused):
        await strangers.note_failure("198.51.100.7", mine)
    with pytest.raises(RequestRefused):
        strangers.check("198.51.100.7", mine)
    strangers.note_success("Cookie renewed")
    strangers.check("198.51.100.7", "Cookie renewed")


async def test_pages_that_need_no_key_are_opened_so_often_from_one_address() -> None:
    strangers = Strangers(None, clock=Clock(), arrivals=Policy("arrivals", 2, 1))
    await strangers.arrive("198.51.100.7")
    await strangers.arrive("198.51.100.7")
    with pytest.raises(RequestRefused) as caught:
        await strangers.arrive("198.51.100.7")
    assert caught.value.status == 429
    await strangers.arrive("198.51.100.8")
