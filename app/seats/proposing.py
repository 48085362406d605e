"""What a change of seats would do to the ledger, decided as for a change and written nowhere."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app import db
from app.domain.impact import Sources
from app.seats.ledger import COUNTED, DECIDED, GRANTS_AT_MOST, Alignment, Members, Place, alignment_from
from app.seats.peak import Supposed

_PROPOSE = f"""
    {DECIDED}, revoked AS MATERIALIZED (SELECT id, member_id FROM uncovered),
    granted AS MATERIALIZED (SELECT subscription_id, member_id FROM wanted),
    touched AS MATERIALIZED (
        SELECT * FROM near
        WHERE member_id IN (SELECT member_id FROM granted) OR member_id IN (SELECT member_id FROM revoked)
    ), {COUNTED}, ({GRANTS_AT_MOST}) AS most_grants,
    ARRAY(SELECT subscription_id FROM granted) AS begun_of, ARRAY(SELECT member_id FROM granted) AS begun,
    ARRAY(SELECT id FROM revoked) AS ended,
    ARRAY(SELECT id FROM touched) AS ids, ARRAY(SELECT subscription_id FROM touched) AS sources,
    ARRAY(SELECT member_id FROM touched) AS holders, ARRAY(SELECT since FROM touched) AS since
    FROM person
"""


class NotProposable(Exception):  # noqa: N818 - no error: the change is made instead, and taken back
    """More is to be decided than which grants end and begin, from a ledger in which they have."""


@dataclass(frozen=True, slots=True)
class OpenGrant:
    id: UUID
    subscription_id: UUID
    member_id: UUID
    since: datetime


@dataclass(frozen=True, slots=True)
class Proposal:
    """What bringing grants in line would do. `begun` are (subscription, member), `ended` ids of grants; `held` are all
    grants until then of those to whom anything happens."""

    at: datetime
    alignment: Alignment
    begun: tuple[tuple[UUID, UUID], ...]
    ended: frozenset[UUID]
    held: tuple[OpenGrant, ...]

    @property
    def supposed(self) -> Supposed:
        """For the peak."""
        ended = [one for one in self.held if one.id in self.ended]
        return Supposed(
            (
                *((member_id, self.at, None) for _, member_id in self.begun),
                *((one.member_id, one.since, self.at) for one in ended),
            ),
            tuple(one.id for one in ended),
        )

    def moved(self) -> dict[UUID, Sources]:
        """As `picture.load_moved` finds them where a change was made."""
        before: dict[UUID, set[UUID]] = defaultdict(set)
        after: dict[UUID, set[UUID]] = defaultdict(set)
        for subscription_id, member_id in self.begun:
            after[member_id].add(subscription_id)
        for one in self.held:
            before[one.member_id].add(one.subscription_id)
            if one.id not in self.ended:
                after[one.member_id].add(one.subscription_id)
        return {
            one: Sources(frozenset(before.get(one, ())), frozenset(after.get(one, ())))
            for one in before.keys() | after.keys()
        }


@dataclass(slots=True)
class Proposing:
    """Stands in for `ledger.align` where nobody is to be seated by anything else than it: `align` keeps what it finds.

    `most_grants` is of the policies: who has had as many is told apart by what is in the ledger.
    """

    most_grants: int
    proposal: Proposal | None = None

    async def align(self, place: Place, members: Members, *, insisted: Sequence[UUID] = ()) -> Alignment:
        """Raises: NotProposable where a change looks at the ledger again: for the price of a budget, for who waits,
        and for who was granted a seat too often."""
        if not place.chooses:
            raise NotProposable
        found = await propose(place, members, insisted)
        if found.alignment.has_waiting or found.alignment.most_grants >= self.most_grants:
            raise NotProposable
        self.proposal = found
        return found.alignment


async def propose(place: Place, members: Members, insisted: Sequence[UUID]) -> Proposal:
    """What `ledger.align` would do: one statement."""
    row = await db.fetch_one(
        _PROPOSE,
        place.organization_id,
        list(members) if members is not None else None,
        place.at,
        place.choice,
        list(insisted),
        [],
    )
    assert row is not None, "an aggregate answers"
    held = zip(row["ids"], row["sources"], row["holders"], row["since"], strict=True)
    return Proposal(
        place.at,
        alignment_from(row),
        tuple(zip(row["begun_of"], row["begun"], strict=True)),
        frozenset(row["ended"]),
        tuple(OpenGrant(*one) for one in held),
    )
