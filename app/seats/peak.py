"""The one SQL definition of which seats count and of the peak over them (R3.6, R4.5, R5.1).

It stands here and not in billing, because deciding a change of seats needs it too; see docs/decisions.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from app import db
from app.domain.seats import NO_PEAK, Interval, Peak

_PEAKS = """
    WITH question AS (
        SELECT * FROM unnest($1::int[], $2::uuid[], $3::timestamptz[], $4::timestamptz[], $5::timestamptz[],
                             $6::timestamptz[], $7::timestamptz[])
            AS question (place, organization_id, previous_start, starts_at, ends_at, charged_from, charged_until)
    )
    SELECT question.place, found.seats, found.at, found.holders
    FROM question CROSS JOIN LATERAL (
        WITH merged AS (
            -- A member's grants merged (R3.3). A grant that ended before the previous period cannot touch one that
            -- matters, and one that begins later than the grace after the period cannot make a span of it longer.
            SELECT seat.member_id, unnest(range_agg(seat.during)) AS during
            FROM (
                SELECT seat.member_id, seat.during FROM seat_grants AS seat
                WHERE seat.organization_id = question.organization_id
                  AND coalesce(upper(seat.during), 'infinity') > question.previous_start - interval '1 microsecond'
                  AND lower(seat.during) <= question.ends_at + $8::interval
                  AND NOT EXISTS (
                      SELECT FROM unnest($11::int[], $12::uuid[]) AS replaced (place, id)
                      WHERE replaced.place = question.place AND replaced.id = seat.id
                  )
                UNION ALL
                SELECT supposed.member_id, tstzrange(supposed.since, supposed.until)
                FROM unnest($13::int[], $14::uuid[], $15::timestamptz[], $16::timestamptz[])
                    AS supposed (place, member_id, since, until)
                WHERE supposed.place = question.place
            ) AS seat
            WHERE NOT EXISTS (
                SELECT FROM unnest($9::int[], $10::uuid[]) AS left_out (place, member_id)
                WHERE left_out.place = question.place AND left_out.member_id = seat.member_id
            )
            GROUP BY seat.member_id
        ), span AS MATERIALIZED (
            SELECT member_id, lower(during) AS since, upper(during) AS until,
                   coalesce(upper(during) - lower(during) <= $8::interval, false) AS is_short
            FROM merged
        ), counted AS (
            -- A member's first short span beginning in a period is forgiven (R3.6).
            SELECT member_id, since, until FROM span WHERE NOT is_short
            UNION ALL
            SELECT member_id, since, until
            FROM (SELECT span.*, row_number() OVER (
                             PARTITION BY member_id, CASE WHEN since < question.previous_start THEN 0
                                                          WHEN since < question.starts_at THEN 1
                                                          WHEN since < question.ends_at THEN 2 ELSE 3 END
                             ORDER BY since) AS nth
                  FROM span WHERE is_short) AS short
            WHERE nth > 1
        ), charged AS MATERIALIZED (
            -- Cut to what is charged (R4.5).
            SELECT greatest(since, question.charged_from) AS since, least(until, question.charged_until) AS until
            FROM counted
            WHERE since < question.charged_until AND coalesce(until, 'infinity') > question.charged_from
        ), suspended AS (
            SELECT lower(gap) AS since, upper(gap) AS until
            FROM unnest((SELECT range_agg(tstzrange(suspension.since, suspension.until))
                         FROM suspensions AS suspension
                         WHERE suspension.organization_id = question.organization_id)) AS gap
        ), step AS (
            SELECT since AS at, count(*) AS change FROM charged GROUP BY since
            UNION ALL
            SELECT until, -count(*) FROM charged GROUP BY until
            UNION ALL
            -- As long as a suspension lasts a seat counts for nothing: one less from then on, one more afterwards.
            SELECT bound.at, bound.change
            FROM suspended JOIN charged
              ON charged.since < coalesce(suspended.until, 'infinity') AND charged.until > suspended.since
            CROSS JOIN LATERAL (VALUES (greatest(charged.since, suspended.since), -1),
                                       (least(charged.until, suspended.until), 1)) AS bound (at, change)
        ), held AS (
            -- Revokes come before grants at one instant (R3.5).
            SELECT at, sum(change) OVER (ORDER BY at, change ROWS UNBOUNDED PRECEDING)::int AS seats FROM step
        ), peak AS (
            SELECT seats, at FROM held WHERE seats > 0 ORDER BY seats DESC, at LIMIT 1
        )
        SELECT peak.seats, peak.at, {holders} AS holders FROM peak
    ) AS found
"""
"""For one organization after another: planned for all together, it would read the whole ledger for every chunk, and
sort on the disk. From the spans on there are instants in place of ranges, and seats that begin or end together are one
step, for that takes half the time."""
_WITHOUT_HOLDERS = _PEAKS.format(holders="'{}'::uuid[]")
_WITH_HOLDERS = _PEAKS.format(
    holders="""ARRAY(
            SELECT member_id FROM counted
            WHERE counted.since <= peak.at AND coalesce(counted.until, 'infinity') > peak.at ORDER BY member_id
        )"""
)


@dataclass(frozen=True, slots=True)
class Supposed:
    """Grants as if they were recorded: each a member, since when and until when. The `replaced` are grants that are
    recorded, by id, and looked away from."""

    grants: tuple[tuple[UUID, datetime, datetime | None], ...] = ()
    replaced: tuple[UUID, ...] = ()


AS_RECORDED = Supposed()


@dataclass(frozen=True, slots=True)
class PeakQuestion:
    """A stretch of an organization's period to find the peak of.

    `previous_start` is when the period before began: a short span is forgiven once in each period, and one
    that began in the last half hour of the one before may reach into this one. `without` are members who are looked
    away from, as if they had never held a seat.
    """

    organization_id: UUID
    previous_start: datetime
    starts_at: datetime
    ends_at: datetime
    charged: Interval | None
    without: tuple[UUID, ...] = ()
    supposed: Supposed = AS_RECORDED


async def find_peaks(questions: Sequence[PeakQuestion], grace: timedelta, *, with_holders: bool) -> list[Peak]:
    """One peak for each question, in order, by one statement. Without holders those are left empty."""
    asked = [(place, question) for place, question in enumerate(questions) if question.charged is not None]
    rows = await db.fetch(
        _WITH_HOLDERS if with_holders else _WITHOUT_HOLDERS,
        [place for place, _ in asked],
        [question.organization_id for _, question in asked],
        [question.previous_start for _, question in asked],
        [question.starts_at for _, question in asked],
        [question.ends_at for _, question in asked],
        [question.charged.since for _, question in asked if question.charged],
        [question.charged.until for _, question in asked if question.charged],
        grace,
        [place for place, question in asked for _ in question.without],
        [member_id for _, question in asked for member_id in question.without],
        [place for place, question in asked for _ in question.supposed.replaced],
        [grant_id for _, question in asked for grant_id in question.supposed.replaced],
        [place for place, question in asked for _ in question.supposed.grants],
        *_columns([grant for _, question in asked for grant in question.supposed.grants]),
    )
    peaks = [NO_PEAK] * len(questions)
    for row in rows:
        peaks[row["place"]] = Peak(row["seats"], row["at"], tuple(row["holders"]))
    return peaks


def _columns(grants: Sequence[tuple[UUID, datetime, datetime | None]]) -> tuple[list[UUID], list[datetime], list[Any]]:
    return [member_id for member_id, _, _ in grants], [since for _, since, _ in grants], [until for *_, until in grants]
