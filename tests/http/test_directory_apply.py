"""`seatmark directory-apply`, as a process of its own against a running API."""

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from app import db
from tests import servers
from tests.client import Client, Company, contents, start
from tests.http.test_up import run, running

NOW = "2020-11-10T09:00:00+03:00"
FIRST = """\
email;name;login;role;department;teams\r
anna@romashka.example;Анна;anna;ADMIN;Продажи/Север;Ядро|Web\r
bob@romashka.example;Боб;;;Продажи;\r
"""


@pytest.fixture
async def company(client: Client) -> Company:
    return await start(client, NOW)


async def apply(
    company: Company, api: servers.Api, file: Path, *options: str, answer: str = "", key: str | None = None
) -> subprocess.CompletedProcess[str]:
    """Run the command to its end."""
    line = [sys.executable, "-m", "app.cli", "directory-apply", str(file), "--organization", company.slug]
    line += ["--url", api.url, "--key", key or api.operator_key, *options]
    run = asyncio.to_thread(
        subprocess.run, line, env=servers.environment(), input=answer, capture_output=True, text=True, check=False
    )
    return await run


def written(tmp_path: Path, content: str) -> Path:
    file = tmp_path / "roster.csv"
    file.write_bytes(content.encode("utf-8-sig"))
    return file


async def test_the_differences_are_shown_and_applied_and_the_second_time_there_are_none(
    company: Company, api: servers.Api, tmp_path: Path
) -> None:
    file = written(tmp_path, FIRST)
    done = await apply(company, api, file, "--yes")

    assert done.returncode == 0, done.stderr
    *shown, applied = done.stdout.splitlines()
    assert shown == [
        "2 added: Анна <anna@romashka.example>, Боб <bob@romashka.example>",
        "2 new departments: Продажи, Продажи/Север",
        "2 new teams: Ядро, Web",
        f"1 not in the file, and staying: Olga Owner <owner@{company.slug}.example>",
        "Seats: 0 now, 0 then.",
        "2020-11 so far: 0.00 RUB now, 0.00 RUB then.",
        "2020-11 in the end: 0.00 RUB now, 0.00 RUB then, if nothing else changes.",
        "The month after: 0.00 RUB now, 0.00 RUB then.",
    ]
    assert applied.startswith("Applied at 2020-11-10T06:00:00.")
    members = (await company.read("members { nodes { name role status } }"))["members"]["nodes"]
    assert [(one["name"], one["role"]) for one in members] == [
        ("Olga Owner", "OWNER"),
        ("Анна", "ADMIN"),
        ("Боб", "MEMBER"),
    ]
    assert done.stderr.split("\n") == [
        "Reading roster.csv",
        f"Comparing 2 people with {company.slug}",
        "Applying",
        "",
    ]

    before = await contents()
    again = await apply(company, api, file, "--yes")
    assert (again.returncode, again.stdout.splitlines()[-1]) == (0, "Nothing to change.")
    assert await contents() == before


async def test_a_dry_run_and_a_no_change_nothing(company: Company, api: servers.Api, tmp_path: Path) -> None:
    file = written(tmp_path, FIRST)
    before = await contents()
    dry = await apply(company, api, file, "--dry-run")
    assert (dry.returncode, dry.stdout.splitlines()[0][:7]) == (0, "2 added")
    unsure = await apply(company, api, file, answer="n\n")
    assert (unsure.returncode, unsure.stdout.splitlines()[-1].strip()) == (1, "Nothing was changed.")
    silent = await apply(company, api, file)
    assert (silent.returncode, silent.stderr.splitlines()[-1].endswith("Aborted.")) == (1, True)
    assert await contents() == before

    sure = await apply(company, api, file, answer="y\n")
    assert (sure.returncode, sure.stdout.splitlines()[-1].strip()[:10]) == (0, "Applied at")


async def test_every_line_refused_is_reported_with_its_number_and_nothing_is_changed(
    company: Company, api: servers.Api, tmp_path: Path
) -> None:
    lines = [
        "email,name,login,role,department",
        "anna@romashka.example,Анна,anna,boss,",
        "",
        "bob@romashka.example,,anna,,Sales//North",
        "nobody,Ноль",
        "eve@romashka.example,Ева,-,,",
    ]
    before = await contents()
    done = await apply(company, api, written(tmp_path, "\n".join(lines)), "--yes")

    assert (done.returncode, done.stdout) == (1, "")
    report = done.stderr.replace(str(tmp_path), "").splitlines()[2:]
    assert report == [
        "/roster.csv:2: role: 'boss' is not a role: use OWNER, ADMIN, BILLING_MANAGER, MEMBER.",
        "/roster.csv:4: name: A person's name cannot be empty.",
        "/roster.csv:4: department: A department's name cannot be empty.",
        "/roster.csv:4: login: The login anna is in the roster twice.",
        "/roster.csv:5: has 2 fields, and the header has 5",
        "/roster.csv:6: login: '-' is not a login: use letters, digits and . _ - inside, at most 64.",
        "seatmark: 4 lines refused; nothing was changed",
    ]
    assert await contents() == before


