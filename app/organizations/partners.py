"""What partners' keys manage, and the limits of their test clocks (R9.1, R9.2)."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from app import db
from app.domain.actor import Actor, ActorKind, Permission
from app.domain.errors import DomainError, ErrorCode
from app.domain.roles import partner_standing

CLOCK_LENGTH = timedelta(days=30)
"""Of real time."""
MOST_ACTIVE_MEMBERS = 50
"""In an organization on a partner's clock."""


def partner_key_id(actor: Actor) -> UUID | None:
    """The key of a partner; None for everyone else."""
    return UUID(actor.reference) if actor.kind is ActorKind.PARTNER else None


def owns_clock(actor: Actor, owner: UUID | None) -> bool:
    """Whether a test clock of that partner (None: of ours) is the actor's to see and to advance: operators' all are."""
    return partner_key_id(actor) in (None, owner)


async def give_to_founder(actor: Actor, organization_id: UUID) -> None:
    """Let a partner manage the organization that it makes in this transaction; everyone else has it or is no tenant.

    Raises: DomainError FORBIDDEN when the key was revoked meanwhile.
    """
    key_id = partner_key_id(actor)
    if key_id is None:
        return
    (row,) = await db.fetch("SELECT join_partner_key($1, $2) AS is_joined", key_id, organization_id)
    if row["is_joined"] is None:
        raise DomainError(ErrorCode.FORBIDDEN, "This key was revoked.")


async def with_founded(actor: Actor, organization_id: UUID) -> Actor:
    """The actor as they are once they have founded the organization."""
    key_id = partner_key_id(actor)
    if key_id is None:
        return actor
    (row,) = await db.fetch("SELECT permissions_of_partner($1, $2) AS names", key_id, organization_id)
    standing = partner_standing(frozenset(Permission(name) for name in row["names"] or ()))
    return replace(actor, standings={**actor.standings, organization_id: standing})


async def require_room_on_clock(organization_id: UUID, test_clock_id: UUID | None) -> None:
    """After people became active. Raises: DomainError TEST_CLOCK_LIMIT_REACHED."""
    if test_clock_id is None:
        return
    crowded = await db.fetch(
        """
        SELECT count(*) FROM members WHERE organization_id = $1 AND status = 'ACTIVE'
        HAVING count(*) > $3
           AND EXISTS (SELECT FROM test_clocks AS clock WHERE clock.id = $2 AND clock.partner_key_id IS NOT NULL)
        """,
        organization_id,
        test_clock_id,
        MOST_ACTIVE_MEMBERS,
    )
    if crowded:
        message = f"An organization on a partner's test clock has at most {MOST_ACTIVE_MEMBERS} active members."
        raise DomainError(ErrorCode.TEST_CLOCK_LIMIT_REACHED, message)


def refuse_when_over(is_over: bool) -> None:
    """For a clock that is about to be used. Raises: DomainError TEST_CLOCK_EXPIRED."""
    if is_over:
        message = f"A partner's test clock lives for {CLOCK_LENGTH.days} days, and this one is over: make another."
        raise DomainError(ErrorCode.TEST_CLOCK_EXPIRED, message)
