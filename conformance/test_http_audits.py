"""GraphQL over HTTP, by the audits of graphql-http."""

from conformance.programs import report
from tests.servers import Api


async def test_all_61_audits_of_graphql_http_are_ok(api: Api) -> None:
    results = await report("http_audits.js", url=api.url, token=api.operator_key)
    assert len(results) == 61
    assert [one for one in results if one["status"] != "ok"] == []
