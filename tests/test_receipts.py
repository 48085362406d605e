"""Receipts outside the database survive what happens to files: a power failure in the middle of a line, a full disk."""

import errno
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

import pytest

from app.billing.receipts import Series, read_receipts, write_receipts
from app.receipts import append_lines, list_unreadable, make_folders, read_lines

FILE = "one.jsonl"


@pytest.fixture(autouse=True)
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file of receipts that nobody has written yet."""
    monkeypatch.setenv("SEATMARK_DATA_DIR", str(tmp_path))
    make_folders()
    return tmp_path / "numbers" / FILE


def append(*numbers: int) -> None:
    append_lines("numbers", {FILE: [{"number": number} for number in numbers]})


def read(path: Path) -> list[int]:
    return [line["number"] for line in read_lines(path)]


@contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    """As on a disk that becomes full: what fits is written, and then nothing."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_lines_are_read_in_the_order_in_which_they_were_written(path: Path) -> None:
    append(1, 2)
    append(3)
    assert path.read_text() == '{"number":1}\n{"number":2}\n{"number":3}\n'
    assert read(path) == [1, 2, 3]
    assert list_unreadable() == []


def test_a_line_that_was_cut_short_is_named_and_costs_no_other(path: Path) -> None:
    append(1)
    with path.open("ab") as file:
        file.write(b'{"num')
    assert (read(path), list_unreadable()) == ([1], [f"{path}:2"])
    append(2)
    append(3)
    assert (read(path), list_unreadable()) == ([1, 2, 3], [f"{path}:2"])


def test_what_a_full_disk_does_not_take_is_an_error_and_can_be_written_again(path: Path) -> None:
    with files_of_at_most(30), pytest.raises(OSError) as refused:  # noqa: PT011 - its number says which
        append(1, 2, 3)
    assert refused.value.errno == errno.EFBIG
    assert path.stat().st_size == 30
    append(2, 3)
    assert (read(path), list_unreadable()) == ([1, 2, 2, 3], [f"{path}:3"])


@pytest.mark.parametrize("damaged", [b"\0\0\0\n", b"17\n", b'{"number":2}{"number":3}\n', b"\xff\n"])
def test_what_is_no_object_is_not_read(path: Path, damaged: bytes) -> None:
    append(1)
    with path.open("ab") as file:
        file.write(damaged)
    append(4)
    assert (read(path), list_unreadable()) == ([1, 4], [f"{path}:2"])


async def test_numbers_are_known_after_a_line_that_was_cut_short(tmp_path: Path) -> None:
    series, organization_id = Series(UUID(int=1), "INVOICE", 2026), UUID(int=2)
    await write_receipts({series: [(1, organization_id)]})
    with tmp_path.joinpath("numbers", f"{series.issuer_id}.INVOICE.2026.jsonl").open("ab") as file:
        file.write(b'{"number":2,"organiz')
    await write_receipts({series: [(2, organization_id)]})
    assert read_receipts() == {series: {1: organization_id, 2: organization_id}}
