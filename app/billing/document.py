"""The document of an invoice: everything its amount was computed from, and the digest over it (R5.6)."""

import hashlib
from decimal import Decimal
from typing import Any
from uuid import UUID

from app import db
from app.domain.discounts import Promo
from app.domain.invoice import InvoiceDraft, Terms
from app.domain.period import parse_month
from app.domain.policies import Policies
from app.domain.pricing import PriceList, Tier
from app.seats.month import PricedMonth
from app.terms.queries import BillingProfile, Issuer

VERSION = 2
"""Of the documents written now. Those without one know of no other list than the public one."""


def invoice_document(priced: PricedMonth, policies: Policies, payer: BillingProfile, issuer: Issuer) -> dict[str, Any]:
    """Amounts are strings in the invoice's currency, instants RFC 3339 in UTC, people ids only, except for the
    payer and the issuer as printed. `pricedBy` is the list of the terms that the lines are of."""
    month = priced.month
    return {
        "version": VERSION,
        "organizationId": month.organization_id,
        "currency": month.currency,
        "month": str(month.period.month),
        "period": {
            "startsAt": month.period.starts_at,
            "endsAt": month.period.ends_at,
            "timeZone": month.period.time_zone,
        },
        "previousPeriodStartsAt": month.previous_start,
        "activatedAt": priced.agreements.activated_at,
        "trialEndsAt": month.trial_ends_at,
        "policies": _policies(policies),
        "terms": _terms(priced.terms),
        "pricedBy": priced.draft.prices.id,
        "peak": {"seats": priced.peak.seats, "reachedAt": priced.peak.reached_at, "holders": priced.peak.holders},
        **_amounts(priced.draft),
        "payer": _payer(payer),
        "issuer": {"name": issuer.name, "taxNumber": issuer.tax_number, "address": issuer.address},
    }


def digest_of(document: dict[str, Any], ledger_digest: str) -> str:
    """SHA-256, in hex, of the document as JSON with sorted keys, followed by the ledger's digest."""
    return hashlib.sha256((db.to_json(document) + ledger_digest).encode()).hexdigest()


def terms_in(document: dict[str, Any]) -> Terms:
    """The terms of a document that was read from JSON: `draft_invoice` of its peak under them gives its amounts."""
    terms, currency = document["terms"], document["currency"]
    whole, of = terms["chargedShare"]
    promo = terms.get("promo")
    return Terms(
        prices=_list_in(terms["priceList"], currency),
        vat_percent=Decimal(terms["vatPercent"]),
        charged_share=(whole, of),
        alternatives=tuple(_list_in(one, currency) for one in terms.get("alternatives", [])),
        baselines=tuple(_list_in(one, currency) for one in terms.get("baselines", [])),
        promo=_promo_in(promo, currency) if promo is not None else None,
    )


def _terms(terms: Terms) -> dict[str, Any]:
    return {
        "priceList": _list(terms.prices),
        "alternatives": [_list(prices) for prices in terms.alternatives],
        "baselines": [_list(prices) for prices in terms.baselines],
        "promo": _promo(terms.promo) if terms.promo is not None else None,
        "vatPercent": terms.vat_percent,
        "chargedShare": list(terms.charged_share),
    }


def _promo(promo: Promo) -> dict[str, Any]:
    return {
        "redemptionId": promo.redemption_id,
        "code": promo.code,
        "percent": promo.percent,
        "priceList": _list(promo.prices) if promo.prices is not None else None,
    }


def _promo_in(promo: dict[str, Any], currency: str) -> Promo:
    percent, prices, redemption_id = promo["percent"], promo["priceList"], promo["redemptionId"]
    return Promo(
        code=promo["code"],
        percent=Decimal(percent) if percent is not None else None,
        prices=_list_in(prices, currency) if prices is not None else None,
        redemption_id=UUID(redemption_id) if redemption_id is not None else None,
    )


def _list(prices: PriceList) -> dict[str, Any]:
    return {
        "id": prices.id,
        "name": prices.name,
        "isPublic": prices.is_public,
        "effectiveFrom": str(prices.effective_from),
        "freeThreshold": prices.free_threshold,
        "vatIncluded": prices.vat_included,
        "legacyPeriods": prices.legacy_periods,
        "baselineId": prices.baseline_id,
        "tiers": [
            {"upTo": tier.up_to, "unitPrice": tier.unit_price, "flatAmount": tier.flat_amount} for tier in prices.tiers
        ],
    }


def _list_in(prices: dict[str, Any], currency: str) -> PriceList:
    """Documents without a version say nothing of a list's visibility, first month and legacy months; no amount
    depends on them, and they are read as those of the only list there was."""
    baseline_id = prices.get("baselineId")
    return PriceList(
        id=UUID(prices["id"]),
        name=prices["name"],
        currency=currency,
        is_public=prices.get("isPublic", True),
        effective_from=parse_month(prices.get("effectiveFrom", "2020-10")),
        free_threshold=prices["freeThreshold"],
        tiers=tuple(
            Tier(tier["upTo"], Decimal(tier["unitPrice"]), Decimal(tier["flatAmount"])) for tier in prices["tiers"]
        ),
        vat_included=prices["vatIncluded"],
        legacy_periods=prices.get("legacyPeriods", 6),
        baseline_id=UUID(baseline_id) if baseline_id is not None else None,
    )


def _policies(policies: Policies) -> dict[str, Any]:
    return {
        "graceSeconds": int(policies.grace.total_seconds()),
        "prorateFirstMonth": policies.prorate_first_month,
    }


def _amounts(draft: InvoiceDraft) -> dict[str, Any]:
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


def _payer(payer: BillingProfile) -> dict[str, Any]:
    return {
        "legalName": payer.legal_name,
        "kind": payer.kind,
        "taxNumber": payer.tax_number,
        "address": payer.address,
        "bankDetails": payer.bank_details,
        "agreementVersion": payer.agreement_version,
    }
