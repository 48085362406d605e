"""What decides how many seats an organization may have at an instant (R3.7, R3.8)."""

from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cache
from uuid import UUID

from app import db
from app.domain.agreements import Agreements, Contract, contract_in_force
from app.domain.period import BillingPeriod, Month
from app.domain.policies import Policies
from app.domain.seating import SEAT_LIMIT, AmountOf, SeatLimits
from app.organizations.queries import OrganizationFacts, choose_period, count_on, list_timeline
from app.organizations.service import LockedOrganization
from app.seats.ledger import find_churned
from app.seats.month import load_outlook
from app.terms.agreements import (
    CONTRACTS,
    PERIODS,
    Conditions,
    contracts_from,
    find_contract_of,
    load_conditions,
    periods_from,
)
from app.terms.queries import Tariff, find_billing_profiles, load_tariff


@dataclass(frozen=True, slots=True)
class Bounds:
    """What decides about seats at the instant of a change."""

    period: BillingPeriod
    limits: SeatLimits
    churned: frozenset[UUID]


async def load_bounds(organization: LockedOrganization, policies: Policies, *, can_have_churned: bool = True) -> Bounds:
    """The period of the organization's instant, its limits, and who was granted a seat too often in it, if anybody
    can have been."""
    bounds = bounds_from(organization, await load_conditions(organization.id), await load_tariff(), policies)
    if not can_have_churned:
        return bounds
    since = bounds.period.starts_at
    churned = await find_churned(organization.id, since, organization.at, policies.most_grants)
    return replace(bounds, churned=frozenset(churned))


def bounds_from(organization: LockedOrganization, known: Conditions, tariff: Tariff, policies: Policies) -> Bounds:
    """The same of what was read already, where nobody was granted a seat too often.

    Raises: DomainError NOT_FOUND when no price list or VAT rate is in force.
    """
    facts = organization.facts
    period = choose_period(count_on(facts, known.periods), None, organization.at)
    terms = tariff.terms(facts.currency, period, facts.lifecycle.trial_ends_at, policies, known.agreements)
    limits = limits_from(facts, terms.free_threshold, period.month, known.agreements, known.has_billing_profile)
    return Bounds(period, limits, frozenset())


AGREED = f"""
    SELECT EXISTS (SELECT FROM billing_profiles WHERE organization_id = $1) AS has_billing_profile,
           {CONTRACTS.format("$1")} AS contracts, {PERIODS.format("$1")} AS periods
"""
"""One row, of `find_plain_limits`."""


async def find_plain_limits(organization: LockedOrganization, agreed: db.Row, policies: Policies) -> SeatLimits:
    """The limits at the organization's instant. What prices its month decides nothing where there is a billing profile:
    it is not read then.

    Raises: DomainError NOT_FOUND when the clock is in no period; where it decides, when no price list is in force.
    """
    if not agreed["has_billing_profile"]:
        return (await load_bounds(organization, policies, can_have_churned=False)).limits
    facts = organization.facts
    period = choose_period(count_on(facts, periods_from(agreed)), None, organization.at)
    contract = contract_in_force(contracts_from(agreed), period.month)
    return _limits(facts, contract, free_threshold=0, has_billing_profile=True)


async def find_free_threshold(
    organization: OrganizationFacts, period: BillingPeriod, policies: Policies, agreements: Agreements
) -> int:
    """The most seats that a period costs nothing with, by the lists that may price it (R4.3).

    Raises: DomainError NOT_FOUND when no price list or VAT rate is in force.
    """
    trial_ends_at = organization.lifecycle.trial_ends_at
    terms = (await load_tariff()).terms(organization.currency, period, trial_ends_at, policies, agreements)
    return terms.free_threshold


async def find_contract(organization: OrganizationFacts) -> Contract | None:
    """The contract for the organization's current month."""
    period = choose_period(await list_timeline(organization), None, organization.now)
    return await find_contract_of(organization.id, period.month)


async def load_amounts(organization: LockedOrganization, policies: Policies) -> AmountOf:
    """What the month would cost with so many seats from now on, by the ledger as it stands in this transaction."""
    outlook = await load_outlook(organization.facts, organization.at, policies)

    @cache
    def amount_of(seats: int) -> Decimal:
        return outlook.amount(seats).amount

    return amount_of


def unpriced(_: int) -> Decimal:
    """Stands in where no amount decides."""
    return Decimal(0)


async def load_limits(
    organization: OrganizationFacts, free_threshold: int, month: Month, agreements: Agreements
) -> SeatLimits:
    """The limits in force in a month, by what was agreed with the organization."""
    has_billing_profile = bool(await find_billing_profiles([organization.id]))
    return limits_from(organization, free_threshold, month, agreements, has_billing_profile)


def limits_from(
    organization: OrganizationFacts,
    free_threshold: int,
    month: Month,
    agreements: Agreements,
    has_billing_profile: bool,
) -> SeatLimits:
    """`load_limits` of what was read already."""
    contract = contract_in_force(agreements.contracts, month)
    return _limits(organization, contract, free_threshold, has_billing_profile)


def _limits(
    organization: OrganizationFacts, contract: Contract | None, free_threshold: int, has_billing_profile: bool
) -> SeatLimits:
    return SeatLimits(
        seat_cap=organization.seat_cap,
        budget=organization.budget,
        most=contract.seat_limit if contract is not None else SEAT_LIMIT,
        free_threshold=free_threshold,
        has_billing_profile=has_billing_profile,
    )
