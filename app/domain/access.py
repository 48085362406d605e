"""What a member may do in the tracker now (R2.1)."""

from enum import Enum

from app.domain.lifecycle import OrganizationState


class Access(Enum):
    NONE = "NONE"
    READ_ONLY = "READ_ONLY"
    FULL = "FULL"


class MemberStatus(Enum):
    INVITED = "INVITED"
    ACTIVE = "ACTIVE"
    DEACTIVATED = "DEACTIVATED"


_NOWHERE = (OrganizationState.NOT_ACTIVATED, OrganizationState.PURGING, OrganizationState.PURGED)


def access_of(status: MemberStatus, state: OrganizationState, has_seat: bool, is_suspended: bool) -> Access:
    """`access(member, t)` of R2.1, from what holds at t."""
    if status is not MemberStatus.ACTIVE or state in _NOWHERE:
        return Access.NONE
    if is_suspended or state is OrganizationState.CLOSED:
        return Access.READ_ONLY
    return Access.FULL if has_seat or state is OrganizationState.TRIAL else Access.READ_ONLY
