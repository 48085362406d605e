"""Set-based writing of the ledger and of who waits: each function is one statement, however many people.

`members` limits a statement to those people; None is everyone in the organization.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app import db
from app.domain.errors import ErrorCode
from app.domain.seating import Candidate, Claim

Members = Sequence[UUID] | None

_OPEN = "coalesce(upper(seat.during), 'infinity') = 'infinity'"
_COVERED = "WITH covered AS MATERIALIZED (SELECT * FROM seat_coverage($1, $2::uuid[]))"
_COUNTED = """
    SELECT count(*) FILTER (WHERE is_held) AS seats,
           count(*) FILTER (WHERE is_held AND NOT was_held) AS seated,
           count(*) FILTER (WHERE was_held AND NOT is_held) AS unseated
"""
_SEATS = "(covered.joins <> 'NEVER' OR covered.started_by_id = {choice})"
# What is there already is looked for among the organization's own sources, which are read once, and by `NOT IN`: rows
# of this transaction have no statistics yet, and a join could be one of thousands, pair by pair.
DECIDED = f"""
    {_COVERED}, source AS MATERIALIZED (
        SELECT id, subscription_id, member_id, lower(during) AS since, lower(during) < $3 AS was_held,
               upper_inf(during) AS is_held
        FROM seat_grants
        WHERE organization_id = $1 AND coalesce(upper(during), 'infinity') = ANY (ARRAY['infinity'::timestamptz, $3])
    ), near AS MATERIALIZED (
        SELECT * FROM source WHERE $2::uuid[] IS NULL OR member_id IN (SELECT unnest($2))  -- who may be covered
    ), uncovered AS (
        SELECT id, member_id FROM near
        WHERE is_held AND (subscription_id, member_id) NOT IN (SELECT subscription_id, member_id FROM covered)
    ), wanted AS (
        SELECT covered.subscription_id, covered.member_id FROM covered
        WHERE {_SEATS.format(choice="$4")}
          AND (member_id IN (SELECT member_id FROM near WHERE was_held AND member_id <> ALL($6))
               OR member_id IN (SELECT member_id FROM covered WHERE started_by_id = $4)
               OR member_id IN (SELECT unnest($5::uuid[])))
          AND (subscription_id, member_id) NOT IN (SELECT subscription_id, member_id FROM near WHERE is_held)
    )
"""
"""Which grants end and which begin to bring these members' in line: here alone, whether it is done or supposed."""
COUNTED = f"""
    person AS (
        SELECT bool_or(was_held) AS was_held, bool_or(is_held) AS is_held
        FROM (SELECT member_id, was_held, is_held AND id NOT IN (SELECT id FROM revoked) AS is_held FROM source
              UNION ALL SELECT member_id, false, true FROM granted) AS source
        GROUP BY member_id
    )
    {_COUNTED}, EXISTS (SELECT FROM seat_waits WHERE organization_id = $1) AS has_waiting
"""
GRANTS_AT_MOST = """
    -- Of somebody's seats that began in a period, which is never as long as this, all but one have ended since. Asked
    -- for by their members, PostgreSQL takes the exclusion constraint's index, in which those of one are anywhere.
    SELECT 1 + coalesce(max(grants), 0)
    FROM (SELECT count(*) AS grants FROM seat_grants
          WHERE organization_id = $1 AND coalesce(upper(during), 'infinity') >= $3 - interval '40 days'
            AND coalesce(upper(during), 'infinity') < 'infinity' AND member_id IN (SELECT member_id FROM granted)
          GROUP BY member_id) AS ended
"""
"""The most seats that one of the `granted` can have been granted in the period; none has been granted more."""
_NOTE = """
    UPDATE seat_changes SET wait_member_ids = wait_member_ids || ARRAY(SELECT DISTINCT member_id FROM {waits})
    WHERE id = {change} AND EXISTS (SELECT FROM {waits})
"""
"""Whose waiting a change began or ended: where it comes to no seat, nothing else says so afterwards."""
_ALIGN = f"""
    {DECIDED}, forgotten AS (
        DELETE FROM seat_waits AS wait
        WHERE wait.organization_id = $1 AND ($2::uuid[] IS NULL OR wait.member_id IN (SELECT unnest($2)))
          AND (wait.subscription_id, wait.member_id) NOT IN (SELECT subscription_id, member_id FROM covered)
        RETURNING wait.member_id
    ), noted AS (
        {_NOTE.format(waits="forgotten", change="$7")}
    ), revoked AS (
        UPDATE seat_grants AS seat SET during = tstzrange(lower(seat.during), $3), revoked_by_id = $7
        WHERE seat.id = ANY(ARRAY(SELECT id FROM uncovered)) RETURNING seat.id
    ), granted AS (
        INSERT INTO seat_grants (id, organization_id, subscription_id, member_id, granted_by_id, during)
        SELECT gen_random_uuid(), $1, subscription_id, member_id, $7, tstzrange($3, NULL) FROM wanted
        RETURNING member_id
    ), {COUNTED}, CASE WHEN (SELECT count(*) FROM granted) > 5 THEN ({GRANTS_AT_MOST}) ELSE (
        SELECT coalesce(max(grants), 0)
        FROM (SELECT count(*) AS grants FROM seat_grants AS seat
              WHERE seat.member_id = ANY(ARRAY(SELECT member_id FROM granted)) GROUP BY seat.member_id) AS earlier
    ) END AS most_grants
    FROM person
"""


