"""What access rested on at an instant of the past, from what is kept: suspensions, closings and the audit log."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from app import db
from app.domain.access import OrganizationStanding
from app.domain.lifecycle import LifecycleFacts
from app.organizations.queries import OrganizationFacts

_TELLING = (
    "invitation.accepted",
    "invitation.revoked",
    "member.deactivated",
    "member.reactivated",
    "member.erased",
    "member.updated",
    "members.changed",
)
"""The acts that change someone's role or status, and keep what it was before."""


@dataclass(frozen=True, slots=True)
class Was:
    """The stored role and status of someone at an instant; None for what has not changed since."""

    role: str | None
    status: str | None


@dataclass(frozen=True, slots=True)
class Then:
    """An instant; by organization since when it was closed or suspended then ("CLOSED", "OVERDUE"); by member the role
    and status that were not yet what they are now."""

    at: datetime
    closings: Mapping[UUID, Mapping[str, datetime]]
    members: Mapping[UUID, Was]

    def standing_of(self, facts: OrganizationFacts) -> OrganizationStanding:
        """What is decided about a purge holds for the past too: nothing is left to tell it by."""
        closings = self.closings.get(facts.id, {})
        lifecycle = _as_of(facts.lifecycle, self.at, closings.get("CLOSED"))
        return OrganizationStanding(lifecycle, "OVERDUE" in closings, self.at)


def _as_of(facts: LifecycleFacts, at: datetime, closed_at: datetime | None) -> LifecycleFacts:
    """A trial is extended only while it runs, so that as it ends now is how every instant before was in it. What had
    not happened yet, a subscription or what spared it from a purge, tells nothing of when the data were due."""
    if facts.activated_at is not None and facts.activated_at > at:
        facts = replace(facts, activated_at=None, trial_ends_at=None)
    return replace(
        facts,
        closed_at=closed_at,
        subscribed_from=_by(at, facts.subscribed_from),
        spared_until=_by(at, facts.spared_until),
    )


def _by(at: datetime, happened_at: datetime | None) -> datetime | None:
    """None for what was still to come."""
    return happened_at if happened_at is not None and happened_at <= at else None


async def load_closings(organization_ids: Sequence[UUID], at: datetime) -> dict[UUID, dict[str, datetime]]:
    """By organization and cause, since when it was closed or suspended at the instant: one statement."""
    rows = await db.fetch(
        """
        SELECT organization_id, cause, min(since) AS since FROM suspensions
        WHERE organization_id = ANY($1) AND since <= $2 AND coalesce(until > $2, true)
        GROUP BY organization_id, cause
        """,
        list(organization_ids),
        at,
    )
    found: dict[UUID, dict[str, datetime]] = defaultdict(dict)
    for row in rows:
        found[row["organization_id"]][row["cause"]] = row["since"]
    return found


async def load_standings_then(
    organization_ids: Sequence[UUID], member_ids: Sequence[UUID], at: datetime
) -> dict[UUID, Was]:
    """By member, the role and status they had at the instant where these changed since: what the first act after it
    says was there before. One statement."""
    rows = await db.fetch(
        """
        WITH told AS (
            SELECT (entry.after->>'memberId')::uuid AS member_id, entry.before AS was, entry.sequence
            FROM audit_entries AS entry
            WHERE entry.organization_id = ANY($1) AND entry.at > $3 AND entry.action = ANY($4)
              AND entry.action <> 'members.changed'
            UNION ALL
            SELECT (one->>'memberId')::uuid, one, entry.sequence
            FROM audit_entries AS entry, jsonb_array_elements(entry.before->'members') AS one
            WHERE entry.organization_id = ANY($1) AND entry.at > $3 AND entry.action = 'members.changed'
        )
        SELECT member_id,
               (array_agg(was->>'role' ORDER BY sequence) FILTER (WHERE was ? 'role'))[1] AS role,
               (array_agg(was->>'status' ORDER BY sequence) FILTER (WHERE was ? 'status'))[1] AS status
        FROM told WHERE member_id = ANY($2) GROUP BY member_id
        """,
        list(organization_ids),
        list(member_ids),
        at,
        list(_TELLING),
    )
    return {row["member_id"]: Was(row["role"], row["status"]) for row in rows}
