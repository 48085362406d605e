"""Schemathesis asks everything that the schema allows, as an operator and as an owner. For longer than CI has:
SEATMARK_CONFORMANCE_EXAMPLES=10 asks ten times as much, with other examples each time."""

import os
import sys

import pytest

from conformance.company import Furnished
from conformance.generating import IDS
from conformance.programs import ROOT, run
from tests.servers import Api

TIMES = int(os.environ.get("SEATMARK_CONFORMANCE_EXAMPLES", "1"))
CHECK = "an_answer_is_what_the_schema_promises"


@pytest.mark.parametrize("kind", ["operator", "owner"])
@pytest.mark.parametrize(("root", "examples"), [("Query", 10), ("Mutation", 2)])
async def test_every_answer_is_what_the_schema_promises(
    kind: str, root: str, examples: int, api: Api, furnished: Furnished
) -> None:
    token = {"operator": api.operator_key, "owner": furnished.owner_token}[kind]
    # Half of all ids are the organization's, which most fields want.
    ids = [furnished.company.id] * len(furnished.ids) + furnished.ids
    command = [sys.executable, "-m", "schemathesis.cli", "run", "schema.graphql", "--no-color", "--phases", "fuzzing"]
    command += ["--url", f"{api.url}/graphql", "--header", f"Authorization: Bearer {token}", "--checks", CHECK]
    command += ["--include-name-regex", f"^{root}\\.", "--max-examples", str(examples * TIMES), "--mode", "positive"]
    command += ["--continue-on-failure", "--suppress-health-check", "all", "--warnings", "off"]
    command += ["--generation-deterministic"] if TIMES == 1 else ["--generation-database", "none"]
    variables = {IDS: " ".join(ids), "SCHEMATHESIS_HOOKS": "conformance.generating"}
    outcome = await run(*command, cwd=ROOT, variables=variables, patience=300.0 * TIMES)
    assert outcome.exit_code == 0, outcome.output
