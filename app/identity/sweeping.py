"""Rows that are over are deleted some at a time, so that no statement is long and nobody waits."""

from typing import Any
from uuid import UUID

from app import db

CHUNK = 5000
"""Rows of one statement."""


async def delete_rows(table: str, condition: str, *values: Any) -> int:
    """Delete rows of a table chunk by chunk; those that another transaction has in hand are left to the next sweep.

    `condition` is SQL with `values` as $1, $2, … Returns how many there were.
    """
    total = deleted = await _delete_chunk(table, condition, *values)
    while deleted == CHUNK:
        deleted = await _delete_chunk(table, condition, *values)
        total += deleted
    return total


async def list_rows(table: str, condition: str, limit: int, *values: Any) -> list[UUID]:
    """Rows that `delete_rows` would delete, up to a limit."""
    rows = await db.fetch(f"SELECT id FROM {table} WHERE {condition} LIMIT {limit}", *values)
    return [row["id"] for row in rows]


async def _delete_chunk(table: str, condition: str, *values: Any) -> int:
    (row,) = await db.fetch(
        f"""
        WITH found AS (SELECT id FROM {table} WHERE {condition} LIMIT {CHUNK} FOR UPDATE SKIP LOCKED),
             gone AS (DELETE FROM {table} AS one USING found WHERE one.id = found.id RETURNING one.id)
        SELECT count(*) AS rows FROM gone
        """,
        *values,
    )
    return int(row["rows"])
