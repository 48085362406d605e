"""Telling owners what their trial and their data come to, each notice once for what it is about (R1.9)."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from app import db
from app.domain.actor import Actor
from app.domain.lifecycle import (
    PURGE_WARNINGS,
    Notice,
    due_warning,
    is_trial_end_due,
    notice_due_at,
    purge_at,
)
from app.events.service import Change
from app.faultpoints import fault_point
from app.organizations.service import LockedOrganization, lock_organizations, record_all
from app.retention.schedule import FINAL_WARNING, NOTICES, ON_CLOCK, PURGES

EVENT_TYPES = {
    Notice.TRIAL_ENDS_IN_7_DAYS: "trial.ending",
    Notice.TRIAL_ENDS_IN_1_DAY: "trial.ending",
    Notice.TRIAL_ENDED: "trial.ended",
    Notice.PURGE_IN_14_DAYS: "purge.approaching",
    Notice.PURGE_IN_7_DAYS: "purge.approaching",
    Notice.PURGE_IN_1_DAY: "purge.approaching",
}

_DUE = f"""
    WITH overdue AS (
        SELECT notice.id, notice.kind, notice.due_at,
               row_number() OVER (PARTITION BY notice.id, notice.kind = 'TRIAL_ENDED'
                                  ORDER BY notice.due_at DESC) AS nth
        FROM ({NOTICES}) AS notice WHERE notice.due_at <= notice.now AND {ON_CLOCK.format("notice")}
    )
    SELECT overdue.id FROM overdue
    WHERE overdue.nth = 1 AND NOT EXISTS (
        SELECT FROM notices AS notice
        WHERE notice.organization_id = overdue.id AND notice.kind = overdue.kind AND notice.due_at = overdue.due_at
    )
    GROUP BY overdue.id ORDER BY min(overdue.due_at), overdue.id LIMIT $2
"""


async def list_due_notices(limit: int, test_clock_id: UUID | None) -> list[UUID]:
    """Organizations that a notice is due to, longest overdue first; clocks as in `list_due_closings`."""
    return [row["id"] for row in await db.fetch(_DUE, test_clock_id, limit)]


async def write_notices(actor: Actor, organization_ids: Sequence[UUID], *, during_advance: bool) -> int:
    """Write what is due to each organization, decided again under its lock. Returns how many were written."""
    async with db.in_transaction():
        organizations = await lock_organizations(organization_ids, during_advance=during_advance)
        written = await _find_written(organizations)
        due = [(one, _due_kinds(one, written[one.id])) for one in organizations]
        due = [(organization, kinds) for organization, kinds in due if kinds]
        await _store(due)
        fault_point("notices.stored")
        if due:
            await record_all(actor, [(one, [_change(one, kind) for kind in kinds]) for one, kinds in due])
            fault_point("notices.recorded")
    return sum(len(kinds) for _, kinds in due)


async def find_final_warnings(organization_ids: Sequence[UUID]) -> dict[UUID, datetime]:
    """When the last warning before the purge as it is planned now was written, where it was."""
    rows = await db.fetch(
        f"""
        SELECT notice.organization_id, notice.written_at
        FROM ({PURGES}) AS purge
        JOIN notices AS notice ON notice.organization_id = purge.id AND {FINAL_WARNING.format("notice", "purge")}
        WHERE purge.id = ANY($1)
        """,
        list(organization_ids),
    )
    return {row["organization_id"]: row["written_at"] for row in rows}


async def find_next_notice(test_clock_id: UUID, after: datetime) -> datetime | None:
    """When the next notice on the clock falls due, later than `after`."""
    row = await db.fetch_one(
        f"SELECT min(due_at) AS due_at FROM ({NOTICES}) AS notice WHERE test_clock_id = $1 AND due_at > $2",
        test_clock_id,
        after,
    )
    return row["due_at"] if row else None


def _due_kinds(organization: LockedOrganization, written: set[Notice]) -> list[Notice]:
    lifecycle = organization.facts.lifecycle
    ended = [Notice.TRIAL_ENDED] if is_trial_end_due(lifecycle, organization.at, written) else []
    warning = due_warning(lifecycle, organization.at, written)
    return [*ended, *([warning] if warning is not None else [])]


async def _find_written(organizations: Sequence[LockedOrganization]) -> dict[UUID, set[Notice]]:
    """What was written for the instants that notices are due at as things stand."""
    rows = await db.fetch(
        "SELECT organization_id, kind, due_at FROM notices WHERE organization_id = ANY($1)",
        [organization.id for organization in organizations],
    )
    lives = {organization.id: organization.facts.lifecycle for organization in organizations}
    written: dict[UUID, set[Notice]] = defaultdict(set)
    for row in rows:
        kind = Notice(row["kind"])
        if row["due_at"] == notice_due_at(lives[row["organization_id"]], kind):
            written[row["organization_id"]].add(kind)
    return written


async def _store(due: Sequence[tuple[LockedOrganization, Sequence[Notice]]]) -> None:
    rows = [
        {
            "organization_id": one.id,
            "kind": kind.value,
            "due_at": notice_due_at(one.facts.lifecycle, kind),
            "at": one.at,
        }
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


def _change(organization: LockedOrganization, kind: Notice) -> Change:
    lifecycle = organization.facts.lifecycle
    after: dict[str, Any] = {"notice": kind.value, "trialEndsAt": lifecycle.trial_ends_at}
    if kind in PURGE_WARNINGS:
        after |= {"purgeAt": purge_at(lifecycle), "closedAt": lifecycle.closed_at}
    return Change(EVENT_TYPES[kind], after)
