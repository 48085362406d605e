"""The document of an issued invoice, as JSON: its digest, and reading it back to recompute it (R5.6).

Version 2 says everything that is printed and hashed. What was issued before has no version: one price list and no
discounts, and neither the number nor the suspensions, which were not hashed then.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal, DecimalException
from typing import Any
from uuid import UUID

from app.domain.discounts import Promo
from app.domain.errors import DomainError
from app.domain.invoice import InvoiceDraft, Terms
from app.domain.money import MINOR_UNIT_DIGITS
from app.domain.period import BillingPeriod, parse_month
from app.domain.policies import Policies
from app.domain.pricing import PriceList, Tier
from app.domain.seats import Interval, Peak

Json = Mapping[str, Any]


class UnreadableError(ValueError):
    """Something that should be there is not, or is of another kind."""


@dataclass(frozen=True, slots=True)
class ClosedMonth:
    """What a document says that a month's amount was computed from.

    `suspended` is None where the document does not say: before version 2. `priced_by` is the list of the terms that
    the lines are of.
    """

    organization_id: UUID
    currency: str
    period: BillingPeriod
    previous_start: datetime
    trial_ends_at: datetime | None
    policies: Policies
    terms: Terms
    peak: Peak
    suspended: tuple[Interval, ...] | None
    priced_by: UUID


def canonical_json(value: Any) -> str:
    """The one way to write JSON that is hashed: keys in order, no spaces, nothing escaped that need not be."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


def digest_of(document: Json, ledger_digest: str) -> str:
    """SHA-256, in hex, of the document's canonical JSON followed by the ledger's digest."""
    return sha256(canonical_json(document) + ledger_digest)


