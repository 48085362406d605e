"""Reading seats: who holds one, who held one when, and through what."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from app import db
from app.domain.paging import PageRequest
from app.domain.period import BillingPeriod


@dataclass(frozen=True, slots=True)
class SeatSpanRow:
    """A member's merged span; `is_counted` unless it was forgiven (R3.3, R3.6)."""

    member_id: UUID
    granted_at: datetime
    revoked_at: datetime | None
    is_counted: bool


@dataclass(frozen=True, slots=True)
class SeatRow:
    """An open seat. `in_grace_until` while revoking it would still keep it off the bill."""

    member_id: UUID
    granted_at: datetime
    in_grace_until: datetime | None


@dataclass(frozen=True, slots=True)
class SubscriptionRow:
    """A subscription; with neither member nor team nor department it covers everyone."""

    id: UUID
    organization_id: UUID
    member_id: UUID | None
    team_id: UUID | None
    department_id: UUID | None
    joins: str
    created_at: datetime
    created_by: str
    ended_at: datetime | None
    ended_by: str | None


@dataclass(frozen=True, slots=True)
class SpanEnd:
    """The change that ended a span: who, and what they did."""

    actor: str
    description: str


_SUBSCRIPTION_COLUMNS = """
    subscription.id, subscription.organization_id, subscription.member_id, subscription.team_id,
    subscription.department_id, subscription.joins, subscription.created_at, subscription.created_by,
    subscription.ended_at, subscription.ended_by
"""
_SPANS = """
    WITH span AS (
        SELECT member_id, unnest(range_agg(during)) AS during
        FROM seat_grants
        WHERE organization_id = $1 AND ($2::uuid[] IS NULL OR member_id = ANY($2))
        GROUP BY member_id
    ), dated AS (
        SELECT member_id, during, coalesce(upper(during) - lower(during) <= $4::interval, false) AS is_short,
               (SELECT count(*) FROM unnest($3::timestamptz[]) AS start WHERE start <= lower(during)) AS period
        FROM span
    ), counted AS (
        SELECT member_id, lower(during) AS granted_at, upper(during) AS revoked_at, is_short, period,
               NOT (is_short AND row_number() OVER own = 1) AS is_counted,
               count(*) FILTER (WHERE is_short) OVER (PARTITION BY member_id, period) AS short_in_period
        FROM dated
        WINDOW own AS (PARTITION BY member_id, period, is_short ORDER BY lower(during))
    )
"""

_WITHIN = "($5::timestamptz IS NULL OR (granted_at < $6 AND coalesce(revoked_at, 'infinity') > $5))"


async def list_spans(
    organization_id: UUID,
    timeline: Sequence[BillingPeriod],
    grace: timedelta,
    page: PageRequest,
    *,
    within: BillingPeriod | None,
    member_ids: Sequence[UUID] | None,
) -> list[SeatSpanRow]:
    """A page of spans by (granted_at, member id), all of the organization's or those that touch a period."""
    rows = await db.fetch_page(
        _SPANS + "SELECT member_id, granted_at, revoked_at, is_counted FROM counted",
        _WITHIN,
        ("granted_at", "member_id"),
        page,
        organization_id,
        list(member_ids) if member_ids is not None else None,
        [period.starts_at for period in timeline],
        grace,
        within.starts_at if within else None,
        within.ends_at if within else None,
    )
    return [SeatSpanRow(**row) for row in rows]


async def count_spans(organization_id: UUID, *, within: BillingPeriod | None, member_ids: Sequence[UUID] | None) -> int:
    """How many spans `list_spans` pages through."""
    return await db.count(
        f"""
        SELECT 1 FROM (
            SELECT lower(during) AS granted_at, upper(during) AS revoked_at
            FROM (SELECT unnest(range_agg(during)) AS during FROM seat_grants
                  WHERE organization_id = $1 AND ($2::uuid[] IS NULL OR member_id = ANY($2))
                  GROUP BY member_id) AS merged
        ) AS span WHERE {_WITHIN.replace("$5", "$3").replace("$6", "$4")}
        """,
        organization_id,
        list(member_ids) if member_ids is not None else None,
        within.starts_at if within else None,
        within.ends_at if within else None,
    )


