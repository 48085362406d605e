"""Promo codes: made, disabled, redeemed, used up month by month (R4.8)."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest

from app import db
from app.billing.close import close_periods
from app.billing.preview import preview_invoice
from app.billing.profile import set_billing_profile
from app.billing.promo import redeem_promo_code
from app.domain.actor import Role, system
from app.domain.errors import ErrorCode
from app.domain.paging import EVERYTHING
from app.domain.period import Month
from app.domain.promo_codes import NewPromoCode
from app.domain.roles import member
from app.domain.unset import UNSET
from app.retention.life import close_organization
from app.seats.limits import OrganizationUpdate, update_organization
from app.terms.agreements import get_agreements
from app.terms.promo_codes import create_promo_code, disable_promo_code, list_promo_codes
from tests.billing.test_close import in_january, invoices, statements
from tests.factories import (
    DAY,
    NOVEMBER,
    OPERATOR,
    POLICIES,
    PROFILE,
    TICK,
    Company,
    advance,
    appoint,
    as_superuser,
    change,
    change_groups,
    found_at,
    jump,
    moscow,
    refused,
)
from tests.seats.test_settling import join, seated, team, waiting
from tests.terms.lists import make_code, make_list, redeem, tiers

pytestmark = pytest.mark.usefixtures("clean_database", "clean_afterwards")

FEBRUARY = moscow("2021-02-01 00:30")


async def preview(company: Company, month: Month | None = None) -> tuple[str, str]:
    """What the month costs so far, and the one after at today's seats."""
    found = await preview_invoice(await company.facts(), month, POLICIES)
    return str(found.draft.total.amount), str(found.next_month.amount)


async def used(company: Company) -> list[tuple[str, str, bool]]:
    """Each month, how it ended, and whether it used up a period of a promo code."""
    rows = await db.fetch(
        """
        SELECT month, outcome, promo_redemption_id IS NOT NULL AS is_used FROM statements
        WHERE organization_id = $1 ORDER BY month
        """,
        company.id,
    )
    return [(row["month"], row["outcome"], row["is_used"]) for row in rows]


async def left(company: Company) -> list[int]:
    return [one.periods_left for one in (await get_agreements(company.id)).redemptions]


async def pay_as(company: Company, tax_number: str) -> None:
    await set_billing_profile(OPERATOR, company.id, replace(PROFILE, tax_number=tax_number), POLICIES)


# Making codes


async def test_a_code_is_kept_as_it_was_asked_for() -> None:
    prices = await make_list()
    await make_code("12.50", code="Spring-26_a", most_uses=7, redeem_by=FEBRUARY)
    await make_code(None, code="LIST", price_list_id=prices, periods=120)
    spring, of_list = await list_promo_codes(OPERATOR, EVERYTHING)
    assert (spring.code, str(spring.percent), spring.price_list_id, spring.currency) == (
        "Spring-26_a", "12.5", None, None,
    )  # fmt: skip
    assert (spring.periods, spring.most_uses, spring.redeem_by, spring.uses) == (3, 7, FEBRUARY, 0)
    assert (of_list.percent, of_list.price_list_id, of_list.currency, of_list.periods) == (None, prices, "RUB", 120)


@pytest.mark.parametrize(
    ("other", "paths"),
    [
        ({"code": ""}, ["code"]),
        ({"code": "-A"}, ["code"]),
        ({"code": "two words"}, ["code"]),
        ({"code": "Скидка"}, ["code"]),
        ({"code": "A" * 41}, ["code"]),
        ({"percent": None}, ["percent"]),
        ({"price_list_id": uuid4()}, ["percent"]),
        ({"percent": Decimal(0)}, ["percent"]),
        ({"percent": Decimal(-1)}, ["percent"]),
        ({"percent": Decimal("100.01")}, ["percent"]),
        ({"percent": Decimal("12.345")}, ["percent"]),
        ({"percent": Decimal("NaN")}, ["percent"]),
        ({"periods": 0, "most_uses": 0}, ["periods", "mostUses"]),
        ({"periods": 121, "most_uses": 1_000_000_001}, ["periods", "mostUses"]),
    ],
)
async def test_a_code_that_cannot_be_is_refused(other: dict[str, Any], paths: list[str]) -> None:
    wanted = NewPromoCode("CODE", Decimal(10), None, 3, None, None)
    async with refused(ErrorCode.INVALID_INPUT) as refusal:
        await create_promo_code(OPERATOR, replace(wanted, **other))
    assert [problem.path for problem in refusal.value.problems] == [("input", path) for path in paths]


