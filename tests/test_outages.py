"""What says that the database is away, and what only looks like it: its callers are told to come again, and no
organization's work is counted as failed for it."""

import asyncio
import os
import socket
from pathlib import Path

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
