"""Which issues a list, a board or an export shows, and in which order (R7.1)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from enum import Enum
from typing import Any, Generic, TypeVar
from uuid import UUID

from app.domain.errors import Problem, invalid, refuse_for
from app.domain.instants import instant_text
from app.domain.text import is_storable
from app.domain.tracker import LONGEST_TAG, IssueStatus, IssueType, Priority, Resolution

LONGEST_SEARCH = 500
MOST_VALUES = 100
"""Values that one field of a filter may name."""

Point = TypeVar("Point", date, datetime)


class IssueOrder(Enum):
    """By what a list of issues is ordered; the key settles ties."""

    CREATED_ASC = "CREATED_ASC"
    CREATED_DESC = "CREATED_DESC"
    UPDATED_ASC = "UPDATED_ASC"
    UPDATED_DESC = "UPDATED_DESC"
    KEY_ASC = "KEY_ASC"
    KEY_DESC = "KEY_DESC"
    DUE_ASC = "DUE_ASC"
    DUE_DESC = "DUE_DESC"
    PRIORITY_ASC = "PRIORITY_ASC"
    PRIORITY_DESC = "PRIORITY_DESC"

    @property
    def is_descending(self) -> bool:
        return self.value.endswith("_DESC")


@dataclass(frozen=True, slots=True)
class Range(Generic[Point]):
    """[start, end): either end may be open."""

    start: Point | None = None
    end: Point | None = None


@dataclass(frozen=True, slots=True)
class IssueFilter:
    """Everything named must hold; of several values of one field, any. Empty: every issue.

    `is_assigned` and `is_overdue` None: either. `text` is searched in summary, description and comments.
    """

    queue_ids: tuple[UUID, ...] = ()
    statuses: tuple[IssueStatus, ...] = ()
    types: tuple[IssueType, ...] = ()
    priorities: tuple[Priority, ...] = ()
    resolutions: tuple[Resolution, ...] = ()
    assignee_ids: tuple[UUID, ...] = ()
    author_ids: tuple[UUID, ...] = ()
    watcher_ids: tuple[UUID, ...] = ()
    tags: tuple[str, ...] = ()
    text: str | None = None
    is_assigned: bool | None = None
    is_overdue: bool | None = None
    created: Range[datetime] = Range()
    updated: Range[datetime] = Range()
    due: Range[date] = Range()

    @property
    def member_ids(self) -> frozenset[UUID]:
        """Everyone it names."""
        return frozenset((*self.assignee_ids, *self.author_ids, *self.watcher_ids))


EVERY_ISSUE = IssueFilter()


def check_filter(given: IssueFilter, *path: str) -> IssueFilter:
    """Raises: DomainError INVALID_INPUT with every problem found."""
    problems: list[Problem] = []
    for one in fields(given):
        value = getattr(given, one.name)
        if isinstance(value, tuple) and len(value) > MOST_VALUES:
            problems += invalid(f"A filter names at most {MOST_VALUES} values of a field.", *path).problems
    if given.text is not None and (len(given.text) > LONGEST_SEARCH or not is_storable(given.text)):
        problems += invalid(f"A search has at most {LONGEST_SEARCH} characters.", *path, "text").problems
    if any(len(tag) > LONGEST_TAG or not is_storable(tag) for tag in given.tags):
        message = f"A tag has at most {LONGEST_TAG} characters, all of which can be stored."
        problems += invalid(message, *path, "tag").problems
    if problems:
        raise refuse_for(problems)
    return given


def filter_to_json(given: IssueFilter) -> dict[str, Any]:
    """What a board keeps of its filter: only what is said."""
    document: dict[str, Any] = {}
    for one in fields(given):
        value = getattr(given, one.name)
        if isinstance(value, Range):
            value = {end: _text(at) for end in ("start", "end") if (at := getattr(value, end)) is not None}
        elif isinstance(value, tuple):
            value = [_text(item) for item in value]
        if value not in (None, [], {}):
            document[one.name] = value
    return document


def filter_from_json(document: Mapping[str, Any]) -> IssueFilter:
    """The filter that `filter_to_json` wrote. Raises: ValueError, KeyError, TypeError for anything else (a bug)."""
    parsers: dict[str, Callable[[Any], Any]] = {
        "queue_ids": _many(UUID),
        "statuses": _many(IssueStatus),
        "types": _many(IssueType),
        "priorities": _many(Priority),
        "resolutions": _many(Resolution),
        "assignee_ids": _many(UUID),
        "author_ids": _many(UUID),
        "watcher_ids": _many(UUID),
        "tags": _many(str),
        "text": str,
        "is_assigned": bool,
        "is_overdue": bool,
        "created": _range(datetime.fromisoformat),
        "updated": _range(datetime.fromisoformat),
        "due": _range(date.fromisoformat),
    }
    return IssueFilter(**{name: parsers[name](value) for name, value in document.items()})


def _many(parse: Callable[[Any], Any]) -> Callable[[Sequence[Any]], tuple[Any, ...]]:
    return lambda values: tuple(parse(value) for value in values)


def _range(parse: Callable[[str], Any]) -> Callable[[Mapping[str, str]], Range[Any]]:
    return lambda ends: Range(**{name: parse(value) for name, value in ends.items()})


def _text(value: object) -> str:
    if isinstance(value, Enum):
        return str(value.value)
    return instant_text(value) if isinstance(value, datetime) else str(value)
