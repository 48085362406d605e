"""Legal holds: nothing is purged under one (R1.7)."""

from uuid import UUID

from app import db
from app.domain.actor import Actor, Permission
from app.domain.text import check_text
from app.events.service import Change
from app.organizations.service import lock_organization, record

LONGEST_REASON = 500
"""Characters."""


async def set_legal_hold(actor: Actor, organization_id: UUID, reason: str | None) -> UUID:
    """Set a hold, or with None lift it; what holds already is no change.

    What was warned of before counts no more once the hold is lifted: the last warning is written anew, a day before.
    The reason stays out of events and audit log, for it may name people.

    Raises: DomainError FORBIDDEN for all but operators, INVALID_INPUT, and what `lock_organization` raises.
    """
    actor.require_operator()
    if reason is not None:
        reason = check_text(reason, "The reason", LONGEST_REASON, "input", "reason")
    async with db.in_transaction():
        organization = await lock_organization(actor, organization_id, Permission.ORGANIZATION_MANAGE, even_closed=True)
        if reason == organization.facts.legal_hold:
            return organization_id
        await db.fetch(
            "UPDATE organizations SET legal_hold = $2, spared_until = $3 WHERE id = $1",
            organization_id,
            reason,
            organization.at if reason is None else organization.facts.lifecycle.spared_until,
        )
        await record(actor, organization, Change("legal_hold.lifted" if reason is None else "legal_hold.set", {}))
    return organization_id
