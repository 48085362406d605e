"""Everything an organization has, as a file: whole, of one instant, and only for those who may have it (R1.9)."""

import asyncio
import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any
from uuid import uuid4
from zipfile import ZipFile

import asyncpg
import pytest

from app import db
from app.domain.actor import Actor, Role, system
from app.domain.errors import DomainError, ErrorCode
from app.domain.export import EXPORT_LIFETIME, MOST_ATTEMPTS, ExportFacts, ExportState, export_state, percent_done
from app.identity.sessions import create_session
from app.memberships.members import erase_member
from app.organizations.service import lock_organizations
from app.retention.archive import EXPORTED_TABLES, write_archive
from app.retention.exports import (
    ExportRow,
    find_exports,
    find_file,
    list_unfinished_exports,
    make_export,
    remove_expired_exports,
    request_export,
    write_export,
)
from app.retention.life import close_organization
from app.retention.purge import purge_batch, store_decisions
from tests import servers
from tests.factories import (
    NOVEMBER,
    OPERATOR,
    POLICIES,
    Company,
    advance,
    appoint,
    change,
    count_of,
    found_at,
    hire,
    moscow,
    refused,
    utc,
)

pytestmark = pytest.mark.usefixtures("clean_database")

MAKER = system("export")


async def member_of(company: Company, role: Role) -> Actor:
    return await appoint(company, role)


async def made(company: Company) -> tuple[ExportRow, Path]:
    export_id = await request_export(OPERATOR, company.id)
    assert await make_export(MAKER, export_id)
    (export,) = await find_exports([export_id])
    return export, await find_file(OPERATOR, export_id)


def lines(archive: ZipFile, table: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in archive.read(f"tables/{table}.jsonl").splitlines()]


async def silent(done: int, total: int) -> None: ...


async def decide_purge(company: Company) -> None:
    async with db.in_transaction():
        (locked,) = await lock_organizations([company.id], during_advance=False)
        await store_decisions(MAKER, [(locked, "by hand")])


async def test_the_file_has_every_row_of_every_table_with_counts_and_hashes(own_data_dir: Path) -> None:
    company, other = await found_at(NOVEMBER, 7), await found_at(NOVEMBER, 2)
    await change(company, subscribe=company.members)
    await advance(company.clock_id, moscow("2021-02-05 12:00"))
    attachment = own_data_dir / "files" / str(company.id) / "0a000000"
    attachment.parent.mkdir(parents=True)
    attachment.write_bytes(b"\x00\xff" * 1_500_000)

    export, path = await made(company)

    assert (export.state, percent_done(export.facts)) == (ExportState.READY, 100)
    content = path.read_bytes()
    assert (export.size, export.sha256) == (len(content), hashlib.sha256(content).hexdigest())
    with ZipFile(path) as archive:
        manifest = json.loads(archive.read("manifest.json"))
        parts = {part["file"]: part for part in manifest["parts"]}
        assert set(archive.namelist()) == {*parts, "manifest.json"}
        for name, part in parts.items():
            inside = archive.read(name)
            assert (part["bytes"], part["sha256"]) == (len(inside), hashlib.sha256(inside).hexdigest())
        for table in EXPORTED_TABLES:
            rows = lines(archive, table)
            key = "id" if table == "organizations" else "organization_id"
            assert len(rows) == parts[f"tables/{table}.jsonl"]["rows"]
            assert {row[key] for row in rows} <= {str(company.id)}
            if table not in ("organizations", "organization_exports", "events", "audit_entries"):
                assert len(rows) == await count_of(table, company.id), table
        assert archive.read("files/0a000000") == attachment.read_bytes()
        assert len(lines(archive, "members")) == 8
        assert [one["number"] for one in lines(archive, "invoices")] == ["2021-000001", "2021-000002"]
        assert lines(archive, "organizations")[0]["slug"] == (await company.facts()).slug
    assert (manifest["format"], manifest["formatVersion"]) == ("seatmark-organization", 1)
    assert manifest["organizationId"] == str(company.id)
    assert manifest["exportedAt"].startswith("2021-02-05T09:00:00")
    assert str(other.id).encode() not in content


