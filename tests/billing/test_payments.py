"""Payments: recorded once, settling the oldest invoice first, reversed once (R6.2)."""

import asyncio
from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest

from app import db
from app.billing.accounts import find_payments, list_allocations_of, list_payments
from app.billing.payments import ReceivedPayment, record_payment, reverse_payment
from app.clocks.service import create_test_clock
from app.domain.actor import Role, operator, system
from app.domain.errors import DomainError, ErrorCode
from app.domain.paging import EVERYTHING
from app.domain.roles import member
from app.organizations.service import lock_organizations
from app.retention.life import close_organization
from app.retention.purge import store_decisions
from tests.billing.paying import balance, credit, events, owing, pay, standing
from tests.factories import (
    NOVEMBER,
    OPERATOR,
    POLICIES,
    TICK,
    advance,
    as_owner,
    count_of,
    found,
    found_at,
    jump,
    moscow,
    refused,
    snapshot,
    utc,
)

pytestmark = pytest.mark.usefixtures("clean_database")


def received(
    amount: str = "1548", reference: str = "bank-1", received_at: str = "2021-01-04 12:00", currency: str | None = None
) -> ReceivedPayment:
    return ReceivedPayment(Decimal(amount), currency, moscow(received_at), reference)


# Recording


async def test_a_payment_is_recorded_with_who_and_when_and_pays_the_invoice() -> None:
    company = await owing()
    assert await standing(company) == [("2021-000001", "ISSUED", "0.00")]
    assert await balance(company) == Decimal(-1548)

    payment_id = await record_payment(OPERATOR, company.id, received(currency="RUB"), POLICIES)

    (row,) = await find_payments([payment_id])
    assert (str(row.amount), row.currency, row.external_reference) == ("1548.00", "RUB", "bank-1")
    assert (row.received_at, row.recorded_by, row.reversed_at) == (moscow("2021-01-04 12:00"), OPERATOR.name, None)
    assert row.recorded_at == (await company.facts()).now
    assert await standing(company) == [("2021-000001", "PAID", "1548.00")]
    assert await balance(company) == 0
    ((recorded, payment), (paid, invoice)) = await events(company, "payment.recorded", "invoice.paid")
    assert (recorded, paid) == ("payment.recorded", "invoice.paid")
    assert payment == {
        "paymentId": str(payment_id),
        "amount": "1548.00",
        "currency": "RUB",
        "receivedAt": "2021-01-04T09:00:00+00:00",
    }
    assert (invoice["number"], invoice["total"], invoice["currency"]) == ("2021-000001", "1548.00", "RUB")


async def test_the_oldest_invoice_is_settled_first_and_the_rest_is_balance_that_pays_the_next_one() -> None:
    company = await owing("2021-02-05 12:00")
    payment_id = await pay(company, "2000")
    assert await standing(company) == [("2021-000001", "PAID", "1548.00"), ("2021-000002", "ISSUED", "452.00")]
    assert await balance(company) == Decimal(-1096)
    second = await pay(company, "5000", "bank-2")
    assert [state for _, state, _ in await standing(company)] == ["PAID", "PAID"]
    assert await balance(company) == Decimal(3904)

    found = await list_allocations_of([(company.id, payment_id), (company.id, second)])
    assert [str(one.amount) for one in found[payment_id]] == ["1548.00", "452.00"]
    assert [str(one.amount) for one in found[second]] == ["1096.00"]

    await advance(company.clock_id, moscow("2021-03-01 12:00"))
    assert await standing(company) == [
        ("2021-000001", "PAID", "1548.00"),
        ("2021-000002", "PAID", "1548.00"),
        ("2021-000003", "PAID", "1548.00"),
    ]
    assert await balance(company) == Decimal(2356)
    found = await list_allocations_of([(company.id, second)])
    assert [str(one.amount) for one in found[second]] == ["1096.00", "1548.00"]


async def test_each_invoice_is_told_to_be_paid_once_by_the_payment_that_completes_it() -> None:
    company = await owing("2021-02-05 12:00")
    for number, amount in enumerate(["1000", "548", "10", "1538", "1"]):
        await pay(company, amount, f"bank-{number}")
    told = [payload.get("number") for _, payload in await events(company, "payment.recorded", "invoice.paid")]
    assert told == [None, None, "2021-000001", None, None, "2021-000002", None]


