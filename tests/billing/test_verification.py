"""Verifying and explaining invoices, also those issued before documents had a version, and after tampering (R5.6)."""

from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
import pytest

from app import db
from app.billing.evidence import load_evidence
from app.billing.queries import InvoiceRow, list_invoices
from app.billing.verification import LEDGER_GONE, explain_invoices, verify_invoices
from app.domain.errors import ErrorCode
from app.domain.evidence import read_evidence, verify_evidence
from app.domain.paging import EVERYTHING
from app.domain.verification import Verification
from tests.factories import (
    NOVEMBER,
    OPERATOR,
    Company,
    advance,
    as_superuser,
    change,
    found_at,
    moscow,
    refused,
    utc,
)
from tests.retention.test_accounting import purge_by_hand

pytestmark = pytest.mark.usefixtures("clean_database")

IDENTICAL = Verification(())
BEFORE: dict[str, list[dict[str, Any]]] = orjson.loads(Path(__file__).with_name("issued_before.json").read_bytes())
"""Rows as the code of 2020-11 wrote them: two invoices whose documents have no version, and what they rest on."""


async def bill_january() -> Company:
    """Seven seats on 5 January 2021, two more on the 15th, one forgiven on the 20th, a day of suspension before."""
    company = await found_at(NOVEMBER, 10)
    await advance(company.clock_id, utc("2020-12-09 12:00"))
    await change(company, subscribe=company.members[:1])
    await advance(company.clock_id, moscow("2021-01-05 12:00"))
    await change(company, subscribe=company.members[1:7])
    await advance(company.clock_id, moscow("2021-01-15 12:00"))
    await change(company, subscribe=company.members[7:9])
    await advance(company.clock_id, moscow("2021-01-20 12:00"))
    await change(company, subscribe=company.members[9:])
    await advance(company.clock_id, moscow("2021-01-20 12:30"))
    await change(company, unsubscribe=company.members[9:])
    await suspend(company, "2021-01-10 12:00", "2021-01-11 12:00")
    await advance(company.clock_id, moscow("2021-02-01 00:30"))
    return company


async def suspend(company: Company, since: str, until: str | None) -> None:
    await db.fetch(
        "INSERT INTO suspensions (id, organization_id, since, until) VALUES (gen_random_uuid(), $1, $2, $3)",
        company.id,
        moscow(since),
        moscow(until) if until is not None else None,
    )


async def tamper(sql: str, *values: Any) -> None:
    """As a superuser who switches every guard off."""
    async with as_superuser():
        await db.fetch(sql, *values)


async def invoice_of(company: Company) -> InvoiceRow:
    (invoice,) = await list_invoices(company.id, EVERYTHING)
    return invoice


async def verify(company: Company) -> Verification:
    invoice = await invoice_of(company)
    return (await verify_invoices([invoice]))[invoice.id]


async def evidence_of(company: Company) -> dict[str, Any]:
    return await load_evidence(OPERATOR, (await invoice_of(company)).id)


async def restore_before() -> list[InvoiceRow]:
    """Put the rows of before back into today's tables."""
    for table, rows in BEFORE.items():
        if rows:
            columns = ", ".join(rows[0])
            await tamper(
                f"INSERT INTO {table} ({columns}) SELECT {columns} FROM jsonb_populate_recordset(NULL::{table}, $1)",
                db.to_json(rows),
            )
    return await list_invoices(UUID(BEFORE["organizations"][0]["id"]), EVERYTHING)


async def test_an_invoice_is_identical_whatever_happened_since() -> None:
    company = await bill_january()
    assert await verify(company) == IDENTICAL

    await change(company, unsubscribe=company.members[:4])
    await suspend(company, "2021-02-01 00:30", None)
    await advance(company.clock_id, moscow("2021-02-20 12:00"))

    assert await verify(company) == IDENTICAL
    assert verify_evidence(await evidence_of(company)) == []


async def test_a_suspension_that_goes_on_is_the_same_once_it_has_ended() -> None:
    company = await found_at(NOVEMBER, 6)
    await change(company, subscribe=company.members)
    await advance(company.clock_id, moscow("2021-01-20 12:00"))
    await suspend(company, "2021-01-20 12:00", None)
    await advance(company.clock_id, moscow("2021-02-02 12:00"))
    january = (await list_invoices(company.id, EVERYTHING))[-1]
    assert january.document["suspensions"] == [{"since": "2021-01-20T09:00:00+00:00", "until": None}]

    await db.fetch("UPDATE suspensions SET until = $1", moscow("2021-02-03 12:00"))

    assert await verify_invoices([january]) == {january.id: IDENTICAL}