async def test_a_code_names_a_private_list_that_there_is() -> None:
    public = (await preview_invoice(await (await found_at(NOVEMBER)).facts(), None, POLICIES)).terms.prices.id
    for prices, code in ((public, ErrorCode.INVALID_INPUT), (uuid4(), ErrorCode.NOT_FOUND)):
        async with refused(code) as refusal:
            await make_code(None, price_list_id=prices)
        assert refusal.value.problems[0].path == ("input", "priceListId")


async def test_a_code_is_made_once_in_whatever_case() -> None:
    await make_code(code="Spring")
    async with refused(ErrorCode.ALREADY_EXISTS):
        await make_code(code="SPRING")


async def test_only_operators_make_and_disable_codes() -> None:
    company = await found_at(NOVEMBER)
    owner = member(uuid4(), company.id, Role.OWNER, "request-of-a-test")
    await make_code()
    ((code,)) = await list_promo_codes(OPERATOR, EVERYTHING)
    async with refused(ErrorCode.FORBIDDEN):
        await create_promo_code(owner, NewPromoCode("CODE", Decimal(10), None, 3, None, None))
    async with refused(ErrorCode.FORBIDDEN):
        await disable_promo_code(owner, code.id)
    async with refused(ErrorCode.NOT_FOUND):
        await disable_promo_code(OPERATOR, uuid4())


# Redeeming them


async def test_a_code_lowers_the_month_that_runs_and_those_after_it_until_its_periods_are_used_up() -> None:
    company = await in_january(10)  # 10 × 258 = 2 580
    assert await preview(company) == ("2580.00", "2580.00")
    await redeem(company, await make_code("10", periods=2))
    assert await preview(company) == ("2322.00", "2322.00")  # less 10 percent

    await advance(company.clock_id, FEBRUARY)
    assert await left(company) == [1]
    assert await preview(company) == ("2322.00", "2580.00")  # February uses up the last period
    await advance(company.clock_id, moscow("2021-04-01 00:30"))

    assert [(str(one.document["month"]), str(one.total)) for one in await invoices(company)] == [
        ("2021-01", "2322.000000"),
        ("2021-02", "2322.000000"),
        ("2021-03", "2580.000000"),
    ]
    assert await used(company) == [
        ("2020-11", "TRIAL", False),
        ("2020-12", "FREE", False),
        ("2021-01", "BILLED", True),
        ("2021-02", "BILLED", True),
        ("2021-03", "BILLED", False),
    ]
    assert await left(company) == [0]
    # A closed month still says what it was billed by.
    assert (await preview(company, Month(2021, 1)))[0] == "2322.00"
    assert (await preview(company, Month(2021, 3)))[0] == "2580.00"


async def test_the_preview_of_the_next_month_knows_that_this_one_uses_up_the_code() -> None:
    company = await in_january(10)
    await redeem(company, await make_code("50", periods=1))
    assert await preview(company) == ("1290.00", "2580.00")
    following = await preview_invoice(await company.facts(), Month(2021, 2), POLICIES)
    assert str(following.if_nothing_changes.amount) == "2580.00"


async def test_while_a_month_waits_to_be_closed_the_one_after_knows_that_it_used_up_the_code() -> None:
    company = await in_january(10)
    await redeem(company, await make_code("50", periods=1))
    await jump(company.clock_id, moscow("2021-02-01 00:10"))  # January closes at 00:30
    assert await preview(company) == ("2580.00", "2580.00")
    assert await preview(company, Month(2021, 1)) == ("1290.00", "2580.00")


