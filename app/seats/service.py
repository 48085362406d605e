"""Changing seats: lock, load, decide, store (R3)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from app import db
from app.directory.queries import find_member_ids
from app.domain.access import MemberStatus
from app.domain.actor import Actor, Permission
from app.domain.errors import DomainError, ErrorCode, Problem, refuse_for
from app.domain.lifecycle import require_activated
from app.domain.policies import Policies
from app.domain.seat_change import (
    SEAT_LIMIT,
    MemberSubject,
    Path,
    SeatChange,
    SeatDecision,
    SeatSituation,
    decide_change,
)
from app.events.service import Change
from app.organizations.queries import OrganizationFacts, choose_period, list_timeline
from app.organizations.service import LockedOrganization, lock_organization, record
from app.seats.month import PricedMonth, month_from, price_month
from app.seats.queries import count_seats
from app.terms.queries import find_billing_profiles, load_tariff

MOST_SUBJECTS = 1000
"""The most subjects named in one change."""


@dataclass(frozen=True, slots=True)
class SubjectReference:
    """A member by exactly one of id, login and e-mail address, and the input it came from."""

    path: Path
    member_id: UUID | None = None
    login: str | None = None
    email: str | None = None

    @property
    def key(self) -> str:
        if self.member_id is not None:
            return f"id:{self.member_id}"
        return f"login:{self.login.lower()}" if self.login is not None else f"email:{(self.email or '').lower()}"


@dataclass(frozen=True, slots=True)
class RequestedChange:
    """What a caller asks for. `expected_total`: what the month is to cost so far after it, in the
    organization's currency, or nothing is changed."""

    subscribe: Sequence[SubjectReference]
    unsubscribe: Sequence[SubjectReference]
    skip_already_subscribed: bool
    expected_total: Decimal | None


@dataclass(frozen=True, slots=True)
class SeatsChanged:
    organization_id: UUID
    change_id: UUID
    at: datetime
    seated: int
    unseated: int


async def change_seats(
    actor: Actor, organization_id: UUID, requested: RequestedChange, policies: Policies
) -> SeatsChanged:
    """Unsubscribe, then subscribe, at one instant; all of it or nothing (R3.5, R3.10).

    Raises: DomainError with every problem found: NOT_FOUND, ALREADY_SUBSCRIBED, NOT_SUBSCRIBED,
    CONTRACT_REQUIRED, BILLING_PROFILE_REQUIRED, INVALID_INPUT; PREVIEW_STALE when the total is another than
    expected; TRACKER_NOT_ACTIVATED; and what `lock_organization` raises.
    """
    _check_size(requested)
    async with db.in_transaction():
        organization = await lock_organization(actor, organization_id, Permission.SEAT_MANAGE)
        require_activated(organization.facts.lifecycle, organization.at)
        change, unknown = await _resolve(organization_id, requested)
        decision = decide_change(await _load_situation(organization, change), change)
        if unknown or decision.problems:
            raise refuse_for([*unknown, *decision.problems])
        change_id = await _store_change(actor, organization, decision)
        if requested.expected_total is not None:
            await _refuse_other_total(organization, requested.expected_total, policies)
    return SeatsChanged(organization_id, change_id, organization.at, decision.newly_seated, decision.unseated)


async def price_current_month(organization: OrganizationFacts, at: datetime, policies: Policies) -> PricedMonth:
    """What the month costs so far, everything up to and including `at` counted."""
    timeline = await list_timeline(organization)
    period = choose_period(timeline, None, at)
    return await price_month(month_from(organization, period, timeline), await load_tariff(), policies, until=at)


def _check_size(requested: RequestedChange) -> None:
    named = len(requested.subscribe) + len(requested.unsubscribe)
    if not 1 <= named <= MOST_SUBJECTS:
        message = f"A change names between 1 and {MOST_SUBJECTS} subjects, not {named}."
        raise DomainError(ErrorCode.INVALID_INPUT, message)


async def _resolve(organization_id: UUID, requested: RequestedChange) -> tuple[SeatChange, list[Problem]]:
    """Members by what the caller calls them, and a problem for each whom nobody knows."""
    references = [*requested.subscribe, *requested.unsubscribe]
    known = await find_member_ids(
        organization_id,
        [one.member_id for one in references if one.member_id is not None],
        [one.login for one in references if one.login is not None],
        [one.email for one in references if one.email is not None],
    )
    unknown = [
        Problem(ErrorCode.NOT_FOUND, "There is no such member.", one.path) for one in references if one.key not in known
    ]
    change = SeatChange(
        [(known[one.key], one.path) for one in requested.subscribe if one.key in known],
        [(known[one.key], one.path) for one in requested.unsubscribe if one.key in known],
        requested.skip_already_subscribed,
    )
    return change, unknown


