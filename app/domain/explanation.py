"""Why an invoice says what it says, in sentences for people (R4.5, R5.6)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from app.domain.discounts import DiscountKind
from app.domain.documents import ClosedMonth, Json, read_document
from app.domain.instants import clock_text
from app.domain.pricing import line_name
from app.domain.seats import charged_interval


@dataclass(frozen=True, slots=True)
class Rise:
    """What raised the peak: who, what they did in the ledger's words ("25 subscribed"), and the seats just before."""

    actor: str
    description: str
    seats_before: int


def explain_invoice(document: Json, rise: Rise | None) -> list[str]:
    """Every amount and the peak, from the document alone; `rise` is None for a peak that was carried in, or whose
    ledger is gone. Raises: UnreadableError when it is no document of an invoice."""
    month = read_document(document)
    currency = month.currency
    sentences = [*_peak(month, rise), *_suspensions(month)]
    sentences += [_line(line, month) for line in document["lines"]]
    sentences += [_discount(discount, currency) for discount in document["discounts"]]
    return [*sentences, _total(document, currency), *_replaced(document)]


def _peak(month: ClosedMonth, rise: Rise | None) -> Iterable[str]:
    peak, period = month.peak, month.period
    if peak.reached_at is None:
        yield "Nobody held a seat."
        return
    since = _when(peak.reached_at, period.time_zone)
    yield f"{_seats(peak.seats)} held from {since}, the most at once in {period.month}."
    charged = charged_interval(period.starts_at, period.ends_at, month.trial_ends_at)
    if rise is not None:
        yield f"Raised from {rise.seats_before} by {rise.actor} ({rise.description})."
    elif charged is not None and peak.reached_at == charged.since:
        began = "the month began" if charged.since == period.starts_at else "the trial ended"
        yield f"They were held already when {began}."
    elif any(gap.until == peak.reached_at for gap in month.suspended or ()):
        yield "They were held already when the suspension ended."
    yield from _lists(month)


def _lists(month: ClosedMonth) -> Iterable[str]:
    """Which list prices the month, and why that one where several could."""
    lists = (month.terms.prices, *month.terms.alternatives)
    prices = next((one for one in lists if one.id == month.priced_by), month.terms.prices)
    why = f", the cheapest of {len(lists)} that were agreed" if len(lists) > 1 else ""
    free = f"with more than {prices.free_threshold} " if prices.free_threshold else ""
    yield f"The list is {prices.name!r}{why}; {free}every seat is charged."


def _suspensions(month: ClosedMonth) -> Iterable[str]:
    for one in month.suspended or ():
        until = _when(one.until, month.period.time_zone) if one.until is not None else "past the end of the month"
        yield f"Suspended from {_when(one.since, month.period.time_zone)} to {until}: no seat counts then."


def _line(line: Json, month: ClosedMonth) -> str:
    flat = f" + {line['flatAmount']} for the tier" if line["flatAmount"] != "0" else ""
    charged, whole = month.terms.charged_share
    share = f", {Decimal(charged) / whole:.2%} of it for the time after the trial" if charged != whole else ""
    cost = f"{line['amount']} {month.currency}"
    return f"{line_name(line['description'])}: {line['quantity']} × {line['unitPrice']}{flat}{share} = {cost}."


def _discount(discount: Json, currency: str) -> str:
    why = {
        DiscountKind.LEGACY.value: "for an organization that was there before the list",
        DiscountKind.PROMO.value: "by the code that was redeemed",
    }[discount["kind"]]
    return f"{discount['description']}: {discount['amount']} {currency} less, {why}."


def _total(document: Json, currency: str) -> str:
    vat = document["vat"]
    where = "inside" if vat["included"] else "on top"
    return f"Total {document['total']} {currency}: {vat['net']} + {vat['amount']} VAT at {vat['rate']} %, {where}."


def _replaced(document: Json) -> Iterable[str]:
    replaced: dict[str, Any] | None = document.get("replaces")
    if replaced is not None:
        yield f"It replaces the invoice {replaced['number']}."


def _seats(seats: int) -> str:
    return "1 seat was" if seats == 1 else f"{seats} seats were"


def _when(instant: datetime, time_zone: str) -> str:
    return f"{_plain(instant.astimezone(UTC))} UTC ({_plain(instant.astimezone(ZoneInfo(time_zone)))} {time_zone})"


def _plain(instant: datetime) -> str:
    """Day and time for people; the document has the instant to the microsecond."""
    return f"{instant.date().isoformat()} {clock_text(instant)}"
