"""Closing periods against a real ledger: outcomes, order, once only, numbers, digests (R5.4–R5.7)."""

import asyncio
from contextvars import Context
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise

import orjson
import pytest

from app import db
from app.billing.close import close_periods
from app.billing.queries import InvoiceRow, list_due_closings, list_invoices, list_statements
from app.billing.verification import explain_invoices
from app.clocks.service import create_test_clock
from app.domain.actor import system
from app.domain.agreements import Agreements
from app.domain.documents import amounts_of, digest_of
from app.domain.paging import EVERYTHING
from app.domain.policies import Policies
from app.domain.seats import Peak
from app.organizations.queries import list_periods
from app.seats.evidence import digest_ledgers
from app.seats.month import Month, PricedMonth, month_from, price_months
from app.terms.queries import load_tariff
from tests.factories import (
    GRACE,
    NOVEMBER,
    OPERATOR,
    POLICIES,
    TICK,
    Company,
    advance,
    as_superuser,
    change,
    count_of,
    found,
    found_at,
    hire,
    jump,
    moscow,
    utc,
)

pytestmark = pytest.mark.usefixtures("clean_database")

CLOSER = system("close")
FEBRUARY = moscow("2021-02-01 00:30")
"""When January closes in Moscow: half an hour, the grace, after its end."""


async def close(*companies: Company, policies: Policies = POLICIES) -> int:
    return await close_periods(CLOSER, [one.id for one in companies], policies, during_advance=False)


async def statements(company: Company) -> list[tuple[str, str, int | None]]:
    return [(one.month, one.outcome.value, one.peak_seats) for one in await list_statements(company.id, EVERYTHING)]


async def invoices(company: Company) -> list[InvoiceRow]:
    return await list_invoices(company.id, EVERYTHING)


async def in_january(seats: int, *, has_profile: bool = True) -> Company:
    """An organization past its trial, with so many seats since 5 January 2021; its December is closed."""
    company = await found_at(NOVEMBER, seats, has_profile=has_profile)
    await advance(company.clock_id, utc("2020-12-09 12:00"))
    await change(company, subscribe=company.members[:1])
    await advance(company.clock_id, moscow("2021-01-05 12:00"))
    if seats > 1:
        await change(company, subscribe=company.members[1:])
    return company


async def month_of(company: Company, month: str) -> Month:
    recorded = (await list_periods([company.id]))[company.id]
    (period,) = [one for one in recorded if str(one.month) == month]
    return month_from(await company.facts(), period, recorded)


async def test_a_month_within_the_trial_is_a_trial_and_five_seats_are_free_and_six_are_billed() -> None:
    clock = await create_test_clock(OPERATOR, NOVEMBER)
    five, six = await found(clock, 5), await found(clock, 6)
    for company in (five, six):
        await change(company, subscribe=company.members)

    await advance(clock, FEBRUARY)

    assert await statements(five) == [("2020-11", "TRIAL", 0), ("2020-12", "FREE", 5), ("2021-01", "FREE", 5)]
    assert await statements(six) == [("2020-11", "TRIAL", 0), ("2020-12", "BILLED", 6), ("2021-01", "BILLED", 6)]
    assert await invoices(five) == []
    assert [(one.number, one.total) for one in await invoices(six)] == [
        ("2021-000001", Decimal(1548)),
        ("2021-000002", Decimal(1548)),
    ]


async def test_an_invoice_of_270_seats_says_62_800_with_vat_inside_and_who_held_them_when() -> None:
    company = await in_january(270)
    change_at = (await company.facts()).now

    await advance(company.clock_id, FEBRUARY)

    (invoice,) = await invoices(company)
    document = invoice.document
    assert [(line["quantity"], line["unitPrice"], line["amount"]) for line in document["lines"]] == [
        (100, "258", "25800.00"),
        (150, "222", "33300.00"),
        (20, "185", "3700.00"),
    ]
    assert (invoice.subtotal, invoice.total) == (Decimal("62800.00"), Decimal("62800.00"))
    assert document["vat"] == {"rate": "20", "included": True, "net": "52333.33", "amount": "10466.67"}
    assert document["peak"]["seats"] == 270
    assert datetime.fromisoformat(document["peak"]["reachedAt"]) == change_at
    assert document["peak"]["holders"] == sorted(str(one) for one in company.members)
    assert document["month"] == "2021-01"
    assert datetime.fromisoformat(document["period"]["startsAt"]) == moscow("2021-01-01 00:00")
    # The activation was the organization's second change at its clock's one reading: a microsecond later (R0.1).
    assert datetime.fromisoformat(document["trialEndsAt"]) == NOVEMBER + timedelta(days=30) + TICK
    assert document["payer"]["legalName"] == "Romashka LLC"
    assert (invoice.issued_at, invoice.due_at) == (FEBRUARY, FEBRUARY + timedelta(days=15))


