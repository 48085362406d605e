"""Each invariant about money finds what breaks it, and nothing else does: a check that cannot fail says nothing."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import orjson
import pytest

from app import db
from app.billing.document import digest_of
from app.checks.catalog import CHECKS, MONEY, find_violations
from app.checks.check import run_checks
from app.clocks.service import create_test_clock
from app.retention.accounting import delete_accounting
from tests.factories import (
    NOVEMBER,
    OPERATOR,
    Company,
    advance,
    as_owner,
    as_superuser,
    change,
    found,
    found_at,
    moscow,
    snapshot,
)

pytestmark = pytest.mark.usefixtures("clean_database")

ACCOUNT = """
    WITH series AS (
        INSERT INTO invoice_series (id, issuer_id, test_clock_id, kind, last_issued_at)
        SELECT gen_random_uuid(), issuer_id, test_clock_id, 'CREDIT_NOTE', last_issued_at FROM invoice_series
        WHERE id IN (SELECT series_id FROM invoices WHERE organization_id = $1) RETURNING id
    ), counter AS (
        INSERT INTO invoice_counters (id, series_id, year, last_number)
        SELECT gen_random_uuid(), id, 2021, 1 FROM series
    ), payment AS (
        INSERT INTO payments (id, organization_id, amount, currency, received_at, external_reference, recorded_at,
                              recorded_by)
        SELECT gen_random_uuid(), $1, 1548, 'RUB', now(), reference, now(), 'operator'
        FROM unnest(ARRAY['kept', 'reversed']) AS reference RETURNING *
    ), reversal AS (
        INSERT INTO payment_reversals (id, organization_id, payment_id, reason, reversed_at, reversed_by)
        SELECT gen_random_uuid(), organization_id, id, 'a reason', now(), 'operator' FROM payment
        WHERE external_reference = 'reversed'
    )
    INSERT INTO credit_notes (id, organization_id, invoice_id, series_id, year, number_in_year, number, issued_at,
                              issued_by, currency, amount, vat_net, vat_amount, reason, document, digest)
    SELECT gen_random_uuid(), organization_id, invoice.id, series.id, 2021, 1, 'CN-2021-000001', now(), 'operator',
           'RUB', 1000, 833.33, 166.67, 'a reason', '{}', '' FROM invoices AS invoice, series
    WHERE organization_id = $1 AND document ->> 'month' = '2021-01'
"""
JANUARY = "document ->> 'month' = '2021-01'"


async def company_with_an_account() -> Company:
    """Six seats, one replaced by another in January; December, January and February billed, partly paid and credited.
    Beside it an organization whose months are free."""
    clock_id = await create_test_clock(OPERATOR, NOVEMBER)
    company, beside = await found(clock_id, 7), await found(clock_id, 2)
    await change(company, subscribe=company.members[:6])
    await change(beside, subscribe=beside.members)
    await advance(clock_id, moscow("2021-01-10 12:00"))
    await change(company, unsubscribe=company.members[:1], subscribe=company.members[6:])
    await advance(clock_id, moscow("2021-03-01 12:00"))
    async with as_owner():
        await db.fetch(ACCOUNT, company.id)
    return company


def document(path: str, value: str, *, where: str = JANUARY) -> str:
    """Another value in an invoice's document."""
    return f"UPDATE invoices SET document = jsonb_set(document, '{path}', '{value}') WHERE {where}"


SUMS = "2: lines are the terms applied to the peak, less discounts and with VAT they are the total"
SWEEP = "3: the stored peak, its first instant and its holders are those of a sweep over the ledger"
HASHED = "4: the document of an invoice gives its stored digest"
LEDGER = "4: the ledger of an invoice gives its stored digest"
NUMBERED = "5: invoices of an issuer and year are numbered 1, 2, 3 … in order of issue"
NOTES = "5: credit notes of an issuer and year are numbered 1, 2, 3 … in order of issue"
PRINTED = "5: the number that is printed is the number that was taken"
EXISTS = "1: a statement is BILLED exactly when it has an invoice"
CHAIN = "1: at most one invoice of a statement is unreplaced, and each replaces one of the same statement"
PERIODS = "1: every period that was closed has a statement, and there is none of another"
FOLLOWING = "1: statements follow each other without a gap from the month of the activation on"
TRIAL = "7: nothing is charged for an instant in the trial"
FREE = "7: nothing is charged at or under the free threshold"
PURGED = "7: nothing is charged after a purge"
CREDITED = "7: the credit notes of an invoice are not more than it"
BALANCE = "7: the balance is payments and credits less invoices"
CURRENCY = "7: an invoice, a credit note and a payment are in the currency of their organization"

