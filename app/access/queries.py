"""What members may do now, and why (R2.1, R2.5)."""

from collections.abc import Collection, Sequence
from uuid import UUID

from app.directory.queries import MemberRow
from app.domain.access import (
    AccessDecision,
    MemberStanding,
    OrganizationStanding,
    access_of,
    explain_access,
    permissions_of_others,
)
from app.domain.actor import Actor, Permission
from app.domain.lifecycle import OrganizationState
from app.domain.policy import Access
from app.organizations.listing import list_phases
from app.organizations.queries import OrganizationFacts
from app.seats.queries import find_seated


async def list_access(
    organization: OrganizationFacts, members: Sequence[MemberRow], seated: Collection[UUID] | None = None
) -> dict[UUID, Access]:
    """The access of members of one organization, by id: one statement for all, or none where it is known already who
    of them is seated."""
    if seated is None:
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


async def list_permissions_of_others(actor: Actor) -> frozenset[Permission]:
    """What an actor may do now in some organization where it is no member: one statement for all."""
    if actor.everywhere is not None:
        return permissions_of_others(actor.everywhere, list(OrganizationState))
    managed = {one: standing.permissions for one, standing in actor.standings.items() if standing.member_id is None}
    given = frozenset().union(*managed.values())
    return permissions_of_others(given, await list_phases(list(managed))) if managed else given


def standing_of(organization: OrganizationFacts) -> OrganizationStanding:
    """By the organization's clock."""
    return OrganizationStanding(organization.lifecycle, organization.is_suspended, organization.now)
