"""What a check is, and running many of them over one look at the database."""

from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any
from uuid import UUID

import asyncpg
import orjson

from app import db

MOST_ROWS = 20
"""So many rows that break an invariant are told of each check."""

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Look:
    """A database as it is at one instant, through one connection; `organization_ids` None are all of them.

    What belongs to no organization is looked at in any case.
    """

    connection: asyncpg.Connection
    organization_ids: list[UUID] | None


@dataclass(frozen=True, slots=True)
class Check:
    """A sentence that holds, of the invariant `number`, and what finds the rows that break it: either SQL whose rows
    have an `organization_id`, or a function. Rows are ids, instants and numbers; no row = it holds."""

    number: int
    name: str
    sql: str = ""
    find: Callable[[Look], AsyncIterator[Row]] | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """The rows that break a check, at most MOST_ROWS; `has_more` when there are others."""

    check: Check
    rows: Sequence[Row]
    has_more: bool

    @property
    def holds(self) -> bool:
        return not self.rows


async def run_checks(checks: Sequence[Check], organization_ids: Iterable[UUID] | None = None) -> list[Finding]:
    """Look at everything at once (REPEATABLE READ), and say of each check what breaks it, in order of the numbers.

    SQL checks of one invariant are one statement, others read as they go: memory stays flat however much there is.
    """
    found: list[Finding] = []
    async with db.read_snapshot() as connection:
        # Hashes read everything once, also where the planner guesses from no statistics that there is next to nothing.
        await connection.execute("SET LOCAL statement_timeout = '15min'; SET LOCAL enable_nestloop = off")
        look = Look(connection, list(organization_ids) if organization_ids is not None else None)
        for _, group in groupby(sorted(checks, key=lambda check: check.number), key=lambda check: check.number):
            own = list(group)
            found += await _run_sql(look, [check for check in own if check.sql])
            found += [await _run_function(look, check) for check in own if check.find is not None]
    return found


async def _run_sql(look: Look, checks: Sequence[Check]) -> list[Finding]:
    if not checks:
        return []
    arms = [
        f"""(SELECT {place} AS place, to_jsonb(broken)::text AS content FROM ({check.sql}) AS broken
             WHERE $1::uuid[] IS NULL OR broken.organization_id IS NULL OR broken.organization_id = ANY($1)
             LIMIT {MOST_ROWS + 1})"""
        for place, check in enumerate(checks)
    ]
    broken: list[list[Row]] = [[] for _ in checks]
    for row in await look.connection.fetch(" UNION ALL ".join(arms), look.organization_ids):
        broken[row["place"]].append(orjson.loads(row["content"]))
    return [_finding(check, rows) for check, rows in zip(checks, broken, strict=True)]


async def _run_function(look: Look, check: Check) -> Finding:
    assert check.find is not None
    rows: list[Row] = []
    found = check.find(look)
    async for row in found:
        rows.append(row)
        if len(rows) > MOST_ROWS:
            break
    return _finding(check, rows)


def _finding(check: Check, rows: Sequence[Row]) -> Finding:
    return Finding(check, rows[:MOST_ROWS], len(rows) > MOST_ROWS)
