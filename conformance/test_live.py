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