BOUNDS = "10: the last period alone is open, and none is behind a parked one"
MOMENTS = "8: grants begin and end at the instants of the changes that they name"

BREAKING: dict[str, tuple[str, set[str]]] = {
    "a bill without an invoice": ("UPDATE statements SET outcome = 'BILLED' WHERE outcome = 'FREE'", {EXISTS}),
    "an invoice of a free month": ("UPDATE statements SET outcome = 'FREE' WHERE outcome = 'BILLED'", {EXISTS}),
    "a replacement of another month's invoice": (
        f"""
        UPDATE invoices SET replaces_id = (SELECT id FROM invoices WHERE document ->> 'month' = '2020-12')
        WHERE {JANUARY}
        """,
        {CHAIN},
    ),
    "a closed period without a statement": (
        "DELETE FROM statements WHERE month = '2021-01' AND outcome = 'FREE'",
        {PERIODS, FOLLOWING, BOUNDS},
    ),
    "a gap between statements": (
        """
        UPDATE statements SET starts_at = starts_at + interval '1 second' WHERE month = '2021-02' AND outcome = 'FREE'
        """,
        {FOLLOWING, BOUNDS, SWEEP},
    ),
    "another total": (f"UPDATE invoices SET total = total + 1, vat_net = vat_net + 1 WHERE {JANUARY}", {SUMS}),
    "another line": (document("{lines,0,quantity}", "5"), {SUMS}),
    "another price": (document("{terms,priceList,tiers,0,unitPrice}", '"257"'), {SUMS}),
    "another share": (document("{terms,chargedShare}", "[1, 2]"), {SUMS}),
    "a discount that was not taken off": (
        document("{discounts}", '[{"kind": "PROMO", "description": "", "amount": "1.00"}]'),
        {SUMS},
    ),
    "another tax": (document("{vat,rate}", '"10"'), {SUMS}),
    "another subtotal": (document("{subtotal}", '"1549.00"'), {SUMS}),
    "a holder less": (document("{peak,holders}", "[]"), {SUMS, SWEEP}),
    "another peak": ("UPDATE statements SET peak_seats = 7 WHERE month = '2021-01' AND outcome = 'BILLED'", {SWEEP}),
    "another peak on an invoice": (document("{peak,reachedAt}", '"2021-01-10T08:59:59Z"'), {SWEEP}),
    "a later instant that attains the peak too": (
        "UPDATE statements SET peak_reached_at = peak_reached_at + interval '1 day' WHERE month = '2021-01'",
        {SWEEP},
    ),
    "another holder": (
        f"""
        UPDATE invoices SET document = jsonb_set(document, '{{peak,holders,0}}', to_jsonb(gen_random_uuid()::text))
        WHERE {JANUARY}
        """,
        {SWEEP},
    ),
    "a suspension afterwards": (
        """
        INSERT INTO suspensions (id, organization_id, since, until, cause)
        SELECT gen_random_uuid(), organization_id, '2020-12-01Z', '2020-12-31Z', 'OVERDUE' FROM invoices LIMIT 1
        """,
        {SWEEP},
    ),
    "a grant that began earlier": (
        """
        UPDATE seat_grants SET during = tstzrange(lower(during) - interval '1 microsecond', upper(during))
        WHERE organization_id IN (SELECT organization_id FROM invoices) AND upper(during) IS NULL
          AND lower(during) < '2021-01-01Z'
        """,
        {LEDGER, MOMENTS, "8: a grant lies within the time its subscription was in force"},
    ),
    "another ledger": (f"UPDATE invoices SET ledger_digest = repeat('0', 64) WHERE {JANUARY}", {LEDGER}),
    "a number left out": (
        f"UPDATE invoices SET number_in_year = 9, number = '2021-000009' WHERE {JANUARY}",
        {NUMBERED},
    ),
    "an invoice that is gone": (
        "DELETE FROM invoices WHERE document ->> 'month' = '2021-02'",
        {NUMBERED, EXISTS},
    ),
    "a later number issued earlier": (
        "UPDATE invoices SET issued_at = issued_at - interval '50 days' WHERE document ->> 'month' = '2021-02'",
        {NUMBERED},
    ),
    "a credit note's number left out": (
        "UPDATE credit_notes SET number_in_year = 2, number = 'CN-2021-000002'",
        {NOTES},
    ),
    "another number in print": (f"UPDATE invoices SET number = '2021-000007' WHERE {JANUARY}", {PRINTED}),
    "a trial that went on": (
        "UPDATE organizations SET trial_ends_at = '2021-01-20Z' WHERE id IN (SELECT organization_id FROM invoices)",
        {TRIAL, SWEEP},
    ),
    "a free peak": (document("{terms,priceList,freeThreshold}", "6"), {FREE, SUMS}),
    "a list that is none of the terms": (document("{pricedBy}", '"0"'), {FREE, SUMS}),
    "an invoice after the purge": (
        """
        UPDATE organizations SET purge_decided_at = '2021-02-10Z', closed_at = '2020-12-20Z'
        WHERE id IN (SELECT organization_id FROM invoices)
        """,
        {PURGED},
    ),
    "more credit than the invoice": (
        "UPDATE credit_notes SET amount = amount + 1000, vat_net = vat_net + 1000",
        {CREDITED},
    ),
    "a payment in another currency": ("UPDATE payments SET currency = 'USD'", {CURRENCY}),
}
"""What is planted, and every check that it breaks."""


