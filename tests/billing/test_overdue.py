"""Invoices that fall due: told of, and suspending by policy (R6.3)."""

import asyncio
from datetime import datetime
from decimal import Decimal

import pytest

from app import db
from app.access.queries import list_access_reasons
from app.billing.accounts import list_accounts
from app.billing.overdue import (
    list_due_invoice_notices,
    list_due_suspensions,
    suspend_overdue,
    write_invoice_notices,
)
from app.billing.payments import reverse_payment, settle_account
from app.billing.preview import preview_invoice
from app.billing.queries import list_statements
from app.billing.what_if import ask_what_if
from app.clocks.service import create_test_clock
from app.directory.queries import find_members
from app.domain.access import AccessCode
from app.domain.actor import Permission, system
from app.domain.money import Money
from app.domain.paging import EVERYTHING
from app.domain.warnings import WarningCode, list_warnings
from app.organizations.service import lock_organization, record
from app.retention.life import close_organization, reopen_organization
from app.seats.subjects import SubjectReference
from tests.billing.paying import (
    DECEMBER_DUE,
    SUSPENDING,
    advance_suspending,
    balance,
    credit,
    events,
    owing,
    pay,
    standing,
)
from tests.billing.test_what_if import proposed
from tests.factories import (
    DAY,
    NOVEMBER,
    OPERATOR,
    POLICIES,
    TICK,
    Company,
    advance,
    change,
    count_of,
    found,
    hire,
    jump,
    moscow,
    snapshot,
)

pytestmark = pytest.mark.usefixtures("clean_database")

WRITER = system("invoice-notices")


async def write(*companies: Company) -> int:
    return await write_invoice_notices(WRITER, [one.id for one in companies], during_advance=False)


async def suspend(*companies: Company) -> int:
    return await suspend_overdue(system("overdue"), [one.id for one in companies], during_advance=False)


async def notices(company: Company) -> list[tuple[str, str, datetime]]:
    rows = await db.fetch(
        """
        SELECT invoice.number, notice.kind, notice.written_at FROM invoice_notices AS notice
        JOIN invoices AS invoice ON invoice.id = notice.invoice_id
        WHERE notice.organization_id = $1 ORDER BY notice.written_at, invoice.number, notice.due_at
        """,
        company.id,
    )
    return [(row["number"], row["kind"], row["written_at"]) for row in rows]


async def suspensions(company: Company) -> list[tuple[datetime, datetime | None]]:
    rows = await db.fetch(
        "SELECT since, until FROM suspensions WHERE organization_id = $1 AND cause = 'OVERDUE' ORDER BY since",
        company.id,
    )
    return [(row["since"], row["until"]) for row in rows]


# Notices


async def test_each_unpaid_invoice_is_told_of_seven_and_one_days_before_and_once_it_is_overdue() -> None:
    company = await owing()
    await advance(company.clock_id, moscow("2021-02-20 12:00"))
    january_due = moscow("2021-02-16 00:30")
    assert await notices(company) == [
        ("2021-000001", "INVOICE_DUE_IN_7_DAYS", DECEMBER_DUE - 7 * DAY),
        ("2021-000001", "INVOICE_DUE_IN_1_DAY", DECEMBER_DUE - DAY),
        ("2021-000001", "INVOICE_OVERDUE", DECEMBER_DUE),
        ("2021-000002", "INVOICE_DUE_IN_7_DAYS", january_due - 7 * DAY),
        ("2021-000002", "INVOICE_DUE_IN_1_DAY", january_due - DAY),
        ("2021-000002", "INVOICE_OVERDUE", january_due),
    ]
    told = await events(company, "invoice.due_soon", "invoice.overdue")
    assert [(kind, payload["number"]) for kind, payload in told] == [
        ("invoice.due_soon", "2021-000001"),
        ("invoice.due_soon", "2021-000001"),
        ("invoice.overdue", "2021-000001"),
        ("invoice.due_soon", "2021-000002"),
        ("invoice.due_soon", "2021-000002"),
        ("invoice.overdue", "2021-000002"),
    ]
    first = told[0][1]
    assert (first["notice"], first["outstanding"], first["currency"], first["dueAt"]) == (
        "INVOICE_DUE_IN_7_DAYS",
        "1548.00",
        "RUB",
        "2021-01-15T21:30:00+00:00",
    )


