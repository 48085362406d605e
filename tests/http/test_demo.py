"""`make demo` against a running API, by the client that is generated for partners."""

import asyncio
import subprocess
import sys

from tests import servers


async def test_the_demo_plays_january_to_its_invoice_of_62_800(api: servers.Api) -> None:
    line = [sys.executable, "-m", "app.cli", "demo", "--url", api.url, "--key", api.operator_key]
    played = await asyncio.to_thread(
        subprocess.run, line, env=servers.environment(), capture_output=True, text=True, check=False
    )
    assert (played.returncode, played.stderr) == (0, "")
    said = played.stdout.splitlines()
    assert said[2].endswith(" is NOT_ACTIVATED.")
    assert said[3] == "Its tracker is activated: TRIAL until 2020-12-10T06:00:00.000001Z."
    assert "270 people join at once." in said
    assert "    Total 62800.00 RUB, with VAT at 20 % of 10466.67 inside." in said
    assert said[-1] == "The invoice says 62 800."


async def test_a_key_that_nobody_has_ends_it_with_the_reason(api: servers.Api) -> None:
    line = [sys.executable, "-m", "app.cli", "demo", "--url", api.url, "--key", "sm_operator_that_nobody_ever_made"]
    played = await asyncio.to_thread(
        subprocess.run, line, env=servers.environment(), capture_output=True, text=True, check=False
    )
    assert played.returncode == 1
    assert played.stdout.splitlines()[-1].startswith("The demo cannot go on: ")
