from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.errors import DomainError, ErrorCode
from app.domain.lifecycle import (
    LifecycleFacts,
    Notice,
    OrganizationState,
    PurgeObstacle,
    check_extension,
    due_warning,
    is_purge_due,
    is_trial_end_due,
    notice_due_at,
    purge_at,
    purge_obstacles,
    require_activated,
    require_closed,
    require_kept,
    require_open,
    state_at,
    trial_end,
)
from app.domain.period import BillingPeriod, Month
from tests.domain import model
from tests.domain.samples import utc
from tests.domain.strategies import TICK, lives, thorough, unbilled_periods

ACTIVATED = utc("2020-11-10 09:00")
TRIAL_ENDS = utc("2020-12-10 09:00")
PURGE_DUE = utc("2021-01-09 09:00")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)

TRYING = LifecycleFacts(activated_at=ACTIVATED, trial_ends_at=TRIAL_ENDS)
NOTICES = st.frozensets(st.sampled_from(Notice))


def subscribed(text: str) -> LifecycleFacts:
    return replace(TRYING, subscribed_from=utc(text))


# States (R1.1–R1.6)


def test_the_trial_ends_thirty_days_after_activation() -> None:
    assert trial_end(ACTIVATED) == TRIAL_ENDS


def test_thirty_days_are_720_hours_whatever_the_clocks_do() -> None:
    assert trial_end(utc("2026-10-15 04:00")) - utc("2026-10-15 04:00") == timedelta(hours=720)


@pytest.mark.parametrize(
    ("facts", "instant", "state"),
    [
        (LifecycleFacts(), ACTIVATED, OrganizationState.NOT_ACTIVATED),
        (TRYING, ACTIVATED, OrganizationState.TRIAL),
        (TRYING, TRIAL_ENDS - TICK, OrganizationState.TRIAL),
        (TRYING, TRIAL_ENDS, OrganizationState.RETENTION),
        (TRYING, PURGE_DUE, OrganizationState.RETENTION),
        (TRYING, PURGE_DUE + 400 * DAY, OrganizationState.RETENTION),
        (replace(TRYING, subscribed_from=TRIAL_ENDS), TRIAL_ENDS - TICK, OrganizationState.TRIAL),
        (replace(TRYING, subscribed_from=TRIAL_ENDS), TRIAL_ENDS, OrganizationState.SUBSCRIBED),
        (subscribed("2021-01-08 09:00"), utc("2021-01-08 09:00") - TICK, OrganizationState.RETENTION),
        (subscribed("2021-01-08 09:00"), utc("2021-01-08 09:00"), OrganizationState.SUBSCRIBED),
        (subscribed("2021-01-08 09:00"), utc("2031-01-08 09:00"), OrganizationState.SUBSCRIBED),
        (subscribed("2021-03-01 09:00"), utc("2021-03-01 09:00"), OrganizationState.SUBSCRIBED),
        (replace(TRYING, closed_at=ACTIVATED + DAY), ACTIVATED + DAY, OrganizationState.CLOSED),
        (replace(TRYING, purge_decided_at=PURGE_DUE), PURGE_DUE, OrganizationState.PURGING),
        (
            replace(TRYING, closed_at=ACTIVATED + DAY, purge_decided_at=PURGE_DUE),
            PURGE_DUE,
            OrganizationState.PURGING,
        ),
        (
            replace(TRYING, purge_decided_at=PURGE_DUE, purged_at=PURGE_DUE + HOUR),
            PURGE_DUE + HOUR,
            OrganizationState.PURGED,
        ),
    ],
)
def test_the_state_is_derived_from_what_is_recorded_and_the_clock(
    facts: LifecycleFacts, instant: datetime, state: OrganizationState
) -> None:
    assert state_at(facts, instant) is state


@thorough
@given(lives())
def test_the_state_is_what_replaying_the_life_ends_in(drawn: tuple[LifecycleFacts, datetime]) -> None:
    facts, now = drawn
    assert state_at(facts, now) is model.state_at(facts, now)


# The purge (R1.5–R1.7)


def test_who_never_subscribed_is_due_for_deletion_thirty_days_after_the_trial() -> None:
    assert purge_at(TRYING) == PURGE_DUE


