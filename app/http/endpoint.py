"""/graphql: from a request to its answer, step by step."""

import asyncio
import re
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass

from graphql import ExecutionResult, OperationType
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from app import db
from app.delivery.live import Listener
from app.domain.actor import Actor
from app.domain.errors import DomainError
from app.domain.policies import Policies
from app.graphql.context import Context
from app.graphql.errors import INTERNAL, UNAVAILABLE
from app.graphql.execution import execute_prepared
from app.http.answers import Answer, executed, failed, refused
from app.http.body import ORDINARY, SHORT, BodyLimits, is_brief, left_over, lingering, read_body
from app.http.callers import authenticate, find_listener
from app.http.documents import Document, is_known, parse_document, validate_document
from app.http.event_stream import EventStream, told_at_once
from app.http.guard import Bill, Guard, Visitor
from app.http.idempotency import execute_once, read_key
from app.http.media import EVENT_STREAM, MediaType, check_content_type, negotiate, takes_stream
from app.http.operations import Operation, choose_operation
from app.http.parameters import Parameters, from_address, from_body
from app.http.records import name_operation
from app.http.refusals import RequestRefused
from app.http.streams import LiveLimits, StreamRefused, open_stream, open_streams, refused_stream
from app.identity.idempotency import Part
from app.telemetry import traces
from app.telemetry.metrics import EXECUTION_SECONDS
from app.telemetry.records import current

_LONG = frozenset({"directoryApply"})
"""Root fields that take a body as long as bodies may be."""
_TIMED = {one: EXECUTION_SECONDS.labels(one.value) for one in OperationType}
_SEQUENCE = re.compile(r"[0-9]{1,18}", re.ASCII)


@dataclass(frozen=True, slots=True)
class TrustedDocuments:
    """Documents by their ids, and whether only these are executed."""

    known: Mapping[str, Document]
    only: bool


@dataclass(frozen=True, slots=True)
class GraphQLEndpoint:
    policies: Policies
    limits: BodyLimits
    documents: TrustedDocuments
    guard: Guard
    live: LiveLimits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        media = negotiate(request.headers.get("accept"))
        answer = await self._answer(request, is_acceptable=media is not None)
        await _response(request, answer, media)(scope, receive, lingering(request, send))

    async def _answer(self, request: Request, *, is_acceptable: bool) -> Answer | EventStream:
        """Whatever happens, an answer."""
        request_id = request.state.request_id
        bill = Bill()
        try:
            _check_method(request)
            await self._let_in(request, bill)
            is_stream = takes_stream(request.headers.get("accept"))
            _check_accept(is_acceptable=is_acceptable or is_stream)
            operation = await self._operation(request, bill)
            actor = await self.guard.look_again(lambda: authenticate(request), bill)
            _check_operation(request, operation, is_acceptable=is_acceptable, is_stream=is_stream)
            if operation.is_subscription:
                return await self.guard.run(operation, bill, lambda: self._stream(request, operation, actor, bill))
            key = read_key(request.headers, operation)
            with db.acting_for(actor.organizations):
                answer = await self.guard.run(operation, bill, lambda: self._answer_to(operation, actor, key))
        except RequestRefused as refusal:
            told = await self.guard.note_refused(refusal, bill)
            _note_end(is_refused=True)
            answer = refused(told, request_id, left_over(request))
        except Exception as error:  # noqa: BLE001 - masked, and logged with its trace
            answer = failed(error, request_id)
            _note_end(has_failed=True)
        return bill.on(answer, self.guard.limits)

    async def _let_in(self, request: Request, bill: Bill) -> None:
        """Whoever asks for little pays for it together with what is executed, as soon as that is known. Raises:
        RequestRefused."""
        if is_brief(request):
            await self.guard.recognize(Visitor.of(request), lambda: authenticate(request), bill)
        else:
            await self.guard.let_in(Visitor.of(request), lambda: authenticate(request), bill)

    async def _operation(self, request: Request, bill: Bill) -> Operation:
        """Raises: RequestRefused."""
        parameters = await self._parameters(request, bill)
        if parameters.query is not None and not is_known(parameters.query):
            await self.guard.admit(bill)  # before it is parsed
        return self.prepare(parameters, bill)

    async def _parameters(self, request: Request, bill: Bill) -> Parameters:
        if request.method == "GET":
            return from_address(request.query_params)
        check_content_type(request.headers.get("content-type"), request.headers.get("content-encoding"))
        body = await read_body(request, self.limits)
        await self.guard.take_in(len(body), bill)
        return await asyncio.to_thread(from_body, body) if len(body) > SHORT else from_body(body)

    def prepare(self, parameters: Parameters, bill: Bill) -> Operation:
        """The operation, parsed and valid. Raises: RequestRefused."""
        bill.characters = len(parameters.query or "")
        document = self._document(parameters)
        node = choose_operation(document, parameters.operation_name)
        operation = Operation(document, node, parameters.variables)
        _check_size(operation, bill.size)
        self.guard.measure(operation, bill)
        _note(operation, document if parameters.query is None else None, bill)
        validate_document(document)
        return operation

    def _document(self, parameters: Parameters) -> Document:
        """Raises: RequestRefused."""
        if parameters.query is not None:
            if self.documents.only:
                message = "Only registered documents are executed here: send a `documentId`."
                raise RequestRefused.because(403, "PERSISTED_DOCUMENT_REQUIRED", message)
            return parse_document(parameters.query)
        known = self.documents.known.get(parameters.document_id or "")
        if known is None:
            message = "No document is registered under this `documentId`."
            raise RequestRefused.because(400, "PERSISTED_DOCUMENT_NOT_FOUND", message)
        return known

    async def _answer_to(self, operation: Operation, actor: Actor, key: str | None) -> Answer:
        async def run(part: Part, barred_by: DomainError | None) -> tuple[Context, ExecutionResult]:
            context = Context(actor, self.policies, part=part, barred_by=barred_by)
            result = await _execute(operation, context)
            _note_result(context, result)
            return context, result

        if key is not None:
            return await execute_once(actor, key, operation, run)
        _, result = await run(Part.WHOLE, None)
        return executed(result)

    async def _stream(self, request: Request, operation: Operation, actor: Actor, bill: Bill) -> EventStream:
        """Raises: RequestRefused 429 for an actor who has too many already."""
        listener = Listener(lambda: find_listener(request), self.live.check_seconds, _last_sequence(request))
        context = Context(actor, self.policies, listener)
        try:
            results = await open_stream(operation, context, self.guard, bill)
        except StreamRefused as refusal:
            results = refused_stream(refusal)
        if not open_streams.has_room(actor, self.live.connections):
            await results.aclose()
            message = f"Live updates are open {self.live.connections} times already."
            raise RequestRefused.because(429, "TOO_MANY_STREAMS", message, {"Retry-After": "5"})
        return EventStream(results, actor, self.live, bill.headers)


