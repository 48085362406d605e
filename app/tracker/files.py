"""The bytes of attachments: files of the data directory, a folder for each organization, named by id.

Nothing that a caller sends is part of a path. What is being received is a file elsewhere until it is whole, on the
disk and wanted. What a process that died leaves behind is found by `list_leftovers`.
"""

import asyncio
import hashlib
import os
import time
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import BinaryIO
from uuid import UUID, uuid4

from app.domain.errors import invalid
from app.settings import load_settings

_INCOMING = "incoming"
_BUFFER = 256 * 1024
"""Bytes that are gathered before they are written, each time in another thread."""
_LEFTOVER_AGE = 3600.0
"""Seconds after which a file that nothing refers to is nobody's: an upload has long ended by then."""


class ReceivedFile:
    """Bytes that have come in whole. `keep` makes them the attachment's; otherwise they are gone with the block."""

    def __init__(self, part: Path, target: Path, sha256: str) -> None:
        self.part = part
        self.target = target
        self.sha256 = sha256

    async def keep(self) -> None:
        """Give the file its name, for good: what is in the folder survives a loss of power from then on."""
        await asyncio.to_thread(_rename, self.part, self.target)


def path_of(organization_id: UUID, attachment_id: UUID) -> Path:
    """Where an attachment's bytes are, once they are uploaded."""
    return _folder(organization_id) / str(attachment_id)


@asynccontextmanager
async def receive(
    organization_id: UUID, attachment_id: UUID, chunks: AsyncIterator[bytes], size: int
) -> AsyncIterator[ReceivedFile]:
    """Write what comes in to a file, never holding more than a buffer of it, and see that it is `size` bytes.

    Raises: DomainError INVALID_INPUT as soon as there are more, or at the end when there are fewer.
    """
    target = path_of(organization_id, attachment_id)
    part = _root() / _INCOMING / f"{organization_id}.{attachment_id}.{uuid4().hex}"
    file = await asyncio.to_thread(_open, part)
    try:
        try:
            sha256 = await _write(file, chunks, size)
        finally:
            file.close()
        yield ReceivedFile(part, target, sha256)
    finally:
        part.unlink(missing_ok=True)


async def delete_file(organization_id: UUID, attachment_id: UUID) -> None:
    """Delete an attachment's bytes; that they are gone already is no error."""
    await asyncio.to_thread(path_of(organization_id, attachment_id).unlink, missing_ok=True)


async def delete_files(organization_id: UUID) -> int:
    """Delete every file of an organization, for a purge; returns how many there were.

    Safe to do again, and after a crash in the middle. Once the decision is recorded no file is kept any more, so
    nothing comes after this but what is being received, which goes with its upload.
    """
    return await asyncio.to_thread(_delete_all_of, organization_id)


async def list_leftovers() -> list[tuple[UUID, Path]]:
    """Files older than an hour, each with the attachment it was for: leftovers, unless that is uploaded and this
    is where its bytes are."""
    return await asyncio.to_thread(_list_old)


async def delete_leftovers(paths: Collection[Path]) -> None:
    """Delete files; that some are gone already is no error."""
    await asyncio.to_thread(_delete_paths, paths)


def _root() -> Path:
    return load_settings().data_dir.resolve() / "files"


def _folder(organization_id: UUID) -> Path:
    return _root() / str(organization_id)


def _open(part: Path) -> BinaryIO:
    part.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    return os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600), "wb", buffering=0)


async def _write(file: BinaryIO, chunks: AsyncIterator[bytes], size: int) -> str:
    digest, buffer, written = hashlib.sha256(), bytearray(), 0
    async for chunk in chunks:
        written += len(chunk)
        if written > size:
            raise invalid(f"The file is longer than the {size} bytes that were announced.")
        digest.update(chunk)
        buffer += chunk
        if len(buffer) >= _BUFFER:
            await asyncio.to_thread(_write_all, file, bytes(buffer))
            buffer.clear()
    if written != size:
        raise invalid(f"The file has {written} bytes, and {size} were announced.")
    await asyncio.to_thread(_write_all, file, bytes(buffer))
    await asyncio.to_thread(os.fsync, file.fileno())
    return digest.hexdigest()


def _write_all(file: BinaryIO, content: bytes) -> None:
    view = memoryview(content)
    while view:
        view = view[file.write(view) :]


def _rename(part: Path, target: Path) -> None:
    target.parent.mkdir(mode=0o700, exist_ok=True)
    part.replace(target)
    for folder in (target.parent, target.parent.parent):
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _delete_all_of(organization_id: UUID) -> int:
    paths = [*_folder(organization_id).glob("*"), *(_root() / _INCOMING).glob(f"{organization_id}.*")]
    _delete_paths(paths)
    with suppress(FileNotFoundError):
        _folder(organization_id).rmdir()
    return len(paths)


def _list_old() -> list[tuple[UUID, Path]]:
    before = time.time() - _LEFTOVER_AGE
    found = []
    for path in _root().glob("*/*"):
        with suppress(ValueError, IndexError, FileNotFoundError):  # not ours, or deleted meanwhile
            name = path.name.split(".")[1] if path.parent.name == _INCOMING else path.name
            if path.stat().st_mtime < before:
                found.append((UUID(name), path))
    return found


def _delete_paths(paths: Collection[Path]) -> None:
    for path in paths:
        path.unlink(missing_ok=True)