async def test_secrets_are_left_out_also_as_hashes() -> None:
    company = await found_at(NOVEMBER, 1)
    session = await create_session(OPERATOR, company.members[0])
    _, path = await made(company)
    with ZipFile(path) as archive:
        (row,) = lines(archive, "sessions")
        assert set(row) == {"id", "organization_id", "member_id", "created_at", "created_by", "expires_at"}
        everything = b"".join(archive.read(name) for name in archive.namelist())
    assert session.token.encode() not in everything
    assert hashlib.sha256(session.token.encode()).hexdigest().encode() not in everything


async def test_it_is_of_one_instant_whatever_changes_meanwhile(tmp_path: Path) -> None:
    company = await found_at(NOVEMBER, 3)
    changes = 0

    async def meddle(done: int, total: int) -> None:
        nonlocal changes
        changes += 1
        await hire(company, 2)

    async with db.read_snapshot() as snapshot:
        archive = await write_archive(snapshot, company.id, tmp_path / "export.zip", meddle)
    assert changes > 3
    with ZipFile(tmp_path / "export.zip") as written:
        assert len(lines(written, "members")) == archive.rows["members"] == 4
        assert len(lines(written, "events")) == archive.rows["events"] == 4
    assert await count_of("members", company.id) == 4 + 2 * changes


async def test_asking_again_while_one_is_made_is_answered_with_it() -> None:
    company = await found_at(NOVEMBER)
    asked = await asyncio.gather(*(request_export(OPERATOR, company.id) for _ in range(10)))
    assert len(set(asked)) == 1
    assert await list_unfinished_exports(10) == [asked[0]]
    assert await make_export(MAKER, asked[0])
    assert await list_unfinished_exports(10) == []
    assert not await make_export(MAKER, asked[0])


async def test_a_newer_one_takes_the_place_of_one_that_is_ready() -> None:
    company = await found_at(NOVEMBER)
    first, path = await made(company)
    second, other = await made(company)
    assert first.id != second.id
    assert [(one.state) for one in await find_exports([first.id])] == [ExportState.EXPIRED]
    assert path.exists()
    assert await remove_expired_exports() == 1
    assert (path.exists(), other.exists()) == (False, True)
    with pytest.raises(DomainError):
        await find_file(OPERATOR, first.id)


async def test_ten_jobs_at_once_make_one_file() -> None:
    company = await found_at(NOVEMBER, 20)
    export_id = await request_export(OPERATOR, company.id)
    assert sum(await asyncio.gather(*(make_export(MAKER, export_id) for _ in range(8)))) == 1
    assert await db.count("SELECT 1 FROM events WHERE type = 'export.finished'") == 1
    path = await find_file(OPERATOR, export_id)
    assert [one.name for one in path.parent.iterdir()] == [path.name]


async def test_it_is_kept_for_a_week_of_real_time_and_removed() -> None:
    company = await found_at(NOVEMBER)
    export, path = await made(company)
    assert export.facts.finished_at is not None
    assert export.facts.expires_at == export.facts.finished_at + EXPORT_LIFETIME
    assert await remove_expired_exports() == 0
    await db.fetch("UPDATE organization_exports SET expires_at = clock_timestamp()")
    with pytest.raises(DomainError) as refusal:
        await find_file(OPERATOR, export.id)
    assert refusal.value.code is ErrorCode.NOT_FOUND
    assert await remove_expired_exports() == 1
    assert not path.exists()
    assert await remove_expired_exports() == 0


@pytest.mark.parametrize(
    ("role", "may"), [(Role.OWNER, True), (Role.ADMIN, True), (Role.BILLING_MANAGER, False), (Role.MEMBER, False)]
)
async def test_owners_and_admins_may_have_it(role: Role, may: bool) -> None:
    company = await found_at(NOVEMBER)
    actor = await member_of(company, role)
    export, _ = await made(company)
    if may:
        assert (await find_file(actor, export.id)).exists()
        assert await request_export(actor, company.id) != export.id
        return
    with pytest.raises(DomainError) as refusal:
        await find_file(actor, export.id)
    assert refusal.value.code is ErrorCode.NOT_FOUND
    async with refused(ErrorCode.FORBIDDEN):
        await request_export(actor, company.id)


