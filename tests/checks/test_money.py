"""Each invariant about money finds what breaks it, and nothing else does: a check that cannot fail says nothing."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from decimal import Decimal

import orjson
import pytest

from app import db
from app.billing.credit_notes import issue_credit_note
from app.billing.queries import list_invoices
from app.checks.catalog import CHECKS, MONEY, find_violations
from app.checks.check import run_checks
from app.clocks.service import advance_test_clock, create_test_clock
from app.domain.documents import canonical_json, digest_of, sha256
from app.domain.paging import EVERYTHING
from app.domain.period import Month
from app.retention.accounting import delete_accounting
from app.seats.baselines import set_legacy_baseline
from app.seats.limits import set_contract
from tests.billing.test_verification import restore_before
from tests.factories import (
    NOVEMBER,
    OPERATOR,
    POLICIES,
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
from tests.terms.lists import make_code, make_list, redeem

pytestmark = pytest.mark.usefixtures("clean_database", "clean_afterwards")

ACCOUNT = """
    WITH payment AS (
        INSERT INTO payments (id, organization_id, amount, currency, received_at, external_reference, recorded_at,
                              recorded_by)
        SELECT gen_random_uuid(), $1, 1548, 'RUB', now(), reference, now(), 'operator'
        FROM unnest(ARRAY['kept', 'reversed']) AS reference RETURNING *
    )
    INSERT INTO payment_reversals (id, organization_id, payment_id, reason, reversed_at, reversed_by)
    SELECT gen_random_uuid(), organization_id, id, 'a reason', now(), 'operator' FROM payment
    WHERE external_reference = 'reversed'
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
    _, january, _ = await list_invoices(company.id, EVERYTHING)
    await issue_credit_note(OPERATOR, january.id, Decimal(1000), "a reason", POLICIES)
    return company


def document(path: str, value: str, *, where: str = JANUARY) -> str:
    """Another value in an invoice's document."""
    return f"UPDATE invoices SET document = jsonb_set(document, '{path}', '{value}') WHERE {where}"


def noted(*pairs: str) -> str:
    """Other words in a credit note's document: paths, each with its value."""
    changed = "document"
    for path, value in zip(pairs[::2], pairs[1::2], strict=True):
        changed = f"""jsonb_set({changed}, '{path}', '"{value}"')"""
    return f"document = {changed}"


SUMS = "2: lines and discounts are the terms applied to the peak, and with VAT they are the total"
NOTE = "2: a credit note is what its document says, of the invoice that it names"
SWEEP = "3: the stored peak, its first instant and its holders are those of a sweep over the ledger"
HASHED = "4: the document of an invoice gives its stored digest"
NOTE_HASHED = "4: the document of a credit note gives its stored digest"
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
CREDITED_VAT = (
    "7: the VAT of an invoice's credit notes is not more than its own, and all of it once it is credited in full"
)
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
    "another tax": (document("{vat,rate}", '"10"'), {SUMS, NOTE}),
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
        f"UPDATE credit_notes SET number_in_year = 2, number = 'CN-2021-000002', {noted('{number}', 'CN-2021-000002')}",
        {NOTES},
    ),
    "another number in print": (f"UPDATE invoices SET number = '2021-000007' WHERE {JANUARY}", {PRINTED}),
    "a trial that went on": (
        "UPDATE organizations SET trial_ends_at = '2021-01-20Z' WHERE id IN (SELECT organization_id FROM invoices)",
        {TRIAL, SWEEP, SUMS},
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
        f"""
        UPDATE credit_notes SET amount = amount + 1000, vat_net = vat_net + 1000,
            {noted("{amount}", "2000.00", "{vat,net}", "1833.33")}
        """,
        {CREDITED},
    ),
    "a credit note with more VAT than its invoice": (
        f"""
        UPDATE credit_notes SET vat_net = 741.99, vat_amount = 258.01,
            {noted("{vat,net}", "741.99", "{vat,amount}", "258.01")}
        """,
        {CREDITED_VAT},
    ),
    "a credit note in full without all the VAT": (
        f"""
        UPDATE credit_notes SET amount = 1548, vat_net = 1290.01, vat_amount = 257.99,
            {noted("{amount}", "1548.00", "{vat,net}", "1290.01", "{vat,amount}", "257.99")}
        """,
        {CREDITED_VAT},
    ),
    "a credit note of another amount than it prints": (f"UPDATE credit_notes SET {noted('{amount}', '1.00')}", {NOTE}),
    "a credit note of another amount than it printed": (
        "UPDATE credit_notes SET amount = amount - 1, vat_net = vat_net - 1",
        {NOTE},
    ),
    "a credit note at another rate": (f"UPDATE credit_notes SET {noted('{vat,rate}', '10')}", {NOTE}),
    "a credit note for another month": (f"UPDATE credit_notes SET {noted('{month}', '2021-02')}", {NOTE}),
    "a credit note for another reason": ("UPDATE credit_notes SET reason = 'another'", {NOTE}),
    "a credit note that prints nothing": ("UPDATE credit_notes SET document = '{}'", {NOTE}),
    "an invoice that prints nothing of its VAT": (document("{vat}", "null"), {SUMS, NOTE}),
    "a payment in another currency": ("UPDATE payments SET currency = 'USD'", {CURRENCY}),
}
"""What is planted, and every check that it breaks."""


