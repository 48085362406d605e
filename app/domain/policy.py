"""The policy: role × permission × access × state, as two tables and one function that everything asks (R2.1–R2.3)."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from uuid import UUID

from app.domain.actor import Actor, Permission, Role
from app.domain.lifecycle import LifecycleFacts, OrganizationState, require_activated, state_at


class Access(Enum):
    NONE = "NONE"
    READ_ONLY = "READ_ONLY"
    FULL = "FULL"

    def is_enough_for(self, needed: "Access") -> bool:
        return _DEGREES.index(self) >= _DEGREES.index(needed)


_DEGREES = [Access.NONE, Access.READ_ONLY, Access.FULL]


@dataclass(frozen=True, slots=True)
class Rule:
    """Which roles give a permission, in which states it can be used, and the least access to the tracker it takes."""

    roles: frozenset[Role]
    states: frozenset[OrganizationState]
    access: Access


class Verdict(Enum):
    """What the policy says to one question."""

    ALLOWED = "ALLOWED"
    NOT_GIVEN = "NOT_GIVEN"
    NOT_IN_THIS_STATE = "NOT_IN_THIS_STATE"
    TOO_LITTLE_ACCESS = "TOO_LITTLE_ACCESS"


OWNER, ADMIN, BILLING, MEMBER = Role.OWNER, Role.ADMIN, Role.BILLING_MANAGER, Role.MEMBER
NONE, READ_ONLY, FULL = Access.NONE, Access.READ_ONLY, Access.FULL

EVER = frozenset(OrganizationState)
"""Seeing: what is kept can be seen for as long as it is there, what accounting law keeps after a purge too (R1.8)."""
KEPT = EVER - {OrganizationState.PURGING, OrganizationState.PURGED}
"""Also while closed, until the purge is decided (R1.7, R1.10)."""
OPEN = KEPT - {OrganizationState.CLOSED}
"""Changing: a closed organization is read-only (R1.10)."""
ACTIVE = OPEN - {OrganizationState.NOT_ACTIVATED}
"""Seats: there are none before the tracker is activated (R1.2, R1.3)."""


def _rule(*roles: Role, states: frozenset[OrganizationState], access: Access = NONE) -> Rule:
    return Rule(frozenset(roles), states, access)


# fmt: off
RULES: Mapping[Permission, Rule] = {
    # the tracker: every role has it, and access decides (R2.2)
    Permission.ISSUE_VIEW:          _rule(OWNER, ADMIN, BILLING, MEMBER, states=KEPT, access=READ_ONLY),
    Permission.QUEUE_VIEW:          _rule(OWNER, ADMIN, BILLING, MEMBER, states=KEPT, access=READ_ONLY),
    Permission.DATA_EXPORT:         _rule(OWNER, ADMIN, BILLING, MEMBER, states=KEPT, access=READ_ONLY),
    Permission.ISSUE_CREATE:        _rule(OWNER, ADMIN, BILLING, MEMBER, states=KEPT, access=FULL),
    Permission.ISSUE_UPDATE:        _rule(OWNER, ADMIN, BILLING, MEMBER, states=KEPT, access=FULL),
    Permission.ISSUE_TRANSITION:    _rule(OWNER, ADMIN, BILLING, MEMBER, states=KEPT, access=FULL),
    Permission.ISSUE_COMMENT:       _rule(OWNER, ADMIN, BILLING, MEMBER, states=KEPT, access=FULL),
    Permission.ISSUE_WATCH:         _rule(OWNER, ADMIN, BILLING, MEMBER, states=KEPT, access=FULL),
    Permission.QUEUE_MANAGE:        _rule(OWNER, ADMIN, BILLING, MEMBER, states=KEPT, access=FULL),
    Permission.BOARD_MANAGE:        _rule(OWNER, ADMIN, BILLING, MEMBER, states=KEPT, access=FULL),
    # administration: role and state decide, whatever the access (R2.3); reopening takes ORGANIZATION_MANAGE
    Permission.MEMBER_VIEW:         _rule(OWNER, ADMIN, BILLING, MEMBER, states=EVER),
    Permission.MEMBER_MANAGE:       _rule(OWNER, ADMIN, states=OPEN),
    Permission.MEMBER_PROVISION:    _rule(OWNER, ADMIN, states=OPEN),
    Permission.SEAT_VIEW:           _rule(OWNER, ADMIN, BILLING, states=EVER),
    Permission.SEAT_MANAGE:         _rule(OWNER, ADMIN, states=ACTIVE),
    Permission.BILLING_VIEW:        _rule(OWNER, ADMIN, BILLING, states=EVER),
    Permission.BILLING_MANAGE:      _rule(OWNER, BILLING, states=OPEN),
    Permission.ORGANIZATION_MANAGE: _rule(OWNER, states=KEPT),
    Permission.API_KEY_MANAGE:      _rule(OWNER, states=OPEN),
    Permission.WEBHOOK_MANAGE:      _rule(OWNER, states=OPEN),
    Permission.AUDIT_VIEW:          _rule(OWNER, ADMIN, states=EVER),
    # no role gives these: operators have them, and give them to partners
    Permission.ORGANIZATION_CREATE: _rule(states=EVER),
    Permission.PAYMENT_RECORD:      _rule(states=KEPT),
    Permission.TEST_CLOCK_MANAGE:   _rule(states=EVER),
}
"""By permission: the roles that give it, the states it can be used in, and the least access that it takes."""

ACCESS: Mapping[OrganizationState, tuple[Access, Access]] = {
    #                                without a seat, with a seat
    OrganizationState.NOT_ACTIVATED: (NONE,      NONE),
    OrganizationState.TRIAL:         (FULL,      FULL),
    OrganizationState.SUBSCRIBED:    (READ_ONLY, FULL),
    OrganizationState.RETENTION:     (READ_ONLY, FULL),
    OrganizationState.CLOSED:        (READ_ONLY, READ_ONLY),
    OrganizationState.PURGING:       (NONE,      NONE),
    OrganizationState.PURGED:        (NONE,      NONE),
}
"""By the organization's state: an active member's access; while it is suspended, READ_ONLY at most (R2.1)."""
# fmt: on

PERMISSIONS_OF_ROLE: Mapping[Role, frozenset[Permission]] = {
    role: frozenset(permission for permission, rule in RULES.items() if role in rule.roles) for role in Role
}
"""What a member of each role may do in their own organization, the tracker as far as their access goes."""

UNBOUND = frozenset({Permission.ORGANIZATION_CREATE, Permission.TEST_CLOCK_MANAGE})
"""What a partner may be allowed that is bound to no organization."""

PARTNERS_OWN = frozenset(permission for permission, rule in RULES.items() if not rule.roles)
"""What no role has: operators give it to partners."""

TRACKER_PERMISSIONS = frozenset(permission for permission, rule in RULES.items() if rule.access is not NONE)
"""Those that access decides."""


def judge(permission: Permission, given: Collection[Permission], access: Access, state: OrganizationState) -> Verdict:
    """May someone to whom these permissions are given, and who has this access, do it in an organization in this
    state? Everything asks here."""
    rule = RULES[permission]
    if permission not in given:
        return Verdict.NOT_GIVEN
    if state not in rule.states:
        return Verdict.NOT_IN_THIS_STATE
    return Verdict.ALLOWED if access.is_enough_for(rule.access) else Verdict.TOO_LITTLE_ACCESS


def require_state(facts: LifecycleFacts, instant: datetime, permissions: Collection[Permission]) -> None:
    """Refuse a change that takes one of the permissions when none of them can be used in the organization's state.

    Raises: DomainError ORGANIZATION_PURGED, ORGANIZATION_CLOSED, TRACKER_NOT_ACTIVATED.
    """
    if not any(state_at(facts, instant) in RULES[one].states for one in permissions):
        require_activated(facts, instant)


def access_in(state: OrganizationState, *, has_seat: bool, is_suspended: bool) -> Access:
    """The access of an active member (R2.1)."""
    access = ACCESS[state][has_seat]
    return READ_ONLY if is_suspended and access is FULL else access


@dataclass(frozen=True, slots=True)
class Need:
    """What seeing something takes: every one of the permissions, whether or not the organization's state lets anyone
    change things by them: a closing leaves all there is to be seen (R1.10, R2.2).

    `or_own` lets members see it of themselves without any.
    """

    permissions: tuple[Permission, ...]
    or_own: bool = False

    @property
    def takes_access(self) -> bool:
        """Whether the reader's access to the tracker is asked too."""
        return any(one in TRACKER_PERMISSIONS for one in self.permissions)

    def is_met(self, actor: Actor, organization_id: UUID, member_id: UUID | None = None) -> bool:
        """Whether the actor has what it takes there, to see it of a member or of everyone."""
        return self._is_own(actor, organization_id, member_id) or all(
            actor.is_allowed(organization_id, one) for one in self.permissions
        )

    def require(self, actor: Actor, organization_id: UUID, member_id: UUID | None = None) -> None:
        """Raises: DomainError FORBIDDEN."""
        if not self._is_own(actor, organization_id, member_id):
            for permission in self.permissions:
                actor.require(organization_id, permission)

    def _is_own(self, actor: Actor, organization_id: UUID, member_id: UUID | None) -> bool:
        return self.or_own and member_id is not None and actor.member_in(organization_id) == member_id


