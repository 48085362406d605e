"""Reading the record of an organization: who did what, when, and whether anyone has changed it since (R8.2)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from app import db
from app.domain.audit import AuditEntry, Break, ChainEnd, ChainReader, entry_from
from app.domain.errors import invalid
from app.domain.paging import PageRequest
from app.domain.text import is_storable

BATCH = 2000
"""Entries read at once."""

MOST_ACTIONS = 50
LONGEST = 200
"""Characters of an action or a request's id."""
COLUMNS = "organization_id, sequence, at, actor, request_id, action, before, after, previous_hash, hash"


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """What has to be true of an entry; None and nothing for whatever there is. `until` is exclusive."""

    actions: Sequence[str] | None = None
    member_id: UUID | None = None
    request_id: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    def __post_init__(self) -> None:
        """Raises: DomainError INVALID_INPUT for what no entry can have."""
        if self.actions is not None and len(self.actions) > MOST_ACTIONS:
            raise invalid(f"At most {MOST_ACTIONS} actions are looked for at once.", "filter", "actions")
        for one in (*(self.actions or ()), self.request_id or ""):
            if len(one) > LONGEST or not is_storable(one):
                raise invalid(f"A filter has at most {LONGEST} characters that can be stored.", "filter")
        if self.since is not None and self.until is not None and self.until <= self.since:
            raise invalid("`until` is not after `since`.", "filter", "until")


@dataclass(frozen=True, slots=True)
class Verification:
    """A chain as it was read: how many entries it has, its last hash, and the first that is not what was written."""

    entries: int
    hash: bytes | None
    broken: Break | None
    at: datetime


_LISTED = f"""
    SELECT {COLUMNS} FROM audit_entries
    WHERE organization_id = $1
      AND ($2::text[] IS NULL OR action = ANY($2))
      AND ($3::text IS NULL OR actor = $3 OR starts_with(actor, $3 || '/'))
      AND ($4::text IS NULL OR request_id = $4)
      AND ($5::timestamptz IS NULL OR at >= $5)
      AND ($6::timestamptz IS NULL OR at < $6)
"""


async def list_audit(organization_id: UUID, wanted: AuditFilter, page: PageRequest) -> list[AuditEntry]:
    """Newest first."""
    rows = await db.fetch_page(_LISTED, "true", ("sequence",), page.turned_round(), organization_id, *_values(wanted))
    return [entry_from(row) for row in rows]


async def count_audit(organization_id: UUID, wanted: AuditFilter) -> int:
    return await db.count(_LISTED, organization_id, *_values(wanted))


async def verify_audit(organization_id: UUID) -> Verification:
    """Read the whole chain as it ends now; what is written meanwhile is not looked at."""
    end = await db.fetch_one(
        """
        SELECT sequence, audit_hash, purged_at IS NOT NULL AS is_purged, clock_timestamp() AS at
        FROM organizations WHERE id = $1
        """,
        organization_id,
    )
    assert end is not None, "whoever asks has found it"
    reader, position = ChainReader(starts_anew=end["is_purged"]), 0
    while reader.broken is None:
        rows = await db.fetch(
            f"""
            SELECT {COLUMNS} FROM audit_entries
            WHERE organization_id = $1 AND sequence > $2 AND sequence <= $3 ORDER BY sequence LIMIT {BATCH}
            """,
            organization_id,
            position,
            end["sequence"],
        )
        for row in rows:
            reader.read(entry_from(row))
        if len(rows) < BATCH:
            break
        position = rows[-1]["sequence"]
    broken = reader.end(ChainEnd(end["sequence"], end["audit_hash"]))
    return Verification(reader.count, end["audit_hash"], broken, end["at"])


def _values(wanted: AuditFilter) -> list[Any]:
    actor = f"member:{wanted.member_id}" if wanted.member_id is not None else None
    actions = list(wanted.actions) if wanted.actions is not None else None
    return [actions, actor, wanted.request_id, wanted.since, wanted.until]