async def test_behind_a_parked_month_a_code_is_not_offered_twice() -> None:
    company = await in_january(10)
    await redeem(company, await make_code("50", periods=1))
    async with as_superuser():
        await db.fetch("DELETE FROM billing_profiles WHERE organization_id = $1", company.id)
    await jump(company.clock_id, moscow("2021-03-05 12:00"))
    assert await close_periods(system("close"), [company.id], POLICIES, during_advance=False) == 1
    previews = [await preview(company, Month(2021, number)) for number in (1, 2, 3)]
    assert [total for total, _ in previews] == ["1290.00", "2580.00", "2580.00"]


async def test_a_month_with_nothing_due_and_the_trial_use_up_nothing() -> None:
    company = await found_at(NOVEMBER, 6)
    await redeem(company, await make_code("100", periods=1))
    (redeemed,) = (await get_agreements(company.id)).redemptions
    assert redeemed.from_month == Month(2020, 12)  # the trial ends on 10 December
    await advance(company.clock_id, moscow("2020-12-20 12:00"))
    await change(company, subscribe=company.members[:5])
    await advance(company.clock_id, moscow("2021-01-20 12:00"))  # December is free with 5 seats
    await change(company, subscribe=company.members[5:])
    await advance(company.clock_id, moscow("2021-03-01 00:30"))
    assert await used(company) == [
        ("2020-11", "TRIAL", False),
        ("2020-12", "FREE", False),
        ("2021-01", "FREE", True),  # 1 548 were due, and the code took everything
        ("2021-02", "BILLED", False),
    ]


async def test_a_code_of_a_list_charges_no_more_than_the_list() -> None:
    company = await in_january(10)
    cheaper = await make_list(tiers=tiers((5, "100", "50"), (None, "10")), vat_included=False)
    await redeem(company, await make_code(None, price_list_id=cheaper))
    # 5 × 100 + 50 + 5 × 10 = 600, and 20 percent on top are 720
    assert await preview(company) == ("720.00", "720.00")
    await advance(company.clock_id, FEBRUARY)
    (january,) = await invoices(company)
    (discount,) = january.document["discounts"]
    assert (discount["kind"], discount["amount"], str(january.total)) == ("PROMO", "1860.00", "720.000000")


async def test_a_dearer_list_takes_off_nothing_and_uses_up_a_period_all_the_same() -> None:
    company = await in_january(6)
    await redeem(company, await make_code(None, price_list_id=await make_list("1000"), periods=1))
    assert (await preview(company))[0] == "1548.00"
    await advance(company.clock_id, FEBRUARY)
    assert await left(company) == [0]


async def test_a_list_that_takes_effect_later_holds_from_then_on() -> None:
    company = await in_january(6)
    later = await make_list("1", effective_from=Month(2021, 3))
    await redeem(company, await make_code(None, price_list_id=later))
    (redeemed,) = (await get_agreements(company.id)).redemptions
    assert redeemed.from_month == Month(2021, 3)
    assert await preview(company) == ("1548.00", "1548.00")


async def test_a_code_is_told_in_whatever_case_and_with_blanks_around_it() -> None:
    company = await in_january(6)
    await make_code(code="Spring")
    await redeem(company, "  sPRING ")
    (redeemed,) = (await get_agreements(company.id)).redemptions
    assert (redeemed.code, redeemed.from_month, redeemed.periods) == ("Spring", Month(2021, 1), 3)
    (code,) = await list_promo_codes(OPERATOR, EVERYTHING)
    assert code.uses == 1
    row = await db.fetch_one("SELECT payload FROM events WHERE type = 'promo_code.redeemed'")
    assert row is not None
    assert "Spring" not in row["payload"]


