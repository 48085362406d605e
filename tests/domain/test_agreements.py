from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from uuid import UUID

import pytest

from app.domain.agreements import (
    Agreements,
    Baseline,
    Contract,
    Redemption,
    contract_in_force,
    redemption_in_force,
    redemption_used,
    terms_of,
)
from app.domain.discounts import Promo
from app.domain.invoice import Terms, draft_invoice
from app.domain.period import Month, period_of
from app.domain.pricing import PriceList, Tier
from tests.domain.samples import DEFAULT_LIST, utc

LONG_AGO, FIRST = Month(2020, 1), Month(2021, 1)
JANUARY = period_of(FIRST, "Europe/Moscow")
"""From 2020-12-31 21:00 UTC on."""


def private(number: int, price: int = 100) -> PriceList:
    tiers = (Tier(None, Decimal(price)),)
    return replace(DEFAULT_LIST, id=UUID(int=number), name=f"List {number}", is_public=False, tiers=tiers)


BEFORE, OTHER, THIRD = private(1), private(2), private(3)
LISTS = [DEFAULT_LIST, BEFORE, OTHER, THIRD]


def contract(prices: PriceList | None, recorded_at: str, since: Month = LONG_AGO, to: Month | None = None) -> Contract:
    return Contract(500, prices.id if prices else None, since, to, utc(recorded_at))


def redemption(periods: int = 3, since: Month = FIRST, used_in: tuple[Month, ...] = ()) -> Redemption:
    return Redemption(
        UUID(int=7), "LESS", Decimal(10), None, since, periods, utc("2021-01-05 12:00"), frozenset(used_in)
    )


def terms(agreements: Agreements, month: Month = FIRST, lists: list[PriceList] = LISTS) -> Terms:
    found = terms_of(agreements, period_of(month, "Europe/Moscow"), lists, "RUB", Decimal(20), (1, 1))
    assert found is not None
    return found


def test_without_agreements_the_public_list_in_force_prices_the_month() -> None:
    assert terms(Agreements()) == Terms(DEFAULT_LIST, Decimal(20))


def test_before_the_first_public_list_nothing_prices_a_month() -> None:
    period = period_of(Month(2020, 9), "Europe/Moscow")
    assert terms_of(Agreements(), period, LISTS, "RUB", Decimal(20), (1, 1)) is None


def test_another_currency_s_list_prices_nothing() -> None:
    assert terms_of(Agreements(), JANUARY, LISTS, "USD", Decimal(20), (1, 1)) is None


def test_the_share_that_is_charged_is_passed_on() -> None:
    found = terms_of(Agreements(), JANUARY, LISTS, "RUB", Decimal(20), (1, 3))
    assert found == Terms(DEFAULT_LIST, Decimal(20), (1, 3))


# Contracts (R4.9)


def test_a_contract_recorded_before_the_period_prices_it_by_its_list() -> None:
    assert terms(Agreements(contracts=(contract(BEFORE, "2020-12-31 20:59"),))) == Terms(BEFORE, Decimal(20))


def test_a_contract_recorded_as_the_period_begins_prices_it() -> None:
    assert terms(Agreements(contracts=(contract(BEFORE, "2020-12-31 21:00"),))).prices == BEFORE


def test_a_contract_without_a_list_leaves_the_public_one() -> None:
    assert terms(Agreements(contracts=(contract(None, "2020-12-01 09:00"),))) == Terms(DEFAULT_LIST, Decimal(20))


def test_of_two_contracts_the_one_recorded_last_holds() -> None:
    both = (contract(OTHER, "2020-12-02 09:00"), contract(BEFORE, "2020-12-01 09:00"))
    assert terms(Agreements(contracts=both)) == Terms(OTHER, Decimal(20))


def test_a_later_contract_without_a_list_ends_an_earlier_one_s() -> None:
    both = (contract(OTHER, "2020-12-01 09:00"), contract(None, "2020-12-02 09:00"))
    assert terms(Agreements(contracts=both)) == Terms(DEFAULT_LIST, Decimal(20))


@pytest.mark.parametrize(
    ("since", "to"), [(Month(2021, 2), None), (Month(2020, 1), Month(2020, 12)), (Month(2021, 2), Month(2021, 3))]
)
def test_a_contract_for_other_months_prices_nothing(since: Month, to: Month | None) -> None:
    assert terms(Agreements(contracts=(contract(BEFORE, "2020-12-01 09:00", since, to),))).prices == DEFAULT_LIST


