"""What a member may do now, and why (R2.1, R2.2, R2.5)."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum

from app.domain.actor import Permission, Role
from app.domain.instants import instant_text
from app.domain.lifecycle import LifecycleFacts, OrganizationState, purge_at, state_at
from app.domain.policy import (
    PERMISSIONS_OF_ROLE,
    TRACKER_PERMISSIONS,
    Access,
    Verdict,
    access_in,
    judge,
)


class MemberStatus(Enum):
    INVITED = "INVITED"
    ACTIVE = "ACTIVE"
    DEACTIVATED = "DEACTIVATED"


class AccessCode(Enum):
    """The one reason that an answer rests on."""

    TRIAL = "TRIAL"
    SEAT = "SEAT"
    NO_SEAT = "NO_SEAT"
    NOT_A_MEMBER = "NOT_A_MEMBER"
    NOT_ACTIVATED = "NOT_ACTIVATED"
    SUSPENDED = "SUSPENDED"
    CLOSED = "CLOSED"
    PURGED = "PURGED"
    ROLE = "ROLE"
    ROLE_TOO_LOW = "ROLE_TOO_LOW"
    UNKNOWN_ORGANIZATION = "UNKNOWN_ORGANIZATION"
    UNDECIDED = "UNDECIDED"


@dataclass(frozen=True, slots=True)
class MemberStanding:
    """What access depends on of a member, as it holds at an instant."""

    status: MemberStatus
    role: Role
    has_seat: bool


@dataclass(frozen=True, slots=True)
class OrganizationStanding:
    """What access depends on of an organization, and the instant."""

    lifecycle: LifecycleFacts
    is_suspended: bool
    at: datetime
    state: OrganizationState = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "state", state_at(self.lifecycle, self.at))  # once: each decision looks at it often


@dataclass(frozen=True, slots=True)
class AccessDecision:
    """An answer to "may X do Y?" (R2.5). `valid_until` is when what it rests on ends, where that is known."""

    allowed: bool
    access: Access
    code: AccessCode
    message: str
    valid_until: datetime | None = None


_GONE = (OrganizationState.PURGING, OrganizationState.PURGED)

UNKNOWN_ORGANIZATION = AccessDecision(
    allowed=False,
    access=Access.NONE,
    code=AccessCode.UNKNOWN_ORGANIZATION,
    message="There is no such organization.",
)
"""For an organization that does not exist, or not for whoever asks: the same answer (R2.6)."""

UNDECIDED = AccessDecision(
    allowed=False,
    access=Access.NONE,
    code=AccessCode.UNDECIDED,
    message="Something went wrong on our side as this was decided, so it is denied.",
)
"""Errors in deciding deny (R2.6)."""

_SENTENCES = {
    AccessCode.SEAT: "A seat gives full access.",
    AccessCode.NO_SEAT: "The trial is over and there is no seat: everything can be seen and nothing changed.",
    AccessCode.NOT_ACTIVATED: "The tracker is not activated yet.",
    AccessCode.SUSPENDED: "The organization is suspended until it pays: everything can be seen and nothing changed.",
    AccessCode.CLOSED: "The organization is closed: everything can be seen and nothing changed.",
    AccessCode.PURGED: "The organization's data have been deleted.",
}
_NOT_MEMBERS = {
    MemberStatus.INVITED: "The invitation has not been accepted yet.",
    MemberStatus.DEACTIVATED: "The membership has ended.",
}


def access_of(status: MemberStatus, state: OrganizationState, has_seat: bool, is_suspended: bool) -> Access:
    """`access(member, t)` of R2.1, from what holds at t."""
    if status is not MemberStatus.ACTIVE:
        return Access.NONE
    return access_in(state, has_seat=has_seat, is_suspended=is_suspended)


def decide_access(
    member: MemberStanding | None, organization: OrganizationStanding, permission: Permission
) -> AccessDecision:
    """Whether a member may do something, and the reason it rests on (R2.1-R2.3, R2.5); None is no member at all.

    Role, permission, access and state are held against each other by the tables of `policy`; this gives the reason.
    """
    if member is None or member.status is not MemberStatus.ACTIVE:
        return _of_no_member(member, organization.state)
    access = access_of(member.status, organization.state, member.has_seat, organization.is_suspended)
    verdict = judge(permission, PERMISSIONS_OF_ROLE[member.role], access, organization.state)
    if verdict is Verdict.NOT_GIVEN:
        message = f"The role {member.role.value} does not give {permission.value}."
        return AccessDecision(False, access, AccessCode.ROLE_TOO_LOW, message)
    if verdict is Verdict.NOT_IN_THIS_STATE or permission in TRACKER_PERMISSIONS:
        code = _code_of(organization, member.has_seat)
        until = _valid_until(code, organization)
        return AccessDecision(verdict is Verdict.ALLOWED, access, code, _sentence(code, until), until)
    message = f"The role {member.role.value} gives {permission.value}."
    return AccessDecision(True, access, AccessCode.ROLE, message, _valid_until(AccessCode.ROLE, organization))


def _of_no_member(member: MemberStanding | None, state: OrganizationState) -> AccessDecision:
    if state in _GONE:
        return AccessDecision(False, Access.NONE, AccessCode.PURGED, _SENTENCES[AccessCode.PURGED])
    sentence = _NOT_MEMBERS[member.status] if member is not None else "This is no member of the organization."
    return AccessDecision(False, Access.NONE, AccessCode.NOT_A_MEMBER, sentence)


def permissions_now(
    permissions: Collection[Permission], access: Access, state: OrganizationState
) -> frozenset[Permission]:
    """Those of the permissions given to someone that hold under their access in an organization in this state."""
    return frozenset(one for one in permissions if judge(one, permissions, access, state) is Verdict.ALLOWED)


def permissions_of_others(
    permissions: Collection[Permission], states: Collection[OrganizationState]
) -> frozenset[Permission]:
    """Those that hold in one of the states for who is no member: they look at the tracker, and change nothing in it."""
    return frozenset().union(*(permissions_now(permissions, Access.READ_ONLY, one) for one in states))


def explain_access(member: MemberStanding, organization: OrganizationStanding) -> AccessDecision:
    """Why a member may write in the tracker, or why not: a seat's "why" (R2.5)."""
    return decide_access(member, organization, Permission.ISSUE_UPDATE)


def _code_of(organization: OrganizationStanding, has_seat: bool) -> AccessCode:
    """What an active member's access to the tracker rests on, and why a state lets nobody do something."""
    if organization.state in _GONE:
        return AccessCode.PURGED
    if organization.state is OrganizationState.NOT_ACTIVATED:
        return AccessCode.NOT_ACTIVATED
    if organization.state is OrganizationState.CLOSED:
        return AccessCode.CLOSED
    if organization.is_suspended:
        return AccessCode.SUSPENDED
    if organization.state is OrganizationState.TRIAL:
        return AccessCode.TRIAL
    return AccessCode.SEAT if has_seat else AccessCode.NO_SEAT


def _valid_until(code: AccessCode, organization: OrganizationStanding) -> datetime | None:
    """When it ends, if that is known: the trial, or the time in which data are kept, and people are members."""
    if code is AccessCode.TRIAL:
        return organization.lifecycle.trial_ends_at
    if organization.state in (OrganizationState.RETENTION, OrganizationState.CLOSED):
        return purge_at(organization.lifecycle)
    return None


def _sentence(code: AccessCode, until: datetime | None) -> str:
    if code is AccessCode.TRIAL and until is not None:
        return f"The trial, in which everyone may do everything, lasts until {instant_text(until)}."
    return _SENTENCES[code]
