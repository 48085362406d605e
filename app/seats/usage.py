"""How many seats an organization uses, and how many it may."""

from dataclasses import dataclass

from app.domain.period import Month
from app.domain.policies import Policies
from app.domain.seating import SeatLimits
from app.domain.seats import Peak
from app.organizations.queries import OrganizationFacts, choose_period, list_timeline
from app.seats.bounds import find_free_threshold, load_limits
from app.seats.queries import list_open_seats
from app.seats.settling import count_waiting
from app.seats.timeline import load_peak
from app.terms.agreements import get_agreements


@dataclass(frozen=True, slots=True)
class SeatUsage:
    """`peak` is the current month's, so far; `waiting` counts members."""

    month: Month
    used: int
    in_grace: int
    waiting: int
    limits: SeatLimits
    peak: Peak


async def load_usage(organization: OrganizationFacts, policies: Policies) -> SeatUsage:
    """Raises: DomainError NOT_FOUND when no price list is in force."""
    timeline = await list_timeline(organization)
    period = choose_period(timeline, None, organization.now)
    seats = await list_open_seats(organization.id, timeline, policies.grace, organization.now, None)
    agreements = await get_agreements(organization.id)
    free_threshold = await find_free_threshold(organization, period, policies, agreements)
    return SeatUsage(
        month=period.month,
        used=len(seats),
        in_grace=sum(seat.in_grace_until is not None for seat in seats),
        waiting=await count_waiting(organization.id),
        limits=await load_limits(organization, free_threshold, period.month, agreements),
        peak=await load_peak(organization, period, policies, with_holders=False),
    )