@dataclass(frozen=True, slots=True)
class Census:
    """Seats before and after the instant of a change: `seated` gained one by it, `unseated` lost theirs."""

    seats: int
    seated: int
    unseated: int


@dataclass(frozen=True, slots=True)
class Alignment:
    """What came of bringing grants in line; `has_waiting` unless nobody in the organization waits. No one of
    those who were granted anything can have been granted a seat more often in the period than `most_grants`."""

    census: Census
    has_waiting: bool
    most_grants: int


@dataclass(frozen=True, slots=True)
class Place:
    """What of the ledger is being written: everything at the organization's one instant, named by one change.

    A change that `chooses` seats everyone whom the subscriptions that it begins cover, whatever their `joins`.
    """

    organization_id: UUID
    at: datetime
    change_id: UUID
    chooses: bool = False

    @property
    def choice(self) -> UUID | None:
        """The change whose subscriptions seat whomever they cover."""
        return self.change_id if self.chooses else None


async def is_unsettled(organization_id: UUID, members: Members) -> bool:
    """Whether the ledger differs from the coverage of these members, or anybody in the organization waits."""
    row = await db.fetch_one(
        f"""
        {_COVERED}, held AS (
            SELECT seat.subscription_id, seat.member_id FROM seat_grants AS seat
            WHERE seat.organization_id = $1 AND {_OPEN} AND ($2::uuid[] IS NULL OR seat.member_id = ANY($2))
        )
        SELECT EXISTS (SELECT FROM seat_waits WHERE organization_id = $1)
            OR EXISTS (SELECT subscription_id, member_id FROM held
                       EXCEPT SELECT subscription_id, member_id FROM covered)
            OR EXISTS (SELECT subscription_id, member_id FROM covered WHERE joins <> 'NEVER'
                       EXCEPT SELECT subscription_id, member_id FROM held) AS is_unsettled
        """,
        organization_id,
        _list(members),
    )
    return bool(row and row["is_unsettled"])


async def insert_change(place: Place, actor: str, description: str, *, is_explicit: bool) -> None:
    """An explicit change is one of seats, and can be undone; any other follows from a change of something else."""
    await db.fetch(
        """
        INSERT INTO seat_changes (id, organization_id, at, actor, description, is_explicit)
        VALUES ($1, $2, $3, $4, $5, $6)
        """,
        place.change_id,
        place.organization_id,
        place.at,
        actor,
        description,
        is_explicit,
    )


