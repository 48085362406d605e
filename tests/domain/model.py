"""The rules over again, written from their words alone: naive, slow, obviously right.

It shares value types with `app.domain` and none of its functions. Amounts are fractions, so nothing is
rounded by accident; instants are tried one by one; seats are priced one by one.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from math import floor
from uuid import UUID
from zoneinfo import ZoneInfo

from app.domain.invoice import Terms, VatRate
from app.domain.lifecycle import LifecycleFacts, Notice, OrganizationState
from app.domain.period import BillingPeriod, Month
from app.domain.pricing import PriceList
from app.domain.seats import Grant, Interval, Peak, Span

DECIMALS = {"RUB": 2, "USD": 2, "KZT": 2, "JPY": 0}


# Seats


def holders_at(held: Iterable[Grant | Span], instant: datetime) -> set[UUID]:
    """Who holds a seat at the instant: [granted_at, revoked_at) (R3.4), one person one seat (R3.3)."""
    return {
        one.member_id
        for one in held
        if one.granted_at <= instant and (one.revoked_at is None or instant < one.revoked_at)
    }


def boundaries(held: Iterable[Grant | Span]) -> list[datetime]:
    """Every instant at which something begins or ends, in order."""
    ends = [(one.granted_at, one.revoked_at) for one in held]
    return sorted({instant for pair in ends for instant in pair if instant is not None})


def merged(grants: Sequence[Grant]) -> list[Span]:
    """A span is an unbroken stretch of holding a seat through whatever source (R3.3)."""
    spans = []
    for member_id in {grant.member_id for grant in grants}:
        own = [grant for grant in grants if grant.member_id == member_id]
        since = None
        for instant in boundaries(own):
            is_held = member_id in holders_at(own, instant)
            if is_held and since is None:
                since = instant
            if not is_held and since is not None:
                spans.append(Span(member_id, since, instant))
                since = None
        if since is not None:
            spans.append(Span(member_id, since, None))
    return sorted(spans, key=lambda span: (span.granted_at, span.member_id))


def period_number(instant: datetime, period_starts: Sequence[datetime]) -> int:
    """How many of the periods have begun at the instant."""
    return len([start for start in period_starts if start <= instant])


def counted(spans: Sequence[Span], period_starts: Sequence[datetime], grace: timedelta) -> list[Span]:
    """All but each member's first span, of those that begin in a period, that ended within grace (R3.6)."""

    def is_short(span: Span) -> bool:
        is_on = grace > timedelta(0)
        return is_on and span.revoked_at is not None and span.revoked_at <= span.granted_at + grace

    def is_first(span: Span) -> bool:
        number = period_number(span.granted_at, period_starts)
        return not [
            other
            for other in spans
            if other.member_id == span.member_id
            and is_short(other)
            and other.granted_at < span.granted_at
            and period_number(other.granted_at, period_starts) == number
        ]

    return [span for span in spans if not (is_short(span) and is_first(span))]


def peak(spans: Sequence[Span], charged: Interval, suspended: Sequence[Interval]) -> Peak:
    """Try every instant of the charged window at which anything happens; the first with the most is the peak (R4.5)."""
    assert charged.until is not None
    instants = {charged.since, *boundaries(spans)}
    instants |= {gap.since for gap in suspended} | {gap.until for gap in suspended if gap.until is not None}
    best = Peak(0, None, ())
    for instant in sorted(one for one in instants if charged.since <= one < charged.until):
        is_suspended = any(gap.since <= instant and (gap.until is None or instant < gap.until) for gap in suspended)
        holders = [] if is_suspended else sorted(holders_at(spans, instant))
        if len(holders) > best.seats:
            best = Peak(len(holders), instant, tuple(holders))
    return best


def steps(spans: Sequence[Span], shown: Interval) -> list[tuple[datetime, int]]:
    """Count the holders at every instant at which anything happens, and keep those where the number changes."""
    assert shown.until is not None
    inside = [one for one in boundaries(spans) if shown.since < one < shown.until]
    found: list[tuple[datetime, int]] = []
    for instant in [shown.since, *inside]:
        seats = len(holders_at(spans, instant))
        if not found or found[-1][1] != seats:
            found.append((instant, seats))
    return found


# Money


def half_up(amount: Fraction, currency: str) -> Fraction:
    """To the minor unit; a half goes up (R4.10). Amounts are not negative."""
    unit = Fraction(10) ** DECIMALS[currency]
    return floor(amount * unit + Fraction(1, 2)) / unit


