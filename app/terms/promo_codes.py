"""Promo codes: making, disabling and finding them (R4.8). They belong to the platform, their redemptions to
organizations."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID, uuid4

from app import db
from app.domain.actor import Actor
from app.domain.agreements import Redemption
from app.domain.errors import ErrorCode, invalid, refuse
from app.domain.instants import instant_text
from app.domain.money import shortest
from app.domain.paging import PageRequest
from app.domain.promo_codes import NewPromoCode, PromoCode, check_promo_code, check_redeemable, is_promo_code
from app.domain.text import letters_and_digits
from app.events.service import Change, record_platform_change
from app.organizations.service import wait_for_lock
from app.terms.price_lists import hold_price_list
from app.terms.queries import find_billing_profiles, list_price_lists

_CODES = """
    SELECT code.id, code.code, code.percent, code.price_list_id, list.currency, code.periods, code.redeem_by,
           code.most_uses, code.uses, code.created_at, code.disabled_at
    FROM promo_codes AS code LEFT JOIN price_lists AS list ON list.id = code.price_list_id
"""


async def create_promo_code(actor: Actor, wanted: NewPromoCode) -> UUID:
    """Make a code. For operators.

    Raises: DomainError FORBIDDEN, INVALID_INPUT with every problem, NOT_FOUND (the list), ALREADY_EXISTS (the code, in
    whatever case).
    """
    actor.require_operator()
    check_promo_code(wanted)
    async with db.in_transaction():
        if wanted.price_list_id is not None:
            await _hold_private_list(wanted.price_list_id)
        promo_code_id = await _insert(actor, wanted)
        await record_platform_change(actor, Change("promo_code.created", _told(promo_code_id, wanted)))
    return promo_code_id


async def disable_promo_code(actor: Actor, promo_code_id: UUID) -> None:
    """Nobody redeems it any more; who has keeps it. A code that is disabled stays so. For operators.

    Raises: DomainError FORBIDDEN, NOT_FOUND, CONFLICT.
    """
    actor.require_operator()
    async with db.in_transaction():
        locked = await wait_for_lock(
            "SELECT disabled_at FROM promo_codes WHERE id = $1 FOR NO KEY UPDATE", promo_code_id
        )
        if not locked:
            raise refuse(ErrorCode.NOT_FOUND, "There is no such promo code.", "input", "promoCodeId")
        if locked[0]["disabled_at"] is not None:
            return
        await db.fetch(
            "UPDATE promo_codes SET disabled_at = clock_timestamp(), disabled_by = $2 WHERE id = $1",
            promo_code_id,
            actor.name,
        )
        await record_platform_change(actor, Change("promo_code.disabled", {"promoCodeId": promo_code_id}))


async def find_redeemable(
    text: str,
    organization_id: UUID,
    currency: str,
    at: datetime,
    redemptions: Sequence[Redemption],
    *path: str,
    is_locked: bool,
) -> PromoCode:
    """The code that an organization may redeem now, with its row locked if that is to be done.

    Raises: DomainError BILLING_PROFILE_REQUIRED, PROMO_CODE_INVALID, PROMO_CODE_EXPIRED, PROMO_CODE_USED, CONFLICT.
    """
    profiles = await find_billing_profiles([organization_id])
    if organization_id not in profiles:
        message = "A promo code is for a payer; fill in the billing profile first."
        raise refuse(ErrorCode.BILLING_PROFILE_REQUIRED, message, *path)
    promo = await _find(text.strip(), is_locked=is_locked)
    has_used = promo is not None and await _has_used(promo.id, organization_id, profiles[organization_id].tax_number)
    return check_redeemable(promo, currency, at, has_used, redemptions, *path)


async def list_promo_codes(actor: Actor, page: PageRequest) -> list[PromoCode]:
    """Oldest first. Raises: DomainError FORBIDDEN for all but operators."""
    actor.require_operator()
    rows = await db.fetch_page(_CODES, "true", ("created_at", "id"), page)
    return [_code(row) for row in rows]


async def count_promo_codes() -> int:
    return await db.count("SELECT 1 FROM promo_codes")


async def find_promo_codes(promo_code_ids: Sequence[UUID]) -> list[PromoCode]:
    """Those of the ids that exist, in no order."""
    return [_code(row) for row in await db.fetch(_CODES + "WHERE code.id = ANY($1)", list(promo_code_ids))]


async def _find(text: str, *, is_locked: bool) -> PromoCode | None:
    if not is_promo_code(text):
        return None
    rows = await wait_for_lock("SELECT * FROM find_promo_code($1, $2)", text, is_locked)
    return _code(rows[0]) if rows else None


async def _has_used(promo_code_id: UUID, organization_id: UUID, tax_number: str) -> bool:
    return bool(
        await db.fetch(
            """
            SELECT 1 FROM promo_code_redemptions WHERE promo_code_id = $1 AND organization_id = $2
            UNION ALL
            SELECT 1 WHERE has_payer_used($1, $3)
            """,
            promo_code_id,
            organization_id,
            letters_and_digits(tax_number),
        )
    )


async def _hold_private_list(price_list_id: UUID) -> None:
    currencies = {prices.id: prices.currency for prices in await list_price_lists()}
    prices = await hold_price_list(price_list_id, currencies.get(price_list_id, ""), "input", "priceListId")
    if prices.is_public:
        raise invalid("The public list holds without a code; a code names a private one.", "input", "priceListId")


async def _insert(actor: Actor, wanted: NewPromoCode) -> UUID:
    promo_code_id = uuid4()
    inserted = await db.fetch(
        """
        INSERT INTO promo_codes
            (id, code, percent, price_list_id, periods, redeem_by, most_uses, uses, created_at, created_by)
        VALUES ($1, $2, $3, $4, $5, $6, $7, 0, clock_timestamp(), $8)
        ON CONFLICT (lower(code)) DO NOTHING RETURNING id
        """,
        promo_code_id,
        wanted.code,
        wanted.percent,
        wanted.price_list_id,
        wanted.periods,
        wanted.redeem_by,
        wanted.most_uses,
        actor.name,
    )
    if not inserted:
        raise refuse(ErrorCode.ALREADY_EXISTS, "There is such a code already.", "input", "code")
    return promo_code_id


def _told(promo_code_id: UUID, wanted: NewPromoCode) -> dict[str, object]:
    """For the record, without the code itself, which is as good as money."""
    return {
        "promoCodeId": promo_code_id,
        "percent": wanted.percent,
        "priceListId": wanted.price_list_id,
        "periods": wanted.periods,
        "redeemBy": instant_text(wanted.redeem_by) if wanted.redeem_by is not None else None,
        "mostUses": wanted.most_uses,
    }


def _code(row: db.Row) -> PromoCode:
    percent = shortest(row["percent"]) if row["percent"] is not None else None
    return PromoCode(**{**row, "percent": percent})
