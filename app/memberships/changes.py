"""What every change of people and groups begins and ends with."""

from collections.abc import Sequence
from typing import Literal
from uuid import UUID

from app import db
from app.domain.actor import Actor, Permission
from app.domain.errors import DomainError, ErrorCode, refuse
from app.domain.policies import Policies
from app.events.service import Change
from app.organizations.partners import require_room_on_clock
from app.organizations.service import LockedOrganization, lock_organization, record
from app.seats.settling import settle_seats

Noun = Literal["member", "department", "team"]

MOST_AT_ONCE = 1000
"""The most people in one change."""


async def lock_home(actor: Actor, noun: Noun, row_id: UUID) -> LockedOrganization:
    """Lock the organization that something belongs to, for a change of its people and groups.

    Raises: DomainError NOT_FOUND for what does not exist or is another organization's (R2.6), and what
    `lock_organization` raises.
    """
    row = await db.fetch_one(f"SELECT organization_id FROM {noun}s WHERE id = $1", row_id)
    if row is None or not actor.can_reach(row["organization_id"]):
        raise unknown(noun)
    return await lock_organization(actor, row["organization_id"], Permission.MEMBER_MANAGE)


def unknown(noun: Noun) -> DomainError:
    return refuse(ErrorCode.NOT_FOUND, f"There is no such {noun}.", "input", f"{noun}Id")


async def settle_and_record(
    actor: Actor,
    organization: LockedOrganization,
    policies: Policies,
    change: Change,
    *,
    cause: str,
    member_ids: Sequence[UUID],
) -> None:
    """Bring the seats of those whom the change touched in line with where they are now, then write it down (R3.2).

    Raises: DomainError TEST_CLOCK_LIMIT_REACHED.
    """
    settled: Sequence[Change] = ()
    if member_ids:
        await require_room_on_clock(organization.id, organization.facts.test_clock_id)
        settled = (await settle_seats(actor, organization, cause, policies, member_ids=member_ids)).changes
    await record(actor, organization, change, *settled)