async def _execute(operation: Operation, context: Context) -> ExecutionResult:
    timed = _TIMED[operation.node.operation].time()
    async with db.reading() if operation.is_query else nullcontext():
        with timed, traces.span("execute", graphql__operation__type=operation.node.operation.value):
            return await execute_prepared(operation.document.prepared(operation.node), context, operation.variables)


def _note(operation: Operation, registered: Document | None, bill: Bill) -> None:
    record = current()
    if record is not None:
        record.operation = name_operation(operation, registered)
        record.cost = bill.measure.cost if bill.measure is not None else None


def _note_result(context: Context, result: ExecutionResult) -> None:
    codes = {(error.extensions or {}).get("code") for error in result.errors or ()}
    _note_end(is_refused=bool(codes or context.refusals), has_failed=bool(codes & {INTERNAL, UNAVAILABLE}))


def _note_end(*, is_refused: bool = False, has_failed: bool = False) -> None:
    record = current()
    if record is not None:
        record.is_refused |= is_refused
        record.has_failed |= has_failed


def _response(request: Request, answer: Answer | EventStream, media: MediaType | None) -> ASGIApp:
    """The answer as the caller takes it, in JSON if they take none that we have."""
    takes_only_stream = media is None and takes_stream(request.headers.get("accept"))
    if takes_only_stream and isinstance(answer, Answer) and answer.is_mistake:
        return told_at_once(answer)
    return answer.response(media or MediaType.JSON)


def _check_size(operation: Operation, size: int) -> None:
    """Raises: RequestRefused 413 for a long body of an operation that needs none."""
    if size > ORDINARY and not operation.root_names & _LONG:
        message = f"A body of more than {ORDINARY} bytes is for {' and '.join(_LONG)} alone."
        raise RequestRefused.because(413, "REQUEST_TOO_LARGE", message)


def _check_method(request: Request) -> None:
    if request.method not in ("GET", "POST"):
        message = "An operation is sent by GET or POST."
        raise RequestRefused.because(405, "METHOD_NOT_ALLOWED", message, {"Allow": "GET, POST"})


def _check_accept(*, is_acceptable: bool) -> None:
    if not is_acceptable:
        types = " or ".join(media.value for media in MediaType)
        raise RequestRefused.because(406, "NOT_ACCEPTABLE", f"An answer is {types}; `Accept` takes neither.")


def _check_operation(request: Request, operation: Operation, *, is_acceptable: bool, is_stream: bool) -> None:
    """Whether an operation of its kind may come by this method, and be answered as the caller takes it.

    Raises: RequestRefused 405, 406.
    """
    if request.method == "GET" and operation.is_mutation:
        raise RequestRefused.because(405, "METHOD_NOT_ALLOWED", "A GET changes nothing.", {"Allow": "POST"})
    if operation.is_subscription and not is_stream:
        message = f"A subscription is answered as {EVENT_STREAM}, which `Accept` has to name, or over a WebSocket."
        raise RequestRefused.because(406, "NOT_ACCEPTABLE", message)
    if not operation.is_subscription:
        _check_accept(is_acceptable=is_acceptable)


def _last_sequence(request: Request) -> int | None:
    """The number of the last event that the caller had, where a browser comes again. Raises: RequestRefused 400."""
    given = request.headers.get("last-event-id", "")
    if not given:
        return None
    if not _SEQUENCE.fullmatch(given):
        raise RequestRefused.because(400, "INVALID_INPUT", "`Last-Event-ID` must be the number of an event.")
    return int(given)
