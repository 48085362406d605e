"""Changing the seats of a few people who are named by id: read, decided, and written, by one statement each.

What can be foreseen is: where somebody waits, a budget counts or a total is expected, it is done as any other change.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid4

from app import db
from app.domain.access import MemberStatus
from app.domain.actor import Actor, Permission
from app.domain.alignment import Alignment, Cover, Held, align_few
from app.domain.policies import Policies
from app.domain.seat_change import SeatDecision, Subject, SubjectKey, SubjectKind
from app.events.service import Written
from app.organizations.service import Along, LockedOrganization, lock_and_read, lock_organization, record
from app.seats.applying import require_room
from app.seats.bounds import AGREED, find_plain_limits, unpriced
from app.seats.ledger import Census, Place
from app.seats.requests import recording_refusal
from app.seats.service import SUBSCRIBE, RequestedChange, SeatsChanged, change_locked_seats, decide, describe, tell
from app.seats.settling import Settlement
from app.seats.subjects import SubjectReference, resolve_from

MOST = 100
"""People who are few."""

_PEOPLE = """
    SELECT ARRAY(
        SELECT (member.id, member.name, member.status, own.id) FROM members AS member
        LEFT JOIN seat_subscriptions AS own ON own.member_id = member.id AND own.ended_at IS NULL
        WHERE member.organization_id = $1 AND member.id = ANY($2::uuid[]) AND member.erased_at IS NULL
    ) AS subjects, ARRAY(
        SELECT (subscription_id, member_id, joins <> 'NEVER') FROM seat_coverage($1, $2)
    ) AS covers, ARRAY(
        SELECT (id, subscription_id, member_id) FROM seat_grants
        WHERE member_id = ANY($2) AND upper_inf(during)
    ) AS held, (
        SELECT count(DISTINCT member_id) FROM seat_grants
        WHERE organization_id = $1 AND upper_inf(during)
    ) AS seats, EXISTS (SELECT FROM seat_waits WHERE organization_id = $1) AS has_waiting
"""
_EARLIER = """
    SELECT coalesce(max(grants), 0) AS most_grants
    FROM (SELECT count(*) AS grants FROM seat_grants WHERE member_id = ANY($2) GROUP BY member_id) AS earlier
"""
_WRITTEN = """
    change AS (
        INSERT INTO seat_changes (id, organization_id, at, actor, description, is_explicit)
        VALUES ($4, $5, $6, $7, $8, true)
    ), ended AS (
        UPDATE seat_subscriptions SET ended_at = $6, ended_by = $7, ended_by_change_id = $4
        WHERE id = ANY($9::uuid[]) AND ended_at IS NULL RETURNING id
    ), started AS (
        INSERT INTO seat_subscriptions (id, organization_id, member_id, joins, created_at, created_by, started_by_id)
        SELECT id, $5, member_id, 'ALWAYS', $6, $7, $4 FROM unnest($10::uuid[], $11::uuid[]) AS own (id, member_id)
        WHERE (SELECT count(*) FROM ended) >= 0  -- ended first: of a subject one is open
    ), revoked AS (
        UPDATE seat_grants SET during = tstzrange(lower(during), $6), revoked_by_id = $4
        WHERE id = ANY($12::uuid[]) RETURNING id
    ), granted AS (
        INSERT INTO seat_grants (id, organization_id, subscription_id, member_id, granted_by_id, during)
        SELECT gen_random_uuid(), $5, subscription_id, member_id, $4, tstzrange($6, NULL)
        FROM unnest($13::uuid[], $14::uuid[]) AS one (subscription_id, member_id)
    ),
