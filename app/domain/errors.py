"""A person's mistake, as opposed to a bug."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any


class ErrorCode(Enum):
    """Why something was refused. Clients branch on these; the sentence beside them is for people."""

    NOT_FOUND = "NOT_FOUND"
    FORBIDDEN = "FORBIDDEN"
    INVALID_INPUT = "INVALID_INPUT"
    CONFLICT = "CONFLICT"
    ALREADY_EXISTS = "ALREADY_EXISTS"
    IDEMPOTENCY_KEY_REUSED = "IDEMPOTENCY_KEY_REUSED"
    TRACKER_NOT_ACTIVATED = "TRACKER_NOT_ACTIVATED"
    TRACKER_ALREADY_ACTIVATED = "TRACKER_ALREADY_ACTIVATED"
    TRIAL_ALREADY_USED = "TRIAL_ALREADY_USED"
    READ_ONLY = "READ_ONLY"
    ORGANIZATION_PURGED = "ORGANIZATION_PURGED"
    ORGANIZATION_SUSPENDED = "ORGANIZATION_SUSPENDED"
    ORGANIZATION_CLOSED = "ORGANIZATION_CLOSED"
    LAST_OWNER = "LAST_OWNER"
    ALREADY_SUBSCRIBED = "ALREADY_SUBSCRIBED"
    NOT_SUBSCRIBED = "NOT_SUBSCRIBED"
    SEAT_LIMIT_REACHED = "SEAT_LIMIT_REACHED"
    BUDGET_REACHED = "BUDGET_REACHED"
    CONTRACT_REQUIRED = "CONTRACT_REQUIRED"
    BILLING_PROFILE_REQUIRED = "BILLING_PROFILE_REQUIRED"
    SEAT_CHURN = "SEAT_CHURN"
    PEAK_WOULD_RISE = "PEAK_WOULD_RISE"
    PREVIEW_STALE = "PREVIEW_STALE"
    UNDO_EXPIRED = "UNDO_EXPIRED"
    PROMO_CODE_INVALID = "PROMO_CODE_INVALID"
    PROMO_CODE_EXPIRED = "PROMO_CODE_EXPIRED"
    PROMO_CODE_USED = "PROMO_CODE_USED"
    PRICE_LIST_IN_USE = "PRICE_LIST_IN_USE"
    PERIOD_CLOSED = "PERIOD_CLOSED"
    PERIOD_NOT_CLOSED = "PERIOD_NOT_CLOSED"
    TEST_CLOCK_EXPIRED = "TEST_CLOCK_EXPIRED"
    TEST_CLOCK_LIMIT_REACHED = "TEST_CLOCK_LIMIT_REACHED"


@dataclass(frozen=True, slots=True)
class Problem:
    """One reason of several, and the input it is about: a path such as ("input", "subscribe", "3")."""

    code: ErrorCode
    message: str
    path: tuple[str, ...]


class DomainError(Exception):
    """Something the caller can mend; it becomes a `UserError` in one place and changes nothing."""

    def __init__(self, code: ErrorCode, message: str, problems: Sequence[Problem] = ()) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.problems = tuple(problems)


def refuse_for(problems: Sequence[Problem]) -> DomainError:
    """The error that reports every problem found, at least one; its code and sentence are the first one's."""
    first = problems[0]
    more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
    return DomainError(first.code, first.message + more, problems)


def refuse(code: ErrorCode, message: str, *path: str) -> DomainError:
    """One reason, about one input when a path is given."""
    return DomainError(code, message, (Problem(code, message, path),) if path else ())


def invalid(message: str, *path: str) -> DomainError:
    """Input that means nothing: INVALID_INPUT, about one input when a path is given."""
    return refuse(ErrorCode.INVALID_INPUT, message, *path)


def check_all(*checks: Callable[[], Any]) -> tuple[Any, ...]:
    """What each check answers. Raises: DomainError with every problem that they found."""
    answers: list[Any] = []
    problems: list[Problem] = []
    for check in checks:
        try:
            answers.append(check())
        except DomainError as error:
            problems += error.problems
    if problems:
        raise refuse_for(problems)
    return tuple(answers)
