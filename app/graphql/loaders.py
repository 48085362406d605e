"""Loaders of one request: what many fields ask for one by one is read at once."""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Hashable, Iterable, Sequence
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from strawberry.dataloader import DataLoader

from app.access.queries import list_access
from app.billing.queries import InvoiceRow, StatementRow, find_invoices, find_statements
from app.directory.queries import MemberRow, find_members
from app.domain.access import Access
from app.domain.actor import Actor
from app.domain.policies import Policies
from app.domain.pricing import PriceList
from app.organizations.queries import (
    OrganizationFacts,
    TestClockFacts,
    find_organizations,
    find_test_clocks,
    list_timeline,
)
from app.seats.queries import (
    SeatRow,
    SpanEnd,
    SubscriptionRow,
    count_by_subscription,
    find_span_ends,
    find_subscriptions,
    list_open_seats,
    list_sources,
)
from app.terms.queries import BillingProfile, find_billing_profiles, list_price_lists

Row = TypeVar("Row")
Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")
SpanKey = tuple[UUID, datetime, datetime | None]


class Loaders:
    """Rows by id; what the actor cannot reach is None, like what does not exist (R2.6)."""

    def __init__(self, actor: Actor, policies: Policies) -> None:
        self.actor = actor
        self.policies = policies
        self.organizations: DataLoader[UUID, OrganizationFacts | None] = DataLoader(self._organizations)
        self.members: DataLoader[UUID, MemberRow | None] = DataLoader(self._by_id(find_members))
        self.subscriptions: DataLoader[UUID, SubscriptionRow | None] = DataLoader(self._by_id(find_subscriptions))
        self.statements: DataLoader[UUID, StatementRow | None] = DataLoader(self._by_id(find_statements))
        self.invoices: DataLoader[UUID, InvoiceRow | None] = DataLoader(self._by_id(find_invoices))
        self.test_clocks: DataLoader[UUID, TestClockFacts | None] = DataLoader(self._test_clocks)
        self.price_lists: DataLoader[UUID, PriceList | None] = DataLoader(self._price_lists)
        self.billing_profiles: DataLoader[UUID, BillingProfile | None] = DataLoader(self._billing_profiles)
        self.access: DataLoader[MemberRow, Access] = DataLoader(self._access)
        self.seats: DataLoader[MemberRow, SeatRow | None] = DataLoader(self._seats)
        self.sources: DataLoader[SpanKey, list[SubscriptionRow]] = DataLoader(list_sources)
        self.subscription_counts: DataLoader[UUID, tuple[int, int]] = DataLoader(self._subscription_counts)
        self.span_ends: DataLoader[tuple[UUID, datetime], SpanEnd | None] = DataLoader(self._span_ends)

    async def organization_of(self, member: MemberRow) -> OrganizationFacts:
        """The organization of a row that was reached already."""
        organization = await self.organizations.load(member.organization_id)
        assert organization is not None, "a member that was reached has an organization that is"
        return organization

    def _by_id(
        self, find: Callable[[Sequence[UUID]], Awaitable[Iterable[Row]]]
    ) -> Callable[[list[UUID]], Awaitable[list[Row | None]]]:
        async def load(ids: list[UUID]) -> list[Row | None]:
            found = {row.id: row for row in await find(ids) if self._can_reach(row)}  # type: ignore[attr-defined]
            return [found.get(one) for one in ids]

        return load

    def _can_reach(self, row: object) -> bool:
        organization_id: UUID = row.organization_id  # type: ignore[attr-defined]
        return self.actor.can_reach(organization_id)

    async def _organizations(self, ids: list[UUID]) -> list[OrganizationFacts | None]:
        found = {row.id: row for row in await find_organizations(self.actor, ids)}
        return [found.get(one) for one in ids]

    async def _test_clocks(self, ids: list[UUID]) -> list[TestClockFacts | None]:
        found = {row.id: row for row in await find_test_clocks(ids)}
        return [found.get(one) for one in ids]

    async def _price_lists(self, ids: list[UUID]) -> list[PriceList | None]:
        found = {prices.id: prices for prices in await list_price_lists()}
        return [found.get(one) for one in ids]

    async def _billing_profiles(self, ids: list[UUID]) -> list[BillingProfile | None]:
        found = await find_billing_profiles(ids)
        return [found.get(one) for one in ids]

    async def _access(self, members: list[MemberRow]) -> list[Access]:
        found: dict[UUID, Access] = {}
        for own in _by_organization(members):
            found |= await list_access(await self.organization_of(own[0]), own)
        return [found[member.id] for member in members]

    async def _seats(self, members: list[MemberRow]) -> list[SeatRow | None]:
        found: dict[UUID, SeatRow] = {}
        for own in _by_organization(members):
            organization = await self.organization_of(own[0])
            seats = await list_open_seats(
                organization.id,
                await list_timeline(organization),
                self.policies.grace,
                organization.now,
                [member.id for member in own],
            )
            found |= {seat.member_id: seat for seat in seats}
        return [found.get(member.id) for member in members]

    async def _subscription_counts(self, ids: list[UUID]) -> list[tuple[int, int]]:
        found = await count_by_subscription(ids)
        return [found[one] for one in ids]

    async def _span_ends(self, ends: list[tuple[UUID, datetime]]) -> list[SpanEnd | None]:
        found = await find_span_ends(ends)
        return [found.get(end) for end in ends]


def _by_organization(members: Sequence[MemberRow]) -> list[list[MemberRow]]:
    grouped: dict[UUID, list[MemberRow]] = defaultdict(list)
    for member in members:
        grouped[member.organization_id].append(member)
    return list(grouped.values())
