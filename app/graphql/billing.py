"""Previews, statements and invoices."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any, cast
from uuid import UUID

import strawberry

from app.billing import preview
from app.billing.queries import InvoiceRow, StatementRow
from app.domain import seats as domain_seats
from app.domain.discounts import DiscountKind
from app.domain.invoice import Outcome
from app.domain.period import BillingPeriod, Month, parse_month
from app.graphql.context import Info
from app.graphql.costs import CostsOfInvoice, CostsOfPreview
from app.graphql.documents import InvoiceDocument
from app.graphql.enums import describe_enum
from app.graphql.forecasts import Cliff, LimitDistance, cliff_from, distance_from
from app.graphql.ids import global_id
from app.graphql.invoice_accounts import AccountOfInvoice
from app.graphql.invoice_proof import ProofOfInvoice
from app.graphql.money import Money, money, money_of
from app.graphql.node import Node
from app.graphql.scalars import TimeZone
from app.graphql.seats import Peak, peak_from
from app.graphql.selections import asks_only_for, below
from app.graphql.terms import InvoiceLine, PriceList, Vat, lines_from, price_list_from, vat_from
from app.graphql.what_if import ChangeInput, ImpactOfPreview
from app.organizations.queries import OrganizationFacts, choose_period, list_timeline
from app.seats.timeline import load_peak
from app.words.speaking import said

if TYPE_CHECKING:
    from app.graphql.organization import Organization

describe_enum(
    Outcome,
    "How a closed month ended.",
    {
        "BILLED": "There is something to pay: an invoice was issued.",
        "FREE": "There is nothing to pay.",
        "TRIAL": "The trial covers all of it.",
        "PARKED": "It could not be computed and needs a person.",
    },
    name="StatementOutcome",
)

describe_enum(
    DiscountKind,
    "What an amount is lowered by.",
    {"LEGACY": "The price that an older organization keeps.", "PROMO": "A promo code."},
)


@strawberry.type(description="An amount taken off.")
class InvoiceDiscount:
    kind: DiscountKind = strawberry.field(description="What it is taken off for.")
    description: str = strawberry.field(description="The same, for people.")
    amount: Money = strawberry.field(description="How much is taken off.")


@strawberry.type(description="What a month costs so far, and what it would cost next.")
class InvoicePreview(ImpactOfPreview, CostsOfPreview):
    month: Month = strawberry.field(description="The month.")
    period_start: datetime = strawberry.field(description="When its billing period begins.")
    period_end: datetime = strawberry.field(description="When it ends; that instant is not part of it.")
    time_zone: TimeZone = strawberry.field(description="The time zone that it ends by.")
    price_list: PriceList = strawberry.field(description="The list that prices it.")
    peak: Peak = strawberry.field(description="The peak so far.")
    seats_now: int = strawberry.field(description="How many hold a seat now.")
    in_grace: int = strawberry.field(description="How many of them would still be forgiven if revoked now.")
    undoable: int = strawberry.field(description="How many of them began by a change that can still be undone.")
    lines: list[InvoiceLine] = strawberry.field(description="A line for each tier that the peak reaches.")
    subtotal: Money = strawberry.field(description="The sum of the lines.")
    discounts: list[InvoiceDiscount] = strawberry.field(description="What is taken off.")
    total: Money = strawberry.field(description="What the month costs so far, VAT included.")
    vat: Vat = strawberry.field(description="The VAT in the total.")
    if_nothing_changes: Money = strawberry.field(description="What the month will cost if nothing changes.")
    next_month: Money = strawberry.field(description="What the month after will cost at today's seats.")
    headroom: int = strawberry.field(description="How many more seats do not raise the amount.")
    next_seat_price: Money = strawberry.field(description="What one more seat would add to the month.")
    seats_to_next_tier: int | None = strawberry.field(
        description="How many more seats until the next one falls in another tier; null in the last tier."
    )
    seats_to_limit: int = strawberry.field(description="How many more seats the limit leaves.")
    cliff: Cliff | None = strawberry.field(
        description="Where a month that costs nothing begins to be charged; null where it is passed."
    )
    limits: list[LimitDistance] = strawberry.field(
        description="How far it is to each limit, in the order in which they refuse."
    )


@strawberry.type(description="An issued invoice; it never changes.")
class Invoice(AccountOfInvoice, InvoiceDocument, ProofOfInvoice, CostsOfInvoice, Node):
    number: str = strawberry.field(description="The number, without gaps within the year.")
    month: Month = strawberry.field(description="The month that it charges.")
    issued_at: datetime = strawberry.field(description="When it was issued.")
    due_at: datetime = strawberry.field(description="When it is to be paid by.")
    subtotal: Money = strawberry.field(description="The sum of the lines.")
    total: Money = strawberry.field(description="What is to be paid, VAT included.")
    lines: list[InvoiceLine] = strawberry.field(description="A line for each tier that the peak reaches.")
    discounts: list[InvoiceDiscount] = strawberry.field(description="What was taken off.")
    vat: Vat = strawberry.field(description="The VAT in the total.")
    digest: str = strawberry.field(description="SHA-256 over everything that it was computed from, in hex.")

    @strawberry.field(description="The organization that it charges.")
    async def organization(self, info: Info) -> Annotated["Organization", strawberry.lazy("app.graphql.organization")]:
        from app.graphql.organization import organization_from

        return organization_from(await info.context.loaders.organization_of(self.row))

    @strawberry.field(description="The peak that it charges, with those who held the seats.")
    async def peak(self, info: Info) -> Peak:
        organization = await reached_organization(info, self.row.organization_id)
        peak = peak_of(self.row)
        return peak_from(peak, organization, holders_known(peak.holders))


@strawberry.type(description="How a month ended.")
class Statement(Node):
    month: Month = strawberry.field(description="The month.")
    period_start: datetime = strawberry.field(description="When its billing period began.")
    period_end: datetime = strawberry.field(description="When it ended; that instant is not part of it.")
    outcome: Outcome = strawberry.field(description="How it ended.")
    closed_at: datetime = strawberry.field(description="When it was closed.")
    parked_reason: str | None = strawberry.field(description="Why it is parked; null when it is not.")
    row: strawberry.Private[StatementRow]

    @strawberry.field(description="The organization whose month it is.")
    async def organization(self, info: Info) -> Annotated["Organization", strawberry.lazy("app.graphql.organization")]:
        from app.graphql.organization import organization_from

        return organization_from(await info.context.loaders.organization_of(self.row))

    @strawberry.field(description="The peak; null when it is parked.")
    async def peak(self, info: Info) -> Peak | None:
        if self.row.peak_seats is None:
            return None
        organization = await reached_organization(info, self.row.organization_id)
        peak = domain_seats.Peak(self.row.peak_seats, self.row.peak_reached_at, ())
        period = BillingPeriod(self.month, self.period_start, self.period_end, organization.time_zone)
        return peak_from(peak, organization, holders_at_peak(info, organization, period))

    @strawberry.field(description="The invoice, the last if it was replaced; null when there was nothing to pay.")
    async def invoice(self, info: Info) -> Invoice | None:
        return await load_invoice(info, self.row.invoice_id) if self.row.invoice_id else None


async def load_invoice(info: Info, invoice_id: UUID) -> Invoice:
    """An invoice of something that was reached already."""
    row = await info.context.loaders.invoices.load(invoice_id)
    assert row is not None, "it was reached"
    return invoice_from(row)


async def load_statement(info: Info, statement_id: UUID) -> Statement:
    """A statement that was reached already."""
    row = await info.context.loaders.statements.load(statement_id)
    assert row is not None, "it was reached"
    return statement_from(row)


async def reached_organization(info: Info, organization_id: UUID) -> OrganizationFacts:
    """The organization of a row that was reached already."""
    organization = await info.context.loaders.organizations.load(organization_id)
    assert organization is not None, "the row was reached through its organization"
    return organization


def holders_known(holders: Sequence[UUID]) -> Callable[[], Awaitable[Sequence[UUID]]]:
    async def load() -> Sequence[UUID]:
        return holders

    return load


def holders_found(info: Info, organization: OrganizationFacts, month: Month) -> Callable[[], Awaitable[Sequence[UUID]]]:
    """Found in the ledger when they are asked for."""

    async def load() -> Sequence[UUID]:
        period = choose_period(await list_timeline(organization), month, organization.now)
        return await holders_at_peak(info, organization, period)()

    return load


def holders_at_peak(
    info: Info, organization: OrganizationFacts, period: BillingPeriod
) -> Callable[[], Awaitable[Sequence[UUID]]]:
    """The same for a period that is known: a statement keeps its own, also after a purge."""

    async def load() -> Sequence[UUID]:
        return (await load_peak(organization, period, info.context.policies, with_holders=True)).holders

    return load


def peak_of(row: InvoiceRow) -> domain_seats.Peak:
    peak = row.document["peak"]
    return domain_seats.Peak(
        peak["seats"], datetime.fromisoformat(peak["reachedAt"]), tuple(UUID(one) for one in peak["holders"])
    )


async def load_preview(
    info: Info, organization: OrganizationFacts, month: Month | None, change: ChangeInput | None
) -> InvoicePreview:
    """Of the current month nothing but the impact may be asked for, which finds out for itself what it needs."""
    if month is None and asks_only_for(below(info), "impact"):
        return cast(InvoicePreview, ImpactOfPreview(organization_id=organization.id, change=change))
    return preview_from(await preview.preview_invoice(organization, month, info.context.policies), info, change)


def preview_from(found: preview.InvoicePreview, info: Info, change: ChangeInput | None) -> InvoicePreview:
    draft, period = found.draft, found.period
    holders = holders_found(info, found.organization, period.month)
    return InvoicePreview(
        organization_id=found.organization.id,
        draft_total=draft.total,
        load_holders=holders,
        month=period.month,
        period_start=period.starts_at,
        period_end=period.ends_at,
        time_zone=TimeZone(period.time_zone),
        price_list=price_list_from(found.draft.prices),
        peak=peak_from(found.peak, found.organization, holders),
        seats_now=found.seats_now,
        in_grace=found.in_grace,
        lines=lines_from(draft),
        subtotal=money(draft.subtotal),
        discounts=[
            InvoiceDiscount(kind=one.kind, description=one.description, amount=money(one.amount))
            for one in draft.discounts
        ],
        total=money(draft.total),
        vat=vat_from(draft),
        if_nothing_changes=money(found.if_nothing_changes),
        next_month=money(found.next_month),
        headroom=found.headroom,
        next_seat_price=money(found.next_seat_price),
        seats_to_next_tier=found.seats_to_next_tier,
        seats_to_limit=found.seats_to_limit,
        undoable=found.undoable,
        cliff=cliff_from(found.cliff) if found.cliff is not None else None,
        limits=[distance_from(one) for one in found.limits],
        change=change,
    )


def statement_from(row: StatementRow) -> Statement:
    return Statement(
        id=global_id("Statement", row.id),
        month=parse_month(row.month),
        period_start=row.starts_at,
        period_end=row.ends_at,
        outcome=row.outcome,
        closed_at=row.closed_at,
        parked_reason=said(row.parked_reason) if row.parked_reason is not None else None,
        row=row,
    )


def invoice_from(row: InvoiceRow) -> Invoice:
    document, currency = row.document, row.currency
    return Invoice(
        id=global_id("Invoice", row.id),
        number=row.number,
        month=parse_month(document["month"]),
        issued_at=row.issued_at,
        due_at=row.due_at,
        subtotal=money_of(row.subtotal, currency),
        total=money_of(row.total, currency),
        lines=[_line(line, currency) for line in document["lines"]],
        discounts=[_discount(discount, currency) for discount in document["discounts"]],
        vat=_vat(document["vat"], currency),
        digest=row.digest,
        row=row,
    )


def _line(line: dict[str, Any], currency: str) -> InvoiceLine:
    return InvoiceLine(
        description=line["description"],
        quantity=line["quantity"],
        unit_price=Decimal(line["unitPrice"]),
        flat_amount=Decimal(line["flatAmount"]),
        amount=money_of(Decimal(line["amount"]), currency),
    )


def _discount(discount: dict[str, Any], currency: str) -> InvoiceDiscount:
    return InvoiceDiscount(
        kind=DiscountKind(discount["kind"]),
        description=discount["description"],
        amount=money_of(Decimal(discount["amount"]), currency),
    )


def _vat(vat: dict[str, Any], currency: str) -> Vat:
    return Vat(
        rate=Decimal(vat["rate"]),
        included=vat["included"],
        net=money_of(Decimal(vat["net"]), currency),
        amount=money_of(Decimal(vat["amount"]), currency),
    )