async def plant(statement: str) -> None:
    """As a superuser who lets no trigger stand in the way, and gives invoices and credit notes the digests of what they
    now say, and credit notes the numbers and digests of their invoices."""
    async with as_superuser():
        await db.fetch(statement)
        for row in await db.fetch("SELECT id, document, ledger_digest FROM invoices"):
            digest = digest_of(orjson.loads(row["document"]), row["ledger_digest"])
            await db.fetch("UPDATE invoices SET digest = $2 WHERE id = $1", row["id"], digest)
        await db.fetch(
            """
            UPDATE credit_notes AS note SET document = note.document || jsonb_build_object('invoice',
                jsonb_build_object('id', invoice.id, 'number', invoice.number, 'digest', invoice.digest))
            FROM invoices AS invoice WHERE invoice.id = note.invoice_id AND note.document <> '{}'
            """
        )
        for row in await db.fetch("SELECT id, document FROM credit_notes"):
            digest = sha256(canonical_json(orjson.loads(row["document"])))
            await db.fetch("UPDATE credit_notes SET digest = $2 WHERE id = $1", row["id"], digest)


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
        await db.fetch(document("{terms,priceList,name}", '"Another"'))
    (row,) = await db.fetch(f"SELECT id, number FROM invoices WHERE {JANUARY}")
    expected = {"organization_id": company.id, "invoice_id": row["id"], "number": row["number"]}
    assert await find_violations() == [{"invariant": HASHED, "row": expected}]


async def test_an_invoice_forged_after_its_credit_note_is_found_by_the_digest_in_print() -> None:
    await company_with_an_account()
    async with as_superuser():
        await db.fetch("UPDATE invoices SET digest = repeat('0', 64) WHERE " + JANUARY)
    assert await broken() == {HASHED, NOTE}


async def test_a_word_changed_in_a_credit_note_is_found() -> None:
    company = await company_with_an_account()
    async with as_superuser():
        await db.fetch("""UPDATE credit_notes SET document = jsonb_set(document, '{payer,address}', '"elsewhere"')""")
    (row,) = await db.fetch("SELECT id, number FROM credit_notes")
    expected = {"organization_id": company.id, "credit_note_id": row["id"], "number": row["number"]}
    reasons = ["the month or the payer is not the invoice's"]
    assert await find_violations() == [
        {"invariant": NOTE, "row": expected | {"reasons": reasons}},
        {"invariant": NOTE_HASHED, "row": expected},
    ]


async def company_with_discounts() -> Company:
    """Ten seats in January: 2 580 under the public list or 2 000 by a contract, no more than 1 500 under either as the
    one baseline is, less 10 % by a promo code: 2 580 − 1 080 − 150 = 1 350, of which 225 are VAT."""
    company = await found_at(NOVEMBER, 10)
    await advance(company.clock_id, moscow("2021-01-05 12:00"))
    await redeem(company, await make_code("10"))
    baseline = await make_list("150")
    await set_legacy_baseline(OPERATOR, company.id, baseline, POLICIES)
    agreed = await make_list("200", legacy_periods=12, effective_from=Month(2021, 1))
    await set_contract(OPERATOR, company.id, 600, Month(2021, 1), None, POLICIES, price_list_id=agreed)
    await change(company, subscribe=company.members)
    await advance(company.clock_id, moscow("2021-02-05 12:00"))
    return company


def charging(total: str, net: str, vat: str, *, lowered: str) -> str:
    """A forger's changes to a document, in the total and the columns too, so that all adds up."""
    return f"""
        UPDATE invoices SET total = {total}, vat_net = {net}, vat_amount = {vat},
            document = {lowered} || jsonb_build_object('total', '{total}',
                'vat', document -> 'vat' || '{{"net": "{net}", "amount": "{vat}"}}')
    """


FORGED = {
    "a promo code that takes off more": (
        charging("500.00", "416.67", "83.33", lowered="""jsonb_set(document, '{discounts,1,amount}', '"1000.00"')"""),
        ["discounts", "total", "vat"],
    ),
    "a legacy discount that is gone": (
        charging(
            "2430.00", "2025.00", "405.00", lowered="jsonb_set(document, '{discounts}', (document -> 'discounts') - 0)"
        ),
        ["discounts", "total", "vat"],
    ),
    "a code of twenty percent": (
        """UPDATE invoices SET document = jsonb_set(document, '{terms,promo,percent}', '"20"')""",
        ["discounts", "total", "vat"],
    ),
    "a cheaper baseline": (
        """
        UPDATE invoices SET document = jsonb_set(document, '{terms,baselines,0,tiers,0,unitPrice}', '"100"')
        """,
        ["discounts", "total", "vat"],
    ),
    "a discount of another kind": (
        """UPDATE invoices SET document = jsonb_set(document, '{discounts,1,kind}', '"LEGACY"')""",
        ["discounts"],
    ),
}


