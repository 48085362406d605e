"""Databases that begin as copies of a filled one, so that every round finds the same; and tables filled quickly."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import asyncpg

from app import db
from app.connections import pools
from tests import servers


@asynccontextmanager
async def copied(template: str, name: str) -> AsyncIterator[str]:
    """Copied file by file, which takes a second for a gigabyte; gone afterwards."""
    source = urlsplit(template).path.removeprefix("/")
    connection = await asyncpg.connect(servers.named(template, "postgres"))
    try:
        await connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{source}" STRATEGY file_copy')
        try:
            yield servers.named(template, name)
        finally:
            await connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
    finally:
        await connection.close()


@asynccontextmanager
async def filling(database: str, tables: Sequence[str]) -> AsyncIterator[asyncpg.Connection]:
    """A connection of the owner, in a transaction without triggers and without any but the unique indexes of the
    tables' keys; the others are made again at its end, and what is deferred is looked at then. What was filled is
    settled, as what is weeks old would be: VACUUM finds it committed, which it does not know of an asynchronous
    commit that was just made."""
    connection = await asyncpg.connect(database, server_settings={"synchronous_commit": "on"})
    try:
        async with connection.transaction():
            await connection.execute("SET LOCAL session_replication_role = replica")
            await connection.execute("SET LOCAL maintenance_work_mem = '256MB'")
            rows = await connection.fetch(_INDEXES, list(tables))
            for row in rows:
                await connection.execute(row["drop"])
            yield connection
            for row in rows:
                await connection.execute(row["make"])
        for table in tables:
            await connection.execute(f"VACUUM (ANALYZE) {table}")
        await connection.execute("CHECKPOINT")
    finally:
        await connection.close()


@asynccontextmanager
async def connected(database: str) -> AsyncIterator[None]:
    """What is inside is done in that database, by this process as a worker would."""
    before = pools.system, pools.tenants, pools.default
    await db.connect(database)
    try:
        yield
    finally:
        await db.close()
        pools.system, pools.tenants, pools.default = before


_INDEXES = """
    SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname) AS drop,
           format('ALTER TABLE %s ADD CONSTRAINT %I %s', conrelid::regclass, conname, pg_get_constraintdef(oid)) AS make
    FROM pg_constraint WHERE conrelid = ANY($1::regclass[]) AND contype = 'x'
    UNION ALL
    SELECT format('DROP INDEX %s', indexrelid::regclass), pg_get_indexdef(indexrelid)
    FROM pg_index
    WHERE indrelid = ANY($1::regclass[]) AND NOT indisprimary
      AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)
"""
