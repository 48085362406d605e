"""Receipts of numbers, outside the database: a restored backup is told by them which were given out after it (R5.5).

One file for each issuer, kind and year, of a line a document. A line is on the disk before its document is committed:
one that was taken back is followed by another of its number, or was the last.
"""

import asyncio
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import orjson

from app import db
from app.receipts import NUMBERS, folder_of, make_folders, sync


@dataclass(frozen=True, slots=True)
class Series:
    """The numbers of an issuer in a year; `kind` as `DocumentKind` has it."""

    issuer_id: UUID
    kind: str
    year: int


async def write_receipts(given: Mapping[Series, Sequence[tuple[int, UUID]]]) -> None:
    """Numbers, and the organizations that their documents are for. Whoever calls has locked the series."""
    if given:
        await asyncio.to_thread(_append, given)


def read_receipts() -> dict[Series, dict[int, UUID]]:
    """The organizations by number, of every series; of a number that was taken back and given again, the last."""
    return {_series(path): dict(_lines(path)) for path in sorted(folder_of(NUMBERS).glob("*.jsonl"))}


def _append(given: Mapping[Series, Sequence[tuple[int, UUID]]]) -> None:
    make_folders()
    folder = folder_of(NUMBERS)
    for series, numbers in given.items():
        lines = [db.to_json({"number": number, "organizationId": one}) + "\n" for number, one in numbers]
        path = folder / f"{series.issuer_id}.{series.kind}.{series.year}.jsonl"
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            os.write(descriptor, "".join(lines).encode())
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    sync(folder)


def _series(path: Path) -> Series:
    issuer_id, kind, year, _ = path.name.split(".")
    return Series(UUID(issuer_id), kind, int(year))


def _lines(path: Path) -> Iterator[tuple[int, UUID]]:
    """A line that a crash cut short is of a document that was never committed."""
    for line in path.read_bytes().split(b"\n")[:-1]:
        told = orjson.loads(line)
        yield told["number"], UUID(told["organizationId"])
