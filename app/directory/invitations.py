"""Reading the invitations that still wait for an answer."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app import db


@dataclass(frozen=True, slots=True)
class InvitationRow:
    """An invitation that was neither accepted nor revoked; it may have expired."""

    id: UUID
    member_id: UUID
    created_at: datetime
    expires_at: datetime


async def find_open_invitations(member_ids: Sequence[UUID]) -> dict[UUID, InvitationRow]:
    """By member: one statement."""
    rows = await db.fetch(
        """
        SELECT id, member_id, created_at, expires_at FROM invitations
        WHERE member_id = ANY($1) AND accepted_at IS NULL AND revoked_at IS NULL
        """,
        list(member_ids),
    )
    return {row["member_id"]: InvitationRow(**row) for row in rows}