async def test_half_a_file_is_refused_unless_it_is_meant(company: Company, api: servers.Api, tmp_path: Path) -> None:
    await company.invite(20)
    file = written(tmp_path, FIRST)
    before = await contents()
    done = await apply(company, api, file, "--yes")
    assert done.returncode == 1
    assert done.stderr.splitlines()[2:] == [
        (
            "seatmark: 20 of 21 active people are not in the roster and would be deactivated, more than the 5 allowed. "
            "If that is what you mean, allow 20. (--max-deactivations)"
        ),
        "seatmark: nothing was changed",
    ]
    assert await contents() == before
    meant = await apply(company, api, file, "--yes", "--max-deactivations", "20")
    assert "20 deactivated: Person 0001 <" in meant.stdout
    assert ", Person 0005 <" in meant.stdout
    assert "> and 15 more\n" in meant.stdout


async def test_what_cannot_be_done_at_all_is_one_line(company: Company, api: servers.Api, tmp_path: Path) -> None:
    file = written(tmp_path, FIRST)
    wrong_key = await apply(company, api, file, key="nobody")
    assert (wrong_key.returncode, wrong_key.stderr.splitlines()[-1]) == (
        1,
        "seatmark: This key or token is unknown, or has ended: send one that holds as `Authorization: Bearer <key>`.",
    )
    company.slug = "nobody"
    unknown = await apply(company, api, file)
    assert (unknown.returncode, unknown.stderr.splitlines()[-1]) == (1, "seatmark: there is no organization 'nobody'")
    nowhere = await apply(company, servers.Api("http://127.0.0.1:1", "key"), file)
    assert nowhere.returncode == 1
    assert nowhere.stderr.splitlines()[-1].startswith("seatmark: http://127.0.0.1:1 does not answer as it should: ")
    empty = await apply(company, api, written(tmp_path, "email,name\n"))
    assert empty.stderr.splitlines()[-1] == f"seatmark: {tmp_path}/roster.csv has nobody in it"


async def test_the_running_installation_and_a_passing_key_are_found(
    tmp_path: Path, database: str, redis_url: str, clean_database: None
) -> None:
    file = written(tmp_path, FIRST)
    async with running(tmp_path / "data", DATABASE_URL=database, REDIS_URL=redis_url) as up:
        keys = await count_keys()
        line = ("directory-apply", str(file), "--organization", "demo", "--dry-run", "--max-deactivations", "100")
        shown = await run(sys.executable, "-m", "app.cli", *line, SEATMARK_DATA_DIR=str(tmp_path / "data"))
        assert (shown.returncode, shown.stdout.splitlines()[0][:7]) == (0, "1 added")  # the demo has an anna
        assert await count_keys() == keys
        os.killpg(up.process.pid, signal.SIGTERM)
        await up.ended()
    gone = await run(sys.executable, "-m", "app.cli", *line, SEATMARK_DATA_DIR=str(tmp_path / "data"))
    assert (gone.returncode, gone.stderr.startswith("seatmark: nothing runs on this data directory")) == (1, True)


async def count_keys() -> int:
    return await db.count("SELECT 1 FROM operator_keys")


async def test_what_the_roster_costs_is_noted_before_it_is_applied(
    company: Company, api: servers.Api, tmp_path: Path
) -> None:
    await company.change_seats(subscribe=[{"everyone": True}])
    people = "".join(f"p{number}@romashka.example;Person {number};;;;\r\n" for number in range(5))
    done = await apply(company, api, written(tmp_path, f"{FIRST.splitlines()[0]}\r\n{people}"), "--dry-run")

    assert done.stdout.splitlines()[-4:] == [
        "2020-11 in the end: 0.00 RUB now, 0.00 RUB then, if nothing else changes.",
        "The month after: 0.00 RUB now, 1548.00 RUB then.",
        "Note: 6 seats pass the 5 that cost nothing: every seat of 2020-12 is charged, 1548.00 RUB more.",
        "Note: Nothing is charged before the trial ends at 2020-12-10T06:00:00Z.",
    ]