async def list_open_seats(
    organization_id: UUID,
    timeline: Sequence[BillingPeriod],
    grace: timedelta,
    now: datetime,
    member_ids: Sequence[UUID] | None,
) -> list[SeatRow]:
    """The seats held now, of some members or of all."""
    rows = await db.fetch(
        _SPANS
        + """
        SELECT member_id, granted_at,
               CASE WHEN granted_at + $4::interval >= $5 AND short_in_period = 0 AND $4::interval > interval '0'
                    THEN granted_at + $4::interval END AS in_grace_until
        FROM counted WHERE revoked_at IS NULL ORDER BY granted_at, member_id
        """,
        organization_id,
        list(member_ids) if member_ids is not None else None,
        [period.starts_at for period in timeline],
        grace,
        now,
    )
    return [SeatRow(**row) for row in rows]


async def list_in_grace(
    organization_id: UUID, timeline: Sequence[BillingPeriod], grace: timedelta, now: datetime
) -> frozenset[UUID]:
    """Those whose seat would be forgiven if it ended now: of the few who were granted one lately, and not of all."""
    rows = await db.fetch(
        """
        SELECT DISTINCT member_id FROM seat_grants
        WHERE organization_id = $1 AND upper_inf(during) AND lower(during) >= $2
        """,
        organization_id,
        now - grace,
    )
    if not rows:
        return frozenset()
    seats = await list_open_seats(organization_id, timeline, grace, now, [row["member_id"] for row in rows])
    return frozenset(seat.member_id for seat in seats if seat.in_grace_until is not None)


async def find_last_spans(
    organization_id: UUID, timeline: Sequence[BillingPeriod], grace: timedelta, member_ids: Sequence[UUID]
) -> dict[UUID, SeatSpanRow]:
    """By member, the last of their spans that ended."""
    rows = await db.fetch(
        _SPANS
        + """
        SELECT DISTINCT ON (member_id) member_id, granted_at, revoked_at, is_counted
        FROM counted WHERE revoked_at IS NOT NULL ORDER BY member_id, revoked_at DESC
        """,
        organization_id,
        list(member_ids),
        [period.starts_at for period in timeline],
        grace,
    )
    return {row["member_id"]: SeatSpanRow(**row) for row in rows}


async def count_seats(organization_id: UUID) -> int:
    """Members who hold a seat now, each once (R3.3)."""
    return await db.count(
        """
        SELECT DISTINCT member_id FROM seat_grants
        WHERE organization_id = $1 AND coalesce(upper(during), 'infinity') = 'infinity'
        """,
        organization_id,
    )


async def count_undoable(organization_id: UUID, now: datetime, grace: timedelta) -> int:
    """Members whose seat began by an explicit change that can still be undone (R3.12)."""
    if not grace:
        return 0
    return await db.count(
        """
        SELECT DISTINCT seat.member_id
        FROM seat_grants AS seat JOIN seat_changes AS change ON change.id = seat.granted_by_id
        WHERE seat.organization_id = $1 AND upper_inf(seat.during)
          AND change.is_explicit AND change.undone_by_id IS NULL AND change.at >= $2
          AND NOT EXISTS (SELECT FROM seat_grants AS other
                          WHERE other.member_id = seat.member_id AND lower(other.during) < change.at
                            AND coalesce(upper(other.during), 'infinity') >= change.at)
        """,
        organization_id,
        now - grace,
    )


async def find_seated(member_ids: Sequence[UUID]) -> set[UUID]:
    """Those of the members who hold a seat now."""
    rows = await db.fetch(
        "SELECT DISTINCT member_id FROM seat_grants WHERE member_id = ANY($1) AND upper_inf(during)", list(member_ids)
    )
    return {row["member_id"] for row in rows}


