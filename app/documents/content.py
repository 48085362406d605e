"""What stands on a document: values only, found by `loading.py` and drawn by the rest of the room."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import Enum
from fractions import Fraction

from app.domain.bookkeeping import AccountStatement
from app.domain.errors import invalid
from app.domain.quarter import Quarter
from app.domain.seats import Interval


class Language(Enum):
    """What a document is written in."""

    EN = "en"
    RU = "ru"


def parse_language(text: str | None, *path: str) -> Language:
    """English when nothing is said. Raises: DomainError INVALID_INPUT for a language that we do not write."""
    try:
        return Language(text) if text is not None else Language.EN
    except ValueError:
        raise invalid(f"{text!r} is not a language of documents: en or ru.", *path) from None


@dataclass(frozen=True, slots=True)
class Issuer:
    """Who documents are from; what was not set is empty. Their dates are those of its zone."""

    name: str
    tax_number: str
    address: str
    bank_details: str
    time_zone: str


@dataclass(frozen=True, slots=True)
class Payer:
    """Who pays, as it was when the document was issued."""

    legal_name: str
    kind: str
    tax_number: str
    address: str
    bank_details: str


@dataclass(frozen=True, slots=True)
class PaperLine:
    """So many seats of one tier. Only `amount` is rounded; the prices have up to 6 decimals."""

    description: str
    quantity: int
    unit_price: Decimal
    flat_amount: Decimal
    amount: Decimal


@dataclass(frozen=True, slots=True)
class PaperDiscount:
    """What was taken off, and why; the amount is positive."""

    description: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class PaperVat:
    """`rate` in percent; `included` in the prices, or on top of them."""

    rate: Decimal
    included: bool
    net: Decimal
    amount: Decimal


@dataclass(frozen=True, slots=True)
class PeakCause:
    """The change that raised the peak: by whom and whom it seated, as ids. Names are on no document (R1.10)."""

    actor: str
    description: str
    member_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PaperPeak:
    """The peak that is charged. Without `cause` nobody was seated at its instant (`is_carried`), or it is not known
    any more, because the ledger is gone."""

    seats: int
    reached_at: datetime
    cause: PeakCause | None
    is_carried: bool


@dataclass(frozen=True, slots=True)
class SeatChart:
    """A month as steps: from each instant on so many hold a seat. The first is the period's start.

    `suspended` are stretches of the month, apart and in order; nobody counts there, and the steps say so.
    """

    starts_at: datetime
    ends_at: datetime
    time_zone: str
    steps: tuple[tuple[datetime, int], ...]
    peak_seats: int
    peak_at: datetime
    free_threshold: int
    suspended: tuple[tuple[datetime, datetime], ...]


@dataclass(frozen=True, slots=True)
class Credit:
    """A credit note that was issued to an invoice."""

    number: str
    issued_at: datetime
    amount: Decimal


@dataclass(frozen=True, slots=True)
class InvoicePaper:
    """An invoice, all of whose amounts are in `currency`. `charged_share` is what of each line is charged (R4.6);
    `suspended` is as the document has it: from when to when, None past the period's end."""

    number: str
    issued_at: datetime
    due_at: datetime
    month: str
    starts_at: datetime
    ends_at: datetime
    time_zone: str
    currency: str
    issuer: Issuer
    payer: Payer
    price_list: str
    free_threshold: int
    charged_share: Fraction
    lines: tuple[PaperLine, ...]
    subtotal: Decimal
    discounts: tuple[PaperDiscount, ...]
    vat: PaperVat
    total: Decimal
    peak: PaperPeak
    suspended: tuple[Interval, ...]
    chart: SeatChart | None
    digest: str
    replaces: str | None
    replaced_by: str | None
    credits: tuple[Credit, ...]

    @property
    def is_void(self) -> bool:
        """Whether credit notes have taken back all of it (R5.5)."""
        return bool(self.credits) and sum(one.amount for one in self.credits) >= self.total


@dataclass(frozen=True, slots=True)
class CreditNotePaper:
    """A credit note; `amount` is positive, and printed as what it takes off."""

    number: str
    issued_at: datetime
    invoice_number: str
    invoice_issued_at: datetime
    month: str
    currency: str
    issuer: Issuer
    payer: Payer
    reason: str
    amount: Decimal
    vat: PaperVat
    digest: str


@dataclass(frozen=True, slots=True)
class AccountPaper:
    """The account of a quarter; `until` is its end, or the organization's now while it lasts."""

    quarter: Quarter
    since: datetime
    until: datetime
    is_running: bool
    time_zone: str
    currency: str
    issuer: Issuer
    payer: Payer | None
    organization: str
    account: AccountStatement
