"""What an organization owes: payments settle its invoices, oldest first; the rest is balance (R6.2, R6.3)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import Enum
from uuid import UUID

from app.domain.errors import invalid
from app.domain.money import Money, check_decimals

MOST_PAID = Decimal(10) ** 15
"""No payment is of so much or more, in any currency."""


@dataclass(frozen=True, slots=True)
class Receivable:
    """An invoice on the account, and what credit notes took back of it; in the organization's currency."""

    invoice_id: UUID
    total: Decimal
    credited: Decimal

    @property
    def due(self) -> Decimal:
        """What of it is to be paid."""
        return self.total - self.credited


@dataclass(frozen=True, slots=True)
class Receipt:
    """A payment that was not reversed; in the organization's currency."""

    payment_id: UUID
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Allocation:
    """So much of an invoice is paid by that payment."""

    payment_id: UUID
    invoice_id: UUID
    amount: Decimal


class InvoiceNotice(Enum):
    """What owners and admins are told about an unpaid invoice, each once, in this order (R6.3)."""

    INVOICE_DUE_IN_7_DAYS = "INVOICE_DUE_IN_7_DAYS"
    INVOICE_DUE_IN_1_DAY = "INVOICE_DUE_IN_1_DAY"
    INVOICE_OVERDUE = "INVOICE_OVERDUE"


INVOICE_NOTICE_OFFSETS = {
    InvoiceNotice.INVOICE_DUE_IN_7_DAYS: timedelta(days=-7),
    InvoiceNotice.INVOICE_DUE_IN_1_DAY: timedelta(days=-1),
    InvoiceNotice.INVOICE_OVERDUE: timedelta(0),
}
"""When each is due, from when the invoice is to be paid by."""


def allocate(receipts: Sequence[Receipt], receivables: Sequence[Receivable]) -> list[Allocation]:
    """Which payment pays how much of which invoice: the first payment begins with the first invoice, and so on.

    Both oldest first: payments by when they were received, invoices by when they were issued. What is left of the
    payments is balance; what is left of the invoices is unpaid (R6.2).
    """
    allocated = []
    waiting = [(one.invoice_id, one.due) for one in reversed(receivables)]
    for receipt in receipts:
        left = receipt.amount
        while left > 0 and waiting:
            invoice_id, due = waiting.pop()
            amount = min(left, due)
            left -= amount
            if amount > 0:
                allocated.append(Allocation(receipt.payment_id, invoice_id, amount))
            if amount < due:
                waiting.append((invoice_id, due - amount))
    return allocated


def balance(receipts: Sequence[Receipt], receivables: Sequence[Receivable]) -> Decimal:
    """What was paid and credited less what was billed: below zero while something is unpaid (R6.2)."""
    return sum((one.amount for one in receipts), Decimal(0)) - sum((one.due for one in receivables), Decimal(0))


def invoice_notice_due_at(notice: InvoiceNotice, due_at: datetime) -> datetime:
    """When a notice about an invoice that is to be paid by `due_at` is due."""
    return due_at + INVOICE_NOTICE_OFFSETS[notice]


def due_invoice_notice(due_at: datetime, instant: datetime, written: Collection[InvoiceNotice]) -> InvoiceNotice | None:
    """What to tell now about an unpaid invoice: of several overdue notices only the last, each once (R6.3)."""
    overdue = [notice for notice in InvoiceNotice if invoice_notice_due_at(notice, due_at) <= instant]
    return overdue[-1] if overdue and overdue[-1] not in written else None


def check_amount(amount: Decimal, currency: str, *path: str) -> Decimal:
    """An amount that can have been paid: above zero, with the currency's decimals.

    Raises: DomainError INVALID_INPUT.
    """
    if not amount.is_finite() or not 0 < amount < MOST_PAID:
        raise invalid("An amount paid is above 0 and below 1 000 000 000 000 000.", *path)
    return Money(check_decimals(amount, currency, *path), currency).rounded().amount
