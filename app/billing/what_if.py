"""What a change would do and cost, by deciding it as if it were made, or by making it and taking it back (R5.3)."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from uuid import UUID

from app import db
from app.billing.promo import Offer, find_offer, insert_redemption
from app.directory.groups import find_groups
from app.domain.actor import Actor, Permission
from app.domain.errors import DomainError, ErrorCode, Problem, invalid, refuse_for
from app.domain.impact import Impact, Picture, Sources, compare
from app.domain.policies import Policies
from app.domain.seat_change import NamedMember, Path
from app.domain.unset import UNSET
from app.memberships.changes import MOST_AT_ONCE
from app.memberships.members import (
    Move,
    deactivate_rows,
    find_deactivation_problems,
    find_members_of,
    find_moving_problems,
    find_problem_with,
    store_members,
)
from app.memberships.placements import (
    Placement,
    delete_memberships,
    find_joining_problems,
    find_leaving_problems,
    insert_memberships,
)
from app.memberships.subscribing import change_and_invite_locked
from app.organizations.service import LockedOrganization, lock_organization
from app.seats.applying import Manner
from app.seats.bounds import bounds_from
from app.seats.limits import OrganizationUpdate, check_update, store_update
from app.seats.picture import (
    NOBODY_SHOWN,
    Shown,
    load_in_grace,
    load_moved,
    load_pricing,
    load_shown,
    take_picture,
    take_supposed_pictures,
)
from app.seats.proposing import NotProposable, Proposing
from app.seats.service import SUBSCRIBE, Beside, RequestedChange
from app.seats.settling import settle_seats
from app.seats.waiting import find_waiting_problems
from app.terms.queries import load_tariff

WAITING: Path = ("input", "seatWaitingMemberIds")
PROMO_CODE: Path = ("input", "promoCode")


@dataclass(frozen=True, slots=True)
class NamedMove:
    """Someone and the department that they move to (None: none), and the input that says so."""

    member_id: UUID
    department_id: UUID | None
    path: Path


@dataclass(frozen=True, slots=True)
class ProposedChange:
    """Everything that is to happen at one instant, leaves first. `waiting` are people who wait and are to be seated;
    `flaws` were found with the input already, and are told with the rest."""

    seats: RequestedChange
    joining: Sequence[Placement]
    leaving: Sequence[Placement]
    moving: Sequence[NamedMove]
    deactivating: Sequence[NamedMember]
    waiting: Sequence[NamedMember]
    limits: OrganizationUpdate
    promo_code: str | None = None
    flaws: Sequence[Problem] = ()

    @property
    def is_of_seats(self) -> bool:
        return bool(self.seats.subscribe or self.seats.unsubscribe or self.seats.flaws or self.waiting)

    @property
    def is_of_people(self) -> bool:
        return bool(self.joining or self.leaving or self.moving or self.deactivating)

    @property
    def is_of_limits(self) -> bool:
        return self.limits.seat_cap is not UNSET or self.limits.budget is not UNSET

    @property
    def permissions(self) -> list[Permission]:
        """What the change itself needs."""
        parts = {
            Permission.SEAT_MANAGE: self.is_of_seats,
            Permission.MEMBER_MANAGE: self.is_of_people,
            Permission.ORGANIZATION_MANAGE: self.is_of_limits,
            Permission.BILLING_MANAGE: self.promo_code is not None,
        }
        return [permission for permission, is_needed in parts.items() if is_needed]

    @property
    def is_proposable(self) -> bool:
        """Whether it is of subscriptions alone: nothing else has to be there for seats to be decided."""
        is_of_others = self.is_of_people or self.is_of_limits or self.waiting or self.promo_code is not None
        return self.is_of_seats and not is_of_others

    def touched(self, moves: Sequence[Move]) -> list[UUID]:
        """Those whose groups or status change."""
        placed = {one.member_id for one in (*self.joining, *self.leaving)}
        moved = {one.after.id for one in moves if one.after != one.before}
        return list(placed | moved | {member_id for member_id, _ in self.deactivating})


@dataclass(frozen=True, slots=True)
class WhatIf:
    """What a change would do, and the people it is about."""

    impact: Impact
    shown: Shown


async def ask_what_if(
    actor: Actor, organization_id: UUID, change: ProposedChange, policies: Policies, *, is_shown: bool = True
) -> WhatIf:
    """What the change would do, found out under the organization's lock: nothing is recorded. The people it is about
    are looked up if they are to be shown.

    A limit that would refuse it is told in the impact, whose amounts are as if it were allowed.

    Raises: DomainError with every problem for which the change itself would be refused otherwise; FORBIDDEN without
    the permissions to make it and to see seats and amounts; and what `lock_organization` raises.
    """
    ways = (_propose, _try) if change.is_proposable else (_try,)
    for way in ways:
        with suppress(NotProposable):
            async with db.in_dry_run():
                organization = await _lock(actor, organization_id, change)
                return await way(organization, _Question(actor, change, policies, is_shown))
    raise AssertionError("what is made was looked at")


@dataclass(slots=True)
class _Question:
    """`refusals` are the limits that are passed, as far as they are known."""

    actor: Actor
    change: ProposedChange
    policies: Policies
    is_shown: bool
    refusals: list[DomainError] = field(default_factory=list)


async def _lock(actor: Actor, organization_id: UUID, change: ProposedChange) -> LockedOrganization:
    organization = await lock_organization(actor, organization_id, Permission.BILLING_VIEW)
    for permission in (Permission.SEAT_VIEW, *change.permissions):
        actor.require(organization_id, permission)
    if not change.permissions and not change.flaws:
        raise invalid("A change changes something.", "input")
    return organization


async def _propose(organization: LockedOrganization, asked: _Question) -> WhatIf:
    """What the change would write, in place of writing it: as fast as two previews.

    Raises: NotProposable where that is not all that has to be known.
    """
    pricing = await load_pricing(organization, asked.policies)
    proposing = Proposing(asked.policies.most_grants)
    bounds = bounds_from(organization, pricing.known, pricing.tariff, asked.policies)
    _, invited = await _make(organization, asked, Manner(asked.refusals.append, proposing.align, bounds))
    proposal = proposing.proposal
    assert proposal is not None, "it is of subscriptions"
    before, after = await take_supposed_pictures(organization, pricing, proposal)
    moved = proposal.moved()
    in_grace = await load_in_grace(organization, pricing) if proposal.ended else frozenset()
    impact = _compare(before, after, moved, in_grace, invited, asked)
    if impact.still_seated and asked.is_shown:
        raise NotProposable  # they are shown with what their seats come from then
    return WhatIf(impact, await load_shown(organization, pricing, impact) if asked.is_shown else NOBODY_SHOWN)


async def _try(organization: LockedOrganization, asked: _Question) -> WhatIf:
    """Make the change, and look, before it is taken back."""
    pricing = await load_pricing(organization, asked.policies)
    before, in_grace = await take_picture(organization, pricing), await load_in_grace(organization, pricing)
    changed, invited = await _make(organization, asked, Manner(asked.refusals.append))
    if asked.change.promo_code is not None:  # a private list is to be seen from its redemption on
        pricing = replace(pricing, tariff=await load_tariff())
    after, moved = await take_picture(changed, pricing), await load_moved(changed)
    impact = _compare(before, after, moved, in_grace, invited, asked)
    return WhatIf(impact, await load_shown(changed, pricing, impact) if asked.is_shown else NOBODY_SHOWN)


def _compare(
    before: Picture,
    after: Picture,
    moved: Mapping[UUID, Sources],
    in_grace: frozenset[UUID],
    invited: Sequence[str],
    asked: _Question,
) -> Impact:
    refusals = [problem for refusal in asked.refusals for problem in refusal.problems]
    promo_code = asked.change.promo_code
    return compare(before, after, moved, in_grace, invited=invited, refusals=refusals, promo_code=promo_code)


async def _make(
    organization: LockedOrganization, asked: _Question, manner: Manner
) -> tuple[LockedOrganization, Sequence[str]]:
    """The change at one instant: rows first, then what they mean for seats, settled once (R3.2). Gives the
    organization as it then is, and whom it invites."""
    actor, change, policies = asked.actor, asked.change, asked.policies
    moves, offer, problems = await _check(actor, organization, change)
    path = SUBSCRIBE if change.seats.subscribe else WAITING
    touched = change.touched(moves)
    beside = Beside(touched, dict(change.waiting), path, manner)
    if problems:
        problems += await _find_seat_problems(actor, organization, change, policies, beside)
        raise refuse_for(problems)
    changed = await _write(actor, organization, change, moves)
    if offer is not None:
        await insert_redemption(actor, changed, *offer)
    if change.is_of_seats:
        done, _ = await change_and_invite_locked(actor, changed, change.seats, policies, beside)
        return changed, done.emails
    if touched or offer is not None or changed != organization:
        await settle_seats(actor, changed, "what if", policies, member_ids=touched)
    return changed, ()


async def _check(
    actor: Actor, organization: LockedOrganization, change: ProposedChange
) -> tuple[list[Move], Offer | None, list[Problem]]:
    """Whom the moves are of, what the promo code is, and everything wrong with the change but its subjects."""
    teams = await _find_team_problems(organization.id, change)
    moves, moving = await _check_moves(actor, organization.id, change.moving)
    problems = [
        *change.flaws,
        *_check_sizes(change),
        *await find_deactivation_problems(actor, organization.id, change.deactivating),
        *teams,
        *_but(teams, await find_leaving_problems(organization.id, change.leaving)),
        *_but(teams, await find_joining_problems(organization.id, change.joining, change.leaving)),
        *moving,
        *await find_waiting_problems(organization.id, change.waiting),
    ]
    try:
        check_update(change.limits, organization)
    except DomainError as error:
        problems += error.problems
    offer, offering = await _check_offer(organization, change.promo_code)
    return moves, offer, [*problems, *offering]


async def _check_offer(organization: LockedOrganization, code: str | None) -> tuple[Offer | None, Sequence[Problem]]:
    if code is None:
        return None, ()
    try:
        return await find_offer(organization, code, PROMO_CODE, is_locked=False), ()
    except DomainError as error:
        return None, error.problems


async def _find_seat_problems(
    actor: Actor, organization: LockedOrganization, change: ProposedChange, policies: Policies, beside: Beside
) -> Sequence[Problem]:
    """What is wrong with the subjects, where something else is wrong already: all of it is taken back in any case."""
    if change.is_of_seats:
        try:
            await change_and_invite_locked(actor, organization, change.seats, policies, beside)
        except DomainError as error:
            return error.problems
    return ()


async def _find_team_problems(organization_id: UUID, change: ProposedChange) -> list[Problem]:
    placements = [*change.leaving, *change.joining]
    known = await find_groups(organization_id, [], {one.team_id for one in placements}) if placements else set()
    message = "There is no such team."
    return [Problem(ErrorCode.NOT_FOUND, message, one.path) for one in placements if one.team_id not in known]


async def _check_moves(
    actor: Actor, organization_id: UUID, moving: Sequence[NamedMove]
) -> tuple[list[Move], list[Problem]]:
    found = await find_members_of(organization_id, [one.member_id for one in moving]) if moving else {}
    moves: dict[UUID, Move] = {}
    problems: list[Problem] = []
    for one in moving:
        member = found.get(one.member_id)
        problem = find_problem_with(actor, member, one.path)
        if one.member_id in moves:
            problem = Problem(ErrorCode.INVALID_INPUT, "This person is named twice.", one.path)
        if problem is not None:
            problems.append(problem)
        elif member is not None:
            moves[member.id] = Move(member, replace(member, department_id=one.department_id), one.path)
    made = list(moves.values())
    return made, [*problems, *await find_moving_problems(organization_id, made)]


async def _write(
    actor: Actor, organization: LockedOrganization, change: ProposedChange, moves: Sequence[Move]
) -> LockedOrganization:
    if change.deactivating:
        await deactivate_rows(actor, organization, [member_id for member_id, _ in change.deactivating])
    await delete_memberships([one.pair for one in change.leaving])
    await insert_memberships(organization, [one.pair for one in change.joining])
    if moves:
        await store_members([move.after for move in moves])
    wanted = check_update(change.limits, organization)
    return await store_update(organization, wanted) if wanted else organization


def _check_sizes(change: ProposedChange) -> list[Problem]:
    """Lists that nothing else counts."""
    lists = {
        "moveMembers": change.moving,
        "deactivateMemberIds": change.deactivating,
        "seatWaitingMemberIds": change.waiting,
    }
    message = f"Name at most {MOST_AT_ONCE} people at once."
    return [
        Problem(ErrorCode.INVALID_INPUT, message, ("input", field))
        for field, given in lists.items()
        if len(given) > MOST_AT_ONCE
    ]


def _but(told: Sequence[Problem], problems: Sequence[Problem]) -> list[Problem]:
    """What is wrong elsewhere than where something was told to be."""
    paths = {problem.path for problem in told}
    return [problem for problem in problems if problem.path not in paths]
