"""Where an organization stands, derived from recorded facts and an instant (R1)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from app.domain.errors import DomainError, ErrorCode, invalid
from app.domain.instants import instant_text
from app.domain.period import BillingPeriod

TRIAL_LENGTH = timedelta(days=30)
LONGEST_TRIAL = timedelta(days=180)
"""However often it is extended (R1.2)."""
RETENTION_LENGTH = timedelta(days=30)
"""From the end of the trial, or from the closing, to the purge (R1.5, R1.10)."""
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
    Notice.PURGE_IN_14_DAYS: timedelta(days=-14),
    Notice.PURGE_IN_7_DAYS: timedelta(days=-7),
    Notice.PURGE_IN_1_DAY: timedelta(days=-1),
}
"""When each is due, from the end of the trial or from the purge."""

TRIAL_WARNINGS = (Notice.TRIAL_ENDS_IN_7_DAYS, Notice.TRIAL_ENDS_IN_1_DAY)
PURGE_WARNINGS = (Notice.PURGE_IN_14_DAYS, Notice.PURGE_IN_7_DAYS, Notice.PURGE_IN_1_DAY)


class PurgeObstacle(Enum):
    """Why a purge cannot be decided now (R1.7)."""

    NOT_PLANNED = "NOT_PLANNED"
    NOT_DUE = "NOT_DUE"
    LEGAL_HOLD = "LEGAL_HOLD"
    NOT_WARNED = "NOT_WARNED"
    BALANCE = "BALANCE"
    UNBILLED_MONTH = "UNBILLED_MONTH"


@dataclass(frozen=True, slots=True)
class LifecycleFacts:
    """What is recorded about an organization's life.

    `subscribed_from` is the first instant, at or after the end of the trial, at which a subscription was in
    force or (in the future) will be if nothing changes; None when there is none. `spared_until` is when a legal
    hold was lifted or the organization was reopened, the last time: what it was warned of before counts no more.
    """

    activated_at: datetime | None = None
    trial_ends_at: datetime | None = None
    subscribed_from: datetime | None = None
    closed_at: datetime | None = None
    purge_decided_at: datetime | None = None
    purged_at: datetime | None = None
    is_on_legal_hold: bool = False
    spared_until: datetime | None = None
    is_balanced: bool = True


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
    """When its data are due for deletion if nothing happens: 30 days after the trial if it never subscribed, or
    after it was closed (R1.5, R1.10); never sooner than a last warning after it was spared.

    None when they are not going to be: it has subscribed (R1.6), is under a legal hold (R1.7), or purged already.
    """
    is_planned = facts.closed_at is not None or facts.subscribed_from is None
    since = facts.closed_at or facts.trial_ends_at
    if since is None or not is_planned or facts.is_on_legal_hold or facts.purged_at is not None:
        return None
    if facts.spared_until is None:
        return since + RETENTION_LENGTH
    return max(since + RETENTION_LENGTH, facts.spared_until + FINAL_WARNING_LENGTH)


def purge_obstacles(
    facts: LifecycleFacts, instant: datetime, final_warning_at: datetime | None, unbilled: Sequence[BillingPeriod]
) -> list[PurgeObstacle]:
    """Everything that keeps the purge from being decided now (R1.7). `final_warning_at` is when the last warning of
    the purge as it is planned was written; `unbilled` are periods that are not closed, or that ended PARKED."""
    due_at = purge_at(facts)
    found = []
    if facts.is_on_legal_hold:
        found.append(PurgeObstacle.LEGAL_HOLD)
    elif due_at is None:
        found.append(PurgeObstacle.NOT_PLANNED)
    elif instant < due_at:
        found.append(PurgeObstacle.NOT_DUE)
    if final_warning_at is None or instant < final_warning_at + FINAL_WARNING_LENGTH:
        found.append(PurgeObstacle.NOT_WARNED)
    if not facts.is_balanced:
        found.append(PurgeObstacle.BALANCE)
    if any(_is_to_be_billed(facts, instant, period) for period in unbilled):
        found.append(PurgeObstacle.UNBILLED_MONTH)
    return found


def is_purge_due(
    facts: LifecycleFacts, instant: datetime, final_warning_at: datetime | None, unbilled: Sequence[BillingPeriod]
) -> bool:
    """Whether the purge may be decided now, and was not already (R1.7)."""
    return facts.purge_decided_at is None and not purge_obstacles(facts, instant, final_warning_at, unbilled)


def is_trial_end_due(facts: LifecycleFacts, instant: datetime, written: Collection[Notice]) -> bool:
    """Whether the end of the trial is over and not told yet. A transition: never skipped, however late."""
    is_gone = facts.purge_decided_at is not None
    is_over = facts.trial_ends_at is not None and facts.trial_ends_at <= instant
    return is_over and Notice.TRIAL_ENDED not in written and not is_gone


def due_warning(facts: LifecycleFacts, instant: datetime, written: Collection[Notice]) -> Notice | None:
    """The warning to write now: of several overdue ones only the last, each once (R1.7, R1.9). `written` are those
    written for the instants that they are due at as things stand.

    The end of the trial is not among them: see `is_trial_end_due`.
    """
    overdue = [warning for warning in _warnings(facts, instant) if _is_past(facts, warning, instant)]
    return overdue[-1] if overdue and overdue[-1] not in written else None


def require_kept(facts: LifecycleFacts, instant: datetime) -> OrganizationState:
    """Refuse changes to an organization that is or is being purged.

    Raises: DomainError ORGANIZATION_PURGED.
    """
    state = state_at(facts, instant)
    if state in (OrganizationState.PURGING, OrganizationState.PURGED):
        raise DomainError(ErrorCode.ORGANIZATION_PURGED, "This organization's data have been deleted.")
    return state


def notice_due_at(facts: LifecycleFacts, notice: Notice) -> datetime | None:
    """When a notice is due as things stand: after an extension, a closing or a hold it is due anew."""
    event_at = purge_at(facts) if notice in PURGE_WARNINGS else facts.trial_ends_at
    return event_at + NOTICE_OFFSETS[notice] if event_at is not None else None


def check_extension(facts: LifecycleFacts, instant: datetime, ends_at: datetime) -> None:
    """A running trial may end later, 180 days after it began at the latest (R1.2).

    Raises: DomainError INVALID_INPUT, TRACKER_NOT_ACTIVATED, and what `require_open` raises.
    """
    state = require_activated(facts, instant)
    activated_at, present_end = facts.activated_at, facts.trial_ends_at
    assert activated_at is not None, "what is activated has a trial"
    assert present_end is not None, "what is activated has a trial"
    if state is not OrganizationState.TRIAL:
        raise invalid("The trial is over; only a running one can be extended.", "input", "organizationId")
    if ends_at <= present_end:
        message = f"The trial ends on {instant_text(present_end)}; it can only be extended to a later instant."
        raise invalid(message, "input", "endsAt")
    if ends_at > activated_at + LONGEST_TRIAL:
        latest = instant_text(activated_at + LONGEST_TRIAL)
        raise invalid(f"A trial lasts {LONGEST_TRIAL.days} days at most: to {latest}.", "input", "endsAt")


def require_open(facts: LifecycleFacts, instant: datetime) -> OrganizationState:
    """Refuse changes to an organization that is closed, or that is or is being purged.

    Raises: DomainError ORGANIZATION_PURGED, ORGANIZATION_CLOSED.
    """
    state = require_kept(facts, instant)
    if state is OrganizationState.CLOSED:
        raise DomainError(ErrorCode.ORGANIZATION_CLOSED, "This organization is closed; an owner can reopen it.")
    return state


def require_closed(facts: LifecycleFacts, instant: datetime) -> None:
    """Refuse to reopen what is not closed. Raises: DomainError INVALID_INPUT."""
    if state_at(facts, instant) is not OrganizationState.CLOSED:
        raise invalid("This organization is not closed.", "input", "organizationId")


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


def _warnings(facts: LifecycleFacts, instant: datetime) -> tuple[Notice, ...]:
    """What an organization is warned of: the end of its trial, or the purge if it is going to come."""
    state = state_at(facts, instant)
    if state is OrganizationState.TRIAL:
        return TRIAL_WARNINGS
    return PURGE_WARNINGS if state in (OrganizationState.RETENTION, OrganizationState.CLOSED) else ()


def _is_past(facts: LifecycleFacts, notice: Notice, instant: datetime) -> bool:
    due_at = notice_due_at(facts, notice)
    return due_at is not None and due_at <= instant


def _is_to_be_billed(facts: LifecycleFacts, instant: datetime, period: BillingPeriod) -> bool:
    """Whether a period is over, or is the last in which seats were charged before a closing."""
    if period.ends_at <= instant:
        return True
    if facts.closed_at is None or facts.subscribed_from is None:
        return False
    return facts.subscribed_from <= facts.closed_at and period.starts_at <= facts.closed_at
