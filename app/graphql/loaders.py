"""Loaders of one request: what many fields ask for one by one is read at once."""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Hashable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Protocol, TypeVar
from uuid import UUID

from strawberry.dataloader import DataLoader

from app.access.queries import list_access, list_access_reasons, list_permissions_of_others
from app.billing.accounts import (
    AllocationRow,
    InvoiceAccount,
    OwnId,
    PaymentRow,
    find_accounts,
    find_payments,
    list_allocations_of,
    list_allocations_to,
)
from app.billing.credit_notes import CreditNoteRow, find_credit_notes, list_credit_notes
from app.billing.queries import InvoiceRow, StatementRow, find_invoices, find_statements
from app.billing.verification import explain_invoices, verify_invoices
from app.delivery.webhook_rows import AttemptRow, DeliveryRow, WebhookRow, find_deliveries, find_webhooks, list_attempts
from app.directory import departments, teams
from app.directory.departments import DepartmentRow
from app.directory.invitations import InvitationRow, find_open_invitations
from app.directory.queries import MemberRow, find_holder_groups, find_members
from app.directory.teams import TeamRow
from app.domain.access import AccessDecision, permissions_now, permissions_of_others
from app.domain.actor import Actor, Permission
from app.domain.costs import HolderGroups
from app.domain.policies import Policies
from app.domain.policy import OWN_SEATS, Access
from app.domain.pricing import PriceList
from app.domain.promo_codes import PromoCode
from app.domain.verification import Verification
from app.graphql.tracker_loaders import TrackerLoaders
from app.identity.api_keys import ApiKeyRow, find_api_keys
from app.identity.partner_keys import PartnerKeyRow, find_partner_keys
from app.organizations.queries import (
    OrganizationFacts,
    TestClockFacts,
    find_organizations,
    find_test_clocks,
    list_timeline,
)
from app.retention.exports import ExportRow, find_exports, may_take
from app.retention.preview import TombstoneRow, find_tombstones
from app.seats.queries import (
    SeatRow,
    SeatSpanRow,
    SpanEnd,
    SubscriptionRow,
    count_by_subscription,
    find_last_spans,
    find_span_ends,
    find_subscriptions,
    list_open_seats,
    list_open_sources,
    list_sources,
)
from app.seats.waiting import WaitRow, list_waits_of
from app.terms.price_lists import find_deletable_price_lists, list_visible_price_lists
from app.terms.promo_codes import find_promo_codes
from app.terms.queries import BillingProfile, find_billing_profiles

Row = TypeVar("Row")
Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")
SpanKey = tuple[UUID, datetime, datetime | None]


class OfOrganization(Protocol):
    """A row that belongs to an organization."""

    @property
    def organization_id(self) -> UUID: ...


