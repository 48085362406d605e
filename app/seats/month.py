"""What a month of an organization costs: the peak and the draft, for one or for many (R5.1)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from uuid import UUID

from app.domain.agreements import Agreements, redemption_in_force, redemption_used
from app.domain.errors import DomainError
from app.domain.forecast import Forecast
from app.domain.instants import TICK
from app.domain.invoice import InvoiceDraft, Terms, draft_invoice
from app.domain.money import Money, zero
from app.domain.period import BillingPeriod, period_of
from app.domain.policies import Policies
from app.domain.seats import NO_PEAK, Interval, Peak, charged_interval
from app.organizations.queries import OrganizationFacts, choose_period, list_timeline
from app.seats.peak import AS_RECORDED, PeakQuestion, Supposed, find_peaks
from app.terms.agreements import find_agreements, get_agreements
from app.terms.queries import Tariff, load_tariff

_FEW = 25
"""Months of which the peaks are found by one statement while it is not known how many seats they have."""


@dataclass(frozen=True, slots=True)
class Month:
    """A month to be priced. `previous_start` is when the period before it began; `before` are all periods before it.
    What is `supposed` is laid over the ledger."""

    organization_id: UUID
    currency: str
    trial_ends_at: datetime | None
    period: BillingPeriod
    previous_start: datetime
    before: tuple[BillingPeriod, ...]
    supposed: Supposed = AS_RECORDED

    def question(self, until: datetime | None = None) -> PeakQuestion:
        """Its peak; with `until`, that of what has passed by then, the instant itself included."""
        charged = charged_interval(self.period.starts_at, self.period.ends_at, self.trial_ends_at)
        if charged is not None and until is not None and until < self.period.ends_at:
            charged = Interval(charged.since, until + TICK) if charged.since <= until else None
        starts_at, ends_at = self.period.starts_at, self.period.ends_at
        return PeakQuestion(
            self.organization_id, self.previous_start, starts_at, ends_at, charged, supposed=self.supposed
        )

    def peak_until(self, instant: datetime, peak: Peak) -> Peak:
        """What has been reached by an instant of the organization's clock, given the whole month's peak: nothing is
        recorded that is yet to come, so that the holders stay who they are then, and the peak what it is."""
        charged = self.question().charged
        return peak if charged is not None and charged.since <= instant else NO_PEAK


@dataclass(frozen=True, slots=True)
class PricedMonth:
    """A month's peak, what was agreed, the terms that come of it, and the draft."""

    month: Month
    peak: Peak
    agreements: Agreements
    terms: Terms
    draft: InvoiceDraft

    @property
    def promo_used(self) -> UUID | None:
        """The redemption of which the month uses up a period (R4.8)."""
        return redemption_used(self.terms, self.draft)


def month_from(organization: OrganizationFacts, period: BillingPeriod, timeline: Sequence[BillingPeriod]) -> Month:
    """A period of the organization's timeline, with what its price depends on."""
    before = tuple(one for one in timeline if one.ends_at <= period.starts_at)
    trial_ends_at = organization.lifecycle.trial_ends_at
    previous_start = _begin_before(before, period)
    return Month(organization.id, organization.currency, trial_ends_at, period, previous_start, before)


def _begin_before(before: Sequence[BillingPeriod], period: BillingPeriod) -> datetime:
    """When the period before began; before the first of all nothing was granted, and any month does."""
    return before[-1].starts_at if before else period_of(period.month.previous(), period.time_zone).starts_at


async def price_month(month: Month, tariff: Tariff, policies: Policies, *, until: datetime | None) -> PricedMonth:
    """The month so far (`until` an instant), or as it will be if nothing changes (None).

    Raises: DomainError NOT_FOUND when no price list or VAT rate is in force.
    """
    agreements = await load_agreements(month, tariff, policies)
    terms = tariff.terms(month.currency, month.period, month.trial_ends_at, policies, agreements)
    (peak,) = await find_peaks([month.question(until)], policies.grace, with_holders=False)
    return PricedMonth(month, peak, agreements, terms, draft_invoice(peak.seats, terms))


async def price_supposed(
    month: Month, supposed: Supposed, agreements: Agreements, tariff: Tariff, policies: Policies
) -> tuple[PricedMonth, PricedMonth]:
    """The month as it will be if nothing changes, and with what is supposed: one statement for the peaks.

    Raises: DomainError NOT_FOUND when no price list or VAT rate is in force.
    """
    months = (month, replace(month, supposed=supposed))
    peaks = await find_peaks([one.question() for one in months], policies.grace, with_holders=False)
    before, after = [
        await _priced(one, peak, agreements, tariff, policies, draft_invoice)
        for one, peak in zip(months, peaks, strict=True)
    ]
    return before, after


async def load_agreements(month: Month, tariff: Tariff, policies: Policies) -> Agreements:
    """What was agreed, as it will stand when the month begins.

    Raises: DomainError NOT_FOUND when a month before it that is not closed yet has no price list or VAT rate.
    """
    return await _as_it_begins(month, await get_agreements(month.organization_id), tariff, policies)


