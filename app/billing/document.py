"""The document of an invoice: everything its amount was computed from, and the digest over it (R5.6)."""

import hashlib
from typing import Any

from app import db
from app.domain.invoice import InvoiceDraft, Terms
from app.domain.policies import Policies
from app.seats.month import PricedMonth
from app.terms.queries import BillingProfile, Issuer


def invoice_document(priced: PricedMonth, policies: Policies, payer: BillingProfile, issuer: Issuer) -> dict[str, Any]:
    """Amounts are strings in the invoice's currency, instants RFC 3339 in UTC, people ids only, except for the
    payer and the issuer as printed."""
    month = priced.month
    return {
        "organizationId": month.organization_id,
        "currency": month.currency,
        "month": str(month.period.month),
        "period": {
            "startsAt": month.period.starts_at,
            "endsAt": month.period.ends_at,
            "timeZone": month.period.time_zone,
        },
        "previousPeriodStartsAt": month.previous_start,
        "trialEndsAt": month.trial_ends_at,
        "policies": _policies(policies),
        "terms": _terms(priced.terms),
        "peak": {"seats": priced.peak.seats, "reachedAt": priced.peak.reached_at, "holders": priced.peak.holders},
        **_amounts(priced.draft),
        "payer": _payer(payer),
        "issuer": {"name": issuer.name, "taxNumber": issuer.tax_number, "address": issuer.address},
    }


def digest_of(document: dict[str, Any], ledger_digest: str) -> str:
    """SHA-256, in hex, of the document as JSON with sorted keys, followed by the ledger's digest."""
    return hashlib.sha256((db.to_json(document) + ledger_digest).encode()).hexdigest()


def _terms(terms: Terms) -> dict[str, Any]:
    prices = terms.prices
    return {
        "priceList": {
            "id": prices.id,
            "name": prices.name,
            "freeThreshold": prices.free_threshold,
            "vatIncluded": prices.vat_included,
            "tiers": [
                {"upTo": tier.up_to, "unitPrice": tier.unit_price, "flatAmount": tier.flat_amount}
                for tier in prices.tiers
            ],
        },
        "vatPercent": terms.vat_percent,
        "chargedShare": list(terms.charged_share),
    }


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
