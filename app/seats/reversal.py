"""What a change did to the ledger, and writing the opposite (R3.12): one statement each."""

from collections.abc import Sequence
from uuid import UUID

from app import db
from app.domain.errors import ErrorCode
from app.seats.ledger import Place

_OPEN = "coalesce(upper(seat.during), 'infinity') = 'infinity'"


async def find_newly_seated(organization_id: UUID, change_id: UUID) -> list[UUID]:
    """Members who hold a seat that the change gave them through what it had not begun, and who had none just before."""
    rows = await db.fetch(
        f"""
        SELECT DISTINCT seat.member_id
        FROM seat_grants AS seat
        JOIN seat_changes AS change ON change.id = seat.granted_by_id
        JOIN seat_subscriptions AS subscription
          ON subscription.id = seat.subscription_id AND subscription.started_by_id IS DISTINCT FROM change.id
        WHERE seat.organization_id = $1 AND change.id = $2 AND {_OPEN}
          AND NOT EXISTS (SELECT FROM seat_grants AS other
                          WHERE other.member_id = seat.member_id AND lower(other.during) < change.at
                            AND coalesce(upper(other.during), 'infinity') >= change.at)
        ORDER BY seat.member_id
        """,
        organization_id,
        change_id,
    )
    return [row["member_id"] for row in rows]


async def send_back_to_wait(place: Place, members: Sequence[UUID]) -> None:
    """Take the seats of these members; through what still covers them they wait, from now on."""
    await db.fetch(
        f"""
        WITH sent AS (
            UPDATE seat_grants AS seat SET during = tstzrange(lower(seat.during), $3), revoked_by_id = $4
            WHERE seat.organization_id = $1 AND seat.member_id = ANY($2) AND {_OPEN}
        )
        INSERT INTO seat_waits (id, organization_id, subscription_id, member_id, since, reason, checked_at)
        SELECT gen_random_uuid(), $1, covered.subscription_id, covered.member_id, $3, $5, $3
        FROM seat_coverage($1, $2) AS covered WHERE covered.joins <> 'NEVER'
        """,
        place.organization_id,
        list(members),
        place.at,
        place.change_id,
        ErrorCode.PEAK_WOULD_RISE.value,
    )


async def list_unseated_by(place: Place, change_id: UUID) -> list[tuple[UUID, UUID]]:
    """(member, subscription begun anew) of those whom the change took out of the subscription it began as before, and
    who are still covered by it."""
    rows = await db.fetch(
        """
        WITH covered AS MATERIALIZED (SELECT * FROM seat_coverage($1, NULL))
        SELECT DISTINCT seat.member_id, anew.id AS subscription_id
        FROM seat_grants AS seat
        JOIN seat_subscriptions AS ended ON ended.id = seat.subscription_id AND ended.ended_by_change_id = $2
        JOIN seat_subscriptions AS anew
          ON anew.organization_id = $1 AND anew.started_by_id = $3
         AND coalesce(anew.member_id, anew.team_id, anew.department_id, $1)
             = coalesce(ended.member_id, ended.team_id, ended.department_id, $1)
        JOIN covered ON covered.subscription_id = anew.id AND covered.member_id = seat.member_id
        WHERE seat.organization_id = $1 AND seat.revoked_by_id = $2
        ORDER BY 1, 2
        """,
        place.organization_id,
        change_id,
        place.change_id,
    )
    return [(row["member_id"], row["subscription_id"]) for row in rows]


async def grant_pairs(place: Place, pairs: Sequence[tuple[UUID, UUID]]) -> None:
    """Seat members through subscriptions, as (member, subscription), unless they are seated through them already."""
    await db.fetch(
        """
        INSERT INTO seat_grants (id, organization_id, subscription_id, member_id, granted_by_id, during)
        SELECT gen_random_uuid(), $1, pair.subscription_id, pair.member_id, $2, tstzrange($3, NULL)
        FROM unnest($4::uuid[], $5::uuid[]) AS pair (member_id, subscription_id)
        WHERE NOT EXISTS (
            SELECT FROM seat_grants AS seat
            WHERE seat.subscription_id = pair.subscription_id AND seat.member_id = pair.member_id
              AND upper_inf(seat.during)
        )
        """,
        place.organization_id,
        place.change_id,
        place.at,
        [member_id for member_id, _ in pairs],
        [subscription_id for _, subscription_id in pairs],
    )
