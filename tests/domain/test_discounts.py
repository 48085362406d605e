from dataclasses import replace
from decimal import Decimal

import pytest

from app.domain.discounts import DiscountKind, InvoiceDiscount, Promo, promo_amount
from app.domain.invoice import draft_invoice
from app.domain.money import Money
from app.domain.pricing import PriceList, Tier
from tests.domain.samples import DEFAULT_LIST, DEFAULT_TERMS

CHEAPER = replace(DEFAULT_LIST, name="Before October", tiers=(Tier(None, Decimal(200)),))
DEARER = replace(DEFAULT_LIST, name="Dearer", tiers=(Tier(None, Decimal(1000)),))


def rub(text: str) -> Money:
    return Money(Decimal(text), "RUB")


def percent(text: str) -> Promo:
    return Promo("LESS", Decimal(text), None)


def listed(prices: PriceList) -> Promo:
    return Promo("LIST", None, prices)


# What a promo code is


def test_a_promo_code_is_not_both_a_percentage_and_a_list() -> None:
    with pytest.raises(ValueError, match="either a percentage or a price list"):
        Promo("BOTH", Decimal(10), DEFAULT_LIST)


def test_a_promo_code_is_not_nothing() -> None:
    with pytest.raises(ValueError, match="either a percentage or a price list"):
        Promo("NEITHER", None, None)


def test_fifteen_percent_off_leaves_eighty_five() -> None:
    assert promo_amount(rub("62800.00"), percent("15"), None) == rub("53380")


def test_the_amount_under_a_percentage_is_not_rounded() -> None:
    assert promo_amount(rub("0.01"), percent("33.33"), None) == rub("0.006667")


def test_under_a_cheaper_list_less_is_due() -> None:
    assert promo_amount(rub("62800"), listed(CHEAPER), rub("54000")) == rub("54000")


def test_a_dearer_list_raises_nothing() -> None:
    assert promo_amount(rub("62800"), listed(DEARER), rub("270000")) == rub("62800")


def test_a_list_needs_the_amount_under_it() -> None:
    with pytest.raises(ValueError, match="needs the amount under that list"):
        promo_amount(rub("62800"), listed(CHEAPER), None)


# On an invoice (R4.7, R4.8, R4.10)


def test_ten_percent_off_270_seats() -> None:
    draft = draft_invoice(270, replace(DEFAULT_TERMS, promo=percent("10")))
    assert draft.discounts == (InvoiceDiscount(DiscountKind.PROMO, "Promo code LESS", rub("6280.00")),)
    assert (draft.subtotal, draft.total) == (rub("62800.00"), rub("56520.00"))


def test_a_legacy_organization_pays_no_more_than_the_baseline() -> None:
    draft = draft_invoice(270, replace(DEFAULT_TERMS, baselines=(CHEAPER,)))
    assert draft.discounts == (InvoiceDiscount(DiscountKind.LEGACY, "Price kept: Before October", rub("8800.00")),)
    assert draft.total == rub("54000.00")


def test_a_dearer_baseline_is_no_discount() -> None:
    draft = draft_invoice(270, replace(DEFAULT_TERMS, baselines=(DEARER,)))
    assert (draft.discounts, draft.total) == ((), rub("62800.00"))


def test_a_baseline_with_the_same_amount_is_no_discount() -> None:
    draft = draft_invoice(270, replace(DEFAULT_TERMS, baselines=(DEFAULT_LIST,)))
    assert (draft.discounts, draft.total) == ((), rub("62800.00"))


def test_the_percentage_is_off_what_is_due_after_legacy() -> None:
    draft = draft_invoice(270, replace(DEFAULT_TERMS, baselines=(CHEAPER,), promo=percent("10")))
    assert [(one.kind, one.amount) for one in draft.discounts] == [
        (DiscountKind.LEGACY, rub("8800.00")),
        (DiscountKind.PROMO, rub("5400.00")),
    ]
    assert draft.total == rub("48600.00")


