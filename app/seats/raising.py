"""Telling that a month became dearer by what nobody chose for its price: someone joined, a suspension ended (R5.3)."""

from uuid import UUID

from app.domain.errors import DomainError
from app.domain.policies import Policies
from app.events.service import Change
from app.organizations.queries import choose_period, list_timeline
from app.organizations.service import LockedOrganization
from app.seats.month import PricedMonth, month_from, price_month
from app.terms.queries import load_tariff


async def foresee_month(organization: LockedOrganization, policies: Policies) -> PricedMonth | None:
    """What the current month will cost if nothing changes any more, by the ledger as it stands in this transaction;
    None when it cannot be priced."""
    timeline = await list_timeline(organization.facts)
    try:
        month = month_from(organization.facts, choose_period(timeline, None, organization.at), timeline)
        return await price_month(month, await load_tariff(), policies, until=None)
    except DomainError:  # no price list or VAT rate: the close will say so, and a change of people is not refused
        return None


def bill_raised(before: PricedMonth | None, after: PricedMonth | None, cause: str, **facts: UUID) -> tuple[Change, ...]:
    """The change to be recorded when the month costs more after something than before it; nothing otherwise."""
    if before is None or after is None or after.draft.total.amount <= before.draft.total.amount:
        return ()
    told = {
        "month": str(after.month.period.month),
        "currency": after.month.currency,
        "totalBefore": before.draft.total.amount,
        "totalAfter": after.draft.total.amount,
        "peakBefore": before.peak.seats,
        "peakAfter": after.peak.seats,
        "cause": cause,
        **facts,
    }
    return (Change("bill.raised", told),)
