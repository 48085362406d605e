"""An organization's seats and money at the instant of a change, as its transaction sees them."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from app import db
from app.directory.queries import MEMBER_COLUMNS, MemberRow, member_from
from app.domain.errors import ErrorCode
from app.domain.impact import Impact, Picture, Sources
from app.domain.invoice import draft_invoice
from app.domain.period import BillingPeriod
from app.domain.policies import Policies
from app.domain.seating import SeatLimits
from app.organizations.queries import choose_period, count_on
from app.organizations.service import LockedOrganization
from app.seats.bounds import limits_from, load_limits
from app.seats.month import Month, Outlook, PricedMonth, month_from, next_outlook, price_month, price_supposed
from app.seats.proposing import Proposal
from app.seats.queries import (
    SeatRow,
    SubscriptionRow,
    count_seats,
    list_in_grace,
    list_open_seats,
    list_open_sources,
)
from app.terms.agreements import Conditions, load_conditions
from app.terms.queries import Tariff, load_tariff

MOST_SHOWN = 100
"""So many of each kind can be looked at; the others are counted."""


@dataclass(frozen=True, slots=True)
class Pricing:
    """The current month, and what prices it; `known` is what was agreed until now, which a change may add to."""

    month: Month
    timeline: list[BillingPeriod]
    tariff: Tariff
    policies: Policies
    known: Conditions


@dataclass(frozen=True, slots=True)
class Shown:
    """The first people of each kind, by name, with what the change makes of them: what a dry run takes back cannot be
    looked up any more. `sources` and `seats` are of the still seated."""

    newly_seated: list[MemberRow]
    already_seated: list[MemberRow]
    losing_seat: list[MemberRow]
    still_seated: list[MemberRow]
    would_wait: list[MemberRow]
    seats: dict[UUID, SeatRow]
    sources: dict[UUID, list[SubscriptionRow]]


NOBODY_SHOWN = Shown([], [], [], [], [], {}, {})


async def load_pricing(organization: LockedOrganization, policies: Policies) -> Pricing:
    """Raises: DomainError NOT_FOUND when the clock is in no period."""
    known = await load_conditions(organization.id)
    timeline = count_on(organization.facts, known.periods)
    period = choose_period(timeline, None, organization.at)
    month = month_from(organization.facts, period, timeline)
    return Pricing(month, timeline, await load_tariff(), policies, known)


async def take_picture(organization: LockedOrganization, pricing: Pricing) -> Picture:
    """A fixed number of statements. Raises: DomainError NOT_FOUND when no price list is in force."""
    seats = await count_seats(organization.id)
    in_all = await price_month(pricing.month, pricing.tariff, pricing.policies, until=None)
    waiting = await _load_waiting(organization.id)
    limits = await load_limits(
        organization.facts, in_all.terms.free_threshold, in_all.month.period.month, in_all.agreements
    )
    return _picture(organization, pricing, in_all, seats, waiting, limits)


async def take_supposed_pictures(
    organization: LockedOrganization, pricing: Pricing, proposal: Proposal
) -> tuple[Picture, Picture]:
    """As it is and as it would be by a proposal, before and after which nobody waits: one statement.

    Raises: DomainError NOT_FOUND when no price list is in force.
    """
    facts, known, census = organization.facts, pricing.known, proposal.alignment.census
    months = await price_supposed(pricing.month, proposal.supposed, known.agreements, pricing.tariff, pricing.policies)
    before, after = [
        _picture(
            organization,
            pricing,
            in_all,
            seats,
            {},
            limits_from(
                facts,
                in_all.terms.free_threshold,
                in_all.month.period.month,
                in_all.agreements,
                known.has_billing_profile,
            ),
        )
        for in_all, seats in zip(months, (census.seats - census.seated + census.unseated, census.seats), strict=True)
    ]
    return before, after


def _picture(
    organization: LockedOrganization,
    pricing: Pricing,
    in_all: PricedMonth,
    seats: int,
    waiting: Mapping[UUID, ErrorCode],
    limits: SeatLimits,
) -> Picture:
    facts, month = organization.facts, in_all.month
    so_far = month.peak_until(organization.at, in_all.peak)
    charged = month.question().charged
    return Picture(
        at=organization.at,
        trial_ends_at=facts.lifecycle.trial_ends_at,
        seats=seats,
        waiting=waiting,
        limits=limits,
        peak_so_far=so_far.seats,
        total=draft_invoice(so_far.seats, in_all.terms).total,
        this_month=Outlook(in_all.terms, month, in_all.peak.seats, is_over=False).forecast(in_all.peak.seats),
        next_month=next_outlook(facts, in_all, pricing.tariff, pricing.policies).forecast(seats),
        counts=charged is not None and charged.since <= organization.at and not facts.is_suspended,
        is_suspended=facts.is_suspended,
    )


async def load_in_grace(organization: LockedOrganization, pricing: Pricing) -> frozenset[UUID]:
    """Those whose seat would be forgiven if it ended at the instant."""
    return await list_in_grace(organization.id, pricing.timeline, pricing.policies.grace, organization.at)


async def load_moved(organization: LockedOrganization) -> dict[UUID, Sources]:
    """Of whom a grant begins or ends at the instant, which nothing else shares (R0.1): one statement."""
    rows = await db.fetch(
        """
        SELECT member_id,
               array_agg(subscription_id) FILTER (WHERE lower(during) < $2) AS before,
               array_agg(subscription_id) FILTER (WHERE upper_inf(during)) AS after
        FROM seat_grants
        WHERE organization_id = $1 AND coalesce(upper(during), 'infinity') >= $2
        GROUP BY member_id HAVING bool_or($2 IN (lower(during), upper(during)))
        """,
        organization.id,
        organization.at,
    )
    return {row["member_id"]: Sources(frozenset(row["before"] or ()), frozenset(row["after"] or ())) for row in rows}


async def load_shown(organization: LockedOrganization, pricing: Pricing, impact: Impact) -> Shown:
    """Whom an impact is about, after the change and before it is taken back: three statements at most."""
    kinds = {
        "newly_seated": impact.newly_seated,
        "already_seated": impact.already_seated,
        "losing_seat": impact.losing_seat,
        "still_seated": impact.still_seated,
        "would_wait": impact.would_wait.keys(),
    }
    people = await _load_people(kinds)
    kept = [member.id for member in people["still_seated"]]
    grace, at = pricing.policies.grace, organization.at
    seats = await list_open_seats(organization.id, pricing.timeline, grace, at, kept) if kept else []
    return Shown(
        newly_seated=people["newly_seated"],
        already_seated=people["already_seated"],
        losing_seat=people["losing_seat"],
        still_seated=people["still_seated"],
        would_wait=people["would_wait"],
        seats={seat.member_id: seat for seat in seats},
        sources=await list_open_sources(kept) if kept else {},
    )


async def _load_waiting(organization_id: UUID) -> dict[UUID, ErrorCode]:
    """The reason of whoever waits; through however many subscriptions, it is one."""
    rows = await db.fetch(
        "SELECT member_id, min(reason) AS reason FROM seat_waits WHERE organization_id = $1 GROUP BY member_id",
        organization_id,
    )
    return {row["member_id"]: ErrorCode(row["reason"]) for row in rows}


async def _load_people(kinds: Mapping[str, Iterable[UUID]]) -> dict[str, list[MemberRow]]:
    pairs = [(kind, member_id) for kind, members in kinds.items() for member_id in members]
    rows = await db.fetch(
        f"""
        SELECT kind, {MEMBER_COLUMNS} FROM (
            SELECT named.kind, member.*,
                   row_number() OVER (PARTITION BY named.kind ORDER BY member.name, member.id) AS place
            FROM unnest($1::text[], $2::uuid[]) AS named (kind, member_id)
            JOIN members AS member ON member.id = named.member_id
        ) AS listed WHERE place <= $3 ORDER BY kind, place
        """,
        [kind for kind, _ in pairs],
        [member_id for _, member_id in pairs],
        MOST_SHOWN,
    )
    people: dict[str, list[MemberRow]] = defaultdict(list)
    for row in rows:
        people[row.pop("kind")].append(member_from(row))
    return people
