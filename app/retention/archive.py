"""Everything an organization has, as a ZIP of JSON Lines: read as of one instant, written as it is read (R1.9)."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any
from uuid import UUID
from zipfile import ZIP_DEFLATED, ZipFile

import asyncpg

from app import db
from app.domain.instants import instant_text
from app.retention.folders import attachments_folder, list_files
from app.retention.purge import ACCOUNTING_TABLES, PURGED_TABLES

FORMAT_VERSION = 1
EXPORTED_TABLES = ("organizations", *reversed(PURGED_TABLES), *reversed(ACCOUNTING_TABLES), "partner_key_organizations")
"""Everything that belongs to an organization; what refers to other rows comes after them."""
SECRET_COLUMNS = ("token_hash", "token_hashes", "secret_hash", "sealed")
"""What opens something stays here, also as a hash."""
PARTNERS_TABLES = ("webhook_attempts", "webhook_deliveries", "webhook_positions")
"""Of these, what a partner is told of the organization is the partner's, and stays here too."""

_BATCH = 1000
_CHUNK = 1 << 20

Progress = Callable[[int, int], Awaitable[None]]
"""Told how many rows are written, and of how many."""


@dataclass(frozen=True, slots=True)
class Archive:
    """A finished file: bytes and SHA-256 in hex of the whole, and rows by table."""

    size: int
    sha256: str
    rows: dict[str, int]


async def write_archive(
    snapshot: asyncpg.Connection, organization_id: UUID, target: Path, progress: Progress
) -> Archive:
    """Write the file. Memory does not grow with the organization: rows come by a cursor, a thousand at a time.

    `snapshot` is from `db.read_snapshot`.
    """
    counts = await _count(snapshot, organization_id)
    told = _Told(progress, sum(counts.values()))
    with ZipFile(target, "w", ZIP_DEFLATED, compresslevel=1) as archive:
        parts = [await _write_table(snapshot, archive, table, organization_id, told) for table in EXPORTED_TABLES]
        parts += await asyncio.to_thread(_write_files, archive, attachments_folder(organization_id))
        manifest = await _manifest(snapshot, organization_id, parts)
        archive.writestr("manifest.json", db.to_json(manifest))
    size, digest = await asyncio.to_thread(_digest, target)
    return Archive(size, digest, counts)


class _Told:
    """How far the rows are."""

    def __init__(self, progress: Progress, total: int) -> None:
        self.progress, self.total, self.done = progress, total, 0

    async def add(self, rows: int) -> None:
        self.done += rows
        await self.progress(self.done, self.total)


class _Part:
    """One file in the archive, with its hash and size as it grows."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file, self.hash, self.size = file, hashlib.sha256(), 0

    def write(self, content: bytes) -> None:
        self.file.write(content)
        self.hash.update(content)
        self.size += len(content)


async def _count(snapshot: asyncpg.Connection, organization_id: UUID) -> dict[str, int]:
    counts = " UNION ALL ".join(
        f"SELECT '{table}' AS name, count(*) AS rows FROM {table} AS line WHERE {_own(table)}"
        for table in EXPORTED_TABLES
    )
    return {row["name"]: row["rows"] for row in await snapshot.fetch(counts, organization_id)}


async def _write_table(
    snapshot: asyncpg.Connection, archive: ZipFile, table: str, organization_id: UUID, told: _Told
) -> dict[str, Any]:
    name, rows = f"tables/{table}.jsonl", 0
    sql = f"SELECT (to_jsonb(line) - $2::text[])::text FROM {table} AS line WHERE {_own(table)}"
    cursor = await snapshot.cursor(sql, organization_id, list(SECRET_COLUMNS))
    with archive.open(name, "w", force_zip64=True) as file:
        part = _Part(file)
        while batch := await cursor.fetch(_BATCH):
            content = "".join(f"{row[0]}\n" for row in batch).encode()
            await asyncio.to_thread(part.write, content)
            rows += len(batch)
            await told.add(len(batch))
    return {"file": name, "table": table, "rows": rows, "bytes": part.size, "sha256": part.hash.hexdigest()}


def _write_files(archive: ZipFile, folder: Path) -> list[dict[str, Any]]:
    return [_write_file(archive, path, f"files/{path.relative_to(folder).as_posix()}") for path in list_files(folder)]


def _write_file(archive: ZipFile, path: Path, name: str) -> dict[str, Any]:
    """An attachment. One that was deleted while we were at it is said to be gone."""
    try:
        with path.open("rb") as source, archive.open(name, "w", force_zip64=True) as file:
            part = _Part(file)
            for chunk in _chunks(source):
                part.write(chunk)
    except FileNotFoundError:
        return {"file": name, "gone": True}
    return {"file": name, "bytes": part.size, "sha256": part.hash.hexdigest()}


async def _manifest(snapshot: asyncpg.Connection, organization_id: UUID, parts: list[dict[str, Any]]) -> dict[str, Any]:
    now = await snapshot.fetchval("SELECT now FROM organization_facts WHERE id = $1", organization_id)
    return {
        "format": "seatmark-organization",
        "formatVersion": FORMAT_VERSION,
        "schemaVersion": db.SCHEMA_VERSION,
        "organizationId": organization_id,
        "exportedAt": instant_text(now),
        "leftOut": SECRET_COLUMNS,
        "parts": parts,
    }


def _own(table: str) -> str:
    """SQL: the rows, as `line`, of the organization $1."""
    own = "line.id = $1" if table == "organizations" else "line.organization_id = $1"
    return f"{own} AND line.partner_key_id IS NULL" if table in PARTNERS_TABLES else own


def _chunks(source: IO[bytes]) -> Iterator[bytes]:
    while chunk := source.read(_CHUNK):
        yield chunk


def _digest(path: Path) -> tuple[int, str]:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        for chunk in _chunks(file):
            digest.update(chunk)
    return path.stat().st_size, digest.hexdigest()
