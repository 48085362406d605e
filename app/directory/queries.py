"""Reading members, always of one organization."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any
from uuid import UUID

from app import db
from app.domain.access import MemberStatus
from app.domain.actor import Role
from app.domain.costs import HolderGroups
from app.domain.paging import PageRequest
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
    department_id: UUID | None
    external_id: str | None
    created_at: datetime
    erased_at: datetime | None


@dataclass(frozen=True, slots=True)
class MemberFilter:
    """Whom to list; None asks nothing. The text is looked for in names and logins, and `by_address` also in e-mail
    addresses, for who may see these. People who were erased are listed alone, or not at all."""

    text: str | None = None
    by_address: bool = False
    status: MemberStatus | None = None
    role: Role | None = None
    department_id: UUID | None = None
    with_those_below: bool = False
    team_id: UUID | None = None
    has_seat: bool | None = None
    is_robot: bool | None = None
    is_erased: bool = False


EVERYONE = MemberFilter()
"""All but those who were erased."""


class MemberOrder(Enum):
    NAME_ASC = "NAME_ASC"
    NAME_DESC = "NAME_DESC"
    CREATED_AT_ASC = "CREATED_AT_ASC"
    CREATED_AT_DESC = "CREATED_AT_DESC"

    @property
    def is_by_name(self) -> bool:
        return self in (MemberOrder.NAME_ASC, MemberOrder.NAME_DESC)

    @property
    def is_descending(self) -> bool:
        return self in (MemberOrder.NAME_DESC, MemberOrder.CREATED_AT_DESC)


MEMBER_COLUMNS = """
    id, organization_id, email, login, name, role, status, is_robot, department_id, external_id, created_at, erased_at
"""

_LISTED = """
    FROM members AS member
    WHERE organization_id = $1 AND (erased_at IS NOT NULL) = $2
      AND ($3::text IS NULL
           OR strpos(lower(concat_ws(chr(10), name, login, CASE WHEN $11 THEN email END)), lower($3)) > 0)
      AND ($4::text IS NULL OR status = $4)
      AND ($5::text IS NULL OR role = $5)
      AND ($6::uuid IS NULL OR department_id IN (
              WITH RECURSIVE below AS (
                  SELECT $6::uuid AS id
                  UNION
                  SELECT child.id FROM below JOIN departments AS child ON child.parent_id = below.id
                  WHERE $7 AND child.organization_id = $1
              )
              SELECT id FROM below))
      AND ($8::uuid IS NULL OR EXISTS (
              SELECT FROM team_memberships AS membership
              WHERE membership.member_id = member.id AND membership.team_id = $8))
      AND ($9::boolean IS NULL OR $9 = EXISTS (
              SELECT FROM seat_grants AS seat WHERE seat.member_id = member.id AND upper_inf(seat.during)))
      AND ($10::boolean IS NULL OR is_robot = $10)
"""


def member_from(row: db.Row) -> MemberRow:
    return MemberRow(**{**row, "role": Role(row["role"]), "status": MemberStatus(row["status"])})


async def find_members(member_ids: Sequence[UUID]) -> list[MemberRow]:
    """By id, in no order. The ids come from rows of an organization that the actor reaches already."""
    rows = await db.fetch(f"SELECT {MEMBER_COLUMNS} FROM members WHERE id = ANY($1)", list(member_ids))
    return [member_from(row) for row in rows]


async def list_members(
    organization_id: UUID, wanted: MemberFilter, order: MemberOrder, page: PageRequest
) -> list[MemberRow]:
    """A page of those who are wanted."""
    if wanted.text is not None and not is_storable(wanted.text):
        return []
    rows = await db.fetch_page(
        f"SELECT {MEMBER_COLUMNS} {_LISTED}",
        "true",
        ("name", "id") if order.is_by_name else ("created_at", "id"),
        page.turned_round() if order.is_descending else page,
        *_listed_values(organization_id, wanted),
    )
    return [member_from(row) for row in rows]


async def count_members(organization_id: UUID, wanted: MemberFilter = EVERYONE) -> int:
    """How many `list_members` pages through."""
    if wanted.text is not None and not is_storable(wanted.text):
        return 0
    return await db.count(f"SELECT 1 {_LISTED}", *_listed_values(organization_id, wanted))


def _listed_values(organization_id: UUID, wanted: MemberFilter) -> tuple[Any, ...]:
    return (
        organization_id,
        wanted.is_erased,
        wanted.text.strip() if wanted.text is not None else None,
        wanted.status.value if wanted.status is not None else None,
        wanted.role.value if wanted.role is not None else None,
        wanted.department_id,
        wanted.with_those_below,
        wanted.team_id,
        wanted.has_seat,
        wanted.is_robot,
        wanted.by_address,
    )


async def find_contacts(organization_id: UUID) -> list[MemberRow]:
    """Whom a read-only member can ask (R2.2): active owners, then admins, by name; people only, at most 20."""
    rows = await db.fetch(
        f"""
        SELECT {MEMBER_COLUMNS} FROM members
        WHERE organization_id = $1 AND status = 'ACTIVE' AND role IN ('OWNER', 'ADMIN') AND NOT is_robot
        ORDER BY role = 'OWNER' DESC, name, id LIMIT 20
        """,
        organization_id,
    )
    return [member_from(row) for row in rows]


async def find_member_ids(
    organization_id: UUID, ids: Sequence[UUID], logins: Sequence[str], emails: Sequence[str]
) -> dict[str, UUID]:
    """Members of the organization by "id:…", "login:…" or "email:…" (lower case): one statement for all, or none."""
    if not (ids or logins or emails):
        return {}
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


async def find_holder_groups(member_ids: Sequence[UUID]) -> dict[UUID, HolderGroups]:
    """Where members belong now, by id, but for those who belong nowhere: one statement for all."""
    rows = await db.fetch(
        """
        WITH held AS (SELECT string_to_array($1, ',')::uuid[] AS ids)  -- the planner weighs every id of a constant
        SELECT coalesce(member.id, membership.member_id) AS id, department_id, coalesce(team_ids, '{}') AS team_ids
        FROM (
            SELECT id, department_id FROM members
            WHERE id = ANY((SELECT ids FROM held)::uuid[]) AND department_id IS NOT NULL
        ) AS member
        FULL JOIN (
            SELECT member_id, array_agg(team_id ORDER BY team_id) AS team_ids
            FROM team_memberships WHERE member_id = ANY((SELECT ids FROM held)::uuid[]) GROUP BY member_id
        ) AS membership ON membership.member_id = member.id
        """,
        ",".join(map(str, member_ids)),  # asyncpg looks at every element of an array, for longer than this takes
    )
    return {row["id"]: HolderGroups(row["id"], row["department_id"], tuple(row["team_ids"])) for row in rows}
