"""Graduated prices that other billing engines state in public, priced by ours; and R4.2's list at its edges."""

from dataclasses import replace
from decimal import Decimal

import pytest

from app.domain.invoice import Terms, draft_invoice
from app.domain.pricing import PriceList, Tier
from tests.domain.samples import DEFAULT_LIST, DEFAULT_TERMS


def graduated(currency: str, *tiers: tuple[int | None, str, str]) -> PriceList:
    """Tiers as (up to, unit price, flat amount); without a free threshold."""
    return replace(
        DEFAULT_LIST,
        currency=currency,
        free_threshold=0,
        vat_included=False,
        tiers=tuple(Tier(end, Decimal(unit), Decimal(flat)) for end, unit, flat in tiers),
    )


def total(seats: int, prices: PriceList) -> str:
    return str(draft_invoice(seats, Terms(prices, Decimal(0))).total.amount)


@pytest.mark.parametrize(
    ("seats", "lines", "amount"),
    [
        (0, [], "0.00"),
        (1, [], "0.00"),
        (5, [], "0.00"),
        (6, ["1548.00"], "1548.00"),
        (7, ["1806.00"], "1806.00"),
        (99, ["25542.00"], "25542.00"),
        (100, ["25800.00"], "25800.00"),
        (101, ["25800.00", "222.00"], "26022.00"),
        (249, ["25800.00", "33078.00"], "58878.00"),
        (250, ["25800.00", "33300.00"], "59100.00"),
        (251, ["25800.00", "33300.00", "185.00"], "59285.00"),
        (270, ["25800.00", "33300.00", "3700.00"], "62800.00"),
        (500, ["25800.00", "33300.00", "46250.00"], "105350.00"),
        (501, ["25800.00", "33300.00", "46435.00"], "105535.00"),
    ],
)
def test_the_list_of_october_2020_seat_by_seat(seats: int, lines: list[str], amount: str) -> None:
    draft = draft_invoice(seats, DEFAULT_TERMS)
    assert [str(line.amount.amount) for line in draft.lines] == lines
    assert str(draft.total.amount) == amount


# Lago, lago-api: spec/services/charges/charge_models/graduated_service_spec.rb. To 10 at 10 with 2 flat, then at 5 with
# 3 flat; it counts cents, this takes them for dollars.
LAGO = graduated("USD", (10, "10", "2"), (None, "5", "3"))


@pytest.mark.parametrize(
    ("seats", "amount"),
    [
        (0, "0.00"),
        (1, "12.00"),  # 2 + 1 × 10
        (10, "102.00"),  # 2 + 10 × 10
        (11, "110.00"),  # 102 + 3 + 1 × 5
        (12, "115.00"),  # 102 + 3 + 2 × 5
    ],
)
def test_as_lago_prices_graduated_ranges_with_flat_amounts(seats: int, amount: str) -> None:
    assert total(seats, LAGO) == amount


# Stripe, docs.stripe.com/subscriptions/pricing-models/tiered-pricing: 1–5 at 7 USD, 6–10 at 6.50 USD, 11 and more at 6.
STRIPE = graduated("USD", (5, "7", "0"), (10, "6.5", "0"), (None, "6", "0"))


@pytest.mark.parametrize(
    ("seats", "amount"),
    [(1, "7.00"), (5, "35.00"), (6, "41.50"), (20, "127.50"), (25, "157.50")],
)
def test_as_stripe_prices_graduated_tiers(seats: int, amount: str) -> None:
    assert total(seats, STRIPE) == amount


@pytest.mark.parametrize(
    ("seats", "amount"),
    [
        (5, "35.00"),  # 10 + 5 × 5
        (6, "59.00"),  # 35 + 20 + 1 × 4
        (12, "111.00"),  # 35 + 20 + 5 × 4 + 30 + 2 × 3
    ],
)
def test_the_flat_amount_of_every_tier_that_is_reached_is_added(seats: int, amount: str) -> None:
    assert total(seats, graduated("USD", (5, "5", "10"), (10, "4", "20"), (None, "3", "30"))) == amount


@pytest.mark.parametrize(
    ("prices", "seats", "amount"),
    [
        # 6 decimals are rounded once a line: 7 × 0.123457 = 0.864199; 3 × 0.000001 = 0.000003
        (graduated("USD", (7, "0.123457", "0"), (None, "0.000001", "0")), 10, "0.86"),
        (graduated("USD", (7, "0.123457", "0"), (None, "0.001667", "0")), 10, "0.87"),  # 0.005001 is a cent
        (graduated("USD", (None, "0.004999", "0")), 1, "0.00"),
        (graduated("USD", (None, "0.005", "0")), 1, "0.01"),
        (graduated("KZT", (10, "1490.505", "250.5"), (None, "990", "0")), 11, "16145.55"),
        # 11 × 99.5 = 1 094.5 yen and 1 × 0.4 + 0.1 = 0.5 yen, both up
        (graduated("JPY", (11, "99.5", "0"), (None, "0.4", "0.1")), 12, "1096"),
        (graduated("JPY", (None, "0.04", "0")), 12, "0"),
    ],
)
def test_small_prices_and_flat_amounts_are_rounded_line_by_line(prices: PriceList, seats: int, amount: str) -> None:
    assert total(seats, prices) == amount