async def test_a_month_closes_when_the_grace_after_it_is_over_and_not_a_microsecond_before() -> None:
    company = await in_january(6)

    await jump(company.clock_id, FEBRUARY - TICK)
    assert await list_due_closings(GRACE, 10, None) == []
    assert await close(company) == 0
    await jump(company.clock_id, FEBRUARY)
    assert await list_due_closings(GRACE, 10, None) == [company.id]
    assert await close(company) == 1

    (january,) = [one for one in await list_statements(company.id, EVERYTHING) if one.month == "2021-01"]
    assert (january.starts_at, january.ends_at) == (moscow("2021-01-01 00:00"), moscow("2021-02-01 00:00"))
    assert january.closed_at == FEBRUARY
    assert await close(company) == 0


async def test_every_missed_month_is_closed_in_order_each_with_its_own_bounds_and_peak() -> None:
    company = await in_january(6)
    await jump(company.clock_id, moscow("2021-03-10 12:00"))
    await change(company, unsubscribe=company.members[:1])
    await jump(company.clock_id, moscow("2021-05-01 00:30"))

    closed = []
    while await list_due_closings(GRACE, 10, None):
        assert await close(company) == 1
        closed.append((await statements(company))[-1])

    assert closed == [
        ("2021-01", "BILLED", 6),
        ("2021-02", "BILLED", 6),
        ("2021-03", "BILLED", 6),
        ("2021-04", "FREE", 5),
    ]
    rows = await list_statements(company.id, EVERYTHING)
    assert all(one.ends_at == other.starts_at for one, other in pairwise(rows))
    assert [one.document["month"] for one in await invoices(company)] == ["2021-01", "2021-02", "2021-03"]


async def test_a_month_without_prices_is_parked_and_later_months_wait_behind_it() -> None:
    company = await in_january(6)
    async with as_superuser():  # a list never changes by itself
        await db.fetch("UPDATE price_lists SET effective_from = '2021-02'")
    await jump(company.clock_id, moscow("2021-04-10 12:00"))

    assert await close(company) == 1
    (parked,) = [one for one in await list_statements(company.id, EVERYTHING) if one.month == "2021-01"]
    assert (parked.outcome.value, parked.peak_seats, parked.invoice_id) == ("PARKED", None, None)
    assert parked.parked_reason == "No public price list in RUB is in force in 2021-01."

    assert await list_due_closings(GRACE, 10, None) == []
    assert await close(company) == 0
    assert [month for month, _, _ in await statements(company)] == ["2020-11", "2020-12", "2021-01"]
    assert await count_of("invoices", company.id) == 0


async def test_a_month_with_nobody_to_bill_is_parked_and_does_not_keep_the_others_of_its_chunk() -> None:
    clock = await create_test_clock(OPERATOR, NOVEMBER)
    nameless, other = await found(clock, 6), await found(clock, 6)
    for company in (nameless, other):
        await change(company, subscribe=company.members)
    await advance(clock, moscow("2021-01-20 12:00"))
    await db.fetch("DELETE FROM billing_profiles WHERE organization_id = $1", nameless.id)

    await jump(clock, FEBRUARY)
    assert await close(nameless, other) == 2

    assert (await statements(nameless))[-1] == ("2021-01", "PARKED", None)
    assert (await statements(other))[-1] == ("2021-01", "BILLED", 6)
    assert (await invoices(other))[-1].number == "2021-000003"


async def test_a_free_month_needs_no_billing_profile() -> None:
    company = await in_january(5, has_profile=False)
    await jump(company.clock_id, FEBRUARY)
    assert await close(company) == 1
    assert (await statements(company))[-1] == ("2021-01", "FREE", 5)


async def test_the_first_month_is_charged_on_the_peak_after_the_trial_in_full_or_by_the_policy_in_part() -> None:
    clock = await create_test_clock(OPERATOR, NOVEMBER)
    whole, part = await found(clock, 8), await found(clock, 8)
    for company in (whole, part):
        await change(company, subscribe=company.members)
    await advance(clock, utc("2020-12-10 08:00"))
    for company in (whole, part):
        await change(company, unsubscribe=company.members[:2])
    await jump(clock, moscow("2021-01-01 00:30"))

    assert await close(whole) == 1
    assert await close(part, policies=replace(POLICIES, prorate_first_month=True)) == 1

    # The trial ended on 10 December at 12:00 in Moscow: 21.5 of 31 days are left; 1548 × 21.5 / 31 = 1073.61.
    assert [one.total for one in await invoices(whole)] == [Decimal("1548.00")]
    assert [one.total for one in await invoices(part)] == [Decimal("1073.61")]
    assert (await statements(part))[-1] == ("2020-12", "BILLED", 6)
    (invoice,) = await list_invoices(part.id, EVERYTHING)
    line = "Seats 1–100: 6 × 258, 69.35% of it for the time after the trial = 1073.61 RUB."
    assert line in (await explain_invoices([invoice]))[invoice.id]


