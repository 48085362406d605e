"""A purge of an organization with a million rows, by the job itself, batch by batch to its tombstone; beside bare
DELETEs of the same tables, in the same order and batches, each in a transaction of its own.

Both delete from a copy of the same database, with every trigger and every foreign key there is.
"""

import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

import asyncpg
import orjson

from app import db
from app.retention.purge import PURGED_TABLES, SELF_REFERENCES
from bench.copies import connected, copied, filling
from bench.figures import Figure, timed
from tests import servers
from workers.retention import BATCH, purge

SCALE = float(os.environ.get("SCALE", "1"))
ROUNDS = 5
"""Each takes a minute or two of both sides."""
ISSUES = int(100_000 * SCALE)
MEMBERS = ISSUES // 20
ROWS = 10 * ISSUES + MEMBERS + 10
ID = UUID("0a000000-0000-4000-8000-00000000000b")

_FILL = {
    "organizations": """
        INSERT INTO organizations (id, slug, name, time_zone, currency, created_at, activated_at, trial_ends_at,
                                   last_change_at, sequence, purge_decided_at)
        SELECT $1, 'bench', 'Bench', 'Europe/Moscow', 'RUB', now, now, now + interval '720 hours', now, $3, now
        FROM (SELECT clock_timestamp() - interval '200 days' AS now) AS long_ago WHERE $2 > 0
    """,
    "tombstones": """
        INSERT INTO tombstones (id, organization_id, reason, decided_at, rows_deleted)
        SELECT gen_random_uuid(), $1, 'bench', now(), '{}' WHERE $2 > 0 AND $3 > 0
    """,
    "members": """
        INSERT INTO members (id, organization_id, email, login, name, role, status, is_robot, created_at)
        SELECT md5('member ' || number)::uuid, $1, number || '@bench.example', 'p' || number, 'Person ' || number,
               'MEMBER', 'ACTIVE', false, now()
        FROM generate_series(0, $2::int - 1) AS number WHERE $3 > 0
    """,
    "queues": """
        INSERT INTO queues (id, organization_id, key, name, last_number, created_at, author_id)
        SELECT md5('queue ' || number)::uuid, $1, 'Q' || number, 'Queue', $3, now(), md5('member 0')::uuid
        FROM generate_series(0, 9) AS number WHERE $2 > 0
    """,
    "issues": """
        INSERT INTO issues (id, organization_id, queue_id, number, summary, description, type, priority, status,
                            created_at, updated_at, comment_count, author_id)
        SELECT md5('issue ' || number)::uuid, $1, md5('queue ' || number % 10)::uuid, number / 10 + 1,
               'The ' || number || 'th thing to do', 'Words that say what is to be done', 'TASK', 'NORMAL', 'OPEN',
               now() - number * interval '1 second', now(), 2, md5('member ' || number % $2)::uuid
        FROM generate_series(0, $3::int - 1) AS number
    """,
    "issue_comments": """
        INSERT INTO issue_comments (id, organization_id, issue_id, text, created_at, author_id)
        SELECT gen_random_uuid(), $1, md5('issue ' || number % $3)::uuid, 'What somebody says of it',
               now() - number * interval '1 second', md5('member ' || number % $2)::uuid
        FROM generate_series(0, 2 * $3::int - 1) AS number
    """,
    "issue_changes": """
        INSERT INTO issue_changes (id, organization_id, issue_id, at, place, field, before, after, author_id)
        SELECT gen_random_uuid(), $1, md5('issue ' || number % $3)::uuid, now() - number * interval '1 second', 0,
               'status', 'OPEN', 'IN_PROGRESS', md5('member ' || number % $2)::uuid
        FROM generate_series(0, 4 * $3::int - 1) AS number
    """,
    "issue_watchers": """
        INSERT INTO issue_watchers (id, organization_id, issue_id, member_id, since)
        SELECT gen_random_uuid(), $1, md5('issue ' || number)::uuid, md5('member ' || number % $2)::uuid, now()
        FROM generate_series(0, $3::int - 1) AS number
    """,
    "events": """
        INSERT INTO events (id, organization_id, sequence, at, type, payload)
        SELECT gen_random_uuid(), $1, number, now(), 'seats.changed', '{"seated": 1}'
        FROM generate_series(1, $3::int) AS number WHERE $2 > 0
    """,
    "audit_entries": """
        INSERT INTO audit_entries (id, organization_id, sequence, at, actor, request_id, action, before, after, hash)
        SELECT gen_random_uuid(), $1, number, now(), 'bench', 'bench', 'seats.changed', '{}', '{"seated": 1}', '\\x00'
        FROM generate_series(1, $3::int) AS number WHERE $2 > 0
    """,
}
"""By table: $1 is the organization, $2 how many members it has, and $3 how many issues, of ten rows altogether."""


async def measure() -> list[Figure]:
    ours: list[float] = []
    limit: list[float] = []
    async with _filled() as template:
        for number in range(ROUNDS):
            for side in (ours, limit) if number % 2 else (limit, ours):
                async with copied(template, "seatmark_purge") as database:
                    side.append(await (_purge if side is ours else _delete)(database))
            print(f"  purge {ours[-1]:.2f} s, bare {limit[-1]:.2f} s", flush=True)
    name = f"purge of an organization of {ROWS:,} rows".replace(",", " ")
    return [Figure(name, "bare DELETEs in the same order and batches", 0.7, ours, limit)]


@asynccontextmanager
async def _filled() -> AsyncIterator[str]:
    async with servers.clone(os.environ[servers.DATABASE_URL], "purging") as database:
        async with filling(database, list(_FILL)) as connection:
            for statement in _FILL.values():
                await connection.execute(statement, ID, MEMBERS, ISSUES)
        yield database


async def _purge(database: str) -> float:
    """The job, as a worker does it, in this process."""
    async with connected(database):
        seconds = await timed(purge({}, [str(ID)]))
        row = await db.fetch_one("SELECT purged_at, rows_deleted FROM tombstones WHERE organization_id = $1", ID)
        assert row is not None, "the decision is there"
        assert row["purged_at"] is not None, "the purge is done"
        assert sum(orjson.loads(row["rows_deleted"]).values()) == ROWS, row
        return seconds


async def _delete(database: str) -> float:
    connection = await asyncpg.connect(database, server_settings=db.session_settings("15s"))
    try:
        seconds, deleted = 0.0, 0
        for table in PURGED_TABLES:
            began = time.perf_counter()
            deleted += await _empty(connection, table)
            seconds += time.perf_counter() - began
        assert deleted == ROWS, deleted
        return seconds
    finally:
        await connection.close()


async def _empty(connection: asyncpg.Connection, table: str) -> int:
    """Rows deleted, batch by batch until there is none."""
    own_reference = SELF_REFERENCES.get(table)
    is_last = f"AND NOT EXISTS (SELECT FROM {table} AS o WHERE o.{own_reference} = t.id)" if own_reference else ""
    statement = (
        f"DELETE FROM {table} WHERE ctid = ANY (ARRAY("
        f"SELECT ctid FROM {table} AS t WHERE organization_id = $1 {is_last} LIMIT $2))"
    )
    everything = 0
    while deleted := int((await connection.execute(statement, ID, BATCH)).removeprefix("DELETE ")):
        everything += deleted
    return everything
