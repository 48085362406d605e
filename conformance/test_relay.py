"""Relay's compiler takes our schema, and the server answers the operations that come of it."""

from typing import Any

from conformance.company import Furnished
from tests.client import Client


async def test_every_operation_that_relay_compiles_is_answered(
    operations: dict[str, str], client: Client, furnished: Furnished
) -> None:
    company = furnished.company
    found = await company.read(
        "members(first: 3) { nodes { id } } issues(first: 1) { nodes { id } } teams(first: 1) { nodes { id } }"
    )
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
