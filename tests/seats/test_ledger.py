"""What the database itself refuses, read from its catalog and tried (R3.4, R5.5, R8.2; traps of design.md §5)."""

import re

import pytest

from app import db
from app.retention.purge import KEPT_TABLES, PURGED_TABLES
from tests.factories import NOVEMBER, Company, advance, as_owner, change, found_at, moscow, snapshot

pytestmark = pytest.mark.usefixtures("clean_database")


ACCOUNT = """
    WITH payment AS (
        INSERT INTO payments (id, organization_id, amount, currency, received_at, external_reference, recorded_at,
                              recorded_by)
        VALUES (gen_random_uuid(), $1, 1548, 'RUB', now(), 'a reference', now(), 'operator') RETURNING *
    ), reversal AS (
        INSERT INTO payment_reversals (id, organization_id, payment_id, reason, reversed_at, reversed_by)
        SELECT gen_random_uuid(), organization_id, id, 'a reason', now(), 'operator' FROM payment
    )
    INSERT INTO credit_notes (id, organization_id, invoice_id, series_id, year, number_in_year, number, issued_at,
                              issued_by, currency, amount, vat_net, vat_amount, reason, document, digest)
    SELECT gen_random_uuid(), organization_id, id, series_id, 2021, 1, 'CN-2021-000001', now(), 'operator', 'RUB',
           1000, 833.33, 166.67, 'a reason', '{}', '' FROM invoices
    WHERE organization_id = $1 AND document ->> 'month' = '2021-01'
"""
CREDIT = """
    INSERT INTO credit_notes
    SELECT (jsonb_populate_record(note, jsonb_build_object(
        'id', gen_random_uuid(), 'number_in_year', 2, 'amount', $1::numeric, 'vat_net', $1::numeric, 'vat_amount', 0
    ))).* FROM credit_notes AS note
"""


@pytest.fixture
async def company(clean_database: None) -> Company:
    """Six seats, one of them revoked again; its January closed, billed, paid, the payment reversed, a part credited."""
    company = await found_at(NOVEMBER, 7)
    await change(company, subscribe=company.members[:6])
    await advance(company.clock_id, moscow("2021-01-10 12:00"))
    await change(company, unsubscribe=company.members[:1], subscribe=company.members[6:])
    await advance(company.clock_id, moscow("2021-02-01 12:00"))
    await db.fetch(ACCOUNT, company.id)
    return company


async def refuses(sql: str, message: str, *values: object) -> None:
    """The database refuses the statement, for this reason, and nothing is changed."""
    before = await snapshot()
    with pytest.raises(Exception, match=message) as refusal:
        async with as_owner():
            await db.fetch(sql, *values)
    assert "syntax" not in str(refusal.value)
    assert await snapshot() == before


INSERT_GRANT = """
    INSERT INTO seat_grants (id, organization_id, subscription_id, member_id, granted_by_id, revoked_by_id, during)
    SELECT gen_random_uuid(), organization_id, subscription_id, member_id, granted_by_id, {revoked_by}, {during}
    FROM seat_grants WHERE member_id = $1
"""


@pytest.mark.parametrize(
    ("revoked_by", "during", "message"),
    [
        ("granted_by_id", "tstzrange(lower(during) - interval '1 day', lower(during) + interval '1 us')", "no_overlap"),
        ("NULL", "tstzrange(lower(during) + interval '1 day', NULL)", "seat_grants_(no_overlap|one_open)"),
        ("granted_by_id", "tstzrange(lower(during), lower(during))", "half_open"),
        ("granted_by_id", "tstzrange(NULL, lower(during))", "half_open"),
        (
            "granted_by_id",
            "tstzrange(lower(during) - interval '2 us', lower(during) - interval '1 us', '[]')",
            "half_open",
        ),
        (
            "granted_by_id",
            "tstzrange(lower(during) - interval '2 us', lower(during) - interval '1 us', '(]')",
            "half_open",
        ),
        ("granted_by_id", "tstzrange(lower(during) - interval '1 day', NULL)", "closed_by_a_change"),
        ("NULL", "tstzrange(lower(during) - interval '1 day', lower(during))", "closed_by_a_change"),
    ],
)
async def test_a_grant_that_overlaps_or_is_empty_or_not_half_open_is_refused(
    company: Company, revoked_by: str, during: str, message: str
) -> None:
    await refuses(INSERT_GRANT.format(revoked_by=revoked_by, during=during), message, company.members[1])


