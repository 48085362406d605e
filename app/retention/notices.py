"""Telling owners what their trial and their data come to, each notice once (R1.9)."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from app import db
from app.domain.actor import Actor
from app.domain.lifecycle import NOTICE_OFFSETS, LifecycleFacts, Notice, due_warning, is_trial_end_due
from app.events.service import Change
from app.faultpoints import fault_point
from app.organizations.service import LockedOrganization, lock_organizations, record_all

EVENT_TYPES = {
    Notice.TRIAL_ENDS_IN_7_DAYS: "trial.ending",
    Notice.TRIAL_ENDS_IN_1_DAY: "trial.ending",
    Notice.TRIAL_ENDED: "trial.ended",
    Notice.PURGE_IN_14_DAYS: "purge.approaching",
    Notice.PURGE_IN_7_DAYS: "purge.approaching",
    Notice.PURGE_IN_1_DAY: "purge.approaching",
}

_DUE = """
    WITH clocked AS (
        SELECT facts.id, facts.trial_ends_at, facts.subscribed_from, facts.now
        FROM organization_facts AS facts
        WHERE facts.trial_ends_at IS NOT NULL AND facts.purge_decided_at IS NULL
          AND CASE WHEN $2::uuid IS NULL THEN facts.advancing_to IS NULL ELSE facts.test_clock_id = $2 END
    ), overdue AS (
        SELECT clocked.id, offsets.kind, clocked.trial_ends_at + offsets.after AS due_at,
               row_number() OVER (PARTITION BY clocked.id, offsets.kind = 'TRIAL_ENDED'
                                  ORDER BY offsets.after DESC) AS nth
        FROM clocked
        JOIN unnest($3::text[], $4::interval[]) AS offsets (kind, after)
          ON clocked.trial_ends_at + offsets.after <= clocked.now
        WHERE offsets.kind = 'TRIAL_ENDED'
           OR (offsets.kind LIKE 'TRIAL%' AND clocked.now < clocked.trial_ends_at)
           OR (offsets.kind LIKE 'PURGE%' AND clocked.subscribed_from IS NULL)
    )
    SELECT overdue.id FROM overdue
    WHERE overdue.nth = 1 AND NOT EXISTS (
        SELECT FROM notices AS notice
        WHERE notice.organization_id = overdue.id AND notice.kind = overdue.kind AND notice.due_at = overdue.due_at
    )
    GROUP BY overdue.id ORDER BY min(overdue.due_at), overdue.id LIMIT $1
"""


async def list_due_notices(limit: int, test_clock_id: UUID | None) -> list[UUID]:
    """Organizations that a notice is due to, longest overdue first; clocks as in `list_due_closings`."""
    kinds = list(NOTICE_OFFSETS)
    rows = await db.fetch(
        _DUE, limit, test_clock_id, [kind.value for kind in kinds], [NOTICE_OFFSETS[kind] for kind in kinds]
    )
    return [row["id"] for row in rows]


async def write_notices(actor: Actor, organization_ids: Sequence[UUID], *, during_advance: bool) -> int:
    """Write what is due to each organization, decided again under its lock. Returns how many were written."""
    async with db.in_transaction():
        organizations = await lock_organizations(organization_ids, during_advance=during_advance)
        written = await _find_written([organization.id for organization in organizations])
        due = [(one, _due_kinds(one, written[one.id])) for one in organizations]
        due = [(organization, kinds) for organization, kinds in due if kinds]
        await _store(due)
        fault_point("notices.stored")
        if due:
            await record_all(actor, [(one, [_change(one, kind) for kind in kinds]) for one, kinds in due])
            fault_point("notices.recorded")
    return sum(len(kinds) for _, kinds in due)


async def find_final_warnings(organization_ids: Sequence[UUID]) -> dict[UUID, datetime]:
    """When the last warning before the purge was written, where it was."""
    rows = await db.fetch(
        """
        SELECT notice.organization_id, notice.written_at FROM notices AS notice
        JOIN organizations AS organization ON organization.id = notice.organization_id
        WHERE notice.organization_id = ANY($1) AND notice.kind = $2 AND notice.due_at = organization.trial_ends_at + $3
        """,
        list(organization_ids),
        Notice.PURGE_IN_1_DAY.value,
        NOTICE_OFFSETS[Notice.PURGE_IN_1_DAY],
    )
    return {row["organization_id"]: row["written_at"] for row in rows}


async def find_next_notice(test_clock_id: UUID, after: datetime) -> datetime | None:
    """When the next notice on the clock falls due, later than `after`."""
    kinds = list(NOTICE_OFFSETS)
    row = await db.fetch_one(
        """
        SELECT min(facts.trial_ends_at + offsets.after) AS due_at
        FROM organization_facts AS facts
        CROSS JOIN unnest($3::text[], $4::interval[]) AS offsets (kind, after)
        WHERE facts.test_clock_id = $1 AND facts.purge_decided_at IS NULL
          AND facts.trial_ends_at + offsets.after > $2
          AND (offsets.kind NOT LIKE 'PURGE%' OR facts.subscribed_from IS NULL)
        """,
        test_clock_id,
        after,
        [kind.value for kind in kinds],
        [NOTICE_OFFSETS[kind] for kind in kinds],
    )
    return row["due_at"] if row else None


def _due_kinds(organization: LockedOrganization, written: set[Notice]) -> list[Notice]:
    lifecycle = organization.facts.lifecycle
    ended = [Notice.TRIAL_ENDED] if is_trial_end_due(lifecycle, organization.at, written) else []
    warning = due_warning(lifecycle, organization.at, written)
    return [*ended, *([warning] if warning is not None else [])]


async def _find_written(organization_ids: Sequence[UUID]) -> dict[UUID, set[Notice]]:
    """What was written for the trial's end as it now stands."""
    rows = await db.fetch(
        """
        SELECT notice.organization_id, notice.kind, notice.due_at - organization.trial_ends_at AS after
        FROM notices AS notice JOIN organizations AS organization ON organization.id = notice.organization_id
        WHERE notice.organization_id = ANY($1)
        """,
        list(organization_ids),
    )
    written: dict[UUID, set[Notice]] = defaultdict(set)
    for row in rows:
        if row["after"] == NOTICE_OFFSETS[Notice(row["kind"])]:
            written[row["organization_id"]].add(Notice(row["kind"]))
    return written


async def _store(due: Sequence[tuple[LockedOrganization, Sequence[Notice]]]) -> None:
    rows = [
        {"organization_id": one.id, "kind": kind.value, "due_at": _due_at(one.facts.lifecycle, kind), "at": one.at}
        for one, kinds in due
        for kind in kinds
    ]
    if rows:
        await db.fetch(
            """
            INSERT INTO notices (id, organization_id, kind, due_at, written_at)
            SELECT gen_random_uuid(), organization_id, kind, due_at, at
            FROM jsonb_to_recordset($1::jsonb)
                AS notice (organization_id uuid, kind text, due_at timestamptz, at timestamptz)
            """,
            db.to_json(rows),
        )


def _due_at(lifecycle: LifecycleFacts, kind: Notice) -> datetime:
    assert lifecycle.trial_ends_at is not None, "notices are due to organizations that had a trial"
    return lifecycle.trial_ends_at + NOTICE_OFFSETS[kind]


def _change(organization: LockedOrganization, kind: Notice) -> Change:
    after = {"notice": kind.value, "trialEndsAt": organization.facts.lifecycle.trial_ends_at}
    return Change(EVENT_TYPES[kind], after)