async def find_subscriptions(subscription_ids: Sequence[UUID]) -> list[SubscriptionRow]:
    """By id, in no order."""
    rows = await db.fetch(
        f"SELECT {_SUBSCRIPTION_COLUMNS} FROM seat_subscriptions AS subscription WHERE id = ANY($1)",
        list(subscription_ids),
    )
    return [SubscriptionRow(**row) for row in rows]


async def list_subscriptions(
    organization_id: UUID, page: PageRequest, *, is_in_force: bool | None
) -> list[SubscriptionRow]:
    """Oldest first; only those in force, or only those that ended, when told."""
    rows = await db.fetch_page(
        f"SELECT {_SUBSCRIPTION_COLUMNS} FROM seat_subscriptions AS subscription WHERE organization_id = $1",
        "($2::bool IS NULL OR (ended_at IS NULL) = $2)",
        ("created_at", "id"),
        page,
        organization_id,
        is_in_force,
    )
    return [SubscriptionRow(**row) for row in rows]


async def count_subscriptions(organization_id: UUID, *, is_in_force: bool | None) -> int:
    return await db.count(
        """
        SELECT 1 FROM seat_subscriptions
        WHERE organization_id = $1 AND ($2::bool IS NULL OR (ended_at IS NULL) = $2)
        """,
        organization_id,
        is_in_force,
    )


async def count_by_subscription(subscription_ids: Sequence[UUID]) -> dict[UUID, tuple[int, int]]:
    """How many each subscription seats now, and how many wait for it: one statement."""
    rows = await db.fetch(
        """
        SELECT asked.id,
               (SELECT count(*) FROM seat_grants AS seat
                WHERE seat.subscription_id = asked.id AND upper_inf(seat.during)) AS seats,
               (SELECT count(*) FROM seat_waits AS wait WHERE wait.subscription_id = asked.id) AS waiting
        FROM unnest($1::uuid[]) AS asked (id)
        """,
        list(subscription_ids),
    )
    return {row["id"]: (row["seats"], row["waiting"]) for row in rows}


async def list_sources(spans: Sequence[tuple[UUID, datetime, datetime | None]]) -> list[list[SubscriptionRow]]:
    """The subscriptions behind each (member, granted_at, revoked_at), oldest first: one statement."""
    rows = await db.fetch(
        f"""
        SELECT DISTINCT asked.place, {_SUBSCRIPTION_COLUMNS}
        FROM unnest($1::int[], $2::uuid[], $3::timestamptz[], $4::timestamptz[])
            AS asked (place, member_id, granted_at, revoked_at)
        JOIN seat_grants AS seat
          ON seat.member_id = asked.member_id AND seat.during && tstzrange(asked.granted_at, asked.revoked_at)
        JOIN seat_subscriptions AS subscription ON subscription.id = seat.subscription_id
        ORDER BY asked.place, subscription.created_at, subscription.id
        """,
        list(range(len(spans))),
        [span[0] for span in spans],
        [span[1] for span in spans],
        [span[2] for span in spans],
    )
    sources: dict[int, list[SubscriptionRow]] = defaultdict(list)
    for row in rows:
        place = row.pop("place")
        sources[place].append(SubscriptionRow(**row))
    return [sources[place] for place in range(len(spans))]


async def list_open_sources(member_ids: Sequence[UUID]) -> dict[UUID, list[SubscriptionRow]]:
    """By member, the subscriptions that seat them now, oldest first: one statement."""
    return await _list_sources(member_ids, "upper_inf(seat.during)")


async def list_sources_at(member_ids: Sequence[UUID], at: datetime | None) -> dict[UUID, list[SubscriptionRow]]:
    """By member, the subscriptions that seated them at an instant, or seat them now, oldest first: one statement."""
    if at is None:
        return await list_open_sources(member_ids)
    return await _list_sources(member_ids, "seat.during @> $2::timestamptz", at)