async def test_fifty_closes_at_once_write_one_statement_and_one_invoice_each() -> None:
    clock = await create_test_clock(OPERATOR, NOVEMBER)
    companies = [await found(clock, 6) for _ in range(4)]
    for company in companies:
        await change(company, subscribe=company.members)
    await advance(clock, moscow("2021-01-20 12:00"))
    await jump(clock, FEBRUARY)

    closed = await asyncio.gather(*(close(*companies) for _ in range(50)))

    assert sum(closed) == 4
    for company in companies:
        assert [month for month, _, _ in await statements(company)] == ["2020-11", "2020-12", "2021-01"]
        assert len(await invoices(company)) == 2
    rows = await db.fetch("SELECT number_in_year FROM invoices WHERE year = 2021 ORDER BY 1")
    assert [row["number_in_year"] for row in rows] == list(range(1, 9))


async def test_an_organization_in_another_hand_is_left_to_it() -> None:
    company = await in_january(6)
    await jump(company.clock_id, FEBRUARY)
    async with db.in_transaction():
        await db.fetch("SELECT id FROM organizations WHERE id = $1 FOR NO KEY UPDATE", company.id)
        # A task inherits the transaction that it is made in, but for a context of its own.
        other_worker = asyncio.get_running_loop().create_task(close(company), context=Context())
        assert await other_worker == 0
    assert await close(company) == 1


async def recomputed(company: Company, month: str) -> tuple[PricedMonth, str]:
    """A closed month computed again from what is recorded now; without what was agreed, which may grow."""
    asked = await month_of(company, month)
    (priced,) = await price_months([asked], await load_tariff(), POLICIES)
    assert isinstance(priced, PricedMonth)
    priced = replace(priced, agreements=Agreements())
    (ledger_digest,) = await digest_ledgers([asked.question()], POLICIES.grace)
    return priced, ledger_digest


async def test_recomputing_an_invoice_later_gives_the_stored_digest_whatever_happened_since() -> None:
    company = await in_january(7)
    await jump(company.clock_id, moscow("2021-01-31 23:50"))
    await change(company, unsubscribe=company.members[:1])
    await jump(company.clock_id, moscow("2021-02-01 00:15"))
    await change(company, subscribe=company.members[:1])
    await jump(company.clock_id, FEBRUARY)
    assert await close(company) == 1
    (stored,) = [one for one in await invoices(company) if one.document["month"] == "2021-01"]
    before = await recomputed(company, "2021-01")

    await change(company, unsubscribe=company.members)
    await change(company, subscribe=await hire(company, 3))
    await advance(company.clock_id, moscow("2021-04-10 12:00"))

    priced, ledger_digest = await recomputed(company, "2021-01")
    assert (priced, ledger_digest) == before
    document = {**stored.document, **orjson.loads(db.to_json(amounts_of(priced.draft)))}
    assert document == stored.document
    assert digest_of(document, ledger_digest) == stored.digest


async def test_the_digest_tells_of_a_ledger_that_was_tampered_with() -> None:
    company = await in_january(7)
    await advance(company.clock_id, FEBRUARY)
    _, before = await recomputed(company, "2021-01")
    async with as_superuser():
        await db.fetch(
            """
            UPDATE seat_grants SET during = tstzrange(lower(during) + interval '1 microsecond', upper(during))
            WHERE member_id = $1
            """,
            company.members[-1],
        )
    _, after = await recomputed(company, "2021-01")
    assert before != after


async def test_what_is_stored_adds_up_and_is_the_independent_sweep_of_the_ledger() -> None:
    company = await in_january(9)
    await jump(company.clock_id, moscow("2021-01-11 12:00"))
    await change(company, unsubscribe=company.members[:2])
    await jump(company.clock_id, FEBRUARY)
    assert await close(company) == 1

    row = await db.fetch_one("SELECT * FROM invoices WHERE organization_id = $1", company.id)
    assert row is not None
    assert (row["subtotal"], row["total"]) == (Decimal("2322.00"), Decimal("2322.00"))
    assert (row["vat_net"], row["vat_amount"]) == (Decimal("1935.00"), Decimal("387.00"))
    priced, _ = await recomputed(company, "2021-01")
    at = (await db.fetch("SELECT at FROM seat_changes WHERE organization_id = $1 ORDER BY at", company.id))[1]["at"]
    assert priced.peak == Peak(9, at, tuple(sorted(company.members)))


async def test_a_close_writes_its_events_with_the_numbers_that_clients_need() -> None:
    company = await in_january(6)
    await jump(company.clock_id, FEBRUARY)
    await close(company)
    rows = await db.fetch(
        "SELECT type, at, payload FROM events WHERE organization_id = $1 ORDER BY sequence DESC LIMIT 2", company.id
    )
    issued, closed = rows
    (invoice,) = await invoices(company)
    assert (closed["type"], issued["type"]) == ("period.closed", "invoice.issued")
    assert closed["at"] == issued["at"] == FEBRUARY.astimezone(UTC)
    assert orjson.loads(issued["payload"]) == {
        "invoiceId": str(invoice.id),
        "statementId": str(invoice.statement_id),
        "number": "2021-000001",
        "total": "1548.00",
        "currency": "RUB",
    }
    assert orjson.loads(closed["payload"]) == {
        "statementId": str(invoice.statement_id),
        "month": "2021-01",
        "outcome": "BILLED",
    }