async def test_a_grant_that_touches_the_one_before_is_taken(company: Company) -> None:
    during = "tstzrange(lower(during) - interval '1 day', lower(during))"
    await db.fetch(INSERT_GRANT.format(revoked_by="granted_by_id", during=during), company.members[1])


@pytest.mark.parametrize(
    "edit",
    [
        "during = tstzrange(lower(during), NULL), revoked_by_id = NULL",
        "during = tstzrange(lower(during), upper(during) + interval '1 us')",
        "during = tstzrange(lower(during) - interval '1 us', upper(during))",
        "id = gen_random_uuid()",
        "revoked_by_id = granted_by_id",
    ],
)
async def test_a_grant_that_was_closed_is_never_reopened_nor_edited(company: Company, edit: str) -> None:
    await refuses(f"UPDATE seat_grants SET {edit} WHERE member_id = $1", "closed once", company.members[0])


@pytest.mark.parametrize(
    "edit",
    [
        "during = tstzrange(lower(during) - interval '1 us', now()), revoked_by_id = granted_by_id",
        "organization_id = id, during = tstzrange(lower(during), now()), revoked_by_id = granted_by_id",
        "granted_by_id = gen_random_uuid()",
    ],
)
async def test_closing_an_open_grant_is_all_that_can_be_done_to_it(company: Company, edit: str) -> None:
    await refuses(f"UPDATE seat_grants SET {edit} WHERE member_id = $1", "closed once", company.members[1])


async def test_a_member_has_one_open_subscription(company: Company) -> None:
    await refuses(
        """
        INSERT INTO seat_subscriptions (id, organization_id, member_id, joins, created_at, created_by)
        SELECT gen_random_uuid(), organization_id, member_id, joins, created_at, created_by
        FROM seat_subscriptions WHERE ended_at IS NULL LIMIT 1
        """,
        "seat_subscriptions_one_open",
    )


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ("UPDATE statements SET outcome = 'FREE'", "written once"),
        ("UPDATE statements SET peak_seats = 0", "written once"),
        ("DELETE FROM statements", "for years after a purge"),
        ("UPDATE invoices SET total = total", "only grows"),
        ("UPDATE invoices SET due_at = now()", "only grows"),
        ("DELETE FROM invoices", "for years after a purge"),
        ("UPDATE audit_entries SET actor = 'someone else'", "only grows"),
        ("DELETE FROM audit_entries WHERE organization_id IS NOT NULL", "for a purge alone"),
        ("DELETE FROM audit_entries WHERE organization_id IS NULL", "for a purge alone"),
        ("DELETE FROM seat_grants", "for a purge alone"),
        ("TRUNCATE seat_grants", "only grows"),
        ("TRUNCATE audit_entries", "only grows"),
        ("TRUNCATE invoices CASCADE", "only grows"),
        ("UPDATE payments SET amount = 1", "only grows"),
        ("DELETE FROM payments", "for years after a purge"),
        ("TRUNCATE payments CASCADE", "only grows"),
        ("UPDATE payment_reversals SET reason = ''", "only grows"),
        ("DELETE FROM payment_reversals", "for years after a purge"),
        ("TRUNCATE payment_reversals", "only grows"),
        ("UPDATE credit_notes SET amount = 1", "only grows"),
        ("DELETE FROM credit_notes", "for years after a purge"),
        ("TRUNCATE credit_notes", "only grows"),
        ("TRUNCATE statements CASCADE", "only grows"),
        ("TRUNCATE organizations CASCADE", "only grows"),
    ],
)
async def test_what_only_grows_cannot_be_changed_nor_deleted(company: Company, statement: str, message: str) -> None:
    await refuses(statement, message)


@pytest.mark.parametrize(
    ("table", "message"),
    [("statements", "statements"), ("invoices", "invoices"), ("billing_periods", "billing_periods")],
)
async def test_a_month_has_one_period_one_statement_and_a_statement_one_invoice(
    company: Company, table: str, message: str
) -> None:
    await refuses(
        f"""
        INSERT INTO {table} SELECT (jsonb_populate_record(existing, '{{"id": "{company.id}"}}')).*
        FROM {table} AS existing LIMIT 1
        """,
        f"{message}_.*(key|unique|one)|duplicate key",
    )