async def test_in_an_extended_trial_a_code_begins_with_the_month_in_which_the_trial_ends() -> None:
    company = await found_at(NOVEMBER)
    await db.fetch("UPDATE organizations SET trial_ends_at = trial_ends_at + interval '100 days'")
    await redeem(company, await make_code())
    (redeemed,) = (await get_agreements(company.id)).redemptions
    assert redeemed.from_month == Month(2021, 3)


async def test_before_activation_a_code_begins_with_the_month_by_the_calendar() -> None:
    company = await found_at(NOVEMBER, is_active=False)
    await redeem(company, await make_code())
    (redeemed,) = (await get_agreements(company.id)).redemptions
    assert redeemed.from_month == Month(2020, 11)


async def test_a_cheaper_month_seats_who_waited_for_the_budget() -> None:
    company = await found_at(NOVEMBER, 7)
    await advance(company.clock_id, moscow("2021-01-05 12:00"))
    crew = await team(company, company.members[:6])
    await change_groups(company, teams=[crew])
    update = OrganizationUpdate(UNSET, UNSET, UNSET, Decimal(1700))
    await update_organization(OPERATOR, company.id, update, POLICIES)
    await join(crew, company.members[6])
    assert await waiting(company) == [(company.members[6], "BUDGET_REACHED")]
    await redeem(company, await make_code("10"))  # 7 seats would be 1 625.40, more than the 1 393.20 of now
    assert await waiting(company) == [(company.members[6], "PEAK_WOULD_RISE")]
    await advance(company.clock_id, moscow("2021-05-01 12:00"))
    await redeem(company, await make_code("100"))
    assert await waiting(company) == []
    assert await seated(company) == set(company.members)


async def test_without_a_payer_no_code_is_redeemed() -> None:
    company = await found_at(NOVEMBER, has_profile=False)
    code = await make_code()
    for told in (code, "unknown"):
        async with refused(ErrorCode.BILLING_PROFILE_REQUIRED):
            await redeem(company, told)


async def test_unknown_disabled_and_foreign_codes_get_one_and_the_same_answer() -> None:
    company = await found_at(NOVEMBER)
    disabled = await make_code()
    await disable_promo_code(OPERATOR, (await list_promo_codes(OPERATOR, EVERYTHING))[0].id)
    foreign = await make_code(None, price_list_id=await make_list(currency="USD"))
    answers = set()
    for told in ("UNKNOWN", disabled, foreign, "", "a" * 1000, "\x00", "\ud800", "Скидка", "%"):
        async with refused(ErrorCode.PROMO_CODE_INVALID) as refusal:
            await redeem(company, told)
        answers.add((refusal.value.message, refusal.value.problems))
    assert len(answers) == 1


async def test_a_code_that_is_disabled_stays_with_those_who_have_it() -> None:
    company = await in_january(10)
    await redeem(company, await make_code("10"))
    (code,) = await list_promo_codes(OPERATOR, EVERYTHING)
    await disable_promo_code(OPERATOR, code.id)
    (disabled,) = await list_promo_codes(OPERATOR, EVERYTHING)
    await disable_promo_code(OPERATOR, code.id)  # changes nothing
    assert await list_promo_codes(OPERATOR, EVERYTHING) == [disabled]
    assert disabled.disabled_at is not None
    assert (await preview(company))[0] == "2322.00"


async def test_a_code_is_redeemed_by_its_last_instant_of_the_organization_s_clock() -> None:
    company, other = await found_at(NOVEMBER), await found_at(NOVEMBER)
    await pay_as(other, "5001007322")
    code = await make_code(redeem_by=NOVEMBER + DAY)
    await jump(company.clock_id, NOVEMBER + DAY)
    await redeem(company, code)
    await jump(other.clock_id, NOVEMBER + DAY + TICK)
    async with refused(ErrorCode.PROMO_CODE_EXPIRED):
        await redeem(other, code)


