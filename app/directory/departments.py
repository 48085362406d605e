"""Reading departments, always of one organization."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app import db
from app.domain.paging import PageRequest
from app.domain.unset import Unset


@dataclass(frozen=True, slots=True)
class DepartmentRow:
    """A node of the tree; at the top without a parent. One that was deleted is still found by its id."""

    id: UUID
    organization_id: UUID
    parent_id: UUID | None
    name: str
    created_at: datetime
    deleted_at: datetime | None


_COLUMNS = "id, organization_id, parent_id, name, created_at, deleted_at"
_BELOW = """
    WITH RECURSIVE below AS (
        SELECT id AS root, id, 1 AS level FROM departments WHERE id = ANY($1)
        UNION ALL
        SELECT below.root, child.id, below.level + 1
        FROM below JOIN departments AS child ON child.parent_id = below.id AND child.deleted_at IS NULL
        WHERE below.level < 1000
    )
"""


async def find_departments(department_ids: Sequence[UUID]) -> list[DepartmentRow]:
    """By id, in no order, deleted ones too. The ids come from rows of an organization that the actor reaches."""
    rows = await db.fetch(f"SELECT {_COLUMNS} FROM departments WHERE id = ANY($1)", list(department_ids))
    return [DepartmentRow(**row) for row in rows]


async def list_departments(
    organization_id: UUID, parent_id: UUID | Unset | None, page: PageRequest
) -> list[DepartmentRow]:
    """By name: all of them, those right below one, or those at the top (None)."""
    rows = await db.fetch_page(
        f"SELECT {_COLUMNS} FROM departments {_LISTED}",
        "true",
        ("name", "id"),
        page,
        *_listed_values(organization_id, parent_id),
    )
    return [DepartmentRow(**row) for row in rows]


async def count_departments(organization_id: UUID, parent_id: UUID | Unset | None) -> int:
    return await db.count(f"SELECT 1 FROM departments {_LISTED}", *_listed_values(organization_id, parent_id))


async def list_children(parent_ids: Sequence[UUID], limit: int) -> dict[UUID, list[DepartmentRow]]:
    """The first so many right below each, by name: one statement."""
    rows = await db.fetch(
        f"""
        SELECT {_COLUMNS} FROM (
            SELECT *, row_number() OVER (PARTITION BY parent_id ORDER BY name, id) AS place
            FROM departments WHERE parent_id = ANY($1) AND deleted_at IS NULL
        ) AS child WHERE place <= $2 ORDER BY name, id
        """,
        list(parent_ids),
        limit,
    )
    children: dict[UUID, list[DepartmentRow]] = defaultdict(list)
    for row in rows:
        children[row["parent_id"]].append(DepartmentRow(**row))
    return children


async def count_children(parent_ids: Sequence[UUID]) -> dict[UUID, int]:
    """How many departments stand right below each that has any."""
    rows = await db.fetch(
        """
        SELECT parent_id, count(*) AS number FROM departments
        WHERE parent_id = ANY($1) AND deleted_at IS NULL GROUP BY parent_id
        """,
        list(parent_ids),
    )
    return {row["parent_id"]: row["number"] for row in rows}


async def count_people(department_ids: Sequence[UUID]) -> dict[UUID, tuple[int, int]]:
    """How many people belong to each, and how many with those of every department below it."""
    rows = await db.fetch(
        _BELOW
        + """
        SELECT below.root, count(*) FILTER (WHERE below.level = 1) AS own, count(*) AS all_below
        FROM below JOIN members AS member ON member.department_id = below.id
        GROUP BY below.root
        """,
        list(department_ids),
    )
    return {row["root"]: (row["own"], row["all_below"]) for row in rows}


async def list_people_in(department_ids: Sequence[UUID]) -> list[UUID]:
    """Everyone who belongs to one of the departments, whatever their status."""
    rows = await db.fetch("SELECT id FROM members WHERE department_id = ANY($1) ORDER BY id", list(department_ids))
    return [row["id"] for row in rows]


async def list_above(organization_id: UUID, department_id: UUID) -> list[UUID]:
    """A department of the organization and those above it, up to the top; none when it has no such department."""
    rows = await db.fetch(
        """
        WITH RECURSIVE above AS (
            SELECT id, parent_id, 1 AS level FROM departments
            WHERE id = $2 AND organization_id = $1 AND deleted_at IS NULL
            UNION ALL
            SELECT parent.id, parent.parent_id, above.level + 1
            FROM above JOIN departments AS parent ON parent.id = above.parent_id
            WHERE above.level < 1000
        )
        SELECT id FROM above ORDER BY level
        """,
        organization_id,
        department_id,
    )
    return [row["id"] for row in rows]


async def list_below(department_id: UUID) -> dict[UUID, int]:
    """A department and those below it, by id, with the level that each stands on; its own is 1."""
    rows = await db.fetch(_BELOW + "SELECT id, level FROM below", [department_id])
    return {row["id"]: row["level"] for row in rows}


async def is_name_taken(department: DepartmentRow) -> bool:
    """Whether another one beside it has its name, whatever the case."""
    rows = await db.fetch(
        """
        SELECT 1 FROM departments
        WHERE organization_id = $1 AND parent_id IS NOT DISTINCT FROM $2::uuid AND lower(name) = lower($3)
          AND id <> $4 AND deleted_at IS NULL
        """,
        department.organization_id,
        department.parent_id,
        department.name,
        department.id,
    )
    return bool(rows)


_LISTED = """
    WHERE organization_id = $1 AND deleted_at IS NULL AND ($2 OR parent_id IS NOT DISTINCT FROM $3::uuid)
"""


def _listed_values(organization_id: UUID, parent_id: UUID | Unset | None) -> tuple[UUID, bool, UUID | None]:
    if isinstance(parent_id, Unset):
        return organization_id, True, None
    return organization_id, False, parent_id