async def test_a_notice_is_due_at_its_instant_and_not_a_microsecond_before() -> None:
    company = await owing()
    await jump(company.clock_id, DECEMBER_DUE - 7 * DAY - TICK)
    assert await list_due_invoice_notices(10, None) == []
    assert await write(company) == 0
    await jump(company.clock_id, DECEMBER_DUE - 7 * DAY)
    assert await list_due_invoice_notices(10, None) == [company.id]
    assert await write(company) == 1
    assert await list_due_invoice_notices(10, None) == []
    before = await snapshot()
    assert await write(company) == 0
    assert await snapshot() == before


async def test_of_several_overdue_notices_only_the_last_is_written_and_fifty_workers_write_it_once() -> None:
    company = await owing()
    await jump(company.clock_id, DECEMBER_DUE + DAY)
    written = await asyncio.gather(*(write(company) for _ in range(50)))
    assert sum(written) == 1
    assert await notices(company) == [("2021-000001", "INVOICE_OVERDUE", DECEMBER_DUE + DAY)]
    assert await list_due_invoice_notices(10, None) == []


async def test_what_is_paid_or_void_is_not_told_of_and_what_is_paid_in_part_is() -> None:
    clock = await create_test_clock(OPERATOR, NOVEMBER)
    paid, void, in_part = [await found(clock, 6) for _ in range(3)]
    for company in (paid, void, in_part):
        await change(company, subscribe=company.members)
    await advance(clock, moscow("2021-01-05 12:00"))
    await pay(paid, "1548")
    await credit(void, 0, "1548")
    await credit(in_part, 0, "48")
    await pay(in_part, "1499.99")
    await jump(clock, DECEMBER_DUE)
    assert await list_due_invoice_notices(10, None) == [in_part.id]
    assert await write(paid, void, in_part) == 1
    assert [(await notices(one)) for one in (paid, void)] == [[], []]
    ((_, told),) = await events(in_part, "invoice.overdue")
    assert told["outstanding"] == "0.01"


async def test_an_invoice_that_is_due_again_is_told_of_again_only_by_a_later_notice() -> None:
    company = await owing()
    await advance(company.clock_id, DECEMBER_DUE - 6 * DAY)
    payment_id = await pay(company, "1548")
    await advance(company.clock_id, DECEMBER_DUE - 5 * DAY)
    await reverse_payment(OPERATOR, payment_id, "bounced")
    await advance(company.clock_id, DECEMBER_DUE)
    assert [kind for _, kind, _ in await notices(company)] == [
        "INVOICE_DUE_IN_7_DAYS",
        "INVOICE_DUE_IN_1_DAY",
        "INVOICE_OVERDUE",
    ]


async def test_a_closed_organization_is_still_told_and_one_that_is_being_purged_is_not() -> None:
    company = await owing()
    await close_organization(OPERATOR, company.id)
    await jump(company.clock_id, DECEMBER_DUE)
    assert await write(company) == 1
    other = await owing()
    await jump(other.clock_id, DECEMBER_DUE)
    await db.fetch("UPDATE organizations SET purge_decided_at = now() WHERE id = $1", other.id)
    assert await list_due_invoice_notices(10, None) == []
    assert await write(other) == 0


async def test_an_organization_whose_clock_is_on_its_way_is_left_to_the_advance() -> None:
    company = await owing()
    await jump(company.clock_id, DECEMBER_DUE)
    await db.fetch("UPDATE test_clocks SET advancing_to = now + interval '1 day' WHERE id = $1", company.clock_id)
    assert await list_due_invoice_notices(10, None) == []
    assert await list_due_suspensions(10, None, SUSPENDING) == []
    assert (await write(company), await suspend(company)) == (0, 0)
    assert await list_due_invoice_notices(10, company.clock_id) == [company.id]


# The policy that suspends


async def test_without_the_policy_nobody_is_suspended() -> None:
    company = await owing()
    await advance(company.clock_id, moscow("2021-02-20 12:00"))
    assert await list_due_suspensions(10, None, POLICIES) == []
    assert await suspensions(company) == []
    assert not (await company.facts()).is_suspended


