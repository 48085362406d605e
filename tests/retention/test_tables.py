"""Every table that an organization is reachable from is named for purge, keeping and export, in an order that works:
read from the catalog, so that a table added later and forgotten fails here (R1.8, R1.9)."""

import pytest

from app import db
from app.retention.archive import EXPORTED_TABLES, SECRET_COLUMNS
from app.retention.purge import ACCOUNTING_TABLES, KEPT_TABLES, PURGED_TABLES, SELF_REFERENCES

pytestmark = pytest.mark.usefixtures("database")

REACHABLE = """
    WITH RECURSIVE reference AS (
        SELECT DISTINCT conrelid AS child, confrelid AS parent FROM pg_constraint WHERE contype = 'f'
    ), reachable AS (
        SELECT child FROM reference WHERE parent = 'organizations'::regclass
        UNION
        SELECT reference.child FROM reachable JOIN reference ON reference.parent = reachable.child
    )
    SELECT child::regclass::text AS name FROM reachable
    UNION
    SELECT table_name::text FROM information_schema.columns
    JOIN pg_tables ON tablename = table_name AND schemaname = table_schema
    WHERE table_schema = 'public' AND column_name = 'organization_id'
"""
REFERENCES = """
    SELECT conrelid::regclass::text AS child, confrelid::regclass::text AS parent, attname::text AS name
    FROM pg_constraint JOIN pg_attribute ON attrelid = conrelid AND attnum = conkey[1] WHERE contype = 'f'
"""
COLUMNS = """
    SELECT table_name::text AS table, column_name::text AS name FROM information_schema.columns
    WHERE table_schema = 'public'
"""
NO_SECRETS = {
    ("api_key_secrets", "api_key_id"),
    ("audit_entries", "hash"),
    ("audit_entries", "previous_hash"),
    ("organizations", "audit_hash"),
    ("partner_key_organizations", "partner_key_id"),
    ("queues", "key"),
    ("webhook_attempts", "partner_key_id"),
    ("webhook_deliveries", "partner_key_id"),
    ("webhook_positions", "partner_key_id"),
    ("webhook_secrets", "partner_key_id"),
    ("webhooks", "partner_key_id"),
}
"""Columns that sound like secrets and are none."""


async def reachable() -> set[str]:
    return {row["name"] for row in await db.fetch(REACHABLE)}


async def test_every_table_of_an_organization_is_purged_or_kept_for_a_reason() -> None:
    assert await reachable() == {*PURGED_TABLES, *KEPT_TABLES}
    assert len({*PURGED_TABLES, *KEPT_TABLES}) == len(PURGED_TABLES) + len(KEPT_TABLES)


async def test_every_one_of_them_says_whose_its_rows_are() -> None:
    owned = {row["table"] for row in await db.fetch(COLUMNS) if row["name"] == "organization_id"}
    assert await reachable() <= owned


async def test_rows_that_others_refer_to_are_deleted_later() -> None:
    references = await db.fetch(REFERENCES)
    own = {row["child"]: row["name"] for row in references if row["child"] == row["parent"] in PURGED_TABLES}
    assert own == SELF_REFERENCES
    for order in (PURGED_TABLES, ACCOUNTING_TABLES):
        for row in references:
            if row["child"] in order and row["parent"] in order and row["child"] != row["parent"]:
                assert order.index(row["child"]) < order.index(row["parent"]), row
    assert [row for row in references if row["child"] in KEPT_TABLES and row["parent"] in PURGED_TABLES] == []


async def test_every_one_of_them_is_exported_but_for_the_tombstone_that_is_not_there_yet() -> None:
    assert {*EXPORTED_TABLES} == await reachable() - {"tombstones"} | {"organizations"}


async def test_nothing_that_could_open_a_door_is_exported() -> None:
    sounds = ("hash", "secret", "token", "password", "key")
    found = {
        (row["table"], row["name"])
        for row in await db.fetch(COLUMNS)
        if row["table"] in EXPORTED_TABLES
        and row["name"] not in SECRET_COLUMNS
        and any(sound in row["name"] for sound in sounds)
    }
    assert found <= NO_SECRETS, "is it a secret? then name it in SECRET_COLUMNS, else here"
