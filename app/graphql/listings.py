"""The lists that can be paged through: what each is ordered by, and where its rows come from."""

from dataclasses import replace
from datetime import datetime
from uuid import NAMESPACE_OID, UUID, uuid5

from app.billing.accounts import PaymentRow, count_payments, list_payments
from app.billing.queries import (
    InvoiceFilter,
    InvoiceRow,
    StatementRow,
    count_invoices,
    count_statements,
    list_invoices,
    list_statements,
)
from app.clocks.queries import count_test_clocks, list_test_clocks
from app.delivery.webhook_rows import DeliveryRow, count_deliveries, list_deliveries
from app.directory.departments import DepartmentRow, count_departments, list_departments
from app.directory.queries import MemberFilter, MemberOrder, MemberRow, count_members, list_members
from app.directory.teams import TeamRow, count_teams, list_teams
from app.domain.actor import Actor
from app.domain.audit import AuditEntry
from app.domain.period import Month
from app.domain.policies import Policies
from app.domain.promo_codes import PromoCode
from app.domain.unset import Unset
from app.domain.webhooks import DeliveryStatus
from app.events.audit import AuditFilter, count_audit, list_audit
from app.graphql.connections import Listing
from app.identity.partner_keys import (
    PartnerKeyRow,
    count_managed,
    count_partner_keys,
    list_managed,
    list_partner_keys,
)
from app.organizations.listing import (
    EVERY_ORGANIZATION,
    OrganizationFilter,
    OrganizationOrder,
    count_organizations,
    list_organizations,
)
from app.organizations.queries import OrganizationFacts, TestClockFacts, choose_period, list_timeline
from app.seats.queries import (
    SeatSpanRow,
    SubscriptionRow,
    count_spans,
    count_subscriptions,
    list_spans,
    list_subscriptions,
)
from app.seats.requests import SeatRequestRow, count_requests, list_requests
from app.seats.waiting import WaitRow, count_waits, list_waiting
from app.terms.promo_codes import count_promo_codes, list_promo_codes


def members_of(
    organization_id: UUID, wanted: MemberFilter, order: MemberOrder = MemberOrder.NAME_ASC
) -> Listing[MemberRow]:
    return Listing(
        f"members:{order.value}",
        organization_id,
        (lambda row: (row.name, row.id)) if order.is_by_name else (lambda row: (row.created_at, row.id)),
        (str, UUID) if order.is_by_name else (datetime, UUID),
        lambda page: list_members(organization_id, wanted, order, page),
        lambda: count_members(organization_id, wanted),
    )


def members_of_team(team: TeamRow) -> Listing[MemberRow]:
    wanted = MemberFilter(team_id=team.id)
    return replace(members_of(team.organization_id, wanted), name="teamMembers", scope=team.id)


def departments_of(organization_id: UUID, parent_id: UUID | Unset | None) -> Listing[DepartmentRow]:
    return Listing(
        "departments",
        organization_id,
        lambda row: (row.name, row.id),
        (str, UUID),
        lambda page: list_departments(organization_id, parent_id, page),
        lambda: count_departments(organization_id, parent_id),
    )


def teams_of(organization_id: UUID) -> Listing[TeamRow]:
    return Listing(
        "teams",
        organization_id,
        lambda row: (row.name, row.id),
        (str, UUID),
        lambda page: list_teams(organization_id, page),
        lambda: count_teams(organization_id),
    )


def statements_of(organization_id: UUID) -> Listing[StatementRow]:
    return Listing(
        "statements",
        organization_id,
        lambda row: (row.starts_at, row.id),
        (datetime, UUID),
        lambda page: list_statements(organization_id, page),
        lambda: count_statements(organization_id),
    )


def invoices_of(organization_id: UUID, wanted: InvoiceFilter) -> Listing[InvoiceRow]:
    return Listing(
        "invoices",
        organization_id,
        lambda row: (row.issued_at, row.id),
        (datetime, UUID),
        lambda page: list_invoices(organization_id, page, wanted),
        lambda: count_invoices(organization_id, wanted),
    )


def payments_of(organization_id: UUID) -> Listing[PaymentRow]:
    return Listing(
        "payments",
        organization_id,
        lambda row: (row.received_at, row.recorded_at, row.id),
        (datetime, datetime, UUID),
        lambda page: list_payments(organization_id, page),
        lambda: count_payments(organization_id),
    )


