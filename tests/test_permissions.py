"""What the role that the API and the workers act in may not do, tried and read from the catalog (R5.5, R8.2)."""

import re

import pytest

from app import db
from tests.factories import DAY, NOVEMBER, Company, advance, as_owner, change, found_at, moscow, snapshot

pytestmark = pytest.mark.usefixtures("clean_database")

ONLY_INSERTED = [
    "audit_entries",
    "credit_notes",
    "events",
    "invoices",
    "issue_changes",
    "payment_reversals",
    "payments",
    "price_list_tiers",
    "price_lists",
    "promo_code_payers",
    "vat_rates",
]
DELETED_UNLESS_IN_USE = {"price_lists", "price_list_tiers", "vat_rates"}
"""Their triggers keep what is or was in force."""


@pytest.fixture
async def company(clean_database: None) -> Company:
    """Six seats, and a January closed and billed."""
    company = await found_at(NOVEMBER, 6)
    await change(company, subscribe=company.members)
    await advance(company.clock_id, moscow("2021-02-01 12:00"))
    return company


async def test_everything_is_done_in_the_role_of_the_application(company: Company) -> None:
    assert await db.fetch("SELECT current_user") == [{"current_user": "seatmark_app"}]


async def test_the_role_owns_nothing_and_is_no_superuser(company: Company) -> None:
    rows = await db.fetch(
        """
        SELECT rolsuper, rolbypassrls, rolcanlogin, rolcreaterole,
               EXISTS (SELECT FROM pg_class WHERE relowner = pg_roles.oid) AS owns
        FROM pg_roles WHERE rolname = 'seatmark_app'
        """
    )
    assert rows == [dict.fromkeys(("rolsuper", "rolbypassrls", "rolcanlogin", "rolcreaterole", "owns"), False)]


async def test_the_catalog_lets_nothing_that_only_grows_be_changed_or_deleted(company: Company) -> None:
    lockable = {"price_lists"}  # takes the right to change a column, which a trigger refuses
    assert await tables_where("NOT has_table_privilege('seatmark_app', oid, 'UPDATE')") == sorted(
        {*ONLY_INSERTED, "seat_grants", "issuers", "member_identities"}
    )
    assert await tables_where("NOT has_any_column_privilege('seatmark_app', oid, 'UPDATE')") == sorted(
        {*ONLY_INSERTED, "member_identities"} - lockable
    )
    kept = {*ONLY_INSERTED, "seat_grants", "statements", "tombstones"} - DELETED_UNLESS_IN_USE
    assert await tables_where("NOT has_table_privilege('seatmark_app', oid, 'DELETE')") == sorted(kept)
    assert await columns_to_change("seat_grants") == ["during", "revoked_by_id"]
    assert await columns_to_change("issuers") == ["address", "bank_details", "name", "tax_number"]


async def test_no_table_can_be_emptied_at_once_nor_its_triggers_switched_off(company: Company) -> None:
    assert await tables_where("has_table_privilege('seatmark_app', oid, 'TRUNCATE, TRIGGER')") == []
    await denied("ALTER TABLE invoices DISABLE TRIGGER ALL", "must be owner")
    await denied("CREATE TABLE anything (id int)", "permission denied")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE invoices SET total = 1",
        "DELETE FROM invoices",
        "UPDATE audit_entries SET actor = 'someone else'",
        "DELETE FROM audit_entries",
        "DELETE FROM statements",
        "DELETE FROM seat_grants",
        "UPDATE seat_grants SET member_id = member_id",
        "UPDATE price_list_tiers SET unit_price = 1",
        "UPDATE vat_rates SET percent = 0",
        "UPDATE issuers SET time_zone = 'Asia/Tokyo'",
        "DELETE FROM tombstones",
    ],
)
async def test_what_only_grows_is_denied_before_any_trigger(company: Company, statement: str) -> None:
    await denied(statement, "permission denied")


async def test_rates_that_were_in_force_are_kept_by_their_trigger(company: Company) -> None:
    await denied("DELETE FROM vat_rates", "in force is never changed")


@pytest.mark.parametrize("table", ["invoices", "seat_grants", "audit_entries", "members"])
async def test_the_purge_deletes_nothing_whose_purge_is_not_decided(company: Company, table: str) -> None:
    await denied("SELECT purge_rows($1, $2, 10, NULL)", "once their purge is decided", table, company.id)


@pytest.mark.parametrize("table", ["invoices", "statements"])
async def test_even_a_decided_purge_deletes_no_accounting_documents(company: Company, table: str) -> None:
    async with as_owner():
        await db.fetch("UPDATE organizations SET purge_decided_at = last_change_at WHERE id = $1", company.id)
    await denied("SELECT purge_rows($1, $2, 10, NULL)", "for years after a purge", table, company.id)
    await denied("SELECT delete_accounting($1, $2)", "for years after a purge", table, [company.id])


async def test_a_purge_is_decided_once_and_not_under_a_legal_hold(company: Company) -> None:
    decide = "UPDATE organizations SET purge_decided_at = now() + $2::interval WHERE id = $1"
    await db.fetch("UPDATE organizations SET legal_hold = 'A court' WHERE id = $1", company.id)
    await denied(decide, "legal hold", company.id, DAY)
    await db.fetch("UPDATE organizations SET legal_hold = NULL WHERE id = $1", company.id)
    await db.fetch(decide, company.id, DAY)
    await denied(decide, "decided once", company.id, 2 * DAY)
    await denied("UPDATE organizations SET purge_decided_at = NULL WHERE id = $1", "decided once", company.id)


async def test_only_accounting_documents_are_deleted_as_such(company: Company) -> None:
    await denied("SELECT delete_accounting('seat_grants', $1)", "no accounting documents", [company.id])


async def tables_where(condition: str) -> list[str]:
    rows = await db.fetch(
        f"""
        SELECT relname AS name FROM pg_class
        WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND {condition} ORDER BY 1
        """
    )
    return [row["name"] for row in rows]


async def columns_to_change(table: str) -> list[str]:
    """Those of the table that the role may change."""
    rows = await db.fetch(
        """
        SELECT column_name AS name FROM information_schema.columns
        WHERE table_name = $1 AND has_column_privilege('seatmark_app', $1, column_name, 'UPDATE') ORDER BY 1
        """,
        table,
    )
    return [row["name"] for row in rows]


async def denied(sql: str, message: str, *values: object) -> None:
    """The database refuses the statement to the application's role, and nothing is changed."""
    before = await snapshot()
    with pytest.raises(Exception, match=re.escape(message)):
        await db.fetch(sql, *values)
    assert await snapshot() == before