class Loaders:
    """Rows by id; what the actor cannot reach is None, like what does not exist (R2.6)."""

    def __init__(self, actor: Actor, policies: Policies) -> None:
        self.actor = actor
        self.policies = policies
        self._seated: dict[UUID, bool] = {}
        """Whether they hold a seat, of members whose seats were read."""
        self.organizations: DataLoader[UUID, OrganizationFacts | None] = DataLoader(self._organizations)
        self.members: DataLoader[UUID, MemberRow | None] = DataLoader(self._by_id(find_members))
        self.departments: DataLoader[UUID, DepartmentRow | None] = DataLoader(self._by_id(departments.find_departments))
        self.teams: DataLoader[UUID, TeamRow | None] = DataLoader(self._by_id(teams.find_teams))
        self.children: DataLoader[tuple[UUID, int], list[DepartmentRow]] = DataLoader(_children)
        self.child_counts: DataLoader[UUID, int] = DataLoader(_with_default(departments.count_children, 0))
        self.department_people: DataLoader[UUID, tuple[int, int]] = DataLoader(
            _with_default(departments.count_people, (0, 0))
        )
        self.team_people: DataLoader[UUID, int] = DataLoader(_with_default(teams.count_people, 0))
        self.teams_of: DataLoader[UUID, list[TeamRow]] = DataLoader(_with_default(teams.list_teams_of, list[TeamRow]()))
        self.invitations: DataLoader[UUID, InvitationRow | None] = DataLoader(
            _with_default(find_open_invitations, None)
        )
        self.holder_groups: DataLoader[UUID, HolderGroups | None] = DataLoader(_with_default(find_holder_groups, None))
        self.subscriptions: DataLoader[UUID, SubscriptionRow | None] = DataLoader(self._by_id(find_subscriptions))
        self.statements: DataLoader[UUID, StatementRow | None] = DataLoader(self._by_id(find_statements))
        self.invoices: DataLoader[UUID, InvoiceRow | None] = DataLoader(self._by_id(find_invoices))
        self.invoice_accounts: DataLoader[OwnId, InvoiceAccount] = DataLoader(self._invoice_accounts)
        self.settled_by: DataLoader[OwnId, list[AllocationRow]] = DataLoader(_by_own_id(list_allocations_to))
        self.payments: DataLoader[UUID, PaymentRow | None] = DataLoader(self._by_id(find_payments))
        self.settled: DataLoader[OwnId, list[AllocationRow]] = DataLoader(_by_own_id(list_allocations_of))
        self.verifications: DataLoader[UUID, Verification] = DataLoader(_verifications)
        self.explanations: DataLoader[UUID, list[str]] = DataLoader(_explanations)
        self.credit_notes: DataLoader[UUID, CreditNoteRow | None] = DataLoader(self._by_id(find_credit_notes))
        self.credit_notes_of: DataLoader[UUID, list[CreditNoteRow]] = DataLoader(_credit_notes_of)
        self.test_clocks: DataLoader[UUID, TestClockFacts | None] = DataLoader(self._test_clocks)
        self.api_keys: DataLoader[UUID, ApiKeyRow | None] = DataLoader(self._by_id(find_api_keys))
        self.partner_keys: DataLoader[UUID, PartnerKeyRow | None] = DataLoader(self._partner_keys)
        self.webhooks: DataLoader[UUID, WebhookRow | None] = DataLoader(self._webhooks)
        self.webhook_deliveries: DataLoader[UUID, DeliveryRow | None] = DataLoader(self._webhook_deliveries)
        self.webhook_attempts: DataLoader[UUID, list[AttemptRow]] = DataLoader(self._webhook_attempts)
        self.price_lists: DataLoader[UUID, PriceList | None] = DataLoader(self._price_lists)
        self.deletable_price_lists: DataLoader[UUID, bool] = DataLoader(self._deletable_price_lists)
        self.promo_codes: DataLoader[UUID, PromoCode | None] = DataLoader(self._promo_codes)
        self.billing_profiles: DataLoader[UUID, BillingProfile | None] = DataLoader(self._billing_profiles)
        self.access: DataLoader[MemberRow, Access] = DataLoader(self._access)
        self.access_reasons: DataLoader[MemberRow, AccessDecision] = DataLoader(self._access_reasons)
        self.waits: DataLoader[UUID, list[WaitRow]] = DataLoader(self._waits)
        self.open_sources: DataLoader[UUID, list[SubscriptionRow]] = DataLoader(self._open_sources)
        self.seats: DataLoader[MemberRow, SeatRow | None] = DataLoader(self._seats)
        self.last_seats: DataLoader[MemberRow, SeatSpanRow | None] = DataLoader(self._last_seats)
        self.sources: DataLoader[SpanKey, list[SubscriptionRow]] = DataLoader(list_sources)
        self.subscription_counts: DataLoader[UUID, tuple[int, int]] = DataLoader(self._subscription_counts)
        self.tracker = TrackerLoaders(actor, self.organizations)
        self.exports: DataLoader[UUID, ExportRow | None] = DataLoader(self._exports)
        self.tombstones: DataLoader[UUID, TombstoneRow | None] = DataLoader(self._tombstones)
        self.span_ends: DataLoader[tuple[UUID, datetime], SpanEnd | None] = DataLoader(self._span_ends)

    async def organization_of(self, row: OfOrganization) -> OrganizationFacts:
        """The organization of a row that was reached already."""
        organization = await self.organizations.load(row.organization_id)
        assert organization is not None, "what was reached has an organization that is"
        return organization

    async def get_credit_note(self, credit_note_id: UUID) -> CreditNoteRow:
        """One that was reached already."""
        row = await self.credit_notes.load(credit_note_id)
        assert row is not None, "it was reached"
        return row

    async def get_api_key(self, key_id: UUID) -> ApiKeyRow:
        """One that was reached already."""
        row = await self.api_keys.load(key_id)
        assert row is not None, "it was reached"
        return row

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
        found = {row.id: row for row in await find_test_clocks(self.actor, ids)}
        return [found.get(one) for one in ids]

    async def _price_lists(self, ids: list[UUID]) -> list[PriceList | None]:
        found = {prices.id: prices for prices in await list_visible_price_lists(self.actor)}
        return [found.get(one) for one in ids]

    async def _deletable_price_lists(self, ids: list[UUID]) -> list[bool]:
        found = await find_deletable_price_lists(self.actor, ids)
        return [one in found for one in ids]

    async def _promo_codes(self, ids: list[UUID]) -> list[PromoCode | None]:
        found = {row.id: row for row in await find_promo_codes(ids)} if self.actor.organizations is None else {}
        return [found.get(one) for one in ids]

    async def _partner_keys(self, ids: list[UUID]) -> list[PartnerKeyRow | None]:
        found = {row.id: row for row in await find_partner_keys(ids)} if self.actor.organizations is None else {}
        return [found.get(one) for one in ids]

    async def _webhooks(self, ids: list[UUID]) -> list[WebhookRow | None]:
        found = {row.id: row for row in await find_webhooks(self.actor, ids)}
        return [found.get(one) for one in ids]

    async def _webhook_deliveries(self, ids: list[UUID]) -> list[DeliveryRow | None]:
        found = {row.id: row for row in await find_deliveries(self.actor, ids)}
        return [found.get(one) for one in ids]

    async def _webhook_attempts(self, ids: list[UUID]) -> list[list[AttemptRow]]:
        """Of deliveries that were reached already."""
        found = await list_attempts(self.actor, ids)
        return [found[one] for one in ids]

    async def _billing_profiles(self, ids: list[UUID]) -> list[BillingProfile | None]:
        found = await find_billing_profiles(ids)
        return [found.get(one) for one in ids]

    async def _invoice_accounts(self, ids: list[OwnId]) -> list[InvoiceAccount]:
        """Of invoices that were reached already."""
        found = await find_accounts(ids)
        return [found[invoice_id] for _, invoice_id in ids]

    async def _access(self, members: list[MemberRow]) -> list[Access]:
        found: dict[UUID, Access] = {}
        for own in _by_organization(members):
            is_known = all(member.id in self._seated for member in own)
            seated = [member.id for member in own if self._seated[member.id]] if is_known else None
            found |= await list_access(await self.organization_of(own[0]), own, seated)
        return [found[member.id] for member in members]

    async def _access_reasons(self, members: list[MemberRow]) -> list[AccessDecision]:
        found: dict[UUID, AccessDecision] = {}
        for own in _by_organization(members):
            found |= await list_access_reasons(await self.organization_of(own[0]), own)
        return [found[member.id] for member in members]

    async def _waits(self, member_ids: list[UUID]) -> list[list[WaitRow]]:
        found = await list_waits_of(member_ids)
        return [found.get(one, []) for one in member_ids]

    async def _open_sources(self, member_ids: list[UUID]) -> list[list[SubscriptionRow]]:
        found = await list_open_sources(member_ids)
        return [found.get(one, []) for one in member_ids]

    async def access_of_viewer(self, organization: OrganizationFacts) -> Access:
        """The access that the actor has as a member there; without being one, NONE."""
        member_id = self.actor.member_in(organization.id)
        row = await self.members.load(member_id) if member_id is not None else None
        return await self.access.load(row) if row is not None else Access.NONE

    async def permissions_of_viewer(self, organization: OrganizationFacts) -> frozenset[Permission]:
        """What the actor may do there now; who is no member looks at the tracker, and changes nothing in it."""
        standing = self.actor.standing_in(organization.id)
        if standing.member_id is not None:
            access = await self.access_of_viewer(organization)
            return permissions_now(standing.permissions, access, organization.state)
        return permissions_of_others(standing.permissions, [organization.state])

    async def permissions_anywhere(self) -> frozenset[Permission]:
        """What the actor may do now in some organization, or bound to none."""
        as_members = await self.organizations.load_many(self.actor.member_organizations)
        held = [await self.permissions_of_viewer(one) for one in as_members if one is not None]
        return frozenset().union(self.actor.own, await list_permissions_of_others(self.actor), *held)

    async def sources_seen(self, member: MemberRow) -> list[SubscriptionRow]:
        """What seats a member now, as far as the actor may see it."""
        return await self.open_sources.load(member.id) if self._sees_seat_of(member) else []

    def _sees_seat_of(self, member: MemberRow) -> bool:
        return OWN_SEATS.is_met(self.actor, member.organization_id, member.id)

    async def _exports(self, ids: list[UUID]) -> list[ExportRow | None]:
        found = {row.id: row for row in await find_exports(ids) if may_take(self.actor, row)}
        return [found.get(one) for one in ids]

    async def _tombstones(self, organization_ids: list[UUID]) -> list[TombstoneRow | None]:
        found = {row.organization_id: row for row in await find_tombstones(organization_ids)}
        return [found.get(one) for one in organization_ids]

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
        self._seated |= {member.id: member.id in found for member in members}
        return [found.get(member.id) for member in members]

    async def _last_seats(self, members: list[MemberRow]) -> list[SeatSpanRow | None]:
        found: dict[UUID, SeatSpanRow] = {}
        for own in _by_organization(members):
            organization = await self.organization_of(own[0])
            timeline = await list_timeline(organization)
            ids = [member.id for member in own]
            found |= await find_last_spans(organization.id, timeline, self.policies.grace, ids)
        return [found.get(member.id) for member in members]

    async def _subscription_counts(self, ids: list[UUID]) -> list[tuple[int, int]]:
        found = await count_by_subscription(ids)
        return [found[one] for one in ids]

    async def _span_ends(self, ends: list[tuple[UUID, datetime]]) -> list[SpanEnd | None]:
        found = await find_span_ends(ends)
        return [found.get(end) for end in ends]


