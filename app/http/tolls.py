"""What requests pay: each a point to be read, each operation what it asks for, and each guess out of a small bucket."""

import time
from collections.abc import Callable

from app.domain.actor import Actor
from app.http.buckets import Policy, Quota
from app.http.cost import Measure
from app.http.rate import ASKING, RateLimiter, key_of, keys_of_guesses

REFUSED = 50
"""Points for a document that is too large or invalid: someone had to read it to say so."""
CHARACTERS = 20
"""Of such a document, for each further point: 100 000 take half a second to refuse."""

BYTES = 256
"""Of a body, for each point: 8 MB of JSON take three seconds to read, whatever they hold."""

_GUESSES = Policy("guesses", capacity=20, per_second=1 / 60)
"""Promo codes that an organization may try, each a point: also in a preview, and also when they are right."""


class Tolls:
    """`policy`: the bucket of every actor; without a limit there is none for guesses either."""

    def __init__(
        self,
        redis_url: str | None,
        policy: Policy,
        clock: Callable[[], float] = time.monotonic,
        guesses: Policy = _GUESSES,
    ) -> None:
        self._points = RateLimiter(redis_url, policy, clock)
        self._guesses = RateLimiter(redis_url, guesses, clock) if not policy.is_unlimited else None

    async def admit(self, actor: Actor, points: int = ASKING) -> Quota:
        """Before the request is read. Raises: RequestRefused 429."""
        return await self._points.spend(key_of(actor), points)

    async def take_in(self, actor: Actor, size: int) -> Quota:
        """Before a body of so many bytes is parsed. Raises: RequestRefused 429."""
        return await self._points.spend(key_of(actor), size // BYTES)

    async def charge(self, actor: Actor, measure: Measure, size: int = 0) -> Quota:
        """Before the operation is executed, with the bytes of its body that are not paid for.

        Raises: RequestRefused 429; then no points were taken for it, and a guess only where the points were too few.
        """
        if measure.guesses and self._guesses is not None:
            for key in keys_of_guesses(actor):
                await self._guesses.spend(key, measure.guesses)
        return await self._points.spend(key_of(actor), max(0, measure.cost - ASKING) + size // BYTES)

    async def take_all(self, actor: Actor, measure: Measure, size: int) -> Quota:
        """What `admit` and `charge` take, at once, or nothing: for an operation that guesses nothing."""
        return await self._points.take(key_of(actor), max(ASKING, measure.cost) + size // BYTES)

    async def charge_event(self, actor: Actor, measure: Measure) -> Quota:
        """Before an event of a subscription is read, for which nobody asked anew. What is guessed in it was guessed as
        it was opened. Raises: RequestRefused 429; then nothing was taken for it."""
        return await self._points.spend(key_of(actor), max(ASKING, measure.cost))

    async def charge_refused(self, actor: Actor, characters: int, size: int = 0) -> Quota:
        """For a document that is not executed, and what its body has beside it. One who has less left loses nothing,
        and can ask for little."""
        beside = max(0, size - characters) // BYTES
        return await self._points.take(key_of(actor), REFUSED + characters // CHARACTERS + beside)

    async def charge_malformed(self, actor: Actor, size: int) -> Quota:
        """For a body that asks for nothing that could be executed."""
        return await self._points.take(key_of(actor), size // BYTES)

    async def close(self) -> None:
        await self._points.close()
        if self._guesses is not None:
            await self._guesses.close()


def cost_extension(measure: Measure, limit: int, quota: Quota) -> dict[str, object]:
    """What `extensions.cost` says: what the operation was priced at, and what its actor has left."""
    bucket = {
        "maximumAvailable": quota.policy.capacity,
        "currentlyAvailable": quota.remaining,
        "restoreRate": quota.policy.per_second,
    }
    status = {} if quota.policy.is_unlimited else {"throttleStatus": bucket}
    return {"requestedQueryCost": measure.cost, "maximumQueryCost": limit, **status}
