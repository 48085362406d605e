"""Migrations: none unmade, safe to run again and from several processes at once (design.md §5)."""

import asyncio
import os
import sys
from pathlib import Path

import asyncpg
from tortoise.context import TortoiseContext
from tortoise.migrations.autodetector import MigrationAutodetector

from app import db
from tests import servers

TABLES = "SELECT relname::text, relkind::text FROM pg_class WHERE relnamespace = 'public'::regnamespace ORDER BY 1"


async def test_no_migration_is_unmade() -> None:
    config = db.orm_config("postgresql://nobody@nowhere/nothing")
    async with TortoiseContext() as context:
        await context.init(config=config, init_connections=False)
        assert context.apps is not None
        changes = await MigrationAutodetector(context.apps, {"seatmark": config["apps"]["seatmark"]}).changes()
    assert [change.name for change in changes] == []


async def schema_of(address: str) -> list[tuple[str, str]]:
    connection = await asyncpg.connect(address)
    try:
        return [tuple(row) for row in await connection.fetch(TABLES)]
    finally:
        await connection.close()


async def migrate(address: str, log: Path) -> None:
    """`seatmark migrate` in a process of its own."""
    with log.open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "app.cli", "migrate",
            stdout=output, stderr=output, env=servers.environment(DATABASE_URL=address),
        )  # fmt: skip
        assert await process.wait() == 0, log.read_text()


async def test_four_at_once_on_an_empty_database_all_succeed_and_those_that_come_late_change_nothing(
    database: str, tmp_path: Path
) -> None:
    name = f"seatmark_empty_{os.getpid()}"
    async with servers.own_database(servers.named(database, "postgres"), name) as empty:
        await asyncio.gather(*(migrate(empty, tmp_path / f"{number}.log") for number in range(4)))
        made = await schema_of(empty)
    assert [one for one in made if one[0] in ("seat_grants", "invoices")] == [("invoices", "r"), ("seat_grants", "r")]
    assert made == await schema_of(database)