async def test_payments_settle_in_the_order_in_which_they_were_received() -> None:
    company = await owing("2021-02-05 12:00")
    late = await pay(company, "1548", "late")
    early = await pay(company, "1548", "early", moscow("2021-01-02 12:00"))
    assert [row.id for row in await list_payments(company.id, EVERYTHING)] == [early, late]
    found = await list_allocations_of([(company.id, early), (company.id, late)])
    first, second = found[early][0].invoice_id, found[late][0].invoice_id
    numbers = await db.fetch("SELECT id, number FROM invoices WHERE organization_id = $1", company.id)
    assert {row["id"]: row["number"] for row in numbers} == {first: "2021-000001", second: "2021-000002"}


async def test_a_payment_before_any_invoice_is_balance() -> None:
    company = await found_at(NOVEMBER)
    await pay(company, "100.50")
    assert await balance(company) == Decimal("100.50")
    assert await events(company, "invoice.paid") == []


# Once per external reference


async def test_the_very_same_payment_again_is_answered_with_the_one_that_is_there_and_changes_nothing() -> None:
    company = await owing()
    first = await record_payment(OPERATOR, company.id, received(), POLICIES)
    before = await snapshot()
    other = operator("0a000000-0000-4000-8000-000000000002", "another request")
    assert await record_payment(other, company.id, received("1548.00", "  bank-1 "), POLICIES) == first
    assert await snapshot() == before


async def test_the_very_same_payment_again_is_there_also_after_it_was_reversed() -> None:
    company = await owing()
    first = await record_payment(OPERATOR, company.id, received(), POLICIES)
    await reverse_payment(OPERATOR, first, "bounced")
    before = await snapshot()
    assert await record_payment(OPERATOR, company.id, received(), POLICIES) == first
    assert await snapshot() == before
    assert await balance(company) == Decimal(-1548)


@pytest.mark.parametrize("other", [received("1548.01"), received(received_at="2021-01-04 12:01")])
async def test_another_payment_under_the_same_reference_is_refused(other: ReceivedPayment) -> None:
    company = await owing()
    await record_payment(OPERATOR, company.id, received(), POLICIES)
    async with refused(ErrorCode.ALREADY_EXISTS) as refusal:
        await record_payment(OPERATOR, company.id, other, POLICIES)
    assert [one.path for one in refusal.value.problems] == [("input", "externalReference")]


async def test_ten_tasks_with_the_same_reference_record_one_payment() -> None:
    company = await owing()
    recorded = await asyncio.gather(*(record_payment(OPERATOR, company.id, received(), POLICIES) for _ in range(10)))
    assert len(set(recorded)) == 1
    assert await count_of("payments", company.id) == 1
    assert len(await events(company, "payment.recorded")) == 1
    assert len(await events(company, "invoice.paid")) == 1
    assert await balance(company) == 0


async def test_of_ten_different_payments_under_one_reference_one_is_recorded() -> None:
    company = await owing()
    outcomes = await asyncio.gather(
        *(record_payment(OPERATOR, company.id, received(str(100 + number)), POLICIES) for number in range(10)),
        return_exceptions=True,
    )
    refusals = [one.code for one in outcomes if isinstance(one, DomainError)]
    assert refusals == [ErrorCode.ALREADY_EXISTS] * 9
    assert await count_of("payments", company.id) == 1


async def test_two_organizations_may_be_paid_under_the_same_reference() -> None:
    clock = await create_test_clock(OPERATOR, NOVEMBER)
    one, other = await found(clock), await found(clock)
    assert await pay(one, "10") != await pay(other, "10")


# Refusals


@pytest.mark.parametrize(
    ("payment", "path"),
    [
        (received("0"), "amount"),
        (received("-1"), "amount"),
        (received("0.001"), "amount"),
        (received("1000000000000000"), "amount"),
        (received(currency="USD"), "currency"),
        (received(currency=""), "currency"),
        (received(reference=" "), "externalReference"),
        (received(reference="x" * 201), "externalReference"),
        (received(reference="a\x00b"), "externalReference"),
        (received(received_at="1999-12-31 12:00"), "receivedAt"),
        (received(received_at="2021-01-05 12:01"), "receivedAt"),
    ],
)
async def test_a_payment_that_cannot_have_been_is_refused(payment: ReceivedPayment, path: str) -> None:
    company = await owing()
    async with refused(ErrorCode.INVALID_INPUT) as refusal:
        await record_payment(OPERATOR, company.id, payment, POLICIES)
    assert [one.path for one in refusal.value.problems] == [("input", path)]


