"""One process of the API takes over from another at the same socket: nobody is turned away, what is under way ends."""

import asyncio
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import httpx

from app.graphql.ids import row_id
from app.processes import stop
from tests import servers
from tests.client import Client, start
from tests.conftest import OPERATOR_KEY
from tests.servers import Api

TEAM = 'mutation($id: ID!) { teamCreate(input: {organizationId: $id, name: "Late"}) { __typename } }'
HEADERS = {"Authorization": f"Bearer {OPERATOR_KEY}", "Connection": "close"}


@asynccontextmanager
async def serving(
    listening: socket.socket, variables: dict[str, str], log: Path
) -> AsyncIterator[subprocess.Popen[bytes]]:
    """An API on a socket that is ours, given as systemd gives it."""
    number = listening.fileno()
    script = f'exec 3<&{number}; export LISTEN_FDS=1 LISTEN_PID=$$; exec "{sys.executable}" -m app.cli api'
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: ASYNC220 - it starts at once
            ["/bin/bash", "-c", script], stdout=output, stderr=output, pass_fds=[number],
            env=servers.environment(**variables),
        )  # fmt: skip
    try:
        yield process
    finally:
        await stop(process, patience=30.0)


async def test_a_process_that_ends_answers_what_is_under_way_and_the_next_one_the_rest(
    api: Api, database: str, redis_url: str, tmp_path: Path
) -> None:
    variables = await servers.variables(database, REDIS_URL=redis_url, SEATMARK_RATE_CAPACITY="0")
    listening = socket.create_server(("127.0.0.1", 0), backlog=128)
    url = f"http://127.0.0.1:{listening.getsockname()[1]}"
    logs = tmp_path / "old", tmp_path / "new"
    async with (
        httpx.AsyncClient(base_url=url, headers=HEADERS, trust_env=False, timeout=60.0) as http,
        serving(listening, variables, logs[0]) as old,
    ):
        await servers.answering(url, old, logs[0])
        company = await start(Client(http), "2021-01-04T09:00:00Z")
        holder = await asyncpg.connect(database)
        held = holder.transaction()
        await held.start()
        await holder.execute("SELECT FROM organizations WHERE id = $1 FOR UPDATE", row_id("Organization", company.id))
        under_way = asyncio.create_task(http.post("/graphql", json={"query": TEAM, "variables": {"id": company.id}}))
        await waits(holder)
        old.send_signal(signal.SIGTERM)
        async with serving(listening, variables, logs[1]) as new:
            asked = [asyncio.create_task(http.get("/healthz")) for _ in range(20)]
            await asyncio.sleep(0.5)
            assert old.poll() is None, "it ended before it had answered"
            await held.rollback()
            await holder.close()
            answer = await under_way
            assert (answer.status_code, answer.json()["data"]) == (
                200,
                {"teamCreate": {"__typename": "TeamCreatePayload"}},
            )
            assert [one.text for one in await asyncio.gather(*asked)] == ["ok"] * 20
            assert await asyncio.to_thread(old.wait, 30) == -signal.SIGTERM
            assert (await http.get("/readyz")).status_code == 200
            assert new.poll() is None
    listening.close()


async def test_whoever_was_taken_in_just_before_the_end_and_asks_just_after_it_is_answered(
    api: Api, database: str, redis_url: str, tmp_path: Path
) -> None:
    variables = await servers.variables(database, REDIS_URL=redis_url)
    listening = socket.create_server(("127.0.0.1", 0), backlog=128)
    host, port = listening.getsockname()
    async with serving(listening, variables, tmp_path / "log") as process:
        await servers.answering(f"http://{host}:{port}", process, tmp_path / "log")
        reader, writer = await asyncio.open_connection(host, port)
        silent, never = await asyncio.open_connection(host, port)
        await asyncio.sleep(0.5)
        process.send_signal(signal.SIGTERM)
        await asyncio.sleep(0.3)
        writer.write(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
        answer = await asyncio.wait_for(reader.read(), 20)
        assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
        assert b"connection: close" in answer
        assert await asyncio.wait_for(silent.read(), 20) == b""
        assert await asyncio.to_thread(process.wait, 30) == -signal.SIGTERM
        for one in (writer, never):
            one.close()
    listening.close()


async def waits(holder: asyncpg.Connection) -> None:
    """Until somebody waits for what the holder has."""
    for _ in range(400):
        if await holder.fetchval("SELECT EXISTS (SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock')"):
            return
        await asyncio.sleep(0.02)
    raise AssertionError("nobody waits")
