"""One trial in 12 months for whoever owned an organization that began one (R1.2).

Who had one is known by a salted hash of their e-mail address, so that it is known after a purge too. Organizations on
a test clock, and those in real life, know nothing of each other.
"""

from datetime import datetime
from uuid import UUID

from app import db
from app.domain.errors import DomainError, ErrorCode

_MEMORY = "interval '12 months'"


async def refuse_second_trial(member_id: UUID | None, test_clock_id: UUID | None, at: datetime) -> None:
    """Only a member is asked: an operator may start another trial for the same people.

    Raises: DomainError TRIAL_ALREADY_USED.
    """
    if member_id is None:
        return
    (row,) = await db.fetch(f"SELECT trial_of_member($1, $2, $3, {_MEMORY}) AS began_at", member_id, test_clock_id, at)
    if row["began_at"] is not None:
        message = f"You had a trial that began on {row['began_at']:%Y-%m-%d}; another is to be had 12 months later."
        raise DomainError(ErrorCode.TRIAL_ALREADY_USED, message)


async def remember_owners(organization_id: UUID) -> None:
    """Who owns the organization now has had its trial. Those who become owners later are remembered by a trigger."""
    await db.fetch("SELECT remember_trial_owners($1)", organization_id)


async def forget_trials() -> int:
    """Forget those that began 12 months ago or more, each by its own clock. Returns how many."""
    rows = await db.fetch(
        f"""
        DELETE FROM trial_owners AS owner
        WHERE owner.began_at + {_MEMORY} <= coalesce(
            (SELECT clock.now FROM test_clocks AS clock WHERE clock.id = owner.test_clock_id), clock_timestamp()
        )
        RETURNING owner.id
        """
    )
    return len(rows)
