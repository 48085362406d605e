"""Taking a whole change back while it is in grace, as one change (R3.12)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from app import db
from app.domain.actor import Actor, Permission
from app.domain.errors import ErrorCode, refuse
from app.domain.instants import instant_text
from app.domain.policies import Policies
from app.domain.seat_change import JoinsPolicy, SubjectKey, SubjectKind
from app.events.service import Change
from app.organizations.service import LockedOrganization, lock_organization, record
from app.seats.applying import CHURNED, conclude, require_room
from app.seats.bounds import Bounds, load_amounts, load_bounds, unpriced
from app.seats.ledger import Place, align, grant_to, take_census
from app.seats.queries import find_seated
from app.seats.requests import recording_refusal
from app.seats.reversal import find_newly_seated, grant_pairs, list_unseated_by, send_back_to_wait
from app.seats.service import SeatsChanged, changed_from, facts_from
from app.seats.settling import Settlement
from app.seats.subjects import load_subjects
from app.seats.subscriptions import change_subscriptions

PATH = ("input", "changeId")


@dataclass(frozen=True, slots=True)
class _Made:
    """What is left of a change: subscriptions of its that are in force, and subjects whose subscription it ended."""

    started: tuple[UUID, ...]
    ended: tuple[tuple[SubjectKey, JoinsPolicy], ...]


async def undo_change(actor: Actor, change_id: UUID, policies: Policies) -> SeatsChanged:
    """End what the change began, and begin anew what it ended, as far as nobody did so since.

    Whom it unseated gets their seat back; whom it seated through what it had not begun goes back to waiting. Who came
    meanwhile is treated as someone who joins.

    Raises: DomainError NOT_FOUND, UNDO_EXPIRED when it is later than the grace, undone already, or nothing of it is
    left; what a change of seats raises when those who come back pass a limit; and what `lock_organization` raises.
    """
    organization_id = await _find_organization(actor, change_id)
    async with recording_refusal(actor, organization_id), db.in_transaction():
        organization = await lock_organization(actor, organization_id, Permission.SEAT_MANAGE)
        await _require_undoable(organization, change_id, policies)
        made = await _load_made(organization, change_id)
        newly_seated = await find_newly_seated(organization_id, change_id)
        if not made.started and not made.ended and not newly_seated:
            raise refuse(ErrorCode.UNDO_EXPIRED, "Nothing of this change is left to be undone.", *PATH)
        place = Place(organization_id, organization.at, uuid4())
        await change_subscriptions(actor, place, "undid a change", made.started, made.ended)
        await db.fetch("UPDATE seat_changes SET undone_by_id = $2 WHERE id = $1", change_id, place.change_id)
        settlement = await _apply_undo(organization, place, change_id, newly_seated, policies)
        facts = {"undoneChangeId": change_id, **facts_from(settlement)}
        await record(actor, organization, Change("seats.change_undone", facts))
    return changed_from(place, settlement)


async def _apply_undo(
    organization: LockedOrganization, place: Place, change_id: UUID, newly_seated: Sequence[UUID], policies: Policies
) -> Settlement:
    await send_back_to_wait(place, newly_seated)
    aligned = await align(place, None, but=newly_seated)
    bounds = await load_bounds(organization, policies)
    back = await list_unseated_by(place, change_id)
    member_ids = [member_id for member_id, _ in back]
    await _refuse_churn(member_ids, bounds)
    amount_of = await load_amounts(organization, policies) if bounds.limits.budget is not None else unpriced
    await grant_pairs(place, back)
    await grant_to(place, member_ids)
    require_room(await take_census(place), bounds.limits, amount_of, PATH)
    return await conclude(organization, place, policies, None, aligned)


async def _refuse_churn(member_ids: Sequence[UUID], bounds: Bounds) -> None:
    """Raises: DomainError SEAT_CHURN for someone whose seat would begin anew too often."""
    churned = bounds.churned & set(member_ids)
    if churned - await find_seated(list(churned)):
        raise refuse(ErrorCode.SEAT_CHURN, CHURNED, *PATH)


def undoable_until(at: datetime, policies: Policies) -> datetime | None:
    """Until when a change made then can be undone, that instant included; None under a grace of zero."""
    return at + policies.grace if policies.grace else None


async def _find_organization(actor: Actor, change_id: UUID) -> UUID:
    row = await db.fetch_one("SELECT organization_id FROM seat_changes WHERE id = $1 AND is_explicit", change_id)
    if row is None or not actor.can_reach(row["organization_id"]):
        raise refuse(ErrorCode.NOT_FOUND, "There is no such change.", *PATH)
    organization_id: UUID = row["organization_id"]
    return organization_id


async def _require_undoable(organization: LockedOrganization, change_id: UUID, policies: Policies) -> None:
    row = await db.fetch_one("SELECT at, undone_by_id FROM seat_changes WHERE id = $1", change_id)
    assert row is not None, "it was found before the lock, and changes stay"
    if row["undone_by_id"] is not None:
        raise refuse(ErrorCode.UNDO_EXPIRED, "This change was undone already.", *PATH)
    until = undoable_until(row["at"], policies)
    if until is None or organization.at > until:
        ended = f"It could be undone until {instant_text(until)}." if until else "Changes cannot be undone here."
        raise refuse(ErrorCode.UNDO_EXPIRED, ended, *PATH)


async def _load_made(organization: LockedOrganization, change_id: UUID) -> _Made:
    rows = await db.fetch(
        """
        SELECT id, member_id, team_id, department_id, joins, started_by_id = $2 AS is_started
        FROM seat_subscriptions
        WHERE organization_id = $1 AND ((started_by_id = $2 AND ended_at IS NULL) OR ended_by_change_id = $2)
        ORDER BY created_at, id
        """,
        organization.id,
        change_id,
    )
    started = tuple(row["id"] for row in rows if row["is_started"])
    ended = {_key(organization.id, row): JoinsPolicy(row["joins"]) for row in rows if not row["is_started"]}
    subjects = await load_subjects(organization.id, ended)
    free = {key for key, subject in subjects.items() if subject.can_begin(frozenset(started))}
    return _Made(started, tuple((key, joins) for key, joins in ended.items() if key in free))


def _key(organization_id: UUID, row: db.Row) -> SubjectKey:
    for kind in (SubjectKind.MEMBER, SubjectKind.TEAM, SubjectKind.DEPARTMENT):
        if row[f"{kind.value}_id"] is not None:
            return SubjectKey(kind, row[f"{kind.value}_id"])
    return SubjectKey(SubjectKind.EVERYONE, organization_id)