async def plant(statement: str) -> None:
    """As a superuser who lets no trigger stand in the way, and gives invoices the digest of what they now say."""
    async with as_superuser():
        await db.fetch(statement)
        for row in await db.fetch("SELECT id, document, ledger_digest FROM invoices"):
            digest = digest_of(orjson.loads(row["document"]), row["ledger_digest"])
            await db.fetch("UPDATE invoices SET digest = $2 WHERE id = $1", row["id"], digest)


async def own(*statements: str) -> None:
    """As the owner of the tables."""
    async with as_owner():
        for statement in statements:
            await db.fetch(statement)


async def broken() -> set[str]:
    return {row["invariant"] for row in await find_violations()}


@pytest.mark.parametrize("planted", BREAKING)
async def test_what_breaks_an_invariant_is_found_and_named(planted: str) -> None:
    await company_with_an_account()
    assert await find_violations() == []
    statement, expected = BREAKING[planted]
    await plant(statement)
    assert await broken() == expected


async def test_a_word_changed_in_a_document_is_found() -> None:
    company = await company_with_an_account()
    async with as_superuser():
        await db.fetch(document("{payer,address}", '"elsewhere"'))
    (row,) = await db.fetch(f"SELECT id, number FROM invoices WHERE {JANUARY}")
    expected = {"organization_id": company.id, "invoice_id": row["id"], "number": row["number"]}
    assert await find_violations() == [{"invariant": HASHED, "row": expected}]


UNIQUE = {
    "1: at most one statement of an organization and period": (
        "statements",
        """
        INSERT INTO statements SELECT (jsonb_populate_record(one, jsonb_build_object('id', gen_random_uuid()))).*
        FROM statements AS one WHERE month = '2021-01' AND outcome = 'FREE'
        """,
    ),
    "8: grants of one subscription and member do not overlap": (
        "seat_grants",
        """
        INSERT INTO seat_grants SELECT (jsonb_populate_record(one, jsonb_build_object('id', gen_random_uuid()))).*
        FROM seat_grants AS one WHERE upper_inf(during)
        """,
    ),
}


@pytest.mark.parametrize("name", UNIQUE)
async def test_what_the_database_would_refuse_is_found_too(name: str) -> None:
    table, statement = UNIQUE[name]
    await company_with_an_account()
    async with rebuilt(table):
        await plant(statement)
        assert name in await broken()
        await plant(f"DELETE FROM {table}")


@asynccontextmanager
async def rebuilt(table: str) -> AsyncIterator[None]:
    """A table without what keeps its rows apart, which is there again after; the test leaves no row in it."""
    constraints = await db.fetch(
        f"""
        SELECT conname AS name, pg_get_constraintdef(oid) AS definition FROM pg_constraint
        WHERE conrelid = '{table}'::regclass AND contype IN ('u', 'x')
        """
    )
    indexes = await db.fetch(
        f"""
        SELECT indexname AS name, indexdef AS definition FROM pg_indexes
        WHERE tablename = '{table}' AND indexdef LIKE 'CREATE UNIQUE INDEX%WHERE%'
        """
    )
    await own(*(f'ALTER TABLE {table} DROP CONSTRAINT "{one["name"]}"' for one in constraints))
    await own(*(f'DROP INDEX "{one["name"]}"' for one in indexes))
    try:
        yield
    finally:
        await own(*(f'ALTER TABLE {table} ADD CONSTRAINT "{one["name"]}" {one["definition"]}' for one in constraints))
        await own(*(one["definition"] for one in indexes))