def _with_default(
    find: Callable[[Sequence[UUID]], Awaitable[Mapping[UUID, Value]]], default: Value
) -> Callable[[list[UUID]], Awaitable[list[Value]]]:
    async def load(ids: list[UUID]) -> list[Value]:
        found = await find(ids)
        return [found.get(one, default) for one in ids]

    return load


def _by_own_id(
    find: Callable[[Sequence[OwnId]], Awaitable[Mapping[UUID, list[Row]]]],
) -> Callable[[list[OwnId]], Awaitable[list[list[Row]]]]:
    async def load(ids: list[OwnId]) -> list[list[Row]]:
        found = await find(ids)
        return [found.get(one, []) for _, one in ids]

    return load


async def _verifications(invoice_ids: list[UUID]) -> list[Verification]:
    """Of invoices that were reached already."""
    found = await verify_invoices(await find_invoices(invoice_ids))
    return [found[one] for one in invoice_ids]


async def _explanations(invoice_ids: list[UUID]) -> list[list[str]]:
    """Of invoices that were reached already."""
    found = await explain_invoices(await find_invoices(invoice_ids))
    return [found[one] for one in invoice_ids]


async def _credit_notes_of(invoice_ids: list[UUID]) -> list[list[CreditNoteRow]]:
    found: dict[UUID, list[CreditNoteRow]] = defaultdict(list)
    for row in await list_credit_notes(invoice_ids):
        found[row.invoice_id].append(row)
    return [found[one] for one in invoice_ids]


async def _children(asked: list[tuple[UUID, int]]) -> list[list[DepartmentRow]]:
    """The first so many children of each department: one statement, for the most that is asked of any."""
    found = await departments.list_children([parent_id for parent_id, _ in asked], max(limit for _, limit in asked))
    return [found.get(parent_id, [])[:limit] for parent_id, limit in asked]


def _by_organization(members: Sequence[MemberRow]) -> list[list[MemberRow]]:
    grouped: dict[UUID, list[MemberRow]] = defaultdict(list)
    for member in members:
        grouped[member.organization_id].append(member)
    return list(grouped.values())