async def test_every_problem_of_a_payment_is_told_at_once() -> None:
    company = await owing()
    async with refused(ErrorCode.INVALID_INPUT) as refusal:
        await record_payment(OPERATOR, company.id, received("-1", "", "2022-01-01 00:00", "EUR"), POLICIES)
    assert [one.path[1] for one in refusal.value.problems] == ["amount", "receivedAt", "externalReference", "currency"]


async def test_a_payment_received_at_the_organization_s_very_instant_is_recorded() -> None:
    company = await found_at(NOVEMBER)
    at = (await company.facts()).now + TICK  # the instant of the next change
    async with refused(ErrorCode.INVALID_INPUT):
        await pay(company, "1", received_at=at + TICK)
    await pay(company, "1", received_at=at)


@pytest.mark.parametrize("role", Role)
async def test_no_role_in_an_organization_records_or_reverses_payments(role: Role) -> None:
    company = await owing()
    payment_id = await pay(company, "10")
    someone = member(company.members[0], company.id, role, "a request")
    async with refused(ErrorCode.FORBIDDEN):
        await record_payment(someone, company.id, received(), POLICIES)
    async with refused(ErrorCode.FORBIDDEN):
        await reverse_payment(someone, payment_id, "mistake")


async def test_what_cannot_be_reached_is_not_found() -> None:
    company, other = await owing(), await found_at(NOVEMBER)
    payment_id = await pay(company, "10")
    stranger = member(uuid4(), other.id, Role.OWNER, "a request")
    async with refused(ErrorCode.NOT_FOUND):
        await record_payment(stranger, company.id, received(), POLICIES)
    async with refused(ErrorCode.NOT_FOUND):
        await record_payment(OPERATOR, uuid4(), received(), POLICIES)
    for actor, one in ((stranger, payment_id), (OPERATOR, uuid4())):
        async with refused(ErrorCode.NOT_FOUND) as refusal:
            await reverse_payment(actor, one, "mistake")
        assert [problem.path for problem in refusal.value.problems] == [("input", "paymentId")]


async def test_a_closed_organization_still_pays_and_a_purged_one_does_not() -> None:
    company = await owing()
    await close_organization(OPERATOR, company.id)
    payment_id = await pay(company, "1548")
    await reverse_payment(OPERATOR, payment_id, "bounced")
    async with db.in_transaction():
        (locked,) = await lock_organizations([company.id], during_advance=False)
        await store_decisions(system("purge"), [(locked, "by hand")])
    async with refused(ErrorCode.ORGANIZATION_PURGED):
        await record_payment(OPERATOR, company.id, received(reference="bank-2"), POLICIES)
    async with refused(ErrorCode.ORGANIZATION_PURGED):
        await reverse_payment(OPERATOR, payment_id, "bounced")


async def test_while_its_clock_is_on_its_way_nothing_is_recorded() -> None:
    company = await owing()
    await db.fetch("UPDATE test_clocks SET advancing_to = now + interval '1 day' WHERE id = $1", company.clock_id)
    async with refused(ErrorCode.CONFLICT):
        await record_payment(OPERATOR, company.id, received(), POLICIES)


# Reversing


async def test_a_reversed_payment_is_as_if_it_had_never_come_and_what_it_settled_is_due_again() -> None:
    company = await owing("2021-01-20 12:00")
    payment_id = await pay(company, "1548")
    await jump(company.clock_id, utc("2021-01-21 12:00"))
    assert await reverse_payment(OPERATOR, payment_id, "  bounced ") == payment_id
    (row,) = await find_payments([payment_id])
    assert (row.reversal_reason, row.reversed_at, row.reversed_by) == (
        "bounced",
        utc("2021-01-21 12:00"),
        OPERATOR.name,
    )
    assert await standing(company) == [("2021-000001", "OVERDUE", "0.00")]
    assert await balance(company) == Decimal(-1548)
    assert await list_allocations_of([(company.id, payment_id)]) == {}
    ((_, told),) = await events(company, "payment.reversed")
    (invoice,) = await db.fetch("SELECT id FROM invoices WHERE organization_id = $1", company.id)
    assert told == {
        "paymentId": str(payment_id),
        "amount": "1548.00",
        "currency": "RUB",
        "dueAgainInvoiceIds": [str(invoice["id"])],
    }


