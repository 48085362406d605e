"""Why a member may or may not (R2.1–R2.3, R2.5)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from app.domain.access import (
    UNDECIDED,
    UNKNOWN_ORGANIZATION,
    AccessCode,
    AccessDecision,
    MemberStanding,
    MemberStatus,
    OrganizationStanding,
    access_of,
    decide_access,
    explain_access,
)
from app.domain.actor import Permission, Role
from app.domain.lifecycle import LifecycleFacts, OrganizationState
from app.domain.policy import PERMISSIONS_OF_ROLE, RULES, TRACKER_PERMISSIONS, Access

DAY = timedelta(days=1)
READING = {Permission.ISSUE_VIEW, Permission.QUEUE_VIEW, Permission.DATA_EXPORT}
NOVEMBER = datetime(2020, 11, 10, 9, tzinfo=UTC)
ENDS = NOVEMBER + 30 * DAY
TRIAL = OrganizationStanding(LifecycleFacts(NOVEMBER, ENDS), False, NOVEMBER)
RETENTION = replace(TRIAL, at=ENDS)
SUBSCRIBED = OrganizationStanding(LifecycleFacts(NOVEMBER, ENDS, subscribed_from=ENDS), False, ENDS + DAY)
SUSPENDED = replace(SUBSCRIBED, is_suspended=True)
CLOSED = replace(SUBSCRIBED, lifecycle=replace(SUBSCRIBED.lifecycle, closed_at=ENDS + DAY))
NOT_ACTIVATED = OrganizationStanding(LifecycleFacts(), False, NOVEMBER)
PURGING = replace(RETENTION, lifecycle=replace(RETENTION.lifecycle, purge_decided_at=ENDS))
PURGED = replace(PURGING, lifecycle=replace(PURGING.lifecycle, purged_at=ENDS))
STANDINGS = [TRIAL, RETENTION, SUBSCRIBED, SUSPENDED, CLOSED, NOT_ACTIVATED, PURGING, PURGED]

SEATED = MemberStanding(MemberStatus.ACTIVE, Role.MEMBER, has_seat=True)
SEATLESS = MemberStanding(MemberStatus.ACTIVE, Role.MEMBER, has_seat=False)
FULL, READ_ONLY, NONE = Access.FULL, Access.READ_ONLY, Access.NONE


@pytest.mark.parametrize(
    ("organization", "member", "allowed", "access", "code"),
    [
        (TRIAL, SEATLESS, True, FULL, AccessCode.TRIAL),
        (TRIAL, SEATED, True, FULL, AccessCode.TRIAL),
        (SUBSCRIBED, SEATED, True, FULL, AccessCode.SEAT),
        (SUBSCRIBED, SEATLESS, False, READ_ONLY, AccessCode.NO_SEAT),
        (RETENTION, SEATLESS, False, READ_ONLY, AccessCode.NO_SEAT),
        (SUSPENDED, SEATED, False, READ_ONLY, AccessCode.SUSPENDED),
        (CLOSED, SEATED, False, READ_ONLY, AccessCode.CLOSED),
        (replace(CLOSED, is_suspended=True), SEATED, False, READ_ONLY, AccessCode.CLOSED),
        (NOT_ACTIVATED, SEATLESS, False, NONE, AccessCode.NOT_ACTIVATED),
        (PURGING, SEATED, False, NONE, AccessCode.PURGED),
        (PURGED, SEATED, False, NONE, AccessCode.PURGED),
    ],
)
def test_a_write_is_decided_by_access_with_one_reason(
    organization: OrganizationStanding, member: MemberStanding, allowed: bool, access: Access, code: AccessCode
) -> None:
    found = decide_access(member, organization, Permission.ISSUE_UPDATE)
    assert (found.allowed, found.access, found.code) == (allowed, access, code)
    assert explain_access(member, organization) == found


@pytest.mark.parametrize("permission", [one for one in Permission if one in READING])
@pytest.mark.parametrize("organization", STANDINGS)
def test_whoever_has_any_access_may_read(organization: OrganizationStanding, permission: Permission) -> None:
    found = decide_access(SEATLESS, organization, permission)
    assert found.allowed is (found.access is not NONE)


@pytest.mark.parametrize("permission", [one for one in Permission if one in TRACKER_PERMISSIONS - READING])
@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("organization", STANDINGS)
def test_only_full_access_writes_whatever_the_role(
    organization: OrganizationStanding, role: Role, permission: Permission
) -> None:
    for has_seat in (False, True):
        found = decide_access(MemberStanding(MemberStatus.ACTIVE, role, has_seat), organization, permission)
        assert found.allowed is (found.access is FULL)
        assert found.access is access_of(MemberStatus.ACTIVE, organization.state, has_seat, organization.is_suspended)


@pytest.mark.parametrize("permission", [one for one in Permission if one not in TRACKER_PERMISSIONS])
@pytest.mark.parametrize("role", Role)
def test_outside_the_tracker_role_and_state_decide(role: Role, permission: Permission) -> None:
    for organization in STANDINGS:
        found = decide_access(MemberStanding(MemberStatus.ACTIVE, role, False), organization, permission)
        if permission not in PERMISSIONS_OF_ROLE[role]:
            expected = AccessCode.ROLE_TOO_LOW
        elif organization.state in RULES[permission].states:
            expected = AccessCode.ROLE
        else:
            expected = CODES_OF_STATES[organization.state]
        assert (found.code, found.allowed) == (expected, expected is AccessCode.ROLE)


CODES_OF_STATES = {
    OrganizationState.NOT_ACTIVATED: AccessCode.NOT_ACTIVATED,
    OrganizationState.CLOSED: AccessCode.CLOSED,
    OrganizationState.PURGING: AccessCode.PURGED,
    OrganizationState.PURGED: AccessCode.PURGED,
}


def test_a_closed_organization_is_changed_by_nobody_until_it_is_deleted() -> None:
    """R1.10: read-only for 30 days, in which an owner may reopen it."""
    owner = MemberStanding(MemberStatus.ACTIVE, Role.OWNER, has_seat=False)
    found = {one: decide_access(owner, CLOSED, one) for one in PERMISSIONS_OF_ROLE[Role.OWNER]}
    assert {one.value for one, decision in found.items() if decision.allowed} == {
        "ISSUE_VIEW", "QUEUE_VIEW", "DATA_EXPORT", "MEMBER_VIEW", "SEAT_VIEW", "BILLING_VIEW", "AUDIT_VIEW",
        "ORGANIZATION_MANAGE",
    }  # fmt: skip
    assert {decision.valid_until for decision in found.values()} == {ENDS + 31 * DAY}
    assert found[Permission.MEMBER_MANAGE] == AccessDecision(
        False,
        READ_ONLY,
        AccessCode.CLOSED,
        "The organization is closed: everything can be seen and nothing changed.",
        ENDS + 31 * DAY,
    )


@pytest.mark.parametrize(
    ("member", "sentence"),
    [
        (None, "This is no member of the organization."),
        (replace(SEATLESS, status=MemberStatus.INVITED), "The invitation has not been accepted yet."),
        (replace(SEATED, status=MemberStatus.DEACTIVATED), "The membership has ended."),
    ],
)
def test_who_is_not_an_active_member_may_nothing(member: MemberStanding | None, sentence: str) -> None:
    for permission in Permission:
        found = decide_access(member, TRIAL, permission)
        assert found == AccessDecision(False, NONE, AccessCode.NOT_A_MEMBER, sentence)


def test_an_answer_says_until_when_it_holds_if_that_is_known() -> None:
    found = {
        name: decide_access(SEATLESS, standing, Permission.ISSUE_VIEW).valid_until
        for name, standing in (("trial", TRIAL), ("retention", RETENTION), ("subscribed", SUBSCRIBED))
    }
    assert found == {"trial": ENDS, "retention": ENDS + 30 * DAY, "subscribed": None}
    assert "2020-12-10T09:00:00Z" in decide_access(SEATLESS, TRIAL, Permission.ISSUE_VIEW).message


@pytest.mark.parametrize("answer", [UNKNOWN_ORGANIZATION, UNDECIDED])
def test_what_cannot_be_decided_is_denied(answer: AccessDecision) -> None:
    assert (answer.allowed, answer.access) == (False, NONE)


def test_every_code_is_given_somewhere() -> None:
    found = {UNKNOWN_ORGANIZATION.code, UNDECIDED.code}
    for member in (None, SEATED, SEATLESS, replace(SEATLESS, role=Role.OWNER)):
        for standing in STANDINGS:
            found |= {decide_access(member, standing, permission).code for permission in Permission}
    assert found == set(AccessCode)
