from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.errors import DomainError, ErrorCode
from app.domain.money import Money
from app.domain.period import Month
from app.domain.pricing import (
    InvoiceLine,
    PriceList,
    Tier,
    check_price_list,
    check_public_month,
    check_seats,
    line_name,
    list_in_force,
    price_seats,
)
from tests.domain import model
from tests.domain.samples import DEFAULT_LIST, utc
from tests.domain.strategies import months, price_lists, thorough


def amounts(seats: int, prices: PriceList = DEFAULT_LIST) -> list[Decimal]:
    return [line.amount.amount for line in price_seats(seats, prices)]


# Graduated prices (R4.2–R4.4)


@pytest.mark.parametrize(
    ("seats", "by_tier"),
    [
        (0, []),
        (1, []),
        (5, []),
        (6, [1_548]),
        (7, [1_806]),
        (99, [25_542]),
        (100, [25_800]),
        (101, [25_800, 222]),
        (249, [25_800, 33_078]),
        (250, [25_800, 33_300]),
        (251, [25_800, 33_300, 185]),
        (270, [25_800, 33_300, 3_700]),
        (500, [25_800, 33_300, 46_250]),
        (501, [25_800, 33_300, 46_435]),
    ],
)
def test_the_default_list_charges_258_then_222_then_185(seats: int, by_tier: list[int]) -> None:
    assert amounts(seats) == by_tier


def test_270_seats_are_three_lines() -> None:
    assert price_seats(270, DEFAULT_LIST) == [
        InvoiceLine("Seats 1–100", 100, Decimal(258), Decimal(0), Money(Decimal(25_800), "RUB")),
        InvoiceLine("Seats 101–250", 150, Decimal(222), Decimal(0), Money(Decimal(33_300), "RUB")),
        InvoiceLine("Seats 251 and more", 20, Decimal(185), Decimal(0), Money(Decimal(3_700), "RUB")),
    ]


def test_a_tier_that_is_not_full_is_named_whole() -> None:
    assert [(line.description, line.quantity) for line in price_seats(101, DEFAULT_LIST)] == [
        ("Seats 1–100", 100),
        ("Seats 101–250", 1),
    ]


def test_a_tier_of_one_seat_is_named_by_it_which_once_was_written_as_a_range() -> None:
    tiers = (Tier(28, Decimal(258)), Tier(29, Decimal(222)), Tier(None, Decimal(185)))
    lines = price_seats(30, replace(DEFAULT_LIST, tiers=tiers))

    assert [line.description for line in lines] == ["Seats 1–28", "Seat 29", "Seats 30 and more"]
    assert [line_name(one) for one in ("Seats 29–29", "Seats 2–29", "Seats 29–2", "Seat 29")] == [
        "Seat 29",
        "Seats 2–29",
        "Seats 29–2",
        "Seat 29",
    ]


def test_without_a_free_threshold_the_first_seat_is_charged() -> None:
    assert amounts(1, replace(DEFAULT_LIST, free_threshold=0)) == [258]


def test_a_flat_amount_is_charged_once_when_its_tier_is_reached() -> None:
    tiers = (Tier(10, Decimal(5), Decimal(100)), Tier(None, Decimal(4), Decimal(30)))
    flat = replace(DEFAULT_LIST, tiers=tiers)
    assert amounts(10, flat) == [150]
    assert amounts(11, flat) == [150, 34]
    assert amounts(12, flat) == [150, 38]


def test_six_decimals_are_kept_until_the_invoice_rounds_them() -> None:
    fine = replace(DEFAULT_LIST, tiers=(Tier(None, Decimal("0.333333")),))
    assert amounts(7, fine) == [Decimal("2.333331")]


def test_a_negative_number_of_seats_is_a_bug() -> None:
    with pytest.raises(ValueError, match="-1 seats cannot be priced"):
        price_seats(-1, DEFAULT_LIST)


@thorough
@given(st.integers(0, 60), price_lists("USD"))
def test_seats_added_one_at_a_time_cost_the_same(seats: int, prices: PriceList) -> None:
    lines = price_seats(seats, prices)
    assert [Fraction(line.amount.amount) for line in lines] == model.tier_amounts(seats, prices)
    assert {line.amount.currency for line in lines} <= {"USD"}
    assert sum(line.quantity for line in lines) == (seats if seats > prices.free_threshold else 0)


@thorough
@given(st.integers(0, 1000))
def test_the_default_list_agrees_with_seats_added_one_at_a_time(seats: int) -> None:
    assert [Fraction(amount) for amount in amounts(seats)] == model.tier_amounts(seats, DEFAULT_LIST)


