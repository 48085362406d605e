"""What members may do in the tracker now (R2.1)."""

from collections.abc import Sequence
from uuid import UUID

from app.directory.queries import MemberRow
from app.domain.access import Access, access_of
from app.organizations.queries import OrganizationFacts
from app.seats.queries import find_seated


async def list_access(organization: OrganizationFacts, members: Sequence[MemberRow]) -> dict[UUID, Access]:
    """The access of members of one organization, by id: one statement for all."""
    seated = await find_seated([member.id for member in members])
    return {
        member.id: access_of(member.status, organization.state, member.id in seated, organization.is_suspended)
        for member in members
    }
