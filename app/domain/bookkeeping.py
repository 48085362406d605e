"""An organization's account: what was billed, credited and paid, in order, and what stays unpaid (R6.2)."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import Enum

ZERO = Decimal(0)


class EntryKind(Enum):
    INVOICE = "INVOICE"
    CREDIT_NOTE = "CREDIT_NOTE"
    PAYMENT = "PAYMENT"
    REVERSAL = "REVERSAL"


RAISES = frozenset({EntryKind.CREDIT_NOTE, EntryKind.PAYMENT})
"""What raises the balance; invoices and reversals of payments lower it."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One booking. `reference` is the document's number, or the payment's reference; `amount` is positive.

    `due_at` is an invoice's, `about` the number of the invoice that a credit note is of.
    """

    kind: EntryKind
    at: datetime
    reference: str
    amount: Decimal
    due_at: datetime | None = None
    about: str | None = None

    @property
    def change(self) -> Decimal:
        """What it does to the balance."""
        return self.amount if self.kind in RAISES else -self.amount


@dataclass(frozen=True, slots=True)
class Unpaid:
    """What is still to be paid of an invoice."""

    reference: str
    due_at: datetime
    amount: Decimal


@dataclass(frozen=True, slots=True)
class AccountStatement:
    """`lines` are the entries of the stretch in order, each with the balance after it."""

    opening: Decimal
    lines: tuple[tuple[Entry, Decimal], ...]
    closing: Decimal
    unpaid: tuple[Unpaid, ...]


def state_account(entries: Sequence[Entry], since: datetime, until: datetime) -> AccountStatement:
    """The account over [since, until): entries of an organization from its first on, in any order.

    What is unpaid is so at the end: payments that stand then cover the oldest invoice first, less its credits.
    """
    known = sorted((entry for entry in entries if entry.at < until), key=_order)
    opening = sum((entry.change for entry in known if entry.at < since), ZERO)
    balance = opening
    lines: list[tuple[Entry, Decimal]] = []
    for entry in known:
        if entry.at >= since:
            balance += entry.change
            lines.append((entry, balance))
    return AccountStatement(opening, tuple(lines), balance, tuple(_unpaid(known)))


def _order(entry: Entry) -> tuple[datetime, int, str]:
    """An invoice before what settles it, when both are of one instant."""
    return entry.at, list(EntryKind).index(entry.kind), entry.reference


def _unpaid(known: Sequence[Entry]) -> list[Unpaid]:
    """Of the invoices up to the end of `known`, oldest first."""
    paid = sum((entry.change for entry in known if entry.kind in (EntryKind.PAYMENT, EntryKind.REVERSAL)), ZERO)
    credited: dict[str | None, Decimal] = defaultdict(Decimal)
    for note in (entry for entry in known if entry.kind is EntryKind.CREDIT_NOTE):
        credited[note.about] += note.amount
    unpaid: list[Unpaid] = []
    for invoice in (entry for entry in known if entry.kind is EntryKind.INVOICE):
        due = invoice.amount - credited[invoice.reference]
        covered = min(due, paid)
        paid -= covered
        if due > covered:
            assert invoice.due_at is not None, "an invoice is due one day"
            unpaid.append(Unpaid(invoice.reference, invoice.due_at, due - covered))
    return unpaid
