"""Looking back at a month, and at a month of everyone."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import strawberry

from app.billing import simulation
from app.domain.invoice import Outcome
from app.domain.paging import page_request
from app.domain.period import Month
from app.graphql.context import Info
from app.graphql.ids import row_id
from app.graphql.member import Member, load_members
from app.graphql.money import Money, money, money_of
from app.organizations.queries import OrganizationFacts
from app.tracker.hindsight import look_back
from app.words.speaking import said

if TYPE_CHECKING:
    from app.graphql.organization import Organization

UpTo = Annotated[int, strawberry.argument(description="At most so many, up to 100.")]
AnOrganization = Annotated["Organization", strawberry.lazy("app.graphql.organization")]


@strawberry.type(description="A closed month, and what it would have cost without those who did nothing in it.")
class Hindsight:
    month: Month = strawberry.field(description="The month.")
    idle_count: int = strawberry.field(
        description="How many held a seat at the peak and changed nothing in the tracker all month."
    )
    seats: int = strawberry.field(description="The peak.")
    total: Money = strawberry.field(description="What was charged, VAT included, less what was credited.")
    seats_without_them: int = strawberry.field(description="The peak if they had had no seats.")
    total_without_them: Money = strawberry.field(
        description="What would have been charged then, by the same terms; never more than `total`."
    )
    idle: strawberry.Private[Sequence[UUID]]

    @strawberry.field(description="Who they are; someone who was erased is among them under no name.")
    async def idle_at_peak(self, info: Info, first: UpTo = 50) -> list[Member]:
        return await load_members(info, self.idle[: page_request(first, None, None, None).limit])


@strawberry.type
class HindsightOfOrganization:
    facts: strawberry.Private[OrganizationFacts]

    @strawberry.field(description="Who held a seat for nothing in a month that is closed, and what it cost.")
    async def hindsight(
        self, info: Info, month: Annotated[Month, strawberry.argument(description="The month.")]
    ) -> Hindsight | None:
        found = await look_back(self.facts, month, info.context.policies)
        return Hindsight(
            month=found.month,
            idle_count=len(found.idle),
            seats=found.seats,
            total=money(found.total),
            seats_without_them=found.seats_without,
            total_without_them=money(found.total_without),
            idle=found.idle,
        )


@strawberry.type(description="How a month of an organization ended, or would end.")
class SimulatedEnd:
    outcome: Outcome = strawberry.field(description="The outcome.")
    seats: int | None = strawberry.field(description="The peak; null when it is parked for want of prices.")
    reached_at: datetime | None = strawberry.field(description="When the peak was first reached; null without seats.")
    total: Money = strawberry.field(description="What is to be paid, VAT included.")
    parked_reason: str | None = strawberry.field(description="Why it is parked; null when it is not.")


@strawberry.type(description="An organization whose stored month is not the simulated one.")
class SimulationDifference:
    organization: AnOrganization = strawberry.field(description="The organization.")
    stored: SimulatedEnd | None = strawberry.field(description="What is stored; null when it is missing.")
    simulated: SimulatedEnd = strawberry.field(description="What the same month comes to now.")
    reasons: list[str] = strawberry.field(description="Everything that differs.")


@strawberry.type(description="Organizations that differ, the first of them and how many they are.")
class SimulationDifferences:
    count: int = strawberry.field(description="How many there are, also of those not listed.")
    nodes: list[SimulationDifference] = strawberry.field(description="The first of them.")


@strawberry.type(description="An organization whose month would be parked.")
class SimulatedParking:
    organization: AnOrganization = strawberry.field(description="The organization.")
    reason: str = strawberry.field(description="Why.")


@strawberry.type(description="Organizations whose month would be parked, the first of them and how many they are.")
class SimulatedParkings:
    count: int = strawberry.field(description="How many there are, also of those not listed.")
    nodes: list[SimulatedParking] = strawberry.field(description="The first of them.")


@strawberry.type(description="How many organizations' months end in one way.")
class OutcomeCount:
    outcome: Outcome = strawberry.field(description="The way.")
    count: int = strawberry.field(description="How many.")


@strawberry.type(description="What the organizations that pay in one currency come to.")
class SimulationTotal:
    organization_count: int = strawberry.field(description="How many they are.")
    seats: int = strawberry.field(description="The sum of their peaks.")
    total: Money = strawberry.field(description="What is billed to them, VAT included.")


@strawberry.type(description="A month over many organizations as it would be billed now. Nothing is stored.")
class BillingSimulation:
    month: Month = strawberry.field(description="The month.")
    organization_count: int = strawberry.field(description="How many organizations have a period of the month.")
    purged_count: int = strawberry.field(
        description="How many more had one whose data are deleted, so that it cannot be computed again."
    )
    outcomes: list[OutcomeCount] = strawberry.field(description="How many end in which way.")
    totals: list[SimulationTotal] = strawberry.field(description="Seats and amounts of each currency.")
    found: strawberry.Private[simulation.Simulation]

    @strawberry.field(description="Those that would be parked, by id.")
    async def parked(self, info: Info, first: UpTo = 50) -> SimulatedParkings:
        listed = self.found.parked[: page_request(first, None, None, None).limit]
        nodes = [SimulatedParking(organization=await _organization(info, one), reason=said(why)) for one, why in listed]
        return SimulatedParkings(count=self.found.outcomes[Outcome.PARKED], nodes=nodes)

    @strawberry.field(description="Where what is stored differs, by id; an open month has nothing stored to differ.")
    async def differences(self, info: Info, first: UpTo = 50) -> SimulationDifferences:
        listed = self.found.differences[: page_request(first, None, None, None).limit]
        return SimulationDifferences(
            count=self.found.difference_count, nodes=[await _difference(info, one) for one in listed]
        )


@strawberry.type
class SimulationQuery:
    @strawberry.field(
        description="Operators: a month over all organizations, nothing stored; totals, and differences from what is."
    )
    async def billing_simulation(
        self,
        info: Info,
        month: Annotated[Month, strawberry.argument(description="The month.")],
        test_clock_id: Annotated[
            strawberry.ID | None,
            strawberry.argument(description="The organizations of a test clock, instead of those in real life."),
        ] = None,
    ) -> BillingSimulation | None:
        clock = row_id("TestClock", test_clock_id, "testClockId") if test_clock_id is not None else None
        context = info.context
        return simulation_from(await simulation.simulate_billing(context.actor, month, context.policies, clock))


def simulation_from(found: simulation.Simulation) -> BillingSimulation:
    return BillingSimulation(
        month=found.month,
        organization_count=found.outcomes.total(),
        purged_count=found.purged_count,
        outcomes=[OutcomeCount(outcome=outcome, count=found.outcomes[outcome]) for outcome in Outcome],
        totals=[
            SimulationTotal(organization_count=one.organizations, seats=one.seats, total=money_of(one.total, currency))
            for currency, one in sorted(found.totals.items())
        ],
        found=found,
    )


async def _difference(info: Info, one: simulation.Difference) -> SimulationDifference:
    return SimulationDifference(
        organization=await _organization(info, one.organization_id),
        stored=_end(one.stored, one.currency) if one.stored is not None else None,
        simulated=_end(one.simulated, one.currency),
        reasons=list(one.reasons),
    )


def _end(end: simulation.MonthEnd, currency: str) -> SimulatedEnd:
    return SimulatedEnd(
        outcome=end.outcome,
        seats=end.seats,
        reached_at=end.reached_at,
        total=money_of(end.total, currency),
        parked_reason=said(end.parked_reason) if end.parked_reason is not None else None,
    )


async def _organization(info: Info, organization_id: UUID) -> AnOrganization:
    from app.graphql.organization import load_organization

    return await load_organization(info, organization_id)