async def spans_of(
    organization: OrganizationFacts, month: Month | None, member_id: UUID | None, policies: Policies
) -> Listing[SeatSpanRow]:
    """All spans, or those that touch a month, or one member's.

    Raises: DomainError NOT_FOUND for a month that the organization has no period of.
    """
    periods = await list_timeline(organization)
    within = choose_period(periods, month, organization.now) if month is not None else None
    members = [member_id] if member_id is not None else None
    return Listing(
        "seatSpans",
        organization.id,
        lambda row: (row.granted_at, row.member_id),
        (datetime, UUID),
        lambda page: list_spans(organization.id, periods, policies.grace, page, within=within, member_ids=members),
        lambda: count_spans(organization.id, within=within, member_ids=members),
    )


def subscriptions_of(organization_id: UUID, is_in_force: bool | None) -> Listing[SubscriptionRow]:
    return Listing(
        "seatSubscriptions",
        organization_id,
        lambda row: (row.created_at, row.id),
        (datetime, UUID),
        lambda page: list_subscriptions(organization_id, page, is_in_force=is_in_force),
        lambda: count_subscriptions(organization_id, is_in_force=is_in_force),
    )


def seat_requests_of(organization_id: UUID) -> Listing[SeatRequestRow]:
    return Listing(
        "seatRequests",
        organization_id,
        lambda row: (row.at, row.id),
        (datetime, UUID),
        lambda page: list_requests(organization_id, page),
        lambda: count_requests(organization_id),
    )


def audit_of(organization_id: UUID, wanted: AuditFilter) -> Listing[AuditEntry]:
    return Listing(
        "auditLog",
        organization_id,
        lambda row: (row.sequence,),
        (int,),
        lambda page: list_audit(organization_id, wanted, page),
        lambda: count_audit(organization_id, wanted),
    )


def waiting_of(organization_id: UUID) -> Listing[WaitRow]:
    return Listing(
        "waiting",
        organization_id,
        lambda row: (row.since, row.id),
        (datetime, UUID),
        lambda page: list_waiting(organization_id, page),
        lambda: count_waits(organization_id),
    )


def organizations_of(
    actor: Actor, wanted: OrganizationFilter, order: OrganizationOrder = OrganizationOrder.CREATED_AT_ASC
) -> Listing[OrganizationFacts]:
    """Those of the actor: a cursor is a place in an order, and leads nobody to what they do not reach."""
    return Listing(
        f"organizations:{order.value}",
        UUID(int=0),
        (lambda row: (row.name, row.id)) if order.is_by_name else (lambda row: (row.created_at, row.id)),
        (str, UUID) if order.is_by_name else (datetime, UUID),
        lambda page: list_organizations(actor, wanted, order, page),
        lambda: count_organizations(actor, wanted),
    )


def organizations_on(actor: Actor, test_clock_id: UUID) -> Listing[OrganizationFacts]:
    listing = organizations_of(actor, OrganizationFilter(test_clock_id=test_clock_id))
    return replace(listing, name="testClockOrganizations", scope=test_clock_id)


def organizations_reached(actor: Actor) -> Listing[OrganizationFacts]:
    return replace(
        organizations_of(actor, EVERY_ORGANIZATION), name="viewerOrganizations", scope=uuid5(NAMESPACE_OID, actor.name)
    )


def organizations_managed(partner_key_id: UUID) -> Listing[OrganizationFacts]:
    return Listing(
        "partnerKeyOrganizations",
        partner_key_id,
        lambda row: (row.created_at, row.id),
        (datetime, UUID),
        lambda page: list_managed(partner_key_id, page),
        lambda: count_managed(partner_key_id),
    )


def partner_keys_made(actor: Actor) -> Listing[PartnerKeyRow]:
    return Listing(
        "partnerKeys",
        UUID(int=0),
        lambda row: (row.created_at, row.id),
        (datetime, UUID),
        lambda page: list_partner_keys(actor, page),
        count_partner_keys,
    )


def deliveries_of(actor: Actor, webhook_id: UUID, status: DeliveryStatus | None) -> Listing[DeliveryRow]:
    return Listing(
        f"webhookDeliveries:{status.value if status is not None else ''}",
        webhook_id,
        lambda row: (row.created_at, row.id),
        (datetime, UUID),
        lambda page: list_deliveries(actor, webhook_id, status, page),
        lambda: count_deliveries(actor, webhook_id, status),
    )


def test_clocks_made(actor: Actor) -> Listing[TestClockFacts]:
    """Those of the actor: a cursor leads nobody to what they do not reach."""
    return Listing(
        "testClocks",
        UUID(int=0),
        lambda row: (row.created_at, row.id),
        (datetime, UUID),
        lambda page: list_test_clocks(actor, page),
        lambda: count_test_clocks(actor),
    )


def promo_codes_made(actor: Actor) -> Listing[PromoCode]:
    return Listing(
        "promoCodes",
        UUID(int=0),
        lambda row: (row.created_at, row.id),
        (datetime, UUID),
        lambda page: list_promo_codes(actor, page),
        count_promo_codes,
    )
