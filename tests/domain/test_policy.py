"""The policy, spelled out: every permission by role and access, every state by seat (R2.1–R2.3)."""

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from app.domain.access import MemberStatus, access_of
from app.domain.actor import Permission, Role
from app.domain.errors import DomainError, ErrorCode
from app.domain.lifecycle import LifecycleFacts, OrganizationState
from app.domain.policy import (
    ACCESS,
    PERMISSIONS_OF_ROLE,
    RULES,
    Access,
    Verdict,
    access_in,
    judge,
    require_state,
)

# Whether a role has a permission (OWNER, ADMIN, BILLING_MANAGER, MEMBER); whether it can be used in a state
# (NOT_ACTIVATED, TRIAL, SUBSCRIBED, RETENTION, CLOSED, PURGING, PURGED); the least access that it takes. + is yes.
TABLE = """
ISSUE_VIEW           +      +      +        +      +  +  +  +  +  -  -  READ_ONLY
QUEUE_VIEW           +      +      +        +      +  +  +  +  +  -  -  READ_ONLY
DATA_EXPORT          +      +      +        +      +  +  +  +  +  -  -  READ_ONLY
ISSUE_CREATE         +      +      +        +      +  +  +  +  +  -  -  FULL
ISSUE_UPDATE         +      +      +        +      +  +  +  +  +  -  -  FULL
ISSUE_TRANSITION     +      +      +        +      +  +  +  +  +  -  -  FULL
ISSUE_COMMENT        +      +      +        +      +  +  +  +  +  -  -  FULL
ISSUE_WATCH          +      +      +        +      +  +  +  +  +  -  -  FULL
QUEUE_MANAGE         +      +      +        +      +  +  +  +  +  -  -  FULL
BOARD_MANAGE         +      +      +        +      +  +  +  +  +  -  -  FULL
MEMBER_VIEW          +      +      +        +      +  +  +  +  +  +  +  NONE
MEMBER_MANAGE        +      +      -        -      +  +  +  +  -  -  -  NONE
MEMBER_PROVISION     +      +      -        -      +  +  +  +  -  -  -  NONE
SEAT_VIEW            +      +      +        -      +  +  +  +  +  +  +  NONE
SEAT_MANAGE          +      +      -        -      -  +  +  +  -  -  -  NONE
BILLING_VIEW         +      +      +        -      +  +  +  +  +  +  +  NONE
BILLING_MANAGE       +      -      +        -      +  +  +  +  -  -  -  NONE
ORGANIZATION_MANAGE  +      -      -        -      +  +  +  +  +  -  -  NONE
API_KEY_MANAGE       +      -      -        -      +  +  +  +  -  -  -  NONE
WEBHOOK_MANAGE       +      -      -        -      +  +  +  +  -  -  -  NONE
AUDIT_VIEW           +      +      -        -      +  +  +  +  +  +  +  NONE
ORGANIZATION_CREATE  -      -      -        -      +  +  +  +  +  +  +  NONE
PAYMENT_RECORD       -      -      -        -      +  +  +  +  +  -  -  NONE
TEST_CLOCK_MANAGE    -      -      -        -      +  +  +  +  +  +  +  NONE
"""

# An active member's access: without a seat, with one, and both while the organization is suspended.
STATES = """
NOT_ACTIVATED  NONE       NONE       NONE       NONE
TRIAL          FULL       FULL       READ_ONLY  READ_ONLY
SUBSCRIBED     READ_ONLY  FULL       READ_ONLY  READ_ONLY
RETENTION      READ_ONLY  FULL       READ_ONLY  READ_ONLY
CLOSED         READ_ONLY  READ_ONLY  READ_ONLY  READ_ONLY
PURGING        NONE       NONE       NONE       NONE
PURGED         NONE       NONE       NONE       NONE
"""


def rows(table: str) -> list[list[str]]:
    return [line.split() for line in table.strip().splitlines()]


LINES = rows(TABLE)


def test_the_tables_speak_of_every_permission_and_state() -> None:
    assert {line[0] for line in LINES} == {one.value for one in Permission} == {one.value for one in RULES}
    assert (
        {line[0] for line in rows(STATES)} == {one.value for one in OrganizationState} == {one.value for one in ACCESS}
    )


