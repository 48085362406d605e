from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.discounts import DiscountKind
from app.domain.invoice import (
    PAYMENT_TERM,
    InvoiceDraft,
    InvoiceState,
    Outcome,
    Terms,
    VatRate,
    closes_at,
    draft_invoice,
    headroom,
    invoice_state,
    outcome_of,
    share_charged,
    vat_percent_at,
)
from app.domain.money import Money, total_of
from app.domain.period import Month, period_of
from app.domain.pricing import Tier
from tests.domain import model
from tests.domain.samples import DEFAULT_LIST, DEFAULT_TERMS, GRACE, utc
from tests.domain.strategies import TICK, terms, thorough

JANUARY = period_of(Month(2021, 1), "Europe/Moscow")
RATES = [VatRate(date(2019, 1, 1), Decimal(20)), VatRate(date(2026, 1, 1), Decimal(22))]
SEATS = st.integers(0, 60)


def written(draft: InvoiceDraft) -> tuple[str, str, str]:
    """Total, net and VAT as an invoice prints them."""
    return str(draft.total.amount), str(draft.vat.net.amount), str(draft.vat.amount.amount)


def test_the_invoice_of_the_source_is_62_800_with_10_466_67_of_vat_inside() -> None:
    draft = draft_invoice(270, DEFAULT_TERMS)
    assert [(line.quantity, str(line.unit_price), str(line.amount.amount)) for line in draft.lines] == [
        (100, "258", "25800.00"),
        (150, "222", "33300.00"),
        (20, "185", "3700.00"),
    ]
    assert written(draft) == ("62800.00", "52333.33", "10466.67")
    assert (draft.seats, draft.subtotal, draft.discounts) == (270, Money(Decimal(62_800), "RUB"), ())
    assert (draft.vat.rate, draft.vat.included) == (Decimal(20), True)


def test_six_seats_cost_1_548() -> None:
    assert written(draft_invoice(6, DEFAULT_TERMS)) == ("1548.00", "1290.00", "258.00")


@pytest.mark.parametrize("seats", [0, 5])
def test_up_to_five_seats_cost_nothing(seats: int) -> None:
    draft = draft_invoice(seats, DEFAULT_TERMS)
    assert (draft.lines, draft.discounts) == ((), ())
    assert written(draft) == ("0.00", "0.00", "0.00")


@pytest.mark.parametrize(
    ("seats", "total", "net", "vat"),
    [
        (6, "1548.00", "1268.85", "279.15"),
        (270, "62800.00", "51475.41", "11324.59"),
    ],
)
def test_from_2026_the_vat_inside_is_of_22_percent(seats: int, total: str, net: str, vat: str) -> None:
    assert written(draft_invoice(seats, replace(DEFAULT_TERMS, vat_percent=Decimal(22)))) == (total, net, vat)


def test_vat_on_top_is_added() -> None:
    on_top = replace(DEFAULT_TERMS, prices=replace(DEFAULT_LIST, vat_included=False))
    draft = draft_invoice(270, on_top)
    assert written(draft) == ("75360.00", "62800.00", "12560.00")
    assert not draft.vat.included


def test_without_vat_the_net_is_the_total() -> None:
    assert written(draft_invoice(270, replace(DEFAULT_TERMS, vat_percent=Decimal(0)))) == (
        "62800.00",
        "62800.00",
        "0.00",
    )


def test_every_line_is_rounded_before_they_are_added() -> None:
    # 10 × 0.0006 + 1 = 1.006 and 1 × 0.005 = 0.005; rounded only once, their sum 1.011 would be 1.01
    tiers = (Tier(10, Decimal("0.0006"), Decimal(1)), Tier(None, Decimal("0.005")))
    draft = draft_invoice(11, Terms(replace(DEFAULT_LIST, tiers=tiers), Decimal(0)))
    assert [str(line.amount.amount) for line in draft.lines] == ["1.01", "0.01"]
    assert written(draft)[0] == "1.02"


def test_yen_are_billed_without_decimals() -> None:
    yen = replace(DEFAULT_LIST, currency="JPY", vat_included=False, tiers=(Tier(None, Decimal("100.25")),))
    assert written(draft_invoice(6, Terms(yen, Decimal(10)))) == ("662", "602", "60")


# Prorating (R4.6)


def test_the_first_partial_month_is_charged_in_full() -> None:
    assert share_charged(JANUARY, utc("2021-01-20 09:00"), is_prorated=False) == (1, 1)


def test_with_the_policy_only_the_time_after_the_trial_is_charged() -> None:
    # 11 days and 12 hours of 31 days
    share = share_charged(JANUARY, utc("2021-01-20 09:00"), is_prorated=True)
    assert share == (993_600_000_000, 2_678_400_000_000)
    draft = draft_invoice(270, replace(DEFAULT_TERMS, charged_share=share))
    assert [str(line.amount.amount) for line in draft.lines] == ["9570.97", "12353.23", "1372.58"]
    assert written(draft) == ("23296.78", "19413.98", "3882.80")


