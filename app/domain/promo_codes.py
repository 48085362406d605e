"""What a promo code is, and whether it can be redeemed (R4.8)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from app.domain.agreements import Redemption, find_redemption_left
from app.domain.discounts import WHOLE
from app.domain.errors import ErrorCode, Problem, refuse, refuse_for
from app.domain.pricing import MOST_PERIODS

MOST_USES = 1_000_000_000
_CODE = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_-]{0,38}[A-Za-z0-9])?", re.ASCII)


@dataclass(frozen=True, slots=True)
class NewPromoCode:
    """A code as an operator asks for it: a percentage off or a list's prices, for a number of periods."""

    code: str
    percent: Decimal | None
    price_list_id: UUID | None
    periods: int
    redeem_by: datetime | None
    most_uses: int | None


@dataclass(frozen=True, slots=True)
class PromoCode:
    """A code as it stands. `currency` is that of its list; None for a percentage, which is for every currency."""

    id: UUID
    code: str
    percent: Decimal | None
    price_list_id: UUID | None
    currency: str | None
    periods: int
    redeem_by: datetime | None
    most_uses: int | None
    uses: int
    created_at: datetime
    disabled_at: datetime | None


def check_promo_code(wanted: NewPromoCode) -> None:
    """Raises: DomainError INVALID_INPUT with every problem found."""
    flaws = []
    if not is_promo_code(wanted.code):
        flaws.append(("A code is 1 to 40 letters a–z, digits, and hyphens or underscores inside.", "code"))
    if (wanted.percent is None) == (wanted.price_list_id is None):
        flaws.append(("A code is either a percentage or a price list.", "percent"))
    elif wanted.percent is not None and not _is_percent(wanted.percent):
        flaws.append(("A percentage is more than 0, at most 100, with at most 2 decimals.", "percent"))
    if not 1 <= wanted.periods <= MOST_PERIODS:
        flaws.append((f"A code is for 1 to {MOST_PERIODS} months.", "periods"))
    if wanted.most_uses is not None and not 1 <= wanted.most_uses <= MOST_USES:
        flaws.append((f"A code is for 1 to {MOST_USES} uses.", "mostUses"))
    if flaws:
        raise refuse_for([Problem(ErrorCode.INVALID_INPUT, message, ("input", field)) for message, field in flaws])


def is_promo_code(text: str) -> bool:
    """Whether a text can be a code at all."""
    return _CODE.fullmatch(text) is not None


def check_redeemable(
    promo: PromoCode | None, currency: str, at: datetime, has_used: bool, redemptions: Sequence[Redemption], *path: str
) -> PromoCode:
    """The code, if an organization of the currency can redeem it now. `has_used` is whether it did already, or its
    payer for another organization; `redemptions` are all that the organization ever redeemed.

    Raises: DomainError PROMO_CODE_INVALID (one answer for all that is none of the organization's business),
    PROMO_CODE_EXPIRED, PROMO_CODE_USED.
    """
    if promo is None or promo.disabled_at is not None or promo.currency not in (None, currency):
        raise refuse(ErrorCode.PROMO_CODE_INVALID, "There is no such promo code.", *path)
    if promo.redeem_by is not None and promo.redeem_by < at:
        raise refuse(ErrorCode.PROMO_CODE_EXPIRED, "This promo code is not to be had any more.", *path)
    if has_used:
        raise refuse(ErrorCode.PROMO_CODE_USED, "You have used this promo code already.", *path)
    if promo.most_uses is not None and promo.uses >= promo.most_uses:
        raise refuse(ErrorCode.PROMO_CODE_USED, "This promo code is used up.", *path)
    active = find_redemption_left(redemptions)
    if active is not None:
        raise refuse(ErrorCode.PROMO_CODE_USED, f"The promo code {active.code} still holds; one at a time.", *path)
    return promo


def _is_percent(percent: Decimal) -> bool:
    return percent.is_finite() and 0 < percent <= WHOLE and percent == round(percent, 2)
