"""Invariants 14 and 17: every change has its event and its entry, in a row without a gap, and the chain verifies."""

from collections.abc import AsyncIterator

from app.checks.check import Check, Look, Row
from app.domain.audit import ChainEnd, ChainReader, entry_from

_PREFETCH = 2000
_WHOLE = "SELECT id FROM organizations WHERE purge_decided_at IS NULL OR purged_at IS NOT NULL"
"""Organizations whose record is not being deleted right now."""
_ENDS = f"""
    SELECT NULL::uuid AS id, sequence, audit_hash, false AS is_purged FROM platform_chain
    UNION ALL
    SELECT id, sequence, audit_hash, purged_at IS NOT NULL FROM organizations
    WHERE id IN ({_WHOLE}) AND ($1::uuid[] IS NULL OR id = ANY($1))
"""
_ENTRIES = f"""
    SELECT organization_id, sequence, at, actor, request_id, action, before, after, previous_hash, hash
    FROM audit_entries
    WHERE organization_id IS NULL
       OR (organization_id IN ({_WHOLE}) AND ($1::uuid[] IS NULL OR organization_id = ANY($1)))
    ORDER BY organization_id NULLS FIRST, sequence
"""


async def find_broken_chains(look: Look) -> AsyncIterator[Row]:
    """The first entry of each chain that is not what was written; without an organization, the platform's chain."""
    ends = await look.connection.fetch(_ENDS, look.organization_ids)
    readers = {end["id"]: ChainReader(starts_anew=end["is_purged"]) for end in ends}
    async for row in look.connection.cursor(_ENTRIES, look.organization_ids, prefetch=_PREFETCH):
        readers[row["organization_id"]].read(entry_from(dict(row)))
    for end in ends:
        broken = readers[end["id"]].end(ChainEnd(end["sequence"], end["audit_hash"]))
        if broken is not None:
            yield {"organization_id": end["id"], "sequence": broken.sequence, "flaw": broken.flaw.value}


AUDIT = (
    Check(
        14,
        "the events of an organization are numbered without a gap, to its last change",
        f"""
        SELECT organization.id AS organization_id, organization.sequence AS expected, event.count, event.last
        FROM organizations AS organization
        LEFT JOIN (
            SELECT organization_id, count(*) AS count, min(sequence) AS first, max(sequence) AS last
            FROM events GROUP BY organization_id
        ) AS event ON event.organization_id = organization.id
        WHERE organization.id IN ({_WHOLE}) AND (
            coalesce(event.last, organization.sequence) <> organization.sequence
            OR coalesce(event.last - event.first + 1 <> event.count, false)
            OR (organization.purged_at IS NULL AND event.first IS DISTINCT FROM 1 AND organization.sequence > 0)
        )
        """,
    ),
    Check(
        17,
        "every event has its audit entry, and every entry its event",
        f"""
        SELECT coalesce(event.organization_id, entry.organization_id) AS organization_id,
               coalesce(event.sequence, entry.sequence) AS sequence
        FROM events AS event
        FULL JOIN audit_entries AS entry
          ON entry.organization_id = event.organization_id AND entry.sequence = event.sequence
         AND entry.at = event.at AND entry.action = event.type AND entry.after = event.payload
        WHERE (event.id IS NULL OR entry.id IS NULL)
          AND coalesce(event.organization_id, entry.organization_id) IN ({_WHOLE})
        """,
    ),
    Check(
        17,
        "every audit entry says who and in which request",
        "SELECT organization_id, sequence FROM audit_entries WHERE actor = '' OR request_id = ''",
    ),
    Check(17, "the audit chains verify, to the last entry", find=find_broken_chains),
)