def tier_amounts(seats: int, prices: PriceList) -> list[Fraction]:
    """Add seat after seat, each at the rate of the tier it falls in (R4.4); nothing up to the threshold (R4.3)."""
    amounts: list[Fraction] = []
    if seats <= prices.free_threshold:
        return amounts
    for number in range(1, seats + 1):
        position = next(i for i, tier in enumerate(prices.tiers) if tier.up_to is None or number <= tier.up_to)
        tier = prices.tiers[position]
        if position == len(amounts):
            amounts.append(Fraction(tier.flat_amount))
        amounts[position] += Fraction(tier.unit_price)
    return amounts


@dataclass(frozen=True)
class Bill:
    """What R4.10 says a peak costs."""

    prices: PriceList
    lines: list[Fraction]
    legacy: Fraction
    promo: Fraction
    total: Fraction
    net: Fraction
    vat: Fraction


def bill(seats: int, terms: Terms) -> Bill:
    """The cheapest of the lists prices it (R4.9); of equals the first, and first of all one that needs no promo."""
    bills = [bill_under(seats, prices, terms) for prices in (terms.prices, *terms.alternatives)]
    lowest = min(one.total for one in bills)
    equals = [one for one in bills if one.total == lowest]
    without_promo = [one for one in equals if sum(one.lines) == one.legacy]
    return (without_promo or equals)[0]


def bill_under(seats: int, prices: PriceList, terms: Terms) -> Bill:
    """List, then legacy, then promo, then VAT; each line, each discount, then the VAT rounded (R4.6–R4.8, R4.10)."""
    currency = prices.currency
    share = Fraction(*terms.charged_share)
    rate = Fraction(terms.vat_percent) / 100

    def lines_of(one: PriceList) -> list[Fraction]:
        return [half_up(amount * share, currency) for amount in tier_amounts(seats, one)]

    def amount_of(other: PriceList) -> Fraction:
        amount = sum(lines_of(other), Fraction(0))
        if other.vat_included and not prices.vat_included:
            return half_up(amount / (1 + rate), currency)
        if prices.vat_included and not other.vat_included:
            return half_up(amount * (1 + rate), currency)
        return amount

    lines = lines_of(prices)
    due = sum(lines, Fraction(0))
    legacy = due - min([due, *(amount_of(baseline) for baseline in terms.baselines)])
    due -= legacy
    under = due
    if terms.promo is not None and terms.promo.percent is not None:
        under = due * (1 - Fraction(terms.promo.percent) / 100)
    if terms.promo is not None and terms.promo.prices is not None:
        under = amount_of(terms.promo.prices)
    promo = half_up(max(Fraction(0), due - under), currency)
    due -= promo
    if prices.vat_included:
        vat = half_up(due - due / (1 + rate), currency)
        return Bill(prices, lines, legacy, promo, due, due - vat, vat)
    vat = half_up(due * rate, currency)
    return Bill(prices, lines, legacy, promo, due + vat, due, vat)


def list_in_force(lists: Sequence[PriceList], currency: str, month: Month) -> PriceList | None:
    """Turn the calendar back month by month until a public list of the currency took effect (R4.1)."""
    for number in range(month.year * 12 + month.number - 1, 2000 * 12, -1):
        for one in lists:
            effective = one.effective_from.year * 12 + one.effective_from.number - 1
            if one.is_public and one.currency == currency and effective == number:
                return one
    return None


def vat_percent(rates: Sequence[VatRate], period_ends_at: datetime, issuer_zone: str) -> Fraction | None:
    """Turn the issuer's calendar back day by day from the period's last instant until a rate began (R4.1)."""
    last = (period_ends_at - timedelta(microseconds=1)).astimezone(ZoneInfo(issuer_zone))
    day = date(last.year, last.month, last.day)
    while any(rate.since <= day for rate in rates):
        for rate in rates:
            if rate.since == day:
                return Fraction(rate.percent)
        day -= timedelta(days=1)
    return None


def headroom(seats: int, terms: Terms, most: int) -> int:
    """Add seats one by one until the total rises (R5.2)."""
    now = bill(seats, terms).total
    more = 0
    while more < most and bill(seats + more + 1, terms).total <= now:
        more += 1
    return more


# Time


