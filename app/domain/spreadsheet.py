"""Cells for spreadsheets: what would be taken for a formula is not."""

_FORMULA = frozenset("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")
"""What a formula or a command can begin with, in full width too."""


def safe_cell(value: str) -> str:
    """The value as text that a spreadsheet shows and does not run: behind an apostrophe if it might."""
    first = value.lstrip(" \u00a0")[:1]
    return f"'{value}" if first in _FORMULA and first else value
