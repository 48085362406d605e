"""Subscriptions: executed once for every event, each time with loaders of its own."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import aclosing, contextmanager
from dataclasses import dataclass, field
from inspect import isawaitable
from typing import Any, cast

from graphql import ExecutionResult, Executor, GraphQLError, create_source_event_stream, execute_subscription_event

from app import db
from app.delivery.live import FRESH, TokenEnded, outlasting
from app.domain.actor import Actor
from app.graphql.context import Context
from app.graphql.errors import presented
from app.graphql.events import Event
from app.graphql.schema import schema
from app.http.guard import Bill, Guard
from app.http.operations import Operation
from app.http.refusals import RequestRefused


@dataclass(frozen=True, slots=True)
class LiveLimits:
    """How long live updates wait for what, in seconds, and how many an actor may have open in one process."""

    check_seconds: float
    init_seconds: float
    idle_seconds: float
    ping_seconds: float
    connections: int


@dataclass(frozen=True, slots=True)
class Result:
    """What a subscription answers for one event, and the event's number; without one, why there are no more."""

    body: dict[str, Any]
    sequence: int | None = None


class StreamRefused(Exception):  # noqa: N818 - as RequestRefused is
    """There is no stream; `errors` are presented already."""

    def __init__(self, errors: Sequence[GraphQLError], request_id: str) -> None:
        super().__init__(errors[0].message)
        self.errors = [dict(presented(error, request_id).formatted) for error in errors]


class TooManyStreams(Exception):  # noqa: N818 - as RequestRefused is
    """The actor has as many open as they may."""


@dataclass(slots=True)
class OpenStreams:
    """What is open in this process: counted for each actor, and told when the process is about to end."""

    held: Counter[str] = field(default_factory=Counter)
    ending: asyncio.Event = field(default_factory=asyncio.Event)

    def has_room(self, actor: Actor, most: int) -> bool:
        return self.held[actor.name] < most

    @contextmanager
    def one_more(self, actor: Actor, most: int) -> Iterator[None]:
        """Raises: TooManyStreams."""
        if not self.has_room(actor, most):
            raise TooManyStreams
        self.held[actor.name] += 1
        try:
            yield
        finally:
            self.held[actor.name] -= 1
            if not self.held[actor.name]:
                del self.held[actor.name]


open_streams = OpenStreams()


async def open_stream(operation: Operation, context: Context, guard: Guard, bill: Bill) -> AsyncGenerator[Result, None]:
    """The results of a subscription, each paid and timed as a query is; whoever takes them closes it.

    Raises: StreamRefused, when there is nothing to listen to; later TokenEnded, or RequestRefused with `after`, the
    number of the last event that was dealt with.
    """
    executor = Executor.build(
        schema.core,
        operation.document.node,
        context_value=context,
        raw_variable_values=operation.variables,
        operation_name=operation.name,
    )
    if isinstance(executor, list):
        raise StreamRefused(executor, context.request_id)
    with db.acting_for(context.actor.organizations):
        source = create_source_event_stream(executor)
        found = await source if isawaitable(source) else source
    if isinstance(found, ExecutionResult):
        raise StreamRefused(found.errors or (), context.request_id)
    events = _Events(cast(AsyncGenerator[Event, None], found), operation, executor, context, guard, bill)
    return events.results()


async def refused_stream(refusal: StreamRefused) -> AsyncGenerator[Result, None]:
    """What is told instead of events, and the end of it."""
    yield Result({"errors": refusal.errors})


@dataclass(frozen=True, slots=True)
class _Events:
    events: AsyncGenerator[Event, None]
    operation: Operation
    executor: Executor[Any]
    context: Context
    guard: Guard
    bill: Bill

    async def results(self) -> AsyncGenerator[Result, None]:
        async with aclosing(self.events) as events:
            async for event in events:
                try:
                    result = await self._result_of(event)
                except RequestRefused as refusal:
                    raise _broken_off(refusal, event.sequence - 1) from None
                yield Result(_body(result, self.context.request_id), event.sequence)

    async def _result_of(self, event: Event) -> ExecutionResult:
        """Raises: TokenEnded; RequestRefused 429, 504, and 409 as `_look_again` does."""
        clock = asyncio.get_running_loop().time
        began = clock()
        result = await self.guard.run_event(self.operation, self.bill, lambda: self._execute(event))
        if clock() > began + FRESH:
            await outlasting(self._look_again)
        return result

    async def _execute(self, event: Event) -> ExecutionResult:
        """What is read for one event is read for whoever the caller is now."""
        with db.acting_for(self.context.actor.organizations):
            async with db.reading():
                executed = execute_subscription_event(self.executor.build_per_event_executor(event))
                return await executed if isawaitable(executed) else executed

    async def _look_again(self) -> None:
        """Nobody is told what was read for who they have ceased to be meanwhile. Raises: TokenEnded; RequestRefused."""
        assert self.context.listener is not None, "who subscribes listens"
        actor = await self.context.listener.find_actor()
        if actor is None:
            raise TokenEnded
        if actor != self.context.actor:
            message = "What you may see has changed while this was read. Ask again, with `after`."
            raise RequestRefused.because(409, "CONFLICT", message)


def _broken_off(refusal: RequestRefused, after: int) -> RequestRefused:
    """The refusal, with where to go on and, if that is later, in how many seconds."""
    seconds = refusal.headers.get("Retry-After")
    place = {"after": after, **({"retryAfter": int(seconds)} if seconds is not None else {})}
    for error in refusal.errors:
        error.extensions = {**(error.extensions or {}), **place}
    return refusal


def ended(request_id: str) -> Result:
    """What is told last when the token has ended."""
    message = "What you came in with has ended; ask again with another, and with `after`."
    return _failure(GraphQLError(message, extensions={"code": "UNAUTHENTICATED"}), request_id)


def broken_off(refusal: RequestRefused, request_id: str) -> Result:
    """What is told last when the next event is not to be had now."""
    return Result({"errors": [dict(presented(error, request_id).formatted) for error in refusal.errors]})


def failed(error: Exception, request_id: str) -> Result:
    """What is told last when something broke."""
    return _failure(GraphQLError(str(error), original_error=error), request_id)


def _failure(error: GraphQLError, request_id: str) -> Result:
    return Result({"errors": [dict(presented(error, request_id).formatted)]})


def _body(result: ExecutionResult, request_id: str) -> dict[str, Any]:
    errors = [dict(presented(error, request_id).formatted) for error in result.errors or ()]
    return {"data": result.data, **({"errors": errors} if errors else {})}
