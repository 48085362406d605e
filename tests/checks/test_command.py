"""`seatmark check`, run as a person runs it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.checks.test_money import JANUARY, SUMS, company_with_an_account, plant

pytestmark = pytest.mark.usefixtures("clean_database")


def check(database_url: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"DATABASE_URL": database_url}
    command = [str(Path(sys.executable).with_name("seatmark")), "check", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)


async def test_every_invariant_is_named_and_holds_and_then_what_breaks_one_is_shown(database_url: str) -> None:
    company = await company_with_an_account()
    good = check(database_url)
    assert (good.returncode, good.stderr) == (0, "")
    *lines, verdict = good.stdout.splitlines()
    assert {int(line.split()[0]) for line in lines} == {*range(1, 18)}
    assert {line.split()[1] for line in lines} == {"holds"}
    assert verdict == f"all {len(lines)} hold"

    await plant(f"UPDATE invoices SET total = total + 1, vat_net = vat_net + 1 WHERE {JANUARY}")
    bad = check(database_url, "--invariant", "2", "--json")
    assert bad.returncode == 1
    finding, notes = json.loads(bad.stdout)
    assert (notes["invariant"], notes["holds"], notes["rows"]) == (2, True, [])
    assert (finding["invariant"], finding["holds"], finding["hasMore"]) == (2, False, False)
    assert f"2: {finding['name']}" == SUMS
    (row,) = finding["rows"]
    assert (row["organization_id"], row["number"]) == (str(company.id), "2021-000002")
    assert row["reasons"] == ["the columns are not the document's"]

    shown = check(database_url).stdout.splitlines()
    assert shown[-1] == f"1 of {len(lines)} broken"
    assert [line.split()[:2] for line in shown if "BROKEN" in line] == [["2", "BROKEN"]]
    assert check(database_url, "--invariant", "3").returncode == 0


async def test_an_invariant_that_there_is_not_is_refused(database_url: str) -> None:
    for number in ("0", "18", "21"):
        refused = check(database_url, "--invariant", number)
        assert (refused.returncode, refused.stdout) == (2, "")
        assert f"{number} is none of 1, 2, " in refused.stderr
