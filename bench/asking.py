"""A question asked over HTTP of ours and of the limit, which answer it with the same data, in turns."""

import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import orjson

from app.graphql.ids import parse_global_id
from bench.figures import Figure, alternate
from bench.load import Door, press
from bench.server import Server, run_bare, run_ours

_COMPARED = 20
"""Bodies of which the answers are compared."""


@dataclass(frozen=True, slots=True)
class Question:
    """`bodies` for ours and `bare_bodies` for the limit ask the same in the same order; `told` takes what the limit
    answers out of our `data`. What takes long is asked `one_by_one`, so often in a round."""

    name: str
    limit: str
    at_least: float
    token: str
    path: str
    bodies: Sequence[str]
    bare_bodies: Sequence[str]
    told: Callable[[Any], Any]
    one_by_one: int | None = None


@dataclass(frozen=True, slots=True)
class Pair:
    ours: Server
    bare: Server

    async def measure(self, question: Question) -> Figure:
        ours, bare = self.doors(question)
        await _compare(question, ours, bare)

        async def ask(door: Door, bodies: Sequence[str]) -> float:
            if question.one_by_one is not None:
                return await one_by_one(door, bodies[0], question.one_by_one)
            return (await press(door, [bodies])).seconds_each

        taken = await alternate(lambda: ask(ours, question.bodies), lambda: ask(bare, question.bare_bodies))
        return Figure(question.name, question.limit, question.at_least, *taken)

    def doors(self, question: Question) -> tuple[Door, Door]:
        return Door(self.ours.url, question.token), Door(f"{self.bare.url}{question.path}", question.token)


@asynccontextmanager
async def run_pair() -> AsyncIterator[Pair]:
    async with run_ours() as ours, run_bare() as bare:
        yield Pair(ours, bare)


def body(query: str, **variables: Any) -> str:
    return orjson.dumps({"query": query, "variables": variables}).decode()


def bare_body(**asked: Any) -> str:
    return orjson.dumps(asked, default=str).decode()


async def post(door: Door, content: str) -> Any:
    async with _client(door) as client:
        answer = await client.post(door.url, content=content)
    assert answer.is_success, answer.text
    return answer.json()


async def one_by_one(door: Door, content: str, times: int) -> float:
    """Seconds for each of so many requests, the next one sent when the last was answered."""
    async with _client(door) as client:
        (await client.post(door.url, content=content)).raise_for_status()
        began = time.perf_counter()
        for _ in range(times):
            (await client.post(door.url, content=content)).raise_for_status()
        return (time.perf_counter() - began) / times


def _client(door: Door) -> httpx.AsyncClient:
    headers = {"Authorization": f"Bearer {door.token}", "Content-Type": "application/json", "Accept": door.accepts}
    return httpx.AsyncClient(trust_env=False, verify=False, timeout=60, headers=headers)  # noqa: S501 - plain HTTP


def plain(value: Any) -> Any:
    """The same with the ids of rows for global ones."""
    if isinstance(value, list):
        return [plain(one) for one in value]
    if isinstance(value, dict):
        return {name: str(parse_global_id(one)[1]) if name == "id" else plain(one) for name, one in value.items()}
    return value


async def _compare(question: Question, ours: Door, bare: Door) -> None:
    for one, other in list(zip(question.bodies, question.bare_bodies, strict=True))[:_COMPARED]:
        told, expected = await post(ours, one), await post(bare, other)
        assert "errors" not in told, told["errors"]
        check_alike(question.told(told["data"]), expected)


def check_alike(told: Any, expected: Any) -> None:
    """However instants are written."""
    one, other = (orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode() for value in (told, expected))
    assert one == other.replace('+00:00"', 'Z"'), f"{one[:1000]}\n{other[:1000]}"