@pytest.mark.parametrize(
    "facts",
    [
        pytest.param(LifecycleFacts(), id="not activated"),
        pytest.param(replace(TRYING, subscribed_from=TRIAL_ENDS), id="subscribed in advance"),
        pytest.param(subscribed("2021-01-09 08:59"), id="subscribed at the last minute"),
        pytest.param(subscribed("2021-02-20 09:00"), id="subscribed after the due date, before the decision"),
        pytest.param(replace(TRYING, is_on_legal_hold=True), id="under a legal hold"),
    ],
)
def test_who_is_not_going_to_be_deleted_has_no_due_date(facts: LifecycleFacts) -> None:
    assert purge_at(facts) is None
    assert not is_purge_due(facts, PURGE_DUE + 400 * DAY, PURGE_DUE - DAY, [])


@pytest.mark.parametrize(
    ("instant", "warned_at", "is_due"),
    [
        pytest.param(PURGE_DUE - TICK, PURGE_DUE - 2 * DAY, False, id="a microsecond early"),
        pytest.param(PURGE_DUE, PURGE_DUE - DAY, True, id="warned a day before"),
        pytest.param(PURGE_DUE, PURGE_DUE - DAY + TICK, False, id="warned a microsecond too late"),
        pytest.param(PURGE_DUE + TICK, PURGE_DUE - DAY + TICK, True, id="then a microsecond later"),
        pytest.param(PURGE_DUE + 40 * DAY, None, False, id="never warned"),
        pytest.param(PURGE_DUE + 40 * DAY, PURGE_DUE + 39 * DAY, True, id="warned late"),
        pytest.param(PURGE_DUE + 40 * DAY, PURGE_DUE + 39 * DAY + HOUR, False, id="warned 23 hours ago"),
    ],
)
def test_a_purge_is_decided_when_overdue_and_a_day_after_the_last_warning(
    instant: datetime, warned_at: datetime | None, is_due: bool
) -> None:
    assert is_purge_due(TRYING, instant, warned_at, []) is is_due


def test_a_purge_is_decided_once() -> None:
    decided = replace(TRYING, purge_decided_at=PURGE_DUE)
    assert not is_purge_due(decided, PURGE_DUE + DAY, PURGE_DUE - DAY, [])


@thorough
@given(lives(), st.none() | st.integers(0, 60 * 24), st.data())
def test_a_purge_is_due_when_no_reason_speaks_against_it(
    drawn: tuple[LifecycleFacts, datetime], warned_hours_ago: int | None, data: st.DataObject
) -> None:
    facts, now = drawn
    warned_at = None if warned_hours_ago is None else now - warned_hours_ago * HOUR
    unbilled = data.draw(unbilled_periods(now))
    assert is_purge_due(facts, now, warned_at, unbilled) is model.is_purge_due(facts, now, warned_at, unbilled)


@thorough
@given(lives())
def test_the_purge_is_planned_for_thirty_days_after_the_trial_or_the_closing(
    drawn: tuple[LifecycleFacts, datetime],
) -> None:
    assert purge_at(drawn[0]) == model.planned_purge(drawn[0])


CLOSED = replace(TRYING, closed_at=utc("2020-11-20 09:00"))
CLOSED_DUE = utc("2020-12-20 09:00")


@pytest.mark.parametrize(
    "facts",
    [
        pytest.param(CLOSED, id="closed in the trial"),
        pytest.param(replace(CLOSED, activated_at=None, trial_ends_at=None), id="never activated"),
        pytest.param(replace(CLOSED, subscribed_from=utc("2020-11-10 09:00")), id="subscribed"),
        pytest.param(replace(CLOSED, spared_until=utc("2020-12-19 09:00")), id="spared a day before"),
    ],
)
def test_what_is_closed_is_due_for_deletion_thirty_days_after_that_whatever_it_was(facts: LifecycleFacts) -> None:
    assert purge_at(facts) == CLOSED_DUE
    assert not is_purge_due(facts, CLOSED_DUE - TICK, CLOSED_DUE - DAY, [])
    assert is_purge_due(facts, CLOSED_DUE, CLOSED_DUE - DAY, [])


def test_a_hold_that_is_lifted_late_leaves_a_day_to_be_warned_in() -> None:
    lifted = replace(TRYING, spared_until=PURGE_DUE + 40 * DAY)
    assert purge_at(lifted) == PURGE_DUE + 41 * DAY
    # What was written before the hold was about another instant, and says nothing of this one.
    assert due_warning(lifted, PURGE_DUE + 40 * DAY - TICK, written=()) is Notice.PURGE_IN_7_DAYS
    assert due_warning(lifted, PURGE_DUE + 40 * DAY, written=()) is Notice.PURGE_IN_1_DAY
    assert notice_due_at(lifted, Notice.PURGE_IN_1_DAY) == PURGE_DUE + 40 * DAY


