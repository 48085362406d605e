"""Credit notes: amounts and VAT that add up, gapless numbers, never more than the invoice (R5.5)."""

import asyncio
from decimal import Decimal
from itertools import pairwise
from uuid import UUID, uuid4

import asyncpg
import pytest
from tortoise.exceptions import IntegrityError

from app import db
from app.billing.credit_notes import CreditNoteRow, issue_credit_note, list_credit_notes
from app.billing.queries import InvoiceRow, list_invoices
from app.checks.catalog import MONEY, find_violations
from app.clocks.service import create_test_clock
from app.domain.documents import canonical_json, sha256
from app.domain.errors import DomainError, ErrorCode
from app.domain.paging import EVERYTHING
from app.organizations.queries import find_balance
from app.retention.life import close_organization
from tests.billing.paying import SUSPENDING, advance_suspending, events, owing, pay, standing
from tests.factories import (
    NOVEMBER,
    OPERATOR,
    POLICIES,
    Company,
    advance,
    change,
    found,
    found_at,
    moscow,
    refused,
    someone_in,
    utc,
)

pytestmark = pytest.mark.usefixtures("clean_database")


async def bill(seats: int) -> tuple[Company, InvoiceRow]:
    """A company whose January 2021 was billed, and the invoice: its trial ends within December."""
    company = await found_at(NOVEMBER, seats)
    await advance(company.clock_id, utc("2020-12-09 12:00"))
    await change(company, subscribe=company.members[:1])
    await advance(company.clock_id, moscow("2021-01-05 12:00"))
    await change(company, subscribe=company.members[1:])
    await advance(company.clock_id, moscow("2021-02-01 00:30"))
    (invoice,) = await list_invoices(company.id, EVERYTHING)
    return company, invoice


async def credit(invoice: InvoiceRow, amount: str | None, reason: str = "Agreed by phone") -> UUID:
    return await issue_credit_note(OPERATOR, invoice.id, Decimal(amount) if amount else None, reason, POLICIES)


async def notes_of(invoice: InvoiceRow) -> list[CreditNoteRow]:
    return await list_credit_notes([invoice.id])


async def test_credits_of_62_800_share_the_vat_and_the_last_takes_exactly_what_is_left() -> None:
    company, invoice = await bill(270)
    for amount in ("20000", "20000.00", None):
        await credit(invoice, amount)

    notes = await notes_of(invoice)

    assert [(one.number, str(one.amount), str(one.vat_net), str(one.vat_amount)) for one in notes] == [
        ("CN-2021-000001", "20000.000000", "16666.670000", "3333.330000"),
        ("CN-2021-000002", "20000.000000", "16666.660000", "3333.340000"),
        ("CN-2021-000003", "22800.000000", "19000.000000", "3800.000000"),
    ]
    assert sum(one.vat_amount for one in notes) == invoice.vat_amount
    assert sum(one.vat_net for one in notes) == invoice.vat_net
    assert await find_balance(company.id) == 0


async def test_sixty_notes_of_two_kopecks_leave_the_last_its_fair_vat() -> None:
    company, invoice = await bill(6)
    for amount in (*["0.02"] * 60, "1546.00", None):
        await credit(invoice, amount)

    notes = await notes_of(invoice)

    assert [str(one.vat_amount) for one in notes[:7]] == [
        *("0.000000", "0.010000", "0.000000", "0.000000", "0.010000", "0.000000", "0.000000")
    ]
    # 1.20 have 0.20; 1 547.20 have 257.87 and the last 0.80 what is left of 258.00
    assert [(str(one.amount), str(one.vat_amount)) for one in notes[60:]] == [
        ("1546.000000", "257.670000"),
        ("0.800000", "0.130000"),
    ]
    assert sum(one.vat_amount for one in notes) == invoice.vat_amount
    assert await find_violations(MONEY, [company.id]) == []


async def test_a_credit_note_prints_the_payer_of_its_invoice_and_is_hashed() -> None:
    company, invoice = await bill(7)
    await db.fetch("UPDATE billing_profiles SET legal_name = 'Renamed LLC'")

    await credit(invoice, "6")

    (note,) = await notes_of(invoice)
    assert note.document["payer"] == invoice.document["payer"]
    assert note.document["invoice"] == {"id": str(invoice.id), "number": invoice.number, "digest": invoice.digest}
    assert (note.document["amount"], note.document["vat"]["amount"]) == ("6.00", "1.00")
    assert note.digest == sha256(canonical_json(note.document))
    assert (note.reason, note.issued_by, note.issued_at) == (
        "Agreed by phone",
        OPERATOR.name,
        (await company.facts()).now,
    )


async def test_a_credit_note_is_recorded_once_with_what_it_is_of() -> None:
    company, invoice = await bill(6)
    note_id = await credit(invoice, "548.00")
    row = await db.fetch_one(
        "SELECT type, payload ->> 'creditNoteId' AS note, payload ->> 'amount' AS amount FROM events "
        "WHERE organization_id = $1 ORDER BY sequence DESC LIMIT 1",
        company.id,
    )
    assert row == {"type": "credit_note.issued", "note": str(note_id), "amount": "548.00"}


@pytest.mark.parametrize("amount", ["0", "-1", "1548.01", "0.001", "NaN", "Infinity", "1e30"])
async def test_an_amount_that_cannot_be_credited_is_refused(amount: str) -> None:
    _, invoice = await bill(6)
    async with refused(ErrorCode.INVALID_INPUT) as refusal:
        await credit(invoice, amount)
    assert refusal.value.problems[0].path == ("input", "amount")


