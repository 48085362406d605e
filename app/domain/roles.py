"""What each role may do; the table of R2.3."""

from collections.abc import Mapping
from enum import Enum
from uuid import UUID

from app.domain.actor import Actor, ActorKind, Permission


class Role(Enum):
    """Administrative power; never tracker access (R2.3)."""

    OWNER = "OWNER"
    ADMIN = "ADMIN"
    BILLING_MANAGER = "BILLING_MANAGER"
    MEMBER = "MEMBER"


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


def member(member_id: UUID, organization_id: UUID, role: Role, request_id: str) -> Actor:
    """Someone in an organization, with what their role gives there and nothing elsewhere."""
    reach = frozenset({organization_id})
    return Actor(ActorKind.MEMBER, str(member_id), request_id, reach, PERMISSIONS_OF_ROLE[role])


def can_give(actor: Actor, role: Role) -> bool:
    """Whether the actor may give the role, or act on someone who has it: nobody goes above their own (R2.3)."""
    return PERMISSIONS_OF_ROLE[role] <= actor.permissions