"""
_ROWS = "(SELECT count(*) FROM ended) + (SELECT count(*) FROM revoked)"


async def change_seats(
    actor: Actor, organization_id: UUID, requested: RequestedChange, policies: Policies
) -> SeatsChanged:
    """Unsubscribe, then subscribe, at one instant; all of it or nothing (R3.5, R3.10).

    Raises: DomainError with every problem found: NOT_FOUND, ALREADY_SUBSCRIBED, NOT_SUBSCRIBED, SEAT_CHURN,
    INVALID_INPUT; a limit passed: SEAT_LIMIT_REACHED, BUDGET_REACHED, CONTRACT_REQUIRED, BILLING_PROFILE_REQUIRED;
    PREVIEW_STALE when the total is another than expected; TRACKER_NOT_ACTIVATED; and what `lock_organization` raises.
    """
    async with recording_refusal(actor, organization_id), db.in_transaction():
        organization, changed = await lock_and_change_few(actor, organization_id, requested, policies)
        if changed is None:
            changed, changes = await change_locked_seats(actor, organization, requested, policies)
            await record(actor, organization, *changes)
    return changed


async def lock_and_change_few(
    actor: Actor, organization_id: UUID, requested: RequestedChange, policies: Policies
) -> tuple[LockedOrganization, SeatsChanged | None]:
    """Lock the organization, and make and record the change, if it can be foreseen; None when it is still to be made.

    Raises: what `change_seats` raises.
    """
    if not _is_of_few(requested):
        return await lock_organization(actor, organization_id, Permission.SEAT_MANAGE), None
    named = {one: _member(one) for one in (*requested.subscribe, *requested.unsubscribe)}
    bounding = (_EARLIER, AGREED) if requested.subscribe else ()  # who leaves passes no limit
    along = Along((_PEOPLE, *bounding), ([key.id for key in set(named.values())],))
    organization, found = await lock_and_read(actor, organization_id, Permission.SEAT_MANAGE, along=along)
    if found["has_waiting"] or organization.facts.budget is not None:
        return organization, None
    subjects = {one.key: one for one in map(_subject, found["subjects"])}
    resolved = resolve_from(requested.subscribe, requested.unsubscribe, named, subjects)
    _, decision = decide(organization, requested, resolved)
    started = {key: uuid4() for key in decision.start}
    aligned = _align(found, subjects, decision, started)
    if aligned.seated and found["most_grants"] >= policies.most_grants:
        return organization, None
    seats = found["seats"] + aligned.seated - aligned.unseated
    if aligned.seated:
        limits = await find_plain_limits(organization, found, policies)
        require_room(Census(seats, aligned.seated, aligned.unseated), limits, unpriced, SUBSCRIBE)
    place = Place(organization.id, organization.at, uuid4(), chooses=True)
    settlement = Settlement(place.change_id, seats, aligned.seated, aligned.unseated, 0, ())
    changed, told = tell(place, decision, list(started.values()), settlement)
    await record(actor, organization, told, along=_write(actor, place, decision, started, aligned))
    return organization, changed


def _is_of_few(requested: RequestedChange) -> bool:
    """Whether few are named, all of them people by id, and nothing has to be known but what is read of them."""
    named = [*requested.subscribe, *requested.unsubscribe]
    is_plain = not requested.flaws and requested.expected_total is None
    return is_plain and 1 <= len(named) <= MOST and all(one.member_id is not None for one in named)


def _member(reference: SubjectReference) -> SubjectKey:
    assert reference.member_id is not None, "people by id"
    return SubjectKey(SubjectKind.MEMBER, reference.member_id)


def _align(
    found: db.Row, subjects: dict[SubjectKey, Subject], decision: SeatDecision, started: dict[SubjectKey, UUID]
) -> Alignment:
    """By whom the subscriptions cover once those are ended and begun: one of their own covers who is active."""
    ended = frozenset(decision.end)
    covers = [Cover(*one) for one in found["covers"] if one[0] not in ended]
    for key, subscription_id in started.items():
        if subjects[key].status is MemberStatus.ACTIVE:
            covers.append(Cover(subscription_id, key.id, seats=True))
    return align_few(covers, [Held(*one) for one in found["held"]], frozenset(started.values()))


def _write(
    actor: Actor, place: Place, decision: SeatDecision, started: dict[SubjectKey, UUID], aligned: Alignment
) -> Written:
    values = (
        place.change_id,
        place.organization_id,
        place.at,
        actor.name_in(place.organization_id),
        describe(decision),
        decision.end,
        list(started.values()),
        [key.id for key in started],
        aligned.end,
        [one.subscription_id for one in aligned.begin],
        [one.member_id for one in aligned.begin],
    )
    return Written(_WRITTEN, values, _ROWS, len(decision.end) + len(aligned.end))


def _subject(found: Sequence[Any]) -> Subject:
    member_id, name, status, subscription_id = found
    return Subject(SubjectKey(SubjectKind.MEMBER, member_id), name, MemberStatus(status), subscription_id)