def test_a_promo_list_takes_off_what_legacy_has_not() -> None:
    cheapest = replace(DEFAULT_LIST, tiers=(Tier(None, Decimal(150)),))
    draft = draft_invoice(270, replace(DEFAULT_TERMS, baselines=(CHEAPER,), promo=listed(cheapest)))
    assert [one.amount for one in draft.discounts] == [rub("8800.00"), rub("13500.00")]
    assert draft.total == rub("40500.00")


def test_a_promo_list_dearer_than_the_baseline_takes_off_nothing_more() -> None:
    draft = draft_invoice(270, replace(DEFAULT_TERMS, baselines=(CHEAPER,), promo=listed(DEFAULT_LIST)))
    assert [one.kind for one in draft.discounts] == [DiscountKind.LEGACY]
    assert draft.total == rub("54000.00")


def test_a_dearer_baseline_does_not_make_a_promo_larger() -> None:
    draft = draft_invoice(270, replace(DEFAULT_TERMS, baselines=(DEARER,), promo=percent("10")))
    assert [one.amount for one in draft.discounts] == [rub("6280.00")]


def test_a_hundred_percent_off_is_free() -> None:
    draft = draft_invoice(270, replace(DEFAULT_TERMS, promo=percent("100")))
    assert (draft.total, draft.vat.amount, draft.vat.net) == (rub("0.00"), rub("0.00"), rub("0.00"))


def test_nothing_percent_off_is_no_discount() -> None:
    assert draft_invoice(270, replace(DEFAULT_TERMS, promo=percent("0"))).discounts == ()


def test_a_discount_is_rounded_half_up() -> None:
    # 6 × 258 = 1 548; 33.3333 % of it are 515.999484
    draft = draft_invoice(6, replace(DEFAULT_TERMS, promo=percent("33.3333")))
    assert [str(one.amount.amount) for one in draft.discounts] == ["516.00"]
    # 6 × 0.01 = 0.06; 25 % of it are 0.015
    kopecks = replace(DEFAULT_LIST, tiers=(Tier(None, Decimal("0.01")),))
    draft = draft_invoice(6, replace(DEFAULT_TERMS, prices=kopecks, promo=percent("25")))
    assert [str(one.amount.amount) for one in draft.discounts] == ["0.02"]


def test_a_promo_code_with_nothing_due_takes_off_nothing() -> None:
    assert draft_invoice(5, replace(DEFAULT_TERMS, baselines=(CHEAPER,), promo=percent("10"))).discounts == ()


def test_more_than_a_hundred_percent_is_not_a_percentage_off() -> None:
    with pytest.raises(ValueError, match="percent"):
        percent("100.01")


def test_of_several_baselines_the_cheapest_is_kept() -> None:
    draft = draft_invoice(270, replace(DEFAULT_TERMS, baselines=(DEARER, CHEAPER, DEFAULT_LIST)))
    assert draft.discounts == (InvoiceDiscount(DiscountKind.LEGACY, "Price kept: Before October", rub("8800.00")),)


def test_a_baseline_with_vat_on_top_is_compared_with_vat_inside() -> None:
    # 270 × 150 = 40 500 and 20 % on top are 48 600
    net = replace(CHEAPER, tiers=(Tier(None, Decimal(150)),), vat_included=False)
    draft = draft_invoice(270, replace(DEFAULT_TERMS, baselines=(net,)))
    assert (draft.discounts[0].amount, draft.total) == (rub("14200.00"), rub("48600.00"))


def test_a_baseline_with_vat_inside_is_compared_without_it() -> None:
    # 7 × 200 = 1 400 with VAT are 1 166.666… without; 7 × 258 = 1 806 without
    net = replace(DEFAULT_LIST, vat_included=False)
    draft = draft_invoice(7, replace(DEFAULT_TERMS, prices=net, baselines=(CHEAPER,)))
    assert draft.discounts[0].amount == rub("639.33")
    assert (draft.vat.net, draft.vat.amount, draft.total) == (rub("1166.67"), rub("233.33"), rub("1400.00"))


