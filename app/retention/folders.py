"""What lies outside the database: an organization's files, and the receipts of purges (R1.8)."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID, uuid4

from app.receipts import PURGES, folder_of, make_folders, sync
from app.settings import load_settings


@dataclass(frozen=True, slots=True)
class Measure:
    """How many files there are, and their bytes."""

    files: int
    size: int


def attachments_folder(organization_id: UUID) -> Path:
    """Where the tracker keeps the organization's attachments."""
    return load_settings().data_dir / "files" / str(organization_id)


def exports_folder(organization_id: UUID) -> Path:
    return load_settings().data_dir / "exports" / str(organization_id)


def list_files(folder: Path) -> Iterator[Path]:
    """Every file in a folder and below, in order; a folder that is not there has none."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.is_symlink():
            yield path


def measure_files(organization_id: UUID) -> Measure:
    """Everything of an organization that a purge removes from the disk."""
    folders = (attachments_folder(organization_id), exports_folder(organization_id))
    sizes = [path.stat().st_size for folder in folders for path in list_files(folder)]
    return Measure(len(sizes), sum(sizes))


def write_receipt(organization_id: UUID, receipt: bytes) -> None:
    """Write a receipt whole or not at all, so that it survives a power failure once this returns."""
    make_folders()
    folder = folder_of(PURGES)
    draft = folder / f".{organization_id}.{uuid4().hex}"
    with draft.open("xb") as file:
        file.write(receipt)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(folder / f"{organization_id}.json")
    sync(folder)


def read_receipts() -> dict[UUID, bytes]:
    """Every receipt, by organization."""
    return {UUID(path.stem): path.read_bytes() for path in sorted(folder_of(PURGES).glob("[0-9a-f]*.json"))}
