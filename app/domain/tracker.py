"""Queues and issues: their fields, what may be in them, and how a status changes (R7.1)."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import Any
from uuid import UUID

from app.domain.errors import DomainError, Problem, invalid
from app.domain.text import check_text

LONGEST_SUMMARY = 255
LONGEST_DESCRIPTION = 50_000
LONGEST_COMMENT = 20_000
LONGEST_TAG = 50
MOST_TAGS = 20
_YEARS = range(2000, 3000)
"""The years a due date can be in: anything else is a slip of the keyboard."""
_QUEUE_KEY = re.compile(r"[A-Z][A-Z0-9]{0,14}", re.ASCII)
_ISSUE_KEY = re.compile(r"([A-Z][A-Z0-9]{0,14})-([1-9][0-9]{0,8})", re.ASCII)


class IssueStatus(Enum):
    OPEN = "OPEN"
    IN_PROGRESS = "IN_PROGRESS"
    NEED_INFO = "NEED_INFO"
    RESOLVED = "RESOLVED"
    CLOSED = "CLOSED"

    @property
    def is_over(self) -> bool:
        """Whether an issue in it is done with, and so has a resolution."""
        return self in (IssueStatus.RESOLVED, IssueStatus.CLOSED)


class Resolution(Enum):
    FIXED = "FIXED"
    WONT_FIX = "WONT_FIX"
    DUPLICATE = "DUPLICATE"
    CANNOT_REPRODUCE = "CANNOT_REPRODUCE"


class IssueType(Enum):
    TASK = "TASK"
    BUG = "BUG"
    IMPROVEMENT = "IMPROVEMENT"
    QUESTION = "QUESTION"


class Priority(Enum):
    """From the least to the most pressing."""

    TRIVIAL = "TRIVIAL"
    MINOR = "MINOR"
    NORMAL = "NORMAL"
    CRITICAL = "CRITICAL"
    BLOCKER = "BLOCKER"


class IssueField(Enum):
    """What the history of an issue tells the changes of, in the order in which one change is told."""

    SUMMARY = "SUMMARY"
    DESCRIPTION = "DESCRIPTION"
    TYPE = "TYPE"
    PRIORITY = "PRIORITY"
    ASSIGNEE = "ASSIGNEE"
    TAGS = "TAGS"
    DUE_ON = "DUE_ON"
    STATUS = "STATUS"
    RESOLUTION = "RESOLUTION"
    ATTACHMENT = "ATTACHMENT"


@dataclass(frozen=True, slots=True)
class IssueFields:
    """What an issue says that people can change at will; status and resolution change by a transition."""

    summary: str
    description: str
    type: IssueType
    priority: Priority
    assignee_id: UUID | None
    tags: tuple[str, ...]
    due_on: date | None


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One entry of an issue's history; values as the history keeps them, None for an empty field."""

    field: IssueField
    before: str | None
    after: str | None


def check_queue_key(key: str, *path: str) -> str:
    """Capital letters and digits, a letter first, at most 15. Raises: DomainError INVALID_INPUT."""
    if _QUEUE_KEY.fullmatch(key) is None:
        raise invalid(f"{key[:100]!r} is not a queue's key: use A–Z and 0–9, a letter first, at most 15 in all.", *path)
    return key


def parse_issue_key(key: str) -> tuple[str, int] | None:
    """The queue's key and the number; None for what no issue's key looks like."""
    found = _ISSUE_KEY.fullmatch(key.strip().upper())
    return (found[1], int(found[2])) if found is not None else None


def check_description(text: str, *path: str) -> str:
    """Text that may be empty. Raises: DomainError INVALID_INPUT."""
    return check_text(text, "The description", LONGEST_DESCRIPTION, *path) if text.strip() else ""


def check_tags(tags: Sequence[str], *path: str) -> tuple[str, ...]:
    """Tags without repetitions, whatever their case, in the order given. Raises: DomainError INVALID_INPUT."""
    unique: dict[str, str] = {}
    for tag in tags:
        checked = check_text(tag, "A tag", LONGEST_TAG, *path)
        if any(character in ",\r\n\t" for character in checked):
            raise invalid("A tag has neither commas nor line breaks.", *path)
        unique.setdefault(checked.casefold(), checked)
    if len(unique) > MOST_TAGS:
        raise invalid(f"An issue has at most {MOST_TAGS} tags.", *path)
    return tuple(unique.values())


