"""Jobs, as operators see them and let parked ones be tried again."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from app import db
from app.graphql.ids import global_id, parse_global_id
from app.jobs.tries import count_try
from tests.client import Client, contents, start, unknown

OVERVIEW = """{ jobs { isLate parkedCount jobs { name dueCount hasMoreDue isLate waitingCount parkedCount
    runs { startedAt seenAt endedAt isRunning subjectCount doneCount failedCount error } }
    parked { id job subjectId organization { id } tries error firstTriedAt lastTriedAt parkedAt } } }"""


async def parked(subject_id: Any) -> str:
    await count_try("purge", [subject_id])
    (row,) = await db.fetch(
        "UPDATE job_tries SET parked_at = clock_timestamp(), error = 'ValueError at f:1' "
        "WHERE subject_id = $1 RETURNING id",
        subject_id,
    )
    return global_id("ParkedJob", row["id"])


async def test_parked_work_is_shown_with_its_organization_and_let_go(client: Client) -> None:
    company = await start(client, "2021-01-04T09:00:00+03:00")
    parked_id = await parked(parse_global_id(company.id)[1])
    overview = (await client.ask(OVERVIEW))["jobs"]
    (shown,) = [one for one in overview["parked"] if one["id"] == parked_id]
    assert (shown["job"], shown["organization"], shown["tries"]) == ("purge", {"id": company.id}, 1)
    assert shown["error"] == "ValueError at f:1"
    assert overview["parkedCount"] >= 1
    assert (await client.change("jobRetry", "statement { id }", parkedJobId=parked_id))["statement"] is None
    overview = (await client.ask(OVERVIEW))["jobs"]
    assert parked_id not in [one["id"] for one in overview["parked"]]
    assert (await client.refuse("jobRetry", parkedJobId=parked_id)).code == "NOT_FOUND"


@pytest.mark.parametrize("given", [{}, {"statementId": unknown("Statement"), "parkedJobId": unknown("ParkedJob")}])
async def test_exactly_one_thing_is_tried_again(client: Client, given: dict[str, str]) -> None:
    assert (await client.refuse("jobRetry", **given)).code == "INVALID_INPUT"


async def test_the_command_says_the_same_and_exits_with_1_while_anything_is_parked(
    client: Client, database_url: str
) -> None:
    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [str(Path(sys.executable).with_name("seatmark")), "jobs", *arguments]
        environment = os.environ | {"DATABASE_URL": database_url}
        return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)

    parked_id = await parked(uuid4())
    shown = run()
    assert (shown.returncode, shown.stderr) == (1, "")
    assert shown.stdout.splitlines()[0].split() == ["job", "due", "waiting", "parked", "last", "run"]
    assert "ValueError at f:1" in shown.stdout
    assert str(parse_global_id(parked_id)[1]) in run("--json").stdout
    await client.change("jobRetry", "statement { id }", parkedJobId=parked_id)
    assert "ValueError at f:1" not in run().stdout


async def test_the_command_lets_one_or_all_of_a_job_be_tried_again(client: Client, database_url: str) -> None:
    def run(*arguments: str) -> tuple[int, str]:
        command = [str(Path(sys.executable).with_name("seatmark")), "jobs", *arguments]
        environment = os.environ | {"DATABASE_URL": database_url}
        ended = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
        return ended.returncode, ended.stdout + ended.stderr

    first, _, _ = [parse_global_id(await parked(uuid4()))[1] for _ in range(3)]
    job = next(line.split()[4] for line in run()[1].splitlines() if str(first) in line)
    before = await contents()
    assert run("--retry", str(uuid4()))[0] == 1
    assert run("--retry", "make_tea") == (1, "seatmark: Nothing is parked of a job 'make_tea'.\n")
    assert await contents() == before
    assert run("--retry", str(first)) == (0, "1 to be tried again at the next sweep\n")
    assert run("--retry", job) == (0, "2 to be tried again at the next sweep\n")
    assert "parked 2" not in run()[1]