async def delete_unused_change(place: Place) -> None:
    """A change that touched nobody's seat and nobody's waiting leaves no trace in the ledger."""
    await db.fetch(
        """
        DELETE FROM seat_changes WHERE id = $1 AND wait_member_ids = '{}'
          AND NOT EXISTS (SELECT FROM seat_grants WHERE granted_by_id = $1 OR revoked_by_id = $1)
        """,
        place.change_id,
    )


async def align(
    place: Place,
    members: Members,
    *,
    insisted: Sequence[UUID] = (),
    but: Sequence[UUID] = (),
) -> Alignment:
    """Bring the grants of these members in line with what covers them, which can be done again: one statement.

    Open grants end through which nobody is covered any more, and so does waiting. Whoever held a seat just before, or
    holds one, gets every other source that covers them: it needs no room; `but` are left out, who are about to lose
    theirs. If the change chooses, everyone gets a seat whom a subscription that it began covers, and the `insisted`.
    """
    row = await db.fetch_one(
        _ALIGN,
        place.organization_id,
        _list(members),
        place.at,
        place.choice,
        list(insisted),
        list(but),
        place.change_id,
    )
    assert row is not None, "an aggregate answers"
    return alignment_from(row)


async def grant_to(place: Place, members: Sequence[UUID]) -> None:
    """Seat these members, through everything that covers them."""
    await db.fetch(
        f"""
        {_COVERED}
        INSERT INTO seat_grants (id, organization_id, subscription_id, member_id, granted_by_id, during)
        SELECT gen_random_uuid(), $1, covered.subscription_id, covered.member_id, $4, tstzrange($3, NULL)
        FROM covered WHERE {_SEATS.format(choice="$5")} AND NOT EXISTS (
            SELECT FROM seat_grants AS seat
            WHERE seat.subscription_id = covered.subscription_id AND seat.member_id = covered.member_id
              AND upper_inf(seat.during)
        )
        """,
        place.organization_id,
        list(members),
        place.at,
        place.change_id,
        place.choice,
    )


async def let_wait(place: Place, waiting: Sequence[tuple[UUID, ErrorCode]]) -> None:
    """Record who waits for what, through everything that covers them; who waited already keeps their place."""
    await db.fetch(
        f"""
        {_COVERED}, waiting AS (
            INSERT INTO seat_waits (id, organization_id, subscription_id, member_id, since, reason, checked_at)
            SELECT gen_random_uuid(), $1, covered.subscription_id, covered.member_id, $3, waiting.reason, $3
            FROM covered JOIN unnest($2::uuid[], $4::text[]) AS waiting (member_id, reason) USING (member_id)
            WHERE covered.joins <> 'NEVER'
            ON CONFLICT (subscription_id, member_id)
                DO UPDATE SET reason = excluded.reason, checked_at = excluded.checked_at
            RETURNING member_id, since
        ), begun AS (
            SELECT member_id FROM waiting WHERE since = $3
        )
        {_NOTE.format(waits="begun", change="$5")}
        """,
        place.organization_id,
        [member_id for member_id, _ in waiting],
        place.at,
        [reason.value for _, reason in waiting],
        place.change_id,
    )


async def forget_seated_waits(organization_id: UUID) -> None:
    """Whoever got a seat waits no more."""
    await db.fetch(
        """
        DELETE FROM seat_waits AS wait USING seat_grants AS seat
        WHERE wait.organization_id = $1 AND seat.subscription_id = wait.subscription_id
          AND seat.member_id = wait.member_id AND upper_inf(seat.during)
        """,
        organization_id,
    )


