"""Asking for leave: every write and every read of the tracker passes here (R2.1, R2.2, R7.2)."""

from datetime import datetime
from uuid import UUID

from app import db
from app.access.queries import standing_of
from app.directory.queries import find_contacts
from app.domain.access import (
    AccessCode,
    AccessDecision,
    MemberStanding,
    MemberStatus,
    OrganizationStanding,
    decide_access,
)
from app.domain.actor import Actor, Permission, Role
from app.domain.errors import DomainError, ErrorCode
from app.domain.policy import BILLING_ACCOUNT, Access
from app.organizations.queries import OrganizationFacts, find_organization

_CODES = {
    AccessCode.PURGED: ErrorCode.ORGANIZATION_PURGED,
    AccessCode.NOT_ACTIVATED: ErrorCode.TRACKER_NOT_ACTIVATED,
}
_MOST_NAMED = 3
"""Contacts named in a refusal; `Organization.contacts` has all of them."""


async def require_access(actor: Actor, organization: OrganizationFacts, at: datetime, permission: Permission) -> UUID:
    """The member that the actor acts as, if they may do this at that instant; for a change, ask under the lock.

    Raises: DomainError FORBIDDEN for who is no member (an operator, a job) or not an active one; READ_ONLY, with
    the reason and whom to ask; TRACKER_NOT_ACTIVATED; ORGANIZATION_PURGED.
    """
    member_id = actor.member_in(organization.id)
    if member_id is None:
        raise DomainError(ErrorCode.FORBIDDEN, "Only members change things in the tracker: act as a member.")
    actor.require(organization.id, permission)
    await _require_decided(member_id, organization, at, permission)
    return member_id


async def require_reading(actor: Actor, organization: OrganizationFacts, *permissions: Permission) -> None:
    """Whether the actor may see what one of the permissions shows now: a member with any access, or an operator until
    the data are deleted.

    Raises: DomainError FORBIDDEN, TRACKER_NOT_ACTIVATED, ORGANIZATION_PURGED.
    """
    actor.require(organization.id, *permissions)
    member_id = actor.member_in(organization.id)
    if member_id is not None:
        await _require_decided(member_id, organization, organization.now, permissions[0])
    elif decide_access(None, standing_of(organization), permissions[0]).code is AccessCode.PURGED:
        raise DomainError(ErrorCode.ORGANIZATION_PURGED, "The organization's data have been deleted.")


async def reach_billing(actor: Actor, organization_id: UUID | None, what: str) -> OrganizationFacts:
    """The organization of something to be paid, for who may see it; None is the organization of nothing.

    Raises: DomainError NOT_FOUND for what does not exist or is out of the actor's reach, FORBIDDEN.
    """
    organization = await find_organization(actor, organization_id) if organization_id is not None else None
    if organization is None:
        raise DomainError(ErrorCode.NOT_FOUND, f"There is no such {what}.")
    BILLING_ACCOUNT.require(actor, organization.id)
    return organization


async def _require_decided(
    member_id: UUID, organization: OrganizationFacts, at: datetime, permission: Permission
) -> None:
    standing = OrganizationStanding(organization.lifecycle, organization.is_suspended, at)
    decision = decide_access(await _find_standing(organization.id, member_id), standing, permission)
    if not decision.allowed:
        raise await _refusal(organization.id, decision)


async def _find_standing(organization_id: UUID, member_id: UUID) -> MemberStanding | None:
    row = await db.fetch_one(
        """
        SELECT member.status, member.role,
               EXISTS (SELECT FROM seat_grants AS seat
                       WHERE seat.member_id = member.id AND upper_inf(seat.during)) AS has_seat
        FROM members AS member WHERE member.id = $2 AND member.organization_id = $1
        """,
        organization_id,
        member_id,
    )
    return MemberStanding(MemberStatus(row["status"]), Role(row["role"]), row["has_seat"]) if row else None


async def _refusal(organization_id: UUID, decision: AccessDecision) -> DomainError:
    if decision.access is not Access.READ_ONLY:
        return DomainError(_CODES.get(decision.code, ErrorCode.FORBIDDEN), decision.message)
    names = [contact.name for contact in (await find_contacts(organization_id))[:_MOST_NAMED]]
    whom = f" Ask {' or '.join(names)}." if names else ""
    return DomainError(ErrorCode.READ_ONLY, decision.message + whom)
