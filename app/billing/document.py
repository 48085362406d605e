"""The document of an invoice: everything its amount was computed from, and the digest over it (R5.6)."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from app.domain.costs import HolderGroups
from app.domain.discounts import Promo
from app.domain.documents import amounts_of
from app.domain.invoice import Terms
from app.domain.policies import Policies
from app.domain.pricing import PriceList
from app.domain.seats import Peak
from app.seats.month import PricedMonth
from app.terms.queries import BillingProfile, Issuer

VERSION = 2
"""Of the documents written now. Those without one know of no other list than the public one."""


def invoice_document(
    priced: PricedMonth,
    policies: Policies,
    payer: BillingProfile,
    issuer: Issuer,
    groups: Mapping[UUID, HolderGroups],
) -> dict[str, Any]:
    """Amounts are strings in the invoice's currency, instants RFC 3339 in UTC, people ids only, except for the
    payer and the issuer as printed. `pricedBy` is the list of the terms that the lines are of; `peak.groups` is where
    the holders belonged when it was issued, without those who belonged nowhere."""
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
        "peak": _peak(priced.peak, groups),
        **amounts_of(priced.draft),
        "payer": _payer(payer),
        "issuer": issuer_in(issuer),
    }


def issuer_in(issuer: Issuer) -> dict[str, str]:
    """As printed; documents of before have neither bank details nor the zone."""
    return {
        "name": issuer.name,
        "taxNumber": issuer.tax_number,
        "address": issuer.address,
        "bankDetails": issuer.bank_details,
        "timeZone": issuer.time_zone,
    }


def groups_in(document: dict[str, Any]) -> list[HolderGroups] | None:
    """Where each of the holders belonged; None where a document that was read from JSON does not say."""
    groups = document["peak"].get("groups")
    if groups is None:
        return None
    told = {UUID(one["memberId"]): one for one in groups}
    return [_groups_of(holder, told.get(holder)) for holder in map(UUID, document["peak"]["holders"])]


def _groups_of(holder: UUID, told: dict[str, Any] | None) -> HolderGroups:
    """Documents of before name also those who belonged nowhere."""
    if told is None:
        return HolderGroups(holder)
    department = told["departmentId"]
    return HolderGroups(holder, UUID(department) if department is not None else None, tuple(map(UUID, told["teamIds"])))


def _peak(peak: Peak, groups: Mapping[UUID, HolderGroups]) -> dict[str, Any]:
    return {
        "seats": peak.seats,
        "reachedAt": peak.reached_at,
        "holders": [str(holder) for holder in peak.holders],
        "groups": [
            {"memberId": one.member_id, "departmentId": one.department_id, "teamIds": one.team_ids}
            for holder in peak.holders
            if (one := groups.get(holder)) is not None
        ],
    }


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


def _policies(policies: Policies) -> dict[str, Any]:
    return {
        "graceSeconds": int(policies.grace.total_seconds()),
        "prorateFirstMonth": policies.prorate_first_month,
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
