"""Departments and teams alike."""

from collections.abc import Collection
from uuid import UUID

from app import db


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