@pytest.mark.parametrize("trial_ends_at", ["2020-12-10 09:00", "2020-12-31 21:00"])
def test_with_the_policy_a_month_after_the_trial_is_charged_whole(trial_ends_at: str) -> None:
    assert share_charged(JANUARY, utc(trial_ends_at), is_prorated=True) == (1, 1)


@pytest.mark.parametrize("trial_ends_at", ["2021-01-31 21:00", "2021-02-10 09:00"])
def test_with_the_policy_nothing_of_a_month_within_the_trial_is_charged(trial_ends_at: str) -> None:
    assert share_charged(JANUARY, utc(trial_ends_at), is_prorated=True) == (0, 2_678_400_000_000)


def test_a_legacy_baseline_is_prorated_too() -> None:
    half = replace(
        DEFAULT_TERMS, charged_share=(1, 2), baselines=(replace(DEFAULT_LIST, tiers=(Tier(None, Decimal(200)),)),)
    )
    draft = draft_invoice(6, half)
    assert [str(one.amount.amount) for one in draft.discounts] == ["174.00"]
    assert written(draft)[0] == "600.00"


# Properties (R4.10)


@thorough
@given(SEATS, terms())
def test_the_draft_is_what_the_rules_say_step_by_step(seats: int, drawn: Terms) -> None:
    draft = draft_invoice(seats, drawn)
    expected = model.bill(seats, drawn)
    discounts = {one.kind: Fraction(one.amount.amount) for one in draft.discounts}
    assert draft.prices == expected.prices
    assert [Fraction(line.amount.amount) for line in draft.lines] == expected.lines
    assert discounts.get(DiscountKind.LEGACY, 0) == expected.legacy
    assert discounts.get(DiscountKind.PROMO, 0) == expected.promo
    assert Fraction(draft.total.amount) == expected.total
    assert Fraction(draft.vat.net.amount) == expected.net
    assert Fraction(draft.vat.amount.amount) == expected.vat


@thorough
@given(SEATS, terms())
def test_the_total_is_lines_less_discounts_and_vat_on_top(seats: int, drawn: Terms) -> None:
    draft = draft_invoice(seats, drawn)
    currency = drawn.prices.currency
    due = draft.subtotal - total_of([one.amount for one in draft.discounts], currency)
    assert draft.subtotal == total_of([line.amount for line in draft.lines], currency)
    assert draft.total == (due if draft.prices.vat_included else due + draft.vat.amount)
    assert draft.vat.net + draft.vat.amount == draft.total


@thorough
@given(SEATS, terms())
def test_lists_agreed_later_baselines_and_promo_codes_never_raise_an_amount(seats: int, drawn: Terms) -> None:
    total = draft_invoice(seats, drawn).total.amount
    assert total <= draft_invoice(seats, replace(drawn, alternatives=())).total.amount
    assert total <= draft_invoice(seats, replace(drawn, baselines=())).total.amount
    assert total <= draft_invoice(seats, replace(drawn, promo=None)).total.amount


@thorough
@given(SEATS, terms())
def test_one_more_seat_never_lowers_the_total(seats: int, drawn: Terms) -> None:
    assert draft_invoice(seats, drawn).total.amount <= draft_invoice(seats + 1, drawn).total.amount


@thorough
@given(SEATS, terms())
def test_every_amount_on_an_invoice_is_in_whole_minor_units_and_not_negative(seats: int, drawn: Terms) -> None:
    draft = draft_invoice(seats, drawn)
    shown = [draft.subtotal, draft.total, draft.vat.net, draft.vat.amount]
    shown += [line.amount for line in draft.lines] + [one.amount for one in draft.discounts]
    places = model.DECIMALS[drawn.prices.currency]
    assert {money.amount.as_tuple().exponent for money in shown} == {-places}
    assert [money for money in shown if money.amount < 0] == []
    assert [one.kind for one in draft.discounts if one.amount.amount == 0] == []


# Closing (R5.4)


@pytest.mark.parametrize(
    ("seats", "trial_ends_at", "outcome"),
    [
        (270, "2021-01-31 20:59", Outcome.BILLED),
        (270, "2021-01-31 21:00", Outcome.TRIAL),
        (270, "2021-02-15 09:00", Outcome.TRIAL),
        (0, "2021-02-15 09:00", Outcome.TRIAL),
        (5, "2021-01-31 20:59", Outcome.FREE),
        (5, "2020-11-01 09:00", Outcome.FREE),
        (6, "2020-11-01 09:00", Outcome.BILLED),
    ],
)
def test_a_period_is_billed_free_or_trial(seats: int, trial_ends_at: str, outcome: Outcome) -> None:
    assert outcome_of(draft_invoice(seats, DEFAULT_TERMS), JANUARY, utc(trial_ends_at)) is outcome


