"""Recomputing an issued invoice from its document and the ledger, and saying what differs (R5.6).

The same comparison serves the database's own verification, whose peak is the one of the SQL definition, and the
offline one, whose peak is this domain's own sweep (R5.1).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from app.domain.documents import (
    ClosedMonth,
    Json,
    UnreadableError,
    amounts_of,
    canonical_json,
    decimal_from,
    digest_of,
    instant_from,
    read_document,
    sha256,
    suspensions_of,
)
from app.domain.instants import instant_text
from app.domain.invoice import draft_invoice, share_charged
from app.domain.money import Money
from app.domain.pricing import line_name
from app.domain.seats import NO_PEAK, Grant, Interval, Peak, charged_interval, counted_spans, find_peak, merge_spans

_AS_PRINTED = {
    "number": "number",
    "issuedAt": "issuedAt",
    "dueAt": "dueAt",
    "currency": "currency",
    "subtotal": "subtotal",
    "total": "total",
}
"""Facts that stand beside the document and inside it, by their names in both. A document of before version 2 lacks
the first three."""


@dataclass(frozen=True, slots=True)
class Verification:
    """`differences` are what was recomputed and is not the same; `unchecked` what could not be recomputed, and why.
    Both are sentences for people."""

    differences: tuple[str, ...]
    unchecked: tuple[str, ...] = ()

    @property
    def is_identical(self) -> bool:
        """Everything was recomputed, and is the same."""
        return not self.differences and not self.unchecked


@dataclass(frozen=True, slots=True)
class LedgerFinding:
    """What the ledger says of a month: the digest of its slice, the suspensions that touch it, and the peak."""

    digest: str
    suspended: tuple[Interval, ...]
    peak: Peak


def verify_invoice(invoice: Json, ledger: LedgerFinding | None) -> list[str]:
    """Every difference of an invoice, as `docs/evidence.md` describes it, from what it was computed from.

    Without the ledger only what stands in the document is recomputed.
    """
    document = invoice["document"]
    differences = list(_digest_differences(invoice))
    try:
        month = read_document(document)
        differences += _printed_differences(invoice)
        differences += _amount_differences(document, month)
        if ledger is not None:
            differences += _ledger_differences(invoice["ledgerDigest"], month, ledger)
    except (ValueError, LookupError, TypeError, AttributeError, ArithmeticError) as error:
        differences.append(f"The document cannot be recomputed: {error}.")
    return differences


def sweep_ledger(lines: Sequence[str], suspended: Sequence[Interval], month: ClosedMonth) -> LedgerFinding:
    """What a slice of the ledger says of the month, by this domain's own sweep. Raises: UnreadableError."""
    period = month.period
    spans = merge_spans(_grants(lines))
    counted = counted_spans(spans, period_starts(month), month.policies.grace)
    charged = charged_interval(period.starts_at, period.ends_at, month.trial_ends_at)
    peak = find_peak(counted, charged, suspended) if charged is not None else NO_PEAK
    return LedgerFinding(sha256("\n".join(lines)), tuple(suspended), peak)


def period_starts(month: ClosedMonth) -> list[datetime]:
    """When the period before, this one and the one after it begin: in each a member is forgiven once (R3.6)."""
    return [month.previous_start, month.period.starts_at, month.period.ends_at]


def _grants(lines: Iterable[str]) -> list[Grant]:
    grants = []
    for place, line in enumerate(lines, 1):
        try:
            subscription, member, granted, revoked = line.split(" ")
            until = instant_from(revoked) if revoked != "-" else None
            grants.append(Grant(UUID(subscription), UUID(member), instant_from(granted), until))
        except (ValueError, AttributeError):
            raise UnreadableError(f"line {place} of the ledger is not a grant") from None
    return grants


def _digest_differences(invoice: Json) -> Iterable[str]:
    said, found = invoice["digest"], digest_of(invoice["document"], invoice["ledgerDigest"])
    if said != found:
        yield f"The digest was {said}; of the document and the ledger's digest as they are it is {found}."


def _printed_differences(invoice: Json) -> Iterable[str]:
    """What stands beside the document must be what the document says."""
    document = invoice["document"]
    for name, within in _AS_PRINTED.items():
        if within in document and not _is_same(invoice[name], document[within]):
            yield f"The invoice's {name} is {invoice[name]}; its document says {document[within]}."
    for name, within in (("vatNet", "net"), ("vatAmount", "amount")):
        if not _is_same(invoice[name], document["vat"][within]):
            yield f"The invoice's {name} is {invoice[name]}; its document says {document['vat'][within]}."
    if invoice["replaces"] != document.get("replaces"):
        yield "The invoice and its document do not say the same of what it replaces."


