"""Redeeming a promo code (R4.8)."""

from datetime import datetime
from uuid import UUID, uuid4

from app import db
from app.domain.actor import Actor, Permission
from app.domain.period import Month, parse_month
from app.domain.policies import Policies
from app.domain.promo_codes import PromoCode
from app.domain.seat_change import Path
from app.domain.text import letters_and_digits
from app.events.service import Change
from app.organizations.queries import OrganizationFacts, choose_period, list_timeline
from app.organizations.service import LockedOrganization, lock_organization, record
from app.seats.settling import settle_seats
from app.terms.agreements import get_agreements
from app.terms.promo_codes import find_redeemable
from app.terms.queries import find_billing_profiles

Offer = tuple[PromoCode, Month]
"""A code, and the first month that it takes something off."""


async def redeem_promo_code(actor: Actor, organization_id: UUID, code: str, policies: Policies) -> UUID:
    """Redeem a code, from the current month on or, in the trial, from that in which it ends. The code's row is locked
    after the organization's, so that of two who want its last use one comes first. A cheaper month may seat people
    who waited.

    Raises: DomainError BILLING_PROFILE_REQUIRED, PROMO_CODE_INVALID, PROMO_CODE_EXPIRED, PROMO_CODE_USED, and what
    `lock_organization` raises.
    """
    async with db.in_transaction():
        organization = await lock_organization(actor, organization_id, Permission.BILLING_MANAGE)
        promo, from_month = await find_offer(organization, code, ("input", "code"), is_locked=True)
        redemption_id = await insert_redemption(actor, organization, promo, from_month)
        await _use_up(organization, redemption_id)
        settlement = await settle_seats(actor, organization, "a promo code was redeemed", policies, member_ids=[])
        redeemed = {
            "redemptionId": redemption_id,
            "promoCodeId": promo.id,
            "fromMonth": str(from_month),
            "periods": promo.periods,
        }
        await record(actor, organization, Change("promo_code.redeemed", redeemed), *settlement.changes)
    return organization_id


async def find_offer(organization: LockedOrganization, code: str, path: Path, *, is_locked: bool) -> Offer:
    """The code that the organization may redeem, and the first month that it would be for. A what-if leaves the code's
    row to others: `is_locked` is false.

    Raises: DomainError BILLING_PROFILE_REQUIRED, PROMO_CODE_INVALID, PROMO_CODE_EXPIRED, PROMO_CODE_USED, CONFLICT.
    """
    facts, at = organization.facts, organization.at
    redemptions = (await get_agreements(organization.id)).redemptions
    promo = await find_redeemable(code, organization.id, facts.currency, at, redemptions, *path, is_locked=is_locked)
    return promo, await find_first_month(facts, at, promo)


async def find_first_month(organization: OrganizationFacts, at: datetime, promo: PromoCode) -> Month:
    """The first month that a code redeemed at the instant takes something off: that of the instant, in the trial that
    in which it ends, and not before its list takes effect."""
    timeline = await list_timeline(organization)
    trial_ends_at = organization.lifecycle.trial_ends_at
    since = max(at, trial_ends_at) if trial_ends_at is not None else at
    while timeline[-1].ends_at <= since:
        timeline.append(organization.period_after(timeline[-1]))
    month = choose_period(timeline, None, since).month
    (row,) = await db.fetch("SELECT first_month_of_list($1) AS month", promo.price_list_id)
    return max(month, parse_month(row["month"])) if row["month"] is not None else month


async def insert_redemption(
    actor: Actor, organization: LockedOrganization, promo: PromoCode, from_month: Month
) -> UUID:
    """The organization's own row, by which its months are priced; to be settled and recorded by the caller."""
    redemption_id = uuid4()
    await db.fetch(
        """
        INSERT INTO promo_code_redemptions
            (id, organization_id, promo_code_id, from_month, periods, redeemed_at, redeemed_by)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        """,
        redemption_id,
        organization.id,
        promo.id,
        str(from_month),
        promo.periods,
        organization.at,
        actor.name_in(organization.id),
    )
    return redemption_id


async def _use_up(organization: LockedOrganization, redemption_id: UUID) -> None:
    """One use of the code, and its payer's only one."""
    payer = (await find_billing_profiles([organization.id]))[organization.id]
    await db.fetch("SELECT use_promo_code($1, $2)", redemption_id, letters_and_digits(payer.tax_number))