def test_a_period_closes_when_no_grant_in_it_can_be_forgiven_any_more() -> None:
    assert closes_at(JANUARY, GRACE) == utc("2021-01-31 21:30")


def test_without_grace_a_period_closes_as_it_ends() -> None:
    assert closes_at(JANUARY, timedelta(0)) == utc("2021-01-31 21:00")


def test_an_invoice_is_due_after_15_days() -> None:
    assert timedelta(days=15) == PAYMENT_TERM


@pytest.mark.parametrize(
    ("credited", "paid", "instant", "state"),
    [
        ("0", "0", "2021-02-15 21:29", InvoiceState.ISSUED),
        ("0", "0", "2021-02-15 21:30", InvoiceState.OVERDUE),
        ("1547.99", "0", "2021-02-15 21:30", InvoiceState.OVERDUE),
        ("0", "1547.99", "2021-02-15 21:30", InvoiceState.OVERDUE),
        ("48", "1499.99", "2021-02-15 21:29", InvoiceState.ISSUED),
        ("0", "1548", "2021-02-15 21:29", InvoiceState.PAID),
        ("48", "1500", "2021-02-15 21:30", InvoiceState.PAID),
        ("1548", "0", "2021-02-15 21:30", InvoiceState.VOID),
        ("1548", "0", "2021-02-01 21:30", InvoiceState.VOID),
    ],
)
def test_an_invoice_is_paid_void_or_overdue_once_its_term_is_over(
    credited: str, paid: str, instant: str, state: InvoiceState
) -> None:
    due_at = utc("2021-01-31 21:30") + PAYMENT_TERM
    assert invoice_state(Decimal(1548), Decimal(credited), Decimal(paid), due_at, utc(instant)) is state


# The rate of VAT (R4.1)


@pytest.mark.parametrize(
    ("month", "percent"),
    [
        (Month(2018, 12), None),
        (Month(2019, 1), 20),
        (Month(2025, 12), 20),
        (Month(2026, 1), 22),
        (Month(2030, 6), 22),
    ],
)
def test_vat_is_of_the_last_day_of_the_period(month: Month, percent: int | None) -> None:
    assert vat_percent_at(RATES, period_of(month, "Europe/Moscow").ends_at, "Europe/Moscow") == percent


def test_vat_is_by_the_calendar_of_the_issuer() -> None:
    ends_at = period_of(Month(2025, 12), "America/Havana").ends_at
    assert vat_percent_at(RATES, ends_at, "Europe/Moscow") == 22
    assert vat_percent_at(RATES, ends_at, "America/Havana") == 20


def test_the_order_of_the_table_does_not_matter() -> None:
    assert vat_percent_at(RATES[::-1], utc("2021-01-31 21:00"), "Europe/Moscow") == 20


def test_without_a_table_there_is_no_rate() -> None:
    assert vat_percent_at([], utc("2021-01-31 21:00"), "Europe/Moscow") is None


DAYS = st.dates(date(2020, 12, 25), date(2021, 1, 10))


@thorough
@given(
    st.lists(st.builds(VatRate, DAYS, st.integers(0, 30).map(Decimal)), unique_by=lambda one: one.since, max_size=5),
    DAYS,
    st.integers(0, 47),
    st.sampled_from(["Europe/Moscow", "Asia/Kathmandu", "America/Havana", "UTC"]),
)
def test_turning_the_calendar_back_finds_the_same_rate(
    rates: list[VatRate], day: date, half_hours: int, issuer_zone: str
) -> None:
    ends_at = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(minutes=30 * half_hours)
    for instant in (ends_at, ends_at + TICK):
        found = vat_percent_at(rates, instant, issuer_zone)
        assert found == model.vat_percent(rates, instant, issuer_zone)


# Headroom (R5.2)


@pytest.mark.parametrize(
    ("seats", "most", "more"),
    [(0, 500, 5), (3, 500, 2), (5, 500, 0), (6, 494, 0), (0, 3, 3), (4, 0, 0), (600, -100, 0)],
)
def test_headroom_is_the_seats_before_the_amount_rises(seats: int, most: int, more: int) -> None:
    assert headroom(seats, lambda count: draft_invoice(count, DEFAULT_TERMS).total, most) == more


@thorough
@given(st.integers(0, 50), st.integers(0, 10), terms())
def test_adding_seats_one_by_one_finds_the_same_headroom(seats: int, most: int, drawn: Terms) -> None:
    found = headroom(seats, lambda count: draft_invoice(count, drawn).total, most)
    assert found == model.headroom(seats, drawn, most)
