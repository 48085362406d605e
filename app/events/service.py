"""Writing what happened: outbox rows for the outside, chained audit entries for the record (R8.1, R8.2)."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from app import db
from app.domain.actor import Actor
from app.events.mails import write_mails


@dataclass(frozen=True, slots=True)
class Change:
    """Something that happened, by ids only: no names, no e-mail addresses, no secrets.

    `type` is a noun and a past participle ("seats.changed"). `after` is the event's payload too.
    """

    type: str
    after: Mapping[str, Any]
    before: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ChainHead:
    """Where a chain stands; `organization_id` None is the platform's. Moved on only under its row's lock."""

    organization_id: UUID | None
    sequence: int
    audit_hash: bytes | None


@dataclass(frozen=True, slots=True)
class Batch:
    """What happened at one instant to one chain."""

    head: ChainHead
    at: datetime
    changes: Sequence[Change]


@dataclass(frozen=True, slots=True)
class Written:
    """What is written by the same statement as the changes that tell of it: CTEs that end in a comma, whose parameters
    begin with $4, which are the `values`; and how many rows they write, as SQL and as it must be."""

    sql: str
    values: Sequence[Any]
    rows_sql: str
    rows: int


_ENTRIES = """
    entry AS MATERIALIZED (
        SELECT * FROM jsonb_to_recordset($1::jsonb) AS entry (
            organization_id uuid, sequence bigint, at timestamptz, actor text, type text, before jsonb, payload jsonb,
            previous_hash text, hash text
        )
    ), event AS (
        INSERT INTO events (id, organization_id, sequence, at, type, payload)
        SELECT gen_random_uuid(), organization_id, sequence, at, type, payload FROM entry
    ), audited AS (
        INSERT INTO audit_entries
            (id, organization_id, sequence, at, actor, request_id, action, before, after, previous_hash, hash)
        SELECT gen_random_uuid(), organization_id, sequence, at, actor, $2, type, before, payload,
               decode(previous_hash, 'hex'), decode(hash, 'hex')
        FROM entry
    ), head AS (
        SELECT organization_id, at, sequence, decode(hash, 'hex') AS hash
        FROM jsonb_to_recordset($3::jsonb) AS head (organization_id uuid, at timestamptz, sequence bigint, hash text)
    )
"""
_WRITE_OF_ORGANIZATIONS = f"""{_ENTRIES}
    UPDATE organizations AS chain SET last_change_at = head.at, sequence = head.sequence, audit_hash = head.hash
    FROM head WHERE chain.id = head.organization_id
"""
_WRITE_OF_PLATFORM = f"""{_ENTRIES}
    UPDATE platform_chain AS chain SET last_change_at = head.at, sequence = head.sequence, audit_hash = head.hash
    FROM head WHERE chain.id = 1
"""


@dataclass(frozen=True, slots=True)
class Chained:
    """Changes as links of their chains: the parameters by which they are written, and what they are."""

    values: tuple[str, str, str]
    entries: Sequence[Mapping[str, Any]]


def chain_changes(actor: Actor, batches: Sequence[Batch]) -> Chained:
    """Every change of every batch, in order, as what `write_chained` writes."""
    entries: list[dict[str, Any]] = []
    heads = [_chain(actor, batch, entries) for batch in batches]
    return Chained((db.to_json(entries), actor.request_id, db.to_json(heads)), entries)


async def write_chained(chained: Chained, along: Written | None = None) -> None:
    """Write every change as an event and an audit entry, and move the organizations' clocks and chains on, whose locks
    are held: one statement, however many, and one for the mails that tell of it if there are any."""
    await _write(chained, _WRITE_OF_ORGANIZATIONS, along)


async def record_platform_change(actor: Actor, change: Change) -> None:
    """Write a change that belongs to no organization, on the platform's own chain (R8.2)."""
    row = await db.fetch_one("""
        SELECT sequence, audit_hash, greatest(clock_timestamp(), last_change_at + interval '1 microsecond') AS at
        FROM platform_chain WHERE id = 1 FOR NO KEY UPDATE
    """)
    assert row is not None, "the platform chain is made by a migration"
    batch = Batch(ChainHead(None, row["sequence"], row["audit_hash"]), row["at"], [change])
    await _write(chain_changes(actor, [batch]), _WRITE_OF_PLATFORM)


async def _write(chained: Chained, statement: str, along: Written | None = None) -> None:
    """Raises: RuntimeError when what is written along is not what was foreseen."""
    if along is None:
        await db.fetch(f"WITH {statement}", *chained.values)
    else:
        sql = f"WITH {along.sql} {statement} RETURNING {along.rows_sql} AS rows"
        (row,) = await db.fetch(sql, *chained.values, *along.values)
        if row["rows"] != along.rows:
            raise RuntimeError(f"{row['rows']} rows were written, and {along.rows} foreseen")
    await write_mails(chained.entries)


def hash_entry(previous_hash: bytes | None, entry: Sequence[Any]) -> bytes:
    """The link of the chain: SHA-256 over the link before and the entry's canonical JSON."""
    return hashlib.sha256((previous_hash or b"") + db.to_json(entry).encode()).digest()


def _chain(actor: Actor, batch: Batch, entries: list[dict[str, Any]]) -> dict[str, Any]:
    """Add what is to be written of a batch to the entries; gives the chain's new head."""
    sequence, last = batch.head.sequence, batch.head.audit_hash
    name = actor.name_in(batch.head.organization_id)
    organization_id = str(batch.head.organization_id) if batch.head.organization_id else None
    at = batch.at.isoformat()
    for change in batch.changes:
        sequence += 1
        content = [
            organization_id,
            sequence,
            at,
            name,
            actor.request_id,
            change.type,
            change.before,
            change.after,
        ]
        link = hash_entry(last, content)
        entries.append(
            {
                "organization_id": organization_id,
                "sequence": sequence,
                "at": at,
                "actor": name,
                "type": change.type,
                "before": change.before,
                "payload": change.after,
                "previous_hash": last.hex() if last else None,
                "hash": link.hex(),
            }
        )
        last = link
    return {
        "organization_id": organization_id,
        "at": at,
        "sequence": sequence,
        "hash": last.hex() if last else None,
    }