@pytest.mark.parametrize("line", LINES, ids=lambda line: line[0])
def test_a_permission_is_given_by_these_roles_and_takes_this_state_and_access(line: list[str]) -> None:
    permission, needed = Permission(line[0]), Access(line[-1])
    degrees = {Access.NONE: 0, Access.READ_ONLY: 1, Access.FULL: 2}
    roles, states = line[1:5], line[5:-1]
    for (role, gives), (state, holds), access in product(
        zip(Role, roles, strict=True), zip(OrganizationState, states, strict=True), Access
    ):
        expected = Verdict.ALLOWED if degrees[access] >= degrees[needed] else Verdict.TOO_LITTLE_ACCESS
        if holds == "-":
            expected = Verdict.NOT_IN_THIS_STATE
        if gives == "-":
            expected = Verdict.NOT_GIVEN
        assert judge(permission, PERMISSIONS_OF_ROLE[role], access, state) is expected


def test_a_trial_a_subscription_and_a_retention_are_one_to_every_permission() -> None:
    """Between them they differ by access alone, so that who is no member need not be told which it is."""
    alike = {OrganizationState.TRIAL, OrganizationState.SUBSCRIBED, OrganizationState.RETENTION}
    assert {len(alike & rule.states) for rule in RULES.values()} == {3}


REFUSALS = {
    OrganizationState.NOT_ACTIVATED: ErrorCode.TRACKER_NOT_ACTIVATED,
    OrganizationState.CLOSED: ErrorCode.ORGANIZATION_CLOSED,
    OrganizationState.PURGING: ErrorCode.ORGANIZATION_PURGED,
    OrganizationState.PURGED: ErrorCode.ORGANIZATION_PURGED,
}
BEGAN = datetime(2020, 11, 10, 9, tzinfo=UTC)
ENDED = BEGAN + timedelta(days=30)
LIVES = {
    OrganizationState.NOT_ACTIVATED: LifecycleFacts(),
    OrganizationState.TRIAL: LifecycleFacts(BEGAN, ENDED + timedelta(days=9)),
    OrganizationState.SUBSCRIBED: LifecycleFacts(BEGAN, ENDED, subscribed_from=ENDED),
    OrganizationState.RETENTION: LifecycleFacts(BEGAN, ENDED),
    OrganizationState.CLOSED: LifecycleFacts(BEGAN, ENDED, closed_at=ENDED),
    OrganizationState.PURGING: LifecycleFacts(BEGAN, ENDED, purge_decided_at=ENDED),
    OrganizationState.PURGED: LifecycleFacts(BEGAN, ENDED, purge_decided_at=ENDED, purged_at=ENDED),
}


@pytest.mark.parametrize("line", LINES, ids=lambda line: line[0])
@pytest.mark.parametrize("state", OrganizationState)
def test_a_change_is_refused_in_a_state_with_the_code_of_the_state(state: OrganizationState, line: list[str]) -> None:
    code = REFUSALS[state] if line[5 + list(OrganizationState).index(state)] == "-" else None
    assert refusal(state, Permission(line[0])) is code


def test_one_permission_of_several_is_enough_for_a_change() -> None:
    either = (Permission.BILLING_MANAGE, Permission.SEAT_MANAGE)
    assert refusal(OrganizationState.NOT_ACTIVATED, *either) is None
    assert refusal(OrganizationState.CLOSED, *either) is ErrorCode.ORGANIZATION_CLOSED


def refusal(state: OrganizationState, *permissions: Permission) -> ErrorCode | None:
    try:
        require_state(LIVES[state], ENDED, permissions)
    except DomainError as error:
        return error.code
    return None


@pytest.mark.parametrize("line", rows(STATES), ids=lambda line: line[0])
def test_a_state_gives_this_access_and_a_suspension_takes_writing_away(line: list[str]) -> None:
    state = OrganizationState(line[0])
    cases = [(False, False), (True, False), (False, True), (True, True)]
    assert [access_in(state, has_seat=seat, is_suspended=suspended).value for seat, suspended in cases] == line[1:]


@pytest.mark.parametrize("status", [MemberStatus.INVITED, MemberStatus.DEACTIVATED])
@pytest.mark.parametrize("state", OrganizationState)
def test_who_is_not_active_has_no_access_in_any_state(status: MemberStatus, state: OrganizationState) -> None:
    assert access_of(status, state, has_seat=True, is_suspended=False) is Access.NONE


def test_nothing_is_allowed_to_whom_nothing_is_given() -> None:
    found = {judge(one, frozenset(), Access.FULL, state) for one in Permission for state in OrganizationState}
    assert found == {Verdict.NOT_GIVEN}
