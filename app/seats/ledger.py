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
_GRANT = """
    INSERT INTO seat_grants (id, organization_id, subscription_id, member_id, granted_by_id, during)
    SELECT gen_random_uuid(), $1, covered.subscription_id, covered.member_id, $4, tstzrange($3, NULL)
    FROM covered JOIN entitled USING (member_id)
    WHERE (covered.joins <> 'NEVER' OR covered.started_by_id = $5)
      AND NOT EXISTS (
          SELECT FROM seat_grants AS seat
          WHERE seat.subscription_id = covered.subscription_id AND seat.member_id = covered.member_id
            AND upper_inf(seat.during)
      )
"""


@dataclass(frozen=True, slots=True)
class Census:
    """Seats before and after the instant of a change: `seated` gained one by it, `unseated` lost theirs."""

    seats: int
    seated: int
    unseated: int


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
    """A change that touched nobody's seat leaves no trace in the ledger."""
    await db.fetch(
        """
        DELETE FROM seat_changes WHERE id = $1
          AND NOT EXISTS (SELECT FROM seat_grants WHERE granted_by_id = $1 OR revoked_by_id = $1)
        """,
        place.change_id,
    )


async def revoke_uncovered(place: Place, members: Members) -> None:
    """End the open grants of those whom their subscription covers no more, and their waiting."""
    await db.fetch(
        f"""
        {_COVERED}, forgotten AS (
            DELETE FROM seat_waits AS wait
            WHERE wait.organization_id = $1 AND ($2::uuid[] IS NULL OR wait.member_id = ANY($2))
              AND (wait.subscription_id, wait.member_id) NOT IN (SELECT subscription_id, member_id FROM covered)
        )
        UPDATE seat_grants AS seat SET during = tstzrange(lower(seat.during), $3), revoked_by_id = $4
        WHERE seat.organization_id = $1 AND {_OPEN} AND ($2::uuid[] IS NULL OR seat.member_id = ANY($2))
          AND (seat.subscription_id, seat.member_id) NOT IN (SELECT subscription_id, member_id FROM covered)
        """,
        place.organization_id,
        _list(members),
        place.at,
        place.change_id,
    )


async def grant_to_holders(place: Place, members: Members, but: Sequence[UUID] = ()) -> None:
    """Whoever held a seat just before, or holds one, gets every other source that covers them: it needs no room.

    `but` are left out: they are about to lose the seat that they held.
    """
    await db.fetch(
        f"""
        {_COVERED}, entitled AS (
            SELECT DISTINCT seat.member_id FROM seat_grants AS seat
            WHERE seat.organization_id = $1
              AND coalesce(upper(seat.during), 'infinity') = ANY (ARRAY['infinity'::timestamptz, $3])
              AND lower(seat.during) < $3 AND seat.member_id <> ALL($6)
        )
        {_GRANT}
        """,
        place.organization_id,
        _list(members),
        place.at,
        place.change_id,
        place.choice,
        list(but),
    )


async def grant_to_chosen(place: Place, members: Members, insisted: Sequence[UUID]) -> None:
    """Seat everyone covered by a subscription that this change began, and the `insisted` members."""
    await db.fetch(
        f"""
        {_COVERED}, entitled AS (
            SELECT member_id FROM covered WHERE started_by_id = $5 UNION SELECT unnest($6::uuid[])
        )
        {_GRANT}
        """,
        place.organization_id,
        _list(members),
        place.at,
        place.change_id,
        place.choice,
        list(insisted),
    )


async def grant_to(place: Place, members: Sequence[UUID]) -> None:
    """Seat these members, through everything that covers them."""
    await db.fetch(
        f"{_COVERED}, entitled AS (SELECT unnest($2::uuid[]) AS member_id) {_GRANT}",
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
        {_COVERED}
        INSERT INTO seat_waits (id, organization_id, subscription_id, member_id, since, reason, checked_at)
        SELECT gen_random_uuid(), $1, covered.subscription_id, covered.member_id, $3, waiting.reason, $3
        FROM covered JOIN unnest($2::uuid[], $4::text[]) AS waiting (member_id, reason) USING (member_id)
        WHERE covered.joins <> 'NEVER'
        ON CONFLICT (subscription_id, member_id)
            DO UPDATE SET reason = excluded.reason, checked_at = excluded.checked_at
        """,
        place.organization_id,
        [member_id for member_id, _ in waiting],
        place.at,
        [reason.value for _, reason in waiting],
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


async def find_churned(organization_id: UUID, period_start: datetime, most_grants: int) -> set[UUID]:
    """Members whose seat began that often since the period did; a seat carried in did not, whatever sources it gets
    and loses meanwhile (R3.3, R3.13)."""
    rows = await db.fetch(
        """
        WITH busy AS (
            SELECT member_id FROM seat_grants WHERE organization_id = $1 AND lower(during) >= $2
            GROUP BY member_id HAVING count(*) >= $3
        ), span AS (
            SELECT member_id, unnest(range_agg(during)) AS during FROM seat_grants JOIN busy USING (member_id)
            WHERE organization_id = $1 AND coalesce(upper(during), 'infinity') >= $2
            GROUP BY member_id
        )
        SELECT member_id FROM span WHERE lower(during) >= $2 GROUP BY member_id HAVING count(*) >= $3
        """,
        organization_id,
        period_start,
        most_grants,
    )
    return {row["member_id"] for row in rows}


async def list_chosen(place: Place, insisted: Sequence[UUID], among: Collection[UUID]) -> list[tuple[UUID, UUID]]:
    """(member, subscription) of those `among` some members whom `grant_to_chosen` would seat anew."""
    rows = await db.fetch(
        f"""
        {_COVERED}
        SELECT covered.member_id, covered.subscription_id FROM covered
        WHERE (covered.started_by_id = $3 OR covered.member_id = ANY($4))
          AND NOT EXISTS (SELECT FROM seat_grants AS seat
                          WHERE seat.member_id = covered.member_id AND upper_inf(seat.during))
        ORDER BY 1, 2
        """,
        place.organization_id,
        list(among),
        place.choice,
        list(insisted),
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
        """
        SELECT count(*) FILTER (WHERE is_held) AS seats,
               count(*) FILTER (WHERE is_held AND NOT was_held) AS seated,
               count(*) FILTER (WHERE was_held AND NOT is_held) AS unseated
        FROM (
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


def _claim(row: db.Row) -> Claim:
    if row["joined_always"]:
        return Claim.JOINED
    return Claim.WAITED if row["since"] is not None else Claim.JOINED_WITHIN_PEAK


def _list(members: Members) -> list[UUID] | None:
    return list(members) if members is not None else None