MONTH = BillingPeriod(Month(2020, 12), utc("2020-11-30 21:00"), utc("2020-12-31 21:00"), "Europe/Moscow")


@pytest.mark.parametrize(
    ("facts", "instant", "warned_at", "unbilled", "obstacles"),
    [
        pytest.param(TRYING, PURGE_DUE, PURGE_DUE - DAY, [], [], id="none"),
        pytest.param(
            LifecycleFacts(), PURGE_DUE, None, [], [PurgeObstacle.NOT_PLANNED, PurgeObstacle.NOT_WARNED], id="untried"
        ),
        pytest.param(TRYING, PURGE_DUE - TICK, PURGE_DUE - 2 * DAY, [], [PurgeObstacle.NOT_DUE], id="early"),
        pytest.param(
            replace(TRYING, is_on_legal_hold=True),
            PURGE_DUE,
            PURGE_DUE - DAY,
            [],
            [PurgeObstacle.LEGAL_HOLD],
            id="held",
        ),
        pytest.param(
            replace(TRYING, is_balanced=False), PURGE_DUE, PURGE_DUE - DAY, [], [PurgeObstacle.BALANCE], id="owing"
        ),
        pytest.param(TRYING, PURGE_DUE, PURGE_DUE - DAY, [MONTH], [PurgeObstacle.UNBILLED_MONTH], id="a month is over"),
        pytest.param(CLOSED, CLOSED_DUE, CLOSED_DUE - DAY, [MONTH], [], id="a month without seats is running"),
        pytest.param(
            replace(CLOSED, closed_at=utc("2020-12-10 09:00"), subscribed_from=TRIAL_ENDS),
            utc("2020-12-31 20:00"),
            utc("2020-12-01 09:00"),
            [MONTH],
            [PurgeObstacle.NOT_DUE, PurgeObstacle.UNBILLED_MONTH],
            id="the month of the closing is running",
        ),
    ],
)
def test_what_keeps_a_purge_is_named(
    facts: LifecycleFacts,
    instant: datetime,
    warned_at: datetime | None,
    unbilled: list[BillingPeriod],
    obstacles: list[PurgeObstacle],
) -> None:
    assert purge_obstacles(facts, instant, warned_at, unbilled) == obstacles


# Notices (R1.7, R1.9)


def sweep(facts: LifecycleFacts, instants: list[datetime]) -> list[tuple[datetime, Notice]]:
    """What sweeps at these instants write."""
    written: list[tuple[datetime, Notice]] = []
    for instant in instants:
        told = [notice for _, notice in written]
        if is_trial_end_due(facts, instant, told):
            written.append((instant, Notice.TRIAL_ENDED))
        warning = due_warning(facts, instant, told)
        if warning is not None:
            written.append((instant, warning))
    return written


def hourly(since: datetime, days: int) -> list[datetime]:
    return [since + count * HOUR for count in range(24 * days)]


def test_owners_are_told_once_each_seven_and_one_days_before_at_the_end_and_fourteen_seven_and_one_before() -> None:
    assert sweep(TRYING, hourly(ACTIVATED, 90)) == [
        (utc("2020-12-03 09:00"), Notice.TRIAL_ENDS_IN_7_DAYS),
        (utc("2020-12-09 09:00"), Notice.TRIAL_ENDS_IN_1_DAY),
        (utc("2020-12-10 09:00"), Notice.TRIAL_ENDED),
        (utc("2020-12-26 09:00"), Notice.PURGE_IN_14_DAYS),
        (utc("2021-01-02 09:00"), Notice.PURGE_IN_7_DAYS),
        (utc("2021-01-08 09:00"), Notice.PURGE_IN_1_DAY),
    ]


def test_who_subscribed_in_advance_is_told_of_the_trial_only() -> None:
    facts = replace(TRYING, subscribed_from=TRIAL_ENDS)
    assert [notice for _, notice in sweep(facts, hourly(ACTIVATED, 90))] == [
        Notice.TRIAL_ENDS_IN_7_DAYS,
        Notice.TRIAL_ENDS_IN_1_DAY,
        Notice.TRIAL_ENDED,
    ]


