"""The network of the tests does to data what it is told, and nothing else."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from tests.faults.proxy import Proxy, Way, run_proxy, through, upstream_of

NOW = 0.3
"""Seconds after which what has not come is taken to be held back."""


class Talk:
    """A client's connection to a server that says everything twice."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    def say(self, text: str) -> None:
        self.writer.write(text.encode() + b"\n")

    async def hear(self) -> str:
        return (await self.reader.readuntil()).decode().strip()

    async def hears_nothing(self) -> bool:
        try:
            async with asyncio.timeout(NOW):
                await self.reader.read(1)
        except TimeoutError:
            return True
        return False


Dial = Callable[[], Awaitable[Talk]]


@pytest.fixture
async def heard() -> list[str]:
    """What came to the server."""
    return []


@pytest.fixture
async def proxy(heard: list[str]) -> AsyncIterator[Proxy]:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while line := await reader.readline():
                heard.append(line.decode().strip())
                writer.write(line.strip() * 2 + b"\n")
                await writer.drain()
        except OSError:
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server, run_proxy(server.sockets[0].getsockname()[:2]) as running:
        yield running


@pytest.fixture
async def talk(proxy: Proxy) -> AsyncIterator[Dial]:
    """Connects through the proxy."""
    opened: list[Talk] = []

    async def connect() -> Talk:
        opened.append(Talk(*await asyncio.open_connection("127.0.0.1", proxy.port)))
        return opened[-1]

    yield connect
    for one in opened:
        one.writer.transport.abort()


async def test_it_passes_what_is_said_and_answered(proxy: Proxy, talk: Dial, heard: list[str]) -> None:
    client = await talk()
    client.say("a")
    assert await client.hear() == "aa"
    assert (heard, len(proxy.links)) == (["a"], 1)
    client.writer.close()
    while proxy.links:
        await asyncio.sleep(0.01)


async def test_a_delay_and_a_rate_hold_each_piece_up_for_so_long(proxy: Proxy, talk: Dial) -> None:
    client = await talk()
    began = asyncio.get_running_loop().time()
    proxy.delay = 0.1
    client.say("a")
    assert await client.hear() == "aa"
    assert asyncio.get_running_loop().time() - began >= 0.2
    await proxy.heal()
    began = asyncio.get_running_loop().time()
    proxy.bytes_per_second = 100
    client.say("b" * 9)
    assert await client.hear() == "b" * 18
    assert asyncio.get_running_loop().time() - began >= 0.1 + 0.19


async def test_silence_holds_back_and_healing_brings_it_through(proxy: Proxy, talk: Dial, heard: list[str]) -> None:
    client = await talk()
    client.say("a")
    assert await client.hear() == "aa"
    proxy.silence()
    client.say("b")
    later = await talk()  # is accepted
    later.say("c")
    assert await client.hears_nothing()
    assert await later.hears_nothing()
    assert heard == ["a"]
    await proxy.heal()
    assert (await client.hear(), await later.hear()) == ("bb", "cc")


async def test_silence_on_the_way_back_is_half_a_connection(proxy: Proxy, talk: Dial, heard: list[str]) -> None:
    client = await talk()
    proxy.silence(Way.TO_CLIENT)
    client.say("a")
    assert await client.hears_nothing()
    assert heard == ["a"]
    await proxy.heal()
    assert await client.hear() == "aa"
    proxy.silence(Way.TO_SERVER)
    client.say("b")
    assert await client.hears_nothing()
    assert heard == ["a"]


async def test_a_forgotten_connection_is_silent_for_good_and_a_new_one_is_not(
    proxy: Proxy, talk: Dial, heard: list[str]
) -> None:
    client = await talk()
    client.say("a")
    assert await client.hear() == "aa"
    proxy.forget()
    client.say("b")
    await proxy.heal()
    assert await client.hears_nothing()
    later = await talk()
    later.say("c")
    assert await later.hear() == "cc"
    assert heard == ["a", "c"]


async def test_a_reset_is_told_to_both_sides_and_a_new_connection_passes(proxy: Proxy, talk: Dial) -> None:
    client = await talk()
    client.say("a")
    assert await client.hear() == "aa"
    proxy.reset()
    with pytest.raises(ConnectionResetError):
        await client.reader.read(1)
    later = await talk()
    later.say("c")
    assert await later.hear() == "cc"


async def test_a_cut_closes_and_refuses_until_it_is_healed_on_the_same_port(proxy: Proxy, talk: Dial) -> None:
    client = await talk()
    client.say("a")
    assert await client.hear() == "aa"
    port = proxy.port
    await proxy.cut()
    assert await client.reader.read(1) == b""
    with pytest.raises(ConnectionRefusedError):
        await talk()
    await proxy.heal()
    assert proxy.port == port
    later = await talk()
    later.say("c")
    assert await later.hear() == "cc"


def test_addresses_lead_through_it() -> None:
    proxy = Proxy("/tmp/x", port=1234)  # noqa: S108 - never opened
    folder = "postgresql://anna:secret@/seats?host=/tmp/pg"
    assert upstream_of(folder) == "/tmp/pg/.s.PGSQL.5432"  # noqa: S108 - likewise
    assert through(proxy, folder) == "postgresql://anna:secret@127.0.0.1:1234/seats"
    assert upstream_of("unix:///tmp/valkey.sock?db=3") == "/tmp/valkey.sock"  # noqa: S108 - likewise
    assert through(proxy, "unix:///tmp/valkey.sock?db=3") == "redis://127.0.0.1:1234/3"
    assert upstream_of("postgresql://db.example/seats") == ("db.example", 5432)
    assert through(proxy, "postgresql://db.example/seats") == "postgresql://127.0.0.1:1234/seats"
    assert upstream_of("redis://cache.example/1") == ("cache.example", 6379)
    assert through(proxy, "redis://:pw@cache.example/1") == "redis://:pw@127.0.0.1:1234/1"
