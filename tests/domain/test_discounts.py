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
    draft = draft_invoice(270, replace(DEFAULT_TERMS, baseline=CHEAPER))
    assert draft.discounts == (InvoiceDiscount(DiscountKind.LEGACY, "Price kept: Before October", rub("8800.00")),)
    assert draft.total == rub("54000.00")


def test_a_dearer_baseline_is_no_discount() -> None:
    draft = draft_invoice(270, replace(DEFAULT_TERMS, baseline=DEARER))
    assert (draft.discounts, draft.total) == ((), rub("62800.00"))


def test_a_baseline_with_the_same_amount_is_no_discount() -> None:
    draft = draft_invoice(270, replace(DEFAULT_TERMS, baseline=DEFAULT_LIST))
    assert (draft.discounts, draft.total) == ((), rub("62800.00"))


def test_the_percentage_is_off_what_is_due_after_legacy() -> None:
    draft = draft_invoice(270, replace(DEFAULT_TERMS, baseline=CHEAPER, promo=percent("10")))
    assert [(one.kind, one.amount) for one in draft.discounts] == [
        (DiscountKind.LEGACY, rub("8800.00")),
        (DiscountKind.PROMO, rub("5400.00")),
    ]
    assert draft.total == rub("48600.00")


def test_a_promo_list_takes_off_what_legacy_has_not() -> None:
    cheapest = replace(DEFAULT_LIST, tiers=(Tier(None, Decimal(150)),))
    draft = draft_invoice(270, replace(DEFAULT_TERMS, baseline=CHEAPER, promo=listed(cheapest)))
    assert [one.amount for one in draft.discounts] == [rub("8800.00"), rub("13500.00")]
    assert draft.total == rub("40500.00")


def test_a_promo_list_dearer_than_the_baseline_takes_off_nothing_more() -> None:
    draft = draft_invoice(270, replace(DEFAULT_TERMS, baseline=CHEAPER, promo=listed(DEFAULT_LIST)))
    assert [one.kind for one in draft.discounts] == [DiscountKind.LEGACY]
    assert draft.total == rub("54000.00")


def test_a_dearer_baseline_does_not_make_a_promo_larger() -> None:
    draft = draft_invoice(270, replace(DEFAULT_TERMS, baseline=DEARER, promo=percent("10")))
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
    assert draft_invoice(5, replace(DEFAULT_TERMS, baseline=CHEAPER, promo=percent("10"))).discounts == ()


def test_more_than_a_hundred_percent_is_not_a_percentage_off() -> None:
    with pytest.raises(ValueError, match="percent"):
        percent("100.01")


def test_lists_with_vat_inside_and_on_top_are_not_compared() -> None:
    with pytest.raises(ValueError, match="both have VAT inside, or both on top"):
        draft_invoice(270, replace(DEFAULT_TERMS, baseline=replace(CHEAPER, vat_included=False)))


def test_lists_of_two_currencies_are_not_compared() -> None:
    with pytest.raises(ValueError, match="RUB and USD do not add up"):
        draft_invoice(270, replace(DEFAULT_TERMS, baseline=replace(CHEAPER, currency="USD")))
