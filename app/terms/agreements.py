"""Reading what was agreed with organizations: contracts, baselines and promo codes redeemed (R4.7–R4.9)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import orjson

from app import db
from app.domain.agreements import Agreements, Baseline, Contract, Redemption, contract_in_force
from app.domain.money import shortest
from app.domain.period import BillingPeriod, Month, parse_month

CONTRACTS = """
    (
        SELECT coalesce(jsonb_agg(contract ORDER BY contract.recorded_at), '[]') FROM contracts AS contract
        WHERE contract.organization_id = {}
    )
"""
"""One value, for `contracts_from`, of the organization whose id is filled in."""
PERIODS = """
    ARRAY(
        SELECT (month, starts_at, ends_at, time_zone) FROM billing_periods WHERE organization_id = {} ORDER BY starts_at
    )
"""
"""The same for `periods_from`."""
_AGREEMENTS = f"""
    SELECT organization.id, organization.activated_at, {CONTRACTS.format("organization.id")} AS contracts, (
        SELECT coalesce(jsonb_agg(baseline ORDER BY baseline.recorded_at), '[]') FROM legacy_baselines AS baseline
        WHERE baseline.organization_id = organization.id
    ) AS baselines, (
        SELECT coalesce(jsonb_agg(jsonb_build_object(
            'id', redemption.id, 'code', code.code, 'percent', code.percent::text,
            'price_list_id', code.price_list_id, 'from_month', redemption.from_month,
            'periods', redemption.periods, 'redeemed_at', redemption.redeemed_at,
            'used_in', ARRAY(
                SELECT statement.month FROM statements AS statement
                WHERE statement.organization_id = organization.id AND statement.promo_redemption_id = redemption.id
            )
        ) ORDER BY redemption.redeemed_at), '[]')
        FROM promo_code_redemptions AS redemption JOIN promo_codes AS code ON code.id = redemption.promo_code_id
        WHERE redemption.organization_id = organization.id
    ) AS redemptions, (
        SELECT min(period.starts_at)
        FROM billing_periods AS period LEFT JOIN statements AS statement USING (organization_id, month)
        WHERE period.organization_id = organization.id AND (period.closed_at IS NULL OR statement.outcome = 'PARKED')
    ) AS unbilled_since
    FROM organizations AS organization
"""
CONDITIONS = f"""
    SELECT agreed.*, {PERIODS.format("agreed.id")} AS periods,
           EXISTS (SELECT FROM billing_profiles WHERE organization_id = agreed.id) AS has_billing_profile
    FROM ({_AGREEMENTS} WHERE organization.id = $1) AS agreed
"""
"""One row, of `conditions_from`."""


@dataclass(frozen=True, slots=True)
class Conditions:
    """What an organization's limits hang on: what was agreed with it, its recorded periods in order, and whether it has
    a billing profile."""

    agreements: Agreements
    periods: list[BillingPeriod]
    has_billing_profile: bool


async def load_conditions(organization_id: UUID) -> Conditions:
    """One statement."""
    (row,) = await db.fetch(CONDITIONS, organization_id)
    return conditions_from(row)


def conditions_from(row: db.Row) -> Conditions:
    return Conditions(_agreements(row), periods_from(row), row["has_billing_profile"])


def periods_from(row: db.Row) -> list[BillingPeriod]:
    return [BillingPeriod(parse_month(month), *bounds) for month, *bounds in row["periods"]]


def contracts_from(row: db.Row) -> tuple[Contract, ...]:
    return tuple(_contract(one) for one in orjson.loads(row["contracts"]))


async def find_agreements(organization_ids: Sequence[UUID]) -> dict[UUID, Agreements]:
    """Everything that was agreed with each of the organizations, oldest first, and when each was activated: one
    statement, however many."""
    rows = await db.fetch(f"{_AGREEMENTS} WHERE organization.id = ANY($1)", list(organization_ids))
    return {row["id"]: _agreements(row) for row in rows}


async def get_agreements(organization_id: UUID) -> Agreements:
    """Everything that was agreed with an organization that exists."""
    return (await find_agreements([organization_id]))[organization_id]


async def find_contract_of(organization_id: UUID, month: Month) -> Contract | None:
    """The contract for the month that was recorded last."""
    return contract_in_force((await get_agreements(organization_id)).contracts, month)


def _agreements(row: db.Row) -> Agreements:
    return Agreements(
        activated_at=row["activated_at"],
        contracts=contracts_from(row),
        baselines=tuple(_baseline(one) for one in orjson.loads(row["baselines"])),
        redemptions=tuple(_redemption(one) for one in orjson.loads(row["redemptions"])),
        unbilled_since=row["unbilled_since"],
    )


def _contract(found: Mapping[str, Any]) -> Contract:
    return Contract(
        seat_limit=found["seat_limit"],
        price_list_id=_id(found["price_list_id"]),
        from_month=parse_month(found["from_month"]),
        to_month=parse_month(found["to_month"]) if found["to_month"] is not None else None,
        recorded_at=datetime.fromisoformat(found["recorded_at"]),
    )


def _baseline(found: Mapping[str, Any]) -> Baseline:
    return Baseline(UUID(found["price_list_id"]), datetime.fromisoformat(found["recorded_at"]))


def _redemption(found: Mapping[str, Any]) -> Redemption:
    return Redemption(
        id=UUID(found["id"]),
        code=found["code"],
        percent=shortest(Decimal(found["percent"])) if found["percent"] is not None else None,
        price_list_id=_id(found["price_list_id"]),
        from_month=parse_month(found["from_month"]),
        periods=found["periods"],
        redeemed_at=datetime.fromisoformat(found["redeemed_at"]),
        used_in=frozenset(parse_month(month) for month in found["used_in"]),
    )


def _id(text: str | None) -> UUID | None:
    return UUID(text) if text is not None else None
