"""Recording what an organization pays no more than while a list's legacy periods last (R4.7)."""

from uuid import UUID

from app import db
from app.domain.actor import Actor, Permission
from app.domain.policies import Policies
from app.events.service import Change
from app.organizations.service import lock_organization, record
from app.seats.settling import settle_seats
from app.terms.price_lists import hold_price_list


async def set_legacy_baseline(actor: Actor, organization_id: UUID, price_list_id: UUID, policies: Policies) -> UUID:
    """Record an individual baseline, in place of the price list's own; the one recorded last holds. The month that
    runs is lowered by it, never raised, and people who waited may be seated by that. For operators.

    Raises: DomainError FORBIDDEN, NOT_FOUND (the list), INVALID_INPUT (its currency), and what `lock_organization`
    raises.
    """
    actor.require_operator()
    async with db.in_transaction():
        organization = await lock_organization(actor, organization_id, Permission.ORGANIZATION_MANAGE)
        await hold_price_list(price_list_id, organization.facts.currency, "input", "priceListId")
        await db.fetch(
            """
            INSERT INTO legacy_baselines (id, organization_id, price_list_id, recorded_at, recorded_by)
            VALUES (gen_random_uuid(), $1, $2, $3, $4)
            """,
            organization_id,
            price_list_id,
            organization.at,
            actor.name_in(organization_id),
        )
        settlement = await settle_seats(actor, organization, "a legacy baseline was set", policies, member_ids=[])
        change = Change("legacy_baseline.set", {"priceListId": price_list_id})
        await record(actor, organization, change, *settlement.changes)
    return organization_id