PEOPLE = Need((Permission.MEMBER_VIEW,))
OWN_PERSON = Need((Permission.MEMBER_VIEW,), or_own=True)
INVITATIONS = Need((Permission.MEMBER_MANAGE,), or_own=True)
ADDRESSES = Need((Permission.MEMBER_MANAGE,), or_own=True)
"""What people's e-mail addresses take: whoever manages people has them; all others see names (R2.3)."""
SEATS = Need((Permission.SEAT_VIEW,))
OWN_SEATS = Need((Permission.SEAT_VIEW,), or_own=True)
"""Also what someone's access takes: after the trial it tells who holds a seat (R1.4, R2.3)."""
ACCESS_OF_PEOPLE = Need((Permission.MEMBER_VIEW, Permission.SEAT_VIEW), or_own=True)
"""What asking takes whether somebody may do something."""
BILLING_ACCOUNT = Need((Permission.BILLING_VIEW,))
IMPACT = Need((Permission.BILLING_VIEW, Permission.SEAT_VIEW))
ISSUES = Need((Permission.ISSUE_VIEW,))
QUEUES = Need((Permission.QUEUE_VIEW,))
AUDIT = Need((Permission.AUDIT_VIEW,))
API_KEYS = Need((Permission.API_KEY_MANAGE,))
WEBHOOKS = Need((Permission.WEBHOOK_MANAGE,))
WHOLE_EXPORT = Need((Permission.MEMBER_MANAGE, Permission.BILLING_VIEW))
"""What an export of a whole organization takes: owners and admins have it."""
