"""Months priced by contracts, baselines and promo codes, from the preview to the invoice (R4.7–R4.10)."""

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest

from app import db
from app.billing.close import close_periods
from app.billing.preview import InvoicePreview, preview_invoice
from app.clocks.service import create_test_clock
from app.domain.actor import Role
from app.domain.documents import read_terms
from app.domain.errors import DomainError, ErrorCode
from app.domain.invoice import Terms, draft_invoice
from app.domain.period import Month
from app.domain.roles import member
from app.domain.unset import UNSET
from app.retention.life import extend_trial
from app.seats.baselines import set_legacy_baseline
from app.seats.limits import OrganizationUpdate, set_contract, update_organization
from app.seats.month import PricedMonth, price_current_month, price_months
from app.seats.requests import request_contract
from app.seats.usage import load_usage
from app.terms.queries import load_tariff
from tests.billing.test_close import CLOSER, in_january, invoices, month_of, statements
from tests.factories import (
    NOVEMBER,
    OPERATOR,
    POLICIES,
    Company,
    advance,
    appoint,
    change,
    change_groups,
    found,
    found_at,
    jump,
    moscow,
    refused,
)
from tests.seats.test_settling import join, seated, team, waiting
from tests.terms.lists import make_code, make_list, redeem

pytestmark = pytest.mark.usefixtures("clean_database", "clean_afterwards")

FEBRUARY = moscow("2021-02-01 00:30")
OF_2021 = Month(2021, 1)


async def contract(
    company: Company, price_list_id: UUID | None, since: Month = OF_2021, to: Month | None = None
) -> None:
    await set_contract(OPERATOR, company.id, 600, since, to, POLICIES, price_list_id=price_list_id)


async def preview(company: Company, month: Month | None = None) -> InvoicePreview:
    return await preview_invoice(await company.facts(), month, POLICIES)


async def totals(company: Company) -> tuple[str, str]:
    """What the month costs so far, and the one after at today's seats."""
    found_now = await preview(company)
    return str(found_now.draft.total.amount), str(found_now.next_month.amount)


async def billed(company: Company) -> list[tuple[str, str]]:
    return [(one.document["month"], str(one.document["total"])) for one in await invoices(company)]


# Contracts (R4.9)


async def test_a_cheaper_contract_lowers_the_month_that_runs_and_prices_those_after() -> None:
    company = await in_january(10)
    await contract(company, await make_list("200"))
    assert await totals(company) == ("2000.00", "2000.00")
    found_now = await preview(company)
    assert (found_now.draft.prices.name, found_now.terms.prices.name) == ("At 200", "Public list of October 2020")
    await advance(company.clock_id, moscow("2021-03-01 00:30"))
    assert await billed(company) == [("2021-01", "2000.00"), ("2021-02", "2000.00")]


async def test_a_dearer_contract_raises_only_the_months_to_come() -> None:
    company = await in_january(10)
    await contract(company, await make_list("300"))
    assert await totals(company) == ("2580.00", "3000.00")
    await advance(company.clock_id, moscow("2021-03-01 00:30"))
    assert await billed(company) == [("2021-01", "2580.00"), ("2021-02", "3000.00")]


async def test_a_second_contract_in_a_month_raises_nothing_that_the_first_lowered() -> None:
    company = await in_january(10)
    await contract(company, await make_list("200"))
    await contract(company, None)
    assert await totals(company) == ("2000.00", "2580.00")


async def test_a_contract_holds_from_its_month_to_its_month() -> None:
    company = await in_january(10)
    await contract(company, await make_list("200"), Month(2021, 2), Month(2021, 3))
    await advance(company.clock_id, moscow("2021-05-01 00:30"))
    assert await billed(company) == [
        ("2021-01", "2580.00"),
        ("2021-02", "2000.00"),
        ("2021-03", "2000.00"),
        ("2021-04", "2580.00"),
    ]


async def test_a_contract_recorded_between_the_end_of_a_month_and_its_close_may_lower_it_still() -> None:
    company = await in_january(10)
    await jump(company.clock_id, moscow("2021-02-01 00:10"))
    await contract(company, await make_list("200"))
    await advance(company.clock_id, FEBRUARY)
    assert await billed(company) == [("2021-01", "2000.00")]
    async with refused(ErrorCode.PERIOD_CLOSED) as refusal:
        await contract(company, None)
    assert refusal.value.problems[0].path == ("input", "fromMonth")


