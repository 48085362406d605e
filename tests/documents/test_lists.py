"""Statements, invoices and payments as CSV, cell by cell."""

import csv
import io

import pytest

from app import db
from app.documents.lists import INVOICES, PAGE, PAYMENTS, STATEMENTS, List, export_list
from app.domain.instants import instant_text
from tests.documents.booking import credit, pay, reverse
from tests.documents.test_loading import invoice_of, past_january
from tests.factories import Company, advance, found_at, moscow

pytestmark = pytest.mark.usefixtures("clean_database")


async def exported(company: Company, listed: List) -> bytes:
    return b"".join([chunk async for chunk in export_list(await company.facts(), listed)])


async def rows(company: Company, listed: List) -> list[dict[str, str]]:
    """As a program reads them."""
    return list(csv.DictReader(io.StringIO((await exported(company, listed)).decode("utf-8-sig"), newline="")))


async def test_statements_have_every_month_with_how_it_ended() -> None:
    company = await past_january()

    found = await rows(company, STATEMENTS)

    assert [(one["month"], one["outcome"], one["peak_seats"], one["invoice"]) for one in found] == [
        ("2020-11", "TRIAL", "0", ""),
        ("2020-12", "FREE", "0", ""),
        ("2021-01", "BILLED", "8", "2021-000001"),
    ]
    january = found[2]
    assert (january["period_start"], january["period_end"]) == ("2020-12-31T21:00:00Z", "2021-01-31T21:00:00Z")
    assert (january["time_zone"], january["parked_reason"]) == ("Europe/Moscow", "")
    assert january["peak_reached_at"].startswith("2021-01-08T09:00:00")


async def test_invoices_have_their_amounts_and_what_became_of_them() -> None:
    company = await past_january()
    invoice = await invoice_of(company)
    await credit(invoice.id, 1, "258", "One too many.", moscow("2021-02-02 12:00"))
    await pay(company.id, "bank-1", "1000.5", moscow("2021-02-03 12:00"))

    (found,) = await rows(company, INVOICES)

    reached_at = found.pop("peak_reached_at")
    assert reached_at.startswith("2021-01-08T09:00:00")
    assert found == {
        "number": "2021-000001",
        "month": "2021-01",
        "issued_at": instant_text(invoice.issued_at),
        "due_at": instant_text(invoice.due_at),
        "state": "ISSUED",
        "currency": "RUB",
        "subtotal": "2064.00",
        "discount": "0.00",
        "total": "2064.00",
        "vat_net": "1720.00",
        "vat_amount": "344.00",
        "vat_rate": "20",
        "vat_included": "yes",
        "credited": "258.00",
        "paid": "1000.50",
        "unpaid": "805.50",
        "peak_seats": "8",
        "payer": "Romashka LLC",
        "payer_tax_number": "7707083893",
        "replaces": "",
        "digest": invoice.digest,
    }


async def test_payments_have_what_they_settled_and_whether_they_were_reversed() -> None:
    company = await past_january()
    await advance(company.clock_id, moscow("2021-03-05 12:00"))
    await pay(company.id, "bank-1", "2100", moscow("2021-02-03 12:00"))
    second = await pay(company.id, "bank-2", "10", moscow("2021-02-04 12:00"))
    await reverse(company.id, second, "=HYPERLINK(1)", moscow("2021-02-05 12:00"))

    first, reversed_one = await rows(company, PAYMENTS)

    assert first == {
        "external_reference": "bank-1",
        "received_at": "2021-02-03T09:00:00Z",
        "currency": "RUB",
        "amount": "2100.00",
        "recorded_at": "2021-02-03T09:00:00Z",
        "recorded_by": "operator:bank",
        "settled_invoices": "2021-000001 2021-000002",
        "reversed_at": "",
        "reversal_reason": "",
    }
    assert (reversed_one["reversed_at"], reversed_one["settled_invoices"]) == ("2021-02-05T09:00:00Z", "")
    assert reversed_one["reversal_reason"] == "'=HYPERLINK(1)"


async def test_an_empty_list_is_its_header() -> None:
    company = await found_at(moscow("2021-01-10 12:00"))

    assert (
        await exported(company, PAYMENTS)
        == (
            "\ufeffexternal_reference,received_at,currency,amount,recorded_at,recorded_by,settled_invoices,reversed_at,"
            "reversal_reason\r\n"
        ).encode()
    )


async def test_a_list_of_many_pages_has_every_row_once_and_in_order() -> None:
    company = await found_at(moscow("2021-01-10 12:00"))
    await db.fetch(
        """
        INSERT INTO payments (id, organization_id, amount, currency, received_at, external_reference, recorded_at,
                              recorded_by)
        SELECT gen_random_uuid(), $1, 1, 'RUB', $2::timestamptz + number / 7 * interval '1 second', number, $2, 'x'
        FROM generate_series(1, $3::int) AS number
        """,
        company.id,
        moscow("2021-01-10 12:00"),
        2 * PAGE + 1,
    )
    chunks = [chunk async for chunk in export_list(await company.facts(), PAYMENTS)]

    found = await rows(company, PAYMENTS)

    assert [chunk.count(b"\r\n") for chunk in chunks] == [1, PAGE, PAGE, 1]
    assert len(found) == 2 * PAGE + 1
    assert {one["external_reference"] for one in found} == {str(number) for number in range(1, 2 * PAGE + 2)}
    assert [one["received_at"] for one in found] == sorted(one["received_at"] for one in found)


async def test_another_organizations_rows_are_not_in_it() -> None:
    company, other = await past_january(), await past_january()
    await pay(other.id, "theirs", "10", moscow("2021-02-03 12:00"))

    assert len(await rows(company, INVOICES)) == 1
    assert len(await rows(company, STATEMENTS)) == 3
    assert await rows(company, PAYMENTS) == []
