"""Who asks, and what they may."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from uuid import UUID

from app.domain.errors import DomainError, ErrorCode


class Permission(Enum):
    """One thing an actor may be allowed to do."""

    __hash__ = object.__hash__  # an enum's own hashes its name, in Python
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


class Role(Enum):
    """Administrative power; never tracker access (R2.3)."""

    OWNER = "OWNER"
    ADMIN = "ADMIN"
    BILLING_MANAGER = "BILLING_MANAGER"
    MEMBER = "MEMBER"


class ActorKind(Enum):
    OPERATOR = "operator"
    SYSTEM = "system"
    PERSON = "person"
    MEMBER = "member"
    API_KEY = "api_key"
    PARTNER = "partner"
    INVITED = "invited"


@dataclass(frozen=True, slots=True)
class Standing:
    """What an actor is in one organization.

    `member_id` is whom they act as, and `role` that member's, on which the permissions rest; both are None for
    partners.
    """

    member_id: UUID | None
    role: Role | None
    permissions: frozenset[Permission]

    @property
    def role_name(self) -> str | None:
        """As it is stored."""
        return self.role.value if self.role is not None else None


_NOTHING = Standing(None, None, frozenset())


@dataclass(frozen=True, slots=True)
class Actor:
    """Whoever a change is made for.

    `reference` is an id, never a name or an e-mail address: it is what events and the audit log keep. `everywhere` is
    what operators and our own workers may do in every organization; all others have `standings`, by organization, and
    no other organization exists for them. `own` is bound to no organization: what a partner's key allows besides.
    `expires_at` is when the token ends, where it does; it is of real time (R9.2). `credential` is what they came in by:
    the row of a key's secret or of a session, None where we keep none.
    """

    kind: ActorKind
    reference: str
    request_id: str
    everywhere: frozenset[Permission] | None
    standings: Mapping[UUID, Standing]
    own: frozenset[Permission] = frozenset()
    expires_at: datetime | None = None
    credential: UUID | None = None

    @property
    def name(self) -> str:
        """The actor as the platform's record writes it: "operator:<key id>", "partner:<key id>", "system:<job>"."""
        return f"{self.kind.value}:{self.reference}"

    @property
    def organizations(self) -> frozenset[UUID] | None:
        """Those that exist for the actor; None for all there are."""
        return None if self.everywhere is not None else frozenset(self.standings)

    def name_in(self, organization_id: UUID | None) -> str:
        """The actor as the record of an organization writes it, None being the platform's.

        Who acts as a member is written as that member: "member:<member id>", and with a key
        "member:<member id>/api_key:<key id>".
        """
        member_id = self.member_in(organization_id) if organization_id is not None else None
        if member_id is None:
            return self.name
        behind = f"/{self.name}" if self.kind is ActorKind.API_KEY else ""
        return f"{ActorKind.MEMBER.value}:{member_id}{behind}"

    def standing_in(self, organization_id: UUID) -> Standing:
        """What the actor is there, as far as the organization's state and their access go."""
        if self.everywhere is not None:
            return Standing(None, None, self.everywhere)
        return self.standings.get(organization_id, _NOTHING)

    def member_in(self, organization_id: UUID) -> UUID | None:
        """The member that it acts as there; None for operators, our own workers and partners."""
        return self.standing_in(organization_id).member_id

    @property
    def member_ids(self) -> list[UUID]:
        """The members that it acts as, one in each organization where it does (R2.7)."""
        return [standing.member_id for standing in self.standings.values() if standing.member_id is not None]

    @property
    def member_organizations(self) -> list[UUID]:
        """Those in which it acts as a member."""
        return [one for one, standing in self.standings.items() if standing.member_id is not None]

    def can_reach(self, organization_id: UUID) -> bool:
        """Whether that organization exists at all for this actor (R2.6)."""
        return self.everywhere is not None or organization_id in self.standings

    def is_allowed(self, organization_id: UUID, permission: Permission) -> bool:
        return permission in self.standing_in(organization_id).permissions

    def require(self, organization_id: UUID, *permissions: Permission) -> None:
        """Raises: DomainError FORBIDDEN without any of those permissions there."""
        _require(self.standing_in(organization_id).permissions, permissions)

    def require_own(self, permission: Permission) -> None:
        """For what is bound to no organization. Raises: DomainError FORBIDDEN."""
        _require(self._unbound, (permission,))

    def is_allowed_own(self, permission: Permission) -> bool:
        """Whether the actor may do what is bound to no organization."""
        return permission in self._unbound

    @property
    def _unbound(self) -> frozenset[Permission]:
        return self.everywhere if self.everywhere is not None else self.own

    def require_operator(self) -> None:
        """Raises: DomainError FORBIDDEN for all but ourselves."""
        if self.kind is not ActorKind.OPERATOR:
            raise DomainError(ErrorCode.FORBIDDEN, "Only operators may do this.")


def member_id_of(name: str) -> UUID | None:
    """The member behind an actor's name as the record has it, also behind their key; None for operators and jobs."""
    kind, _, reference = name.partition("/")[0].partition(":")
    return UUID(reference) if kind == ActorKind.MEMBER.value else None


def invited(member_id: UUID, request_id: str) -> Actor:
    """Someone who holds an invitation's token and nothing else: may accept it, and reaches nothing before."""
    return Actor(ActorKind.INVITED, str(member_id), request_id, None, {})


def operator(reference: str, request_id: str) -> Actor:
    """Someone of ours with an operator key: may do everything, everywhere."""
    return Actor(ActorKind.OPERATOR, reference, request_id, frozenset(Permission), {})


def system(job: str) -> Actor:
    """Our own worker, doing what is due."""
    return Actor(ActorKind.SYSTEM, job, f"job:{job}", frozenset(Permission), {})


def _require(held: frozenset[Permission], needed: tuple[Permission, ...]) -> None:
    if not held.intersection(needed):
        either = " or ".join(permission.value for permission in needed)
        raise DomainError(ErrorCode.FORBIDDEN, f"This needs the permission {either}.")
