"""What amounts depend on: the list and the rates that migrations bring, quotes, billing profiles (R4.1, R4.2, R6.1)."""

from dataclasses import replace
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from app import db
from app.billing.profile import AGREEMENT_VERSION, set_billing_profile
from app.domain.errors import DomainError, ErrorCode, Problem
from app.domain.money import Money
from app.domain.period import Month
from app.terms.queries import find_billing_profiles, list_price_lists, load_tariff
from app.terms.quotes import quote_price
from tests.domain.samples import DEFAULT_LIST
from tests.factories import NOVEMBER, OPERATOR, POLICIES, PROFILE, found_at, moscow, refused
from tests.terms.lists import make_list

pytestmark = pytest.mark.usefixtures("clean_database")


async def test_the_public_list_of_october_2020_is_there() -> None:
    (only,) = await list_price_lists()
    assert only == replace(DEFAULT_LIST, id=only.id, name="Public list of October 2020")


@pytest.mark.parametrize(
    ("ends_at", "percent"),
    [("2020-02-01 00:00", 20), ("2026-01-01 00:00", 20), ("2026-02-01 00:00", 22), ("2019-02-01 00:00", 20)],
)
async def test_the_vat_rate_is_that_of_the_periods_last_instant_in_moscow(ends_at: str, percent: int) -> None:
    assert (await load_tariff()).vat_percent(moscow(ends_at)) == percent


async def test_there_is_no_rate_before_2019_and_no_list_before_october_2020_nor_in_dollars() -> None:
    tariff = await load_tariff()
    with pytest.raises(DomainError, match="No VAT rate"):
        tariff.vat_percent(moscow("2019-01-01 00:00"))
    for currency, month in (("RUB", Month(2020, 9)), ("USD", Month(2021, 1))):
        with pytest.raises(DomainError, match="No public price list"):
            tariff.prices(currency, month)


@pytest.mark.parametrize(
    ("seats", "total"),
    [(0, "0.00"), (5, "0.00"), (6, "1548.00"), (100, "25800.00"), (101, "26022.00"), (270, "62800.00")],
)
async def test_a_quote_is_the_price_of_so_many_seats(seats: int, total: str) -> None:
    quote = await quote_price(OPERATOR, seats, None, Month(2021, 1), "RUB")
    assert quote.draft.total.amount == Decimal(total)


async def test_a_quote_names_a_list_a_month_and_a_number_that_exist() -> None:
    known = (await list_price_lists())[0].id
    assert (await quote_price(OPERATOR, 6, known, None, "RUB")).draft.total.amount == 1548
    refusals: list[tuple[dict[str, Any], ErrorCode]] = [
        ({"seats": -1}, ErrorCode.INVALID_INPUT),
        ({"seats": 10_000_001}, ErrorCode.INVALID_INPUT),
        ({"price_list_id": uuid4()}, ErrorCode.NOT_FOUND),
        ({"month": Month(2020, 9)}, ErrorCode.NOT_FOUND),
        ({"currency": "EUR"}, ErrorCode.NOT_FOUND),
        ({"currency": "XXX"}, ErrorCode.INVALID_INPUT),
        ({"currency": "rub"}, ErrorCode.INVALID_INPUT),
        ({"currency": ""}, ErrorCode.INVALID_INPUT),
        ({"currency": "USD", "price_list_id": known}, ErrorCode.INVALID_INPUT),
        ({"currency": "USD", "price_list_id": uuid4()}, ErrorCode.NOT_FOUND),
    ]
    for other, code in refusals:
        async with refused(code):
            await quote_price(OPERATOR, **{"seats": 6, "price_list_id": None, "month": None, "currency": "RUB"} | other)


async def test_a_quote_is_in_the_currency_of_its_list_or_of_the_default() -> None:
    dollars = await make_list("2", currency="USD")
    for currency in (None, "USD"):
        assert (await quote_price(OPERATOR, 6, dollars, None, currency)).draft.total == Money(Decimal("12.00"), "USD")
    assert (await quote_price(OPERATOR, 6, None, None, None)).draft.total == Money(Decimal("1548.00"), "RUB")
    async with refused(ErrorCode.INVALID_INPUT) as refusal:
        await quote_price(OPERATOR, 6, dollars, None, "RUB")
    assert refusal.value.problems == (
        Problem(ErrorCode.INVALID_INPUT, "This list is in USD, not in RUB.", ("currency",)),
    )


async def test_a_billing_profile_replaces_the_one_before_and_remembers_who_accepted_what_when() -> None:
    company = await found_at(NOVEMBER)
    await set_billing_profile(OPERATOR, company.id, replace(PROFILE, legal_name="  Lutik LLC "), POLICIES)
    profile = (await find_billing_profiles([company.id]))[company.id]
    assert (profile.legal_name, profile.kind, profile.contact_email) == (
        "Lutik LLC", "LEGAL_ENTITY", "accounts@romashka.example",
    )  # fmt: skip
    assert (profile.agreement_version, profile.accepted_by) == (AGREEMENT_VERSION, OPERATOR.name)
    assert profile.accepted_at == (await company.facts()).now
    assert await db.count("SELECT 1 FROM billing_profiles") == 1


@pytest.mark.parametrize(
    "other",
    [
        {"accept_agreement": False},
        {"legal_name": " "},
        {"tax_number": ""},
        {"tax_number": "- / ."},
        {"address": "a" * 501},
        {"bank_details": "with a \x00 in it"},
        {"contact_email": "nobody"},
    ],
)
async def test_a_billing_profile_that_cannot_be_is_refused(other: dict[str, Any]) -> None:
    company = await found_at(NOVEMBER)
    async with refused(ErrorCode.INVALID_INPUT):
        await set_billing_profile(OPERATOR, company.id, replace(PROFILE, **other), POLICIES)
