"""Deciding which subscriptions end and begin in a change: all of it or nothing (R3.1, R3.10)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from uuid import UUID

from app.domain.access import MemberStatus
from app.domain.errors import ErrorCode, Problem

Path = tuple[str, ...]
NamedMember = tuple[UUID, Path]
"""A member by id, and the input that names them."""


class JoinsPolicy(Enum):
    """What happens to those who join a subject after it was subscribed (R3.2)."""

    ALWAYS = "ALWAYS"
    WITHIN_PEAK = "WITHIN_PEAK"
    NEVER = "NEVER"


class SubjectKind(Enum):
    MEMBER = "member"
    TEAM = "team"
    DEPARTMENT = "department"
    EVERYONE = "everyone"


@dataclass(frozen=True, slots=True)
class SubjectKey:
    """What a subscription covers; for everyone the id is the organization's."""

    kind: SubjectKind
    id: UUID


@dataclass(frozen=True, slots=True)
class Subject:
    """A subject as the change finds it: its subscription in force, and for a member their status."""

    key: SubjectKey
    label: str
    status: MemberStatus | None
    subscription_id: UUID | None

    def can_begin(self, ended: frozenset[UUID]) -> bool:
        """Whether a subscription of it may begin once those are ended."""
        is_free = self.subscription_id is None or self.subscription_id in ended
        return is_free and self.status is not MemberStatus.DEACTIVATED


@dataclass(frozen=True, slots=True)
class SeatChange:
    """Whom to unsubscribe and whom to subscribe, each with the input it came from; `joins` is for what begins."""

    subscribe: Sequence[tuple[SubjectKey, Path]]
    unsubscribe: Sequence[tuple[SubjectKey, Path]]
    joins: JoinsPolicy = JoinsPolicy.ALWAYS
    skip_already_subscribed: bool = False


@dataclass(frozen=True, slots=True)
class SeatDecision:
    """Subscriptions that end, and subjects whose subscription begins; or why none may."""

    end: tuple[UUID, ...]
    start: tuple[SubjectKey, ...]
    problems: tuple[Problem, ...]


def decide_change(subjects: Mapping[SubjectKey, Subject], change: SeatChange) -> SeatDecision:
    """Every subject that cannot be changed is a problem; with any problem nothing may be stored (R3.10)."""
    ended, problems = _ending(subjects, change)
    start, more = _starting(subjects, change, frozenset(ended))
    end = [subscription for one in ended if (subscription := subjects[one].subscription_id) is not None]
    return SeatDecision(tuple(end), tuple(start), tuple(problems + more))


def _ending(subjects: Mapping[SubjectKey, Subject], change: SeatChange) -> tuple[list[SubjectKey], list[Problem]]:
    end: list[SubjectKey] = []
    problems: list[Problem] = []
    mentioned: set[SubjectKey] = set()
    for key, path in change.unsubscribe:
        subject = subjects[key]
        if key in mentioned:
            problems.append(_named_twice(subject, path))
        elif subject.subscription_id is None:
            message = f"{subject.label} has no subscription of their own to end."
            problems.append(Problem(ErrorCode.NOT_SUBSCRIBED, message, path))
        else:
            end.append(key)
        mentioned.add(key)
    return end, problems


def _starting(
    subjects: Mapping[SubjectKey, Subject], change: SeatChange, ending: frozenset[SubjectKey]
) -> tuple[list[SubjectKey], list[Problem]]:
    start: list[SubjectKey] = []
    problems: list[Problem] = []
    mentioned: set[SubjectKey] = set()
    for key, path in change.subscribe:
        subject = subjects[key]
        if key in mentioned:
            problems.append(_named_twice(subject, path))
        elif subject.status is MemberStatus.DEACTIVATED:
            problems.append(Problem(ErrorCode.INVALID_INPUT, f"{subject.label} is deactivated.", path))
        elif subject.subscription_id is None or key in ending:
            start.append(key)
        elif not change.skip_already_subscribed:
            problems.append(Problem(ErrorCode.ALREADY_SUBSCRIBED, f"{subject.label} is subscribed already.", path))
        mentioned.add(key)
    return start, problems


def _named_twice(subject: Subject, path: Path) -> Problem:
    return Problem(ErrorCode.INVALID_INPUT, f"{subject.label} is named twice.", path)
