"""What each role may do; the table of R2.3."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from app.domain.actor import Actor, ActorKind, Permission, Role, Standing

READING = frozenset({Permission.ISSUE_VIEW, Permission.QUEUE_VIEW, Permission.DATA_EXPORT})
"""What read-only people may do in the tracker (R2.2)."""

TRACKER_PERMISSIONS = READING | {
    Permission.ISSUE_CREATE,
    Permission.ISSUE_UPDATE,
    Permission.ISSUE_TRANSITION,
    Permission.ISSUE_COMMENT,
    Permission.ISSUE_WATCH,
    Permission.QUEUE_MANAGE,
    Permission.BOARD_MANAGE,
}
"""Every role has them; a member's access decides which of them hold now (R2.1)."""

_OPERATORS_OWN = {Permission.ORGANIZATION_CREATE, Permission.PAYMENT_RECORD, Permission.TEST_CLOCK_MANAGE}

PERMISSIONS_OF_ROLE: Mapping[Role, frozenset[Permission]] = {
    Role.OWNER: frozenset(Permission) - _OPERATORS_OWN,
    Role.ADMIN: TRACKER_PERMISSIONS
    | {
        Permission.MEMBER_VIEW,
        Permission.MEMBER_MANAGE,
        Permission.MEMBER_PROVISION,
        Permission.SEAT_VIEW,
        Permission.SEAT_MANAGE,
        Permission.BILLING_VIEW,
        Permission.AUDIT_VIEW,
    },
    Role.BILLING_MANAGER: TRACKER_PERMISSIONS
    | {Permission.MEMBER_VIEW, Permission.SEAT_VIEW, Permission.BILLING_VIEW, Permission.BILLING_MANAGE},
    Role.MEMBER: TRACKER_PERMISSIONS | {Permission.MEMBER_VIEW},
}
"""What a member of each role may do in their own organization, the tracker as far as their access goes."""


def member(
    member_id: UUID, organization_id: UUID, role: Role, request_id: str, expires_at: datetime | None = None
) -> Actor:
    """Someone in an organization, with what their role gives there and nothing elsewhere."""
    standings = {organization_id: standing_of_role(member_id, role)}
    return Actor(ActorKind.MEMBER, str(member_id), request_id, None, standings, expires_at=expires_at)


def person(
    reference: str, request_id: str, members: Mapping[UUID, tuple[UUID, Role]], expires_at: datetime | None
) -> Actor:
    """Someone whom an OpenID provider vouches for: in each organization the member that they are there (R2.7).

    `members` has the member and their role by organization; `reference` is of the sign-in, not of any member.
    """
    standings = {one: standing_of_role(member_id, role) for one, (member_id, role) in members.items()}
    return Actor(ActorKind.PERSON, reference, request_id, None, standings, expires_at=expires_at)


def standing_of_role(member_id: UUID, role: Role) -> Standing:
    return Standing(member_id, role, PERMISSIONS_OF_ROLE[role])


def can_give(giver: Standing, role: Role) -> bool:
    """Whether the giver may give the role, or act on someone who has it: nobody goes above their own (R2.3).

    What every member may do is above nobody; a key gives no role with a permission that it lacks itself.
    """
    power = PERMISSIONS_OF_ROLE[role] - PERMISSIONS_OF_ROLE[Role.MEMBER]
    return power <= giver.permissions
