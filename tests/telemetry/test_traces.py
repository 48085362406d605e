"""Traces, as a collector receives them: one from the request to its SQL, one of a job, and nothing personal in any."""

import asyncio
import json
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests import servers
from tests.client import Client, start
from tests.conftest import OPERATOR_KEY
from tests.servers import Api
from tests.telemetry.receiver import receiving
from tests.watch.conftest import watched_api

TRACE = "0af7651916cd43dd8448eb211c80319c"
CALLER = "b7ad6b7169203331"
TEAM = "mutation Canary($id: ID!, $n: String!) { teamCreate(input: {organizationId: $id, name: $n}) { __typename } }"
MEMBERS = "query($id: ID!) { organization(id: $id) { members(first: 5) { nodes { id name } } } }"


async def test_a_request_is_one_trace_from_its_caller_to_the_sql_and_tells_nothing_personal(
    api: Api, database: str, redis_url: str, tmp_path: Path
) -> None:
    async with receiving() as received:
        async with watched_api(
            database, redis_url, tmp_path / "log", OTEL_EXPORTER_OTLP_ENDPOINT=received.url
        ) as watched:
            company = await start(Client(watched.http), "2021-01-04T09:00:00Z")
            await company.invite(2)
            headers = {"traceparent": f"00-{TRACE}-{CALLER}-01", "tracestate": "canary=1", "baggage": "who=Canary"}
            for document in (TEAM, MEMBERS, '{ organization(slug: "Canary") { id } }', "{ canaryField }"):
                await watched.http.post(
                    "/graphql",
                    json={"query": document, "variables": {"id": company.id, "n": "Canary Team"}},
                    headers=headers | {"X-Request-Id": "r-traced"},
                )
            await watched.http.get("/canary?Canary=1", headers={"User-Agent": "Canary"})
        assert received.services == {"seatmark-api"}
        ours = [one for one in received.spans if one.trace_id.hex() == TRACE]
        roots = [one for one in ours if one.parent_span_id.hex() == CALLER]
        assert sorted(one.name for one in roots) == ["organization", "organization", "teamCreate", "unknown"]
        inserts = [one for one in ours if one.name == "SQL INSERT"]
        expected = ["SQL INSERT", "Mutation.teamCreate", "execute", "teamCreate"]
        assert expected in [received.above(one) for one in inserts]
        assert "Organization.members" in {one.name for one in ours}
        text = b"".join(received.raw).decode(errors="replace")
    assert "INSERT INTO" in text
    for canary in ("Canary", "canary", ".example", OPERATOR_KEY, "r-traced"):
        assert canary not in text
    logged = [json.loads(one) for one in (tmp_path / "log").read_text().splitlines()]
    told = {one["trace_id"] for one in logged if one.get("request_id") == "r-traced"}
    assert told == {TRACE}


async def test_a_job_is_a_trace_of_its_own(clean_database: None, database: str, redis_url: str, tmp_path: Path) -> None:
    await servers.empty_redis(redis_url)
    async with receiving() as received:
        variables = await servers.variables(
            database, REDIS_URL=redis_url, OTEL_EXPORTER_OTLP_ENDPOINT=received.url, OTEL_BSP_SCHEDULE_DELAY="100"
        )
        async with servers.run_command("worker", variables, tmp_path / "log"):
            for _ in range(600):
                if any(one.name == "sweep_closings" for one in received.spans):
                    break
                await asyncio.sleep(0.05)
        job = received.named("sweep_closings")
        statements = [one for one in received.spans if received.above(one)[1:] == ["sweep_closings"]]
        assert received.services == {"seatmark-worker"}
    assert job.parent_span_id == b""
    assert {one.trace_id for one in statements} == {job.trace_id}
    assert statements[0].name.startswith("SQL ")


def test_a_collector_that_does_not_answer_is_not_waited_for_at_the_end() -> None:
    """Left alone, it would be asked for 30 seconds. When `stop` returns it is being asked still."""
    source = """
import threading
from app.telemetry import traces
traces.start("x")
with traces.span("x"):
    pass
traces.stop()
print(traces.is_on(), [one.name for one in threading.enumerate() if one.name == traces.LAST])
"""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        endpoint = f"http://127.0.0.1:{silent.getsockname()[1]}"
        environment = servers.environment(OTEL_EXPORTER_OTLP_ENDPOINT=endpoint, OTEL_EXPORTER_OTLP_TIMEOUT="3600")
        command = [sys.executable, "-c", source]
        ended = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    assert ended.stdout == "False ['traces-last']\n"


@pytest.mark.parametrize("module", ["app.asgi", "workers.main"])
def test_without_an_endpoint_nothing_of_it_is_imported(module: str) -> None:
    source = f"""
import sys
import {module}
from app.telemetry import traces
traces.start("x")
with traces.span("x", a=1), traces.request_span("y", {{}}):
    print(traces.is_on(), traces.trace_ids(), sorted(one for one in sys.modules if one.startswith("opentelemetry")))
"""
    ended = subprocess.run(
        [sys.executable, "-c", source], capture_output=True, text=True, check=True, env=servers.environment()
    )
    assert ended.stdout == "False {} []\n"
