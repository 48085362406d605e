"""Bringing the ledger in line with whom the subscriptions in force cover (R3.2, R3.3, R3.11).

Everything at one instant, leaves first; a transaction settles once, for a grant cannot begin and end at one instant.
"""

from dataclasses import dataclass
from uuid import UUID, uuid4

from app import db
from app.domain.actor import Actor
from app.domain.policies import Policies
from app.domain.seating import Claim, decide_seating
from app.events.service import Change
from app.organizations.service import LockedOrganization
from app.seats.bounds import load_amounts, load_bounds, unpriced
from app.seats.ledger import (
    Census,
    Members,
    Place,
    align,
    delete_unused_change,
    forget_seated_waits,
    grant_to,
    insert_change,
    is_unsettled,
    let_wait,
    list_candidates,
    take_census,
)
from app.seats.raising import bill_raised, foresee_month


@dataclass(frozen=True, slots=True)
class Settlement:
    """What settling did: how many gained a seat, lost theirs, wait now. `change_id` names the change in the
    ledger; None when nothing had to be looked at."""

    change_id: UUID | None
    seats: int
    seated: int
    unseated: int
    waiting: int
    changes: tuple[Change, ...]
    """To be recorded by the verb, together with its own."""


async def settle_seats(
    actor: Actor, organization: LockedOrganization, cause: str, policies: Policies, *, member_ids: Members
) -> Settlement:
    """Grant and revoke what follows from a change of people, groups or limits made in this transaction.

    `cause` is what the ledger will say happened, without names ("joined a team"). `member_ids` are those whom the
    change touched; None is everyone; those who wait are looked at in any case. Never refuses: whoever cannot be
    seated waits.
    """
    if not await is_unsettled(organization.id, member_ids):
        return Settlement(None, 0, 0, 0, 0, ())
    place = Place(organization.id, organization.at, uuid4())
    await insert_change(place, actor.name_in(organization.id), cause, is_explicit=False)
    before = await count_waiting(organization.id)
    foreseen = await foresee_month(organization, policies)
    await align(place, member_ids)
    waiting = await seat_candidates(organization, place, policies, member_ids)
    census = await take_census(place)
    await delete_unused_change(place)
    if not census.seated and not census.unseated and waiting == before:
        return Settlement(place.change_id, census.seats, 0, 0, waiting, ())
    waits = {"waiting": waiting, "waitingBefore": before}
    facts = {"changeId": place.change_id, "cause": cause, **_facts(census), **waits}
    changes: tuple[Change, ...] = (Change("seats.settled", facts),)
    if census.seated:
        raised = await foresee_month(organization, policies)
        changes += bill_raised(foreseen, raised, cause, changeId=place.change_id)
    return Settlement(place.change_id, census.seats, census.seated, census.unseated, waiting, changes)


async def seat_candidates(
    organization: LockedOrganization, place: Place, policies: Policies, member_ids: Members
) -> int:
    """Seat those covered without a seat who can have one; all others wait. Returns how many wait now."""
    await forget_seated_waits(organization.id)
    candidates = await list_candidates(organization.id, member_ids)
    if not candidates:
        return 0
    bounds = await load_bounds(organization, policies)
    is_priced = bounds.limits.budget is not None or any(one.claim is not Claim.JOINED for one in candidates)
    amount_of = await load_amounts(organization, policies) if is_priced else unpriced
    seats = (await take_census(place)).seats
    seating = decide_seating(candidates, seats, bounds.limits, bounds.churned, amount_of)
    if seating.seated:
        await grant_to(place, seating.seated)
        await forget_seated_waits(organization.id)
    if seating.waiting:
        await let_wait(place, seating.waiting)
    return len(seating.waiting)


async def count_waiting(organization_id: UUID) -> int:
    """Members who wait, each once."""
    return await db.count("SELECT DISTINCT member_id FROM seat_waits WHERE organization_id = $1", organization_id)


def _facts(census: Census) -> dict[str, int]:
    return {"seats": census.seats, "seated": census.seated, "unseated": census.unseated}
