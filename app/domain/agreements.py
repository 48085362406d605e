"""What was agreed with an organization, and the terms that come of it for a period (R4.1, R4.7–R4.9).

Everything here is of one organization; what is recorded after a period began may lower it, never raise it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from operator import attrgetter
from uuid import UUID

from app.domain.discounts import Promo
from app.domain.invoice import InvoiceDraft, Terms
from app.domain.period import BillingPeriod, Month, first_instant
from app.domain.pricing import PriceList, list_in_force


@dataclass(frozen=True, slots=True)
class Contract:
    """Individual terms, from a month to a month (None: without end); the one recorded last holds (R4.9).

    `price_list_id` is the list that it prices by; None for the public one.
    """

    seat_limit: int
    price_list_id: UUID | None
    from_month: Month
    to_month: Month | None
    recorded_at: datetime

    def covers(self, month: Month) -> bool:
        return self.from_month <= month and (self.to_month is None or month <= self.to_month)


@dataclass(frozen=True, slots=True)
class Baseline:
    """An individual legacy baseline, instead of the price list's own; the one recorded last holds (R4.7)."""

    price_list_id: UUID
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class Redemption:
    """A promo code that was redeemed: a percentage off or a private list, for a number of periods from a month on.

    `used_in` are the months that used up a period of it: those closed with something due (R4.8).
    """

    id: UUID
    code: str
    percent: Decimal | None
    price_list_id: UUID | None
    from_month: Month
    periods: int
    redeemed_at: datetime
    used_in: frozenset[Month] = frozenset()

    @property
    def periods_left(self) -> int:
        return self.periods - len(self.used_in)

    def is_active_in(self, month: Month) -> bool:
        """Whether a period is left for the month: only months before it count."""
        return self.from_month <= month and len([one for one in self.used_in if one < month]) < self.periods


@dataclass(frozen=True, slots=True)
class Agreements:
    """Everything that was agreed with one organization, and when it was activated (None: not yet). The months from
    `unbilled_since` on are not closed yet, or are parked (None: there is no month yet)."""

    activated_at: datetime | None = None
    contracts: tuple[Contract, ...] = ()
    baselines: tuple[Baseline, ...] = ()
    redemptions: tuple[Redemption, ...] = ()
    unbilled_since: datetime | None = None

    def after(self, month: Month, redemption_id: UUID | None) -> "Agreements":
        """The same once the month has used up a period of the redemption, if of any."""
        used = tuple(
            replace(one, used_in=one.used_in | {month}) if one.id == redemption_id else one for one in self.redemptions
        )
        return replace(self, redemptions=used)


def redemption_used(terms: Terms, draft: InvoiceDraft) -> UUID | None:
    """The redemption of which a month with this draft uses up a period: something is due before it (R4.8)."""
    return terms.promo.redemption_id if terms.promo is not None and draft.due_before_promo.amount > 0 else None


def contract_in_force(contracts: Sequence[Contract], month: Month) -> Contract | None:
    """The contract for the month that was recorded last (R4.9)."""
    covering = [one for one in contracts if one.covers(month)]
    return max(covering, key=attrgetter("recorded_at"), default=None)


def redemption_in_force(redemptions: Sequence[Redemption], month: Month) -> Redemption | None:
    """The promo code that takes something off the month (R4.8); there is one at most."""
    active = [one for one in redemptions if one.is_active_in(month)]
    return min(active, key=attrgetter("redeemed_at"), default=None)


def find_redemption_left(redemptions: Sequence[Redemption]) -> Redemption | None:
    """The promo code that has periods left; there is one at most."""
    return next((one for one in redemptions if one.periods_left > 0), None)


def terms_of(
    agreements: Agreements,
    period: BillingPeriod,
    lists: Sequence[PriceList],
    currency: str,
    vat_percent: Decimal,
    charged_share: tuple[int, int],
) -> Terms | None:
    """The terms of a period, from all price lists and all that was agreed; None when no list prices it."""
    by_id = {prices.id: prices for prices in lists}
    public = list_in_force(lists, currency, period.month)
    pricing = _unique(_pricing_lists(agreements.contracts, period, by_id, public))
    if not pricing:
        return None
    baselines = [one for prices in pricing for one in _baselines_of(prices, agreements, period, by_id)]
    return Terms(
        prices=pricing[0],
        vat_percent=vat_percent,
        charged_share=charged_share,
        alternatives=tuple(pricing[1:]),
        baselines=tuple(_unique(baselines)),
        promo=_promo(agreements.redemptions, period.month, by_id),
    )


def _pricing_lists(
    contracts: Sequence[Contract], period: BillingPeriod, by_id: dict[UUID, PriceList], public: PriceList | None
) -> list[PriceList]:
    """The list agreed as the period began, then those agreed since, in order (R4.9)."""
    covering = sorted((one for one in contracts if one.covers(period.month)), key=attrgetter("recorded_at"))
    at_start = [one.price_list_id for one in covering if one.recorded_at <= period.starts_at]
    since = [one.price_list_id for one in covering if one.recorded_at > period.starts_at]
    agreed = [at_start[-1] if at_start else None, *since]
    found = [by_id[one] if one is not None else public for one in agreed]
    return [prices for prices in found if prices is not None]


def _baselines_of(
    prices: PriceList, agreements: Agreements, period: BillingPeriod, by_id: dict[UUID, PriceList]
) -> list[PriceList]:
    """What a legacy organization pays no more than under the list: the baseline of its own that was recorded as the
    period began, else the list's, and those recorded in the period (R4.7). One recorded later is not for it."""
    if not _is_legacy(prices, agreements.activated_at, period):
        return []
    own = sorted(agreements.baselines, key=attrgetter("recorded_at"))
    at_start = [one.price_list_id for one in own if one.recorded_at <= period.starts_at]
    since = [one.price_list_id for one in own if period.starts_at < one.recorded_at < period.ends_at]
    held = at_start[-1] if at_start else prices.baseline_id
    return [by_id[one] for one in (held, *since) if one is not None]


def _is_legacy(prices: PriceList, activated_at: datetime | None, period: BillingPeriod) -> bool:
    """Whether the month is one of the list's legacy periods, for an organization that was activated before the list
    took effect by the period's calendar (R4.7)."""
    if activated_at is None or not 0 <= period.month.months_since(prices.effective_from) < prices.legacy_periods:
        return False
    return activated_at < first_instant(prices.effective_from, period.time_zone)


def _promo(redemptions: Sequence[Redemption], month: Month, by_id: dict[UUID, PriceList]) -> Promo | None:
    found = redemption_in_force(redemptions, month)
    if found is None:
        return None
    prices = by_id[found.price_list_id] if found.price_list_id is not None else None
    return Promo(found.code, found.percent, prices, found.id)


def _unique(lists: Iterable[PriceList]) -> list[PriceList]:
    return list(dict.fromkeys(lists))