@pytest.mark.parametrize(("since", "to"), [(Month(2021, 1), Month(2021, 1)), (Month(2020, 12), Month(2021, 1))])
def test_both_ends_of_a_contract_belong_to_it(since: Month, to: Month) -> None:
    assert terms(Agreements(contracts=(contract(BEFORE, "2020-12-01 09:00", since, to),))).prices == BEFORE


def test_a_contract_recorded_in_the_period_is_an_alternative() -> None:
    agreed = Agreements(contracts=(contract(BEFORE, "2021-01-15 09:00"),))
    assert terms(agreed) == Terms(DEFAULT_LIST, Decimal(20), alternatives=(BEFORE,))
    assert terms(agreed, Month(2021, 2)) == Terms(BEFORE, Decimal(20))


def test_every_list_agreed_in_the_period_is_an_alternative() -> None:
    agreed = (
        contract(BEFORE, "2020-12-01 09:00"),
        contract(OTHER, "2021-01-15 09:00"),
        contract(None, "2021-01-16 09:00"),
        contract(OTHER, "2021-01-17 09:00"),
    )
    assert terms(Agreements(contracts=agreed)) == Terms(BEFORE, Decimal(20), alternatives=(OTHER, DEFAULT_LIST))


def test_a_contract_prices_where_no_public_list_does() -> None:
    agreed = Agreements(contracts=(contract(BEFORE, "2021-01-15 09:00"),))
    assert terms(agreed, lists=[BEFORE]) == Terms(BEFORE, Decimal(20))


def test_the_contract_in_force_is_the_one_recorded_last() -> None:
    both = [contract(OTHER, "2021-01-02 09:00"), contract(BEFORE, "2021-01-01 09:00")]
    assert contract_in_force(both, Month(2021, 1)) == both[0]
    assert contract_in_force(both, Month(2019, 12)) is None


# The legacy discount (R4.7)

WITH_BASELINE = replace(DEFAULT_LIST, baseline_id=BEFORE.id)
OF_OLD = utc("2020-09-30 20:59")
"""A minute before October begins in Moscow."""


def baselines(agreements: Agreements, month: Month = FIRST) -> tuple[PriceList, ...]:
    return terms(agreements, month, [WITH_BASELINE, BEFORE, OTHER, THIRD]).baselines


@pytest.mark.parametrize(
    ("month", "kept"),
    [(Month(2020, 10), (BEFORE,)), (Month(2021, 3), (BEFORE,)), (Month(2021, 4), ())],
)
def test_the_price_is_kept_for_six_months(month: Month, kept: tuple[PriceList, ...]) -> None:
    assert baselines(Agreements(OF_OLD), month) == kept


@pytest.mark.parametrize(
    ("activated_at", "kept"), [("2020-09-30 20:59:59.999999", (BEFORE,)), ("2020-09-30 21:00", ())]
)
def test_who_was_activated_once_the_list_was_in_effect_keeps_nothing(
    activated_at: str, kept: tuple[PriceList, ...]
) -> None:
    assert baselines(Agreements(utc(activated_at))) == kept


def test_the_list_takes_effect_by_the_period_s_calendar() -> None:
    lists = [WITH_BASELINE, BEFORE]
    in_havana = period_of(Month(2021, 1), "America/Havana")
    found = terms_of(Agreements(utc("2020-10-01 03:59")), in_havana, lists, "RUB", Decimal(20), (1, 1))
    assert found is not None
    assert found.baselines == (BEFORE,)


def test_who_was_never_activated_keeps_nothing() -> None:
    assert baselines(Agreements(None, baselines=(Baseline(OTHER.id, OF_OLD),))) == ()


def test_an_individual_baseline_replaces_the_list_s() -> None:
    own = (Baseline(THIRD.id, utc("2020-12-02 09:00")), Baseline(OTHER.id, utc("2020-12-01 09:00")))
    assert baselines(Agreements(OF_OLD, baselines=own)) == (THIRD,)


def test_an_individual_baseline_recorded_in_the_period_adds_to_what_held() -> None:
    own = tuple(Baseline(one.id, utc(at)) for one, at in ((THIRD, "2021-01-02 09:00"), (OTHER, "2020-12-01 09:00")))
    assert baselines(Agreements(OF_OLD, baselines=own)) == (OTHER, THIRD)
    assert baselines(Agreements(OF_OLD, baselines=own[:1])) == (BEFORE, THIRD)
    assert baselines(Agreements(OF_OLD, baselines=own), Month(2021, 2)) == (THIRD,)


def test_an_individual_baseline_recorded_after_the_period_is_not_for_it() -> None:
    at = ("2021-01-31 20:59", "2021-01-31 21:00")
    own = [Agreements(OF_OLD, baselines=(Baseline(THIRD.id, utc(one)),)) for one in at]
    assert [baselines(one) for one in own] == [(BEFORE, THIRD), (BEFORE,)]


