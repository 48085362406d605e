"""Subscriptions beginning and ending (R3.1)."""

from collections.abc import Sequence
from uuid import UUID

from app import db
from app.domain.actor import Actor
from app.domain.seat_change import JoinsPolicy, SubjectKey, SubjectKind
from app.organizations.service import LockedOrganization
from app.seats.ledger import Place

_CHANGE = """
    WITH change AS (
        INSERT INTO seat_changes (id, organization_id, at, actor, description, is_explicit)
        VALUES ($4, $1, $2, $3, $5, true)
    ), ended AS (
        UPDATE seat_subscriptions SET ended_at = $2, ended_by = $3, ended_by_change_id = $4
        WHERE organization_id = $1 AND id = ANY($6) AND ended_at IS NULL RETURNING id
    )
    INSERT INTO seat_subscriptions
        (id, organization_id, member_id, team_id, department_id, joins, created_at, created_by, started_by_id)
    SELECT gen_random_uuid(), $1, member_id, team_id, department_id, joins, $2, $3, $4
    FROM unnest($7::uuid[], $8::uuid[], $9::uuid[], $10::text[]) AS subject (member_id, team_id, department_id, joins)
    WHERE (SELECT count(*) FROM ended) >= 0  -- ended first: of a subject one is open
    RETURNING id, coalesce(member_id, team_id, department_id, organization_id) AS subject_id
"""


async def change_subscriptions(
    actor: Actor,
    place: Place,
    description: str,
    end: Sequence[UUID],
    start: Sequence[tuple[SubjectKey, JoinsPolicy]],
) -> dict[SubjectKey, UUID]:
    """Write an explicit change, which can be undone, that ends subscriptions and then begins one for each subject, by
    one statement; a member's own has no joins. Returns the ids of those that it began, by subject."""
    rows = await db.fetch(
        _CHANGE,
        place.organization_id,
        place.at,
        actor.name_in(place.organization_id),
        place.change_id,
        description,
        list(end),
        [key.id if key.kind is SubjectKind.MEMBER else None for key, _ in start],
        [key.id if key.kind is SubjectKind.TEAM else None for key, _ in start],
        [key.id if key.kind is SubjectKind.DEPARTMENT else None for key, _ in start],
        [_joins(key, joins).value for key, joins in start],
    )
    ids = {row["subject_id"]: row["id"] for row in rows}
    return {key: ids[key.id] for key, _ in start}


async def end_subscriptions(
    actor: Actor,
    organization: LockedOrganization,
    *,
    member_ids: Sequence[UUID] = (),
    team_ids: Sequence[UUID] = (),
    department_ids: Sequence[UUID] = (),
) -> None:
    """End the subscriptions in force of these subjects; settle afterwards, which revokes what they granted (R3.2)."""
    await db.fetch(
        """
        UPDATE seat_subscriptions SET ended_at = $2, ended_by = $3
        WHERE organization_id = $1 AND ended_at IS NULL
          AND (member_id = ANY($4) OR team_id = ANY($5) OR department_id = ANY($6))
        """,
        organization.id,
        organization.at,
        actor.name_in(organization.id),
        list(member_ids),
        list(team_ids),
        list(department_ids),
    )


def _joins(key: SubjectKey, joins: JoinsPolicy) -> JoinsPolicy:
    """Nobody joins a member: whoever accepts an invitation, or comes back, is who was subscribed (R3.9)."""
    return JoinsPolicy.ALWAYS if key.kind is SubjectKind.MEMBER else joins