# The list in force (R4.1)


def listed(name: str, effective_from: Month, currency: str = "RUB", is_public: bool = True) -> PriceList:
    return replace(DEFAULT_LIST, name=name, effective_from=effective_from, currency=currency, is_public=is_public)


LISTS = [
    listed("2021", Month(2021, 3)),
    listed("2019", Month(2019, 1)),
    listed("2020", Month(2020, 10)),
    listed("contract", Month(2020, 12), is_public=False),
    listed("dollars", Month(2021, 1), currency="USD"),
]


@pytest.mark.parametrize(
    ("month", "name"),
    [
        (Month(2018, 12), None),
        (Month(2019, 1), "2019"),
        (Month(2020, 9), "2019"),
        (Month(2020, 10), "2020"),
        (Month(2021, 2), "2020"),
        (Month(2021, 3), "2021"),
        (Month(2040, 1), "2021"),
    ],
)
def test_the_last_public_list_that_took_effect_prices_the_month(month: Month, name: str | None) -> None:
    found = list_in_force(LISTS, "RUB", month)
    assert (found.name if found is not None else None) == name


def test_a_currency_has_its_own_lists() -> None:
    found = list_in_force(LISTS, "USD", Month(2021, 4))
    assert found is not None
    assert found.name == "dollars"
    assert list_in_force(LISTS, "KZT", Month(2021, 4)) is None


@thorough
@given(
    st.lists(
        st.builds(listed, st.just("drawn"), months, st.sampled_from(["RUB", "USD"]), st.booleans()),
        unique_by=lambda one: (one.currency, one.effective_from),
        max_size=8,
    ),
    months,
)
def test_turning_the_calendar_back_finds_the_same_list(lists: list[PriceList], month: Month) -> None:
    assert list_in_force(lists, "RUB", month) == model.list_in_force(lists, "RUB", month)


# Refusals


def problems(prices: PriceList) -> list[tuple[str, tuple[str, ...]]]:
    with pytest.raises(DomainError) as refusal:
        check_price_list(prices)
    assert refusal.value.code is ErrorCode.INVALID_INPUT
    assert {problem.code for problem in refusal.value.problems} == {ErrorCode.INVALID_INPUT}
    return [(problem.message, problem.path) for problem in refusal.value.problems]


def with_tiers(*tiers: Tier) -> PriceList:
    return replace(DEFAULT_LIST, tiers=tiers)


def test_the_default_list_is_a_price_list() -> None:
    assert check_price_list(DEFAULT_LIST) is DEFAULT_LIST


def test_six_decimals_and_a_free_tier_are_allowed() -> None:
    prices = with_tiers(Tier(5, Decimal(0)), Tier(None, Decimal("0.000001"), Decimal("0.100000")))
    assert check_price_list(prices) is prices


@pytest.mark.parametrize(
    ("change", "message", "field"),
    [
        ({"currency": "XAU"}, "'XAU' is not a currency that can be billed.", "currency"),
        ({"free_threshold": -1}, "The free threshold is between 0 and 10000000 seats.", "freeThreshold"),
        ({"free_threshold": 10_000_001}, "The free threshold is between 0 and 10000000 seats.", "freeThreshold"),
        ({"legacy_periods": -1}, "Legacy periods are between 0 and 120.", "legacyPeriods"),
        ({"legacy_periods": 121}, "Legacy periods are between 0 and 120.", "legacyPeriods"),
        ({"tiers": (Tier(None, Decimal(1)),) * 101}, "A list has at most 100 tiers.", "tiers"),
        ({"tiers": ()}, "The last tier must be without an upper end.", "tiers"),
        ({"tiers": (Tier(100, Decimal(1)),)}, "The last tier must be without an upper end.", "tiers"),
    ],
)
def test_a_list_that_cannot_price_is_refused(change: dict[str, object], message: str, field: str) -> None:
    changed: Callable[..., PriceList] = replace
    assert problems(changed(DEFAULT_LIST, **change)) == [(message, ("input", field))]


def test_only_the_last_tier_is_without_end() -> None:
    prices = with_tiers(Tier(None, Decimal(2)), Tier(None, Decimal(1)))
    assert problems(prices) == [("Only the last tier may be without an upper end.", ("input", "tiers", "0"))]


@pytest.mark.parametrize("end", [10, 9, 1])
def test_tiers_go_up(end: int) -> None:
    prices = with_tiers(Tier(10, Decimal(2)), Tier(end, Decimal(2)), Tier(None, Decimal(1)))
    message = f"A tier up to {end} overlaps the one below, which ends at 10."
    assert problems(prices) == [(message, ("input", "tiers", "1"))]