def test_after_forty_days_without_a_worker_only_the_last_warning_is_written() -> None:
    back = utc("2021-01-03 10:00")
    assert sweep(TRYING, hourly(back, 10)) == [
        (back, Notice.TRIAL_ENDED),
        (back, Notice.PURGE_IN_7_DAYS),
        (utc("2021-01-08 09:00"), Notice.PURGE_IN_1_DAY),
    ]


def test_long_after_the_due_date_the_last_warning_is_still_written_first() -> None:
    back = PURGE_DUE + 40 * DAY
    assert sweep(TRYING, hourly(back, 3)) == [(back, Notice.TRIAL_ENDED), (back, Notice.PURGE_IN_1_DAY)]
    assert not is_purge_due(TRYING, back + DAY - TICK, back, [])
    assert is_purge_due(TRYING, back + DAY, back, [])


def test_a_warning_overtaken_by_the_next_is_not_written_any_more() -> None:
    written = {Notice.PURGE_IN_7_DAYS}
    assert due_warning(TRYING, utc("2021-01-07 09:00"), written) is None


@pytest.mark.parametrize(
    ("facts", "instant"),
    [
        pytest.param(LifecycleFacts(), TRIAL_ENDS, id="not activated"),
        pytest.param(replace(TRYING, subscribed_from=TRIAL_ENDS), PURGE_DUE - DAY, id="subscribed"),
        pytest.param(replace(TRYING, purge_decided_at=PURGE_DUE), PURGE_DUE + DAY, id="being purged"),
        pytest.param(replace(TRYING, closed_at=TRIAL_ENDS + DAY), PURGE_DUE - 13 * DAY - TICK, id="closed a day later"),
        pytest.param(replace(TRYING, closed_at=ACTIVATED), TRIAL_ENDS - 15 * DAY, id="closed, before the 14 days"),
        pytest.param(TRYING, TRIAL_ENDS - 7 * DAY - TICK, id="a microsecond before the first"),
        pytest.param(TRYING, TRIAL_ENDS, id="at the end of the trial"),
        pytest.param(TRYING, PURGE_DUE - 14 * DAY - TICK, id="a microsecond before the 14 days"),
    ],
)
def test_there_is_nothing_to_warn_of(facts: LifecycleFacts, instant: datetime) -> None:
    assert due_warning(facts, instant, written=()) is None


def test_what_is_closed_is_warned_of_its_own_purge_and_not_of_the_trial() -> None:
    facts = replace(TRYING, closed_at=utc("2020-11-20 09:00"))
    assert sweep(facts, hourly(utc("2020-11-20 09:00"), 90)) == [
        (utc("2020-12-06 09:00"), Notice.PURGE_IN_14_DAYS),
        (utc("2020-12-10 09:00"), Notice.TRIAL_ENDED),
        (utc("2020-12-13 09:00"), Notice.PURGE_IN_7_DAYS),
        (utc("2020-12-19 09:00"), Notice.PURGE_IN_1_DAY),
    ]


def test_no_purge_is_announced_under_a_legal_hold() -> None:
    # R1.9 warns "before the purge"; R1.7 decides none under a legal hold, and `purge_at` says there is none.
    # Announced under the hold, the last warning would be long over when the hold is lifted, and the purge immediate.
    held = replace(TRYING, is_on_legal_hold=True)
    assert due_warning(held, PURGE_DUE - DAY, written=()) is None


@pytest.mark.parametrize(
    ("facts", "instant", "written", "is_due"),
    [
        pytest.param(LifecycleFacts(), TRIAL_ENDS, (), False, id="not activated"),
        pytest.param(TRYING, TRIAL_ENDS - TICK, (), False, id="a microsecond early"),
        pytest.param(TRYING, TRIAL_ENDS, (), True, id="at the end"),
        pytest.param(TRYING, TRIAL_ENDS + 400 * DAY, (), True, id="however late"),
        pytest.param(TRYING, TRIAL_ENDS, (Notice.TRIAL_ENDED,), False, id="told already"),
        pytest.param(subscribed("2021-01-01 09:00"), TRIAL_ENDS + 40 * DAY, (), True, id="subscribed since"),
    ],
)
def test_the_end_of_the_trial_is_told_once(
    facts: LifecycleFacts, instant: datetime, written: tuple[Notice, ...], is_due: bool
) -> None:
    assert is_trial_end_due(facts, instant, written) is is_due