@pytest.mark.parametrize("forged", FORGED)
async def test_discounts_that_the_terms_do_not_give_are_found(forged: str) -> None:
    await company_with_discounts()
    (invoice,) = await db.fetch("SELECT document #>> '{discounts,0,amount}' AS legacy, total FROM invoices")
    assert (invoice["legacy"], invoice["total"]) == ("1080.00", 1350)
    assert await find_violations() == []
    statement, different = FORGED[forged]
    await plant(statement)
    (found,) = await find_violations()
    expected = [f"{name}: not what the terms make of the peak" for name in different]
    assert (found["invariant"], found["row"]["reasons"]) == (SUMS, expected)


async def test_a_month_that_another_list_prices_cheaper_is_found() -> None:
    company = await found_at(NOVEMBER, 10)
    await advance(company.clock_id, moscow("2021-01-05 12:00"))
    agreed = await make_list("200")
    await set_contract(OPERATOR, company.id, 600, Month(2021, 1), None, POLICIES, price_list_id=agreed)
    await change(company, subscribe=company.members)
    await advance(company.clock_id, moscow("2021-02-05 12:00"))
    assert await find_violations() == []
    await plant(
        """
        UPDATE invoices SET subtotal = 2580, total = 2580, vat_net = 2150, vat_amount = 430,
            document = document || jsonb_build_object(
                'pricedBy', document #> '{terms,priceList,id}', 'subtotal', '2580.00', 'total', '2580.00',
                'vat', document -> 'vat' || '{"net": "2150.00", "amount": "430.00"}',
                'lines', '[{"description": "Seats 1–100", "quantity": 10, "unitPrice": "258", "flatAmount": "0",
                            "amount": "2580.00"}]'::jsonb)
        """
    )
    (found,) = await find_violations()
    names = ("lines", "subtotal", "total", "vat")
    reasons = [f"{name}: not what the terms make of the peak" for name in names]
    expected = [*reasons, "the list is not the cheapest of the terms"]
    assert (found["invariant"], found["row"]["reasons"]) == (SUMS, expected)


async def test_a_share_that_the_policies_and_the_trial_do_not_give_is_found() -> None:
    company = await found_at(NOVEMBER, 10)
    await change(company, subscribe=company.members)
    by = replace(POLICIES, prorate_first_month=True)
    assert company.clock_id is not None
    await advance_test_clock(OPERATOR, company.clock_id, moscow("2021-01-05 12:00"), by)
    assert await find_violations() == []
    share = "the share charged is not that of the policies and the trial"
    for planted, reasons in (
        # 2 580.00 for all of it, with sums to match
        (
            """
            UPDATE invoices SET subtotal = 2580, total = 2580, vat_net = 2150, vat_amount = 430,
                document = jsonb_set(jsonb_set(document, '{terms,chargedShare}', '[1, 1]'), '{lines,0,amount}',
                    '"2580.00"') || '{"subtotal": "2580.00", "total": "2580.00"}' || jsonb_build_object('vat',
                    document -> 'vat' || '{"net": "2150.00", "amount": "430.00"}')
            """,
            [share],
        ),
        (
            "UPDATE invoices SET document = jsonb_set(document, '{policies,prorateFirstMonth}', 'false')",
            ["the policies are not those of the close"],
        ),
    ):
        await plant(planted)
        assert [(one["invariant"], one["row"]["reasons"]) for one in await find_violations()] == [(SUMS, reasons)]


GIVEN = '[{"kind": "PROMO", "description": "Promo code GIFT", "amount": "1000.00"}]'


async def test_documents_without_a_version_are_recomputed_too() -> None:
    january, _ = await restore_before()
    assert "version" not in january.document
    assert await find_violations([2, 4]) == []
    await plant(
        charging("806.00", "671.67", "134.33", lowered="jsonb_set(document, '{discounts}', '" + GIVEN + "')")
        + f" WHERE {JANUARY}"
    )
    (found,) = await find_violations([2, 4])
    reasons = [f"{name}: not what the terms make of the peak" for name in ("discounts", "total", "vat")]
    assert (found["invariant"], found["row"]["invoice_id"], found["row"]["reasons"]) == (SUMS, january.id, reasons)


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
    await own(f"ALTER TABLE {table} DISABLE TRIGGER USER", f"GRANT UPDATE, DELETE ON {table} TO {db.SYSTEM_ROLE}")
    try:
        before = await snapshot()
        found = await find_violations()
        assert await snapshot() == before
    finally:
        kept = "DELETE" if may["update"] else "UPDATE, DELETE"
        await own(f"ALTER TABLE {table} ENABLE TRIGGER USER", f"REVOKE {kept} ON {table} FROM {db.SYSTEM_ROLE}")
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
    await own(f"CREATE OR REPLACE VIEW organization_facts WITH (security_invoker = true) AS {wrong}")
    try:
        found = await find_violations()
    finally:
        definition = view["definition"]
        await own(f"CREATE OR REPLACE VIEW organization_facts WITH (security_invoker = true) AS {definition}")
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
