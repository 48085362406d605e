"""One effect per idempotency key (invariant 16): a request runs in the transaction that keeps its key, and its answer
is kept with its effect; whoever brings the key again is given the answer.

Keys live by real time (R9.2).
"""

import asyncio
import hashlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from enum import Enum
from typing import Any
from uuid import UUID
from weakref import WeakValueDictionary

from app import db
from app.domain.actor import Actor, ActorKind
from app.domain.errors import DomainError, ErrorCode
from app.faultpoints import fault_point
from app.identity.sweeping import CHUNK, delete_rows, list_rows

PATIENCE = 5.0
"""Seconds to wait for someone who is at work under the same key."""
LIFETIME = "interval '7 days'"

_OVER = f"created_at <= clock_timestamp() - {LIFETIME}"
_PAUSE = 0.1
"""Seconds between two looks at a key that another process has in hand."""
_WITHIN = {ActorKind.PERSON, ActorKind.MEMBER, ActorKind.API_KEY}
"""Kinds whose answers are about the organizations that they reach, and no others."""


class Part(Enum):
    """Which part of a request is run. Most have no rest: all of them is the start, in the transaction of their key."""

    WHOLE = "WHOLE"
    START = "START"
    REST = "REST"


class Fate(Enum):
    """What becomes of a request's effect and answer."""

    KEPT = "KEPT"
    """Both are kept."""
    UNTOLD = "UNTOLD"
    """The effect is kept; the answer is given once, for it shows a secret."""
    TAKEN_BACK = "TAKEN_BACK"
    """Neither is: the key is as good as new."""
    BEGUN = "BEGUN"
    """The start is kept, and the rest is to be done without a transaction around it: it can be done again."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was answered, as it was sent, and what becomes of it."""

    body: bytes
    fate: Fate
    is_replayed: bool = False


Run = Callable[[Part], Awaitable[Outcome]]
"""Runs a part of the request. The rest of a request may be run several times, also at once."""


@dataclass(frozen=True, slots=True)
class _Request:
    """A request under a key; the hashes are SHA-256."""

    actor: Actor
    key_hash: bytes
    request_hash: bytes

    @property
    def asker(self) -> str:
        return f"{self.actor.kind.value}:{self.actor.reference}"


class _TakenBack(Exception):  # noqa: N818 - no error: the end of a transaction of which nothing is kept
    def __init__(self, outcome: Outcome) -> None:
        super().__init__()
        self.outcome = outcome


_turns: WeakValueDictionary[tuple[str, bytes], asyncio.Lock] = WeakValueDictionary()
"""Held by whoever is at work under a key in this process: others wait here, without a connection."""


async def run_once(actor: Actor, key: str, request: bytes, run: Run) -> Outcome:
    """Run a request, or give what it answered under the actor's key before, for 7 days.

    `request` is everything that is asked for, in a form that is the same when the same is asked.

    Raises: DomainError IDEMPOTENCY_KEY_REUSED for another request than the key came with before, and for one whose
    answer is not kept; CONFLICT when someone is at work under the key for longer than 5 seconds.
    """
    # The table tells neither the key nor, to someone who guesses, what was asked.
    asked = _Request(actor, _digest(key.encode()), _digest(key.encode() + b"\n" + request))
    deadline = time.monotonic() + PATIENCE
    async with _turn(asked):
        while True:
            outcome = await _try(asked, run)
            if outcome is not None:
                return outcome
            if time.monotonic() >= deadline:
                raise _busy()
            await asyncio.sleep(_PAUSE)


async def forget_old_keys() -> int:
    """Delete keys that are over. Returns how many."""
    await delete_rows("answers_forgotten", f"at <= clock_timestamp() - {LIFETIME}")
    return await delete_rows("idempotency_keys", _OVER)


async def list_old_keys(limit: int) -> list[UUID]:
    """Keys that are over, and not forgotten yet."""
    return await list_rows("idempotency_keys", _OVER, limit)


async def forget_answers() -> int:
    """Delete answers that nobody is given any more since somebody was erased, or an organization purged (R1.8, R1.10):
    those that were too many then, or that another transaction had in hand. Returns how many."""
    total = forgotten = await _forget_some()
    while forgotten:
        forgotten = await _forget_some()
        total += forgotten
    return total


