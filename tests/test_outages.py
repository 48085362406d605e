"""What says that the database is away, and what only looks like it: its callers are told to come again, and no
organization's work is counted as failed for it."""

import asyncio
import os
import socket
from pathlib import Path

import asyncpg
import pytest

from app import db
from tests import servers


async def test_a_server_that_is_not_there_is_an_outage() -> None:
    for host in ("127.0.0.1", "localhost"):  # of a name all addresses are tried, and the error has no number
        with pytest.raises(OSError) as refused:  # noqa: PT011 - any will do
            await asyncio.open_connection(host, servers.free_port())
        assert db.is_outage(refused.value)


def test_a_name_that_nobody_knows_is_an_outage() -> None:
    with pytest.raises(socket.gaierror) as unknown:
        socket.getaddrinfo("database.invalid", 5432)
    assert db.is_outage(unknown.value)


def test_a_server_that_does_not_answer_in_time_is_an_outage() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent, socket.create_connection(silent.getsockname()) as asking:
        asking.settimeout(0.01)
        with pytest.raises(TimeoutError) as late:
            asking.recv(1)
    assert db.is_outage(late.value)


def test_a_file_that_is_not_there_is_no_outage(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError) as missing:
        tmp_path.joinpath("x").read_bytes()
    assert not db.is_outage(missing.value)


def test_a_full_disk_is_no_outage() -> None:
    descriptor = os.open("/dev/full", os.O_WRONLY)
    try:
        with pytest.raises(OSError, match="No space left on device") as full:
            os.write(descriptor, b"a receipt")
    finally:
        os.close(descriptor)
    assert full.value.filename is None
    assert not db.is_outage(full.value)


async def test_a_connection_that_the_server_ends_as_it_is_asked_is_an_outage(database: str) -> None:
    ending = await asyncpg.connect(database)
    for _ in range(10):
        connections = [await asyncpg.connect(database) for _ in range(20)]
        asked = [asyncio.create_task(_ask_until_lost(one)) for one in connections]
        numbers = [one.get_server_pid() for one in connections]
        await ending.fetch("SELECT pg_terminate_backend(pid) FROM unnest($1::int[]) AS pid", numbers)
        assert [error for error in await asyncio.gather(*asked) if not db.is_outage(error)] == []
    await ending.close()


async def _ask_until_lost(connection: asyncpg.Connection) -> Exception:
    try:
        while True:
            await connection.execute("SELECT 1")
            await asyncio.sleep(0)
    except Exception as error:  # noqa: BLE001 - it is what is looked at
        return error
    finally:
        connection.terminate()
