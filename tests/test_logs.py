"""What is written to the log, and what is not: no message of an exception, which may repeat anything."""

import json
import subprocess
import sys

import pytest

SCRIPT = """
import asyncio, logging
import structlog
from app.logs import configure_logging

configure_logging({level!r})
log = structlog.get_logger()

def fail():
    raise ValueError("postgresql://u:CANARY@localhost/x")

def wrap():
    try:
        fail()
    except ValueError as cause:
        raise RuntimeError("CANARY again") from cause

{body}
"""


def written(body: str, level: str = "info") -> list[dict[str, object]]:
    """The lines of a process of its own that logs."""
    source = SCRIPT.format(body=body, level=level)
    ended = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, check=True)
    assert "CANARY" not in ended.stderr
    assert "CANARY" not in ended.stdout
    return [json.loads(line) for line in ended.stderr.splitlines()]


def types(line: dict[str, object]) -> list[str]:
    exceptions = line["exception"]
    assert isinstance(exceptions, list)
    return [one["type"] for one in exceptions]


def test_an_exception_is_told_by_its_type_and_place_with_what_it_came_from() -> None:
    (line,) = written(
        """
try:
    wrap()
except RuntimeError:
    log.exception("unexpected_error", request_id="r-1")
"""
    )
    assert (line["event"], line["request_id"], line["level"]) == ("unexpected_error", "r-1", "error")
    assert types(line) == ["builtins.RuntimeError", "builtins.ValueError"]
    assert "wrap" in str(line["exception"][0]["frames"][-1])  # type: ignore[index]
    assert "fail" in str(line["exception"][1]["frames"][-1])  # type: ignore[index]


def test_a_group_is_told_with_each_of_its_own() -> None:
    (line,) = written(
        """
try:
    raise ExceptionGroup("CANARY", [ValueError("CANARY"), KeyError("CANARY")])
except ExceptionGroup as group:
    log.error("broken", exc_info=group)
"""
    )
    assert types(line) == ["builtins.ExceptionGroup", "builtins.ValueError", "builtins.KeyError"]


def test_a_database_error_is_told_by_its_state_and_constraint() -> None:
    (line,) = written(
        """
import asyncpg
error = asyncpg.UniqueViolationError("Key (email)=(CANARY) already exists.")
error.detail = "CANARY"
error.constraint_name = "uid_members_email"
log.error("broken", exc_info=error)
"""
    )
    assert line["exception"] == [{
        "type": "asyncpg.exceptions.UniqueViolationError",
        "sqlstate": "23505",
        "constraint_name": "uid_members_email",
        "frames": [],
    }]  # fmt: skip


@pytest.mark.parametrize("library", ["uvicorn.error", "arq.worker", "some.library"])
def test_libraries_write_the_same_lines(library: str) -> None:
    (line,) = written(
        f"""
try:
    fail()
except ValueError as error:
    logging.getLogger({library!r}).exception("%6.2fs ! %s failed, %s: %s", 0.1, "job", "ValueError", "see above")
"""
    )
    assert str(line["event"]).strip().startswith("0.10s ! job failed, ValueError: ")
    assert line["level"] == "error"
    assert types(line) == ["builtins.ValueError"]


def test_a_failed_job_of_arq_does_not_repeat_its_message() -> None:
    (line,) = written(
        """
try:
    fail()
except ValueError as error:
    logging.getLogger("arq.worker").exception("%6.2fs ! %s failed, %s: %s", 0.1, "job", "ValueError", error)
"""
    )
    assert str(line["event"]).strip() == "0.10s ! job failed, ValueError: see exception"


@pytest.mark.parametrize(("level", "count"), [("info", 0), ("debug", 1)])
def test_what_libraries_only_say_is_written_at_debug_alone(level: str, count: int) -> None:
    body = 'logging.getLogger("arq.worker").info("a job"); logging.getLogger("httpx").info("CANARY")'
    assert len(written(body, level)) == count


def test_what_is_no_character_and_a_number_of_any_length_are_written_too() -> None:
    (line,) = written('log.info("odd", text="\\ud800", number=2**70, other=ValueError)')
    assert (line["text"], line["number"], line["other"]) == ("\ud800", 2**70, "<class 'ValueError'>")
