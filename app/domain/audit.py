"""The audit chain: how each entry is linked to the one before, and where a chain is broken (R8.2)."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import Enum
from typing import Any
from uuid import UUID

from app.domain.actor import ActorKind
from app.domain.documents import Json, canonical_json


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """An entry as it is stored. `organization_id` is None on the platform's chain."""

    organization_id: str | None
    sequence: int
    at: datetime
    actor: str
    request_id: str
    action: str
    before: Json
    after: Json
    previous_hash: bytes | None
    hash: bytes

    @property
    def member_id(self) -> UUID | None:
        """The member who acted, or whom a key acted as."""
        kind, _, rest = self.actor.partition(":")
        return UUID(rest.partition("/")[0]) if kind == ActorKind.MEMBER.value else None


def entry_from(row: Mapping[str, Any]) -> AuditEntry:
    """From a row of the log, whose documents are JSON as text."""
    return AuditEntry(
        organization_id=str(row["organization_id"]) if row["organization_id"] is not None else None,
        sequence=row["sequence"],
        at=row["at"],
        actor=row["actor"],
        request_id=row["request_id"],
        action=row["action"],
        before=json.loads(row["before"]),
        after=json.loads(row["after"]),
        previous_hash=row["previous_hash"],
        hash=row["hash"],
    )


@dataclass(frozen=True, slots=True)
class ChainEnd:
    """Where the row that is a chain's lock says that it ends."""

    sequence: int
    hash: bytes | None


class Flaw(Enum):
    """What is wrong with an entry, or with the place where it should be."""

    MISSING = "MISSING"
    CHANGED = "CHANGED"
    UNKNOWN = "UNKNOWN"


@dataclass(frozen=True, slots=True)
class Break:
    """The first entry, by its number, that is not what was written."""

    sequence: int
    flaw: Flaw


def link(previous_hash: bytes | None, entry: AuditEntry) -> bytes:
    """SHA-256 over the link before and the entry's canonical JSON: made from what is stored alone, and not by the code
    that wrote it."""
    content = [
        entry.organization_id,
        entry.sequence,
        entry.at.astimezone(UTC).isoformat(),
        entry.actor,
        entry.request_id,
        entry.action,
        entry.before,
        entry.after,
    ]
    return hashlib.sha256((previous_hash or b"") + canonical_json(content).encode()).digest()


@dataclass(slots=True)
class ChainReader:
    """Reads a chain entry by entry, in order of their numbers, however long it is.

    `starts_anew`: a purge took along what was there, and what is there now has no entry before; numbers go on.
    """

    starts_anew: bool = False
    count: int = field(default=0, init=False)
    broken: Break | None = field(default=None, init=False)
    _sequence: int | None = field(default=None, init=False)
    _hash: bytes | None = field(default=None, init=False)

    def read(self, entry: AuditEntry) -> None:
        """Nothing more once the chain is broken."""
        if self.broken is not None:
            return
        expected = self._expected(entry.sequence)
        if entry.sequence != expected:
            is_gap = entry.sequence > expected
            self.broken = Break(expected, Flaw.MISSING) if is_gap else Break(entry.sequence, Flaw.UNKNOWN)
        elif entry.previous_hash != self._hash or link(self._hash, entry) != entry.hash:
            self.broken = Break(expected, Flaw.CHANGED)
        else:
            self.count += 1
            self._sequence, self._hash = entry.sequence, entry.hash

    def end(self, end: ChainEnd) -> Break | None:
        """What is broken, once everything was read that there is."""
        if self.broken is not None:
            return self.broken
        sequence = self._expected(end.sequence + 1) - 1
        if sequence < end.sequence:
            return Break(sequence + 1, Flaw.MISSING)
        if sequence > end.sequence:
            return Break(end.sequence + 1, Flaw.UNKNOWN)
        return Break(sequence, Flaw.CHANGED) if self._hash != end.hash else None

    def _expected(self, found: int) -> int:
        """The number that comes next; a chain that starts anew has whichever it is found with."""
        if self._sequence is not None:
            return self._sequence + 1
        return found if self.starts_anew else 1
