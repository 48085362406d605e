"""Reading accounts: what invoices still lack, what was paid, and which payment settled what (R6.2)."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from app import db
from app.domain.invoice import InvoiceState, closes_at, invoice_state
from app.domain.lifecycle import OrganizationState
from app.domain.money import Money
from app.domain.paging import PageRequest
from app.organizations.queries import OrganizationFacts, list_periods

OwnId = tuple[UUID, UUID]
"""An organization's id, and that of a row of its: accounts are asked for by organization."""


@dataclass(frozen=True, slots=True)
class InvoiceAccount:
    """What became of an invoice by its organization's clock (`now`); amounts in its currency."""

    id: UUID
    organization_id: UUID
    number: str
    due_at: datetime
    currency: str
    total: Decimal
    credited: Decimal
    paid: Decimal
    now: datetime

    @property
    def due(self) -> Decimal:
        """What of it is to be paid: all that was not credited."""
        return self.total - self.credited

    @property
    def outstanding(self) -> Decimal:
        """What is still to be paid."""
        return self.due - self.paid

    @property
    def state(self) -> InvoiceState:
        return self.state_at(self.now)

    def state_at(self, instant: datetime) -> InvoiceState:
        return invoice_state(self.total, self.credited, self.paid, self.due_at, instant)


@dataclass(frozen=True, slots=True)
class PaymentRow:
    """A payment; the three last are None unless it was reversed."""

    id: UUID
    organization_id: UUID
    amount: Decimal
    currency: str
    received_at: datetime
    external_reference: str
    recorded_at: datetime
    recorded_by: str
    reversal_reason: str | None
    reversed_at: datetime | None
    reversed_by: str | None


@dataclass(frozen=True, slots=True)
class AllocationRow:
    """So much of an invoice is settled by that payment."""

    organization_id: UUID
    payment_id: UUID
    invoice_id: UUID
    amount: Decimal
    currency: str


_ACCOUNTS = """
    SELECT account.id, account.organization_id, invoice.number, account.due_at, account.currency, account.total,
           account.credited, account.paid, facts.now
    FROM (SELECT id, now FROM organization_facts WHERE id = ANY($1) OFFSET 0) AS facts
    CROSS JOIN LATERAL (SELECT * FROM invoice_accounts WHERE organization_id = facts.id OFFSET 0) AS account
    JOIN invoices AS invoice ON invoice.id = account.id
"""
"""For one organization after another, or the view would be worked out for all there are."""
_PAYMENTS = """
    SELECT payment.id, payment.organization_id, payment.amount, payment.currency, payment.received_at,
           payment.external_reference, payment.recorded_at, payment.recorded_by,
           reversal.reason AS reversal_reason, reversal.reversed_at, reversal.reversed_by
    FROM payments AS payment LEFT JOIN payment_reversals AS reversal ON reversal.payment_id = payment.id
"""
_ALLOCATIONS = """
    SELECT allocation.organization_id, payment_id, invoice_id, allocation.amount, payment.currency
    FROM unnest($1::uuid[]) AS asked (id)
    CROSS JOIN LATERAL (SELECT * FROM payment_allocations WHERE organization_id = asked.id OFFSET 0) AS allocation
    JOIN payments AS payment ON payment.id = allocation.payment_id
    JOIN invoices AS invoice ON invoice.id = allocation.invoice_id
    WHERE {} = ANY($2)
    ORDER BY payment.received_at, payment.recorded_at, payment.id, invoice.issued_at, invoice.number_in_year
"""


async def list_accounts(organization_ids: Sequence[UUID]) -> list[InvoiceAccount]:
    """The accounts of every invoice of the organizations, oldest first."""
    rows = await db.fetch(
        f"{_ACCOUNTS} ORDER BY account.organization_id, account.issued_at, invoice.year, invoice.number_in_year",
        list(organization_ids),
    )
    return [_account(row) for row in rows]


async def find_accounts(invoices: Collection[OwnId]) -> dict[UUID, InvoiceAccount]:
    """By invoice: one statement."""
    rows = await db.fetch(f"{_ACCOUNTS} WHERE account.id = ANY($2)", *_split(invoices))
    return {row["id"]: _account(row) for row in rows}


async def find_overdue(organization: OrganizationFacts) -> Decimal:
    """What is still to be paid of invoices that are overdue."""
    accounts = await list_accounts([organization.id])
    return sum((one.outstanding for one in accounts if one.state is InvoiceState.OVERDUE), Decimal(0))


async def find_next_charge(organization: OrganizationFacts, grace: timedelta) -> datetime | None:
    """When the first period closes that anything can be charged for: the open one, or that in which the trial ends.

    None for an organization that was not activated, is closed, or is or is being purged.
    """
    trial_ends_at = organization.lifecycle.trial_ends_at
    gone = (OrganizationState.CLOSED, OrganizationState.PURGING, OrganizationState.PURGED)
    if trial_ends_at is None or organization.state in gone:
        return None
    recorded = (await list_periods([organization.id]))[organization.id]
    opened = (await list_periods([organization.id], only_open=True))[organization.id]
    period = opened[0] if opened else organization.period_after(recorded[-1])
    while period.ends_at <= trial_ends_at:
        period = organization.period_after(period)
    return closes_at(period, grace)


async def list_payments(organization_id: UUID, page: PageRequest) -> list[PaymentRow]:
    """In the order in which they settle: by when they were received."""
    rows = await db.fetch_page(
        _PAYMENTS + "WHERE payment.organization_id = $1",
        "true",
        ("received_at", "recorded_at", "id"),
        page,
        organization_id,
    )
    return [_payment(row) for row in rows]


async def count_payments(organization_id: UUID) -> int:
    return await db.count("SELECT 1 FROM payments WHERE organization_id = $1", organization_id)


async def find_payments(payment_ids: Sequence[UUID]) -> list[PaymentRow]:
    rows = await db.fetch(_PAYMENTS + "WHERE payment.id = ANY($1)", list(payment_ids))
    return [_payment(row) for row in rows]


async def list_allocations_to(invoices: Collection[OwnId]) -> dict[UUID, list[AllocationRow]]:
    """What settled each invoice, the first payment first: one statement."""
    found: dict[UUID, list[AllocationRow]] = defaultdict(list)
    for row in await db.fetch(_ALLOCATIONS.format("invoice_id"), *_split(invoices)):
        found[row["invoice_id"]].append(_allocation(row))
    return found


async def list_allocations_of(payments: Collection[OwnId]) -> dict[UUID, list[AllocationRow]]:
    """What each payment settled, the oldest invoice first: one statement."""
    found: dict[UUID, list[AllocationRow]] = defaultdict(list)
    for row in await db.fetch(_ALLOCATIONS.format("payment_id"), *_split(payments)):
        found[row["payment_id"]].append(_allocation(row))
    return found


def _account(row: db.Row) -> InvoiceAccount:
    return InvoiceAccount(**_with_decimals(row, "total", "credited", "paid"))


def _payment(row: db.Row) -> PaymentRow:
    return PaymentRow(**_with_decimals(row, "amount"))


def _allocation(row: db.Row) -> AllocationRow:
    return AllocationRow(**_with_decimals(row, "amount"))


def _with_decimals(row: db.Row, *amounts: str) -> db.Row:
    """With the decimals of the row's currency, instead of the column's."""
    return row | {name: Money(row[name], row["currency"]).rounded().amount for name in amounts}


def _split(pairs: Collection[OwnId]) -> tuple[list[UUID], list[UUID]]:
    return list({organization_id for organization_id, _ in pairs}), [one for _, one in pairs]