@thorough
@given(lives(), NOTICES)
def test_the_warning_due_is_the_last_one_overdue_unless_written(
    drawn: tuple[LifecycleFacts, datetime], written: frozenset[Notice]
) -> None:
    facts, now = drawn
    assert due_warning(facts, now, written) is model.due_warning(facts, now, written)


# Extending the trial


def test_a_running_trial_may_end_later() -> None:
    check_extension(TRYING, TRIAL_ENDS - TICK, TRIAL_ENDS + TICK)
    check_extension(TRYING, ACTIVATED, ACTIVATED + 180 * DAY)


@pytest.mark.parametrize(
    ("facts", "instant", "ends_at", "code"),
    [
        (TRYING, ACTIVATED, TRIAL_ENDS, ErrorCode.INVALID_INPUT),
        (TRYING, ACTIVATED, ACTIVATED + 180 * DAY + TICK, ErrorCode.INVALID_INPUT),
        (TRYING, TRIAL_ENDS, TRIAL_ENDS + DAY, ErrorCode.INVALID_INPUT),
        (replace(TRYING, subscribed_from=TRIAL_ENDS), TRIAL_ENDS, TRIAL_ENDS + DAY, ErrorCode.INVALID_INPUT),
        (LifecycleFacts(), ACTIVATED, TRIAL_ENDS, ErrorCode.TRACKER_NOT_ACTIVATED),
        (CLOSED, CLOSED_DUE - 20 * DAY, TRIAL_ENDS + DAY, ErrorCode.ORGANIZATION_CLOSED),
        (replace(TRYING, purge_decided_at=PURGE_DUE), PURGE_DUE, PURGE_DUE + DAY, ErrorCode.ORGANIZATION_PURGED),
    ],
)
def test_a_trial_is_not_extended(facts: LifecycleFacts, instant: datetime, ends_at: datetime, code: ErrorCode) -> None:
    with pytest.raises(DomainError) as refusal:
        check_extension(facts, instant, ends_at)
    assert refusal.value.code is code


# What a change needs


PURGED = replace(TRYING, purge_decided_at=PURGE_DUE, purged_at=PURGE_DUE + HOUR)


@pytest.mark.parametrize("require", [require_open, require_activated])
@pytest.mark.parametrize(
    ("facts", "code"),
    [
        (PURGED, ErrorCode.ORGANIZATION_PURGED),
        (replace(PURGED, purged_at=None), ErrorCode.ORGANIZATION_PURGED),
        (replace(TRYING, closed_at=PURGE_DUE), ErrorCode.ORGANIZATION_CLOSED),
    ],
)
def test_a_closed_or_deleted_organization_takes_no_change(
    require: Callable[[LifecycleFacts, datetime], OrganizationState], facts: LifecycleFacts, code: ErrorCode
) -> None:
    with pytest.raises(DomainError) as refusal:
        require(facts, PURGE_DUE + HOUR)
    assert refusal.value.code is code


def test_an_overdue_organization_still_takes_a_change() -> None:
    assert require_activated(TRYING, PURGE_DUE + 400 * DAY) is OrganizationState.RETENTION


def test_what_is_closed_can_still_be_reopened_and_held_until_the_purge_is_decided() -> None:
    require_closed(CLOSED, CLOSED_DUE + 400 * DAY)
    assert require_kept(CLOSED, CLOSED_DUE) is OrganizationState.CLOSED
    with pytest.raises(DomainError) as refusal:
        require_closed(TRYING, PURGE_DUE)
    assert refusal.value.code is ErrorCode.INVALID_INPUT
    with pytest.raises(DomainError) as refusal:
        require_kept(replace(CLOSED, purge_decided_at=CLOSED_DUE), CLOSED_DUE)
    assert refusal.value.code is ErrorCode.ORGANIZATION_PURGED


def test_before_activation_only_what_needs_no_tracker_can_be_changed() -> None:
    assert require_open(LifecycleFacts(), ACTIVATED) is OrganizationState.NOT_ACTIVATED
    with pytest.raises(DomainError) as refusal:
        require_activated(LifecycleFacts(), ACTIVATED)
    assert refusal.value.code is ErrorCode.TRACKER_NOT_ACTIVATED
