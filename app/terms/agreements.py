"""Reading what was agreed with organizations: contracts, baselines and promo codes redeemed (R4.7–R4.9)."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from app import db
from app.domain.agreements import Agreements, Baseline, Contract, Redemption, contract_in_force
from app.domain.period import Month, parse_month

Item = TypeVar("Item")

_CONTRACTS = """
    SELECT organization_id, seat_limit, price_list_id, from_month, to_month, recorded_at FROM contracts
    WHERE organization_id = ANY($1) ORDER BY organization_id, recorded_at
"""
_BASELINES = """
    SELECT organization_id, price_list_id, recorded_at FROM legacy_baselines
    WHERE organization_id = ANY($1) ORDER BY organization_id, recorded_at
"""
_REDEMPTIONS = """
    SELECT redemption.organization_id, redemption.id, code.code, code.percent, code.price_list_id,
           redemption.from_month, redemption.periods, redemption.redeemed_at,
           ARRAY(
               SELECT statement.month::text FROM statements AS statement
               WHERE statement.organization_id = redemption.organization_id
                 AND statement.promo_redemption_id = redemption.id
           ) AS used_in
    FROM promo_code_redemptions AS redemption JOIN promo_codes AS code ON code.id = redemption.promo_code_id
    WHERE redemption.organization_id = ANY($1) ORDER BY redemption.organization_id, redemption.redeemed_at
"""


async def find_agreements(organization_ids: Sequence[UUID]) -> dict[UUID, Agreements]:
    """Everything that was agreed with each of the organizations, and when each was activated: four statements."""
    ids = list(organization_ids)
    rows = await db.fetch("SELECT id, activated_at FROM organizations WHERE id = ANY($1)", ids)
    activated: dict[UUID, datetime | None] = {row["id"]: row["activated_at"] for row in rows}
    contracts = _grouped([(row["organization_id"], _contract(row)) for row in await db.fetch(_CONTRACTS, ids)])
    baselines = _grouped([(row["organization_id"], _baseline(row)) for row in await db.fetch(_BASELINES, ids)])
    redemptions = _grouped([(row["organization_id"], _redemption(row)) for row in await db.fetch(_REDEMPTIONS, ids)])
    return {
        one: Agreements(activated.get(one), tuple(contracts[one]), tuple(baselines[one]), tuple(redemptions[one]))
        for one in ids
    }


async def list_contracts(organization_id: UUID) -> list[Contract]:
    """Every contract ever recorded, oldest first."""
    return [_contract(row) for row in await db.fetch(_CONTRACTS, [organization_id])]


async def find_contract_of(organization_id: UUID, month: Month) -> Contract | None:
    """The contract for the month that was recorded last."""
    return contract_in_force(await list_contracts(organization_id), month)


async def list_redemptions(organization_id: UUID) -> list[Redemption]:
    """Every promo code that the organization ever redeemed, oldest first."""
    return [_redemption(row) for row in await db.fetch(_REDEMPTIONS, [organization_id])]


def _grouped(pairs: Sequence[tuple[UUID, Item]]) -> dict[UUID, list[Item]]:
    found: dict[UUID, list[Item]] = defaultdict(list)
    for organization_id, item in pairs:
        found[organization_id].append(item)
    return found


def _contract(row: db.Row) -> Contract:
    return Contract(
        seat_limit=row["seat_limit"],
        price_list_id=row["price_list_id"],
        from_month=parse_month(row["from_month"]),
        to_month=parse_month(row["to_month"]) if row["to_month"] is not None else None,
        recorded_at=row["recorded_at"],
    )


def _baseline(row: db.Row) -> Baseline:
    return Baseline(row["price_list_id"], row["recorded_at"])


def _redemption(row: db.Row) -> Redemption:
    return Redemption(
        id=row["id"],
        code=row["code"],
        percent=row["percent"],
        price_list_id=row["price_list_id"],
        from_month=parse_month(row["from_month"]),
        periods=row["periods"],
        redeemed_at=row["redeemed_at"],
        used_in=frozenset(parse_month(month) for month in row["used_in"]),
    )
