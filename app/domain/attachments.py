"""Files beside an issue: which may be stored, under which name, and for how long an upload may take (R7.1)."""

import unicodedata
from datetime import timedelta

from app.domain.errors import DomainError, ErrorCode, invalid
from app.domain.text import check_text

LONGEST_FILE_NAME = 200
MOST_ATTACHMENTS = 100
"""Files of one issue, those not uploaded yet included."""
UPLOAD_LENGTH = timedelta(minutes=15)
"""How long an upload address works, in real time (R9.2)."""

CONTENT_TYPES = frozenset(
    {
        "application/gzip",
        "application/json",
        "application/msword",
        "application/octet-stream",
        "application/pdf",
        "application/rtf",
        "application/vnd.ms-excel",
        "application/vnd.ms-powerpoint",
        "application/vnd.oasis.opendocument.spreadsheet",
        "application/vnd.oasis.opendocument.text",
        "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "application/zip",
        "audio/mpeg",
        "image/gif",
        "image/jpeg",
        "image/png",
        "image/webp",
        "text/csv",
        "text/markdown",
        "text/plain",
        "video/mp4",
        "video/webm",
    }
)
"""What may be stored. Nothing that a browser would run: no HTML, SVG, XML or script."""

# They turn the reading direction, so that "gpj.exe" is read as "exe.jpg".
_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f")


def check_file_name(name: str, *path: str) -> str:
    """A name without a folder, for people: files are stored under ids. Raises: DomainError INVALID_INPUT."""
    checked = unicodedata.normalize("NFC", check_text(name, "The file name", LONGEST_FILE_NAME, *path))
    if any(character in '/\\:"\t\r\n' or character in _TURNING for character in checked) or checked in (".", ".."):
        raise invalid("A file name has no folder, quotation mark, line break or turn of direction.", *path)
    return checked


def check_content_type(content_type: str, *path: str) -> str:
    """One of CONTENT_TYPES, without parameters. Raises: DomainError INVALID_INPUT."""
    found = content_type.strip().lower()
    if found not in CONTENT_TYPES:
        raise invalid(f"Files of type {content_type[:100]!r} are not taken.", *path)
    return found


def check_size(size: int, most: int, *path: str) -> int:
    """Bytes, from 1 to `most`. Raises: DomainError INVALID_INPUT."""
    if not 1 <= size <= most:
        raise invalid(f"A file has between 1 and {most} bytes.", *path)
    return size


def upload_over() -> DomainError:
    """The one answer to an upload address that does not work (any more): unknown, used, or too late."""
    return DomainError(ErrorCode.NOT_FOUND, "This upload address is unknown, was used already, or has expired.")
