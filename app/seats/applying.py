"""Settling an explicit change: whoever it chooses gets a seat, or all of it is refused (R3.7, R3.10, R3.13)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol
from uuid import UUID

from app.domain.errors import DomainError, ErrorCode, Problem, refuse_for
from app.domain.policies import Policies
from app.domain.seat_change import Path
from app.domain.seating import AmountOf, SeatLimits, list_refusals
from app.organizations.service import LockedOrganization
from app.seats.bounds import Bounds, load_amounts, load_bounds, unpriced
from app.seats.ledger import Alignment, Census, Members, Place, align, list_chosen, take_census
from app.seats.requests import LimitError
from app.seats.settling import Settlement, seat_candidates

CHURNED = "Has been granted a seat too often this month."

Refuse = Callable[[DomainError], None]
"""What is done about what may not be: a change ends with it, a what-if takes note and goes on as if it might be."""


class Align(Protocol):
    """`ledger.align`, or what tells the same and writes nothing."""

    async def __call__(self, place: Place, members: Members, *, insisted: Sequence[UUID] = ()) -> Alignment: ...


def at_once(refusal: DomainError) -> None:
    """Raises: the refusal."""
    raise refusal


@dataclass(frozen=True, slots=True)
class Manner:
    """How a change is done: `bounds` are those of its instant where they are known already, and nobody can have been
    granted a seat too often."""

    refuse: Refuse = at_once
    align: Align = align
    bounds: Bounds | None = None


MADE = Manner()


@dataclass(frozen=True, slots=True)
class Choice:
    """Whom an explicit change touches (None: everyone) and whom it seats: everyone whom the subscriptions that it
    begins cover, and the `insisted` members. `path` is where the input chose, `paths` where it named a subscription or
    a member. `joining` have joined groups at the same instant: they get what room is left, or wait."""

    members: Members
    path: Path
    paths: Mapping[UUID, Path]
    insisted: Sequence[UUID] = ()
    joining: Sequence[UUID] = ()


async def apply_change(
    organization: LockedOrganization,
    place: Place,
    policies: Policies,
    choice: Choice,
    manner: Manner = MADE,
) -> Settlement:
    """Revoke, seat whom the change chooses, then who waits and who joins, if there is room.

    Raises: DomainError SEAT_CHURN, SEAT_LIMIT_REACHED, BUDGET_REACHED, CONTRACT_REQUIRED, BILLING_PROFILE_REQUIRED,
    unless the manner is only to take note of them.
    """
    align, refuse = manner.align, manner.refuse
    amount_of: AmountOf = unpriced
    if organization.facts.budget is not None:  # what the month costs without those whom the change chooses
        await align(replace(place, chooses=False), choice.members)
        amount_of = await load_amounts(organization, policies)
    aligned = await align(place, choice.members, insisted=choice.insisted)
    if aligned.census.seated:
        can_have_churned = aligned.most_grants >= policies.most_grants
        bounds = manner.bounds or await load_bounds(organization, policies, can_have_churned=can_have_churned)
        if bounds.churned:
            await _refuse_churn(place, choice, bounds.churned, refuse)
        require_room(aligned.census, bounds.limits, amount_of, choice.path, refuse)
    return await conclude(organization, place, policies, choice.joining, aligned)


def require_room(census: Census, limits: SeatLimits, amount_of: AmountOf, path: Path, refuse: Refuse = at_once) -> None:
    """Raises: LimitError when those seated by now pass a limit; `refuse` that takes note is told of every one."""
    if not census.seated:
        return
    for refusal in list_refusals(census.seats, limits, amount_of, census.seats - census.seated):
        refuse(LimitError(refusal, census.seats, path))


async def conclude(
    organization: LockedOrganization, place: Place, policies: Policies, members: Members, aligned: Alignment
) -> Settlement:
    """Let the others covered have a seat or wait, if there are any, and count."""
    census, waiting = aligned.census, 0
    if aligned.has_waiting or members is None or members:
        waiting = await seat_candidates(organization, place, policies, members)
        census = await take_census(place)
    return Settlement(place.change_id, census.seats, census.seated, census.unseated, waiting, ())


async def _refuse_churn(place: Place, choice: Choice, churned: frozenset[UUID], refuse: Refuse) -> None:
    chosen = await list_chosen(place, choice.insisted, churned)
    paths = choice.paths
    problems = {
        member_id: Problem(ErrorCode.SEAT_CHURN, CHURNED, paths.get(subscription_id, paths.get(member_id, choice.path)))
        for member_id, subscription_id in chosen
    }
    if problems:
        places = {named: number for number, named in enumerate(paths.values())}
        refuse(refuse_for(sorted(problems.values(), key=lambda problem: places.get(problem.path, len(places)))))
