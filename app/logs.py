"""Logging, once for every process: one line of JSON an event, to stderr."""

import logging
import sys

import structlog


def configure_logging(level: str) -> None:
    """`level` as in settings: debug, info, warning or error."""
    threshold = logging.getLevelNamesMapping()[level.upper()]
    logging.basicConfig(stream=sys.stderr, level=threshold, format="%(levelname)s %(name)s %(message)s")
    if level != "debug":
        # arq says every job's beginning and end, and a sweep is a job; Tortoise that it starts; the libraries of
        # documents every table of every font.
        for library in ("arq.worker", "tortoise", "fontTools", "fpdf"):
            logging.getLogger(library).setLevel(max(threshold, logging.WARNING))
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(threshold),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
    )
