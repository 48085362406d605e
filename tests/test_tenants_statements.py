"""What our code writes, held against what a tenant's login may: whatever it may not write is the system's alone, and is
named here. A statement that is not would fail for tenants alone, in a case that no test may have thought of."""

import re
from collections import defaultdict
from pathlib import Path

from app import db

SOURCES = [path for path in Path(db.__file__).parent.rglob("*.py") if "migrations" not in path.parts]

SYSTEMS = {
    "billing_periods": {"closed_at", "grace_seconds", "is_first_month_prorated"},  # the close
    "invoice_counters": {"last_number"},
    "invoice_series": {"last_issued_at"},
    "issuers": {"address", "bank_details", "name", "tax_number"},  # operators
    "mails": {
        *("attempted_at", "attempts", "dead_at", "error", "give_up_at", "holds_until", "next_attempt_at", "sent_at"),
        *("server_left_until", "token_hashes"),
    },
    "organization_exports": {
        *("attempts", "expires_at", "failed_at", "finished_at", "removed_at", "rows_done", "rows_total", "sha256"),
        "size",
    },
    "organizations": {"legal_hold", "purge_decided_at", "purged_at", "slug"},  # operators, and the purge
    "partner_keys": {"name", "permissions", "revoked_at", "revoked_by"},
    "promo_codes": {"disabled_at", "disabled_by"},
    "statements": {
        *("closed_at", "outcome", "parked_reason", "peak_reached_at", "peak_seats", "promo_redemption_id"),
    },
    "test_clocks": {"advancing_to", "left_out", "now"},
    "tombstones": {
        *("accounting_gone_at", "accounting_until", "audit_hash", "file_bytes", "files", "purged_at", "receipt_hash"),
        "rows_deleted",
    },
    "webhook_attempts": {"answer", "ended_at", "error", "next_attempt_at", "status"},  # the courier
    "webhooks": {"platform_sequence", "tried_at"},
}
"""Columns that only the system changes."""
PLATFORMS = {"job_looks", "job_runs", "job_tries", "platform_chain"}
"""Tables of which no tenant changes anything."""

_STATEMENTS = (
    r"UPDATE (?!SET\b)(\w+)(?: AS \w+)?\s+SET (.*?)(?:\bWHERE\b|\bFROM\b|RETURNING|\"\"\"|\"\n)",
    r"INSERT INTO (\w+)\b(?:(?!INSERT INTO|\"\"\").)*?DO UPDATE\s+SET (.*?)(?:\bWHERE\b|RETURNING|\"\"\")",
)


def changed() -> dict[str, set[str]]:
    """Columns that a statement in our code changes, by table."""
    found: dict[str, set[str]] = defaultdict(set)
    for path in SOURCES:
        source = path.read_text()
        for pattern in _STATEMENTS:
            for table, assignments in re.findall(pattern, source, re.DOTALL):
                found[table] |= set(re.findall(r"(?:^|,|\n)\s*\(?(\w+)\s*=", assignments))
    return found


def written(pattern: str) -> set[str]:
    return {table for path in SOURCES for table in re.findall(pattern, path.read_text())}


async def test_every_column_that_our_code_changes_may_be_changed_by_a_tenant_or_is_the_systems(database: str) -> None:
    rows = await db.fetch(
        """
        SELECT relname::text AS table, attname::text AS column,
               has_column_privilege('seatmark_api', relation.oid, attnum, 'UPDATE') AS tenants
        FROM pg_class AS relation JOIN pg_attribute ON attrelid = relation.oid
        WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND attnum > 0
        """
    )
    may = {(row["table"], row["column"]): row["tenants"] for row in rows}
    found = changed()
    assert len(found) > len(SYSTEMS)
    assert ("seat_waits", "reason") in {(table, column) for table, columns in found.items() for column in columns}
    refused: dict[str, set[str]] = defaultdict(set)
    for table, columns in found.items():
        for column in columns:
            if not may[table, column]:
                refused[table].add(column)
    assert {table: columns for table, columns in refused.items() if table not in PLATFORMS} == SYSTEMS
    assert set(refused) >= PLATFORMS


NOT_ADDED = {
    *("browser_sessions", "member_identities", "sessions", "sign_in_links", "sign_ins"),  # signing in
    *("contracts", "legacy_baselines", "operator_keys", "partner_key_organizations", "partner_keys"),  # operators
    *("price_list_tiers", "price_lists", "promo_codes", "test_clocks", "vat_rates"),
    *("credit_notes", "invoice_counters", "invoice_notices", "invoice_series", "invoices", "statements"),  # money
    *("job_looks", "job_runs", "job_tries", "notices", "tombstones", "webhook_attempts"),  # workers
}
"""Tables that only the system adds rows to."""
NOT_DELETED = {
    *("browser_sessions", "sign_in_links", "sign_ins", "trial_owners"),
    *("operator_keys", "partner_key_organizations", "price_list_tiers", "price_lists", "vat_rates"),
    *("job_runs", "job_tries", "webhook_attempts", "webhook_deliveries"),
}
"""Tables that only the system deletes rows of."""


async def test_every_row_that_our_code_adds_or_deletes_may_be_by_a_tenant_or_is_the_systems(database: str) -> None:
    rows = await db.fetch(
        """
        SELECT relname::text AS table, has_any_column_privilege('seatmark_api', oid, 'INSERT') AS adds,
               has_table_privilege('seatmark_api', oid, 'DELETE') AS deletes
        FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
        """
    )
    added, deleted = written(r"INSERT INTO (\w+)\b"), written(r"DELETE FROM (\w+)\b")
    assert {row["table"] for row in rows if not row["adds"]} & added == NOT_ADDED
    assert {row["table"] for row in rows if not row["deletes"]} & deleted == NOT_DELETED
