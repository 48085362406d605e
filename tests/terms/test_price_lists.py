"""Price lists and VAT rates: made for the future, kept for good, seen by whom they serve (R4.1, R2.6)."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from tortoise.exceptions import IntegrityError

from app import db
from app.domain.actor import Permission, Role
from app.domain.errors import ErrorCode
from app.domain.period import Month, month_at
from app.domain.pricing import PriceList
from app.seats.baselines import set_legacy_baseline
from app.seats.limits import set_contract
from app.terms.price_lists import create_price_list, delete_price_list, list_visible_price_lists
from app.terms.queries import list_price_lists
from app.terms.quotes import quote_price
from app.terms.vat_rates import create_vat_rate, delete_vat_rate, list_vat_rates
from tests.domain.samples import DEFAULT_LIST
from tests.factories import (
    NOVEMBER,
    OPERATOR,
    POLICIES,
    advance,
    appoint,
    as_owner,
    as_superuser,
    change,
    found_at,
    refused,
)
from tests.terms.lists import make_code, make_list, redeem, tiers

pytestmark = pytest.mark.usefixtures("clean_database", "clean_afterwards")

NEXT = month_at(datetime.now(UTC) + timedelta(days=1), "Pacific/Kiritimati").next()
"""A month that has begun nowhere."""
AHEAD = NEXT.next()


def public(**other: Any) -> PriceList:
    changed: PriceList = replace(DEFAULT_LIST, id=uuid4(), name="To come", effective_from=AHEAD, **other)
    return changed


# Making them


async def test_a_list_is_kept_as_it_was_asked_for() -> None:
    baseline = await make_list("99.5")
    wanted = public(
        baseline_id=baseline,
        vat_included=False,
        legacy_periods=3,
        free_threshold=7,
        tiers=tiers((10, "1.234567", "1000"), (20, "0", "0.000001"), (None, "0.5")),
    )
    assert await create_price_list(OPERATOR, replace(wanted, name="  To come ")) == wanted.id
    assert wanted in await list_price_lists()
    assert (await quote_price(OPERATOR, 6, None, AHEAD, "RUB")).prices == wanted
    row = await db.fetch_one("SELECT action, after FROM audit_entries WHERE organization_id IS NULL ORDER BY at DESC")
    assert row is not None
    assert row["action"] == "price_list.created"


async def test_a_public_list_prices_from_its_month_on() -> None:
    await create_price_list(OPERATOR, public(tiers=tiers((None, "300"))))
    totals = [(await quote_price(OPERATOR, 6, None, month, "RUB")).draft.total.amount for month in (NEXT, AHEAD)]
    assert totals == [Decimal(1548), Decimal(1800)]


async def test_a_private_list_is_for_any_month_and_prices_nobody_by_itself() -> None:
    await make_list("1", effective_from=Month(2020, 10))
    assert (await quote_price(OPERATOR, 6, None, Month(2021, 1), "RUB")).draft.total.amount == 1548


@pytest.mark.parametrize(
    ("other", "paths"),
    [
        ({"effective_from": Month(2021, 1)}, ["effectiveFrom"]),
        ({"name": " "}, ["name"]),
        ({"name": "a" * 201}, ["name"]),
        ({"name": "with a \x00 in it"}, ["name"]),
        ({"name": "abc\u202edcba"}, ["name"]),
        ({"currency": "XAU", "effective_from": Month(2021, 1)}, ["currency", "effectiveFrom"]),
        ({"free_threshold": -1, "legacy_periods": 121}, ["freeThreshold", "legacyPeriods"]),
        ({"tiers": ()}, ["tiers"]),
        ({"tiers": tiers((10, "1"))}, ["tiers"]),
        ({"tiers": tiers((10, "1"), (10, "1"), (None, "-1"))}, ["1", "2"]),
        ({"tiers": tiers(*((number, "1") for number in range(1, 101)), (None, "1"))}, ["tiers"]),
        ({"tiers": tiers((None, "0.0000001"))}, ["0"]),
        ({"tiers": tiers((None, "1", "1000000000"))}, ["0"]),
    ],
)
async def test_a_list_that_cannot_be_is_refused(other: dict[str, Any], paths: list[str]) -> None:
    async with refused(ErrorCode.INVALID_INPUT) as refusal:
        await create_price_list(OPERATOR, replace(public(), **other))
    assert [problem.path[-1] for problem in refusal.value.problems] == paths


async def test_a_currency_and_month_have_one_public_list() -> None:
    await create_price_list(OPERATOR, public())
    async with refused(ErrorCode.ALREADY_EXISTS) as refusal:
        await create_price_list(OPERATOR, public())
    assert refusal.value.problems[0].path == ("input", "effectiveFrom")
    await create_price_list(OPERATOR, public(currency="USD"))
    await create_price_list(OPERATOR, public(is_public=False))


async def test_a_baseline_is_a_list_of_the_same_currency() -> None:
    dollars = await make_list(currency="USD")
    async with refused(ErrorCode.INVALID_INPUT) as refusal:
        await create_price_list(OPERATOR, public(baseline_id=dollars))
    assert refusal.value.problems[0].path == ("input", "baselineId")
    async with refused(ErrorCode.NOT_FOUND):
        await create_price_list(OPERATOR, public(baseline_id=uuid4()))


async def test_only_operators_make_and_remove_lists_and_rates() -> None:
    company = await found_at(NOVEMBER)
    owner = await appoint(company, Role.OWNER)
    unused = await make_list()
    async with refused(ErrorCode.FORBIDDEN):
        await create_price_list(owner, public())
    async with refused(ErrorCode.FORBIDDEN):
        await delete_price_list(owner, unused)
    async with refused(ErrorCode.FORBIDDEN):
        await create_vat_rate(owner, date(2100, 1, 1), Decimal(20))
    await create_vat_rate(OPERATOR, date(2100, 1, 1), Decimal(20))
    async with refused(ErrorCode.FORBIDDEN):
        await delete_vat_rate(owner, date(2100, 1, 1))


# Removing them


async def test_a_list_to_come_can_be_removed_and_its_month_is_free_again() -> None:
    before = await list_price_lists()
    await create_price_list(OPERATOR, (wanted := public()))
    await delete_price_list(OPERATOR, wanted.id)
    assert await list_price_lists() == before
    await create_price_list(OPERATOR, public())


async def test_what_is_in_force_or_named_is_not_removed() -> None:
    company = await found_at(NOVEMBER)
    in_force = next(one.id for one in await list_price_lists() if one.is_public)
    contracted, kept, of_code, of_list = [await make_list() for _ in range(4)]
    await set_contract(OPERATOR, company.id, 10, Month(2021, 1), None, POLICIES, price_list_id=contracted)
    await set_legacy_baseline(OPERATOR, company.id, kept, POLICIES)
    await make_code(None, price_list_id=of_code)
    await create_price_list(OPERATOR, public(baseline_id=of_list))
    for one in (in_force, contracted, kept, of_code, of_list):
        async with refused(ErrorCode.PRICE_LIST_IN_USE) as refusal:
            await delete_price_list(OPERATOR, one)
        assert refusal.value.problems[0].path == ("input", "priceListId")


@pytest.mark.parametrize("is_of_before", [False, True])
async def test_a_list_that_billed_on_a_clock_ahead_of_us_is_not_removed(is_of_before: bool) -> None:
    wanted = await create_price_list(OPERATOR, public())
    cheaper = await create_price_list(OPERATOR, public(is_public=False))
    company = await found_at(datetime(AHEAD.year, AHEAD.number, 10, tzinfo=UTC), 6)
    await change(company, subscribe=company.members)
    facts = await company.facts()
    await advance(company.clock_id, facts.now + timedelta(days=70))
    if is_of_before:
        async with as_superuser():
            await db.fetch("UPDATE invoices SET document = document - 'pricedBy'")
    assert await db.count("SELECT 1 FROM invoices") > 0
    async with refused(ErrorCode.PRICE_LIST_IN_USE):
        await delete_price_list(OPERATOR, wanted)
    await delete_price_list(OPERATOR, cheaper)


async def test_what_is_not_there_is_not_removed() -> None:
    async with refused(ErrorCode.NOT_FOUND):
        await delete_price_list(OPERATOR, uuid4())


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE price_lists SET name = 'Other'",
        "UPDATE price_list_tiers SET unit_price = 1",
        "DELETE FROM price_list_tiers",
        "TRUNCATE price_lists CASCADE",
        "TRUNCATE price_list_tiers",
        "DELETE FROM price_lists",
        """
        INSERT INTO price_list_tiers (id, price_list_id, position, up_to, unit_price, flat_amount)
        SELECT gen_random_uuid(), id, 3, 1000, 1, 0 FROM price_lists
        """,
        "UPDATE vat_rates SET percent = 0",
        "UPDATE vat_rates SET since = '2030-01-01' WHERE since = '2026-01-01'",
        "DELETE FROM vat_rates",
        "TRUNCATE vat_rates",
    ],
)
async def test_the_database_keeps_what_was_in_force(statement: str) -> None:
    with pytest.raises((IntegrityError, asyncpg.RestrictViolationError)):
        async with as_owner():
            await db.fetch(statement)
    assert len(await list_price_lists()) == 1
    assert [(row.since.year, row.percent) for row in await list_vat_rates()] == [
        (2019, Decimal(20)),
        (2026, Decimal(22)),
    ]


# Seeing them


async def test_a_private_list_is_seen_by_operators_and_by_the_organizations_it_serves() -> None:
    company, other = await found_at(NOVEMBER), await found_at(NOVEMBER)
    contracted, kept, of_code, unused = [await make_list() for _ in range(4)]
    await set_contract(OPERATOR, company.id, 10, Month(2021, 1), None, POLICIES, price_list_id=contracted)
    await set_legacy_baseline(OPERATOR, company.id, kept, POLICIES)
    await redeem(company, await make_code(None, price_list_id=of_code))

    async def seen(actor: Any) -> set[UUID]:
        return {one.id for one in await list_visible_price_lists(actor) if not one.is_public}

    served = {contracted, kept, of_code}
    assert await seen(OPERATOR) == served | {unused}
    assert await seen(await appoint(company, Role.BILLING_MANAGER)) == served
    plain = await appoint(company, Role.MEMBER)
    assert not plain.is_allowed(company.id, Permission.BILLING_VIEW)
    assert await seen(plain) == set()
    foreign = await appoint(other, Role.OWNER)
    assert await seen(foreign) == set()

    assert (await quote_price(await appoint(company, Role.OWNER), 6, contracted, None, "RUB")).prices.id == contracted
    async with refused(ErrorCode.NOT_FOUND):
        await quote_price(foreign, 6, contracted, None, "RUB")


async def test_ten_million_seats_can_be_quoted_under_any_list() -> None:
    steep = await make_list(tiers=tiers((1, "999999999.999999", "999999999.999999"), (None, "999999999.999999")))
    quote = await quote_price(OPERATOR, 10_000_000, steep, Month(2021, 1), "RUB")
    # 10 000 000 × 999 999 999.999999 + 999 999 999.999999, the first line and the other rounded to the kopeck
    assert quote.draft.total.amount == Decimal("10000000999999990.00")
    assert [line.quantity for line in quote.draft.lines] == [1, 9_999_999]


# VAT


async def test_a_rate_is_recorded_for_a_day_to_come() -> None:
    since = date(AHEAD.year, AHEAD.number, 1)
    await create_vat_rate(OPERATOR, since, Decimal("23.50"))
    assert [(row.since, str(row.percent)) for row in await list_vat_rates()] == [
        (date(2019, 1, 1), "20"),
        (date(2026, 1, 1), "22"),
        (since, "23.5"),
    ]
    rates = [(await quote_price(OPERATOR, 6, None, month, "RUB")).draft.vat.rate for month in (NEXT, AHEAD)]
    assert rates == [Decimal(22), Decimal("23.5")]
    async with refused(ErrorCode.ALREADY_EXISTS):
        await create_vat_rate(OPERATOR, since, Decimal(20))


@pytest.mark.parametrize(
    ("since", "percent", "paths"),
    [
        (date(2025, 1, 1), "20", ["since"]),
        (date(2200, 1, 1), "20", ["since"]),
        (date(2100, 1, 1), "-1", ["percent"]),
        (date(2100, 1, 1), "100.01", ["percent"]),
        (date(2100, 1, 1), "20.001", ["percent"]),
        (date(2100, 1, 1), "NaN", ["percent"]),
        (date(2019, 1, 1), "101", ["since", "percent"]),
    ],
)
async def test_a_rate_that_cannot_be_is_refused(since: date, percent: str, paths: list[str]) -> None:
    async with refused(ErrorCode.INVALID_INPUT) as refusal:
        await create_vat_rate(OPERATOR, since, Decimal(percent))
    assert [problem.path for problem in refusal.value.problems] == [("input", path) for path in paths]


async def test_today_is_no_day_to_come() -> None:
    row = await db.fetch_one("SELECT (clock_timestamp() AT TIME ZONE 'Europe/Moscow')::date AS today")
    assert row is not None
    async with refused(ErrorCode.INVALID_INPUT):
        await create_vat_rate(OPERATOR, row["today"], Decimal(20))


@pytest.mark.parametrize("percent", ["0", "100"])
async def test_nothing_and_everything_are_rates(percent: str) -> None:
    await create_vat_rate(OPERATOR, date(2100, 1, 1), Decimal(percent))
    assert (await list_vat_rates())[-1].percent == Decimal(percent)


async def test_a_rate_to_come_is_taken_back_and_its_day_is_free_again() -> None:
    before, since = await list_vat_rates(), date(2100, 1, 1)
    await create_vat_rate(OPERATOR, since, Decimal("2.20"))
    await delete_vat_rate(OPERATOR, since)
    assert await list_vat_rates() == before
    row = await db.fetch_one("SELECT action, before, after FROM audit_entries ORDER BY sequence DESC LIMIT 1")
    assert row == {
        "action": "vat_rate.deleted",
        "before": '{"since": "2100-01-01", "percent": "2.2"}',
        "after": '{"since": "2100-01-01"}',
    }
    async with refused(ErrorCode.NOT_FOUND):
        await delete_vat_rate(OPERATOR, since)
    await create_vat_rate(OPERATOR, since, Decimal(22))


@pytest.mark.parametrize(
    ("since", "code"),
    [
        (date(2019, 1, 1), ErrorCode.CONFLICT),
        (date(2026, 1, 1), ErrorCode.CONFLICT),
        (date(2019, 1, 2), ErrorCode.NOT_FOUND),
    ],
)
async def test_what_was_in_force_or_is_not_there_is_not_taken_back(since: date, code: ErrorCode) -> None:
    async with refused(code) as refusal:
        await delete_vat_rate(OPERATOR, since)
    assert refusal.value.problems[0].path == ("input", "since")


async def test_a_rate_is_in_force_from_its_day_of_the_issuers_calendar_on() -> None:
    row = await db.fetch_one("SELECT (clock_timestamp() AT TIME ZONE 'Europe/Moscow')::date AS today")
    assert row is not None
    async with as_owner():
        await db.fetch(
            "INSERT INTO vat_rates (id, issuer_id, since, percent) "
            "SELECT gen_random_uuid(), id, day, 23 FROM issuers, unnest($1::date[]) AS day",
            [row["today"], row["today"] + timedelta(days=2)],
        )
    async with refused(ErrorCode.CONFLICT):
        await delete_vat_rate(OPERATOR, row["today"])
    await delete_vat_rate(OPERATOR, row["today"] + timedelta(days=2))
