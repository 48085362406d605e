"""Subscriptions over WebSockets: graphql-transport-ws, and nothing else."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import ExitStack, aclosing
from dataclasses import dataclass, field
from typing import Any, cast

import structlog
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketDisconnect

from app.delivery.live import Listener, TokenEnded
from app.domain.actor import Actor
from app.domain.errors import DomainError
from app.graphql.context import Context
from app.graphql.errors import presented
from app.http.answers import encode
from app.http.callers import find_listener
from app.http.endpoint import GraphQLEndpoint
from app.http.guard import Bill, Visitor
from app.http.messages import PROTOCOL, Floodgate, Hangup, Message, language_of, parse_message, token_of
from app.http.operations import Operation
from app.http.parameters import Parameters
from app.http.records import subscription_kept
from app.http.refusals import RequestRefused
from app.http.streams import LiveLimits, StreamRefused, TooManyStreams, failed, open_stream, open_streams
from app.identity.service import find_actor
from app.words.speaking import preferred_language, speaking

log = structlog.get_logger()

FRAME_BYTES = 65_536
"""The longest message that a client may send."""

_MOST_OPERATIONS = 20
_MESSAGES_PER_SECOND, _BURST = 10.0, 100.0
_SLOWEST = 60.0
"""Seconds that a client may take for what is sent at once."""

TOO_MANY_REQUESTS = 429

_NOT_HERE = "Only subscriptions are executed over WebSockets: send queries and mutations by POST."


@dataclass(frozen=True, slots=True)
class WebSocketEndpoint:
    """Every connection is answered by a `Conversation` of its own, and leaves nothing behind."""

    graphql: GraphQLEndpoint

    @property
    def limits(self) -> LiveLimits:
        return self.graphql.live

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        websocket = WebSocket(scope, receive, send)
        is_spoken = PROTOCOL in websocket.scope["subprotocols"]
        await websocket.accept(PROTOCOL if is_spoken else None)
        if not is_spoken:
            await websocket.close(4406, f"The subprotocol is {PROTOCOL}.")
            return
        code, reason = await self._converse(websocket)
        if code is not None:
            await _close(websocket, code, reason)

    async def _converse(self, websocket: WebSocket) -> tuple[int | None, str]:
        """How the connection is to be closed; None when the client has closed it."""
        code: int | None = 4500
        reason = "Something went wrong on our side."
        try:
            with ExitStack() as held:
                async with asyncio.TaskGroup() as tasks:
                    await Conversation(websocket, self, tasks, held).hold()
        except* Hangup as hangups:
            first = cast(Hangup, _first(hangups))
            code, reason = first.code, first.reason
        except* WebSocketDisconnect:
            code = None
        except* Exception as errors:
            log.exception("unexpected_error", request_id=websocket.state.request_id, exc_info=_first(errors))
        return code, reason


@dataclass(slots=True)
class Conversation:
    """One connection: it begins with `connection_init`, and then has operations by ids of the client's choice."""

    websocket: WebSocket
    endpoint: WebSocketEndpoint
    tasks: asyncio.TaskGroup
    held: ExitStack
    actor: Actor | None = None
    find_actor: Callable[[], Awaitable[Actor | None]] | None = None
    operations: dict[str, asyncio.Task[None]] = field(default_factory=dict)
    gate: Floodgate = field(default_factory=lambda: Floodgate(_MESSAGES_PER_SECOND, _BURST))
    patience: asyncio.Timeout = field(init=False)

    async def hold(self) -> None:
        """Answer messages until it ends. Raises: Hangup, WebSocketDisconnect."""
        self.patience = asyncio.timeout(self.endpoint.limits.init_seconds)
        try:
            async with self.patience:
                while True:
                    await self._answer(await self._receive())
                    self._be_patient()
        except TimeoutError:
            if not self.patience.expired():
                raise
            if self.actor is None:
                raise Hangup(4408, "Connection initialisation timeout") from None
            raise Hangup(1000, "Nothing was asked for.") from None
        finally:
            self.operations.clear()  # the group ends their tasks

    async def _receive(self) -> Message:
        message = await self.websocket.receive()
        if message["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(message["code"])
        self.gate.take()
        return parse_message(message.get("text"))

    async def _answer(self, message: Message) -> None:
        match message.type:
            case "connection_init":
                await self._begin(message)
            case "subscribe":
                self._subscribe(message)
            case "complete":
                self._stop(message.id)
            case "ping":
                await self._send({"type": "pong"})

    def _be_patient(self) -> None:
        """Without an end while there is an operation; who has begun has some time to ask for one."""
        if self.actor is None or self.patience.expired():
            return
        deadline = None if self.operations else asyncio.get_running_loop().time() + self.endpoint.limits.idle_seconds
        self.patience.reschedule(deadline)

    async def _begin(self, message: Message) -> None:
        """Raises: Hangup 4429 the second time, 4403 for strangers, 1013 for who has too many connections."""
        if self.find_actor is not None:
            raise Hangup(4429, "Too many initialisation requests")
        token = token_of(message.payload)
        accepted = language_of(message.payload)
        if accepted is not None:
            self.held.enter_context(speaking(preferred_language(accepted)))
        self.find_actor = self._finder(token)
        try:
            visitor = Visitor.of(self.websocket, token)
            actor = await self.endpoint.graphql.guard.let_in(visitor, self._authenticate, Bill())
        except DomainError as refusal:
            raise Hangup(4403, refusal.message) from None
        except RequestRefused as refusal:
            is_busy = refusal.status == TOO_MANY_REQUESTS
            raise Hangup(*((1013, "Try again later") if is_busy else (4403, "Forbidden"))) from None
        try:
            self.held.enter_context(open_streams.one_more(actor, self.endpoint.limits.connections))
        except TooManyStreams:
            raise Hangup(1013, "Too many connections") from None
        self.actor = actor
        await self._send({"type": "connection_ack"})

    async def _authenticate(self) -> Actor:
        """Raises: RequestRefused 401, DomainError."""
        assert self.find_actor is not None, "the message was read"
        actor = await self.find_actor()
        if actor is None:
            raise RequestRefused.because(401, "UNAUTHENTICATED", "Forbidden")
        return actor

    def _finder(self, token: str | None) -> Callable[[], Awaitable[Actor | None]]:
        """Who it is by the message's own token, else by what the connection was asked for with."""
        request_id = self.websocket.state.request_id
        if token is not None:
            return lambda: find_actor(token, request_id)
        return lambda: find_listener(self.websocket)

    def _subscribe(self, message: Message) -> None:
        """Raises: Hangup 4401 before the beginning, 4409 for an id in use, 1008 for too many at once."""
        if self.actor is None or message.parameters is None:
            raise Hangup(4401, "Unauthorized")
        if message.id in self.operations:
            raise Hangup(4409, f"Subscriber for {message.id[:64]} already exists")
        if len(self.operations) >= _MOST_OPERATIONS:
            raise Hangup(1008, "Too many operations at once.")
        task = self.tasks.create_task(self._run(message.id, message.parameters, self.actor))
        self.operations[message.id] = task
        task.add_done_callback(lambda ended: self._forget(message.id, ended))

    def _stop(self, operation_id: str) -> None:
        """At the client's wish: nothing more is said of it, and its id is free again."""
        task = self.operations.pop(operation_id, None)
        if task is not None:
            task.cancel()

    def _forget(self, operation_id: str, task: asyncio.Task[None]) -> None:
        if self.operations.get(operation_id) is task:
            del self.operations[operation_id]
            self._be_patient()

    async def _run(self, operation_id: str, parameters: Parameters, actor: Actor) -> None:
        """Raises: Hangup 4403 when the token has ended."""
        bill = Bill(actor)
        try:
            with subscription_kept(actor):
                last = await self._tell(operation_id, parameters, bill)
        except StreamRefused as refusal:
            last = {"type": "error", "id": operation_id, "payload": refusal.errors}
        except RequestRefused as refusal:
            told = await self.endpoint.graphql.guard.note_refused(refusal, bill)
            last = {"type": "error", "id": operation_id, "payload": self._presented(told)}
        except TokenEnded:
            await self._send({"type": "complete", "id": operation_id})
            raise Hangup(4403, "Forbidden") from None
        except WebSocketDisconnect:
            raise
        except Exception as error:  # noqa: BLE001 - masked, and logged with its trace
            body = failed(error, actor.request_id).body
            last = {"type": "error", "id": operation_id, "payload": body["errors"]}
        if asyncio.current_task() is self.operations.get(operation_id):
            del self.operations[operation_id]  # what is sent now is the last of it
            self._be_patient()
        await self._send(last)

    async def _tell(self, operation_id: str, parameters: Parameters, bill: Bill) -> Mapping[str, Any]:
        """Every result; gives the message that ends it. Raises: RequestRefused, StreamRefused, TokenEnded."""
        assert self.find_actor is not None, "the connection has begun"
        assert bill.actor is not None, "somebody asks"
        graphql, actor = self.endpoint.graphql, bill.actor
        await graphql.guard.admit(bill)
        operation = self._prepared(parameters, bill)
        listener = Listener(self.find_actor, self.endpoint.limits.check_seconds)
        context = Context(actor, graphql.policies, listener)
        stream = await graphql.guard.run(operation, bill, lambda: open_stream(operation, context, graphql.guard, bill))
        async with aclosing(stream) as results:
            async for result in results:
                await self._send({"type": "next", "id": operation_id, "payload": result.body})
        return {"type": "complete", "id": operation_id}

    def _prepared(self, parameters: Parameters, bill: Bill) -> Operation:
        """Raises: RequestRefused."""
        operation = self.endpoint.graphql.prepare(parameters, bill)
        if not operation.is_subscription:
            raise RequestRefused.because(405, "METHOD_NOT_ALLOWED", _NOT_HERE)
        return operation

    def _presented(self, refusal: RequestRefused) -> Sequence[Mapping[str, Any]]:
        return [dict(presented(error, self.websocket.state.request_id).formatted) for error in refusal.errors]

    async def _send(self, message: Mapping[str, Any]) -> None:
        """Raises: Hangup 1008 for a client that takes nothing any more, WebSocketDisconnect."""
        try:
            async with asyncio.timeout(_SLOWEST):
                await self.websocket.send_text(encode(message).decode())
        except TimeoutError:
            raise Hangup(1008, "Too slow.") from None


def _first(errors: BaseExceptionGroup[BaseException]) -> BaseException:
    error: BaseException = errors
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


async def _close(websocket: WebSocket, code: int, reason: str) -> None:
    """A client that is gone needs none."""
    try:
        async with asyncio.timeout(_SLOWEST):
            await websocket.close(code, reason)
    except (WebSocketDisconnect, TimeoutError, RuntimeError):
        return