async def test_other_payments_settle_what_a_reversed_one_settled() -> None:
    company = await owing("2021-02-05 12:00")
    first = await pay(company, "1548", "bank-1", moscow("2021-01-04 12:00"))
    second = await pay(company, "1548", "bank-2", moscow("2021-02-04 12:00"))
    await reverse_payment(OPERATOR, first, "bounced")
    assert await standing(company) == [("2021-000001", "PAID", "1548.00"), ("2021-000002", "ISSUED", "0.00")]
    found = await list_allocations_of([(company.id, first), (company.id, second)])
    assert [str(one.amount) for one in found[second]] == ["1548.00"]
    assert first not in found


async def test_a_payment_is_reversed_once_also_by_ten_at_a_time() -> None:
    company = await owing()
    payment_id = await pay(company, "1548")
    outcomes = await asyncio.gather(
        *(reverse_payment(OPERATOR, payment_id, "bounced") for _ in range(10)), return_exceptions=True
    )
    assert [one.code for one in outcomes if isinstance(one, DomainError)] == [ErrorCode.ALREADY_EXISTS] * 9
    async with refused(ErrorCode.ALREADY_EXISTS) as refusal:
        await reverse_payment(OPERATOR, payment_id, "bounced")
    assert [one.path for one in refusal.value.problems] == [("input", "paymentId")]
    assert len(await events(company, "payment.reversed")) == 1


@pytest.mark.parametrize("reason", ["", "  ", "x" * 501])
async def test_a_reversal_needs_a_reason(reason: str) -> None:
    company = await owing()
    payment_id = await pay(company, "1548")
    async with refused(ErrorCode.INVALID_INPUT) as refusal:
        await reverse_payment(OPERATOR, payment_id, reason)
    assert [one.path for one in refusal.value.problems] == [("input", "reason")]


# Credit notes on the account


async def test_what_was_paid_of_a_credited_invoice_pays_the_next_one() -> None:
    company = await owing("2021-02-05 12:00")
    await pay(company, "1548")
    await credit(company, 0, "1000")
    assert await standing(company) == [("2021-000001", "PAID", "548.00"), ("2021-000002", "ISSUED", "1000.00")]
    await credit(company, 0, "548")
    assert await standing(company) == [("2021-000001", "VOID", "0.00"), ("2021-000002", "PAID", "1548.00")]
    assert await balance(company) == 0


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE payments SET amount = 1",
        "DELETE FROM payments",
        "TRUNCATE payments CASCADE",
        "UPDATE payment_reversals SET reason = 'none'",
        "DELETE FROM payment_reversals",
    ],
)
async def test_nobody_changes_what_was_recorded_in_the_database_either(statement: str) -> None:
    company = await owing()
    await reverse_payment(OPERATOR, await pay(company, "1548"), "bounced")
    before = await snapshot()
    with pytest.raises(Exception, match=r"only grows|for years after a purge"):
        async with as_owner():
            await db.fetch(statement)
    assert await snapshot() == before


async def test_a_payment_is_on_time_by_the_organization_s_clock_and_not_by_ours() -> None:
    company = await owing("2021-01-05 12:00")
    await pay(company, "1", "in time", moscow("2021-01-05 11:00"))
    async with refused(ErrorCode.INVALID_INPUT):
        await pay(company, "1", "too late", moscow("2021-01-05 12:00") + timedelta(days=300))


async def test_an_invoice_that_a_balance_covers_is_told_to_be_paid_as_it_is_issued() -> None:
    company = await owing()
    await pay(company, "3096")  # December's, and as much again
    await advance(company.clock_id, moscow("2021-03-05 12:00"))
    told = await events(company, "invoice.issued", "invoice.paid")
    assert [(kind, payload["number"]) for kind, payload in told] == [
        ("invoice.issued", "2021-000001"),
        ("invoice.paid", "2021-000001"),
        ("invoice.issued", "2021-000002"),
        ("invoice.paid", "2021-000002"),
        ("invoice.issued", "2021-000003"),
    ]
