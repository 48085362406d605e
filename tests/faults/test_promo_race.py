"""Organizations race for the last uses of a promo code, and one organization for two codes (R4.8).

Every racer has a transaction and a connection of its own; the code's row, locked after the organization's, puts them in
order.
"""

import asyncio
from dataclasses import replace

import pytest

from app.billing.profile import set_billing_profile
from app.clocks.service import create_test_clock
from app.domain.paging import EVERYTHING
from app.terms.price_lists import delete_price_list
from app.terms.promo_codes import disable_promo_code, list_promo_codes
from tests.factories import NOVEMBER, OPERATOR, POLICIES, PROFILE, Company, count_of, found
from tests.faults.test_races import outcomes
from tests.terms.lists import make_code, make_list, redeem

pytestmark = pytest.mark.usefixtures("clean_database", "clean_afterwards")

RACERS = 8
LAST = 3


async def companies(number: int, *, of_one_payer: bool = False) -> list[Company]:
    """Each with a payer of its own, unless told."""
    clock = await create_test_clock(OPERATOR, NOVEMBER)
    made = [await found(clock) for _ in range(number)]
    for place, company in enumerate(made):
        payer = replace(PROFILE, tax_number="7707083893" if of_one_payer else f"50010073{place:02}")
        await set_billing_profile(OPERATOR, company.id, payer, POLICIES)
    return made


async def redemptions(made: list[Company]) -> int:
    return sum([await count_of("promo_code_redemptions", company.id) for company in made])


@pytest.mark.fault("F13", "organizations racing for a promo code", RACERS, "never used more often than it may be")
async def test_a_code_is_never_used_more_often_than_it_may_be() -> None:
    made = await companies(RACERS)
    code = await make_code(most_uses=LAST)
    ended = await outcomes(*(redeem(company, code) for company in made))
    assert ended == {"done": LAST, "PROMO_CODE_USED": RACERS - LAST}
    assert (await list_promo_codes(OPERATOR, EVERYTHING))[0].uses == LAST == await redemptions(made)


async def test_a_payer_of_many_organizations_uses_a_code_once() -> None:
    made = await companies(RACERS, of_one_payer=True)
    code = await make_code()
    ended = await outcomes(*(redeem(company, code) for company in made))
    assert ended == {"done": 1, "PROMO_CODE_USED": RACERS - 1}
    assert (await list_promo_codes(OPERATOR, EVERYTHING))[0].uses == 1 == await redemptions(made)


async def test_an_organization_that_redeems_many_codes_at_once_has_one() -> None:
    (company,) = made = await companies(1)
    codes = [await make_code() for _ in range(RACERS)]
    ended = await outcomes(*(redeem(company, code) for code in codes))
    assert ended == {"done": 1, "PROMO_CODE_USED": RACERS - 1}
    assert sum(one.uses for one in await list_promo_codes(OPERATOR, EVERYTHING)) == 1 == await redemptions(made)


async def test_who_comes_after_the_disabling_has_no_code() -> None:
    made = await companies(RACERS)
    code = await make_code()
    (row,) = await list_promo_codes(OPERATOR, EVERYTHING)
    racers = [redeem(company, code) for company in made]
    ended = await outcomes(*racers[:4], disable_promo_code(OPERATOR, row.id), *racers[4:])
    assert ended["done"] - 1 + ended["PROMO_CODE_INVALID"] == RACERS
    assert await redemptions(made) == ended["done"] - 1 == (await list_promo_codes(OPERATOR, EVERYTHING))[0].uses


async def test_a_list_is_either_removed_or_named() -> None:
    for _ in range(5):
        prices = await make_list()
        removed, named = await asyncio.gather(
            outcomes(delete_price_list(OPERATOR, prices)), outcomes(make_code(None, price_list_id=prices))
        )
        assert (removed, named) in [
            ({"done": 1}, {"NOT_FOUND": 1}),
            ({"PRICE_LIST_IN_USE": 1}, {"done": 1}),
        ]