@pytest.mark.parametrize("end", [0, -1])
def test_a_tier_has_a_seat(end: int) -> None:
    prices = with_tiers(Tier(end, Decimal(2)), Tier(None, Decimal(1)))
    assert problems(prices) == [("A tier has at least one seat.", ("input", "tiers", "0"))]


@pytest.mark.parametrize("price", ["-0.01", "0.0000001", "258.1234567", "NaN", "sNaN", "Infinity", "-Infinity"])
def test_a_price_is_not_negative_and_has_at_most_six_decimals(price: str) -> None:
    expected = [("Prices are from 0 to less than 1000000000, with at most 6 decimals.", ("input", "tiers", "0"))]
    assert problems(with_tiers(Tier(None, Decimal(price)))) == expected
    assert problems(with_tiers(Tier(None, Decimal(1), Decimal(price)))) == expected


def test_a_tier_does_not_end_where_nobody_gets() -> None:
    prices = with_tiers(Tier(10_000_001, Decimal(2)), Tier(None, Decimal(1)))
    assert problems(prices) == [("A tier ends at 10000000 seats at most.", ("input", "tiers", "0"))]


@pytest.mark.parametrize("price", ["1000000000", "999999999.999999"])
def test_a_price_is_less_than_a_milliard(price: str) -> None:
    prices = with_tiers(Tier(None, Decimal(price)))
    if price == "1000000000":
        assert [path for _, path in problems(prices)] == [("input", "tiers", "0")]
    else:
        assert check_price_list(prices) is prices


def test_a_hundred_tiers_are_a_list() -> None:
    tiers = [Tier(end, Decimal(1)) for end in range(1, 100)]
    prices = with_tiers(*tiers, Tier(None, Decimal(1)))
    assert check_price_list(prices) is prices


@pytest.mark.parametrize(
    ("now", "month", "is_taken"),
    [
        ("2021-01-31 09:59", Month(2021, 2), True),
        ("2021-01-31 10:00", Month(2021, 2), False),  # on Kiritimati it is February
        ("2021-01-31 10:00", Month(2021, 3), True),
        ("2021-01-15 12:00", Month(2021, 1), False),
        ("2021-01-15 12:00", Month(2019, 1), False),
    ],
)
def test_a_public_list_is_for_a_month_that_has_begun_nowhere(now: str, month: Month, is_taken: bool) -> None:
    prices = replace(DEFAULT_LIST, effective_from=month)
    check_public_month(replace(prices, is_public=False), utc(now))
    if is_taken:
        check_public_month(prices, utc(now))
        return
    with pytest.raises(DomainError) as refusal:
        check_public_month(prices, utc(now))
    assert [one.path for one in refusal.value.problems] == [("input", "effectiveFrom")]


def test_a_price_of_thirty_digits_is_refused_and_breaks_nothing() -> None:
    prices = with_tiers(Tier(None, Decimal("1E+30")))
    assert [path for _, path in problems(prices)] == [("input", "tiers", "0")]


def test_every_flaw_is_reported_at_once() -> None:
    prices = replace(DEFAULT_LIST, currency="XAU", free_threshold=-1, tiers=(Tier(9, Decimal(-1)), Tier(9, Decimal(1))))
    assert [path for _, path in problems(prices)] == [
        ("input", "currency"),
        ("input", "freeThreshold"),
        ("input", "tiers"),
        ("input", "tiers", "0"),
        ("input", "tiers", "1"),
    ]


@pytest.mark.parametrize("seats", [0, 1, 10_000_000])
def test_a_number_of_seats_is_taken(seats: int) -> None:
    assert check_seats(seats) == seats


@pytest.mark.parametrize("seats", [-1, 10_000_001])
def test_a_number_of_seats_that_nobody_has_is_refused(seats: int) -> None:
    with pytest.raises(DomainError) as refusal:
        check_seats(seats)
    assert refusal.value.code is ErrorCode.INVALID_INPUT
    assert refusal.value.message == f"Seats must be between 0 and 10000000, not {seats}."


@thorough
@given(price_lists("JPY"))
def test_every_list_that_is_taken_prices_every_number_of_seats(prices: PriceList) -> None:
    assert check_price_list(prices) is prices
    for seats in (0, 1, prices.free_threshold, prices.free_threshold + 1, 10_000_000):
        charged = seats if seats > prices.free_threshold else 0
        assert sum(line.quantity for line in price_seats(seats, prices)) == charged