def test_a_promo_list_with_vat_on_top_is_compared_with_vat_inside() -> None:
    net = replace(DEFAULT_LIST, tiers=(Tier(None, Decimal(100)),), vat_included=False)
    draft = draft_invoice(270, replace(DEFAULT_TERMS, promo=listed(net)))
    assert (draft.discounts[0].amount, draft.total) == (rub("30400.00"), rub("32400.00"))


# Lists agreed after the period began (R4.9)


def test_a_list_agreed_later_lowers_the_month() -> None:
    draft = draft_invoice(270, replace(DEFAULT_TERMS, alternatives=(DEARER, CHEAPER)))
    assert (draft.prices, draft.subtotal, draft.discounts, draft.total) == (
        CHEAPER,
        rub("54000.00"),
        (),
        rub("54000.00"),
    )


def test_a_list_agreed_later_never_raises_the_month() -> None:
    draft = draft_invoice(270, replace(DEFAULT_TERMS, alternatives=(DEARER,)))
    assert (draft.prices, draft.total) == (DEFAULT_LIST, rub("62800.00"))


def test_of_two_lists_the_cheaper_for_the_peak_prices_it() -> None:
    flat = replace(DEFAULT_LIST, name="Flat", tiers=(Tier(None, Decimal(0), Decimal(10_000)),))
    terms = replace(DEFAULT_TERMS, alternatives=(flat,))
    assert [(draft_invoice(seats, terms).prices.name, draft_invoice(seats, terms).total) for seats in (38, 39)] == [
        ("October 2020", rub("9804.00")),
        ("Flat", rub("10000.00")),
    ]


@pytest.mark.parametrize(("price", "chosen", "total"), [("215", "Listed", "1548.00"), ("214.99", "Net", "1547.93")])
def test_lists_with_vat_inside_and_on_top_are_compared_by_what_is_paid(price: str, chosen: str, total: str) -> None:
    # 6 × 215 = 1 290 and 20 % on top are 1 548, as much as 6 × 258
    listed = replace(DEFAULT_LIST, name="Listed")
    net = replace(DEFAULT_LIST, name="Net", tiers=(Tier(None, Decimal(price)),), vat_included=False)
    draft = draft_invoice(6, replace(DEFAULT_TERMS, prices=listed, alternatives=(net,)))
    assert (draft.prices.name, draft.total) == (chosen, rub(total))


def test_a_list_under_which_nothing_is_due_spares_the_promo_code() -> None:
    free = replace(DEFAULT_LIST, name="Free", free_threshold=100)
    draft = draft_invoice(6, replace(DEFAULT_TERMS, alternatives=(free,), promo=percent("100")))
    assert (draft.prices.name, draft.due_before_promo, draft.total) == ("Free", rub("0.00"), rub("0.00"))


def test_the_free_threshold_is_the_widest_of_the_lists() -> None:
    free = replace(DEFAULT_LIST, free_threshold=100)
    assert replace(DEFAULT_TERMS, alternatives=(free, DEARER)).free_threshold == 100
    assert DEFAULT_TERMS.free_threshold == 5


def test_what_a_promo_code_is_taken_off_is_known() -> None:
    draft = draft_invoice(270, replace(DEFAULT_TERMS, baselines=(CHEAPER,), promo=percent("100")))
    assert (draft.due_before_promo, draft.total) == (rub("54000.00"), rub("0.00"))


def test_lists_of_two_currencies_are_not_compared() -> None:
    with pytest.raises(ValueError, match="RUB and USD do not add up"):
        draft_invoice(270, replace(DEFAULT_TERMS, baselines=(replace(CHEAPER, currency="USD"),)))