def sha256(text: str) -> str:
    """In hex, of the text in UTF-8; half a character, which no text of ours has, is hashed as it is."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def read_document(document: Json) -> ClosedMonth:
    """Raises: UnreadableError when it is no document of an invoice."""
    try:
        currency = _currency(document["currency"])
        month = parse_month(document["month"])
        bounds = document["period"]
        trial_ends_at = document["trialEndsAt"]
        suspended = document.get("suspensions")
        return ClosedMonth(
            organization_id=UUID(document["organizationId"]),
            currency=currency,
            period=BillingPeriod(
                month, instant_from(bounds["startsAt"]), instant_from(bounds["endsAt"]), str(bounds["timeZone"])
            ),
            previous_start=instant_from(document["previousPeriodStartsAt"]),
            trial_ends_at=instant_from(trial_ends_at) if trial_ends_at is not None else None,
            policies=_policies(document["policies"]),
            terms=read_terms(document["terms"], currency),
            peak=_peak(document["peak"]),
            suspended=tuple(interval_from(one) for one in suspended) if suspended is not None else None,
            priced_by=UUID(document.get("pricedBy", document["terms"]["priceList"]["id"])),
        )
    except UnreadableError:
        raise
    except (DomainError, LookupError, TypeError, ValueError, AttributeError, OverflowError, DecimalException) as error:
        raise UnreadableError(f"it has no readable {error}" if isinstance(error, KeyError) else str(error)) from None


def amounts_of(draft: InvoiceDraft) -> dict[str, Any]:
    """What an invoice charges as its document has it; amounts stay decimals."""
    vat = draft.vat
    return {
        "lines": [
            {
                "description": line.description,
                "quantity": line.quantity,
                "unitPrice": line.unit_price,
                "flatAmount": line.flat_amount,
                "amount": line.amount.amount,
            }
            for line in draft.lines
        ],
        "subtotal": draft.subtotal.amount,
        "discounts": [
            {"kind": one.kind.value, "description": one.description, "amount": one.amount.amount}
            for one in draft.discounts
        ],
        "total": draft.total.amount,
        "vat": {"rate": vat.rate, "included": vat.included, "net": vat.net.amount, "amount": vat.amount.amount},
    }


def suspensions_of(suspended: Sequence[Interval], period: BillingPeriod) -> list[dict[str, datetime | None]]:
    """The suspensions that touch the period, in order; one that lasted past its end is without end here, so that
    what happens later changes nothing."""
    touching = [
        (one.since, one.until if one.until is not None and one.until <= period.ends_at else None)
        for one in suspended
        if one.since < period.ends_at and (one.until is None or one.until > period.starts_at)
    ]
    ordered = sorted(touching, key=lambda one: (one[0], one[1] or period.ends_at, one[1] is None))
    return [{"since": since, "until": until} for since, until in ordered]


def instant_from(text: Any) -> datetime:
    """Raises: UnreadableError unless it is an instant with its offset from UTC, as in RFC 3339."""
    try:
        instant = datetime.fromisoformat(text)
        in_utc = instant.astimezone(UTC)
    except (TypeError, ValueError, OverflowError):
        raise UnreadableError(f"{text!r} is not an instant") from None
    if instant.tzinfo is None:
        raise UnreadableError(f"{text!r} is an instant without its offset from UTC")
    return in_utc


def interval_from(suspension: Json) -> Interval:
    """Raises: UnreadableError, KeyError."""
    until = suspension["until"]
    return Interval(instant_from(suspension["since"]), instant_from(until) if until is not None else None)


def decimal_from(text: Any) -> Decimal:
    """Raises: UnreadableError unless it is a finite number, written as text."""
    try:
        number = Decimal(text) if isinstance(text, str) else Decimal("NaN")
    except DecimalException:
        number = Decimal("NaN")
    if not number.is_finite():
        raise UnreadableError(f"{text!r} is not a decimal number")
    return number


def read_terms(terms: Json, currency: str) -> Terms:
    """The terms of a document. Raises: UnreadableError, LookupError, TypeError."""
    charged, whole = terms["chargedShare"]
    if not 0 <= whole_number(charged) <= whole_number(whole) or whole == 0:
        raise UnreadableError("chargedShare is not a part of a whole")
    promo = terms.get("promo")
    return Terms(
        prices=_price_list(terms["priceList"], currency),
        vat_percent=decimal_from(terms["vatPercent"]),
        charged_share=(charged, whole),
        alternatives=tuple(_price_list(one, currency) for one in terms.get("alternatives", ())),
        baselines=tuple(_price_list(one, currency) for one in terms.get("baselines", ())),
        promo=_promo(promo, currency) if promo is not None else None,
    )


def _promo(promo: Json, currency: str) -> Promo:
    percent, prices, redemption_id = promo["percent"], promo["priceList"], promo["redemptionId"]
    return Promo(
        code=str(promo["code"]),
        percent=decimal_from(percent) if percent is not None else None,
        prices=_price_list(prices, currency) if prices is not None else None,
        redemption_id=UUID(redemption_id) if redemption_id is not None else None,
    )


def _price_list(prices: Json, currency: str) -> PriceList:
    """No amount depends on a list's visibility, first month and legacy months; before version 2 they are not said, and
    are read as those of the only list there was."""
    baseline_id = prices.get("baselineId")
    return PriceList(
        id=UUID(prices["id"]),
        name=str(prices["name"]),
        currency=currency,
        is_public=_yes_or_no(prices.get("isPublic", True)),
        effective_from=parse_month(prices.get("effectiveFrom", "2020-10")),
        free_threshold=whole_number(prices["freeThreshold"]),
        tiers=tuple(
            Tier(
                whole_number(tier["upTo"]) if tier["upTo"] is not None else None,
                decimal_from(tier["unitPrice"]),
                decimal_from(tier["flatAmount"]),
            )
            for tier in prices["tiers"]
        ),
        vat_included=_yes_or_no(prices["vatIncluded"]),
        legacy_periods=whole_number(prices.get("legacyPeriods", 6)),
        baseline_id=UUID(baseline_id) if baseline_id is not None else None,
    )


def _policies(policies: Json) -> Policies:
    grace = timedelta(seconds=whole_number(policies["graceSeconds"]))
    return Policies(grace, _yes_or_no(policies["prorateFirstMonth"]))


def _peak(peak: Json) -> Peak:
    reached_at = peak["reachedAt"]
    holders = tuple(UUID(one) for one in peak["holders"])
    return Peak(whole_number(peak["seats"]), instant_from(reached_at) if reached_at is not None else None, holders)


def whole_number(value: Any) -> int:
    """Raises: UnreadableError unless it is one, and not below zero."""
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise UnreadableError(f"{value!r} is not a number of things")
    return value


def _yes_or_no(value: Any) -> bool:
    if not isinstance(value, bool):
        raise UnreadableError(f"{value!r} is neither true nor false")
    return value


def _currency(value: Any) -> str:
    if value not in MINOR_UNIT_DIGITS:
        raise UnreadableError(f"{value!r} is not a currency that can be billed")
    return str(value)