async def _load_situation(organization: LockedOrganization, change: SeatChange) -> SeatSituation:
    member_ids = [member_id for member_id, _ in (*change.subscribe, *change.unsubscribe)]
    rows = await db.fetch(
        """
        SELECT member.id AS member_id, member.email AS label, member.status, own.id AS subscription_id,
               EXISTS (SELECT FROM seat_grants AS seat
                       WHERE seat.member_id = member.id AND upper_inf(seat.during)) AS is_seated,
               EXISTS (SELECT FROM seat_grants AS seat
                       WHERE seat.member_id = member.id AND upper_inf(seat.during)
                         AND seat.subscription_id IS DISTINCT FROM own.id) AS is_seated_otherwise
        FROM members AS member
        LEFT JOIN seat_subscriptions AS own ON own.member_id = member.id AND own.ended_at IS NULL
        WHERE member.organization_id = $1 AND member.id = ANY($2)
        """,
        organization.id,
        member_ids,
    )
    subjects = {row["member_id"]: MemberSubject(**{**row, "status": MemberStatus(row["status"])}) for row in rows}
    tariff = await load_tariff()
    period = choose_period(await list_timeline(organization.facts), None, organization.facts.now)
    return SeatSituation(
        seats=await count_seats(organization.id),
        seat_limit=SEAT_LIMIT,
        free_threshold=tariff.prices(organization.facts.currency, period.month).free_threshold,
        has_billing_profile=bool(await find_billing_profiles([organization.id])),
        subjects=subjects,
    )


async def _store_change(actor: Actor, organization: LockedOrganization, decision: SeatDecision) -> UUID:
    """Five set-based statements and the record, however many members."""
    change_id = uuid4()
    await db.fetch(
        "INSERT INTO seat_changes (id, organization_id, at, actor, description) VALUES ($1, $2, $3, $4, $5)",
        change_id,
        organization.id,
        organization.at,
        actor.name,
        _describe(decision),
    )
    await _end_subscriptions(actor, organization, change_id, decision.end)
    await _start_subscriptions(actor, organization, change_id, decision)
    facts: dict[str, Any] = {
        "changeId": change_id,
        "subscribedMemberIds": decision.start,
        "unsubscribedMemberIds": decision.end,
        "seats": decision.seats_after,
    }
    await record(actor, organization, Change("seats.changed", facts))
    return change_id


async def _end_subscriptions(
    actor: Actor, organization: LockedOrganization, change_id: UUID, member_ids: Sequence[UUID]
) -> None:
    if not member_ids:
        return
    await db.fetch(
        """
        WITH ended AS (
            UPDATE seat_subscriptions SET ended_at = $3, ended_by = $4
            WHERE organization_id = $1 AND member_id = ANY($2) AND ended_at IS NULL RETURNING id
        )
        UPDATE seat_grants AS seat SET during = tstzrange(lower(seat.during), $3), revoked_by_id = $5
        FROM ended WHERE seat.subscription_id = ended.id AND upper_inf(seat.during)
        """,
        organization.id,
        list(member_ids),
        organization.at,
        actor.name,
        change_id,
    )


async def _start_subscriptions(
    actor: Actor, organization: LockedOrganization, change_id: UUID, decision: SeatDecision
) -> None:
    if not decision.start:
        return
    await db.fetch(
        """
        WITH started AS (
            INSERT INTO seat_subscriptions (id, organization_id, member_id, joins, created_at, created_by)
            SELECT gen_random_uuid(), $1, member_id, 'ALWAYS', $4, $5 FROM unnest($2::uuid[]) AS member_id
            RETURNING id, member_id
        )
        INSERT INTO seat_grants (id, organization_id, subscription_id, member_id, granted_by_id, during)
        SELECT gen_random_uuid(), $1, started.id, started.member_id, $6, tstzrange($4, NULL)
        FROM started WHERE started.member_id = ANY($3)
        """,
        organization.id,
        list(decision.start),
        list(decision.seat),
        organization.at,
        actor.name,
        change_id,
    )


async def _refuse_other_total(organization: LockedOrganization, expected: Decimal, policies: Policies) -> None:
    priced = await price_current_month(organization.facts, organization.at, policies)
    if priced.draft.total.amount != expected:
        message = (
            f"The month would cost {priced.draft.total.amount} {priced.draft.total.currency}, not what you expect."
        )
        problem = Problem(ErrorCode.PREVIEW_STALE, message, ("input", "expectedTotal"))
        raise DomainError(ErrorCode.PREVIEW_STALE, message, [problem])


def _describe(decision: SeatDecision) -> str:
    parts = []
    if decision.end:
        parts.append(f"{len(decision.end)} unsubscribed")
    if decision.start:
        parts.append(f"{len(decision.start)} subscribed")
    return ", ".join(parts) or "nothing changed"
