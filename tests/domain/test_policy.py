"""The policy, spelled out: every permission by role and access, every state by seat (R2.1–R2.3)."""

import pytest

from app.domain.access import MemberStatus, access_of
from app.domain.actor import Permission, Role
from app.domain.lifecycle import OrganizationState
from app.domain.policy import ACCESS, RULES, Access, Verdict, access_in, judge

# Whether a role has a permission, and the least access that it takes; + is yes, - is no.
TABLE = """
                     OWNER  ADMIN  BILLING_MANAGER  MEMBER  access
ISSUE_VIEW           +      +      +                +       READ_ONLY
QUEUE_VIEW           +      +      +                +       READ_ONLY
DATA_EXPORT          +      +      +                +       READ_ONLY
ISSUE_CREATE         +      +      +                +       FULL
ISSUE_UPDATE         +      +      +                +       FULL
ISSUE_TRANSITION     +      +      +                +       FULL
ISSUE_COMMENT        +      +      +                +       FULL
ISSUE_WATCH          +      +      +                +       FULL
QUEUE_MANAGE         +      +      +                +       FULL
BOARD_MANAGE         +      +      +                +       FULL
MEMBER_VIEW          +      +      +                +       NONE
MEMBER_MANAGE        +      +      -                -       NONE
MEMBER_PROVISION     +      +      -                -       NONE
SEAT_VIEW            +      +      +                -       NONE
SEAT_MANAGE          +      +      -                -       NONE
BILLING_VIEW         +      +      +                -       NONE
BILLING_MANAGE       +      -      +                -       NONE
ORGANIZATION_MANAGE  +      -      -                -       NONE
API_KEY_MANAGE       +      -      -                -       NONE
WEBHOOK_MANAGE       +      -      -                -       NONE
AUDIT_VIEW           +      +      -                -       NONE
ORGANIZATION_CREATE  -      -      -                -       NONE
PAYMENT_RECORD       -      -      -                -       NONE
TEST_CLOCK_MANAGE    -      -      -                -       NONE
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


HEAD, *LINES = rows(TABLE)


def test_the_tables_speak_of_every_role_permission_and_state() -> None:
    assert [*(role.value for role in Role), "access"] == HEAD
    assert {line[0] for line in LINES} == {one.value for one in Permission} == {one.value for one in RULES}
    assert (
        {line[0] for line in rows(STATES)} == {one.value for one in OrganizationState} == {one.value for one in ACCESS}
    )


@pytest.mark.parametrize("line", LINES, ids=lambda line: line[0])
def test_a_permission_is_given_by_these_roles_and_takes_this_access(line: list[str]) -> None:
    permission, needed = Permission(line[0]), Access(line[-1])
    degrees = {Access.NONE: 0, Access.READ_ONLY: 1, Access.FULL: 2}
    for role, mark in zip(Role, line[1:-1], strict=True):
        given = [one for one in Permission if role in RULES[one].roles]
        for access in Access:
            expected = Verdict.ALLOWED if degrees[access] >= degrees[needed] else Verdict.TOO_LITTLE_ACCESS
            assert judge(permission, given, access) is (expected if mark == "+" else Verdict.NOT_GIVEN)


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
    assert {judge(permission, frozenset(), Access.FULL) for permission in Permission} == {Verdict.NOT_GIVEN}