async def test_invoices_of_before_the_version_are_identical_online_and_offline_and_are_explained() -> None:
    january, february = await restore_before()
    assert "version" not in january.document

    assert await verify_invoices([january, february]) == {january.id: IDENTICAL, february.id: IDENTICAL}
    for invoice in (january, february):
        evidence = await load_evidence(OPERATOR, invoice.id)
        assert verify_evidence(read_evidence(orjson.dumps(evidence))) == []
    assert (await explain_invoices([january]))[january.id] == [
        # From noon of the 11th, when the seventh came, to noon of the 12th nothing counts: suspended.
        ("7 seats were held from 2021-01-12 09:00 UTC (2021-01-12 12:00 Europe/Moscow), the most at once in 2021-01."),
        "The list is 'Public list of October 2020'; with more than 5 every seat is charged.",
        "Seats 1–100: 7 × 258 = 1806.00 RUB.",
        "Total 1806.00 RUB: 1505.00 + 301.00 VAT at 20 %, inside.",
    ]


async def test_a_line_that_was_tampered_with_is_told() -> None:
    company = await bill_january()
    before = (await invoice_of(company)).digest
    await tamper("UPDATE invoices SET document = jsonb_set(document, '{lines,0,amount}', '\"2000.00\"')")

    found = await verify(company)

    assert len(found.differences) == 2
    assert found.differences[0].startswith(f"The digest was {before}; of the document and the ledger's digest")
    assert found.differences[1] == "lines[1].amount was 2000.00; recomputed it is 2322.00."
    assert verify_evidence(await evidence_of(company)) == list(found.differences)


async def test_a_peak_that_was_tampered_with_everywhere_is_told_by_the_ledger() -> None:
    company = await bill_january()
    peak_at = (await invoice_of(company)).document["peak"]["reachedAt"].replace("+00:00", "Z")
    await tamper("UPDATE invoices SET document = jsonb_set(document, '{peak,seats}', '8')")
    await tamper("UPDATE statements SET peak_seats = 8 WHERE outcome = 'BILLED'")

    found = await verify(company)

    assert found.differences[1:] == (
        "lines[1].amount was 2322.00; recomputed it is 2064.00.",
        "lines[1].quantity was 9; recomputed it is 8.",
        "subtotal was 2322.00; recomputed it is 2064.00.",
        "total was 2322.00; recomputed it is 2064.00.",
        "vat.amount was 387.00; recomputed it is 344.00.",
        "vat.net was 1935.00; recomputed it is 1720.00.",
        f"The peak was 8 at {peak_at}; the ledger says 9 at {peak_at}.",
        "At the ledger's peak the month costs 2322.00 RUB instead of 2064.00 RUB.",
    )
    assert verify_evidence(await evidence_of(company)) == list(found.differences)


async def test_a_span_that_was_tampered_with_is_told() -> None:
    company = await bill_january()
    invoice = await invoice_of(company)
    await tamper("DELETE FROM seat_grants WHERE member_id = $1", company.members[3])

    found = await verify(company)

    peak_at = invoice.document["peak"]["reachedAt"].replace("+00:00", "Z")
    assert found.differences[0].startswith(f"The ledger's digest was {invoice.ledger_digest}; now it is ")
    assert found.differences[1:] == (
        f"The peak was 9 at {peak_at}; the ledger says 8 at {peak_at}.",
        "At the ledger's peak the month costs 2064.00 RUB instead of 2322.00 RUB.",
        f"The holders of the seats at the peak differ: {company.members[3]} held none by the ledger.",
    )
    assert verify_evidence(await evidence_of(company)) == list(found.differences)


async def test_a_span_moved_by_a_microsecond_is_told_by_the_ledgers_digest_alone() -> None:
    company = await bill_january()
    await tamper(
        "UPDATE seat_grants SET during = tstzrange(lower(during) + interval '1 microsecond', upper(during)) "
        "WHERE member_id = $1",
        company.members[2],
    )
    (difference,) = (await verify(company)).differences
    assert difference.startswith("The ledger's digest was ")


