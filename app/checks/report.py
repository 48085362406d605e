"""What was found, for people and for programs."""

from collections.abc import Sequence

from app import db
from app.checks.check import Finding


def as_lines(findings: Sequence[Finding]) -> list[str]:
    """A line for each check, and one for each row that breaks it."""
    lines = []
    for finding in findings:
        verdict = "holds" if finding.holds else "BROKEN"
        lines.append(f"{finding.check.number:>2}  {verdict:<6}  {finding.check.name}")
        lines += [f"            {db.to_json(row)}" for row in finding.rows]
        lines += ["            … and more"] if finding.has_more else []
    broken = sum(not finding.holds for finding in findings)
    return [*lines, f"{broken} of {len(findings)} broken" if broken else f"all {len(findings)} hold"]


def to_json(findings: Sequence[Finding]) -> str:
    """A list of {invariant, name, holds, rows, hasMore}."""
    return db.to_json(
        [
            {
                "invariant": finding.check.number,
                "name": finding.check.name,
                "holds": finding.holds,
                "rows": finding.rows,
                "hasMore": finding.has_more,
            }
            for finding in findings
        ]
    )