async def test_nobody_has_that_of_another_organization() -> None:
    company, other = await found_at(NOVEMBER), await found_at(NOVEMBER)
    export, _ = await made(company)
    stranger = await member_of(other, Role.OWNER)
    with pytest.raises(DomainError) as refusal:
        await find_file(stranger, export.id)
    assert refusal.value.code is ErrorCode.NOT_FOUND
    async with refused(ErrorCode.NOT_FOUND):
        await request_export(stranger, company.id)


async def test_it_can_be_had_in_every_state_until_the_purge_is_decided() -> None:
    idle = await found_at(NOVEMBER, is_active=False)
    company = await found_at(NOVEMBER, 1)
    for one in (idle, company):
        await made(one)
        await close_organization(OPERATOR, one.id)
        await made(one)
    waiting = await found_at(utc("2020-11-03 10:00"))
    await advance(waiting.clock_id, utc("2021-01-02 09:00"))
    await made(waiting)
    await decide_purge(waiting)
    async with refused(ErrorCode.ORGANIZATION_PURGED):
        await request_export(OPERATOR, waiting.id)


async def test_a_purge_that_is_decided_meanwhile_leaves_no_file(database: str, own_data_dir: Path) -> None:
    company = await found_at(NOVEMBER, 5)
    export_id = await request_export(OPERATOR, company.id)
    other = await asyncpg.connect(database)
    try:
        async with other.transaction():
            await other.execute("SELECT FROM organizations WHERE id = $1 FOR NO KEY UPDATE", company.id)
            making = asyncio.create_task(make_export(MAKER, export_id))
            while not await db.count("SELECT 1 FROM pg_locks WHERE NOT granted"):  # the file is whole and waits
                await asyncio.sleep(0.01)
            assert len(list(own_data_dir.joinpath("exports", str(company.id)).iterdir())) == 1
            await other.execute(
                "UPDATE organizations SET purge_decided_at = clock_timestamp() WHERE id = $1", company.id
            )
    finally:
        await other.close()
    assert not await making
    assert list(own_data_dir.joinpath("exports", str(company.id)).iterdir()) == []
    assert not await make_export(MAKER, export_id)


async def test_a_purge_takes_finished_files_along(own_data_dir: Path) -> None:
    company = await found_at(NOVEMBER, 5)
    _, path = await made(company)
    await decide_purge(company)
    while await purge_batch(MAKER, company.id, 5000, during_advance=False):
        pass
    assert not path.parent.exists()
    (stone,) = await db.fetch("SELECT files, file_bytes FROM tombstones WHERE organization_id = $1", company.id)
    assert stone["files"] == 1
    assert stone["file_bytes"] > 1000


async def test_what_cannot_be_made_has_failed_after_five_attempts_and_can_be_asked_for_anew(own_data_dir: Path) -> None:
    company = await found_at(NOVEMBER)
    folder = own_data_dir / "files" / str(company.id)
    folder.mkdir(parents=True)
    folder.joinpath(os.fsdecode(b"\xff")).touch()  # no name for a file in a ZIP
    export_id = await request_export(OPERATOR, company.id)
    for _ in range(MOST_ATTEMPTS):
        with pytest.raises(UnicodeEncodeError):
            await make_export(MAKER, export_id)
    assert not await make_export(MAKER, export_id)
    assert list(own_data_dir.joinpath("exports", str(company.id)).iterdir()) == []
    (export,) = await find_exports([export_id])
    assert export.state is ExportState.FAILED
    assert await list_unfinished_exports(10) == []
    assert await request_export(OPERATOR, company.id) != export_id


async def test_an_operator_at_the_machine_writes_the_same_file(tmp_path: Path) -> None:
    company = await found_at(NOVEMBER, 3)
    slug = (await company.facts()).slug
    assert slug is not None
    for named in (slug, str(company.id)):
        archive = await write_export(named, tmp_path / "export.zip", silent)
        assert archive.rows["members"] == 4
        assert [one.name for one in tmp_path.iterdir()] == ["export.zip"]
    for unknown in ("nobody", str(uuid4()), ""):
        with pytest.raises(DomainError) as refusal:
            await write_export(unknown, tmp_path / "other.zip", silent)
        assert refusal.value.code is ErrorCode.NOT_FOUND
    assert [one.name for one in tmp_path.iterdir()] == ["export.zip"]