async def test_a_suspension_that_was_tampered_with_is_told() -> None:
    company = await bill_january()
    await tamper("DELETE FROM suspensions")
    assert (await verify(company)).differences == (
        "The suspensions were 2021-01-10T09:00:00Z to 2021-01-11T09:00:00Z; now they are none.",
    )
    await suspend(company, "2021-01-10 12:00", "2021-01-11 12:00")
    assert await verify(company) == IDENTICAL


async def test_the_columns_beside_the_document_are_compared_with_it() -> None:
    company = await bill_january()
    invoice = await invoice_of(company)
    await tamper(
        "UPDATE invoices SET number = '2021-000009', total = 2400, vat_net = 2013, "
        "issued_at = issued_at - interval '1 s'"
    )
    assert (await verify(company)).differences == (
        f"The invoice's number is 2021-000009; its document says {invoice.number}.",
        "The invoice's issuedAt is 2021-01-31T21:29:59Z; its document says 2021-01-31T21:30:00+00:00.",
        "The invoice's total is 2400.00; its document says 2322.00.",
        "The invoice's vatNet is 2013.00; its document says 1935.00.",
    )


async def test_the_statement_and_the_trial_are_compared_with_the_document() -> None:
    company = await bill_january()
    await tamper("UPDATE statements SET peak_seats = 8, ends_at = ends_at + interval '1 s' WHERE outcome = 'BILLED'")
    await tamper("UPDATE organizations SET trial_ends_at = trial_ends_at + interval '1 day'")
    differences = (await verify(company)).differences
    assert [one.split(" is ")[0] for one in differences[:2]] == ["The document's period", "The document's peak"]
    assert differences[2] == (
        "By the document the trial ended at 2020-12-10T09:00:00.000001Z; by the organization at "
        "2020-12-11T09:00:00.000001Z."
    )


async def test_a_document_that_is_none_any_more_is_told_and_has_no_evidence() -> None:
    company = await bill_january()
    await tamper("UPDATE invoices SET document = document - 'policies'")
    found = await verify(company)
    assert found.differences[1] == "The document cannot be recomputed: it has no readable 'policies'."
    async with refused(ErrorCode.CONFLICT):
        await evidence_of(company)


async def test_after_a_purge_what_is_left_is_verified_and_the_rest_is_said_to_be_gone() -> None:
    company = await bill_january()
    await purge_by_hand(company)

    found = await verify(company)

    assert (found.differences, found.unchecked, found.is_identical) == ((), (LEDGER_GONE,), False)
    async with refused(ErrorCode.ORGANIZATION_PURGED):
        await evidence_of(company)
    await tamper("UPDATE invoices SET document = jsonb_set(document, '{lines,0,amount}', '\"2000.00\"')")
    assert len((await verify(company)).differences) == 2


async def test_an_invoice_is_explained_down_to_the_instant_and_who_raised_the_peak() -> None:
    company = await bill_january()
    invoice = await invoice_of(company)
    assert (await explain_invoices([invoice]))[invoice.id] == [
        ("9 seats were held from 2021-01-15 09:00 UTC (2021-01-15 12:00 Europe/Moscow), the most at once in 2021-01."),
        f"Raised from 7 by {OPERATOR.name} (2 subscribed).",
        "The list is 'Public list of October 2020'; with more than 5 every seat is charged.",
        (
            "Suspended from 2021-01-10 09:00 UTC (2021-01-10 12:00 Europe/Moscow) to 2021-01-11 09:00 UTC "
            "(2021-01-11 12:00 Europe/Moscow): no seat counts then."
        ),
        "Seats 1–100: 9 × 258 = 2322.00 RUB.",
        "Total 2322.00 RUB: 1935.00 + 387.00 VAT at 20 %, inside.",
    ]


async def test_a_hundred_invoices_are_verified_by_as_many_statements_as_one() -> None:
    company = await bill_january()
    await advance(company.clock_id, moscow("2021-06-02 12:00"))
    invoices = await list_invoices(company.id, EVERYTHING)
    assert len(invoices) == 5
    counts = []
    for some in (invoices[:1], invoices):
        with db.counted_statements() as statements:
            assert set((await verify_invoices(some)).values()) == {IDENTICAL}
        counts.append(len(statements))
    assert counts == [4, 4]