async def test_it_is_suspended_once_an_invoice_is_overdue_and_says_so_until_it_pays() -> None:
    company = await owing()
    (person,) = await find_members(company.members[:1])
    await jump(company.clock_id, DECEMBER_DUE - TICK)
    assert await list_due_suspensions(10, None, SUSPENDING) == []
    assert await suspend(company) == 0
    await jump(company.clock_id, DECEMBER_DUE)
    assert await list_due_suspensions(10, None, SUSPENDING) == [company.id]
    assert await suspend(company) == 1
    assert await list_due_suspensions(10, None, SUSPENDING) == []
    assert await suspensions(company) == [(DECEMBER_DUE, None)]
    reasons = await list_access_reasons(await company.facts(), [person])
    assert reasons[person.id].code is AccessCode.SUSPENDED

    await advance(company.clock_id, DECEMBER_DUE + DAY)
    await pay(company, "1547.99", "bank-1")
    assert (await company.facts()).is_suspended
    await pay(company, "0.01", "bank-2")
    facts = await company.facts()
    assert not facts.is_suspended
    # The first payment, at the clock's reading; then the second, a microsecond later.
    assert await suspensions(company) == [(DECEMBER_DUE, DECEMBER_DUE + DAY + TICK)]
    reasons = await list_access_reasons(facts, [person])
    assert reasons[person.id].code is AccessCode.SEAT
    told = await events(company, "organization.suspended", "organization.resumed", "payment.recorded", "invoice.paid")
    assert [kind for kind, _ in told] == [
        "organization.suspended",
        "payment.recorded",
        "payment.recorded",
        "invoice.paid",
        "organization.resumed",
    ]
    assert told[0][1]["overdueSince"] == "2021-01-15T21:30:00+00:00"


async def test_it_begins_when_the_sweep_sees_it_and_fifty_workers_begin_one() -> None:
    company = await owing()
    late = DECEMBER_DUE + 3 * DAY
    await jump(company.clock_id, late)
    assert sum(await asyncio.gather(*(suspend(company) for _ in range(50)))) == 1
    assert await suspensions(company) == [(late, None)]
    with pytest.raises(Exception, match="suspensions_one_overdue"):
        await db.fetch(
            "INSERT INTO suspensions (id, organization_id, since) VALUES (gen_random_uuid(), $1, now())", company.id
        )


async def test_it_lasts_until_nothing_overdue_is_left_and_what_is_not_due_yet_does_not_keep_it() -> None:
    company = await owing()
    await advance_suspending(company, moscow("2021-02-20 12:00"))  # December's and January's are overdue
    assert await suspensions(company) == [(DECEMBER_DUE + TICK, None)]
    await pay(company, "1548", "bank-1")
    assert (await company.facts()).is_suspended
    await pay(company, "1548", "bank-2")
    assert not (await company.facts()).is_suspended
    assert [state for _, state, _ in await standing(company)] == ["PAID", "PAID"]


async def test_a_reversal_makes_it_due_again_and_the_next_sweep_suspends_anew() -> None:
    company = await owing()
    await advance_suspending(company, DECEMBER_DUE + DAY)
    payment_id = await pay(company, "1548")
    assert not (await company.facts()).is_suspended
    await advance_suspending(company, DECEMBER_DUE + 2 * DAY)
    await reverse_payment(OPERATOR, payment_id, "bounced")
    assert not (await company.facts()).is_suspended
    assert await list_due_suspensions(10, None, SUSPENDING) == [company.id]
    assert await suspend(company) == 1
    assert [until is None for _, until in await suspensions(company)] == [False, True]
    assert len(await notices(company)) == 3  # it was told that the invoice is overdue before


async def test_a_credit_note_that_leaves_nothing_overdue_ends_it_too() -> None:
    company = await owing()
    await advance_suspending(company, DECEMBER_DUE + DAY)
    async with db.in_transaction():
        locked = await lock_organization(OPERATOR, company.id, Permission.BILLING_MANAGE)
        before = await list_accounts([company.id])
        await credit(company, 0, "1548")
        changes = await settle_account(locked, before, SUSPENDING)
        await record(OPERATOR, locked, *changes)
    assert [one.type for one in changes] == ["organization.resumed"]  # void, which is not paid
    assert not (await company.facts()).is_suspended


async def test_a_credit_note_over_what_was_not_paid_yet_completes_the_invoice() -> None:
    company = await owing()
    await pay(company, "1000")
    async with db.in_transaction():
        locked = await lock_organization(OPERATOR, company.id, Permission.BILLING_MANAGE)
        before = await list_accounts([company.id])
        await credit(company, 0, "548")
        changes = await settle_account(locked, before, POLICIES)
    assert [(one.type, one.after["number"]) for one in changes] == [("invoice.paid", "2021-000001")]
    assert await balance(company) == 0


async def test_a_payment_races_with_the_sweep_and_never_leaves_a_paid_organization_suspended() -> None:
    for round_ in range(10):
        company = await owing()
        await jump(company.clock_id, DECEMBER_DUE)
        await asyncio.gather(suspend(company), pay(company, "1548", f"bank-{round_}"))
        assert not (await company.facts()).is_suspended
        spells = await suspensions(company)
        assert all(until is not None and since < until for since, until in spells)


