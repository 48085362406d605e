"""Where an organization stands, derived from recorded facts and an instant (R1)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from app.domain.errors import DomainError, ErrorCode

TRIAL_LENGTH = timedelta(days=30)
RETENTION_LENGTH = timedelta(days=30)
FINAL_WARNING_LENGTH = timedelta(hours=24)
"""No purge is decided sooner than this after the last warning was written (R1.7)."""


class OrganizationState(Enum):
    NOT_ACTIVATED = "NOT_ACTIVATED"
    TRIAL = "TRIAL"
    SUBSCRIBED = "SUBSCRIBED"
    RETENTION = "RETENTION"
    CLOSED = "CLOSED"
    PURGING = "PURGING"
    PURGED = "PURGED"


class Notice(Enum):
    """What owners and admins are told once, in this order (R1.9)."""

    TRIAL_ENDS_IN_7_DAYS = "TRIAL_ENDS_IN_7_DAYS"
    TRIAL_ENDS_IN_1_DAY = "TRIAL_ENDS_IN_1_DAY"
    TRIAL_ENDED = "TRIAL_ENDED"
    PURGE_IN_14_DAYS = "PURGE_IN_14_DAYS"
    PURGE_IN_7_DAYS = "PURGE_IN_7_DAYS"
    PURGE_IN_1_DAY = "PURGE_IN_1_DAY"


NOTICE_OFFSETS = {
    Notice.TRIAL_ENDS_IN_7_DAYS: timedelta(days=-7),
    Notice.TRIAL_ENDS_IN_1_DAY: timedelta(days=-1),
    Notice.TRIAL_ENDED: timedelta(0),
    Notice.PURGE_IN_14_DAYS: RETENTION_LENGTH - timedelta(days=14),
    Notice.PURGE_IN_7_DAYS: RETENTION_LENGTH - timedelta(days=7),
    Notice.PURGE_IN_1_DAY: RETENTION_LENGTH - timedelta(days=1),
}
"""When each is due, from the end of the trial."""

TRIAL_WARNINGS = (Notice.TRIAL_ENDS_IN_7_DAYS, Notice.TRIAL_ENDS_IN_1_DAY)
PURGE_WARNINGS = (Notice.PURGE_IN_14_DAYS, Notice.PURGE_IN_7_DAYS, Notice.PURGE_IN_1_DAY)


@dataclass(frozen=True, slots=True)
class LifecycleFacts:
    """What is recorded about an organization's life.

    `subscribed_from` is the first instant, at or after the end of the trial, at which a subscription was in
    force or (in the future) will be if nothing changes; None when there is none.
    """

    activated_at: datetime | None = None
    trial_ends_at: datetime | None = None
    subscribed_from: datetime | None = None
    closed_at: datetime | None = None
    purge_decided_at: datetime | None = None
    purged_at: datetime | None = None
    is_on_legal_hold: bool = False


def state_at(facts: LifecycleFacts, instant: datetime) -> OrganizationState:
    """Derived at every read; no worker has to have run (R1.1)."""
    if facts.purged_at is not None:
        return OrganizationState.PURGED
    if facts.purge_decided_at is not None:
        return OrganizationState.PURGING
    if facts.closed_at is not None:
        return OrganizationState.CLOSED
    if facts.trial_ends_at is None:
        return OrganizationState.NOT_ACTIVATED
    return _state_in_life(facts, facts.trial_ends_at, instant)


def trial_end(activated_at: datetime) -> datetime:
    """30 × 24 hours later (R0.3, R1.2)."""
    return activated_at + TRIAL_LENGTH


def purge_at(facts: LifecycleFacts) -> datetime | None:
    """When an organization that never subscribes is due for deletion (R1.5).

    None when it is not going to be: it has subscribed (R1.6), is under a legal hold (R1.7), or is purged already.
    """
    if facts.trial_ends_at is None or facts.subscribed_from is not None:
        return None
    if facts.is_on_legal_hold or facts.purged_at is not None:
        return None
    return facts.trial_ends_at + RETENTION_LENGTH


def is_purge_due(facts: LifecycleFacts, instant: datetime, final_warning_at: datetime | None) -> bool:
    """Whether the purge may be decided now: overdue, warned a day ago, and not decided already (R1.7)."""
    due_at = purge_at(facts)
    if due_at is None or final_warning_at is None or facts.purge_decided_at is not None:
        return False
    return instant >= max(due_at, final_warning_at + FINAL_WARNING_LENGTH)


def is_trial_end_due(facts: LifecycleFacts, instant: datetime, written: Collection[Notice]) -> bool:
    """Whether the end of the trial is over and not told yet. A transition: never skipped, however late."""
    is_gone = facts.purge_decided_at is not None
    return _is_past(facts, Notice.TRIAL_ENDED, instant) and Notice.TRIAL_ENDED not in written and not is_gone


def due_warning(facts: LifecycleFacts, instant: datetime, written: Collection[Notice]) -> Notice | None:
    """The warning to write now: of several overdue ones only the last, each once (R1.7, R1.9).

    The end of the trial is not among them: see `is_trial_end_due`.
    """
    warnings = _warnings(facts, state_at(facts, instant))
    overdue = [warning for warning in warnings if _is_past(facts, warning, instant)]
    return overdue[-1] if overdue and overdue[-1] not in written else None


def require_kept(facts: LifecycleFacts, instant: datetime) -> OrganizationState:
    """Refuse changes to an organization that is or is being purged.

    Raises: DomainError ORGANIZATION_PURGED.
    """
    state = state_at(facts, instant)
    if state in (OrganizationState.PURGING, OrganizationState.PURGED):
        raise DomainError(ErrorCode.ORGANIZATION_PURGED, "This organization's data have been deleted.")
    return state


def require_open(facts: LifecycleFacts, instant: datetime) -> OrganizationState:
    """Refuse changes to an organization that is closed, or that is or is being purged.

    Raises: DomainError ORGANIZATION_PURGED, ORGANIZATION_CLOSED.
    """
    state = require_kept(facts, instant)
    if state is OrganizationState.CLOSED:
        raise DomainError(ErrorCode.ORGANIZATION_CLOSED, "This organization is closed; an owner can reopen it.")
    return state


def require_activated(facts: LifecycleFacts, instant: datetime) -> OrganizationState:
    """Raises: DomainError TRACKER_NOT_ACTIVATED, and what `require_open` raises."""
    state = require_open(facts, instant)
    if state is OrganizationState.NOT_ACTIVATED:
        raise DomainError(ErrorCode.TRACKER_NOT_ACTIVATED, "Activate the tracker first; that starts the trial.")
    return state


def _state_in_life(facts: LifecycleFacts, trial_ends_at: datetime, instant: datetime) -> OrganizationState:
    if instant < trial_ends_at:
        return OrganizationState.TRIAL
    is_subscribed = facts.subscribed_from is not None and facts.subscribed_from <= instant
    return OrganizationState.SUBSCRIBED if is_subscribed else OrganizationState.RETENTION


def _warnings(facts: LifecycleFacts, state: OrganizationState) -> tuple[Notice, ...]:
    """What an organization is warned of: the end of its trial, or the purge if it is going to come."""
    if state is OrganizationState.TRIAL:
        return TRIAL_WARNINGS
    return PURGE_WARNINGS if state is OrganizationState.RETENTION and purge_at(facts) is not None else ()


def _is_past(facts: LifecycleFacts, notice: Notice, instant: datetime) -> bool:
    return facts.trial_ends_at is not None and facts.trial_ends_at + NOTICE_OFFSETS[notice] <= instant
