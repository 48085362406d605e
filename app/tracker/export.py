"""A filtered list of issues as CSV, page by page: however long it is, one page is in memory (R2.2)."""

import csv
import io
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from uuid import UUID

from app.directory.queries import find_members
from app.domain.instants import instant_text
from app.domain.issue_filter import IssueFilter, IssueOrder
from app.domain.paging import PageRequest
from app.domain.spreadsheet import safe_cell
from app.organizations.queries import OrganizationFacts
from app.tracker.lists import list_issues, ordering_of
from app.tracker.queries import IssueRow

PAGE = 500
"""Issues read at once."""
BYTE_ORDER_MARK = "\ufeff"
"""Without it Excel reads UTF-8 as the code page of its country, and Russian comes out as noise."""

COLUMNS = (
    "key", "queue", "summary", "description", "type", "priority", "status", "resolution", "author", "assignee",
    "tags", "due_on", "created_at", "updated_at", "comments",
)  # fmt: skip


async def export_issues(
    organization: OrganizationFacts, wanted: IssueFilter, order: IssueOrder
) -> AsyncIterator[bytes]:
    """UTF-8 with a byte order mark, lines ended by CRLF (RFC 4180), a line of column names first.

    Cells that a spreadsheet would take for formulas begin with an apostrophe.
    """
    yield (BYTE_ORDER_MARK + _lines([COLUMNS])).encode()
    page = PageRequest(PAGE)
    while True:
        found = await list_issues(organization, wanted, order, page)
        issues = found[:PAGE]
        if issues:
            names = await _names(issues)
            yield _lines([_cells(issue, names) for issue in issues]).encode()
        if len(found) <= PAGE:
            return
        page = replace(page, after=ordering_of(order).key(issues[-1]))


async def _names(issues: Sequence[IssueRow]) -> dict[UUID | None, str]:
    ids = {one for issue in issues for one in (issue.author_id, issue.fields.assignee_id) if one is not None}
    names: dict[UUID | None, str] = {member.id: member.name for member in await find_members(list(ids))}
    return names


def _cells(issue: IssueRow, names: dict[UUID | None, str]) -> list[str]:
    fields = issue.fields
    return [
        issue.key,
        issue.queue_key,
        fields.summary,
        fields.description,
        fields.type.value,
        fields.priority.value,
        issue.status.value,
        issue.resolution.value if issue.resolution is not None else "",
        names.get(issue.author_id, ""),
        names.get(fields.assignee_id, ""),
        ", ".join(fields.tags),
        fields.due_on.isoformat() if fields.due_on is not None else "",
        instant_text(issue.created_at),
        instant_text(issue.updated_at),
        str(issue.comment_count),
    ]


def _lines(rows: Sequence[Sequence[str]]) -> str:
    out = io.StringIO()
    csv.writer(out).writerows([[safe_cell(cell) for cell in row] for row in rows])
    return out.getvalue()
