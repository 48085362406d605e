"""Departments and teams alike, and people beside them."""

from collections.abc import Collection
from uuid import UUID

from app import db
from app.domain.text import is_storable


async def find_groups(organization_id: UUID, department_ids: Collection[UUID], team_ids: Collection[UUID]) -> set[UUID]:
    """Those of the departments and teams that the organization has now: one statement."""
    rows = await db.fetch(
        """
        SELECT id FROM departments WHERE organization_id = $1 AND id = ANY($2) AND deleted_at IS NULL
        UNION ALL
        SELECT id FROM teams WHERE organization_id = $1 AND id = ANY($3) AND deleted_at IS NULL
        """,
        organization_id,
        list(department_ids),
        list(team_ids),
    )
    return {row["id"] for row in rows}


async def search_subjects(organization_id: UUID, text: str, limit: int, *, by_address: bool) -> list[tuple[str, UUID]]:
    """Teams, departments and people who take part or are invited, whose name or login contains the text, or
    `by_address` their e-mail address.

    As ("team" | "department" | "member", id); at most `limit` of each kind, those that begin with it first. One
    statement.
    """
    if not is_storable(text):
        return []
    rows = await db.fetch(
        """
        WITH found AS (
            SELECT 'team' AS kind, 1 AS place, id, name, strpos(lower(name), $2) AS at
            FROM teams WHERE organization_id = $1 AND deleted_at IS NULL
            UNION ALL
            SELECT 'department', 2, id, name, strpos(lower(name), $2)
            FROM departments WHERE organization_id = $1 AND deleted_at IS NULL
            UNION ALL
            SELECT 'member', 3, id, name,
                   least(nullif(strpos(lower(name), $2), 0), nullif(strpos(lower(login), $2), 0),
                         nullif(strpos(lower(CASE WHEN $4 THEN email END), $2), 0))
            FROM members WHERE organization_id = $1 AND status <> 'DEACTIVATED'
        ), ranked AS (
            SELECT *, row_number() OVER (PARTITION BY kind ORDER BY at, lower(name), id) AS rank FROM found WHERE at > 0
        )
        SELECT kind, id FROM ranked WHERE rank <= $3 ORDER BY place, rank
        """,
        organization_id,
        text.strip().lower(),
        limit,
        by_address,
    )
    return [(row["kind"], row["id"]) for row in rows]
