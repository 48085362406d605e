"""What is found for documents, while the ledger is there and after a purge."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from uuid import UUID

import pytest

from app import db
from app.billing.queries import InvoiceRow, find_invoices
from app.documents.content import Credit, Issuer, Language, PaperLine, PaperPeak, PaperVat, Payer
from app.documents.invoice import render_invoice
from app.documents.loading import issuer_of, load_invoice, priced_by
from app.documents.loading_accounts import find_credit_note, load_account, load_credit_note
from app.domain.actor import system
from app.domain.bookkeeping import EntryKind
from app.domain.errors import ErrorCode
from app.domain.lifecycle import OrganizationState
from app.domain.quarter import Quarter
from app.domain.seats import Interval
from app.organizations.service import lock_organizations
from app.retention.purge import purge_batch, store_decisions
from tests.documents.booking import credit, pay, reverse
from tests.documents.reading import text_of
from tests.factories import DAY, NOVEMBER, OPERATOR, Company, advance, change, found_at, moscow, refused

pytestmark = pytest.mark.usefixtures("clean_database")

PURGER = system("purge")


async def past_january() -> Company:
    """Six seats from 5 January on, eight on the 8th for a day: the first invoice is January's, of 1 February."""
    company = await found_at(NOVEMBER, 8)
    await advance(company.clock_id, moscow("2021-01-05 12:00"))
    await change(company, subscribe=company.members[:6])
    await advance(company.clock_id, moscow("2021-01-08 12:00"))
    await change(company, subscribe=company.members[6:])
    await advance(company.clock_id, moscow("2021-01-09 12:00"))
    await change(company, unsubscribe=company.members[6:])
    await advance(company.clock_id, moscow("2021-02-05 12:00"))
    return company


async def invoice_of(company: Company) -> InvoiceRow:
    """The only one."""
    (row,) = await db.fetch("SELECT id FROM invoices WHERE organization_id = $1", company.id)
    (invoice,) = await find_invoices([row["id"]])
    return invoice


async def purge_by_hand(company: Company) -> None:
    async with db.in_transaction():
        (locked,) = await lock_organizations([company.id], during_advance=False)
        await store_decisions(PURGER, [(locked, "by hand")])
    while await purge_batch(PURGER, company.id, 5000, during_advance=False):
        pass


async def test_an_invoice_is_found_whole() -> None:
    company = await past_january()
    invoice = await invoice_of(company)

    paper = await load_invoice(await company.facts(), invoice)

    assert (paper.number, paper.month, paper.currency) == ("2021-000001", "2021-01", "RUB")
    assert paper.due_at - paper.issued_at == timedelta(days=15)
    assert (paper.starts_at, paper.ends_at) == (moscow("2021-01-01 00:00"), moscow("2021-02-01 00:00"))
    assert paper.payer == Payer(
        "Romashka LLC", "LEGAL_ENTITY", "7707083893", "1 Arbat, Moscow", "40702810900000000001, BIC 044525225"
    )
    assert isinstance(paper.issuer, Issuer)
    assert paper.issuer.time_zone == "Europe/Moscow"
    assert paper.lines == (PaperLine("Seats 1–100", 8, Decimal(258), Decimal(0), Decimal("2064.00")),)
    assert (paper.subtotal, paper.discounts, paper.total) == (Decimal(2064), (), Decimal(2064))
    assert paper.vat == PaperVat(Decimal(20), True, Decimal("1720.00"), Decimal("344.00"))
    assert (paper.free_threshold, paper.charged_share, paper.digest) == (5, Fraction(1), invoice.digest)
    assert (paper.replaces, paper.replaced_by, paper.credits, paper.is_void) == (None, None, (), False)