async def _as_it_begins(month: Month, agreements: Agreements, tariff: Tariff, policies: Policies) -> Agreements:
    """Months before it that are not closed yet, or are parked, may use up periods of a promo code (R4.8): as they are,
    or will be if nothing changes. There is none when it is the one to be closed next."""
    since = agreements.unbilled_since
    if since is None or redemption_in_force(agreements.redemptions, month.period.month) is None:
        return agreements
    for place, period in enumerate(month.before):
        if period.starts_at < since:
            continue
        earlier = replace(month, period=period, previous_start=_begin_before(month.before[:place], period))
        terms = tariff.terms(month.currency, period, month.trial_ends_at, policies, agreements)
        (peak,) = await find_peaks([earlier.question()], policies.grace, with_holders=False)
        agreements = agreements.after(period.month, redemption_used(terms, draft_invoice(peak.seats, terms)))
    return agreements


async def price_months(months: Sequence[Month], tariff: Tariff, policies: Policies) -> list[PricedMonth | DomainError]:
    """Whole months of many organizations with the holders at their peaks, by a few statements, in order.

    One that cannot be priced is answered with the reason, and does not keep the others back (R5.4).
    """
    peaks = await find_peaks([month.question() for month in months], policies.grace, with_holders=True)
    return await _price_by(peaks, months, tariff, policies)


async def price_first_months(
    months: Sequence[Month], seats: int, tariff: Tariff, policies: Policies
) -> list[PricedMonth | DomainError]:
    """The same for as many of them, from the first on, as have at least so many seats together, or for all: whoever
    holds one is in memory. After a few it is known how many more that may be."""
    peaks: list[Peak] = []
    held, more = 0, _FEW
    while len(peaks) < len(months) and held < seats:
        some = months[len(peaks) : len(peaks) + more]
        peaks += await find_peaks([month.question() for month in some], policies.grace, with_holders=True)
        held = sum(peak.seats for peak in peaks)
        more = max(_FEW, (seats - held) * len(peaks) // max(held, 1))
    return await _price_by(peaks, months[: len(peaks)], tariff, policies)


async def _price_by(
    peaks: Sequence[Peak], months: Sequence[Month], tariff: Tariff, policies: Policies
) -> list[PricedMonth | DomainError]:
    agreements = await find_agreements([month.organization_id for month in months])
    draft = cache(draft_invoice)  # many have the same terms and as many seats
    priced: list[PricedMonth | DomainError] = []
    for month, peak in zip(months, peaks, strict=True):
        try:
            priced.append(await _priced(month, peak, agreements[month.organization_id], tariff, policies, draft))
        except DomainError as error:
            priced.append(error)
    return priced


async def _priced(
    month: Month,
    peak: Peak,
    agreements: Agreements,
    tariff: Tariff,
    policies: Policies,
    draft: Callable[[int, Terms], InvoiceDraft],
) -> PricedMonth:
    agreements = await _as_it_begins(month, agreements, tariff, policies)
    terms = tariff.terms(month.currency, month.period, month.trial_ends_at, policies, agreements)
    return PricedMonth(month, peak, agreements, terms, draft(peak.seats, terms))


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a month will cost with so many seats held from now on, on top of a peak that stands already.

    A month that is over, or in which nothing is charged any more, costs what it costs.
    """

    terms: Terms
    month: Month
    standing_peak: int
    is_over: bool

    def amount(self, seats: int) -> Money:
        if not self.is_charged:
            return zero(self.terms.prices.currency)
        return draft_invoice(self._peak(seats), self.terms).total

    def forecast(self, seats: int) -> Forecast:
        """The month if so many seats are held from now on, and nothing changes any more."""
        peak = self._peak(seats) if self.is_charged else 0
        return Forecast(self.month.period.month, peak, self.terms, self.is_charged, self.amount)

    @property
    def is_charged(self) -> bool:
        return self.month.question().charged is not None

    def _peak(self, seats: int) -> int:
        return self.standing_peak if self.is_over else max(seats, self.standing_peak)


def next_outlook(organization: OrganizationFacts, priced: PricedMonth, tariff: Tariff, policies: Policies) -> Outlook:
    """The outlook for the month after one that is priced to its end, which may use up a period of a promo code. A
    closed organization pays for none (R1.10)."""
    period = priced.month.period
    following = organization.period_after(period)
    trial_ends_at = organization.lifecycle.trial_ends_at
    before = (*priced.month.before, period)
    month = Month(organization.id, organization.currency, trial_ends_at, following, period.starts_at, before)
    agreements = priced.agreements.after(period.month, priced.promo_used)
    terms = tariff.terms(organization.currency, following, trial_ends_at, policies, agreements)
    return Outlook(terms, month, 0, is_over=organization.lifecycle.closed_at is not None)


async def load_outlook(organization: OrganizationFacts, at: datetime, policies: Policies) -> Outlook:
    """The outlook for the current month, from the ledger as it now is, also within a change under way.

    Raises: DomainError NOT_FOUND when no price list or VAT rate is in force.
    """
    timeline = await list_timeline(organization)
    month = month_from(organization, choose_period(timeline, None, at), timeline)
    priced = await price_month(month, await load_tariff(), policies, until=None)
    return Outlook(priced.terms, month, priced.peak.seats, is_over=False)


async def price_current_month(organization: OrganizationFacts, at: datetime, policies: Policies) -> PricedMonth:
    """What the month costs so far, everything up to and including `at` counted."""
    timeline = await list_timeline(organization)
    month = month_from(organization, choose_period(timeline, None, at), timeline)
    return await price_month(month, await load_tariff(), policies, until=at)
