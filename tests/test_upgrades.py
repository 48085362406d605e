"""Migrations after the first release are made for code that is one release older, too (docs/operations.md, "Upgrade"):
they add, and hold no lock for longer than a moment. What takes more takes two releases, or has a row in ALLOWED."""

import re
from pathlib import Path

import pytest

from app import db

FIRST_HELD = "0026"
FOLDER = Path(db.__file__).with_name("migrations")
FORBIDDEN = {
    r"\bDROP (TABLE|COLUMN)\b": "old code asks for it still: stop using it in one release, drop it in the next",
    r"\b(RemoveField|DeleteModel|RenameField|RenameModel|AlterField)\b": "old code asks for it as it was",
    r"\bRENAME\b": "old code asks for it by its old name: add, copy, and drop later",
    r"\bALTER COLUMN \w+ (SET DATA )?TYPE\b": "it writes the whole table anew, locked",
    r"\bALTER COLUMN \w+ SET NOT NULL\b": "it reads the whole table, locked: a CHECK NOT VALID, then VALIDATE",
    r"\bCLUSTER\b|\bVACUUM FULL\b|\bLOCK TABLE\b": "it locks a table for long",
}
ALLOWED: dict[tuple[str, str], str] = {}
"""By migration and what is found in it, why it is well there all the same."""


def broken(name: str, source: str) -> list[str]:
    """The rules that a migration breaks."""
    found = [reason for rule, reason in FORBIDDEN.items() if re.search(rule, source, re.IGNORECASE)]
    return [one for one in (*found, *_unvalidated(source), *_indexes(source)) if (name, one) not in ALLOWED]


def _unvalidated(source: str) -> list[str]:
    """Constraints on tables that were there before are added NOT VALID first, which reads nothing under the lock."""
    made = _made(source)
    added = re.findall(r"ALTER TABLE (\w+)\s+ADD CONSTRAINT[^\"]*", source)
    whole = re.findall(r"(ALTER TABLE \w+\s+ADD CONSTRAINT[^\"]*)", source)
    return [
        f"a constraint on {table}, checked under a lock"
        for table, text in zip(added, whole, strict=True)
        if table not in made and "NOT VALID" not in text
    ]


def _indexes(source: str) -> list[str]:
    """So are indexes on them: CONCURRENTLY, or while nothing is in the table yet."""
    made = _made(source)
    found = re.findall(r"CREATE (?:UNIQUE )?INDEX (?!CONCURRENTLY)\w+\s+ON (\w+)", source)
    return [f"an index on {table}, made under a lock" for table in found if table not in made]


def _made(source: str) -> set[str]:
    return {*re.findall(r'"table": "(\w+)"', source), *re.findall(r"CREATE TABLE (?:IF NOT EXISTS )?(\w+)", source)}


def test_every_migration_since_lets_old_code_go_on() -> None:
    held = [path for path in sorted(FOLDER.glob("[0-9]*.py")) if path.name >= FIRST_HELD]
    assert {path.stem: rules for path in held if (rules := broken(path.stem, path.read_text()))} == {}


@pytest.mark.parametrize(
    "source",
    [
        '"ALTER TABLE members DROP COLUMN name"',
        'ops.RemoveField(model_name="Member", name="name")',
        '"ALTER TABLE members ALTER COLUMN name TYPE text"',
        '"ALTER TABLE members ALTER COLUMN name SET NOT NULL"',
        '"ALTER TABLE members RENAME TO people"',
        '"CREATE INDEX members_by_name ON members (name)"',
        '"CREATE UNIQUE INDEX members_by_name ON members (name)"',
        "\"ALTER TABLE members ADD CONSTRAINT named CHECK (name <> '')\"",
    ],
)
def test_what_stops_old_code_or_locks_for_long_is_found(source: str) -> None:
    assert len(broken("9999_x", source)) == 1


@pytest.mark.parametrize(
    "source",
    [
        '"ALTER TABLE members ADD COLUMN nickname text"',
        "\"ALTER TABLE members ADD CONSTRAINT named CHECK (name <> '') NOT VALID\"",
        '"CREATE INDEX CONCURRENTLY members_by_name ON members (name)"',
        '"table": "webhooks" … "CREATE INDEX webhooks_due ON webhooks (due_at)"',
        '"table": "webhooks" … "ALTER TABLE webhooks ADD CONSTRAINT x CHECK (tries > 0)"',
    ],
)
def test_what_only_adds_is_let_be(source: str) -> None:
    assert broken("9999_x", source) == []


def test_a_migration_waits_for_no_lock_for_longer_than_15_seconds() -> None:
    credentials = db.orm_config("postgresql://localhost/seatmark")["connections"]["default"]["credentials"]
    assert credentials["server_settings"]["lock_timeout"] == "15s"
