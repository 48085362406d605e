"""Clients hear of an organization's events over WebSocket and SSE, and go on from where they were."""

import pytest

from conformance.company import Furnished
from conformance.programs import report
from tests.servers import Api


@pytest.mark.parametrize("by", ["apollo over graphql-transport-ws", "urql over SSE", "graphql-sse"])
async def test_a_client_hears_events_once_each_in_order_and_again_from_a_number(
    by: str, api: Api, furnished: Furnished
) -> None:
    told = await report("live.js", url=api.url, token=api.operator_key, organization=furnished.company.id, by=by)
    assert told["past"] == sorted(set(told["past"]))
    assert told["live"] == sorted(set(told["live"]))
    assert told["past"][-1] < told["live"][0]
    assert told["again"] == told["live"]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("subscription {", "GRAPHQL_PARSE_FAILED"),
        ("subscription { nothing }", "GRAPHQL_VALIDATION_FAILED"),
        ('subscription { organizationEvents(organizationId: "x") { type } }', "INVALID_INPUT"),
    ],
)
async def test_a_client_of_event_streams_is_told_what_is_wrong_and_asks_once(query: str, code: str, api: Api) -> None:
    outcome = await report("refused.js", url=api.url, token=api.operator_key, query=query)
    assert [error["extensions"]["code"] for result in outcome["told"] for error in result["errors"]] == [code]
    assert outcome["requests"] == 1
