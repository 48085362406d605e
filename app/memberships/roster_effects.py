"""What a roster does to seats and money: a picture before and one after, in the same transaction."""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from app import db
from app.domain.money import Money
from app.domain.policies import Policies
from app.organizations.queries import choose_period, list_timeline
from app.organizations.service import LockedOrganization
from app.seats.month import Month, month_from, price_month
from app.terms.queries import Tariff, load_tariff


@dataclass(frozen=True, slots=True)
class Pricing:
    """The current month, what prices it, and the instant up to which it is priced."""

    month: Month
    tariff: Tariff
    policies: Policies


@dataclass(frozen=True, slots=True)
class Picture:
    """Who holds a seat and who waits for one; what the month costs so far, and what if nothing changes any more."""

    seated: Collection[UUID]
    waiting: Collection[UUID]
    total: Money
    if_nothing_changes: Money
    peak: int


async def load_pricing(organization: LockedOrganization, policies: Policies) -> Pricing:
    """Raises: DomainError NOT_FOUND when the clock is in no period."""
    timeline = await list_timeline(organization.facts)
    period = choose_period(timeline, None, organization.at)
    return Pricing(month_from(organization.facts, period, timeline), await load_tariff(), policies)


async def take_picture(organization: LockedOrganization, pricing: Pricing) -> Picture:
    """Four statements. Raises: DomainError NOT_FOUND when no price list is in force."""
    seated = await db.fetch(
        "SELECT DISTINCT member_id FROM seat_grants WHERE organization_id = $1 AND upper_inf(during)", organization.id
    )
    waiting = await db.fetch("SELECT DISTINCT member_id FROM seat_waits WHERE organization_id = $1", organization.id)
    month, tariff, policies = pricing.month, pricing.tariff, pricing.policies
    so_far = await price_month(month, tariff, policies, until=organization.at)
    in_all = await price_month(month, tariff, policies, until=None)
    return Picture(
        {row["member_id"] for row in seated},
        {row["member_id"] for row in waiting},
        so_far.draft.total,
        in_all.draft.total,
        in_all.peak.seats,
    )
