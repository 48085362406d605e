"""Deciding a change of seats: unsubscribe, then subscribe, at one instant, all of it or nothing (R3.5, R3.10)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from app.domain.access import MemberStatus
from app.domain.errors import ErrorCode, Problem

SEAT_LIMIT = 500
"""The most seats without a contract (R3.7)."""

Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MemberSubject:
    """A member as the change finds them: their own subscription in force, and whether they hold a seat."""

    member_id: UUID
    label: str
    status: MemberStatus
    subscription_id: UUID | None
    is_seated: bool
    is_seated_otherwise: bool
    """Seated by another subscription than their own."""


@dataclass(frozen=True, slots=True)
class SeatSituation:
    """What a change is decided on; `subjects` has every member that it names."""

    seats: int
    seat_limit: int
    free_threshold: int
    has_billing_profile: bool
    subjects: Mapping[UUID, MemberSubject]


@dataclass(frozen=True, slots=True)
class SeatChange:
    """Whom to unsubscribe and whom to subscribe, each with the input it came from."""

    subscribe: Sequence[tuple[UUID, Path]]
    unsubscribe: Sequence[tuple[UUID, Path]]
    skip_already_subscribed: bool = False


@dataclass(frozen=True, slots=True)
class SeatDecision:
    """What to store. `start` lists members whose subscription begins, `seat` those of them who get a grant now:
    an invited person takes no seat until they accept (R3.9)."""

    end: tuple[UUID, ...]
    start: tuple[UUID, ...]
    seat: tuple[UUID, ...]
    newly_seated: int
    unseated: int
    seats_after: int
    problems: tuple[Problem, ...]


def decide_change(situation: SeatSituation, change: SeatChange) -> SeatDecision:
    """Every subject that cannot be changed is a problem; with any problem nothing may be stored (R3.10)."""
    end, problems = _ending(situation, change)
    start, more = _starting(situation, change, frozenset(end))
    problems += more
    seated = {one for one, subject in situation.subjects.items() if subject.is_seated}
    lost = {one for one in end if one in seated and not situation.subjects[one].is_seated_otherwise}
    seat = [one for one in start if situation.subjects[one].status is MemberStatus.ACTIVE]
    gained = {one for one in seat if one not in seated}
    seats_after = situation.seats - len(lost - set(seat)) + len(gained)
    if not problems:
        problems += _limits(situation, seats_after)
    return SeatDecision(
        tuple(end), tuple(start), tuple(seat), len(gained), len(lost - set(seat)), seats_after, tuple(problems)
    )


def _ending(situation: SeatSituation, change: SeatChange) -> tuple[list[UUID], list[Problem]]:
    end: list[UUID] = []
    problems: list[Problem] = []
    mentioned: set[UUID] = set()
    for member_id, path in change.unsubscribe:
        subject = situation.subjects[member_id]
        if member_id in mentioned:
            problems.append(_named_twice(subject, path))
        elif subject.subscription_id is None:
            message = f"{subject.label} has no subscription of their own to end."
            problems.append(Problem(ErrorCode.NOT_SUBSCRIBED, message, path))
        else:
            end.append(member_id)
        mentioned.add(member_id)
    return end, problems


def _starting(
    situation: SeatSituation, change: SeatChange, ending: frozenset[UUID]
) -> tuple[list[UUID], list[Problem]]:
    start: list[UUID] = []
    problems: list[Problem] = []
    mentioned: set[UUID] = set()
    for member_id, path in change.subscribe:
        subject = situation.subjects[member_id]
        if member_id in mentioned:
            problems.append(_named_twice(subject, path))
        elif subject.status is MemberStatus.DEACTIVATED:
            problems.append(Problem(ErrorCode.INVALID_INPUT, f"{subject.label} is deactivated.", path))
        elif subject.subscription_id is None or member_id in ending:
            start.append(member_id)
        elif not change.skip_already_subscribed:
            problems.append(Problem(ErrorCode.ALREADY_SUBSCRIBED, f"{subject.label} is subscribed already.", path))
        mentioned.add(member_id)
    return start, problems


def _limits(situation: SeatSituation, seats_after: int) -> list[Problem]:
    """Limits refuse only what raises the number of seats; lowering a limit revokes nobody (R3.7, R3.8)."""
    if seats_after <= situation.seats:
        return []
    path = ("input", "subscribe")
    if seats_after > situation.seat_limit:
        message = f"{seats_after} seats pass the limit of {situation.seat_limit}; write to us about a contract."
        return [Problem(ErrorCode.CONTRACT_REQUIRED, message, path)]
    if seats_after > situation.free_threshold and not situation.has_billing_profile:
        message = f"More than {situation.free_threshold} seats need a billing profile with the agreement accepted."
        return [Problem(ErrorCode.BILLING_PROFILE_REQUIRED, message, path)]
    return []


def _named_twice(subject: MemberSubject, path: Path) -> Problem:
    return Problem(ErrorCode.INVALID_INPUT, f"{subject.label} is named twice.", path)
