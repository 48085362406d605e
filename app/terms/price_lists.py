"""Making and removing price lists, and who sees which (R4.1, R2.6)."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from uuid import UUID

from app import db
from app.domain.actor import Actor, Permission
from app.domain.errors import ErrorCode, check_all, invalid, refuse
from app.domain.period import Month
from app.domain.pricing import PriceList, Tier, check_price_list, check_public_month
from app.events.service import Change, record_platform_change
from app.organizations.service import wait_for_lock
from app.terms.queries import database_clock, list_price_lists

_SERVING = """
    SELECT price_list_id FROM contracts WHERE organization_id = ANY($1)
    UNION SELECT price_list_id FROM legacy_baselines WHERE organization_id = ANY($1)
    UNION SELECT code.price_list_id FROM promo_code_redemptions AS redemption
          JOIN promo_codes AS code ON code.id = redemption.promo_code_id WHERE redemption.organization_id = ANY($1)
"""


async def create_price_list(actor: Actor, wanted: PriceList) -> UUID:
    """Make a list; it is never edited. A public one is for a month that has begun nowhere (R4.1). For operators.

    Raises: DomainError FORBIDDEN, INVALID_INPUT with every problem, NOT_FOUND (the baseline), ALREADY_EXISTS (a public
    list of the currency and month).
    """
    actor.require_operator()
    now = await database_clock()
    check_all(lambda: check_price_list(wanted), lambda: check_public_month(wanted, now))
    prices = replace(wanted, name=wanted.name.strip())
    async with db.in_transaction():
        if prices.baseline_id is not None:
            await hold_price_list(prices.baseline_id, prices.currency, "input", "baselineId")
        await _insert(prices)
        await record_platform_change(actor, Change("price_list.created", _told(prices)))
    return prices.id


async def delete_price_list(actor: Actor, price_list_id: UUID) -> None:
    """Remove a list that prices nothing yet: not a public one in force, nor one that a contract, a promo code, a
    baseline or another list names, nor one that an invoice was priced by, if only a test clock's (R4.1). For operators.

    Raises: DomainError FORBIDDEN, NOT_FOUND, PRICE_LIST_IN_USE, CONFLICT.
    """
    actor.require_operator()
    path = ("input", "priceListId")
    async with db.in_transaction():
        if not await wait_for_lock("SELECT id FROM price_lists WHERE id = $1 FOR UPDATE", price_list_id):
            raise refuse(ErrorCode.NOT_FOUND, "There is no such price list.", *path)
        row = await db.fetch_one("SELECT price_list_is_in_use($1) AS is_in_use", price_list_id)
        if row is not None and row["is_in_use"]:
            raise refuse(
                ErrorCode.PRICE_LIST_IN_USE, "This list is in force, has billed, or something names it.", *path
            )
        await db.fetch("DELETE FROM price_list_tiers WHERE price_list_id = $1", price_list_id)
        await db.fetch("DELETE FROM price_lists WHERE id = $1", price_list_id)
        await record_platform_change(actor, Change("price_list.deleted", {"priceListId": price_list_id}))


async def find_deletable_price_lists(actor: Actor, price_list_ids: Sequence[UUID]) -> set[UUID]:
    """Those of the lists that `delete_price_list` would remove now; for all but operators none."""
    if actor.organizations is not None:
        return set()
    rows = await db.fetch(
        "SELECT id FROM price_lists WHERE id = ANY($1) AND NOT price_list_is_in_use(id)", list(price_list_ids)
    )
    return {row["id"] for row in rows}


async def hold_price_list(price_list_id: UUID, currency: str, *path: str) -> PriceList:
    """A list of the currency, kept from being removed for the rest of the transaction.

    Raises: DomainError NOT_FOUND, INVALID_INPUT (another currency), CONFLICT.
    """
    held = await wait_for_lock("SELECT id FROM price_lists WHERE id = $1 FOR KEY SHARE", price_list_id)
    found = {prices.id: prices for prices in await list_price_lists()} if held else {}
    if price_list_id not in found:
        raise refuse(ErrorCode.NOT_FOUND, "There is no such price list.", *path)
    prices = found[price_list_id]
    if prices.currency != currency:
        raise invalid(f"This list is in {prices.currency}, not in {currency}.", *path)
    return prices


def check_private(prices: PriceList, month: Month, *path: str) -> None:
    """Contracts are for private lists that have taken effect by their first month.

    Raises: DomainError INVALID_INPUT.
    """
    if prices.is_public:
        raise invalid("The public list holds without being named; a contract names a private one.", *path)
    if month < prices.effective_from:
        raise invalid(f"This list takes effect in {prices.effective_from}, after {month}.", *path)


async def list_visible_price_lists(actor: Actor) -> list[PriceList]:
    """Public lists; the private ones for operators, and for who sees the bills of an organization that they serve."""
    lists = await list_price_lists()
    if actor.organizations is None:
        return lists
    billed = [one for one in actor.organizations if actor.is_allowed(one, Permission.BILLING_VIEW)]
    serving = await _find_serving(billed) if billed else set()
    return [prices for prices in lists if prices.is_public or prices.id in serving]


async def _find_serving(organization_ids: Collection[UUID]) -> set[UUID]:
    return {row["price_list_id"] for row in await db.fetch(_SERVING, list(organization_ids))}


async def _insert(prices: PriceList) -> None:
    inserted = await db.fetch(
        """
        INSERT INTO price_lists
            (id, name, currency, is_public, effective_from, free_threshold, vat_included, legacy_periods, baseline_id)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        ON CONFLICT (currency, effective_from) WHERE is_public DO NOTHING RETURNING id
        """,
        prices.id,
        prices.name,
        prices.currency,
        prices.is_public,
        str(prices.effective_from),
        prices.free_threshold,
        prices.vat_included,
        prices.legacy_periods,
        prices.baseline_id,
    )
    if not inserted:
        message = f"There is a public list in {prices.currency} for {prices.effective_from}."
        raise refuse(ErrorCode.ALREADY_EXISTS, message, "input", "effectiveFrom")
    await db.fetch(
        """
        INSERT INTO price_list_tiers (id, price_list_id, position, up_to, unit_price, flat_amount)
        SELECT gen_random_uuid(), $1, position, up_to, unit_price, flat_amount
        FROM jsonb_to_recordset($2::jsonb) AS tier (position int, up_to int, unit_price numeric, flat_amount numeric)
        ORDER BY position
        """,
        prices.id,
        db.to_json([{"position": position, **_tier(tier)} for position, tier in enumerate(prices.tiers)]),
    )


def _tier(tier: Tier) -> dict[str, object]:
    return {"up_to": tier.up_to, "unit_price": tier.unit_price, "flat_amount": tier.flat_amount}


def _told(prices: PriceList) -> dict[str, object]:
    """For the record."""
    return {
        "priceListId": prices.id,
        "currency": prices.currency,
        "isPublic": prices.is_public,
        "effectiveFrom": str(prices.effective_from),
        "freeThreshold": prices.free_threshold,
        "vatIncluded": prices.vat_included,
        "legacyPeriods": prices.legacy_periods,
        "baselineId": prices.baseline_id,
        "tiers": [_tier(tier) for tier in prices.tiers],
    }
