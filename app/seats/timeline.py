"""A period of an organization replayed: how many held a seat when, the peak and what raised it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.domain.instants import TICK
from app.domain.paging import EVERYTHING
from app.domain.period import BillingPeriod, Month
from app.domain.policies import Policies
from app.domain.seats import Interval, Peak, Span, seat_steps
from app.organizations.queries import OrganizationFacts, choose_period, find_policies, list_timeline
from app.seats.month import month_from
from app.seats.peak import find_peaks
from app.seats.queries import PeakCauseRow, SeatSpanRow, list_spans


@dataclass(frozen=True, slots=True)
class Timeline:
    """`steps`: from each instant on so many hold a seat, forgiven ones included. `peak` counts as the bill does."""

    period: BillingPeriod
    steps: Sequence[tuple[datetime, int]]
    peak: Peak


async def load_timeline(organization: OrganizationFacts, month: Month, policies: Policies) -> Timeline:
    """The month up to the organization's now.

    Raises: DomainError NOT_FOUND for a month that the organization has no period of.
    """
    periods = await list_timeline(organization)
    period = choose_period(periods, month, organization.now)
    shown = Interval(period.starts_at, min(period.ends_at, organization.now + TICK))
    spans = await list_spans(organization.id, periods, policies.grace, EVERYTHING, within=period, member_ids=None)
    held = [Span(span.member_id, span.granted_at, span.revoked_at) for span in spans]
    peak = await load_peak(organization, period, policies, with_holders=False)
    return Timeline(period, seat_steps(held, shown) if shown.since < (shown.until or shown.since) else [], peak)


async def load_peak(
    organization: OrganizationFacts, period: BillingPeriod, policies: Policies, *, with_holders: bool
) -> Peak:
    """The peak of a period so far; of a closed one by the policies that it was closed by."""
    periods = await list_timeline(organization)
    question = month_from(organization, period, periods).question(organization.now)
    held = await find_policies(organization.id, period.month, policies)
    (peak,) = await find_peaks([question], held.grace, with_holders=with_holders)
    return peak


async def list_cause_spans(
    organization: OrganizationFacts, cause: PeakCauseRow, policies: Policies, limit: int
) -> list[SeatSpanRow]:
    """The spans of the first `limit` members whom the change seated, at its instant."""
    member_ids: Sequence[UUID] = cause.member_ids[:limit]
    periods = await list_timeline(organization)
    spans = await list_spans(organization.id, periods, policies.grace, EVERYTHING, within=None, member_ids=member_ids)
    return [
        span
        for span in spans
        if span.granted_at <= cause.at and (span.revoked_at is None or cause.at < span.revoked_at)
    ]