async def test_a_contract_is_for_no_closed_month_and_for_a_parked_one() -> None:
    company = await found_at(NOVEMBER, 6, has_profile=False)
    await advance(company.clock_id, moscow("2021-01-05 12:00"))
    await contract(company, await make_list("1"))  # so that nobody asks for a profile
    async with refused(ErrorCode.PERIOD_CLOSED):
        await contract(company, None, Month(2020, 12), Month(2021, 1))
    await contract(company, None, Month(2020, 1), Month(2020, 10))  # before there was any month


async def test_a_parked_month_is_not_closed() -> None:
    company = await in_january(6)
    await db.fetch("DELETE FROM billing_profiles")
    await jump(company.clock_id, FEBRUARY)
    assert await close_periods(CLOSER, [company.id], POLICIES, during_advance=False) == 1
    assert (await statements(company))[-1] == ("2021-01", "PARKED", None)
    await contract(company, await make_list("1"))


@pytest.mark.parametrize(
    ("other", "code"),
    [
        ({"currency": "USD"}, ErrorCode.INVALID_INPUT),
        ({"effective_from": Month(2021, 2)}, ErrorCode.INVALID_INPUT),
    ],
)
async def test_a_contract_is_for_a_list_that_fits(other: dict[str, Any], code: ErrorCode) -> None:
    company = await in_january(6)
    prices = await make_list(**other)
    async with refused(code) as refusal:
        await contract(company, prices)
    assert refusal.value.problems[0].path == ("input", "priceListId")


async def test_a_contract_is_for_a_private_list_that_there_is() -> None:
    company = await in_january(6)
    public = (await preview(company)).terms.prices.id
    for prices, code in ((public, ErrorCode.INVALID_INPUT), (uuid4(), ErrorCode.NOT_FOUND)):
        async with refused(code):
            await contract(company, prices)


async def test_the_free_threshold_is_that_of_the_lists_that_price_the_month() -> None:
    company = await found_at(NOVEMBER, 8, has_profile=False)
    await advance(company.clock_id, moscow("2021-01-05 12:00"))
    await change(company, subscribe=company.members[:5])
    assert (await load_usage(await company.facts(), POLICIES)).limits.free_threshold == 5
    await contract(company, await make_list("100", free_threshold=7))
    assert (await load_usage(await company.facts(), POLICIES)).limits.free_threshold == 7
    await change(company, subscribe=company.members[5:7])
    with pytest.raises(DomainError, match="More than 7 seats need a billing profile"):
        await change(company, subscribe=company.members[7:])
    assert (await preview(company)).draft.total.amount == 0


async def test_a_contract_that_makes_a_month_free_seats_who_waited() -> None:
    company = await found_at(NOVEMBER, 7)
    await advance(company.clock_id, moscow("2021-01-05 12:00"))
    crew = await team(company, company.members[:6])
    await change_groups(company, teams=[crew])
    await update_organization(OPERATOR, company.id, OrganizationUpdate(UNSET, UNSET, UNSET, Decimal(1600)), POLICIES)
    await join(crew, company.members[6])
    assert await waiting(company) == [(company.members[6], "BUDGET_REACHED")]
    await contract(company, await make_list("100", free_threshold=7))
    assert await waiting(company) == []
    assert await seated(company) == set(company.members)


# The legacy discount (R4.7)


async def test_an_individual_baseline_is_kept_while_the_legacy_months_of_the_list_last() -> None:
    """Activated in September 2020; the list of October has six legacy months, to March 2021."""
    company = await found_before_october()
    await set_legacy_baseline(OPERATOR, company.id, await make_list("200"), POLICIES)
    assert (await preview(company)).draft.total.amount == 1200
    await advance(company.clock_id, moscow("2021-05-01 00:30"))
    assert await billed(company) == [
        ("2020-11", "1548.00"),
        ("2020-12", "1548.00"),
        ("2021-01", "1200.00"),  # lowered while it ran
        ("2021-02", "1200.00"),
        ("2021-03", "1200.00"),
        ("2021-04", "1548.00"),
    ]
    january = (await invoices(company))[2]
    assert january.document["discounts"] == [
        {"kind": "LEGACY", "description": "Price kept: At 200", "amount": "348.00"}
    ]


async def found_before_october() -> Company:
    """Founded in October, for there is no list before; told to have been activated in September, as migrated ones are.
    Six seats since November; now 10 January 2021."""
    company = await found_at(moscow("2020-10-02 12:00"), 6)
    await db.fetch("UPDATE organizations SET activated_at = $1", moscow("2020-09-30 23:59"))
    await advance(company.clock_id, moscow("2020-11-05 12:00"))
    await change(company, subscribe=company.members)
    await advance(company.clock_id, moscow("2021-01-10 12:00"))
    return company


