"""Forgetting a person: what stays are ids (R1.10)."""

from uuid import UUID

from app import db
from app.domain.actor import Actor
from app.organizations.service import LockedOrganization
from app.seats.subscriptions import end_subscriptions

ERASED_NAME = "Erased person"
ERASED_KEY_NAME = "Key of an erased person"


async def forget_person(actor: Actor, organization: LockedOrganization, member_id: UUID) -> None:
    """End their own subscription, take them out of every group, revoke the keys that act as them, and replace name,
    login and address for good.

    The address becomes one that nobody can have, so that theirs can be invited again. Settle afterwards.
    """
    await end_subscriptions(actor, organization, member_ids=[member_id])
    for table in ("sessions", "member_identities", "mails", "invitations", "team_memberships"):
        await db.fetch(f"DELETE FROM {table} WHERE member_id = $1", member_id)
    await db.fetch(
        """
        UPDATE api_keys
        SET name = $2, revoked_at = coalesce(revoked_at, clock_timestamp()), revoked_by = coalesce(revoked_by, $3)
        WHERE member_id = $1
        """,
        member_id,
        ERASED_KEY_NAME,
        actor.name_in(organization.id),
    )
    await db.fetch(
        """
        UPDATE members
        SET name = $2, login = NULL, external_id = NULL, email = 'erased-' || id || '@erased.invalid',
            status = 'DEACTIVATED', department_id = NULL, erased_at = $3
        WHERE id = $1
        """,
        member_id,
        ERASED_NAME,
        organization.at,
    )