async def list_told_answers(limit: int) -> list[UUID]:
    """Keys whose answer is kept though nobody is given it any more."""
    rows = await db.fetch(
        """
        SELECT kept.id FROM idempotency_keys AS kept
        WHERE kept.answer IS NOT NULL AND EXISTS (
            SELECT FROM answers_forgotten AS one WHERE one.at >= kept.answered_at
                AND (kept.organization_ids IS NULL OR one.about = ANY(kept.organization_ids))
        )
        LIMIT $1
        """,
        limit,
    )
    return [row["id"] for row in rows]


async def _forget_some() -> int:
    (row,) = await db.fetch("SELECT forget_answers_about(NULL, $1) AS rows", CHUNK)
    return int(row["rows"])


@asynccontextmanager
async def _turn(asked: _Request) -> AsyncIterator[None]:
    lock = _turns.setdefault((asked.asker, asked.key_hash), asyncio.Lock())
    try:
        async with asyncio.timeout(PATIENCE):
            await lock.acquire()
    except TimeoutError:
        raise _busy() from None
    try:
        yield
    finally:
        lock.release()


async def _try(asked: _Request, run: Run) -> Outcome | None:
    """None while another process is at work under the key."""
    try:
        async with db.in_transaction():
            found = await _claim(asked)
            if found["state"] == "BUSY":
                return None
            is_found = found["state"] == "FOUND"
            outcome = _look(asked, found) if is_found else await _start(asked, run)
    except _TakenBack as taken_back:
        return taken_back.outcome
    fault_point("key.committed")
    return outcome if outcome is not None else await _finish(asked, run)


async def _claim(asked: _Request) -> db.Row:
    (found,) = await db.fetch(
        "SELECT * FROM claim_idempotency_key($1, $2, $3)", asked.asker, asked.key_hash, asked.request_hash
    )
    return found


async def _claim_again(asked: _Request) -> None:
    """For a request that gave its connection, and its key with it, back for a while. Raises: DomainError CONFLICT."""
    if (await _claim(asked))["state"] != "CLAIMED":
        raise _busy()


async def _start(asked: _Request, run: Run) -> Outcome | None:
    """None when there is a rest to be done after the commit."""
    db.begin_again_with(lambda: _claim_again(asked))
    outcome = await run(Part.START)
    if outcome.fate is Fate.TAKEN_BACK:
        raise _TakenBack(outcome)
    if outcome.fate is not Fate.BEGUN:
        await _store(asked, outcome)
    fault_point("key.stored")
    return None if outcome.fate is Fate.BEGUN else outcome


async def _finish(asked: _Request, run: Run) -> Outcome:
    """Do the rest. Of several who did it at once the first has stored its answer, which is that of all."""
    outcome = await run(Part.REST)
    if outcome.fate is Fate.TAKEN_BACK or await _store(asked, outcome):
        return outcome
    return _look(asked, await _claim(asked)) or outcome


def _look(asked: _Request, found: db.Row) -> Outcome | None:
    """The answer given before; None for a request whose rest is still to be done. Raises: DomainError."""
    if found["request_hash"] != asked.request_hash:
        raise DomainError(ErrorCode.IDEMPOTENCY_KEY_REUSED, "This idempotency key came with another request before.")
    if found["answered_at"] is None:
        return None
    if found["answer"] is None:
        raise DomainError(
            ErrorCode.IDEMPOTENCY_KEY_REUSED,
            "This was done under this idempotency key. Its answer is not kept: it showed a secret, or was about "
            "somebody whose data are deleted.",
        )
    return Outcome(found["answer"], Fate.KEPT, is_replayed=True)


async def _store(asked: _Request, outcome: Outcome) -> bool:
    """Whether it is the first answer."""
    body = outcome.body if outcome.fate is Fate.KEPT else None
    row = await db.fetch_one(
        "SELECT store_idempotent_answer($1, $2, $3, $4) AS is_first", asked.asker, asked.key_hash, body, _about(asked)
    )
    return row is not None and bool(row["is_first"])


def _about(asked: _Request) -> list[UUID] | None:
    """The organizations that an answer to the actor can be about; None when it can be about any."""
    organizations: Any = asked.actor.organizations
    return sorted(organizations) if asked.actor.kind in _WITHIN and organizations else None


def _busy() -> DomainError:
    return DomainError(ErrorCode.CONFLICT, "A request with this idempotency key is still being worked on; try again.")


def _digest(content: bytes) -> bytes:
    return hashlib.sha256(content).digest()
