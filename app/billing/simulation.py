"""A month over all organizations at once, with nothing stored: what it comes to, and where it differs (R5.1)."""

from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from app import db
from app.domain.actor import Actor
from app.domain.errors import DomainError, ErrorCode
from app.domain.invoice import Outcome, decide_outcome
from app.domain.paging import MOST_PER_PAGE
from app.domain.period import BillingPeriod, Month
from app.domain.policies import Policies
from app.organizations.queries import (
    FACT_COLUMNS,
    OrganizationFacts,
    count_on,
    facts_of,
    list_closed_policies,
    list_periods,
)
from app.seats.month import PricedMonth, month_from, price_months
from app.terms.queries import BillingProfile, Tariff, find_billing_profiles, load_tariff

CHUNK = 500
"""Organizations priced by one statement."""


@dataclass(frozen=True, slots=True)
class MonthEnd:
    """How a month of an organization ended or would end; a total of zero unless it is BILLED."""

    outcome: Outcome
    seats: int | None
    reached_at: datetime | None
    total: Decimal
    parked_reason: str | None = None


@dataclass(frozen=True, slots=True)
class Difference:
    """Where what is stored is not what is simulated, and every reason; `stored` None when it is missing."""

    organization_id: UUID
    currency: str
    stored: MonthEnd | None
    simulated: MonthEnd
    reasons: Sequence[str]


@dataclass(slots=True)
class CurrencyTotal:
    """Of the organizations that pay in a currency: how many, their seats at the peaks, and what they are billed."""

    organizations: int = 0
    seats: int = 0
    total: Decimal = Decimal(0)


@dataclass(slots=True)
class Simulation:
    """A month as it would be billed now. `parked` and `differences` are the first so many of those counted; purged
    organizations have no ledger left to be priced by."""

    month: Month
    outcomes: Counter[Outcome] = field(default_factory=Counter)
    totals: defaultdict[str, CurrencyTotal] = field(default_factory=lambda: defaultdict(CurrencyTotal))
    parked: list[tuple[UUID, str]] = field(default_factory=list)
    differences: list[Difference] = field(default_factory=list)
    difference_count: int = 0
    purged_count: int = 0

    def add(self, organization: OrganizationFacts, end: MonthEnd, stored: MonthEnd | None, *, is_closed: bool) -> None:
        self.outcomes[end.outcome] += 1
        total = self.totals[organization.currency]
        total.organizations += 1
        total.seats += end.seats or 0
        total.total += end.total
        if end.parked_reason is not None and len(self.parked) < MOST_PER_PAGE:
            self.parked.append((organization.id, end.parked_reason))
        reasons = compare(stored, end) if is_closed or stored is not None else []
        if reasons:
            self.difference_count += 1
            if len(self.differences) < MOST_PER_PAGE:
                self.differences.append(Difference(organization.id, organization.currency, stored, end, reasons))


