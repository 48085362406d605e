"""Receipts outside the database, of what a restored backup must be told: which numbers were given out, who was purged
and who was erased after it (R1.8, R1.10, R5.5)."""

import os
from pathlib import Path

from app.settings import SettingsError, load_settings

NUMBERS = "numbers"
PURGES = "receipts"

FOLDERS = (NUMBERS, PURGES)


def folder_of(kind: str) -> Path:
    return load_settings().data_dir / kind


def make_folders() -> None:
    """Every folder, before the first receipt of any kind: one that is missing later says that we look elsewhere."""
    for kind in FOLDERS:
        if not folder_of(kind).is_dir():
            folder_of(kind).mkdir(mode=0o700, parents=True, exist_ok=True)
            sync(folder_of(kind).parent)


def require_folders(*kinds: str) -> None:
    """Raises: SettingsError where there is no such folder: then we look elsewhere than those who wrote receipts."""
    for kind in kinds:
        if not folder_of(kind).is_dir():
            where = folder_of(kind).resolve()
            raise SettingsError(
                f"SEATMARK_DATA_DIR: there are no receipts in {where}: it is not where they were written"
            )


def sync(folder: Path) -> None:
    """Names of files in a folder survive a power failure once this returns."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