async def test_the_chart_has_every_step_and_the_peak_its_cause() -> None:
    company = await past_january()

    paper = await load_invoice(await company.facts(), await invoice_of(company))

    assert paper.chart is not None
    assert [seats for _, seats in paper.chart.steps] == [0, 6, 8, 6]
    assert [at.replace(microsecond=0) for at, _ in paper.chart.steps] == [
        moscow("2021-01-01 00:00"),
        moscow("2021-01-05 12:00"),
        moscow("2021-01-08 12:00"),
        moscow("2021-01-09 12:00"),
    ]
    assert (paper.chart.peak_seats, paper.chart.peak_at) == (8, paper.chart.steps[2][0])
    cause = paper.peak.cause
    assert cause is not None
    assert cause.actor == OPERATOR.name
    assert set(cause.member_ids) == {str(one) for one in company.members[6:]}
    assert (paper.peak.seats, paper.peak.is_carried) == (8, False)


async def test_after_a_purge_it_prints_without_the_ledger() -> None:
    company = await past_january()
    whole = await load_invoice(await company.facts(), await invoice_of(company))
    await purge_by_hand(company)
    facts = await company.facts()
    assert facts.state is OrganizationState.PURGED

    paper = await load_invoice(facts, await invoice_of(company))

    assert paper == replace(whole, chart=None, peak=PaperPeak(8, whole.peak.reached_at, None, False))
    assert render_invoice(paper, Language.RU).startswith(b"%PDF-")


async def test_a_peak_that_stood_at_the_periods_start_was_carried_in() -> None:
    company = await past_january()
    await advance(company.clock_id, moscow("2021-03-05 12:00"))
    (row,) = await db.fetch("SELECT id FROM invoices WHERE number = '2021-000002'")
    (february,) = await find_invoices([row["id"]])

    paper = await load_invoice(await company.facts(), february)

    assert paper.peak == PaperPeak(6, moscow("2021-02-01 00:00"), None, True)
    assert paper.chart is not None
    assert paper.chart.steps == ((moscow("2021-02-01 00:00"), 6),)


async def test_credit_notes_stand_on_the_invoice_and_void_it_when_they_take_all_of_it() -> None:
    company = await past_january()
    invoice = await invoice_of(company)
    at = moscow("2021-02-05 13:00")
    await credit(invoice.id, 1, "258", "One too many.", at)

    in_part = await load_invoice(await company.facts(), invoice)
    await credit(invoice.id, 2, "1806", "All of it.", at + DAY)
    whole = await load_invoice(await company.facts(), invoice)

    assert in_part.credits == (Credit("CN-2021-000001", at, Decimal("258.000000")),)
    assert not in_part.is_void
    assert [one.number for one in whole.credits] == ["CN-2021-000001", "CN-2021-000002"]
    assert whole.is_void


async def test_a_credit_note_is_found_with_its_invoice() -> None:
    company = await past_january()
    invoice = await invoice_of(company)
    at = moscow("2021-02-05 13:00")
    found = await find_credit_note(await credit(invoice.id, 1, "258", "One too many.", at))

    assert found is not None
    assert found.organization_id == company.id
    paper = await load_credit_note(found)
    assert (paper.number, paper.issued_at, paper.reason) == ("CN-2021-000001", at, "One too many.")
    assert (paper.invoice_number, paper.invoice_issued_at, paper.month) == (
        "2021-000001",
        invoice.issued_at,
        "2021-01",
    )
    assert (paper.amount, paper.vat) == (Decimal(258), PaperVat(Decimal(20), True, Decimal(215), Decimal(43)))
    assert paper.payer.legal_name == "Romashka LLC"
    assert await find_credit_note(UUID(int=1)) is None


async def test_the_account_has_everything_booked_in_order() -> None:
    company = await past_january()
    invoice = await invoice_of(company)
    await credit(invoice.id, 1, "258", "One too many.", moscow("2021-02-02 12:00"))
    first = await pay(company.id, "bank-1", "500", moscow("2020-12-30 12:00"))
    await pay(company.id, "bank-2", "1000", moscow("2021-02-03 12:00"))
    await reverse(company.id, first, "a mistake", moscow("2021-02-04 12:00"))

    paper = await load_account(await company.facts(), Quarter(2021, 1))

    assert paper.account.opening == 500
    assert [(entry.kind, entry.reference, str(round(balance))) for entry, balance in paper.account.lines] == [
        (EntryKind.INVOICE, "2021-000001", "-1564"),
        (EntryKind.CREDIT_NOTE, "CN-2021-000001", "-1306"),
        (EntryKind.PAYMENT, "bank-2", "-306"),
        (EntryKind.REVERSAL, "bank-1", "-806"),
    ]
    assert paper.account.closing == -806
    assert [(one.reference, one.due_at, one.amount) for one in paper.account.unpaid] == [
        ("2021-000001", invoice.due_at, Decimal(806))
    ]
    facts = await company.facts()
    assert (paper.is_running, paper.since) == (True, moscow("2021-01-01 00:00"))
    assert paper.until <= facts.now
    (row,) = await db.fetch("SELECT balance FROM organization_facts WHERE id = $1", company.id)
    assert row["balance"] == paper.account.closing