async def simulate_billing(actor: Actor, month: Month, policies: Policies, test_clock_id: UUID | None) -> Simulation:
    """Every organization on no test clock, or those of one, with a period of the month. A month that is open is
    simulated as if nothing changes; a closed one by the policies that it was closed by.

    One look at the database (REPEATABLE READ, read-only), chunk by chunk, so that memory stays flat.

    Raises: DomainError FORBIDDEN for all but operators, NOT_FOUND for a clock that is not, or a month that nobody has.
    """
    actor.require_operator()
    simulation = Simulation(month)
    async with db.in_transaction():
        await db.fetch("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        await _refuse_unknown(test_clock_id)
        tariff = await load_tariff()
        async for chunk in _chunks(test_clock_id):
            await _simulate(simulation, chunk, tariff, policies)
        simulation.purged_count = await _count_purged(month, test_clock_id)
    if not simulation.outcomes and not simulation.purged_count:
        raise DomainError(ErrorCode.NOT_FOUND, f"No organization has a period of {month}.")
    return simulation


def compare(stored: MonthEnd | None, simulated: MonthEnd) -> list[str]:
    """Every reason why what is stored is not what is simulated."""
    if stored is None:
        return ["There is no statement."]
    reasons = []
    if stored.outcome is not simulated.outcome:
        reasons.append(f"The outcome is {stored.outcome.value}, not {simulated.outcome.value}.")
    if simulated.parked_reason is not None or stored.outcome is Outcome.PARKED:
        return reasons
    if stored.seats != simulated.seats:
        reasons.append(f"The peak is {stored.seats}, not {simulated.seats}.")
    elif stored.reached_at != simulated.reached_at:
        reasons.append("The peak was reached at another instant.")
    if stored.total != simulated.total:
        reasons.append(f"The total is {stored.total.normalize():f}, not {simulated.total.normalize():f}.")
    return reasons


async def _simulate(
    simulation: Simulation, organizations: Sequence[OrganizationFacts], tariff: Tariff, policies: Policies
) -> None:
    ids = [organization.id for organization in organizations]
    recorded = await list_periods(ids)
    timelines = {one.id: count_on(one, recorded[one.id]) for one in organizations}
    held = await list_closed_policies(ids, simulation.month)
    payers = await find_billing_profiles(ids)
    stored = await _list_stored(ids, simulation.month)
    asked: dict[Policies, list[tuple[OrganizationFacts, BillingPeriod]]] = defaultdict(list)
    for one in organizations:
        period = next((own for own in timelines[one.id] if own.month == simulation.month), None)
        if period is not None:
            asked[held.get(one.id, policies)].append((one, period))
    for own_policies, periods in asked.items():
        months = [month_from(one, period, timelines[one.id]) for one, period in periods]
        priced = await price_months(months, tariff, own_policies)
        for (one, period), outcome in zip(periods, priced, strict=True):
            end = _end(one, period, outcome, payers)
            simulation.add(one, end, stored.get(one.id), is_closed=one.id in held)


def _end(
    organization: OrganizationFacts,
    period: BillingPeriod,
    priced: PricedMonth | DomainError,
    payers: Mapping[UUID, BillingProfile],
) -> MonthEnd:
    trial_ends_at = organization.lifecycle.trial_ends_at
    assert trial_ends_at is not None, "an organization with periods was activated"
    draft = priced if isinstance(priced, DomainError) else priced.draft
    outcome, reason = decide_outcome(draft, period, trial_ends_at, has_payer=organization.id in payers)
    if isinstance(priced, DomainError):
        return MonthEnd(outcome, None, None, Decimal(0), reason)
    total = priced.draft.total.amount if outcome is Outcome.BILLED else Decimal(0)
    return MonthEnd(outcome, priced.peak.seats, priced.peak.reached_at, total, reason)


async def _chunks(test_clock_id: UUID | None) -> AsyncIterator[list[OrganizationFacts]]:
    """Organizations that were activated and are not being purged, by id."""
    after = UUID(int=0)
    while rows := await db.fetch(
        f"""
        SELECT {FACT_COLUMNS} FROM organization_facts
        WHERE id > $1 AND test_clock_id IS NOT DISTINCT FROM $2 AND activated_at IS NOT NULL
          AND purge_decided_at IS NULL
        ORDER BY id LIMIT {CHUNK}
        """,
        after,
        test_clock_id,
    ):
        yield [facts_of(row) for row in rows]
        after = rows[-1]["id"]


async def _list_stored(organization_ids: Sequence[UUID], month: Month) -> dict[UUID, MonthEnd]:
    """What is stored about the month, as it was closed: an invoice that replaces another may have terms of its own."""
    rows = await db.fetch(
        """
        SELECT statement.organization_id, statement.outcome, statement.peak_seats, statement.peak_reached_at,
               statement.parked_reason, coalesce(invoice.total, 0) AS total
        FROM statements AS statement
        LEFT JOIN invoices AS invoice ON invoice.statement_id = statement.id AND invoice.replaces_id IS NULL
        WHERE statement.organization_id = ANY($1) AND statement.month = $2
        """,
        list(organization_ids),
        str(month),
    )
    return {
        row["organization_id"]: MonthEnd(
            Outcome(row["outcome"]), row["peak_seats"], row["peak_reached_at"], row["total"], row["parked_reason"]
        )
        for row in rows
    }


async def _count_purged(month: Month, test_clock_id: UUID | None) -> int:
    return await db.count(
        """
        SELECT 1 FROM statements AS statement JOIN organizations AS organization
          ON organization.id = statement.organization_id
        WHERE statement.month = $1 AND organization.purge_decided_at IS NOT NULL
          AND organization.test_clock_id IS NOT DISTINCT FROM $2
        """,
        str(month),
        test_clock_id,
    )


async def _refuse_unknown(test_clock_id: UUID | None) -> None:
    if test_clock_id is None:
        return
    if await db.fetch_one("SELECT 1 FROM test_clocks WHERE id = $1", test_clock_id) is None:
        raise DomainError(ErrorCode.NOT_FOUND, "There is no such test clock.")
