"""Which grants of a few people end and begin, from whom their subscriptions cover (R3.2, R3.3).

For a change that nobody can wait for and that seats whom it names: the same as `app.seats.ledger.align` does to many.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Cover:
    """A subscription that covers a member; `seats` unless who is covered by it alone gets no seat (`joins: NEVER`)."""

    subscription_id: UUID
    member_id: UUID
    seats: bool


@dataclass(frozen=True, slots=True)
class Held:
    """An open grant."""

    grant_id: UUID
    subscription_id: UUID
    member_id: UUID


@dataclass(frozen=True, slots=True)
class Alignment:
    """Open grants that end, covers that are granted; how many people gain a seat by both together, and how many lose
    theirs."""

    end: tuple[UUID, ...]
    begin: tuple[Cover, ...]
    seated: int
    unseated: int


def align_few(covers: Sequence[Cover], held: Sequence[Held], chosen: Collection[UUID]) -> Alignment:
    """What brings the open grants of some people in line with what covers them; `chosen` are subscriptions that seat
    whomever they cover. Whoever holds a seat gets every other source too."""
    covered = {(one.subscription_id, one.member_id) for one in covers}
    granted = {(one.subscription_id, one.member_id) for one in held}
    before = {one.member_id for one in held}
    entitled = before | {one.member_id for one in covers if one.subscription_id in chosen}
    begin = tuple(
        one
        for one in covers
        if (one.seats or one.subscription_id in chosen)
        and one.member_id in entitled
        and (one.subscription_id, one.member_id) not in granted
    )
    after = {member_id for _, member_id in granted & covered} | {one.member_id for one in begin}
    end = tuple(one.grant_id for one in held if (one.subscription_id, one.member_id) not in covered)
    return Alignment(end, begin, len(after - before), len(before - after))
