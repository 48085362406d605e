"""What a month costs so far, and what it would cost next (R5.2), through the function that bills it (R5.1)."""

from dataclasses import dataclass
from uuid import UUID

from app.billing.queries import find_invoices, find_statement
from app.domain.documents import read_terms
from app.domain.forecast import Cliff, LimitDistance, find_cliff, list_distances
from app.domain.invoice import InvoiceDraft, Terms, draft_invoice, headroom
from app.domain.money import Money
from app.domain.period import BillingPeriod, Month
from app.domain.policies import Policies
from app.domain.seats import Peak
from app.organizations.queries import OrganizationFacts, choose_period, find_policies, list_timeline
from app.seats.bounds import load_limits
from app.seats.month import Month as PriceableMonth
from app.seats.month import Outlook, PricedMonth, load_agreements, month_from, next_outlook
from app.seats.peak import find_peaks
from app.seats.queries import count_seats, count_undoable, list_in_grace
from app.terms.queries import Tariff, load_tariff


@dataclass(frozen=True, slots=True)
class InvoicePreview:
    """A month so far: `draft` prices the peak so far; `headroom` and the rest look from the seats held now.

    `in_grace` seats would be forgiven if they ended now; `undoable` ones began by a change that can be undone."""

    organization: OrganizationFacts
    period: BillingPeriod
    terms: Terms
    peak: Peak
    draft: InvoiceDraft
    seats_now: int
    in_grace: int
    undoable: int
    if_nothing_changes: Money
    next_month: Money
    headroom: int
    next_seat_price: Money
    seats_to_next_tier: int | None
    seats_to_limit: int
    cliff: Cliff | None
    limits: list[LimitDistance]


async def preview_invoice(organization: OrganizationFacts, month: Month | None, policies: Policies) -> InvoicePreview:
    """The preview of a month, the current one by default.

    Raises: DomainError NOT_FOUND for a month that the organization has no period of, or no prices.
    """
    tariff = await load_tariff()
    timeline = await list_timeline(organization)
    period = choose_period(timeline, month, organization.now)
    so_far, in_all = await _price(organization, month_from(organization, period, timeline), tariff, policies)
    seats_now = await count_seats(organization.id)
    in_grace = await list_in_grace(organization.id, timeline, policies.grace, organization.now)
    is_over = period.ends_at <= organization.now or organization.lifecycle.closed_at is not None
    outlook = Outlook(in_all.terms, in_all.month, in_all.peak.seats, is_over=is_over)
    limits = await load_limits(organization, in_all.terms.free_threshold, period.month, in_all.agreements)
    most = max(limits.seats - seats_now, 0)
    forecast = outlook.forecast(seats_now)
    following = next_outlook(organization, in_all, tariff, policies).forecast(seats_now)
    return InvoicePreview(
        organization=organization,
        period=period,
        terms=in_all.terms,
        peak=so_far,
        draft=draft_invoice(so_far.seats, in_all.terms),
        seats_now=seats_now,
        in_grace=len(in_grace),
        undoable=await count_undoable(organization.id, organization.now, policies.grace),
        if_nothing_changes=outlook.amount(in_all.peak.seats),
        next_month=following.total,
        headroom=headroom(seats_now, outlook.amount, most),
        next_seat_price=outlook.amount(seats_now + 1) - outlook.amount(seats_now),
        seats_to_next_tier=_to_next_tier(in_all.terms, seats_now),
        seats_to_limit=most,
        cliff=find_cliff(seats_now, (forecast, following)),
        limits=list_distances(seats_now, limits, forecast),
    )


async def _price(
    organization: OrganizationFacts, month: PriceableMonth, tariff: Tariff, policies: Policies
) -> tuple[Peak, PricedMonth]:
    """The peak so far, and the month as it will be if nothing changes; a closed one as it was closed and billed."""
    of_month = await find_policies(organization.id, month.period.month, policies)
    (at_the_end,) = await find_peaks([month.question()], of_month.grace, with_holders=False)
    so_far = month.peak_until(organization.now, at_the_end)
    agreements = await load_agreements(month, tariff, policies)
    terms = await _find_billed_terms(organization.id, month.period.month) or tariff.terms(
        organization.currency, month.period, month.trial_ends_at, of_month, agreements
    )
    return so_far, PricedMonth(month, at_the_end, agreements, terms, draft_invoice(at_the_end.seats, terms))


async def _find_billed_terms(organization_id: UUID, month: Month) -> Terms | None:
    """What a closed month was billed by; by its last invoice, if it was replaced. None when it was not billed."""
    statement = await find_statement(organization_id, month)
    if statement is None or statement.invoice_id is None:
        return None
    (invoice,) = await find_invoices([statement.invoice_id])
    return read_terms(invoice.document["terms"], invoice.currency)


def _to_next_tier(terms: Terms, seats: int) -> int | None:
    """Seats until the next one falls in another tier; None in the last tier."""
    prices = draft_invoice(seats, terms).prices
    ends = [tier.up_to for tier in prices.tiers if tier.up_to is not None and tier.up_to >= max(seats, 1)]
    return ends[0] - seats if ends else None
