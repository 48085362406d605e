"""Reading members, always of one organization."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app import db
from app.domain.access import MemberStatus
from app.domain.paging import PageRequest
from app.domain.roles import Role
from app.domain.text import is_storable


@dataclass(frozen=True, slots=True)
class MemberRow:
    """A membership (R2.7)."""

    id: UUID
    organization_id: UUID
    email: str
    login: str | None
    name: str
    role: Role
    status: MemberStatus
    is_robot: bool
    created_at: datetime


MEMBER_COLUMNS = "id, organization_id, email, login, name, role, status, is_robot, created_at"


def member_from(row: db.Row) -> MemberRow:
    return MemberRow(**{**row, "role": Role(row["role"]), "status": MemberStatus(row["status"])})


async def find_members(member_ids: Sequence[UUID]) -> list[MemberRow]:
    """By id, in no order. The ids come from rows of an organization that the actor reaches already."""
    rows = await db.fetch(f"SELECT {MEMBER_COLUMNS} FROM members WHERE id = ANY($1)", list(member_ids))
    return [member_from(row) for row in rows]


async def list_members(organization_id: UUID, page: PageRequest) -> list[MemberRow]:
    """By name."""
    rows = await db.fetch_page(
        f"SELECT {MEMBER_COLUMNS} FROM members WHERE organization_id = $1",
        "true",
        ("name", "id"),
        page,
        organization_id,
    )
    return [member_from(row) for row in rows]


async def count_members(organization_id: UUID) -> int:
    return await db.count("SELECT 1 FROM members WHERE organization_id = $1", organization_id)


async def find_member_ids(
    organization_id: UUID, ids: Sequence[UUID], logins: Sequence[str], emails: Sequence[str]
) -> dict[str, UUID]:
    """Members of the organization by "id:…", "login:…" or "email:…" (lower case): one statement for all."""
    rows = await db.fetch(
        """
        SELECT id, lower(login) AS login, lower(email) AS email FROM members
        WHERE organization_id = $1
          AND (id = ANY($2) OR lower(login) = ANY($3) OR lower(email) = ANY($4))
        """,
        organization_id,
        list(ids),
        [login.lower() for login in logins if is_storable(login)],
        [email.lower() for email in emails if is_storable(email)],
    )
    found: dict[str, UUID] = {}
    for row in rows:
        found[f"id:{row['id']}"] = row["id"]
        found[f"email:{row['email']}"] = row["id"]
        if row["login"] is not None:
            found[f"login:{row['login']}"] = row["id"]
    return found
