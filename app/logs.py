"""Logging, once for every process: one line of JSON an event, to stderr.

Of an exception its type and where it came from are written, never its message: that may repeat what was stored, typed
in or handed over (faults.md, invariant 19).
"""

import json
import logging
import sys
import traceback
from collections.abc import Callable, Iterator
from typing import Any

import orjson
import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

_TALKATIVE = ("arq.worker", "tortoise", "fontTools", "fpdf", "uvicorn", "websockets")
"""They say every job, start, connection and table of a font: at `debug` only."""
_INDISCREET = ("httpx", "httpcore", "asyncpg")
"""They say what is sent where, and are not asked."""
_FACTS = ("sqlstate", "constraint_name", "table_name", "column_name")
"""What a PostgreSQL error tells of the schema, and nothing that is stored in it."""


def configure_logging(level: str) -> None:
    """`level` as in settings: debug, info, warning or error."""
    threshold = logging.getLevelNamesMapping()[level.upper()]
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _tell_exceptions,
    ]
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(lambda event, default: _to_json(event, default).decode()),
            ],
        )
    )
    logging.basicConfig(level=threshold, handlers=[handler], force=True)
    for library in (*_INDISCREET, *(() if level == "debug" else _TALKATIVE)):
        logging.getLogger(library).setLevel(max(threshold, logging.WARNING))
    logging.getLogger("arq.worker").addFilter(_forget_message)
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(threshold),
        logger_factory=structlog.BytesLoggerFactory(sys.stderr.buffer),
        processors=[*shared, structlog.processors.JSONRenderer(_to_json)],
    )


def _to_json(event: EventDict, default: Callable[[Any], Any]) -> bytes:
    """orjson takes a tenth of the time, and neither half a character nor a number of more than 64 bits."""
    try:
        return orjson.dumps(event, default)
    except orjson.JSONEncodeError:
        return json.dumps(event, default=default).encode()


def _tell_exceptions(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """`exc_info` becomes `exception`: the last one first, then what it came from."""
    given = event.pop("exc_info", None)
    error = sys.exc_info()[1] if given is True else given[1] if isinstance(given, tuple) else given
    if isinstance(error, BaseException):
        event["exception"] = [_told(one) for one in _chain(error)]
    return event


def _chain(error: BaseException) -> Iterator[BaseException]:
    found: BaseException | None = error
    while found is not None:
        yield found
        if isinstance(found, BaseExceptionGroup):
            for one in found.exceptions:
                yield from _chain(one)
        found = found.__cause__ or (None if found.__suppress_context__ else found.__context__)


def _told(error: BaseException) -> dict[str, Any]:
    facts = {name: value for name in _FACTS if isinstance(value := getattr(error, name, None), str)}
    frames = [f"{one.filename}:{one.lineno} {one.name}" for one in traceback.extract_tb(error.__traceback__)]
    return {"type": f"{type(error).__module__}.{type(error).__qualname__}", **facts, "frames": frames}


def _forget_message(record: logging.LogRecord) -> bool:
    """arq writes a failed job's exception into the line; the last of its arguments is the message."""
    if record.exc_info and isinstance(record.args, tuple) and record.args:
        record.args = (*record.args[:-1], "see exception")
    return True