async def test_a_statement_that_was_parked_can_be_turned_once(company: Company) -> None:
    await db.fetch(
        """
        INSERT INTO statements
            (id, organization_id, month, starts_at, ends_at, time_zone, outcome, parked_reason, closed_at)
        VALUES (gen_random_uuid(), $1, '2031-01', '2031-01-01', '2031-02-01', 'UTC', 'PARKED', 'a reason', now())
        """,
        company.id,
    )
    turn = "UPDATE statements SET outcome = 'FREE', peak_seats = 1, parked_reason = NULL WHERE month = '2031-01'"
    await db.fetch(turn)
    await refuses(turn, "written once")


async def test_credit_notes_reach_their_invoice_and_never_exceed_it(company: Company) -> None:
    await refuses(CREDIT, "may not exceed", "1000.01")
    await refuses(CREDIT, "something", "0")
    await db.fetch(CREDIT, "548")


async def test_an_invoice_is_replaced_once_and_by_one_of_its_own_statement(company: Company) -> None:
    replace = """
        INSERT INTO invoices SELECT (jsonb_populate_record(invoice, jsonb_build_object(
            'id', gen_random_uuid(), 'number_in_year', $1::int, 'replaces_id', invoice.id,
            'statement_id', coalesce($2::uuid, invoice.statement_id)
        ))).* FROM invoices AS invoice WHERE document ->> 'month' = '2021-01' AND replaces_id IS NULL
    """
    other = await db.fetch_one("SELECT id FROM statements WHERE outcome = 'TRIAL'")
    assert other is not None
    await refuses(replace, "of its own statement", 100, other["id"])
    await db.fetch(replace, 100, None)
    await refuses(replace, "replaces_id|replaced_once", 101, None)


async def test_every_table_of_an_organization_is_purged_or_kept() -> None:
    rows = await db.fetch(
        """
        SELECT table_name FROM information_schema.columns
        WHERE table_schema = 'public' AND column_name = 'organization_id'
          AND table_name IN (SELECT tablename FROM pg_tables WHERE schemaname = 'public')
        """
    )
    assert sorted(row["table_name"] for row in rows) == sorted([*PURGED_TABLES, *KEPT_TABLES])


async def test_nothing_but_the_organization_leads_to_an_organization() -> None:
    """A table that belongs to one through another table would be forgotten by the purge."""
    rows = await db.fetch(
        """
        SELECT conrelid::regclass::text AS name, confrelid::regclass::text AS target
        FROM pg_constraint WHERE contype = 'f'
        """
    )
    of_organizations = {"organizations", *PURGED_TABLES, *KEPT_TABLES}
    leading = {row["name"] for row in rows if row["target"] in of_organizations}
    assert leading <= of_organizations


async def test_rows_are_purged_before_those_that_they_refer_to() -> None:
    rows = await db.fetch(
        """
        SELECT conrelid::regclass::text AS name, confrelid::regclass::text AS target
        FROM pg_constraint WHERE contype = 'f'
        """
    )
    order = {name: place for place, name in enumerate(PURGED_TABLES)}
    wrong = [
        (row["name"], row["target"])
        for row in rows
        if row["target"] in order
        and row["name"] != row["target"]
        and order.get(row["name"], 999) > order[row["target"]]
    ]
    assert wrong == []


async def test_every_foreign_key_restricts_and_is_indexed() -> None:
    rows = await db.fetch(
        """
        SELECT conrelid::regclass::text AS name, conname, confdeltype::text AS on_delete,
               EXISTS (SELECT FROM pg_index WHERE indrelid = conrelid AND indkey[0] = conkey[1] AND indpred IS NULL)
                   AS is_indexed
        FROM pg_constraint WHERE contype = 'f'
        """
    )
    assert len(rows) >= 25
    odd = [row["conname"] for row in rows if row["on_delete"] not in ("r", "a") or not row["is_indexed"]]
    assert odd == ["mails_sign_in_link_id_fkey"]  # a link is used up, and its mail stays


async def test_instants_have_a_zone_and_amounts_are_exact() -> None:
    rows = await db.fetch(
        """
        SELECT table_name, column_name, data_type FROM information_schema.columns
        WHERE table_schema = 'public'
          AND (data_type IN ('timestamp without time zone', 'real', 'double precision', 'money', 'json', 'time'))
        """
    )
    assert rows == []


async def test_ids_of_tables_are_words_that_need_no_quoting() -> None:
    rows = await db.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    assert [row["tablename"] for row in rows if re.fullmatch("[a-z_]+", row["tablename"]) is None] == []
