"""What was released stays: graphql-inspector compares the schema with that of the last release."""

import re
from pathlib import Path
from typing import Any

from conformance.programs import ROOT, report

SCHEMA = ROOT / "schema.graphql"


def _released() -> Path:
    """The schema of the last release."""
    return max((ROOT / "releases").glob("schema-*.graphql"), key=_version)


def _version(path: Path) -> list[int]:
    return [int(part) for part in path.stem.removeprefix("schema-").split(".")]


def _announced() -> set[str]:
    """What the changelog says will break, as `Type.field` in backquotes under "Breaking" of what is unreleased."""
    unreleased = (ROOT / "CHANGELOG.md").read_text().split("\n## ")[1]
    sections = [part for part in unreleased.split("\n### ") if part.startswith("Breaking\n")]
    return {name for section in sections for name in re.findall(r"`([^`]+)`", section)}


async def _breaks(before: Path, after: Path) -> list[dict[str, Any]]:
    """Every change that a client may not survive, or may have to be told of."""
    changes = await report("inspector.js", before=str(before), after=str(after))
    return [change for change in changes if change["level"] in ("BREAKING", "DANGEROUS")]


async def test_nothing_breaks_since_the_last_release_but_what_the_changelog_announces() -> None:
    announced = _announced()
    assert [change for change in await _breaks(_released(), SCHEMA) if change["path"] not in announced] == []


async def test_a_field_that_is_gone_is_found(tmp_path: Path) -> None:
    less = tmp_path / "schema.graphql"
    less.write_text(SCHEMA.read_text().replace("  viewer: Viewer!", "  nobody: Int"))
    assert [(change["level"], change["path"]) for change in await _breaks(SCHEMA, less)] == [
        ("BREAKING", "Query.viewer")
    ]
