"""Webhooks: what one may be sent, how a message is written, and when it is tried again (R8.3)."""

import json
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import Enum
from typing import Any
from uuid import UUID

from app.domain.actor import Permission
from app.domain.errors import DomainError, ErrorCode, Problem, invalid, refuse_for
from app.domain.event_catalog import EVENT_TYPES
from app.domain.event_types import may_see
from app.domain.instants import instant_text
from app.domain.payloads import global_id, presented

MOST_WEBHOOKS = 20
"""Of an organization, and of a partner's key."""
MOST_FILTERS = 50
LONGEST_OVERLAP_HOURS = 7 * 24
MOST_REPLAYED = 10_000
"""Events in one replay."""

DELAYS = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=20),
)
"""Between an attempt and the next: three days in all, of real time (R9.2)."""
MOST_ATTEMPTS = len(DELAYS) + 1
LONGEST = timedelta(days=3)
"""Nothing is tried for longer, whatever a receiver wishes."""
JITTER = 0.1
"""By so much of itself a delay is longer or shorter, so that what failed together is not tried again together."""
LONGEST_WISH = timedelta(hours=24)
"""For so long a receiver may ask to be left alone, by Retry-After."""
GONE = 410
NOT_WAITED_FOR = "the sender came to an end before it answered"
NOT_SENT = "nothing was sent: too many names were being looked up"
NOT_COUNTED = (NOT_WAITED_FOR, NOT_SENT)
"""Why an attempt is not held against a receiver: it is made anew."""
_SUCCESS = 2
_SECONDS = re.compile(r"\d{1,9}", re.ASCII)

EVENTS = frozenset(EVENT_TYPES)
"""Every type that a webhook can be sent."""

_NOUNS = frozenset(one.partition(".")[0] for one in EVENTS)


class DeliveryStatus(Enum):
    """Where an event is on its way to a receiver."""

    PENDING = "PENDING"
    DELIVERED = "DELIVERED"
    DEAD = "DEAD"


class DisabledReason(Enum):
    """Why a webhook is sent nothing."""

    BY_REQUEST = "BY_REQUEST"
    FAILING = "FAILING"
    GONE = "GONE"


@dataclass(frozen=True, slots=True)
class Happened:
    """An event to be told. `organization_id` None is the platform's record, where `LAST_EVENT` is."""

    organization_id: UUID | None
    sequence: int
    at: datetime
    type: str
    payload: Mapping[str, Any]


def check_filters(filters: Sequence[str], permissions: Collection[Permission], *path: str) -> list[str]:
    """The filters, each once, in alphabetical order: names of types, or a noun with every participle, "seats.*".
    None at all are every event that may be seen.

    Raises: DomainError INVALID_INPUT for what there is not, FORBIDDEN for a type that cannot be seen with the
    permissions.
    """
    if len(filters) > MOST_FILTERS:
        raise invalid(f"A webhook has at most {MOST_FILTERS} filters.", *path)
    problems = []
    for place, one in enumerate(filters):
        noun, _, participle = one.partition(".")
        if one not in EVENTS and not (noun in _NOUNS and participle == "*"):
            message = "There is no such event; name one, or all about a noun: seats.*"
            problems.append(Problem(ErrorCode.INVALID_INPUT, message, (*path, str(place))))
        elif participle != "*" and not may_see(one, permissions):
            message = f"Nobody is told what they may not see: {one}."
            problems.append(Problem(ErrorCode.FORBIDDEN, message, (*path, str(place))))
    if problems:
        raise refuse_for(problems)
    return sorted(set(filters))


def is_wanted(event_type: str, filters: Collection[str], permissions: Collection[Permission]) -> bool:
    """Whether a webhook with the filters, and the permissions of whoever has it, is sent events of the type."""
    is_named = not filters or event_type in filters or f"{event_type.partition('.')[0]}.*" in filters
    return is_named and may_see(event_type, permissions)


def check_overlap(hours: int) -> timedelta:
    """For how long an old secret signs beside the new one. Raises: DomainError INVALID_INPUT."""
    if not 0 <= hours <= LONGEST_OVERLAP_HOURS:
        message = f"The old secret goes on signing for 0 to {LONGEST_OVERLAP_HOURS} hours."
        raise invalid(message, "input", "overlapHours")
    return timedelta(hours=hours)


def require_as_much(held: Collection[Permission], given: Collection[Permission]) -> None:
    """Nobody sends elsewhere what they may not see themselves. Raises: DomainError FORBIDDEN."""
    if not frozenset(given) <= frozenset(held):
        raise DomainError(ErrorCode.FORBIDDEN, "This webhook is told what you may not see.")


def message_id(event_id: UUID) -> str:
    """The same for every attempt to tell an event, and in every replay: by it a receiver drops repeats."""
    return f"evt_{event_id.hex}"


def write_body(event: Happened) -> bytes:
    """What is signed and sent. `sequence` is the event's number in its organization; null in the last, which is told
    after the organization's record is gone."""
    is_last = event.organization_id is None
    organization_id = UUID(str(event.payload["organizationId"])) if is_last else event.organization_id
    assert organization_id is not None, "what is told is of an organization"
    content = {
        "type": event.type,
        "timestamp": instant_text(event.at),
        "organizationId": global_id("Organization", organization_id),
        "sequence": None if is_last else event.sequence,
        "data": presented(event.payload),
    }
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()


def delay_after(attempts: int, tried_for: timedelta, chance: float, wish: timedelta | None) -> timedelta | None:
    """How long to wait after so many attempts in vain, the last so long after the first; None when there were enough.

    `chance` is from -1 to 1. `wish` is what the receiver asked for: it makes the delay longer, never shorter. What
    would lead past LONGEST is tried a last time then.
    """
    left = LONGEST - tried_for
    if attempts > len(DELAYS) or left <= timedelta():
        return None
    delay = DELAYS[attempts - 1] * (1 + JITTER * chance)
    wished = max(delay, min(wish, LONGEST_WISH)) if wish is not None else delay
    return min(wished, left)


def wish_of(retry_after: str | None, now: datetime) -> timedelta | None:
    """How long a receiver asks to be left alone, by Retry-After: seconds, or a date (RFC 9110, 10.2.3). None when it
    says nothing that can be read."""
    if retry_after is None:
        return None
    if _SECONDS.fullmatch(retry_after) is not None:
        return timedelta(seconds=int(retry_after))
    try:
        until = parsedate_to_datetime(retry_after)
    except (ValueError, OverflowError):
        return None
    return max(timedelta(), (until if until.tzinfo is not None else until.replace(tzinfo=UTC)) - now)


def is_success(status: int) -> bool:
    """Whether a receiver took what it was sent: any status of 200 to 299."""
    return status // 100 == _SUCCESS
