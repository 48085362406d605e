"""What stands between a request and its execution: who may try, how much at once, for how many points, how long."""

import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeVar

from graphql import GraphQLError
from starlette.requests import HTTPConnection

from app.domain.actor import Actor
from app.graphql.schema import schema
from app.http.answers import Answer
from app.http.arguments import read_of
from app.http.body import SHORT
from app.http.buckets import Policy, Quota
from app.http.cost import Measure, measure
from app.http.limits import Limits
from app.http.operations import Operation
from app.http.patience import patience_for, within
from app.http.rate import ASKING
from app.http.refusals import RequestRefused
from app.http.strangers import ARRIVALS, ASKERS, COOKIE, FAILURES, LAPSES, LINKS, Strangers
from app.http.tolls import Tolls, cost_extension
from app.identity.cookies import SESSION_COOKIE

Result = TypeVar("Result")

BAD_REQUEST = 400
_MOST_MEASURES = 100
"""Of one document, that are remembered with it."""
_MOMENT = 1.0
"""Seconds for which it is believed who asks, while the request is still coming in."""


@dataclass(slots=True)
class Bill:
    """What one request has come to so far; its answer tells."""

    actor: Actor | None = None
    found_at: float = 0.0
    """When it was found who asks, by the clock that goes on by itself."""
    quota: Quota | None = None
    has_asked: bool = False
    """Whether the points of asking were wanted already; else they are paid together with the operation."""
    measure: Measure | None = None
    size: int = 0
    """Bytes of the body."""
    unpaid: int = 0
    """Bytes of it that are paid for together with the operation."""
    characters: int = 0
    """Of the document."""

    @property
    def headers(self) -> Mapping[str, str]:
        """Of the rate limit: what is left."""
        return self.quota.headers if self.quota is not None else {}

    def on(self, answer: Answer, limits: Limits) -> Answer:
        """The answer with the headers of the rate limit, and with the cost of an operation that was executed."""
        if self.quota is None:
            return answer
        body = {**answer.body}
        if self.measure is not None and answer.is_executed:
            cost = cost_extension(self.measure, limits.cost, self.quota)
            body["extensions"] = {**answer.body.get("extensions", {}), "cost": cost}
        return replace(answer, body=body, headers={**self.headers, **answer.headers})


@dataclass(frozen=True, slots=True)
class Visitor:
    """Where a request comes from, and what it says to be let in: a scheme, and a secret."""

    request: HTTPConnection
    address: str
    secret: str

    @classmethod
    def of(cls, request: HTTPConnection, token: str | None = None) -> "Visitor":
        """`token` is what was said otherwise than in a header."""
        secret = token or request.headers.get("authorization") or _cookie(request.cookies.get(SESSION_COOKIE))
        return cls(request, request.client.host if request.client else "", secret)

    @property
    def renewed_secret(self) -> str:
        """What the answer tells them to say from now on, if it does."""
        return _cookie(getattr(self.request.state, "renewed_session", None))


