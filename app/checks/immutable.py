"""Invariant 6: what was issued, paid or recorded cannot be changed, tried on real rows and rolled back."""

from collections.abc import AsyncIterator
from uuid import UUID

import asyncpg

from app import db
from app.checks.check import Check, Look, Row

IMMUTABLE = ("statements", "invoices", "credit_notes", "payments", "payment_reversals", "audit_entries")
ATTEMPTS = ("UPDATE {} SET id = id WHERE id = $1", "DELETE FROM {} WHERE id = $1")
_ONE = """
    SELECT one.organization_id, one.id FROM {0} AS one JOIN organizations AS organization
      ON organization.id = one.organization_id
    WHERE organization.purge_decided_at IS NULL AND ($1::uuid[] IS NULL OR organization.id = ANY($1))
      AND coalesce(to_jsonb(one) ->> 'outcome' <> 'PARKED', true)
    LIMIT 1
"""
"""Of an organization that is not being purged; a parked statement may change, once."""
_REFUSALS = (
    asyncpg.InsufficientPrivilegeError,
    asyncpg.ReadOnlySQLTransactionError,  # a replica refuses everything
)


async def find_changeable(look: Look) -> AsyncIterator[Row]:
    """A row of each kind that can be updated or deleted all the same: one of each is tried.

    The look itself is read-only, so the attempts have a transaction of their own, which is rolled back.
    """
    async with db.undone() as connection:
        for table in IMMUTABLE:
            row = await look.connection.fetchrow(_ONE.format(table), look.organization_ids)
            if row is None:
                continue
            for attempt in ATTEMPTS:
                if await _succeeds(connection, attempt.format(table), row["id"]):
                    yield {**row, "table": table, "by": attempt.partition(" ")[0]}


async def _succeeds(connection: asyncpg.Connection, statement: str, row_id: UUID) -> bool:
    """Tried in a savepoint, for the next attempt's sake."""
    await connection.execute("SAVEPOINT attempt")
    try:
        await connection.execute(statement, row_id)
    except asyncpg.IntegrityConstraintViolationError as refusal:
        # By a trigger of ours; a foreign key names itself, and stands in the way of this row alone.
        return refusal.constraint_name is not None
    except _REFUSALS:
        return False
    else:
        return True
    finally:
        await connection.execute("ROLLBACK TO attempt; RELEASE attempt")


IMMUTABILITY = (
    Check(
        6,
        "statements, invoices, credit notes, payments and audit entries cannot be updated or deleted",
        find=find_changeable,
    ),
)
