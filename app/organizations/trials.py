"""One trial in 12 months for whoever owned an organization that began one (R1.2).

Who had one is known by a salted hash of their e-mail address, so that it is known after a purge too. Organizations on
a test clock, and those in real life, know nothing of each other.
"""

from datetime import datetime
from uuid import UUID

from app import db
from app.domain.actor import Actor
from app.domain.errors import DomainError, ErrorCode

_MEMORY = "interval '12 months'"
_FORGOTTEN = f"""
    owner.began_at + {_MEMORY} <= coalesce(
        (SELECT clock.now FROM test_clocks AS clock WHERE clock.id = owner.test_clock_id), clock_timestamp()
    )
"""


async def refuse_second_trial(actor: Actor, organization_id: UUID, test_clock_id: UUID | None, at: datetime) -> None:
    """Whoever begins a trial as a member is asked for themselves; who is none, a partner, for every active owner. An
    operator may begin another for the same people.

    A partner is not told of which owner, nor when: what is elsewhere is not theirs to know (R2.7).

    Raises: DomainError TRIAL_ALREADY_USED.
    """
    if actor.everywhere is not None:
        return
    member_id = actor.member_in(organization_id)
    (row,) = await db.fetch(
        f"""
        SELECT max(trial_of_member(id, $3, $4, {_MEMORY})) AS began_at FROM members
        WHERE organization_id = $1 AND ($2 = id OR ($2 IS NULL AND role = 'OWNER' AND status = 'ACTIVE'))
        """,
        organization_id,
        member_id,
        test_clock_id,
        at,
    )
    if row["began_at"] is not None:
        raise DomainError(ErrorCode.TRIAL_ALREADY_USED, _message(row["began_at"], is_own=member_id is not None))


def _message(began_at: datetime, *, is_own: bool) -> str:
    if is_own:
        return f"You had a trial that began on {began_at:%Y-%m-%d}; another is to be had 12 months later."
    return "An owner of this organization had a trial in the last 12 months; an operator can begin another."


async def remember_owners(organization_id: UUID) -> None:
    """Who owns the organization now has had its trial. Those who become owners later are remembered by a trigger."""
    await db.fetch("SELECT remember_trial_owners($1)", organization_id)


async def forget_trials() -> int:
    """Forget those that began 12 months ago or more, each by its own clock. Returns how many."""
    return len(await db.fetch(f"DELETE FROM trial_owners AS owner WHERE {_FORGOTTEN} RETURNING owner.id"))


async def list_old_trials(limit: int) -> list[UUID]:
    """Those that are to be forgotten."""
    rows = await db.fetch(f"SELECT owner.id FROM trial_owners AS owner WHERE {_FORGOTTEN} LIMIT $1", limit)
    return [row["id"] for row in rows]
