"""Which changes of seats are about one person: read from the ledger, which says the same of a change for ever."""

from collections.abc import Sequence
from uuid import UUID

from app import db


async def find_own_changes(member_id: UUID, change_ids: Sequence[UUID]) -> frozenset[UUID] | None:
    """Those of the changes by which a seat of the member's, or what it comes through, began or ended, or their waiting
    for one, or by which the organization subscribed after its trial, which keeps everyone's data (R1.6); None for a
    robot. One statement."""
    row = await db.fetch_one(
        """
        SELECT ARRAY(
            SELECT granted_by_id FROM seat_grants WHERE member_id = $1 AND granted_by_id = ANY($2)
            UNION SELECT revoked_by_id FROM seat_grants WHERE member_id = $1 AND revoked_by_id = ANY($2)
            UNION SELECT id FROM seat_changes WHERE id = ANY($2) AND $1 = ANY(wait_member_ids)
            UNION SELECT first.started_by_id
            FROM seat_subscriptions AS first JOIN organizations AS home ON home.id = first.organization_id
            WHERE first.started_by_id = ANY($2) AND first.created_at >= home.trial_ends_at AND NOT EXISTS (
                SELECT FROM seat_subscriptions AS earlier
                WHERE earlier.organization_id = home.id AND earlier.created_at < first.created_at
                  AND (earlier.ended_at IS NULL OR earlier.ended_at > home.trial_ends_at)
            )
        ) AS changes FROM members WHERE id = $1 AND NOT is_robot
        """,
        member_id,
        list(change_ids),
    )
    return frozenset(row["changes"]) if row is not None else None