async def find_churned(organization_id: UUID, period_start: datetime, at: datetime, most_grants: int) -> set[UUID]:
    """Members whose seat began that often since the period did and before the instant; a seat carried in did not,
    whatever sources it gets and loses meanwhile (R3.3, R3.13)."""
    rows = await db.fetch(
        """
        WITH busy AS (
            SELECT member_id FROM seat_grants WHERE organization_id = $1 AND lower(during) >= $2 AND lower(during) < $4
            GROUP BY member_id HAVING count(*) >= $3
        ), span AS (
            SELECT member_id, unnest(range_agg(during)) AS during FROM seat_grants JOIN busy USING (member_id)
            WHERE organization_id = $1 AND coalesce(upper(during), 'infinity') >= $2 AND lower(during) < $4
            GROUP BY member_id
        )
        SELECT member_id FROM span WHERE lower(during) >= $2 GROUP BY member_id HAVING count(*) >= $3
        """,
        organization_id,
        period_start,
        most_grants,
        at,
    )
    return {row["member_id"] for row in rows}


async def list_chosen(place: Place, insisted: Sequence[UUID], among: Collection[UUID]) -> list[tuple[UUID, UUID]]:
    """(member, subscription) of those `among` some members whom the change has chosen, and who had no seat before."""
    rows = await db.fetch(
        """
        SELECT seat.member_id, seat.subscription_id
        FROM seat_grants AS seat JOIN seat_subscriptions AS own ON own.id = seat.subscription_id
        WHERE seat.granted_by_id = $1 AND seat.member_id = ANY($2)
          AND (own.started_by_id = $3 OR seat.member_id = ANY($4))
          AND NOT EXISTS (SELECT FROM seat_grants AS other
                          WHERE other.member_id = seat.member_id AND lower(other.during) < $5
                            AND coalesce(upper(other.during), 'infinity') >= $5)
        ORDER BY 1, 2
        """,
        place.change_id,
        list(among),
        place.choice,
        list(insisted),
        place.at,
    )
    return [(row["member_id"], row["subscription_id"]) for row in rows]


async def list_candidates(organization_id: UUID, members: Members) -> list[Candidate]:
    """Those of the members, and of all who wait, who are covered and hold no seat."""
    rows = await db.fetch(
        """
        WITH covered AS MATERIALIZED (
            SELECT * FROM seat_coverage($1, CASE WHEN $2::uuid[] IS NOT NULL
                THEN $2 || ARRAY(SELECT member_id FROM seat_waits WHERE organization_id = $1) END)
        )
        SELECT covered.member_id, min(wait.since) AS since,
               bool_or(covered.joins = 'ALWAYS' AND wait.id IS NULL) AS joined_always
        FROM covered
        LEFT JOIN seat_waits AS wait
          ON wait.subscription_id = covered.subscription_id AND wait.member_id = covered.member_id
        WHERE covered.joins <> 'NEVER'
          AND NOT EXISTS (SELECT FROM seat_grants AS seat
                          WHERE seat.member_id = covered.member_id AND upper_inf(seat.during))
        GROUP BY covered.member_id
        """,
        organization_id,
        _list(members),
    )
    return [Candidate(row["member_id"], _claim(row), row["since"]) for row in rows]


async def take_census(place: Place) -> Census:
    """Who holds a seat now and who did just before the instant."""
    row = await db.fetch_one(
        f"""
        {_COUNTED} FROM (
            SELECT bool_or(upper_inf(during)) AS is_held, bool_or(lower(during) < $2) AS was_held
            FROM seat_grants
            WHERE organization_id = $1 AND coalesce(upper(during), 'infinity') >= $2
            GROUP BY member_id
        ) AS person
        """,
        place.organization_id,
        place.at,
    )
    assert row is not None, "an aggregate answers"
    return Census(row["seats"], row["seated"], row["unseated"])


def alignment_from(row: db.Row) -> Alignment:
    return Alignment(Census(row["seats"], row["seated"], row["unseated"]), row["has_waiting"], row["most_grants"])


def _claim(row: db.Row) -> Claim:
    if row["joined_always"]:
        return Claim.JOINED
    return Claim.WAITED if row["since"] is not None else Claim.JOINED_WITHIN_PEAK


def _list(members: Members) -> list[UUID] | None:
    return list(members) if members is not None else None
