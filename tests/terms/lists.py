"""Price lists and promo codes that tests make through the services."""

from dataclasses import replace
from decimal import Decimal
from itertools import count
from typing import Any
from uuid import UUID, uuid4

from app.billing.promo import redeem_promo_code
from app.domain.period import Month
from app.domain.pricing import PriceList, Tier
from app.domain.promo_codes import NewPromoCode
from app.terms.price_lists import create_price_list
from app.terms.promo_codes import create_promo_code
from tests.domain.samples import DEFAULT_LIST
from tests.factories import OPERATOR, POLICIES, Company

LONG_AGO = Month(2020, 1)
_codes = count(1)


def tiers(*priced: tuple[int | None, str] | tuple[int | None, str, str]) -> tuple[Tier, ...]:
    """Each as (up to, unit price) or (up to, unit price, flat amount)."""
    return tuple(Tier(one[0], *(Decimal(price) for price in one[1:])) for one in priced)


def private(price: str = "100", **other: Any) -> PriceList:
    """A private list in RUB at one price a seat, with VAT inside and without a free threshold, unless told."""
    plain = replace(DEFAULT_LIST, id=uuid4(), name=f"At {price}", is_public=False, effective_from=LONG_AGO)
    plain = replace(plain, free_threshold=0, tiers=tiers((None, price)), legacy_periods=0)
    changed: PriceList = replace(plain, **other)
    return changed


async def make_list(price: str = "100", **other: Any) -> UUID:
    return await create_price_list(OPERATOR, private(price, **other))


async def make_code(percent: str | None = "10", **other: Any) -> str:
    """A code of a percentage for three months unless told; gives the code itself."""
    wanted = NewPromoCode(
        code=f"CODE-{next(_codes)}",
        percent=Decimal(percent) if percent is not None else None,
        price_list_id=None,
        periods=3,
        redeem_by=None,
        most_uses=None,
    )
    changed = replace(wanted, **other)
    await create_promo_code(OPERATOR, changed)
    return changed.code


async def redeem(company: Company, code: str) -> None:
    await redeem_promo_code(OPERATOR, company.id, code, POLICIES)