async def test_a_dearer_baseline_recorded_later_raises_only_the_months_to_come() -> None:
    company = await found_before_october()
    await set_legacy_baseline(OPERATOR, company.id, await make_list("200"), POLICIES)
    await advance(company.clock_id, moscow("2021-02-10 12:00"))
    await set_legacy_baseline(OPERATOR, company.id, await make_list("220"), POLICIES)
    assert await totals(company) == ("1200.00", "1320.00")
    assert (await preview(company, Month(2021, 1))).draft.total.amount == 1200


async def test_who_was_activated_in_october_keeps_no_price() -> None:
    company = await in_january(6)
    await set_legacy_baseline(OPERATOR, company.id, await make_list("200"), POLICIES)
    assert await totals(company) == ("1548.00", "1548.00")


async def test_a_baseline_is_recorded_by_operators_for_a_list_of_the_currency() -> None:
    company = await in_january(6)
    owner = member(uuid4(), company.id, Role.OWNER, "request-of-a-test")
    fitting, dollars = await make_list(), await make_list(currency="USD")
    async with refused(ErrorCode.FORBIDDEN):
        await set_legacy_baseline(owner, company.id, fitting, POLICIES)
    async with refused(ErrorCode.INVALID_INPUT):
        await set_legacy_baseline(OPERATOR, company.id, dollars, POLICIES)
    async with refused(ErrorCode.NOT_FOUND):
        await set_legacy_baseline(OPERATOR, company.id, uuid4(), POLICIES)
    async with refused(ErrorCode.NOT_FOUND):
        await set_legacy_baseline(OPERATOR, uuid4(), fitting, POLICIES)


# All of it (R4.10)


async def all_at_once() -> Company:
    """6 seats in February 2021 under a contract of January, a baseline with VAT on top, and a code of 33.33 percent."""
    company = await found_before_october()
    await contract(company, await make_list("240", legacy_periods=100, effective_from=Month(2020, 10)))
    await advance(company.clock_id, moscow("2021-02-10 12:00"))
    await set_legacy_baseline(OPERATOR, company.id, await make_list("190.555", vat_included=False), POLICIES)
    await redeem(company, await make_code("33.33"))
    return company


async def test_contract_then_legacy_then_promo_then_vat() -> None:
    company = await all_at_once()
    draft = (await preview(company)).draft
    # 6 × 240 = 1 440; 6 × 190.555 = 1 143.33, with 20 percent 1 371.996 → 1 372.00: less 68.00
    # 33.33 percent of 1 372.00 are 457.2876 → 457.29; 914.71 × 20 / 120 = 152.4516… → 152.45
    assert [(one.kind.value, str(one.amount.amount)) for one in draft.discounts] == [
        ("LEGACY", "68.00"),
        ("PROMO", "457.29"),
    ]
    amounts = (draft.subtotal, draft.total, draft.vat.amount)
    assert [str(money.amount) for money in amounts] == ["1440.00", "914.71", "152.45"]


async def test_the_document_alone_gives_the_draft_again() -> None:
    company = await all_at_once()
    await advance(company.clock_id, moscow("2021-03-01 00:30"))
    document = (await invoices(company))[-1].document
    assert (document["version"], document["month"], document["total"]) == (2, "2021-02", "914.71")
    assert document["terms"]["promo"]["code"].startswith("CODE-")
    assert document["activatedAt"] == "2020-09-30T20:59:00+00:00"
    terms = read_terms(document["terms"], document["currency"])
    draft = draft_invoice(document["peak"]["seats"], terms)
    assert str(draft.prices.id) == document["pricedBy"]
    assert [str(line.amount.amount) for line in draft.lines] == [line["amount"] for line in document["lines"]]
    assert [str(one.amount.amount) for one in draft.discounts] == [one["amount"] for one in document["discounts"]]
    assert (str(draft.total.amount), str(draft.vat.amount.amount)) == (document["total"], document["vat"]["amount"])
    (priced,) = await price_months([await month_of(company, "2021-02")], await load_tariff(), POLICIES)
    assert isinstance(priced, PricedMonth)
    assert terms == priced.terms


