"""Repeating erasures after a backup from before them was restored: receipts outside the database tell which (R1.10)."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from app import db
from app.domain.actor import Actor
from app.domain.errors import DomainError, ErrorCode
from app.domain.policies import Policies
from app.memberships.erasures import read_erasures
from app.memberships.members import erase_member


@dataclass(frozen=True, slots=True)
class NotErased:
    """Someone who is there again and cannot be erased as things are: the code says why."""

    member_id: UUID
    organization_id: UUID
    code: ErrorCode


async def repeat_erasures(actor: Actor, policies: Policies) -> tuple[int, Sequence[NotErased]]:
    """Erase again whom a receipt says was erased and who is there, each in a transaction of their own; who belongs to
    an organization that is to be purged goes with it. Returns how many, and those who cannot be."""
    rows = await db.fetch(
        """
        SELECT member.id, member.organization_id FROM members AS member
        JOIN organizations AS organization ON organization.id = member.organization_id
        WHERE member.id = ANY($1) AND member.erased_at IS NULL AND organization.purge_decided_at IS NULL
        ORDER BY member.organization_id, member.id
        """,
        read_erasures(),
    )
    left: list[NotErased] = []
    for row in rows:
        try:
            await erase_member(actor, row["id"], policies)
        except DomainError as refusal:
            left.append(NotErased(row["id"], row["organization_id"], refusal.code))
    return len(rows) - len(left), left
