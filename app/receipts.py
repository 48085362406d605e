"""Receipts outside the database, of what a restored backup must be told: which numbers were given out, who was purged
and who was erased after it (R1.8, R1.10, R5.5)."""

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson

from app import db
from app.settings import SettingsError, load_settings

NUMBERS = "numbers"
PURGES = "receipts"
ERASURES = "erasures"

FOLDERS = (NUMBERS, PURGES, ERASURES)


def folder_of(kind: str) -> Path:
    return load_settings().data_dir / kind


def make_folders() -> dict[str, Path]:
    """Every folder, by kind, before the first receipt of any: one that is missing later says that we look elsewhere."""
    data_dir = load_settings().data_dir
    folders = {kind: data_dir / kind for kind in FOLDERS}
    for folder in folders.values():
        if not folder.is_dir():
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            sync(folder.parent)
    return folders


def require_folders(*kinds: str) -> None:
    """Raises: SettingsError where there is no such folder: then we look elsewhere than those who wrote receipts."""
    for kind in kinds:
        if not folder_of(kind).is_dir():
            where = folder_of(kind).resolve()
            raise SettingsError(
                f"SEATMARK_DATA_DIR: there are no receipts in {where}: it is not where they were written"
            )


def append_lines(kind: str, files: Mapping[str, Sequence[Mapping[str, Any]]]) -> None:
    """Add lines to files of the folder, so that they survive a power failure once this returns. One process at a time
    writes to a file: whoever calls holds a lock for it.

    Raises: OSError where not all is on the disk; a part of it may be.
    """
    folder = make_folders()[kind]
    for name, lines in files.items():
        _append(folder / name, "".join(db.to_json(line) + "\n" for line in lines).encode())
    sync(folder)


def read_lines(path: Path) -> Iterator[dict[str, Any]]:
    """The lines of a file in order. One that nobody can read is left out: `list_unreadable` names it."""
    return (line for _, line in _lines(path) if line is not None)


def list_unreadable() -> list[str]:
    """Lines that were not written to their end, or were damaged since, as "FILE:LINE"."""
    paths = [path for kind in FOLDERS for path in sorted(folder_of(kind).glob("*.jsonl"))]
    return [f"{path.resolve()}:{number}" for path in paths for number, line in _lines(path) if line is None]


def sync(folder: Path) -> None:
    """Names of files in a folder survive a power failure once this returns."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _append(path: Path, content: bytes) -> None:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        size = os.fstat(descriptor).st_size
        if size and os.pread(descriptor, 1, size - 1) != b"\n":  # the last one was cut short
            content = b"\n" + content
        while content:  # a disk that becomes full takes a part of it, and says so the next time
            content = content[os.write(descriptor, content) :]
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _lines(path: Path) -> Iterator[tuple[int, dict[str, Any] | None]]:
    """Lines by their number from 1; None for one that cannot be read."""
    for number, line in enumerate(path.read_bytes().split(b"\n"), 1):
        if line:
            try:
                told = orjson.loads(line)
            except orjson.JSONDecodeError:
                told = None
            yield number, told if isinstance(told, dict) else None
