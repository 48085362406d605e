"""Live updates: an organization's events as they come, to whoever may see them (R8.1, R2.3, R2.6)."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from random import uniform
from typing import Any, TypeVar
from uuid import UUID

import orjson

from app import db
from app.delivery.pulse import BEAT, pulse
from app.domain.actor import Actor
from app.domain.errors import ErrorCode, invalid, refuse
from app.domain.event_types import ACCESS_CHANGED, is_of_access, is_of_seats, may_see
from app.domain.policy import TRACKER_PERMISSIONS
from app.seats.own import find_own_changes

T = TypeVar("T")

BATCH = 100
"""Events that are read at once: as many as a listener keeps in memory, however slowly they are taken."""

FRESH = 1.0
"""Seconds for which it is believed who a listener is; older than that, it is asked again before the next event."""

_turns = asyncio.Semaphore(4)
"""So many listeners read at once, and leave the other connections to requests."""

_READ = """
    SELECT event.sequence, event.at, event.type, event.payload, organization.purge_decided_at IS NOT NULL AS is_gone
    FROM organizations AS organization
    LEFT JOIN LATERAL (
        SELECT sequence, at, type, payload FROM events
        WHERE organization_id = organization.id AND sequence > $2 ORDER BY sequence LIMIT $3
    ) AS event ON true
    WHERE organization.id = $1 ORDER BY event.sequence
"""


class TokenEnded(Exception):  # noqa: N818 - no error: it was to be expected
    """What the listener came in with opens nothing any more."""


@dataclass(frozen=True, slots=True)
class Listener:
    """Someone who waits for events.

    `find_actor` says who they are now, None when their token has ended; it is asked anew as long as they listen,
    at least every `check_seconds`. `last_sequence` is the number of the last event they had, if they come back.
    """

    find_actor: Callable[[], Awaitable[Actor | None]]
    check_seconds: float
    last_sequence: int | None = None


@dataclass(frozen=True, slots=True)
class EventRow:
    """One event of the outbox. `payload` holds ids and facts, and ids of rows as they are stored."""

    organization_id: UUID
    sequence: int
    at: datetime
    type: str
    payload: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Told:
    """An event, and the listener as they were when it was decided that they may see it."""

    actor: Actor
    event: EventRow


async def listen(
    listener: Listener, actor: Actor, organization_id: UUID, after: int | None
) -> AsyncGenerator[Told, None]:
    """The organization's events with a number greater than `after`, without end; None: those that come from now on.

    In order, each once, without those that the listener may not see; of those, a member is told that their own access
    changed, where it did (0095). It ends when the organization is out of their reach, or its data are to be deleted,
    and raises TokenEnded when their token has.

    Raises: DomainError NOT_FOUND (also for one out of reach), INVALID_INPUT for a number that no event has had.
    """
    row = None
    if actor.can_reach(organization_id):
        row = await db.fetch_one("SELECT sequence FROM organizations WHERE id = $1", organization_id)
    if row is None:
        raise refuse(ErrorCode.NOT_FOUND, "There is no such organization.", "organizationId")
    asked = after if listener.last_sequence is None else listener.last_sequence
    position = row["sequence"] if asked is None else asked
    if not 0 <= position <= row["sequence"]:
        raise invalid(f"No event has had the number {position} yet.", "after")
    return _Following(listener, organization_id, position, actor).follow()


@dataclass(frozen=True, slots=True)
class _Own:
    """Which changes of seats in a batch of events are about a member; None for a robot, which is told of none."""

    member_id: UUID
    changes: frozenset[UUID] | None

    def has(self, event: EventRow) -> bool:
        """Of a suspension everyone hears: `suspended` and their reason say so to each."""
        if self.changes is None:
            return False
        return not is_of_seats(event.type) or UUID(event.payload["changeId"]) in self.changes


@dataclass(slots=True)
class _Following:
    listener: Listener
    organization_id: UUID
    position: int
    actor: Actor
    checked_at: float = field(default=0.0, init=False)
    is_gone: bool = field(default=False, init=False)
    own: _Own | None = field(default=None, init=False)

    async def follow(self) -> AsyncGenerator[Told, None]:
        while True:
            events = await outlasting(self._read)
            self.own = None
            # Asked after the reading: whoever lost their place before something happened is not told of it.
            if not await outlasting(self._reaches):
                return
            for event in events:
                if _now() > self.checked_at + FRESH and not await outlasting(self._reaches):
                    return
                self.position = event.sequence
                told = event if self._may_see(event) else await self._find_own(event, events)
                if told is not None:
                    yield Told(self.actor, told)
            if not events and self.is_gone:
                return
            if len(events) < BATCH:
                await pulse.wait(self.organization_id, self.position, self._patience())

    async def _read(self) -> list[EventRow]:
        with db.acting_for(frozenset({self.organization_id})):
            rows = await db.fetch(_READ, self.organization_id, self.position, BATCH)
        self.is_gone = not rows or rows[0]["is_gone"]
        return [_event_from(self.organization_id, row) for row in rows if row["sequence"] is not None]

    async def _reaches(self) -> bool:
        """Whether the organization still exists for the listener. Raises: TokenEnded."""
        actor = await self.listener.find_actor()
        if actor is None:
            raise TokenEnded
        self.actor, self.checked_at = actor, _now()
        return actor.can_reach(self.organization_id)

    def _may_see(self, event: EventRow) -> bool:
        held = self.actor.standing_in(self.organization_id).permissions
        return may_see(event.type, held - TRACKER_PERMISSIONS if self.is_gone else held)

    async def _find_own(self, event: EventRow, batch: Sequence[EventRow]) -> EventRow | None:
        """What a member is told of an event that they may not see: that it changed their own access, if it did.

        What is asked for that is asked once for a batch, and of what is recorded for good: whoever comes back is told
        the same.
        """
        member_id = self.actor.member_in(self.organization_id)
        if member_id is None or self.is_gone or not is_of_access(event.type):
            return None
        if self.own is None or self.own.member_id != member_id:
            self.own = await outlasting(partial(self._ask_own, member_id, batch))
        return replace(event, type=ACCESS_CHANGED, payload={}) if self.own.has(event) else None

    async def _ask_own(self, member_id: UUID, batch: Sequence[EventRow]) -> _Own:
        change_ids = [UUID(one.payload["changeId"]) for one in batch if is_of_seats(one.type)]
        with db.acting_for(frozenset({self.organization_id})):
            return _Own(member_id, await find_own_changes(member_id, change_ids))

    def _patience(self) -> float:
        """Seconds until the listener is looked at again, at the latest; sooner when their token is about to end."""
        seconds = self.listener.check_seconds * uniform(0.8, 1.0)  # noqa: S311 - no secret
        if self.actor.expires_at is None:
            return seconds
        return max(BEAT, min(seconds, (self.actor.expires_at - datetime.now(UTC)).total_seconds()))


def _now() -> float:
    return asyncio.get_running_loop().time()


async def outlasting(ask: Callable[[], Awaitable[T]]) -> T:
    """The answer, however long the database does not give one."""
    while True:
        try:
            async with _turns:
                return await ask()
        except Exception as error:
            if not db.is_outage(error):
                raise
        await asyncio.sleep(BEAT + uniform(0, BEAT))  # noqa: S311 - no secret


def _event_from(organization_id: UUID, row: db.Row) -> EventRow:
    return EventRow(organization_id, row["sequence"], row["at"], row["type"], orjson.loads(row["payload"]))