@dataclass(frozen=True, slots=True)
class Guard:
    tolls: Tolls
    strangers: Strangers
    seconds: float
    """How long an operation may take."""
    limits: Limits = field(default_factory=Limits)

    async def let_in(
        self, visitor: Visitor, authenticate: Callable[[], Awaitable[Actor]], bill: Bill, points: int = ASKING
    ) -> Actor:
        """Whoever asks, with so many points less. Raises: RequestRefused, 401 as `authenticate` does, 429, or 504."""
        actor = await self.recognize(visitor, authenticate, bill)
        await self.admit(bill, points)
        return actor

    async def recognize(self, visitor: Visitor, authenticate: Callable[[], Awaitable[Actor]], bill: Bill) -> Actor:
        """Whoever asks, who has paid nothing yet. Raises: RequestRefused, 401 as `authenticate` does, 429, or 504."""
        self.strangers.check(visitor.address, visitor.secret)
        bill.actor = await within(self.seconds, lambda: self._find(visitor, authenticate))
        self.strangers.note_success(visitor.secret)
        if visitor.renewed_secret:
            self.strangers.note_success(visitor.renewed_secret)
        bill.found_at = time.monotonic()
        return bill.actor

    async def admit(self, bill: Bill, points: int = ASKING) -> None:
        """The points of asking, once. Raises: RequestRefused 429."""
        assert bill.actor is not None, "somebody was recognized"
        if not bill.has_asked:
            bill.has_asked = True
            bill.quota = await self.tolls.admit(bill.actor, points)

    async def _find(self, visitor: Visitor, authenticate: Callable[[], Awaitable[Actor]]) -> Actor:
        """Whoever asks. Raises: RequestRefused, which is noted."""
        try:
            return await authenticate()
        except RequestRefused:
            if visitor.secret:
                await self.strangers.note_failure(visitor.address, visitor.secret)
            raise

    async def look_again(self, authenticate: Callable[[], Awaitable[Actor]], bill: Bill) -> Actor:
        """Whoever asks, once the request was read: as they are now, if that took longer than a moment.

        Raises: RequestRefused 401, as `authenticate` does, or 504.
        """
        assert bill.actor is not None, "somebody was let in"
        if time.monotonic() > bill.found_at + _MOMENT:
            bill.actor = await within(self.seconds, authenticate)
        return bill.actor

    async def take_in(self, size: int, bill: Bill) -> None:
        """A body of so many bytes: one that is long is paid for before it is parsed. Raises: RequestRefused 429."""
        assert bill.actor is not None, "somebody was let in"
        bill.size = bill.unpaid = size
        if size > SHORT:
            bill.unpaid = 0
            bill.quota = await self.tolls.take_in(bill.actor, size)

    def measure(self, operation: Operation, bill: Bill) -> None:
        """Raises: RequestRefused 400, for what is too large or too costly."""
        document, node, variables = operation.document, operation.node, operation.variables
        asked = (operation.name, self.limits, read_of(node, variables))
        try:
            bill.measure = document.measures.get(asked) or measure(
                document.node, schema.core, node, variables, self.limits
            )
        except GraphQLError as error:
            raise RequestRefused.by_graphql("GRAPHQL_VALIDATION_FAILED", [error]) from None
        if len(document.measures) < _MOST_MEASURES:
            document.measures[asked] = bill.measure

    async def run(self, operation: Operation, bill: Bill, execute: Callable[[], Awaitable[Result]]) -> Result:
        """Take the points, then execute. Raises: RequestRefused, 429 or 504."""
        assert bill.actor is not None, "nothing is executed for nobody"
        assert bill.measure is not None, "nothing is executed that was not measured"
        if not await self._pay_at_once(bill.actor, bill.measure, bill):
            await self.admit(bill)
            bill.quota = await self.tolls.charge(bill.actor, bill.measure, bill.unpaid)
        return await within(patience_for(operation, self.seconds), execute)

    async def _pay_at_once(self, actor: Actor, measure: Measure, bill: Bill) -> bool:
        """Where asking was not paid before, it is now, with the operation, or nothing is: who has too few points for
        both pays and is told as anybody is."""
        if bill.has_asked or measure.guesses:
            return False
        quota = await self.tolls.take_all(actor, measure, bill.unpaid)
        if quota.is_granted:
            bill.has_asked, bill.quota = True, quota
        return quota.is_granted

    async def run_event(self, operation: Operation, bill: Bill, execute: Callable[[], Awaitable[Result]]) -> Result:
        """As `run`, for each event of a subscription anew. Raises: RequestRefused, 429 or 504."""
        assert bill.actor is not None, "nothing is executed for nobody"
        assert bill.measure is not None, "nothing is executed that was not measured"
        bill.quota = await self.tolls.charge_event(bill.actor, bill.measure)
        return await within(patience_for(operation, self.seconds), execute)

    async def note_refused(self, refusal: RequestRefused, bill: Bill) -> RequestRefused:
        """What had to be read to be refused costs too. Gives the refusal, or for who could not even ask that one."""
        if bill.actor is None:
            return refusal
        try:
            await self.admit(bill)
        except RequestRefused as limited:
            return limited
        if refusal.is_well_formed:
            bill.quota = await self.tolls.charge_refused(bill.actor, bill.characters, bill.unpaid)
        elif refusal.status == BAD_REQUEST and bill.unpaid:
            bill.quota = await self.tolls.charge_malformed(bill.actor, bill.unpaid)
        return refusal

    async def close(self) -> None:
        await self.tolls.close()
        await self.strangers.close()


def _cookie(token: str | None) -> str:
    return f"{COOKIE} {token}" if token else ""


def make_guard(redis_url: str | None, points: Policy, most: int, seconds: float) -> Guard:
    """A guard that lets an operation cost at most so many points, and never more than a bucket holds."""
    cost = min(most, points.capacity) if points.capacity else most
    strangers = (
        Strangers(
            redis_url,
            Policy(FAILURES.name, 0, 1),
            arrivals=Policy(ARRIVALS.name, 0, 1),
            lapses=Policy(LAPSES.name, 0, 1),
            links=Policy(LINKS.name, 0, 1),
            askers=Policy(ASKERS.name, 0, 1),
        )
        if points.is_unlimited
        else Strangers(redis_url)
    )
    return Guard(Tolls(redis_url, points), strangers, seconds, Limits(cost=cost))