async def _list_sources(
    member_ids: Sequence[UUID], condition: str, *values: datetime
) -> dict[UUID, list[SubscriptionRow]]:
    rows = await db.fetch(_sources_sql("$1", condition), list(member_ids), *values)
    return sources_by_holder(tuple(row.values()) for row in rows)


def _sources_sql(member_ids: str, condition: str) -> str:
    return f"""
        SELECT seat.member_id AS holder_id, {_SUBSCRIPTION_COLUMNS}
        FROM seat_grants AS seat JOIN seat_subscriptions AS subscription ON subscription.id = seat.subscription_id
        WHERE seat.member_id = ANY({member_ids}) AND {condition}
        ORDER BY subscription.created_at, subscription.id
    """


def open_sources_sql(member_ids: str) -> str:
    """`list_open_sources` as a part of another statement, of an array of members: rows for `sources_by_holder`."""
    return _sources_sql(member_ids, "upper_inf(seat.during)")


def sources_by_holder(rows: Iterable[Sequence[Any]]) -> dict[UUID, list[SubscriptionRow]]:
    """In the order of the rows, each of which begins with whom the subscription seats."""
    sources: dict[UUID, list[SubscriptionRow]] = defaultdict(list)
    for holder_id, *columns in rows:
        sources[holder_id].append(SubscriptionRow(*columns))
    return sources


async def find_span_ends(ends: Sequence[tuple[UUID, datetime]]) -> dict[tuple[UUID, datetime], SpanEnd]:
    """By (member, revoked_at): the change that ended the span."""
    rows = await db.fetch(
        """
        SELECT DISTINCT ON (asked.member_id, asked.at) asked.member_id, asked.at, change.actor, change.description
        FROM unnest($1::uuid[], $2::timestamptz[]) AS asked (member_id, at)
        JOIN seat_grants AS seat ON seat.member_id = asked.member_id AND upper(seat.during) = asked.at
        JOIN seat_changes AS change ON change.id = seat.revoked_by_id
        ORDER BY asked.member_id, asked.at
        """,
        [end[0] for end in ends],
        [end[1] for end in ends],
    )
    return {(row["member_id"], row["at"]): SpanEnd(row["actor"], row["description"]) for row in rows}


@dataclass(frozen=True, slots=True)
class PeakCauseRow:
    """The change at the instant of the peak, and whom it seated."""

    at: datetime
    actor: str
    description: str
    member_ids: tuple[UUID, ...]


async def find_peak_cause(organization_id: UUID, reached_at: datetime) -> PeakCauseRow | None:
    """The change that granted seats at the very instant of the peak; None when it was carried in (R4.5)."""
    return (await find_peak_causes([(organization_id, reached_at)])).get((organization_id, reached_at))


async def find_peak_causes(peaks: Sequence[tuple[UUID, datetime]]) -> dict[tuple[UUID, datetime], PeakCauseRow]:
    """The same for many, by (organization, reached_at): one statement."""
    rows = await db.fetch(
        """
        SELECT asked.organization_id, asked.reached_at, change.at, change.actor, change.description,
               array_agg(seat.member_id ORDER BY seat.member_id) AS members
        FROM (
            SELECT DISTINCT * FROM unnest($1::uuid[], $2::timestamptz[]) AS peak (organization_id, reached_at)
        ) AS asked
        JOIN seat_grants AS seat
          ON seat.organization_id = asked.organization_id AND lower(seat.during) = asked.reached_at
        JOIN seat_changes AS change ON change.id = seat.granted_by_id
        GROUP BY asked.organization_id, asked.reached_at, change.id
        """,
        [organization_id for organization_id, _ in peaks],
        [reached_at for _, reached_at in peaks],
    )
    return {
        (row["organization_id"], row["reached_at"]): PeakCauseRow(
            row["at"], row["actor"], row["description"], tuple(row["members"])
        )
        for row in rows
    }