def test_where_an_export_stands_is_derived_from_its_row() -> None:
    now = utc("2021-01-01 00:00")
    asked = ExportFacts(0, None, 0, None, None, None)
    running = ExportFacts(1, 1000, 999, None, None, None)
    ready = ExportFacts(1, 1000, 1000, now, None, now + EXPORT_LIFETIME)
    failed = ExportFacts(6, 1000, 10, None, now, None)
    assert [(export_state(one, now), percent_done(one)) for one in (asked, running, ready, failed)] == [
        (ExportState.PENDING, 0),
        (ExportState.RUNNING, 99),
        (ExportState.READY, 100),
        (ExportState.FAILED, 1),
    ]
    assert export_state(ready, now + EXPORT_LIFETIME) is ExportState.EXPIRED


# By command


def export_by_command(database: str, company: Company, path: Path) -> tuple[str, int]:
    """What `seatmark export-organization` prints, and the most memory that it took, in MB."""
    command = [sys.executable, "-m", "app.cli", "export-organization", str(company.id), str(path)]
    environment = servers.environment(DATABASE_URL=database)
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        printed = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0
    return printed.splitlines()[-1], usage.ru_maxrss // 1024


async def test_the_command_writes_the_file_and_says_what_it_wrote(database: str, tmp_path: Path) -> None:
    company = await found_at(NOVEMBER, 3)
    path = tmp_path / "export.zip"
    printed, _ = await asyncio.to_thread(export_by_command, database, company, path)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    rows = sum([await count_of(table, company.id) for table in EXPORTED_TABLES if table != "organizations"]) + 1
    assert printed == f"{path}: {rows} rows, {path.stat().st_size} bytes, SHA-256 {digest}"


@pytest.mark.slow
async def test_memory_does_not_grow_with_the_organization(database: str, tmp_path: Path) -> None:
    company = await found_at(NOVEMBER, 3)
    _, little = await asyncio.to_thread(export_by_command, database, company, tmp_path / "little.zip")
    await db.fetch(
        """
        INSERT INTO events (id, organization_id, sequence, at, type, payload)
        SELECT gen_random_uuid(), $1, 1000 + n, now(), 'planted', jsonb_build_object('id', gen_random_uuid())
        FROM generate_series(1, 300000) AS n
        """,
        company.id,
    )
    _, much = await asyncio.to_thread(export_by_command, database, company, tmp_path / "much.zip")
    assert much < little + 20
    with ZipFile(tmp_path / "much.zip") as archive, archive.open("tables/events.jsonl") as file:
        assert sum(1 for _ in file) == 300_000 + 4


async def test_who_is_erased_is_in_no_file_that_can_still_be_taken() -> None:
    company = await found_at(NOVEMBER, 1)
    export, path = await made(company)
    await erase_member(OPERATOR, company.members[0], POLICIES)
    with pytest.raises(DomainError) as refusal:
        await find_file(OPERATOR, export.id)
    assert refusal.value.code is ErrorCode.NOT_FOUND
    assert await remove_expired_exports() == 1
    assert not path.exists()


async def test_an_export_under_way_when_someone_is_erased_is_made_anew_without_them(database: str) -> None:
    company = await found_at(NOVEMBER, 1)
    export_id = await request_export(OPERATOR, company.id)
    eraser = await asyncpg.connect(**db.parse_url(database))
    try:
        async with eraser.transaction():
            await eraser.execute("SELECT id FROM organizations WHERE id = $1 FOR NO KEY UPDATE", company.id)
            making = asyncio.create_task(make_export(MAKER, export_id))
            sql = "SELECT rows_done = rows_total AS is_written FROM organization_exports WHERE id = $1"
            while not (await db.fetch(sql, export_id))[0]["is_written"]:  # now it waits for the lock
                await asyncio.sleep(0.02)
            await eraser.execute(
                """
                UPDATE members SET erased_at = now(), status = 'DEACTIVATED', login = NULL, name = 'Erased',
                    email = id || '@erased.invalid' WHERE id = $1
                """,
                company.members[0],
            )
        assert not await making
    finally:
        await eraser.close()
    assert await make_export(MAKER, export_id)
    with ZipFile(await find_file(OPERATOR, export_id)) as archive:
        assert "people.example" not in archive.read("tables/members.jsonl").decode()
