"""Changing seats under the lock: load, decide, store (R3)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from app.domain.actor import Actor
from app.domain.errors import DomainError, ErrorCode, Problem, refuse_for
from app.domain.lifecycle import require_activated
from app.domain.policies import Policies
from app.domain.seat_change import JoinsPolicy, Path, SeatChange, SeatDecision, SubjectKind, decide_change
from app.events.service import Change
from app.organizations.service import LockedOrganization
from app.seats.applying import MADE, Choice, Manner, apply_change
from app.seats.ledger import Place
from app.seats.month import price_current_month
from app.seats.settling import Settlement
from app.seats.subjects import Resolved, SubjectReference, find_covered_by_teams, resolve
from app.seats.subscriptions import change_subscriptions

MOST_SUBJECTS = 1000
"""The most subjects named in one change."""
SUBSCRIBE: Path = ("input", "subscribe")


@dataclass(frozen=True, slots=True)
class RequestedChange:
    """What a caller asks for. `joins` is of the subscriptions that begin; `expected_total`: what the month is to
    cost so far after it, in the organization's currency, or nothing is changed."""

    subscribe: Sequence[SubjectReference]
    unsubscribe: Sequence[SubjectReference]
    joins: JoinsPolicy
    skip_already_subscribed: bool
    expected_total: Decimal | None
    flaws: Sequence[Problem] = ()
    """What was found wrong with subjects already; it is told with the rest."""


@dataclass(frozen=True, slots=True)
class Beside:
    """What else happens at the instant of a change of seats, which is nothing outside of a what-if: people whose
    groups changed, and people who waited and are to be seated. `path` is what passes a limit."""

    moved: Sequence[UUID] = ()
    insisted: Mapping[UUID, Path] = field(default_factory=dict)
    path: Path = SUBSCRIBE
    manner: Manner = MADE


ALONE = Beside()


@dataclass(frozen=True, slots=True)
class SeatsChanged:
    """What a change did; `waiting` is how many wait after it, `is_something` is false when all was passed over."""

    organization_id: UUID
    change_id: UUID
    at: datetime
    seated: int
    unseated: int
    waiting: int
    is_something: bool = True


async def change_locked_seats(
    actor: Actor,
    organization: LockedOrganization,
    requested: RequestedChange,
    policies: Policies,
    beside: Beside = ALONE,
) -> tuple[SeatsChanged, tuple[Change, ...]]:
    """Unsubscribe, then subscribe, at one instant; all of it or nothing (R3.5, R3.10): within a transaction that holds
    the lock, and that records the changes given back.

    Raises: what `changing.change_seats` raises, but for what `lock_organization` does.
    """
    if not beside.insisted:
        _check_size(requested)
    found = await resolve(organization.id, requested.subscribe, requested.unsubscribe)
    change, decision = decide(organization, requested, found)
    place = Place(organization.id, organization.at, uuid4(), chooses=True)
    start = [(key, change.joins) for key in decision.start]
    started = await change_subscriptions(actor, place, describe(decision), decision.end, start)
    paths = {started[key]: path for key, path in change.subscribe if key in started}
    choice = Choice(
        await _list_touched(change, decision, beside),
        beside.path,
        {**paths, **beside.insisted},
        list(beside.insisted),
        beside.moved,
    )
    settlement = await apply_change(organization, place, policies, choice, beside.manner)
    await refuse_other_total(organization, requested.expected_total, policies)
    changed, told = tell(place, decision, list(started.values()), settlement)
    return changed, (told,)


def tell(
    place: Place, decision: SeatDecision, started: Sequence[UUID], settlement: Settlement
) -> tuple[SeatsChanged, Change]:
    """What a change answers, and what the record says of it."""
    facts = {"startedSubscriptionIds": started, "endedSubscriptionIds": decision.end}
    changed = replace(changed_from(place, settlement), is_something=bool(decision.start or decision.end))
    return changed, Change("seats.changed", facts | facts_from(settlement))


def decide(
    organization: LockedOrganization, requested: RequestedChange, found: Resolved
) -> tuple[SeatChange, SeatDecision]:
    """What is meant, and which subscriptions end and begin. Raises: DomainError with every problem."""
    require_activated(organization.facts.lifecycle, organization.at)
    told = {flaw.path for flaw in requested.flaws}
    unknown = [*requested.flaws, *(one for one in found.problems if one.path not in told)]
    change = SeatChange(found.subscribe, found.unsubscribe, requested.joins, requested.skip_already_subscribed)
    decision = decide_change(found.subjects, change)
    if unknown or decision.problems:
        raise refuse_for([*unknown, *decision.problems])
    return change, decision


async def _list_touched(change: SeatChange, decision: SeatDecision, beside: Beside) -> list[UUID] | None:
    """None is everyone: whom a department covers is found out by looking at all."""
    named = {key for key, _ in (*change.subscribe, *change.unsubscribe)}
    if any(key.kind not in (SubjectKind.MEMBER, SubjectKind.TEAM) for key in named):
        return None
    teams = [key.id for key in named if key.kind is SubjectKind.TEAM]
    grouped = await find_covered_by_teams(teams, decision.end) if teams else ()
    members = [key.id for key in named if key.kind is SubjectKind.MEMBER]
    return list({*members, *grouped, *beside.moved, *beside.insisted})


def changed_from(place: Place, settlement: Settlement) -> SeatsChanged:
    return SeatsChanged(
        place.organization_id,
        place.change_id,
        place.at,
        settlement.seated,
        settlement.unseated,
        settlement.waiting,
    )


async def refuse_other_total(organization: LockedOrganization, expected: Decimal | None, policies: Policies) -> None:
    """Raises: DomainError PREVIEW_STALE unless the month costs so far what is expected, if anything is."""
    if expected is None:
        return
    total = (await price_current_month(organization.facts, organization.at, policies)).draft.total
    if total.amount != expected:
        message = f"The month would cost {total.amount} {total.currency}, not what you expect."
        problem = Problem(ErrorCode.PREVIEW_STALE, message, ("input", "expectedTotal"))
        raise DomainError(ErrorCode.PREVIEW_STALE, message, [problem])


def facts_from(settlement: Settlement) -> dict[str, Any]:
    """What the record says of it."""
    return {
        "changeId": settlement.change_id,
        "seats": settlement.seats,
        "seated": settlement.seated,
        "unseated": settlement.unseated,
        "waiting": settlement.waiting,
    }


def _check_size(requested: RequestedChange) -> None:
    named = len(requested.subscribe) + len(requested.unsubscribe) + len(requested.flaws)
    if not 1 <= named <= MOST_SUBJECTS:
        message = f"A change names between 1 and {MOST_SUBJECTS} subjects, not {named}."
        raise DomainError(ErrorCode.INVALID_INPUT, message)


def describe(decision: SeatDecision) -> str:
    parts = []
    if decision.end:
        parts.append(f"{len(decision.end)} unsubscribed")
    if decision.start:
        parts.append(f"{len(decision.start)} subscribed")
    return ", ".join(parts) or "nothing changed"