async def test_a_quarter_that_is_over_ends_with_it_and_is_made_out_to_whom_it_was_after_a_purge() -> None:
    company = await past_january()
    await advance(company.clock_id, moscow("2021-04-05 12:00"))
    await purge_by_hand(company)

    paper = await load_account(await company.facts(), Quarter(2021, 1))

    assert (paper.is_running, paper.until) == (False, moscow("2021-04-01 00:00"))
    assert paper.payer is not None
    assert paper.payer.legal_name == "Romashka LLC"
    assert [entry.reference for entry, _ in paper.account.lines] == ["2021-000001", "2021-000002"]


@pytest.mark.parametrize("quarter", [Quarter(2020, 3), Quarter(2021, 2)])
async def test_a_quarter_before_the_organization_or_after_now_is_refused(quarter: Quarter) -> None:
    company = await past_january()
    facts = await company.facts()
    async with refused(ErrorCode.NOT_FOUND):
        await load_account(facts, quarter)


async def test_a_suspension_is_found_and_nobody_counts_in_it() -> None:
    """Six seats all January, suspended from the month's first day to the tenth, and from the 30th on."""
    company = await found_at(NOVEMBER, 6)
    await change(company, subscribe=company.members)
    await advance(company.clock_id, moscow("2021-01-30 12:00"))
    for since, until in (("2020-12-31 12:00", moscow("2021-01-10 12:00")), ("2021-01-30 12:00", None)):
        await db.fetch(
            "INSERT INTO suspensions (id, organization_id, since, until) VALUES (gen_random_uuid(), $1, $2, $3)",
            company.id,
            moscow(since),
            until,
        )
    await advance(company.clock_id, moscow("2021-02-05 12:00"))
    (row,) = await db.fetch("SELECT id FROM invoices WHERE number = '2021-000002'")
    (january,) = await find_invoices([row["id"]])

    paper = await load_invoice(await company.facts(), january)

    start, resumed, paused = (moscow(f"2021-01-{day}") for day in ("01 00:00", "10 12:00", "30 12:00"))
    assert paper.suspended == (Interval(moscow("2020-12-31 12:00"), resumed), Interval(paused, None))
    assert paper.chart is not None
    assert paper.chart.steps == ((start, 0), (resumed, 6), (paused, 0))
    assert paper.chart.suspended == ((start, resumed), (paused, moscow("2021-02-01 00:00")))
    assert paper.peak == PaperPeak(6, resumed, None, True)
    assert "The seats were held already when the suspension ended" in text_of(render_invoice(paper, Language.EN))


async def test_the_issuer_is_the_one_of_the_document_as_far_as_it_says() -> None:
    before = {"name": "Seatmark", "taxNumber": "", "address": ""}
    later = {**before, "bankDetails": "BIC 044525974", "timeZone": "Asia/Tokyo"}

    assert await issuer_of({"issuer": before}) == Issuer("Seatmark", "", "", "", "Europe/Moscow")
    assert await issuer_of({"issuer": later}) == Issuer("Seatmark", "", "", "BIC 044525974", "Asia/Tokyo")


def test_of_several_price_lists_the_one_that_the_lines_are_of_is_named() -> None:
    public, private = {"id": "1", "name": "Public"}, {"id": "2", "name": "Private"}

    assert priced_by({"terms": {"priceList": public}}) == public
    compared = {"priceList": public, "alternatives": [private]}
    assert priced_by({"terms": compared, "pricedBy": "2"}) == private
    assert priced_by({"terms": compared, "pricedBy": "1"}) == public