async def test_a_document_of_before_contracts_can_be_read_still() -> None:
    prices: dict[str, Any] = {
        "id": "5ea70000-0000-4000-8000-000000202010",
        "name": "Public list of October 2020",
        "freeThreshold": 5,
        "vatIncluded": True,
        "tiers": [
            {"upTo": 100, "unitPrice": "258", "flatAmount": "0"},
            {"upTo": 250, "unitPrice": "222", "flatAmount": "0"},
            {"upTo": None, "unitPrice": "185", "flatAmount": "0"},
        ],
    }
    old = {"priceList": prices, "vatPercent": "20", "chargedShare": [1, 1]}
    tariff = await load_tariff()
    assert read_terms(old, "RUB") == Terms(tariff.prices("RUB", Month(2021, 1)), Decimal(20))


async def test_what_the_month_costs_is_one_amount_wherever_it_is_asked() -> None:
    company = await all_at_once()
    facts = await company.facts()
    so_far = await price_current_month(facts, facts.now, POLICIES)
    (whole,) = await price_months([await month_of(company, "2021-02")], await load_tariff(), POLICIES)
    assert isinstance(whole, PricedMonth)
    assert {str(one.draft.total.amount) for one in (so_far, whole)} == {"914.71"}
    assert (await totals(company))[0] == "914.71"


async def test_many_organizations_are_priced_each_by_its_own_terms_with_a_few_statements() -> None:
    clock = await create_test_clock(OPERATOR, NOVEMBER)
    companies = [await found(clock, 6) for _ in range(3)]
    for company in companies:
        await change(company, subscribe=company.members)
    await advance(clock, moscow("2021-01-05 12:00"))
    await contract(companies[0], await make_list("200"))
    await redeem(companies[1], await make_code("50"))
    months = [await month_of(company, "2021-01") for company in companies]
    tariff = await load_tariff()
    with db.counted_statements() as statements_run:
        priced = await price_months(months, tariff, POLICIES)
    assert [str(one.draft.total.amount) for one in priced if isinstance(one, PricedMonth)] == [
        "1200.00",
        "774.00",
        "1548.00",
    ]
    with db.counted_statements() as of_one:
        await price_months(months[:1], tariff, POLICIES)
    assert len(statements_run) == len(of_one)


# Extended trials, requests


async def test_a_trial_that_is_extended_uses_up_nothing_of_a_code() -> None:
    company = await found_at(NOVEMBER, 6)
    await change(company, subscribe=company.members)
    await redeem(company, await make_code("10", periods=1))  # from December, in which the trial was to end
    await extend_trial(OPERATOR, company.id, NOVEMBER + timedelta(days=60), POLICIES)
    await advance(company.clock_id, moscow("2021-03-01 00:30"))
    assert await billed(company) == [("2021-01", "1393.20"), ("2021-02", "1548.00")]


@pytest.mark.parametrize("role", [Role.OWNER, Role.ADMIN, Role.BILLING_MANAGER])
async def test_who_manages_seats_or_billing_asks_for_a_contract(role: Role) -> None:
    company = await found_at(NOVEMBER)
    actor = await appoint(company, role)
    await request_contract(actor, company.id, 900, "  We grow. ")
    row = await db.fetch_one("SELECT seats, code, actor FROM seat_requests WHERE organization_id = $1", company.id)
    assert row == {"seats": 900, "code": "CONTRACT_REQUIRED", "actor": actor.name_in(company.id)}
    event = await db.fetch_one("SELECT payload FROM events WHERE type = 'contract.requested'")
    assert event == {"payload": '{"seats": 900, "message": "We grow."}'}


async def test_a_request_that_cannot_be_is_refused() -> None:
    company, other = await found_at(NOVEMBER), await found_at(NOVEMBER)
    plain = member(uuid4(), company.id, Role.MEMBER, "request-of-a-test")
    foreign = member(uuid4(), other.id, Role.OWNER, "request-of-a-test")
    async with refused(ErrorCode.FORBIDDEN):
        await request_contract(plain, company.id, 900, "We grow.")
    async with refused(ErrorCode.NOT_FOUND):
        await request_contract(foreign, company.id, 900, "We grow.")
    for seats, message, paths in (
        (0, "We grow.", ["seats"]),
        (10_000_001, "We grow.", ["seats"]),
        (-5, " ", ["seats", "message"]),
        (900, "a" * 1001, ["message"]),
        (900, "with a \x00 in it", ["message"]),
    ):
        async with refused(ErrorCode.INVALID_INPUT) as refusal:
            await request_contract(OPERATOR, company.id, seats, message)
        assert [problem.path[-1] for problem in refusal.value.problems] == paths