def check_due_on(due_on: date | None, *path: str) -> date | None:
    """Raises: DomainError INVALID_INPUT for a day in another age."""
    if due_on is not None and due_on.year not in _YEARS:
        raise invalid(f"A due date is between the years {_YEARS.start} and {_YEARS.stop - 1}.", *path)
    return due_on


def check_fields(given: Mapping[str, Any]) -> tuple[dict[str, Any], list[Problem]]:
    """Fields of an issue by the names of `IssueFields`, checked, and everything that is wrong with them.

    None empties a description, an assignee, tags or a due date; a summary, type or priority cannot be empty.
    """
    checks: dict[str, Callable[[Any], Any]] = {
        "summary": lambda value: check_text(value or "", "The summary", LONGEST_SUMMARY, "input", "summary"),
        "description": lambda value: check_description(value or "", "input", "description"),
        "type": lambda value: _check_given(value, "The type", "input", "type"),
        "priority": lambda value: _check_given(value, "The priority", "input", "priority"),
        "assignee_id": lambda value: value,
        "tags": lambda value: check_tags(value or (), "input", "tags"),
        "due_on": lambda value: check_due_on(value, "input", "dueOn"),
    }
    checked: dict[str, Any] = {}
    problems: list[Problem] = []
    for name, value in given.items():
        try:
            checked[name] = checks[name](value)
        except DomainError as error:
            problems += error.problems
    return checked, problems


def check_resolution(
    status: IssueStatus, resolution: Resolution | None, to: IssueStatus, given: Resolution | None, *path: str
) -> Resolution | None:
    """The resolution after a transition: required on the way to RESOLVED or CLOSED, unless there is one already;
    gone on reopening (R7.1).

    Raises: DomainError INVALID_INPUT for one that is missing or makes no sense, or if nothing would change.
    """
    if not to.is_over:
        if given is not None:
            raise invalid(f"An issue that is {to.value} has no resolution.", *path, "resolution")
        after = None
    else:
        after = given or resolution
        if after is None:
            raise invalid(f"Say with which resolution it becomes {to.value}.", *path, "resolution")
    if (to, after) == (status, resolution):
        raise invalid(f"The issue is {to.value} already.", *path, "status")
    return after


def changes_between(before: IssueFields, after: IssueFields) -> list[FieldChange]:
    """One entry for each field that differs (R7.2)."""
    old, new = _texts(before), _texts(after)
    return [FieldChange(field, old[field], new[field]) for field in old if old[field] != new[field]]


def transition_changes(
    before: tuple[IssueStatus, Resolution | None], after: tuple[IssueStatus, Resolution | None]
) -> list[FieldChange]:
    """What a transition adds to the history: the status, the resolution, or both."""
    changes = []
    if before[0] is not after[0]:
        changes.append(FieldChange(IssueField.STATUS, before[0].value, after[0].value))
    if before[1] is not after[1]:
        old, new = (one.value if one is not None else None for one in (before[1], after[1]))
        changes.append(FieldChange(IssueField.RESOLUTION, old, new))
    return changes


def _check_given(value: Any, label: str, *path: str) -> Any:
    if value is None:
        raise invalid(f"{label} cannot be empty.", *path)
    return value


def _texts(fields: IssueFields) -> dict[IssueField, str | None]:
    return {
        IssueField.SUMMARY: fields.summary,
        IssueField.DESCRIPTION: fields.description or None,
        IssueField.TYPE: fields.type.value,
        IssueField.PRIORITY: fields.priority.value,
        IssueField.ASSIGNEE: str(fields.assignee_id) if fields.assignee_id else None,
        IssueField.TAGS: ", ".join(fields.tags) or None,
        IssueField.DUE_ON: fields.due_on.isoformat() if fields.due_on else None,
    }
