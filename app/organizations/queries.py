"""Reading organizations: what their state is derived from, and their periods."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

import orjson

from app import db
from app.domain.actor import Actor
from app.domain.errors import DomainError, ErrorCode
from app.domain.lifecycle import LifecycleFacts, OrganizationState, state_at
from app.domain.period import BillingPeriod, Month, next_period, parse_month, period_at
from app.domain.policies import Policies
from app.domain.text import is_storable
from app.organizations.partners import partner_key_id


@dataclass(frozen=True, slots=True)
class OrganizationFacts:
    """An organization as recorded, with its clock's reading: the database's, or its test clock's (R0.1)."""

    id: UUID
    slug: str | None
    name: str
    time_zone: str
    currency: str
    created_at: datetime
    test_clock_id: UUID | None
    advancing_to: datetime | None
    lifecycle: LifecycleFacts
    legal_hold: str | None
    seat_cap: int | None
    budget: Decimal | None
    is_suspended: bool
    now: datetime
    earlier_zones: tuple[tuple[datetime, str], ...] = ()
    """The zones of before, oldest first, each until when it was in force."""

    def period_after(self, period: BillingPeriod) -> BillingPeriod:
        """The period that follows: it ends by the zone that was in force as it began (R0.2)."""
        zones = (zone for until, zone in self.earlier_zones if period.ends_at < until)
        return next_period(period, next(zones, self.time_zone))

    @property
    def state(self) -> OrganizationState:
        return state_at(self.lifecycle, self.now)


@dataclass(frozen=True, slots=True)
class TestClockFacts:
    __test__ = False

    id: UUID
    now: datetime
    advancing_to: datetime | None
    partner_key_id: UUID | None
    """The partner whose clock it is; None for ours."""
    expires_at: datetime | None
    """When a partner's clock is over, in real time."""
    created_at: datetime
    """In real time."""
    left_out: list[UUID]
    """Organizations whose work failed on the way of the last advance."""


CLOCK_COLUMNS = "id, now, advancing_to, partner_key_id, expires_at, created_at, left_out"

FACT_COLUMNS = """
    id, slug, name, time_zone, currency, created_at, test_clock_id, advancing_to, activated_at, trial_ends_at,
    subscribed_from, closed_at, spared_until, legal_hold, balance, purge_decided_at, purged_at, seat_cap, budget,
    is_suspended, now, earlier_zones
"""


def facts_of(row: db.Row) -> OrganizationFacts:
    """From a row of the view `organization_facts`."""
    return OrganizationFacts(
        id=row["id"],
        slug=row["slug"],
        name=row["name"],
        time_zone=row["time_zone"],
        currency=row["currency"],
        created_at=row["created_at"],
        test_clock_id=row["test_clock_id"],
        advancing_to=row["advancing_to"],
        lifecycle=LifecycleFacts(
            activated_at=row["activated_at"],
            trial_ends_at=row["trial_ends_at"],
            subscribed_from=row["subscribed_from"],
            closed_at=row["closed_at"],
            purge_decided_at=row["purge_decided_at"],
            purged_at=row["purged_at"],
            is_on_legal_hold=row["legal_hold"] is not None,
            spared_until=row["spared_until"],
            is_balanced=row["balance"] == 0,
        ),
        legal_hold=row["legal_hold"],
        seat_cap=row["seat_cap"],
        budget=row["budget"],
        is_suspended=row["is_suspended"],
        now=row["now"],
        earlier_zones=_zones_from(row["earlier_zones"]),
    )


async def find_organization(actor: Actor, organization_id: UUID) -> OrganizationFacts | None:
    """None for one that does not exist or that the actor cannot reach: the same answer (R2.6)."""
    found = await find_organizations(actor, [organization_id])
    return found[0] if found else None


async def find_organizations(actor: Actor, organization_ids: Sequence[UUID]) -> list[OrganizationFacts]:
    """Those of the ids that exist for the actor, in no order."""
    ids = [one for one in organization_ids if actor.can_reach(one)]
    rows = await db.fetch(f"SELECT {FACT_COLUMNS} FROM organization_facts WHERE id = ANY($1)", ids)
    return [facts_of(row) for row in rows]


