"""Who asks, and what they may."""

from dataclasses import dataclass
from enum import Enum
from uuid import UUID

from app.domain.errors import DomainError, ErrorCode


class Permission(Enum):
    """One thing an actor may be allowed to do."""

    ISSUE_VIEW = "ISSUE_VIEW"
    ISSUE_CREATE = "ISSUE_CREATE"
    ISSUE_UPDATE = "ISSUE_UPDATE"
    ISSUE_TRANSITION = "ISSUE_TRANSITION"
    ISSUE_COMMENT = "ISSUE_COMMENT"
    ISSUE_WATCH = "ISSUE_WATCH"
    QUEUE_VIEW = "QUEUE_VIEW"
    QUEUE_MANAGE = "QUEUE_MANAGE"
    BOARD_MANAGE = "BOARD_MANAGE"
    DATA_EXPORT = "DATA_EXPORT"
    MEMBER_VIEW = "MEMBER_VIEW"
    MEMBER_MANAGE = "MEMBER_MANAGE"
    MEMBER_PROVISION = "MEMBER_PROVISION"
    SEAT_VIEW = "SEAT_VIEW"
    SEAT_MANAGE = "SEAT_MANAGE"
    BILLING_VIEW = "BILLING_VIEW"
    BILLING_MANAGE = "BILLING_MANAGE"
    ORGANIZATION_MANAGE = "ORGANIZATION_MANAGE"
    API_KEY_MANAGE = "API_KEY_MANAGE"
    WEBHOOK_MANAGE = "WEBHOOK_MANAGE"
    AUDIT_VIEW = "AUDIT_VIEW"
    ORGANIZATION_CREATE = "ORGANIZATION_CREATE"
    PAYMENT_RECORD = "PAYMENT_RECORD"
    TEST_CLOCK_MANAGE = "TEST_CLOCK_MANAGE"


class ActorKind(Enum):
    OPERATOR = "operator"
    SYSTEM = "system"
    MEMBER = "member"
    INVITED = "invited"


@dataclass(frozen=True, slots=True)
class Actor:
    """Whoever a change is made for.

    `reference` is an id, never a name or an e-mail address: it is what events and the audit log keep.
    `organizations` is None for actors that reach every organization (operators and our own workers).
    """

    kind: ActorKind
    reference: str
    request_id: str
    organizations: frozenset[UUID] | None
    permissions: frozenset[Permission]

    @property
    def name(self) -> str:
        """The actor as the audit log writes it: "operator:<key id>", "member:<member id>", "system:<job>"."""
        return f"{self.kind.value}:{self.reference}"

    @property
    def member_id(self) -> UUID | None:
        """The member that it acts as; None for operators and our own workers."""
        return UUID(self.reference) if self.kind is ActorKind.MEMBER else None

    def can_reach(self, organization_id: UUID) -> bool:
        """Whether that organization exists at all for this actor (R2.6)."""
        return self.organizations is None or organization_id in self.organizations

    def is_allowed(self, permission: Permission) -> bool:
        return permission in self.permissions

    def require_operator(self) -> None:
        """Raises: DomainError FORBIDDEN for all but ourselves."""
        if self.kind is not ActorKind.OPERATOR:
            raise DomainError(ErrorCode.FORBIDDEN, "Only operators may do this.")

    def require(self, *permissions: Permission) -> None:
        """Raises: DomainError FORBIDDEN without any of those permissions."""
        if not self.permissions.intersection(permissions):
            needed = " or ".join(permission.value for permission in permissions)
            raise DomainError(ErrorCode.FORBIDDEN, f"This needs the permission {needed}.")


def member_id_of(name: str) -> UUID | None:
    """The member behind an actor's name as the record has it; None for operators and jobs."""
    kind, _, reference = name.partition(":")
    return UUID(reference) if kind == ActorKind.MEMBER.value else None


def invited(member_id: UUID, request_id: str) -> Actor:
    """Someone who holds an invitation's token and nothing else: may accept it, and reaches nothing before."""
    return Actor(ActorKind.INVITED, str(member_id), request_id, frozenset(), frozenset())


def operator(reference: str, request_id: str) -> Actor:
    """Someone of ours with an operator key: may do everything, everywhere."""
    return Actor(ActorKind.OPERATOR, reference, request_id, None, frozenset(Permission))


def system(job: str) -> Actor:
    """Our own worker, doing what is due."""
    return Actor(ActorKind.SYSTEM, job, f"job:{job}", None, frozenset(Permission))