def month_begins(month: Month, time_zone: str) -> datetime:
    """The first minute at which a calendar in the zone shows the month, watching it minute by minute (R0.2)."""
    zone = ZoneInfo(time_zone)
    minute = datetime(month.year, month.number, 1, tzinfo=UTC) - timedelta(hours=15)
    while True:
        local = minute.astimezone(zone)
        if (local.year, local.month) >= (month.year, month.number):
            return minute
        minute += timedelta(minutes=1)


# Life


def state(facts: LifecycleFacts) -> OrganizationState:
    """Replay everything recorded, in the order it happened; what is recorded has happened (R1.1)."""
    happened: list[tuple[datetime, OrganizationState]] = []
    for instant, then in (
        (facts.activated_at, OrganizationState.TRIAL),
        (facts.closed_at, OrganizationState.CLOSED),
        (facts.purge_decided_at, OrganizationState.PURGING),
        (facts.purged_at, OrganizationState.PURGED),
    ):
        if instant is not None:
            happened.append((instant, then))
    return max(happened, key=lambda one: one[0])[1] if happened else OrganizationState.NOT_ACTIVATED


def state_at(facts: LifecycleFacts, instant: datetime) -> OrganizationState:
    """What was recorded, and then what the clock alone does: the trial ends; from then on the first subscription
    in force makes it SUBSCRIBED for good (R1.4–R1.6)."""
    recorded = state(facts)
    if recorded is not OrganizationState.TRIAL:
        return recorded
    assert facts.trial_ends_at is not None
    is_over = instant >= facts.trial_ends_at
    is_subscribed = facts.subscribed_from is not None and instant >= facts.subscribed_from
    if not is_over:
        return OrganizationState.TRIAL
    return OrganizationState.SUBSCRIBED if is_subscribed else OrganizationState.RETENTION


def due_warning(facts: LifecycleFacts, instant: datetime, written: Collection[Notice]) -> Notice | None:
    """7 and 1 days before the trial ends; 14, 7 and 1 days before the purge; of several only the last (R1.9)."""
    now = state_at(facts, instant)
    last = None
    if now is OrganizationState.TRIAL:
        assert facts.trial_ends_at is not None
        for days, notice in ((7, Notice.TRIAL_ENDS_IN_7_DAYS), (1, Notice.TRIAL_ENDS_IN_1_DAY)):
            if instant >= facts.trial_ends_at - timedelta(hours=24 * days):
                last = notice
    purge = planned_purge(facts)
    if now in (OrganizationState.RETENTION, OrganizationState.CLOSED) and purge is not None:
        for days, notice in ((14, Notice.PURGE_IN_14_DAYS), (7, Notice.PURGE_IN_7_DAYS), (1, Notice.PURGE_IN_1_DAY)):
            if instant >= purge - timedelta(hours=24 * days):
                last = notice
    return None if last in written else last


def planned_purge(facts: LifecycleFacts) -> datetime | None:
    """The first instant at which 30 days have passed, and one since it was spared (R1.5, R1.7, R1.10)."""
    if facts.is_on_legal_hold or facts.purged_at is not None:
        return None
    if facts.closed_at is not None:
        begins = facts.closed_at
    elif facts.trial_ends_at is None or facts.subscribed_from is not None:
        return None
    else:
        begins = facts.trial_ends_at
    spared = facts.spared_until
    if spared is not None and (spared - begins).total_seconds() > 29 * 24 * 3600:
        return spared + timedelta(hours=24)
    return begins + timedelta(hours=720)


def is_purge_due(
    facts: LifecycleFacts, instant: datetime, final_warning_at: datetime | None, unbilled: Sequence[BillingPeriod]
) -> bool:
    """Every reason against a purge (R1.5–R1.7, R1.10)."""
    planned = planned_purge(facts)
    if planned is None or final_warning_at is None:
        return False
    reasons_against = [
        facts.is_on_legal_hold,
        not facts.is_balanced,
        facts.purge_decided_at is not None,
        instant < planned,
        instant - final_warning_at < timedelta(hours=24),
        *(period.ends_at <= instant for period in unbilled),
    ]
    if facts.closed_at is not None and facts.subscribed_from is not None:
        was_charged = facts.subscribed_from <= facts.closed_at
        reasons_against += [was_charged and period.starts_at <= facts.closed_at for period in unbilled]
    return not any(reasons_against)


# A change of seats
