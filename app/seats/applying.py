"""Settling an explicit change: whoever it chooses gets a seat, or all of it is refused (R3.7, R3.10, R3.13)."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from app.domain.errors import ErrorCode, Problem, refuse_for
from app.domain.policies import Policies
from app.domain.seat_change import Path
from app.domain.seating import AmountOf, find_refusal
from app.organizations.service import LockedOrganization
from app.seats.bounds import Bounds, load_amounts, load_bounds, unpriced
from app.seats.ledger import (
    Members,
    Place,
    grant_to_chosen,
    grant_to_holders,
    list_chosen,
    revoke_uncovered,
    take_census,
)
from app.seats.requests import LimitError
from app.seats.settling import Settlement, seat_candidates

CHURNED = "Has been granted a seat too often this month."


async def apply_change(
    organization: LockedOrganization,
    place: Place,
    policies: Policies,
    *,
    members: Members,
    insisted: Sequence[UUID],
    paths: Mapping[UUID, Path],
    path: Path,
) -> Settlement:
    """Seat whom the change's own subscriptions cover, and the `insisted` members; then who waits, if there is room.

    `members` are those whom it touches, None for all; `path` is where the input chose, `paths` where it named a
    subscription or a member.

    Raises: DomainError SEAT_CHURN, SEAT_LIMIT_REACHED, BUDGET_REACHED, CONTRACT_REQUIRED, BILLING_PROFILE_REQUIRED.
    """
    await revoke_uncovered(place, members)
    await grant_to_holders(place, members)
    bounds = await load_bounds(organization, policies)
    if bounds.churned:
        await _refuse_churn(place, insisted, bounds.churned, paths, path)
    amount_of = await load_amounts(organization, policies) if bounds.limits.budget is not None else unpriced
    await grant_to_chosen(place, members, insisted)
    await require_room(place, bounds, amount_of, path)
    return await conclude(organization, place, policies, [])


async def require_room(place: Place, bounds: Bounds, amount_of: AmountOf, path: Path) -> None:
    """Raises: LimitError when those seated by now pass a limit."""
    census = await take_census(place)
    if not census.seated:
        return
    refusal = find_refusal(census.seats, bounds.limits, amount_of, census.seats - census.seated)
    if refusal is not None:
        raise LimitError(refusal, census.seats, path)


async def conclude(organization: LockedOrganization, place: Place, policies: Policies, members: Members) -> Settlement:
    """Let the others covered have a seat or wait, and count."""
    waiting = await seat_candidates(organization, place, policies, members)
    census = await take_census(place)
    return Settlement(place.change_id, census.seats, census.seated, census.unseated, waiting, ())


async def _refuse_churn(
    place: Place, insisted: Sequence[UUID], churned: frozenset[UUID], paths: Mapping[UUID, Path], path: Path
) -> None:
    chosen = await list_chosen(place, insisted, churned)
    problems = {
        member_id: Problem(ErrorCode.SEAT_CHURN, CHURNED, paths.get(subscription_id, paths.get(member_id, path)))
        for member_id, subscription_id in chosen
    }
    if problems:
        places = {named: number for number, named in enumerate(paths.values())}
        raise refuse_for(sorted(problems.values(), key=lambda problem: places.get(problem.path, len(places))))
