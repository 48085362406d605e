"""What members may do now, and why (R2.1, R2.5)."""

from collections.abc import Sequence
from uuid import UUID

from app.directory.queries import MemberRow
from app.domain.access import AccessDecision, MemberStanding, OrganizationStanding, access_of, explain_access
from app.domain.policy import Access
from app.organizations.queries import OrganizationFacts
from app.seats.queries import find_seated


async def list_access(organization: OrganizationFacts, members: Sequence[MemberRow]) -> dict[UUID, Access]:
    """The access of members of one organization, by id: one statement for all."""
    seated = await find_seated([member.id for member in members])
    return {
        member.id: access_of(member.status, organization.state, member.id in seated, organization.is_suspended)
        for member in members
    }


async def list_access_reasons(
    organization: OrganizationFacts, members: Sequence[MemberRow]
) -> dict[UUID, AccessDecision]:
    """Why members of one organization may write in the tracker or may not, by id: one statement for all."""
    seated = await find_seated([member.id for member in members])
    standing = standing_of(organization)
    return {
        member.id: explain_access(MemberStanding(member.status, member.role, member.id in seated), standing)
        for member in members
    }


def standing_of(organization: OrganizationFacts) -> OrganizationStanding:
    """By the organization's clock."""
    return OrganizationStanding(organization.lifecycle, organization.is_suspended, organization.now)