async def find_organization_by_slug(actor: Actor, slug: str) -> OrganizationFacts | None:
    if not is_storable(slug):
        return None
    row = await db.fetch_one(f"SELECT {FACT_COLUMNS} FROM organization_facts WHERE slug = $1", slug)
    return facts_of(row) if row is not None and actor.can_reach(row["id"]) else None


async def find_test_clocks(actor: Actor, test_clock_ids: Sequence[UUID]) -> list[TestClockFacts]:
    """Those of the organizations that the actor reaches; for a partner also its own that nothing lives by yet."""
    rows = await db.fetch(
        f"""
        SELECT {CLOCK_COLUMNS} FROM test_clocks WHERE id = ANY($1)
        UNION SELECT {CLOCK_COLUMNS} FROM list_partner_clocks($2, $1)
        """,
        list(test_clock_ids),
        partner_key_id(actor),
    )
    return [TestClockFacts(**row) for row in rows]


async def list_periods(organization_ids: Sequence[UUID], *, only_open: bool = False) -> dict[UUID, list[BillingPeriod]]:
    """The recorded periods of each organization, in order; or only those not closed yet, at most one each."""
    rows = await db.fetch(
        """
        SELECT organization_id, month, starts_at, ends_at, time_zone FROM billing_periods
        WHERE organization_id = ANY($1) AND (closed_at IS NULL OR NOT $2) ORDER BY organization_id, starts_at
        """,
        list(organization_ids),
        only_open,
    )
    periods: dict[UUID, list[BillingPeriod]] = {one: [] for one in organization_ids}
    for row in rows:
        periods[row["organization_id"]].append(period_from(row))
    return periods


async def list_timeline(organization: OrganizationFacts) -> list[BillingPeriod]:
    """The organization's periods in order, to the one after its clock's.

    They are recorded as they begin to be needed; what the clock has passed since is counted on.
    """
    return count_on(organization, (await list_periods([organization.id]))[organization.id])


def count_on(organization: OrganizationFacts, recorded: Sequence[BillingPeriod]) -> list[BillingPeriod]:
    """The recorded periods of an organization, and those after them to the one after its clock's."""
    periods = list(recorded) or [period_at(organization.now, organization.time_zone)]
    while periods[-1].starts_at <= organization.now:
        periods.append(organization.period_after(periods[-1]))
    return periods


async def find_balance(organization_id: UUID) -> Decimal:
    """Payments and credits less invoices (R6.2), in the organization's currency."""
    row = await db.fetch_one("SELECT balance FROM organization_facts WHERE id = $1", organization_id)
    assert row is not None, "the organization was reached"
    balance: Decimal = row["balance"]
    return balance


async def find_policies(organization_id: UUID, month: Month, policies: Policies) -> Policies:
    """The policies that a closed period was closed by; for one that is not closed, those given."""
    return (await list_closed_policies([organization_id], month)).get(organization_id, policies)


async def list_closed_policies(organization_ids: Sequence[UUID], month: Month) -> dict[UUID, Policies]:
    """The policies that the month was closed by, of the organizations that closed it."""
    rows = await db.fetch(
        """
        SELECT organization_id, grace_seconds, is_first_month_prorated FROM billing_periods
        WHERE organization_id = ANY($1) AND month = $2 AND closed_at IS NOT NULL
        """,
        list(organization_ids),
        str(month),
    )
    return {
        row["organization_id"]: Policies(timedelta(seconds=row["grace_seconds"]), row["is_first_month_prorated"])
        for row in rows
    }


def choose_period(timeline: Sequence[BillingPeriod], month: Month | None, now: datetime) -> BillingPeriod:
    """The period of a month; without one, the period that the clock is in.

    Raises: DomainError NOT_FOUND for a month before the first period or after the next one.
    """
    for period in timeline:
        if period.month == month or (month is None and period.contains(now)):
            return period
    raise DomainError(ErrorCode.NOT_FOUND, f"This organization has no period of {month}.")


def period_from(row: db.Row) -> BillingPeriod:
    return BillingPeriod(parse_month(row["month"]), row["starts_at"], row["ends_at"], row["time_zone"])


def _zones_from(stored: str | None) -> tuple[tuple[datetime, str], ...]:
    zones = orjson.loads(stored) if stored is not None else []
    return tuple((datetime.fromisoformat(one["until"]), one["timeZone"]) for one in zones)
