"""The Python client of partners: it stands alone, and what it asks is in the schema."""

import asyncio
import json
import re
import subprocess
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from graphql import build_schema, parse, validate

import seatmark_client as sm
from seatmark_client import Client, Refusal
from seatmark_client.base_client import SeatmarkError
from tests.servers import Api

ROOT = Path(__file__).parent.parent.parent
OPERATIONS = ROOT / "clients" / "python" / "operations"
OLGA = sm.OwnerInput(email="olga@acme.example", name="Olga Owner")
IMPORTED = """
import json
import sys
import seatmark_client
rooms = {name.partition(".")[0] for name in sys.modules}
print(json.dumps(sorted(rooms & {"app", "workers", "strawberry", "graphql", "tortoise"})))
"""


def test_importing_it_imports_nothing_of_the_product() -> None:
    said = subprocess.run([sys.executable, "-c", IMPORTED], capture_output=True, text=True, check=True)
    assert json.loads(said.stdout) == []


def test_its_operations_are_valid() -> None:
    documents = [path.read_text() for path in sorted(OPERATIONS.glob("*.graphql"))]
    schema = build_schema((ROOT / "schema.graphql").read_text())
    assert documents
    assert validate(schema, parse("\n".join(documents))) == []


@pytest.fixture
async def partner(api: Api) -> AsyncIterator[Client]:
    async with Client(api.url, api.operator_key) as client:
        yield client


async def test_scalars_are_what_python_has_for_them(partner: Client) -> None:
    noon = datetime(2021, 1, 4, 12, tzinfo=UTC)
    created = await partner.test_clock_create(sm.TestClockCreateInput(now=noon))
    assert not isinstance(created, Refusal)
    assert created.test_clock.now == noon
    quote = await partner.price_quote(seats=270)
    assert str(quote.total.amount) == "62800.00"


async def test_a_refusal_is_an_answer_with_its_problems(partner: Client) -> None:
    refused = await partner.organization_create(sm.OrganizationCreateInput(name="", slug="unnamed", owner=OLGA))
    assert isinstance(refused, Refusal)
    assert [(problem.code.value, problem.path) for problem in refused.problems] == [
        ("INVALID_INPUT", ["input", "name"])
    ]
    assert await partner.organization(slug="unnamed") is None


async def test_a_mutation_of_one_key_is_done_once(partner: Client) -> None:
    clock = sm.TestClockCreateInput(now=datetime(2021, 1, 4, tzinfo=UTC))
    first = await partner.test_clock_create(clock, idempotency_key="once")
    assert await partner.test_clock_create(clock, idempotency_key="once") == first
    again = await partner.test_clock_create(
        sm.TestClockCreateInput(now=datetime(2022, 1, 4, tzinfo=UTC)), idempotency_key="once"
    )
    assert isinstance(again, Refusal)
    assert again.code.value == "IDEMPOTENCY_KEY_REUSED"


async def test_what_cannot_be_answered_has_a_code(api: Api) -> None:
    async with Client(api.url, "sm_operator_that_nobody_ever_made_0000000") as stranger:
        with pytest.raises(SeatmarkError) as failure:
            await stranger.viewer()
    assert (failure.value.status, failure.value.code) == (401, "UNAUTHENTICATED")


async def test_what_is_not_answered_is_asked_again_under_the_same_key() -> None:
    clock = {"__typename": "TestClockAdvancePayload", "testClock": {"id": "1", "now": "2021-01-04T00:00:00Z"}}
    later = b"HTTP/1.1 503 Later\r\nRetry-After: 0\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    answered = json.dumps({"data": {"testClockAdvance": clock}}).encode()
    head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(answered)}\r\nConnection: close\r\n\r\n".encode()
    answers, keys = [b"", later, head + answered], []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        keys.append(re.findall(r"(?i)^idempotency-key: (\S+)", head, re.MULTILINE))
        writer.write(answers.pop(0))
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        async with Client(f"http://127.0.0.1:{port}", "key") as client:
            to = sm.TestClockAdvanceInput(test_clock_id="1", to=datetime(2021, 1, 4, tzinfo=UTC))
            advanced = await client.test_clock_advance(to)
    assert not isinstance(advanced, Refusal)
    assert (len(keys), len(keys[0])) == (3, 1)
    assert keys[0] == keys[1] == keys[2]
