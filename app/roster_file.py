"""Reading a roster from a CSV file, as spreadsheets and HR systems write it."""

import codecs
import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from app.domain.actor import Role
from app.processes import StartError

COLUMNS = ("email", "name", "login", "role", "department", "teams", "externalId")
REQUIRED = ("email", "name")
TEAM_SEPARATOR = "|"

_DELIMITERS = ";,\t"
_BYTE_ORDER_MARKS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}


@dataclass(frozen=True, slots=True)
class RefusedLine:
    """A line of the file (from 1), the column if it is about one, and what is wrong."""

    number: int
    column: str | None
    reason: str


@dataclass(slots=True)
class RosterFile:
    """The people of a file as `directoryApply` takes them, the line that each began on, and the lines refused."""

    members: list[dict[str, Any]] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    refused: list[RefusedLine] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Table:
    """The rows of a file below its header, each with the line that it began on; `columns` by place, None unknown."""

    columns: Sequence[str | None]
    rows: Sequence[tuple[int, list[str]]]


def read_table(path: Path, encoding: str | None, *, ignore_other_columns: bool) -> Table:
    """Decode and split a file, without looking at what its fields say.

    Raises: StartError when it cannot be read, decoded or split, or its header lacks or has what it should not.
    """
    text = _decode(_content(path), encoding, path)
    rows = _rows(text, path)
    if not rows:
        raise StartError(f"{path} is empty")
    (_, header), *below = rows
    return Table(_columns(header, path, ignore_other_columns=ignore_other_columns), below)


def read_people(table: Table, rows: Iterable[tuple[int, list[str]]]) -> RosterFile:
    """The people of the rows. A line without any text is passed over; one that is refused is among the people too, so
    that what else is wrong with it or with others can be found out."""
    found = RosterFile()
    for number, fields in rows:
        if not any(one.strip() for one in fields):
            continue
        if len(fields) < len(table.columns) or any(one.strip() for one in fields[len(table.columns) :]):
            reason = f"has {len(fields)} fields, and the header has {len(table.columns)}"
            found.refused.append(RefusedLine(number, None, reason))
        values = {name: one.strip() for name, one in zip(table.columns, fields, strict=False) if name is not None}
        if values.get("role", "").upper() not in {"", *(role.value for role in Role)}:
            roles = ", ".join(role.value for role in Role)
            found.refused.append(RefusedLine(number, "role", f"{values['role']!r} is not a role: use {roles}."))
            del values["role"]
        found.members.append(_member(values))
        found.numbers.append(number)
    return found


def _member(values: dict[str, str]) -> dict[str, Any]:
    """A blank login, external id or role leaves what there is; a blank department or no teams is none."""
    member: dict[str, Any] = {"email": values.get("email", ""), "name": values.get("name", "")}
    for column in ("login", "externalId"):
        if values.get(column):
            member[column] = values[column]
    if values.get("role"):
        member["role"] = values["role"].upper()
    if "department" in values:
        member["department"] = values["department"]
    if "teams" in values:
        member["teams"] = [one.strip() for one in values["teams"].split(TEAM_SEPARATOR) if one.strip()]
    return member


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise StartError(f"cannot read {path}: {error.strerror}") from None


def _decode(content: bytes, encoding: str | None, path: Path) -> str:
    marked = next((name for mark, name in _BYTE_ORDER_MARKS.items() if content.startswith(mark)), None)
    try:
        return content.decode(marked or encoding or "utf-8")
    except LookupError:
        raise StartError(f"{encoding!r} is not an encoding") from None
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        hint = "" if encoding else "; save it as “CSV UTF-8”, or say how it is written, as in --encoding cp1251"
        raise StartError(f"{path}:{line}: this is not {marked or encoding or 'UTF-8'}{hint}") from None


def _rows(text: str, path: Path) -> list[tuple[int, list[str]]]:
    """Every row with the line that it begins on. Excel may say in a first line what separates: `sep=;`."""
    lines = io.StringIO(text, newline="")
    first = text.partition("\n")[0].rstrip("\r")
    skipped = 0
    if first.lower().startswith("sep=") and len(first) == len("sep=") + 1:
        delimiter, skipped = first[-1], 1
        lines.readline()
    else:
        delimiter = max(_DELIMITERS, key=first.count)
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    rows = []
    begins = skipped + 1
    try:
        for row in reader:
            rows.append((begins, row))
            begins = skipped + reader.line_num + 1
    except csv.Error as error:
        raise StartError(f"{path}:{begins}: this is not CSV: {error}") from None
    return rows


def _columns(header: Sequence[str], path: Path, *, ignore_other_columns: bool) -> list[str | None]:
    spelling = {one.lower(): one for one in COLUMNS}
    names = [spelling.get(one.strip().lower()) for one in header]
    missing = [one for one in REQUIRED if one not in names]
    if missing:
        raise StartError(
            f"{path}: the header needs the columns {' and '.join(missing)}; known are {', '.join(COLUMNS)}"
        )
    unknown = [one.strip() for one, name in zip(header, names, strict=True) if one.strip() and name is None]
    if unknown and not ignore_other_columns:
        known = f"known are {', '.join(COLUMNS)}; --ignore-other-columns passes over others"
        raise StartError(f"{path}: unknown columns: {', '.join(unknown)}; {known}")
    twice = [one for one in COLUMNS if names.count(one) > 1]
    if twice:
        raise StartError(f"{path}: the column {twice[0]} is there twice")
    return names
