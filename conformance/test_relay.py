"""Relay's compiler takes our schema, and the server answers the operations that come of it."""

import json
import re
import shutil
from typing import Any

import pytest

from conformance.company import Furnished
from conformance.javascript import HERE, run
from tests.client import Client

GENERATED = HERE / "relay" / "__generated__"


@pytest.fixture(scope="session")
async def operations() -> dict[str, str]:
    """The operations of relay/ as Relay sends them, by name; also written to files for the linter."""
    shutil.rmtree(GENERATED, ignore_errors=True)
    GENERATED.mkdir()
    (GENERATED / "operations.json").write_text("{}")
    outcome = await run("relay-compiler", "relay.config.json")
    assert outcome.exit_code == 0, outcome.output
    assert not re.search(r"warn", outcome.output, re.IGNORECASE), outcome.output
    documents = json.loads((GENERATED / "operations.json").read_text()).values()
    found = {re.findall(r"^(?:query|mutation) (\w+)", text, re.MULTILINE)[0]: text for text in documents}
    for name, text in found.items():
        (GENERATED / f"{name}.graphql").write_text(text)
    return found


async def test_every_operation_that_relay_compiles_is_answered(
    operations: dict[str, str], client: Client, furnished: Furnished
) -> None:
    company = furnished.company
    found = await company.read("members(first: 3) { nodes { id } } issues(first: 1) { nodes { id } } teams(first: 1) { nodes { id } }")
    member, issue, team = (found[name]["nodes"][-1]["id"] for name in ("members", "issues", "teams"))
    subscribe = {"organizationId": company.id, "subscribe": [{"memberId": member}]}
    given: dict[str, dict[str, Any]] = {
        "IssueHistoryQuery": {"id": issue},
        "IssueHistoryPaginationQuery": {"id": issue, "last": 2},
        "MemberListQuery": {"slug": company.slug, "filter": {"status": "ACTIVE"}},
        "MemberListPaginationQuery": {"id": company.id, "count": 10},
        "SeatUsageImpactQuery": {"id": company.id, "change": {"unsubscribe": [{"teamId": team}]}},
        "SeatsChangeMutation": {"input": subscribe},
        "TeamCreateListQuery": {"ids": [company.id, team]},
        "TeamCreateMutation": {"input": {"organizationId": company.id, "name": "Relay"}},
    }
    assert set(operations) == set(given)
    for name, variables in given.items():
        data = await client.ask(operations[name], **variables)
        assert None not in data.values(), name