def test_an_individual_baseline_has_the_list_s_months_too() -> None:
    own = Agreements(OF_OLD, baselines=(Baseline(OTHER.id, OF_OLD),))
    assert [baselines(own, Month(2021, number)) for number in (3, 4)] == [(OTHER,), ()]


def test_a_contract_s_list_has_its_own_legacy_months_or_none() -> None:
    agreed = replace(Agreements(OF_OLD), contracts=(contract(OTHER, "2020-12-01 09:00"),))
    without = replace(OTHER, legacy_periods=0, baseline_id=BEFORE.id)
    assert terms(agreed, lists=[WITH_BASELINE, BEFORE, without]).baselines == ()
    assert terms(agreed, lists=[WITH_BASELINE, BEFORE, replace(without, legacy_periods=6)]).baselines == (BEFORE,)


def test_a_price_is_kept_under_every_list_that_may_price_the_month() -> None:
    agreed = Agreements(OF_OLD, contracts=(contract(OTHER, "2021-01-15 09:00"),))
    lists = [WITH_BASELINE, BEFORE, replace(OTHER, baseline_id=THIRD.id), THIRD]
    assert terms(agreed, lists=lists).baselines == (BEFORE, THIRD)


# Promo codes (R4.8)


def promo_in(month: Month, *redeemed: Redemption) -> Promo | None:
    return terms(Agreements(redemptions=redeemed), month).promo


def test_a_promo_code_holds_from_its_month_on_until_its_periods_are_used_up() -> None:
    used = redemption(2, used_in=(Month(2021, 1), Month(2021, 3)))
    assert [promo_in(Month(2020, 12), used), promo_in(Month(2021, 4), used)] == [None, None]
    taken = Promo("LESS", Decimal(10), None, UUID(int=7))
    assert [promo_in(Month(2021, number), used) for number in (1, 2, 3)] == [taken] * 3
    assert used.periods_left == 0


def test_a_month_with_nothing_due_uses_up_nothing() -> None:
    assert promo_in(Month(2030, 1), redemption(1)) is not None
    assert redemption(3).periods_left == 3


def test_a_promo_code_may_be_a_private_list() -> None:
    by_list = replace(redemption(), percent=None, price_list_id=OTHER.id)
    assert promo_in(Month(2021, 1), by_list) == Promo("LESS", None, OTHER, UUID(int=7))


def test_of_two_redemptions_the_one_with_periods_left_holds() -> None:
    first = redemption(1, used_in=(Month(2021, 1),))
    second = replace(redemption(1, Month(2021, 2)), id=UUID(int=8), code="MORE", redeemed_at=utc("2021-02-05 09:00"))
    held = [redemption_in_force([second, first], Month(2021, number)) for number in (1, 2)]
    assert held == [first, second]


def test_a_month_uses_up_a_period_if_something_is_due_before_the_promo_code() -> None:
    everything = replace(redemption(2), percent=Decimal(100))
    found = terms(Agreements(redemptions=(everything,)))
    assert [redemption_used(found, draft_invoice(seats, found)) for seats in (5, 6)] == [None, everything.id]
    assert redemption_used(Terms(DEFAULT_LIST, Decimal(20)), draft_invoice(6, found)) is None


def test_a_month_that_uses_up_a_period_leaves_one_less() -> None:
    agreed = Agreements(redemptions=(redemption(1),))
    assert agreed.after(Month(2021, 1), None) == agreed
    after = agreed.after(Month(2021, 1), UUID(int=7))
    assert after.redemptions[0].periods_left == 0
    assert terms(after, Month(2021, 2)).promo is None


# Never raised (R4.9)


@pytest.mark.parametrize("recorded_at", [utc("2020-12-31 21:00:00.000001"), utc("2021-01-31 20:59")])
def test_whatever_is_recorded_in_a_period_only_adds_to_its_terms(recorded_at: datetime) -> None:
    held = Agreements(OF_OLD, (contract(BEFORE, "2020-12-01 09:00"),), (Baseline(OTHER.id, utc("2020-12-01 09:00")),))
    more = replace(
        held,
        contracts=(*held.contracts, replace(contract(OTHER, "2021-01-01 00:00"), recorded_at=recorded_at)),
        baselines=(*held.baselines, Baseline(THIRD.id, recorded_at)),
    )
    before, after = terms(held), terms(more)
    assert (after.prices, after.alternatives) == (before.prices, (OTHER,))
    assert after.baselines == (*before.baselines, THIRD)