async def test_what_is_left_is_the_most_and_a_credited_invoice_has_nothing_left() -> None:
    _, invoice = await bill(6)
    await credit(invoice, "1000")
    async with refused(ErrorCode.INVALID_INPUT) as refusal:
        await credit(invoice, "548.01")
    assert refusal.value.message == "Only 548.00 RUB of this invoice are left."
    await credit(invoice, "548")
    for amount in (None, "0.01"):
        async with refused(ErrorCode.CONFLICT):
            await credit(invoice, amount)


@pytest.mark.parametrize("reason", ["", "  ", "x" * 501, "a\x00b"])
async def test_a_reason_is_needed(reason: str) -> None:
    _, invoice = await bill(6)
    async with refused(ErrorCode.INVALID_INPUT) as refusal:
        await credit(invoice, None, reason)
    assert refusal.value.problems[0].path == ("input", "reason")


async def test_only_operators_credit_and_an_unknown_invoice_is_not_found() -> None:
    company, invoice = await bill(6)
    owner = someone_in([company.id])
    async with refused(ErrorCode.FORBIDDEN):
        await issue_credit_note(owner, invoice.id, None, "Mine", POLICIES)
    async with refused(ErrorCode.NOT_FOUND):
        await issue_credit_note(OPERATOR, uuid4(), None, "None", POLICIES)


async def test_a_closed_organizations_invoice_can_be_credited() -> None:
    company, invoice = await bill(6)
    await close_organization(OPERATOR, company.id)
    await credit(invoice, None)
    assert await find_balance(company.id) == 0


async def test_ten_credit_notes_at_once_never_pass_the_invoice_and_have_gapless_numbers() -> None:
    company, invoice = await bill(6)

    results = await asyncio.gather(*(credit(invoice, "200") for _ in range(10)), return_exceptions=True)

    refusals = [one for one in results if isinstance(one, BaseException)]
    assert {type(one) for one in refusals} == {DomainError}
    notes = await notes_of(invoice)
    assert [one.number for one in notes] == [f"CN-2021-{number:06}" for number in range(1, 8)]
    assert len(refusals) == 3
    assert all(one.issued_at < other.issued_at for one, other in pairwise(notes))
    assert await find_balance(company.id) == -148


async def test_the_credit_notes_of_many_organizations_on_a_clock_share_one_series_apart_from_the_invoices() -> None:
    clock = await create_test_clock(OPERATOR, NOVEMBER)
    companies = [await found(clock, 6) for _ in range(4)]
    for company in companies:
        await change(company, subscribe=company.members)
    await advance(clock, moscow("2021-02-01 00:30"))
    invoices = [(await list_invoices(company.id, EVERYTHING))[-1] for company in companies]

    await asyncio.gather(*(credit(invoice, "10") for invoice in invoices for _ in range(3)))

    rows = await db.fetch("SELECT number, issued_at FROM credit_notes ORDER BY year, number_in_year")
    assert [row["number"] for row in rows] == [f"CN-2021-{number:06}" for number in range(1, 13)]
    assert [row["issued_at"] for row in rows] == sorted(row["issued_at"] for row in rows)
    kinds = await db.fetch(
        "SELECT kind, last_number FROM invoice_series JOIN invoice_counters ON series_id = invoice_series.id ORDER BY 1"
    )
    assert kinds == [{"kind": "CREDIT_NOTE", "last_number": 12}, {"kind": "INVOICE", "last_number": 8}]


async def test_the_database_itself_refuses_more_than_the_invoice() -> None:
    _, invoice = await bill(6)
    await credit(invoice, "1500")
    with pytest.raises((IntegrityError, asyncpg.CheckViolationError)):
        await db.fetch(
            """
            INSERT INTO credit_notes
                (id, organization_id, invoice_id, series_id, year, number_in_year, number, issued_at, issued_by,
                 currency, amount, vat_net, vat_amount, reason, document, digest)
            SELECT gen_random_uuid(), organization_id, invoice_id, series_id, year, 2, 'CN-2021-000002', issued_at,
                   issued_by, currency, 48.01, 48.01, 0, reason, document, digest FROM credit_notes
            """
        )
    assert len(await notes_of(invoice)) == 1


async def test_a_credit_note_that_leaves_nothing_overdue_ends_the_suspension_and_completes_what_is_paid() -> None:
    company = await owing()
    (december,) = await list_invoices(company.id, EVERYTHING)
    await pay(company, "1000.00")
    await advance_suspending(company, moscow("2021-01-20 12:00"))
    assert (await company.facts()).is_suspended

    await issue_credit_note(OPERATOR, december.id, Decimal(500), "Nearly all", SUSPENDING)
    assert (await company.facts()).is_suspended
    await issue_credit_note(OPERATOR, december.id, Decimal(48), "The rest", SUSPENDING)

    assert not (await company.facts()).is_suspended
    assert await standing(company) == [(december.number, "PAID", "1000.00")]
    told = await events(company, "credit_note.issued", "invoice.paid", "organization.resumed")
    assert [kind for kind, _ in told] == [
        "credit_note.issued",
        "credit_note.issued",
        "invoice.paid",
        "organization.resumed",
    ]
