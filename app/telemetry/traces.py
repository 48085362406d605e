"""Traces by OpenTelemetry, where OTEL_EXPORTER_OTLP_ENDPOINT says whom to send them; without it nothing is imported.

Spans have names and numbers of our own: no statement's parameters, no text of a caller, no message of an error, no
address (decision 0062). The instrumentations of others write all of these down, so that what they do is done here.
"""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from threading import Thread
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from opentelemetry.trace import Span, Tracer

ENDPOINTS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")

LAST = "traces-last"
"""The thread that sends what is left."""
_LAST_SECONDS = 2.0

_tracer: "Tracer | None" = None
_provider: Any = None


def is_wanted() -> bool:
    """Whether the environment says where traces are to be sent."""
    return any(os.environ.get(name) for name in ENDPOINTS)


def start(service: str) -> None:
    """Trace from now on, if it is wanted; `service` is named in every span, unless OTEL_SERVICE_NAME says another."""
    global _tracer, _provider  # noqa: PLW0603 - one for the process, as the pools are
    if not is_wanted() or _tracer is not None:
        return
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    named = {} if os.environ.get("OTEL_SERVICE_NAME") else {"service.name": service}
    _provider = TracerProvider(resource=Resource.create(named), shutdown_on_exit=False)
    _provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    _tracer = _provider.get_tracer("seatmark")


def stop() -> None:
    """Send what is left, for two seconds at most: a collector that does not answer keeps no process from ending."""
    global _tracer, _provider
    provider, _tracer, _provider = _provider, None, None
    if provider is not None:
        sending = Thread(target=provider.shutdown, name=LAST, daemon=True)
        sending.start()
        sending.join(_LAST_SECONDS)


def is_on() -> bool:
    return _tracer is not None


@contextmanager
def span(name: str, **attributes: Any) -> Iterator["Span | None"]:
    """What is inside, as one span; underscores of attributes are dots. An error leaves its type, never its message."""
    if _tracer is None:
        yield None
        return
    with _running(name, {one.replace("__", "."): value for one, value in attributes.items()}, None) as running:
        yield running


@contextmanager
def request_span(name: str, headers: Mapping[str, str]) -> Iterator["Span | None"]:
    """The span of a request, in its caller's trace where they sent a W3C `traceparent`."""
    if _tracer is None:
        yield None
        return
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    sent = {"traceparent": headers["traceparent"]} if "traceparent" in headers else {}
    with _running(name, {}, TraceContextTextMapPropagator().extract(sent), is_server=True) as running:
        yield running


@contextmanager
def _running(name: str, attributes: Mapping[str, Any], context: Any, *, is_server: bool = False) -> Iterator["Span"]:
    from opentelemetry.trace import SpanKind, Status, StatusCode

    assert _tracer is not None, "it was asked"
    kind = SpanKind.SERVER if is_server else SpanKind.INTERNAL
    with _tracer.start_as_current_span(
        name, context, kind, attributes, record_exception=False, set_status_on_exception=False
    ) as running:
        try:
            yield running
        except BaseException as error:
            running.set_attribute("error.type", type(error).__qualname__)
            running.set_status(Status(StatusCode.ERROR))
            raise


def trace_ids() -> dict[str, str]:
    """Of the span that is open, for the log; nothing when none is."""
    if _tracer is None:
        return {}
    from opentelemetry.trace import format_span_id, format_trace_id, get_current_span

    context = get_current_span().get_span_context()
    if not context.is_valid:
        return {}
    return {"trace_id": format_trace_id(context.trace_id), "span_id": format_span_id(context.span_id)}