IMMUTABLE = "6: statements, invoices, credit notes, payments and audit entries cannot be updated or deleted"


@pytest.mark.parametrize(
    "table", ["statements", "invoices", "credit_notes", "payments", "payment_reversals", "audit_entries"]
)
async def test_what_could_be_changed_is_found_by_trying_and_left_as_it_was(table: str) -> None:
    await company_with_an_account()
    (may,) = await db.fetch("SELECT has_table_privilege($1, 'UPDATE') AS update", table)
    await own(f"ALTER TABLE {table} DISABLE TRIGGER USER", f"GRANT UPDATE, DELETE ON {table} TO {db.APPLICATION_ROLE}")
    try:
        before = await snapshot()
        found = await find_violations()
        assert await snapshot() == before
    finally:
        kept = "DELETE" if may["update"] else "UPDATE, DELETE"
        await own(f"ALTER TABLE {table} ENABLE TRIGGER USER", f"REVOKE {kept} ON {table} FROM {db.APPLICATION_ROLE}")
    assert [(one["invariant"], one["row"]["table"], one["row"]["by"]) for one in found] == [
        (IMMUTABLE, table, "UPDATE"),
        (IMMUTABLE, table, "DELETE"),
    ]
    assert await find_violations() == []


async def test_a_balance_that_is_shown_wrong_is_found() -> None:
    company = await company_with_an_account()
    (view,) = await db.fetch("SELECT pg_get_viewdef('organization_facts') AS definition")
    wrong = view["definition"].replace("sum(note.amount)", "sum(note.amount) * 2")
    assert wrong != view["definition"]
    await own(f"CREATE OR REPLACE VIEW organization_facts AS {wrong}")
    try:
        found = await find_violations()
    finally:
        await own(f"CREATE OR REPLACE VIEW organization_facts AS {view['definition']}")
    # 1 548 paid + 1 000 credited − 3 × 1 548 billed; shown with the credit twice
    row = {"organization_id": str(company.id), "shown": -1096, "summed": -2096}
    assert found == [{"invariant": BALANCE, "row": row}]


async def test_documents_deleted_after_their_years_leave_gaps_that_are_accounted_for() -> None:
    first = await found_at(NOVEMBER, 6)
    second = await found(first.clock_id, 6)
    for company in (first, second):
        await change(company, subscribe=company.members)
    await advance(first.clock_id, moscow("2021-03-01 12:00"))
    assert await find_violations() == []
    await plant(
        f"""
        UPDATE organizations SET purge_decided_at = '2021-03-01Z', purged_at = '2021-03-01Z', slug = NULL
        WHERE id = '{first.id}'
        """
    )
    await plant(
        f"""
        INSERT INTO tombstones (id, organization_id, reason, decided_at, purged_at, rows_deleted, accounting_until)
        VALUES (gen_random_uuid(), '{first.id}', 'a test', '2021-03-01Z', '2021-03-01Z', '{{}}', '2021-03-01Z')
        """
    )
    await plant(f"DELETE FROM invoice_notices WHERE organization_id = '{first.id}'")
    assert await delete_accounting(OPERATOR, [first.id], during_advance=False) == 1
    assert await find_violations(MONEY) == []

    await plant("DELETE FROM invoices WHERE document ->> 'month' = '2021-01'")
    assert await broken() >= {NUMBERED, EXISTS}


async def test_only_the_organizations_asked_about_are_told_of() -> None:
    one, other = await company_with_an_account(), await company_with_an_account()
    await plant("UPDATE statements SET outcome = 'FREE' WHERE month = '2021-01' AND outcome = 'BILLED'")
    assert len(await find_violations(MONEY)) == 2
    assert [row["row"]["organization_id"] for row in await find_violations(MONEY, [one.id])] == [str(one.id)]
    assert [row["row"]["organization_id"] for row in await find_violations(MONEY, [other.id])] == [str(other.id)]


async def test_at_most_twenty_rows_are_told_of() -> None:
    await company_with_an_account()
    await plant(
        """
        INSERT INTO statements SELECT (jsonb_populate_record(one, jsonb_build_object(
            'id', gen_random_uuid(), 'month', '19' || number || '-01'))).*
        FROM statements AS one, generate_series(10, 40) AS number WHERE month = '2021-01' AND outcome = 'FREE'
        """
    )
    (finding,) = [one for one in await run_checks(CHECKS) if f"{one.check.number}: {one.check.name}" == PERIODS]
    assert (len(finding.rows), finding.has_more, finding.holds) == (20, True, False)
