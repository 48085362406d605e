"""Receipts of numbers, outside the database: a restored backup is told by them which were given out after it (R5.5).

One file for each issuer, kind and year, of a line a document. A line is on the disk before its document is committed:
one that was taken back is followed by another of its number, or was the last. One that was cut short is of a document
that was never committed.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from app.receipts import NUMBERS, append_lines, folder_of, read_lines


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
    return {
        _series(path): {line["number"]: UUID(line["organizationId"]) for line in read_lines(path)}
        for path in sorted(folder_of(NUMBERS).glob("*.jsonl"))
    }


def _append(given: Mapping[Series, Sequence[tuple[int, UUID]]]) -> None:
    files = {
        f"{series.issuer_id}.{series.kind}.{series.year}.jsonl": [
            {"number": number, "organizationId": one} for number, one in numbers
        ]
        for series, numbers in given.items()
    }
    append_lines(NUMBERS, files)


def _series(path: Path) -> Series:
    issuer_id, kind, year, _ = path.name.split(".")
    return Series(UUID(issuer_id), kind, int(year))