async def test_closed_while_it_owes_it_is_still_suspended_when_it_is_reopened() -> None:
    company = await owing()
    await close_organization(OPERATOR, company.id)
    await advance_suspending(company, DECEMBER_DUE + DAY)
    await reopen_organization(OPERATOR, company.id, POLICIES)
    assert (await company.facts()).is_suspended
    await advance_suspending(company, moscow("2021-02-01 12:00"))
    # Six were seated until the closing on 5 January.
    assert [(one.month, one.outcome.value, one.peak_seats) for one in await list_statements(company.id, EVERYTHING)][
        2:
    ] == [("2021-01", "BILLED", 6)]


# What a month under suspension costs (R4.5)


async def months(company: Company) -> list[tuple[str, str, int | None]]:
    found = await list_statements(company.id, EVERYTHING)
    return [(one.month, one.outcome.value, one.peak_seats) for one in found]


async def test_people_under_suspension_are_not_counted_and_the_bill_is_told_to_rise_when_they_count_again() -> None:
    company = await owing()
    await advance_suspending(company, moscow("2021-02-03 12:00"))  # suspended since 16 January
    preview = await preview_invoice(await company.facts(), None, SUSPENDING)
    assert (preview.peak.seats, preview.if_nothing_changes.amount) == (0, Decimal(0))
    await pay(company, "3096", policies=SUSPENDING)
    preview = await preview_invoice(await company.facts(), None, SUSPENDING)
    assert (preview.peak.seats, preview.if_nothing_changes.amount) == (6, Decimal(1548))
    ((_, raised),) = await events(company, "bill.raised")
    assert raised == {
        "month": "2021-02",
        "currency": "RUB",
        "totalBefore": "0.00",
        "totalAfter": "1548.00",
        "peakBefore": 0,
        "peakAfter": 6,
        "cause": "a suspension ended",
    }


async def test_when_as_many_counted_before_the_suspension_its_end_raises_nothing() -> None:
    company = await owing()
    await advance_suspending(company, moscow("2021-01-20 12:00"))
    await pay(company, "1548", policies=SUSPENDING)
    assert await events(company, "bill.raised") == []


async def test_a_peak_within_a_suspension_does_not_count_and_those_who_are_left_after_it_do() -> None:
    company = await owing()  # 6 seats until 16 January
    await advance_suspending(company, moscow("2021-01-20 12:00"))
    more = await hire(company, 10)
    await change(company, subscribe=more)
    await advance_suspending(company, moscow("2021-01-22 12:00"))
    await change(company, unsubscribe=more[:8])
    await advance_suspending(company, moscow("2021-01-25 12:00"))
    await pay(company, "1548", policies=SUSPENDING)
    await advance_suspending(company, moscow("2021-02-02 12:00"))
    assert await months(company) == [("2020-11", "TRIAL", 0), ("2020-12", "BILLED", 6), ("2021-01", "BILLED", 8)]
    (row,) = await db.fetch("SELECT peak_reached_at FROM statements WHERE month = '2021-01'")
    assert row["peak_reached_at"] == moscow("2021-01-25 12:00")


async def test_a_month_wholly_under_suspension_is_free_and_the_one_in_which_it_pays_is_not() -> None:
    company = await owing()
    await advance_suspending(company, moscow("2021-03-05 12:00"))  # twenty days and more
    await pay(company, "3096", policies=SUSPENDING)
    await advance_suspending(company, moscow("2021-04-02 12:00"))
    assert await months(company) == [
        ("2020-11", "TRIAL", 0),
        ("2020-12", "BILLED", 6),
        ("2021-01", "BILLED", 6),
        ("2021-02", "FREE", 0),
        ("2021-03", "BILLED", 6),
    ]
    assert await count_of("invoices", company.id) == 3


async def test_a_what_if_under_suspension_says_what_comes_once_it_ends() -> None:
    company = await owing()
    await advance_suspending(company, moscow("2021-02-05 12:00"))  # suspended since 16 January
    people = [SubjectReference(("input", "change", "0"), member_id=one) for one in await hire(company, 4)]
    before = await snapshot()

    impact = (await ask_what_if(OPERATOR, company.id, proposed(subscribe=people), SUSPENDING)).impact

    assert await snapshot() == before
    totals = [picture.this_month.total.amount for picture in (impact.before, impact.after)]
    assert totals == [Decimal(0), Decimal(0)]
    (warning,) = [one for one in list_warnings(impact) if one.code is WarningCode.SUSPENDED]
    assert warning.message == "No seat is charged while suspended; once that ends 2021-02 comes to 2580.00 RUB."
    assert warning.amount == Money(Decimal("1032.00"), "RUB")  # 10 × 258 instead of 6 × 258