def _amount_differences(document: Json, month: ClosedMonth) -> Iterable[str]:
    """The amounts are what the terms make of the peak, and the terms' share is what the policies make of the trial."""
    share = share_charged(
        month.period, month.trial_ends_at or month.period.starts_at, month.policies.prorate_first_month
    )
    if share != month.terms.charged_share:
        yield f"The terms charge {_part(month.terms.charged_share)} of each line; by the policies it is {_part(share)}."
    draft = draft_invoice(month.peak.seats, month.terms)
    if month.priced_by != draft.prices.id:
        yield f"The document is priced by the list {month.priced_by}; recomputed it is by {draft.prices.id}."
    drafted = amounts_of(draft)
    lines = [{**line, "description": line_name(line["description"])} for line in document["lines"]]
    for name in drafted:
        yield from _differences(name, {**document, "lines": lines}[name], drafted[name])


def _ledger_differences(said_digest: str, month: ClosedMonth, ledger: LedgerFinding) -> Iterable[str]:
    if said_digest != ledger.digest:
        yield f"The ledger's digest was {said_digest}; now it is {ledger.digest}."
    if month.suspended is not None:
        said, found = (suspensions_of(one, month.period) for one in (month.suspended, ledger.suspended))
        if said != found:
            yield f"The suspensions were {_suspensions(said)}; now they are {_suspensions(found)}."
    said_peak, peak = month.peak, ledger.peak
    if (said_peak.seats, said_peak.reached_at) != (peak.seats, peak.reached_at):
        yield f"The peak was {_moment(said_peak)}; the ledger says {_moment(peak)}."
        yield from _total_differences(month, peak)
    if said_peak.holders != peak.holders:
        yield _holder_difference(said_peak.holders, peak.holders)


def _total_differences(month: ClosedMonth, peak: Peak) -> Iterable[str]:
    said, found = (draft_invoice(seats, month.terms).total for seats in (month.peak.seats, peak.seats))
    if said != found:
        yield f"At the ledger's peak the month costs {_money(found)} instead of {_money(said)}."


def _holder_difference(said: Sequence[UUID], found: Sequence[UUID]) -> str:
    extra = [str(one) for one in sorted(set(said) - set(found))]
    missing = [str(one) for one in sorted(set(found) - set(said))]
    parts = [f"{', '.join(extra)} held none by the ledger"] if extra else []
    parts += [f"{', '.join(missing)} held one by the ledger and are not named"] if missing else []
    return f"The holders of the seats at the peak differ: {'; '.join(parts) or 'they are named in another order'}."


def _differences(name: str, said: Any, found: Any) -> Iterable[str]:
    """Leaf by leaf; `found` has decimals where JSON has text."""
    if isinstance(found, dict) and isinstance(said, dict):
        for key in sorted({*said, *found}):
            yield from _differences(f"{name}.{key}", said.get(key), found.get(key))
    elif isinstance(found, list) and isinstance(said, list) and len(found) == len(said):
        for place, (one, other) in enumerate(zip(said, found, strict=True), 1):
            yield from _differences(f"{name}[{place}]", one, other)
    else:
        recomputed = str(found) if isinstance(found, Decimal) else found
        if canonical_json(said) != canonical_json(_as_json(recomputed)):
            yield f"{name} was {_shown(said)}; recomputed it is {_shown(_as_json(recomputed))}."


def _as_json(value: Any) -> Any:
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, list):
        return [_as_json(one) for one in value]
    if isinstance(value, dict):
        return {key: _as_json(one) for key, one in value.items()}
    return value


def _shown(value: Any) -> str:
    return value if isinstance(value, str) else canonical_json(value)


def _is_same(one: Any, other: Any) -> bool:
    """Alike as text, as amounts (1548.00 and 1548.000000) or as instants."""
    if one == other:
        return True
    for read in (decimal_from, instant_from):
        try:
            return bool(read(one) == read(other))
        except UnreadableError:
            continue
    return False


def _moment(peak: Peak) -> str:
    return f"{peak.seats} at {instant_text(peak.reached_at)}" if peak.reached_at is not None else "0"


def _money(amount: Money) -> str:
    return f"{amount.amount} {amount.currency}"


def _part(share: tuple[int, int]) -> str:
    return "all" if share[0] == share[1] else f"{share[0]}/{share[1]}"


def _suspensions(suspensions: Sequence[dict[str, datetime | None]]) -> str:
    return ", ".join(f"{_instant(one['since'])} to {_instant(one['until'])}" for one in suspensions) or "none"


def _instant(instant: datetime | None) -> str:
    return instant_text(instant) if instant is not None else "past the month's end"
