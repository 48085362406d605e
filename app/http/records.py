"""Every request is counted, timed and told: one line when it is over."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING

import structlog
from prometheus_client import Counter, Histogram
from starlette.routing import Route, WebSocketRoute
from starlette.types import Scope
from starlette.websockets import WebSocketDisconnect
from structlog.contextvars import bound_contextvars

from app.delivery.live import TokenEnded
from app.domain.actor import Actor
from app.graphql.schema import schema
from app.http.documents import Document
from app.http.operations import Operation
from app.http.refusals import RequestRefused
from app.http.streams import StreamRefused
from app.telemetry.metrics import REQUEST_SECONDS, REQUESTS
from app.telemetry.records import Record, current, kept
from app.telemetry.traces import request_span, trace_ids

if TYPE_CHECKING:
    from opentelemetry.trace import Span

log = structlog.get_logger()

SEVERAL = "several"
UNKNOWN = "unknown"
_QUIET = frozenset({"/healthz", "/readyz"})
"""Asked all day, by machines."""
_ROOT_FIELDS = frozenset(
    name
    for kind in (schema.core.query_type, schema.core.mutation_type, schema.core.subscription_type)
    if kind is not None
    for name in kind.fields
)


@contextmanager
def subscription_kept(actor: Actor) -> Iterator[None]:
    """A subscription over a WebSocket, which is a request of its own in a connection of many."""
    began = time.perf_counter()
    with kept() as record, request_span("subscription", {}) as span, bound_contextvars(**trace_ids()):
        note_actor(actor)
        try:
            yield
        except (RequestRefused, StreamRefused, TokenEnded):
            record.is_refused = True
            raise
        except WebSocketDisconnect:
            raise
        except Exception:
            record.has_failed = True
            raise
        finally:
            result = _result(record, 0)
            REQUESTS.labels(record.operation, result).inc()
            log.info("subscription", result=result, ms=_milliseconds(began), **record.facts())
            if span is not None:
                span.update_name(record.operation)


def note_actor(actor: Actor) -> None:
    """For the log: by kind and id. Whose organization is plain from that is told with it."""
    record = current()
    if record is not None:
        record.actor = (actor.kind.value, actor.reference)
        if actor.organizations is not None and len(actor.organizations) == 1:
            record.organizations.update(map(str, actor.organizations))


def name_operation(operation: Operation, registered: Document | None) -> str:
    """A registered operation's name, or the field on the root: never what a caller made up."""
    if registered is not None and operation.name is not None:
        return operation.name
    names = operation.root_names - {"__typename"}
    if len(names) > 1:
        return SEVERAL
    name = next(iter(names), "__typename")
    return name if name in _ROOT_FIELDS or (name.startswith("__") and name in _INTROSPECTION) else UNKNOWN


_INTROSPECTION = frozenset({"__schema", "__type", "__typename"})


def name_span(span: "Span", scope: Scope, record: Record, status: int) -> None:
    """The span of a request, when it is over."""
    span.update_name(record.operation)
    span.set_attribute("http.request.method", scope.get("method", "GET"))
    span.set_attribute("http.response.status_code", status)
    span.set_attribute("seatmark.result", _result(record, status))


@cache
def _counter(operation: str, result: str) -> Counter:
    """There are few; finding one takes as long as counting by it."""
    return REQUESTS.labels(operation, result)


@cache
def _seconds(operation: str) -> Histogram:
    return REQUEST_SECONDS.labels(operation)


def _milliseconds(began: float) -> float:
    return round((time.perf_counter() - began) * 1000, 2)


def tell(scope: Scope, record: Record, status: int, began: float) -> None:
    """A request, when it is over."""
    if record.operation == "none":
        record.operation = _address(scope)
    if record.operation in _QUIET:
        return
    result = _result(record, status)
    _counter(record.operation, result).inc()
    if scope["type"] == "http":
        _seconds(record.operation).observe(time.perf_counter() - began)
    log.info(
        "request" if scope["type"] == "http" else "websocket",
        result=result,
        status=status,
        ms=_milliseconds(began),
        **record.facts(),
    )


def _result(record: Record, status: int) -> str:
    """done, refused (the caller's), limited (too much was asked), failed (ours)."""
    if record.has_failed or status >= 500:  # noqa: PLR2004 - Internal Server Error and what follows
        return "failed"
    if status == 429:  # noqa: PLR2004 - Too Many Requests
        return "limited"
    return "refused" if record.is_refused or status >= 400 else "done"  # noqa: PLR2004 - Bad Request and what follows


def _address(scope: Scope) -> str:
    """The address as it is registered; "none" for one that is not ours."""
    endpoint = scope.get("endpoint")
    for route in scope["app"].routes if "app" in scope else ():
        if isinstance(route, Route | WebSocketRoute) and route.endpoint is endpoint:
            return route.path
    return "none"