async def test_an_organization_redeems_a_code_once() -> None:
    company = await in_january(6)
    code = await make_code("10", periods=1)
    await redeem(company, code)
    await advance(company.clock_id, FEBRUARY)
    assert await left(company) == [0]
    await pay_as(company, "5001007322")
    async with refused(ErrorCode.PROMO_CODE_USED):
        await redeem(company, code)


@pytest.mark.parametrize(
    "spelling", ["7707083893", " 7707 083893", "7707-083/893.", "７７０７０８３８９３", "7707\u200b083893"]
)
async def test_a_payer_redeems_a_code_once_for_whichever_organization(spelling: str) -> None:
    company, other = await found_at(NOVEMBER), await found_at(NOVEMBER)
    await pay_as(other, spelling)
    code = await make_code()
    await redeem(company, code)
    async with refused(ErrorCode.PROMO_CODE_USED):
        await redeem(other, code)
    await redeem(other, await make_code())


async def test_letters_of_a_tax_number_are_compared_in_whatever_case() -> None:
    company, other = await found_at(NOVEMBER), await found_at(NOVEMBER)
    await pay_as(company, "DE-123 ß")
    await pay_as(other, "de.123SS")
    code = await make_code()
    await redeem(company, code)
    async with refused(ErrorCode.PROMO_CODE_USED):
        await redeem(other, code)


async def test_one_code_at_a_time_holds() -> None:
    company = await in_january(6)
    await redeem(company, await make_code("10", periods=1))
    another = await make_code("20", periods=1)
    async with refused(ErrorCode.PROMO_CODE_USED) as refusal:
        await redeem(company, another)
    assert "one at a time" in refusal.value.message
    await advance(company.clock_id, FEBRUARY)
    await redeem(company, another)
    # 1 548 less 20 percent
    assert (await preview(company))[0] == "1238.40"
    assert (await preview(company, Month(2021, 1)))[0] == "1393.20"


async def test_a_maximum_of_uses_is_kept() -> None:
    code = await make_code(most_uses=1)
    first, second = await found_at(NOVEMBER), await found_at(NOVEMBER)
    await pay_as(second, "5001007322")
    await redeem(first, code)
    async with refused(ErrorCode.PROMO_CODE_USED):
        await redeem(second, code)


@pytest.mark.parametrize(
    ("role", "may"), [(Role.OWNER, True), (Role.BILLING_MANAGER, True), (Role.ADMIN, False), (Role.MEMBER, False)]
)
async def test_owners_and_billing_managers_redeem(role: Role, may: bool) -> None:
    company = await found_at(NOVEMBER)
    actor = await appoint(company, role)
    code = await make_code()
    if may:
        await redeem_promo_code(actor, company.id, code, POLICIES)
        assert await left(company) == [3]
        return
    async with refused(ErrorCode.FORBIDDEN):
        await redeem_promo_code(actor, company.id, code, POLICIES)


async def test_nobody_redeems_for_another_organization_nor_for_one_that_is_closed() -> None:
    company, other = await found_at(NOVEMBER), await found_at(NOVEMBER)
    code = await make_code()
    owner = member(uuid4(), other.id, Role.OWNER, "request-of-a-test")
    async with refused(ErrorCode.NOT_FOUND):
        await redeem_promo_code(owner, company.id, code, POLICIES)
    async with refused(ErrorCode.NOT_FOUND):
        await redeem_promo_code(OPERATOR, UUID(int=0), code, POLICIES)
    await close_organization(OPERATOR, company.id)
    async with refused(ErrorCode.ORGANIZATION_CLOSED):
        await redeem(company, code)


async def test_a_code_redeemed_once_the_month_is_over_begins_with_the_next() -> None:
    company = await in_january(6)
    await jump(company.clock_id, moscow("2021-02-01 00:10"))  # January is not closed yet
    await redeem(company, await make_code("10"))
    await advance(company.clock_id, FEBRUARY + timedelta(hours=1))
    assert (await statements(company))[-1] == ("2021-01", "BILLED", 6)
    assert await left(company) == [3]
